#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/solve/solve.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

constexpr double pi = std::numbers::pi;

Eigen::MatrixXd one(double value) {
  return Eigen::MatrixXd::Constant(1, 1, value);
}

struct Found {
  SolveStatistics statistics;
  Field field;
};

Found steady(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, const Field& initial, int threads = 1) {
  SolveParams params;
  params.tolerance = 1e-8;
  params.threads = threads;
  Record record;
  Found found;
  found.statistics = solve_steady(kernels, pde, grid, initial, params, record.observer());
  if (found.statistics.completed) {
    REQUIRE(record.times.size() == 1);
    CHECK(std::isinf(record.times.front()));
    found.field = record.fields.front();
  }
  return found;
}

Found steady(const ContinuumPde& pde, const Grid& grid, const Field& initial, int threads = 1) {
  return steady(plain_kernels(pde, grid), pde, grid, initial, threads);
}

// D ρ'' of one component on n cells of a box of length 1 between walls, with what a test adds to it.
struct Line {
  long n = 50;
  double D = 2;
  bool open_low = false, open_high = false;
  double (*more)(double time, double place, double density) = nullptr;
};
Line line;

void line_rhs(const double* const* in, double* out, const double* scalars, const KernelLayout* layout, long, long) {
  const double h = 1.0 / static_cast<double>(line.n);
  const double* y = in[0];
  for (long i = 0; i < layout->n[0]; ++i) {
    const double low = i > 0 ? y[i - 1] : line.open_low ? -y[0] : y[0];
    const double high = i + 1 < line.n ? y[i + 1] : line.open_high ? -y[i] : y[i];
    out[i] =
        line.D * (low - 2 * y[i] + high) / (h * h) + line.more(scalars[0], (static_cast<double>(i) + 0.5) * h, y[i]);
  }
}
void no_stage(const double* const*, double*, const double*, const KernelLayout*, long, long) {}

Found steady(const Line& given, const Field& initial) {
  line = given;
  Kernels kernels{line_rhs, no_stage};
  kernels.linear = false;
  Grid grid = make_grid(1, line.n, 1, Boundary::reflecting);
  if (line.open_low) grid.boundary[0][0] = Boundary::absorbing;
  if (line.open_high) grid.boundary[0][1] = Boundary::absorbing;
  return steady(kernels, make_pde(0, line.D), grid, initial);
}

}  // namespace

TEST_CASE("a closed box comes to rest at the distribution no flux passes, with the total it had") {
  const double D = 0.5, v = 0.3;
  const long n = 64;
  const Grid grid = make_grid(1, n, 8, Boundary::reflecting);
  const Field initial = random_field(3, n);
  const Found found = steady(make_pde(v, D), grid, initial);
  REQUIRE(found.statistics.completed);
  const double h = grid.spacing[0], ratio = (D / h + v / 2) / (D / h - v / 2);
  CHECK(total(found.field) == rdd::test::approx(total(initial)).epsilon(1e-12));
  for (std::size_t x = 0; x + 1 < found.field.size(); ++x)
    CHECK(found.field[x + 1] / found.field[x] == rdd::test::approx(ratio).epsilon(1e-8));
}

TEST_CASE("components come to the equilibrium of their reactions, each of those that do not react to its own mean") {
  Eigen::MatrixXd Q(3, 3), D = Eigen::MatrixXd::Identity(3, 3);
  Q << -3, 1, 0, 3, -1, 0, 0, 0, 0;
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(3, 3);
  const Grid grid = make_grid(2, 10, 1);
  const Field initial = random_field(9, 300);
  const Found found = steady(make_pde(Q, {zero, zero}, {{D, zero}, {zero, D}}), grid, initial);
  REQUIRE(found.statistics.completed);
  double pair = 0, single = 0;
  for (std::size_t i = 0; i < 200; ++i) pair += initial[i] / 100;
  for (std::size_t i = 200; i < 300; ++i) single += initial[i] / 100;
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(found.field[i] == rdd::test::approx(pair / 4).epsilon(1e-10));
    CHECK(found.field[100 + i] == rdd::test::approx(3 * pair / 4).epsilon(1e-10));
    CHECK(found.field[200 + i] == rdd::test::approx(single).epsilon(1e-10));
  }
}

TEST_CASE("between absorbing walls nothing stays") {
  const Found found = steady(make_pde(1, 1), make_grid(1, 20, 1, Boundary::absorbing), random_field(4, 20));
  REQUIRE(found.statistics.completed);
  for (const double density : found.field) CHECK(std::abs(density) < 1e-9);
}

TEST_CASE("a uniform source between absorbing walls is a parabola, however large the numbers are") {
  const Line sources[] = {
      {.open_low = true, .open_high = true, .more = [](double, double, double) { return 3e-20; }},
      {.open_low = true, .open_high = true, .more = [](double, double, double) { return 3.0; }},
      {.open_low = true, .open_high = true, .more = [](double, double, double) { return 3e20; }},
  };
  for (const Line& source : sources) {
    const double strength = source.more(0, 0, 0);
    CAPTURE(strength);
    const Found found = steady(source, Field(50, 0.0));
    REQUIRE(found.statistics.completed);
    for (std::size_t i = 0; i < 50; ++i) {
      const double x = (static_cast<double>(i) + 0.5) / 50, h = 1.0 / 50;
      // Central differences have the parabola itself, shifted by what a wall half a cell away adds.
      CHECK(found.field[i] / strength ==
            rdd::test::approx(1 / (2 * source.D) * (x * (1 - x) + h * h / 4)).epsilon(1e-8));
    }
    CHECK(found.statistics.steps < 4);
  }
}

TEST_CASE("between a source at one wall and an absorbing one the density falls in a straight line") {
  Line source{.open_high = true, .more = [](double, double place, double) { return place < 0.02 ? 50.0 : 0.0; }};
  const Found found = steady(source, Field(50, 1.0));
  REQUIRE(found.statistics.completed);
  for (std::size_t i = 0; i < 50; ++i) {  // a flux of 1 all the way: ρ = (1 − x)/D
    const double x = (static_cast<double>(i) + 0.5) / 50;
    CHECK(found.field[i] == rdd::test::approx((1 - x) / source.D).epsilon(1e-8));
  }
}

TEST_CASE("a source in a closed box has no steady state") {
  const Found found = steady(Line{.more = [](double, double, double) { return 1.0; }}, Field(50, 1.0));
  CHECK(!found.statistics.completed);
  CHECK(found.statistics.failure == "there is no steady state: sources feed a closed box, from which nothing is lost");
}

TEST_CASE("a source and a sink in a closed box balance") {
  const Found found =
      steady(Line{.more = [](double, double, double density) { return 6 - 2 * density; }}, Field(50, 1.0));
  REQUIRE(found.statistics.completed);
  for (const double density : found.field) CHECK(density == rdd::test::approx(3).epsilon(1e-9));
}

TEST_CASE("recombination and a source come to where they balance, from either side") {
  // 8 − 2ρ²: ρ = 2, and not the unstable −2.
  for (const double start : {0.0, 0.1, 50.0}) {
    CAPTURE(start);
    const Found found = steady(Line{.more = [](double, double, double density) { return 8 - 2 * density * density; }},
                               Field(50, start));
    REQUIRE(found.statistics.completed);
    for (const double density : found.field) CHECK(density == rdd::test::approx(2).epsilon(1e-7));
  }
}

TEST_CASE("of several steady states the one on this side of the unstable one is found") {
  // ρ(1 − ρ)(ρ − 1/4): 0 and 1 are stable, 1/4 is not.
  const Line two{.more = [](double, double, double density) { return density * (1 - density) * (density - 0.25); }};
  for (const auto& [start, end] : {std::pair{0.2, 0.0}, {0.3, 1.0}}) {
    const Found found = steady(two, Field(50, start));
    REQUIRE(found.statistics.completed);
    for (const double density : found.field) CHECK(std::abs(density - end) < 1e-6);
  }
}

TEST_CASE("what changes with time has no steady state, and growth without bound none either") {
  const Found moving =
      steady(Line{.open_low = true, .more = [](double t, double, double) { return std::sin(t); }}, Field(50, 1.0));
  CHECK(moving.statistics.failure == "the equation changes with time: it has no steady state");
  const Found growing =
      steady(Line{.more = [](double, double, double density) { return density * density; }}, Field(50, 1.0));
  CHECK(!growing.statistics.completed);
  CHECK(growing.statistics.failure.find("steady state") != std::string::npos);
}

TEST_CASE("iterations to the steady state do not grow with the grid, and threads do not change it") {
  const ContinuumPde pde = make_pde(one(0), {one(-3), one(2)}, {{one(1), one(0)}, {one(0), one(0.5)}});
  std::vector<long> iterations;
  for (const long n : {32L, 64L, 128L}) {
    const Grid grid = make_grid(2, n, 1, Boundary::reflecting);
    const Field initial = random_field(1, grid.cells());
    const Found found = steady(pde, grid, initial);
    REQUIRE(found.statistics.completed);
    iterations.push_back(found.statistics.iterations);
    if (n == 32) CHECK(steady(pde, grid, initial, 3).field == found.field);
  }
  for (const long each : iterations) CHECK(each <= iterations.front() + 3);
}

TEST_CASE("a stationary flow through the box solves the equation it should") {
  // Reacting, drifting, absorbing on one side: what is found leaves R(ρ) = 0, and the source is what comes out.
  const Line flow{.n = 80, .open_high = true, .more = [](double, double place, double) {
                    return std::exp(-50 * (place - 0.3) * (place - 0.3));
                  }};
  const Found found = steady(flow, Field(80, 0.0));
  REQUIRE(found.statistics.completed);
  double source = 0;
  for (long i = 0; i < 80; ++i) source += flow.more(0, (static_cast<double>(i) + 0.5) / 80, 0) / 80;
  CHECK(source == rdd::test::approx(std::sqrt(pi / 50)).epsilon(1e-2));
  CHECK(2 * flow.D * 80 * found.field.back() == rdd::test::approx(source).epsilon(1e-8));
}
