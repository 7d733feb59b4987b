#include "runtime/solve/integrator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "runtime/solve/output_times.hpp"
#include "tests/solve/memory.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

struct Course {
  std::vector<Field> fields;
  SolveStatistics statistics;
};

// A whole solve. Where `pieces` is above zero it is broken off after so many steps, again and again, and a new
// integrator goes on each time.
template <class Make>
Course course(const Make& make, const SolveParams& params, long pieces) {
  const OutputTimes times(params.until, params.every);
  std::unique_ptr<Integrator> integrator = make();
  long since = 0;
  const auto broken_off = [&] { return pieces > 0 && ++since % pieces == 0; };
  integrator->pause_when(broken_off);
  Course all;
  for (long output = 1; output <= times.intervals(); ++output) {
    const bool again = output < times.intervals();
    do {
      REQUIRE(integrator->advance({times.at(output - 1), times.at(output), times.length(output), again}));
      if (pieces == 0) continue;
      Memory memory;
      integrator->exchange(memory);
      memory.reading = true;
      integrator = make();
      integrator->exchange(memory);
      integrator->pause_when(broken_off);
    } while (integrator->paused());
    all.fields.push_back(integrator->field());
  }
  all.statistics = integrator->statistics();
  return all;
}

template <class Make>
void check_pieces(const Make& make, const SolveParams& params) {
  const Course whole = course(make, params, 0);
  CHECK(whole.statistics.steps > 3);
  for (const long pieces : {1L, 2L, 7L}) {
    CAPTURE(pieces);
    const Course broken = course(make, params, pieces);
    CHECK((broken.fields == whole.fields));
    CHECK(broken.statistics.steps == whole.statistics.steps);
    CHECK(broken.statistics.rejected == whole.statistics.rejected);
    CHECK(broken.statistics.kernel_calls == whole.statistics.kernel_calls);
    CHECK(broken.statistics.smallest_step == whole.statistics.smallest_step);
    CHECK(broken.statistics.largest_step == whole.statistics.largest_step);
    CHECK(broken.statistics.error == whole.statistics.error);
  }
}

}  // namespace

TEST_CASE("a solve broken off after any step and gone on with from its state gives the same bits") {
  const ContinuumPde pde = make_pde(0.7, 0.4);
  const Grid grid = make_grid(1, 64, 10);
  Field initial;
  for (long x = 0; x < 64; ++x) initial.push_back(std::exp(-std::pow(grid.centre(x, 0, 0)[0] - 3, 2)));
  SolveParams params;
  params.until = 2.5;
  params.every = 1;
  params.tolerance = 1e-7;
  const auto by_kernel = [&] { return explicit_integrator(plain_kernels(pde, grid), pde, grid, initial, 0, params); };
  SUBCASE("automatic steps") {
    check_pieces(by_kernel, params);
  }
  SUBCASE("fixed steps") {
    params.step = 0.013;
    check_pieces(by_kernel, params);
  }
  SUBCASE("the exact propagator") {
    params.every = 0.3;
    check_pieces([&] { return exponential_integrator(pde, grid, initial, 0, params); }, params);
  }
}
