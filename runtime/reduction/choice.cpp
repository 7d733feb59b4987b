#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/reduction/resolution.hpp"

namespace rdd {
namespace {

constexpr double worth_a_state = 2;  // gain in resolution that justifies more coarse states
constexpr int full_table = 16;       // more states: only P with a gap at k = 0 are worth the time
constexpr int all_up_to = 64;        // more states: only P up to `full_table`

std::string cells(double L) {
  return fmt::format("{:.3g} {}", L, L == 1 ? "cell" : "cells");
}

/// "ratio 41 down to L = 1 cell"
std::string reach(const Choice::Row& row) {
  if (!std::isfinite(row.gap.ratio)) return fmt::format("every band kept, right down to L = {}", cells(row.resolution));
  if (!std::isfinite(row.resolution)) return fmt::format("ratio {:.3g}", row.gap.ratio);
  return fmt::format("ratio {:.3g} down to L = {}", row.gap.ratio, cells(row.resolution));
}

/// Of the numbers not chosen the one with the widest gap, eligible ones first; nothing where none has a gap at all.
std::optional<int> runner_up(const Choice& choice, const std::vector<bool>& eligible) {
  std::optional<int> best;
  const auto rank = [&](int P) {
    const auto i = static_cast<std::size_t>(P - 1);
    return std::pair(static_cast<bool>(eligible[i]), choice.rows[i].gap.ratio);
  };
  for (const Choice::Row& row : choice.rows) {
    if (row.gap.P == choice.P || !(row.gap.ratio > 1)) continue;
    if (!best || rank(row.gap.P) > rank(*best)) best = row.gap.P;
  }
  return best;
}

std::string reason(const Choice& choice, int states, bool chosen) {
  const auto row = [&](int P) -> const Choice::Row& { return choice.rows[static_cast<std::size_t>(P - 1)]; };
  std::string text;
  if (!chosen) {
    text =
        "no gap: no number of coarse states separates slow from fast; P = 1, pure drift and diffusion, is what remains";
  } else if (states == 1) {
    return fmt::format("one state: nothing to leave out; right down to L = {}", cells(row(1).resolution));
  } else if (choice.P == states) {
    text = fmt::format("no reduction: all {} states are kept, right down to L = {}", states,
                       cells(row(states).resolution));
  } else {
    text = fmt::format("P = {}: {}", choice.P, reach(row(choice.P)));
  }
  if (!choice.next_best) return text + "; no other number has a gap";
  const Choice::Row& next = row(*choice.next_best);
  return text + fmt::format("; next best P = {}: {} ({})", *choice.next_best, reach(next), next.verdict);
}

}  // namespace

void decide(Choice& choice, const std::vector<bool>& eligible, int states) {
  double finest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < choice.rows.size(); ++i) {
    if (eligible[i]) finest = std::min(finest, choice.rows[i].resolution);
  }
  bool chosen = false;
  for (std::size_t i = 0; i < choice.rows.size(); ++i) {
    Choice::Row& row = choice.rows[i];
    if (!eligible[i]) continue;
    if (row.resolution > worth_a_state * finest) {
      row.verdict = fmt::format("coarser than the finest by {:.3g}", row.resolution / finest);
    } else if (!chosen) {
      chosen = true;
      choice.P = row.gap.P;
      row.verdict = "chosen";
    } else {
      row.verdict = fmt::format("hardly finer than P = {}", choice.P);
    }
  }

  if (!chosen) choice.rows.front().verdict += "; kept as the last resort";
  choice.separated = chosen && (choice.P < states || states == 1);
  choice.next_best = runner_up(choice, eligible);
  choice.reason = reason(choice, states, chosen);
  if (const auto last = static_cast<int>(choice.rows.size()); last < states) {
    choice.reason += fmt::format("; of {} states only P up to {} were looked at", states, last);
    choice.rows.back().verdict += fmt::format(" (larger P up to {} not looked at)", states);
  }
}

std::string verdict(const Choice::Row& row, double error) {
  if (!std::isfinite(row.resolution)) return fmt::format("no wavelength up to 10000 cells is right to {:.3g}", error);
  if (row.gap.ratio < least_gap) return fmt::format("gap ratio {:.2f} is below {:g}", row.gap.ratio, least_gap);
  return "";
}

Choice choose(const BlochOperator& bloch, const ReduceParams& params) {
  const int states = bloch.size();
  const int last = states <= all_up_to ? states : full_table;
  constexpr double infinity = std::numeric_limits<double>::infinity();

  Choice choice;
  SampledBands exact(bloch);
  const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
  std::vector<bool> eligible;
  SlowModes modes;
  for (int P = 1; P <= last; ++P) {
    Choice::Row row{.gap = {.P = P}, .resolution = infinity, .verdict = {}};
    if (splits_pair(lambda, P)) {
      row.gap = gap_within(exact, P, 1);
      row.verdict = "would split a complex pair";
    } else if (P < states && splits_equal_rates(lambda, P)) {
      row.gap = gap_within(exact, P, 1);
      row.verdict = "would split equal decay rates";
    } else if (states > full_table && P < states && lambda(P).real() < least_gap * lambda(P - 1).real()) {
      // Over any range of wave vectors the gap is at most what it is at k = 0.
      row.gap = gap_within(exact, P, 1);
      row.verdict = fmt::format("gap ratio {:.2f} at k = 0 is below {:g}; resolution not looked for",
                                lambda(P).real() / lambda(P - 1).real(), least_gap);
    } else {
      if (modes.lambda.size() == 0 || !bloch.reversible()) modes = modes_at_zero(bloch, P);
      row.resolution = find_resolution(exact, slow_coefficients(bloch, modes, P, params.order), params.error);
      row.gap = gap_within(exact, P, std::isfinite(row.resolution) ? row.resolution : 1);
      row.verdict = verdict(row, params.error);
    }
    eligible.push_back(row.verdict.empty());
    choice.rows.push_back(std::move(row));
  }

  decide(choice, eligible, states);
  return choice;
}

}  // namespace rdd
