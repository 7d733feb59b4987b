// Statements about coarse states and their equation.
#include <fmt/format.h>

#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"

namespace rdd {
namespace {

constexpr const char* axis_names = "xyz";

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
  return Answer{json.dump(), describe_memberships(reduction, subject.point->network)};
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
  Json json = answer_head(asked, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}}, subject);
  json["P"] = reduction.P;
  json["order"] = reduction.order;
  json["chi"] = json_rows(reduction.groups.chi);
  json["Q"] = json_rows(c.reaction);
  json["C"] = Json::object();
  json["D"] = Json::object();
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    json["C"][std::string(1, axis_names[a])] = json_rows(c.drift[a]);
    for (std::size_t b = a; b < c.drift.size(); ++b)
      json["D"][std::string{axis_names[a], axis_names[b]}] = json_rows(c.diffusion[a][b]);
  }
  const auto listed =
      add_uncertainty(json, subject, {.topic = Topic::coefficients, .P = reduction.P, .order = reduction.order});
  Coefficients uncertainty;
  if (listed) uncertainty = coefficients_of(*listed, reduction.P, static_cast<int>(c.drift.size()));
  std::string text;
  if (asked.word(0) == "reduce") {
    if (!subject.analysis->choice.rows.empty()) text += describe_choice(subject.analysis->choice) + "\n";
    text += describe_reduction(reduction, subject.point->network);
  }
  return Answer{json.dump(),
                text + describe_coefficients(c, subject.analysis->pde.names, listed ? &uncertainty : nullptr) +
                    not_propagated(subject.model, *subject.point)};
}

}  // namespace

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
       .answer = reduced,
       .alone = true},
  };
  return table;
}

}  // namespace rdd
