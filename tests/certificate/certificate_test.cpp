#include "runtime/certificate/certificate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/solve/matrix_exponential.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

/// A reduction of a random network with few bands that split no pair, and a clear gap.
struct Case {
  RateNetwork network;
  Gauge gauge;
  BlochOperator bloch;
  Reduction reduction;

  Case(std::uint64_t seed, const RandomSpec& spec, int P = 1, int order = 2)
      : network(random_network(seed, spec)),
        gauge(spec.positions ? Gauge::positions : Gauge::cells),
        bloch(network, gauge),
        reduction(reduce(bloch, P, {.order = order})) {}
};

/// Wavelengths whose slow times differ by a factor of ten, as do times of the ladder: both meet it at the same points.
std::vector<double> tenfold(double wavelength) {
  return {wavelength, std::sqrt(10.0) * wavelength};
}

/// Slope of log y over log x from the last two points.
double slope(const Certificate& certificate, double CertifiedWave::*value) {
  const CertifiedWave& a = *(certificate.waves.end() - 2);
  const CertifiedWave& b = certificate.waves.back();
  return std::log(a.*value / (b.*value)) / std::log(b.wavelength / a.wavelength);
}

}  // namespace

TEST_CASE("one state: full and reduced decay are known in closed form") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 3.0);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 2.0, 0}, {0, 0, {-1}, 2.0, 0}};
  const BlochOperator bloch(make_network(parts));
  const Certificate found =
      certify(bloch, Gauge::cells, reduce(bloch, 1, {}), {.error = 1e-3, .wavelengths = {4, 40, 400}});
  REQUIRE(found.completed);
  CHECK(found.settling == 0);
  for (const CertifiedWave& wave : found.waves) {
    const double phi = 2 * std::numbers::pi / wave.wavelength;
    CHECK(wave.slow_time == rdd::test::approx(1 / (2 * phi * phi)).epsilon(1e-12));
    double largest = 0;
    for (std::size_t i = 0; i < found.times.size(); ++i) {
      const double t = found.times[i];
      const double exact = std::abs(std::exp(-8 * t * std::pow(std::sin(phi / 2), 2)) - std::exp(-2 * phi * phi * t));
      CHECK(std::abs(wave.error[i] - exact) < 1e-12);
      CHECK(std::abs(wave.stationary[i] - exact) < 1e-12);
      largest = std::max(largest, exact);
    }
    CHECK(wave.late == rdd::test::approx(largest).epsilon(1e-6));
  }
  CHECK(found.waves[0].late > 1e-3);
  CHECK(found.waves[1].late < 1e-3);
  CHECK(found.certified_from() == 1);
  CHECK(found.waves[0].time_below > 0);
  CHECK(found.waves[1].time_below == 0);
}

TEST_CASE("errors are those of the matrix exponentials, one starting state after the other") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1;
    spec.states = 2 + static_cast<int>(seed % 4);
    spec.reversible = seed % 2 == 0;
    spec.positions = seed % 4 < 2;
    const Case c(seed, spec, 1, seed % 3 == 0 ? 1 : 2);
    const Certificate found = certify(c.bloch, c.gauge, c.reduction, {.wavelengths = {5, 50}});
    for (const CertifiedWave& wave : found.waves) {
      const Eigen::VectorXd phases = Eigen::VectorXd::Constant(1, 2 * std::numbers::pi / wave.wavelength);
      const Eigen::VectorXd k = c.bloch.wave_vector(phases);
      for (std::size_t i = 0; i < found.times.size(); i += 4) {
        const double t = found.times[i];
        const Eigen::MatrixXcd full =
            c.reduction.groups.chi.transpose() * matrix_exponential(t * c.bloch.matrix(phases));
        const Eigen::MatrixXcd reduced = matrix_exponential(t * symbol(c.reduction.coefficients, k));
        double largest = 0;
        for (int j = 0; j < spec.states; ++j) {
          Eigen::VectorXcd start = c.reduction.projection.col(j).cast<std::complex<double>>();
          if (c.reduction.order == 2) start += std::complex<double>(0, k(0)) * c.reduction.slip[0].col(j);
          largest = std::max(largest, (full.col(j) - reduced * start).lpNorm<1>());
        }
        CHECK(std::abs(wave.error[i] - largest) < 1e-9);
      }
    }
  }
}

TEST_CASE("with detailed balance late errors fall as k^2, and as k without the initial slip") {
  for (const std::uint64_t seed : {2, 3, 4, 6, 7, 9}) {
    CAPTURE(seed);
    Case c(seed, {.dimension = 1 + static_cast<int>(seed % 2), .states = 5});
    // So small an error that, when it is late, nothing is left of the fast modes.
    const CertificateParams params{.error = 1e-14, .wavelengths = tenfold(1000), .first_order = false};
    const Certificate with = certify(c.bloch, c.gauge, c.reduction, params);
    CHECK(slope(with, &CertifiedWave::late) == rdd::test::approx(2).epsilon(0.05));
    CHECK(slope(with, &CertifiedWave::evolution) == rdd::test::approx(2).epsilon(0.05));  // k⁴ for a time of 1/k²
    c.reduction.slip.clear();
    const Certificate without = certify(c.bloch, c.gauge, c.reduction, params);
    CHECK(slope(without, &CertifiedWave::late) == rdd::test::approx(1).epsilon(0.05));
    CHECK(without.waves[0].late > 10 * with.waves[0].late);
  }
}

TEST_CASE("under a force they fall as k: an error of k^3 in the decay has a time of 1/k^2 to act") {
  for (const std::uint64_t seed : {1, 3, 5, 8}) {
    CAPTURE(seed);
    const Case c(seed, {.dimension = 1, .states = 4, .reversible = false});
    const Certificate found =
        certify(c.bloch, c.gauge, c.reduction, {.error = 1e-14, .wavelengths = tenfold(3000), .first_order = false});
    CHECK(slope(found, &CertifiedWave::evolution) == rdd::test::approx(1).epsilon(0.05));
    CHECK(slope(found, &CertifiedWave::late) == rdd::test::approx(1).epsilon(0.05));
  }
}

TEST_CASE("a reduction of first order has the wrong diffusivity: its errors do not fall at all") {
  const Case c(4, {.dimension = 1, .states = 5});
  const Certificate found = certify(c.bloch, c.gauge, c.reduction, {.wavelengths = {500, 1000, 2000}});
  for (const CertifiedWave& wave : found.waves) CHECK(wave.late_first_order > 0.1);
  // And it is what the certificate of the other reduction says itself.
  const Case first(4, {.dimension = 1, .states = 5}, 1, 1);
  const Certificate itself = certify(first.bloch, first.gauge, first.reduction, {.wavelengths = {500, 1000, 2000}});
  for (std::size_t w = 0; w < 3; ++w) {
    CHECK(itself.waves[w].late == rdd::test::approx(found.waves[w].late_first_order).epsilon(1e-12));
    CHECK(std::isnan(itself.waves[w].late_first_order));
  }
}

TEST_CASE("with detailed balance the modes left out have decayed below the error by the settling time") {
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const Case c(seed, {.dimension = 1 + static_cast<int>(seed % 2),
                        .states = 3 + static_cast<int>(seed % 6),
                        .barriers = 10,
                        .energies = 20});
    if (!(c.reduction.gap.ratio > 1)) continue;
    ++cases;
    // So long a wave that nothing of order k is left.
    const Certificate found =
        certify(c.bloch, c.gauge, c.reduction, {.error = 1e-4, .wavelengths = {1e7}, .first_order = false});
    REQUIRE(found.settling < found.times.back());
    CHECK(found.waves[0].late < 1e-4);
    CHECK(found.waves[0].time_below <= found.settling);
  }
  CHECK(cases > 20);
}

TEST_CASE("stiff networks: thirty digits where sixteen are not enough") {
  // Traps of depth 25 decades of time between two wells that a fast hop joins.
  const double k1 = 1e13, k2 = 1e-5;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 1.0);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, k1, 0}, {1, 0, {0}, k1, 0}, {1, 0, {1}, k2, 1}, {0, 1, {-1}, k2, 1}};
  const BlochOperator bloch(make_network(parts));
  const Certificate found = certify(bloch, Gauge::cells, reduce(bloch, 1, {}), {.wavelengths = {20, 200}});
  for (const CertifiedWave& wave : found.waves) {
    const double phi = 2 * std::numbers::pi / wave.wavelength;
    const double root = std::sqrt(k1 * k1 + k2 * k2 + 2 * k1 * k2 * std::cos(phi));
    const double slow = 4 * k1 * k2 * std::pow(std::sin(phi / 2), 2) / (k1 + k2 + root);
    const double reduced = k1 * k2 / (2 * (k1 + k2)) * phi * phi;
    CHECK(wave.round_off < 1e-6);
    double largest = 0;
    for (const double t : found.times)
      largest = std::max(largest, std::abs(std::exp(-slow * t) - std::exp(-reduced * t)));
    // Beside the decay there is the start: of order k² too.
    CHECK(wave.evolution == rdd::test::approx(largest).epsilon(1e-3));
    CHECK(wave.late < 0.5 * phi * phi);
  }
}

TEST_CASE("a reduction that keeps every band needs no settling; the longest waves are right from the start") {
  const Case c(5, {.dimension = 2, .states = 3}, 3);
  const Certificate found = certify(c.bloch, c.gauge, c.reduction, {.wavelengths = usual_wavelengths(c.reduction)});
  CHECK(found.settling == 0);
  CHECK(found.waves.back().time_below == 0);
  CHECK(found.waves.size() == 7);
  CHECK(std::isnan(found.waves[0].late_first_order));
}

TEST_CASE("the bytes of a certificate do not depend on the number of threads, and it can be stopped") {
  const Case c(8, {.dimension = 3, .states = 6, .positions = true});
  CertificateParams params{.wavelengths = {30, 60}};
  const Certificate one = certify(c.bloch, c.gauge, c.reduction, params);
  for (const int threads : {2, 5}) {
    params.threads = threads;
    const Certificate several = certify(c.bloch, c.gauge, c.reduction, params);
    for (std::size_t w = 0; w < one.waves.size(); ++w) {
      CHECK(several.waves[w].error == one.waves[w].error);
      CHECK(several.waves[w].stationary == one.waves[w].stationary);
      CHECK(several.waves[w].late == one.waves[w].late);
      CHECK(several.waves[w].worst_state == one.waves[w].worst_state);
      CHECK(several.waves[w].evolution == one.waves[w].evolution);
    }
  }
  CHECK_FALSE(certify(c.bloch, c.gauge, c.reduction, params, {}, [] { return true; }).completed);
}
