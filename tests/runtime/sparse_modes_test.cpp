#include "runtime/spectrum/sparse_modes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/sparse/aggregation.hpp"
#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/large_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

/// λ of a torus at phases φ, ascending.
std::vector<double> torus_bands(const std::vector<int>& sizes, const Eigen::VectorXd& phases) {
  std::vector<double> bands{0};
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    std::vector<double> next;
    for (const double sum : bands) {
      for (int m = 0; m < sizes[axis]; ++m) {
        // 2 (1 − cos x) without its cancellation; waves beyond half the zone run the other way
        const int wave = 2 * m > sizes[axis] ? m - sizes[axis] : m;
        const double sine =
            std::sin((2 * std::numbers::pi * wave + phases(static_cast<Eigen::Index>(axis))) / sizes[axis] / 2);
        next.push_back(sum + 4 * sine * sine);
      }
    }
    bands = std::move(next);
  }
  std::sort(bands.begin(), bands.end());
  return bands;
}

}  // namespace

TEST_CASE("slow modes of chains and tori are those of plane waves, with their multiplicities") {
  for (const std::vector<int>& sizes : {std::vector<int>{3000}, {50, 40}, {12, 12, 12}, {20, 13, 9}}) {
    CAPTURE(sizes.size());
    const RateNetwork network = make_network(torus(sizes));
    const SparseSpectrum spectrum(network);
    const Eigen::VectorXd zero = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(sizes.size()));
    const int count = sizes.size() == 3 ? 8 : 6;
    const SparseModes modes = spectrum.slow_modes(count);
    const std::vector<double> exact = torus_bands(sizes, zero);
    CHECK(modes.converged);
    CHECK(modes.digits > 9);
    for (int m = 0; m < count; ++m) {
      CAPTURE(m);
      CHECK(modes.lambda(m).real() ==
            rdd::test::approx(exact[static_cast<std::size_t>(m)]).epsilon(std::pow(10, -modes.digits)));
      CHECK(modes.lambda(m).imag() == 0);
    }
    Eigen::VectorXd phases(zero.size());
    for (Eigen::Index axis = 0; axis < phases.size(); ++axis) phases(axis) = 0.7 - 0.3 * static_cast<double>(axis);
    const std::vector<double> away = torus_bands(sizes, phases);
    const Eigen::VectorXcd bands = spectrum.slow_bands(phases, 6);
    for (int m = 0; m < 6; ++m)
      CHECK(bands(m).real() == rdd::test::approx(away[static_cast<std::size_t>(m)]).epsilon(1e-8));
  }
}

TEST_CASE("the slowest modes of random networks are those of the dense matrices") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    const bool reversible = seed % 2 == 0;
    RandomSpec spec{.dimension = 1 + static_cast<int>(seed % 3),
                    .states = 120 + 15 * static_cast<int>(seed),
                    .reversible = reversible};
    const RateNetwork network = make_network(random_parts(seed, spec));
    const BlochOperator bloch(network);
    const SparseSpectrum sparse(network);
    const SparseModes found = sparse.slow_modes(6);
    const Eigen::VectorXcd exact = modes_at_zero(bloch, 1).lambda;
    const double scale = network.escape.maxCoeff();
    for (Eigen::Index m = 0; m < 6; ++m) {
      CAPTURE(m);
      CHECK(std::abs(found.lambda(m).real() - exact(m).real()) < 1e-11 * scale);
      CHECK(std::abs(std::abs(found.lambda(m).imag()) - std::abs(exact(m).imag())) < 1e-11 * scale);
    }
    const Eigen::Index count = found.lambda.size();
    CHECK((found.left.transpose() * found.right - Eigen::MatrixXd::Identity(count, count)).cwiseAbs().maxCoeff() <
          1e-8);
    const Eigen::MatrixXd generator = bloch.at_zero();
    CHECK((generator * found.right + found.right * found.block).cwiseAbs().maxCoeff() < 1e-8 * scale);
    CHECK((generator.transpose() * found.left + found.left * found.block.transpose()).cwiseAbs().maxCoeff() <
          1e-7 * scale * found.left.cwiseAbs().maxCoeff());
    const Eigen::VectorXd phases = Eigen::VectorXd::Constant(spec.dimension, 0.9);
    const Eigen::VectorXcd bands = sparse.slow_bands(phases, 5);
    const Eigen::VectorXcd dense = bands_at(bloch, phases);
    for (Eigen::Index m = 0; m < 5; ++m) CHECK(std::abs(bands(m) - dense(m)) < 1e-10 * scale);
  }
}

TEST_CASE(
    "bands away from k = 0 of disordered networks are those of the dense matrices, at one wave vector after another") {
  for (const bool iterated : {false, true}) {
    CAPTURE(iterated);
    const RateNetwork network = make_network(disordered({9, 8, 6}, 3, 4));
    const GroupInverse inverse(network, iterated ? GroupInverse::Engine::iteration : GroupInverse::Engine::factors);
    TwistedBands twisted(network, inverse, SparseSpectrum(network).slow_modes(6).left);
    const BlochOperator bloch(network);
    for (const double phase : {0.01, 0.3, 3.14159}) {
      const Eigen::Vector3d phases(phase, -0.5 * phase, 0.2);
      const Eigen::VectorXcd exact = bands_at(bloch, phases);
      const auto found = twisted.slow_bands(phases, 8);
      REQUIRE(found);
      for (Eigen::Index m = 0; m < 8; ++m) {
        CAPTURE(m);
        CHECK(found->lambda(m) == rdd::test::approx(exact(m).real()).epsilon(1e-8));
      }
    }
  }
}

/// A ring of M states, each fast at one of two rates, in two halves joined by two slow bonds.
NetworkParts two_halves(int states, double slow, double fast, double faster) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(states);
  for (int i = 0; i < states; ++i) {
    const bool bond = i == 0 || i == states / 2;
    const double rate = bond ? slow : i % 2 == 0 ? faster : fast;
    const int next = (i + 1) % states;
    const Cell cell{next == 0 ? 1 : 0, 0, 0};
    parts.hops.push_back({i, next, cell, rate, 0});
    parts.hops.push_back({next, i, {-cell[0], 0, 0}, rate, 0});
  }
  return parts;
}

TEST_CASE("slow eigenvalues keep their relative accuracy while rates span 40 decades") {
  const int states = 400;
  const double slow = 1e-20;  // λ_1 = 8 s/M (1 + O(s/fast))
  const RateNetwork network = make_network(two_halves(states, slow, 1e7, 1e20));
  const SparseSpectrum spectrum(network);
  const SparseModes modes = spectrum.slow_modes(2);
  CHECK(modes.digits > 9);
  // Bonds from state 0 to 1 and from 200 to 201 cut halves of 200 states each.
  CHECK(modes.lambda(1).real() == rdd::test::approx(2 * slow * 4 / states).epsilon(1e-9));
}

TEST_CASE("slow bands of long waves keep their relative accuracy while rates span 17 decades") {
  const int states = 400;
  const double slow = 1e-13;
  const RateNetwork network = make_network(two_halves(states, slow, 1, 1e4));
  const SparseSpectrum spectrum(network);
  // At φ the halves are a chain of two cells in one: λ = (4 s/M)(1 ∓ cos φ/2) (1 + O(s/fast)).
  for (const double phase : {0.02, 0.7, 3.0}) {
    CAPTURE(phase);
    const Eigen::VectorXcd bands = spectrum.slow_bands(Eigen::VectorXd::Constant(1, phase), 2);
    const double sine = std::sin(phase / 4), cosine = std::cos(phase / 4);
    CHECK(bands(0).real() == rdd::test::approx(8 * slow / states * sine * sine).epsilon(phase < 0.1 ? 1e-6 : 1e-8));
    CHECK(bands(1).real() == rdd::test::approx(8 * slow / states * cosine * cosine).epsilon(phase < 0.1 ? 1e-6 : 1e-8));
  }
}

TEST_CASE("a drift around a ring has complex slow modes") {
  const int states = 700;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(states);
  for (int i = 0; i < states; ++i) parts.hops.push_back({i, (i + 1) % states, {i + 1 == states ? 1 : 0, 0, 0}, 1.0, 0});
  const RateNetwork network = make_network(parts);
  CHECK_FALSE(network.reversible);
  CHECK((network.log_weights.array() + std::log(states)).abs().maxCoeff() < 1e-12);
  const SparseModes modes = SparseSpectrum(network).slow_modes(5);
  for (int m = 1; m < 5; ++m) {
    const double angle = 2 * std::numbers::pi * ((m + 1) / 2) / states;
    const double sine = std::sin(angle / 2);
    CHECK(modes.lambda(m).real() == rdd::test::approx(2 * sine * sine).epsilon(1e-6));
    CHECK(std::abs(modes.lambda(m).imag()) == rdd::test::approx(std::sin(angle)).epsilon(1e-8));
  }
}

TEST_CASE("left vectors of rare states are as accurate as those of frequent ones") {
  const RateNetwork network = make_network(disordered({8, 8, 8}, 3, 30));
  const SparseModes modes = SparseSpectrum(network).slow_modes(3);
  const Eigen::MatrixXd& w = modes.left;
  for (int m = 1; m < 3; ++m) {  // Σ_j q_ji (w_i − w_j) = λ w_i at every state, beside the largest term of its sum
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(network.size()), size = sum;
    for (const Hop& hop : network.hops) {
      sum(hop.from) += hop.rate * (w(hop.from, m) - w(hop.to, m));
      size(hop.from) += hop.rate * (std::abs(w(hop.from, m)) + std::abs(w(hop.to, m)));
    }
    const Eigen::VectorXd rest = sum - modes.lambda(m).real() * w.col(m);
    CHECK((rest.array().abs() / size.array()).maxCoeff() < 1e-9);  // the residual the iteration stops at
  }
}

TEST_CASE("conjugate gradients over aggregates give what the factors give") {
  for (const double decades : {0.0, 4.0, 12.0}) {
    CAPTURE(decades);
    const RateNetwork network = make_network(disordered({14, 14, 14}, 7, decades));
    const GroupInverse factors(network, GroupInverse::Engine::factors);
    const GroupInverse iteration(network, GroupInverse::Engine::iteration);
    CHECK(iteration.iterative());
    Eigen::MatrixXd x(network.size(), 2);
    std::mt19937_64 engine(1);
    for (double& entry : x.reshaped()) entry = uniform(engine) - 0.5;
    Eigen::MatrixXd y = x;
    factors.apply_balanced(x);
    iteration.apply_balanced(y);
    CHECK((x - y).norm() < 1e-8 * x.norm());
  }
}

TEST_CASE("the group inverse inverts the generator beside its null vectors") {
  for (const double skew : {0.0, 3.0}) {
    const RateNetwork network = make_network(disordered({30, 20}, 5, 3, skew));
    const GroupInverse inverse(network);
    const Eigen::MatrixXd t = -BlochOperator(network).at_zero();
    Eigen::MatrixXd g = Eigen::MatrixXd::Identity(network.size(), network.size());
    inverse.apply(g);
    Eigen::MatrixXd expected = Eigen::MatrixXd::Identity(network.size(), network.size());
    expected.colwise() -= inverse.weights();
    CHECK((t * g - expected).cwiseAbs().maxCoeff() < 1e-10);
    CHECK((g * t - expected).cwiseAbs().maxCoeff() < 1e-9);
    Eigen::MatrixXd transposed = Eigen::MatrixXd::Identity(network.size(), network.size());
    inverse.apply_transposed(transposed);
    CHECK((transposed.transpose() - g).cwiseAbs().maxCoeff() < 1e-9 * g.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("the sparse stationary distribution is that of the dense elimination") {
  const RateNetwork network = make_network(disordered({25, 20}, 9, 12, 20));
  CHECK_FALSE(network.reversible);
  Eigen::VectorXd found = log_stationary_sparse(network);
  found.array() += network.log_weights(0) - found(0);
  CHECK((found - network.log_weights).cwiseAbs().maxCoeff() < 1e-11);
}
