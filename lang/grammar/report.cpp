// Words for a statement that does not follow the grammar, and the numbers of the lexemes.
#include <fmt/format.h>

#include <limits>

#include "lang/grammar/lexemes.hpp"

namespace rdd::grammar {

namespace {

/// The lexeme that stands at a place, for "found …".
std::string_view lexeme_at(std::string_view text, std::size_t at, std::size_t end) {
  const Iterator begin = text.data() + at, last = text.data() + end;
  Iterator stop = scan_name(begin, last);
  if (stop == begin) stop = scan_number(begin, last);
  if (stop == begin) stop = quoted.scan(begin, last);
  if (stop == begin) {
    for (const std::string_view known : {"<->", "->", "+-", ".."}) {
      if (std::string_view(begin, static_cast<std::size_t>(last - begin)).starts_with(known)) {
        stop = begin + known.size();
        break;
      }
    }
  }
  if (stop == begin) ++stop;
  return {begin, static_cast<std::size_t>(stop - begin)};
}

}  // namespace

void report(const Reader& reader, Range range, std::size_t at, const std::string& expected) {
  while (at < range.end && reader.text[at] == ' ') ++at;
  if (at >= range.end) {
    reader.diagnostics.add(Code::Syntax, {reader.source, range.end, range.end + 1},
                           fmt::format("expected {}, but the statement ends here", expected));
    return;
  }
  const std::string_view found = lexeme_at(reader.text, at, range.end);
  Diagnostic& d = reader.diagnostics.add(Code::Syntax, {reader.source, at, at + found.size()},
                                         fmt::format("expected {}, found `{}`", expected, found));
  if (reserved(found) && expected == "a name") {
    d.here("a reserved word").hint(fmt::format("choose another name; `{}` belongs to the language", found));
  }
}

ast::Number NumberLexeme::make(std::string_view text, ast::Place place) const {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Overflow and underflow are told apart from numbers by the reader of the AST: a number that is not finite was too
  // large.
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<double>::infinity();
  ast::Number number;
  number.place = place;
  number.value = value;
  return number;
}

}  // namespace rdd::grammar
