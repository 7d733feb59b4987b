// Coefficients as functions of temperature and force: Chebyshev interpolants over a declared range (docs/theory.md,
// section 5).
#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// A parameter and the range it is declared over, SI.
struct ParameterRange {
  std::string name;
  double low = 0;
  double high = 0;
  bool reciprocal = false;  ///< interpolated in 1/parameter, as rates are smooth functions of 1/T
};

struct InterpolationParams {
  double tolerance = 1e-6;  ///< relative error to be reached at points between the nodes
  int most_degree = 64;     ///< for each parameter; a power of 2
};

/// Q, C and D of P coarse states as smooth functions of up to three parameters.
///
/// Entries that keep their sign and stay away from zero over the range are interpolated as logarithms, so that they are
/// right relative to themselves though they may span many decades; others relative to a scale of their matrix at the
/// same point, |Q| and |D| themselves, and √(|Q| |D|) for the drift (P = 1: |D| times the largest |C|/|D| of the
/// range). Columns of the reaction matrix sum to zero at every point.
class CoefficientTable {
 public:
  /// Throws InternalError unless there is one value for each parameter, within its range (to 1e-9 of its length).
  Coefficients at(const std::vector<double>& parameters) const;
  bool inside(const std::vector<double>& parameters) const;

  std::vector<ParameterRange> ranges;
  std::vector<int> degree;         ///< for each parameter: degree + 1 Chebyshev–Lobatto nodes
  double error = 0;                ///< largest error found at `tested` points between the nodes, see above
  int tested = 0;                  ///< points
  bool converged = false;          ///< error ≤ tolerance
  Memberships groups;              ///< at the middle of the range; elsewhere those that continue them
  double min_chi = 0;              ///< least membership at any point looked at: below 0, the groups change on the way
  double least_gap = 0;            ///< least λ_P/λ_{P−1} at k = 0 of any point; infinite for P = 1, M
  std::vector<double> at_min_chi;  ///< the parameters of that point
  std::vector<double> at_least_gap;

  int P = 0, order = 2, axes = 0;
  /// One smooth function: a tensor of Chebyshev coefficients, last parameter fastest.
  struct Series {
    enum class Kind { zero, logarithm, share };
    Kind kind = Kind::zero;
    double sign = 1;               ///< of a logarithm
    Eigen::VectorXd coefficients;  ///< of log|value|, or of value/scale
  };
  std::vector<Series> entries;  ///< Q off its diagonal by columns, C_α by columns, D_αβ (α ≤ β) by columns
  std::vector<Series> scales;   ///< of Q, C and D: logarithms
};

/// The network with these parameters as an operator; nullopt where there is none (and the interpolation is given up).
using OperatorAt = std::function<std::optional<BlochOperator>(const std::vector<double>& parameters)>;

/// Degrees are doubled, the worst parameter first, until the errors at the points in the middle between all nodes fall
/// to the tolerance. The groups are those of the middle of the range, continued to every other point: the memberships
/// that are zero there stay zero (memberships_like), so that the groups neither swap nor jump. nullopt where the
/// operator is not to be had, P splits a complex pair, or the groups cannot be continued (bands have crossed)
/// somewhere.
std::optional<CoefficientTable> interpolate(const OperatorAt& operator_at, const std::vector<ParameterRange>& ranges,
                                            int P, int order, const InterpolationParams& params = {});

}  // namespace rdd
