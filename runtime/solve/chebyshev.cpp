#include "runtime/solve/chebyshev.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// T_j(x) for j = 0 … s, by the three-term recurrence, and its first three derivatives.
struct Chebyshev {
  std::vector<double> T, first, second, third;
  Chebyshev(int s, double x) {
    T = {1, x};
    first = {0, 1};
    second = {0, 0};
    third = {0, 0};
    for (std::size_t j = 2; j <= static_cast<std::size_t>(s); ++j) {
      T.push_back(2 * x * T[j - 1] - T[j - 2]);
      first.push_back(2 * T[j - 1] + 2 * x * first[j - 1] - first[j - 2]);
      second.push_back(4 * first[j - 1] + 2 * x * second[j - 1] - second[j - 2]);
      third.push_back(6 * second[j - 1] + 2 * x * third[j - 1] - third[j - 2]);
    }
  }
};

// R(z) = a + b T_s(w0 + w1 z).
struct Polynomial {
  int s;
  double a, b, w0, w1;
  explicit Polynomial(const ChebyshevScheme& scheme) : s(scheme.stages), w0(1 + scheme.damping / (1.0 * s * s)) {
    const Chebyshev at_w0(s, w0);
    const auto last = static_cast<std::size_t>(s);
    w1 = at_w0.first[last] / at_w0.second[last];
    b = at_w0.second[last] / (at_w0.first[last] * at_w0.first[last]);
    a = 1 - b * at_w0.T[last];
  }
  Complex operator()(Complex z) const {
    const Complex x = w0 + w1 * z;
    Complex before = 1, T = x;
    for (int j = 2; j <= s; ++j) {
      const Complex next = 2.0 * x * T - before;
      before = T;
      T = next;
    }
    return a + b * T;
  }
};

}  // namespace

ChebyshevStages stages(const ChebyshevScheme& scheme) {
  expects(scheme.stages >= 2, "two stages or more");
  const double w0 = 1 + scheme.damping / (1.0 * scheme.stages * scheme.stages);
  const Chebyshev at_w0(scheme.stages, w0);
  const auto s = static_cast<std::size_t>(scheme.stages);
  const double w1 = at_w0.first[s] / at_w0.second[s];
  const auto b = [&](std::size_t j) {  // b_0 = b_1 = b_2
    const std::size_t i = std::max<std::size_t>(j, 2);
    return at_w0.second[i] / (at_w0.first[i] * at_w0.first[i]);
  };
  ChebyshevStages all;
  all.first = b(1) * w1;
  double time_before = 0, time = all.first;  // c_{j−2}, c_{j−1}: what the recurrence makes of F = 1
  for (std::size_t j = 2; j <= s; ++j) {
    const double slope = 2 * b(j) * w1 / b(j - 1), base_slope = -(1 - b(j - 1) * at_w0.T[j - 1]) * slope;
    const double own = 2 * b(j) * w0 / b(j - 1), before = -b(j) / b(j - 2);
    all.stages.push_back({own, before, slope, base_slope, time});
    time_before = std::exchange(time, own * time + before * time_before + slope + base_slope);
  }
  // R(z) = 1 + z + z²/2 + c₃ z³ + …, so the local error is (1/6 − c₃) τ³ y'''.
  const double c3 = b(s) * at_w0.third[s] * w1 * w1 * w1 / 6;
  all.error_constant = std::max(1.0, 15 * (1.0 / 6 - c3));
  return all;
}

Complex stability(const ChebyshevScheme& scheme, Complex z) {
  return Polynomial(scheme)(z);
}

ChebyshevChoice::ChebyshevChoice(SpectralHull hull, double until) : hull_(std::move(hull)), until_(until) {
  expects(hull_.corners.size() >= 2 || hull_.radius == 0, "a hull with its corners");
}

// |R| on the boundary of the hull. R is analytic, so nothing inside exceeds it.
bool ChebyshevChoice::stable(const ChebyshevScheme& scheme, double step) const {
  const Polynomial R(scheme);
  const double allowed = 1 + 0.1 * step / until_ + 1e-12;  // the last: round-off of R at z = 0, where it is 1
  for (std::size_t i = 0; i + 1 < hull_.corners.size(); ++i) {
    const Complex from = hull_.corners[i], edge = hull_.corners[i + 1] - from;
    // |R| has s extrema along the hull: some points for each, and some on every edge, however short.
    const int pieces = 4 + static_cast<int>(6 * scheme.stages * std::abs(edge) / hull_.radius);
    for (int piece = 0; piece <= pieces; ++piece) {
      const Complex z = step * (from + edge * (1.0 * piece / pieces));
      if (!(std::abs(R(z)) <= allowed * std::exp(std::max(0.0, z.real())))) return false;
    }
  }
  return true;
}

std::optional<ChebyshevScheme> ChebyshevChoice::search(double step) const {
  // What the negative real axis alone asks for, with the smallest damping [Sommeijer et al. 1998]; an upper bound of
  // twice that, since the largest damping shortens the strip by a factor of 4.
  const double fewest = 1 + std::sqrt(1 + 1.54 * step * hull_.radius);
  if (fewest > most_stages) return std::nullopt;
  const int from = std::max(2, static_cast<int>(fewest)), to = std::min(most_stages, 2 * from + 8);
  // Tens of values of s are tried on long steps: a tenth more stages at a time is close enough to the cheapest.
  for (int s = from; s <= to; s += 1 + s / 10)
    for (const double damping : {2.0 / 13, 1.0, 4.0, 16.0, 64.0})
      if (const ChebyshevScheme scheme{s, damping}; stable(scheme, step)) return scheme;
  return std::nullopt;
}

std::optional<ChebyshevChoice::Step> ChebyshevChoice::scheme(double step) const {
  if (hull_.radius == 0) return Step{step, {}};
  const long level = static_cast<long>(std::ceil(8 * std::log2(step * hull_.radius) - 1e-9));
  const double length = std::exp2(static_cast<double>(level) / 8) / hull_.radius;
  auto found = known_.find(level);
  if (found == known_.end()) found = known_.emplace(level, search(length)).first;
  if (!found->second) return std::nullopt;
  return Step{std::max(step, length), *found->second};
}

ChebyshevChoice::Step ChebyshevChoice::at_most(double step) const {
  // One evaluation more than the stages is needed for the error estimate.
  while (true) {
    const auto whole = scheme(step), half = scheme(step / 2);
    if (whole && (!half || whole->scheme.stages + 1 <= 2 * (half->scheme.stages + 1))) return {step, whole->scheme};
    step /= 2;
    expects(step * hull_.radius > 1e-12, "a step short enough to be stable");
  }
}

double ChebyshevChoice::largest() const {
  double step = 1.0 * most_stages * most_stages / std::max(hull_.radius, 1e-300);
  while (step * hull_.radius > 1e-12 && !scheme(step)) step /= std::exp2(0.125);
  return step;
}

}  // namespace rdd
