#include "runtime/spectrum/gaps.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

GapCandidate candidate(int P, double L, double below, double above) {
  GapCandidate result{P, L, below, above, std::numeric_limits<double>::infinity(), 0};
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
  const Eigen::VectorXd lowest = spectrum.band_min();
  const Eigen::VectorXd highest = spectrum.band_max();
  const double reach = spectrum.phases.cwiseAbs().maxCoeff();
  const double cutoff = reach > 0 ? std::numbers::pi / reach : std::numeric_limits<double>::infinity();
  // The real parts of a complex pair differ by the round-off of the fastest rate: that is no gap.
  const double round_off =
      std::numeric_limits<double>::epsilon() * static_cast<double>(lowest.size()) * spectrum.fastest_rate;
  std::vector<GapCandidate> result;
  for (int P = 1; P < static_cast<int>(lowest.size()); ++P) {
    const double width = lowest(P) - highest(P - 1);
    if (spectrum.hermitian ? width > 0 : width > round_off)
      result.push_back(candidate(P, cutoff, highest(P - 1), lowest(P)));
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const GapCandidate& a, const GapCandidate& b) { return a.ratio > b.ratio; });
  return result;
}

GapAtTau gap_at(const Spectrum& spectrum, double tau) {
  expects(tau > 0 && std::isfinite(tau), "a positive, finite time");
  const double rate = 1 / tau;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  GapAtTau gap{tau, -infinity, infinity, 0, infinity, static_cast<int>(spectrum.lambda.rows()), 0, {}, {}};
  for (Eigen::Index column = 0; column < spectrum.lambda.cols(); ++column) {
    int below = 0;
    for (const std::complex<double>& lambda : spectrum.lambda.col(column)) {
      if (lambda.real() < rate) {
        ++below;
        if (lambda.real() > gap.below) {
          gap.below = lambda.real();
          gap.k_below = spectrum.phases.col(column);
        }
      } else if (lambda.real() < gap.above) {
        gap.above = lambda.real();
        gap.k_above = spectrum.phases.col(column);
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
  const int states = bloch.size();
  Eigen::MatrixXd lowest(states, static_cast<Eigen::Index>(cutoffs.size()));
  Eigen::MatrixXd highest = lowest;
  for (Eigen::Index c = lowest.cols() - 1; c >= 0; --c) {  // a smaller cut-off's region holds those of the larger ones
    const Spectrum spectrum =
        with_digits(bloch, bands(bloch, unit_grid / cutoffs[static_cast<std::size_t>(c)]), digits_wanted);
    lowest.col(c) = spectrum.band_min();
    highest.col(c) = spectrum.band_max();
    if (c + 1 < lowest.cols()) {
      lowest.col(c) = lowest.col(c).cwiseMin(lowest.col(c + 1)).eval();
      highest.col(c) = highest.col(c).cwiseMax(highest.col(c + 1)).eval();
    }
  }
  std::vector<GapCandidate> table;
  for (int P = 1; P < states; ++P) {
    for (Eigen::Index c = 0; c < lowest.cols(); ++c) {
      table.push_back(candidate(P, cutoffs[static_cast<std::size_t>(c)], highest(P - 1, c), lowest(P, c)));
    }
  }
  return table;
}

std::vector<double> default_cutoffs() {
  std::vector<double> cutoffs;
  for (int half_octave = 0; half_octave <= 12; ++half_octave) cutoffs.push_back(std::exp2(0.5 * half_octave));
  return cutoffs;
}

}  // namespace rdd
