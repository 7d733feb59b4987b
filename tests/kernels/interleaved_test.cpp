// Whole solves on interleaved rows: how a field is kept does not show in what comes out.
#include <doctest/doctest.h>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/jit.hpp"
#include "runtime/solve/solve.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

Field solved(const Equation& equation, const Grid& grid, const Field& initial, bool interleaved, int threads) {
  const auto code = jit_compile(discretise(equation, grid), {.interleave = interleaved});
  Kernels kernels;
  kernels.rhs = code->function("rhs");
  kernels.stage = code->function("stage");
  kernels.coefficients = code->function("coefficients");
  kernels.stiffness = code->function("stiffness");
  for (const ir::KernelIr& kernel : discretise(equation, grid))
    if (kernel.name == "coefficients") kernels.coefficient_fields = kernel.outputs;
  CHECK(kernels.coefficient_fields > 0);
  kernels.interleaved = interleaved;
  kernels.linear = equation.linear();
  SolveParams params;
  params.until = 0.5;
  params.every = 0.25;
  params.step = 0.01;
  params.threads = threads;
  Field last;
  const SolveStatistics done =
      solve_explicit(kernels, equation.pde, grid, initial, params, [&](double, const Field& field) {
        last = field;
        return true;
      });
  CHECK(done.completed);
  return last;
}

TEST_CASE("steps of one length lead to the same bits on interleaved rows, for any number of threads") {
  using expr::Operation;
  ContinuumPde pde;
  pde.dimension = pde.components = 2;
  pde.names = {"a", "b"};
  pde.frame = Eigen::MatrixXd::Identity(2, 2);
  pde.coefficients.reaction = Eigen::MatrixXd{{-1, 2}, {1, -2}};
  pde.coefficients.drift = {Eigen::MatrixXd{{0.5, 0}, {0, 0}}, Eigen::MatrixXd{{0, 0}, {0, -0.25}}};
  const Eigen::MatrixXd straight{{1, 0.1}, {0.1, 0.5}}, mixed{{0.125, 0}, {0, 0}};
  pde.coefficients.diffusion = {{straight, mixed}, {mixed, straight}};
  Equation equation{pde};
  const Expr x = coordinate(0), near = apply(Operation::less, {x, number(4)});
  const Expr loss = apply(Operation::multiply, {near, coordinate(Equation::density_axis)});
  equation.production = {apply(Operation::negate, {loss}), apply(Operation::exp, {apply(Operation::negate, {x})})};
  for (const DifferenceScheme scheme : {DifferenceScheme::central, DifferenceScheme::fourth, DifferenceScheme::limited})
    for (const Boundaries& boundary : {Boundaries{}, Boundaries{{{Boundary::absorbing, Boundary::reflecting}}}}) {
      CAPTURE(describe(boundary, 2));
      CAPTURE(static_cast<int>(scheme));
      Grid grid = make_grid(2, {24, 17, 1}, boundary);
      grid.scheme = scheme;
      std::mt19937_64 random(3);
      Field initial = random_field(random, grid, 2);
      for (double& value : initial) value = 1 + value / 2;
      const Field expected = solved(equation, grid, initial, false, 1);
      CHECK(solved(equation, grid, initial, true, 1) == expected);
      CHECK(solved(equation, grid, initial, true, 3) == expected);
    }
}

}  // namespace
}  // namespace rdd::test
