// The heads of declarations. Every rule begins with its word; after that nothing else can match, so parts are expected
// (>).
#include "lang/grammar/expression.hpp"

namespace rdd::grammar {

namespace {

const auto whole = [](auto& context) { x3::_val(context) = std::move(x3::_attr(context)); };

const x3::rule<struct ModelId, ast::Model> model = "`model NAME`";
const auto model_def = placed(word("model") > name[put<&ast::Model::name>]);

const auto set_file = [](auto& context) {
  x3::_val(context).file = true;
  x3::_val(context).path = ast::Name{{x3::_attr(context).place}, std::move(x3::_attr(context).value)};
};
const x3::rule<struct PathId, ast::Use> path = "a module, such as `std.lattices.bcc`, or a file in quotes";
const auto path_def = quoted[set_file] | any_dotted_name[put<&ast::Use::path>];
const x3::rule<struct UseId, ast::Use> use = "`use MODULE`";
const auto use_def =
    placed(word("use") > path[whole] > -(sign("(") > -(argument[add<&ast::Use::arguments>] % sign(",")) > sign(")")) >
           -(word("as") > name[put<&ast::Use::alias>]));

const x3::rule<struct ParamId, ast::Param> param = "`param NAME = VALUE`";
const auto uncertainty = (sign("+-") | sign("±")) > expression[put<&ast::Param::uncertainty>];
const auto range_list = [](auto& context) { x3::_val(context).range = ast::Expr{std::move(x3::_attr(context))}; };
const auto param_def = placed(word("param") > name[put<&ast::Param::name>] > sign("=") >
                              expression[put<&ast::Param::value>] > -uncertainty > -(word("in") > list[range_list]));

const x3::rule<struct LetId, ast::Let> let = "`let NAME = VALUE`";
const auto let_def = placed(word("let") > name[put<&ast::Let::name>] > sign("=") > expression[put<&ast::Let::value>]);

const x3::rule<struct FunctionParameterId, ast::FunctionParameter> function_parameter = "a name";
const auto function_parameter_def = placed(name[put<&ast::FunctionParameter::name>] >>
                                           -(sign("=") > expression[put<&ast::FunctionParameter::default_value>]));
const x3::rule<struct FunctionId, ast::Function> function = "`fn NAME(a, b) = VALUE`";
const auto function_def = placed(word("fn") > name[put<&ast::Function::name>] > sign("(") >
                                 -(function_parameter[add<&ast::Function::parameters>] % sign(",")) > sign(")") >
                                 sign("=") > expression[put<&ast::Function::body>]);

const x3::rule<struct TemperatureId, ast::Temperature> temperature = "`temperature VALUE`";
const auto temperature_def = placed(word("temperature") > -sign("=") > expression[put<&ast::Temperature::value>]);

const x3::rule<struct LatticeId, ast::Lattice> lattice = "`lattice NAME(…)`";
const auto lattice_def =
    placed(word("lattice") > -(dotted_name[put<&ast::Lattice::name>] >
                               -(sign("(") > -(argument[add<&ast::Lattice::arguments>] >>
                                               *(sign(",") > argument[add<&ast::Lattice::arguments>])) > sign(")"))));

const x3::rule<struct TranslationsId, ast::Translations> translations = "`translations NAME`";
const auto translations_def = placed(word("translations") > -dotted_name[put<&ast::Translations::name>]);

const x3::rule<struct SymmetryId, ast::Symmetry> symmetry = "`symmetry NAME`";
const auto symmetry_def = placed(word("symmetry") > -dotted_name[put<&ast::Symmetry::name>]);

const x3::rule<struct ForceId, ast::Force> force = "`force [fx, fy]`";
const auto force_def = placed(word("force") > expression[put<&ast::Force::value>] >
                              -(word("split") > expression[put<&ast::Force::split>]));

const x3::rule<struct SolveId, ast::Solve> solve = "`solve NAME`";
const auto solve_def = placed(word("solve") > name[put<&ast::Solve::name>]);

BOOST_SPIRIT_DEFINE(model, path, use, param, let, function_parameter, function, temperature, lattice, translations,
                    symmetry, force, solve)

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
RDD_READ(ast::Symmetry, symmetry)
RDD_READ(ast::Force, force)
RDD_READ(ast::Solve, solve)
#undef RDD_READ

}  // namespace rdd::grammar
