// Canonical layout: blanks, columns and line breaks, and nothing else of a file.
//
// The formatter works on the pieces of the text (names, numbers, signs, comments) as lang/layout cuts it into
// statements, never on what they mean: numbers, units and brackets stay as they were spelt, and a new statement of the
// language is laid out without a line of code here. Then it reads its own text again and compares.
#pragma once

#include <optional>
#include <string>

#include "lang/diagnostic.hpp"

namespace rdd {

/// The text of a file in canonical layout; formatting it again changes nothing. nullopt with diagnostics where the
/// file does not parse (they hold no errors before). Throws std::logic_error, a bug of ours, where the text would not
/// say the same or would lose a comment.
std::optional<std::string> format(const SourcePtr& source, Diagnostics& diagnostics);

}  // namespace rdd
