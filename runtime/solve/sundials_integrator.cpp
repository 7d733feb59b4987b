#include "runtime/solve/sundials_integrator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/solve/sum.hpp"

namespace rdd {

namespace {
constexpr long steps_between_rests = 200;
}

SundialsIntegrator::SundialsIntegrator(const char* method, const Kernels& kernels, const ContinuumPde& pde,
                                       const Grid& grid, Field initial, double start, const SolveParams& params,
                                       const Progress& progress)
    : params_(params),
      rhs_(kernels, grid, pde.components, params.threads),
      preconditioner_(pde, grid, rhs_.workers()),
      reached_(start),
      progress_(progress),
      pace_(progress_),
      field_(std::move(initial)) {
  time_ = start;
  statistics_.method = method;
  scale_ = root_mean_square(field_.data());
  if (!std::isfinite(scale_)) {
    statistics_.failure = "the initial field is not finite everywhere";
    return;
  }
  if (scale_ == 0) {  // nothing yet: what comes in during the solve is the measure
    Field slope(field_.size());
    rhs_.evaluate(start, field_, slope);
    scale_ = root_mean_square(slope.data()) * params.until;
    if (!(scale_ > 0) || !std::isfinite(scale_)) scale_ = 1;
  }
  least_scale_ = 1e-3 * scale_;
  const auto size = static_cast<sunindextype>(field_.size());
  state_.reset(N_VNew_Serial(size, context_.get));
  room_.reset(N_VNew_Serial(size, context_.get));
  if (!state_ || !room_) throw std::bad_alloc();
  std::copy(field_.begin(), field_.end(), N_VGetArrayPointer_Serial(state_.get()));
  statistics_.kernel_calls = sweeps_before_ = rhs_.sweeps();
  keep();
}

bool SundialsIntegrator::go(const Interval& interval, bool) {
  while (reached_ < interval.to) {
    const Trouble trouble = step(std::max(interval.to, params_.until));
    count();
    if (trouble != Trouble::none) return broken(trouble);
    ++statistics_.steps;
    const double length = last_step();
    statistics_.smallest_step = statistics_.steps == 1 ? length : std::min(statistics_.smallest_step, length);
    statistics_.largest_step = std::max(statistics_.largest_step, length);
    estimated_errors(room_.get());
    statistics_.error += root_mean_square(N_VGetArrayPointer_Serial(room_.get())) / scale_;
    pace_.report(reached_ / params_.until, statistics_.steps);
    if (reached_ >= interval.to) break;
    if (statistics_.steps % steps_between_rests == 0) rest();
    if (pause()) return true;
  }
  time_ = interval.to;
  const N_Vector found = reached_ == interval.to ? state_.get() : room_.get();
  if (found == room_.get()) interpolate(interval.to, found);
  const double* values = N_VGetArrayPointer_Serial(found);
  std::copy(values, values + field_.size(), field_.begin());
  return std::isfinite(root_mean_square(field_.data())) || broken(Trouble::not_finite);
}

void SundialsIntegrator::rest() {
  begin_anew();
  counted_ = {};
  sweeps_before_ = rhs_.sweeps();
  keep();
}

void SundialsIntegrator::keep() {
  const double* const state = N_VGetArrayPointer_Serial(state_.get());
  rest_ = {field_, Field(state, state + field_.size()), reached_, scale_, least_scale_, time_, arrivals_, statistics_};
}

void SundialsIntegrator::swap_with_rest() {
  field_.swap(rest_.field);
  std::swap_ranges(rest_.state.begin(), rest_.state.end(), N_VGetArrayPointer_Serial(state_.get()));
  std::swap(reached_, rest_.reached);
  std::swap(scale_, rest_.scale);
  std::swap(least_scale_, rest_.least_scale);
  std::swap(time_, rest_.time);
  std::swap(arrivals_, rest_.arrivals);
  std::swap(statistics_, rest_.statistics);
}

void SundialsIntegrator::exchange(Archive& archive) {
  if (archive.restores()) {
    Integrator::exchange(archive);
    rest();
    return;
  }
  swap_with_rest();
  Integrator::exchange(archive);
  swap_with_rest();
}

void SundialsIntegrator::exchange_state(Archive& archive) {
  double* const state = N_VGetArrayPointer_Serial(state_.get());
  archive.numbers("field", field_);
  archive.numbers("state", {state, field_.size()});
  archive.number("reached", reached_);
  archive.number("scale", scale_);
  archive.number("least scale", least_scale_);
  archive.count("iterations", statistics_.iterations);
}

int SundialsIntegrator::weights(N_Vector y, N_Vector weight, void* user) {
  auto& self = *static_cast<SundialsIntegrator*>(user);
  const double size = self.root_mean_square(N_VGetArrayPointer_Serial(y));
  if (!std::isfinite(size)) return -1;
  self.scale_ = std::max(size, self.least_scale_);
  self.least_scale_ = std::max(self.least_scale_, 1e-3 * size);
  N_VConst(1 / (self.params_.tolerance * self.scale_), weight);
  return 0;
}

double SundialsIntegrator::root_mean_square(const double* values) const {
  return std::sqrt(pairwise_sum(0, field_.size(), [&](std::size_t i) { return values[i] * values[i]; }) /
                   static_cast<double>(field_.size()));
}

void SundialsIntegrator::count() {
  const Counts now = counts();
  statistics_.rejected += now.rejected - counted_.rejected;
  statistics_.iterations += now.iterations - counted_.iterations;
  statistics_.kernel_calls += rhs_.sweeps() - sweeps_before_;
  sweeps_before_ = rhs_.sweeps();
  counted_ = now;
}

bool SundialsIntegrator::broken(Trouble trouble) {
  if (trouble == Trouble::not_finite)
    statistics_.failure = fmt::format(
        "the field is no longer finite at t = {:.4g} s: the equation amplifies some wave vector of this grid; use a "
        "coarser grid or check that the reduced equation is well posed",
        reached_);
  else if (trouble == Trouble::no_solution)
    statistics_.failure = fmt::format(
        "the equations of an implicit step have no solution near the last one at t = {:.4g} s; try a smaller "
        "tolerance, or `method explicit`",
        reached_);
  else
    statistics_.failure = fmt::format(
        "the step became too small at t = {:.4g} s: a tolerance of {:.2g} is out of reach; try a larger one, or a "
        "coarser grid",
        reached_, params_.tolerance);
  return false;
}

}  // namespace rdd
