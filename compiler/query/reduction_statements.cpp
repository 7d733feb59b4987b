// Statements about coarse states and their equation.
#include <fmt/format.h>

#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"

namespace rdd {
namespace {

constexpr const char* axis_names = "xyz";

// The states of each cluster by name, those that belong to it more than to any other, and its share of the time.
Json members(const Reduction& reduction, const RateNetwork& network) {
  const Eigen::MatrixXd& chi = reduction.groups.chi;
  Json all = Json::array();
  for (int p = 0; p < reduction.P; ++p) {
    Json states = Json::array();
    double weight = 0;
    for (int s = 0; s < network.size(); ++s) {
      weight += chi(s, p) * std::exp(network.log_weights(s));
      Eigen::Index best = 0;
      chi.row(s).maxCoeff(&best);
      if (best == p) states.push_back(network.states[static_cast<std::size_t>(s)]);
    }
    all.push_back({{"states", std::move(states)}, {"weight", weight}});
  }
  return all;
}

BlochOperator analysis_operator(const Subject& subject) {
  return BlochOperator(subject.point->network, gauge(subject.point->network));
}

std::optional<Answer> clusters(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(0) == "clusters" && asked.words.size() > 1) {
    const auto P = asked.integer(1);
    if (!P || *P < 1 || asked.words.size() > 2) {
      diagnostics.add(Code::BadStatement, asked.span(P && *P >= 1 ? 2 : 1), "expected a number of clusters")
          .hint("for instance: clusters 2");
      return std::nullopt;
    }
    if (!subject.analysis || subject.analysis->reduction.P != *P) subject.analysis.reset();
    subject.model.reduce.bands = *P;
    subject.model.reduce.bands_span = asked.span(1);
  }
  if (!subject.ensure_analysis(diagnostics)) return std::nullopt;
  const Reduction& reduction = subject.analysis->reduction;
  Json json = answer_head(asked, "1", subject);
  json["P"] = reduction.P;
  json["chi"] = json_rows(reduction.groups.chi);
  json["crispness"] = reduction.groups.crispness;
  json["min_chi"] = reduction.groups.min_chi;
  json["clusters"] = members(reduction, subject.point->network);
  const auto u = reduction_uncertainty(subject.model, *subject.point, analysis_operator(subject), reduction);
  if (u) {
    json["uncertainty"] = {
        {"chi", json_rows(u->chi)}, {"crispness", u->crispness}, {"min_chi", u->min_chi}, {"clusters", Json::array()}};
    for (const double weight : u->weights) json["uncertainty"]["clusters"].push_back({{"weight", weight}});
  }
  const bool lifted = reduction.groups.zeros.empty() && !reduction.groups.corners.empty();
  const double least = std::abs(reduction.groups.min_chi) < 1e-12 ? 0 : reduction.groups.min_chi;
  return Answer{json.dump(), describe_memberships(reduction, subject.point->network, u ? &*u : nullptr) +
                                 fmt::format("  minChi {}{}\n", plus_minus(least, u ? u->min_chi : 0, 2),
                                             lifted         ? ": the slow modes have no crisp groups, these overlap"
                                             : least < -0.1 ? ": the groups overlap"
                                                            : "") +
                                 (u ? "" : not_propagated(subject.model, *subject.point))};
}

std::optional<Answer> reduced(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(0) == "reduce") {
    std::size_t next = 1;
    std::optional<int> P;
    if (asked.word(next) == "auto") {
      ++next;
    } else if (next < asked.words.size() && asked.word(next) != "order") {
      P = asked.integer(next);
      if (!P || *P < 1) {
        diagnostics.add(Code::BadStatement, asked.span(next), "expected a number of coarse states, or `auto`")
            .hint("for instance: reduce 2 order 2");
        return std::nullopt;
      }
      subject.model.reduce.bands_span = asked.span(next++);
    }
    int order = 2;
    if (asked.word(next) == "order") {
      const auto given = asked.integer(next + 1);
      if (!given || (*given != 1 && *given != 2)) {
        diagnostics.add(Code::BadStatement, asked.span(next + 1), "the order is 1 or 2")
            .hint("for instance: reduce 2 order 2");
        return std::nullopt;
      }
      order = *given;
      next += 2;
    }
    if (next < asked.words.size()) {
      diagnostics.add(Code::BadStatement, asked.span(next), "expected the end of the statement")
          .here("not expected here")
          .hint("for instance: reduce 2 order 2");
      return std::nullopt;
    }
    subject.model.reduce.bands = P;
    subject.model.reduce.order = order;
    subject.analysis.reset();
  }
  if (!subject.ensure_analysis(diagnostics)) return std::nullopt;
  const Reduction& reduction = subject.analysis->reduction;
  const Coefficients& c = reduction.coefficients;
  Json json = answer_head(asked, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}, {"L", "cell"}, {"tau", "s"}}, subject);
  json["P"] = reduction.P;
  json["order"] = reduction.order;
  json["chi"] = json_rows(reduction.groups.chi);
  add_coefficients(json, c);
  json["L"] = std::isfinite(reduction.resolution) ? Json(reduction.resolution) : Json();
  json["ratio"] = std::isfinite(reduction.gap.ratio) ? Json(reduction.gap.ratio) : Json();
  json["tau"] = reduction.gap.tau;
  const Choice& choice = subject.analysis->choice;
  if (!choice.rows.empty()) {
    json["reason"] = choice.reason;
    json["choice"] = Json::array();
    for (const Choice::Row& row : choice.rows)
      json["choice"].push_back({{"P", row.gap.P},
                                {"L", std::isfinite(row.resolution) ? Json(row.resolution) : Json()},
                                {"ratio", std::isfinite(row.gap.ratio) ? Json(row.gap.ratio) : Json()},
                                {"verdict", row.verdict}});
  }
  const auto u = reduction_uncertainty(subject.model, *subject.point, analysis_operator(subject), reduction);
  if (u) {
    json["uncertainty"] = Json::object();
    add_coefficients(json["uncertainty"], u->coefficients);
    json["uncertainty"]["chi"] = json_rows(u->chi);
    json["uncertainty"]["L"] = u->resolution;
    json["uncertainty"]["ratio"] = u->gap.ratio;
    json["uncertainty"]["tau"] = u->gap.tau;
  }
  std::string text;
  if (!choice.rows.empty()) {
    const auto u_choice = choice_uncertainty(subject.model, *subject.point, analysis_operator(subject), choice);
    for (Eigen::Index i = 0; u_choice && i < u_choice->ratio.size(); ++i)
      json["uncertainty"]["choice"].push_back({{"L", u_choice->resolution(i)}, {"ratio", u_choice->ratio(i)}});
    if (asked.word(0) == "reduce") text += describe_choice(choice, u_choice ? &*u_choice : nullptr) + "\n";
  }
  if (asked.word(0) == "reduce") {
    text += describe_reduction(reduction, subject.point->network, u ? &*u : nullptr);
  }
  return Answer{json.dump(), text +
                                 describe_coefficients(c, subject.analysis->pde.names, u ? &u->coefficients : nullptr) +
                                 (u ? "" : not_propagated(subject.model, *subject.point))};
}

// The coefficients with densities counted at the origins of the cells, or at the places of the states.
std::optional<Answer> coefficients_in_gauge(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const std::string& name = asked.word(2);
  if ((name != "cells" && name != "positions") || asked.words.size() > 3) {
    diagnostics.add(Code::BadStatement, asked.span(asked.words.size() > 3 ? 3 : 2), "expected `cells` or `positions`")
        .hint("for instance: coefficients gauge cells");
    return std::nullopt;
  }
  if (!small_enough(subject.point->network, asked.span(1), diagnostics) || !subject.ensure_analysis(diagnostics))
    return std::nullopt;
  const RateNetwork& network = subject.point->network;
  if (name == "positions" && !network.positions) {
    diagnostics.add(Code::BadStatement, asked.span(2), "the model gives its states no positions")
        .hint("give each state its place: `A at [0, 0]`");
    return std::nullopt;
  }
  const Reduction& reduction = subject.analysis->reduction;
  const BlochOperator bloch(network, name == "cells" ? Gauge::cells : Gauge::positions);
  const ReduceParams params{.order = reduction.order, .like = &reduction.groups};
  const Reduction found = reduce_unresolved(bloch, reduction.P, params);
  const Coefficients& c = found.coefficients;
  const SymmetricPlaces places = symmetric_places(c);
  Json json = answer_head(asked, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}, {"shift", "m"}}, subject);
  json["P"] = reduction.P;
  json["order"] = reduction.order;
  json["gauge"] = name;
  add_coefficients(json, c);
  json["shift"] = json_rows(places.shift.transpose());
  json["shift_exists"] = places.exists;
  const auto u = reduction_uncertainty(subject.model, *subject.point, bloch, found);
  const auto u_places = places_uncertainty(subject.model, *subject.point, bloch, found);
  if (u) {
    json["uncertainty"] = Json::object();
    add_coefficients(json["uncertainty"], u->coefficients);
    json["uncertainty"]["shift"] = json_rows(u_places->transpose());
  }
  const std::vector<std::string>& names = subject.analysis->pde.names;
  return Answer{json.dump(), fmt::format("gauge        densities at the {}\n",
                                         name == "cells" ? "origins of the cells" : "places of the states") +
                                 describe_coefficients(c, names, u ? &u->coefficients : nullptr) +
                                 describe_places(places, names, u_places ? &*u_places : nullptr)};
}

std::optional<Answer> coefficients(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.words.size() == 1) return reduced(subject, asked, diagnostics);
  if (asked.word(1) == "gauge") return coefficients_in_gauge(subject, asked, diagnostics);
  if (asked.word(1) == "at") return interpolated_coefficients(subject, asked, diagnostics);
  diagnostics.add(Code::BadStatement, asked.span(1), "expected `gauge`, `at` or the end of the statement")
      .here("not expected here")
      .hint("for instance: coefficients gauge cells");
  return std::nullopt;
}

// The exact operator of which the reduced equation is the expansion, at one wave vector.
std::optional<Answer> exact_symbol(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(1) != "at") {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `at` and the phases")
        .hint("for instance: symbol at [0.1, 0.2]");
    return std::nullopt;
  }
  const auto list = asked_list(subject, asked, diagnostics);
  if (!list || !subject.ensure_analysis(diagnostics)) return std::nullopt;
  const Eigen::VectorXd phases =
      Eigen::Map<const Eigen::VectorXd>(list->data(), static_cast<Eigen::Index>(list->size()));
  const BlochOperator bloch(subject.point->network, gauge(subject.point->network));
  const Reduction& reduction = subject.analysis->reduction;
  const SlowSymbol found = slow_symbol(bloch, reduction, phases);
  if (!found.ok()) {
    diagnostics
        .add(Code::NoSymbol, asked.span(2),
             fmt::format("the {} slowest bands at this wave vector are not those of the coarse states", reduction.P))
        .here(fmt::format("the condition number of the symbol is {:.1g}", found.condition))
        .hint("bands cross between Γ and here: `bands along` shows where")
        .hint("another number of coarse states may separate: `reduce` lists them");
    return std::nullopt;
  }
  const Eigen::MatrixXcd expansion = symbol(reduction.coefficients, bloch.wave_vector(phases));
  Json json = answer_head(asked, "1/s", subject);
  json["k"] = *list;
  json["P"] = reduction.P;
  json["H"] = Json::array();
  json["reduced"] = Json::array();
  for (Eigen::Index p = 0; p < found.H.rows(); ++p) {
    json["H"].push_back(json_pairs(found.H.row(p).transpose()));
    json["reduced"].push_back(json_pairs(expansion.row(p).transpose()));
  }
  json["lambda"] = json_pairs(found.lambda);
  json["condition"] = found.condition;
  const auto u = symbol_uncertainty(subject.model, *subject.point, reduction, phases);
  if (u) {
    for (Eigen::Index p = 0; p < found.H.rows(); ++p) {
      json["uncertainty"]["H"].push_back(json_pairs(u->H.row(p).transpose()));
      json["uncertainty"]["reduced"].push_back(json_pairs(u->reduced.row(p).transpose()));
    }
    json["uncertainty"]["lambda"] = json_pairs(u->lambda.head(reduction.P));
  }
  return Answer{json.dump(), describe_symbol(found, expansion, u ? &*u : nullptr)};
}

}  // namespace

void add_coefficients(Json& json, const Coefficients& c) {
  json["Q"] = json_rows(c.reaction);
  json["C"] = Json::object();
  json["D"] = Json::object();
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    json["C"][std::string(1, axis_names[a])] = json_rows(c.drift[a]);
    for (std::size_t b = a; b < c.drift.size(); ++b)
      json["D"][std::string{axis_names[a], axis_names[b]}] = json_rows(c.diffusion[a][b]);
  }
}

std::span<const Statement> reduction_statements() {
  static const Statement table[] = {
      {.usage = "clusters [P]",
       .line = "which states belong together",
       .more = "PCCA+ memberships of the states in P coarse ones; `memberships` shows them for the current P.\n",
       .answer = clusters},
      {.usage = "memberships", .line = "the same, for the current reduction", .answer = clusters, .alone = true},
      {.usage = "reduce [P] [order O]",
       .line = "reduce to P coarse states",
       .more = "`reduce` alone chooses P by the resolution and the gap and says why; order 1 is the projection of the\n"
               "paper, order 2 (the default) is exact to second order in k.\n",
       .answer = reduced,
       .keywords = {"order"}},
      {.usage = "coefficients",
       .line = "reaction, drift and diffusion of the reduction",
       .more =
           "`coefficients gauge cells` counts densities at the origins of the cells, `coefficients gauge positions`\n"
           "at the places of the states (the default where the model gives them), and tells the shift of the\n"
           "coarse states that makes C symmetric. `coefficients at T = 650 K` evaluates what `interpolate` found.\n",
       .answer = coefficients,
       .keywords = {"gauge", "cells", "positions", "at"}},
      {.usage = "symbol at [φ, …]",
       .line = "the exact slow operator at one wave vector",
       .more =
           "H(k), P × P, whose eigenvalues are exactly the slow decay rates; the reduced equation is its expansion\n"
           "to second order in k. Phases k·a in radians: symbol at [0.1, 0.2]\n",
       .answer = exact_symbol,
       .keywords = {"at"},
       .dense = true},
  };
  return table;
}

}  // namespace rdd
