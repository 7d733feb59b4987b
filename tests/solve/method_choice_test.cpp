#include <doctest/doctest.h>

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
  const MethodChoice choice = choose_method(make_pde(1, 1), make_grid(1, 8, 1), until(1e-6), "");
  CHECK(choice.method == TimeMethod::exponential);
  const MethodChoice walls = choose_method(make_pde(0, 1), make_grid(1, 8, 1, Boundary::absorbing), until(1), "");
  CHECK(walls.method == TimeMethod::exponential);
}

TEST_CASE("short solves on coarse grids are explicit, long ones on fine grids implicit") {
  const Grid grid = make_grid(1, 100, 1, Boundary::reflecting);
  const MethodChoice brief = choose_method(make_pde(1, 1), grid, until(1e-3), "");
  CHECK(brief.method == TimeMethod::runge_kutta);
  CHECK(brief.reason.find("drift along x, which has walls, rules out exact steps") == 0);
  CHECK(choose_method(make_pde(1, 1), grid, until(1e3), "").method == TimeMethod::implicit);
  const MethodChoice fed = choose_method(make_pde(1, 1), make_grid(1, 8, 1), until(1e3), "a source");
  CHECK(fed.reason.find("a source, rules out exact steps") == 0);
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
