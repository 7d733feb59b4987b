// Orders of convergence in space, for each scheme and each kind of wall, on manufactured solutions: a density is
// chosen, the source that makes it steady is found by differentiating it, and R(ρ) = 0 is solved on finer and finer
// grids.
#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>
#include <functional>
#include <numbers>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/jit.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using expr::Operation;
using std::numbers::pi;

Expr plus(const Expr& a, const Expr& b) {
  return apply(Operation::add, {a, b});
}
Expr minus(const Expr& a, const Expr& b) {
  return apply(Operation::subtract, {a, b});
}
Expr times(const Expr& a, const Expr& b) {
  return apply(Operation::multiply, {a, b});
}
Expr times(double a, const Expr& b) {
  return times(number(a), b);
}
Expr sine(const Expr& a) {
  return apply(Operation::sin, {a});
}
Expr cosine(const Expr& a) {
  return apply(Operation::cos, {a});
}
Expr exponential(const Expr& a) {
  return apply(Operation::exp, {a});
}
const Expr x = coordinate(0), y = coordinate(1);

/// Σ_q of the fluxes along `a`: C ρ + Σ_b ∂_b D ρ, with coefficients times `variation` (null: 1).
Expr flux(const ContinuumPde& pde, const std::vector<Expr>& density, const Expr& variation, int a, int p) {
  Expr sum = number(0);
  for (int q = 0; q < pde.components; ++q) {
    const Expr varied =
        variation ? times(variation, density[static_cast<std::size_t>(q)]) : density[static_cast<std::size_t>(q)];
    sum = plus(sum, times(pde.coefficients.drift[static_cast<std::size_t>(a)](p, q), varied));
    for (int b = 0; b < pde.dimension; ++b)
      sum = plus(sum, times(pde.coefficients.diffusion[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)](p, q),
                            derivative(varied, b)));
  }
  return sum;
}

struct Case {
  ContinuumPde pde;
  std::vector<Expr> density;
  Expr variation = nullptr;  ///< of all coefficients; null: none
  std::array<std::array<Wall, 2>, 2> walls{};
  std::array<bool, 2> periodic{false, false};
  DifferenceScheme scheme = DifferenceScheme::central;
};

/// Root mean square error on n cells along each axis of the unit box.
double error_of(const Case& c, long n) {
  Grid grid = make_grid(c.pde.dimension, {n, c.pde.dimension > 1 ? n : 1, 1}, {},
                        {1.0 / static_cast<double>(n), 1.0 / static_cast<double>(n), 1});
  grid.scheme = c.scheme;
  Equation equation{c.pde};
  const int P = c.pde.components;
  for (int a = 0; a < c.pde.dimension; ++a)
    for (std::size_t side = 0; side < 2; ++side) {
      if (c.periodic[static_cast<std::size_t>(a)]) continue;
      const Wall& wall = c.walls[static_cast<std::size_t>(a)][side];
      grid.boundary[static_cast<std::size_t>(a)][side] =
          wall.kind == Wall::Kind::absorbing ? Boundary::absorbing : Boundary::reflecting;
      auto& walls = equation.walls[static_cast<std::size_t>(a)][side];
      for (int p = 0; p < P; ++p) {
        walls.push_back(wall);
        if (wall.kind == Wall::Kind::value) walls.back().given = c.density[static_cast<std::size_t>(p)];
        if (wall.kind == Wall::Kind::surface && !wall.given)  // κ ρ leaves: positive for densities that fall outwards
          walls.back().given =
              apply(Operation::divide, {times(side == 0 ? 1 : -1, flux(c.pde, c.density, c.variation, a, p)),
                                        c.density[static_cast<std::size_t>(p)]});
        if (wall.kind == Wall::Kind::flux)
          walls.back().given = times(side == 0 ? -1 : 1, flux(c.pde, c.density, c.variation, a, p));
      }
    }
  for (int p = 0; p < P; ++p) {
    Expr source = number(0);
    for (int q = 0; q < P; ++q) {
      const Expr reaction = times(c.pde.coefficients.reaction(p, q), c.density[static_cast<std::size_t>(q)]);
      source = minus(source, c.variation ? times(c.variation, reaction) : reaction);
    }
    for (int a = 0; a < c.pde.dimension; ++a)
      source = minus(source, derivative(flux(c.pde, c.density, c.variation, a, p), a));
    equation.production.push_back(source);
  }
  Field local;
  if (c.variation) {
    equation.local = local_fields(c.pde);
    equation.local->reaction(0, P - 1) = equation.local->count++;
    local.resize(grid.cells() * static_cast<std::size_t>(equation.local->count));
    const auto put = [&](const Eigen::MatrixXi& which, const MatrixXd& numbers) {
      for (int p = 0; p < P; ++p)
        for (int q = 0; q < P; ++q)
          for (long j = 0; j < grid.points[1]; ++j)
            for (long i = 0; i < grid.points[0]; ++i) {
              const auto place = grid.centre(i, j, 0);
              local[at(grid, which(p, q), i, j, 0)] = numbers(p, q) * evaluate(c.variation, {}, {place[0], place[1]});
            }
    };
    put(equation.local->reaction, c.pde.coefficients.reaction);
    for (std::size_t a = 0; a < equation.local->drift.size(); ++a) {
      put(equation.local->drift[a], c.pde.coefficients.drift[a]);
      for (std::size_t b = a; b < equation.local->drift.size(); ++b)
        put(equation.local->diffusion[a][b], c.pde.coefficients.diffusion[a][b]);
    }
  }
  const auto kernels = discretise(equation, grid);
  const auto code = jit_compile(kernels);
  const KernelLayout how = layout(grid);
  const double time = 0;
  const long rows = grid.points[1];
  Field fields;
  if (const KernelFunction prepare = code->function("coefficients")) {
    for (const ir::KernelIr& kernel : kernels)
      if (kernel.name == "coefficients") fields.resize(grid.cells() * static_cast<std::size_t>(kernel.outputs));
    prepare(nullptr, fields.data(), &time, &how, 0, rows);
  }
  fields.insert(fields.end(), local.begin(), local.end());
  const auto size = static_cast<Eigen::Index>(grid.cells()) * P;
  const auto residual = [&](const VectorXd& density) {
    VectorXd slope(size);
    const double* in[] = {density.data(), fields.data()};
    code->function("rhs")(in, slope.data(), &time, &how, 0, rows);
    return slope;
  };
  VectorXd exact(size);
  for (int p = 0; p < P; ++p)
    for (long j = 0; j < grid.points[1]; ++j)
      for (long i = 0; i < grid.points[0]; ++i) {
        const auto place = grid.centre(i, j, 0);
        exact(static_cast<Eigen::Index>(at(grid, p, i, j, 0))) =
            evaluate(c.density[static_cast<std::size_t>(p)], {}, {place[0], place[1]});
      }
  // Newton's method with differences: one step where R is linear.
  VectorXd density = exact;
  for (int step = 0; step < (c.scheme == DifferenceScheme::limited ? 30 : 1); ++step) {
    const VectorXd here = residual(density);
    const double h = c.scheme == DifferenceScheme::limited ? 1e-6 : 1;
    MatrixXd jacobian(size, size);
    for (Eigen::Index i = 0; i < size; ++i)
      jacobian.col(i) = (residual(density + h * VectorXd::Unit(size, i)) - here) / h;
    const VectorXd change = jacobian.partialPivLu().solve(here);
    density -= change;
    if (change.norm() < 1e-9 * density.norm()) break;
  }
  return (density - exact).norm() / std::sqrt(static_cast<double>(size));
}

double order_of(const Case& c, long coarse) {
  const double first = error_of(c, coarse), second = error_of(c, 2 * coarse);
  CAPTURE(first);
  CAPTURE(second);
  REQUIRE(second > 0);
  return std::log2(first / second);
}

/// Two coarse states with losses, so that the steady state is one.
ContinuumPde two_states(double drift) {
  ContinuumPde pde;
  pde.dimension = 1, pde.components = 2;
  pde.names = {"a", "b"};
  pde.coefficients.reaction = MatrixXd{{-3, 1}, {2, -2}};
  pde.coefficients.drift = {drift * MatrixXd{{1, 0.3}, {-0.2, -0.6}}};
  pde.coefficients.diffusion = {{MatrixXd{{1, 0.2}, {0.1, 0.5}}}};
  return pde;
}

ContinuumPde one_state(double drift) {
  ContinuumPde pde;
  pde.dimension = 1, pde.components = 1;
  pde.names = {"a"};
  pde.coefficients.reaction = MatrixXd::Constant(1, 1, -1);
  pde.coefficients.drift = {MatrixXd::Constant(1, 1, drift)};
  pde.coefficients.diffusion = {{MatrixXd::Constant(1, 1, 0.7)}};
  return pde;
}

ContinuumPde plane() {
  ContinuumPde pde = one_state(0.8);
  pde.dimension = 2;
  const auto one = [](double value) { return MatrixXd::Constant(1, 1, value); };
  pde.coefficients.drift = {one(0.8), one(-0.5)};
  pde.coefficients.diffusion = {{one(0.7), one(0.2)}, {one(0.2), one(0.4)}};
  return pde;
}

Wall wall(Wall::Kind kind, double surface = 0) {
  return {kind, surface > 0 ? number(surface) : nullptr};
}

const Expr wave = plus(number(2), sine(times(2 * pi, x)));
const Expr other_wave = plus(number(1.5), cosine(times(2 * pi, x)));
const Expr bump = exponential(sine(times(1.7, x)));
const Expr other_bump = plus(number(1), times(x, cosine(times(2.0, x))));
const Expr variation = plus(number(1), times(0.4, sine(plus(times(1.3, x), number(0.5)))));
const Expr periodic_variation = plus(number(1), times(0.4, cosine(times(2 * pi, x))));
constexpr double second = 1.85, fourth = 3.8;  // the order of a scheme, but for what two grids that are not fine leave

}  // namespace

TEST_CASE("between periodic sides central differences are of second order, the fourth-order scheme of fourth") {
  for (const Expr& varied : {Expr(nullptr), periodic_variation}) {
    CAPTURE(varied != nullptr);
    Case c{two_states(1.5), {wave, other_wave}, varied, {}, {true, true}};
    CHECK(order_of(c, 24) > second);
    c.scheme = DifferenceScheme::fourth;
    CHECK(order_of(c, 24) > fourth);
    c.scheme = DifferenceScheme::limited;  // where densities have their extrema it is of first order
    CHECK(order_of(c, 32) > 1.4);
  }
}

TEST_CASE("at walls with given densities and given fluxes every scheme is of second order") {
  for (const Wall::Kind kind : {Wall::Kind::value, Wall::Kind::flux})
    for (const DifferenceScheme scheme :
         {DifferenceScheme::central, DifferenceScheme::fourth, DifferenceScheme::limited})
      for (const Expr& varied : {Expr(nullptr), variation}) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(static_cast<int>(scheme));
        CAPTURE(varied != nullptr);
        const Case c{two_states(1.5), {bump, other_bump}, varied, {{{wall(kind), wall(kind)}}}, {}, scheme};
        // First order where a slope is missing: the limited scheme in the cells at the wall, and what flows out of
        // them.
        CHECK(order_of(c, 24) > (scheme == DifferenceScheme::limited ? 0.9 : second));
      }
}

TEST_CASE("at plain walls without drift the fourth-order scheme keeps its order") {
  const Case reflecting{two_states(0),
                        {plus(number(2), cosine(times(pi, x))), plus(number(1), cosine(times(2 * pi, x)))},
                        nullptr,
                        {{{wall(Wall::Kind::reflecting), wall(Wall::Kind::reflecting)}}}};
  const Case absorbing{two_states(0),
                       {sine(times(pi, x)), sine(times(2 * pi, x))},
                       nullptr,
                       {{{wall(Wall::Kind::absorbing), wall(Wall::Kind::absorbing)}}}};
  for (Case c : {reflecting, absorbing}) {
    CHECK(order_of(c, 16) > second);
    c.scheme = DifferenceScheme::fourth;
    CHECK(order_of(c, 16) > fourth);
  }
}

TEST_CASE("at reflecting walls with drift and at surface sinks central differences are of second order") {
  // C ρ + D ρ′ = 0 at both walls: ρ = exp(−C x/D) (2 + cos πx).
  const double C = 0.9, D = 0.7;
  Case reflecting{one_state(C),
                  {times(exponential(times(-C / D, x)), plus(number(2), cosine(times(pi, x))))},
                  nullptr,
                  {{{wall(Wall::Kind::reflecting), wall(Wall::Kind::reflecting)}}}};
  CHECK(order_of(reflecting, 24) > second);
  reflecting.scheme = DifferenceScheme::fourth;
  CHECK(order_of(reflecting, 24) > second);
  // −D ρ′ = κ ρ at the high wall, nothing at the low one: ρ = cos(u x), κ = D u tan u.
  const double u = 1.1;
  const Case sink{one_state(0),
                  {cosine(times(u, x))},
                  nullptr,
                  {{{wall(Wall::Kind::reflecting), wall(Wall::Kind::surface, D * u * std::tan(u))}}}};
  CHECK(order_of(sink, 24) > second);
}

TEST_CASE("surface sinks may vary along the wall") {
  ContinuumPde still = plane();
  for (MatrixXd& drift : still.coefficients.drift) drift.setZero();
  const Expr falling = exponential(minus(times(0.3, sine(times(2.0, y))), times(0.9, x)));
  const Wall given = wall(Wall::Kind::value), sink = wall(Wall::Kind::surface);
  for (const Expr& varied : {Expr(nullptr), plus(number(1), times(0.2, times(x, y)))})
    for (const DifferenceScheme scheme : {DifferenceScheme::central, DifferenceScheme::fourth}) {
      const Case c{still, {falling}, varied, {{{given, sink}, {given, given}}}, {}, scheme};
      CHECK(order_of(c, 10) > 1.7);
    }
}

TEST_CASE("in a plane with mixed derivatives the orders are the same") {
  const Expr both = plus(number(2), times(sine(times(2 * pi, x)), cosine(times(2 * pi, y))));
  Case c{plane(), {both}, nullptr, {}, {true, true}};
  CHECK(order_of(c, 12) > second);
  c.scheme = DifferenceScheme::fourth;
  CHECK(order_of(c, 12) > fourth);
  c.variation = plus(number(1), times(0.3, times(cosine(times(2 * pi, x)), sine(times(2 * pi, y)))));
  CHECK(order_of(c, 12) > fourth);
  const Expr slope = exponential(plus(times(0.7, x), times(-0.4, times(y, x))));
  for (const DifferenceScheme scheme : {DifferenceScheme::central, DifferenceScheme::fourth}) {
    const Wall given = wall(Wall::Kind::value), flows = wall(Wall::Kind::flux);
    const Case walled{plane(), {slope}, nullptr, {{{given, flows}, {flows, given}}}, {}, scheme};
    CHECK(order_of(walled, 10) > 1.7);
  }
}

}  // namespace rdd::test
