// The only spelling of Iterator, skipper and Context, and the one function that runs a rule. Spirit X3 lives in this
// folder and nowhere else.
//
// The lexemes (names, numbers, signs) are small parsers of our own: they set places themselves, they know the names by
// which messages call them, and they are what the parser's speed depends on. X3 puts them together.
#pragma once

#include <boost/spirit/home/x3.hpp>

#include "lang/ast.hpp"
#include "lang/grammar/grammar.hpp"

namespace rdd::grammar {

namespace x3 = boost::spirit::x3;

using Iterator = const char*;

/// What lexemes need to know: where the text begins (for places).
struct State {
  Iterator begin;
};
struct state_tag;

/// Layout left only spaces.
struct Blank : x3::char_parser<Blank> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  template <class Context>
  bool test(char c, const Context&) const {
    return c == ' ';
  }
};
inline const Blank skipper{};

using Context =
    x3::context<state_tag, const std::reference_wrapper<const State>, x3::phrase_parse_context<Blank>::type>;

/// Gives the node that the rule fills the place of what `subject` reads. (X3 calls on_success without the attribute
/// where a definition has actions, so the place is set here.)
template <class Subject>
struct Placed : x3::unary_parser<Subject, Placed<Subject>> {
  using base_type = x3::unary_parser<Subject, Placed<Subject>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  explicit Placed(const Subject& subject) : base_type(subject) {}
  template <class It, class Ctx, class Node, class Attribute>
  bool parse(It& first, const It& last, const Ctx& context, Node& node, Attribute&) const {
    It begin = first;
    x3::skip_over(begin, last, context);
    if (!this->subject.parse(first, last, context, node, x3::unused)) return false;
    const State& state = x3::get<state_tag>(context).get();
    node.place = {static_cast<std::uint32_t>(begin - state.begin), static_cast<std::uint32_t>(first - state.begin)};
    return true;
  }
};
template <class Parser>
auto placed(const Parser& parser) {
  return Placed<typename x3::extension::as_parser<Parser>::value_type>(x3::as_parser(parser));
}

/// The two actions of the whole grammar: put an attribute into a member, append one to a member.
template <auto member>
inline const auto put = [](auto& context) { x3::_val(context).*member = std::move(x3::_attr(context)); };
template <auto member>
inline const auto add = [](auto& context) { (x3::_val(context).*member).push_back(std::move(x3::_attr(context))); };

/// Reports that `expected` should have stood at `at`.
void report(const Reader& reader, Range range, std::size_t at, const std::string& expected);

/// Runs a rule over exactly the range.
template <class T, class Rule>
std::optional<T> run(const Rule& rule, const std::string& what, const Reader& reader, Range range) {
  const State state{reader.text.data()};
  Iterator first = state.begin + range.begin;
  const Iterator last = state.begin + range.end;
  T result;
  try {
    const std::reference_wrapper<const State> context(state);
    const bool matched = x3::phrase_parse(first, last, x3::with<state_tag>(context)[rule], skipper, result);
    if (matched && first == last) return result;
    const bool nothing_read = first == state.begin + range.begin;
    report(reader, range, static_cast<std::size_t>(first - state.begin),
           nothing_read ? what : "the end of the statement");
  } catch (const x3::expectation_failure<Iterator>& failure) {
    report(reader, range, static_cast<std::size_t>(failure.where() - state.begin), failure.which());
  }
  return std::nullopt;
}

}  // namespace rdd::grammar

// What messages call a compound: what it begins with.
namespace boost::spirit::x3 {
template <class Subject, class Action>
struct get_info<action<Subject, Action>> {
  using result_type = std::string;
  std::string operator()(const action<Subject, Action>& p) const { return what(p.subject); }
};
template <class Left, class Right>
struct get_info<alternative<Left, Right>> {
  using result_type = std::string;
  std::string operator()(const alternative<Left, Right>& p) const { return what(p.left) + " or " + what(p.right); }
};
template <class Left, class Right>
struct get_info<sequence<Left, Right>> {
  using result_type = std::string;
  std::string operator()(const sequence<Left, Right>& p) const { return what(p.left); }
};
template <class Left, class Right>
struct get_info<list<Left, Right>> {
  using result_type = std::string;
  std::string operator()(const list<Left, Right>& p) const { return what(p.left); }
};
}  // namespace boost::spirit::x3
