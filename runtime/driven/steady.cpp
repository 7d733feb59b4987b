#include "runtime/driven/steady.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/network/edges.hpp"

namespace rdd {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

/// Kruskal's spanning tree of largest flux.
void mark_tree(std::vector<Exchange>& exchanges, int states) {
  std::vector<std::size_t> order(exchanges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::max(exchanges[a].forward, exchanges[a].backward) >
           std::max(exchanges[b].forward, exchanges[b].backward);
  });
  std::vector<int> parent(at(states));
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int state) {
    while (parent[at(state)] != state) state = parent[at(state)] = parent[at(parent[at(state)])];
    return state;
  };
  for (const std::size_t e : order) {
    const int a = root(exchanges[e].from);
    const int b = root(exchanges[e].to);
    if (a == b) continue;
    parent[at(a)] = b;
    exchanges[e].in_tree = true;
  }
}

}  // namespace

double net_flux(const Exchange& exchange) {
  if (std::isinf(exchange.drive)) return exchange.forward;
  return exchange.drive > 0 ? -exchange.forward * std::expm1(-exchange.drive)
                            : exchange.backward * std::expm1(exchange.drive);
}

void obey_kirchhoff(std::vector<Exchange>& exchanges, int states) {
  std::vector<std::vector<int>> touching(at(states));
  Eigen::VectorXd excess = Eigen::VectorXd::Zero(states);
  for (std::size_t e = 0; e < exchanges.size(); ++e) {
    const Exchange& exchange = exchanges[e];
    if (exchange.in_tree) {
      touching[at(exchange.from)].push_back(static_cast<int>(e));
      touching[at(exchange.to)].push_back(static_cast<int>(e));
    } else {
      excess(exchange.from) -= exchange.current;
      excess(exchange.to) += exchange.current;
    }
  }
  std::vector<int> order{0}, by(at(states), -1);  // states from the root outwards, and the exchange each is reached by
  for (std::size_t next = 0; next < order.size(); ++next) {
    const int state = order[next];
    for (const int e : touching[at(state)]) {
      if (e == by[at(state)]) continue;
      const int other = exchanges[at(e)].from == state ? exchanges[at(e)].to : exchanges[at(e)].from;
      by[at(other)] = e;
      order.push_back(other);
    }
  }
  for (auto state = order.rbegin(); state != order.rend(); ++state) {
    if (by[at(*state)] < 0) continue;
    Exchange& exchange = exchanges[at(by[at(*state)])];
    const bool outwards = exchange.to == *state;
    exchange.current = outwards ? -excess(*state) : excess(*state);
    excess(outwards ? exchange.from : exchange.to) += excess(*state);
  }
}

SteadyState steady_state(const RateNetwork& network) {
  SteadyState steady;
  steady.occupation = network.log_weights.array().exp();
  const std::vector<Edge> edges = make_edges(network);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const Edge& edge = edges[e];
    if (edge.reverse >= 0 && at(edge.reverse) < e) continue;
    Exchange exchange{.hop = edge.hop, .from = edge.from, .to = edge.to, .cell = edge.cell};
    exchange.forward = std::exp(std::log(edge.rate) + network.log_weights(edge.from));
    exchange.log_ratio = exchange.drive = edge.log_ratio;
    if (edge.reverse >= 0) {
      const Edge& back = edges[at(edge.reverse)];
      exchange.back = back.hop;
      exchange.backward = std::exp(std::log(back.rate) + network.log_weights(edge.to));
      exchange.drive += network.log_weights(edge.from) - network.log_weights(edge.to);
    }
    if (network.reversible) exchange.drive = 0;
    exchange.current = net_flux(exchange);
    steady.exchanges.push_back(exchange);
  }
  mark_tree(steady.exchanges, network.size());
  if (!network.reversible) obey_kirchhoff(steady.exchanges, network.size());
  return steady;
}

double entropy_production(const Exchange& exchange) {
  if (std::isinf(exchange.drive)) return std::numeric_limits<double>::infinity();
  return net_flux(exchange) * exchange.drive;
}

EntropyProduction entropy_production(const SteadyState& steady, const std::vector<Cycle>& cycles) {
  EntropyProduction result;
  for (std::size_t e = 0; e < steady.exchanges.size(); ++e) {
    result.total += entropy_production(steady.exchanges[e]);
    if (steady.exchanges[e].back < 0 && result.one_way < 0) result.one_way = static_cast<int>(e);
  }
  if (result.one_way >= 0) {
    result.from_cycles = std::numeric_limits<double>::infinity();
    return result;
  }
  for (const Cycle& cycle : cycles) {
    if (cycle.current > 0) result.from_cycles += cycle.current * cycle.affinity;
  }
  return result;
}

}  // namespace rdd
