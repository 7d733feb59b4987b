// Finite volumes for the reduced equation (docs/theory.md, section 5).
//
// The equation is a balance: ∂ρ/∂t = Q ρ + Σ_a ∂_a F_a with the flux F_a = C_a ρ + Σ_b ∂_b D_ab ρ (with the sign of the
// equation: what flows through a face towards lower coordinates). Each cell gains what passes its faces,
//
//   dρ_i/dt = Q ρ_i + Σ_a (F_a(i+½) − F_a(i−½)) / h_a,
//   F_a(i+½) = ((C_a ρ)_i + (C_a ρ)_i+1)/2 + ((D_aa ρ)_i+1 − (D_aa ρ)_i)/h_a + Σ_b≠a (∂_b (D_ab ρ)_i + ∂_b (D_ab
//   ρ)_i+1)/2,
//
// with the central difference ∂_b at the cells' centres. Two cells see the same flux through their common face, so what
// one loses the other gains: between reflecting walls the total changes by Q alone, to round-off. Away from the walls
// this is the usual central stencil: 3, 9 or 19 points. Coefficients that vary stand under the derivatives, as rates
// belong to the cell that is left; those that do not are multiplied into the weights of the densities.
//
// The fourth-order scheme takes fluxes from four cells, (−1, 7, 7, −1)/12 for a value and (1, −15, 15, −1)/12h for a
// derivative, and derivatives at centres from (1, −8, 0, 8, −1)/12h: their differences are the pointwise derivatives to
// O(h⁴). Where walls are mirrors (plain walls, no drift and no mixed derivative across them) densities continue behind
// them, even or odd; at other walls the flux on the next face inwards is that of second order.
//
// The limited scheme takes the drift C_pp of a density by itself from the side it comes from, ρ ± ab/(a + b) with the
// differences a and b to both neighbours, or nothing where they differ in sign (van Leer 1974): no new extrema.
//
// Walls stand on faces. A wall says for each component what passes it (nothing, a given flux, κ times the density on
// the wall) or which density stands on it (none, a given one). The densities ρ_w on the wall follow from the cell's own
// by the flux that flows over the half cell between them,
//
//   F_a = C_a ρ_w ± (D_aa ρ_w − (D_aa ρ)_i) / (h_a/2) + Σ_b≠a ∂_b D_ab ρ,
//
// P equations for P unknowns. Where the derivative along a wall's normal is wanted at the centre of a cell that touches
// it (mixed terms), the missing neighbour is extrapolated: 2ρ_w − ρ_0 where the density on the wall is given, else 2ρ_0
// − ρ_1. No such ghost cell is ever stored; its value is put into the weights of the cells it is made of, once for each
// kind of place (low, middle, high along each walled axis).
#include "compiler/kernels/transport.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "compiler/kernels/stencil.hpp"
#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ir::NodePtr;
using ir::Zone;
using Walls = std::vector<Wall>;

constexpr Offset here{0, 0, 0};

std::size_t index(int axis) {
  return static_cast<std::size_t>(axis);
}

Offset moved(Offset from, int axis, int by) {
  from[index(axis)] += by;
  return from;
}

/// One of the matrices of the equation: the reaction, the drift along `a`, the diffusion along `a` and `b`.
struct Factor {
  int a = -1, b = -1;
  const MatrixXd& of(const Coefficients& c) const {
    if (a < 0) return c.reaction;
    return b < 0 ? c.drift[index(a)] : c.diffusion[index(a)][index(b)];
  }
};

/// Vectors of densities and of what is linear in them, where coefficients are numbers.
class Constant {
 public:
  using Vector = Linear;
  using Matrix = MatrixXd;

  Constant(const Equation& equation, const TransportLeaves& leaves)
      : c_(equation.pde.coefficients), components_(equation.pde.components), leaves_(leaves) {}

  Vector nothing() const { return {}; }
  /// `picked` (P, P): diagonal, of what is left of ρ.
  Vector density(const Offset& cell, const MatrixXd& picked) const { return {{{cell, picked}}, {}}; }
  /// M ρ at a cell.
  Vector product(Factor factor, const Offset& cell, const MatrixXd& picked) const {
    return factor.of(c_) * density(cell, picked);
  }
  Vector given(const Given& what) const {
    VectorXd unit = VectorXd::Zero(components_);
    unit(what.component) = 1;
    return {{}, {{what, unit}}};
  }
  /// M on the wall that a cell touches.
  Matrix on_wall(Factor factor, int, int, const Offset&) const { return factor.of(c_); }
  /// ∂M along an axis, between the offsets of two cells.
  std::optional<Matrix> slope(Factor, int, int, int, double) const { return std::nullopt; }
  Matrix constant(const MatrixXd& matrix) const { return matrix; }
  /// κ of the surface sinks among some walls, on the diagonal.
  Matrix surface(const Walls& walls, int, int) const {
    MatrixXd matrix = MatrixXd::Zero(components_, components_);
    for (Index p = 0; p < components_; ++p)
      if (const Wall& one = walls[index(static_cast<int>(p))]; one.kind == Wall::Kind::surface)
        matrix(p, p) = std::get<expr::Number>(one.given->value).value;
    return matrix;
  }
  /// The diagonal where it has this sign.
  Matrix diagonal(const Matrix& matrix, int sign) const {
    return (sign * matrix.diagonal()).cwiseMax(0).asDiagonal() *
           MatrixXd(sign * MatrixXd::Identity(components_, components_));
  }
  /// matrix⁻¹ right; nothing where there is none.
  std::optional<Vector> solve(const Matrix& matrix, Vector right) const {
    const Eigen::FullPivLU<MatrixXd> lu(matrix);
    if (!lu.isInvertible()) return std::nullopt;
    return lu.inverse() * std::move(right);
  }
  /// Entry (p, p) of a drift on the face behind a cell; null for zero.
  NodePtr speed(int axis, int p, const Offset&, const Offset&) const {
    const double value = c_.drift[index(axis)](p, p);
    return value == 0 ? nullptr : ir::number(value);
  }

  /// A tree for each component. Weights that are zero throughout are left out.
  std::vector<NodePtr> rows(Vector sum) const {
    std::erase_if(sum.taps, [](const auto& tap) { return (tap.second.array() == 0).all(); });
    std::vector<NodePtr> all = trees(sum.taps, static_cast<int>(components_));
    for (const auto& [what, weight] : sum.given)
      for (Index p = 0; p < components_; ++p) {
        if (weight(p) == 0) continue;
        NodePtr& row = all[index(static_cast<int>(p))];
        NodePtr term = ir::number(weight(p)) * leaves_.given(what);
        row = row ? std::move(row) + std::move(term) : std::move(term);
      }
    return all;
  }

 private:
  const Coefficients& c_;
  Index components_;
  const TransportLeaves& leaves_;
};

/// The same where coefficients are fields that a kernel reads, or surface sinks vary.
class Varying {
 public:
  using Vector = Trees;
  using Matrix = TreeMatrix;

  Varying(const Equation& equation, const TransportLeaves& leaves)
      : equation_(equation), components_(index(equation.pde.components)), leaves_(leaves) {}

  Vector nothing() const { return {std::vector<NodePtr>(components_)}; }
  Vector density(const Offset& cell, const MatrixXd& picked) const {
    Trees all{std::vector<NodePtr>(components_)};
    for (std::size_t p = 0; p < components_; ++p)
      if (picked(static_cast<Index>(p), static_cast<Index>(p)) != 0)
        all.row[p] = ir::load(0, static_cast<int>(p), cell);
    return all;
  }
  Vector product(Factor factor, const Offset& cell, const MatrixXd& picked) const {
    const std::vector<double> columns(picked.data(), picked.data() + picked.size());
    const auto [known, isnew] = products_.try_emplace({factor.a, factor.b, cell, columns});
    if (isnew) known->second = at(factor, cell) * density(cell, picked);
    return known->second;
  }
  Vector given(const Given& what) const {
    Trees all{std::vector<NodePtr>(components_)};
    all.row[index(what.component)] = leaves_.given(what);
    return all;
  }
  /// Extrapolated from the cell and the one behind it.
  Matrix on_wall(Factor factor, int axis, int side, const Offset& cell) const {
    return 1.5 * at(factor, cell) - 0.5 * at(factor, moved(cell, axis, -side));
  }
  std::optional<Matrix> slope(Factor factor, int axis, int from, int to, double spacing) const {
    if (!equation_.local || from == to) return std::nullopt;
    return 1 / (spacing * (to - from)) * (at(factor, moved(here, axis, to)) - at(factor, moved(here, axis, from)));
  }
  Matrix constant(const MatrixXd& matrix) const {
    Matrix all = zero();
    for (std::size_t p = 0; p < components_; ++p)
      for (std::size_t q = 0; q < components_; ++q)
        if (const double entry = matrix(static_cast<Index>(p), static_cast<Index>(q)); entry != 0)
          all.rows[p][q] = ir::number(entry);
    return all;
  }
  Matrix surface(const Walls& walls, int axis, int side) const {
    Matrix all = zero();
    for (std::size_t p = 0; p < components_; ++p)
      if (walls[p].kind == Wall::Kind::surface)
        all.rows[p][p] = leaves_.given({axis, side, static_cast<int>(p), -1, here});
    return all;
  }
  Matrix diagonal(const Matrix& matrix, int sign) const {
    Matrix all = zero();
    for (std::size_t p = 0; p < components_; ++p)
      if (matrix.rows[p][p])
        all.rows[p][p] = ir::apply(sign > 0 ? expr::Operation::maximum : expr::Operation::minimum,
                                   {matrix.rows[p][p], ir::number(0)});
    return all;
  }
  /// By elimination without exchanges of rows: what a wall gives has its weight on the diagonal.
  std::optional<Vector> solve(Matrix matrix, Vector right) const {
    for (std::size_t k = 0; k < components_; ++k) {
      if (!matrix.rows[k][k]) return std::nullopt;
      for (std::size_t p = k + 1; p < components_; ++p) {
        if (!matrix.rows[p][k]) continue;
        const NodePtr share = matrix.rows[p][k] / matrix.rows[k][k];
        for (std::size_t q = k + 1; q < components_; ++q)
          matrix.rows[p][q] = minus(matrix.rows[p][q], times(share, matrix.rows[k][q]));
        right.row[p] = minus(right.row[p], times(share, right.row[k]));
      }
    }
    for (std::size_t k = components_; k-- > 0;) {
      for (std::size_t q = k + 1; q < components_; ++q)
        right.row[k] = minus(right.row[k], times(matrix.rows[k][q], right.row[q]));
      if (right.row[k]) right.row[k] = right.row[k] / matrix.rows[k][k];
    }
    return right;
  }
  NodePtr speed(int axis, int p, const Offset& cell, const Offset& next) const {
    NodePtr own = entry({axis}, p, p, cell);
    return own ? ir::number(0.5) * (std::move(own) + entry({axis}, p, p, next)) : nullptr;
  }
  std::vector<NodePtr> rows(Vector sum) const { return std::move(sum.row); }

 private:
  Matrix zero() const { return {{components_, std::vector<NodePtr>(components_)}}; }
  NodePtr entry(Factor factor, int p, int q, const Offset& cell) const {
    if (!equation_.local) {
      const double value = factor.of(equation_.pde.coefficients)(p, q);
      return value == 0 ? nullptr : ir::number(value);
    }
    const LocalFields& local = *equation_.local;
    const Eigen::MatrixXi& which = factor.a < 0   ? local.reaction
                                   : factor.b < 0 ? local.drift[index(factor.a)]
                                                  : local.diffusion[index(factor.a)][index(factor.b)];
    if (which(p, q) < 0) return nullptr;
    return ir::load(leaves_.coefficients, leaves_.first_local + which(p, q), cell);
  }
  Matrix at(Factor factor, const Offset& cell) const {
    Matrix all = zero();
    for (std::size_t p = 0; p < components_; ++p)
      for (std::size_t q = 0; q < components_; ++q)
        all.rows[p][q] = entry(factor, static_cast<int>(p), static_cast<int>(q), cell);
    return all;
  }

  const Equation& equation_;
  std::size_t components_;
  const TransportLeaves& leaves_;
  mutable std::map<std::tuple<int, int, Offset, std::vector<double>>, Trees> products_;  ///< shared by all who ask
};

// --- one kind of place

template <class Algebra>
class Place {
 public:
  Place(const Equation& equation, const Grid& grid, const std::array<Zone, 3>& zones, const TransportLeaves& leaves)
      : algebra_(equation, leaves),
        grid_(grid),
        zones_(zones),
        dimension_(equation.pde.dimension),
        components_(equation.pde.components),
        all_(MatrixXd::Identity(components_, components_)),
        mirrors_(grid.scheme == DifferenceScheme::fourth && !equation.local && mirrors(equation, grid) &&
                 mixes_waves(equation.pde.coefficients, grid).empty()) {
    for (int axis = 0; axis < dimension_; ++axis)
      for (const int side : {-1, +1})
        if (zones_[index(axis)] == (side < 0 ? Zone::low : Zone::high))
          walls_[index(axis)][side < 0 ? 0 : 1] = walls_of(equation, grid, axis, side < 0 ? 0 : 1);
  }

  std::vector<NodePtr> rows() const {
    Vector sum = algebra_.product({}, here, all_);
    for (int a = 0; a < dimension_; ++a) sum = std::move(sum) + (flux(a, +1) - flux(a, -1)) / grid_.spacing[index(a)];
    std::vector<NodePtr> rows = algebra_.rows(std::move(sum));
    if (grid_.scheme != DifferenceScheme::limited) return rows;
    for (int p = 0; p < components_; ++p)
      for (int a = 0; a < dimension_; ++a) {
        NodePtr difference = minus(carried(a, +1, p), carried(a, -1, p));
        rows[index(p)] = plus(rows[index(p)], times(ir::number(1 / grid_.spacing[index(a)]), std::move(difference)));
      }
    return rows;
  }

 private:
  using Vector = typename Algebra::Vector;
  using Matrix = typename Algebra::Matrix;

  /// On the low (side = −1) or high (+1) face of the cell along `axis`; empty where there is none.
  const Walls& wall(int axis, int side) const { return walls_[index(axis)][side < 0 ? 0 : 1]; }

  static bool fixed(const Wall& wall) { return wall.kind == Wall::Kind::absorbing || wall.kind == Wall::Kind::value; }

  /// Does the grid go on for `count` cells from here along an axis, towards `side`?
  bool goes_on(int axis, int side, int count) const {
    const Zone zone = zones_[index(axis)];
    const int left = zone == (side < 0 ? Zone::low : Zone::high)                 ? 0
                     : zone == (side < 0 ? Zone::low_second : Zone::high_second) ? 1
                                                                                 : 2;
    return left >= count;
  }

  /// F_a on the face towards `side`.
  Vector flux(int a, int side) const {
    if (mirrors_ && !grid_.periodic(a))
      return across_four(
          a, side,
          [&](const Offset& cell) {
            return mirrored({a, a}, cell, a);
          },
          true);
    if (!wall(a, side).empty()) return wall_flux(a, side);
    const bool wide = grid_.scheme == DifferenceScheme::fourth && goes_on(a, side, 2) && goes_on(a, -side, 1);
    const Offset there = moved(here, a, side);
    Vector sum = wide ? across_four(
                            a, side, [&](const Offset& cell) { return algebra_.product({a}, cell, all_); }, false)
                      : 0.5 * (drift(a, here) + drift(a, there));
    for (int b = 0; b < dimension_; ++b) {
      const auto own = [&](const Offset& cell) { return algebra_.product({a, b}, cell, all_); };
      const auto along = [&](const Offset& cell) { return derivative({a, b}, cell, b); };
      if (wide)
        sum = std::move(sum) + (a == b ? across_four(a, side, own, true) : across_four(a, side, along, false));
      else
        sum = std::move(sum) + (a == b ? (double(side) * (own(there) - own(here))) / grid_.spacing[index(a)]
                                       : 0.5 * (along(here) + along(there)));
    }
    return sum;
  }

  /// C_a ρ but for what the limited scheme takes by itself.
  Vector drift(int a, const Offset& cell) const {
    const Vector whole = algebra_.product({a}, cell, all_);
    if (grid_.scheme != DifferenceScheme::limited) return whole;
    Vector rest = whole;
    for (Index p = 0; p < components_; ++p) {
      const MatrixXd one = picked(p);
      rest = std::move(rest) - pick(one, algebra_.product({a}, cell, one));
    }
    return rest;
  }

  MatrixXd picked(Index p) const {
    MatrixXd one = MatrixXd::Zero(components_, components_);
    one(p, p) = 1;
    return one;
  }

  /// The value on a face, or the derivative across it, from the two cells on either side.
  template <class At>
  Vector across_four(int a, int side, const At& at, bool derivative) const {
    const Vector before = at(moved(here, a, -side)), own = at(here), next = at(moved(here, a, side)),
                 after = at(moved(here, a, 2 * side));
    if (derivative) return (double(side) * (before - after + 15.0 * (next - own))) / (12 * grid_.spacing[index(a)]);
    return (7.0 * (own + next) - (before + after)) / 12;
  }

  /// M ρ at a cell which may stand behind a mirror on `axis`.
  Vector mirrored(Factor factor, Offset cell, int axis) const {
    double sign = 1;
    for (const int side : {-1, +1}) {
      const Zone zone = zones_[index(axis)];
      const int to_wall = zone == (side < 0 ? Zone::low : Zone::high)                 ? 0
                          : zone == (side < 0 ? Zone::low_second : Zone::high_second) ? 1
                                                                                      : 2;
      const int beyond = side * cell[index(axis)] - to_wall;  // steps behind the wall
      if (beyond <= 0) continue;
      cell[index(axis)] = side * (to_wall - beyond + 1);
      if (grid_.boundary[index(axis)][side < 0 ? 0 : 1] == Boundary::absorbing) sign = -sign;
    }
    return sign * algebra_.product(factor, cell, all_);
  }

  /// Drift of the density p by itself through the face towards `side`, from the side it comes from; null where there
  /// is none or a wall.
  NodePtr carried(int a, int side, int p) const {
    if (!wall(a, side).empty()) return nullptr;
    const int low = side < 0 ? -1 : 0;  // offset of the cell below the face
    const auto cell = [&](int offset) { return moved(here, a, offset); };
    const NodePtr speed = algebra_.speed(a, p, cell(low), cell(low + 1));
    if (!speed) return nullptr;
    const auto density = [&](int offset) { return ir::load(0, p, cell(offset)); };
    const NodePtr step = density(low + 1) - density(low);
    const auto half_slope = [&](const NodePtr& before, const NodePtr& after) {
      using expr::Operation;
      const NodePtr both = before * after;
      return ir::apply(Operation::where,
                       {ir::apply(Operation::less, {ir::number(0), both}), both / (before + after), ir::number(0)});
    };
    const bool behind = goes_on(a, +1, low + 2), ahead = goes_on(a, -1, 1 - low);
    const auto from_above = [&] {
      return behind ? density(low + 1) - half_slope(step, density(low + 2) - density(low + 1)) : density(low + 1);
    };
    const auto from_below = [&] {
      return ahead ? density(low) + half_slope(density(low) - density(low - 1), step) : density(low);
    };
    if (const auto* number = std::get_if<ir::Number>(&speed->value))
      return speed * (number->value > 0 ? from_above() : from_below());
    return speed * ir::apply(expr::Operation::where,
                             {ir::apply(expr::Operation::less, {ir::number(0), speed}), from_above(), from_below()});
  }

  /// The diagonal matrix that picks the components whose density on the wall is (not) given.
  MatrixXd picked(const Walls& walls, bool which) const {
    MatrixXd diagonal = MatrixXd::Zero(components_, components_);
    for (Index p = 0; p < components_; ++p) diagonal(p, p) = fixed(walls[index(static_cast<int>(p))]) == which ? 1 : 0;
    return diagonal;
  }

  /// What the walls of a kind prescribe, beside a cell; `along` as Given::derivative.
  Vector prescribed(const Walls& walls, int axis, int side, Wall::Kind kind, const Offset& cell, int along = -1) const {
    Vector sum = algebra_.nothing();
    for (int p = 0; p < components_; ++p)
      if (walls[index(p)].kind == kind) sum = std::move(sum) + algebra_.given({axis, side, p, along, cell});
    return sum;
  }
  /// Σ_b≠a ∂_b D_ab ρ beside a wall: at the cell's centre, but along the wall where the density on it is given.
  Vector along_wall(const Walls& walls, int a, int side) const {
    Vector sum = algebra_.nothing();
    for (int b = 0; b < dimension_; ++b) {
      if (a == b) continue;
      sum = std::move(sum) + derivative({a, b}, here, b, picked(walls, false)) +
            algebra_.on_wall({a, b}, a, side, here) * prescribed(walls, a, side, Wall::Kind::value, here, b);
      if (const auto slope =
              algebra_.slope({a, b}, b, goes_on(b, -1, 1) ? -1 : 0, goes_on(b, +1, 1) ? 1 : 0, grid_.spacing[index(b)]))
        sum = std::move(sum) + *slope * prescribed(walls, a, side, Wall::Kind::value, here);
    }
    return sum;
  }

  Vector wall_flux(int a, int side) const {
    const Walls& walls = wall(a, side);
    const double outwards = side, twice = 2 / grid_.spacing[index(a)];
    const bool needs_density = std::any_of(
        walls.begin(), walls.end(), [](const Wall& one) { return fixed(one) || one.kind == Wall::Kind::surface; });
    const MatrixXd open = picked(walls, false), closed = picked(walls, true);
    const Vector inflow = prescribed(walls, a, side, Wall::Kind::flux, here);
    if (!needs_density) return outwards * inflow;

    const Matrix surface = algebra_.surface(walls, a, side);
    // Drift that leaves is taken from the cell by the limited scheme, all other from the wall.
    const Matrix conductance = twice * algebra_.on_wall({a, a}, a, side, here);
    Matrix drift = algebra_.on_wall({a}, a, side, here);
    Vector leaving = algebra_.nothing();
    if (grid_.scheme == DifferenceScheme::limited) {
      const Matrix outflow = algebra_.diagonal(drift, -side);
      drift = drift - outflow;
      leaving = outflow * algebra_.density(here, all_);
    }
    const Vector beside = along_wall(walls, a, side) + leaving;
    const Vector from_cell = twice * algebra_.product({a, a}, here, all_);
    // inflow − κ ρ_w = ±F in the open rows, ρ_w as given in the others.
    const Matrix matrix = pick(open, outwards * drift + conductance + surface) + algebra_.constant(closed);
    const Vector given = prescribed(walls, a, side, Wall::Kind::value, here);
    const Vector right = pick(open, inflow + from_cell - outwards * beside) + given;
    const std::optional<Vector> solved = algebra_.solve(matrix, right);
    // Something that does not move: its density on the wall is that of the cell.
    const Vector density = solved ? *solved : pick(open, algebra_.density(here, all_)) + given;
    return outwards * pick(open, inflow - surface * density) +
           pick(closed, drift * density + outwards * (conductance * density - from_cell) + beside);
  }

  /// ∂_along (M ρ) at the centre of a cell which lies where this one does along that axis. `picked`: of ρ.
  Vector derivative(Factor factor, const Offset& cell, int along, const MatrixXd& picked) const {
    const auto at = [&](int by) {
      return mirrors_ && !grid_.periodic(along) ? mirrored(factor, moved(cell, along, by), along)
                                                : algebra_.product(factor, moved(cell, along, by), picked);
    };
    const bool wide =
        grid_.scheme == DifferenceScheme::fourth && (mirrors_ || (goes_on(along, -1, 2) && goes_on(along, +1, 2)));
    const double h = grid_.spacing[index(along)];
    if (wide) return (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
    return (neighbour(factor, cell, along, +1, picked) - neighbour(factor, cell, along, -1, picked)) / (2 * h);
  }
  Vector derivative(Factor factor, const Offset& cell, int along) const {
    return derivative(factor, cell, along, all_);
  }

  Vector neighbour(Factor factor, const Offset& cell, int axis, int side, const MatrixXd& of) const {
    const Walls& walls = wall(axis, side);
    if (walls.empty()) return algebra_.product(factor, moved(cell, axis, side), of);
    const MatrixXd open = of * picked(walls, false), closed = of * picked(walls, true);
    return 2.0 * algebra_.product(factor, cell, open) - algebra_.product(factor, moved(cell, axis, -side), open) -
           algebra_.product(factor, cell, closed) +
           2.0 * (algebra_.on_wall(factor, axis, side, cell) *
                  pick(of, prescribed(walls, axis, side, Wall::Kind::value, cell)));
  }

  Algebra algebra_;
  const Grid& grid_;
  std::array<Zone, 3> zones_;
  int dimension_, components_;
  MatrixXd all_;
  bool mirrors_;  ///< densities go on behind the walls
  std::array<std::array<Walls, 2>, 3> walls_;
};

}  // namespace

std::vector<NodePtr> transport(const Equation& equation, const Grid& grid, const std::array<Zone, 3>& zones,
                               const TransportLeaves& leaves) {
  bool varying = equation.local.has_value();
  for (const auto& axis : equation.walls)
    for (const auto& side : axis)
      for (const Wall& wall : side)
        varying =
            varying || (wall.kind == Wall::Kind::surface && !std::holds_alternative<expr::Number>(wall.given->value));
  return varying ? Place<Varying>(equation, grid, zones, leaves).rows()
                 : Place<Constant>(equation, grid, zones, leaves).rows();
}

}  // namespace rdd
