// param, let and temperature, in the order of the files: a quantity can use only those above it.
#include <fmt/format.h>

#include <cmath>

#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

/// The value at the default parameters; nullopt with a diagnostic where it is not finite.
std::optional<double> default_of(Context& context, const Expr& value, const Span& where, const std::string& name) {
  const double result = evaluate(value, context.defaults);
  if (std::isfinite(result)) return result;
  context.diagnostics.add(Code::BadEntry, where, fmt::format("`{}` is {} at the default parameters", name, result));
  return std::nullopt;
}

void add_parameter(Context& context, const Item& item, Parameter parameter, const Typed& value, const Span& where) {
  const std::optional<double> number = default_of(context, value.value, where, parameter.name);
  const bool first = context.declared.at(parameter.name).begin == parameter.span.begin &&
                     context.declared.at(parameter.name).source == item.file->file.source;
  if (!first) return;  // declared twice, which was reported
  if (!number) {
    context.values[parameter.name] = std::nullopt;
    return;
  }
  const int index = static_cast<int>(context.model.parameters.size());
  if (parameter.name == "T") context.model.temperature = index;
  context.values[parameter.name] = Typed{rdd::parameter(index), value.dimension};
  context.defaults.push_back(*number);
  parameter.default_value = value.value;
  parameter.dimension = value.dimension;
  context.model.parameters.push_back(std::move(parameter));
}

void resolve_param(Context& context, const Item& item, const ast::Param& param) {
  Expressions expressions(context);
  const Env env = env_of(item);
  const std::string name = full_name(param.name.text, env);
  if (!context.declared.contains(name)) return;  // its name was refused
  std::optional<Typed> value = expressions.typed(param.value, env);
  const ast::Expr* written = &param.value;
  Env writer = env;
  const auto given = item.file->overrides.find(param.name.text);
  if (value && given != item.file->overrides.end()) {  // a value from outside has the dimension of the file's own
    written = given->second.value;
    writer = {.source = given->second.from->file.source, .file = given->second.from};
    value = expressions.typed(*written, writer, value->dimension, fmt::format("`{}`", param.name.text));
  }
  if (!value) {
    context.values.emplace(name, std::nullopt);
    return;
  }
  Parameter parameter{.name = name,
                      .default_value = {},
                      .dimension = {},
                      .uncertainty = {},
                      .range = {},
                      .derived = false,
                      .span = context.span(item, param.name.place)};
  if (param.uncertainty && written == &param.value) {
    const Expr e = expressions.quantity(*param.uncertainty, env, value->dimension, "the uncertainty");
    if (e) {
      const double u = evaluate(e, context.defaults);
      if (u >= 0) {
        parameter.uncertainty = u;
      } else {
        expressions.report(Code::BadEntry, place(*param.uncertainty), env, "an uncertainty is not negative");
      }
    }
  }
  if (param.range) {
    const auto bounds = expressions.list(*param.range, env, value->dimension, "the range", 2);
    if (bounds) {
      const double low = evaluate((*bounds)[0], context.defaults), high = evaluate((*bounds)[1], context.defaults);
      if (low <= high) {
        parameter.range = {low, high};
      } else {
        expressions.report(Code::BadEntry, place(*param.range), env,
                           "the range is empty: its lower end is above its upper end");
      }
    }
  }
  add_parameter(context, item, parameter, *value, context.span(writer.source, place(*written)));
  if (parameter.range && context.defaults.size() == context.model.parameters.size() && !context.defaults.empty() &&
      context.model.parameters.back().name == name) {
    const double number = context.defaults.back();
    if (number < (*parameter.range)[0] || number > (*parameter.range)[1]) {
      expressions
          .report(Code::SettingOutOfRange, place(*written), writer,
                  fmt::format("the value of `{}` lies outside its range", name))
          .note(context.span(item, place(*param.range)), "declared here");
    }
  }
}

void resolve_let(Context& context, const Item& item, const ast::Let& let) {
  Expressions expressions(context);
  const std::string name = full_name(let.name.text, env_of(item));
  if (!context.declared.contains(name)) return;
  const std::optional<Typed> value = expressions.typed(let.value, env_of(item));
  if (!value) {
    context.values.emplace(name, std::nullopt);
    return;
  }
  Parameter parameter{.name = name,
                      .default_value = {},
                      .dimension = {},
                      .uncertainty = {},
                      .range = {},
                      .derived = true,
                      .span = context.span(item, let.name.place)};
  add_parameter(context, item, std::move(parameter), *value, context.span(item, place(let.value)));
}

void resolve_temperature(Context& context, const Item& item, const ast::Temperature& temperature) {
  Expressions expressions(context);
  const std::optional<Typed> value =
      expressions.typed(temperature.value, env_of(item), dimension::temperature(), "the temperature");
  if (!value) {
    context.values.emplace("T", std::nullopt);
    context.unknown.insert("T");
    return;
  }
  Parameter parameter{.name = "T",
                      .default_value = {},
                      .dimension = {},
                      .uncertainty = {},
                      .range = {},
                      .derived = false,
                      .span = context.span(item, temperature.place)};
  context.model.temperature_span = context.span(item, place(temperature.value));
  add_parameter(context, item, std::move(parameter), *value, context.model.temperature_span);
}

}  // namespace

void resolve_parameters(Context& context) {
  for (const Item& item : context.items) {
    if (const auto* param = std::get_if<ast::Param>(item.statement)) resolve_param(context, item, *param);
    if (const auto* let = std::get_if<ast::Let>(item.statement)) resolve_let(context, item, *let);
    if (const auto* t = std::get_if<ast::Temperature>(item.statement)) resolve_temperature(context, item, *t);
  }
}

}  // namespace rdd::resolving
