#include "lang/builder/term.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "lang/dimension.hpp"
#include "lang/layout.hpp"
#include "lang/parse.hpp"

namespace rdd::builder {
namespace {

[[noreturn]] void refuse(const std::string& sentence) {
  throw std::invalid_argument(sentence);
}

// Negative numbers are negations, as in a text.
ast::Expr signed_number(double value, ast::Unit unit) {
  if (!std::isfinite(value)) refuse(fmt::format("a number of a model must be finite, not {}", value));
  ast::Number number;
  number.value = std::abs(value);
  number.unit = std::move(unit);
  if (!std::signbit(value)) return {std::move(number)};
  ast::Negate negated;
  negated.operand.push_back({std::move(number)});
  return {std::move(negated)};
}

ast::Expr reference(std::string text) {
  ast::Reference node;
  node.name.text = std::move(text);
  return {std::move(node)};
}

// Chains of the syntax are flat: `a + b - c` is one chain of three, as it would be read.
Term chain(const Term& a, char sign, const Term& b) {
  const auto sums = [](char c) { return c == '+' || c == '-'; };
  ast::Chain node;
  const auto* left = std::get_if<ast::Chain>(&a.expression().node);
  if (left && sums(left->operators[0]) == sums(sign))
    node = *left;
  else
    node.operands.push_back(a.expression());
  node.operators += sign;
  node.operands.push_back(b.expression());
  return Term(ast::Expr{std::move(node)});
}

Term comparison(const Term& a, ast::Comparison::Operator sign, const Term& b) {
  ast::Comparison node;
  node.operands = {a.expression(), b.expression()};
  node.operators = {sign};
  return Term(ast::Expr{std::move(node)});
}

// As flat as a text of several `and` is read.
Term junction(const Term& a, bool any, const Term& b) {
  ast::Junction node;
  const auto* left = std::get_if<ast::Junction>(&a.expression().node);
  if (left && left->any == any)
    node = *left;
  else
    node.operands.push_back(a.expression());
  node.any = any;
  node.operands.push_back(b.expression());
  return Term(ast::Expr{std::move(node)});
}

Term call(std::string_view function, std::initializer_list<Term> terms) {
  return call(function, std::vector<Argument>(terms.begin(), terms.end()));
}

std::optional<ast::Expr> read(std::string_view text, Diagnostics& diagnostics) {
  const auto source = std::make_shared<const Source>(Source{"<expression in C++>", std::string(text)});
  return parse_expression({source, 0, text.size()}, diagnostics);
}

}  // namespace

std::string checked_name(std::string_view text, std::string_view what, NameKind kind) {
  const auto wrong = [&](const std::string& why) { refuse(fmt::format("{}: '{}' {}", what, text, why)); };
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = kind == NameKind::plain ? std::string_view::npos : text.find('.', begin);
    const std::string_view part = text.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    bool good = !part.empty() && is_name_start(part.front());
    for (const char c : part) good = good && is_name_part(c);
    if (!good) wrong("is no name: letters, digits and _, and no digit first");
    if (kind != NameKind::module && reserved(part)) wrong("is a word of the language");
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  // Signs and arrows beyond ASCII are the reader's to tell from letters.
  Diagnostics diagnostics;
  const auto source = std::make_shared<const Source>(Source{std::string(what), std::string(text)});
  if (!lay_out({source, 0, text.size()}, diagnostics) || diagnostics.has_errors())
    wrong("holds characters that are no letters");
  return std::string(text);
}

std::string checked_text(std::string_view text, std::string_view what) {
  if (text.empty()) refuse(fmt::format("{}: the text is empty", what));
  for (const char c : text)
    if (c == '"' || c == '\n' || c == '\r' || c == '\0')
      refuse(fmt::format("{}: '{}' holds a quote or a line's end, which a text of the language cannot", what, text));
  return std::string(text);
}

ast::Unit checked_unit(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_name_start(text[at])) continue;
    std::size_t end = at;
    while (end < text.size() && is_name_part(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (!find_unit(word)) {
      const auto guess = nearest_unit(word);
      refuse(fmt::format("'{}': there is no unit '{}'{}", text, word,
                         guess ? fmt::format("; did you mean '{}'?", *guess) : ""));
    }
    at = end;
  }
  Diagnostics diagnostics;
  const auto one = read(fmt::format("1 {}", text), diagnostics);
  const auto* number = one ? std::get_if<ast::Number>(&one->node) : nullptr;
  if (!number || diagnostics.has_errors() || number->unit.factors.empty())
    refuse(fmt::format("'{}' is no unit; units are written as eV/nm^2 or /s", text));
  return number->unit;
}

ast::Expr Term::plain(double value) {
  return signed_number(value, {});
}

Index::Index(std::string_view name)
    : Term(reference(checked_name(name, "the index of a family"))), name_(std::string(name)) {}

Argument::Argument(std::string_view name, Term value)
    : name_(checked_name(name, "the name of an argument")), value_(std::move(value)) {}

StateName::StateName(std::string_view name) {
  reference_.name.text = checked_name(name, "the name of a state", NameKind::dotted);
}
StateName::StateName(std::string_view family, const Term& index) : StateName(family) {
  reference_.index.push_back(index.expression());
}
StateName member(std::string_view family, const Term& index) {
  return {family, index};
}
StateName coarse(const Term& index) {
  return {"coarse", index};
}
StateName all() {
  return {"all"};
}
StateName of(std::string_view species, const StateName& state) {
  const ast::Reference& reference = state.reference();
  const std::string name = checked_name(species, "the name of a species") + "." + reference.name.text;
  return reference.index.empty() ? StateName(name) : StateName(name, Term(reference.index.front()));
}

Term quantity(double value, std::string_view unit) {
  return Term(signed_number(value, checked_unit(unit)));
}

Term literal(std::string_view digits, std::string_view unit) {
  std::string plain;
  for (const char c : digits)
    if (c != '\'') plain += c;  // 1'000_K
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  const bool octal = plain.size() > 1 && plain[0] == '0' && is_digit(plain[1]) && plain.find('.') == std::string::npos;
  if (error != std::errc() || end != plain.data() + plain.size() || octal)
    refuse(fmt::format("{}_{}: a quantity is written with decimal digits", digits, unit));
  return quantity(value, unit);
}

Term name(std::string_view text) {
  return Term(reference(checked_name(text, "a name", NameKind::dotted)));
}

Term expression(std::string_view text) {
  Diagnostics diagnostics;
  const auto result = read(text, diagnostics);
  if (result && !diagnostics.has_errors()) return Term(*result);
  std::ostringstream drawn;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) draw(drawn, diagnostic);
  refuse(fmt::format("'{}' is no expression\n{}", text, drawn.str()));
}

Term list(const std::vector<Term>& items) {
  ast::List node;
  for (const Term& item : items) node.items.push_back(item.expression());
  return Term(ast::Expr{std::move(node)});
}

Term call(std::string_view function, const std::vector<Argument>& arguments) {
  ast::Call node;
  const bool word = function == "at" || function == "where";  // words of the language, and functions as well
  node.function.text =
      word ? std::string(function) : checked_name(function, "the name of a function", NameKind::dotted);
  for (const Argument& argument : arguments) {
    ast::Argument one;
    if (!argument.name().empty()) one.name = ast::Name{{}, argument.name()};
    one.value = argument.value().expression();
    node.arguments.push_back(std::move(one));
  }
  return Term(ast::Expr{std::move(node)});
}

Term operator+(const Term& a, const Term& b) {
  return chain(a, '+', b);
}
Term operator-(const Term& a, const Term& b) {
  return chain(a, '-', b);
}
Term operator*(const Term& a, const Term& b) {
  return chain(a, '*', b);
}
Term operator/(const Term& a, const Term& b) {
  return chain(a, '/', b);
}
Term operator-(const Term& a) {
  ast::Negate node;
  node.operand.push_back(a.expression());
  return Term(ast::Expr{std::move(node)});
}
Term pow(const Term& base, const Term& exponent) {
  ast::Power node;
  node.operands = {base.expression(), exponent.expression()};
  return Term(ast::Expr{std::move(node)});
}

Term operator<(const Term& a, const Term& b) {
  return comparison(a, ast::Comparison::Operator::less, b);
}
Term operator<=(const Term& a, const Term& b) {
  return comparison(a, ast::Comparison::Operator::less_equal, b);
}
Term operator>(const Term& a, const Term& b) {
  return comparison(a, ast::Comparison::Operator::greater, b);
}
Term operator>=(const Term& a, const Term& b) {
  return comparison(a, ast::Comparison::Operator::greater_equal, b);
}
Term operator&&(const Term& a, const Term& b) {
  return junction(a, false, b);
}
Term operator||(const Term& a, const Term& b) {
  return junction(a, true, b);
}
Term where(const Term& condition, const Term& a, const Term& b) {
  return call("where", {condition, a, b});
}

Term exp(const Term& a) {
  return call("exp", {a});
}
Term log(const Term& a) {
  return call("log", {a});
}
Term sqrt(const Term& a) {
  return call("sqrt", {a});
}
Term sin(const Term& a) {
  return call("sin", {a});
}
Term cos(const Term& a) {
  return call("cos", {a});
}
Term tan(const Term& a) {
  return call("tan", {a});
}
Term sinh(const Term& a) {
  return call("sinh", {a});
}
Term cosh(const Term& a) {
  return call("cosh", {a});
}
Term tanh(const Term& a) {
  return call("tanh", {a});
}
Term abs(const Term& a) {
  return call("abs", {a});
}
Term sign(const Term& a) {
  return call("sign", {a});
}
Term min(const Term& a, const Term& b) {
  return call("min", {a, b});
}
Term max(const Term& a, const Term& b) {
  return call("max", {a, b});
}

Term arrhenius(const Term& prefactor, const Term& barrier) {
  return call("arrhenius", {prefactor, barrier});
}
Term saddle(const Term& prefactor, const Term& energy) {
  return call("saddle", {prefactor, energy});
}
Term eyring(const Term& free_energy) {
  return call("eyring", {free_energy});
}
Term constant(const Term& rate) {
  return call("constant", {rate});
}

Term density(const StateName& state) {
  return Term(ast::Expr{state.reference()});
}

Term gaussian(const std::vector<Term>& center, const Term& sigma) {
  return call("gaussian", std::vector<Argument>{{"center", list(center)}, {"sigma", sigma}});
}
Term box(const std::vector<Term>& low, const std::vector<Term>& high) {
  return call("box", std::vector<Argument>{{"low", list(low)}, {"high", list(high)}});
}
Term uniform() {
  return call("uniform", std::vector<Argument>{});
}

Term integral() {
  return call("integral", std::vector<Argument>{});
}
Term integral(const StateName& state) {
  return call("integral", std::vector<Argument>{density(state)});
}
Term mean(std::string_view axis) {
  return call("mean", {name(axis)});
}
Term mean(std::string_view axis, const StateName& state) {
  return call("mean", std::vector<Argument>{name(axis), density(state)});
}
Term variance(std::string_view axis) {
  return call("variance", {name(axis)});
}
Term variance(std::string_view axis, const StateName& state) {
  return call("variance", std::vector<Argument>{name(axis), density(state)});
}
Term at(const std::vector<Term>& place) {
  return call("at", {list(place)});
}
Term at(const std::vector<Term>& place, const StateName& state) {
  return call("at", std::vector<Argument>{list(place), density(state)});
}

Term automatic() {
  return Term(reference("auto"));
}

}  // namespace rdd::builder
