// A model's first solve block, solved in this process.
#pragma once

#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "tests/support/model.hpp"

namespace rdd::test {

struct Solved {
  Grid grid;
  std::vector<double> total;  // of each coarse state, at the end
  Field field;
  TimeMethod method = TimeMethod::exponential;
  std::string notes;
};

inline Solved solved(const std::string& text) {
  Diagnostics diagnostics;
  const Model model = model_from(text);
  const Point point = point_of(model);
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  const auto lowered = task(model, model.solves.at(0), point, *analysis, std::nullopt, diagnostics);
  CAPTURE(drawn(diagnostics));
  REQUIRE(lowered.has_value());
  const auto compiled = compile(*lowered, diagnostics);
  REQUIRE(compiled.has_value());
  const Problem& problem = lowered->problem;
  Solved result;
  result.method = problem.method;
  result.grid = problem.grid;
  result.notes = problem.scheme_note + "; " + problem.coefficient_note;
  const auto keep = [&](double, const Field& field) {
    result.field = field;
    return true;
  };
  const Field initial = sample(problem);
  const SolveStatistics statistics =
      problem.method == TimeMethod::steady
          ? solve_steady(compiled->kernels, problem.pde, problem.grid, initial, problem.params, keep)
          : integrate(
                *integrator(problem.method, compiled->kernels, problem.pde, problem.grid, initial, 0, problem.params),
                problem.params, keep);
  CHECK(statistics.failure == "");
  const std::size_t cells = problem.grid.cells();
  for (std::size_t p = 0; p < result.field.size() / cells; ++p) {
    double total = 0;
    for (std::size_t i = 0; i < cells; ++i) total += result.field[p * cells + i] * problem.grid.cell_volume();
    result.total.push_back(total);
  }
  return result;
}

}  // namespace rdd::test
