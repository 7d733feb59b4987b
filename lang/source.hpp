// The text of a model and the places in it.
//
// The text stays in memory for as long as a diagnostic may point at it: drawing never re-reads the file (the prompt has
// none, and the file may have changed since).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rdd {

/// A named text: a file, an embedded module of the standard library, a line typed at the prompt.
struct Source {
  std::string name;  ///< as it is to be printed: a path, `<prompt>`, `std.lattices.square`
  std::string text;
};
using SourcePtr = std::shared_ptr<const Source>;

/// Line and column of a byte, both from 1; the column counts Unicode characters.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};
Position position(const Source& source, std::size_t byte);

/// Bytes [begin, end) of a source. A default span points nowhere and is drawn without an excerpt.
struct Span {
  SourcePtr source;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view text() const;
  explicit operator bool() const { return source != nullptr; }
};

}  // namespace rdd
