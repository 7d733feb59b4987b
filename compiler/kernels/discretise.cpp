// Finite volumes for the reduced equation (docs/theory.md, section 5).
//
// The equation is a balance: ∂ρ/∂t = Q ρ + Σ_a ∂_a F_a with the flux F_a = C_a ρ + Σ_b D_ab ∂_b ρ (with the sign of the
// equation: what flows through a face towards lower coordinates). Each cell gains what passes its faces,
//
//   dρ_i/dt = Q ρ_i + Σ_a (F_a(i+½) − F_a(i−½)) / h_a,
//   F_a(i+½) = C_a (ρ_i + ρ_i+1)/2 + D_aa (ρ_i+1 − ρ_i)/h_a + Σ_b≠a D_ab (∂_b ρ_i + ∂_b ρ_i+1)/2,
//
// with the central difference ∂_b at the cells' centres. Two cells see the same flux through their common face, so what
// one loses the other gains: between reflecting walls the total changes by Q alone, to round-off. Away from the walls
// this is the usual central stencil: 3, 9 or 19 points.
//
// Walls stand on faces. A wall says for each component what passes it (nothing, a given flux, κ times the density on
// the wall) or which density stands on it (none, a given one). The densities ρ_w on the wall follow from the cell's own
// by the flux that flows over the half cell between them,
//
//   F_a = C_a ρ_w ± D_aa (ρ_w − ρ_i) / (h_a/2) + Σ_b≠a D_ab ∂_b ρ,
//
// P equations for P unknowns. Where the derivative along a wall's normal is wanted at the centre of a cell that touches
// it (mixed terms), the missing neighbour is extrapolated: 2ρ_w − ρ_0 where the density on the wall is given, else 2ρ_0
// − ρ_1. No such ghost cell is ever stored; its value is put into the weights of the cells it is made of, once for each
// kind of place (low, middle, high along each walled axis).
#include "compiler/kernels/discretise.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <tuple>
#include <utility>

#include "compiler/kernels/expression_ir.hpp"
#include "compiler/kernels/print.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ir::NodePtr;
using ir::Zone;
using Offset = std::array<int, 3>;

std::size_t index(int axis) {
  return static_cast<std::size_t>(axis);
}

struct MemoryOrder {
  bool operator()(const Offset& a, const Offset& b) const {
    return std::tie(a[2], a[1], a[0]) < std::tie(b[2], b[1], b[0]);
  }
};

Offset moved(Offset from, int axis, int by) {
  from[index(axis)] += by;
  return from;
}

/// What a wall prescribes for a component, or its derivative along the wall: Wall::given beside the cell at an offset.
struct Given {
  int axis, side, component;
  int derivative;  ///< −1: the value itself
  Offset cell;
  auto operator<=>(const Given&) const = default;
};

using Taps = std::map<Offset, MatrixXd, MemoryOrder>;

/// P linear functionals of the P fields around a cell: Σ W ρ(cell + offset) + Σ v · given, with (P, P) weights W and
/// (P) weights v.
struct Linear {
  Taps taps;
  std::map<Given, VectorXd> given;
};

Linear operator*(const MatrixXd& matrix, Linear linear) {
  for (auto& [offset, weight] : linear.taps) weight = matrix * weight;
  for (auto& [what, weight] : linear.given) weight = matrix * weight;
  return linear;
}
Linear operator*(double factor, Linear linear) {
  for (auto& [offset, weight] : linear.taps) weight *= factor;
  for (auto& [what, weight] : linear.given) weight *= factor;
  return linear;
}
Linear operator/(Linear linear, double divisor) {
  for (auto& [offset, weight] : linear.taps) weight /= divisor;
  for (auto& [what, weight] : linear.given) weight /= divisor;
  return linear;
}
Linear operator+(Linear left, const Linear& right) {
  for (const auto& [offset, weight] : right.taps) {
    const auto [tap, isnew] = left.taps.try_emplace(offset, weight);
    if (!isnew) tap->second += weight;
  }
  for (const auto& [what, weight] : right.given) {
    const auto [known, isnew] = left.given.try_emplace(what, weight);
    if (!isnew) known->second += weight;
  }
  return left;
}
Linear operator-(Linear left, const Linear& right) {
  return std::move(left) + (-1.0) * right;
}

/// The discrete transport at one kind of place.
class Place {
 public:
  Place(const Equation& equation, const Grid& grid, const std::array<Zone, 3>& zones)
      : pde_(equation.pde), grid_(grid), zones_(zones), components_(equation.pde.components) {
    for (int axis = 0; axis < pde_.dimension; ++axis)
      for (const int side : {-1, +1}) {
        const bool touched = zones_[index(axis)] == (side < 0 ? Zone::low : Zone::high);
        if (touched) walls_[index(axis)][side < 0 ? 0 : 1] = walls_of(equation, grid, axis, side < 0 ? 0 : 1);
      }
  }

  /// Q ρ + Σ_a ∂_a (C_a ρ + Σ_b D_ab ∂_b ρ). Weights that are zero throughout are left out.
  Linear right_hand_side() const {
    Linear sum = pde_.coefficients.reaction * value(here);
    for (int a = 0; a < pde_.dimension; ++a)
      sum = std::move(sum) + (flux(a, +1) - flux(a, -1)) / grid_.spacing[index(a)];
    std::erase_if(sum.taps, [](const auto& tap) { return (tap.second.array() == 0).all(); });
    std::erase_if(sum.given, [](const auto& one) { return (one.second.array() == 0).all(); });
    return sum;
  }

 private:
  static constexpr Offset here{0, 0, 0};

  using Walls = std::vector<Wall>;

  /// On the low (side = −1) or high (+1) face of the cell along `axis`; empty where there is none.
  const Walls& wall(int axis, int side) const { return walls_[index(axis)][side < 0 ? 0 : 1]; }

  static bool fixed(const Wall& wall) { return wall.kind == Wall::Kind::absorbing || wall.kind == Wall::Kind::value; }

  Linear value(const Offset& cell) const { return {{{cell, MatrixXd::Identity(components_, components_)}}, {}}; }

  const MatrixXd& drift(int a) const { return pde_.coefficients.drift[index(a)]; }
  const MatrixXd& diffusion(int a, int b) const { return pde_.coefficients.diffusion[index(a)][index(b)]; }

  /// F_a on the face towards `side`.
  Linear flux(int a, int side) const {
    if (!wall(a, side).empty()) return wall_flux(a, side);
    const Offset there = moved(here, a, side);
    Linear sum = drift(a) * (0.5 * (value(here) + value(there)));
    for (int b = 0; b < pde_.dimension; ++b)
      sum = std::move(sum) +
            diffusion(a, b) * (a == b ? (double(side) * (value(there) - value(here))) / grid_.spacing[index(a)]
                                      : 0.5 * (derivative(here, b) + derivative(there, b)));
    return sum;
  }

  /// The diagonal matrix that picks the components whose density on the wall is (not) given.
  MatrixXd picked(const Walls& walls, bool which) const {
    MatrixXd diagonal = MatrixXd::Zero(components_, components_);
    for (Index p = 0; p < components_; ++p) diagonal(p, p) = fixed(walls[index(static_cast<int>(p))]) == which ? 1 : 0;
    return diagonal;
  }

  /// What the walls of a kind prescribe, beside a cell; `along` as Given::derivative.
  Linear prescribed(const Walls& walls, int axis, int side, Wall::Kind kind, const Offset& cell, int along = -1) const {
    Linear sum;
    for (int p = 0; p < pde_.components; ++p)
      if (walls[index(p)].kind == kind) {
        VectorXd unit = VectorXd::Zero(components_);
        unit(p) = 1;
        sum.given[{axis, side, p, along, cell}] = unit;
      }
    return sum;
  }

  /// Σ_b≠a D_ab ∂_b ρ beside a wall: at the cell's centre, but along the wall where the density on it is given.
  Linear along_wall(const Walls& walls, int a, int side) const {
    Linear sum;
    for (int b = 0; b < pde_.dimension; ++b)
      if (a != b)
        sum = std::move(sum) + diffusion(a, b) * (picked(walls, false) * derivative(here, b) +
                                                  prescribed(walls, a, side, Wall::Kind::value, here, b));
    return sum;
  }

  Linear wall_flux(int a, int side) const {
    const Walls& walls = wall(a, side);
    const double outwards = side;
    const MatrixXd conductance = 2 / grid_.spacing[index(a)] * diffusion(a, a);
    MatrixXd surface = MatrixXd::Zero(components_, components_);
    bool needs_density = false;
    for (Index p = 0; p < components_; ++p) {
      const Wall& one = walls[index(static_cast<int>(p))];
      if (one.kind == Wall::Kind::surface) surface(p, p) = std::get<expr::Number>(one.given->value).value;
      needs_density = needs_density || fixed(one) || one.kind == Wall::Kind::surface;
    }
    const MatrixXd open = picked(walls, false), closed = picked(walls, true);
    const Linear inflow = prescribed(walls, a, side, Wall::Kind::flux, here);
    if (!needs_density) return outwards * inflow;

    // inflow − κ ρ_w = ±F in the open rows, ρ_w as given in the others.
    const Linear beside = along_wall(walls, a, side);
    MatrixXd matrix = open * (outwards * drift(a) + conductance + surface) + closed;
    Linear right = open * (inflow + conductance * value(here) - outwards * beside) +
                   prescribed(walls, a, side, Wall::Kind::value, here);
    if (Eigen::FullPivLU<MatrixXd> lu(matrix); lu.isInvertible()) {
      right = lu.inverse() * std::move(right);
    } else {  // something that does not move: its density on the wall is that of the cell
      right = open * value(here) + prescribed(walls, a, side, Wall::Kind::value, here);
    }
    const Linear& density = right;
    return outwards * (open * (inflow - surface * density)) +
           closed * (drift(a) * density + outwards * (conductance * (density - value(here))) + beside);
  }

  /// ∂_along ρ at the centre of a cell which lies where this one does along that axis.
  Linear derivative(const Offset& cell, int along) const {
    return (neighbour(cell, along, +1) - neighbour(cell, along, -1)) / (2 * grid_.spacing[index(along)]);
  }

  Linear neighbour(const Offset& cell, int axis, int side) const {
    const Walls& walls = wall(axis, side);
    if (walls.empty()) return value(moved(cell, axis, side));
    const MatrixXd open = picked(walls, false), closed = picked(walls, true);
    return open * (2.0 * value(cell) - value(moved(cell, axis, -side))) - closed * value(cell) +
           2.0 * prescribed(walls, axis, side, Wall::Kind::value, cell);
  }

  const ContinuumPde& pde_;
  const Grid& grid_;
  std::array<Zone, 3> zones_;
  Eigen::Index components_;
  std::array<std::array<Walls, 2>, 3> walls_;
};

/// Taps whose weights are equal up to a sign: W (Σ ± ρ(cell + offset)). One multiplication serves the four corners of a
/// mixed derivative, or both neighbours where there is no drift.
struct Group {
  MatrixXd weight;
  std::vector<std::pair<Offset, int>> members;  ///< offset and sign; the first sign is +
};

/// In the order of their first taps in memory.
std::vector<Group> groups(const Taps& taps) {
  std::vector<Group> found;
  for (const auto& [offset, weight] : taps) {
    int sign = 0;
    for (Group& group : found) {
      if ((group.weight.array() == weight.array()).all()) sign = +1;
      if ((group.weight.array() == -weight.array()).all()) sign = -1;
      if (sign == 0) continue;
      group.members.emplace_back(offset, sign);
      break;
    }
    if (sign == 0) found.push_back({weight, {{offset, +1}}});
  }
  return found;
}

/// Trees of the right-hand side, one for each component p: over the sources q, what ρ_q does to ρ_p, Σ number × (sum of
/// loads) over the groups in order; left to right throughout. Numbers that are zero are left out; null where nothing is
/// left. Sums of their own for each q keep the chains of dependent additions short.
std::vector<NodePtr> trees(const Taps& taps, int components) {
  const std::vector<Group> by_weight = groups(taps);
  std::vector<NodePtr> rows(index(components));
  for (int q = 0; q < components; ++q) {
    std::vector<NodePtr> parts(index(components));
    for (const Group& group : by_weight) {
      NodePtr sum;
      for (const auto& [offset, sign] : group.members) {
        NodePtr tap = ir::load(0, q, offset);
        sum = !sum ? std::move(tap) : sign > 0 ? std::move(sum) + std::move(tap) : std::move(sum) - std::move(tap);
      }
      for (int p = 0; p < components; ++p) {
        const double weight = group.weight(p, q);
        NodePtr& part = parts[index(p)];
        if (weight == 0) continue;
        if (!part) {
          part = ir::number(weight) * sum;
        } else {
          NodePtr term = ir::number(std::abs(weight)) * sum;
          part = weight > 0 ? std::move(part) + std::move(term) : std::move(part) - std::move(term);
        }
      }
    }
    for (int p = 0; p < components; ++p) {
      NodePtr& row = rows[index(p)];
      NodePtr& part = parts[index(p)];
      if (part) row = row ? std::move(row) + std::move(part) : std::move(part);
    }
  }
  return rows;
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
  std::string lines = "d rho/dt = Q rho + sum_i C_i d_i rho + sum_ij D_ij d_i d_j rho";
  lines += equation.production.empty() ? "\n" : " + S\n";
  lines += fmt::format("Q = {} 1/s\n", matrix_text(pde.coefficients.reaction));
  for (int a = 0; a < pde.dimension; ++a)
    lines += fmt::format("C_{} = {} m/s\n", axes[index(a)], matrix_text(pde.coefficients.drift[index(a)]));
  for (int a = 0; a < pde.dimension; ++a)
    for (int b = a; b < pde.dimension; ++b)
      lines += fmt::format("D_{}{} = {} m^2/s\n", axes[index(a)], axes[index(b)],
                           matrix_text(pde.coefficients.diffusion[index(a)][index(b)]));
  for (std::size_t p = 0; p < equation.production.size(); ++p)
    if (equation.production[p]) lines += fmt::format("S_{} = {}\n", p, production_text(equation, p));
  for (int a = 0; a < pde.dimension; ++a) {
    const std::string low = wall_text(walls_of(equation, grid, a, 0), pde),
                      high = wall_text(walls_of(equation, grid, a, 1), pde);
    lines += fmt::format("{}: cells of {} m, {}\n", axes[index(a)], exact(grid.spacing[index(a)]),
                         low == high ? low : fmt::format("{} below and {} above", low, high));
  }
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
    expects(grid.points[a] >= (periodic ? 1 : 2), "two points or more between walls");
    for (int side = 0; side < 2; ++side)
      for (const Wall& wall : equation.walls[a][static_cast<std::size_t>(side)])
        expects((wall.kind != Wall::Kind::value && wall.kind != Wall::Kind::flux && wall.kind != Wall::Kind::surface) ||
                    wall.given,
                "a number for what a wall prescribes");
  }
}

NodePtr sum_of(NodePtr left, NodePtr right) {
  return left ? std::move(left) + std::move(right) : std::move(right);
}

/// The centre of a cell, or of its neighbour, along an axis, m.
NodePtr centre(const Grid& grid, int axis, int shift = 0) {
  return (ir::index(axis) + ir::number(shift + 0.5)) * ir::number(grid.spacing[index(axis)]);
}

Leaves leaves(const Grid& grid, int time_scalar, const Offset& shift = {0, 0, 0}) {
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

/// One output field: the largest over p of Σ_q |∂S_p/∂ρ_q|. Null where no production depends on a density.
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

/// A kernel without inputs or of densities, the same body all over the grid.
ir::KernelIr pointwise(const ir::KernelIr& like, std::string name, std::string comment, std::vector<NodePtr> values) {
  ir::KernelIr kernel = like;
  kernel.name = std::move(name);
  kernel.comment = std::move(comment);
  kernel.outputs = static_cast<int>(values.size());
  kernel.scalars = {"t"};
  kernel.periodic = {true, true, true};
  ir::Region everywhere;
  for (std::size_t i = 0; i < values.size(); ++i)
    everywhere.body.push_back({static_cast<int>(i), std::move(values[i])});
  kernel.regions = {std::move(everywhere)};
  return kernel;
}

}  // namespace

bool Equation::linear() const {
  for (const Expr& one : production)
    if (one) return false;
  for (const auto& axis : walls)
    for (const auto& side : axis)
      for (const Wall& wall : side)
        if (wall.kind == Wall::Kind::value || wall.kind == Wall::Kind::flux) return false;
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
  rhs.comment = "out = R(t, y), the right-hand side of\n" + equation_text(equation, grid);
  rhs.dimension = pde.dimension;
  rhs.components = rhs.outputs = components;
  rhs.inputs = {"y"};
  rhs.scalars = {"t"};
  rhs.coefficient_fields = static_cast<int>(fields.all().size());
  for (int axis = 0; axis < pde.dimension; ++axis) rhs.periodic[index(axis)] = grid.periodic(axis);

  ir::KernelIr stage = rhs;
  stage.name = "stage";
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
  const auto rows = [&](const ir::KernelIr& kernel, const Linear& transport) {
    std::vector<NodePtr> all = trees(transport.taps, components);
    ExpressionTranslator translate = productions(kernel);
    for (int p = 0; p < components; ++p) {
      NodePtr& row = all[index(p)];
      for (const auto& [what, weight] : transport.given) {
        if (weight(p) == 0) continue;
        const int time = static_cast<int>(kernel.scalars.size()) - 1;
        row = sum_of(std::move(row), ir::number(weight(p)) * ExpressionTranslator(leaves(grid, time, what.cell))(
                                                                 on_wall(equation, grid, what)));
      }
      if (production[index(p)]) row = sum_of(std::move(row), translate(production[index(p)]));
      if (!row) row = ir::number(0);
    }
    return all;
  };

  for (const Zone z : rhs.zones(2)) {
    for (const Zone y : rhs.zones(1)) {
      for (const Zone x : rhs.zones(0)) {
        const std::array<Zone, 3> zones{x, y, z};
        const Linear transport = Place(equation, grid, zones).right_hand_side();
        const std::vector<NodePtr> rhs_rows = rows(rhs, transport), stage_rows = rows(stage, transport);
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
