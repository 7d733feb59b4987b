#include "compiler/program/emit_program.hpp"

#include <fmt/format.h>

#include "compiler/program/emit_problem.hpp"
#include "compiler/version.hpp"

namespace rdd {

std::string emit_program(const Model& model, const std::vector<SolveTask>& tasks) {
  std::string out = fmt::format(
      "// {}: a solver of reduced reaction-drift-diffusion equations, written by rdd {} from {} (hash {}).\n"
      "// Everything here is in SI units. `rdd build` compiles it; by hand:\n"
      "//   c++ -std=c++20 -O3 -march=native -ffp-contract=off -DEIGEN_MAX_ALIGN_BYTES=16 -I RDD/include THIS.cpp -L "
      "RDD/lib\n"
      "//       -lrdd_program -lrdd_solve -lrdd_runtime -lfmt -lfftw3 -lhdf5 -lsundials_cvode\n",
      model.name, version, model.span.source ? model.span.source->name : std::string("a model"), model.hash);
  out +=
      "#include <cmath>\n#include <initializer_list>\n#include <limits>\n\n#include "
      "\"runtime/program/problem.hpp\"\n#include \"runtime/reduction/symbol.hpp\"\n\n";
  out += emitted_matrix();
  for (std::size_t i = 0; i < tasks.size(); ++i)
    out += fmt::format("\n// solve {0}\nnamespace solve_{1} {{\n\n{2}\n}}  // namespace solve_{1}\n",
                       tasks[i].problem.name, i, emit_problem(tasks[i]));
  out += "\nint main(int argc, char** argv) {\n  rdd::Program program;\n";
  out += fmt::format("  program.about = {};\n",
                     string_literal(fmt::format("{} {} (rdd {})", model.name, model.hash, version)));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    out += fmt::format("  program.problems.push_back(solve_{}::problem());\n", i);
    out += fmt::format("  program.kernels.push_back(solve_{}::kernels());\n", i);
  }
  out += "  return rdd::run_program(argc, argv, std::move(program));\n}\n";
  return out;
}

}  // namespace rdd
