// Which method is the quickest for a solve, before any step is made.
#pragma once

#include <string>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

/// How much drift there is beside diffusion in one cell: the largest |C_pp| h_a/D_aa,pp over the axes, the coarse
/// states and the extremes of the coefficients. Drift that moves nothing on its way through the box is not looked at.
struct Peclet {
  double number = 0;
  int axis = -1;  ///< where it is largest
};
Peclet peclet(const ContinuumPde& pde, const Grid& grid);

struct MethodChoice {
  TimeMethod method = TimeMethod::runge_kutta;
  std::string reason;  ///< for a reader: "1800 sweeps expected, implicit steps would cost as many as 4000"
};

/// The exponential method where it is exact: for waves that `pde` keeps apart between the walls of Grid::boundary.
/// Elsewhere the cheaper of explicit and implicit steps, by their cost in sweeps. `beyond`: what the equation has
/// beyond `pde` and these walls, for a reader; empty for nothing.
MethodChoice choose_method(const ContinuumPde& pde, const Grid& grid, const SolveParams& params,
                           const std::string& beyond);

/// Sweeps the explicit method needs, roughly. A solution of a relaxing equation changes at the rate 1/t at time t, once
/// faster modes have gone: the error allows steps of (15 tolerance)^{1/3} t, and less
/// than half of that with the derivatives of a spreading point and the control's caution; stability asks for so many
/// stages each.
double explicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params);
/// What implicit steps cost, in sweeps. Backward differences of fifth order go in steps of about tolerance^{1/6} t;
/// each solves a linear system or two, and costs as much as many sweeps.
double implicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params);

}  // namespace rdd
