// What the derivatives of a reduction are made of, whatever the size of the network (docs/theory.md, section 10).
#pragma once

#include <Eigen/SparseCore>
#include <vector>

#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

/// ∂Q̃(0), ∂A_α and ∂(½ A_αβ) for one parameter.
struct MomentChanges {
  using Sparse = Eigen::SparseMatrix<double>;
  Sparse generator;
  std::vector<Sparse> first;
  std::vector<std::vector<Sparse>> half_second;  ///< β ≥ α filled
};

/// Those of a network, the offset of each hop being found once. The network must outlive it.
class HopChanges {
 public:
  HopChanges(const RateNetwork& network, Gauge gauge);

  MomentChanges of(const NetworkDerivatives& network, Eigen::Index j) const;
  /// ∂Q̃(0)ᵀ w, from differences along the hops.
  Eigen::MatrixXd on_left(const NetworkDerivatives& network, Eigen::Index j, const Eigen::MatrixXd& w) const;

 private:
  Eigen::VectorXd offset_change(const NetworkDerivatives& network, std::size_t hop, Eigen::Index j) const;

  const RateNetwork& network_;
  Gauge gauge_;
  std::vector<Eigen::VectorXd> offsets_;  ///< m
};

/// W_Sᵀ ∂Q̃ V_S of a reversible network for all parameters, as sums of squares where the balance is kept; `left` (M, P)
/// and `lambda` (P) of the slow modes.
std::vector<Eigen::MatrixXd> slow_changes(const RateNetwork& network, const NetworkDerivatives& derivatives,
                                          const Eigen::MatrixXd& left, const Eigen::VectorXd& lambda);

/// Derivatives in the basis of the slow modes -> those of the reduction in its groups, whose zero memberships stay
/// zero. `transform`: A with χ = W_S A; `turns`: ∂W_S A as the slow modes turn.
ReductionDerivatives in_groups(const Reduction& reduction, const Eigen::MatrixXd& transform,
                               const std::vector<Coefficients>& in_modes, const std::vector<Eigen::MatrixXd>& turns);

/// One coarse state: from ∂D and ∂v.
ReductionDerivatives of_one_state(const TransportDerivatives& changes, const Reduction& reduction);

}  // namespace rdd
