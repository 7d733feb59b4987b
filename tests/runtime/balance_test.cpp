#include "runtime/network/balance.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("weights are found from rates in detailed balance") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    NetworkParts parts = random_parts(seed, {.dimension = 1 + static_cast<int>(seed % 3), .energies = 60});
    const Eigen::VectorXd declared = make_network(parts).log_weights;
    parts.log_weights.reset();
    const RateNetwork found = make_network(parts);
    CHECK(found.reversible);
    CHECK((found.log_weights - declared).cwiseAbs().maxCoeff() < 1e-12 * 60);
  }
}

TEST_CASE("declared weights that do not balance the rates are replaced by those that do") {
  NetworkParts parts = random_parts(3, {});
  const Eigen::VectorXd right = make_network(parts).log_weights;
  (*parts.log_weights)(0) += 0.3;
  const RateNetwork network = make_network(parts);
  CHECK(network.reversible);
  CHECK((network.log_weights - right).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("parallel hops count together: one pathway back may balance two forward") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B"};
  parts.hops = {
      {0, 1, {0}, 1.0, 0}, {0, 1, {0}, 2.0, 1}, {1, 0, {0}, 6.0, 2}, {1, 0, {1}, 4.0, 3}, {0, 1, {-1}, 2.0, 4}};
  const RateNetwork network = make_network(parts);
  CHECK(network.reversible);
  CHECK(std::exp(network.log_weights(0)) == rdd::test::approx(2.0 / 3));
  CHECK(!broken_cycle(network));
}

TEST_CASE("a row with a drift is a broken cycle of one hop, with the work of the force as its affinity") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A"};
  parts.hops = {{0, 0, {-1}, std::exp(-0.35), 0}, {0, 0, {1}, std::exp(0.35), 1}};
  const RateNetwork network = make_network(parts);
  CHECK(!network.reversible);
  const auto cycle = broken_cycle(network);
  REQUIRE(cycle);
  CHECK(cycle->hops == std::vector<int>{1});
  CHECK(cycle->affinity == rdd::test::approx(0.7).epsilon(1e-14));
}

TEST_CASE("the broken cycle is a shortest one and goes the way that is favoured") {
  // A square A B C D in balance but for the chord A–C, which makes two triangles; A B C is the one out of balance.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B", "C", "D", "E"};
  const auto both = [&](int from, int to, double forward, double back, int t = 0) {
    parts.hops.push_back({from, to, {t}, forward, -1});
    parts.hops.push_back({to, from, {-t}, back, -1});
  };
  both(0, 3, 1, 1, 1);
  both(0, 1, 1, 1);
  both(1, 2, 5, 1);
  both(2, 3, 1, 5);
  both(0, 2, 1, 1);
  both(3, 4, 1, 1);
  const RateNetwork network = make_network(parts);
  const auto cycle = broken_cycle(network);
  REQUIRE(cycle);
  CHECK(cycle->hops.size() == 3);
  CHECK(cycle->affinity == rdd::test::approx(std::log(5)).epsilon(1e-12));
  double affinity = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Hop& hop = network.hops[static_cast<std::size_t>(cycle->hops[i])];
    CHECK(hop.to == network.hops[static_cast<std::size_t>(cycle->hops[(i + 1) % 3])].from);
    affinity += std::log(hop.rate) - std::log(network.hops[static_cast<std::size_t>(cycle->hops[i] ^ 1)].rate);
  }
  CHECK(affinity == rdd::test::approx(cycle->affinity).epsilon(1e-12));
}

TEST_CASE("a hop without a way back has a cycle of infinite affinity") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B", "C"};
  parts.hops = {{0, 1, {0}, 1, 0}, {1, 2, {0}, 1, 1}, {2, 0, {1}, 1, 2}};
  const auto cycle = broken_cycle(make_network(parts));
  REQUIRE(cycle);
  CHECK(std::isinf(cycle->affinity));
  CHECK(cycle->hops.size() == 3);
}
