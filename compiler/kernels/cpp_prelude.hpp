// What the bodies of emitted C++ are computed with: one cell or several at a time, by the same text.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/expr.hpp"

namespace rdd {

struct CppNeeds {
  std::set<expr::Operation> functions;
  bool numbers = false;     ///< number(x) of a place along x; of interleaved rows number(x, piece)
  bool prefetch = false;    ///< fetch(row, x) for what comes late; interleaved rows have it anyway
  bool interleave = false;  ///< rows are interleaved
  bool streams = false;     ///< each(cells, edge, cell), of interleaved rows: writes past the caches
};
/// The beginning of the emitted text, its includes first; an unnamed namespace is left open.
std::string cpp_prelude(const CppNeeds& needs);

/// A function of lang/expr.hpp, or the unary minus, of operands that are written already.
std::string cpp_apply(expr::Operation operation, const std::vector<std::string>& x);

}  // namespace rdd
