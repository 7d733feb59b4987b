#include "runtime/sensitivity/steady_derivatives.hpp"

#include <Eigen/LU>
#include <map>

#include "runtime/driven/local_balance.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sensitivity/pair_changes.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// ∂ ln k of each way from a state to a state in a cell: the hops along it, weighed by their rates.
std::map<Way, Eigen::RowVectorXd> log_rate_changes(const RateNetwork& network, const NetworkDerivatives& derivatives) {
  std::map<Way, Eigen::RowVectorXd> changes;
  for (const auto& [way, sum] : way_changes(network, derivatives)) changes[way] = sum.change / sum.rate;
  return changes;
}

}  // namespace

SteadyDerivatives steady_derivatives(const RateNetwork& network, const SteadyState& steady,
                                     const NetworkDerivatives& derivatives, const MatrixXd& log_weights) {
  const auto changes = log_rate_changes(network, derivatives);
  const auto count = static_cast<Index>(steady.exchanges.size());
  const MatrixXd zero = MatrixXd::Zero(count, derivatives.parameters());
  SteadyDerivatives result{steady.occupation.asDiagonal() * log_weights, zero, zero, zero, zero, zero};
  for (Index e = 0; e < count; ++e) {
    const Exchange& exchange = steady.exchanges[static_cast<std::size_t>(e)];
    const Eigen::RowVectorXd there = changes.at({exchange.from, exchange.to, exchange.cell});
    const Eigen::RowVectorXd log_forward = there + log_weights.row(exchange.from);
    result.forward.row(e) = exchange.forward * log_forward;
    result.current.row(e) = result.forward.row(e);
    if (exchange.back < 0) continue;
    const Cell& cell = exchange.cell;
    const Eigen::RowVectorXd back = changes.at({exchange.to, exchange.from, Cell{-cell[0], -cell[1], -cell[2]}});
    const Eigen::RowVectorXd log_backward = back + log_weights.row(exchange.to);
    const Eigen::RowVectorXd drive = log_forward - log_backward;
    result.backward.row(e) = exchange.backward * log_backward;
    result.log_ratio.row(e) = there - back;
    const double net = net_flux(exchange);
    result.current.row(e) = net * log_forward + exchange.backward * drive;
    result.entropy.row(e) = exchange.drive * result.current.row(e) + net * drive;
  }
  for (Index j = 0; j < derivatives.parameters(); ++j) {
    std::vector<Exchange> moved = steady.exchanges;
    for (Index e = 0; e < count; ++e) moved[static_cast<std::size_t>(e)].current = result.current(e, j);
    obey_kirchhoff(moved, network.size());
    for (Index e = 0; e < count; ++e) result.current(e, j) = moved[static_cast<std::size_t>(e)].current;
  }
  return result;
}

CycleDerivatives cycle_derivatives(const std::vector<Cycle>& cycles, const SteadyDerivatives& steady) {
  const auto count = static_cast<Index>(cycles.size());
  CycleDerivatives result{MatrixXd::Zero(count, steady.current.cols()), MatrixXd::Zero(count, steady.current.cols())};
  for (Index c = 0; c < count; ++c) {
    const std::vector<Cycle::Step>& steps = cycles[static_cast<std::size_t>(c)].steps;
    for (const Cycle::Step& step : steps)
      result.affinity.row(c) += (step.forward ? 1 : -1) * steady.log_ratio.row(step.exchange);
    const Cycle::Step& chord = steps.front();
    result.current.row(c) = (chord.forward ? 1 : -1) * steady.current.row(chord.exchange);
  }
  return result;
}

MatrixXd work_derivatives(const std::vector<Cycle>& cycles, const MatrixXd& affinity, int dimension) {
  MatrixXd normal = MatrixXd::Zero(dimension, dimension);
  MatrixXd right = MatrixXd::Zero(dimension, affinity.cols());
  for (std::size_t c = 0; c < cycles.size(); ++c) {
    const Eigen::VectorXd delta = in_cells(cycles[c].displacement, dimension);
    normal += delta * delta.transpose();
    right += delta * affinity.row(static_cast<Index>(c));
  }
  return normal.fullPivLu().solve(right);
}

MatrixXd escape_derivatives(const RateNetwork& network, const NetworkDerivatives& derivatives) {
  MatrixXd result = MatrixXd::Zero(network.size(), derivatives.parameters());
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (!stays(hop)) result.row(hop.from) += hop.rate * derivatives.log_rates.row(static_cast<Index>(h));
  }
  return result;
}

}  // namespace rdd
