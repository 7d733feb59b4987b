#include "runtime/spectrum/gaps.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

/// An end of a band: its rate and where it lies.
struct Edge {
  double rate = 0;
  Eigen::VectorXd k;
};

Edge top(const Spectrum& spectrum, Eigen::Index m) {
  const Eigen::Index k = spectrum.at_max(m);
  return {spectrum.lambda(m, k).real(), spectrum.phases.col(k)};
}
Edge bottom(const Spectrum& spectrum, Eigen::Index m) {
  const Eigen::Index k = spectrum.at_min(m);
  return {spectrum.lambda(m, k).real(), spectrum.phases.col(k)};
}

GapCandidate candidate(int P, double L, const Edge& slow, const Edge& fast) {
  const double below = slow.rate, above = fast.rate;
  GapCandidate result{P, L, below, above, std::numeric_limits<double>::infinity(), 0, slow.k, fast.k};
  if (below > 0) {
    result.ratio = above / below;
    result.tau = 1 / std::sqrt(below * above);
  } else {
    result.tau = 1 / above;
  }
  return result;
}

}  // namespace

std::vector<GapCandidate> gaps(const Spectrum& spectrum) {
  const double reach = spectrum.phases.cwiseAbs().maxCoeff();
  const double cutoff = reach > 0 ? std::numbers::pi / reach : std::numeric_limits<double>::infinity();
  // The real parts of a complex pair differ by the round-off of the fastest rate: that is no gap.
  const double round_off =
      std::numeric_limits<double>::epsilon() * static_cast<double>(spectrum.lambda.rows()) * spectrum.fastest_rate;
  std::vector<GapCandidate> result;
  for (int P = 1; P < static_cast<int>(spectrum.lambda.rows()); ++P) {
    const Edge slow = top(spectrum, P - 1), fast = bottom(spectrum, P);
    const double width = fast.rate - slow.rate;
    if (spectrum.hermitian ? width > 0 : width > round_off) result.push_back(candidate(P, cutoff, slow, fast));
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const GapCandidate& a, const GapCandidate& b) { return a.ratio > b.ratio; });
  return result;
}

GapAtTau gap_at(const Spectrum& spectrum, double tau) {
  expects(tau > 0 && std::isfinite(tau), "a positive, finite time");
  const double rate = 1 / tau;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto states = static_cast<int>(spectrum.lambda.rows());
  GapAtTau gap{tau, -infinity, infinity, 0, infinity, states, 0, {}, {}};
  for (Eigen::Index column = 0; column < spectrum.lambda.cols(); ++column) {
    int below = 0;
    for (int m = 0; m < states; ++m) {
      const double lambda = spectrum.lambda(m, column).real();
      if (lambda < rate) {
        ++below;
        if (lambda > gap.below) {
          gap.below = lambda;
          gap.k_below = spectrum.phases.col(column);
          gap.band_below = m;
        }
      } else if (lambda < gap.above) {
        gap.above = lambda;
        gap.k_above = spectrum.phases.col(column);
        gap.band_above = m;
      }
    }
    gap.least_below = std::min(gap.least_below, below);
    gap.most_below = std::max(gap.most_below, below);
  }
  if (gap.k_below.size() == 0) gap.below = 0;  // a set without long waves, all of which decay faster
  gap.width = gap.above - gap.below;
  if (gap.below > 0) gap.ratio = gap.above / gap.below;
  return gap;
}

std::vector<GapCandidate> long_wave_gaps(const BlochOperator& bloch, const std::vector<double>& cutoffs) {
  expects(std::is_sorted(cutoffs.begin(), cutoffs.end()), "ascending cut-offs");
  constexpr int points_per_axis[] = {33, 13, 7};  // of the region |k·a|_∞ ≤ π/L; smaller regions add their own
  const int points = points_per_axis[bloch.dimension() - 1];
  const Eigen::MatrixXd unit_grid = uniform_grid(std::vector<int>(static_cast<std::size_t>(bloch.dimension()), points));
  constexpr double digits_wanted = 4;
  const auto states = static_cast<std::size_t>(bloch.size());
  std::vector<std::vector<Edge>> lowest(cutoffs.size()), highest(cutoffs.size());
  for (std::size_t c = cutoffs.size(); c-- > 0;) {  // a smaller cut-off's region holds those of the larger ones
    const Spectrum spectrum = with_digits(bloch, bands(bloch, unit_grid / cutoffs[c]), digits_wanted);
    for (std::size_t m = 0; m < states; ++m) {
      Edge low = bottom(spectrum, static_cast<Eigen::Index>(m)), high = top(spectrum, static_cast<Eigen::Index>(m));
      const bool inner = c + 1 < cutoffs.size();
      lowest[c].push_back(inner && lowest[c + 1][m].rate < low.rate ? lowest[c + 1][m] : std::move(low));
      highest[c].push_back(inner && highest[c + 1][m].rate > high.rate ? highest[c + 1][m] : std::move(high));
    }
  }
  std::vector<GapCandidate> table;
  for (std::size_t P = 1; P < states; ++P) {
    for (std::size_t c = 0; c < cutoffs.size(); ++c)
      table.push_back(candidate(static_cast<int>(P), cutoffs[c], highest[c][P - 1], lowest[c][P]));
  }
  return table;
}

std::vector<double> default_cutoffs() {
  std::vector<double> cutoffs;
  for (int half_octave = 0; half_octave <= 12; ++half_octave) cutoffs.push_back(std::exp2(0.5 * half_octave));
  return cutoffs;
}

}  // namespace rdd
