#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/lsp/features.hpp"
#include "compiler/lsp/words.hpp"
#include "lang/format/pieces.hpp"
#include "lang/parse.hpp"

namespace rdd::lsp {

namespace {

constexpr double boltzmann = 1.380649e-23;         // J/K, exact
constexpr double electron_volt = 1.602176634e-19;  // J, exact

std::string code(std::string_view text) {
  return fmt::format("```rdd\n{}\n```\n", text);
}

std::string paragraph(const std::string& text) {
  return text.empty() ? "" : "\n" + text + "\n";
}

bool same_place(const Span& a, const Span& b) {
  return a.source && b.source && (a.source == b.source || a.source->name == b.source->name) && a.begin == b.begin;
}

/// The value of a parameter, or of a state's energy, at the defaults of the model.
std::string value_of(const Document& document, const std::string& name) {
  if (!document.model) return "";
  const Model& model = *document.model;
  for (std::size_t i = 0; i < model.parameters.size() && i < document.values.size(); ++i) {
    const Parameter& p = model.parameters[i];
    if (p.name != name) continue;
    std::string text = fmt::format("\n= **{}**", readable(document.values[i], p.dimension));
    if (p.uncertainty) text += fmt::format(" ± {}", readable(*p.uncertainty, p.dimension));
    if (p.range)
      text +=
          fmt::format(", from {} to {}", readable((*p.range)[0], p.dimension), readable((*p.range)[1], p.dimension));
    return text + fmt::format(" ({})\n", words(p.dimension));
  }
  return "";
}

/// kT and beta follow from the temperature.
std::string thermal_value(const Document& document, std::string_view name) {
  if (!document.model || !document.model->temperature || (name != "kT" && name != "beta")) return "";
  const double kT = boltzmann * document.values[static_cast<std::size_t>(*document.model->temperature)];
  return fmt::format("\n= **{}**\n",
                     name == "kT" ? readable(kT, dimension::energy()) : fmt::format("{:.4g} /eV", electron_volt / kT));
}

std::string energy_of(const Document& document, const std::string& name) {
  if (!document.model) return "";
  for (const ModelState& state : document.model->states)
    if (state.name == name && state.energy)
      return fmt::format("\nenergy **{}**\n", readable(evaluate(state.energy, document.values), dimension::energy()));
  return "";
}

std::string origin(const Document& document, const Span& declared) {
  return declared.source->name == document.source->name ? "" : fmt::format("\n*{}*\n", declared.source->name);
}

std::optional<std::string> of_declaration(const Document& document, const Span& declared, const std::string& name) {
  for (const Declaration& d : document.scope.declarations) {
    if (!same_place(d.place, declared) && !same_place(d.statement, declared)) continue;
    std::string text = code(d.statement.text());
    if (d.kind == DeclarationKind::state)
      text += energy_of(document, name);
    else
      text += value_of(document, d.name);
    return text + paragraph(comment_of(d.statement)) + origin(document, declared);
  }
  if (declared.begin == 0 && declared.end == 0)  // a file
    return fmt::format("**{}**\n", declared.source->name) + paragraph(heading(declared.source));
  return std::nullopt;
}

std::optional<Unit> whole_unit(const ast::Unit& unit) {
  Unit result{{}, 1};
  for (const ast::UnitFactor& factor : unit.factors) {
    const auto one = find_unit(factor.name);
    const auto dimension = one ? power(one->dimension, factor.exponent, 1) : std::nullopt;
    if (!dimension || one->cells != 0) return std::nullopt;
    result.dimension = result.dimension * *dimension;
    result.factor *= std::pow(one->factor, factor.exponent);
  }
  return result;
}

/// A number with its unit around a byte, from the pieces of its line.
std::optional<Hover> of_number(const Document& document, std::size_t byte) {
  using namespace format_detail;
  const std::string& text = document.source->text;
  const std::size_t newline = byte == 0 ? std::string::npos : text.rfind('\n', byte - 1);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  const std::size_t end = std::min({text.find('\n', begin), text.find('#', begin), text.size()});
  if (byte > end) return std::nullopt;
  std::vector<Piece> pieces = cut(std::string_view(text).substr(begin, end - begin));
  space_out(pieces, Context::other);
  const auto at = [&](const Piece& piece) { return static_cast<std::size_t>(piece.text.data() - text.data()); };
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].kind != Kind::number || at(pieces[i]) > byte) continue;
    std::size_t last = i + 1;
    const auto in_unit = [&](std::size_t j) {
      return pieces[j].kind == Kind::name || pieces[j].kind == Kind::number || is(pieces[j], "/") ||
             is(pieces[j], "*") || is(pieces[j], "^") || is(pieces[j], "-");
    };
    while (last < pieces.size() && in_unit(last) && (last == i + 1 || pieces[last].gap == 0)) ++last;
    for (; last > i; --last) {
      const Span span{document.source, at(pieces[i]), at(pieces[last - 1]) + pieces[last - 1].text.size()};
      Diagnostics ignored;
      const auto expression = parse_expression(span, ignored);
      const auto* number = expression && !ignored.has_errors() ? std::get_if<ast::Number>(&expression->node) : nullptr;
      const auto unit = number ? whole_unit(number->unit) : std::nullopt;
      if (!unit) continue;
      if (byte > span.end) break;
      const double value = number->value * unit->factor;
      const std::string si = si_unit(unit->dimension);
      return Hover{span, code(span.text()) + fmt::format("\n= {:.6g}{}{} ({})\n", value, si.empty() ? "" : " ", si,
                                                         words(unit->dimension))};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Hover> hover(const Document& document, std::size_t byte) {
  const Span name = name_at(document, byte);
  const bool thermal = name && (name.text() == "kT" || name.text() == "beta");  // bound to the temperature
  if (const auto declared = declaration_at(document, byte); declared && !thermal) {
    Span span = name;
    std::string called(name.text());
    for (const NameUse& use : document.uses) {
      if (use.use.source != document.source || byte < use.use.begin || byte > use.use.end) continue;
      span = use.use;
      called = use.name;
      break;
    }
    if (const auto text = of_declaration(document, *declared, called)) return Hover{span, *text};
  }
  if (const auto number = of_number(document, byte)) return number;
  if (!name) return std::nullopt;
  for (const Word& word : words())
    if (word.name == name.text())
      return Hover{name, code(word.form) + fmt::format("\n{}\n", word.meaning) + thermal_value(document, word.name)};
  return std::nullopt;
}

}  // namespace rdd::lsp
