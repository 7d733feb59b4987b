#include "compiler/query/statement.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace rdd {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

Asked::Asked(const SourcePtr& text) : source(text), statement(trimmed(text->text)) {
  const std::string& all = text->text;
  for (std::size_t i = 0; i < all.size();) {
    if (std::isspace(static_cast<unsigned char>(all[i]))) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    if (all[i] == '[') {
      while (i < all.size() && all[i] != ']') ++i;
      i = std::min(i + 1, all.size());
    } else if (all[i] == '"') {
      i = std::min(all.find('"', i + 1), all.size() - 1) + 1;
    } else {
      while (i < all.size() && !std::isspace(static_cast<unsigned char>(all[i])) && all[i] != '[') ++i;
    }
    words.push_back(all.substr(start, i - start));
    places.push_back(start);
  }
}

const std::string& Asked::word(std::size_t i) const {
  static const std::string nothing;
  return i < words.size() ? words[i] : nothing;
}

Span Asked::span(std::size_t i) const {
  if (i >= words.size()) return {source, source->text.size(), source->text.size()};
  return {source, places[i], places[i] + words[i].size()};
}

std::optional<int> Asked::integer(std::size_t i) const {
  int value = 0;
  const std::string& text = word(i);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Statement::name() const {
  const std::string_view all = usage;
  return std::string(all.substr(0, all.find_first_of(" [")));
}

Json answer_head(const Asked& asked, const Json& unit, const Subject& subject) {
  return Json{{"statement", asked.statement}, {"unit", unit}, {"model_hash", subject.model.hash}};
}

Json declared(const std::string& statement, const Subject& subject) {
  Json json{{"statement", statement}, {"unit", ""}, {"model_hash", subject.model.hash}, {"missing", Json::array()}};
  for (const Diagnostic& diagnostic : subject.written.missing) json["missing"].push_back(diagnostic.message);
  return json;
}

Json json_rows(const Eigen::MatrixXd& matrix) {
  Json all = Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    Json row = Json::array();
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) row.push_back(matrix(i, j));
    all.push_back(std::move(row));
  }
  return all;
}

Json json_list(const Eigen::VectorXd& vector) {
  return Json(std::vector<double>(vector.data(), vector.data() + vector.size()));
}

Json json_pairs(const Eigen::VectorXcd& vector) {
  Json all = Json::array();
  for (const std::complex<double>& z : vector) all.push_back({z.real(), z.imag()});
  return all;
}

Json json_shaped(const std::vector<Reading>& readings, const Eigen::VectorXd& numbers) {
  Json all = Json::object();
  for (std::size_t r = 0; r < readings.size(); ++r)
    all[Json::json_pointer(readings[r].path)] = numbers(static_cast<Eigen::Index>(r));
  return all;
}

std::optional<Eigen::VectorXd> add_uncertainty(Json& json, const Subject& subject, const Request& request) {
  const auto found = propagated(subject.model, *subject.point, request);
  if (!found) return std::nullopt;
  json["uncertainty"] = json_shaped(readings(request, subject.point->network), found->uncertainty);
  return found->uncertainty;
}

std::optional<std::vector<double>> asked_list(const Subject& subject, const Asked& asked, Diagnostics& diagnostics,
                                              std::size_t place, bool last) {
  const auto expected = static_cast<std::size_t>(subject.model.lattice.dimension);
  std::string example;
  for (std::size_t i = 0; i < place; ++i) example += asked.word(i) + " ";
  example += expected == 1 ? "[0.1]" : expected == 2 ? "[0.1, 0.2]" : "[0.1, 0.2, 0.3]";
  if (!asked.word(place).starts_with('[') || (last && asked.words.size() > place + 1)) {
    diagnostics.add(Code::BadStatement, asked.span(std::min(place, asked.words.size())), "expected a list in brackets")
        .hint("for instance: " + example);
    return std::nullopt;
  }
  const auto quantities = evaluate_list_text(asked.span(place), subject.model, subject.point->parameters, diagnostics);
  if (!quantities) return std::nullopt;
  std::vector<double> values;
  for (const Quantity& quantity : *quantities) {
    if (!quantity.dimension.dimensionless() || !std::isfinite(quantity.value)) {
      diagnostics.add(Code::BadStatement, asked.span(place), "the list must hold plain numbers");
      return std::nullopt;
    }
    values.push_back(quantity.value);
  }
  if (values.size() == expected) return values;
  diagnostics
      .add(Code::BadStatement, asked.span(place),
           fmt::format("the lattice has {} vector{}, the list {} number{}", expected, expected == 1 ? "" : "s",
                       values.size(), values.size() == 1 ? "" : "s"))
      .hint("for instance: " + example);
  return std::nullopt;
}

}  // namespace rdd
