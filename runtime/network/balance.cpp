#include "runtime/network/balance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "runtime/network/edges.hpp"

namespace rdd {
namespace {

using Leaving = std::vector<std::vector<int>>;  // edges out of each state

Leaving leaving(int states, const std::vector<Edge>& edges) {
  Leaving result(static_cast<std::size_t>(states));
  for (std::size_t e = 0; e < edges.size(); ++e) {
    result[static_cast<std::size_t>(edges[e].from)].push_back(static_cast<int>(e));
  }
  return result;
}

/// Breadth-first tree: for each state the edge it is reached by (-1: root or not reached) and its distance.
struct Tree {
  std::vector<int> by;
  std::vector<int> depth;         ///< -1: not reached
  std::vector<double> potential;  ///< Σ log ratios from the root: log π of the state over log π of the root
};

Tree breadth_first(int root, const std::vector<Edge>& edges, const Leaving& out) {
  Tree tree{std::vector<int>(out.size(), -1), std::vector<int>(out.size(), -1), std::vector<double>(out.size(), 0)};
  tree.depth[static_cast<std::size_t>(root)] = 0;
  std::queue<int> open;
  for (open.push(root); !open.empty(); open.pop()) {
    const auto state = static_cast<std::size_t>(open.front());
    for (const int e : out[state]) {
      const Edge& edge = edges[static_cast<std::size_t>(e)];
      const auto to = static_cast<std::size_t>(edge.to);
      if (tree.depth[to] >= 0) continue;
      tree.depth[to] = tree.depth[state] + 1;
      tree.by[to] = e;
      tree.potential[to] = tree.potential[state] + edge.log_ratio;
      open.push(edge.to);
    }
  }
  return tree;
}

/// Edges from the root to a state.
std::vector<int> path(const Tree& tree, const std::vector<Edge>& edges, int state) {
  std::vector<int> result;
  for (int e = tree.by[static_cast<std::size_t>(state)]; e >= 0;
       e = tree.by[static_cast<std::size_t>(edges[static_cast<std::size_t>(e)].from)]) {
    result.push_back(e);
  }
  std::reverse(result.begin(), result.end());
  return result;
}

BrokenCycle as_hops(const std::vector<int>& cycle, const std::vector<Edge>& edges) {
  BrokenCycle result;
  for (const int e : cycle) {
    result.hops.push_back(edges[static_cast<std::size_t>(e)].hop);
    result.affinity += edges[static_cast<std::size_t>(e)].log_ratio;
  }
  return result;
}

/// The shortest cycle through a hop that has no reverse: the hop and the shortest way back.
std::optional<BrokenCycle> one_way_cycle(int states, const std::vector<Edge>& edges, const Leaving& out) {
  std::vector<std::vector<int>> one_way_into(static_cast<std::size_t>(states));
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (edges[e].reverse < 0) one_way_into[static_cast<std::size_t>(edges[e].to)].push_back(static_cast<int>(e));
  }
  std::vector<int> best;
  for (int root = 0; root < states; ++root) {
    if (one_way_into[static_cast<std::size_t>(root)].empty()) continue;
    const Tree tree = breadth_first(root, edges, out);
    for (const int e : one_way_into[static_cast<std::size_t>(root)]) {
      const int from = edges[static_cast<std::size_t>(e)].from;
      const int distance = tree.depth[static_cast<std::size_t>(from)];
      if (distance < 0 || (!best.empty() && distance + 1 >= static_cast<int>(best.size()))) continue;
      best = {e};
      const std::vector<int> back = path(tree, edges, from);
      best.insert(best.end(), back.begin(), back.end());
    }
  }
  if (best.empty()) return std::nullopt;
  BrokenCycle result = as_hops(best, edges);
  result.affinity = std::numeric_limits<double>::infinity();
  return result;
}

}  // namespace

bool balances(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& log_weights, double tolerance) {
  for (const HopBlock& block : network.blocks) {
    const HopBlock* const back = find_block(network, {-block.d[0], -block.d[1], -block.d[2]});
    if (back == nullptr) return false;
    for (int j = 0; j < block.rates.outerSize(); ++j) {
      for (Eigen::SparseMatrix<double>::InnerIterator entry(block.rates, j); entry; ++entry) {
        const Eigen::Index i = entry.row();
        const double reverse = back->rates.coeff(j, i);
        if (reverse <= 0) return false;
        const double affinity = std::log(entry.value()) - std::log(reverse) + log_weights(j) - log_weights(i);
        if (!(std::abs(affinity) <= tolerance)) return false;
      }
    }
  }
  return true;
}

std::optional<Eigen::VectorXd> balancing_weights(const RateNetwork& network, double tolerance) {
  const std::vector<Edge> edges = make_edges(network);
  for (const Edge& edge : edges) {
    if (edge.reverse < 0) return std::nullopt;
  }
  const Tree tree = breadth_first(0, edges, leaving(network.size(), edges));
  for (const int depth : tree.depth) {
    if (depth < 0) return std::nullopt;
  }
  Eigen::VectorXd log_weights = Eigen::Map<const Eigen::VectorXd>(tree.potential.data(), network.size());
  if (!balances(network, log_weights, tolerance)) return std::nullopt;
  return log_weights;
}

std::optional<BrokenCycle> broken_cycle(const RateNetwork& network, double tolerance) {
  const std::vector<Edge> edges = make_edges(network);
  const Leaving out = leaving(network.size(), edges);
  if (balancing_weights(network, tolerance)) return std::nullopt;
  if (std::optional<BrokenCycle> cycle = one_way_cycle(network.size(), edges, out)) return cycle;

  // Every hop has its reverse. A breadth-first tree from each root turns every hop u → v off the tree into the cycle
  // root → u → v → root; the shortest one out of balance over all roots is a shortest one there is.
  std::vector<int> best;
  for (int root = 0; root < network.size(); ++root) {
    const Tree tree = breadth_first(root, edges, out);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const auto u = static_cast<std::size_t>(edges[e].from);
      const auto v = static_cast<std::size_t>(edges[e].to);
      if (tree.depth[u] < 0 || edges[e].reverse < 0) continue;
      if (!best.empty() && tree.depth[u] + 1 + tree.depth[v] >= static_cast<int>(best.size())) continue;
      const double affinity = tree.potential[u] + edges[e].log_ratio - tree.potential[v];
      if (!(affinity > tolerance)) continue;  // its reverse is looked at as well
      best = path(tree, edges, edges[e].from);
      best.push_back(static_cast<int>(e));
      const std::vector<int> there = path(tree, edges, edges[e].to);
      for (auto step = there.rbegin(); step != there.rend(); ++step) {
        best.push_back(edges[static_cast<std::size_t>(*step)].reverse);
      }
    }
    if (best.size() == 1) break;
  }
  if (best.empty()) return std::nullopt;
  return as_hops(best, edges);
}

}  // namespace rdd
