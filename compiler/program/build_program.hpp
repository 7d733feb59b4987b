// C++ text -> program, by the system's compiler.
#pragma once

#include <stdexcept>
#include <string>

namespace rdd {

/// Why there is no program; `what()` is a sentence, with the compiler's own words after it.
class BuildError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct BuildOptions {
  std::string compiler;      ///< empty: $CXX, else c++
  bool portable = false;     ///< without -march=native
  bool keep_source = false;  ///< leave PROGRAM.cpp beside the program
  bool fused = false;        ///< may products be added in one operation?
};
/// Compiles and links `source` to `program`, which appears whole or not at all. Throws BuildError.
void build_program(const std::string& source, const std::string& program, const BuildOptions& options);

}  // namespace rdd
