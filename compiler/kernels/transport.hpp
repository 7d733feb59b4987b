// Transport of the reduced equation between the cells of a grid, as trees of KernelIr.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <vector>

#include "compiler/kernels/equation.hpp"
#include "compiler/kernels/kernel_ir.hpp"
#include "runtime/solve/grid.hpp"

namespace rdd {

/// What a wall prescribes for a component, or its derivative along the wall: Wall::given beside the cell at an offset.
struct Given {
  int axis, side, component;
  int derivative;  ///< −1: the value itself
  std::array<int, 3> cell;
  auto operator<=>(const Given&) const = default;
};

/// Where transport finds in a kernel what it does not know itself. The densities are the first input.
struct TransportLeaves {
  std::function<ir::NodePtr(const Given&)> given;
  int coefficients = 1;  ///< input that holds the local coefficients, where the equation has any
  int first_local = 0;   ///< component of the first of them there
};

/// Q ρ + Σ_a ∂_a (C_a ρ + Σ_b ∂_b D_ab ρ) at one kind of place: a tree for each component, null where nothing is left.
/// docs/theory.md, section 5.
std::vector<ir::NodePtr> transport(const Equation& equation, const Grid& grid, const std::array<ir::Zone, 3>& zones,
                                   const TransportLeaves& leaves);

}  // namespace rdd
