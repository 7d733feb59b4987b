#include "runtime/driven/local_balance.hpp"

#include <Eigen/LU>
#include <cmath>
#include <limits>

namespace rdd {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

/// w along the spanning tree from state 0.
Eigen::VectorXd weights_at_rest(const SteadyState& steady, const Eigen::VectorXd& work) {
  const Eigen::Index states = steady.occupation.size();
  std::vector<std::vector<int>> touching(static_cast<std::size_t>(states));
  for (std::size_t e = 0; e < steady.exchanges.size(); ++e) {
    if (!steady.exchanges[e].in_tree) continue;
    touching[at(steady.exchanges[e].from)].push_back(static_cast<int>(e));
    touching[at(steady.exchanges[e].to)].push_back(static_cast<int>(e));
  }
  Eigen::VectorXd w = Eigen::VectorXd::Zero(states);
  std::vector<std::pair<int, int>> open{{0, -1}};  // a state, and the exchange it was reached by
  while (!open.empty()) {
    const auto [state, by] = open.back();
    open.pop_back();
    for (const int e : touching[at(state)]) {
      if (e == by) continue;
      const Exchange& exchange = steady.exchanges[at(e)];
      const double rise = exchange.log_ratio - work.dot(in_cells(exchange.cell, static_cast<int>(work.size())));
      const bool forward = exchange.from == state;
      const int other = forward ? exchange.to : exchange.from;
      w(other) = w(state) + (forward ? rise : -rise);
      open.emplace_back(other, e);
    }
  }
  return w;
}

}  // namespace

Eigen::VectorXd in_cells(const Cell& cell, int dimension) {
  Eigen::VectorXd result(dimension);
  for (int axis = 0; axis < dimension; ++axis) result(axis) = cell[at(axis)];
  return result;
}

LocalBalance local_balance(const RateNetwork& network, const SteadyState& steady, const std::vector<Cycle>& cycles,
                           double tolerance) {
  const int n = network.lattice.dimension();
  LocalBalance result;
  for (std::size_t c = 0; c < cycles.size(); ++c) {
    if (std::isfinite(cycles[c].affinity)) continue;
    result.residual = std::numeric_limits<double>::infinity();
    result.worst = static_cast<int>(c);
    return result;
  }
  for (const Exchange& exchange : steady.exchanges) {
    if (exchange.back < 0) {  // on no cycle: only in a network that is not strongly connected
      result.residual = std::numeric_limits<double>::infinity();
      return result;
    }
  }
  // Σ Δ Δᵀ has whole numbers for entries, and is regular where motion spans the lattice.
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(n, n);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
  for (const Cycle& cycle : cycles) {
    const Eigen::VectorXd delta = in_cells(cycle.displacement, n);
    normal += delta * delta.transpose();
    right += cycle.affinity * delta;
  }
  result.work = Eigen::FullPivLU<Eigen::MatrixXd>(normal).solve(right);
  for (std::size_t c = 0; c < cycles.size(); ++c) {
    const double misfit = std::abs(cycles[c].affinity - result.work.dot(in_cells(cycles[c].displacement, n)));
    if (result.worst >= 0 && misfit <= result.residual) continue;
    result.residual = misfit;
    result.worst = static_cast<int>(c);
  }
  result.holds = result.residual <= tolerance;
  if (network.reversible) {  // by the same tolerance: nothing drives
    result.holds = true;
    result.work.setZero();
  }
  const Eigen::MatrixXd& a = network.lattice.vectors;
  result.force = a * Eigen::MatrixXd(a.transpose() * a).inverse() * result.work;
  if (result.holds) result.log_weights = weights_at_rest(steady, result.work);
  return result;
}

}  // namespace rdd
