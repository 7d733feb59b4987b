// What a reader of messages would do with them.
#pragma once

#include <sstream>
#include <vector>

#include "lang/diagnostic.hpp"

namespace rdd::fuzz {

/// Draws the first few diagnostics, for the terminal and as JSON: drawing fifty of them takes far longer than finding
/// them, and one is drawn like another.
inline void draw_some(const Diagnostics& diagnostics) {
  std::ostringstream out;
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  for (std::size_t i = 0; i < sorted.size() && i < 3; ++i) draw(out, sorted[i]);
  if (!sorted.empty()) out << to_json(sorted.back());
}

}  // namespace rdd::fuzz
