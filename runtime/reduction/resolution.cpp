#include "runtime/reduction/resolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "runtime/dense.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int steps_per_octave = 4;
constexpr double longest = 1e4;  // cells

/// Points with coordinates −1, −½, 0, ½, 1 of which at least one is ±1; the first that is not zero is positive.
Eigen::MatrixXd sample_directions(int dimension) {
  std::vector<Eigen::VectorXd> chosen;
  int total = 1;
  for (int axis = 0; axis < dimension; ++axis) total *= 5;
  for (int code = 0; code < total; ++code) {
    Eigen::VectorXd direction(dimension);
    int rest = code;
    int halves = 0;
    for (int axis = 0; axis < dimension; ++axis, rest /= 5) {
      direction(axis) = 0.5 * (rest % 5 - 2);
      halves += std::abs(direction(axis)) == 0.5 ? 1 : 0;
    }
    const auto leading = std::find_if(direction.begin(), direction.end(), [](double x) { return x != 0; });
    if (leading == direction.end() || *leading < 0 || direction.lpNorm<Eigen::Infinity>() < 1) continue;
    if (dimension == 3 && halves == 1 && (direction.array() == 0).count() != 1) continue;  // keeps 3-D affordable
    chosen.push_back(direction);
  }
  Eigen::MatrixXd result(dimension, static_cast<Index>(chosen.size()));
  for (std::size_t i = 0; i < chosen.size(); ++i) result.col(static_cast<Index>(i)) = chosen[i];
  return result;
}

double ladder(int step) {
  return std::numbers::pi * std::exp2(-static_cast<double>(step) / steps_per_octave);
}

/// max |λ_reduced − λ| / (error |λ| + floor) over the directions: at most 1 where the reduced equation is good.
double violation(SampledBands& exact, const Coefficients& reduced, double error, double radius) {
  const Index P = reduced.components();
  const double floor = 1e-12 * exact.fastest_rate();
  double worst = 0;
  for (Index direction = 0; direction < exact.directions().cols(); ++direction) {
    const Eigen::VectorXcd& lambda = exact.at(direction, radius);
    const Eigen::VectorXd k = exact.bloch().wave_vector(radius * exact.directions().col(direction));
    const Eigen::VectorXcd found = eigenvalues(Eigen::MatrixXcd(-symbol(reduced, k)));
    std::vector<Index> unmatched(static_cast<std::size_t>(P));
    for (Index m = 0; m < P; ++m) unmatched[static_cast<std::size_t>(m)] = m;
    for (Index m = 0; m < P; ++m) {
      const auto nearest = std::min_element(unmatched.begin(), unmatched.end(), [&](Index a, Index b) {
        return std::abs(found(a) - lambda(m)) < std::abs(found(b) - lambda(m));
      });
      worst = std::max(worst, std::abs(found(*nearest) - lambda(m)) / (error * std::abs(lambda(m)) + floor));
      unmatched.erase(nearest);
    }
  }
  return worst;
}

}  // namespace

SampledBands::SampledBands(const BlochOperator& bloch)
    : bloch_(bloch),
      directions_(sample_directions(bloch.dimension())),
      fastest_rate_(bloch.network().escape.maxCoeff()) {}

const Eigen::VectorXcd& SampledBands::at(Index direction, double radius) {
  const auto [place, is_new] = bands_.try_emplace({direction, radius});
  if (is_new) place->second = bands_at(bloch_, radius * directions_.col(direction));
  return place->second;
}

double find_resolution(SampledBands& exact, const Coefficients& reduced, double error) {
  // Down the ladder by octaves to the second good one in a row, so that one lucky crossing of bands does not count,
  // then by single steps back up to the first bad one.
  const int last = static_cast<int>(steps_per_octave * std::log2(longest));
  int good = -1;
  for (int step = 0, row = 0; step <= last; step += steps_per_octave) {
    row = violation(exact, reduced, error, ladder(step)) <= 1 ? row + 1 : 0;
    if (row == 1) good = step;
    if (row == 2) break;
    if (row == 0) good = -1;
  }
  if (good < 0) return infinity;
  double inside = violation(exact, reduced, error, ladder(good));
  while (good > 0) {
    const double above = violation(exact, reduced, error, ladder(good - 1));
    if (above > 1) {
      // Errors follow a power of the radius: where it crosses 1, less a percent, and only if it is indeed good there.
      const double power = std::log(above / std::max(inside, 1e-3)) / std::log(ladder(good - 1) / ladder(good));
      const double radius = 0.99 * ladder(good - 1) * std::pow(above, -1 / std::max(power, 1e-3));
      if (radius > ladder(good) && violation(exact, reduced, error, radius) <= 1) return std::numbers::pi / radius;
      break;
    }
    --good;
    inside = above;
  }
  return std::numbers::pi / ladder(good);
}

GapCandidate gap_within(SampledBands& exact, int P, double L) {
  const int states = exact.bloch().size();
  GapCandidate gap{P, L, 0, infinity, infinity, 0};
  const Eigen::VectorXcd centre = bands_at(exact.bloch(), Eigen::VectorXd::Zero(exact.bloch().dimension()));
  const auto take = [&](const Eigen::VectorXcd& lambda) {
    gap.below = std::max(gap.below, lambda(P - 1).real());
    if (P < states) gap.above = std::min(gap.above, lambda(P).real());
  };
  take(centre);
  const double edge = std::numbers::pi / L;
  for (Index direction = 0; direction < exact.directions().cols(); ++direction) {
    take(exact.at(direction, edge));
    const int first =
        static_cast<int>(std::ceil(steps_per_octave * std::log2(L) / steps_per_octave)) * steps_per_octave;
    for (int step = first; step <= first + steps_per_octave; step += steps_per_octave) {
      take(exact.at(direction, ladder(step)));
    }
  }
  if (P < states) {
    gap.ratio = gap.below > 0 ? gap.above / gap.below : infinity;
    gap.tau = gap.below > 0 ? 1 / std::sqrt(gap.below * gap.above) : 1 / gap.above;
  }
  return gap;
}

}  // namespace rdd
