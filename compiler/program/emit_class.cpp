#include "compiler/program/emit_class.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "compiler/program/emit_problem.hpp"
#include "compiler/version.hpp"
#include "lang/layout.hpp"

namespace rdd {
namespace {

// Words that cannot be a member's name, and two macros of GCC's default dialect.
constexpr std::array<std::string_view, 97> taken{
    "alignas",     "alignof",   "and",        "and_eq",    "asm",      "auto",         "bitand",
    "bitor",       "bool",      "break",      "case",      "catch",    "char",         "char8_t",
    "char16_t",    "char32_t",  "class",      "compl",     "concept",  "const",        "consteval",
    "constexpr",   "constinit", "const_cast", "continue",  "co_await", "co_return",    "co_yield",
    "decltype",    "default",   "delete",     "do",        "double",   "dynamic_cast", "else",
    "enum",        "explicit",  "export",     "extern",    "false",    "float",        "for",
    "friend",      "goto",      "if",         "inline",    "int",      "long",         "mutable",
    "namespace",   "new",       "noexcept",   "not",       "not_eq",   "nullptr",      "operator",
    "or",          "or_eq",     "private",    "protected", "public",   "register",     "reinterpret_cast",
    "requires",    "return",    "short",      "signed",    "sizeof",   "static",       "static_assert",
    "static_cast", "struct",    "switch",     "template",  "this",     "thread_local", "throw",
    "true",        "try",       "typedef",    "typeid",    "typename", "union",        "unsigned",
    "using",       "virtual",   "void",       "volatile",  "wchar_t",  "while",        "xor",
    "xor_eq",      "linux",     "unix",       "rdd",       "std",      "main"};

// Members of an emitted class, its own and those of rdd::Simulation: no class can be called so.
constexpr std::array<std::string_view, 24> members{
    "Coarse", "Options", "Probe",  "advance",    "coarse_states", "coefficients", "components", "dimension",
    "field",  "files",   "finish", "grid",       "probe",         "probes",       "problem",    "replace",
    "run",    "shape",   "states", "statistics", "step",          "time",         "total",      "until"};

/// Names of one scope: different ones stay different.
std::vector<std::string> identifiers(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    std::string one = identifier(name);
    while (!seen.insert(one).second) one += '_';
    all.push_back(std::move(one));
  }
  return all;
}

std::string texts(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + string_literal(name);
  return fmt::format("std::array<std::string_view, {}>{{{}}}", names.size(), out);
}

std::string densities(const std::string& head, const std::vector<std::string>& names) {
  std::string out = "    struct " + head + " {\n";
  for (const std::string& name : names) out += "      rdd::DensityFunction " + name + " = nullptr;\n";
  return out + "    };\n";
}

std::string enumeration(const std::string& head, const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return fmt::format("  enum class {} {{ {} }};\n", head, out);
}

std::string shape(const Grid& grid) {
  std::string out;
  for (int a = 0; a < grid.dimension; ++a)
    out += (a ? " x " : "") + std::to_string(grid.points[static_cast<std::size_t>(a)]);
  return out;
}

std::vector<std::string> probe_names(const Problem& problem) {
  std::vector<std::string> names;
  for (const ProbeSpec& probe : problem.output.probes) names.push_back(probe.name);
  return names;
}

std::string declaration(const SolveTask& task, const std::string& name) {
  const Problem& problem = task.problem;
  const auto states = identifiers(problem.states), coarse = identifiers(problem.pde.names);
  const std::vector<std::string> probes = probe_names(problem);
  std::string out =
      fmt::format("\n/// solve {}: {} coarse state{} of {} on {} cells, {}.\n", problem.name, problem.pde.components,
                  problem.pde.components == 1 ? "" : "s", problem.states.size(), shape(problem.grid),
                  problem.method == TimeMethod::exponential ? "exact in time" : "by a compiled kernel");
  out += fmt::format("class {} : public rdd::Simulation {{\n public:\n", name);
  out += fmt::format("  static constexpr int dimension = {};\n", problem.grid.dimension);
  out += fmt::format("  static constexpr auto states = {};\n", texts(problem.states));
  out += fmt::format("  static constexpr auto coarse_states = {};\n", texts(problem.pde.names));
  out += enumeration("Coarse", coarse);
  if (!probes.empty()) {
    out += fmt::format("  static constexpr auto probes = {};\n", texts(probes));
    out += enumeration("Probe", identifiers(probes));
  }
  out +=
      "\n  /// What can be set; what is left alone is the model's own. Initial densities, 1/m^n at a place in m, are\n"
      "  /// those of the model's states (projected on the slow manifold) and of the coarse states (as they are); "
      "where\n"
      "  /// any is given they replace the model's altogether, and those left out are zero.\n"
      "  struct Options {\n";
  out += densities("Initial", states) + densities("InitialCoarse", coarse);
  out +=
      "    Initial initial = {};\n    InitialCoarse coarse = {};\n"
      "    double until = 0;          ///< s; 0: the model's\n"
      "    double every = 0;          ///< s between outputs; 0: the model's\n"
      "    int threads = 1;           ///< results do not depend on it\n"
      "    std::string output = {};   ///< the HDF5 file to write; empty: none\n"
      "  };\n";
  out += fmt::format("  {0}();\n  explicit {0}(const Options& options);\n\n", name);
  out +=
      "  using rdd::Simulation::field;\n"
      "  std::span<const double> field(Coarse state) const { return field(static_cast<int>(state)); }\n"
      "  using rdd::Simulation::total;\n"
      "  double total(Coarse state) const { return total(static_cast<int>(state)); }\n";
  if (!probes.empty())
    out +=
        "  using rdd::Simulation::probe;\n"
        "  double probe(Probe which) const { return probe(static_cast<std::size_t>(which)); }\n";
  return out + "};\n";
}

std::string definition(const SolveTask& task, const std::string& name, const std::string& in) {
  const Problem& problem = task.problem;
  const auto list = [](const std::string& of, const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& one : names) out += (out.empty() ? "" : ", ") + fmt::format("options.{}.{}", of, one);
    return out;
  };
  const auto states = identifiers(problem.states), coarse = identifiers(problem.pde.names);
  const std::string hidden = "rdd_" + name;
  std::string out = fmt::format("\n// solve {}\nnamespace {}::{} {{\n\n{}\n}}  // namespace {}::{}\n", problem.name, in,
                                hidden, emit_problem(task), in, hidden);
  out += fmt::format("\nnamespace {} {{\nnamespace {{\n\n", in);
  out += fmt::format("rdd::SimulationOptions settings(const {}::Options& options) {{\n", name);
  out += fmt::format("  rdd::SimulationOptions all;\n  all.states = {{{}}};\n  all.coarse = {{{}}};\n",
                     list("initial", states), list("coarse", coarse));
  out +=
      "  all.until = options.until;\n  all.every = options.every;\n  all.threads = options.threads;\n"
      "  all.output = options.output;\n  return all;\n}\n\n}  // namespace\n\n";
  out += fmt::format("{0}::{0}() : {0}(Options{{}}) {{}}\n", name);
  out += fmt::format(
      "{0}::{0}(const Options& options)\n    : rdd::Simulation({1}::problem(), {1}::kernels(), settings(options)) "
      "{{}}\n",
      name, hidden);
  return out + fmt::format("\n}}  // namespace {}\n", in);
}

}  // namespace

std::string identifier(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (is_name_part(c))
      out += c;
    else if (c != ']')  // site[3] -> site_3
      out += '_';
  }
  if (out.empty() || is_digit(out.front())) out.insert(0, "_");
  if (std::find(taken.begin(), taken.end(), out) != taken.end()) out += '_';
  return out;
}

std::string dependency_rule(const std::string& target, const std::vector<std::string>& files) {
  const auto escaped = [](const std::string& path) {
    std::string out;
    for (const char c : path) {
      if (c == ' ' || c == '#') out += '\\';
      if (c == '$') out += '$';
      out += c;
    }
    return out;
  };
  std::string out = escaped(target) + ":";
  for (const std::string& file : files) out += " \\\n  " + escaped(file);
  return out + "\n";
}

ClassText emit_class(const Model& model, const std::vector<SolveTask>& tasks, const std::string& header_name,
                     const std::optional<std::string>& class_name) {
  const std::string in = identifier(model.name);
  std::vector<std::string> blocks;
  for (const SolveTask& task : tasks) {
    std::string name = class_name.value_or(task.problem.name);
    if (std::find(members.begin(), members.end(), name) != members.end()) name += '_';
    blocks.push_back(std::move(name));
  }
  const std::vector<std::string> names = identifiers(blocks);
  const std::string about = fmt::format(
      "// {}: written by rdd {} from {} (hash {}), and written again when that changes: not to be edited.\n",
      model.name, version,
      model.span.source ? std::filesystem::path(model.span.source->name).filename().string() : "a model", model.hash);
  ClassText text;
  text.header = about +
                "#pragma once\n\n#include <array>\n#include <span>\n#include <string>\n#include <string_view>\n\n"
                "#include \"runtime/program/simulation.hpp\"\n#include \"runtime/reduction/symbol.hpp\"\n#include "
                "\"runtime/solve/local_coefficients.hpp\"\n\n";
  text.header += fmt::format("namespace {} {{\n", in);
  text.source =
      about + fmt::format("#include \"{}\"\n\n#include <cmath>\n#include <initializer_list>\n#include <limits>\n\n",
                          header_name);
  text.source += emitted_matrix();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    text.header += declaration(tasks[i], names[i]);
    text.source += definition(tasks[i], names[i], in);
  }
  text.header += fmt::format("\n}}  // namespace {}\n", in);
  return text;
}

}  // namespace rdd
