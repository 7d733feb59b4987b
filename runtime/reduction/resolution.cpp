#include "runtime/reduction/resolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/spectrum/accurate.hpp"
#include "runtime/spectrum/batch/stack.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int steps_per_octave = 64;  // resolutions are found to about 1 %, on radii that all P share
constexpr double longest = 1e4;       // cells
constexpr std::size_t together = 8;   // directions whose symbols fill the registers of the processor
constexpr double digits_wanted = 4;   // of every band: errors asked for are of the order of a percent

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

/// Eigenvalues (P, K) of K symbols side by side (P, P·K), of P slow modes or of all states of a network: with detailed
/// balance the latter are Hermitian once they are scaled with Π^{1/2}.
Eigen::MatrixXcd symbol_eigenvalues(const RateNetwork& network, const Eigen::MatrixXcd& symbols) {
  const Index P = symbols.rows(), count = symbols.cols() / P;
  if (P == network.size() && network.reversible) {
    Eigen::MatrixXcd balanced = symbols;
    for (Index j = 0; j < balanced.cols(); ++j) {
      for (Index i = 0; i < P; ++i)
        balanced(i, j) *= std::exp((network.log_weights(j % P) - network.log_weights(i)) / 2);
    }
    if (balanced.allFinite()) {
      if (count == 1) return hermitian_eigenvalues(balanced).cast<std::complex<double>>();
      return hermitian_set(side_by_side(balanced), false).values.cast<std::complex<double>>();
    }
  }
  if (count == 1) return eigenvalues(symbols);
  return general_set(side_by_side(symbols), Vectors::none).values;
}

/// |λ_reduced − λ| ≤ error |λ| + floor for the P slow bands at this radius? The first direction for which it is not;
/// nothing where it is for all of them.
std::optional<Index> first_bad(SampledBands& exact, const Coefficients& reduced, double error, double radius,
                               std::span<const Index> directions) {
  const Index P = reduced.components(), count = static_cast<Index>(directions.size());
  Eigen::MatrixXcd symbols(P, P * count);
  for (Index d = 0; d < count; ++d) {
    const Eigen::VectorXd k =
        exact.bloch().wave_vector(radius * exact.directions().col(directions[static_cast<std::size_t>(d)]));
    symbols.middleCols(d * P, P) = -symbol(reduced, k);
  }
  if (!symbols.allFinite()) return directions.front();  // no finite coefficients: P splits equal rates
  const Eigen::MatrixXcd all = symbol_eigenvalues(exact.bloch().network(), symbols);
  std::vector<Index> unmatched;
  for (Index d = 0; d < count; ++d) {
    const Index direction = directions[static_cast<std::size_t>(d)];
    const Eigen::VectorXcd& lambda = exact.at(direction, radius);
    const auto found = all.col(d);
    const double floor = exact.round_off() + 1e-12 * symbols.middleCols(d * P, P).norm();
    unmatched.resize(static_cast<std::size_t>(P));
    std::iota(unmatched.begin(), unmatched.end(), Index{0});
    for (Index m = 0; m < P; ++m) {
      const auto nearest =
          std::ranges::min_element(unmatched, {}, [&](Index i) { return std::abs(found(i) - lambda(m)); });
      if (!(std::abs(found(*nearest) - lambda(m)) <= error * std::abs(lambda(m)) + floor)) return direction;
      unmatched.erase(nearest);
    }
  }
  return std::nullopt;
}

}  // namespace

SampledBands::SampledBands(const BlochOperator& bloch)
    : bloch_(bloch),
      directions_(sample_directions(bloch.dimension())),
      fastest_rate_(bloch.network().escape.maxCoeff()) {}

const Eigen::VectorXcd& SampledBands::at(Index direction, double radius) {
  const auto [place, is_new] = bands_.try_emplace({direction, radius});
  if (is_new) {
    const Eigen::VectorXd phases = radius * directions_.col(direction);
    // Where the plain solver leaves the slow modes at k = 0 no digits, it need not be asked here.
    const bool stiff = bloch_.reversible() && !plain_bands_suffice(centre(), fastest_rate_, true, digits_wanted);
    if (!stiff) place->second = bands_at(bloch_, phases);
    if (stiff || (bloch_.reversible() && !plain_bands_suffice(place->second, fastest_rate_, false, digits_wanted))) {
      place->second = accurate_rates_at(bloch_, phases, digits_wanted);
    }
  }
  return place->second;
}

const Eigen::VectorXcd& SampledBands::centre() {
  if (centre_.size() == 0) centre_ = modes_at_zero(bloch_, 1).lambda;
  return centre_;
}

double find_resolution(SampledBands& exact, const Coefficients& reduced, double error) {
  Index worst = 0;  // the direction that failed last, and will most likely be the next to fail
  const auto good = [&](int step, Index direction) {
    return !first_bad(exact, reduced, error, ladder(step), std::span(&direction, 1));
  };
  const auto all_good = [&](int step) {
    if (!good(step, worst)) return false;
    std::vector<Index> others;
    for (Index turn = 1; turn < exact.directions().cols(); ++turn)
      others.push_back((worst + turn) % exact.directions().cols());
    for (std::size_t from = 0; from < others.size(); from += together) {
      const auto some = std::span(others).subspan(from, std::min(together, others.size() - from));
      if (const auto bad = first_bad(exact, reduced, error, ladder(step), some)) {
        worst = *bad;
        return false;
      }
    }
    return true;
  };
  // Down the ladder by octaves to the second good one in a row, so that one lucky crossing of bands does not count, ...
  const int last = static_cast<int>(steps_per_octave * std::log2(longest));
  int inside = -1;
  for (int step = 0; step <= last; step += steps_per_octave) {
    const bool here = all_good(step);
    if (here && inside >= 0) break;
    inside = here ? step : -1;
  }
  if (inside < 0) return infinity;
  // ... then halving the octave above it, in the worst direction; where that ends, the others are asked.
  for (int outside = inside - steps_per_octave; outside >= 0 && inside - outside > 1;) {
    int bad = outside, step = inside;
    while (step - bad > 1) {
      const int middle = (step + bad) / 2;
      (good(middle, worst) ? step : bad) = middle;
    }
    if (step == inside) break;
    if (all_good(step)) {
      inside = step;
      break;
    }
    outside = step;
  }
  return std::numbers::pi / ladder(inside);
}

GapCandidate gap_within(SampledBands& exact, int P, double L) {
  const int states = exact.bloch().size();
  GapCandidate gap{P, L, 0, infinity, infinity, 0};
  const Eigen::VectorXcd& centre = exact.centre();
  const auto take = [&](const Eigen::VectorXcd& lambda, const Eigen::VectorXd& k) {
    if (gap.k_below.size() == 0 || lambda(P - 1).real() > gap.below) {
      gap.below = lambda(P - 1).real();
      gap.k_below = k;
    }
    if (P < states && lambda(P).real() < gap.above) {
      gap.above = lambda(P).real();
      gap.k_above = k;
    }
  };
  take(centre, Eigen::VectorXd::Zero(exact.bloch().dimension()));
  const double edge = std::numbers::pi / L;
  for (Index direction = 0; direction < exact.directions().cols(); ++direction) {
    take(exact.at(direction, edge), edge * exact.directions().col(direction));
    const int first = static_cast<int>(std::ceil(std::log2(L))) * steps_per_octave;  // first whole octave inside
    for (int step = first; step <= first + steps_per_octave; step += steps_per_octave) {
      take(exact.at(direction, ladder(step)), ladder(step) * exact.directions().col(direction));
    }
  }
  if (P < states) {
    gap.ratio = gap.below > 0 ? gap.above / gap.below : infinity;
    gap.tau = gap.below > 0 ? 1 / std::sqrt(gap.below * gap.above) : 1 / gap.above;
  }
  return gap;
}

}  // namespace rdd
