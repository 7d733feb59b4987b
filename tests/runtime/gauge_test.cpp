#include "runtime/reduction/gauge.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/dense.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

double difference(const Coefficients& a, const Coefficients& b) {
  double worst = (a.reaction - b.reaction).cwiseAbs().maxCoeff();
  for (std::size_t i = 0; i < a.drift.size(); ++i) {
    worst = std::max(worst, (a.drift[i] - b.drift[i]).cwiseAbs().maxCoeff());
    for (std::size_t j = 0; j < a.drift.size(); ++j) {
      worst = std::max(worst, (a.diffusion[i][j] - b.diffusion[i][j]).cwiseAbs().maxCoeff());
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("the two gauges of a whole network differ by moving its states to their positions") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const RateNetwork network =
        random_network(seed, {.dimension = dimension, .states = 4, .reversible = seed % 2 == 0, .positions = true});
    const Coefficients cells = reduce_unresolved(BlochOperator(network), 4, {}).coefficients;
    const Coefficients positions = reduce_unresolved(BlochOperator(network, Gauge::positions), 4, {}).coefficients;
    CHECK(difference(shifted(cells, *network.positions), positions) < 1e-13 * network.escape.maxCoeff());
    CHECK(difference(shifted(positions, -*network.positions), cells) < 1e-13 * network.escape.maxCoeff());
  }
}

TEST_CASE("slow bands do not depend on where the coarse states are thought to sit, to second order") {
  const RateNetwork network = random_network(3, {.dimension = 2, .states = 3});
  const Coefficients c = reduce_unresolved(BlochOperator(network), 3, {}).coefficients;
  const Coefficients moved = shifted(c, (Eigen::MatrixXd(2, 3) << 0, 0.3, -0.2, 0.1, 0, 0.4).finished());
  const auto error = [&](double k) {
    const Eigen::Vector2d wave(0.6 * k, 0.8 * k);
    return (eigenvalues(Eigen::MatrixXcd(symbol(c, wave))) - eigenvalues(Eigen::MatrixXcd(symbol(moved, wave)))).norm();
  };
  CHECK(std::log2(error(0.04) / error(0.02)) > 2.8);
}

TEST_CASE("two coarse states have places without an antisymmetric drift: those of their sites") {
  // A row of A at 0 and B at 0.3 cells: A -> B inside the cell by k1, B -> A of the next cell by k2. In the cells'
  // gauge the drift is antisymmetric. A place for B that balances both hops makes it vanish: k1 s = k2 (1 − s).
  const double k1 = 3, k2 = 2;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, k1, -1}, {1, 0, {0}, k1, -1}, {1, 0, {1}, k2, -1}, {0, 1, {-1}, k2, -1}};
  const Coefficients c = reduce_unresolved(BlochOperator(make_network(parts)), 2, {}).coefficients;
  const SymmetricPlaces places = symmetric_places(c);
  CHECK(places.exists);
  CHECK(places.before == rdd::test::approx(k2));
  CHECK(places.shift(0, 1) == rdd::test::approx(k2 / (k1 + k2)).epsilon(1e-12));
  const Coefficients moved = shifted(c, places.shift);
  CHECK((moved.drift[0] - moved.drift[0].transpose()).cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("three coarse states on a ring that closes have such places, on one that does not they have none") {
  for (const bool closes : {true, false}) {
    CAPTURE(closes);
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
    parts.states = state_names(3);
    const auto both = [&](int from, int to, int by, double rate) {
      parts.hops.push_back({from, to, {by}, rate, -1});
      parts.hops.push_back({to, from, {-by}, rate, -1});
    };
    both(0, 1, 0, 1);
    both(1, 2, 1, 2);
    both(0, 2, closes ? 1 : 0, 3);  // 0 -> 1 -> 2 moves by one cell
    both(0, 0, 1, 1);
    const Coefficients c = reduce_unresolved(BlochOperator(make_network(parts)), 3, {}).coefficients;
    const SymmetricPlaces places = symmetric_places(c);
    CHECK(places.exists == closes);
    if (closes) {  // no hop between states moves at all: B sits at A, and C one cell before
      CHECK(std::abs(places.shift(0, 1)) < 1e-14);
      CHECK(places.shift(0, 2) == rdd::test::approx(-1).epsilon(1e-12));
    } else {
      CHECK(places.after > 0.1);
      CHECK(places.after < places.before);
    }
  }
}
