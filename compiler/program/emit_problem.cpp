#include "compiler/program/emit_problem.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/pipeline.hpp"

namespace rdd {
namespace {

std::string matrix(const Eigen::MatrixXd& values) {
  std::string out = fmt::format("matrix({}, {}, {{", values.rows(), values.cols());
  for (Eigen::Index i = 0; i < values.rows(); ++i)
    for (Eigen::Index j = 0; j < values.cols(); ++j) out += (i + j ? ", " : "") + exact_literal(values(i, j));
  return out + "})";
}

std::string_view name(Boundary boundary) {
  switch (boundary) {
    case Boundary::periodic:
      return "rdd::Boundary::periodic";
    case Boundary::absorbing:
      return "rdd::Boundary::absorbing";
    case Boundary::reflecting:
      return "rdd::Boundary::reflecting";
  }
  return "";
}

std::string_view name(DifferenceScheme scheme) {
  switch (scheme) {
    case DifferenceScheme::central:
      return "central";
    case DifferenceScheme::fourth:
      return "fourth";
    case DifferenceScheme::limited:
      return "limited";
  }
  return "";
}

std::string_view name(TimeMethod method) {
  switch (method) {
    case TimeMethod::exponential:
      return "exponential";
    case TimeMethod::runge_kutta:
      return "runge_kutta";
    case TimeMethod::implicit:
      return "implicit";
    case TimeMethod::imex:
      return "imex";
    case TimeMethod::steady:
      return "steady";
  }
  return "";
}

std::string_view name(ProbeSpec::Kind kind) {
  switch (kind) {
    case ProbeSpec::Kind::integral:
      return "integral";
    case ProbeSpec::Kind::mean:
      return "mean";
    case ProbeSpec::Kind::variance:
      return "variance";
    case ProbeSpec::Kind::at:
      return "at";
  }
  return "";
}

std::string list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return "{" + out + "}";
}

std::string string_list(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(string_literal(text));
  return list(items);
}

// The network whose slow bands are taken exactly, from the very numbers `rdd run` makes it from.
std::string emit_symbol(const ExactSymbol& symbol) {
  const NetworkParts& parts = symbol.parts;
  std::string out = "  rdd::NetworkParts parts;\n";
  out += fmt::format("  parts.lattice.vectors = {};  // m\n", matrix(parts.lattice.vectors));
  out += fmt::format("  parts.states = {};\n", string_list(parts.states));
  if (parts.positions) out += fmt::format("  parts.positions = {};  // m\n", matrix(*parts.positions));
  if (parts.log_weights) out += fmt::format("  parts.log_weights = {};\n", matrix(*parts.log_weights));
  out += "  parts.hops = {  // from, to, cell, 1/s\n";
  for (const Hop& hop : parts.hops)
    out += fmt::format("      {{{}, {}, {{{}, {}, {}}}, {}}},\n", hop.from, hop.to, hop.cell[0], hop.cell[1],
                       hop.cell[2], exact_literal(hop.rate));
  out += "  };\n";
  out += fmt::format("  const Eigen::MatrixXd memberships = {};\n", matrix(symbol.memberships));
  return out +
         "  p.params.symbol = rdd::slow_symbols(rdd::make_network(std::move(parts)), memberships, p.pde.frame);\n";
}

}  // namespace

std::string exact_literal(double value) {
  if (std::isinf(value))  // a resolution, a range there is none of
    return value > 0 ? "std::numeric_limits<double>::infinity()" : "-std::numeric_limits<double>::infinity()";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string digits(buffer, end);
  if (digits.find_first_of(".en") == std::string::npos) digits += ".0";
  return digits;
}

std::string emitted(const Expr& expression, const std::vector<double>& values, const std::vector<bool>& changes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < values.size(); ++i) names.push_back(fmt::format("q[{}]", i));
  const Expr partly_bound = substitute(expression, [&](const Expr& leaf) {
    const auto* parameter = std::get_if<expr::Parameter>(&leaf->value);
    if (!parameter) return leaf;
    const auto i = static_cast<std::size_t>(parameter->index);
    return i < changes.size() && changes[i] ? leaf : number(values[i]);
  });
  return cpp(partly_bound, names);
}

std::string string_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n\"\n      \"";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

const char* emitted_matrix() {
  return "// Values row by row.\n"
         "[[maybe_unused]] static Eigen::MatrixXd matrix(Eigen::Index rows, Eigen::Index columns,\n"
         "                                               std::initializer_list<double> values) {\n"
         "  Eigen::MatrixXd m(rows, columns);\n"
         "  const double* value = values.begin();\n"
         "  for (Eigen::Index i = 0; i < rows; ++i)\n"
         "    for (Eigen::Index j = 0; j < columns; ++j) m(i, j) = *value++;\n"
         "  return m;\n}\n";
}

static std::string emitted_series(const std::vector<CoefficientTable::Series>& all) {
  static constexpr const char* kinds[] = {"zero", "logarithm", "share"};
  std::string out;
  for (const auto& series : all)
    out += fmt::format("        {{Series::Kind::{}, {}, {}}},\n", kinds[static_cast<int>(series.kind)],
                       exact_literal(series.sign), matrix(series.coefficients));
  return out;
}

/// A function that makes the coefficients that follow the fields.
static std::string emitted_local(const LocalParts& local, const std::vector<double>& values,
                                 const std::vector<bool>& changes) {
  std::string out =
      "// Coefficients that follow parameters or fields: interpolants, and what these are at a place in m and a time "
      "in s.\n"
      "static std::shared_ptr<const rdd::LocalCoefficients> local_coefficients([[maybe_unused]] const "
      "std::vector<double>& "
      "q) {\n"
      "  using Series = rdd::CoefficientTable::Series;\n"
      "  std::vector<rdd::LocalCoefficients::Block> blocks;\n";
  for (const LocalCoefficients::Block& block : local.coefficients->blocks()) {
    const CoefficientTable& table = block.table;
    std::vector<std::string> degree, ranges, parameters;
    for (const int n : table.degree) degree.push_back(std::to_string(n));
    for (const int i : block.parameters) parameters.push_back(std::to_string(i));
    for (const ParameterRange& range : table.ranges)
      ranges.push_back(fmt::format("{{{}, {}, {}, {}}}", string_literal(range.name), exact_literal(range.low),
                                   exact_literal(range.high), range.reciprocal));
    out += fmt::format(
        "  {{\n    rdd::CoefficientTable table;\n    table.P = {};\n    table.order = {};\n    table.axes = {};\n"
        "    table.degree = {};\n    table.ranges = {};\n    table.error = {};\n    table.entries = {{\n{}    }};\n"
        "    table.scales = {{\n{}    }};\n    blocks.push_back({{std::move(table), {}}});\n  }}\n",
        table.P, table.order, table.axes, list(degree), list(ranges), exact_literal(table.error),
        emitted_series(table.entries), emitted_series(table.scales), list(parameters));
  }
  out +=
      "  const auto fields = [q](const std::array<double, 4>& place, std::span<double> to) {\n"
      "    [[maybe_unused]] const double x = place[0], y = place[1], z = place[2], t = place[3];\n";
  for (std::size_t i = 0; i < local.parameters.size(); ++i)
    out += fmt::format("    to[{}] = {};\n", i, emitted(local.parameters[i], values, changes));
  return out +
         fmt::format(
             "  }};\n  return std::make_shared<const rdd::LocalCoefficients>(std::move(blocks), {}, {}, {}, fields, "
             "{});\n}}\n\n",
             matrix(local.frame), matrix(local.more_reaction), local.parameters.size(), local.follow_time);
}

/// The kernels, and a function that names them.
static std::string emitted_kernels(const SolveTask& task) {
  std::string out, links;
  if (task.equation.local) links += "  all.local = local_coefficients(q);\n";
  if (task.problem.method != TimeMethod::exponential) {
    const auto kernels = discretise(task.equation, task.problem.grid);
    const Problem& problem = task.problem;
    const JitOptions as = jit_options(task);
    out =
        emit_cpp(kernels, {.linkage = Linkage::internal, .prefetch = as.prefetch, .interleave = as.interleave}) + "\n";
    for (const ir::KernelIr& kernel : kernels) {
      links += fmt::format("  all.{0} = rdd_{0};\n", kernel.name);
      if (kernel.name == "coefficients") links += fmt::format("  all.coefficient_fields = {};\n", kernel.outputs);
    }
    links += fmt::format("  all.interleaved = {};\n", as.interleave);
    links += fmt::format("  all.linear = {};\n", task.equation.linear_on(problem.grid));
  }
  return out +
         "static rdd::Kernels kernels([[maybe_unused]] const std::vector<double>& q = {}) {\n  rdd::Kernels all;\n" +
         links + "  return all;\n}\n\n";
}

std::string emit_problem(const SolveTask& task, const std::vector<bool>& changes) {
  const Problem& problem = task.problem;
  std::vector<double> values;  // of the parameters
  for (const OutputArray& input : problem.output.inputs) values.push_back(input.values.front());
  const auto write = [&](const Expr& expression) { return emitted(expression, values, changes); };
  const ContinuumPde& pde = problem.pde;
  std::string out = task.local ? emitted_local(*task.local, values, changes) : "";
  out += emitted_kernels(task);

  out += "// Initial densities on the slow manifold, 1/m^n, at a place in m.\n";
  out +=
      "static double initial([[maybe_unused]] const std::vector<double>& q, int component, [[maybe_unused]] double x,\n"
      "                      [[maybe_unused]] double y, [[maybe_unused]] double z) {\n";
  out += "  switch (component) {\n";
  for (std::size_t p = 0; p < task.initial.size(); ++p)
    out += fmt::format("    case {}: return {};  // {}\n", p, write(task.initial[p]), pde.names[p]);
  out += "  }\n  return 0.0;\n}\n\n";

  out +=
      "static rdd::Problem problem([[maybe_unused]] const std::vector<double>& q = {}) {\n"
      "  rdd::Problem p;\n";
  out += fmt::format("  p.model = {};\n  p.name = {};\n", string_literal(problem.model), string_literal(problem.name));
  out += fmt::format("  p.pde.dimension = {};\n  p.pde.components = {};\n", pde.dimension, pde.components);
  out += fmt::format("  p.pde.frame = {};\n", matrix(pde.frame));
  out += fmt::format("  p.pde.resolution = {};\n", exact_literal(pde.resolution));
  out += fmt::format("  p.pde.names = {};\n", string_list(pde.names));
  out += fmt::format("  p.pde.coefficients.reaction = {};  // 1/s\n", matrix(pde.coefficients.reaction));
  out += "  p.pde.coefficients.drift = {  // m/s\n";
  for (const auto& drift : pde.coefficients.drift) out += fmt::format("      {},\n", matrix(drift));
  out += "  };\n  p.pde.coefficients.diffusion = {  // m^2/s\n";
  for (const auto& row : pde.coefficients.diffusion) {
    out += "      {";
    for (std::size_t j = 0; j < row.size(); ++j) out += (j ? ", " : "") + matrix(row[j]);
    out += "},\n";
  }
  out += "  };\n";
  const Grid& grid = problem.grid;
  out += fmt::format("  p.grid.dimension = {};\n", grid.dimension);
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a)
    out += fmt::format(
        "  p.grid.points[{0}] = {1};\n  p.grid.spacing[{0}] = {2};  // m\n  p.grid.boundary[{0}] = {{{3}, {4}}};\n", a,
        grid.points[a], exact_literal(grid.spacing[a]), name(grid.boundary[a][0]), name(grid.boundary[a][1]));
  out += fmt::format(
      "  p.initial = [q](int component, double x, double y, double z) {{ return initial(q, component, x, y, z); }};\n"
      "  p.method = rdd::TimeMethod::{};\n",
      name(problem.method));
  out += fmt::format("  p.method_reason = {};\n", string_literal(problem.method_reason));
  out += fmt::format("  p.grid.scheme = rdd::DifferenceScheme::{};\n", name(grid.scheme));
  out += fmt::format("  p.scheme_note = {};\n", string_literal(problem.scheme_note));
  out += fmt::format("  p.coefficient_note = {};\n", string_literal(problem.coefficient_note));
  out += fmt::format(
      "  p.params.until = {};  // s\n  p.params.every = {};\n  p.params.step = {};\n  p.params.tolerance = {};\n",
      task.until ? write(task.until) : "0.0", task.every ? write(task.every) : "0.0",
      task.step ? write(task.step) : "0.0", exact_literal(problem.params.tolerance));
  if (task.local) out += "  local_coefficients(q)->describe(p.pde, p.grid, p.params.until);\n";
  out +=
      fmt::format("  p.output.path = {};\n  p.output.components = p.pde.names;\n", string_literal(problem.output.path));
  out += "  p.output.attributes = {\n";
  for (const auto& [key, value] : problem.output.attributes)
    out += fmt::format("      {{{}, {}}},\n", string_literal(key), string_literal(value));
  out += "  };\n  p.output.inputs = {\n";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const OutputArray& input = problem.output.inputs[i];
    out += fmt::format("      {{{}, {}, {}, {{}}, {{{}}}}},\n", string_literal(input.group), string_literal(input.name),
                       string_literal(input.unit), write(parameter(static_cast<int>(i))));
  }
  out += "  };\n";
  out += fmt::format("  p.output.thin = {{{}, {}, {}}};\n", problem.output.thin[0], problem.output.thin[1],
                     problem.output.thin[2]);
  out += fmt::format("  p.checkpoint_every = {};  // s of the clock\n", exact_literal(problem.checkpoint_every));
  for (std::size_t i = 0; i < problem.output.probes.size(); ++i) {
    const ProbeSpec& probe = problem.output.probes[i];
    std::array<std::string, 3> place;
    for (std::size_t a = 0; a < 3; ++a) place[a] = task.places[i][a] ? write(task.places[i][a]) : "0.0";
    std::vector<std::string> weights;
    for (const double w : probe.weights) weights.push_back(exact_literal(w));
    out += fmt::format("  p.output.probes.push_back({{rdd::ProbeSpec::Kind::{}, {}, {}, {}, {{{}, {}, {}}}, {}}});\n",
                       name(probe.kind), string_literal(probe.name), list(weights), probe.axis, place[0], place[1],
                       place[2], string_literal(probe.unit));
  }
  out += fmt::format("  p.states = {};\n", string_list(problem.states));
  out += fmt::format("  p.projection = {};\n", matrix(problem.projection));
  for (const Eigen::MatrixXd& slip : problem.slip) out += fmt::format("  p.slip.push_back({});  // m\n", matrix(slip));
  if (task.symbol) out += emit_symbol(*task.symbol);
  return out + "  return p;\n}\n";
}

}  // namespace rdd
