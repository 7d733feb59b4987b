// Layout and text -> items. A comment belongs to the statement before it on its line; one that begins its line is an
// item of its own, unless it goes on below such a comment in the same column; one within brackets is a piece.
#include "lang/format/pieces.hpp"

#include <algorithm>

#include "lang/scan.hpp"

namespace rdd::format_detail {

namespace {

std::string_view trimmed_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\v\f");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

class Builder {
 public:
  Builder(std::string_view source, const Layout& layout) : source_(source), layout_(layout) {}

  std::vector<Item> run() { return block(layout_.chunks, 0, layout_.text.size(), Context::file); }

 private:
  /// The items between two places; `begin` lies behind the `{` of a block, and comments that are still to be taken may
  /// stand before it.
  std::vector<Item> block(const std::vector<Chunk>& chunks, std::size_t begin, std::size_t end, Context context) {
    std::vector<Item> result;
    std::size_t last = begin;  // the end of what was taken so far
    const auto add = [&](Item item, std::size_t at) {
      item.context = context;
      item.blank_before = !result.empty() && newlines(last, at) > 1;
      result.push_back(std::move(item));
    };
    const auto take_comments = [&](std::size_t limit) {
      while (comment_before(limit)) {
        const Comment& comment = layout_.comments[next_comment_++];
        const bool behind = !result.empty() && newlines(last, comment.begin) == 0;
        if (behind || goes_on(result, last, comment)) {
          result.back().comments.push_back(text(comment));
        } else {
          Item own;
          own.comments.push_back(text(comment));
          add(std::move(own), comment.begin);
        }
        last = std::max(last, comment.end);
      }
    };
    for (const Chunk& chunk : chunks) {
      take_comments(chunk.begin);
      add(statement(chunk, context), chunk.begin);
      last = chunk.has_block ? chunk.close + 1 : chunk.end;
    }
    take_comments(end);
    return result;
  }

  Item statement(const Chunk& chunk, Context context) {
    Item item;
    if (context == Context::query) {
      item.pieces = verbatim(chunk);
      return item;
    }
    item.pieces = head(chunk);
    space_out(item.pieces, context);
    if (!chunk.has_block) return item;
    // A comment between the head and its `{` goes behind the `{`.
    const std::size_t first = chunk.block.empty() ? chunk.close : chunk.block.front().begin;
    const auto on_line_of = [&](std::size_t place) {
      return comment_before(first) && layout_.comments[next_comment_].begin > place &&
             newlines(place, layout_.comments[next_comment_].begin) == 0;
    };
    if (on_line_of(chunk.end) || on_line_of(chunk.open)) item.opening_comment = text(layout_.comments[next_comment_++]);
    item.block_on_line = newlines(chunk.open, chunk.close) == 0 && item.opening_comment.empty();
    item.block = block(chunk.block, chunk.open + 1, chunk.close, context_inside(item.pieces));
    return item;
  }

  /// A statement of the query language is left as it is; so are its comments.
  std::vector<Piece> verbatim(const Chunk& chunk) {
    const std::size_t first = next_comment_;
    while (comment_before(chunk.end)) ++next_comment_;
    const std::string_view all = next_comment_ == first ? std::string_view(layout_.text) : source_;
    return {{Kind::text, all.substr(chunk.begin, chunk.end - chunk.begin)}};
  }

  /// The pieces before a statement's block, with the comments among them.
  std::vector<Piece> head(const Chunk& chunk) {
    std::vector<Piece> result;
    std::size_t at = chunk.begin;
    const auto cut_until = [&](std::size_t end) {
      for (Piece piece : cut(std::string_view(layout_.text).substr(at, end - at))) {
        const auto begin = static_cast<std::size_t>(piece.text.data() - layout_.text.data());
        piece.begins_line = newlines(at, begin) > 0;
        piece.touches = begin > 0 && begin > chunk.begin && layout_.text[begin - 1] != ' ';
        at = begin + piece.text.size();
        result.push_back(piece);
      }
      at = end;
    };
    while (comment_before(chunk.end)) {
      const Comment& comment = layout_.comments[next_comment_++];
      const std::size_t before = at;
      cut_until(comment.begin);
      const std::size_t from = result.empty() || result.back().kind == Kind::comment
                                   ? before
                                   : static_cast<std::size_t>(result.back().text.data() - layout_.text.data());
      result.push_back({Kind::comment, text(comment), newlines(from, comment.begin) > 0});
      at = comment.end;
    }
    cut_until(chunk.end);
    commas_first(result);
    return result;
  }

  /// Moves each comma before the comments it follows.
  static void commas_first(std::vector<Piece>& pieces) {
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
      if (!is(pieces[i], ",") || !may_begin_line(pieces[i + 1])) continue;
      for (std::size_t j = i; j > 0 && pieces[j - 1].kind == Kind::comment; --j) std::swap(pieces[j], pieces[j - 1]);
    }
  }

  /// Whether a comment on a line of its own goes on where the comment on the line above began.
  bool goes_on(const std::vector<Item>& before, std::size_t last, const Comment& comment) const {
    return !before.empty() && !before.back().pieces.empty() && !before.back().comments.empty() &&
           newlines(last, comment.begin) == 1 &&
           column(begin_of(before.back().comments.back())) == column(comment.begin);
  }

  bool comment_before(std::size_t limit) const {
    return next_comment_ < layout_.comments.size() && layout_.comments[next_comment_].begin < limit;
  }
  std::string_view text(const Comment& comment) const {
    return trimmed_end(source_.substr(comment.begin, comment.end - comment.begin));
  }
  std::size_t begin_of(std::string_view part) const { return static_cast<std::size_t>(part.data() - source_.data()); }
  std::size_t column(std::size_t at) const {
    const std::size_t newline = source_.substr(0, at).rfind('\n');
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    return width(source_.substr(begin, at - begin));
  }
  std::size_t newlines(std::size_t begin, std::size_t end) const {
    return begin >= end
               ? 0
               : static_cast<std::size_t>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  }

  std::string_view source_;
  const Layout& layout_;
  std::size_t next_comment_ = 0;
};

}  // namespace

bool is(const Piece& piece, std::string_view text) {
  return piece.kind != Kind::text && piece.text == text;
}
bool opens(const Piece& piece) {
  return is(piece, "(") || is(piece, "[");
}
bool closes(const Piece& piece) {
  return is(piece, ")") || is(piece, "]");
}

bool may_begin_line(const Piece& piece) {
  const auto& words = declaration_words();
  return std::find(words.begin(), words.end(), piece.text) == words.end();
}
bool kept_break(const std::vector<Piece>& pieces, std::size_t i) {
  if (i == 0) return false;
  const bool comment = pieces[i].kind == Kind::comment;
  if (pieces[i - 1].kind == Kind::comment) return true;
  const bool place = is(pieces[i - 1], ",") || pieces[i - 1].joins || pieces[i].joins;
  return pieces[i].begins_line && (comment || (place && may_begin_line(pieces[i])));
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
std::size_t width(const std::vector<Piece>& pieces, std::size_t first, std::size_t last) {
  std::size_t sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += pieces[i].gap + width(pieces[i].text);
  return sum;
}

std::vector<Piece> cut(std::string_view statement) {
  std::vector<Piece> result;
  const char* at = statement.data();
  const char* const last = at + statement.size();
  while (at != last) {
    if (*at == ' ' || *at == '\n') {
      ++at;
      continue;
    }
    const std::string_view rest(at, static_cast<std::size_t>(last - at));
    Kind kind = Kind::sign;
    std::size_t size = 1;
    for (const std::string_view sign : {"<->", "->", "+-", "..", "<=", ">=", "±"}) {
      if (rest.starts_with(sign)) {
        size = sign.size();
        break;
      }
    }
    if (size == 1) {
      if (const char* end = scan_name(at, last); end != at) {
        kind = Kind::name;
        size = static_cast<std::size_t>(end - at);
      } else if (end = scan_number(at, last); end != at) {
        kind = Kind::number;
        size = static_cast<std::size_t>(end - at);
      } else if (*at == '"') {
        kind = Kind::text;
        const std::size_t close = rest.find('"', 1);
        size = close == std::string_view::npos ? rest.size() : close + 1;
      }
    }
    result.push_back({kind, rest.substr(0, size)});
    at += size;
  }
  return result;
}

std::vector<Item> items(std::string_view source, const Layout& layout) {
  return Builder(source, layout).run();
}

Context context_inside(const std::vector<Piece>& head) {
  if (head.empty()) return Context::other;
  const std::string_view word = head[0].text;
  if (word == "states" || word == "rates") {
    if (head.size() > 1 && is(head[1], "table")) return Context::mappings;
    return word == "states" ? Context::states : Context::rates;
  }
  if (word == "translations" || word == "symmetry") return Context::list;
  if (word == "lattice" || word == "reduce") return Context::entries;
  if (word == "solve") return Context::solve;
  if (word == "query") return Context::query;
  return Context::other;
}

}  // namespace rdd::format_detail
