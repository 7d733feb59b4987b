// PCCA+: P fuzzy groups of states such that leaving a group is slow (docs/theory.md, section 4; [SP22, Eq. 26]).
#pragma once

#include <Eigen/Core>

#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

struct Memberships {
  Eigen::MatrixXd chi;        ///< (M, P), rows sum to 1, entries ≥ 0 to round-off: χ = W_P A
  Eigen::MatrixXd transform;  ///< (P, P) A
  double crispness = 0;       ///< trace(diag(χᵀπ)⁻¹ χᵀ diag(π) χ) / P, 1 for crisp groups
  double min_chi =
      0;  ///< smallest entry of χ of the inner simplex, before optimisation: far below 0, the groups overlap
};

/// The crispest memberships of the span of `left`: a corner of the polytope of feasible χ from which no edge leads
/// higher. `left`: (M, P) slow left eigenvectors (or a basis of their span) with first column 1; `weights` (M): π̂ or
/// another positive distribution used in the crispness. P = 1: χ = 1. P = M: χ is the identity, group p is state p.
/// Groups are ordered by the lowest index among the states whose largest membership is theirs, so that the same input
/// gives the same order.
Memberships memberships(const Eigen::Ref<const Eigen::MatrixXd>& left,
                        const Eigen::Ref<const Eigen::VectorXd>& weights);

}  // namespace rdd
