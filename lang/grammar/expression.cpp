// Expressions, from the loosest operator to the tightest:
//
//   condition    both (or both)*
//   both         comparison (and comparison)*
//   comparison   expression ((<|<=|>|>=) expression)*
//   expression   product (+|- product)*
//   product      signed (*|/ signed)*
//   signed       -* power
//   power        primary (^ -? primary)?
//   primary      number unit? | "text" | ( condition ) | [ list ] | name(arguments) | name | name[index]
//
// Statements hold expressions; conditions stand in brackets, in the arguments of functions, and behind `where`.
//
// A unit belongs to the number straight before it. After `*` and `/` a word continues the unit only if it is the name
// of a unit, so `3 eV / kT` divides by kT; since no quantity may be named like a unit, nothing is ambiguous.
#include "lang/grammar/expression.hpp"

#include "lang/dimension.hpp"

namespace rdd::grammar {

/// `<`, `<=`, `>`, `>=`; not the beginning of `<->`.
struct ComparisonLexeme : Lexeme<ComparisonLexeme> {
  using attribute_type = ast::Comparison::Operator;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    const std::string_view rest(begin, static_cast<std::size_t>(last - begin));
    if (rest.starts_with("<->")) return begin;
    if (rest.starts_with("<=") || rest.starts_with(">=")) return begin + 2;
    return rest.starts_with("<") || rest.starts_with(">") ? begin + 1 : begin;
  }
  ast::Comparison::Operator make(std::string_view text, ast::Place) const {
    using enum ast::Comparison::Operator;
    const bool equal = text.size() == 2;
    return text[0] == '<' ? (equal ? less_equal : less) : (equal ? greater_equal : greater);
  }
};

}  // namespace rdd::grammar

namespace boost::spirit::x3 {
template <>
struct get_info<rdd::grammar::ComparisonLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::ComparisonLexeme&) const { return "a comparison"; }
};
}  // namespace boost::spirit::x3

namespace rdd::grammar {

namespace {

/// A word that is not the name of a called function: straight after a number it is meant as a unit, known or not; after
/// an operator only a known one is.
struct UnitLexeme : Lexeme<UnitLexeme> {
  using attribute_type = ast::UnitFactor;
  static constexpr bool has_attribute = true;
  bool known_only = true;
  Iterator scan(Iterator begin, Iterator last) const {
    const Iterator end = scan_name(begin, last);
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    if (text.empty() || reserved(text)) return begin;
    if (known_only && !find_unit(text)) return begin;
    Iterator next = end;
    while (next != last && *next == ' ') ++next;
    return next != last && *next == '(' ? begin : end;
  }
  ast::UnitFactor make(std::string_view text, ast::Place place) const { return {{place}, std::string(text), 1}; }
};
const UnitLexeme known_unit{};
const UnitLexeme any_unit{{}, false};

template <int direction>
const auto add_factor = [](auto& context) {
  ast::UnitFactor factor = std::move(x3::_attr(context));
  factor.exponent *= direction;
  x3::_val(context).factors.push_back(std::move(factor));
};
const auto set_factor = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };
template <int direction>
const auto set_exponent = [](auto& context) { x3::_val(context).exponent = direction * x3::_attr(context); };

const x3::rule<struct FactorId, ast::UnitFactor> first_factor = "a unit";
const x3::rule<struct NextFactorId, ast::UnitFactor> next_factor = "a unit";

const auto exponent_of_unit = sign("^") >> ((sign("-") >> integer[set_exponent<-1>]) | integer[set_exponent<1>]);
const auto first_factor_def = placed(any_unit[set_factor] >> -exponent_of_unit);
const auto next_factor_def = placed(known_unit[set_factor] >> -exponent_of_unit);
const auto unit_def =
    placed((first_factor[add_factor<1>] | (-(sign("1") >> &sign("/")) >> sign("/") >> next_factor[add_factor<-1>])) >>
           *((sign("*") >> next_factor[add_factor<1>]) | (sign("/") >> next_factor[add_factor<-1>])));

/// Whatever the rule of a part read becomes the whole expression.
const auto whole = [](auto& context) { x3::_val(context) = ast::Expr{std::move(x3::_attr(context))}; };
const auto same = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };

const x3::rule<struct NumberId, ast::Number> number = "a number";
const auto number_def = placed(bare_number[same] >> -unit[put<&ast::Number::unit>]);

const x3::rule<struct CallId, ast::Call> call = "a call";
const auto call_def =
    placed((any_dotted_name[put<&ast::Call::function>] >> sign("(")) >
           -(argument[add<&ast::Call::arguments>] >> *(sign(",") > argument[add<&ast::Call::arguments>])) > sign(")"));

// The look ahead keeps a plain `nu` from being taken for the name of an argument.
const auto named = &(name >> sign("="));
const auto argument_def =
    placed(-(named >> name[put<&ast::Argument::name>] >> sign("=")) >> condition[put<&ast::Argument::value>]);
const auto reference_def = placed(dotted_name[put<&ast::Reference::name>] >>
                                  -(sign("[") > expression[add<&ast::Reference::index>] > sign("]")));
const auto list_def = placed(
    sign("[") > -(expression[add<&ast::List::items>] >> *(sign(",") > expression[add<&ast::List::items>])) > sign("]"));

const x3::rule<struct PrimaryId, ast::Expr> primary = "an expression";
const auto primary_def = number[whole] | quoted[whole] | (sign("(") > condition[same] > sign(")")) | list[whole] |
                         call[whole] | reference[whole];

/// The place from one expression to another.
ast::Place from_to(ast::Place first, ast::Place last) {
  return {first.begin, last.end};
}

const auto raise = [](auto& context) {
  ast::Power node;
  node.place = from_to(place(x3::_val(context)), place(x3::_attr(context)));
  node.operands.push_back(std::move(x3::_val(context)));
  node.operands.push_back(std::move(x3::_attr(context)));
  x3::_val(context) = ast::Expr{std::move(node)};
};
struct MinusLexeme : Lexeme<MinusLexeme> {
  using attribute_type = ast::Negate;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const { return begin != last && *begin == '-' ? begin + 1 : begin; }
  ast::Negate make(std::string_view, ast::Place place) const {
    ast::Negate node;
    node.place = place;
    return node;
  }
};
const MinusLexeme minus{};
const auto negated = [](auto& context) {
  auto& node = std::get<ast::Negate>(x3::_val(context).node);
  node.place.end = place(x3::_attr(context)).end;
  node.operand.push_back(std::move(x3::_attr(context)));
};
const x3::rule<struct ExponentExpressionId, ast::Expr> exponent = "an exponent";
const auto exponent_def = (minus[whole] >> primary[negated]) | primary[same];
const x3::rule<struct PowerId, ast::Expr> power = "an expression";
const auto power_def = primary[same] >> -(sign("^") > exponent[raise]);

const x3::rule<struct SignedId, ast::Expr> signed_power = "an expression";
const x3::rule<struct MinusId, ast::Expr> minus_power = "an expression";
const auto minus_power_def = minus[whole] > power[negated];
const auto signed_power_def = minus_power[same] | power[same];

/// Joins an operand to the chain that the value is, or begins one. A chain holds operators of one kind: + - or * /.
const auto join = [](auto& context) {
  ast::Expr& value = x3::_val(context);
  const char op = boost::fusion::at_c<0>(x3::_attr(context));
  ast::Expr& operand = boost::fusion::at_c<1>(x3::_attr(context));
  const bool sums = op == '+' || op == '-';
  auto* chain = std::get_if<ast::Chain>(&value.node);
  if (!chain || (chain->operators[0] == '+' || chain->operators[0] == '-') != sums) {
    ast::Chain node;
    node.place = place(value);
    node.operands.push_back(std::move(value));
    value = ast::Expr{std::move(node)};
    chain = &std::get<ast::Chain>(value.node);
  }
  chain->place = from_to(chain->place, place(operand));
  chain->operators += op;
  chain->operands.push_back(std::move(operand));
};
const x3::rule<struct ProductId, ast::Expr> product = "an expression";
const auto product_def = signed_power[same] >> *(operators("*/") > signed_power)[join];
const auto expression_def = product[same] >> *(operators("+-") > product)[join];

const ComparisonLexeme comparison_sign{};

/// What follows the first operand becomes the whole with it.
const auto begin_with_operand = [](auto& context) {
  ast::Expr& value = x3::_val(context);
  auto& node = x3::_attr(context);
  node.place.begin = place(value).begin;
  node.operands.insert(node.operands.begin(), std::move(value));
  value = ast::Expr{std::move(node)};
};
const x3::rule<struct ComparedId, ast::Comparison> compared = "a comparison";
const auto compared_def =
    placed(+(comparison_sign[add<&ast::Comparison::operators>] > expression[add<&ast::Comparison::operands>]));
const x3::rule<struct ComparisonId, ast::Expr> comparison = "a condition";
const auto comparison_def = expression[same] >> -compared[begin_with_operand];

const auto either = [](auto& context) { x3::_val(context).any = true; };
const x3::rule<struct AndId, ast::Junction> and_more = "a condition";
const auto and_more_def = placed(+(word("and") > comparison[add<&ast::Junction::operands>]));
const x3::rule<struct BothId, ast::Expr> both = "a condition";
const auto both_def = comparison[same] >> -and_more[begin_with_operand];
const x3::rule<struct OrId, ast::Junction> or_more = "a condition";
const auto or_more_def = placed(+(word("or")[either] > both[add<&ast::Junction::operands>]));
const auto condition_def = both[same] >> -or_more[begin_with_operand];

}  // namespace

BOOST_SPIRIT_DEFINE(first_factor, next_factor, unit, number, call, argument, reference, list, primary, exponent, power,
                    minus_power, signed_power, product, expression, compared, comparison, and_more, both, or_more,
                    condition)
BOOST_SPIRIT_INSTANTIATE(ExpressionRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ConditionRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ReferenceRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ListRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ArgumentRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(UnitRule, Iterator, Context)

template <>
std::optional<ast::Expr> read(const Reader& reader, Range range) {
  return run<ast::Expr>(expression > end, "an expression", reader, range);
}

}  // namespace rdd::grammar
