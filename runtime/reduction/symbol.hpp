// The exact slow symbol: what the reduced equation is an expansion of (docs/theory.md, section 5).
#pragma once

#include <Eigen/Core>

#include <functional>
#include <optional>

#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// ∂ρ/∂t = H(k) ρ holds exactly for the waves ρ = χᵀ p of wave vector k on the slow manifold. H(0) is the reaction
/// matrix, and H(k) = Q + i k·C − k·D·k + O(k³) with the coefficients of order 2, in the gauge of the Bloch operator.
struct SlowSymbol {
  Eigen::MatrixXcd H;           ///< (P, P) 1/s
  Eigen::VectorXcd lambda;      ///< (P) exactly λ_0(k) … λ_{P−1}(k): −H has these eigenvalues. 1/s, sorted
  std::complex<double> next;    ///< λ_P(k), 1/s; infinite for P = M
  Eigen::MatrixXcd lift;        ///< (M, P): p = lift ρ on the slow manifold
  Eigen::MatrixXcd projection;  ///< (P, M): ρ(0) = projection p(0) of any initial wave, fast modes left out exactly
  /// Condition number of the waves seen in the groups, χᵀ V_S(k); large where the slow bands at k are not those of the
  /// groups, which were found at k = 0 (bands P − 1 and P have crossed): H then means nothing.
  double condition = 1;
  bool ok() const { return condition < 1e3; }
};

/// H(k) = −B Λ B⁻¹ with B = χᵀ V_S(k) and V_S(k) the slow right vectors at k. `phases`: (n) k·a_α, radians.
SlowSymbol slow_symbol(const BlochOperator& bloch, const Reduction& reduction,
                       const Eigen::Ref<const Eigen::VectorXd>& phases);

/// k ↦ H(k) (P, P) for wave vectors along the axes of a frame, 1/m, in the gauge of the network's positions where it
/// has them. Nothing beyond the first zone, |k·a_α| > π, and where the slow bands are not those of the groups (`ok`) or
/// meet a fast one. May be called from several threads at once.
///
/// chi    (M, P) memberships of the reduction
/// frame  (m, n) orthonormal, as ContinuumPde::frame
std::function<std::optional<Eigen::MatrixXcd>(const Eigen::VectorXd& k)> slow_symbols(const RateNetwork& network,
                                                                                      const Eigen::MatrixXd& chi,
                                                                                      const Eigen::MatrixXd& frame);

}  // namespace rdd
