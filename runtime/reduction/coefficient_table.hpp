// Coefficients as functions of temperature and force: what `interpolate` (interpolant.hpp) makes. In a file of its own,
// so that a program that only evaluates them needs nothing of what finds them.
#pragma once

#include <Eigen/Core>
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
  /// The entries (rows, in the order of `entries`) at many points (columns, the parameters in rows), which must lie
  /// within the ranges.
  Eigen::MatrixXd entries_at(const Eigen::MatrixXd& points) const;
  /// The matrices that such entries are, Cartesian.
  Coefficients matrices(const Eigen::VectorXd& entries) const;
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

/// Cartesian coefficients (m axes) along the columns of an orthonormal frame (m, n).
Coefficients along(const Coefficients& coefficients, const Eigen::MatrixXd& frame);

/// Where a parameter lies in its range, from −1 to 1.
double coordinate(const ParameterRange& range, double parameter);
/// Which matrix each entry belongs to: 0 Q, 1 C, 2 D.
std::vector<int> entry_kinds(int P, int axes);
/// The products of all parameters' Chebyshev polynomials (rows, last parameter fastest) at points x (columns) in
/// [−1, 1].
Eigen::MatrixXd chebyshev_products(const std::vector<int>& degree, const Eigen::MatrixXd& x);
/// A series at the points of such products.
Eigen::RowVectorXd evaluate(const CoefficientTable::Series& series, const Eigen::MatrixXd& products);
/// All entries (rows) there.
Eigen::MatrixXd evaluate(const CoefficientTable& table, const Eigen::MatrixXd& products);

}  // namespace rdd
