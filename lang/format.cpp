#include "lang/format.hpp"

#include <stdexcept>

#include "lang/format/pieces.hpp"
#include "lang/parse.hpp"

namespace rdd {

namespace {

using namespace format_detail;

/// What a text holds apart from its layout: all pieces but the commas and semicolons that line breaks stand for, and
/// all comments, in their order.
struct Contents {
  std::vector<std::string> pieces, comments;
  friend bool operator==(const Contents&, const Contents&) = default;
};

void collect(const std::vector<Piece>& pieces, Contents& contents) {
  for (const Piece& piece : pieces) {
    if (piece.kind == Kind::comment)
      contents.comments.emplace_back(piece.text);
    else if (!is(piece, ","))
      contents.pieces.emplace_back(piece.text);
  }
}

void collect(const std::vector<Item>& items, Contents& contents) {
  for (const Item& item : items) {
    collect(item.pieces, contents);
    if (!item.opening_comment.empty()) contents.comments.emplace_back(item.opening_comment);
    if (item.block) {
      contents.pieces.emplace_back("{");
      collect(*item.block, contents);
      contents.pieces.emplace_back("}");
    }
    contents.comments.insert(contents.comments.end(), item.comments.begin(), item.comments.end());
  }
}

Contents contents(const std::vector<Item>& items) {
  Contents result;
  collect(items, result);
  return result;
}

}  // namespace

std::optional<std::string> format(const SourcePtr& source, Diagnostics& diagnostics) {
  const auto file = parse(source, diagnostics);
  if (!file || diagnostics.has_errors()) return std::nullopt;
  Diagnostics found;
  const auto layout = lay_out({source, 0, source->text.size()}, found);
  const std::vector<Item> tree = items(source->text, *layout);
  std::string text = lines(tree, 0, Context::file);

  const auto formatted = std::make_shared<const Source>(Source{source->name, text});
  const auto again = parse(formatted, found);
  const auto new_layout = again && !found.has_errors() ? lay_out({formatted, 0, text.size()}, found) : std::nullopt;
  if (!new_layout || !(*again == *file) || contents(items(text, *new_layout)) != contents(tree))
    throw std::logic_error("formatting would change what " + source->name + " says");
  return text;
}

}  // namespace rdd
