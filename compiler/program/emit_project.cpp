#include "compiler/program/emit_project.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/program/emit_class.hpp"
#include "compiler/program/emit_program.hpp"
#include "compiler/program/run_parameters.hpp"
#include "compiler/version.hpp"

namespace rdd {
namespace {

std::string cmake_lists(const std::string& name) {
  return fmt::format(
      R"(cmake_minimum_required(VERSION 3.25)
project({0} LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_package(rdd CONFIG REQUIRED COMPONENTS runtime)  # -DCMAKE_PREFIX_PATH=where rdd is installed

add_executable({0} {0}.cpp)
target_compile_features({0} PRIVATE cxx_std_20)
# Contracted multiplications and additions, and other functions than the C library's, would change the last bits of the
# results.
target_compile_options({0} PRIVATE -march=native {1})
target_compile_definitions({0} PRIVATE EIGEN_MAX_ALIGN_BYTES=64)
target_link_libraries({0} PRIVATE rdd::program)
)",
      name, fmt::join(cpp_flags(), " "));
}

std::string parameter_table(const Model& model, const std::vector<RunParameter>& parameters,
                            const std::vector<SolveTask>& tasks) {
  if (parameters.empty()) return "";
  std::string out = "\n## Parameters\n\n| name | value | `--set` |\n| --- | --- | --- |\n";
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const OutputArray& input = tasks.front().problem.output.inputs[i];
    const std::string why = parameters[i].settable        ? "yes"
                            : model.parameters[i].derived ? "no: it follows from others"
                                                          : "no: " + parameters[i].fixed;
    out += fmt::format("| `{}` | {}{}{} | {} |\n", input.name, input.values.front(), input.unit.empty() ? "" : " ",
                       input.unit, why);
  }
  return out;
}

std::string readme(const Model& model, const std::string& name, const std::vector<RunParameter>& parameters,
                   const std::vector<SolveTask>& tasks) {
  std::string out = fmt::format(
      "# {0}\n\nA solver of reduced reaction-drift-diffusion equations, written by rdd {1} from `{2}` (hash {3}).\n\n"
      "    cmake -B build -DCMAKE_PREFIX_PATH=~/rdd     # where rdd is installed; its runtime is enough\n"
      "    cmake --build build\n"
      "    build/{4} --help\n\n"
      "`{4}.cpp` holds all of the model, in SI units: coefficients, kernels, initial densities.\n\n"
      "## Solves\n\n| block | cells | to | results |\n| --- | --- | --- | --- |\n",
      model.name, version,
      model.span.source ? std::filesystem::path(model.span.source->name).filename().string() : std::string("a model"),
      model.hash, name);
  for (const SolveTask& task : tasks) {
    const Problem& problem = task.problem;
    std::string points;
    for (int a = 0; a < problem.grid.dimension; ++a)
      points += (a ? " x " : "") + std::to_string(problem.grid.points[static_cast<std::size_t>(a)]);
    const std::string end =
        problem.method == TimeMethod::steady ? "the steady state" : fmt::format("{} s", problem.params.until);
    out += fmt::format("| {} | {} | {} | `{}` |\n", problem.name, points, end, problem.output.path);
  }
  return out + parameter_table(model, parameters, tasks);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> emit_project(const Model& model, std::span<const Expr> expressions,
                                                              const std::vector<SolveTask>& tasks,
                                                              std::span<const FreeParameter> free) {
  const std::string name = identifier(model.name);
  std::vector<std::string> solves;
  for (const SolveTask& task : tasks) solves.push_back(task.problem.name);
  return {{name + ".cpp", emit_program(model, expressions, tasks, free)},
          {"CMakeLists.txt", cmake_lists(name)},
          {"README.md", readme(model, name, run_parameters(model, expressions, solves, numbers(free)), tasks)}};
}

}  // namespace rdd
