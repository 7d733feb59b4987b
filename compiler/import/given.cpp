#include "compiler/import/given.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "lang/ast.hpp"
#include "lang/dimension.hpp"
#include "lang/layout.hpp"
#include "lang/parse.hpp"
#include "lang/resolve.hpp"

namespace rdd::importing {
namespace {

constexpr double boltzmann = 1.380649e-23;  // J/K

Span whole(const char* option, const std::string& text) {
  const auto source = std::make_shared<const Source>(Source{option, text});
  return {source, 0, text.size()};
}

Span span_of(const Span& text, ast::Place place) {
  return {text.source, place.begin, place.end};
}

std::optional<Quantity> value(const Span& text, Diagnostics& diagnostics) {
  return evaluate_text(text, Model{}, {}, diagnostics);
}

}  // namespace

bool read_temperature(const std::string& text, Given& given, Diagnostics& diagnostics) {
  const Span place = whole("--temperature", text);
  const auto quantity = value(place, diagnostics);
  if (!quantity) return false;
  const bool thermal_energy = quantity->dimension == dimension::energy();
  if (!thermal_energy && quantity->dimension != dimension::temperature()) {
    diagnostics.add(Code::BadSetting, place, fmt::format("this is {}, not a temperature", words(quantity->dimension)))
        .hint("for instance: --temperature \"300 K\", or kT as --temperature \"0.1 eV\"");
    return false;
  }
  given.kelvin = thermal_energy ? quantity->value / boltzmann : quantity->value;
  if (!(given.kelvin > 0) || !std::isfinite(given.kelvin)) {
    diagnostics.add(Code::BadSetting, place, "a temperature must be above 0 K");
    return false;
  }
  given.temperature = thermal_energy ? text + " / kB" : text;
  return true;
}

bool read_lattice(const std::string& text, Given& given, Diagnostics& diagnostics) {
  const Span place = whole("--lattice", text);
  const auto wrong = [&](const Span& where, std::string message) {
    diagnostics.add(Code::BadSetting, where, std::move(message))
        .hint("for instance: --lattice \"[[2.87, 0], [0, 2.87]]\" or --lattice \"[[0.287 nm, 0 nm], [0 nm, 0.287 nm]]\"");
    return false;
  };
  const auto expression = parse_expression(place, diagnostics);
  if (!expression) return false;
  const auto* rows = std::get_if<ast::List>(&expression->node);
  if (!rows || rows->items.empty() || rows->items.size() > 3)
    return wrong(place, "a lattice is a list of one to three vectors");
  given.vectors.clear();
  for (const ast::Expr& item : rows->items) {
    const auto* row = std::get_if<ast::List>(&item.node);
    const Span where = span_of(place, ast::place(item));
    if (!row || row->items.size() < rows->items.size() || row->items.size() > 3)
      return wrong(where, "a lattice vector is a list of one to three lengths, not fewer than there are vectors");
    if (!given.vectors.empty() && static_cast<int>(row->items.size()) != given.embedding)
      return wrong(where, "all lattice vectors have the same number of components");
    given.embedding = static_cast<int>(row->items.size());
    auto& vector = given.vectors.emplace_back();
    for (std::size_t i = 0; i < row->items.size(); ++i) {
      const Span component = span_of(place, ast::place(row->items[i]));
      const auto quantity = value(component, diagnostics);
      if (!quantity) return false;
      const bool bare = quantity->dimension.dimensionless();
      if ((!bare && quantity->dimension != dimension::length()) || !std::isfinite(quantity->value))
        return wrong(component, "expected a length");
      vector[i] = bare ? quantity->value : quantity->value / given.units.length.si;
    }
  }
  return true;
}

bool read_unit(UnitOf what, const std::string& text, Given& given, Diagnostics& diagnostics) {
  const bool length = what == UnitOf::length, energy = what == UnitOf::energy;
  const std::string option = length ? "--length-unit" : energy ? "--energy-unit" : "--time-unit";
  const Dimension expected = length ? dimension::length() : energy ? dimension::energy() : dimension::time();
  const Span place = whole(option.c_str(), text);
  const bool plain = !text.empty() && is_name_start(text.front());
  const auto source = std::make_shared<const Source>(Source{option, "1 " + text});
  const auto quantity = plain ? value({source, 0, source->text.size()}, diagnostics) : std::nullopt;
  if (quantity && quantity->dimension == expected) {
    FileUnit& unit = length ? given.units.length : energy ? given.units.energy : given.units.time;
    unit = {text, quantity->value};
    return true;
  }
  if (plain && !quantity) return false;
  diagnostics.add(Code::BadSetting, place, fmt::format("`{}` is no unit of {}", text, words(expected)))
      .hint(fmt::format("for instance: {} {}", option, length ? "nm" : energy ? "kJ/mol" : "fs"));
  return false;
}

NetworkDescription described(const Given& given) {
  NetworkDescription network;
  network.units = given.units;
  if (given.temperature) network.temperature = *given.temperature;
  network.kelvin = given.kelvin;
  return network;
}

bool use_given_lattice(NetworkDescription& network, const Given& given, int dimension, const Span& place,
                       Diagnostics& diagnostics) {
  network.dimension = dimension;
  if (given.vectors.empty()) {
    network.embedding = dimension;
    network.vectors.assign(static_cast<std::size_t>(dimension), {});
    for (std::size_t a = 0; a < network.vectors.size(); ++a) network.vectors[a][a] = 1;
    diagnostics
        .add(Code::ImportAssumes, place,
             fmt::format("the file gives no lattice: cells of 1 {} are assumed", network.units.length.name))
        .hint("say which one it is with --lattice \"[[..], ..]\"");
    network.origin.push_back(
        fmt::format("No lattice was given: cells of 1 {} were assumed.", network.units.length.name));
    return true;
  }
  if (static_cast<int>(given.vectors.size()) != dimension) {
    malformed(diagnostics, place,
              fmt::format("the translations have {} component{}, the lattice given has {} vector{}", dimension,
                          dimension == 1 ? "" : "s", given.vectors.size(), given.vectors.size() == 1 ? "" : "s"))
        .hint("give --lattice one vector for each component");
    return false;
  }
  network.embedding = given.embedding;
  network.vectors = given.vectors;
  return true;
}

std::vector<Word> words(const Span& span) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const std::string_view text = std::string_view(span.source->text).substr(span.begin, span.end - span.begin);
  std::vector<Word> all;
  for (std::size_t at = text.find_first_not_of(blanks); at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    all.push_back({text.substr(at, end - at), {span.source, span.begin + at, span.begin + end}});
    at = text.find_first_not_of(blanks, end);
  }
  return all;
}

std::optional<double> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string fortran;
  if (const std::size_t d = text.find_first_of("dD"); d != std::string_view::npos && text.size() < 64) {
    fortran = text;
    fortran[d] = 'e';
    text = fortran;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int> integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> number(const Word& word, std::string_view what, Diagnostics& diagnostics) {
  const auto value = number(word.text);
  if (!value) malformed(diagnostics, word.span, fmt::format("expected {}", what)).here("not a finite number");
  return value;
}

std::optional<int> integer(const Word& word, std::string_view what, Diagnostics& diagnostics) {
  const auto value = integer(word.text);
  if (!value) malformed(diagnostics, word.span, fmt::format("expected {}", what)).here("not a whole number");
  return value;
}

std::string legal_name(std::string_view text, std::string_view fallback, bool state) {
  std::string name;
  for (const char c : text.substr(0, 60)) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;  // other letters could be cut in two
    name += ascii && is_name_part(c) ? c : '_';
  }
  if (name.find_first_not_of('_') == std::string::npos) name = fallback;
  if (is_digit(name.front())) name = std::string(fallback) + "_" + name;
  if (reserved(name) || (!state && find_unit(name))) name += "_";
  return name;
}

std::string model_name(const Source& source) {
  std::string name = file_name(source);
  name = name.substr(0, name.find('.', name.starts_with('.') ? 1 : 0));
  return legal_name(name, "network");
}

std::string file_name(const Source& source) {
  return std::filesystem::path(source.name).filename().string();
}

Diagnostic& malformed(Diagnostics& diagnostics, Span place, std::string message) {
  return diagnostics.add(Code::BadImport, std::move(place), std::move(message));
}

}  // namespace rdd::importing
