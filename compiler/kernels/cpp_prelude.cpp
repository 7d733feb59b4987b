// A cell is computed by itself, or together with as many neighbours as a vector of the processor holds. Bodies are
// written once for both: they see places (numbers, or Places) and values (numbers, or Cells) which are added,
// multiplied and put into functions alike. Compilers left to find vectors by themselves choose shorter ones, and read
// again what they have read. g++ and clang share the syntax of vectors; others compute the cells one by one.
#include "compiler/kernels/cpp_prelude.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

constexpr const char* heading = R"text(// Kernels of a reaction-drift-diffusion equation, one row of the grid at a time.
//
// Fields lie as rdd::KernelLayout says. Names of rows: y0 is component 0 of the input y in the row itself, y0_s and y0_n in
// the rows before and after it along y, y0_d and y0_u along z, y0_ss and so on two rows away. West and east are the cells
// before and after x, west2 and east2 those behind them. Long sums that do not depend on each other take turns (part0,
// part1, ...): a processor sees no further ahead than to the end of one of them.
// Compiled with -ffp-contract=off the results are the same, bit for bit, under every compiler.
#include "runtime/solve/kernel.hpp"

#include <atomic>
#include <cmath>

#ifdef __GNUC__  // g++, clang and others that know its vectors; elsewhere cells are computed one by one
#define RDD_VECTORS
#pragma GCC diagnostic ignored "-Wunused-function"  // few kernels need all of what follows
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

// The values of so many cells.
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
inline Cells read(const double* first) {
  Vector values;
  __builtin_memcpy(&values, first, sizeof values);
  return values;
}
struct Several {
  double* first;
  void operator=(Cells values) const { __builtin_memcpy(first, &values.all, sizeof values.all); }
};
#endif
)text";

/// One cell after another.
constexpr const char* rows_in_order = R"text(
// So many neighbouring cells along x, by the first of them.
struct Places {
  long first;
  friend Places operator+(Places x, long shift) { return {x.first + shift}; }
  friend Places operator-(Places x, long shift) { return {x.first - shift}; }
};

// A row of an input and one of the output, one cell or several at a time.
struct Input {
  const double* row;
  double operator[](long x) const { return row[x]; }
#ifdef RDD_VECTORS
  Cells operator[](Places x) const { return read(row + x.first); }
#endif
};
struct Output {
  double* row;
  double& operator[](long x) const { return row[x]; }
#ifdef RDD_VECTORS
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

constexpr const char* numbers_in_order = R"text(
// The number of a cell along x, or those of several.
inline double number(long x) { return static_cast<double>(x); }
#ifdef RDD_VECTORS
inline Cells number(Places x) {
  Cells numbers = 0.0;
  for (long i = 0; i < lanes; ++i) numbers.all[i] = static_cast<double>(x.first + i);
  return numbers;
}
#endif
)text";

/// Interleaved; `Places` serves single cells too where there are no vectors.
constexpr const char* rows_interleaved = R"text(
#ifndef RDD_VECTORS
constexpr long lanes = 1;
#endif

// So many cells that stand together in an interleaved row (rdd::KernelLayout), by where the first of them stands. Their
// neighbours along x stand rdd::ways cells before and after them.
struct Places {
  long first;
  friend Places operator+(Places x, long shift) { return {x.first + shift * rdd::ways}; }
  friend Places operator-(Places x, long shift) { return {x.first - shift * rdd::ways}; }
};

// Where the cell x of a row stands, whose pieces are so long.
inline long place(long x, long piece) { return x % piece * rdd::ways + x / piece; }

// A row of an input and one of the output, from its first cell on: one cell or several at a time.
struct Input {
  const double* row;
  long piece;
  double operator[](long x) const { return row[place(x, piece)]; }
#ifdef RDD_VECTORS
  Cells operator[](Places x) const { return read(row + x.first); }
#else
  double operator[](Places x) const { return row[x.first]; }
#endif
};
struct Output {
  double* row;
  long piece;
  double& operator[](long x) const { return row[place(x, piece)]; }
#ifdef RDD_VECTORS
  Several operator[](Places x) const { return {row + x.first}; }
#else
  double& operator[](Places x) const { return row[x.first]; }
#endif
};

// Calls cell(x) for all cells of a row.
template <class Cell>
inline void each(long cells, const Cell& cell) {
  for (long first = 0; first < cells; first += lanes) cell(Places{first});
}
)text";

constexpr const char* numbers_interleaved = R"text(
// The number of a cell along x, or those of several.
inline double number(long x, long) { return static_cast<double>(x); }
inline double number_at(long place, long piece) { return static_cast<double>(place % rdd::ways * piece + place / rdd::ways); }
#ifdef RDD_VECTORS
inline Cells number(Places x, long piece) {
  Cells numbers = 0.0;
  for (long i = 0; i < lanes; ++i) numbers.all[i] = number_at(x.first + i, piece);
  return numbers;
}
#else
inline double number(Places x, long piece) { return number_at(x.first, piece); }
#endif
)text";

/// Rows that are written past the caches.
constexpr const char* past_caches = R"text(
// Places whose values are written past the caches: what is not read again soon need not go through them.
struct FarPlaces : Places {};
#ifdef RDD_VECTORS
struct FarSeveral {
  double* first;
  void operator=(Cells values) const {
#if defined(__clang__)
    __builtin_nontemporal_store(values.all, reinterpret_cast<Vector*>(first));
#elif defined(__AVX512F__)
    __builtin_ia32_movntpd512(first, values.all);
#elif defined(__AVX__)
    __builtin_ia32_movntpd256(first, values.all);
#else
    __builtin_memcpy(first, &values.all, sizeof values.all);
#endif
  }
};
#endif
struct FarOutput : Output {
  using Output::operator[];
#ifdef RDD_VECTORS
  FarSeveral operator[](FarPlaces x) const { return {row + x.first}; }
#endif
};

// Calls cell(x) for all cells of a row: for the `edge` ones at both ends, which are read to close it, as above.
template <class Cell>
inline void each(long cells, long edge, const Cell& cell) {
  long first = 0;
  for (; first < edge; first += lanes) cell(Places{first});
  for (; first < cells - edge; first += lanes) cell(FarPlaces{{first}});
  for (; first < cells; first += lanes) cell(Places{first});
}
)text";

/// Cells ahead of time: past the caches, and in them.
constexpr const char* far_ahead = R"text(
// Asks for cells that are read or written two rows later: past the caches they take that long to come, and the
// processor's own foresight ends at the ends of pages.
)text";
constexpr const char* near_ahead = R"text(
// Asks for cells that are read a row later.
)text";
std::string fetch(const char* comment, int level) {
  return std::string(comment) + fmt::format(R"text(inline void fetch(const double*, long) {{}}
inline void fetch([[maybe_unused]] const double* row, [[maybe_unused]] Places x) {{
#ifdef RDD_VECTORS
  __builtin_prefetch(row + x.first, 0, {});
#endif
}}
)text",
                                            level);
}

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
  constexpr const char* formula = "inline {} {}({}) {{ return {}; }}\n";
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
          "inline Cells {0}({1}) {{\n  for (long i = 0; i < lanes; ++i) x.all[i] = std::{0}({2});\n  "
          "return x;\n}}\n",
          f.name, of("Cells"), all("[i]"));
    else
      several += fmt::format(formula, "Vector", f.name, of("Vector"), f.formula) +
                 fmt::format("inline Cells {0}({1}) {{ return {0}({2}); }}\n", f.name, of("Cells"), all(""));
  }
  if (single.empty()) return "";
  return "\n// Functions of the value of a cell, and of those of several.\n" + single + "#ifdef RDD_VECTORS\n" +
         several + "#endif\n";
}

}  // namespace

std::string cpp_apply(expr::Operation operation, const std::vector<std::string>& x) {
  if (operation == expr::Operation::negate) return fmt::format("(-({}))", x[0]);
  std::string list;
  for (const std::string& argument : x) list += (list.empty() ? "" : ", ") + argument;
  return fmt::format("{}({})", function(operation).name, list);
}

std::string cpp_prelude(const CppNeeds& needs) {
  std::string all = heading;
  all += needs.interleave ? rows_interleaved : rows_in_order;
  if (needs.streams) all += past_caches;
  if (needs.numbers) all += needs.interleave ? numbers_interleaved : numbers_in_order;
  all += definitions(needs.functions);
  if (needs.prefetch)
    all += fetch(far_ahead, 2);
  else if (needs.interleave)
    all += fetch(near_ahead, 3);
  return all;
}

}  // namespace rdd
