// Blanks between two pieces: one, except where a sign binds them or one of them is a bracket or a comma.
#include "lang/dimension.hpp"
#include "lang/format/pieces.hpp"

namespace rdd::format_detail {

namespace {

/// A row of pieces without its comments, which take no part in what a sign means.
struct Row {
  const std::vector<Piece*>& at;
  std::size_t size() const { return at.size(); }
  const Piece& operator[](std::size_t i) const { return *at[i]; }
  bool sign(std::size_t i, std::string_view text) const { return i < at.size() && is(*at[i], text); }
  bool name(std::size_t i) const { return i < at.size() && at[i]->kind == Kind::name; }
};

/// The end of `^2` or `^-2`, if one begins at i.
std::size_t exponent_end(const Row& row, std::size_t i) {
  if (!row.sign(i, "^")) return i;
  const std::size_t digits = row.sign(i + 1, "-") ? i + 2 : i + 1;
  const bool whole = digits < row.size() && row[digits].kind == Kind::number &&
                     row[digits].text.find_first_not_of("0123456789") == std::string_view::npos;
  return whole ? digits + 1 : i;
}

/// The end of the unit that begins at i, behind a number or a column; i itself where none does. The same rule as the
/// grammar's: the first word is meant as a unit, known or not; behind `*` and `/` only a known one is.
std::size_t unit_end(const Row& row, std::size_t i) {
  const auto word = [&](std::size_t at) { return row.name(at) && !reserved(row[at].text) && !row.sign(at + 1, "("); };
  const auto known = [&](std::size_t at) { return word(at) && find_unit(row[at].text); };
  if (word(i)) {
    i = exponent_end(row, i + 1);
  } else {
    const std::size_t slash = row.sign(i, "1") ? i + 1 : i;
    if (!row.sign(slash, "/") || !known(slash + 1)) return i;
    i = exponent_end(row, slash + 2);
  }
  while ((row.sign(i, "*") || row.sign(i, "/")) && known(i + 1)) i = exponent_end(row, i + 2);
  return i;
}

/// Whether a bracket belongs to what stands before it: the name of a function, of a family of states or of a file, and
/// not a key.
bool binds(const Row& row, std::size_t i, Context context) {
  if (row[i].kind == Kind::text) return true;  // `use "other.rdd"(E_mig = 0.6 eV)`
  if (!row.name(i)) return false;
  if (i == 0 && (context == Context::entries || context == Context::solve)) return false;
  if (context == Context::solve && row.sign(i, "at")) return true;  // the function of probes
  if (row.sign(i, "where")) return i > 0 && row[i - 1].kind == Kind::sign && !closes(row[i - 1]);  // no clause
  return !reserved(row[i].text);
}

/// Whether the `-` at i is the sign of what follows.
bool negates(const Row& row, std::size_t i, Context context) {
  if (!row.sign(i, "-")) return false;
  if (i == 0) return true;
  const Piece& before = row[i - 1];
  if (before.kind == Kind::sign) return !closes(before);
  if (before.kind != Kind::name) return false;
  return reserved(before.text) || (i == 1 && (context == Context::entries || context == Context::solve));
}

/// Whether the `/` at i stands in a fraction such as 1/2: two plain numbers, and nothing before them that takes the
/// first for itself.
bool fraction(const Row& row, std::size_t i) {
  if (!row.sign(i, "/") || i == 0 || i + 1 >= row.size()) return false;
  if (row[i - 1].kind != Kind::number || row[i + 1].kind != Kind::number || unit_end(row, i + 2) != i + 2) return false;
  return i < 2 || !(row.sign(i - 2, "*") || row.sign(i - 2, "/") || row.sign(i - 2, "^"));
}

std::size_t gap(const Row& row, std::size_t i, Context context, bool arrows) {
  const Piece& left = row[i - 1];
  const Piece& right = row[i];
  for (const std::string_view tight : {",", ";", ")", "]"})
    if (is(right, tight)) return 0;
  if (opens(left)) return 0;
  if (is(left, "^") || is(right, "^")) return 0;
  if ((is(left, ".") || is(right, ".")) && left.kind != Kind::number && right.kind != Kind::number) return 0;
  if (is(left, "..")) return 0;
  if (is(right, "..")) return left.kind == Kind::number && left.text.back() == '.' ? 1 : 0;  // `1. ..5`
  if (fraction(row, i) || fraction(row, i - 1)) return 0;
  if (is(left, "-") && negates(row, i - 1, context)) return 0;
  if (opens(right)) return binds(row, i - 1, context) ? 0 : 1;
  if (is(right, ":")) return arrows ? 1 : 0;
  if (right.kind == Kind::sign && right.text.find_first_of("-+*/=<>:{}") == std::string_view::npos && !opens(right) &&
      !is(right, "±"))
    return right.touches ? 0 : 1;  // a sign the language does not know, in a statement kept for later versions
  return 1;
}

}  // namespace

void space_out(std::vector<Piece>& pieces, Context context) {
  std::vector<Piece*> plain;
  bool arrows = false;
  for (Piece& piece : pieces) {
    if (piece.kind == Kind::comment) continue;
    plain.push_back(&piece);
    arrows = arrows || is(piece, "->") || is(piece, "<->");
  }
  const Row row{plain};
  for (std::size_t i = 1; i < plain.size(); ++i) plain[i]->gap = gap(row, i, context, arrows);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool column = context == Context::mappings && i > 0 && plain[i]->kind != Kind::sign &&
                        (row.sign(i - 1, ":") || row.sign(i - 1, "[") || row.sign(i - 1, ","));
    if (plain[i]->kind != Kind::number && !column) continue;
    const std::size_t end = unit_end(row, i + 1);
    for (std::size_t j = i + 1; j < end; ++j) plain[j]->gap = j == i + 1 ? 1 : 0;
    if (end > i + 1) i = end - 1;
  }
  for (std::size_t i = 1; i + 1 < plain.size(); ++i) {
    const bool operation = row.sign(i, "+") || row.sign(i, "-") || row.sign(i, "*") || row.sign(i, "/");
    plain[i]->joins = operation && plain[i]->gap == 1 && plain[i + 1]->gap == 1 && !negates(row, i, context);
  }
  for (Piece& piece : pieces)
    if (piece.kind == Kind::comment) piece.gap = 1;
}

}  // namespace rdd::format_detail
