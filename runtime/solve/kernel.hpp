// The C interface between a compiled kernel and time integration: the same for JIT and for emitted C++.
#pragma once

#include <functional>

#include "runtime/solve/grid.hpp"

namespace rdd {

/// Where a component's cell (x, y, z) stands in its array: component·stride_component + z·stride_z + y·stride_y + x.
struct KernelLayout {
  long n[3];
  long stride_y;
  long stride_z;
  long stride_component;
};

/// Sweeps the rows [first, last) of the grid (row r: y = r mod n_y, z = r / n_y; the whole of x).
///   in       input fields, in the order of KernelIr::inputs; none may overlap `out`
///   out      the output field
///   scalars  run-time numbers, in the order of KernelIr::scalars
using KernelFunction = void (*)(const double* const* in, double* out, const double* scalars, const KernelLayout* layout,
                                long first, long last);

/// What time integration needs: both linear in the fields, 2nd order in space, boundaries included.
struct Kernels {
  /// inputs {y}; scalars {}; out = L y, the right-hand side of the reduced equation.
  KernelFunction rhs = nullptr;
  /// inputs {y, previous, base, base_rhs}; scalars {a, b, c, d, e}:
  /// out = a·y + b·previous + c·base + d·base_rhs + e·(L y), one stage of a Runge–Kutta–Chebyshev step.
  KernelFunction stage = nullptr;
};

}  // namespace rdd
