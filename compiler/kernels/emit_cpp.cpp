// The emitted text, from top to bottom: for each kernel one function a kind of row (which walls of y and z the row
// touches), and the exported function that walks the rows and calls them. Inside a row the body of a cell stands once,
// as a lambda of the places before, at and after the cell along x; the places alone know whether x wraps around.
#include "compiler/kernels/emit_cpp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "compiler/kernels/print.hpp"

namespace rdd {
namespace {

using namespace ir;

constexpr const char* prelude = R"text(// Kernels of a reaction-drift-diffusion equation, one row of the grid at a time.
//
// Fields lie as rdd::KernelLayout says. Names of rows: y0 is component 0 of the input y in the row itself, y0_s and y0_n in
// the rows before and after it along y, y0_d and y0_u along z. West and east are the cells before and after x.
// Compiled with -ffp-contract=off the results are the same, bit for bit, under every compiler.
#include "runtime/solve/kernel.hpp"

#include <cmath>

// The output overlaps no input, so that cells may be computed several at once; that needs their code inside the loop.
#if defined(__clang__)
#define RDD_INDEPENDENT_CELLS _Pragma("clang loop vectorize(assume_safety)")
#define RDD_INSIDE __attribute__((always_inline))
#elif defined(__GNUC__)
#define RDD_INDEPENDENT_CELLS _Pragma("GCC ivdep")
#define RDD_INSIDE __attribute__((always_inline))
#else
#define RDD_INDEPENDENT_CELLS
#define RDD_INSIDE
#endif

namespace {

// Offsets of the rows around a row: before, at and after it along y (s, y, n) and along z (d, z, u); and its place.
struct Rows {
  long s, y, n;
  long d, z, u;
  long index_y, index_z;
};

[[maybe_unused]] inline double sign(double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : x); }
)text";

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

/// "y0", "y0_n", "y0_ds": a component in one of the nine rows around the cell.
std::string row_name(const KernelIr& kernel, const Load& load) {
  std::string suffix;
  if (load.shift[2] != 0) suffix += load.shift[2] < 0 ? 'd' : 'u';
  if (load.shift[1] != 0) suffix += load.shift[1] < 0 ? 's' : 'n';
  return fmt::format("{}{}{}{}", kernel.inputs[index(load.input)], load.component, suffix.empty() ? "" : "_", suffix);
}

std::string place(const RowKind& kind) {
  std::string words;
  if (kind.y != Zone::any) words += "_y_" + name(kind.y);
  if (kind.z != Zone::any) words += "_z_" + name(kind.z);
  return words;
}

/// The functions of lang/expr.hpp in C++.
std::string cpp_apply(expr::Operation operation, const std::vector<std::string>& x) {
  using expr::Operation;
  switch (operation) {
    case Operation::negate:
      return fmt::format("(-({}))", x[0]);
    case Operation::sign:
      return fmt::format("sign({})", x[0]);
    case Operation::power:
      return fmt::format("std::pow({}, {})", x[0], x[1]);
    case Operation::minimum:
      return fmt::format("std::fmin({}, {})", x[0], x[1]);
    case Operation::maximum:
      return fmt::format("std::fmax({}, {})", x[0], x[1]);
    case Operation::less:
      return fmt::format("({} < {} ? 1.0 : 0.0)", x[0], x[1]);
    case Operation::less_equal:
      return fmt::format("({} <= {} ? 1.0 : 0.0)", x[0], x[1]);
    case Operation::equal:
      return fmt::format("({} == {} ? 1.0 : 0.0)", x[0], x[1]);
    case Operation::where:
      return fmt::format("({} != 0.0 ? {} : {})", x[0], x[1], x[2]);
    default:
      return "std::" + plain_apply(operation, x);
  }
}

/// The body of a cell: `const auto cell = [=](long west, long x, long east) { … };`
std::string cell_lambda(const KernelIr& kernel, const Region& region, const std::string& lambda) {
  const LeafNames names{[&](const Load& l) {
                          const char* at = l.shift[0] < 0 ? "west" : l.shift[0] > 0 ? "east" : "x";
                          return fmt::format("{}[{}]", row_name(kernel, l), at);
                        },
                        [&](const Scalar& s) { return kernel.scalars[index(s.index)]; },
                        [](const Index& i) {
                          return i.axis == 0 ? std::string("static_cast<double>(x)")
                                             : fmt::format("index_{}", "xyz"[i.axis]);
                        },
                        cpp_apply};
  std::string out = fmt::format(
      "  const auto {} = [=]([[maybe_unused]] long west, long x, [[maybe_unused]] long east) RDD_INSIDE {{\n", lambda);
  for (const Statement& s : statements(region, names)) {
    const std::string left = s.output ? fmt::format("out{}[x]", s.index) : fmt::format("const double sum{}", s.index);
    out += wrapped(fmt::format("    {} = {};", left, s.expression), "        ") + "\n";
  }
  return out + "  };\n";
}

std::string row_function(const KernelIr& kernel, const RowKind& kind) {
  std::string out = fmt::format(
      "\nvoid {}_row{}([[maybe_unused]] const double* const* in, double* out, {}const rdd::KernelLayout& layout, const "
      "Rows& at) {{\n",
      kernel.name, place(kind), scalars(kind.along_x).empty() ? "" : "const double* scalars, ");
  out += "  const long nx = layout.n[0];\n";
  for (const int axis : indices(kind.along_x))
    if (axis > 0) out += fmt::format("  const double index_{0} = static_cast<double>(at.index_{0});\n", "xyz"[axis]);
  for (const int i : scalars(kind.along_x))
    out += fmt::format("  const double {} = scalars[{}];\n", kernel.scalars[index(i)], i);
  std::set<std::string> declared;
  for (const Load& l : loads(kind.along_x)) {
    const std::string row = row_name(kernel, l);
    if (!declared.insert(row).second) continue;
    const char* y = l.shift[1] < 0 ? "at.s" : l.shift[1] > 0 ? "at.n" : "at.y";
    const char* z = l.shift[2] < 0 ? "at.d" : l.shift[2] > 0 ? "at.u" : "at.z";
    out += fmt::format("  const double* const {} = in[{}] + {} * layout.stride_component + {} + {};\n", row, l.input,
                       l.component, z, y);
  }
  for (int p = 0; p < kernel.outputs; ++p)
    out += fmt::format("  double* const out{} = out + {} * layout.stride_component + at.z + at.y;\n", p, p);

  if (kind.along_x.size() == 1) {
    out += cell_lambda(kernel, *kind.along_x[0], "cell");
    out +=
        "  cell(nx - 1, 0, nx > 1 ? 1 : 0);\n"
        "  RDD_INDEPENDENT_CELLS\n"
        "  for (long x = 1; x < nx - 1; ++x) cell(x - 1, x, x + 1);\n"
        "  if (nx > 1) cell(nx - 2, nx - 1, 0);\n";
  } else {
    for (const Region* region : kind.along_x) out += cell_lambda(kernel, *region, name(region->zones[0]));
    out +=
        "  low(0, 0, 1);\n"
        "  RDD_INDEPENDENT_CELLS\n"
        "  for (long x = 1; x < nx - 1; ++x) middle(x - 1, x, x + 1);\n"
        "  high(nx - 2, nx - 1, nx - 1);\n";
  }
  return out + "}\n";
}

/// "y == 0 && z > 0 && z < nz - 1", or nothing where every row is of this kind.
std::string condition(const RowKind& kind) {
  const auto on = [](Zone zone, const char* low, const char* middle, const char* high) -> std::string {
    return zone == Zone::any ? "" : zone == Zone::low ? low : zone == Zone::middle ? middle : high;
  };
  const std::string y = on(kind.y, "y == 0", "y > 0 && y < ny - 1", "y == ny - 1");
  const std::string z = on(kind.z, "z == 0", "z > 0 && z < nz - 1", "z == nz - 1");
  return y.empty() || z.empty() ? y + z : y + " && " + z;
}

/// The member of Rows before or after the row; only a periodic axis wraps around.
std::string neighbour_row(const KernelIr& kernel, int axis, int side) {
  const char letter = axis == 1 ? 'y' : 'z';
  const std::string next = fmt::format("{} {} 1", letter, side < 0 ? '-' : '+');
  if (!kernel.periodic[index(axis)]) return fmt::format("({}) * layout->stride_{}", next, letter);
  return side < 0 ? fmt::format("({0} > 0 ? {1} : n{0} - 1) * layout->stride_{0}", letter, next)
                  : fmt::format("({1} < n{0} ? {1} : 0) * layout->stride_{0}", letter, next);
}

std::string exported_function(const KernelIr& kernel, const std::vector<RowKind>& kinds, Linkage linkage) {
  const auto reads_scalars = [](const RowKind& kind) { return !scalars(kind.along_x).empty(); };
  const bool any_scalars = std::any_of(kinds.begin(), kinds.end(), reads_scalars);
  std::string out = fmt::format(
      "\n{}void rdd_{}(const double* const* in, double* out, const double*{}, const rdd::KernelLayout* "
      "layout,\n"
      "    long first, long last) {{\n",
      linkage == Linkage::c ? "extern \"C\" " : "static ", kernel.name, any_scalars ? " scalars" : "");
  out += "  const long ny = layout->n[1];\n";
  if (kernel.dimension > 2) out += "  const long nz = layout->n[2];\n";
  out += "  for (long row = first; row < last; ++row) {\n";
  out += "    const long y = row % ny, z = row / ny;\n    Rows at{};\n";
  out += "    at.y = y * layout->stride_y;\n    at.z = z * layout->stride_z;\n";
  out += "    at.index_y = y;\n    at.index_z = z;\n";
  if (kernel.dimension > 1)
    out += fmt::format("    at.s = {};\n    at.n = {};\n", neighbour_row(kernel, 1, -1), neighbour_row(kernel, 1, +1));
  if (kernel.dimension > 2)
    out += fmt::format("    at.d = {};\n    at.u = {};\n", neighbour_row(kernel, 2, -1), neighbour_row(kernel, 2, +1));
  for (const RowKind& kind : kinds) {
    const std::string where = condition(kind);
    out += fmt::format("    {}{}_row{}(in, out, {}*layout, at);\n", where.empty() ? "" : "if (" + where + ") ",
                       kernel.name, place(kind), reads_scalars(kind) ? "scalars, " : "");
  }
  return out + "  }\n}\n";
}

std::string comment(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += "// " + line + "\n";
  return out;
}

}  // namespace

std::string emit_cpp(const std::vector<KernelIr>& kernels, Linkage linkage) {
  std::string rows, exported;
  for (const KernelIr& kernel : kernels) {
    check(kernel);
    const std::vector<RowKind> kinds = row_kinds(kernel);
    rows += "\n" + comment(kernel.comment);
    for (const RowKind& kind : kinds) rows += row_function(kernel, kind);
    exported += exported_function(kernel, kinds, linkage);
  }
  return prelude + rows + "\n}  // namespace\n" + exported;
}

}  // namespace rdd
