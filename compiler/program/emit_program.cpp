#include "compiler/program/emit_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/program/emit_problem.hpp"
#include "compiler/program/run_parameters.hpp"
#include "compiler/version.hpp"

namespace rdd {

namespace {

std::string parameter_list(const Model& model, const std::vector<RunParameter>& parameters,
                           const std::vector<double>& values, std::span<const FreeParameter> free) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::string out;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& declared = model.parameters[i];
    auto range = declared.range.value_or(std::array{-infinity, infinity});
    for (const FreeParameter& one : free)
      if (static_cast<std::size_t>(one.index) == i) range = {one.low, one.high};
    const std::string why = declared.derived ? "it follows from others" : parameters[i].fixed;
    out += fmt::format("  program.parameters.push_back({{{}, {}, {}, {}, {}, {}}});\n", string_literal(declared.name),
                       string_literal(si_unit(declared.dimension)), exact_literal(values[i]), exact_literal(range[0]),
                       exact_literal(range[1]), string_literal(why));
  }
  return out;
}

/// The lines of a solve block in its model, as comments with their numbers.
std::string model_lines(const SolveTask& task) {
  std::string out = fmt::format("// solve {}", task.problem.name);
  if (!task.place) return out + "\n";
  const std::string& text = task.place.source->text;
  out += fmt::format(", in {}:\n", std::filesystem::path(task.place.source->name).filename().string());
  const std::size_t end = std::min(text.find('}', task.place.end), text.size());
  std::size_t at = text.rfind('\n', task.place.begin) + 1;  // 0 where there is none
  for (auto number = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'); at <= end;
       ++number) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    const std::string line = fmt::format("// {:4}  {}", number, text.substr(at, newline - at));
    out += line.substr(0, line.find_last_not_of(" \t\r") + 1) + "\n";
    at = newline + 1;
  }
  return out;
}

// What follows from parameters that may change.
std::string followers(std::span<const Expr> expressions, const std::vector<double>& values,
                      const std::vector<bool>& changes) {
  std::string out;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    bool follows = false;
    for (std::size_t j = 0; j < i; ++j)
      follows = follows || (changes[j] && uses_parameter(expressions[i], static_cast<int>(j)));
    if (changes[i] && follows)
      out += fmt::format("    if (!set[{0}]) q[{0}] = {1};\n", i, emitted(expressions[i], values, changes));
  }
  if (out.empty()) return "";
  return "  program.follow = [](std::vector<double>& q, const std::vector<bool>& set) {\n" + out + "  };\n";
}

}  // namespace

bool all_fused(const std::vector<SolveTask>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const SolveTask& task) {
    return task.fused || task.problem.method == TimeMethod::exponential;
  });
}

std::string emit_program(const Model& model, std::span<const Expr> expressions, const std::vector<SolveTask>& tasks,
                         std::span<const FreeParameter> free) {
  std::vector<std::string> solves;
  for (const SolveTask& task : tasks) solves.push_back(task.problem.name);
  const std::vector<RunParameter> parameters = run_parameters(model, expressions, solves, numbers(free));
  std::vector<bool> changes;
  for (const RunParameter& parameter : parameters) changes.push_back(parameter.fixed.empty());
  std::vector<double> values;
  for (const OutputArray& input : tasks.front().problem.output.inputs) values.push_back(input.values.front());
  std::string out = fmt::format(
      "// {}: a solver of reduced reaction-drift-diffusion equations, written by rdd {} from {} (hash {}).\n"
      "// Everything here is in SI units. `rdd build` compiles it, `rdd emit --cpp` writes it with all it needs; by "
      "hand:\n"
      "//   c++ -std=c++20 {} -march=native -DEIGEN_MAX_ALIGN_BYTES=64 -I RDD/include THIS.cpp\n"
      "//       -L RDD/lib -lrdd_program -lrdd_solve -lrdd_runtime -lfmt -lfftw3 -lhdf5 -lsundials_cvode "
      "-lsundials_arkode\n",
      model.name, version, model.span.source ? model.span.source->name : std::string("a model"), model.hash,
      fmt::join(cpp_flags(all_fused(tasks)), " "));
  out +=
      "#include <atomic>\n#include <cmath>\n#include <initializer_list>\n#include <limits>\n\n#include "
      "\"runtime/program/problem.hpp\"\n#include \"runtime/reduction/symbol.hpp\"\n#include "
      "\"runtime/solve/local_coefficients.hpp\"\n\n";
  out += emitted_matrix();
  for (std::size_t i = 0; i < tasks.size(); ++i)
    out += fmt::format("\n{0}namespace solve_{1} {{\n\n{2}\n}}  // namespace solve_{1}\n", model_lines(tasks[i]), i,
                       emit_problem(tasks[i], changes));
  out += "\nint main(int argc, char** argv) {\n  rdd::Program program;\n";
  out += fmt::format("  program.about = {};\n",
                     string_literal(fmt::format("{} {} (rdd {})", model.name, model.hash, version)));
  out += parameter_list(model, parameters, values, free) + followers(expressions, values, changes);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    out += fmt::format("  program.problems.push_back([](const auto& q) {{ return solve_{}::problem(q); }});\n", i);
    out += fmt::format("  program.kernels.push_back([](const auto& q) {{ return solve_{}::kernels(q); }});\n", i);
  }
  out += "  return rdd::run_program(argc, argv, std::move(program));\n}\n";
  return out;
}

}  // namespace rdd
