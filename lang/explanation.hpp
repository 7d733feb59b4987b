// What `rdd explain` knows: docs/errors/ holds a page on every code, built into the program. CONTRIBUTING.md says how
// a page is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/diagnostic.hpp"

namespace rdd {

/// A page by its sections, each as the Markdown that stands below its heading.
struct Explanation {
  std::string_view cause, example, output, mend;
};

/// nullopt where a code has no page, or one without these sections in this order.
std::optional<Explanation> explanation(Code code);
/// The same for the text of a page.
std::optional<Explanation> read_explanation(std::string_view page);

/// A stretch of Markdown: prose, or what stands between two fences.
struct Passage {
  bool code = false;
  std::string_view language;  ///< of a fence "```csv rates.csv": csv
  std::string_view file;      ///< rates.csv; empty where the fence names none
  std::string_view text;      ///< without the fences; code ends with a newline
};
std::vector<Passage> passages(std::string_view markdown);

}  // namespace rdd
