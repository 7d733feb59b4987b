#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/solve/integrator.hpp"
#include "runtime/solve/solve.hpp"
#include "tests/solve/memory.hpp"
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
  return solve_implicit(plain_kernels(pde, grid), pde, grid, initial, params, observe);
}

Field bump(const Grid& grid) {
  Field field;
  for (long y = 0; y < grid.points[1]; ++y)
    for (long x = 0; x < grid.points[0]; ++x) {
      const auto c = grid.centre(x, y, 0);
      field.push_back(std::exp(-20 * ((c[0] - 0.4) * (c[0] - 0.4) + (c[1] - 0.6) * (c[1] - 0.6))));
    }
  return field;
}

// One component that drifts and diffuses in two dimensions.
ContinuumPde drifting(double vx, double vy) {
  const auto one = [](double value) { return Eigen::MatrixXd::Constant(1, 1, value); };
  return make_pde(one(0), {one(-vx), one(-vy)}, {{one(1), one(0)}, {one(0), one(0.5)}});
}

// Two components that react a million times faster than they move.
ContinuumPde stiff() {
  Eigen::MatrixXd Q(2, 2), C(2, 2), D(2, 2);
  Q << -1e6, 3e6, 1e6, -3e6;
  C << 0.6, 0.1, 0, -0.4;
  D << 0.3, 0.05, 0.02, 0.2;
  return make_pde(Q, {C}, {{D}});
}

}  // namespace

TEST_CASE("the error of the implicit method follows the tolerance and stays below the sum of its estimates") {
  const Grid grid = make_grid(1, 64, 64);
  const double lambda = -2 * (1 - std::cos(2 * pi / 64)), t = 200;
  Field initial;
  for (long x = 0; x < 64; ++x) initial.push_back(1 + std::cos(2 * pi * (static_cast<double>(x) + 0.5) / 64));
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

TEST_CASE("implicit, explicit and exact solutions agree") {
  for (const Boundary wall : {Boundary::periodic, Boundary::absorbing, Boundary::reflecting}) {
    const Grid grid = make_grid(2, 24, 1, wall);
    const double v = wall == Boundary::periodic ? 3 : 0;
    const ContinuumPde pde = drifting(v, -v);
    Record implicit, by_stages;
    const SolveParams params = until(0.02, 1e-8, 0.005);
    REQUIRE(solve(pde, grid, bump(grid), params, implicit.observer()).completed);
    REQUIRE(solve_explicit(plain_kernels(pde, grid), pde, grid, bump(grid), params, by_stages.observer()).completed);
    REQUIRE(implicit.times == by_stages.times);
    for (std::size_t i = 0; i < implicit.fields.size(); ++i)
      CHECK(largest_difference(implicit.fields[i], by_stages.fields[i]) < 2e-6);
  }
  // A smooth field on a fine grid: its own error is h²/12 k² of the decay.
  const Grid grid = make_grid(1, 400, 1, Boundary::absorbing);
  Field initial;
  for (long x = 0; x < 400; ++x) initial.push_back(std::sin(pi * grid.centre(x, 0, 0)[0]));
  Record implicit, exact;
  REQUIRE(solve(make_pde(0, 1), grid, initial, until(0.1, 1e-8), implicit.observer()).completed);
  REQUIRE(solve_exponential(make_pde(0, 1), grid, initial, until(0.1), exact.observer()).completed);
  CHECK(largest_difference(implicit.fields.back(), exact.fields.back()) < 3e-6);
}

TEST_CASE("a linear equation that keeps its waves apart takes hardly more than one iteration a step") {
  const Grid grid = make_grid(1, 256, 1);
  Field initial = random_field(3, 512);
  const SolveStatistics statistics = solve(stiff(), grid, initial, until(1), watch);
  REQUIRE(statistics.completed);
  CHECK(statistics.steps < 2000);
  CHECK(statistics.iterations < 2 * statistics.steps);
}

TEST_CASE("the iterations of a step do not grow with the grid") {
  std::vector<double> iterations;
  for (const long n : {64L, 128L, 256L, 512L}) {
    const Grid grid = make_grid(2, n, 1, Boundary::reflecting);
    const SolveStatistics statistics = solve(drifting(8, 5), grid, bump(grid), until(0.05, 1e-4), watch);
    REQUIRE(statistics.completed);
    iterations.push_back(static_cast<double>(statistics.iterations) / static_cast<double>(statistics.steps));
  }
  for (const double each : iterations) CHECK(each < 1.2 * iterations.front());
}

TEST_CASE("the total is conserved by the implicit method") {
  const Grid grid = make_grid(1, 40, 1);
  const Field initial = random_field(17, 80);
  Record record;
  REQUIRE(solve(stiff(), grid, initial, until(3, 1e-5, 0.3), record.observer()).completed);
  for (const Field& field : record.fields) CHECK(total(field) == rdd::test::approx(total(initial)).epsilon(1e-11));
}

TEST_CASE("between reflecting walls drift piles up to the distribution that no flux passes") {
  const double D = 0.5, v = 0.3, h = 0.5;
  const Grid grid = make_grid(1, 16, 8, Boundary::reflecting);
  Record record;
  REQUIRE(solve(make_pde(v, D), grid, Field(16, 1.0), until(400, 1e-8), record.observer()).completed);
  const Field& last = record.fields.back();
  CHECK(total(last) == rdd::test::approx(16).epsilon(1e-11));
  const double ratio = (D / h + v / 2) / (D / h - v / 2);  // no flux through any face
  for (std::size_t x = 0; x + 1 < last.size(); ++x)
    CHECK(last[x + 1] / last[x] == rdd::test::approx(ratio).epsilon(1e-6));
}

TEST_CASE("the implicit method gives the same bytes for any number of threads") {
  const Grid grid = make_grid(2, 30, 1, Boundary::reflecting);
  Record single;
  SolveParams params = until(0.05, 1e-5, 0.02);
  const SolveStatistics one = solve(drifting(8, 5), grid, bump(grid), params, single.observer());
  for (const int threads : {2, 3}) {
    params.threads = threads;
    Record several;
    const SolveStatistics more = solve(drifting(8, 5), grid, bump(grid), params, several.observer());
    CHECK(several.fields == single.fields);
    CHECK(several.times == single.times);
    CHECK(more.steps == one.steps);
    CHECK(more.iterations == one.iterations);
    CHECK(more.error == one.error);
  }
}

TEST_CASE("output times are hit exactly and cost the implicit method no steps") {
  const Grid grid = make_grid(1, 64, 1);
  Field initial;
  for (long x = 0; x < 64; ++x) initial.push_back(1 + std::cos(2 * pi * (static_cast<double>(x) + 0.5) / 64));
  Record once, often;
  const SolveStatistics few = solve(make_pde(0, 1), grid, initial, until(0.1, 1e-7), once.observer());
  const SolveStatistics many = solve(make_pde(0, 1), grid, initial, until(0.1, 1e-7, 0.0007), often.observer());
  REQUIRE(often.times.size() == 144);
  for (std::size_t j = 0; j < 143; ++j) CHECK(often.times[j] == static_cast<double>(j) * 0.0007);
  CHECK(often.times.back() == 0.1);
  CHECK(many.steps == few.steps);
  CHECK(often.fields.back() == once.fields.back());
  const double lambda = -2 * 64 * 64 * (1 - std::cos(2 * pi / 64));
  for (std::size_t j = 0; j < often.times.size(); ++j)
    CHECK(std::abs(often.fields[j][0] - 1 - (initial[0] - 1) * std::exp(lambda * often.times[j])) < 1e-5);
}

TEST_CASE("an implicit solve written down and one put back from it go on to the same bits, as if nothing had been") {
  const ContinuumPde pde = make_pde(0.7, 0.4);
  const Grid grid = make_grid(1, 64, 10, Boundary::reflecting);
  SolveParams params = until(2.5, 1e-7);
  params.step = 0.005;  // so that there are steps enough to come to a rest
  const Field initial = random_field(8, 64);
  const auto make = [&] { return implicit_integrator(plain_kernels(pde, grid), pde, grid, initial, 0, params); };
  const Interval all{0, 2.5, 2.5, false};
  const auto writer = make();
  writer->pause_when([&] { return writer->statistics().steps == 250; });
  REQUIRE(writer->advance(all));
  REQUIRE(writer->paused());
  CHECK(writer->statistics().steps == 250);
  CHECK(writer->kept().steps == 200);
  CHECK(writer->kept().time < writer->reached());
  Memory memory;
  writer->exchange(memory);
  memory.reading = true;
  const auto reader = make(), undisturbed = make();
  reader->exchange(memory);
  writer->pause_when({});
  CHECK(reader->reached() == writer->kept().time);
  for (const auto& one : {writer.get(), reader.get(), undisturbed.get()}) REQUIRE(one->advance(all));
  for (const auto& one : {reader.get(), undisturbed.get()}) {
    CHECK(one->field() == writer->field());
    CHECK(one->statistics().steps == writer->statistics().steps);
    CHECK(one->statistics().iterations == writer->statistics().iterations);
    CHECK(one->statistics().kernel_calls == writer->statistics().kernel_calls);
  }
}

TEST_CASE("no implicit step is longer than asked for") {
  SolveParams params = until(1, 1e-2);
  params.step = 0.03;
  const SolveStatistics statistics = solve(make_pde(0, 1), make_grid(1, 16, 1), random_field(4, 16), params, watch);
  REQUIRE(statistics.completed);
  CHECK(statistics.largest_step <= 0.03);
  CHECK(statistics.steps >= 34);
}

TEST_CASE("what the implicit method cannot integrate ends with a sentence") {
  const Grid grid = make_grid(1, 8, 8);
  Field broken(8, 1.0);
  broken[2] = INFINITY;
  CHECK(solve(make_pde(0, 1), grid, broken, until(1), watch).failure == "the initial field is not finite everywhere");
  const SolveStatistics growing = solve(make_pde(0, -1), grid, random_field(2, 8), until(1e4, 1e-2), watch);
  CHECK(!growing.completed);
  CHECK(growing.failure.find("no longer finite") != std::string::npos);
  const SolveStatistics sharp = solve(make_pde(0, 1), grid, random_field(2, 8), until(1, 1e-40), watch);
  CHECK(!sharp.completed);
  CHECK(sharp.failure.find("a tolerance of 1e-40 is out of reach") != std::string::npos);
}

TEST_CASE("nothing stays nothing in implicit steps, and an equation that does nothing leaves everything") {
  const Grid grid = make_grid(1, 8, 8);
  Record empty, still;
  CHECK(solve(make_pde(1, 1), grid, Field(8, 0.0), until(10), empty.observer()).completed);
  CHECK(empty.fields.back() == Field(8, 0.0));
  const Field initial = random_field(2, 8);
  CHECK(solve(make_pde(0, 0), grid, initial, until(10), still.observer()).completed);
  CHECK(largest_difference(still.fields.back(), initial) < 1e-15);
}

TEST_CASE("an observer stops the implicit solve") {
  int calls = 0;
  const SolveStatistics statistics = solve(make_pde(0, 1), make_grid(1, 8, 8), random_field(1, 8), until(10, 1e-4, 1),
                                           [&](double, const Field&) { return ++calls < 3; });
  CHECK(calls == 3);
  CHECK(!statistics.completed);
  CHECK(statistics.failure.empty());
}
