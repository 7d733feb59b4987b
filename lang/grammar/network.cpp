// The statements of `states`, `rates` and `translations` blocks, and of tables.
#include "lang/grammar/expression.hpp"

namespace rdd::grammar {

/// `->` or `<->`
struct ArrowLexeme : Lexeme<ArrowLexeme> {
  using attribute_type = bool;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    const std::string_view rest(begin, static_cast<std::size_t>(last - begin));
    return rest.starts_with("<->") ? begin + 3 : rest.starts_with("->") ? begin + 2 : begin;
  }
  bool make(std::string_view text, ast::Place) const { return text.size() == 3; }
};

}  // namespace rdd::grammar

namespace boost::spirit::x3 {
template <>
struct get_info<rdd::grammar::ArrowLexeme> {
  using result_type = std::string;
  std::string operator()(const rdd::grammar::ArrowLexeme&) const { return "`->` or `<->`"; }
};
}  // namespace boost::spirit::x3

namespace rdd::grammar {

namespace {

const x3::rule<struct FamilyId, ast::Family> family = "a range, such as `i in 0..5`";
const auto family_def = placed(name[put<&ast::Family::index>] > word("in") > expression[put<&ast::Family::low>] >
                               sign("..") > expression[put<&ast::Family::high>]);

const x3::rule<struct PropertyId, ast::Entry> property = "`at`, `axis`, `energy`, `entropy`, `degeneracy` or `weight`";
struct PropertyLexeme : Lexeme<PropertyLexeme> {
  using attribute_type = ast::Name;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    const Iterator end = scan_name(begin, last);
    const std::string_view word(begin, static_cast<std::size_t>(end - begin));
    for (const std::string_view known : {"at", "axis", "energy", "entropy", "degeneracy", "weight"}) {
      if (word == known) return end;
    }
    return begin;
  }
  ast::Name make(std::string_view text, ast::Place place) const { return {{place}, std::string(text)}; }
};
const PropertyLexeme property_word{};
const auto property_def = placed(property_word[put<&ast::Entry::key>] > expression[put<&ast::Entry::value>]);

const x3::rule<struct StateId, ast::State> state = "a state, such as `X energy 0.1 eV`";
const auto state_def =
    placed(name[put<&ast::State::name>] >> -(sign("[") > family[put<&ast::State::family>] > sign("]")) >>
           *((!end) > property[add<&ast::State::properties>]));

const x3::rule<struct RateId, ast::Rate> rate = "a rate, such as `A -> B : LAW`";
const ArrowLexeme arrow_sign{};
const auto by_list = [](auto& context) { x3::_val(context).by = ast::Expr{std::move(x3::_attr(context))}; };
const auto rate_def = placed(reference[put<&ast::Rate::from>] > arrow_sign[put<&ast::Rate::reversible>] >
                             reference[put<&ast::Rate::to>] > -(word("by") > list[by_list]) > sign(":") >
                             expression[put<&ast::Rate::law>] > -(word("for") > family[put<&ast::Rate::family>]));

const x3::rule<struct ColumnId, ast::Column> column = "a column: its number or its name, with a unit";
const auto header = [](auto& context) { x3::_val(context).name = std::move(x3::_attr(context).text); };
const auto quoted_header = [](auto& context) { x3::_val(context).name = std::move(x3::_attr(context).value); };
const auto column_def = placed((integer[put<&ast::Column::number>] | any_name[header] | quoted[quoted_header]) >>
                               -unit[put<&ast::Column::unit>]);
const x3::rule<struct MappingId, ast::Mapping> mapping = "a mapping, such as `energy: 2 eV`";
const auto is_list = [](auto& context) { x3::_val(context).list = true; };
const auto mapping_def = placed(any_name[put<&ast::Mapping::key>] > sign(":") >
                                ((sign("[")[is_list] > (column[add<&ast::Mapping::columns>] % sign(",")) > sign("]")) |
                                 column[add<&ast::Mapping::columns>]));

const x3::rule<struct TableId, ast::Table> table = "`table \"file.csv\"`";
const auto of_rates = [](auto& context) { x3::_val(context).rates = true; };
const auto table_def =
    placed((word("states") | word("rates")[of_rates]) > word("table") > quoted[put<&ast::Table::path>]);

const x3::rule<struct MappingsId, std::vector<ast::Mapping>> mappings = "a mapping, such as `energy: 2 eV`";
const auto append = [](auto& context) { x3::_val(context).push_back(std::move(x3::_attr(context))); };
const auto mappings_def = mapping[append] >> *(sign(",") >> (!end) >> mapping[append]) >> -sign(",");

const x3::rule<struct VectorsId, std::vector<ast::Expr>> vectors = "a translation, such as `[1, 0]`";
const auto vectors_def = expression[append] >> *(sign(",") >> (!end) >> expression[append]) >> -sign(",");

BOOST_SPIRIT_DEFINE(family, property, state, rate, column, mapping, table, mappings, vectors)

}  // namespace

template <>
std::optional<ast::State> read(const Reader& reader, Range range) {
  return run<ast::State>(state > end, state.name, reader, range);
}
template <>
std::optional<ast::Rate> read(const Reader& reader, Range range) {
  return run<ast::Rate>(rate > end, rate.name, reader, range);
}
template <>
std::optional<ast::Table> read(const Reader& reader, Range range) {
  return run<ast::Table>(table > end, table.name, reader, range);
}
template <>
std::optional<std::vector<ast::Mapping>> read(const Reader& reader, Range range) {
  return run<std::vector<ast::Mapping>>(mappings > end, mappings.name, reader, range);
}
template <>
std::optional<std::vector<ast::Expr>> read(const Reader& reader, Range range) {
  return run<std::vector<ast::Expr>>(vectors > end, vectors.name, reader, range);
}

}  // namespace rdd::grammar
