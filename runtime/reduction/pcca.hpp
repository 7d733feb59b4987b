// PCCA+: P fuzzy groups of states such that leaving a group is slow (docs/theory.md, section 4; [SP22, Eq. 26]).
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

struct Memberships {
  Eigen::MatrixXd chi;        ///< (M, P), rows sum to 1, entries ≥ 0 to round-off: χ = W_P A
  Eigen::MatrixXd transform;  ///< (P, P) A
  double crispness = 0;       ///< trace(diag(χᵀπ)⁻¹ χᵀ diag(π) χ) / P, 1 for crisp groups
  /// Smallest entry of χ of the inner simplex, before optimisation: far below 0, the groups overlap. 0 for P = 1, M.
  double min_chi = 0;
  std::vector<int> corners;  ///< (P) the states that span the inner simplex; empty for P = 1, M, and continued groups
  /// The P(P − 1) memberships {state, group} whose being zero defines χ within the span: a corner of the polytope. Empty
  /// for P = 1, M, and where no crisp groups that are independent of each other were found: then χ is the inner simplex,
  /// lifted to zero.
  std::vector<std::array<int, 2>> zeros;
};

/// The crispest memberships of the span of `left`: a corner of the polytope of feasible χ from which no edge leads
/// higher, among those of independent groups. `left`: (M, P) slow left eigenvectors (or a basis of their span) with first column 1; `weights` (M): π̂ or
/// another positive distribution used in the crispness. P = 1: χ = 1. P = M: χ is the identity, group p is state p.
/// Groups are ordered by the lowest index among the states whose largest membership is theirs, so that the same input
/// gives the same order.
Memberships memberships(const Eigen::Ref<const Eigen::MatrixXd>& left,
                        const Eigen::Ref<const Eigen::VectorXd>& weights);

/// The memberships of the span of `left` that are zero where `like` says so: what the groups of one network become in
/// another nearby (another temperature or force). They follow the network smoothly as long as their system of equations
/// is regular, entries may become negative: `min_chi` is then the smallest entry of χ itself. A lifted simplex keeps its
/// corners.
Memberships memberships_like(const Memberships& like, const Eigen::Ref<const Eigen::MatrixXd>& left,
                             const Eigen::Ref<const Eigen::VectorXd>& weights);

}  // namespace rdd
