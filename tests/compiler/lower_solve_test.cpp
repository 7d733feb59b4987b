#include "compiler/lower_solve.hpp"
#include "compiler/production_rate.hpp"

#include <cmath>
#include <numbers>

#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

constexpr double pi = std::numbers::pi;

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
  return lower_solve(model, model.solves.at(0), point.parameters,
                     {{"", point.network, analysis->reduction, analysis->pde}}, std::nullopt, diagnostics);
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

TEST_CASE("what keeps the waves of the box apart takes the exact propagator, and the reason for another is told") {
  Diagnostics diagnostics;
  const auto chosen = [&](const std::string& text) { return task(model_from(text), diagnostics)->problem; };
  CHECK(chosen(chain + "}").method == TimeMethod::exponential);
  CHECK(chosen(chain + "boundary absorbing }").method == TimeMethod::exponential);
  CHECK(chosen(chain + "method explicit }").method == TimeMethod::runge_kutta);
  CHECK(chosen(chain + "method explicit }").method_reason.empty());
  CHECK(chosen(chain + "method implicit }").method == TimeMethod::implicit);
  std::string drifting = chain;
  drifting.replace(drifting.find("A <-> A by [1] : 1 /s"), 21, "A -> A by [1] : 2 /s; A -> A by [-1] : 1 /s");
  CHECK(chosen(drifting + "}").method == TimeMethod::exponential);
  CHECK(chosen(drifting + "boundary absorbing }").method == TimeMethod::runge_kutta);
  CHECK(chosen(drifting + "boundary absorbing }").method_reason.find("drift along x, which has walls") == 0);
  CHECK_FALSE(task(model_from(drifting + "boundary absorbing; method exponential }"), diagnostics).has_value());
  CHECK(drawn(diagnostics).find("E0603") != std::string::npos);
}

TEST_CASE("the rate of production tells additive steps from implicit ones") {
  Diagnostics diagnostics;
  const auto chosen = [&](const std::string& entries, const std::string& rate) {
    std::string text = chain + "grid [512]; tolerance 1e-3; " + entries + " }";
    text.replace(text.find("1 /s"), 4, rate);
    const auto found = task(model_from(text), diagnostics);
    REQUIRE(found.has_value());
    return std::pair{production_rate(found->equation, found->problem), found->problem.method};
  };
  // ρ stands at 1/(100 nm) everywhere once it has spread; the largest |d(kρ²)/dρ| is 2 k ρ.
  const auto slow = chosen("react A + A -> 0 : 1 nm/s", "1e6 /s");
  CHECK(slow.first == rdd::test::approx(0.04).epsilon(1e-3));  // each loses two
  CHECK(slow.second == TimeMethod::imex);
  CHECK(chosen("react A + A -> 0 : 1e9 nm/s", "1e6 /s").second == TimeMethod::implicit);
  // Without time to spread the maximum counts.
  const auto narrow = chosen("react A + A -> 0 : 1 nm/s", "1 /s");
  CHECK(narrow.first == rdd::test::approx(4 / (10 * std::sqrt(2 * pi))).epsilon(1e-3));
  CHECK(narrow.second == TimeMethod::runge_kutta);
  // What comes in piles up until it is lost as fast: 4 k (ρ(0) + S τ) τ = 1.
  const auto fed = chosen("react A + A -> 0 : 1 nm/s; source A = 1e4 /nm/s", "1e6 /s");
  CHECK(fed.first == rdd::test::approx(std::sqrt(4e4)).epsilon(1e-2));
  CHECK(fed.second == TimeMethod::implicit);
  CHECK(chosen("source A = 1 /nm/s", "1e6 /s").first == 0);
  CHECK(drawn(diagnostics) == "");
}

TEST_CASE("the exact symbol is that of the network, for periodic domains alone") {
  Diagnostics diagnostics;
  const auto exact = task(model_from(chain + "symbol exact }"), diagnostics);
  REQUIRE(exact.has_value());
  const SymbolFunction& H = exact->problem.params.symbol;
  REQUIRE(H);
  for (const double k : {0.0, 0.4e9, 3.1e9})  // hops of 1 nm at 1/s either way
    CHECK((*H(Eigen::VectorXd::Constant(1, k)))(0, 0).real() ==
          rdd::test::approx(-2 * (1 - std::cos(k * 1e-9))).epsilon(1e-12));
  CHECK_FALSE(H(Eigen::VectorXd::Constant(1, 3.2e9)).has_value());
  CHECK_FALSE(task(model_from(chain + "symbol order }"), diagnostics)->problem.params.symbol);
  CHECK(drawn(diagnostics) == "");
  CHECK_FALSE(task(model_from(chain + "symbol exact; boundary absorbing }"), diagnostics).has_value());
  CHECK_FALSE(task(model_from(chain + "symbol exact; method explicit }"), diagnostics).has_value());
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
