// "did you mean": the known word nearest to a misspelt one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdd {

/// Edits (insert, delete, replace, swap of neighbours) that lead from one word to the other; a change of case costs
/// half an edit. Counted in bytes.
double edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to the word, if it is within two edits and shares more than it changes; the first of equals.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace rdd
