// A solve block as C++ text: what emitted programs and emitted classes share.
#pragma once

#include <string>
#include <string_view>

#include "compiler/lower_solve.hpp"

namespace rdd {

/// A string literal, whatever stands in the text.
std::string string_literal(std::string_view text);

/// The function `matrix` that the text of `emit_problem` calls; stands before it, once.
const char* emitted_matrix();

/// Its kernels (rdd_rhs and rdd_stage; none where the exact propagator needs none), its initial density, and the
/// function `static rdd::Problem problem()`. To stand in a namespace of its own, after emitted_matrix() and
/// runtime/program/problem.hpp.
std::string emit_problem(const SolveTask& task);

}  // namespace rdd
