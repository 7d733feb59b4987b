// The C interface between a compiled kernel and time integration: the same for JIT and for emitted C++.
#pragma once

#include <memory>

#include "runtime/solve/grid.hpp"

namespace rdd {

class LocalCoefficients;

/// Where a component's cell (x, y, z) stands in its array: component·stride_component + z·stride_z + y·stride_y + x.
struct KernelLayout {
  long n[3];
  long stride_y;
  long stride_z;
  long stride_component;
};

/// That of a Field.
inline KernelLayout dense_layout(const Grid& grid) {
  const auto& n = grid.points;
  return {{n[0], n[1], n[2]}, n[0], n[0] * n[1], n[0] * n[1] * n[2]};
}

/// Sweeps the rows [first, last) of the grid (row r: y = r mod n_y, z = r / n_y; the whole of x).
///   in       input fields, in the order of KernelIr::inputs; none may overlap `out`
///   out      the output field
///   scalars  run-time numbers, in the order of KernelIr::scalars
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
  bool linear = true;                                        ///< R(t, ρ) = L ρ with a constant L
  std::shared_ptr<const LocalCoefficients> local = nullptr;  ///< null where coefficients are the same everywhere
};

}  // namespace rdd
