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

/// The shortest digits that read back to the same bits; always a double, never an int.
std::string exact_literal(double value);

/// An expression over `q`, values of the parameters, where these may change, and numbers elsewhere. `values` of the
/// parameters, SI; `changes` as long, or empty where none does.
std::string emitted(const Expr& expression, const std::vector<double>& values, const std::vector<bool>& changes);

/// Its kernels (rdd_rhs and rdd_stage; none where the exact propagator needs none), its initial density, and the
/// function `static rdd::Problem problem(q)` of the values of the parameters, which may be left out where none of them
/// changes. To stand in a namespace of its own, after emitted_matrix() and
/// runtime/program/problem.hpp.
std::string emit_problem(const SolveTask& task, const std::vector<bool>& changes = {});

}  // namespace rdd
