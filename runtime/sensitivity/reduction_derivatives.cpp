// Perturbation theory of the reduced equation (docs/theory.md, section 10).
//
// In the basis of the modes, S slow and F fast, a change ∂Q̃ turns the slow spaces by E and H:
//   ∂W_S = W_F Eᵀ,  E Λ_F − Λ_S E = W_Sᵀ ∂Q̃ V_F,      ∂V_S = V_F H,  Λ_F H − H Λ_S = W_Fᵀ ∂Q̃ V_S,
// and the fast ones so that left and right vectors stay biorthonormal: ∂V_F = −V_S E, ∂W_F = −W_S Hᵀ. Every coefficient
// follows by the product rule; Z, which solves a Sylvester equation, by another one with the same left side. These
// derivatives are those in a basis that turns as little as possible; the memberships then fix the basis, χ = W_S A.
#include <algorithm>
#include <cmath>

#include "runtime/dense.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/sensitivity/reduction_changes.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// X with F X − X S = R for diagonal or general blocks. The floor is that of the reduction itself.
MatrixXd solve_blocks(const MatrixXd& f, const MatrixXd& s, const MatrixXd& right, bool diagonal) {
  if (right.size() == 0) return right;
  if (!diagonal) return solve_sylvester(f, s, right);
  MatrixXd x = right;
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i) x(i, j) /= std::max(f(i, i) - s(j, j), 1e-9 * f(i, i));
  return x;
}

ReductionDerivatives all_states(const BlochOperator& bloch, const NetworkDerivatives& network) {
  ReductionDerivatives result;
  const HopChanges hops(bloch.network(), bloch.gauge());
  for (Index j = 0; j < network.parameters(); ++j) {
    const MomentChanges change = hops.of(network, j);
    Coefficients c{change.generator, {}, {}};
    for (std::size_t a = 0; a < change.first.size(); ++a) {
      c.drift.emplace_back(change.first[a]);
      c.diffusion.emplace_back();
      for (std::size_t b = 0; b < change.first.size(); ++b)
        c.diffusion[a].push_back(b < a ? c.diffusion[b][a] : MatrixXd(change.half_second[a][b]));
    }
    close_columns(c.reaction);
    result.coefficients.push_back(std::move(c));
    result.chi.push_back(MatrixXd::Zero(bloch.size(), bloch.size()));
  }
  return result;
}

}  // namespace

ReductionDerivatives reduction_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                           const Reduction& reduction) {
  const Index slow = reduction.P, states = bloch.size(), fast = states - slow;
  if (fast == 0) return all_states(bloch, network);
  if (slow == 1) return of_one_state(transport_derivatives(bloch, network), reduction);

  const SlowModes modes = modes_at_zero(bloch, reduction.P);
  const bool diagonal = bloch.reversible();
  const MatrixXd left = modes.left.transpose();
  const MatrixXd slow_block = modes.block.topLeftCorner(slow, slow),
                 fast_block = modes.block.bottomRightCorner(fast, fast);
  const std::size_t axes = static_cast<std::size_t>(bloch.network().lattice.embedding());
  std::vector<MatrixXd> a;  // Wᵀ A_α V, all modes
  std::vector<MatrixXd> z;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    a.push_back(left * bloch.first_moment(static_cast<int>(axis)) * modes.right);
    z.push_back(solve_blocks(fast_block, slow_block, a.back().bottomLeftCorner(fast, slow), diagonal));
  }
  std::vector<std::vector<MatrixXd>> half_second(axes);  // Wᵀ ½A_αβ V, β ≥ α
  for (std::size_t alpha = 0; alpha < axes; ++alpha)
    for (std::size_t beta = 0; beta < axes; ++beta)
      half_second[alpha].push_back(
          beta < alpha ? MatrixXd()
                       : MatrixXd(0.5 * left * bloch.second_moment(static_cast<int>(alpha), static_cast<int>(beta)) *
                                  modes.right));
  std::vector<MatrixXd> accurate;
  if (diagonal)
    accurate = slow_changes(bloch.network(), network, modes.left.leftCols(slow), modes.lambda.head(slow).real());

  const HopChanges hops(bloch.network(), bloch.gauge());
  std::vector<Coefficients> in_modes;  // derivatives in the basis of the modes
  std::vector<MatrixXd> turns;         // W_F Eᵀ A
  for (Index j = 0; j < network.parameters(); ++j) {
    const MomentChanges change = hops.of(network, j);
    MatrixXd l = left * change.generator * modes.right;
    if (diagonal) l.topLeftCorner(slow, slow) = accurate[static_cast<std::size_t>(j)];
    const MatrixXd e =
        solve_blocks(fast_block.transpose(), slow_block.transpose(), l.topRightCorner(slow, fast).transpose(), diagonal)
            .transpose();
    const MatrixXd h = solve_blocks(fast_block, slow_block, l.bottomLeftCorner(fast, slow), diagonal);
    turns.push_back(modes.left.rightCols(fast) * e.transpose() * reduction.groups.transform);

    Coefficients c;
    c.reaction = l.topLeftCorner(slow, slow);
    std::vector<MatrixXd> d_sf, d_z;  // ∂A^SF, ∂Z
    for (std::size_t axis = 0; axis < axes; ++axis) {
      const MatrixXd d = left * change.first[axis] * modes.right;
      const auto ss = a[axis].topLeftCorner(slow, slow), sf = a[axis].topRightCorner(slow, fast),
                 fs = a[axis].bottomLeftCorner(fast, slow), ff = a[axis].bottomRightCorner(fast, fast);
      c.drift.push_back(d.topLeftCorner(slow, slow) + e * fs + sf * h);
      if (reduction.order == 1) continue;
      d_sf.push_back(d.topRightCorner(slow, fast) + e * ff - ss * e);
      // Λ_F ∂Z − ∂Z Λ_S = ∂A^FS − ∂Λ_F Z + Z ∂Λ_S, with ∂Λ = −∂Q̃ in either block.
      const MatrixXd right = d.bottomLeftCorner(fast, slow) + ff * h - h * ss +
                             l.bottomRightCorner(fast, fast) * z[axis] - z[axis] * l.topLeftCorner(slow, slow);
      d_z.push_back(solve_blocks(fast_block, slow_block, right, diagonal));
    }
    c.diffusion.assign(axes, std::vector<MatrixXd>(axes));
    for (std::size_t alpha = 0; alpha < axes; ++alpha) {
      for (std::size_t beta = alpha; beta < axes; ++beta) {
        const MatrixXd& second = half_second[alpha][beta];
        MatrixXd entry = left.topRows(slow) * change.half_second[alpha][beta] * modes.right.leftCols(slow) +
                         e * second.bottomLeftCorner(fast, slow) + second.topRightCorner(slow, fast) * h;
        if (reduction.order == 2)
          entry +=
              0.5 * (d_sf[alpha] * z[beta] + d_sf[beta] * z[alpha] + a[alpha].topRightCorner(slow, fast) * d_z[beta] +
                     a[beta].topRightCorner(slow, fast) * d_z[alpha]);
        c.diffusion[alpha][beta] = std::move(entry);
      }
    }
    in_modes.push_back(std::move(c));
  }
  return in_groups(reduction, reduction.groups.transform, in_modes, turns);
}

}  // namespace rdd
