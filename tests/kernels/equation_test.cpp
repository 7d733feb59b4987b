// What a solve block adds to the reduced equation: productions and walls that prescribe something.
#include "compiler/kernels/equation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/kernels/jit.hpp"
#include "runtime/solve/sum.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

using expr::Operation;

Expr op(Operation operation, std::vector<Expr> arguments) {
  return apply(operation, std::move(arguments));
}
Expr times(Expr a, Expr b) {
  return op(Operation::multiply, {std::move(a), std::move(b)});
}
Expr x() {
  return coordinate(0);
}
Expr t() {
  return coordinate(3);
}
Expr rho(int p) {
  return coordinate(Equation::density_axis + p);
}

const ir::KernelIr* find(const std::vector<ir::KernelIr>& kernels, const std::string& name) {
  for (const ir::KernelIr& kernel : kernels)
    if (kernel.name == name) return &kernel;
  return nullptr;
}

/// R(t, y) by the interpreter, its coefficient fields computed first.
Field right_hand_side(const Equation& equation, const Grid& grid, double time, const Field& y) {
  const auto kernels = discretise(equation, grid);
  std::vector<Field> inputs{y};
  if (const auto* fields = find(kernels, "coefficients")) inputs.push_back(interpret(*fields, grid, {}, {time}));
  return interpret(kernels[0], grid, inputs, {time});
}

/// One component with v and D along x alone.
Equation line(double v, double D) {
  Equation equation;
  equation.pde.dimension = equation.pde.components = 1;
  equation.pde.frame = Eigen::MatrixXd::Identity(1, 1);
  const auto one = [](double value) { return Eigen::MatrixXd::Constant(1, 1, value); };
  equation.pde.coefficients = {one(0), {one(-v)}, {{one(D)}}};
  equation.pde.names = {"coarse[0]"};
  return equation;
}

Grid line_grid(long points, double length, Boundary low, Boundary high) {
  return make_grid(1, {points, 1, 1}, {{{low, high}}}, {length / static_cast<double>(points), 1, 1});
}

/// The largest residual R(t, ρ) of a known stationary density away from the cells at the walls, where a flux that is
/// off by h² counts as h; and the imbalance of the total.
double stationary_residual(const Equation& equation, const Grid& grid, double (*density)(double)) {
  Field y;
  for (long i = 0; i < grid.points[0]; ++i) y.push_back(density(grid.centre(i, 0, 0)[0]));
  const Field rate = right_hand_side(equation, grid, 0, y);
  double largest = 0;
  for (std::size_t i = 0; i < rate.size(); ++i) largest = std::max(largest, std::abs(rate[i]));
  return largest;
}

}  // namespace

TEST_CASE("functions, conditions and fields agree to the last bit in the JIT, the emitted C++ and the interpreter") {
  std::mt19937_64 random(11);
  bool interleave = false;
  SUBCASE("rows of any length") {}
  SUBCASE("interleaved rows") {
    interleave = true;
  }
  const Grid grid = make_grid(3, {interleave ? 24 : 21, 3, 4}, {{{Boundary::reflecting, Boundary::absorbing}}});
  Equation equation{random_pde(random, 3, 2)};
  equation.pde.names = {"a", "b"};
  const Expr y = coordinate(1), z = coordinate(2);
  const Expr bump = op(Operation::exp, {op(Operation::negate, {times(x(), x())})});
  const Expr wave = op(Operation::sin, {times(t(), op(Operation::add, {x(), times(y, z)}))});
  const Expr inside = op(Operation::less, {times(x(), x()), number(9)});
  equation.production = {
      op(Operation::add, {times(bump, rho(1)), op(Operation::where, {inside, wave, op(Operation::sqrt, {z})})}),
      op(Operation::divide, {op(Operation::maximum, {rho(0), op(Operation::abs, {rho(1)})}),
                             op(Operation::add, {number(2), op(Operation::power, {x(), number(3)})})})};
  Grid walls = grid;
  equation.walls[0][0] = {{Wall::Kind::value, op(Operation::cos, {times(t(), y)})}, {Wall::Kind::surface, number(0.7)}};
  equation.walls[0][1] = {{Wall::Kind::flux, times(z, t())}, {Wall::Kind::reflecting, nullptr}};

  const auto kernels = discretise(equation, walls);
  REQUIRE(find(kernels, "coefficients") != nullptr);
  REQUIRE(find(kernels, "stiffness") != nullptr);
  const auto jit = jit_compile(kernels, {.interleave = interleave});
  std::string source = emit_cpp(kernels, {.interleave = interleave});
  const std::string suffix = interleave ? "_interleaved" : "";
  const CompiledCpp cpp("equation" + suffix, source);
  const std::string vectors = "#ifdef __GNUC__";
  REQUIRE(source.find(vectors) != std::string::npos);
  const CompiledCpp plain("plain" + suffix, source.replace(source.find(vectors), vectors.size(), "#if 0"));
  const Field fields = interpret(*find(kernels, "coefficients"), walls, {}, {0.4});
  for (const ir::KernelIr& kernel : kernels) {
    CAPTURE(kernel.name);
    std::vector<Field> inputs;
    for (std::size_t i = 0; i < kernel.inputs.size(); ++i) inputs.push_back(random_field(random, walls, 2));
    if (kernel.coefficient_fields > 0) inputs.back() = fields;
    std::vector<double> scalars(kernel.scalars.size(), 0.3);
    scalars.back() = 0.4;
    const Field expected = interpret(kernel, walls, inputs, scalars);
    for (const KernelFunction function :
         {jit->function(kernel.name), cpp.function("rdd_" + kernel.name), plain.function("rdd_" + kernel.name)})
      CHECK(run(function, walls, kernel.outputs, inputs, scalars, interleave) == expected);
  }
}

TEST_CASE("an equation knows whether it is linear") {
  Equation equation = line(1, 2);
  CHECK(equation.linear());
  equation.walls[0][0] = {{Wall::Kind::surface, number(3)}};
  CHECK(equation.linear());
  equation.walls[0][0] = {{Wall::Kind::value, number(3)}};
  CHECK_FALSE(equation.linear());
  equation.walls[0][0].clear();
  equation.production = {number(1)};
  CHECK_FALSE(equation.linear());
}

TEST_CASE("a production is added as it is written, at the cells' centres and at its time") {
  Equation equation = line(0, 0);
  equation.production = {times(times(x(), t()), op(Operation::subtract, {number(1), rho(0)}))};
  const Grid grid = line_grid(5, 10, Boundary::periodic, Boundary::periodic);
  const Field rate = right_hand_side(equation, grid, 3, {0, 0.5, 1, 2, -1});
  CHECK(rate == Field{1 * 3 * 1, 3 * 3 * 0.5, 0, 7 * 3 * -1.0, 9 * 3 * 2.0});
}

TEST_CASE("the bound on the stiffness is the largest row sum of the productions' slopes") {
  Equation equation{line(0, 1).pde};
  std::mt19937_64 random(3);
  equation.pde = random_pde(random, 1, 2);
  equation.pde.names = {"a", "b"};
  // Mass action, k ρ_0 ρ_1 lost of both: the Jacobian has rows k (ρ_1, ρ_0).
  const Expr loss = times(number(-2), times(rho(0), rho(1)));
  equation.production = {loss, loss};
  const Grid grid = line_grid(2, 2, Boundary::periodic, Boundary::periodic);
  const auto kernels = discretise(equation, grid);
  CHECK(interpret(*find(kernels, "stiffness"), grid, {{3, 1, 4, -5}}, {0.0}) == Field{14, 12});
}

// Densities for which central fluxes are exact: straight lines without drift, and with it only constants.
TEST_CASE("stationary states between prescribed walls") {
  const double D = 2, L = 6;
  const Grid grid = line_grid(12, L, Boundary::reflecting, Boundary::reflecting);
  Equation equation = line(0, D);

  SUBCASE("given values") {
    equation.walls[0] = {{{{Wall::Kind::value, number(3)}}, {{Wall::Kind::value, number(-9)}}}};
    CHECK(stationary_residual(equation, grid, [](double s) { return 3 - 2 * s; }) < 1e-13);
  }
  SUBCASE("a given flux in, and an absorbing wall") {
    equation.walls[0] = {{{{Wall::Kind::flux, number(4)}}, {{Wall::Kind::absorbing, nullptr}}}};
    CHECK(stationary_residual(equation, grid, [](double s) { return 4.0 / 2 * (6 - s); }) < 1e-13);
  }
  SUBCASE("a given flux in, and a surface sink: the density on it is the flux over its velocity") {
    equation.walls[0] = {{{{Wall::Kind::flux, number(4)}}, {{Wall::Kind::surface, number(0.5)}}}};
    CHECK(stationary_residual(equation, grid, [](double s) { return 8 + 2 * (6 - s); }) < 1e-13);
  }
  SUBCASE("drift towards a surface sink: what flows leaves") {
    equation = line(0.5, D);
    equation.walls[0] = {{{{Wall::Kind::flux, number(1.5)}}, {{Wall::Kind::surface, number(0.5)}}}};
    CHECK(stationary_residual(equation, grid, [](double) { return 3.0; }) < 1e-13);
  }
}

TEST_CASE("what walls let in and out is what the total gains and loses") {
  std::mt19937_64 random(17);
  Equation equation{random_pde(random, 2, 2)};
  equation.pde.names = {"a", "b"};
  equation.pde.coefficients.reaction.setZero();
  const Boundary r = Boundary::reflecting;
  const Grid grid = make_grid(2, {7, 5, 1}, {{{r, r}, {r, r}}});
  // In through the low wall of x: 3 y of a; through the high wall of y: 0.5 of b. The rest is reflecting.
  equation.walls[0][0] = {{Wall::Kind::flux, times(number(3), coordinate(1))}, {Wall::Kind::reflecting, nullptr}};
  equation.walls[1][1] = {{Wall::Kind::reflecting, nullptr}, {Wall::Kind::flux, number(0.5)}};
  const Field rate = right_hand_side(equation, grid, 0, random_field(random, grid, 2));
  const double volume = grid.spacing[0] * grid.spacing[1];
  const double a = volume * pairwise_sum(0, 35, [&](std::size_t i) { return rate[i]; });
  const double b = volume * pairwise_sum(35, 70, [&](std::size_t i) { return rate[i]; });
  double in = 0;
  for (long j = 0; j < 5; ++j) in += 3 * grid.centre(0, j, 0)[1] * grid.spacing[1];
  // 70 numbers of up to 40 · 4, each rounded a few times.
  CHECK(std::abs(a - in) < 70 * 160 * 0x1p-50);
  CHECK(std::abs(b - 0.5 * 7 * grid.spacing[0]) < 70 * 160 * 0x1p-50);
}

TEST_CASE("an infinitely quick surface sink is an absorbing wall, and one of no velocity a reflecting one") {
  std::mt19937_64 random(23);
  const Grid grid = make_grid(2, {6, 5, 1}, {{{Boundary::absorbing, Boundary::reflecting}}});
  Equation plain{random_pde(random, 2, 2)}, surface = plain;
  plain.pde.names = surface.pde.names = {"a", "b"};
  // Mixed derivatives see the density along the wall, which the limit has only to O(1/κ).
  surface.walls[0] = {{{{Wall::Kind::surface, number(1e9)}, {Wall::Kind::surface, number(1e9)}},
                       {{Wall::Kind::surface, number(0)}, {Wall::Kind::surface, number(0)}}}};
  for (Equation* equation : {&plain, &surface}) {
    equation->pde.coefficients.diffusion[0][1].setZero();
    equation->pde.coefficients.diffusion[1][0].setZero();
  }
  const Field y = random_field(random, grid, 2);
  const Field a = right_hand_side(plain, grid, 0, y), b = right_hand_side(surface, grid, 0, y);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-6);
}

}  // namespace rdd::test
