#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/solve/solve.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

constexpr double pi = std::numbers::pi;

SolveParams until(double time, double tolerance = 1e-6, double every = 0) {
  SolveParams params;
  params.until = time;
  params.every = every;
  params.tolerance = tolerance;
  return params;
}

bool watch(double, const Field&) {
  return true;
}

SolveStatistics solve(const ContinuumPde& pde, const Grid& grid, const Field& initial, const SolveParams& params,
                      const Observer& observe) {
  return solve_explicit(plain_kernels(pde, grid), pde, grid, initial, params, observe);
}

// Two components that react, drift and diffuse in two dimensions.
ContinuumPde two_components() {
  Eigen::MatrixXd Q(2, 2), Cx(2, 2), Cy(2, 2), Dxx(2, 2), Dyy(2, 2), Dxy(2, 2);
  Q << -1.5, 0.5, 1.5, -0.5;
  Cx << 0.6, 0.1, 0, -0.4;
  Cy << -0.2, 0, 0.1, 0.3;
  Dxx << 0.3, 0.05, 0.02, 0.2;
  Dyy << 0.2, 0, 0.03, 0.4;
  Dxy << 0.1, 0, 0, -0.1;
  return make_pde(Q, {Cx, Cy}, {{Dxx, Dxy}, {Dxy, Dyy}});
}

}  // namespace

TEST_CASE("the explicit solution tends to the exact one as h²") {
  const ContinuumPde pde = two_components();
  std::vector<double> errors;
  for (const long n : {16L, 32L, 64L}) {
    const Grid grid = make_grid(2, n, 2 * pi);
    Field initial;
    for (int p = 0; p < 2; ++p)
      for (long y = 0; y < n; ++y)
        for (long x = 0; x < n; ++x) {
          const auto c = grid.centre(x, y, 0);
          initial.push_back(p == 0 ? std::exp(std::sin(c[0]) + std::cos(c[1] - 0.4)) : 1 + 0.5 * std::sin(c[0] + c[1]));
        }
    Record exact, found;
    REQUIRE(solve_exponential(pde, grid, initial, until(1), exact.observer()).completed);
    REQUIRE(solve(pde, grid, initial, until(1, 1e-8), found.observer()).completed);
    errors.push_back(largest_difference(exact.fields.back(), found.fields.back()));
  }
  for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
    CAPTURE(errors[i]);
    CHECK(std::log2(errors[i] / errors[i + 1]) == rdd::test::approx(2).epsilon(0.05));
  }
}

TEST_CASE("with fixed steps the error in time falls as the square of the step") {
  // A Fourier mode is an eigenvector of the kernel: its decay on the grid is known without an error in space.
  const Grid grid = make_grid(1, 8, 8);
  const double lambda = -2 * (1 - std::cos(2 * pi / 8)), t = 2;
  Field initial;
  for (long x = 0; x < 8; ++x) initial.push_back(std::cos(2 * pi * (static_cast<double>(x) + 0.5) / 8));
  std::vector<double> errors;
  for (const double step : {0.1, 0.05, 0.025}) {
    SolveParams params = until(t);
    params.step = step;
    Record record;
    const SolveStatistics statistics = solve(make_pde(0, 1), grid, initial, params, record.observer());
    REQUIRE(statistics.completed);
    CHECK(statistics.steps == std::lround(t / step));
    CHECK(statistics.rejected == 0);
    errors.push_back(std::abs(record.fields.back()[0] / initial[0] - std::exp(lambda * t)));
  }
  for (std::size_t i = 0; i + 1 < errors.size(); ++i)
    CHECK(std::log2(errors[i] / errors[i + 1]) == rdd::test::approx(2).epsilon(0.05));
}

TEST_CASE("the error in time follows the tolerance and stays below the sum of its estimates") {
  const Grid grid = make_grid(1, 32, 32);
  const double lambda = -2 * (1 - std::cos(2 * pi / 32)), t = 50;
  Field initial;
  for (long x = 0; x < 32; ++x) initial.push_back(1 + std::cos(2 * pi * (static_cast<double>(x) + 0.5) / 32));
  double before = 1;
  for (const double tolerance : {1e-3, 1e-5, 1e-7}) {
    CAPTURE(tolerance);
    Record record;
    const SolveStatistics statistics = solve(make_pde(0, 1), grid, initial, until(t, tolerance), record.observer());
    REQUIRE(statistics.completed);
    const double error = std::abs(record.fields.back()[0] - 1 - (initial[0] - 1) * std::exp(lambda * t));
    CHECK(error < 2 * statistics.error);
    CHECK(error < 0.2 * before);
    before = error;
  }
}

TEST_CASE("between absorbing walls the first eigenmode decays as it should") {
  const double D = 0.4, L = 3, t = 1.5;
  const long n = 24;
  const Grid grid = make_grid(1, n, L, Boundary::absorbing);
  Field initial;
  for (long x = 0; x < n; ++x) initial.push_back(std::sin(pi * grid.centre(x, 0, 0)[0] / L));
  const double h = L / static_cast<double>(n), on_grid = 2 * D / (h * h) * (1 - std::cos(pi * h / L));
  CHECK(on_grid == rdd::test::approx(D * pi * pi / (L * L)).epsilon(2e-3));
  Record record;
  REQUIRE(solve(make_pde(0, D), grid, initial, until(t, 1e-9), record.observer()).completed);
  for (std::size_t x = 0; x < initial.size(); ++x)
    CHECK(record.fields.back()[x] == rdd::test::approx(initial[x] * std::exp(-on_grid * t)).epsilon(1e-6));
}

TEST_CASE("between reflecting walls drift and diffusion end in the barometric law, and nothing is lost") {
  const double D = 1, v = 0.5;
  const long n = 16;
  const Grid grid = make_grid(1, n, 8, Boundary::reflecting);
  Record record;
  REQUIRE(solve(make_pde(v, D), grid, Field(static_cast<std::size_t>(n), 1.0), until(400, 1e-8), record.observer())
              .completed);
  const Field& last = record.fields.back();
  CHECK(total(last) == rdd::test::approx(16).epsilon(1e-12));
  const double h = 0.5, ratio = (D / h + v / 2) / (D / h - v / 2);  // no flux through any face
  for (std::size_t x = 0; x + 1 < last.size(); ++x)
    CHECK(last[x + 1] / last[x] == rdd::test::approx(ratio).epsilon(1e-6));
}

TEST_CASE("the total is conserved by the explicit method") {
  const Grid grid = make_grid(2, 12, 3);
  const Field initial = random_field(17, 2 * 144);
  Record record;
  const SolveStatistics statistics = solve(two_components(), grid, initial, until(5, 1e-6, 0.5), record.observer());
  REQUIRE(statistics.completed);
  for (const Field& field : record.fields) CHECK(total(field) == rdd::test::approx(total(initial)).epsilon(1e-12));
}

TEST_CASE("a grid on which drift rules stays stable") {
  for (const double diffusivity : {1e-1, 1e-3, 0.0}) {
    CAPTURE(diffusivity);
    const Grid grid = make_grid(1, 100, 100);
    const Field initial = random_field(23, 100);
    Record record;
    const SolveStatistics statistics =
        solve(make_pde(1, diffusivity), grid, initial, until(100, 1e-3, 20), record.observer());
    REQUIRE(statistics.completed);
    double start = 0, end = 0;
    for (const double value : initial) start += value * value;
    for (const double value : record.fields.back()) end += value * value;
    CHECK(end <= 1.25 * start);
    CHECK(total(record.fields.back()) == rdd::test::approx(total(initial)).epsilon(1e-12));
  }
}

TEST_CASE("the explicit method gives the same bytes for any number of threads") {
  const Grid grid = make_grid(2, 30, 6);
  const Field initial = random_field(5, 1800);
  Record single;
  const SolveStatistics one = solve(two_components(), grid, initial, until(0.5, 1e-5, 0.2), single.observer());
  for (const int threads : {2, 3}) {
    SolveParams params = until(0.5, 1e-5, 0.2);
    params.threads = threads;
    Record several;
    const SolveStatistics more = solve(two_components(), grid, initial, params, several.observer());
    CHECK(several.fields == single.fields);
    CHECK(several.times == single.times);
    CHECK(more.steps == one.steps);
    CHECK(more.error == one.error);
  }
}

TEST_CASE("steps end on the output times exactly, and the outputs do not slow the solve down") {
  const Grid grid = make_grid(1, 32, 32);
  Field initial;
  for (long x = 0; x < 32; ++x) initial.push_back(1 + std::cos(2 * pi * (static_cast<double>(x) + 0.5) / 32));
  Record record;
  const SolveStatistics statistics = solve(make_pde(0, 1), grid, initial, until(10, 1e-3, 0.7), record.observer());
  REQUIRE(record.times.size() == 16);
  for (std::size_t j = 0; j < 15; ++j) CHECK(record.times[j] == static_cast<double>(j) * 0.7);
  CHECK(record.times.back() == 10.0);
  CHECK(statistics.steps < 40);
  CHECK(statistics.kernel_calls > statistics.steps);
  CHECK(statistics.largest_step <= 0.7 * (1 + 1e-12));
}

TEST_CASE("a fixed step that is not stable is refused with one that is") {
  const ContinuumPde pde = make_pde(1, 1e-3);
  const Grid grid = make_grid(1, 100, 100);
  SolveParams params = until(100);
  params.step = 50;
  const SolveStatistics refused = solve(pde, grid, random_field(3, 100), params, watch);
  CHECK(!refused.completed);
  const std::string lead = "the largest stable step is ";
  const std::size_t at = refused.failure.find(lead);
  REQUIRE(at != std::string::npos);
  params.step = 0.99 * std::stod(refused.failure.substr(at + lead.size()));
  Record record;
  CHECK(solve(pde, grid, random_field(3, 100), params, record.observer()).completed);
  for (const double value : record.fields.back()) CHECK(std::abs(value) < 2);
}

TEST_CASE("what is not finite, or grows without bound, ends with a sentence") {
  const Grid grid = make_grid(1, 8, 8);
  Field broken(8, 1.0);
  broken[2] = INFINITY;
  CHECK(solve(make_pde(0, 1), grid, broken, until(1), watch).failure == "the initial field is not finite everywhere");
  const SolveStatistics growing = solve(make_pde(0, -1), grid, random_field(2, 8), until(1e4, 1e-2), watch);
  CHECK(!growing.completed);
  CHECK(growing.failure.find("no longer finite") != std::string::npos);
}

TEST_CASE("a tolerance out of reach ends with a sentence") {
  const SolveStatistics statistics =
      solve(make_pde(0, 1), make_grid(1, 16, 16), random_field(2, 16), until(1, 1e-40), watch);
  CHECK(statistics.failure.find("the step became too small at t = 0 s") != std::string::npos);
}

TEST_CASE("nothing stays nothing, and an equation that does nothing leaves everything") {
  const Grid grid = make_grid(1, 8, 8);
  Record empty, still;
  CHECK(solve(make_pde(1, 1), grid, Field(8, 0.0), until(10), empty.observer()).completed);
  CHECK(empty.fields.back() == Field(8, 0.0));
  const Field initial = random_field(2, 8);
  CHECK(solve(make_pde(0, 0), grid, initial, until(10), still.observer()).completed);
  CHECK(largest_difference(still.fields.back(), initial) < 1e-15);
}

TEST_CASE("an observer stops the explicit solve") {
  int calls = 0;
  const SolveStatistics statistics = solve(make_pde(0, 1), make_grid(1, 8, 8), random_field(1, 8), until(10, 1e-4, 1),
                                           [&](double, const Field&) { return ++calls < 3; });
  CHECK(calls == 3);
  CHECK(!statistics.completed);
  CHECK(statistics.failure.empty());
}
