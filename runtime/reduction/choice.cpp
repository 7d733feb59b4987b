#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "runtime/reduction/resolution.hpp"

namespace rdd {
namespace {

constexpr double least_gap = 3;      // fast bands have decayed to e^-3 or less within the shortest slow time
constexpr double worth_a_state = 2;  // gain in resolution that justifies more coarse states
constexpr int full_table = 16;       // more states: only P with a gap at k = 0 are worth the time
constexpr int all_up_to = 64;        // more states: only P up to `full_table`

std::string cells(double L) {
  return fmt::format("{:.3g} {}", L, L == 1 ? "cell" : "cells");
}

}  // namespace

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
    } else if (P < states && lambda(P).real() - lambda(P - 1).real() <= 1e-9 * lambda(P).real()) {
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
      if (!std::isfinite(row.resolution)) {
        row.verdict = fmt::format("no wavelength up to 10000 cells is right to {:.3g}", params.error);
      } else if (row.gap.ratio < least_gap) {
        row.verdict = fmt::format("gap ratio {:.2f} is below {:g}", row.gap.ratio, least_gap);
      }
    }
    eligible.push_back(row.verdict.empty());
    choice.rows.push_back(std::move(row));
  }

  double finest = infinity;
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

  const Choice::Row& kept = choice.rows[static_cast<std::size_t>(choice.P - 1)];
  if (!chosen) {
    choice.reason =
        "no number of coarse states separates slow from fast; P = 1, pure drift and diffusion, is what remains";
    choice.rows.front().verdict += "; kept as the last resort";
  } else if (choice.P == states) {
    choice.reason = fmt::format("all {} states are kept: resolution {}", states, cells(kept.resolution));
  } else {
    choice.reason = fmt::format("the smallest P with a gap (slow/fast = 1/{:.3g}) and near the finest resolution, {}",
                                kept.gap.ratio, cells(kept.resolution));
  }
  if (last < states) {
    choice.reason += fmt::format("; of {} states only P up to {} were looked at", states, last);
    choice.rows.back().verdict += fmt::format(" (larger P up to {} not looked at)", states);
  }
  return choice;
}

}  // namespace rdd
