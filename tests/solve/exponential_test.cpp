#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/solve/probes.hpp"
#include "runtime/solve/solve.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

constexpr double pi = std::numbers::pi;

Eigen::MatrixXd one(double value) {
  return Eigen::MatrixXd::Constant(1, 1, value);
}

SolveParams until(double time, double every = 0, int threads = 1) {
  SolveParams params;
  params.until = time;
  params.every = every;
  params.threads = threads;
  return params;
}

// Three components that react, drift and diffuse in two dimensions; mixed derivatives too.
ContinuumPde three_components() {
  Eigen::MatrixXd Q(3, 3), Cx(3, 3), Cy(3, 3), Dxx(3, 3), Dyy(3, 3), Dxy(3, 3);
  Q << -1.5, 0.25, 0.5, 1, -0.75, 0.5, 0.5, 0.5, -1;
  Cx << 0.3, 0.1, 0, -0.1, -0.2, 0, 0, 0, 0.4;
  Cy << -0.2, 0, 0.1, 0, 0.1, 0, 0.1, 0, 0;
  Dxx << 1, 0.1, 0, 0.05, 0.8, 0, 0, 0.1, 1.2;
  Dyy << 0.7, 0, 0.1, 0, 0.9, 0.1, 0, 0, 1;
  Dxy << 0.2, 0, 0, 0, -0.1, 0.05, 0, 0, 0.3;
  return make_pde(Q, {Cx, Cy}, {{Dxx, Dxy}, {Dxy, Dyy}});
}

}  // namespace

TEST_CASE("every Fourier mode the grid holds decays as exp(-D k² t) and moves with the velocity") {
  const double D = 0.3, v = 0.8, L = 5, t = 0.37;
  for (const long n : {16L, 15L}) {
    const Grid grid = make_grid(1, n, L);
    for (long j = 0; j <= n / 2; ++j) {
      CAPTURE(n);
      CAPTURE(j);
      const double k = 2 * pi * static_cast<double>(j) / L;
      const bool highest =
          2 * j == n;  // cos(πx/h + phase) moves nowhere on the grid: its slope vanishes at every point
      Field initial, exact;
      for (long x = 0; x < n; ++x) {
        const double place = grid.centre(x, 0, 0)[0];
        initial.push_back(2 + std::sin(k * place + 0.3));
        exact.push_back(2 + (j == 0 ? std::sin(0.3)
                                    : std::exp(-D * k * k * t) * std::sin(k * (place - (highest ? 0 : v * t)) + 0.3)));
      }
      Record record;
      const SolveStatistics statistics = solve_exponential(make_pde(v, D), grid, initial, until(t), record.observer());
      REQUIRE(statistics.completed);
      CHECK(record.times == std::vector<double>{0, t});
      CHECK(record.fields[0] == initial);
      CHECK(largest_difference(record.fields[1], exact) < 1e-13);
    }
  }
}

TEST_CASE("plane waves in three dimensions decay by k·D·k, mixed terms included") {
  Grid grid = make_grid(3, 8, 4);
  grid.points[1] = 7;
  grid.points[2] = 6;
  Eigen::Matrix3d D;
  D << 1, 0.3, -0.2, 0.3, 0.8, 0.1, -0.2, 0.1, 0.5;
  std::vector<std::vector<Eigen::MatrixXd>> diffusion(3, std::vector<Eigen::MatrixXd>(3));
  for (Eigen::Index a = 0; a < 3; ++a)
    for (Eigen::Index b = 0; b < 3; ++b)
      diffusion[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] = one(D(a, b));
  const Eigen::Vector3d v(0.4, -0.7, 0.2);
  const ContinuumPde pde = make_pde(one(0), {one(-v[0]), one(-v[1]), one(-v[2])}, diffusion);
  const double t = 0.05;
  for (const Eigen::Vector3d& wave : {Eigen::Vector3d(1, 2, -2), {-3, 1, 0}, {0, -3, 1}, {2, 0, 2}}) {
    Eigen::Vector3d k;
    for (Eigen::Index a = 0; a < 3; ++a) {
      const auto axis = static_cast<std::size_t>(a);
      k[a] = 2 * pi * wave[a] / (static_cast<double>(grid.points[axis]) * grid.spacing[axis]);
    }
    const auto density = [&](double time) {
      Field field;
      for (long z = 0; z < grid.points[2]; ++z)
        for (long y = 0; y < grid.points[1]; ++y)
          for (long x = 0; x < grid.points[0]; ++x) {
            const auto c = grid.centre(x, y, z);
            const Eigen::Vector3d place(c[0], c[1], c[2]);
            field.push_back(std::exp(-k.dot(D * k) * time) * std::cos(k.dot(place - v * time)));
          }
      return field;
    };
    Record record;
    solve_exponential(pde, grid, density(0), until(t), record.observer());
    CHECK(largest_difference(record.fields.back(), density(t)) < 1e-13);
  }
}

TEST_CASE("a Gaussian spreads with variance σ² + 2Dt and moves with vt") {
  const double D = 0.7e-9, v = 1.1, sigma = 2e-9, L = 120e-9;
  const Grid grid = make_grid(1, 256, L);
  Field initial;
  for (long x = 0; x < 256; ++x) {
    const double u = (grid.centre(x, 0, 0)[0] - 40e-9) / sigma;
    initial.push_back(std::exp(-u * u / 2));
  }
  Record record;
  solve_exponential(make_pde(v, D), grid, initial, until(2e-8, 5e-9), record.observer());
  REQUIRE(record.times.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const ProbeSpec mean{ProbeSpec::Kind::mean, "mean", {1}, 0, {}, "m"},
        variance{ProbeSpec::Kind::variance, "variance", {1}, 0, {}, "m^2"};
    CHECK(measure(mean, grid, record.fields[i], 1) == rdd::test::approx(40e-9 + v * record.times[i]).epsilon(1e-9));
    CHECK(measure(variance, grid, record.fields[i], 1) ==
          rdd::test::approx(sigma * sigma + 2 * D * record.times[i]).epsilon(1e-9));
  }
}

TEST_CASE("two uniform densities relax with the sum of their rates") {
  const double k1 = 3e6, k2 = 1e6;
  Eigen::MatrixXd Q(2, 2);
  Q << -k1, k2, k1, -k2;
  const Eigen::MatrixXd D = 1e-12 * Eigen::MatrixXd::Identity(2, 2);
  const Grid grid = make_grid(1, 8, 1e-6);
  Field initial(16, 0.0);
  std::fill(initial.begin(), initial.begin() + 8, 1e6);
  Record record;
  solve_exponential(make_pde(Q, {Eigen::MatrixXd::Zero(2, 2)}, {{D}}), grid, initial, until(1e-6, 1e-7),
                    record.observer());
  for (std::size_t i = 0; i < record.times.size(); ++i) {
    const double exact = 1e6 * (k2 + k1 * std::exp(-(k1 + k2) * record.times[i])) / (k1 + k2);
    for (std::size_t x = 0; x < 8; ++x) CHECK(record.fields[i][x] == rdd::test::approx(exact).epsilon(1e-13));
  }
}

TEST_CASE("particles that run both ways and turn round obey the telegraph equation") {
  // ∂ρ± = ∓ v ∂ρ± − r ρ± + r ρ∓: the total of a mode started evenly goes as e^{−rt}[cosh wt + (r/w) sinh wt], w² = r² −
  // k²v².
  const double r = 1.3, v = 0.9, L = 2 * pi, t = 1.7;
  Eigen::MatrixXd Q(2, 2), C(2, 2);
  Q << -r, r, r, -r;
  C << -v, 0, 0, v;
  const Grid grid = make_grid(1, 32, L);
  for (const double k : {1.0, 2.0, 5.0}) {
    CAPTURE(k);
    Field initial;
    for (int p = 0; p < 2; ++p)
      for (long x = 0; x < 32; ++x) initial.push_back(std::cos(k * grid.centre(x, 0, 0)[0]) / 2);
    Record record;
    solve_exponential(make_pde(Q, {C}, {{Eigen::MatrixXd::Zero(2, 2)}}), grid, initial, until(t), record.observer());
    const std::complex<double> w = std::sqrt(std::complex<double>(r * r - k * k * v * v));
    const double amplitude = (std::exp(-r * t) * (std::cosh(w * t) + r / w * std::sinh(w * t))).real();
    for (std::size_t x = 0; x < 32; ++x)
      CHECK(std::abs(record.fields[1][x] + record.fields[1][x + 32] - amplitude * 2 * initial[x]) < 1e-13);
  }
}

TEST_CASE("the total is conserved over a long periodic solve") {
  const Grid grid = make_grid(2, 12, 3);
  const Field initial = random_field(7, 3 * 144);
  double worst = 0;
  const SolveStatistics statistics =
      solve_exponential(three_components(), grid, initial, until(1000, 0.5), [&](double, const Field& field) {
        worst = std::max(worst, std::abs(total(field) / total(initial) - 1));
        return true;
      });
  CHECK(statistics.completed);
  CHECK(statistics.steps == 2000);
  CHECK(worst < 1e-14);
}

TEST_CASE("the total is conserved where reactions are a billion times faster than the output") {
  Eigen::MatrixXd Q(3, 3);
  Q << -3e9, 1e3, 2e5, 1e9, -2e3, 1e5, 2e9, 1e3, -3e5;
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(3, 3), D = 0.01 * Eigen::MatrixXd::Identity(3, 3);
  const Grid grid = make_grid(1, 16, 1);
  const Field initial = random_field(3, 48);
  Record record;
  solve_exponential(make_pde(Q, {zero}, {{D}}), grid, initial, until(3, 1), record.observer());
  for (const Field& field : record.fields) CHECK(total(field) == rdd::test::approx(total(initial)).epsilon(1e-13));
}

TEST_CASE("many short intervals lead to where one long one does") {
  for (const long n : {8L, 9L}) {
    CAPTURE(n);
    Grid grid = make_grid(2, n, 4);
    grid.points[1] = n + 1;
    const Field initial = random_field(11, 3 * grid.cells());
    Record once, often;
    solve_exponential(three_components(), grid, initial, until(0.23), once.observer());
    solve_exponential(three_components(), grid, initial, until(0.23, 0.02), often.observer());
    CHECK(often.times.size() == 13);
    CHECK(largest_difference(once.fields.back(), often.fields.back()) < 1e-13);
  }
}

TEST_CASE("the exponential method gives the same bytes for any number of threads") {
  const Grid grid = make_grid(2, 20, 4);
  const Field initial = random_field(5, 1200);
  Record single;
  solve_exponential(three_components(), grid, initial, until(1, 0.3), single.observer());
  for (const int threads : {2, 3}) {
    Record several;
    solve_exponential(three_components(), grid, initial, until(1, 0.3, threads), several.observer());
    CHECK(several.fields == single.fields);
    CHECK(several.times == single.times);
  }
}

TEST_CASE("an observer stops the exponential solve") {
  int calls = 0;
  const SolveStatistics statistics = solve_exponential(make_pde(0, 1), make_grid(1, 8, 1), Field(8, 1.0), until(1, 0.1),
                                                       [&](double, const Field&) { return ++calls < 4; });
  CHECK(calls == 4);
  CHECK(!statistics.completed);
  CHECK(statistics.failure.empty());
}

TEST_CASE("fields that are not finite end the exponential solve with a sentence") {
  const Grid grid = make_grid(1, 8, 1);
  const auto ignore = [](double, const Field&) { return true; };
  Field broken(8, 1.0);
  broken[3] = std::nan("");
  CHECK(solve_exponential(make_pde(0, 1), grid, broken, until(1), ignore).failure ==
        "the initial field is not finite everywhere");
  const SolveStatistics growing = solve_exponential(make_pde(0, -1), grid, random_field(1, 8), until(10), ignore);
  CHECK(!growing.completed);
  CHECK(growing.failure.find("no longer finite at t = 10 s") != std::string::npos);
}

TEST_CASE("between walls every standing wave the grid holds decays as exp(-D k² t)") {
  const double D = 0.3, L = 2, t = 0.13;
  const long n = 9;
  Grid grid = make_grid(1, n, L);
  for (const Boundary low : {Boundary::reflecting, Boundary::absorbing})
    for (const Boundary high : {Boundary::reflecting, Boundary::absorbing}) {
      grid.boundary[0] = {low, high};
      const bool odd = low == Boundary::absorbing;
      const double shift = low != high ? 0.5 : odd ? 1 : 0;
      for (long j = 0; j < n; ++j) {
        CAPTURE(j);
        const double k = pi * (static_cast<double>(j) + shift) / L;
        Field initial, exact;
        for (long x = 0; x < n; ++x) {
          const double phase = k * grid.centre(x, 0, 0)[0];
          initial.push_back(odd ? std::sin(phase) : std::cos(phase));
          exact.push_back(std::exp(-D * k * k * t) * initial.back());
        }
        Record record;
        REQUIRE(solve_exponential(make_pde(0, D), grid, initial, until(t), record.observer()).completed);
        CHECK(largest_difference(record.fields.back(), exact) < 1e-14);
      }
    }
}

TEST_CASE("a point between walls spreads as its mirror images do") {
  // Reflecting at 0 and absorbing at L: images at ±x₀ + 2mL, with the sign (−1)^m.
  const double D = 1, L = 1, t = 0.05, sigma = 0.05, place = 0.3;
  Grid grid = make_grid(1, 200, L);
  grid.boundary[0] = {Boundary::reflecting, Boundary::absorbing};
  const auto density = [&](double x, double variance) {
    double sum = 0;
    for (int m = -6; m <= 6; ++m)
      for (const double image : {place, -place}) {
        const double d = x - image - 2 * m * L;
        sum += (m % 2 == 0 ? 1 : -1) * std::exp(-d * d / (2 * variance)) / std::sqrt(2 * pi * variance);
      }
    return sum;
  };
  Field initial, exact;
  for (long x = 0; x < 200; ++x) {
    initial.push_back(density(grid.centre(x, 0, 0)[0], sigma * sigma));
    exact.push_back(density(grid.centre(x, 0, 0)[0], sigma * sigma + 2 * D * t));
  }
  Record record;
  REQUIRE(solve_exponential(make_pde(0, D), grid, initial, until(t), record.observer()).completed);
  CHECK(largest_difference(record.fields.back(), exact) < 1e-12);
}

TEST_CASE("between walls the explicit solution tends to the exact one as h²") {
  // Reacting and diffusing between walls of both kinds along x; drift and everything else along y.
  Eigen::MatrixXd Q(2, 2), Cy(2, 2), Dxx(2, 2), Dyy(2, 2);
  Q << -1.5, 0.5, 1.5, -0.5;
  Cy << -0.2, 0, 0.1, 0.3;
  Dxx << 0.3, 0.05, 0.02, 0.2;
  Dyy << 0.2, 0, 0.03, 0.4;
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(2, 2);
  const ContinuumPde pde = make_pde(Q, {zero, Cy}, {{Dxx, zero}, {zero, Dyy}});
  std::vector<double> errors;
  for (const long n : {16L, 32L, 64L}) {
    Grid grid = make_grid(2, n, 2 * pi);
    grid.boundary[0] = {Boundary::absorbing, Boundary::reflecting};
    Field initial;
    for (int p = 0; p < 2; ++p)
      for (long y = 0; y < n; ++y)
        for (long x = 0; x < n; ++x) {
          const auto c = grid.centre(x, y, 0);
          initial.push_back(std::sin(c[0] / 4) * (p == 0 ? std::exp(std::cos(c[1] - 0.4)) : 1 + std::sin(c[1])));
        }
    Record exact, found;
    REQUIRE(solve_exponential(pde, grid, initial, until(1), exact.observer()).completed);
    SolveParams params = until(1);
    params.tolerance = 1e-8;
    REQUIRE(solve_explicit(plain_kernels(pde, grid), pde, grid, initial, params, found.observer()).completed);
    errors.push_back(largest_difference(exact.fields.back(), found.fields.back()));
  }
  for (std::size_t i = 0; i + 1 < errors.size(); ++i)
    CHECK(std::log2(errors[i] / errors[i + 1]) == rdd::test::approx(2).epsilon(0.05));
}

TEST_CASE("the total is conserved to round-off between reflecting walls, however long") {
  Eigen::MatrixXd Q(2, 2), D(2, 2);
  Q << -1.5, 0.5, 1.5, -0.5;
  D << 0.3, 0.05, 0.02, 0.2;
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(2, 2);
  const Grid grid = make_grid(2, 12, 3, Boundary::reflecting);
  const Field initial = random_field(7, 2 * 144);
  double worst = 0;
  REQUIRE(solve_exponential(make_pde(Q, {zero, zero}, {{D, zero}, {zero, D}}), grid, initial, until(1000, 0.5),
                            [&](double, const Field& field) {
                              worst = std::max(worst, std::abs(total(field) / total(initial) - 1));
                              return true;
                            })
              .completed);
  CHECK(worst < 1e-14);
}

TEST_CASE("between walls too the exponential method gives the same bytes for any number of threads") {
  Grid grid = make_grid(2, 20, 4);
  grid.boundary[1] = {Boundary::absorbing, Boundary::reflecting};
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(1, 1);
  const ContinuumPde pde = make_pde(zero, {one(0.3), zero}, {{one(1), zero}, {zero, one(0.5)}});
  const Field initial = random_field(5, 400);
  Record single;
  solve_exponential(pde, grid, initial, until(1, 0.3), single.observer());
  for (const int threads : {2, 3}) {
    Record several;
    solve_exponential(pde, grid, initial, until(1, 0.3, threads), several.observer());
    CHECK(several.fields == single.fields);
  }
}

TEST_CASE("drift between walls is not for the exponential method") {
  const auto ignore = [](double, const Field&) { return true; };
  CHECK_THROWS_AS(
      solve_exponential(make_pde(1, 1), make_grid(1, 8, 1, Boundary::absorbing), Field(8, 1.0), until(1), ignore),
      InternalError);
}

TEST_CASE("waves with an exact symbol go by it, the others by the expansion") {
  // Hops to either neighbour at rate r on a chain of unit spacing: λ = 2r(1 − cos k), D = r.
  const double r = 0.7, t = 1.3;
  const long n = 32;
  const Grid grid = make_grid(1, n, 32);
  SolveParams params = until(t);
  params.symbol = [&](const Eigen::VectorXd& k) -> std::optional<Eigen::MatrixXcd> {
    if (std::abs(k[0]) > 2) return std::nullopt;
    return Eigen::MatrixXcd::Constant(1, 1, -2 * r * (1 - std::cos(k[0])));
  };
  for (long j = 0; j <= n / 2; ++j) {
    CAPTURE(j);
    const double k = 2 * pi * static_cast<double>(j) / 32;
    Field initial;
    for (long x = 0; x < n; ++x) initial.push_back(std::cos(k * static_cast<double>(x)));
    Record record;
    const SolveStatistics statistics = solve_exponential(make_pde(0, r), grid, initial, params, record.observer());
    const double rate = k > 2 ? r * k * k : 2 * r * (1 - std::cos(k));
    CHECK(record.fields.back()[0] == rdd::test::approx(std::exp(-rate * t)).epsilon(1e-12));
    CHECK(statistics.method == "exponential (FFTW), exact slow symbol for 11 of 17 waves");
  }
}
