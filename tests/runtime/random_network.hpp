// Networks for the property tests: random, connected, moving along every axis; the same for the same seed everywhere.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd::testing {

/// Uniform in [0, 1) from the bits of the engine: the same on every machine.
inline double uniform(std::mt19937_64& engine) {
  return static_cast<double>(engine() >> 11) * 0x1p-53;
}
inline int pick(std::mt19937_64& engine, int count) {
  return static_cast<int>(engine() % static_cast<unsigned>(count));
}

inline std::vector<std::string> state_names(int states) {
  std::vector<std::string> names;
  for (int i = 0; i < states; ++i) names.push_back("s" + std::to_string(i));
  return names;
}

struct RandomSpec {
  int dimension = 2;
  int states = 5;
  bool reversible = true;
  bool positions = false;
  double barriers = 3;             ///< rates between exp(−barriers) and 1
  double energies = 2;             ///< weights between exp(−energies) and 1
  Eigen::Vector3d force{0, 0, 0};  ///< β f·a_α: every hop is tilted by exp(½ force·cell)
};

/// Saddles of random height between random states: a ring through all states, one hop along each axis, and as many more
/// again.
inline NetworkParts random_parts(std::uint64_t seed, const RandomSpec& spec) {
  std::mt19937_64 engine(seed);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(spec.dimension, spec.dimension);
  for (int i = 0; i < spec.dimension; ++i) {
    for (int j = 0; j < spec.dimension; ++j) parts.lattice.vectors(i, j) += 0.4 * (uniform(engine) - 0.5);
  }
  parts.states = state_names(spec.states);
  Eigen::VectorXd energy(spec.states);
  for (double& e : energy) e = spec.energies * uniform(engine);
  parts.log_weights = -energy;
  if (spec.positions) {
    Eigen::MatrixXd fractions(spec.dimension, spec.states);
    for (double& f : fractions.reshaped()) f = uniform(engine);
    parts.positions = parts.lattice.vectors * fractions;
  }
  const auto join = [&](int from, int to, Cell cell) {
    const double saddle = -spec.barriers * uniform(engine);
    double work = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) work += 0.5 * spec.force(static_cast<Eigen::Index>(axis)) * cell[axis];
    const double skew = spec.reversible ? 0 : 2 * (uniform(engine) - 0.5);
    parts.hops.push_back({from, to, cell, std::exp(saddle + energy(from) + work + skew), -1});
    parts.hops.push_back({to, from, {-cell[0], -cell[1], -cell[2]}, std::exp(saddle + energy(to) - work - skew), -1});
  };
  for (int i = 0; i + 1 < spec.states; ++i) join(i, i + 1, {});
  for (int axis = 0; axis < spec.dimension; ++axis) {
    Cell cell{};
    cell[static_cast<std::size_t>(axis)] = 1;
    join(pick(engine, spec.states), pick(engine, spec.states), cell);
  }
  for (int extra = 0; extra < 2 * spec.states; ++extra) {
    const int from = pick(engine, spec.states), to = pick(engine, spec.states);
    Cell cell{};
    for (int axis = 0; axis < spec.dimension; ++axis) cell[static_cast<std::size_t>(axis)] = pick(engine, 3) - 1;
    if (from == to && cell == Cell{}) continue;
    join(from, to, cell);
  }
  return parts;
}

inline RateNetwork random_network(std::uint64_t seed, const RandomSpec& spec = {}) {
  return make_network(random_parts(seed, spec));
}

/// What the properties of docs/theory.md, section 7, are tested over: one to three dimensions, up to forty states,
/// rates over twelve decades (e^27.6, of which e^10 are the states' weights).
inline RandomSpec wide_spec(std::uint64_t seed, bool reversible = true) {
  std::mt19937_64 engine(seed + 1000);
  return {.dimension = 1 + static_cast<int>(seed % 3),
          .states = seed % 5 == 0 ? 40 : 1 + pick(engine, 40),
          .reversible = reversible,
          .positions = seed % 2 == 1,
          .barriers = 17.6,
          .energies = 10};
}

/// The same network with the cell `copies` times as long along the first axis.
inline NetworkParts supercell(const NetworkParts& parts, int copies) {
  NetworkParts result = parts;
  const int states = static_cast<int>(parts.states.size());
  result.lattice.vectors.col(0) *= copies;
  result.states = state_names(states * copies);
  result.hops.clear();
  result.positions.reset();
  if (parts.log_weights) result.log_weights = parts.log_weights->replicate(copies, 1);
  for (int copy = 0; copy < copies; ++copy) {
    for (Hop hop : parts.hops) {
      const int target = copy + hop.cell[0];
      const int cell = target >= 0 ? target / copies : -((copies - 1 - target) / copies);
      hop.from += copy * states;
      hop.to += (target - cell * copies) * states;
      hop.cell[0] = cell;
      result.hops.push_back(hop);
    }
  }
  return result;
}

/// State i is counted to the cell displaced by shift[i], and comes last in the list first: the same walk in other
/// words.
inline NetworkParts reworded(const NetworkParts& parts, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  NetworkParts result = parts;
  const int states = static_cast<int>(parts.states.size());
  std::vector<Cell> shift(parts.states.size());
  for (Cell& cell : shift) {
    for (int axis = 0; axis < parts.lattice.dimension(); ++axis)
      cell[static_cast<std::size_t>(axis)] = pick(engine, 5) - 2;
  }
  for (Hop& hop : result.hops) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      hop.cell[axis] += shift[static_cast<std::size_t>(hop.from)][axis] - shift[static_cast<std::size_t>(hop.to)][axis];
    }
    hop.from = states - 1 - hop.from;
    hop.to = states - 1 - hop.to;
  }
  if (parts.log_weights) result.log_weights = parts.log_weights->reverse().eval();
  result.positions.reset();
  return result;
}

/// Other primitive vectors of the same lattice: a_0 becomes a_0 + a_last.
inline NetworkParts sheared(const NetworkParts& parts) {
  NetworkParts result = parts;
  const auto last = static_cast<std::size_t>(parts.lattice.dimension() - 1);
  if (last == 0) return result;
  result.lattice.vectors.col(0) += parts.lattice.vectors.col(static_cast<Eigen::Index>(last));
  for (Hop& hop : result.hops) hop.cell[last] -= hop.cell[0];
  return result;
}

/// Random phases in [−π, π].
inline Eigen::VectorXd random_phases(std::mt19937_64& engine, int dimension) {
  Eigen::VectorXd k(dimension);
  for (double& phase : k) phase = 3.141592653589793 * (2 * uniform(engine) - 1);
  return k;
}

}  // namespace rdd::testing
