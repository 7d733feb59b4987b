// Fundamental cycles: each chord of the spanning tree, closed by the way back along the tree [Schnakenberg76].
#include <algorithm>
#include <cmath>

#include "runtime/driven/steady.hpp"

namespace rdd {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

/// The tree, seen from state 0.
struct RootedTree {
  std::vector<int> by;     ///< the exchange that leads towards the root; −1 at the root
  std::vector<int> depth;  ///< steps to the root
};

RootedTree rooted(const SteadyState& steady) {
  const auto states = static_cast<std::size_t>(steady.occupation.size());
  std::vector<std::vector<int>> touching(states);
  for (std::size_t e = 0; e < steady.exchanges.size(); ++e) {
    const Exchange& exchange = steady.exchanges[e];
    if (!exchange.in_tree) continue;
    touching[at(exchange.from)].push_back(static_cast<int>(e));
    touching[at(exchange.to)].push_back(static_cast<int>(e));
  }
  RootedTree tree{std::vector<int>(states, -1), std::vector<int>(states, 0)};
  std::vector<int> open{0};
  while (!open.empty()) {
    const int state = open.back();
    open.pop_back();
    for (const int e : touching[at(state)]) {
      if (e == tree.by[at(state)]) continue;
      const Exchange& exchange = steady.exchanges[at(e)];
      const int other = exchange.from == state ? exchange.to : exchange.from;
      tree.by[at(other)] = e;
      tree.depth[at(other)] = tree.depth[at(state)] + 1;
      open.push_back(other);
    }
  }
  return tree;
}

/// The way along the tree from a state to another.
std::vector<Cycle::Step> way(const SteadyState& steady, const RootedTree& tree, int from, int to) {
  std::vector<Cycle::Step> up, down;  // both towards the root, until they meet
  const auto climb = [&](int& state, std::vector<Cycle::Step>& steps) {
    const int e = tree.by[at(state)];
    const Exchange& exchange = steady.exchanges[at(e)];
    const bool forward = exchange.from == state;
    steps.push_back({e, forward});
    state = forward ? exchange.to : exchange.from;
  };
  while (from != to) {
    if (tree.depth[at(from)] >= tree.depth[at(to)]) {
      climb(from, up);
    } else {
      climb(to, down);
    }
  }
  for (auto step = down.rbegin(); step != down.rend(); ++step) up.push_back({step->exchange, !step->forward});
  return up;
}

}  // namespace

std::vector<Cycle> fundamental_cycles(const SteadyState& steady) {
  const RootedTree tree = rooted(steady);
  std::vector<Cycle> cycles;
  for (std::size_t e = 0; e < steady.exchanges.size(); ++e) {
    const Exchange& chord = steady.exchanges[e];
    if (chord.in_tree) continue;
    Cycle cycle;
    cycle.current = std::abs(chord.current);
    const bool forward = chord.current >= 0;
    cycle.steps.push_back({static_cast<int>(e), forward});
    const std::vector<Cycle::Step> back =
        way(steady, tree, forward ? chord.to : chord.from, forward ? chord.from : chord.to);
    cycle.steps.insert(cycle.steps.end(), back.begin(), back.end());
    for (const Cycle::Step& step : cycle.steps) {
      const Exchange& exchange = steady.exchanges[at(step.exchange)];
      cycle.affinity += step.forward ? exchange.log_ratio : -exchange.log_ratio;
      for (std::size_t a = 0; a < 3; ++a) cycle.displacement[a] += step.forward ? exchange.cell[a] : -exchange.cell[a];
    }
    cycles.push_back(std::move(cycle));
  }
  const auto produces = [](const Cycle& cycle) { return cycle.current > 0 ? cycle.current * cycle.affinity : 0; };
  const auto before = [&](const Cycle& a, const Cycle& b) {
    const double pa = produces(a), pb = produces(b);
    return std::isnan(pb) ? false : std::isnan(pa) ? true : pa > pb;  // without a value first
  };
  std::stable_sort(cycles.begin(), cycles.end(), before);
  return cycles;
}

}  // namespace rdd
