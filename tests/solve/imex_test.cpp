// Additive Runge–Kutta steps, on the plain kernels that the other methods are tested with.
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

SolveParams until(double time, double tolerance = 1e-6, int threads = 1) {
  SolveParams params;
  params.until = time;
  params.tolerance = tolerance;
  params.threads = threads;
  return params;
}

Field sines(const Grid& grid) {
  Field field;
  for (long x = 0; x < grid.points[0]; ++x) field.push_back(std::sin(pi * grid.centre(x, 0, 0)[0]));
  return field;
}

/// R = L ρ − ρ²: what is not linear stands beside transport between the same walls.
KernelFunction linear_part = nullptr;
void with_reaction(const double* const* in, double* out, const double* scalars, const KernelLayout* layout, long first,
                   long last) {
  linear_part(in, out, scalars, layout, first, last);
  for (long row = first; row < last; ++row)
    for (long x = 0; x < layout->n[0]; ++x) {
      const double density = in[0][row * layout->stride_y + x];
      out[row * layout->stride_y + x] -= density * density;
    }
}

Kernels reacting(const ContinuumPde& pde, const Grid& grid) {
  Kernels kernels = plain_kernels(pde, grid);
  linear_part = kernels.rhs;
  kernels.rhs = with_reaction;
  kernels.linear = false;
  return kernels;
}

}  // namespace

TEST_CASE("what the waves of the box keep apart is exact to the tolerance, however stiff") {
  // Decay by π² of the slowest wave; the fastest of 400 cells decays 6e4 times as fast.
  const Grid grid = make_grid(1, 400, 1, Boundary::absorbing);
  const ContinuumPde pde = make_pde(0, 1);
  const double rate = std::pow(2 * 400 * std::sin(pi / 800), 2);
  for (const double tolerance : {1e-4, 1e-7}) {
    const auto solver = imex_integrator(plain_kernels(pde, grid), pde, grid, sines(grid), 0, until(0.2, tolerance));
    REQUIRE(solver->advance({0, 0.2, 0.2, false}));
    const Field initial = sines(grid);
    double worst = 0;
    for (std::size_t i = 0; i < initial.size(); ++i)
      worst = std::max(worst, std::abs(solver->field()[i] - initial[i] * std::exp(-rate * 0.2)));
    CHECK(worst < 10 * solver->statistics().error);
    CHECK(solver->statistics().error < 1e3 * tolerance);
    CHECK(solver->statistics().steps < 400);
  }
}

TEST_CASE("reactions beside fast transport agree with the other methods, in steps that the grid does not shorten") {
  long coarse_steps = 0;
  for (const long cells : {50L, 400L}) {
    const Grid grid = make_grid(1, cells, 1, Boundary::absorbing);
    const ContinuumPde pde = make_pde(0, 1);
    const SolveParams params = until(0.3, 1e-8);
    const auto split = imex_integrator(reacting(pde, grid), pde, grid, sines(grid), 0, params);
    const auto implicit = implicit_integrator(reacting(pde, grid), pde, grid, sines(grid), 0, params);
    REQUIRE(split->advance({0, 0.3, 0.3, false}));
    REQUIRE(implicit->advance({0, 0.3, 0.3, false}));
    CHECK(largest_difference(split->field(), implicit->field()) < 1e-5);  // a thousand steps of 1e-8 each
    if (cells == 50) coarse_steps = split->statistics().steps;
    CHECK(split->statistics().steps < 2 * coarse_steps);
  }
}

TEST_CASE("additive steps give the same bytes for any number of threads, and go on from where they were written down") {
  const Grid grid = make_grid(1, 64, 1, Boundary::reflecting);
  const ContinuumPde pde = make_pde(0.7, 0.4);  // drift towards a wall: explicit
  SolveParams params = until(1, 1e-6);
  params.step = 0.002;  // so that there are steps enough to come to a rest
  const auto make = [&](int threads) {
    SolveParams own = params;
    own.threads = threads;
    return imex_integrator(plain_kernels(pde, grid), pde, grid, sines(grid), 0, own);
  };
  const Interval all{0, 1, 1, false};
  const auto writer = make(1);
  writer->pause_when([&] { return writer->statistics().steps == 250; });
  REQUIRE(writer->advance(all));
  REQUIRE(writer->paused());
  CHECK(writer->statistics().steps == 250);
  CHECK(writer->kept().steps == 200);
  CHECK(writer->kept().time < writer->reached());
  Memory memory;
  writer->exchange(memory);
  memory.reading = true;
  const auto reader = make(3), undisturbed = make(2);
  reader->exchange(memory);
  writer->pause_when({});
  for (const auto& one : {writer.get(), reader.get(), undisturbed.get()}) REQUIRE(one->advance(all));
  CHECK(reader->field() == writer->field());
  CHECK(undisturbed->field() == writer->field());
  CHECK(total(writer->field()) == rdd::test::approx(total(sines(grid))).epsilon(1e-11));
}
