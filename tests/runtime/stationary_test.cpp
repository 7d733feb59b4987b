#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "runtime/expects.hpp"
#include "runtime/network/rate_network.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("a birth-death chain over 200 decades has its closed form to full relative accuracy") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    const int states = 40;
    Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(states, states);
    Eigen::VectorXd exact = Eigen::VectorXd::Zero(states);
    for (int i = 0; i + 1 < states; ++i) {
      const double up = 460 * (uniform(engine) - 0.5), down = 460 * (uniform(engine) - 0.5);
      rates(i + 1, i) = std::exp(up);
      rates(i, i + 1) = std::exp(down);
      exact(i + 1) = exact(i) + std::log(rates(i + 1, i)) - std::log(rates(i, i + 1));
    }
    const double largest = exact.maxCoeff();
    exact.array() -= largest + std::log((exact.array() - largest).exp().sum());
    // 1e-14 of a logarithm of up to 1e3: twelve digits of each weight
    CHECK((log_stationary(rates) - exact).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("a one-way ring spends in each state the time it takes to leave") {
  Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(4, 4);
  const Eigen::Vector4d leave(1e-140, 1e12, 1e-20, 3);
  for (int i = 0; i < 4; ++i) rates((i + 1) % 4, i) = leave(i);
  const Eigen::VectorXd log_weights = log_stationary(rates);
  for (int i = 0; i < 4; ++i) {
    CHECK(log_weights(i) - log_weights(0) == rdd::test::approx(std::log(leave(0)) - std::log(leave(i))).epsilon(1e-14));
  }
}

TEST_CASE("Q pi = 0, flow by flow, for random rates without detailed balance") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    Eigen::MatrixXd rates(7, 7);
    for (double& rate : rates.reshaped()) rate = std::exp(46 * uniform(engine));
    rates.diagonal().setZero();
    const Eigen::VectorXd weights = log_stationary(rates).array().exp();
    const Eigen::VectorXd in = rates * weights;
    const Eigen::VectorXd out = rates.colwise().sum().transpose().cwiseProduct(weights);
    CHECK(((in - out).array() / out.array()).abs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("a network in two pieces is refused") {
  CHECK_THROWS_AS(log_stationary(Eigen::MatrixXd::Zero(2, 2)), InternalError);
  CHECK(log_stationary(Eigen::MatrixXd::Zero(1, 1))(0) == 0);
}
