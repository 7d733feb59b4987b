// The perturbation theory of reduction_derivatives.cpp for a large network: what it writes in a basis of the fast
// modes, solved for as whole vectors on their subspace.
//
// X_W = ∂W_S and X_V = ∂V_S, with Tᵀ X_W − X_W Λᵀ = ∂Q̃ᵀ W_S and T X_V − X_V Λ = ∂Q̃ V_S there; Z̃_α = V_F Z_α and its
// change within V_F solve equations with the same left side.
#include <Eigen/LU>
#include <utility>

#include "runtime/reduction/fast_subspace.hpp"
#include "runtime/reduction/sparse_transport.hpp"
#include "runtime/sensitivity/reduction_changes.hpp"

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

/// One matrix for each axis again.
std::vector<MatrixXd> by_axis(const MatrixXd& all, Index columns) {
  std::vector<MatrixXd> parts;
  for (Index start = 0; start < all.cols(); start += columns) parts.push_back(all.middleCols(start, columns));
  return parts;
}

}  // namespace

ReductionDerivatives sparse_reduction_derivatives(const SparseSpectrum& spectrum, Gauge gauge,
                                                  const NetworkDerivatives& network, const Reduction& reduction) {
  const RateNetwork& from = spectrum.network();
  const GroupInverse& inverse = spectrum.group_inverse();
  const int P = reduction.P;
  if (P == 1)
    return of_one_state(
        sparse_transport_derivatives(from, network, inverse, sparse_transport(from, inverse, gauge), gauge), reduction);

  const SparseModes modes = leading_modes(spectrum.slow_modes(P + 3), P, from.reversible);
  const SparseMoments moments(from, gauge);
  const FastSubspace fast(from, inverse, modes);
  const MatrixXd &v = modes.right, w = modes.left.transpose();
  const std::size_t axes = moments.first.size();
  const bool second_order = reduction.order == 2;
  std::vector<MatrixXd> moved, a;  // A_α V_S and W_Sᵀ A_α V_S
  for (const auto& moment : moments.first) {
    moved.push_back(moment * v);
    a.push_back(w * moved.back());
  }
  std::vector<MatrixXd> z;
  if (second_order) z = by_axis(fast.solve(side_by_side(moved), false), P);
  std::vector<MatrixXd> accurate;
  if (from.reversible) accurate = slow_changes(from, network, modes.left, modes.lambda.real());

  const HopChanges hops(from, gauge);
  const MatrixXd transform = v.transpose() * reduction.groups.chi;  // in this basis of the modes
  std::vector<Coefficients> in_modes;
  std::vector<MatrixXd> turns;
  for (Index j = 0; j < network.parameters(); ++j) {
    const MomentChanges change = hops.of(network, j);
    const MatrixXd on_left = hops.on_left(network, j, modes.left);
    const MatrixXd l = from.reversible ? accurate[static_cast<std::size_t>(j)] : MatrixXd(on_left.transpose() * v);
    const MatrixXd x_w = fast.solve(on_left, true), x_v = fast.solve(change.generator * v, false);
    turns.push_back(x_w * transform);

    Coefficients c;
    c.reaction = l;
    std::vector<MatrixXd> d_moved;  // right-hand sides of ∂Z̃
    for (std::size_t axis = 0; axis < axes; ++axis) {
      const MatrixXd direct = change.first[axis] * v, turned = moments.first[axis] * x_v;
      c.drift.push_back(w * (direct + turned) + x_w.transpose() * moved[axis]);
      if (second_order) d_moved.push_back(direct + turned - x_v * a[axis] + change.generator * z[axis] - z[axis] * l);
    }
    std::vector<MatrixXd> d_z;
    if (second_order) d_z = by_axis(fast.solve(side_by_side(d_moved), false), P);
    // ½ ∂(W_Sᵀ A_α Z̃_β)
    const auto product = [&](std::size_t alpha, std::size_t beta) -> MatrixXd {
      return 0.5 * (w * (change.first[alpha] * z[beta] + moments.first[alpha] * d_z[beta]) +
                    x_w.transpose() * (moments.first[alpha] * z[beta]) - a[alpha] * (x_w.transpose() * z[beta]));
    };
    c.diffusion.assign(axes, std::vector<MatrixXd>(axes));
    for (std::size_t alpha = 0; alpha < axes; ++alpha) {
      for (std::size_t beta = alpha; beta < axes; ++beta) {
        const auto& second = moments.second[alpha][beta];
        MatrixXd entry =
            w * (change.half_second[alpha][beta] * v + 0.5 * (second * x_v)) + 0.5 * (x_w.transpose() * (second * v));
        if (second_order) entry += product(alpha, beta) + product(beta, alpha);
        c.diffusion[alpha][beta] = std::move(entry);
      }
    }
    in_modes.push_back(std::move(c));
  }
  return in_groups(reduction, transform, in_modes, turns);
}

}  // namespace rdd
