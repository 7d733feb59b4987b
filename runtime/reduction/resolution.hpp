// How short a wave may be before the reduced bands leave the exact ones (docs/theory.md, section 3, Eq. 24).
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// Exact bands along fixed directions of the region |k·a|_∞ ≤ π: computed on demand, kept for every P that asks.
class SampledBands {
 public:
  explicit SampledBands(const BlochOperator& bloch);

  const BlochOperator& bloch() const { return bloch_; }
  /// (n, directions), ∞-norm 1: faces, edges, corners and points between, one of each pair ±k.
  const Eigen::MatrixXd& directions() const { return directions_; }
  /// λ (M), sorted, at the phases radius · direction.
  const Eigen::VectorXcd& at(Eigen::Index direction, double radius);
  /// λ (M) at k = 0.
  const Eigen::VectorXcd& centre();
  /// Errors of λ that do not shrink with it, 1/s: none for reversible networks, whose bands are found again with
  /// relative accuracy where it matters.
  double round_off() const { return bloch_.reversible() ? 0 : 1e-12 * fastest_rate_; }

 private:
  const BlochOperator& bloch_;
  Eigen::MatrixXd directions_;
  double fastest_rate_;
  Eigen::VectorXcd centre_;
  std::map<std::pair<Eigen::Index, double>, Eigen::VectorXcd> bands_;
};

/// The reduced equation in the basis of the slow modes (M_P = 1), or of the states where P = M.
Coefficients slow_coefficients(const BlochOperator& bloch, const SlowModes& modes, int P, int order);

/// The smallest L ≥ 1 (cells, to about 1 %) such that the eigenvalues of the reduced symbol satisfy |λ_reduced − λ| ≤
/// error·|λ| + round-off (1e-12 of the reduced symbol's size, and of the fastest rate where the network is not
/// reversible) for the P slow bands at all sampled |k·a|_∞ ≤ π/L; infinite if none up to 1e4 does. Each λ is matched
/// with the nearest eigenvalue not yet taken.
double find_resolution(SampledBands& exact, const Coefficients& reduced, double error);

/// Makes every column of a reaction matrix sum to zero: its diagonal entry is minus the sum of the others.
void close_columns(Eigen::MatrixXd& reaction);

/// The P slow bands against the rest over |k·a|_∞ ≤ π/L (Eq. 22).
GapCandidate gap_within(SampledBands& exact, int P, double L);

/// Fast bands have then decayed to e^-3 or less within the shortest slow time.
inline constexpr double least_gap = 3;

/// Why a row whose resolution has been looked for is not eligible; empty where it is.
std::string verdict(const Choice::Row& row, double error);

/// The end of `choose`: P, the verdicts of the eligible rows (with none yet), the next best and the reason, of a
/// network of so many states.
void decide(Choice& choice, const std::vector<bool>& eligible, int states);

}  // namespace rdd
