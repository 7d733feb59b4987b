#include "runtime/sensitivity/reduction_changes.hpp"

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <utility>

#include "runtime/network/balance.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/sensitivity/pair_changes.hpp"

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;

HopChanges::HopChanges(const RateNetwork& network, Gauge gauge) : network_(network), gauge_(gauge) {
  for (const Hop& hop : network.hops) {
    // Of the matrix Q(d): d = −(displacement of the defect), in the gauge.
    Eigen::VectorXd d = Eigen::VectorXd::Zero(network.lattice.embedding());
    for (int a = 0; a < network.lattice.dimension(); ++a)
      d -= hop.cell[static_cast<std::size_t>(a)] * network.lattice.vectors.col(a);
    if (gauge == Gauge::positions) d += network.positions->col(hop.from) - network.positions->col(hop.to);
    offsets_.push_back(std::move(d));
  }
}

Eigen::VectorXd HopChanges::offset_change(const NetworkDerivatives& network, std::size_t hop, Index j) const {
  const Hop& of = network_.hops[hop];
  const auto at = static_cast<std::size_t>(j);
  Eigen::VectorXd d = Eigen::VectorXd::Zero(offsets_[hop].size());
  for (Index a = 0; a < network.vectors[at].cols(); ++a)
    d -= of.cell[static_cast<std::size_t>(a)] * network.vectors[at].col(a);
  if (gauge_ == Gauge::positions) d += network.positions[at].col(of.from) - network.positions[at].col(of.to);
  return d;
}

MomentChanges HopChanges::of(const NetworkDerivatives& network, Index j) const {
  const Index states = network_.size(), m = network_.lattice.embedding();
  const auto axes = static_cast<std::size_t>(m);
  using Entries = std::vector<Eigen::Triplet<double>>;
  Entries generator;
  std::vector<Entries> first(axes);
  std::vector<std::vector<Entries>> half_second(axes, std::vector<Entries>(axes));
  for (std::size_t h = 0; h < network_.hops.size(); ++h) {
    const Hop& hop = network_.hops[h];
    if (stays(hop)) continue;
    const double log_rate = network.log_rates(static_cast<Index>(h), j);
    const Eigen::VectorXd change = offset_change(network, h, j);
    const Eigen::VectorXd& d = offsets_[h];
    generator.emplace_back(hop.to, hop.from, hop.rate * log_rate);
    generator.emplace_back(hop.from, hop.from, -hop.rate * log_rate);
    for (Index a = 0; a < m; ++a) {
      const auto alpha = static_cast<std::size_t>(a);
      first[alpha].emplace_back(hop.to, hop.from, hop.rate * (log_rate * d(a) + change(a)));
      for (Index b = a; b < m; ++b)
        half_second[alpha][static_cast<std::size_t>(b)].emplace_back(
            hop.to, hop.from, 0.5 * hop.rate * (log_rate * d(a) * d(b) + change(a) * d(b) + d(a) * change(b)));
    }
  }
  const auto matrix = [&](const Entries& entries) {
    MomentChanges::Sparse result(states, states);
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  };
  MomentChanges result{matrix(generator), {}, std::vector<std::vector<MomentChanges::Sparse>>(axes)};
  for (std::size_t a = 0; a < axes; ++a) {
    result.first.push_back(matrix(first[a]));
    for (std::size_t b = 0; b < axes; ++b) result.half_second[a].push_back(matrix(half_second[a][b]));
  }
  return result;
}

MatrixXd HopChanges::on_left(const NetworkDerivatives& network, Index j, const MatrixXd& w) const {
  MatrixXd result = MatrixXd::Zero(w.rows(), w.cols());
  for (std::size_t h = 0; h < network_.hops.size(); ++h) {
    const Hop& hop = network_.hops[h];
    if (!stays(hop))
      result.row(hop.from) +=
          hop.rate * network.log_rates(static_cast<Index>(h), j) * (w.row(hop.to) - w.row(hop.from));
  }
  return result;
}

std::vector<MatrixXd> slow_changes(const RateNetwork& network, const NetworkDerivatives& derivatives,
                                   const MatrixXd& left, const Eigen::VectorXd& lambda) {
  std::vector<MatrixXd> all(static_cast<std::size_t>(derivatives.parameters()),
                            MatrixXd::Zero(left.cols(), left.cols()));
  const Eigen::VectorXd weights = network.log_weights.array().exp();
  for (const PairChange& pair : pair_changes(network, derivatives)) {
    const double flux = weights(pair.from) * pair.rate;
    const Eigen::RowVectorXd step = left.row(pair.to) - left.row(pair.from);
    const MatrixXd square = -0.5 * flux * step.transpose() * step;
    const MatrixXd turn = flux * step.transpose() * left.row(pair.from);
    for (Index j = 0; j < derivatives.parameters(); ++j) {
      MatrixXd& sum = all[static_cast<std::size_t>(j)];
      sum += pair.symmetric(j) * square;
      if (pair.antisymmetric(j) != 0) sum += pair.antisymmetric(j) * turn;
    }
  }
  for (Index j = 0; j < derivatives.parameters(); ++j)
    all[static_cast<std::size_t>(j)] +=
        lambda.asDiagonal() * left.transpose() *
        (weights.array() * derivatives.log_weights.col(j).array()).matrix().asDiagonal() * left;
  return all;
}

namespace {

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

/// The same for a lifted simplex: its corners and the states of its least entries stay.
Following follow_corners(const Memberships& groups, const std::vector<MatrixXd>& turns) {
  const MatrixXd& chi = groups.chi;
  const Index P = chi.cols();
  const MatrixXd inverse = MatrixXd(chi(groups.corners, Eigen::all)).inverse();
  const MatrixXd simplex = chi * inverse;
  std::vector<Index> least(static_cast<std::size_t>(P));
  Eigen::RowVectorXd lowest(P);
  for (Index j = 0; j < P; ++j) lowest(j) = std::min(0.0, simplex.col(j).minCoeff(&least[static_cast<std::size_t>(j)]));
  const double height = 1 - lowest.sum();
  Following result;
  for (const MatrixXd& turn : turns) {
    const MatrixXd at_corners = turn(groups.corners, Eigen::all);
    Eigen::RowVectorXd change = Eigen::RowVectorXd::Zero(P);  // of the least entries
    for (Index j = 0; j < P; ++j) {
      const Index i = least[static_cast<std::size_t>(j)];
      if (lowest(j) < 0) change(j) = (turn.row(i) - simplex.row(i) * at_corners) * inverse.col(j);
    }
    const MatrixXd lifted = (MatrixXd::Identity(P, P).rowwise() - lowest) * (change.sum() / (height * height)) -
                            Eigen::VectorXd::Ones(P) * change / height;
    result.b.push_back(inverse * (lifted - at_corners));
  }
  return result;
}

}  // namespace

ReductionDerivatives in_groups(const Reduction& reduction, const MatrixXd& transform,
                               const std::vector<Coefficients>& in_modes, const std::vector<MatrixXd>& turns) {
  const MatrixXd m = transform.transpose();  // M_P = Aᵀ
  const MatrixXd inverse = m.partialPivLu().inverse();
  const Index slow = reduction.P;
  const std::size_t axes = reduction.coefficients.drift.size();
  const bool grouped = reduction.groups.chi.size() > 0;
  const bool crisp = reduction.groups.corners.empty() || !reduction.groups.zeros.empty();
  const Following following = !grouped
                                  ? Following{std::vector<MatrixXd>(turns.size(), MatrixXd::Zero(slow, slow)), false}
                              : crisp ? follow_zeros(reduction.groups.chi, turns)
                                      : follow_corners(reduction.groups, turns);
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

ReductionDerivatives of_one_state(const TransportDerivatives& changes, const Reduction& reduction) {
  ReductionDerivatives result;
  for (const Transport& change : changes.transport) {
    Coefficients c;
    const MatrixXd& diffusion = reduction.order == 1 ? change.diffusion_first_order : change.diffusion;
    c.reaction = MatrixXd::Zero(1, 1);
    for (Index a = 0; a < diffusion.rows(); ++a) {
      c.drift.push_back(MatrixXd::Constant(1, 1, 0.0 - change.velocity(a)));
      c.diffusion.emplace_back();
      for (Index b = 0; b < diffusion.cols(); ++b)
        c.diffusion.back().push_back(MatrixXd::Constant(1, 1, diffusion(a, b)));
    }
    result.coefficients.push_back(std::move(c));
    result.chi.push_back(MatrixXd::Zero(changes.log_weights.rows(), 1));
  }
  return result;
}

}  // namespace rdd
