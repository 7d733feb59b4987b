// What a solve integrates: the reduced equation with everything the solve block adds to it.
//
//   ∂ρ_p/∂t = [Q ρ + Σ_a ∂_a F_a]_p + S_p(x, t, ρ),   F_a = C_a ρ + Σ_b ∂_b D_ab ρ
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <vector>

#include "lang/expr.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/local_coefficients.hpp"

namespace rdd {

/// What a wall does with one component. `given` is over x, y, z (on the wall) and t.
struct Wall {
  enum class Kind {
    reflecting,  ///< nothing passes
    absorbing,   ///< ρ = 0 on the wall
    value,       ///< ρ = given, 1/m^n
    flux,        ///< given comes in, 1/(m^(n−1) s)
    surface      ///< given · ρ leaves, given in m/s: a surface sink of finite efficiency
  } kind = Kind::reflecting;
  Expr given;
};

/// In its expressions coordinates 0, 1, 2 are x, y, z (m), 3 is t (s), and `density_axis + p` is ρ_p.
struct Equation {
  static constexpr int density_axis = 4;

  ContinuumPde pde;                       ///< its coefficients stand everywhere, unless there are
  std::optional<LocalFields> local = {};  ///< others in every cell
  std::vector<Expr> production = {};      ///< (P) S_p, 1/(m^n s); null where there is none; empty: none at all
  /// [axis][low, high]: one for each component; empty: as Grid::boundary says, for all of them.
  std::array<std::array<std::vector<Wall>, 2>, 3> walls = {};

  /// ∂ρ/∂t = L ρ with constant coefficients.
  bool linear() const;
  /// The same of what the grid's scheme makes of it: limited drift is not linear.
  bool linear_on(const Grid& grid) const;
};

/// The largest over p of Σ_q |∂S_p/∂ρ_q|, 1/s. Null where no production depends on a density.
Expr stiffness(const std::vector<Expr>& production, int components);

/// Are all walls plain, and absorbing or reflecting as Grid::boundary says for all components alike?
bool mirrors(const Equation& equation, const Grid& grid);

/// The walls of one side as (P) conditions. Of a periodic side there are none.
std::vector<Wall> walls_of(const Equation& equation, const Grid& grid, int axis, int side);

}  // namespace rdd
