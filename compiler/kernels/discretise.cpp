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
// Walls stand on faces. Reflecting: no flux through the face. Absorbing: ρ = 0 on the face, as if the cell had a mirror
// image of opposite sign beyond it. Where the derivative along a wall's normal is wanted at the centre of a cell that
// touches it (mixed terms), the missing neighbour is extrapolated: 2ρ_0 − ρ_1 at a reflecting wall, −ρ_0 at an
// absorbing one. No such ghost cell is ever stored; its value is put into the weights of the cells it is made of, once
// for each kind of place (low, middle, high along each walled axis).
#include "compiler/kernels/discretise.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "compiler/kernels/print.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::MatrixXd;
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

/// A linear functional of one field around a cell: Σ weight · ρ(cell + offset).
struct Stencil {
  std::map<Offset, double, MemoryOrder> weights;
};

Stencil value(const Offset& cell) {
  return {{{cell, 1.0}}};
}
Stencil operator*(double factor, Stencil stencil) {
  for (auto& [offset, weight] : stencil.weights) weight *= factor;
  return stencil;
}
Stencil operator/(Stencil stencil, double divisor) {
  for (auto& [offset, weight] : stencil.weights) weight /= divisor;
  return stencil;
}
Stencil operator+(Stencil left, const Stencil& right) {
  for (const auto& [offset, weight] : right.weights) left.weights[offset] += weight;
  return left;
}
Stencil operator-(Stencil left, const Stencil& right) {
  return std::move(left) + (-1.0) * right;
}

/// The same for P coupled fields: Σ W ρ(cell + offset), with (P, P) weights W.
using Taps = std::map<Offset, MatrixXd, MemoryOrder>;

void add(Taps& taps, const MatrixXd& matrix, const Stencil& stencil) {
  for (const auto& [offset, weight] : stencil.weights) {
    const auto tap = taps.try_emplace(offset, MatrixXd::Zero(matrix.rows(), matrix.cols())).first;
    tap->second += weight * matrix;
  }
}

/// The discrete right-hand side at one kind of place.
class Place {
 public:
  Place(const ContinuumPde& pde, const Grid& grid, const std::array<Zone, 3>& zones)
      : pde_(pde), grid_(grid), zones_(zones) {}

  /// Q ρ + Σ_a ∂_a (C_a ρ + Σ_b D_ab ∂_b ρ). Weights that are zero throughout are left out.
  Taps right_hand_side() const {
    Taps taps;
    add(taps, pde_.coefficients.reaction, value(here));
    for (int a = 0; a < pde_.dimension; ++a) {
      add(taps, pde_.coefficients.drift[index(a)], divergence(a, [&](int side) { return mean(a, side); }));
      for (int b = 0; b < pde_.dimension; ++b)
        add(taps, pde_.coefficients.diffusion[index(a)][index(b)],
            divergence(a, [&](int side) { return gradient(a, side, b); }));
    }
    std::erase_if(taps, [](const auto& tap) { return (tap.second.array() == 0).all(); });
    return taps;
  }

 private:
  static constexpr Offset here{0, 0, 0};

  /// The wall on the low (side = −1) or high (+1) face of the cell along `axis`; `periodic` where there is none.
  Boundary wall(int axis, int side) const {
    const bool touched = zones_[index(axis)] == (side < 0 ? Zone::low : Zone::high);
    return touched ? grid_.boundary[index(axis)][side < 0 ? 0 : 1] : Boundary::periodic;
  }

  /// (f(i+½) − f(i−½)) / h for a functional on the cell's two faces along `axis`.
  template <class OnFace>
  Stencil divergence(int axis, const OnFace& on_face) const {
    return (on_face(+1) - on_face(-1)) / grid_.spacing[index(axis)];
  }

  /// ρ on the face towards `side`; nothing on a wall, where either ρ or the whole flux is zero.
  Stencil mean(int axis, int side) const {
    if (wall(axis, side) != Boundary::periodic) return {};
    return 0.5 * (value(here) + value(moved(here, axis, side)));
  }

  /// ∂_along ρ on the face towards `side` of `axis`; nothing on a reflecting wall, where the whole flux is zero.
  Stencil gradient(int axis, int side, int along) const {
    const Boundary beyond = wall(axis, side);
    if (beyond == Boundary::reflecting) return {};
    if (axis == along) {
      const Stencil outside = beyond == Boundary::absorbing ? -1.0 * value(here) : value(moved(here, axis, side));
      return side * (outside - value(here)) / grid_.spacing[index(axis)];
    }
    if (beyond == Boundary::absorbing) return {};  // ρ is zero all over the wall
    return 0.5 * (derivative(here, along) + derivative(moved(here, axis, side), along));
  }

  /// ∂_along ρ at the centre of a cell which lies where this one does along that axis.
  Stencil derivative(const Offset& cell, int along) const {
    return (neighbour(cell, along, +1) - neighbour(cell, along, -1)) / (2 * grid_.spacing[index(along)]);
  }

  Stencil neighbour(const Offset& cell, int axis, int side) const {
    switch (wall(axis, side)) {
      case Boundary::reflecting:
        return 2.0 * value(cell) - value(moved(cell, axis, -side));
      case Boundary::absorbing:
        return -1.0 * value(cell);
      case Boundary::periodic:
        break;
    }
    return value(moved(cell, axis, side));
  }

  const ContinuumPde& pde_;
  const Grid& grid_;
  std::array<Zone, 3> zones_;
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
/// loads) over the groups in order; left to right throughout. Numbers that are zero are left out. Sums of their own for
/// each q keep the chains of dependent additions short.
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
  for (NodePtr& row : rows)
    if (!row) row = ir::number(0);
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

/// The equation with its numbers, a line each.
std::string equation(const ContinuumPde& pde, const Grid& grid) {
  const std::string axes = "xyz";
  const auto name = [](Boundary boundary) {
    return boundary == Boundary::periodic ? "periodic" : boundary == Boundary::absorbing ? "absorbing" : "reflecting";
  };
  std::string lines = "d rho/dt = Q rho + sum_i C_i d_i rho + sum_ij D_ij d_i d_j rho\n";
  lines += fmt::format("Q = {} 1/s\n", matrix_text(pde.coefficients.reaction));
  for (int a = 0; a < pde.dimension; ++a)
    lines += fmt::format("C_{} = {} m/s\n", axes[index(a)], matrix_text(pde.coefficients.drift[index(a)]));
  for (int a = 0; a < pde.dimension; ++a)
    for (int b = a; b < pde.dimension; ++b)
      lines += fmt::format("D_{}{} = {} m^2/s\n", axes[index(a)], axes[index(b)],
                           matrix_text(pde.coefficients.diffusion[index(a)][index(b)]));
  for (int a = 0; a < pde.dimension; ++a) {
    const auto& sides = grid.boundary[index(a)];
    lines += fmt::format(
        "{}: cells of {} m, {}\n", axes[index(a)], exact(grid.spacing[index(a)]),
        sides[0] == sides[1] ? name(sides[0]) : fmt::format("{} below and {} above", name(sides[0]), name(sides[1])));
  }
  return lines;
}

void check_arguments(const ContinuumPde& pde, const Grid& grid) {
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
  }
}

}  // namespace

std::vector<ir::KernelIr> discretise(const ContinuumPde& pde, const Grid& grid) {
  check_arguments(pde, grid);
  ir::KernelIr rhs;
  rhs.name = "rhs";
  rhs.comment = "out = L y, the right-hand side of\n" + equation(pde, grid);
  rhs.dimension = pde.dimension;
  rhs.components = pde.components;
  rhs.inputs = {"y"};
  rhs.scalars = {"t"};
  for (int axis = 0; axis < pde.dimension; ++axis) rhs.periodic[index(axis)] = grid.periodic(axis);

  ir::KernelIr stage = rhs;
  stage.name = "stage";
  stage.comment =
      "out = a y + b previous + c base + d base_rhs + e (L y), one stage of a Runge-Kutta-Chebyshev step, with L of\n" +
      equation(pde, grid);
  stage.inputs = {"y", "previous", "base", "base_rhs"};
  stage.scalars = {"a", "b", "c", "d", "e", "t"};

  for (const Zone z : rhs.zones(2)) {
    for (const Zone y : rhs.zones(1)) {
      for (const Zone x : rhs.zones(0)) {
        const std::array<Zone, 3> zones{x, y, z};
        const std::vector<NodePtr> rows = trees(Place(pde, grid, zones).right_hand_side(), pde.components);
        ir::Region in_rhs{zones, {}}, in_stage{zones, {}};
        for (int p = 0; p < pde.components; ++p) {
          in_rhs.body.push_back({p, rows[index(p)]});
          in_stage.body.push_back({p, stage_tree(rows[index(p)], p)});
        }
        rhs.regions.push_back(std::move(in_rhs));
        stage.regions.push_back(std::move(in_stage));
      }
    }
  }
  check(rhs);
  check(stage);
  return {std::move(rhs), std::move(stage)};
}

}  // namespace rdd
