#include "compiler/pipeline.hpp"

#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

const std::string even_chain = R"(
model even
lattice { vectors [[1 nm]] }
states { A weight 1; B weight 1; C weight 1; D weight 1 }
rates {
  A <-> B : 1 /s
  B <-> C : 1.5 /s
  C <-> D : 1 /s
  D <-> A by [1] : 1.5 /s
}
)";

}  // namespace

TEST_CASE("bands without a gap get a warning, bands that are not there an error") {
  Diagnostics diagnostics;
  const Model two = model_from(even_chain + "reduce { bands 2 }\n");
  CHECK(analyse(two, point_of(two).network, diagnostics).has_value());
  CHECK(drawn(diagnostics).find("W0502") != std::string::npos);
  CHECK_FALSE(diagnostics.has_errors());
  const Model nine = model_from(even_chain + "reduce { bands 9 }\n");
  CHECK_FALSE(analyse(nine, point_of(nine).network, diagnostics).has_value());
  CHECK(drawn(diagnostics).find("E0502") != std::string::npos);
}

TEST_CASE("one time scale is one coarse state, and its equation has the exact diffusivity") {
  Diagnostics diagnostics;
  const Model model = model_from(even_chain);
  const auto analysis = analyse(model, point_of(model).network, diagnostics);
  REQUIRE(analysis.has_value());
  CHECK(analysis->reduction.P == 1);
  // A chain of alternating rates k1, k2 with four hops a cell: D = (a/4)² · 2 k1 k2/(k1 + k2).
  const double D = 0.25e-9 * 0.25e-9 * 2 * 1.0 * 1.5 / 2.5;
  CHECK(analysis->transport.diffusion(0, 0) == rdd::test::approx(D).epsilon(1e-13));
  CHECK(analysis->pde.coefficients.diffusion[0][0](0, 0) == rdd::test::approx(D).epsilon(1e-13));
}

TEST_CASE("an exact solve needs no kernel, an explicit one gets both") {
  Diagnostics diagnostics;
  const std::string solves =
      "solve a { domain [100 nm]; initial A = gaussian(center = [50 nm], sigma = 10 nm); until 1 s }\n"
      "solve b { domain [100 nm]; boundary reflecting; method explicit; "
      "initial A = gaussian(center = [50 nm], sigma = 10 nm); until 1 s }\n";
  const Model model = model_from(even_chain + solves);
  const Point point = point_of(model);
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  for (const SolveBlock& block : model.solves) {
    const auto task = lower_solve(model, block, point.parameters,
                                  {{"", point.network, analysis->reduction, analysis->pde}}, std::nullopt, diagnostics);
    REQUIRE(task.has_value());
    const auto compiled = compile(*task, diagnostics);
    REQUIRE(compiled.has_value());
    CHECK((compiled->kernels.rhs != nullptr) == (block.name == "b"));
    CHECK((compiled->kernels.stage != nullptr) == (block.name == "b"));
  }
}
