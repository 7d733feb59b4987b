// The line from a model's text to its solution, against the full master equation.
#include <cmath>
#include <numbers>
#include <unsupported/Eigen/MatrixFunctions>

#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

TEST_CASE(
    "the third example of the paper, solved: every mode it resolves has the amplitude of the full master equation") {
  const Model model = example("paper/fig1c.rdd");
  const Point point = point_of(model);
  Diagnostics diagnostics;
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  REQUIRE(analysis->reduction.P == 2);
  auto task = lower_solve(model, model.solves.at(0), point.parameters,
                          {{"", point.network, analysis->reduction, analysis->pde}}, std::nullopt, diagnostics);
  REQUIRE(task.has_value());
  const Problem& problem = task->problem;
  const Grid& grid = problem.grid;

  // exp(−ik·x) transform of a component, from sums over the cells.
  const auto amplitude = [&](const Field& field, int component, double kx, double ky) {
    std::complex<double> sum = 0;
    std::size_t cell = static_cast<std::size_t>(component) * grid.cells();
    for (long y = 0; y < grid.points[1]; ++y)
      for (long x = 0; x < grid.points[0]; ++x, ++cell) {
        const auto place = grid.centre(x, y, 0);
        sum += field[cell] * std::polar(grid.cell_volume(), -kx * place[0] - ky * place[1]);
      }
    return sum;
  };

  const BlochOperator bloch(point.network);
  const Eigen::MatrixXd chi = analysis->reduction.groups.chi;
  const double length = 100e-9, cell = 1e-9, sigma = 6e-9, centre = 50e-9;
  double previous_total = 0;
  const Observer observe = [&](double time, const Field& field) {
    const double total = std::abs(amplitude(field, 0, 0, 0) + amplitude(field, 1, 0, 0));
    if (time > 0) CHECK(std::abs(total - previous_total) < 1e-12 * total);
    previous_total = total;
    if (time < 5) return true;  // fast bands (λ > 5 /s) are gone: exp(−25)
    for (const auto& [nx, ny] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, -1}}) {
      const double kx = 2 * std::numbers::pi * nx / length, ky = 2 * std::numbers::pi * ny / length;
      const Eigen::VectorXcd phases = (Eigen::Vector2d(kx, ky) * cell).cast<std::complex<double>>();
      const Eigen::MatrixXcd evolution = (bloch.matrix(phases.real()) * time).exp();
      const std::complex<double> start =
          std::polar(std::exp(-0.5 * (kx * kx + ky * ky) * sigma * sigma), -(kx + ky) * centre);
      const Eigen::VectorXcd exact = chi.transpose().cast<std::complex<double>>() * evolution.col(7) * start;
      // The slow bands are right to ε λ, so amplitudes to ε λ t; the projection is right to second order in k beside
      // the hops within the fast groups, |k a|². Both relative to what is there.
      const double lambda = std::abs(bands(bloch, phases.real()).lambda(0, 0));
      const double allowed = analysis->reduction.resolution_error * lambda * time + phases.squaredNorm();
      CAPTURE(nx);
      CAPTURE(ny);
      CAPTURE(time);
      for (int p = 0; p < 2; ++p)
        CHECK(std::abs(amplitude(field, p, kx, ky) - exact(p)) <= (allowed + 1e-10) * exact.norm());
    }
    return true;
  };
  const auto statistics = solve_exponential(problem.pde, grid, sample(problem), problem.params, observe);
  CHECK(statistics.failure == "");
  CHECK(statistics.completed);
}
