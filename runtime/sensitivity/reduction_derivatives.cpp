// Perturbation theory of the reduced equation (docs/theory.md, section 9).
//
// In the basis of the modes, S slow and F fast, a change ∂Q̃ turns the slow spaces by E and H:
//   ∂W_S = W_F Eᵀ,  E Λ_F − Λ_S E = W_Sᵀ ∂Q̃ V_F,      ∂V_S = V_F H,  Λ_F H − H Λ_S = W_Fᵀ ∂Q̃ V_S,
// and the fast ones so that left and right vectors stay biorthonormal: ∂V_F = −V_S E, ∂W_F = −W_S Hᵀ. Every coefficient
// follows by the product rule; Z, which solves a Sylvester equation, by another one with the same left side. These
// derivatives are those in a basis that turns as little as possible; the memberships then fix the basis, χ = W_S A.
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sensitivity/pair_changes.hpp"

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

/// Sparse sums over the hops: Σ_h c_h (row to, column from), applied to V from the right and Wᵀ from the left.
class Hops {
 public:
  explicit Hops(const BlochOperator& bloch) : bloch_(bloch) {
    const RateNetwork& network = bloch.network();
    const Index m = network.lattice.embedding();
    for (const Hop& hop : network.hops) {
      // Of the matrix Q(d): d = −(displacement of the defect), in the gauge.
      Eigen::VectorXd d = Eigen::VectorXd::Zero(m);
      for (int a = 0; a < network.lattice.dimension(); ++a)
        d -= hop.cell[static_cast<std::size_t>(a)] * network.lattice.vectors.col(a);
      if (bloch.gauge() == Gauge::positions) d += network.positions->col(hop.from) - network.positions->col(hop.to);
      offsets_.push_back(std::move(d));
    }
  }

  Eigen::VectorXd offset_change(const NetworkDerivatives& network, std::size_t hop, Index j) const {
    const Hop& of = bloch_.network().hops[hop];
    const auto at = static_cast<std::size_t>(j);
    Eigen::VectorXd d = Eigen::VectorXd::Zero(offsets_[hop].size());
    for (Index a = 0; a < network.vectors[at].cols(); ++a)
      d -= of.cell[static_cast<std::size_t>(a)] * network.vectors[at].col(a);
    if (bloch_.gauge() == Gauge::positions) d += network.positions[at].col(of.from) - network.positions[at].col(of.to);
    return d;
  }
  const Eigen::VectorXd& offset(std::size_t hop) const { return offsets_[hop]; }

  /// ∂Q̃(0), ∂A_α and ∂(½ A_αβ) for parameter j, dense (M, M).
  struct Changes {
    MatrixXd generator;
    std::vector<MatrixXd> first;
    std::vector<std::vector<MatrixXd>> half_second;  ///< β ≥ α filled
  };
  Changes changes(const NetworkDerivatives& network, Index j) const {
    const RateNetwork& from = bloch_.network();
    const Index states = from.size(), m = from.lattice.embedding();
    const MatrixXd zero = MatrixXd::Zero(states, states);
    Changes result{zero, std::vector<MatrixXd>(static_cast<std::size_t>(m), zero),
                   std::vector<std::vector<MatrixXd>>(static_cast<std::size_t>(m),
                                                      std::vector<MatrixXd>(static_cast<std::size_t>(m), zero))};
    for (std::size_t h = 0; h < from.hops.size(); ++h) {
      const Hop& hop = from.hops[h];
      if (stays(hop)) continue;
      const double log_rate = network.log_rates(static_cast<Index>(h), j);
      const Eigen::VectorXd change = offset_change(network, h, j);
      const Eigen::VectorXd& d = offsets_[h];
      result.generator(hop.to, hop.from) += hop.rate * log_rate;
      result.generator(hop.from, hop.from) -= hop.rate * log_rate;
      for (Index a = 0; a < m; ++a) {
        const auto alpha = static_cast<std::size_t>(a);
        result.first[alpha](hop.to, hop.from) += hop.rate * (log_rate * d(a) + change(a));
        for (Index b = a; b < m; ++b)
          result.half_second[alpha][static_cast<std::size_t>(b)](hop.to, hop.from) +=
              0.5 * hop.rate * (log_rate * d(a) * d(b) + change(a) * d(b) + d(a) * change(b));
      }
    }
    return result;
  }

 private:
  const BlochOperator& bloch_;
  std::vector<Eigen::VectorXd> offsets_;
};

/// W_Sᵀ ∂Q̃ V_S of a reversible network for all parameters, as sums of squares where the balance is kept.
std::vector<MatrixXd> slow_changes(const RateNetwork& network, const NetworkDerivatives& derivatives,
                                   const SlowModes& modes, Index slow) {
  std::vector<MatrixXd> all(static_cast<std::size_t>(derivatives.parameters()), MatrixXd::Zero(slow, slow));
  const Eigen::VectorXd weights = network.log_weights.array().exp();
  const MatrixXd w = modes.left.leftCols(slow);
  for (const PairChange& pair : pair_changes(network, derivatives)) {
    const double flux = weights(pair.from) * pair.rate;
    const Eigen::RowVectorXd step = w.row(pair.to) - w.row(pair.from);
    const MatrixXd square = -0.5 * flux * step.transpose() * step;
    const MatrixXd turn = flux * step.transpose() * w.row(pair.from);
    for (Index j = 0; j < derivatives.parameters(); ++j) {
      MatrixXd& sum = all[static_cast<std::size_t>(j)];
      sum += pair.symmetric(j) * square;
      if (pair.antisymmetric(j) != 0) sum += pair.antisymmetric(j) * turn;
    }
  }
  for (Index j = 0; j < derivatives.parameters(); ++j)
    all[static_cast<std::size_t>(j)] +=
        modes.lambda.head(slow).real().asDiagonal() * w.transpose() *
        (weights.array() * derivatives.log_weights.col(j).array()).matrix().asDiagonal() * w;
  return all;
}

/// B with ∂χ = turn + χ B for all parameters, such that memberships that are zero stay zero and rows sum to 1.
struct Following {
  std::vector<MatrixXd> b;
  bool kink = false;
};
Following follow_zeros(const MatrixXd& chi, const std::vector<MatrixXd>& turns) {
  const Index P = chi.cols();
  const Index unknowns = P * (P - 1);  // the last column of B is minus the sum of the others
  std::vector<std::pair<Index, Index>> zeros;
  for (Index j = 0; j < P; ++j)
    for (Index i = 0; i < chi.rows(); ++i)
      if (std::abs(chi(i, j)) <= 1e-12) zeros.emplace_back(i, j);
  MatrixXd system = MatrixXd::Zero(static_cast<Index>(zeros.size()), unknowns);
  MatrixXd right(static_cast<Index>(zeros.size()), static_cast<Index>(turns.size()));
  for (std::size_t z = 0; z < zeros.size(); ++z) {
    const auto [i, j] = zeros[z];
    const auto row = static_cast<Index>(z);
    for (Index group = 0; group + 1 < P; ++group) {
      if (j == group || j == P - 1)
        system.block(row, group * P, 1, P) = j == group ? chi.row(i).eval() : (-chi.row(i)).eval();
    }
    for (std::size_t t = 0; t < turns.size(); ++t) right(row, static_cast<Index>(t)) = -turns[t](i, j);
  }
  const Eigen::CompleteOrthogonalDecomposition<MatrixXd> solver(system);
  const MatrixXd found = solver.solve(right);
  Following result;
  result.kink = solver.rank() < unknowns;
  for (std::size_t t = 0; t < turns.size(); ++t) {
    const auto column = static_cast<Index>(t);
    const double error = (system * found.col(column) - right.col(column)).lpNorm<Eigen::Infinity>();
    if (error > 1e-7 * turns[t].lpNorm<Eigen::Infinity>()) result.kink = true;
    MatrixXd b(P, P);
    b.leftCols(P - 1) = found.col(column).reshaped(P, P - 1);
    b.col(P - 1) = -b.leftCols(P - 1).rowwise().sum();
    result.b.push_back(std::move(b));
  }
  return result;
}

void close_columns(MatrixXd& reaction) {
  for (Index j = 0; j < reaction.cols(); ++j) {
    reaction(j, j) = 0;
    reaction(j, j) = -reaction.col(j).sum();
  }
}

ReductionDerivatives one_state(const BlochOperator& bloch, const NetworkDerivatives& network, int order) {
  ReductionDerivatives result;
  for (const Transport& change : transport_derivatives(bloch, network).transport) {
    Coefficients c;
    const MatrixXd& diffusion = order == 1 ? change.diffusion_first_order : change.diffusion;
    c.reaction = MatrixXd::Zero(1, 1);
    for (Index a = 0; a < diffusion.rows(); ++a) {
      c.drift.push_back(MatrixXd::Constant(1, 1, 0.0 - change.velocity(a)));
      c.diffusion.emplace_back();
      for (Index b = 0; b < diffusion.cols(); ++b)
        c.diffusion.back().push_back(MatrixXd::Constant(1, 1, diffusion(a, b)));
    }
    result.coefficients.push_back(std::move(c));
    result.chi.push_back(MatrixXd::Zero(bloch.size(), 1));
  }
  return result;
}

ReductionDerivatives all_states(const BlochOperator& bloch, const NetworkDerivatives& network) {
  ReductionDerivatives result;
  const Hops hops(bloch);
  for (Index j = 0; j < network.parameters(); ++j) {
    Hops::Changes change = hops.changes(network, j);
    Coefficients c{std::move(change.generator), std::move(change.first), std::move(change.half_second)};
    for (std::size_t a = 0; a < c.drift.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) c.diffusion[a][b] = c.diffusion[b][a];
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
  if (slow == 1) return one_state(bloch, network, reduction.order);

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
  if (diagonal) accurate = slow_changes(bloch.network(), network, modes, slow);

  const Hops hops(bloch);
  const MatrixXd m = reduction.groups.transform.transpose();  // M_P = Aᵀ
  const MatrixXd inverse = m.partialPivLu().inverse();
  std::vector<Coefficients> in_modes;  // derivatives in the basis of the modes
  std::vector<MatrixXd> turns;         // W_F Eᵀ A
  for (Index j = 0; j < network.parameters(); ++j) {
    const Hops::Changes change = hops.changes(network, j);
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

  const bool grouped = reduction.groups.chi.size() > 0;
  const Following following = grouped
                                  ? follow_zeros(reduction.groups.chi, turns)
                                  : Following{std::vector<MatrixXd>(turns.size(), MatrixXd::Zero(slow, slow)), false};
  ReductionDerivatives result;
  result.kink = following.kink;
  for (std::size_t j = 0; j < in_modes.size(); ++j) {
    const MatrixXd b = following.b[j].transpose();                                 // ∂M = Bᵀ M
    const auto changed = [&](const MatrixXd& x, const MatrixXd& dx) -> MatrixXd {  // ∂(M x M⁻¹) for x = M⁻¹ value M
      return m * dx * inverse + b * x - x * b;
    };
    Coefficients c;
    c.reaction = changed(reduction.coefficients.reaction, in_modes[j].reaction);
    if (grouped) close_columns(c.reaction);
    for (std::size_t alpha = 0; alpha < axes; ++alpha) {
      c.drift.push_back(changed(reduction.coefficients.drift[alpha], in_modes[j].drift[alpha]));
      c.diffusion.emplace_back();
      for (std::size_t beta = 0; beta < axes; ++beta)
        c.diffusion[alpha].push_back(
            beta < alpha ? c.diffusion[beta][alpha]
                         : changed(reduction.coefficients.diffusion[alpha][beta], in_modes[j].diffusion[alpha][beta]));
    }
    result.coefficients.push_back(std::move(c));
    result.chi.push_back(grouped ? (turns[j] + reduction.groups.chi * following.b[j]).eval() : turns[j]);
  }
  return result;
}

}  // namespace rdd
