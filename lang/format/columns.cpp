// Columns: what corresponds in neighbouring lines stands under one another. A blank line ends the columns above it.
//
// A column is made by moving one piece of each row to the right, from the left column to the last; a row that lacks
// the piece takes no part. One function for each kind of statement says which pieces those are.
#include <algorithm>
#include <functional>

#include "lang/format/pieces.hpp"

namespace rdd::format_detail {

namespace {

using Rows = std::vector<std::vector<Piece>*>;
using Finder = std::function<std::size_t(const std::vector<Piece>&)>;

/// Farther right no column is made: a single long row would push the others away.
constexpr std::size_t farthest = 60;

/// The place of the first such piece outside brackets; the number of pieces where there is none.
std::size_t find(const std::vector<Piece>& pieces, std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (opens(pieces[i])) ++depth;
    if (closes(pieces[i])) --depth;
    if (depth == 0 && is(pieces[i], text)) return i;
  }
  return pieces.size();
}

/// Whether a line break or a comment stands before piece i.
bool broken_before(const std::vector<Piece>& pieces, std::size_t i) {
  for (std::size_t j = 0; j <= i; ++j)
    if (kept_break(pieces, j) || pieces[j].kind == Kind::comment) return true;
  return false;
}

void column(const Rows& rows, const Finder& finder) {
  std::vector<std::pair<Piece*, std::size_t>> movable;  // with where they stand
  std::size_t target = 0;
  for (std::vector<Piece>* row : rows) {
    const std::size_t at = finder(*row);
    if (at >= row->size() || broken_before(*row, at)) continue;
    const std::size_t place = width(*row, 0, at) + (*row)[at].gap;
    if (place > farthest) continue;
    movable.emplace_back(&(*row)[at], place);
    target = std::max(target, place);
  }
  for (const auto& [piece, place] : movable) piece->gap += target - place;
}

Finder first(std::string_view text) {
  return [text](const std::vector<Piece>& pieces) { return find(pieces, text); };
}
Finder nth(std::size_t n) {
  return [n](const std::vector<Piece>&) { return n; };
}

/// `param nu  = 5 THz`
void definitions(const Rows& rows) {
  column(rows, first("="));
}

/// `states table "s.csv" { … }` above `rates  table "r.csv" { … }`
void tables(const Rows& rows) {
  column(rows, first("table"));
  column(rows, first("{"));
}

/// `X <-> X by [1, 0] : arrhenius(nu, E_mig)`
void rates(const Rows& rows) {
  column(rows, [](const std::vector<Piece>& pieces) { return std::min(find(pieces, "->"), find(pieces, "<->")); });
  column(rows, first("by"));
  column(rows, first(":"));
  column(rows, first("for"));
}

/// The words of a state's properties, in their order.
std::vector<std::string_view> properties(const std::vector<Piece>& pieces) {
  std::vector<std::string_view> words;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (opens(pieces[i])) ++depth;
    if (closes(pieces[i])) --depth;
    if (i > 0 && depth == 0 && pieces[i].kind == Kind::name && reserved(pieces[i].text))
      words.push_back(pieces[i].text);
  }
  return words;
}

/// `shallow  at [0.45] energy dE`: in columns where the properties of one state hold those of the others in order.
void states(const Rows& rows) {
  std::vector<std::string_view> order;
  for (std::vector<Piece>* row : rows) {
    const auto words = properties(*row);
    if (words.size() > order.size()) order = words;
    if (!words.empty()) (*row)[find(*row, words.front())].gap = 2;
  }
  Rows ordered;
  for (std::vector<Piece>* row : rows) {
    const auto words = properties(*row);
    auto at = order.begin();
    const bool follows = std::all_of(words.begin(), words.end(), [&](std::string_view word) {
      at = std::find(at, order.end(), word);
      return at != order.end() && (++at, true);
    });
    if (follows) ordered.push_back(row);
  }
  for (const std::string_view word : order) column(ordered, first(word));
}

/// `probe   place  = mean(x)`: the values of all entries, and the signs within neighbours of one kind.
void entries(const Rows& rows) {
  column(rows, nth(1));
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const std::string_view word = rows[begin]->front().text;
    while (end < rows.size() && rows[end]->front().text == word) ++end;
    const Rows alike(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                     rows.begin() + static_cast<std::ptrdiff_t>(end));
    for (const std::string_view defined : {"probe", "initial", "point", "source", "sink", "field", "species"}) {
      if (word == defined) column(alike, first("="));
    }
    if (word == "react") {
      column(alike, first("->"));
      column(alike, first(":"));
    }
  }
}

void columns(const Rows& rows, Context context) {
  const std::vector<Piece>& head = *rows.front();
  switch (context) {
    case Context::file:
      if (is(head[0], "param") || is(head[0], "let")) definitions(rows);
      if (context_inside(head) == Context::mappings && rows.size() > 1) tables(rows);
      return;
    case Context::states:
      return states(rows);
    case Context::rates:
      return rates(rows);
    case Context::entries:
    case Context::solve:
      return entries(rows);
    default:
      return;
  }
}

/// Whether two neighbours belong to the same columns.
bool alike(const Item& a, const Item& b, Context context) {
  if (context != Context::file) return true;
  const Context kind = context_inside(a.pieces);
  return is(a.pieces[0], b.pieces[0].text) || (kind == Context::mappings && kind == context_inside(b.pieces));
}

}  // namespace

void align(std::vector<Item>& items, Context context) {
  Rows rows;
  const Item* last = nullptr;
  const auto flush = [&] {
    if (!rows.empty()) columns(rows, context);
    rows.clear();
  };
  for (Item& item : items) {
    if (item.blank_before) flush();
    if (item.pieces.empty()) continue;  // a comment between rows leaves them in columns
    if (item.block || (!rows.empty() && !alike(*last, item, context))) flush();
    if (item.block) continue;
    rows.push_back(&item.pieces);
    last = &item;
  }
  flush();
}

}  // namespace rdd::format_detail
