// Networks of many states whose spectra are known, and random ones like disordered crystals.
#pragma once

#include <array>
#include <cmath>
#include <random>

#include "tests/runtime/random_network.hpp"

namespace rdd::testing {

/// A cell of sizes[0] × … sites of a simple cubic lattice with spacing 1, hops at rate 1 to each neighbour: one state a
/// site. λ at k: Σ_axis 2 (1 − cos((2π m + φ)/N)) for phases φ of the whole cell.
inline NetworkParts torus(const std::vector<int>& sizes) {
  const auto dimension = static_cast<int>(sizes.size());
  int states = 1;
  for (const int size : sizes) states *= size;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Zero(dimension, dimension);
  for (int axis = 0; axis < dimension; ++axis)
    parts.lattice.vectors(axis, axis) = sizes[static_cast<std::size_t>(axis)];
  parts.states = state_names(states);
  for (int state = 0; state < states; ++state) {
    int stride = 1;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      const int place = state / stride % sizes[axis];
      Cell cell{};
      int next = state + stride;
      if (place + 1 == sizes[axis]) {
        cell[axis] = 1;
        next -= stride * sizes[axis];
      }
      parts.hops.push_back({state, next, cell, 1.0, 0});
      parts.hops.push_back({next, state, {-cell[0], -cell[1], -cell[2]}, 1.0, 0});
      stride *= sizes[axis];
    }
  }
  return parts;
}

/// The same with states of random energies and barriers: rates over about `decades`, balanced; `skew` breaks the
/// balance.
inline NetworkParts disordered(const std::vector<int>& sizes, std::uint64_t seed, double decades, double skew = 0) {
  std::mt19937_64 engine(seed);
  NetworkParts parts = torus(sizes);
  const double range = decades * std::log(10.0);
  Eigen::VectorXd energy(static_cast<Eigen::Index>(parts.states.size()));
  for (double& e : energy) e = 0.5 * range * uniform(engine);
  for (std::size_t h = 0; h < parts.hops.size(); h += 2) {
    Hop& there = parts.hops[h];
    Hop& back = parts.hops[h + 1];
    const double saddle = -0.5 * range * uniform(engine);
    const double tilt = skew * (uniform(engine) - 0.5);
    there.rate = std::exp(saddle + energy(there.from) + tilt);
    back.rate = std::exp(saddle + energy(back.from) - tilt);
  }
  if (skew == 0) parts.log_weights = -energy;
  return parts;
}

/// Two chains of states side by side, fast along themselves and slow between: two coarse states with a wide gap.
inline NetworkParts ladder(int length, double between, double skew = 0) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2e-9);
  parts.states = state_names(2 * length);
  std::mt19937_64 engine(17);
  const auto join = [&](int from, int to, int cell, double rate) {
    const double tilt = skew * uniform(engine);
    parts.hops.push_back({from, to, {cell, 0, 0}, rate * std::exp(tilt), 0});
    parts.hops.push_back({to, from, {-cell, 0, 0}, rate * std::exp(-tilt), 0});
  };
  for (int side = 0; side < 2; ++side) {
    for (int i = 0; i < length; ++i) {
      const int next = (i + 1) % length;
      join(side * length + i, side * length + next, next == 0 ? 1 : 0, (side == 0 ? 1.0 : 3.0) + uniform(engine));
    }
  }
  for (int i = 0; i < length; i += 10) join(i, length + i, 0, between);
  return parts;
}

}  // namespace rdd::testing
