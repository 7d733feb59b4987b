#include "runtime/network/rate_network.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sparse/group_inverse.hpp"

namespace rdd {
namespace {

Cell negated(const Cell& cell) {
  return {-cell[0], -cell[1], -cell[2]};
}

/// A hop that moves the defect by +t stands in Q(−t) (docs/theory.md, section 1).
std::vector<HopBlock> make_blocks(int states, const std::vector<Hop>& hops) {
  std::map<Cell, std::vector<Eigen::Triplet<double>>> entries;
  for (const Hop& hop : hops) {
    if (stays(hop)) continue;
    entries[negated(hop.cell)].emplace_back(hop.to, hop.from, hop.rate);
  }
  std::vector<HopBlock> blocks;
  for (const auto& [d, triplets] : entries) {
    HopBlock block{d, Eigen::SparseMatrix<double>(states, states)};
    block.rates.setFromTriplets(triplets.begin(), triplets.end());
    blocks.push_back(std::move(block));
  }
  return blocks;
}

/// log of Σ π = 1, without forming π.
Eigen::VectorXd normalised(const Eigen::VectorXd& log_weights) {
  const double largest = log_weights.maxCoeff();
  const double log_sum = largest + std::log((log_weights.array() - largest).exp().sum());
  return log_weights.array() - log_sum;
}

Eigen::MatrixXd total_rates(const RateNetwork& network) {
  Eigen::MatrixXd total = Eigen::MatrixXd::Zero(network.size(), network.size());
  for (const HopBlock& block : network.blocks) total += block.rates;
  total.diagonal().setZero();
  return total;
}

/// Dense elimination has the wider range of exponents, the sparse one can take any number of states; both are right to
/// the last digits or so.
Eigen::VectorXd stationary(const RateNetwork& network) {
  constexpr int most_dense = 4000;  // 256 MB and some 20 s
  if (network.size() <= most_dense_states) return log_stationary(total_rates(network));
  try {
    return log_stationary_sparse(network);
  } catch (const SparseLimit&) {
    if (network.size() > most_dense) throw;
    return log_stationary(total_rates(network));
  }
}

}  // namespace

const HopBlock* find_block(const RateNetwork& network, const Cell& d) {
  const auto place = std::lower_bound(network.blocks.begin(), network.blocks.end(), d,
                                      [](const HopBlock& block, const Cell& wanted) { return block.d < wanted; });
  return place != network.blocks.end() && place->d == d ? &*place : nullptr;
}

RateNetwork make_network(NetworkParts parts) {
  const int states = static_cast<int>(parts.states.size());
  expects(states > 0, "at least one state");
  for (const Hop& hop : parts.hops) {
    expects(hop.from >= 0 && hop.from < states && hop.to >= 0 && hop.to < states, "hops between known states");
    expects(std::isfinite(hop.rate) && hop.rate > 0, "finite, positive rates");
    for (int axis = parts.lattice.dimension(); axis < 3; ++axis) {
      expects(hop.cell[static_cast<std::size_t>(axis)] == 0, "translations within the lattice");
    }
  }
  if (parts.positions) {
    expects(parts.positions->rows() == parts.lattice.embedding() && parts.positions->cols() == states,
            "one Cartesian position for each state");
  }
  if (parts.log_weights) {
    expects(parts.log_weights->size() == states && parts.log_weights->allFinite(),
            "one finite log weight for each state");
  }

  RateNetwork network;
  network.lattice = std::move(parts.lattice);
  network.states = std::move(parts.states);
  network.positions = std::move(parts.positions);
  network.hops = std::move(parts.hops);
  network.blocks = make_blocks(states, network.hops);
  network.escape = Eigen::VectorXd::Zero(states);
  for (const Hop& hop : network.hops) {
    if (!stays(hop)) network.escape(hop.from) += hop.rate;
  }

  constexpr double tolerance = 1e-9;  // rates come from exp: their logarithms carry errors of about 1e-16 · |E/kT|
  if (parts.log_weights && balances(network, *parts.log_weights, tolerance)) {
    network.log_weights = normalised(*parts.log_weights);
    network.reversible = true;
    return network;
  }
  if (const std::optional<Eigen::VectorXd> found = balancing_weights(network, tolerance)) {
    network.log_weights = normalised(*found);
    network.reversible = true;
    return network;
  }
  network.log_weights = normalised(stationary(network));
  return network;
}

}  // namespace rdd
