// ContinuumPde -> KernelIr: central differences of second order in flux form.
#pragma once

#include <string>
#include <vector>

#include "compiler/kernels/equation.hpp"
#include "compiler/kernels/kernel_ir.hpp"
#include "runtime/solve/grid.hpp"

namespace rdd {

/// The kernels of runtime/solve/kernel.hpp for one equation on one grid: rhs, stage, and where there is need of them
/// coefficients and stiffness.
///
/// equation  (docs/theory.md, section 5); its dimension is the grid's
/// grid      walled axes need two points or more, periodic ones one or more
/// Throws InternalError where these promises are broken or a coefficient is not finite.
std::vector<ir::KernelIr> discretise(const Equation& equation, const Grid& grid);
std::vector<ir::KernelIr> discretise(const ContinuumPde& pde, const Grid& grid);

/// Whether the fields of a stage are larger than the last of the caches usually is, 32 MiB: then kernels prefetch.
bool beyond_caches(const Grid& grid, int components);

/// Stable text for `--emit=kernel`.
std::string text(const ir::KernelIr& kernel);

}  // namespace rdd
