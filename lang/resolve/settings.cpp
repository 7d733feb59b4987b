// Values from outside the file: settings of parameters, expressions typed at the prompt.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lang/nearest.hpp"
#include "lang/parse.hpp"
#include "lang/resolve.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd {

namespace {

using namespace resolving;

/// The names of a model as the resolver would have them after its files were read.
Context context_of(const Model& model, Model& scratch, Diagnostics& diagnostics) {
  scratch.temperature = model.temperature;
  Context context{diagnostics, scratch};
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Parameter& p = model.parameters[i];
    context.values[p.name] = Typed{parameter(static_cast<int>(i)), p.dimension};
    context.declared[p.name] = p.span;
  }
  return context;
}

}  // namespace

std::optional<Quantity> evaluate_text(const Span& text, const Model& model, const std::vector<double>& parameters,
                                      Diagnostics& diagnostics) {
  const auto expression = parse_expression(text, diagnostics);
  if (!expression) return std::nullopt;
  Model scratch;
  Context context = context_of(model, scratch, diagnostics);
  const auto typed = Expressions(context).typed(*expression, {.source = text.source});
  if (!typed) return std::nullopt;
  return Quantity{evaluate(typed->value, parameters), typed->dimension, typed->value};
}

std::optional<std::vector<Quantity>> evaluate_list_text(const Span& text, const Model& model,
                                                        const std::vector<double>& parameters,
                                                        Diagnostics& diagnostics) {
  const auto expression = parse_expression(text, diagnostics);
  if (!expression) return std::nullopt;
  const auto* list = std::get_if<ast::List>(&expression->node);
  if (!list) {
    diagnostics.add(Code::WrongShape, text, "a list in [ ] is needed here").hint("such as `[0.1, 0.2]`");
    return std::nullopt;
  }
  Model scratch;
  Context context = context_of(model, scratch, diagnostics);
  Expressions expressions(context);
  std::vector<Quantity> result;
  for (const ast::Expr& item : list->items) {
    const auto typed = expressions.typed(item, {.source = text.source});
    if (!typed) return std::nullopt;
    result.push_back({evaluate(typed->value, parameters), typed->dimension, typed->value});
  }
  return result;
}

std::optional<std::vector<double>> parameter_values(const Model& model, const std::vector<Setting>& settings,
                                                    Diagnostics& diagnostics, std::vector<Expr>* expressions) {
  std::vector<const Setting*> chosen(model.parameters.size(), nullptr);
  bool good = true;
  for (const Setting& setting : settings) {
    const auto found = std::find_if(model.parameters.begin(), model.parameters.end(),
                                    [&](const Parameter& p) { return p.name == setting.name; });
    if (found == model.parameters.end()) {
      std::vector<std::string> names;
      for (const Parameter& p : model.parameters) {
        if (!p.derived) names.push_back(p.name);
      }
      Diagnostic& d = diagnostics.add(Code::UnknownSetting, setting.place,
                                      fmt::format("the model has no parameter `{}`", setting.name));
      if (const auto guess = nearest(setting.name, names))
        d.hint(fmt::format("did you mean `{}`?", *guess));
      else if (names.empty())
        d.hint("it has no parameters at all");
      else if (names.size() <= 12)
        d.hint(fmt::format("its parameters are {}", choices(names)));
      good = false;
      continue;
    }
    if (found->derived) {
      diagnostics
          .add(Code::BadSetting, setting.place,
               fmt::format("`{}` cannot be set: it follows from other quantities", setting.name))
          .note(found->span, "declared by `let`");
      good = false;
      continue;
    }
    chosen[static_cast<std::size_t>(found - model.parameters.begin())] = &setting;
  }

  std::vector<double> values;
  if (expressions) expressions->clear();
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Parameter& p = model.parameters[i];
    values.push_back(evaluate(p.default_value, values));
    if (expressions) expressions->push_back(p.default_value);
    if (chosen[i]) {
      const Span& text = chosen[i]->value;
      std::vector<double> known = values;  // a setting may use the parameters above; those below have no value yet
      known.resize(model.parameters.size(), std::nan(""));
      const double* given = chosen[i]->number ? &*chosen[i]->number : nullptr;
      const auto quantity =
          given ? Quantity{*given, p.dimension, number(*given)} : evaluate_text(text, model, known, diagnostics);
      if (!quantity) {
        good = false;
        continue;
      }
      if (quantity->dimension != p.dimension) {
        Diagnostic& d = diagnostics.add(
            Code::WrongDimension, text,
            fmt::format("`{}` is set to {}, expected {}", p.name, words(quantity->dimension), words(p.dimension)));
        d.here(words(quantity->dimension));
        if (quantity->dimension.dimensionless())
          d.hint(fmt::format("give the unit, as in `{} = {}`", p.name, readable(values[i], p.dimension)));
        good = false;
        continue;
      }
      values[i] = quantity->value;
      if (expressions) expressions->back() = quantity->expression;
      if (p.range && (values[i] < (*p.range)[0] || values[i] > (*p.range)[1])) {
        diagnostics
            .add(Code::SettingOutOfRange, text,
                 fmt::format("`{}` = {} lies outside its range of {} to {}", p.name, readable(values[i], p.dimension),
                             readable((*p.range)[0], p.dimension), readable((*p.range)[1], p.dimension)))
            .note(p.span, "declared here");
        good = false;
      }
    }
    if (!std::isfinite(values[i]) && (good || chosen[i])) {  // what follows from a bad value is no news
      diagnostics.add(Code::BadSetting, chosen[i] ? chosen[i]->value : p.span,
                      fmt::format("`{}` has no finite value at these settings", p.name));
      good = false;
    }
  }
  if (!good) return std::nullopt;
  return values;
}

}  // namespace rdd
