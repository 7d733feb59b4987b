// A whole program from solve blocks: kernels, coefficients and initial densities as C++, and a main that hands them to
// rdd::run_program. It links rdd::program, rdd::solve and rdd::runtime; to run it needs neither LLVM nor this project.
#pragma once

#include <string>
#include <vector>

#include "compiler/lower_solve.hpp"

namespace rdd {

/// The translation unit. Stable text.
std::string emit_program(const Model& model, const std::vector<SolveTask>& tasks);

/// Why there is no program; `what()` is a sentence, with the compiler's own words after it.
class BuildError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct BuildOptions {
  std::string compiler;      ///< empty: $CXX, else c++
  bool portable = false;     ///< without -march=native
  bool keep_source = false;  ///< leave PROGRAM.cpp beside the program
};
/// Compiles and links `source` to `program`, which appears whole or not at all. Throws BuildError.
void build_program(const std::string& source, const std::string& program, const BuildOptions& options);

}  // namespace rdd
