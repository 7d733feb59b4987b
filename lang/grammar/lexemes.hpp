// Names, numbers, texts, words and signs.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "lang/grammar/config.hpp"
#include "lang/scan.hpp"

namespace rdd::grammar {

/// Base of the lexemes: skips blanks, asks `scan` for the end of the lexeme, and moves on only if there is one.
template <class Derived>
struct Lexeme : x3::parser<Derived> {
  template <class It, class Ctx, class RContext, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, RContext&, Attribute& attribute) const {
    It begin = first;
    x3::skip_over(begin, last, context);
    const It end = this->derived().scan(begin, last);
    if (end == begin) return false;
    if constexpr (Derived::has_attribute) {
      const State& state = x3::get<state_tag>(context).get();
      const ast::Place place{static_cast<std::uint32_t>(begin - state.begin),
                             static_cast<std::uint32_t>(end - state.begin)};
      x3::traits::move_to(this->derived().make(std::string_view(begin, static_cast<std::size_t>(end - begin)), place),
                          attribute);
    }
    first = end;
    return true;
  }
};

/// Any name but a reserved word.
struct NameLexeme : Lexeme<NameLexeme> {
  using attribute_type = ast::Name;
  static constexpr bool has_attribute = true;
  bool words_too = false;  // reserved words as well: column names, keys of a mapping
  bool dotted = false;     // `iron.E_mig`: a name of a module that was given a name
  Iterator scan(Iterator begin, Iterator last) const {
    Iterator end = scan_name(begin, last);
    if (!words_too && reserved(std::string_view(begin, static_cast<std::size_t>(end - begin)))) return begin;
    while (dotted && end != begin && end != last && *end == '.') {
      const Iterator next = scan_name(end + 1, last);
      if (next == end + 1) break;  // `i..5`
      end = next;
    }
    return end;
  }
  ast::Name make(std::string_view text, ast::Place place) const { return {{place}, std::string(text)}; }
};
inline const NameLexeme name{};
inline const NameLexeme any_name{{}, true};
inline const NameLexeme dotted_name{{}, false, true};
inline const NameLexeme any_dotted_name{{}, true, true};

/// One fixed word: `by`, `for`.
struct WordLexeme : Lexeme<WordLexeme> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  std::string_view word;
  Iterator scan(Iterator begin, Iterator last) const {
    const Iterator end = scan_name(begin, last);
    return std::string_view(begin, static_cast<std::size_t>(end - begin)) == word ? end : begin;
  }
};
inline WordLexeme word(std::string_view text) {
  return {{}, text};
}

/// A sign: `=`, `<->`.
struct SignLexeme : Lexeme<SignLexeme> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  std::string_view text;
  Iterator scan(Iterator begin, Iterator last) const {
    return std::string_view(begin, static_cast<std::size_t>(last - begin)).starts_with(text)
               ? begin + static_cast<std::ptrdiff_t>(text.size())
               : begin;
  }
};
inline SignLexeme sign(std::string_view text) {
  return {{}, text};
}

/// One of several one-letter operators; `+-` is not the operator `+`.
struct OperatorLexeme : Lexeme<OperatorLexeme> {
  using attribute_type = char;
  static constexpr bool has_attribute = true;
  std::string_view letters;
  Iterator scan(Iterator begin, Iterator last) const {
    if (begin == last || letters.find(*begin) == std::string_view::npos) return begin;
    return *begin == '+' && begin + 1 != last && begin[1] == '-' ? begin : begin + 1;
  }
  char make(std::string_view text, ast::Place) const { return text.front(); }
};
inline OperatorLexeme operators(std::string_view letters) {
  return {{}, letters};
}

/// A number without its unit.
struct NumberLexeme : Lexeme<NumberLexeme> {
  using attribute_type = ast::Number;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const { return scan_number(begin, last); }
  ast::Number make(std::string_view text, ast::Place place) const;
};
inline const NumberLexeme bare_number{};

/// Digits only: a column's number, an exponent of a unit.
struct IntegerLexeme : Lexeme<IntegerLexeme> {
  using attribute_type = int;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    Iterator at = begin;
    while (at != last && is_digit(*at)) ++at;
    return at - begin > 6 ? begin : at;
  }
  int make(std::string_view text, ast::Place) const {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
};
inline const IntegerLexeme integer{};

/// `"…"` on one line, as the characters between the quotes.
struct TextLexeme : Lexeme<TextLexeme> {
  using attribute_type = ast::Text;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    if (begin == last || *begin != '"') return begin;
    Iterator at = begin + 1;
    while (at != last && *at != '"') ++at;
    return at == last ? begin : at + 1;
  }
  ast::Text make(std::string_view text, ast::Place place) const {
    return {{place}, std::string(text.substr(1, text.size() - 2))};
  }
};
inline const TextLexeme quoted{};

/// The end of the statement.
struct EndLexeme : x3::parser<EndLexeme> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  template <class It, class Ctx, class RContext, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, RContext&, Attribute&) const {
    x3::skip_over(first, last, context);
    return first == last;
  }
};
inline const EndLexeme end{};

}  // namespace rdd::grammar

// What messages call them.
namespace boost::spirit::x3 {
template <>
struct get_info<rdd::grammar::NameLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::NameLexeme&) const { return "a name"; }
};
template <>
struct get_info<rdd::grammar::WordLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::WordLexeme& p) const { return "`" + std::string(p.word) + "`"; }
};
template <>
struct get_info<rdd::grammar::SignLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::SignLexeme& p) const { return "`" + std::string(p.text) + "`"; }
};
template <>
struct get_info<rdd::grammar::NumberLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::NumberLexeme&) const { return "a number"; }
};
template <>
struct get_info<rdd::grammar::IntegerLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::IntegerLexeme&) const { return "a whole number"; }
};
template <>
struct get_info<rdd::grammar::TextLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::TextLexeme&) const { return "a text in quotes"; }
};
template <>
struct get_info<rdd::grammar::EndLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::EndLexeme&) const { return "the end of the statement"; }
};
}  // namespace boost::spirit::x3
