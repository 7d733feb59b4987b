// The C interface between a compiled kernel and time integration: the same for JIT and for emitted C++.
#pragma once

#include <memory>

#include "runtime/solve/grid.hpp"

namespace rdd {

class LocalCoefficients;

/// Pieces of an interleaved row.
inline constexpr long ways = 8;

/// Where a component's cell (x, y, z) stands in its array: component·stride_component + z·stride_z + y·stride_y +
/// along_x(x).
///
/// Rows lie one cell after another, or interleaved: cut into `ways` pieces of equal length whose cells take turns, so
/// that a vector holds one cell of every piece, and their neighbours along x make up the vectors before and after it.
/// Vectors then begin where cache lines do, wherever they are read from, and none needs its lanes moved. Before and
/// after such a row stand `halo` groups of `ways` cells for the neighbours at the ends of the pieces: the last and the
/// first groups of the row, turned by one piece, so that the row is closed around.
struct KernelLayout {
  long n[3];
  long stride_y;
  long stride_z;
  long stride_component;
  long halo = 0;  ///< 0: rows are not interleaved; else as far as kernels look along x

  long along_x(long x) const {
    if (halo == 0) return x;
    const long piece = n[0] / ways;
    return (halo + x % piece) * ways + x / piece;
  }
};

/// That of a Field.
inline KernelLayout dense_layout(const Grid& grid) {
  const auto& n = grid.points;
  return {{n[0], n[1], n[2]}, n[0], n[0] * n[1], n[0] * n[1] * n[2]};
}

/// Whether the rows of a grid can be interleaved.
inline bool can_interleave(const Grid& grid) {
  return grid.points[0] % ways == 0 && grid.points[0] / ways >= reach(grid.scheme);
}

/// Writes what stands before and after an interleaved row; `first`: its first group, `piece`: how many it has.
inline void close_row(double* first, long piece, long halo) {
  const auto turn = [first](long from, long by, long to) {
    double group[ways];
    for (long way = 0; way < ways; ++way) group[way] = first[from * ways + (way + by) % ways];
    for (long way = 0; way < ways; ++way) first[to * ways + way] = group[way];
  };
  for (long i = 0; i < halo; ++i) {
    turn(i, 1, piece + i);
    turn(piece - 1 - i, ways - 1, -1 - i);
  }
}

/// Sweeps the rows [first, last) of the grid (row r: y = r mod n_y, z = r / n_y; the whole of x).
///   in       input fields, in the order of KernelIr::inputs; none may overlap `out`
///   out      the output field
///   scalars  run-time numbers, in the order of KernelIr::scalars
/// A kernel for interleaved rows finds them closed in all input fields, and leaves them so in the output; all begin
/// where cache lines do.
using KernelFunction = void (*)(const double* const* in, double* out, const double* scalars, const KernelLayout* layout,
                                long first, long last);

/// What time integration needs of dρ/dt = R(t, ρ), boundaries included. `t` is the time in s; the inputs of `rhs`,
/// `stage` and `stiffness` end with the coefficient fields, where there are any: those of `coefficients`, then those of
/// `local`.
struct Kernels {
  /// inputs {y, [coefficients]}; scalars {t}; out = R(t, y).
  KernelFunction rhs = nullptr;
  /// inputs {y, previous, base, base_rhs, [coefficients]}; scalars {a, b, c, d, e, t}:
  /// out = a·y + b·previous + c·base + d·base_rhs + e·R(t, y), one stage of a Runge–Kutta–Chebyshev step.
  KernelFunction stage = nullptr;
  /// inputs {}; scalars {t}; out = `coefficient_fields` components: what of R depends on the place alone. Null where
  /// nothing does.
  KernelFunction coefficients = nullptr;
  /// inputs {y, [coefficients]}; scalars {t}; out = one component: a bound on what changes of ρ in the cell change of
  /// its local production, max_p Σ_q |∂S_p/∂ρ_q|, 1/s. Null where production does not depend on ρ.
  KernelFunction stiffness = nullptr;
  int coefficient_fields = 0;
  bool interleaved = false;                                  ///< all fields have interleaved rows
  bool linear = true;                                        ///< R(t, ρ) = L ρ with a constant L
  std::shared_ptr<const LocalCoefficients> local = nullptr;  ///< null where coefficients are the same everywhere
};

}  // namespace rdd
