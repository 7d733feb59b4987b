// Items -> text. A line break behind a comma within brackets stays where the author put it; others are added where a
// line gets too long, and rows of a matrix written on several lines stand in columns.
#include <algorithm>

#include "lang/format/pieces.hpp"

namespace rdd::format_detail {

namespace {

/// A statement as text, without its block.
class Writer {
 public:
  Writer(std::vector<Piece> pieces, std::size_t indent, bool list)
      : pieces_(std::move(pieces)), indent_(indent), list_(list), out_(indent, ' '), column_(indent) {}

  std::string run() {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Piece& piece = pieces_[i];
      if (list_ && brackets_.empty() && is(piece, ",")) {
        split_list(i);
        continue;
      }
      if (breaks(i))
        newline(closes(piece) && !brackets_.empty() ? brackets_.back().column : hang());
      else if (!line_begun_)
        put(std::string(piece.gap, ' '));
      line_begun_ = false;
      put(piece.text);
      if (opens(piece)) {
        brackets_.push_back({column_ - 1, column_ > deepest_hang ? indent_ + 4 : column_});
        lay_rows(i);
      }
      if (closes(piece) && !brackets_.empty()) brackets_.pop_back();
    }
    return std::move(out_);
  }

 private:
  struct Bracket {
    std::size_t column;  // where it stands
    std::size_t hang;    // where lines within it begin
  };

  static constexpr std::size_t deepest_hang = 40;  // what stands behind it would have too little room

  std::size_t hang() const { return brackets_.empty() ? indent_ : brackets_.back().hang; }

  bool comment(std::size_t i) const { return pieces_[i].kind == Kind::comment; }

  bool kept_break(std::size_t i) const { return format_detail::kept_break(pieces_, i); }

  bool breaks(std::size_t i) const {
    if (kept_break(i)) return true;
    if (i == 0 || brackets_.empty() || comment(i) || !may_begin_line(pieces_[i])) return false;
    // Behind a bracket that holds a list a line is broken only if that gains room.
    const bool may_break = is(pieces_[i - 1], ",") || (opens(pieces_[i - 1]) && hang() < column_ && list_from(i));
    return may_break && !fits(i, pieces_[i].gap);
  }

  /// Whether the item at i has others behind it.
  bool list_from(std::size_t i) const {
    std::size_t depth = 0;
    for (; i < pieces_.size(); ++i) {
      if (depth == 0 && (closes(pieces_[i]) || is(pieces_[i], ","))) return is(pieces_[i], ",");
      if (opens(pieces_[i])) ++depth;
      if (closes(pieces_[i])) --depth;
    }
    return false;
  }

  /// The end of the item that begins at i: behind its comma, or behind the brackets that close with it.
  std::size_t item_end(std::size_t i) const {
    std::size_t depth = 0;
    for (; i < pieces_.size(); ++i) {
      if (opens(pieces_[i])) ++depth;
      if (closes(pieces_[i])) {
        if (depth == 0) break;
        --depth;
      }
      if (depth == 0 && is(pieces_[i], ",")) return i + 1;
    }
    while (i < pieces_.size() && closes(pieces_[i])) ++i;
    return i < pieces_.size() && is(pieces_[i], ",") ? i + 1 : i;
  }

  /// Whether the item at i, up to its first line break, has room on this line.
  bool fits(std::size_t i, std::size_t blanks) const {
    const std::size_t end = item_end(i);
    std::size_t stop = i + 1;
    while (stop < end && !kept_break(stop) && !comment(stop)) ++stop;
    return column_ + blanks + width(pieces_, i, stop) - pieces_[i].gap <= line_width;
  }

  /// A comma between the items of a block: they go on one line, or the next begins a line without the comma.
  void split_list(std::size_t i) {
    if (i + 1 == pieces_.size()) return;
    column_ += 1;
    const bool room = fits(i + 1, pieces_[i + 1].gap);
    column_ -= 1;
    if (room) return put(",");
    newline(indent_);
    line_begun_ = true;
  }

  /// The rows of a list of lists begin a line each, as soon as one does or they do not fit on this line; cells of
  /// equally many columns are set flush right.
  void lay_rows(std::size_t open) {
    std::vector<std::size_t> begins, ends;  // of the rows, from `[` to behind `]`
    bool on_lines = false;
    std::size_t i = open + 1;
    for (; i < pieces_.size() && !closes(pieces_[i]); ++i) {
      if (comment(i) || is(pieces_[i], ",")) continue;
      if (!is(pieces_[i], "[")) return;
      on_lines = on_lines || (!begins.empty() && kept_break(i));
      begins.push_back(i);
      std::size_t depth = 0;
      do {
        if (opens(pieces_[i])) ++depth;
        if (closes(pieces_[i])) --depth;
        ++i;
      } while (depth > 0);
      ends.push_back(i);
      if (i < pieces_.size() && !is(pieces_[i], ",") && !closes(pieces_[i]) && !comment(i)) return;
      --i;
    }
    if (begins.size() < 2) return;
    const std::size_t close = std::min(item_end(open + 1), pieces_.size());
    if (!on_lines && column_ + width(pieces_, open + 1, std::max(close, i + 1)) <= line_width) return;
    for (std::size_t row = 1; row < begins.size(); ++row) pieces_[begins[row]].begins_line = true;
    flush_right(begins, ends);
  }

  void flush_right(const std::vector<std::size_t>& begins, const std::vector<std::size_t>& ends) {
    std::vector<std::vector<std::size_t>> cells(begins.size());  // where the cells of each row begin
    for (std::size_t row = 0; row < begins.size(); ++row) {
      if (ends[row] - begins[row] < 3) return;
      std::size_t depth = 0;
      for (std::size_t i = begins[row]; i < ends[row]; ++i) {
        if (i > begins[row] && (kept_break(i) || comment(i))) return;
        if (opens(pieces_[i])) ++depth;
        if (closes(pieces_[i])) --depth;
        if (depth == 1 && (i == begins[row] || is(pieces_[i], ","))) cells[row].push_back(i + 1);
      }
      cells[row].push_back(ends[row]);
      if (cells[row].size() != cells[0].size()) return;
    }
    std::vector<std::size_t> widest(cells[0].size() - 1, 0);
    const auto cell_width = [&](std::size_t row, std::size_t cell) {
      return width(pieces_, cells[row][cell], cells[row][cell + 1]) - pieces_[cells[row][cell]].gap;
    };
    std::size_t whole = widest.size();  // a blank before each cell but the first, and the bracket
    for (std::size_t cell = 0; cell < widest.size(); ++cell) {
      for (std::size_t row = 0; row < cells.size(); ++row) widest[cell] = std::max(widest[cell], cell_width(row, cell));
      whole += widest[cell];
    }
    if (hang() + whole + 1 > line_width) return;  // with the comma behind a row
    for (std::size_t row = 0; row < cells.size(); ++row)
      for (std::size_t cell = 0; cell < widest.size(); ++cell)
        pieces_[cells[row][cell]].gap += widest[cell] - cell_width(row, cell);
  }

  void put(std::string_view text) {
    out_ += text;
    column_ += width(text);
  }
  void newline(std::size_t indent) {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_ += '\n' + std::string(indent, ' ');
    column_ = indent;
  }

  std::vector<Piece> pieces_;
  std::size_t indent_;
  bool list_;  // commas outside brackets divide items that can stand on lines of their own
  std::string out_;
  std::size_t column_;
  bool line_begun_ = false;
  std::vector<Bracket> brackets_;
};

std::string written(const Item& item, std::size_t indent) {
  const bool list = item.context == Context::list || item.context == Context::mappings;
  std::string text = Writer(item.pieces, indent, list).run();
  if (!item.block) return text;
  text += " {";
  if (item.block->empty() && item.opening_comment.empty()) return text + "}";
  if (!item.opening_comment.empty()) text += " " + std::string(item.opening_comment);
  return text + "\n" + lines(*item.block, indent + 2, context_inside(item.pieces)) + std::string(indent, ' ') + "}";
}

}  // namespace

std::optional<std::vector<Piece>> on_one_line(const Item& item, std::size_t indent) {
  if (!item.block || !item.block_on_line || item.block->empty()) return std::nullopt;
  std::vector<Piece> row = item.pieces;
  const auto put = [&](Piece piece, std::size_t gap) {
    piece.gap = gap;
    row.push_back(piece);
  };
  put({Kind::sign, "{"}, 1);
  bool first = true;
  for (const Item& inner : *item.block) {
    if (inner.block) return std::nullopt;
    if (!first) put({Kind::sign, ";"}, 0);
    first = false;
    for (std::size_t i = 0; i < inner.pieces.size(); ++i) {
      const bool trailing_comma = i + 1 == inner.pieces.size() && is(inner.pieces[i], ",");
      if (!trailing_comma) put(inner.pieces[i], i == 0 ? 1 : inner.pieces[i].gap);
    }
  }
  put({Kind::sign, "}"}, 1);
  const bool whole = std::none_of(row.begin(), row.end(), [](const Piece& piece) {
    return piece.begins_line || piece.kind == Kind::comment || piece.text.find('\n') != std::string_view::npos;
  });
  return whole && indent + width(row, 0, row.size()) <= line_width ? std::optional(std::move(row)) : std::nullopt;
}

std::string lines(std::vector<Item> items, std::size_t indent, Context context) {
  for (Item& item : items) {
    if (auto row = on_one_line(item, indent)) {
      item.pieces = std::move(*row);
      item.block.reset();
    }
  }
  align(items, context);
  std::vector<std::string> texts;
  for (const Item& item : items) {
    texts.push_back(item.pieces.empty() ? std::string(indent, ' ') + std::string(item.comments.front())
                                        : written(item, indent));
  }
  // Comments behind neighbouring lines stand under one another: the run of such lines that begins at i ends before the
  // result, and `column` is where its comments begin.
  const auto commented_line = [&](std::size_t i) {
    return !items[i].pieces.empty() && !items[i].comments.empty() && texts[i].find('\n') == std::string::npos;
  };
  const auto run_of_comments = [&](std::size_t i, std::size_t& column) {
    column = width(texts[i].substr(texts[i].rfind('\n') + 1)) + 1;
    std::size_t end = i + 1;
    if (commented_line(i)) {
      for (; end < items.size() && commented_line(end) && !items[end].blank_before; ++end)
        column = std::max(column, width(texts[end]) + 1);
    }
    return end;
  };
  std::string out;
  std::size_t column = 0, run_end = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].blank_before) out += '\n';
    out += texts[i];
    if (!items[i].pieces.empty() && !items[i].comments.empty()) {
      if (i >= run_end) run_end = run_of_comments(i, column);
      out += std::string(column - width(texts[i].substr(texts[i].rfind('\n') + 1)), ' ');
      out += items[i].comments.front();
      for (std::size_t j = 1; j < items[i].comments.size(); ++j)
        out += '\n' + std::string(column, ' ') + std::string(items[i].comments[j]);
    }
    out += '\n';
  }
  return out;
}

}  // namespace rdd::format_detail
