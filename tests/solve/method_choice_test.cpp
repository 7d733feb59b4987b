#include <doctest/doctest.h>

#include <cmath>

#include "runtime/solve/integrator.hpp"
#include "runtime/solve/method_choice.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

SolveParams until(double time, double tolerance = 1e-6) {
  SolveParams params;
  params.until = time;
  params.tolerance = tolerance;
  return params;
}

}  // namespace

TEST_CASE("what can be exact is, whatever else would do") {
  const MethodChoice choice = choose_method(make_pde(1, 1), make_grid(1, 8, 1), until(1e-6), {});
  CHECK(choice.method == TimeMethod::exponential);
  const MethodChoice walls = choose_method(make_pde(0, 1), make_grid(1, 8, 1, Boundary::absorbing), until(1), {});
  CHECK(walls.method == TimeMethod::exponential);
}

TEST_CASE("short solves on coarse grids are explicit, long ones on fine grids implicit") {
  const Grid grid = make_grid(1, 100, 1, Boundary::reflecting);
  const MethodChoice brief = choose_method(make_pde(1, 1), grid, until(1e-3), {});
  CHECK(brief.method == TimeMethod::runge_kutta);
  CHECK(brief.reason.find("drift along x, which has walls, rules out exact steps") == 0);
  CHECK(choose_method(make_pde(1, 1), grid, until(1e3), {}).method == TimeMethod::implicit);
  const MethodChoice fed = choose_method(make_pde(1, 1), make_grid(1, 8, 1), until(1e3), {.what = "a source"});
  CHECK(fed.reason.find("a source, rules out exact steps") == 0);
}

TEST_CASE("slow production beside fast transport takes additive steps, where no others are cheaper") {
  const auto one = [](double value) { return Eigen::MatrixXd::Constant(1, 1, value); };
  const ContinuumPde pde = make_pde(one(0), {one(0), one(0)}, {{one(1), one(0)}, {one(0), one(1)}});
  const Grid grid = make_grid(2, 256, 1);
  const SolveParams loose = until(10, 1e-3);
  const auto method = [&](const Beyond& beyond, const Grid& on, const SolveParams& params) {
    return choose_method(pde, on, params, beyond).method;
  };
  const MethodChoice slow = choose_method(pde, grid, loose, {.what = "a reaction", .rate = 0.1});
  CHECK(slow.method == TimeMethod::imex);
  CHECK(slow.reason.find("a reaction, rules out exact steps; beside transport it is slow: additive steps cost") == 0);
  CHECK(method({"a reaction", 1e6}, grid, loose) == TimeMethod::implicit);  // stiff itself
  CHECK(method({"a reaction", INFINITY}, grid, loose) == TimeMethod::implicit);
  CHECK(method({"a field", 1, true}, grid, loose) == TimeMethod::implicit);
  CHECK(method({"a reaction", 0.1}, grid, until(10, 1e-8)) == TimeMethod::implicit);  // of higher order
  CHECK(method({"a reaction", 1}, grid, until(1e-5, 1e-3)) == TimeMethod::runge_kutta);
  CHECK(method({"a reaction", 1}, make_grid(2, 16, 1), until(0.1, 1e-3)) == TimeMethod::runge_kutta);
  Grid limited = grid;
  limited.scheme = DifferenceScheme::limited;
  CHECK(method({"a reaction", 1}, limited, loose) == TimeMethod::implicit);
  // Stiff production shortens explicit steps, and what is stiff beyond transport the additive ones.
  CHECK(explicit_sweeps(pde, grid, loose, 1e9) > 2 * explicit_sweeps(pde, grid, loose));
  CHECK(imex_sweeps(pde, grid, loose, {"a reaction", 1e2}) > 2 * imex_sweeps(pde, grid, loose, {"a reaction", 0.1}));
}

TEST_CASE("the steps of an additive solve are foreseen within a factor of two") {
  const ContinuumPde pde = make_pde(0, 1);
  const Grid grid = make_grid(1, 100, 100, Boundary::absorbing);
  Field initial(100, 0.0);
  initial[40] = 1;
  constexpr double sweeps_a_step = 370;
  for (const double tolerance : {1e-3, 1e-4, 1e-6}) {
    CAPTURE(tolerance);
    const SolveParams params = until(1000, tolerance);
    const auto solver = imex_integrator(plain_kernels(pde, grid), pde, grid, initial, 0, params);
    REQUIRE(solver->advance({0, 1000, 1000, false}));
    const double ratio =
        imex_sweeps(pde, grid, params, {}) / (sweeps_a_step * static_cast<double>(solver->statistics().steps));
    CHECK(ratio > 0.5);
    CHECK(ratio < 2);
  }
}

TEST_CASE("the sweeps of an explicit solve are foreseen within a factor of two") {
  const ContinuumPde pde = make_pde(0.1, 1);
  for (const double tolerance : {1e-4, 1e-6})
    for (const double time : {10.0, 1000.0}) {
      CAPTURE(tolerance);
      CAPTURE(time);
      const Grid grid = make_grid(1, 100, 100, Boundary::absorbing);
      Field initial(100, 0.0);
      initial[40] = 1;
      Record record;
      const SolveStatistics statistics =
          solve_explicit(plain_kernels(pde, grid), pde, grid, initial, until(time, tolerance), record.observer());
      REQUIRE(statistics.completed);
      const double ratio =
          explicit_sweeps(pde, grid, until(time, tolerance)) / static_cast<double>(statistics.kernel_calls);
      CHECK(ratio > 0.5);
      CHECK(ratio < 2);
    }
}
