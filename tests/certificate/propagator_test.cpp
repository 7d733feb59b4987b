#include "runtime/certificate/propagator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "runtime/certificate/double_double.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "runtime/spectrum/bloch.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

std::vector<Eigen::MatrixXcd> propagators(const RateNetwork& network, const Eigen::VectorXd& phases, double first,
                                          int count, Precision precision) {
  std::vector<Eigen::MatrixXcd> all;
  propagate(network, phases, first, count, precision, [&](int i, const Eigen::MatrixXcd& E) {
    CHECK(i == static_cast<int>(all.size()));
    all.push_back(E);
    return true;
  });
  return all;
}

}  // namespace

TEST_CASE("numbers of two doubles keep thirty digits") {
  // (1 + 2⁻⁸⁰)² − 1 = 2⁻⁷⁹ + 2⁻¹⁶⁰: nothing of it is left in sixteen digits.
  const DoubleDouble x{1, 0x1p-80};
  const DoubleDouble square = x * x;
  CHECK(square.hi == 1);
  CHECK(square.lo == 0x1p-79);
  const DoubleDouble third = DoubleDouble{1, 0} / 3;
  const DoubleDouble again = third + third + third;
  CHECK(std::abs(again.hi - 1 + again.lo) < 0x1p-103);
  const DoubleDouble difference = two_product(0.1, 0.1) + DoubleDouble{-0.1 * 0.1, 0};
  CHECK(difference.hi == std::fma(0.1, 0.1, -(0.1 * 0.1)));
}

TEST_CASE("a ladder of times is 1, 2, 5, 10, …") {
  CHECK(time_ladder(1, 7) == std::vector<double>{1, 2, 5, 10, 20, 50, 100});
}

TEST_CASE("both precisions agree with the exponential of the Bloch operator") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1 + static_cast<int>(seed % 3);
    spec.states = 1 + static_cast<int>(seed % 9);
    spec.reversible = seed % 2 == 0;
    const RateNetwork network = random_network(seed, spec);
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, spec.dimension);
    const int count = 12;
    const std::vector<double> times = time_ladder(0.01, count);
    const Eigen::MatrixXcd generator = BlochOperator(network).matrix(phases);
    for (const Precision precision : {Precision::plain, Precision::extended}) {
      const auto found = propagators(network, phases, 0.01, count, precision);
      REQUIRE(found.size() == times.size());
      for (std::size_t i = 0; i < times.size(); ++i) {
        const double error = (found[i] - matrix_exponential(times[i] * generator)).cwiseAbs().maxCoeff();
        CHECK(error < 10 * propagator_error(network, times[i], Precision::plain));
      }
    }
  }
}

TEST_CASE("on a periodic box the waves add up to the master equation of the whole box") {
  // exp(t Q) of all N·M states, started in one state of one cell, against Σ_k e^{ik·x} exp(t Q̃(k))/N.
  for (const bool reversible : {true, false}) {
    const int M = 3, N1 = 4, N2 = 3, N = N1 * N2;
    const RateNetwork network = random_network(21, {.dimension = 2, .states = M, .reversible = reversible});
    Eigen::MatrixXcd box = Eigen::MatrixXcd::Zero(N * M, N * M);
    const auto site = [&](int x, int y, int state) {
      return (((x % N1 + N1) % N1) * N2 + (y % N2 + N2) % N2) * M + state;
    };
    for (int x = 0; x < N1; ++x)
      for (int y = 0; y < N2; ++y)
        for (const Hop& hop : network.hops) {
          if (hop.from == hop.to && hop.cell == Cell{}) continue;
          box(site(x + hop.cell[0], y + hop.cell[1], hop.to), site(x, y, hop.from)) += hop.rate;
          box(site(x, y, hop.from), site(x, y, hop.from)) -= hop.rate;
        }
    const std::vector<double> times = time_ladder(0.1, 5);
    std::vector<Eigen::MatrixXcd> sums(times.size(), Eigen::MatrixXcd::Zero(N * M, M));
    for (int a = 0; a < N1; ++a)
      for (int b = 0; b < N2; ++b) {
        const Eigen::Vector2d phases(2 * M_PI * a / N1, 2 * M_PI * b / N2);
        const auto waves = propagators(network, phases, 0.1, 5, b == 0 ? Precision::extended : Precision::plain);
        for (std::size_t t = 0; t < times.size(); ++t)
          for (int x = 0; x < N1; ++x)
            for (int y = 0; y < N2; ++y)
              sums[t].middleRows(site(x, y, 0), M) += std::polar(1.0 / N, phases(0) * x + phases(1) * y) * waves[t];
      }
    for (std::size_t t = 0; t < times.size(); ++t) {
      const Eigen::MatrixXcd whole = matrix_exponential(times[t] * box);
      CHECK((sums[t] - whole.leftCols(M)).cwiseAbs().maxCoeff() < 1e-12);
    }
  }
}

TEST_CASE("a chain of alternating rates over twenty decades keeps its slow decay: a closed form") {
  // λ± = (k1 + k2) ± √(k1² + k2² + 2 k1 k2 cos φ); the trace of the propagator is e^{−λ₋t} + e^{−λ₊t}.
  for (const double k2 : {1e-8, 1e-4, 1e3}) {
    CAPTURE(k2);
    const double k1 = 1e12, phi = 0.3;
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 1.0);
    parts.states = {"A", "B"};
    parts.hops = {{0, 1, {0}, k1, 0}, {1, 0, {0}, k1, 0}, {1, 0, {1}, k2, 1}, {0, 1, {-1}, k2, 1}};
    const RateNetwork network = make_network(parts);
    const double root = std::sqrt(k1 * k1 + k2 * k2 + 2 * k1 * k2 * std::cos(phi));
    const double slow = 4 * k1 * k2 * std::pow(std::sin(phi / 2), 2) / (k1 + k2 + root);
    const int count = 3 * static_cast<int>(std::log10(k1 / slow) + 2);
    const std::vector<double> times = time_ladder(1e-12, count);
    const auto found = propagators(network, Eigen::VectorXd::Constant(1, phi), 1e-12, count, Precision::extended);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const double exact = std::exp(-slow * times[i]) + std::exp(-(k1 + k2 + root) * times[i]);
      // The rates leave 1e-15 of the exponent; the products 4·1e-32·k1·t.
      const double allowed =
          1e-14 * (1 + slow * times[i]) + 10 * propagator_error(network, times[i], Precision::extended);
      CHECK(std::abs(found[i].trace() - exact) < allowed);
    }
  }
}
