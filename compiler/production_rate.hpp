// How fast local production changes with the densities: known before there is a kernel, for the choice of a method.
#pragma once

#include "compiler/kernels/equation.hpp"
#include "runtime/program/problem.hpp"

namespace rdd {

/// The largest row sum of |∂S_p/∂ρ_q|, 1/s, over the grid (some thousand of its cells) at the beginning and the end,
/// for the initial densities and what production adds to them; those that spread over the box before the end count with
/// their means. What comes in piles up until it is lost as fast, after the time τ with τ · rate(ρ(0) + τ S) = 1, or
/// until the end. Zero where no production depends on a density; infinite where it cannot be told.
double production_rate(const Equation& equation, const Problem& problem);

}  // namespace rdd
