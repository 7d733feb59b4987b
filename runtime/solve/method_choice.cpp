#include "runtime/solve/method_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/solve/chebyshev.hpp"
#include "runtime/solve/spectral_hull.hpp"
#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

// An implicit step in sweeps of a compiled kernel, measured: 110 on 128² cells, 190 on 256². More than half of it is
// the arithmetic of CVODE's vectors, the rest two or three transforms there and back.
constexpr double sweeps_a_step = 150;
// An additive step in those units: 2.5 implicit ones of one iteration on 128² and 256² cells of two components, 3.2 on
// 512², where its many vectors are out of the caches.
double sweeps_an_additive_step(const ContinuumPde& pde, const Grid& grid) {
  constexpr double in_the_caches = 2e5;  // numbers of a field
  return static_cast<double>(grid.cells()) * pde.components <= in_the_caches ? 370 : 480;
}

// Neither kept apart by the waves of the box nor slow; round-off is none.
bool has_walled_mixed_derivatives(const ContinuumPde& pde, const Grid& grid) {
  constexpr double unnoticed = 1e-10;
  const auto& D = pde.coefficients.diffusion;
  for (int axis = 0; axis < grid.dimension; ++axis)
    for (int other = 0; other < grid.dimension; ++other) {
      const auto a = static_cast<std::size_t>(axis), b = static_cast<std::size_t>(other);
      const double most = std::max(D[a][a].cwiseAbs().maxCoeff(), D[b][b].cwiseAbs().maxCoeff());
      if (a != b && !grid.periodic(axis) && D[a][b].cwiseAbs().maxCoeff() > unnoticed * most) return true;
    }
  return false;
}

// Two digits are more than an estimate has.
std::string rounded(double sweeps) {
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(std::max(sweeps, 1.0))) - 1));
  return fmt::format("{:.0f}", std::round(sweeps / unit) * unit);
}

}  // namespace

Peclet peclet(const ContinuumPde& pde, const Grid& grid) {
  constexpr double unnoticed = 1e-10;  // of the largest diffusion, over the length of the box
  Peclet found;
  const auto look = [&](const Coefficients& c) {
    for (std::size_t a = 0; a < c.drift.size(); ++a) {
      const double h = grid.spacing[a], length = h * static_cast<double>(grid.points[a]);
      const double most = c.diffusion[a][a].diagonal().cwiseAbs().maxCoeff();
      for (Eigen::Index p = 0; p < c.components(); ++p) {
        const double drift = std::abs(c.drift[a](p, p)), diffusion = std::max(c.diffusion[a][a](p, p), 0.0);
        if (drift * length <= unnoticed * most) continue;
        if (drift * h <= found.number * diffusion) continue;
        found = {drift * h / diffusion, static_cast<int>(a)};
      }
    }
  };
  look(pde.coefficients);
  for (const Coefficients& other : pde.extremes) look(other);
  return found;
}

double explicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, double rate) {
  const SpectralHull hull = spectral_hull(pde, grid);
  if (!std::isfinite(rate)) rate = 0;
  const ChebyshevChoice choice(rate > 0 ? widened(hull, 2 * rate) : hull, params.until);
  if (choice.fastest() == 0) return 1;
  if (params.step > 0) {
    const auto scheme = choice.scheme(params.step);
    return scheme ? params.until / params.step * (scheme->scheme.stages + 1) : params.until * choice.fastest();
  }
  const double of_the_time = 0.4 * std::cbrt(15 * params.tolerance);
  double sweeps = 0;
  for (double end = params.until, begin; end > 0; end = begin) {
    begin = end / 2 * choice.fastest() < 1 ? 0 : end / 2;
    const double allowed = std::max(of_the_time * end, 0.1 / choice.fastest());
    const ChebyshevChoice::Step step = choice.at_most(std::min(allowed, end - begin));
    sweeps += (end - begin) / step.length * (step.scheme.stages + 1);
  }
  return sweeps;
}

double implicit_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, double rate) {
  if (!std::isfinite(rate)) rate = 0;
  const double time_constants = params.until * (spectral_hull(pde, grid).radius + rate);
  double steps = 10 + 1.3 * std::log1p(time_constants) / std::pow(params.tolerance, 1.0 / 6);
  if (params.step > 0) steps = std::max(steps, params.until / params.step);
  return steps * sweeps_a_step;
}

double imex_sweeps(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, const Beyond& beyond) {
  // Three time constants of what is explicit are stable on both axes, with room for the control of the step.
  constexpr double stable = 3;
  const bool known = !beyond.in_transport && std::isfinite(beyond.rate) && pde.extremes.empty() &&
                     grid.scheme != DifferenceScheme::limited && !has_walled_mixed_derivatives(pde, grid);
  if (!known) return std::numeric_limits<double>::infinity();
  double rate = beyond.rate;
  for (int axis = 0; axis < grid.dimension; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    if (!grid.periodic(axis)) rate += pde.coefficients.drift[a].cwiseAbs().rowwise().sum().maxCoeff() / grid.spacing[a];
  }
  const double time_constants = params.until * spectral_hull(pde, grid).radius;
  double steps = 10 + 0.19 * std::log1p(time_constants) / std::pow(params.tolerance, 1.0 / 4);
  steps += params.until * rate / stable;
  if (params.step > 0) steps = std::max(steps, params.until / params.step);
  return steps * sweeps_an_additive_step(pde, grid);
}

MethodChoice choose_method(const ContinuumPde& pde, const Grid& grid, const SolveParams& params, const Beyond& beyond) {
  const std::string obstacle = beyond.what.empty() ? mixes_waves(pde.coefficients, grid) : beyond.what;
  if (obstacle.empty()) return {TimeMethod::exponential, "exact in time: every wave of the box goes its own way"};
  const double by_stages = explicit_sweeps(pde, grid, params, beyond.rate);
  const double by_solving = implicit_sweeps(pde, grid, params, beyond.rate);
  const double by_both = imex_sweeps(pde, grid, params, beyond);
  if (by_both < by_stages && by_both < by_solving)
    return {TimeMethod::imex,
            fmt::format("{}, rules out exact steps; beside transport it is slow: additive steps cost as many as {} "
                        "sweeps, explicit ones would take {}, implicit ones {}",
                        obstacle, rounded(by_both), rounded(by_stages), rounded(by_solving))};
  if (by_stages <= by_solving)
    return {TimeMethod::runge_kutta,
            fmt::format("{}, rules out exact steps; {} sweeps expected, implicit steps would cost as many as {}",
                        obstacle, rounded(by_stages), rounded(by_solving))};
  return {TimeMethod::implicit,
          fmt::format("{}, rules out exact steps; explicit ones would take {} sweeps, these cost as many as {}",
                      obstacle, rounded(by_stages), rounded(by_solving))};
}

}  // namespace rdd
