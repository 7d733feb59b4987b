#include "compiler/lower_solve.hpp"

#include <cmath>

#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

const std::string chain = R"(
model chain
lattice { vectors [[1 nm]] }
states { A }
rates { A <-> A by [1] : 1 /s }
solve s {
  domain [100 nm]
  initial A = gaussian(center = [50 nm], sigma = 10 nm)
  until 10 s
)";

std::optional<SolveTask> task(const Model& model, Diagnostics& diagnostics) {
  const Point point = point_of(model);
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  return lower_solve(model, model.solves.at(0), point.parameters, point.network, analysis->reduction, analysis->pde,
                     std::nullopt, diagnostics);
}

}  // namespace

TEST_CASE("the grid follows the spacing that is given, and otherwise the resolution of the reduction") {
  Diagnostics diagnostics;
  const auto given = task(model_from(chain + "spacing 2 nm }"), diagnostics);
  REQUIRE(given.has_value());
  CHECK(given->problem.grid.points[0] == 50);
  CHECK(given->problem.grid.spacing[0] == rdd::test::approx(2e-9));
  const auto chosen = task(model_from(chain + "}"), diagnostics);
  REQUIRE(chosen.has_value());
  CHECK(chosen->problem.grid.spacing[0] <= chosen->problem.pde.resolution * (1 + 1e-12));
  CHECK(drawn(diagnostics) == "");
}

TEST_CASE("a normalised gaussian stands on the grid with its total and its width") {
  Diagnostics diagnostics;
  const auto given = task(model_from(chain + "grid [100] }"), diagnostics);
  REQUIRE(given.has_value());
  double total = 0, second = 0;
  const Field field = sample(given->problem);
  for (std::size_t i = 0; i < field.size(); ++i) {
    const double x = given->problem.grid.centre(static_cast<long>(i), 0, 0)[0] - 50e-9;
    total += field[i] * given->problem.grid.spacing[0];
    second += x * x * field[i] * given->problem.grid.spacing[0];
  }
  CHECK(total == rdd::test::approx(1).epsilon(1e-6));  // 5 sigma to either side
  CHECK(second == rdd::test::approx(1e-16).epsilon(1e-4));
}

TEST_CASE("periodic domains take the exact propagator, walls the kernel") {
  Diagnostics diagnostics;
  CHECK(task(model_from(chain + "}"), diagnostics)->problem.method == TimeMethod::exponential);
  CHECK(task(model_from(chain + "boundary absorbing }"), diagnostics)->problem.method == TimeMethod::runge_kutta);
  CHECK(task(model_from(chain + "method explicit }"), diagnostics)->problem.method == TimeMethod::runge_kutta);
  CHECK_FALSE(task(model_from(chain + "boundary absorbing; method exponential }"), diagnostics).has_value());
  CHECK(drawn(diagnostics).find("E0603") != std::string::npos);
}

TEST_CASE("a density too narrow for its grid is said to be so") {
  Diagnostics diagnostics;
  CHECK(task(model_from(chain + "grid [4] }"), diagnostics).has_value());
  CHECK(drawn(diagnostics).find("W0601") != std::string::npos);
}

TEST_CASE("an original state is projected on the slow manifold: its total is kept, its slip has none") {
  Model model = example("paper/fig1c.rdd");
  Diagnostics diagnostics;
  const auto lowered = task(model, diagnostics);
  REQUIRE(lowered.has_value());
  const Field field = sample(lowered->problem);
  double total = 0;
  for (const double value : field) total += value * lowered->problem.grid.cell_volume();
  CHECK(total == rdd::test::approx(1).epsilon(1e-9));  // 10 sigma to either side
}
