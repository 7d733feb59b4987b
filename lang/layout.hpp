// Layout: a text cut into statements and blocks before any grammar looks at it.
//
// Newlines and `;` end a statement, `{ }` hold the statements of a block, open ( and [ continue a line, `#` starts a
// comment. Settling this in one linear pass keeps the grammar small, bounds how deep brackets nest before anything
// recurses over them, and makes recovery trivial: an error spoils one statement and no other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/diagnostic.hpp"

namespace rdd {

/// Bytes [begin, end) of a statement, without the blanks around it; the block that follows it, if there is one.
struct Chunk {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool has_block = false;
  bool broken = false;    ///< reported already; not to be read
  std::size_t open = 0;   ///< of `{`
  std::size_t close = 0;  ///< of `}`
  std::vector<Chunk> block;
};

/// Bytes [begin, end) of a comment, from its `#` to the end of its line.
struct Comment {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Layout {
  std::string text;  ///< the source's up to the end of the part, with all before it, comments, continued newlines and
                     ///< exotic blanks blanked out
  std::vector<Chunk> chunks;
  std::vector<Comment> comments;  ///< in the order of the text
};

/// Lays out a part of a source; offsets stay those of the whole. nullopt where it cannot be read at all: not UTF-8,
/// binary, brackets too deep.
std::optional<Layout> lay_out(const Span& part, Diagnostics& diagnostics);

/// Whether a text goes on with the next line: a bracket is still open at its end.
bool continues(std::string_view text);

/// False with a diagnostic where the bytes are no UTF-8 text or hold NUL.
bool check_text(const SourcePtr& source, Diagnostics& diagnostics);

/// Words that begin a declaration; none of them can be the name of a quantity or a state.
const std::vector<std::string>& declaration_words();
/// Words that begin an entry of a `solve` block; names elsewhere.
const std::vector<std::string>& solve_words();
/// All reserved words: those of declarations, and `in for by at axis energy entropy degeneracy weight table split where
/// and or`.
const std::vector<std::string>& reserved_words();
bool reserved(std::string_view word);

/// Whether a byte can be part of a name. Characters beyond ASCII that are no letters never reach the grammar.
inline bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

}  // namespace rdd
