// What the formatter lays out: a tree of statements, each a row of pieces, with the comments where they belong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/layout.hpp"

namespace rdd::format_detail {

/// Lines are broken where they would be longer, as far as there is a comma to break them at.
constexpr std::size_t line_width = 100;

enum class Kind { name, number, text, sign, comment };

struct Piece {
  Kind kind;
  std::string_view text;
  bool begins_line = false;  ///< the author began a line with it
  bool touches = false;      ///< the author left no blank before it
  std::size_t gap = 0;       ///< blanks to be put before it
  bool joins = false;        ///< an operator between two operands: a line may break on either side of it
};

/// The kinds of block a statement can stand in; what a sign means there decides about the blanks around it.
enum class Context { file, states, rates, list, mappings, entries, solve, query, other };

/// A statement, or a comment on a line of its own.
struct Item {
  Context context = Context::file;
  bool blank_before = false;  ///< a blank line stands before it
  std::vector<Piece> pieces;  ///< empty: a comment
  std::optional<std::vector<Item>> block;
  bool block_on_line = false;              ///< the author wrote `{` to `}` on one line
  std::string_view opening_comment;        ///< behind `{`
  std::vector<std::string_view> comments;  ///< behind the statement, and below that in the same column
};

/// The pieces of a text without comments: a statement as lang/layout leaves it.
std::vector<Piece> cut(std::string_view statement);

/// The tree of a whole file; it points into `source` and `layout`.
std::vector<Item> items(std::string_view source, const Layout& layout);

/// The context inside the block of a statement.
Context context_inside(const std::vector<Piece>& head);

/// Sets the blanks between the pieces of a statement in a context.
void space_out(std::vector<Piece>& pieces, Context context);

/// Sets blanks so that neighbouring statements stand in columns. `items` are those of one block.
void align(std::vector<Item>& items, Context context);

/// A statement with its block on one line as one row of pieces; nullopt where it has no such block, or would not fit.
std::optional<std::vector<Piece>> on_one_line(const Item& item, std::size_t indent);

/// The columns a text takes: its Unicode characters.
std::size_t width(std::string_view text);
/// The columns of pieces [first, last) in one line, with the blanks before each.
std::size_t width(const std::vector<Piece>& pieces, std::size_t first, std::size_t last);

bool is(const Piece& piece, std::string_view text);
bool opens(const Piece& piece);
bool closes(const Piece& piece);
/// False for a word that begins a declaration: at the beginning of a line it would be read as one.
bool may_begin_line(const Piece& piece);
/// Whether the author put a line break before piece i at a place where it stays: behind a comma, at an operator, around
/// a comment.
bool kept_break(const std::vector<Piece>& pieces, std::size_t i);

/// The text of a block's statements, each line indented.
std::string lines(std::vector<Item> items, std::size_t indent, Context context);

}  // namespace rdd::format_detail
