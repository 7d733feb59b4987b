// The emitted text, from top to bottom: what cells are computed with; for each kernel one function a kind of row (which
// walls of y and z the row touches); and the exported function that walks the rows and calls them.
//
// Inside a row the body of a cell stands once, as a lambda of the places before, at and after the cell along x. A place
// is the number of a cell, or stands for as many neighbouring cells as a vector holds: then the same text computes all
// of them. Compilers left to find vectors by themselves choose shorter ones, and read again what they have read.
#include "compiler/kernels/emit_cpp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "compiler/kernels/print.hpp"
#include "runtime/expects.hpp"

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

#ifdef __GNUC__  // g++, clang and others that know its vectors; elsewhere cells are computed one by one
#define RDD_VECTORS
#endif

namespace {

// Offsets of the rows around a row: two before, before, at, after and two after it along y (ss to nn) and along z (dd to
// uu); and its place.
struct Rows {
  long ss, s, y, n, nn;
  long dd, d, z, u, uu;
  long index_y, index_z;
};

#ifdef RDD_VECTORS
#if defined(__AVX512F__)
constexpr long lanes = 8;
#elif defined(__AVX__)
constexpr long lanes = 4;
#else
constexpr long lanes = 2;
#endif
using Vector __attribute__((vector_size(lanes * sizeof(double)))) = double;

// So many neighbouring cells along x: the first of their places, and their values.
struct Places {
  long first;
  friend Places operator+(Places x, long shift) { return {x.first + shift}; }
  friend Places operator-(Places x, long shift) { return {x.first - shift}; }
};
struct Cells {
  Vector all;
  Cells(Vector values) : all(values) {}
  Cells(double same) : all(same - Vector{}) {}
  friend Cells operator+(Cells a, Cells b) { return a.all + b.all; }
  friend Cells operator-(Cells a, Cells b) { return a.all - b.all; }
  friend Cells operator*(Cells a, Cells b) { return a.all * b.all; }
  friend Cells operator/(Cells a, Cells b) { return a.all / b.all; }
  friend Cells operator-(Cells a) { return -a.all; }
};
#endif

// A row of an input and one of the output, one cell or several at a time.
struct Input {
  const double* row;
  double operator[](long x) const { return row[x]; }
#ifdef RDD_VECTORS
  Cells operator[](Places x) const {
    Vector values;
    __builtin_memcpy(&values, row + x.first, sizeof values);
    return values;
  }
#endif
};
struct Output {
  double* row;
  double& operator[](long x) const { return row[x]; }
#ifdef RDD_VECTORS
  struct Several {
    double* first;
    void operator=(Cells values) const { __builtin_memcpy(first, &values.all, sizeof values.all); }
  };
  Several operator[](Places x) const { return {row + x.first}; }
#endif
};

// Calls cell(x) for the cells first ... last - 1: for several at once from places that are multiples of their number, but
// for the first ones and the last, which are moved back to where they just fit; one by one where they are too few.
template <class Cell>
inline void each(long first, long last, const Cell& cell) {
#ifdef RDD_VECTORS
  const long fits = last - lanes;
  for (long x = first; x <= fits;) {
    cell(Places{x});
    if (x == fits) return;
    const long next = (x + lanes) / lanes * lanes;
    x = next < fits ? next : fits;
  }
#endif
  for (long x = first; x < last; ++x) cell(x);
}
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

/// Where bodies ask for it.
constexpr const char* numbers_along_x = R"text(
// The number of a cell along x, or those of several.
inline double number(long x) { return static_cast<double>(x); }
#ifdef RDD_VECTORS
[[maybe_unused]] inline Cells number(Places x) {
  Cells numbers = 0.0;
  for (long i = 0; i < lanes; ++i) numbers.all[i] = static_cast<double>(x.first + i);
  return numbers;
}
#endif
)text";

/// Cells ahead of time, in kernels that are told to ask for them.
constexpr const char* prefetching = R"text(
// Asks for cells that are read or written two rows later: past the caches they take that long to come, and the
// processor's own foresight ends at the ends of pages.
inline void fetch(const double*, long) {}
#ifdef RDD_VECTORS
inline void fetch(const double* row, Places x) { __builtin_prefetch(row + x.first, 0, 2); }
#endif
)text";

/// The functions of lang/expr.hpp in C++, of one value or of Cells: those of the C library, and those made of
/// conditions, for which `formula` serves both.
struct Function {
  expr::Operation operation;
  bool library;
  const char *name, *parameters;
  const char* formula = "";  ///< of Cells; empty: the library's function for one after the other
};
const Function& function(expr::Operation operation) {
  using expr::Operation;
  static constexpr Function all[] = {
      {Operation::exp, true, "exp", "x"},
      {Operation::log, true, "log", "x"},
      {Operation::sqrt, true, "sqrt", "x"},
      {Operation::sin, true, "sin", "x"},
      {Operation::cos, true, "cos", "x"},
      {Operation::tan, true, "tan", "x"},
      {Operation::sinh, true, "sinh", "x"},
      {Operation::cosh, true, "cosh", "x"},
      {Operation::tanh, true, "tanh", "x"},
      {Operation::power, true, "pow", "xy"},
      {Operation::abs, true, "abs", "x", "x > 0.0 ? x : 0.0 - x"},
      {Operation::sign, false, "sign", "x", "x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x)"},
      {Operation::minimum, false, "minimum", "ab", "a >= b ? (b == b ? b : a) : (a == a ? a : b)"},
      {Operation::maximum, false, "maximum", "ab", "a <= b ? (b == b ? b : a) : (a == a ? a : b)"},
      {Operation::less, false, "less", "ab", "a < b ? 1.0 : 0.0"},
      {Operation::less_equal, false, "less_equal", "ab", "a <= b ? 1.0 : 0.0"},
      {Operation::equal, false, "equal", "ab", "a == b ? 1.0 : 0.0"},
      {Operation::where, false, "where", "cab", "c != 0.0 ? a : b"},
  };
  const auto found =
      std::find_if(std::begin(all), std::end(all), [&](const Function& f) { return f.operation == operation; });
  expects(found != std::end(all), "an operation that is written as a function");
  return *found;
}

/// "double a, double b": what is written for each parameter, by its letter.
template <class Text>
std::string each_parameter(const Function& f, const Text& text) {
  std::string list;
  for (const char* letter = f.parameters; *letter != 0; ++letter) list += (list.empty() ? "" : ", ") + text(*letter);
  return list;
}

/// Functions of one value, then those of Cells.
std::string definitions(const std::set<expr::Operation>& operations) {
  constexpr const char* formula = "[[maybe_unused]] inline {} {}({}) {{ return {}; }}\n";
  std::string single, several;
  for (const expr::Operation operation : operations) {
    if (operation == expr::Operation::negate) continue;  // an operator
    const Function& f = function(operation);
    const auto of = [&](const char* type) {
      return each_parameter(f, [&](char letter) { return fmt::format("{} {}", type, letter); });
    };
    const auto all = [&](const char* lane) {
      return each_parameter(f, [&](char letter) { return fmt::format("{}.all{}", letter, lane); });
    };
    single += f.library ? fmt::format("using std::{};\n", f.name)
                        : fmt::format(formula, "double", f.name, of("double"), f.formula);
    if (*f.formula == 0)
      several += fmt::format(
          "[[maybe_unused]] inline Cells {0}({1}) {{\n  for (long i = 0; i < lanes; ++i) x.all[i] = std::{0}({2});\n  "
          "return x;\n}}\n",
          f.name, of("Cells"), all("[i]"));
    else
      several +=
          fmt::format(formula, "Vector", f.name, of("Vector"), f.formula) +
          fmt::format("[[maybe_unused]] inline Cells {0}({1}) {{ return {0}({2}); }}\n", f.name, of("Cells"), all(""));
  }
  if (single.empty()) return "";
  return "\n// Functions of the value of a cell, and of those of several.\n" + single + "#ifdef RDD_VECTORS\n" +
         several + "#endif\n";
}

/// Functions, a unary minus among them, of operands that are written already.
std::string cpp_apply(expr::Operation operation, const std::vector<std::string>& x) {
  if (operation == expr::Operation::negate) return fmt::format("(-({}))", x[0]);
  std::string list;
  for (const std::string& argument : x) list += (list.empty() ? "" : ", ") + argument;
  return fmt::format("{}({})", function(operation).name, list);
}

/// "west2", "x", "east": the cell at a shift along x.
std::string cell_name(int shift) {
  if (shift == 0) return "x";
  return (shift < 0 ? "west" : "east") + (std::abs(shift) == 1 ? "" : std::to_string(std::abs(shift)));
}

/// The body of a cell: `const auto cell = [=](auto west, auto x, auto east) { … };`, whose places are of cells or of
/// several at once. All values come first, then they are stored: no load has to wait for a store.
std::string cell_lambda(const KernelIr& kernel, const Region& region, const std::string& lambda, const char* place) {
  const LeafNames names{
      [&](const Load& l) { return fmt::format("{}[{}]", row_name(kernel, l), cell_name(l.shift[0])); },
      [&](const Scalar& s) { return kernel.scalars[index(s.index)]; },
      [](const Index& i) { return i.axis == 0 ? std::string("number(x)") : fmt::format("index_{}", "xyz"[i.axis]); },
      cpp_apply};
  std::set<int> used{0};
  for (const Load& l : loads({&region})) used.insert(l.shift[0]);
  std::string places;
  for (int shift = -kernel.reach; shift <= kernel.reach; ++shift)
    places += fmt::format("{}{}{} {}", places.empty() ? "" : ", ", used.contains(shift) ? "" : "[[maybe_unused]] ",
                          place, cell_name(shift));
  std::string out = fmt::format("  const auto {} = [=]({}) {{\n", lambda, places), stores;
  for (const Statement& s : statements(region, names)) {
    const bool at_once = s.output && region.body.size() == 1;
    const std::string left = at_once    ? fmt::format("out{}[x]", s.index)
                             : s.output ? fmt::format("const auto value{}", s.index)
                                        : fmt::format("const auto sum{}", s.index);
    out += wrapped(fmt::format("    {} = {};", left, s.expression), "        ") + "\n";
    if (s.output && !at_once) stores += fmt::format("    out{0}[x] = value{0};\n", s.index);
  }
  return out + stores + "  };\n";
}

/// "x - 1, x, x + 1": a cell with its neighbours, none of them beyond the last cell.
std::string places(const std::string& x, int reach) {
  std::string list;
  for (int shift = -reach; shift <= reach; ++shift)
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", x,
                        shift == 0 ? "" : fmt::format(" {} {}", shift < 0 ? '-' : '+', std::abs(shift)));
  return list;
}

/// Whether cells are computed several at once: not along the edges of a box, of which there are many kinds of few
/// cells.
bool in_vectors(const RowKind& kind) {
  const auto near_wall = [](Zone zone) { return zone != Zone::any && zone != Zone::middle; };
  return !near_wall(kind.y) || !near_wall(kind.z);
}

/// The cells whose neighbours are all there: several at a time, after a call for what will be wanted next.
std::string inner_cells(const KernelIr& kernel, const RowKind& kind, const std::string& lambda, bool prefetch) {
  const std::string call = fmt::format("{}({});", lambda, places("x", kernel.reach));
  if (!in_vectors(kind)) return fmt::format("  for (long x = {0}; x < nx - {0}; ++x) {1}\n", kernel.reach, call);
  const std::string each = fmt::format("  each({0}, nx - {0}, [=](auto x) {{", kernel.reach);
  if (!prefetch) return fmt::format("{} {} }});\n", each, call);
  std::string out = each + "\n";
  for (const Load& l : last_rows(*kind.along_x[kind.along_x.size() / 2]))
    out += fmt::format("    fetch({}.row, x + ahead);\n", row_name(kernel, l));
  for (int p = 0; p < kernel.outputs; ++p) out += fmt::format("    fetch(out{}.row, x + ahead);\n", p);
  return out + fmt::format("    {}\n  }});\n", call);
}

/// The calls of the cells' lambdas along a row.
std::string walk(const KernelIr& kernel, const RowKind& kind, bool prefetch) {
  const int reach = kernel.reach;
  const bool wraps = kind.along_x.size() == 1;
  const std::string inner = inner_cells(kernel, kind, wraps ? "cell" : "middle", prefetch);
  if (wraps && reach == 1)
    return "  cell(nx - 1, 0L, nx > 1 ? 1L : 0L);\n" + inner + "  if (nx > 1) cell(nx - 2, nx - 1, 0L);\n";
  if (wraps)
    return "  const auto around = [=](long x) { return (x + 2 * nx) % nx; };\n"
           "  const auto end = [=](long x) { cell(around(x - 2), around(x - 1), x, around(x + 1), around(x + 2)); };\n"
           "  for (long x = 0; x < 2 && x < nx; ++x) end(x);\n" +
           inner + "  for (long x = nx < 4 ? 2 : nx - 2; x < nx; ++x) end(x);\n";
  if (reach == 1) return "  low(0, 0, 1);\n" + inner + "  high(nx - 2, nx - 1, nx - 1);\n";
  return "  low(0, 0, 0, 1, 2);\n  low_second(0, 0, 1, 2, 3);\n" + inner +
         "  high_second(nx - 4, nx - 3, nx - 2, nx - 1, nx - 1);\n  high(nx - 3, nx - 2, nx - 1, nx - 1, nx - 1);\n";
}

std::string row_function(const KernelIr& kernel, const RowKind& kind, bool prefetch) {
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
    out += fmt::format("  const Input {}{{in[{}] + {} * layout.stride_component + at.{} + at.{}}};\n", row, l.input,
                       l.component, l.shift[2] == 0 ? "z" : row_letters(2, l.shift[2]),
                       l.shift[1] == 0 ? "y" : row_letters(1, l.shift[1]));
  }
  for (int p = 0; p < kernel.outputs; ++p)
    out += fmt::format("  const Output out{}{{out + {} * layout.stride_component + at.z + at.y}};\n", p, p);

  if (prefetch && in_vectors(kind)) out += "  const long ahead = 2 * layout.stride_y;\n";

  for (const Region* region : kind.along_x) {
    const Zone zone = region->zones[0];
    const bool several = in_vectors(kind) && (zone == Zone::any || zone == Zone::middle);
    out += cell_lambda(kernel, *region, zone == Zone::any ? "cell" : name(zone), several ? "auto" : "long");
  }
  return out + walk(kernel, kind, prefetch) + "}\n";
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

std::string emit_cpp(const std::vector<KernelIr>& kernels, const CppOptions& options) {
  std::string rows, exported;
  std::vector<const Region*> regions;
  for (const KernelIr& kernel : kernels) {
    check(kernel);
    const std::vector<RowKind> kinds = row_kinds(kernel);
    rows += "\n" + comment(kernel.comment);
    for (const RowKind& kind : kinds) rows += row_function(kernel, kind, options.prefetch);
    exported += exported_function(kernel, kinds, options.linkage);
    for (const Region& region : kernel.regions) regions.push_back(&region);
  }
  std::string needed;
  if (indices(regions).contains(0)) needed += numbers_along_x;
  needed += definitions(operations(regions));
  if (options.prefetch) needed += prefetching;
  return prelude + needed + rows + "\n}  // namespace\n" + exported;
}

}  // namespace rdd
