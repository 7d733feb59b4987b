// What `rdd build` compiles, as a project of its own: to be read, changed, and built on a machine without this
// compiler.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/lower_solve.hpp"

namespace rdd {

/// Files below one folder, and their texts: the translation unit of emit_program, a CMakeLists.txt, a README.md, and
/// the sources of the runtime below rdd/. Headers of Eigen and fmt belong into third_party/ (copy_third_party). Stable
/// texts.
std::vector<std::pair<std::string, std::string>> emit_project(const Model& model, std::span<const Expr> expressions,
                                                              const std::vector<SolveTask>& tasks,
                                                              std::span<const FreeParameter> free = {});

/// Copies the headers of Eigen and fmt this rdd was built with below `folder`/third_party. Throws OutputError.
void copy_third_party(const std::string& folder);

}  // namespace rdd
