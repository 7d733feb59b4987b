// Statements about how answers depend on the parameters: exact derivatives, and standard uncertainties.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "compiler/lower_derivatives.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "lang/nearest.hpp"

namespace rdd {
namespace {

using Eigen::Index;

/// What a statement asks after: one topic, or those that tell most.
struct Subjects {
  std::vector<Request> requests;
  std::size_t next = 1;  ///< the first word behind them
};

const std::vector<std::string>& topics() {
  static const std::vector<std::string> all = {"diffusion", "drift", "timescales", "spectrum", "coefficients"};
  return all;
}

/// `of TOPIC` at the word `at`; nothing there: diffusion, drift and the time scales.
std::optional<Subjects> subjects(Subject& subject, const Asked& asked, std::size_t at, Diagnostics& diagnostics) {
  if (asked.word(at) != "of") {
    Subjects usual{{{.topic = Topic::diffusion}}, at};
    const RateNetwork& network = subject.point->network;
    if (!network.reversible || !subject.model.force.empty()) usual.requests.push_back({.topic = Topic::drift});
    if (network.size() > 1) usual.requests.push_back({.topic = Topic::timescales});
    return usual;
  }
  const std::string& topic = asked.word(at + 1);
  const auto found = std::ranges::find(topics(), topic);
  if (found == topics().end()) {
    auto& diagnostic = diagnostics.add(Code::BadStatement, asked.span(at + 1),
                                       fmt::format("expected one of {}", fmt::join(topics(), ", ")));
    if (const auto near = nearest(topic, topics()))
      diagnostic.hint(fmt::format("did you mean `{} of {}`?", asked.word(0), *near));
    else
      diagnostic.hint(fmt::format("for instance: {} of diffusion", asked.word(0)));
    return std::nullopt;
  }
  Request request{.topic = static_cast<Topic>(found - topics().begin())};
  std::size_t next = at + 2;
  if (request.topic == Topic::spectrum) {
    if (asked.word(next) != "at") {
      diagnostics.add(Code::BadStatement, asked.span(next), "expected `at` and the phases")
          .hint(fmt::format("for instance: {} of spectrum at [0.1, 0.2]", asked.word(0)));
      return std::nullopt;
    }
    const auto phases = asked_list(subject, asked, diagnostics, next + 1, false);
    if (!phases) return std::nullopt;
    request.phases = Eigen::Map<const Eigen::VectorXd>(phases->data(), static_cast<Index>(phases->size()));
    next += 2;
  }
  if (request.topic == Topic::coefficients) {
    if (!subject.ensure_analysis(diagnostics)) return std::nullopt;
    request.P = subject.analysis->reduction.P;
    request.order = subject.analysis->reduction.order;
  }
  return Subjects{{request}, next};
}

bool at_end(const Asked& asked, std::size_t next, const char* example, Diagnostics& diagnostics) {
  if (next >= asked.words.size()) return true;
  diagnostics.add(Code::BadStatement, asked.span(next), "expected the end of the statement")
      .here("not expected here")
      .hint(fmt::format("for instance: {}", example));
  return false;
}

Json units_of(const std::vector<Reading>& all) {
  Json units = Json::object();
  for (const Reading& reading : all) {
    const std::string key = reading.path.substr(1, reading.path.find('/', 1) - 1);
    units[key] = reading.dimension.dimensionless() ? "1" : si_unit(reading.dimension);
  }
  return units;
}

Json json_parameters(const Subject& subject, const std::vector<int>& parameters) {
  Json all = Json::array();
  const std::vector<int> uncertain = uncertain_parameters(subject.model, *subject.point);
  for (const int i : parameters) {
    const auto at = static_cast<std::size_t>(i);
    const Parameter& parameter = subject.model.parameters[at];
    Json entry = {{"name", parameter.name},
                  {"value", subject.point->parameters[at]},
                  {"unit", parameter.dimension.dimensionless() ? "1" : si_unit(parameter.dimension)}};
    if (std::ranges::find(uncertain, i) != uncertain.end()) entry["uncertainty"] = *parameter.uncertainty;
    all.push_back(std::move(entry));
  }
  return all;
}

/// The readings that a table shows: without the first-order D, memberships and what is zero by symmetry; those that are
/// equal in all respects share a table.
struct Shown {
  std::string names;
  Index reading;
};
std::vector<Shown> shown(const std::vector<Reading>& list, const Eigen::VectorXd& value, const Eigen::MatrixXd& slopes,
                         const Eigen::VectorXd& scales) {
  // In a reading's own kind, what is nothing? Slopes are compared after a change of each parameter by its own size.
  const Eigen::MatrixXd moves = slopes * scales.asDiagonal();
  const auto size = [&](Index r) { return std::max(std::abs(value(r)), moves.row(r).cwiseAbs().sum()); };
  std::vector<Shown> all;
  for (std::size_t r = 0; r < list.size(); ++r) {
    const auto row = static_cast<Index>(r);
    if (list[r].name.starts_with("D⁰") || list[r].name.starts_with("χ")) continue;
    double largest = 0;
    for (std::size_t other = 0; other < list.size(); ++other)
      if (list[other].dimension == list[r].dimension) largest = std::max(largest, size(static_cast<Index>(other)));
    if (size(row) <= 1e-12 * largest) continue;
    const auto same = std::ranges::find_if(all, [&](const Shown& before) {
      const Index b = before.reading;
      return list[static_cast<std::size_t>(b)].dimension == list[r].dimension &&
             std::abs(value(row) - value(b)) <= 1e-9 * size(row) &&
             (moves.row(row) - moves.row(b)).cwiseAbs().maxCoeff() <= 1e-9 * size(row);
    });
    if (same == all.end())
      all.push_back({list[r].name, row});
    else
      same->names += " = " + list[r].name;
  }
  return all;
}

/// Changes by which parameters are compared: their values; where one is zero, something natural of its dimension.
Eigen::VectorXd scales_of(const Subject& subject, const std::vector<int>& parameters) {
  Eigen::VectorXd scales(static_cast<Index>(parameters.size()));
  for (std::size_t j = 0; j < parameters.size(); ++j) {
    const auto at = static_cast<std::size_t>(parameters[j]);
    const double value = std::abs(subject.point->parameters[at]);
    double natural = 1;
    if (subject.model.temperature) {
      const double kT = 1.380649e-23 * subject.point->parameters[static_cast<std::size_t>(*subject.model.temperature)];
      const double cell = subject.point->network.lattice.vectors.colwise().norm().minCoeff();
      const Dimension& dimension = subject.model.parameters[at].dimension;
      if (dimension == dimension::energy()) natural = kT;
      if (dimension == dimension::force()) natural = kT / cell;
      if (dimension == dimension::length()) natural = cell;
    }
    scales(static_cast<Index>(j)) = value > 0 ? value : natural;
  }
  return scales;
}

constexpr std::size_t most_tables = 12;

std::string describe(const Subject& subject, const std::vector<int>& parameters, const std::vector<Reading>& list,
                     const Eigen::VectorXd& value, const Eigen::MatrixXd& slopes) {
  const Eigen::VectorXd scales = scales_of(subject, parameters);
  const std::vector<int> uncertain = uncertain_parameters(subject.model, *subject.point);
  std::string out;
  const std::vector<Shown> tables = shown(list, value, slopes, scales);
  std::vector<bool> matters(parameters.size(), false);
  for (std::size_t t = 0; t < std::min(tables.size(), most_tables); ++t) {
    const Index r = tables[t].reading;
    const Reading& reading = list[static_cast<std::size_t>(r)];
    const Eigen::VectorXd moves = (slopes.row(r).transpose().array() * scales.array()).abs();
    const double largest = moves.maxCoeff();
    std::vector<std::size_t> order(parameters.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return moves(static_cast<Index>(a)) > moves(static_cast<Index>(b));
    });
    out += fmt::format("{} = {}\n", tables[t].names, readable(value(r), reading.dimension, 5));
    out += fmt::format("  {:<12} {:>14} {:>28} {:>12}{}\n", "parameter", "value", "derivative", "relative",
                       uncertain.empty() ? "" : "   ± from it");
    const double typical = value(r) != 0 ? value(r) : largest;
    const ReadableUnit unit = readable_unit(typical, reading.dimension);
    for (const std::size_t p : order) {
      const auto j = static_cast<Index>(p);
      if (moves(j) <= 1e-12 * largest) continue;
      matters[p] = true;
      const auto at = static_cast<std::size_t>(parameters[p]);
      const Parameter& parameter = subject.model.parameters[at];
      const double theta = subject.point->parameters[at], slope = slopes(r, j);
      const ReadableUnit per = readable_unit(scales(j), parameter.dimension);
      const std::string of_slope =
          fmt::format("{:.5g}{}{}{}{}", slope * per.factor / unit.factor, unit.name.empty() ? "" : " ", unit.name,
                      per.name.empty() ? "" : " per ", per.name);
      const std::string relative = theta == 0 || value(r) == 0 ? "·" : fmt::format("{:.4g}", slope * theta / value(r));
      const std::size_t wide = relative == "·" ? 13 : 12;  // two bytes, one letter
      const std::size_t long_one =
          28 + of_slope.size() - static_cast<std::size_t>(std::ranges::count_if(of_slope, [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
          }));
      out += fmt::format("  {:<12} {:>14} {:>{}} {:>{}}", parameter.name, readable(theta, parameter.dimension),
                         of_slope, long_one, relative, wide);
      if (std::ranges::find(uncertain, parameters[p]) != uncertain.end())
        out += "   " + readable(std::abs(slope) * *parameter.uncertainty, reading.dimension, 3);
      out += "\n";
    }
  }
  if (tables.size() > most_tables) out += fmt::format("and {} more, with --json\n", tables.size() - most_tables);
  std::string idle;
  for (std::size_t p = 0; p < parameters.size(); ++p)
    if (!matters[p])
      idle += (idle.empty() ? "" : ", ") + subject.model.parameters[static_cast<std::size_t>(parameters[p])].name;
  if (!idle.empty() && !tables.empty()) out += fmt::format("without influence: {}\n", idle);
  return out.empty() ? "nothing depends on the parameters\n" : out;
}

std::optional<Answer> sensitivity(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto wanted = subjects(subject, asked, 1, diagnostics);
  if (!wanted || !at_end(asked, wanted->next, "sensitivity of diffusion", diagnostics)) return std::nullopt;
  const std::vector<int> parameters = independent_parameters(subject.model);
  const RateNetwork& network = subject.point->network;
  const NetworkDerivatives by = lower_derivatives(subject.model, *subject.point, parameters);

  Json units = Json::object(), all = Json::object(), slopes = Json::object();
  for (const int i : parameters) slopes[subject.model.parameters[static_cast<std::size_t>(i)].name] = Json::object();
  std::string text;
  bool kink = false;
  for (const Request& request : wanted->requests) {
    const std::vector<Reading> list = readings(request, network);
    const Eigen::VectorXd value = values(request, network);
    const Eigen::MatrixXd found = derivatives(request, network, by, &kink);
    units.update(units_of(list));
    all.update(json_shaped(list, value));
    for (std::size_t j = 0; j < parameters.size(); ++j)
      slopes[subject.model.parameters[static_cast<std::size_t>(parameters[j])].name].update(
          json_shaped(list, found.col(static_cast<Index>(j))));
    text += describe(subject, parameters, list, value, found);
  }
  if (kink) text += "memberships have a kink here: more of them are zero than two sides of it can keep\n";
  Json json = answer_head(asked, units, subject);
  json["parameters"] = json_parameters(subject, parameters);
  json["values"] = std::move(all);
  json["derivatives"] = std::move(slopes);
  if (kink) json["kink"] = true;
  return Answer{json.dump(), text};
}

/// "E_rot 98 %, nu 2 %": the parts of the variance, largest first.
std::string shares(const Subject& subject, const Propagated& linear, Index reading, double value) {
  const Eigen::VectorXd parts = linear.contributions.row(reading).cwiseAbs2();
  const double total = parts.sum();
  if (!(linear.uncertainty(reading) > 1e-12 * std::abs(value))) return "";  // does not depend on them
  std::vector<Index> order(static_cast<std::size_t>(parts.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, [&](Index a, Index b) { return parts(a) > parts(b); });
  std::string out;
  for (const Index j : order) {
    if (parts(j) < 0.005 * total) break;
    out += fmt::format(
        "{}{} {:.0f} %", out.empty() ? "" : ", ",
        subject.model.parameters[static_cast<std::size_t>(linear.parameters[static_cast<std::size_t>(j)])].name,
        100 * parts(j) / total);
  }
  return out;
}

void warn_if_not_linear(const std::vector<Reading>& list, const std::vector<Shown>& of, const Propagated& linear,
                        const Sampled& found, const Asked& asked, Diagnostics& diagnostics) {
  std::string names;
  Index worst = -1;
  for (const Shown& one : of) {
    const Index r = one.reading;
    if (std::max(linear.uncertainty(r), found.deviation(r)) <= 1e-10 * std::abs(found.mean(r))) continue;  // round-off
    if (!disagree(linear.uncertainty(r), found.deviation(r), found.deviation_error(r))) continue;
    names += (names.empty() ? "" : ", ") + list[static_cast<std::size_t>(r)].name;
    if (worst < 0) worst = r;
  }
  if (worst < 0) return;
  const Dimension& dimension = list[static_cast<std::size_t>(worst)].dimension;
  diagnostics
      .add(Code::NotLinear, asked.span(0),
           fmt::format("linear propagation does not hold for {}: ± {} against ± {} of the samples", names,
                       readable(linear.uncertainty(worst), dimension, 3),
                       readable(found.deviation(worst), dimension, 3)))
      .hint("the uncertainties are too large for it; quote the quantiles of the samples");
}

std::optional<Answer> uncertainty(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  constexpr const char* example = "uncertainty sample 1000 of diffusion";
  std::size_t next = 1;
  std::optional<int> samples;
  if (asked.word(next) == "sample") {
    samples = asked.integer(next + 1);
    if (!samples || *samples < 10 || *samples > 10000000) {
      diagnostics.add(Code::BadStatement, asked.span(next + 1), "expected a number of samples, from 10 to 10000000")
          .hint(fmt::format("for instance: {}", example));
      return std::nullopt;
    }
    next += 2;
  }
  const auto wanted = subjects(subject, asked, next, diagnostics);
  if (!wanted || !at_end(asked, wanted->next, example, diagnostics)) return std::nullopt;
  const std::vector<int> uncertain = uncertain_parameters(subject.model, *subject.point);
  if (uncertain.empty()) {
    diagnostics.add(Code::NoUncertainty, asked.span(0), "no parameter of the model has an uncertainty here")
        .hint("for instance: param E = 0.45 eV +- 0.02 eV; a value that was set is taken as exact");
    return std::nullopt;
  }

  const RateNetwork& network = subject.point->network;
  Json units = Json::object(), all = Json::object(), total = Json::object(), parts = Json::object();
  Json mean = Json::object(), deviation = Json::object(), quantiles = Json::object();
  for (const int i : uncertain) parts[subject.model.parameters[static_cast<std::size_t>(i)].name] = Json::object();
  std::string text = "uncertainty  of";
  for (const int i : uncertain) {
    const Parameter& parameter = subject.model.parameters[static_cast<std::size_t>(i)];
    text += fmt::format("{} {} = {}", i == uncertain.front() ? "" : ",", parameter.name,
                        readable_with(subject.point->parameters[static_cast<std::size_t>(i)], *parameter.uncertainty,
                                      parameter.dimension));
  }
  text += ", by linear propagation\n";
  std::string sampled_text;
  int made = 0, failed = 0;
  constexpr const char* levels[] = {"0.025", "0.16", "0.5", "0.84", "0.975"};
  for (const Request& request : wanted->requests) {
    const std::vector<Reading> list = readings(request, network);
    const Eigen::VectorXd value = values(request, network);
    const Propagated linear = propagated(subject.model, *subject.point, request).value();
    units.update(units_of(list));
    all.update(json_shaped(list, value));
    total.update(json_shaped(list, linear.uncertainty));
    for (std::size_t j = 0; j < uncertain.size(); ++j)
      parts[subject.model.parameters[static_cast<std::size_t>(uncertain[j])].name].update(
          json_shaped(list, linear.contributions.col(static_cast<Index>(j))));
    const std::vector<Shown> rows =
        shown(list, value, linear.contributions, Eigen::VectorXd::Ones(linear.contributions.cols()));
    for (std::size_t t = 0; t < std::min(rows.size(), most_tables); ++t) {
      const Index r = rows[t].reading;
      const std::string by = shares(subject, linear, r, value(r));
      const Dimension& dimension = list[static_cast<std::size_t>(r)].dimension;
      text += fmt::format("  {:<14} {}{}{}\n", rows[t].names,
                          readable_with(value(r), linear.uncertainty(r), dimension, 5), by.empty() ? "" : "   ", by);
    }
    if (rows.size() > most_tables) text += fmt::format("  and {} more, with --json\n", rows.size() - most_tables);
    if (!samples) continue;

    const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const Sampled found = sampled(subject.model, *subject.point, request, *samples, threads, subject.progress);
    made = found.samples;
    failed = found.failed;
    if (made < std::max(2, *samples / 2)) {
      diagnostics
          .add(Code::SamplesFailed, asked.span(0),
               fmt::format("only {} of {} samples of the uncertain parameters make a network", made, *samples))
          .hint("give the parameters a range, `in [LO, HI]`, in which the rates are positive and finite");
      return std::nullopt;
    }
    mean.update(json_shaped(list, found.mean));
    deviation.update(json_shaped(list, found.deviation));
    for (Index q = 0; q < 5; ++q) {
      Json& at = quantiles[levels[q]];
      if (at.is_null()) at = Json::object();
      at.update(json_shaped(list, found.quantiles.col(q)));
    }
    for (std::size_t t = 0; t < std::min(rows.size(), most_tables); ++t) {
      const Index r = rows[t].reading;
      const Dimension& dimension = list[static_cast<std::size_t>(r)].dimension;
      sampled_text += fmt::format(
          "  {:<14} {}   median {}, 95 % between {} and {}\n", rows[t].names,
          readable_with(found.mean(r), found.deviation(r), dimension, 5), readable(found.quantiles(r, 2), dimension),
          readable(found.quantiles(r, 0), dimension), readable(found.quantiles(r, 4), dimension));
    }
    warn_if_not_linear(list, rows, linear, found, asked, diagnostics);
  }

  Json json = answer_head(asked, units, subject);
  json["parameters"] = json_parameters(subject, uncertain);
  json["values"] = std::move(all);
  json["uncertainty"] = std::move(total);
  json["contributions"] = std::move(parts);
  if (samples) {
    json["samples"] = made;
    json["failed"] = failed;
    json["mean"] = std::move(mean);
    json["standard_deviation"] = std::move(deviation);
    json["quantiles"] = std::move(quantiles);
    text += fmt::format("sampling     {} samples: mean ± standard deviation{}\n", made,
                        failed ? fmt::format("; {} more gave no network", failed) : "");
    text += sampled_text;
  }
  return Answer{json.dump(), text};
}

}  // namespace

std::span<const Statement> sensitivity_statements() {
  static const Statement table[] = {
      {.usage = "sensitivity [of …]",
       .line = "exact derivatives by every parameter",
       .more = "Of diffusion, drift, timescales, coefficients, or spectrum at [φ, …]; alone, of the first three. What\n"
               "follows from a parameter (a default value, a `let`, the temperature) follows it. `relative` is\n"
               "θ/y ∂y/∂θ; where parameters have uncertainties (+-), the last column is what each of them makes.\n",
       .answer = sensitivity,
       .keywords = {"of", "coefficients"}},
      {.usage = "uncertainty […]",
       .line = "what uncertain parameters (+-) make of the answers",
       .more = "uncertainty [sample N] [of TOPIC]: by linear propagation, with each parameter's share of the variance; "
               "`sample N` draws N models as well:\n"
               "every uncertain parameter from a normal distribution, cut off at the ends of its range. Warns where\n"
               "the two disagree.\n",
       .answer = uncertainty,
       .keywords = {"sample"}},
  };
  return table;
}

}  // namespace rdd
