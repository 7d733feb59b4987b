#include "runtime/solve/integrator.hpp"

#include <chrono>

#include "runtime/expects.hpp"
#include "runtime/solve/output_times.hpp"

namespace rdd {

std::unique_ptr<Integrator> integrator(TimeMethod method, const Kernels& kernels, const ContinuumPde& pde,
                                       const Grid& grid, Field initial, double start, const SolveParams& params,
                                       const Progress& progress) {
  switch (method) {
    case TimeMethod::exponential:
      return exponential_integrator(pde, grid, std::move(initial), start, params, progress);
    case TimeMethod::runge_kutta:
      return explicit_integrator(kernels, pde, grid, std::move(initial), start, params, progress);
    case TimeMethod::implicit:
      return implicit_integrator(kernels, pde, grid, std::move(initial), start, params, progress);
    case TimeMethod::imex:
      return imex_integrator(kernels, pde, grid, std::move(initial), start, params, progress);
    case TimeMethod::steady:
      break;
  }
  expects(false, "a method that goes in time");
  return nullptr;
}

bool Integrator::advance(const Interval& interval) {
  if (!statistics_.failure.empty()) return false;
  const bool resumed = std::exchange(paused_, false);
  if (!go(interval, resumed)) return false;
  if (!paused_) ++arrivals_;
  return true;
}

void Integrator::exchange(Archive& archive) {
  exchange_state(archive);
  archive.number("time", time_);
  archive.count("arrivals", arrivals_);
  archive.flag("paused", paused_);
  archive.count("steps", statistics_.steps);
  archive.count("rejected", statistics_.rejected);
  archive.count("sweeps", statistics_.kernel_calls);
  archive.number("smallest step", statistics_.smallest_step);
  archive.number("largest step", statistics_.largest_step);
  archive.number("error", statistics_.error);
}

SolveStatistics integrate(Integrator& integrator, const SolveParams& params, const Observer& observe) {
  const auto begin = std::chrono::steady_clock::now();
  const OutputTimes times(params.until, params.every);
  const auto all = [&] {
    if (!integrator.statistics().failure.empty() || !observe(0, integrator.field())) return false;
    for (long output = 1; output <= times.intervals(); ++output) {
      const double length = times.length(output);
      const bool again = output < times.intervals() && times.length(output + 1) == length;
      if (!integrator.advance({times.at(output - 1), times.at(output), length, again})) return false;
      if (!observe(times.at(output), integrator.field())) return false;
    }
    return true;
  };
  const bool completed = all();
  SolveStatistics statistics = integrator.statistics();
  statistics.completed = completed;
  statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return statistics;
}

}  // namespace rdd
