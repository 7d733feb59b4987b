// The heads of declarations. Every rule begins with its word; after that nothing else can match, so parts are expected
// (>).
#include "lang/grammar/expression.hpp"

namespace rdd::grammar {

namespace {

const auto whole = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };

struct ModelId : Annotated {};
const x3::rule<ModelId, ast::Model> model = "`model NAME`";
const auto model_def = word("model") > name[put<&ast::Model::name>];

/// `std.lattices.square` as one name.
struct PathLexeme : Lexeme<PathLexeme> {
  using attribute_type = ast::Name;
  static constexpr bool has_attribute = true;
  Iterator scan(Iterator begin, Iterator last) const {
    Iterator at = scan_name(begin, last);
    while (at != begin && at != last && *at == '.') {
      const Iterator next = scan_name(at + 1, last);
      if (next == at + 1) break;
      at = next;
    }
    return at;
  }
  ast::Name make(std::string_view text, ast::Place place) const { return {{place}, std::string(text)}; }
};
const PathLexeme module_path{};
const auto set_file = [](auto& context) {
  x3::_val(context).file = true;
  x3::_val(context).path = ast::Name{{x3::_attr(context).place}, std::move(x3::_attr(context).value)};
};
const x3::rule<struct PathId, ast::Use> path = "a module, such as `std.lattices.bcc`, or a file in quotes";
const auto path_def = quoted[set_file] | module_path[put<&ast::Use::path>];
struct UseId : Annotated {};
const x3::rule<UseId, ast::Use> use = "`use MODULE`";
const auto use_def = word("use") > path[whole] > -(word("as") > name[put<&ast::Use::alias>]);

struct ParamId : Annotated {};
const x3::rule<ParamId, ast::Param> param = "`param NAME = VALUE`";
const auto uncertainty = (sign("+-") | sign("±")) > expression[put<&ast::Param::uncertainty>];
const auto range_list = [](auto& context) { x3::_val(context).range = ast::Expr{std::move(x3::_attr(context))}; };
const auto param_def = word("param") > name[put<&ast::Param::name>] > sign("=") > expression[put<&ast::Param::value>] >
                       -uncertainty > -(word("in") > list[range_list]);

struct LetId : Annotated {};
const x3::rule<LetId, ast::Let> let = "`let NAME = VALUE`";
const auto let_def = word("let") > name[put<&ast::Let::name>] > sign("=") > expression[put<&ast::Let::value>];

struct FunctionParameterId : Annotated {};
const x3::rule<FunctionParameterId, ast::FunctionParameter> function_parameter = "a name";
const auto function_parameter_def = name[put<&ast::FunctionParameter::name>] >>
                                    -(sign("=") > expression[put<&ast::FunctionParameter::default_value>]);
struct FunctionId : Annotated {};
const x3::rule<FunctionId, ast::Function> function = "`fn NAME(a, b) = VALUE`";
const auto function_def = word("fn") > name[put<&ast::Function::name>] > sign("(") >
                          -(function_parameter[add<&ast::Function::parameters>] % sign(",")) > sign(")") >
                          sign("=") > expression[put<&ast::Function::body>];

struct TemperatureId : Annotated {};
const x3::rule<TemperatureId, ast::Temperature> temperature = "`temperature VALUE`";
const auto temperature_def = word("temperature") > -sign("=") > expression[put<&ast::Temperature::value>];

struct LatticeId : Annotated {};
const x3::rule<LatticeId, ast::Lattice> lattice = "`lattice NAME(…)`";
const auto lattice_def = word("lattice") >
                         -(name[put<&ast::Lattice::name>] >
                           -(sign("(") > -(argument[add<&ast::Lattice::arguments>] % sign(",")) > sign(")")));

struct TranslationsId : Annotated {};
const x3::rule<TranslationsId, ast::Translations> translations = "`translations NAME`";
const auto translations_def = word("translations") > -name[put<&ast::Translations::name>];

struct ForceId : Annotated {};
const x3::rule<ForceId, ast::Force> force = "`force [fx, fy]`";
const auto force_def = word("force") > expression[put<&ast::Force::value>] >
                       -(word("split") > expression[put<&ast::Force::split>]);

struct SolveId : Annotated {};
const x3::rule<SolveId, ast::Solve> solve = "`solve NAME`";
const auto solve_def = word("solve") > name[put<&ast::Solve::name>];

BOOST_SPIRIT_DEFINE(model, path, use, param, let, function_parameter, function, temperature, lattice, translations,
                    force, solve)

}  // namespace

#define RDD_READ(Type, rule)                                    \
  template <>                                                   \
  std::optional<Type> read(const Reader& reader, Range range) { \
    return run<Type>(rule > end, rule.name, reader, range);     \
  }
RDD_READ(ast::Model, model)
RDD_READ(ast::Use, use)
RDD_READ(ast::Param, param)
RDD_READ(ast::Let, let)
RDD_READ(ast::Function, function)
RDD_READ(ast::Temperature, temperature)
RDD_READ(ast::Lattice, lattice)
RDD_READ(ast::Translations, translations)
RDD_READ(ast::Force, force)
RDD_READ(ast::Solve, solve)
#undef RDD_READ

}  // namespace rdd::grammar
