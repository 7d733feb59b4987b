// What `rdd build` compiles, as a project of its own: to be read, changed, and built on a machine without this
// compiler.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/lower_solve.hpp"

namespace rdd {

/// Names of files in one folder, and their texts: the translation unit of emit_program, a CMakeLists.txt that needs the
/// installed runtime alone, and a README.md. Stable texts.
std::vector<std::pair<std::string, std::string>> emit_project(const Model& model, std::span<const Expr> expressions,
                                                              const std::vector<SolveTask>& tasks,
                                                              std::span<const FreeParameter> free = {});

}  // namespace rdd
