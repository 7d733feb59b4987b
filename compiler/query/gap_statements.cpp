// Statements about what separates slow bands from fast ones.
#include <fmt/format.h>

#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

// Points per axis that find a gap's edges without being felt: about ten thousand in all, fewer for large networks.
std::vector<int> default_grid(int dimension, int states) {
  const bool large = states > 40;
  const int points = dimension == 1 ? (large ? 101 : 401) : dimension == 2 ? (large ? 21 : 101) : (large ? 7 : 21);
  return std::vector<int>(static_cast<std::size_t>(dimension), points);
}

Spectrum over_the_zone(const BlochOperator& bloch) {
  return with_digits(bloch, bands(bloch, uniform_grid(default_grid(bloch.dimension(), bloch.size()))), 4);
}

// JSON has no infinity: null stands for it.
Json finite(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

std::optional<Answer> gaps_listed(Subject& subject, const Asked& asked, bool long_wave, Diagnostics& diagnostics) {
  const RateNetwork& network = subject.point->network;
  std::vector<GapCandidate> found;
  std::string text;
  if (is_large(network)) {
    auto few = large_gaps(subject.model, network, long_wave, diagnostics);
    if (!few) return std::nullopt;
    found = std::move(*few);
    text = fmt::format("among the {} slowest of {} bands, along the axes and a diagonal\n", few_bands, network.size());
  } else {
    const BlochOperator bloch(network);
    found = long_wave ? long_wave_gaps(bloch, default_cutoffs()) : gaps(over_the_zone(bloch));
  }
  Json json = answer_head(asked, {{"L", "cell"}, {"tau", "s"}, {"below", "1/s"}, {"above", "1/s"}}, subject);
  json["candidates"] = Json::array();
  for (const GapCandidate& candidate : found)
    json["candidates"].push_back({{"P", candidate.P},
                                  {"L", candidate.L},
                                  {"ratio", finite(candidate.ratio)},
                                  {"tau", candidate.tau},
                                  {"below", candidate.below},
                                  {"above", candidate.above}});
  const auto u = gap_uncertainty(subject.model, *subject.point, found);
  if (u) {
    json["uncertainty"]["candidates"] = Json::array();
    for (const GapCandidate& one : *u)
      json["uncertainty"]["candidates"].push_back(
          {{"ratio", one.ratio}, {"tau", one.tau}, {"below", one.below}, {"above", one.above}});
  }
  text += found.empty() ? "no gap: the bands overlap\n" : describe_gaps(found, u ? &*u : nullptr);
  return Answer{json.dump(), text + (u ? "" : not_propagated(subject.model, *subject.point))};
}

std::optional<Answer> gap_at_tau(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const Span text{asked.source, asked.span(2).begin, asked.source->text.size()};
  if (asked.words.size() < 3) {
    diagnostics.add(Code::BadStatement, asked.span(2), "expected a time").hint("for instance: gap tau 1 ns");
    return std::nullopt;
  }
  const auto tau = evaluate_text(text, subject.model, subject.point->parameters, diagnostics);
  if (!tau) return std::nullopt;
  if (tau->dimension != dimension::time() || !(tau->value > 0) || !std::isfinite(tau->value)) {
    diagnostics.add(Code::BadStatement, text, "expected a positive time").hint("for instance: gap tau 1 ns");
    return std::nullopt;
  }
  if (!small_enough(subject.point->network, asked.span(1), diagnostics)) return std::nullopt;
  const GapAtTau gap = gap_at(over_the_zone(BlochOperator(subject.point->network)), tau->value);
  Json json = answer_head(asked, {{"tau", "s"}, {"below", "1/s"}, {"above", "1/s"}, {"width", "1/s"}}, subject);
  json["tau"] = gap.tau;
  json["below"] = gap.below;
  json["above"] = finite(gap.above);
  json["width"] = finite(gap.width);
  json["ratio"] = finite(gap.ratio);
  json["bands_below"] = {gap.least_below, gap.most_below};
  json["k_below"] = json_list(gap.k_below);
  json["k_above"] = json_list(gap.k_above);
  const auto u = gap_uncertainty(subject.model, *subject.point, gap);
  if (u) json["uncertainty"] = {{"below", u->below}, {"above", u->above}, {"width", u->width}, {"ratio", u->ratio}};
  return Answer{json.dump(), describe_gap_at(gap, static_cast<int>(subject.point->network.size()), u ? &*u : nullptr)};
}

std::optional<Answer> gap(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const bool long_wave = asked.word(1) == "long";
  if (asked.word(1) == "tau") return gap_at_tau(subject, asked, diagnostics);
  if (asked.words.size() > (long_wave ? 2u : 1u)) {
    diagnostics
        .add(Code::BadStatement, asked.span(long_wave ? 2 : 1), "expected `gap`, `gap long` or `gap tau` and a time")
        .here("not expected here");
    return std::nullopt;
  }
  return gaps_listed(subject, asked, long_wave, diagnostics);
}

}  // namespace

std::span<const Statement> gap_statements() {
  static const Statement table[] = {
      {.usage = "gap [long | tau TIME]",
       .line = "where slow bands separate from fast ones",
       .more =
           "`gap` looks over the whole zone (Eq. 21), `gap long` at long waves only, for every number of slow\n"
           "bands P and every cut-off L in cells (Eq. 22). ratio = slowest fast band / fastest slow band.\n"
           "`gap tau 1 ns`: the distance Δ of the decay rates on either side of 1/τ, and how many bands lie below.\n",
       .answer = gap,
       .keywords = {"long", "tau"}},
  };
  return table;
}

}  // namespace rdd
