#include "runtime/network/rate_network.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "runtime/expects.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("a hop by +t stands in the block of -t, column from, row to") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::Matrix2d::Identity();
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {1, -2, 0}, 3.0, 0}, {1, 0, {0, 0, 0}, 2.0, 1}};
  const RateNetwork network = make_network(parts);
  REQUIRE(network.blocks.size() == 2);
  CHECK(network.blocks[0].d == Cell{-1, 2, 0});
  CHECK(network.blocks[0].rates.coeff(1, 0) == 3.0);
  CHECK(network.blocks[1].d == Cell{0, 0, 0});
  CHECK(network.blocks[1].rates.coeff(0, 1) == 2.0);
  CHECK(network.escape(0) == 3.0);
  CHECK(find_block(network, {1, -2, 0}) == nullptr);
  CHECK(find_block(network, {-1, 2, 0}) == &network.blocks[0]);
}

TEST_CASE("rates out of a state are its escape rate, and weights sum to one") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const RateNetwork network = random_network(seed, {.reversible = seed % 2 == 0});
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(network.size());
    for (const HopBlock& block : network.blocks) {
      sum += Eigen::RowVectorXd::Ones(network.size()) * block.rates;
    }
    CHECK((sum - network.escape).cwiseAbs().maxCoeff() < 1e-14 * network.escape.maxCoeff());
    CHECK(network.log_weights.array().exp().sum() == rdd::test::approx(1).epsilon(1e-14));
    CHECK(network.reversible == (seed % 2 == 0));
  }
}

TEST_CASE("declared weights are normalised in logarithms, however far apart") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B"};
  parts.log_weights = Eigen::Vector2d(-2000, -1400);
  parts.hops = {{0, 0, {1}, 1, 0}, {0, 0, {-1}, 1, 0}, {0, 1, {0}, std::exp(300), 1}, {1, 0, {0}, std::exp(-300), 1}};
  const RateNetwork network = make_network(parts);
  CHECK(network.reversible);
  CHECK(network.log_weights(0) == rdd::test::approx(-600));
  CHECK(network.log_weights(1) == 0);
}

TEST_CASE("a hop that goes nowhere counts for nothing") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A"};
  parts.hops = {{0, 0, {0}, 7, 0}, {0, 0, {1}, 1, 0}, {0, 0, {-1}, 1, 0}};
  const RateNetwork network = make_network(parts);
  CHECK(network.escape(0) == 2);
  CHECK(find_block(network, {}) == nullptr);
  CHECK(network.reversible);
}

TEST_CASE("impossible parts are refused") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A"};
  for (const Hop& hop : {Hop{0, 1, {1}, 1.0, 0}, Hop{-1, 0, {1}, 1.0, 0}, Hop{0, 0, {1}, 0.0, 0},
                         Hop{0, 0, {1}, std::numeric_limits<double>::quiet_NaN(), 0}, Hop{0, 0, {0, 1}, 1.0, 0}}) {
    parts.hops = {hop};
    CHECK_THROWS_AS(make_network(parts), InternalError);
  }
}
