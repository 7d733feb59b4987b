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
// the rows before and after it along y, y0_d and y0_u along z, y0_ss and so on two rows away. West and east are the cells
// before and after x, west2 and east2 those behind them.
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

// Offsets of the rows around a row: two before, before, at, after and two after it along y (ss to nn) and along z (dd to
// uu); and its place.
struct Rows {
  long ss, s, y, n, nn;
  long dd, d, z, u, uu;
  long index_y, index_z;
};

[[maybe_unused]] inline double sign(double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : x); }
)text";

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

/// "s", "nn": the rows at a shift along y (1) or z (2), by a letter for each step; the row itself has none.
std::string row_letters(int axis, int shift) {
  const char letter = axis == 1 ? (shift < 0 ? 's' : 'n') : (shift < 0 ? 'd' : 'u');
  return std::string(index(std::abs(shift)), letter);
}

/// "y0", "y0_n", "y0_ds": a component in one of the rows around the cell.
std::string row_name(const KernelIr& kernel, const Load& load) {
  const std::string suffix = row_letters(2, load.shift[2]) + row_letters(1, load.shift[1]);
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

/// "west2", "x", "east": the cell at a shift along x.
std::string cell_name(int shift) {
  if (shift == 0) return "x";
  return (shift < 0 ? "west" : "east") + (std::abs(shift) == 1 ? "" : std::to_string(std::abs(shift)));
}

/// The body of a cell: `const auto cell = [=](long west, long x, long east) { … };`
std::string cell_lambda(const KernelIr& kernel, const Region& region, const std::string& lambda) {
  const LeafNames names{
      [&](const Load& l) { return fmt::format("{}[{}]", row_name(kernel, l), cell_name(l.shift[0])); },
      [&](const Scalar& s) { return kernel.scalars[index(s.index)]; },
      [](const Index& i) {
        return i.axis == 0 ? std::string("static_cast<double>(x)") : fmt::format("index_{}", "xyz"[i.axis]);
      },
      cpp_apply};
  std::string places;
  for (int shift = -kernel.reach; shift <= kernel.reach; ++shift)
    places +=
        (places.empty() ? "" : ", ") + std::string(shift == 0 ? "" : "[[maybe_unused]] ") + "long " + cell_name(shift);
  std::string out = fmt::format("  const auto {} = [=]({}) RDD_INSIDE {{\n", lambda, places);
  for (const Statement& s : statements(region, names)) {
    const std::string left = s.output ? fmt::format("out{}[x]", s.index) : fmt::format("const double sum{}", s.index);
    out += wrapped(fmt::format("    {} = {};", left, s.expression), "        ") + "\n";
  }
  return out + "  };\n";
}

/// "x - 1, x, x + 1": a cell with its neighbours, none of them beyond the last cell.
std::string places(const std::string& x, int reach) {
  std::string list;
  for (int shift = -reach; shift <= reach; ++shift)
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", x,
                        shift == 0 ? "" : fmt::format(" {} {}", shift < 0 ? '-' : '+', std::abs(shift)));
  return list;
}

/// The calls of the cells' lambdas along a row.
std::string walk(const KernelIr& kernel, const RowKind& kind) {
  const int reach = kernel.reach;
  const bool wraps = kind.along_x.size() == 1;
  const std::string inner = fmt::format(
      "  RDD_INDEPENDENT_CELLS\n"
      "  for (long x = {0}; x < nx - {0}; ++x) {1}({2});\n",
      reach, wraps ? "cell" : "middle", places("x", reach));
  if (wraps && reach == 1)
    return "  cell(nx - 1, 0, nx > 1 ? 1 : 0);\n" + inner + "  if (nx > 1) cell(nx - 2, nx - 1, 0);\n";
  if (wraps)
    return "  const auto around = [=](long x) { return (x + 2 * nx) % nx; };\n"
           "  const auto end = [=](long x) { cell(around(x - 2), around(x - 1), x, around(x + 1), around(x + 2)); };\n"
           "  for (long x = 0; x < 2 && x < nx; ++x) end(x);\n" +
           inner + "  for (long x = nx < 4 ? 2 : nx - 2; x < nx; ++x) end(x);\n";
  if (reach == 1) return "  low(0, 0, 1);\n" + inner + "  high(nx - 2, nx - 1, nx - 1);\n";
  return "  low(0, 0, 0, 1, 2);\n  low_second(0, 0, 1, 2, 3);\n" + inner +
         "  high_second(nx - 4, nx - 3, nx - 2, nx - 1, nx - 1);\n  high(nx - 3, nx - 2, nx - 1, nx - 1, nx - 1);\n";
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
    out += fmt::format("  const double* const {} = in[{}] + {} * layout.stride_component + at.{} + at.{};\n", row,
                       l.input, l.component, l.shift[2] == 0 ? "z" : row_letters(2, l.shift[2]),
                       l.shift[1] == 0 ? "y" : row_letters(1, l.shift[1]));
  }
  for (int p = 0; p < kernel.outputs; ++p)
    out += fmt::format("  double* const out{} = out + {} * layout.stride_component + at.z + at.y;\n", p, p);

  const bool wraps = kind.along_x.size() == 1;
  for (const Region* region : kind.along_x)
    out += cell_lambda(kernel, *region, wraps ? "cell" : name(region->zones[0]));
  return out + walk(kernel, kind) + "}\n";
}

/// "y == 0 && z > 0 && z < nz - 1", or nothing where every row is of this kind.
std::string condition(const RowKind& kind, int reach) {
  const auto on = [&](Zone zone, char axis) -> std::string {
    switch (zone) {
      case Zone::low:
        return fmt::format("{} == 0", axis);
      case Zone::low_second:
        return fmt::format("{} == 1", axis);
      case Zone::middle:
        return fmt::format("{0} > {1} && {0} < n{0} - {2}", axis, reach - 1, reach);
      case Zone::high_second:
        return fmt::format("{0} == n{0} - 2", axis);
      case Zone::high:
        return fmt::format("{0} == n{0} - 1", axis);
      case Zone::any:
        break;
    }
    return "";
  };
  const std::string y = on(kind.y, 'y'), z = on(kind.z, 'z');
  return y.empty() || z.empty() ? y + z : y + " && " + z;
}

/// The offset of the row at a shift; only a periodic axis wraps around.
std::string neighbour_row(const KernelIr& kernel, int axis, int shift) {
  const char letter = axis == 1 ? 'y' : 'z';
  const std::string next = fmt::format("{} {} {}", letter, shift < 0 ? '-' : '+', std::abs(shift));
  if (!kernel.periodic[index(axis)]) return fmt::format("({}) * layout->stride_{}", next, letter);
  if (kernel.reach > 1) return fmt::format("(({0} + 2 * n{1}) % n{1}) * layout->stride_{1}", next, letter);
  return shift < 0 ? fmt::format("({0} > 0 ? {1} : n{0} - 1) * layout->stride_{0}", letter, next)
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
  for (int axis = 1; axis < kernel.dimension; ++axis)
    for (int distance = 1; distance <= kernel.reach; ++distance)
      for (const int shift : {-distance, distance})
        out += fmt::format("    at.{} = {};\n", row_letters(axis, shift), neighbour_row(kernel, axis, shift));
  for (const RowKind& kind : kinds) {
    const std::string where = condition(kind, kernel.reach);
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
