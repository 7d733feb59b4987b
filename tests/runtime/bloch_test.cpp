#include "runtime/spectrum/bloch.hpp"

#include <doctest/doctest.h>

#include <complex>

#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("a one-way ring turns the phase of a wave forward: its density moves by +t") {
  // p(x, t) moves to larger x: dp(x)/dt = k [p(x − 1) − p(x)], symbol k (exp(−iφ) − 1).
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.0);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 3.0, 0}};
  const BlochOperator bloch(make_network(parts));
  const double phase = 0.3;
  const std::complex<double> expected = 3.0 * (std::polar(1.0, -phase) - 1.0);
  CHECK(std::abs(bloch.matrix(Eigen::VectorXd::Constant(1, phase))(0, 0) - expected) < 1e-15);
  CHECK(bloch.first_moment(0)(0, 0) == -6.0);  // d = −1 cell of 2 m
  CHECK(bloch.second_moment(0, 0)(0, 0) == 12.0);
}

TEST_CASE("columns sum to zero at k = 0, and Q(-k) is the conjugate of Q(k)") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .reversible = seed % 2 == 0}));
    CHECK(bloch.at_zero().colwise().sum().cwiseAbs().maxCoeff() < 1e-14 * bloch.network().escape.maxCoeff());
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd k = random_phases(engine, dimension);
    CHECK(bloch.matrix(-k) == bloch.matrix(k).conjugate());
    CHECK((bloch.matrix(0 * k).real() - bloch.at_zero()).cwiseAbs().maxCoeff() == 0);
  }
}

TEST_CASE("the balanced form is Hermitian to the last bit and similar to the operator") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const Gauge gauge = seed % 2 == 0 ? Gauge::cells : Gauge::positions;
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .positions = true}), gauge);
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd k = random_phases(engine, dimension);
    const Eigen::MatrixXcd h = bloch.hermitian(k);
    CHECK(h == h.adjoint());
    const Eigen::VectorXd root = (bloch.network().log_weights / 2).array().exp();
    const Eigen::MatrixXcd similar = root.cwiseInverse().asDiagonal() * bloch.matrix(k) * root.asDiagonal();
    CHECK((similar - h).cwiseAbs().maxCoeff() < 1e-13 * bloch.network().escape.maxCoeff());
  }
}

TEST_CASE("moments are the derivatives of the operator at k = 0, in both gauges") {
  for (const Gauge gauge : {Gauge::cells, Gauge::positions}) {
    const BlochOperator bloch(random_network(5, {.dimension = 2, .positions = true}), gauge);
    const double step = 1e-4;
    for (int alpha = 0; alpha < 2; ++alpha) {
      const Eigen::Vector2d k = step * Eigen::Vector2d::Unit(alpha);
      const Eigen::VectorXd phases = bloch.network().lattice.vectors.transpose() * k;
      CHECK((bloch.wave_vector(phases) - k).norm() < 1e-17);
      const Eigen::MatrixXcd plus = bloch.matrix(phases), minus = bloch.matrix(-phases);
      CHECK(((plus - minus).imag() / (2 * step) - bloch.first_moment(alpha)).cwiseAbs().maxCoeff() < 1e-6);
      const Eigen::MatrixXd curvature = (2 * bloch.at_zero() - plus.real() - minus.real()) / (step * step);
      CHECK((curvature - bloch.second_moment(alpha, alpha)).cwiseAbs().maxCoeff() < 1e-5);
    }
  }
}
