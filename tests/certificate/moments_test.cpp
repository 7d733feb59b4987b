#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>

#include "runtime/certificate/kmc.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("one state: the spread of a continuous-time walk is 2 D t at all times") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.0);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 3.0, 0}, {0, 0, {-1}, 0.5, 1}};
  const BlochOperator bloch(make_network(parts));
  for (const double time : {1e-9, 0.1, 1.0, 1e6}) {
    CAPTURE(time);
    CHECK(displacement_spread(bloch, {time})[0](0, 0) == rdd::test::approx(2.0 * 2.0 * 3.5 * time).epsilon(1e-9));
  }
}

TEST_CASE("two states, rates k1 in the cell and k2 between cells: the spread has a closed form") {
  // Every hop inverts the direction of the next one across or within: with s = 2 (k1 + k2) the correlation of the two
  // ends decays as e^{-st}, and ⟨x²⟩ = 2 D t + a² k2² (1 − e^{−st})/(k1 + k2)²/2 with D = a² k1 k2 / (2 (k1 + k2)).
  const double a = 0.7, k1 = 5, k2 = 2;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, a);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, k1, 0}, {1, 0, {0}, k1, 0}, {1, 0, {1}, k2, 1}, {0, 1, {-1}, k2, 1}};
  const BlochOperator bloch(make_network(parts));
  for (const double time : {1e-3, 0.05, 0.5, 100.0}) {
    CAPTURE(time);
    const double D = a * a * k1 * k2 / (2 * (k1 + k2)), s = 2 * (k1 + k2);
    const double exact = 2 * D * time + a * a * k2 * k2 * (-std::expm1(-s * time)) / (2 * (k1 + k2) * (k1 + k2));
    CHECK(displacement_spread(bloch, {time})[0](0, 0) == rdd::test::approx(exact).epsilon(1e-10));
  }
}

TEST_CASE("the spread is the curvature of the characteristic function") {
  // −∂²/∂k² of ln 1ᵀ exp(t Q̃(k)) π̂ at 0, by Richardson extrapolation of central differences: error O(h⁴).
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1 + static_cast<int>(seed % 3);
    spec.states = 2 + static_cast<int>(seed % 5);
    spec.reversible = seed % 2 == 0;
    spec.positions = seed % 4 < 2;
    const RateNetwork network = random_network(seed, spec);
    const BlochOperator bloch(network, spec.positions ? Gauge::positions : Gauge::cells);
    const Eigen::VectorXd weights = network.log_weights.array().exp();
    const double time = 3;
    const Eigen::MatrixXd spread = displacement_spread(bloch, {time})[0];
    const auto curvature = [&](const Eigen::VectorXd& phases) {
      const auto value = [&](double h) {
        const Eigen::MatrixXcd E = matrix_exponential(time * bloch.matrix(h * phases));
        const std::complex<double> sum = (E * weights.cast<std::complex<double>>()).sum();
        return -2 * std::log(sum).real() / (h * h);  // odd parts cancel between ±h
      };
      return (4 * value(0.01) - value(0.02)) / 3;
    };
    std::mt19937_64 engine(seed);
    for (int trial = 0; trial < 3; ++trial) {
      const Eigen::VectorXd phases = random_phases(engine, spec.dimension) / 3.0;
      const Eigen::VectorXd k = bloch.wave_vector(phases);
      // Errors of 1e-14 in the exponential, over h² = 1e-4 and 4e-4.
      const double expected = curvature(phases);
      CHECK(std::abs(k.dot(spread * k) - expected) < 1e-5 * expected + 3e-10);
    }
  }
}

TEST_CASE("after a long time the spread grows by 2 D t, also where rates span eight decades") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1 + static_cast<int>(seed % 3);
    spec.states = 3 + static_cast<int>(seed % 6);
    spec.barriers = 18;
    spec.reversible = seed % 2 == 0;
    const BlochOperator bloch(random_network(seed, spec));
    const Transport exact = transport(bloch);
    const double time = 1e12;
    const Eigen::MatrixXd difference = displacement_spread(bloch, {time})[0] / (2 * time) - exact.diffusion;
    // Relaxation takes 1e10 at most here: the constant is 1e-2 of 2 D t at most. Round-off: 1e-16 of time·rate = 1e-4.
    CHECK(difference.norm() < 2e-2 * exact.diffusion.norm());
  }
}
