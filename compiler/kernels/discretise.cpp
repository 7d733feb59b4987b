// Kernels of an equation on a grid: transport (transport.cpp), productions and what walls prescribe, put together.
#include "compiler/kernels/discretise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/kernels/expression_ir.hpp"
#include "compiler/kernels/print.hpp"
#include "compiler/kernels/stencil.hpp"
#include "compiler/kernels/transport.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::MatrixXd;
using ir::NodePtr;
using ir::Zone;

std::size_t index(int axis) {
  return static_cast<std::size_t>(axis);
}

/// a·y + b·previous + c·base + d·base_rhs + e·(L y) at the cell, for one component (runtime/solve/kernel.hpp).
NodePtr stage_tree(const NodePtr& right_hand_side, int component) {
  NodePtr sum = ir::scalar(0) * ir::load(0, component);
  for (int input = 1; input < 4; ++input) sum = std::move(sum) + ir::scalar(input) * ir::load(input, component);
  return std::move(sum) + ir::scalar(4) * right_hand_side;
}

std::string matrix_text(const MatrixXd& matrix) {
  std::string rows;
  for (int i = 0; i < matrix.rows(); ++i) {
    rows += i == 0 ? "[" : ", [";
    for (int j = 0; j < matrix.cols(); ++j) rows += (j == 0 ? "" : ", ") + exact(matrix(i, j));
    rows += "]";
  }
  return "[" + rows + "]";
}

/// The local coefficients by their numbers.
std::string matrix_text(const Eigen::MatrixXi& fields) {
  std::string rows;
  for (int i = 0; i < fields.rows(); ++i) {
    rows += i == 0 ? "[" : ", [";
    for (int j = 0; j < fields.cols(); ++j)
      rows += (j == 0 ? "" : ", ") + (fields(i, j) < 0 ? std::string("0") : fmt::format("local{}", fields(i, j)));
    rows += "]";
  }
  return "[" + rows + "]";
}

/// S_p with the densities by name.
std::string production_text(const Equation& equation, std::size_t p) {
  const Expr named = substitute(equation.production[p], [&](const Expr& leaf) {
    const auto* c = std::get_if<expr::Coordinate>(&leaf->value);
    if (c == nullptr || c->axis < Equation::density_axis) return leaf;
    const int q = c->axis - Equation::density_axis;
    return density_leaf({expr::Density::Kind::coarse, q, -1, equation.pde.names[index(q)]});
  });
  return text(named, {});
}

std::string wall_text(const std::vector<Wall>& walls, const ContinuumPde& pde) {
  const auto one = [](const Wall& wall) -> std::string {
    switch (wall.kind) {
      case Wall::Kind::reflecting:
        return "reflecting";
      case Wall::Kind::absorbing:
        return "absorbing";
      case Wall::Kind::value:
        return fmt::format("value {}", text(wall.given, {}));
      case Wall::Kind::flux:
        return fmt::format("flux {}", text(wall.given, {}));
      case Wall::Kind::surface:
        break;
    }
    return fmt::format("absorbing {} m/s", text(wall.given, {}));
  };
  if (walls.empty()) return "periodic";
  std::vector<std::string> words;
  for (const Wall& wall : walls) words.push_back(one(wall));
  if (std::all_of(words.begin(), words.end(), [&](const std::string& w) { return w == words[0]; })) return words[0];
  std::string list;
  for (std::size_t p = 0; p < words.size(); ++p)
    list += fmt::format("{}{} for {}", p == 0 ? "" : ", ", words[p], pde.names[p]);
  return list;
}

/// The equation with its numbers, a line each.
std::string equation_text(const Equation& equation, const Grid& grid) {
  const ContinuumPde& pde = equation.pde;
  const std::string axes = "xyz";
  std::string lines = equation.local ? "d rho/dt = Q rho + sum_i d_i (C_i rho) + sum_ij d_i d_j (D_ij rho)"
                                     : "d rho/dt = Q rho + sum_i C_i d_i rho + sum_ij D_ij d_i d_j rho";
  lines += equation.production.empty() ? "\n" : " + S\n";
  const auto& c = pde.coefficients;
  const LocalFields* local = equation.local ? &*equation.local : nullptr;
  const auto matrix = [&](const MatrixXd& numbers, const Eigen::MatrixXi* fields) {
    return fields ? matrix_text(*fields) : matrix_text(numbers);
  };
  lines += fmt::format("Q = {} 1/s\n", matrix(c.reaction, local ? &local->reaction : nullptr));
  for (std::size_t a = 0; a < c.drift.size(); ++a)
    lines += fmt::format("C_{} = {} m/s\n", axes[a], matrix(c.drift[a], local ? &local->drift[a] : nullptr));
  for (std::size_t a = 0; a < c.drift.size(); ++a)
    for (std::size_t b = a; b < c.drift.size(); ++b)
      lines += fmt::format("D_{}{} = {} m^2/s\n", axes[a], axes[b],
                           matrix(c.diffusion[a][b], local ? &local->diffusion[a][b] : nullptr));
  for (std::size_t p = 0; p < equation.production.size(); ++p)
    if (equation.production[p]) lines += fmt::format("S_{} = {}\n", p, production_text(equation, p));
  for (int a = 0; a < pde.dimension; ++a) {
    const std::string low = wall_text(walls_of(equation, grid, a, 0), pde),
                      high = wall_text(walls_of(equation, grid, a, 1), pde);
    lines += fmt::format("{}: cells of {} m, {}\n", axes[index(a)], exact(grid.spacing[index(a)]),
                         low == high ? low : fmt::format("{} below and {} above", low, high));
  }
  if (grid.scheme == DifferenceScheme::fourth) lines += "differences of fourth order\n";
  if (grid.scheme == DifferenceScheme::limited) lines += "drift from the side it comes from, limited\n";
  return lines;
}

void check_arguments(const Equation& equation, const Grid& grid) {
  const ContinuumPde& pde = equation.pde;
  expects(grid.dimension == pde.dimension, "a grid of the equation's dimension");
  const auto n = index(pde.dimension);
  const auto& coefficients = pde.coefficients;
  const auto fits = [&](const MatrixXd& m) {
    return m.rows() == pde.components && m.cols() == pde.components && m.allFinite();
  };
  expects(fits(coefficients.reaction), "a finite (P, P) reaction matrix");
  expects(coefficients.drift.size() == n && coefficients.diffusion.size() == n, "coefficients for each axis");
  for (std::size_t a = 0; a < n; ++a) {
    expects(fits(coefficients.drift[a]) && coefficients.diffusion[a].size() == n, "finite (P, P) drifts");
    for (const MatrixXd& block : coefficients.diffusion[a]) expects(fits(block), "finite (P, P) diffusions");
    expects(grid.spacing[a] > 0 && std::isfinite(grid.spacing[a]), "a positive spacing");
    const bool periodic = grid.periodic(static_cast<int>(a));
    expects((grid.boundary[a][1] == Boundary::periodic) == periodic, "an axis periodic on both sides or on none");
    expects(grid.points[a] >= (periodic ? 1 : 2 * reach(grid.scheme)), "as many points between walls as loads reach");
    for (int side = 0; side < 2; ++side)
      for (const Wall& wall : equation.walls[a][static_cast<std::size_t>(side)])
        expects((wall.kind != Wall::Kind::value && wall.kind != Wall::Kind::flux && wall.kind != Wall::Kind::surface) ||
                    wall.given,
                "a number for what a wall prescribes");
  }
}

/// The centre of a cell, or of its neighbour, along an axis, m.
NodePtr centre(const Grid& grid, int axis, int shift = 0) {
  return (ir::index(axis) + ir::number(shift + 0.5)) * ir::number(grid.spacing[index(axis)]);
}

Leaves leaves(const Grid& grid, int time_scalar, const std::array<int, 3>& shift = {0, 0, 0}) {
  Leaves all;
  for (int axis = 0; axis < grid.dimension; ++axis) all.place[index(axis)] = centre(grid, axis, shift[index(axis)]);
  all.time = ir::scalar(time_scalar);
  return all;
}

/// What a wall prescribes, as an expression with the place on the wall put in.
Expr on_wall(const Equation& equation, const Grid& grid, const Given& what) {
  const Wall& wall = equation.walls[index(what.axis)][what.side < 0 ? 0 : 1][index(what.component)];
  const Expr given = what.derivative < 0 ? wall.given : derivative(wall.given, what.derivative);
  const double place =
      what.side < 0 ? 0 : grid.spacing[index(what.axis)] * static_cast<double>(grid.points[index(what.axis)]);
  return substitute(given, [&](const Expr& leaf) {
    const auto* c = std::get_if<expr::Coordinate>(&leaf->value);
    return c && c->axis == what.axis ? number(place) : leaf;
  });
}

bool calls_library(const Expr& expression) {
  const auto* a = std::get_if<expr::Apply>(&expression->value);
  if (a == nullptr) return false;
  using expr::Operation;
  switch (a->operation) {
    case Operation::exp:
    case Operation::log:
    case Operation::sin:
    case Operation::cos:
    case Operation::tan:
    case Operation::sinh:
    case Operation::cosh:
    case Operation::tanh:
      return true;
    case Operation::power:
      if (!std::holds_alternative<expr::Number>(a->arguments[1]->value)) return true;
      if (const double e = std::get<expr::Number>(a->arguments[1]->value).value; e != std::round(e)) return true;
      break;
    default:
      break;
  }
  return std::any_of(a->arguments.begin(), a->arguments.end(), calls_library);
}

/// Depends on the place alone: neither on t nor on densities.
bool depends_on_place_alone(const Expr& expression) {
  if (const auto* c = std::get_if<expr::Coordinate>(&expression->value)) return c->axis < 3;
  const auto* a = std::get_if<expr::Apply>(&expression->value);
  return !a || std::all_of(a->arguments.begin(), a->arguments.end(), depends_on_place_alone);
}

/// Takes out of expressions what is costly and depends on the place alone: computed once, it is a field that kernels
/// read. In its place stands the coordinate after those of the densities.
class Fields {
 public:
  explicit Fields(int first) : first_(first) {}

  Expr take_out(const Expr& expression) {
    const auto* a = std::get_if<expr::Apply>(&expression->value);
    if (a == nullptr || !calls_library(expression)) return expression;
    if (depends_on_place_alone(expression)) {
      std::size_t field = 0;
      while (field < all_.size() && !same(all_[field], expression)) ++field;
      if (field == all_.size()) all_.push_back(expression);
      return coordinate(first_ + static_cast<int>(field));
    }
    std::vector<Expr> arguments;
    for (const Expr& argument : a->arguments) arguments.push_back(take_out(argument));
    return apply(a->operation, std::move(arguments));
  }
  const std::vector<Expr>& all() const { return all_; }

 private:
  int first_;
  std::vector<Expr> all_;
};

/// A kernel without inputs or of densities, the same body all over the grid.
ir::KernelIr pointwise(const ir::KernelIr& like, std::string name, std::string comment, std::vector<NodePtr> values) {
  ir::KernelIr kernel = like;
  kernel.name = std::move(name);
  kernel.comment = std::move(comment);
  kernel.outputs = static_cast<int>(values.size());
  kernel.scalars = {"t"};
  kernel.periodic = {true, true, true};
  kernel.streams = false;  // of the reach of all others: interleaved rows are as wide for it
  ir::Region everywhere;
  for (std::size_t i = 0; i < values.size(); ++i)
    everywhere.body.push_back({static_cast<int>(i), std::move(values[i])});
  kernel.regions = {std::move(everywhere)};
  return kernel;
}

}  // namespace

Expr stiffness(const std::vector<Expr>& production, int components) {
  using expr::Operation;
  Expr largest;
  for (const Expr& one : production) {
    Expr row;
    for (int q = 0; one && q < components; ++q) {
      const Expr slope = derivative(one, Equation::density_axis + q);
      if (const auto* n = std::get_if<expr::Number>(&slope->value); n && n->value == 0) continue;
      const Expr size = apply(Operation::abs, {slope});
      row = row ? apply(Operation::add, {row, size}) : size;
    }
    if (row) largest = largest ? apply(Operation::maximum, {largest, row}) : row;
  }
  return largest;
}

bool Equation::linear() const {
  for (const Expr& one : production)
    if (one) return false;
  for (const auto& axis : walls)
    for (const auto& side : axis)
      for (const Wall& wall : side)
        if (wall.kind == Wall::Kind::value || wall.kind == Wall::Kind::flux) return false;
  return !local;
}

bool Equation::linear_on(const Grid& grid) const {
  if (grid.scheme == DifferenceScheme::limited)
    for (const MatrixXd& drift : pde.coefficients.drift)
      if (!drift.diagonal().isZero(0)) return false;
  return linear();
}

bool mirrors(const Equation& equation, const Grid& grid) {
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t side = 0; side < 2; ++side) {
      const auto kind = grid.boundary[a][side] == Boundary::absorbing ? Wall::Kind::absorbing : Wall::Kind::reflecting;
      for (const Wall& wall : equation.walls[a][side])
        if (wall.kind != kind) return false;
    }
  return true;
}

std::vector<Wall> walls_of(const Equation& equation, const Grid& grid, int axis, int side) {
  const Boundary boundary = grid.boundary[index(axis)][index(side)];
  if (boundary == Boundary::periodic) return {};
  const auto& given = equation.walls[index(axis)][index(side)];
  if (!given.empty()) return given;
  const Wall::Kind kind = boundary == Boundary::absorbing ? Wall::Kind::absorbing : Wall::Kind::reflecting;
  return std::vector<Wall>(index(equation.pde.components), Wall{kind, nullptr});
}

bool beyond_caches(const Grid& grid, int components) {
  constexpr std::size_t fields = 5, cache = 32 << 20;
  return fields * sizeof(double) * grid.cells() * static_cast<std::size_t>(components) > cache;
}

std::vector<ir::KernelIr> discretise(const ContinuumPde& pde, const Grid& grid) {
  return discretise(Equation{pde}, grid);
}

std::vector<ir::KernelIr> discretise(const Equation& equation, const Grid& grid) {
  check_arguments(equation, grid);
  const ContinuumPde& pde = equation.pde;
  const int components = pde.components;
  Fields fields(Equation::density_axis + components);
  std::vector<Expr> production(index(components));
  for (std::size_t p = 0; p < equation.production.size(); ++p)
    if (equation.production[p]) production[p] = fields.take_out(equation.production[p]);

  ir::KernelIr rhs;
  rhs.name = "rhs";
  rhs.streams = true;
  rhs.comment = "out = R(t, y), the right-hand side of\n" + equation_text(equation, grid);
  rhs.dimension = pde.dimension;
  rhs.components = rhs.outputs = components;
  rhs.inputs = {"y"};
  rhs.scalars = {"t"};
  rhs.coefficient_fields = static_cast<int>(fields.all().size()) + (equation.local ? equation.local->count : 0);
  rhs.reach = reach(grid.scheme);
  for (int axis = 0; axis < pde.dimension; ++axis) rhs.periodic[index(axis)] = grid.periodic(axis);

  ir::KernelIr stage = rhs;
  stage.name = "stage";
  stage.streams = false;  // the next one reads it
  stage.comment =
      "out = a y + b previous + c base + d base_rhs + e R(t, y), one stage of a Runge-Kutta-Chebyshev step, with R "
      "of\n" +
      equation_text(equation, grid);
  stage.inputs = {"y", "previous", "base", "base_rhs"};
  stage.scalars = {"a", "b", "c", "d", "e", "t"};
  for (ir::KernelIr* kernel : {&rhs, &stage})
    if (kernel->coefficient_fields > 0) kernel->inputs.push_back("field");

  // Productions, in a kernel whose time and fields stand where this one's do.
  const auto productions = [&](const ir::KernelIr& kernel) {
    Leaves all = leaves(grid, static_cast<int>(kernel.scalars.size()) - 1);
    for (int p = 0; p < components; ++p) all.densities.push_back(ir::load(0, p));
    for (int f = 0; f < kernel.coefficient_fields; ++f)
      all.densities.push_back(ir::load(static_cast<int>(kernel.inputs.size()) - 1, f));
    return ExpressionTranslator(std::move(all));
  };
  // Transport, production and what the walls prescribe, for each component.
  const auto rows = [&](const ir::KernelIr& kernel, const std::array<Zone, 3>& zones) {
    const int time = static_cast<int>(kernel.scalars.size()) - 1;
    const TransportLeaves inputs{
        [&](const Given& what) {
          return ExpressionTranslator(leaves(grid, time, what.cell))(on_wall(equation, grid, what));
        },
        static_cast<int>(kernel.inputs.size()) - 1, static_cast<int>(fields.all().size())};
    std::vector<NodePtr> all = transport(equation, grid, zones, inputs);
    ExpressionTranslator translate = productions(kernel);
    for (int p = 0; p < components; ++p) {
      NodePtr& row = all[index(p)];
      if (production[index(p)]) row = plus(std::move(row), translate(production[index(p)]));
      if (!row) row = ir::number(0);
    }
    return all;
  };

  for (const Zone z : rhs.zones(2)) {
    for (const Zone y : rhs.zones(1)) {
      for (const Zone x : rhs.zones(0)) {
        const std::array<Zone, 3> zones{x, y, z};
        const std::vector<NodePtr> rhs_rows = rows(rhs, zones), stage_rows = rows(stage, zones);
        ir::Region in_rhs{zones, {}}, in_stage{zones, {}};
        for (int p = 0; p < components; ++p) {
          in_rhs.body.push_back({p, rhs_rows[index(p)]});
          in_stage.body.push_back({p, stage_tree(stage_rows[index(p)], p)});
        }
        rhs.regions.push_back(std::move(in_rhs));
        stage.regions.push_back(std::move(in_stage));
      }
    }
  }
  std::vector<ir::KernelIr> kernels{rhs, stage};
  if (!fields.all().empty()) {
    std::vector<NodePtr> values;
    ExpressionTranslator translate(leaves(grid, 0));
    for (const Expr& field : fields.all()) values.push_back(translate(field));
    ir::KernelIr kernel = pointwise(rhs, "coefficients", "out = what the right-hand side reads beside y, computed once",
                                    std::move(values));
    kernel.inputs.clear();
    kernel.coefficient_fields = 0;
    kernels.push_back(std::move(kernel));
  }
  if (const Expr bound = stiffness(production, components))
    kernels.push_back(
        pointwise(rhs, "stiffness", "out = the largest row sum of |dS_p/d rho_q|, 1/s", {productions(rhs)(bound)}));
  for (const ir::KernelIr& kernel : kernels) check(kernel);
  return kernels;
}

}  // namespace rdd
