// Steady states as an object: what a program that holds a solve block sees of `until steady`.
#include "runtime/program/simulation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/solve/folder.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

constexpr double end_of_time = std::numeric_limits<double>::infinity();

// A pulse between walls that drift piles up against.
Problem pile(const std::string& path = "") {
  Problem problem;
  problem.model = "pile";
  problem.name = "rest";
  problem.pde = make_pde(0.3, 0.5);
  problem.grid = make_grid(1, 32, 8, Boundary::reflecting);
  problem.initial = [](int, double x, double, double) { return std::exp(-(x - 3) * (x - 3)); };
  problem.method = TimeMethod::steady;
  problem.output = {path, {"X"}, {{"model", "pile"}}, {}};
  problem.output.probes = {{ProbeSpec::Kind::integral, "all", {1}, 0, {}, ""}};
  problem.states = {"X"};
  return problem;
}

Simulation started(const SimulationOptions& options = {}, const Problem& problem = pile()) {
  return Simulation(problem, plain_kernels(problem.pde, problem.grid), options);
}

}  // namespace

TEST_CASE("any call that goes on takes a steady solve to its steady state, and is there from then on") {
  const Problem problem = pile();
  Field direct;
  solve_steady(plain_kernels(problem.pde, problem.grid), problem.pde, problem.grid, sample(problem), problem.params,
               [&](double, const Field& field) {
                 direct = field;
                 return true;
               });
  for (const int call : {0, 1, 2, 3}) {
    CAPTURE(call);
    Simulation rest = started();
    CHECK(rest.time() == 0);
    CHECK(rest.until() == end_of_time);
    CHECK(rest.field(0)[11] == sample(problem)[11]);
    const auto go = [&] {
      if (call == 0) rest.run();
      if (call == 1) rest.step(1e-9);
      if (call == 2) rest.advance(7);
      if (call == 3) rest.advance(end_of_time);
    };
    go();
    CHECK(rest.time() == end_of_time);
    CHECK(std::vector<double>(rest.field(0).begin(), rest.field(0).end()) == direct);
    const long steps = rest.statistics().steps;
    CHECK(steps > 0);
    go();
    CHECK(rest.statistics().steps == steps);
    CHECK(rest.files().empty());
  }
}

TEST_CASE("a density put in place of a steady one begins anew, and the next call finds what goes with it") {
  Simulation rest = started();
  rest.run();
  const double before = rest.total(0), first = rest.field(0)[0];
  const std::vector<double> twice(32, 2 * before / 8);
  rest.replace(0, twice);
  CHECK(rest.time() == 0);
  CHECK(rest.probe("all") == rdd::test::approx(2 * before));
  rest.step(1);
  CHECK(rest.time() == end_of_time);
  CHECK(rest.field(0)[0] == rdd::test::approx(2 * first).epsilon(1e-6));  // the equation is linear
}

TEST_CASE("the files of a steady simulation are those of the solve, to the byte") {
  const Folder one, other;
  const Problem problem = pile(one / "rest.h5");
  REQUIRE(solve(problem, plain_kernels(problem.pde, problem.grid)).statistics.completed);
  Simulation rest = started({.output = other / "rest.h5"}, problem);
  rest.finish();  // nothing found yet
  CHECK(rest.files().empty());
  rest.run();
  CHECK(rest.files().size() == 3);
  for (const char* name : {"rest.h5", "rest.xdmf", "rest.probes.csv"})
    CHECK(contents(one / name) == contents(other / name));
}

TEST_CASE("a steady simulation takes no times, and says why there is no steady state") {
  CHECK_THROWS_WITH_AS(started({.until = 1}), "the solve rest goes to its steady state, whatever `until` and `every`",
                       std::invalid_argument);
  CHECK_THROWS_AS(started({.every = 1}), std::invalid_argument);
  CHECK_THROWS_AS(started().step(0), std::invalid_argument);
  CHECK_THROWS_AS(started().step(-1), std::invalid_argument);
  Problem broken = pile();
  broken.initial = [](int, double, double, double) { return INFINITY; };
  CHECK_THROWS_WITH_AS(started({}, broken).run(), "the initial field is not finite everywhere", SolveError);
}
