#include "runtime/zone/connected_bands.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "tests/runtime/symmetric_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;
using Eigen::Index;

namespace {

Eigen::MatrixXd line(const Eigen::VectorXd& from, const Eigen::VectorXd& to, int steps) {
  Eigen::MatrixXd all(from.size(), steps + 1);
  for (int i = 0; i <= steps; ++i) all.col(i) = from + (to - from) * i / steps;
  return all;
}

void add_both_ways(NetworkParts& parts, int from, int to, Cell cell, double rate) {
  parts.hops.push_back({from, to, cell, rate, -1});
  parts.hops.push_back({to, from, {-cell[0], -cell[1], -cell[2]}, rate, -1});
}

// Two rows of sites: along the rows 1/s, across 1/s, diagonally 2/s. The even and the odd combination of the rows
// cross where cos φ = −1/4.
BlochOperator ladder() {
  NetworkParts parts;
  parts.lattice.vectors = chain();
  parts.states = {"A", "B"};
  add_both_ways(parts, 0, 0, {1}, 1);
  add_both_ways(parts, 1, 1, {1}, 1);
  add_both_ways(parts, 0, 1, {}, 1);
  add_both_ways(parts, 0, 1, {1}, 2);
  add_both_ways(parts, 0, 1, {-1}, 2);
  return BlochOperator(make_network(parts));
}
double even(double phase) {
  return 6 * (1 - std::cos(phase));
}
double odd(double phase) {
  return 2 * (1 - std::cos(phase)) + 2 + 4 * (1 + std::cos(phase));
}

}  // namespace

TEST_CASE("the best assignment is the best of all") {
  std::mt19937_64 engine(7);
  for (int trial = 0; trial < 50; ++trial) {
    const int n = 1 + trial % 6;
    Eigen::MatrixXd weight(n, n);
    for (double& w : weight.reshaped()) w = uniform(engine);
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const auto sum = [&](const std::vector<int>& rows) {
      double total = 0;
      for (int column = 0; column < n; ++column) total += weight(rows[static_cast<std::size_t>(column)], column);
      return total;
    };
    double best = 0;
    do best = std::max(best, sum(order));
    while (std::next_permutation(order.begin(), order.end()));
    std::vector<int> found = best_assignment(weight);
    CHECK(sum(found) == test::approx(best).epsilon(1e-12));
    std::ranges::sort(found);
    CHECK(std::ranges::adjacent_find(found) == found.end());
  }
}

TEST_CASE("bands that cross are followed through the crossing, whether a wave vector falls on it or not") {
  const BlochOperator bloch = ladder();
  const double crossing = std::acos(-0.25);
  for (const double end : {std::numbers::pi, 2 * crossing, 3 * crossing}) {
    CAPTURE(end);
    for (const int steps : {6, 20, 60}) {
      const Eigen::MatrixXd path = line(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, end), steps);
      const ConnectedBands found = connected_bands(bloch, path, {0});
      for (Index i = 0; i < path.cols(); ++i) {
        CHECK(found.spectrum.lambda(found.connected(0, i), i).real() ==
              doctest::Approx(even(path(0, i))).epsilon(1e-12));
        CHECK(found.spectrum.lambda(found.connected(1, i), i).real() ==
              doctest::Approx(odd(path(0, i))).epsilon(1e-12));
      }
      CHECK(found.overlap.minCoeff() > 0.999);
    }
  }
}

TEST_CASE("complex bands are followed as well: around the zone each goes over into the next") {
  // A -> B -> C -> A of the next cell, one way: λ = 1 − exp(−i (φ + 2π m)/3).
  NetworkParts parts;
  parts.lattice.vectors = chain();
  parts.states = {"A", "B", "C"};
  parts.hops = {{0, 1, {}, 1, -1}, {1, 2, {}, 1, -1}, {2, 0, {1}, 1, -1}};
  const BlochOperator bloch(make_network(parts));
  const double turn = 2 * std::numbers::pi;
  const Eigen::MatrixXd path = line(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, 3 * turn), 90);
  const ConnectedBands found = connected_bands(bloch, path, {0});
  const auto value = [&](Index band, Index i) { return found.spectrum.lambda(found.connected(band, i), i); };
  for (Index band = 0; band < 3; ++band) {
    const double start = std::round(std::arg(1.0 - value(band, 0)) / turn * 3) / 3 * turn;
    for (Index i = 0; i < path.cols(); ++i) {
      const std::complex<double> one_way = 1.0 - std::polar(1.0, start + path(0, i) / 3);
      const std::complex<double> other_way = 1.0 - std::polar(1.0, start - path(0, i) / 3);
      CHECK(std::min(std::abs(value(band, i) - one_way), std::abs(value(band, i) - other_way)) < 1e-12);
    }
    CHECK(std::abs(value(band, 30) - value(band, 0)) > 1);      // once around: another band
    CHECK(std::abs(value(band, 90) - value(band, 0)) < 1e-12);  // three times: itself
  }
}

TEST_CASE("degenerate bands are followed by their subspace, and part in the combinations that leave it") {
  // Three orientations on a cubic lattice: each hops along its own axis fast, slowly across, and turns into the others.
  NetworkParts parts;
  parts.lattice.vectors = simple_cubic();
  parts.states = {"x", "y", "z"};
  for (int s = 0; s < 3; ++s)
    for (int axis = 0; axis < 3; ++axis) {
      Cell cell{};
      cell[static_cast<std::size_t>(axis)] = 1;
      add_both_ways(parts, s, s, cell, s == axis ? 3.0 : 0.5);
      if (s < axis) add_both_ways(parts, s, axis, {}, 0.2);
    }
  const BlochOperator bloch(make_network(parts));
  const double pi = std::numbers::pi;
  const Eigen::Vector3d gamma(0, 0, 0), X(0, pi, 0), M(pi, pi, 0), R(pi, pi, pi);
  Eigen::MatrixXd path(3, 5 * 41);
  int column = 0;
  for (const auto& [from, to] : {std::pair{gamma, X}, {X, M}, {M, gamma}, {gamma, R}, {R, X}}) {
    path.middleCols(column, 41) = line(from, to, 40);
    column += 41;
  }
  const ConnectedBands found = connected_bands(bloch, path, {0});
  for (Index i = 1; i < path.cols(); ++i) {
    Eigen::VectorXi order = found.connected.col(i);
    std::sort(order.begin(), order.end());
    CHECK(order == Eigen::VectorXi::LinSpaced(3, 0, 2));
    // At a corner where bands are degenerate they leave in other combinations than they came in.
    if (i % 41 != 1) CHECK(found.overlap.col(i).minCoeff() > 0.9);
    const double step = (path.col(i) - path.col(i - 1)).lpNorm<1>();
    for (Index b = 0; b < 3; ++b)  // |∂λ/∂φ| ≤ Σ r |t|: bands do not jump
      CHECK(std::abs(found.spectrum.lambda(found.connected(b, i), i) -
                     found.spectrum.lambda(found.connected(b, i - 1), i - 1)) <= 6 * step + 1e-12);
  }
  CHECK((found.spectrum.lambda.real() - bands(bloch, path).lambda.real()).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("each piece of a path begins afresh, and every connection is a permutation") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .states = 6, .reversible = seed % 2 == 0}));
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd a = random_phases(engine, dimension), b = random_phases(engine, dimension);
    Eigen::MatrixXd path(dimension, 62);
    path << line(a, b, 30), line(b, a, 30);
    const ConnectedBands found = connected_bands(bloch, path, {0, 31});
    CHECK(found.connected.col(31) == Eigen::VectorXi::LinSpaced(6, 0, 5));
    for (Index i = 0; i < path.cols(); ++i) {
      Eigen::VectorXi order = found.connected.col(i);
      std::sort(order.begin(), order.end());
      CHECK(order == Eigen::VectorXi::LinSpaced(6, 0, 5));
    }
    // There and back again: a band comes home.
    for (Index m = 0; m < 6; ++m) {
      const int there = found.connected(m, 30);
      CHECK(found.connected(there, 61) == m);
    }
    CHECK((found.spectrum.lambda - bands(bloch, path).lambda).cwiseAbs().maxCoeff() <
          1e-9 * found.spectrum.fastest_rate);
  }
}
