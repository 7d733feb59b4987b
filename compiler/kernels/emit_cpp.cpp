// The emitted text, from top to bottom: what cells are computed with (cpp_prelude.cpp); for each kernel one function a
// kind of row (which walls of y and z the row touches); and the exported function that walks the rows and calls them.
// Inside a row the body of a cell stands once, as a lambda of the places before, at and after the cell along x.
#include "compiler/kernels/emit_cpp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "compiler/kernels/cpp_prelude.hpp"
#include "compiler/kernels/print.hpp"

namespace rdd {
namespace {

using namespace ir;

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

/// "west2", "x", "east": the cell at a shift along x.
std::string cell_name(int shift) {
  if (shift == 0) return "x";
  return (shift < 0 ? "west" : "east") + (std::abs(shift) == 1 ? "" : std::to_string(std::abs(shift)));
}

/// The body of a cell: `const auto cell = [=](auto west, auto x, auto east) { … };`, whose places are of cells or of
/// several at once. All values come first, then they are stored: no load has to wait for a store.
std::string cell_lambda(const KernelIr& kernel, const Region& region, const std::string& lambda, bool several,
                        bool interleave) {
  const LeafNames names{
      [&](const Load& l) { return fmt::format("{}[{}]", row_name(kernel, l), cell_name(l.shift[0])); },
      [&](const Scalar& s) { return kernel.scalars[index(s.index)]; },
      [&](const Index& i) -> std::string {
        if (i.axis > 0) return fmt::format("index_{}", "xyz"[i.axis]);
        return interleave ? "number(x, piece)" : "number(x)";
      },
      cpp_apply};
  std::set<int> used{0};
  for (const Load& l : loads({&region})) used.insert(l.shift[0]);
  const char* const place = several ? "auto" : "long";
  std::string places;
  for (int shift = -kernel.reach; shift <= kernel.reach; ++shift)
    places += fmt::format("{}{}{} {}", places.empty() ? "" : ", ", used.contains(shift) ? "" : "[[maybe_unused]] ",
                          place, cell_name(shift));
  std::string out = fmt::format("  const auto {} = [=]({}) {{\n", lambda, places), stores;
  const bool at_once = region.body.size() == 1;
  const auto left = [&](const Statement& s) {
    switch (s.kind) {
      case Statement::Kind::sum:
        return fmt::format("const auto sum{}", s.index);
      case Statement::Kind::part:
        return fmt::format("auto part{}", s.index);
      case Statement::Kind::more:
        return fmt::format("part{}", s.index);
      case Statement::Kind::output:
        break;
    }
    return at_once ? fmt::format("out{}[x]", s.index) : fmt::format("const auto value{}", s.index);
  };
  for (const Statement& s : statements(region, names, several)) {
    out += wrapped(fmt::format("    {} = {};", left(s), s.expression), "        ") + "\n";
    if (s.kind == Statement::Kind::output && !at_once) stores += fmt::format("    out{0}[x] = value{0};\n", s.index);
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

/// Whether a kernel writes past the caches: where JIT-compiled ones do.
bool streams(const KernelIr& kernel, const CppOptions& options) {
  return kernel.streams && options.prefetch && options.interleave;
}

/// The cells whose neighbours are all there, which are all cells of an interleaved row: several at a time, after a call
/// for what will be wanted next.
std::string inner_cells(const KernelIr& kernel, const RowKind& kind, const std::string& lambda,
                        const CppOptions& options) {
  const std::string call = fmt::format("{}({});", lambda, places("x", kernel.reach));
  if (!in_vectors(kind)) return fmt::format("  for (long x = {0}; x < nx - {0}; ++x) {1}\n", kernel.reach, call);
  const std::string each = streams(kernel, options) ? "  each(nx, halo, [=](auto x) {"
                           : options.interleave     ? "  each(nx, [=](auto x) {"
                                                    : fmt::format("  each({0}, nx - {0}, [=](auto x) {{", kernel.reach);
  std::string fetched;
  if (options.prefetch || options.interleave)
    for (const Load& l : last_rows(*kind.along_x[kind.along_x.size() / 2]))
      fetched += fmt::format("    fetch({}.row + ahead, x);\n", row_name(kernel, l));
  if (options.prefetch && !streams(kernel, options))
    for (int p = 0; p < kernel.outputs; ++p) fetched += fmt::format("    fetch(out{}.row + ahead, x);\n", p);
  if (fetched.empty()) return fmt::format("{} {} }});\n", each, call);
  return fmt::format("  const long ahead = {}layout.stride_y;\n{}\n{}    {}\n  }});\n", options.prefetch ? "2 * " : "",
                     each, fetched, call);
}

/// The calls for the cells beside the walls of x: those before, and those behind.
std::pair<std::string, std::string> beside_walls(int reach) {
  if (reach == 1) return {"  low(0, 0, 1);\n", "  high(nx - 2, nx - 1, nx - 1);\n"};
  return {"  low(0, 0, 0, 1, 2);\n  low_second(0, 0, 1, 2, 3);\n",
          "  high_second(nx - 4, nx - 3, nx - 2, nx - 1, nx - 1);\n  high(nx - 3, nx - 2, nx - 1, nx - 1, nx - 1);\n"};
}

/// The calls of the cells' lambdas along a row.
std::string walk(const KernelIr& kernel, const RowKind& kind, const CppOptions& options) {
  const int reach = kernel.reach;
  const bool wraps = kind.along_x.size() == 1, all_vectors = options.interleave && in_vectors(kind);
  const std::string inner = inner_cells(kernel, kind, wraps ? "cell" : "middle", options);
  if (!wraps) {
    const auto [low, high] = beside_walls(reach);
    // What vectors of interleaved rows hold of the cells beside walls is no good: these come after them.
    return all_vectors ? inner + low + high : low + inner + high;
  }
  if (all_vectors) return inner;
  if (reach == 1)
    return "  cell(nx - 1, 0L, nx > 1 ? 1L : 0L);\n" + inner + "  if (nx > 1) cell(nx - 2, nx - 1, 0L);\n";
  return "  const auto around = [=](long x) { return (x + 2 * nx) % nx; };\n"
         "  const auto end = [=](long x) { cell(around(x - 2), around(x - 1), x, around(x + 1), around(x + 2)); };\n"
         "  for (long x = 0; x < 2 && x < nx; ++x) end(x);\n" +
         inner + "  for (long x = nx < 4 ? 2 : nx - 2; x < nx; ++x) end(x);\n";
}

std::string row_function(const KernelIr& kernel, const RowKind& kind, const CppOptions& options) {
  std::string out = fmt::format(
      "\nvoid {}_row{}([[maybe_unused]] const double* const* in, double* out, {}const rdd::KernelLayout& layout, const "
      "Rows& at) {{\n",
      kernel.name, place(kind), scalars(kind.along_x).empty() ? "" : "const double* scalars, ");
  out += "  const long nx = layout.n[0];\n";
  if (options.interleave) out += "  const long piece = nx / rdd::ways, halo = layout.halo * rdd::ways;\n";
  const char* const begin = options.interleave ? " + halo, piece" : "";
  const bool far = streams(kernel, options);
  for (const int axis : indices(kind.along_x))
    if (axis > 0) out += fmt::format("  const double index_{0} = static_cast<double>(at.index_{0});\n", "xyz"[axis]);
  for (const int i : scalars(kind.along_x))
    out += fmt::format("  const double {} = scalars[{}];\n", kernel.scalars[index(i)], i);
  std::set<std::string> declared;
  for (const Load& l : loads(kind.along_x)) {
    const std::string row = row_name(kernel, l);
    if (!declared.insert(row).second) continue;
    out += fmt::format("  const Input {}{{in[{}] + {} * layout.stride_component + at.{} + at.{}{}}};\n", row, l.input,
                       l.component, l.shift[2] == 0 ? "z" : row_letters(2, l.shift[2]),
                       l.shift[1] == 0 ? "y" : row_letters(1, l.shift[1]), begin);
  }
  for (int p = 0; p < kernel.outputs; ++p)
    out += fmt::format("  const {} out{}{{{}out + {} * layout.stride_component + at.z + at.y{}{}}};\n",
                       far ? "FarOutput" : "Output", p, far ? "{" : "", p, begin, far ? "}" : "");

  for (const Region* region : kind.along_x) {
    const Zone zone = region->zones[0];
    const bool several = in_vectors(kind) && (zone == Zone::any || zone == Zone::middle);
    out += cell_lambda(kernel, *region, zone == Zone::any ? "cell" : name(zone), several, options.interleave);
  }
  out += walk(kernel, kind, options);
  if (options.interleave)
    for (int p = 0; p < kernel.outputs; ++p)
      out += fmt::format("  rdd::close_row(out{}.row, piece, layout.halo);\n", p);
  return out + "}\n";
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

std::string exported_function(const KernelIr& kernel, const std::vector<RowKind>& kinds, const CppOptions& options) {
  const auto reads_scalars = [](const RowKind& kind) { return !scalars(kind.along_x).empty(); };
  const bool any_scalars = std::any_of(kinds.begin(), kinds.end(), reads_scalars);
  std::string out = fmt::format(
      "\n{}void rdd_{}(const double* const* in, double* out, const double*{}, const rdd::KernelLayout* "
      "layout,\n"
      "    long first, long last) {{\n",
      options.linkage == Linkage::c ? "extern \"C\" " : "static ", kernel.name, any_scalars ? " scalars" : "");
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
  out += "  }\n";
  if (streams(kernel, options))
    out += "  std::atomic_thread_fence(std::memory_order_seq_cst);  // before others read the rows\n";
  return out + "}\n";
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
  bool any_streams = false;
  for (const KernelIr& kernel : kernels) {
    any_streams = any_streams || streams(kernel, options);
    check(kernel);
    const std::vector<RowKind> kinds = row_kinds(kernel);
    rows += "\n" + comment(kernel.comment);
    for (const RowKind& kind : kinds) rows += row_function(kernel, kind, options);
    exported += exported_function(kernel, kinds, options);
    for (const Region& region : kernel.regions) regions.push_back(&region);
  }
  const std::string prelude = cpp_prelude({.functions = operations(regions),
                                           .numbers = indices(regions).contains(0),
                                           .prefetch = options.prefetch,
                                           .interleave = options.interleave,
                                           .streams = any_streams});
  return prelude + rows + "\n}  // namespace\n" + exported;
}

}  // namespace rdd
