// Statements about coefficients as functions of parameters.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"

namespace rdd {
namespace {

// "NAME = …" of a list with commas: the name, and what stands behind the sign.
struct Clause {
  Span name;
  Span value;
  std::string text() const { return std::string(name.text()); }
};

Span without_blanks(Span span) {
  const std::string_view text = span.text();
  const std::string_view core = trimmed(text);
  const std::size_t begin = span.begin + static_cast<std::size_t>(core.data() - text.data());
  return {span.source, begin, begin + core.size()};
}

// The clauses from byte `begin` to `end`; commas inside of brackets do not separate.
std::optional<std::vector<Clause>> clauses(const Asked& asked, std::size_t begin, std::size_t end,
                                           const std::string& example, Diagnostics& diagnostics) {
  const std::string& all = asked.source->text;
  std::vector<Clause> result;
  int depth = 0;
  for (std::size_t start = begin, i = begin; i <= end; ++i) {
    if (i < end && (all[i] == '(' || all[i] == '[')) ++depth;
    if (i < end && (all[i] == ')' || all[i] == ']')) --depth;
    if (i < end && (all[i] != ',' || depth > 0)) continue;
    const std::size_t equals = all.find('=', start);
    if (equals == std::string::npos || equals >= i) {
      diagnostics.add(Code::BadStatement, without_blanks({asked.source, start, i}), "expected a name, `=` and a value")
          .hint("for instance: " + example);
      return std::nullopt;
    }
    result.push_back({without_blanks({asked.source, start, equals}), without_blanks({asked.source, equals + 1, i})});
    start = i + 1;
  }
  return result;
}

// One range: the parameter's place in the model and its two ends as texts and as numbers.
struct AskedRange {
  std::string name;
  Span low_text, high_text;
  std::size_t index = 0;
  double low = 0, high = 0;
};

std::vector<Setting> with(const std::vector<Setting>& settings, const std::vector<Setting>& more) {
  std::vector<Setting> all = settings;
  for (const Setting& setting : more) {
    std::erase_if(all, [&](const Setting& other) { return other.name == setting.name; });
    all.push_back(setting);
  }
  return all;
}

std::optional<AskedRange> range_of(const Subject& subject, const Clause& clause, Diagnostics& diagnostics) {
  AskedRange range{clause.text(), {}, {}};
  const std::size_t dots = clause.value.text().find("..");
  if (dots == std::string_view::npos) {
    diagnostics.add(Code::BadRange, clause.value, "expected a range")
        .hint("for instance: interpolate T = 300 K .. 900 K");
    return std::nullopt;
  }
  range.low_text = without_blanks({clause.value.source, clause.value.begin, clause.value.begin + dots});
  range.high_text = without_blanks({clause.value.source, clause.value.begin + dots + 2, clause.value.end});
  for (const bool high : {false, true}) {
    const Setting end{range.name, clause.name, high ? range.high_text : range.low_text};
    const auto values = parameter_values(subject.model, with(subject.settings, {end}), diagnostics);
    if (!values) return std::nullopt;
    const auto found = std::ranges::find(subject.model.parameters, range.name, &Parameter::name);
    range.index = static_cast<std::size_t>(found - subject.model.parameters.begin());
    (high ? range.high : range.low) = (*values)[range.index];
  }
  const bool temperature =
      subject.model.temperature && static_cast<std::size_t>(*subject.model.temperature) == range.index;
  if (!(range.low < range.high) || (temperature && !(range.low > 0))) {
    diagnostics
        .add(Code::BadRange, clause.value,
             range.low < range.high ? "a temperature must be above zero"
                                    : "the range is empty: its end must be above its start")
        .hint("for instance: interpolate T = 300 K .. 900 K");
    return std::nullopt;
  }
  return range;
}

std::string readable_parameter(const Subject& subject, const std::string& name, double value) {
  const auto found = std::ranges::find(subject.model.parameters, name, &Parameter::name);
  return fmt::format("{} = {}", name, readable(value, found->dimension, 6));
}

std::string readable_point(const Subject& subject, const CoefficientTable& table, const std::vector<double>& point) {
  std::string list;
  for (std::size_t a = 0; a < point.size(); ++a)
    list += (a ? ", " : "") + readable_parameter(subject, table.ranges[a].name, point[a]);
  return list;
}

Request request_of(const CoefficientTable& table) {
  return {.topic = Topic::coefficients, .P = table.P, .order = table.order};
}

/// Standard uncertainties of the least gap and the least membership of a table, where they lie. `settings_at`: the
/// point of the parameters at which the table was made.
struct LeastUncertainty {
  double gap = 0, membership = 0;
};
std::optional<LeastUncertainty> least_uncertainty(
    const Subject& subject, const CoefficientTable& table,
    const std::function<std::vector<Setting>(const std::vector<double>&)>& settings_at) {
  LeastUncertainty result;
  const auto at = [&](const std::vector<double>& place, const auto& use) {
    Diagnostics silent;
    const auto there = lower(subject.model, settings_at(place), silent);
    if (!there || uncertain_parameters(subject.model, *there).empty()) return false;
    const BlochOperator bloch(there->network, gauge(there->network));
    use(*there, bloch, reduction_of(request_of(table), there->network, &table.groups));
    return true;
  };
  bool any = false;
  if (table.P > 1 && !table.at_min_chi.empty())
    any = at(table.at_min_chi, [&](const Point& there, const BlochOperator& bloch, const Reduction& found) {
      if (const auto u = reduction_uncertainty(subject.model, there, bloch, found)) result.membership = u->min_chi;
    });
  if (std::isfinite(table.least_gap))
    any = at(table.at_least_gap,
             [&](const Point& there, const BlochOperator& bloch, const Reduction& found) {
               const Eigen::VectorXd centre = Eigen::VectorXd::Zero(bloch.dimension());
               const GapCandidate gap{.P = table.P,
                                      .below = found.lambda(table.P - 1).real(),
                                      .above = found.lambda(table.P).real(),
                                      .k_below = centre,
                                      .k_above = centre};
               if (const auto u = gap_uncertainty(subject.model, there, {gap})) result.gap = u->front().ratio;
             }) ||
          any;
  return any ? std::optional(result) : std::nullopt;
}

std::string describe_table(const Subject& subject, const CoefficientTable& table,
                           const std::optional<LeastUncertainty>& uncertainty) {
  std::string out = fmt::format("interpolation of order {} with P = {}\n", table.order, table.P);
  for (std::size_t a = 0; a < table.ranges.size(); ++a) {
    const ParameterRange& range = table.ranges[a];
    const auto found = std::ranges::find(subject.model.parameters, range.name, &Parameter::name);
    out += fmt::format("  {} from {} to {}: degree {}{}\n", range.name, readable(range.low, found->dimension),
                       readable(range.high, found->dimension), table.degree[a],
                       range.reciprocal ? fmt::format(" in 1/{}", range.name) : "");
  }
  out += fmt::format("  error     {:.1e} at {} points between the nodes{}\n", table.error, table.tested,
                     table.converged ? "" : ", above the tolerance");
  if (std::isfinite(table.least_gap))
    out += fmt::format("  gap       fast/slow at k = 0 never below {} (at {})\n",
                       plus_minus(table.least_gap, uncertainty ? uncertainty->gap : 0, 3),
                       readable_point(subject, table, table.at_least_gap));
  if (table.P > 1 && !table.at_min_chi.empty())
    out += fmt::format(
        "  groups    those of the middle; least membership {}{}\n",
        plus_minus(std::abs(table.min_chi) < 1e-10 ? 0.0 : table.min_chi, uncertainty ? uncertainty->membership : 0, 2),
        table.min_chi < -1e-10 ? " (at " + readable_point(subject, table, table.at_min_chi) + ")" : "");
  return out;
}

Json json_of(const CoefficientTable::Series& series) {
  using Kind = CoefficientTable::Series::Kind;
  const char* kind = series.kind == Kind::zero ? "zero" : series.kind == Kind::share ? "share" : "logarithm";
  return {{"kind", kind}, {"sign", series.sign}, {"coefficients", json_list(series.coefficients)}};
}

std::optional<Answer> interpolated(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const std::string example = "interpolate T = 300 K .. 900 K";
  InterpolationParams params;
  std::size_t end = asked.source->text.size();
  for (std::size_t w = 1; w < asked.words.size(); ++w) {
    if (asked.word(w) != "tolerance") continue;
    const Span text{asked.source, asked.span(w + 1).begin, end};
    const auto given = evaluate_text(text, subject.model, subject.point->parameters, diagnostics);
    if (!given) return std::nullopt;
    if (!given->dimension.dimensionless() || !(given->value >= 1e-12 && given->value < 1)) {
      diagnostics.add(Code::BadStatement, text, "the tolerance is a number from 1e-12 to 1")
          .hint("for instance: " + example + " tolerance 1e-8");
      return std::nullopt;
    }
    params.tolerance = given->value;
    end = asked.places[w];
    break;
  }
  if (asked.words.size() < 2) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a parameter and its range")
        .hint("for instance: " + example);
    return std::nullopt;
  }
  const auto list = clauses(asked, asked.places[1], end, example, diagnostics);
  if (!list) return std::nullopt;
  std::vector<AskedRange> asked_ranges;
  std::vector<ParameterRange> ranges;
  for (const Clause& clause : *list) {
    const auto range = range_of(subject, clause, diagnostics);
    if (!range) return std::nullopt;
    if (std::ranges::find(asked_ranges, range->name, &AskedRange::name) != asked_ranges.end() || ranges.size() == 3) {
      diagnostics.add(Code::BadRange, clause.name,
                      ranges.size() == 3 ? "three parameters at most" : "this parameter has a range already");
      return std::nullopt;
    }
    const bool temperature =
        subject.model.temperature && static_cast<std::size_t>(*subject.model.temperature) == range->index;
    ranges.push_back({range->name, range->low, range->high, temperature});
    asked_ranges.push_back(*range);
  }
  if (!subject.ensure_analysis(diagnostics)) return std::nullopt;

  // The network at a point: each parameter as a mixture of the texts of its ends, which carry the units.
  const auto settings_at = [&](const std::vector<double>& point) {
    std::vector<Setting> settings;
    for (std::size_t a = 0; a < point.size(); ++a) {
      const AskedRange& range = asked_ranges[a];
      const double share = (point[a] - range.low) / (range.high - range.low);
      const std::string value = fmt::format("({}) * {:.17g} + ({}) * {:.17g}", range.low_text.text(), 1 - share,
                                            range.high_text.text(), share);
      const auto text = std::make_shared<const Source>(Source{"<interpolate>", value});
      settings.push_back({range.name, range.low_text, Span{text, 0, value.size()}});
    }
    return with(subject.settings, settings);
  };
  Diagnostics inside;
  const Reduction& reduction = subject.analysis->reduction;
  const Request request{.topic = Topic::coefficients, .P = reduction.P, .order = reduction.order};
  const ReductionAt reduction_at = [&](const std::vector<double>& point,
                                       const Memberships* like) -> std::optional<Reduction> {
    const auto there = lower(subject.model, settings_at(point), inside);
    if (!there) return std::nullopt;
    return reduction_if_any(request, there->network, like, asked.span(1), inside);
  };
  auto table = interpolate(reduction_at, ranges, params);
  if (!table) {
    auto& diagnostic = diagnostics.add(
        Code::BadRange, asked.span(1),
        fmt::format("the model cannot be reduced to {} coarse states everywhere in this range", reduction.P));
    const auto reasons = inside.sorted();
    const auto why = std::ranges::find(reasons, Severity::error, &Diagnostic::severity);
    if (why != reasons.end()) diagnostic.hint("somewhere in it, " + why->message);
    return std::nullopt;
  }
  const Span place{asked.source, asked.places[1], end};
  if (table->min_chi < -0.1) {
    diagnostics
        .add(Code::PoorInterpolation, place,
             fmt::format("the groups of the middle of the range are not those of {}",
                         readable_point(subject, *table, table->at_min_chi)))
        .here(fmt::format("a membership becomes {:.2g} there", table->min_chi))
        .hint("take a shorter range, or another number of coarse states");
  } else if (!table->converged) {
    diagnostics
        .add(Code::PoorInterpolation, place,
             fmt::format("the interpolated coefficients are right to {:.1e} only, not to {:.1e}", table->error,
                         params.tolerance))
        .hint(table->least_gap < 1.5 ? fmt::format("slow and fast bands come as near as {:.3g} at {}", table->least_gap,
                                                   readable_point(subject, *table, table->at_least_gap))
                                     : std::string("take a shorter range"));
  }
  Json json = answer_head(asked, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}}, subject);
  json["P"] = table->P;
  json["order"] = table->order;
  json["ranges"] = Json::array();
  for (std::size_t a = 0; a < ranges.size(); ++a)
    json["ranges"].push_back({{"name", ranges[a].name},
                              {"low", ranges[a].low},
                              {"high", ranges[a].high},
                              {"in", ranges[a].reciprocal ? "1/" + ranges[a].name : ranges[a].name},
                              {"degree", table->degree[a]}});
  json["error"] = table->error;
  json["tolerance"] = params.tolerance;
  json["converged"] = table->converged;
  json["min_chi"] = table->min_chi;
  json["least_gap"] = std::isfinite(table->least_gap) ? Json(table->least_gap) : Json();
  json["entries"] = Json::array();
  for (const auto& series : table->entries) json["entries"].push_back(json_of(series));
  json["scales"] = Json::array();
  for (const auto& series : table->scales) json["scales"].push_back(json_of(series));
  const auto u = least_uncertainty(subject, *table, settings_at);
  if (u) json["uncertainty"] = {{"min_chi", u->membership}, {"least_gap", u->gap}};
  std::string text = describe_table(subject, *table, u);
  subject.table = std::move(table);
  return Answer{json.dump(), text};
}

}  // namespace

std::optional<Answer> interpolated_coefficients(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (!subject.table) {
    diagnostics.add(Code::OutsideRange, asked.span(1), "there are no interpolated coefficients yet")
        .hint("for instance: interpolate T = 300 K .. 900 K");
    return std::nullopt;
  }
  const CoefficientTable& table = *subject.table;
  const std::string example = "coefficients at " + readable_point(subject, table, [&] {
                                std::vector<double> middle;
                                for (const ParameterRange& range : table.ranges)
                                  middle.push_back(0.5 * (range.low + range.high));
                                return middle;
                              }());
  const auto list = clauses(asked, asked.span(2).begin, asked.source->text.size(), example, diagnostics);
  if (!list) return std::nullopt;
  std::vector<double> point(table.ranges.size(), std::nan(""));
  std::vector<Setting> settings;
  for (const Clause& clause : *list) {
    const auto found = std::ranges::find(table.ranges, clause.text(), &ParameterRange::name);
    if (found == table.ranges.end()) {
      diagnostics.add(Code::OutsideRange, clause.name, fmt::format("`{}` has no range", clause.text()))
          .hint("for instance: " + example);
      return std::nullopt;
    }
    const Setting setting{clause.text(), clause.name, clause.value};
    const auto values = parameter_values(subject.model, with(subject.settings, {setting}), diagnostics);
    if (!values) return std::nullopt;
    settings.push_back(setting);
    const auto parameter = std::ranges::find(subject.model.parameters, clause.text(), &Parameter::name);
    const auto a = static_cast<std::size_t>(found - table.ranges.begin());
    point[a] = (*values)[static_cast<std::size_t>(parameter - subject.model.parameters.begin())];
    if (!(point[a] >= found->low * (1 - 1e-12) && point[a] <= found->high * (1 + 1e-12))) {
      diagnostics
          .add(Code::OutsideRange, clause.value,
               fmt::format("{} lies outside of the range of the interpolation",
                           readable_parameter(subject, found->name, point[a])))
          .here(fmt::format("it goes from {} to {}", readable(found->low, parameter->dimension),
                            readable(found->high, parameter->dimension)));
      return std::nullopt;
    }
  }
  for (std::size_t a = 0; a < point.size(); ++a) {
    if (!std::isnan(point[a])) continue;
    diagnostics.add(Code::OutsideRange, asked.span(1), fmt::format("`{}` is left open", table.ranges[a].name))
        .hint("for instance: " + example);
    return std::nullopt;
  }
  const Coefficients c = table.at(point);
  Json json = answer_head(asked, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}}, subject);
  json["P"] = table.P;
  json["order"] = table.order;
  json["at"] = Json::object();
  for (std::size_t a = 0; a < point.size(); ++a) json["at"][table.ranges[a].name] = point[a];
  add_coefficients(json, c);
  json["error"] = table.error;
  // What is interpolated varies as the reduction does at this very point, with the same groups.
  const auto there = lower(subject.model, with(subject.settings, settings), diagnostics);
  if (!there) return std::nullopt;
  std::optional<ReductionUncertainty> u;
  if (!uncertain_parameters(subject.model, *there).empty()) {
    const BlochOperator bloch(there->network, gauge(there->network));
    u = reduction_uncertainty(subject.model, *there, bloch,
                              reduction_of(request_of(table), there->network, &table.groups));
    json["uncertainty"] = Json::object();
    if (u) add_coefficients(json["uncertainty"], u->coefficients);
  }
  std::vector<std::string> names;
  for (int p = 0; p < table.P; ++p) {
    names.push_back(table.P == subject.point->network.size()
                        ? subject.point->network.states[static_cast<std::size_t>(p)]
                        : fmt::format("coarse[{}]", p));
  }
  return Answer{json.dump(), fmt::format("interpolated at {}, right to {:.1e}\n", readable_point(subject, table, point),
                                         table.error) +
                                 describe_coefficients(c, names, u ? &u->coefficients : nullptr)};
}

std::span<const Statement> interpolation_statements() {
  static const Statement table[] = {
      {.usage = "interpolate T = A .. B",
       .line = "coefficients as functions of temperature or other parameters",
       .more =
           "Chebyshev interpolants over one range or up to three: interpolate T = 300 K .. 900 K, F = 0 eV/nm .. 1 "
           "eV/nm\n"
           "They are made as good as `tolerance 1e-8` asks (1e-6 where nothing is said); the error that is told was\n"
           "found between the nodes. `coefficients at T = 650 K` evaluates them.\n",
       .answer = interpolated,
       .keywords = {"tolerance"}},
  };
  return table;
}

}  // namespace rdd
