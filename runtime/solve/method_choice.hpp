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

/// What an equation has beyond a ContinuumPde and the walls of Grid::boundary.
struct Beyond {
  std::string what = {};  ///< for a reader; empty for nothing
  double rate = 0;        ///< 1/s, how fast production changes with the densities at most: compiler/production_rate.hpp
  bool in_transport = false;  ///< coefficients that vary, walls of another kind
};

/// The exponential method where it is exact: for waves that `pde` keeps apart between the walls of Grid::boundary.
/// Elsewhere the cheapest of explicit, implicit and additive steps, by their cost in sweeps.
MethodChoice choose_method(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, const Beyond& beyond);

/// Sweeps the explicit method needs, roughly. A solution of a relaxing equation changes at the rate 1/t at time t, once
/// faster modes have gone: the error allows steps of (15 tolerance)^{1/3} t, and less
/// than half of that with the derivatives of a spreading point and the control's caution; stability asks for so many
/// stages each. `rate`: of production, as in Beyond.
double explicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, double rate = 0);
/// What implicit steps cost, in sweeps. Backward differences of fifth order go in steps of about 0.8 tolerance^{1/6} t;
/// each solves a linear system or two, and costs as much as many sweeps.
double implicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, double rate = 0);
/// What additive steps cost, in sweeps. Their estimate of the error is of fourth order in the step: they go in steps of
/// about 5 tolerance^{1/4} t while the production they take explicitly, and drift towards walls, allow it. Infinite
/// where transport is beyond what the waves of the box keep apart.
double imex_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, const Beyond& beyond);

}  // namespace rdd
