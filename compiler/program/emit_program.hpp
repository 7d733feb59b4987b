// A whole program from solve blocks: kernels, coefficients and initial densities as C++, and a main that hands them to
// rdd::run_program. It links rdd::program, rdd::solve and rdd::runtime; to run it needs neither LLVM nor this project.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "compiler/lower_solve.hpp"

namespace rdd {

/// Whether all kernels of these solves may add a product in one operation: one translation unit is compiled one way.
bool all_fused(const std::vector<SolveTask>& tasks);

/// The translation unit. Stable text. `expressions`: what the value of each parameter was found from, in the order of
/// Model::parameters.
std::string emit_program(const Model& model, std::span<const Expr> expressions, const std::vector<SolveTask>& tasks,
                         std::span<const FreeParameter> free = {});

}  // namespace rdd
