// Time integration on a compiled kernel by Runge–Kutta–Chebyshev steps with error control.
//
// A step of s stages needs s sweeps of the kernel; the slope at its end, one sweep more, serves the error estimate and
// the next step. Sommeijer, Shampine and Verwer (1998) give the estimate 4/5 (y − y') + 2/5 τ (F + F') = τ³ y'''/15 + …
// and the control of the step from the last two estimates, both used here. How many stages a step needs is for
// chebyshev.hpp.
//
// Threads share the rows of a sweep and the blocks of a sum; each number is computed by one of them in the same way,
// and sums are put together in a fixed order, so the result does not depend on how many there are.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "runtime/expects.hpp"
#include "runtime/solve/chebyshev.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/padded_fields.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/sum.hpp"

namespace rdd {
namespace {

// The field, its slope, and the room a step needs, padded. A dense copy of the field is for others to see.
class Stepper {
 public:
  Stepper(const Kernels& kernels, const Grid& grid, int components, Field initial, double start, int threads)
      : fields_(grid, components, 5, kernels.interleaved),
        rhs_(kernels, grid, components, threads, fields_.layout()),
        y_(fields_.field(0)),
        slope_(fields_.field(1)),
        last_(fields_.field(2)),
        before_(fields_.field(3)),
        next_(fields_.field(4)),
        dense_(std::move(initial)) {
    fields_.read(dense_, y_);
    rhs_.evaluate(start, y_, slope_);
  }

  /// As it was when it was shown last, or at the start.
  const Field& field() const { return dense_; }
  void show() { fields_.write(y_, dense_); }
  double stiffness(double time) { return rhs_.stiffness(time, y_); }
  long sweeps() const { return rhs_.sweeps(); }

  /// y(t + τ) beside the field, and its slope.
  void attempt(const ChebyshevStages& scheme, double time, double step) {
    const double tau = scheme.first * step;
    rhs_.workers().run(static_cast<long>(fields_.extent()), [&](long first, long last) {
      for (long i = first; i < last; ++i) last_[i] = y_[i] + tau * slope_[i];
    });
    std::vector<Stage> stages;
    const double* before = y_;
    for (const ChebyshevStages::Stage& stage : scheme.stages) {
      stages.push_back({time + stage.time * step, stage.own, stage.before, 1 - stage.own - stage.before,
                        stage.base_slope * step, stage.slope * step, last_, before, next_});
      std::swap(before_, last_);
      std::swap(last_, next_);
      before = before_;
    }
    rhs_.stages(stages, y_, slope_);
    rhs_.evaluate(time + step, last_, next_);
  }

  /// Root mean squares of the error estimate of the attempt, and of the field it led to.
  struct Size {
    double error = 0, field = 0;
    Size& operator+=(const Size& other) { return *this = *this + other; }
    friend Size operator+(const Size& a, const Size& b) { return {a.error + b.error, a.field + b.field}; }
  };
  Size size(double step) {
    const std::size_t numbers = dense_.size(), blocks = (numbers + block - 1) / block;
    sums_.resize(blocks);
    rhs_.workers().run(static_cast<long>(blocks), [&](long first, long last) {
      std::vector<Size> squares(std::min(numbers, block));  // in the order of their rows
      for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b) {
        const std::size_t from = b * block, to = std::min(numbers, from + block);
        fields_.stretches(from, to, [&](std::size_t i, std::size_t j, std::size_t n) {
          for (const std::size_t end = j + n; j < end; ++i, ++j) {
            const double error = 0.8 * (y_[j] - last_[j]) + 0.4 * step * (slope_[j] + next_[j]);
            squares[i - from] = {error * error, last_[j] * last_[j]};
          }
        });
        sums_[b] = pairwise_sum(0, to - from, [&](std::size_t i) { return squares[i]; });
      }
    });
    const Size sum = pairwise_sum(0, blocks, [&](std::size_t b) { return sums_[b]; });
    const auto n = static_cast<double>(numbers);
    return {std::sqrt(sum.error / n), std::sqrt(sum.field / n)};
  }

  void accept() {
    std::swap(y_, last_);
    std::swap(slope_, next_);
  }

  void exchange(Archive& archive) {
    Field slope(dense_.size());
    show();
    fields_.write(slope_, slope);
    archive.numbers("field", dense_);
    archive.numbers("slope", slope);
    fields_.read(dense_, y_);
    fields_.read(slope, slope_);
  }

 private:
  static constexpr std::size_t block = 8192;

  PaddedFields fields_;
  RightHandSide rhs_;
  double *y_, *slope_;              // at the beginning of the step
  double *last_, *before_, *next_;  // the last two stages, and room; after an attempt: y', room, slope of y'
  Field dense_;
  std::vector<Size> sums_;  // of the blocks
};

double root_mean_square(const Field& field) {
  return std::sqrt(pairwise_sum(0, field.size(), [&](std::size_t i) { return field[i] * field[i]; }) /
                   static_cast<double>(field.size()));
}

// The longest step the error allows next, from this step's error and the one before it, in units of the tolerance.
class StepControl {
 public:
  double after_accepted(double step, double error) {
    double factor = std::min(10.0, 0.8 / std::cbrt(error));  // 10 for no error at all
    if (previous_error_ > 0 && error > 0 && !rejected_)
      factor =
          std::clamp(0.8 * std::cbrt(previous_error_ / error) * (step / previous_step_) / std::cbrt(error), 0.1, 10.0);
    previous_error_ = error;
    previous_step_ = step;
    rejected_ = false;
    return step * factor;
  }
  double after_rejected(double step, double error) {
    rejected_ = true;
    return step * (std::isfinite(error) ? std::clamp(0.8 / std::cbrt(error), 0.1, 0.8) : 0.1);
  }

  void exchange(Archive& archive) {
    archive.number("previous error", previous_error_);
    archive.number("previous step", previous_step_);
    archive.flag("rejected before", rejected_);
  }

 private:
  double previous_error_ = 0, previous_step_ = 0;
  bool rejected_ = false;
};

class ExplicitIntegrator : public Integrator {
 public:
  ExplicitIntegrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial, double start,
                     const SolveParams& params, const Progress& progress)
      : params_(params),
        progress_(progress),
        pace_(progress_),
        hull_(spectral_hull(pde, grid)),
        choice_(hull_, params.until),
        stepper_(kernels, grid, pde.components, std::move(initial), start, params.threads),
        size_(root_mean_square(stepper_.field())) {
    watch_production(start);
    statistics_.method = "explicit (Runge–Kutta–Chebyshev)";
    time_ = start;
    statistics_.kernel_calls = sweeps_counted_ = stepper_.sweeps();
    // The fastest time constant: the error estimate is sure to be right for it, and a good step is few factors of 10
    // away.
    proposal_ = choice_.fastest() > 0 ? 1 / choice_.fastest() : params.until;
    if (!std::isfinite(size_))
      statistics_.failure = "the initial field is not finite everywhere";
    else if (params_.step > 0 && !choice_.scheme(params_.step))
      statistics_.failure = fmt::format(
          "a step of {:.4g} s is not stable on this grid; the largest stable step is {:.3g} s (or leave the step to "
          "the "
          "program)",
          params_.step, choice_.largest());
  }

  const Field& field() const override { return stepper_.field(); }

 private:
  bool go(const Interval& interval, bool resumed) override {
    if (!resumed) {
      time_ = interval.from;
      steps_taken_ = 0;
    }
    const bool well = params_.step > 0 ? fixed(interval.from, interval.to) : automatic(interval.to);
    stepper_.show();
    return well;
  }

  void exchange_state(Archive& archive) override {
    stepper_.exchange(archive);
    control_.exchange(archive);
    archive.number("size", size_);
    archive.number("production", production_);
    archive.number("proposal", proposal_);
    archive.flag("finite", finite_);
    archive.count("steps taken", steps_taken_);
    if (production_ > 0) choice_ = ChebyshevChoice(widened(hull_, production_), params_.until);
  }

  bool fixed(double from, double to) {
    const auto steps = std::max(1L, static_cast<long>(std::ceil((to - from) / params_.step - 1e-9)));
    const double step = (to - from) / static_cast<double>(steps);
    const auto shorter = choice_.scheme(step);  // fewer stages may do for it
    const ChebyshevStages scheme = stages((shorter ? shorter : choice_.scheme(params_.step))->scheme);
    while (steps_taken_ < steps) {
      const Stepper::Size size = attempt(scheme, from + static_cast<double>(steps_taken_) * step, step);
      ++steps_taken_;
      time_ = from + static_cast<double>(steps_taken_) * step;
      if (!std::isfinite(size.field)) return not_finite(time_);
      accept(step, size, scheme.error_constant);
      if (steps_taken_ < steps && pause()) return true;
    }
    return true;
  }

  bool automatic(double to) {
    while (time_ < to) {
      // Two equal steps rather than a long and a tiny one before an output time; the last ends on it exactly.
      const double left = to - time_;
      const double wanted = proposal_ >= left * (1 - 1e-9) ? left : std::min(proposal_, left / 2);
      const ChebyshevChoice::Step choice = choice_.at_most(wanted);
      const double step = choice.length;
      const bool arrives = step == left;
      if (time_ + step == time_ || step < 1e-14 * params_.until) return too_small(time_);
      const ChebyshevStages scheme = stages(choice.scheme);
      const Stepper::Size size = attempt(scheme, time_, step);
      const double scale = params_.tolerance * std::max(size_, size.field);
      const double error = size.error == 0 ? 0 : scheme.error_constant * size.error / scale;
      if (!(error <= 1) || !std::isfinite(size.field)) {
        ++statistics_.rejected;
        finite_ = std::isfinite(error) && std::isfinite(size.field);
        proposal_ = control_.after_rejected(step, error);
        continue;
      }
      // A step cut short to meet an output time must not shorten those after it.
      const double allowed = control_.after_accepted(step, error);
      proposal_ = step < proposal_ && allowed >= step ? std::max(allowed, proposal_) : allowed;
      time_ = arrives ? to : time_ + step;
      accept(step, size, scheme.error_constant);
      if (time_ < to && pause()) return true;
    }
    return true;
  }

  /// Widens the region of stability for local production as it is now, with room to grow: a scheme is stable for the
  /// whole of its step.
  void watch_production(double time) {
    const double found = stepper_.stiffness(time);
    if (found <= production_ && found >= production_ / 8) return;
    production_ = 2 * found;
    choice_ = ChebyshevChoice(widened(hull_, production_), params_.until);
  }

  Stepper::Size attempt(const ChebyshevStages& scheme, double time, double step) {
    stepper_.attempt(scheme, time, step);
    statistics_.kernel_calls += stepper_.sweeps() - sweeps_counted_;
    sweeps_counted_ = stepper_.sweeps();
    return stepper_.size(step);
  }

  void accept(double step, const Stepper::Size& size, double error_constant) {
    constexpr long between_looks = 4;
    const double scale = std::max(size_, size.field);
    if (scale > 0) statistics_.error += error_constant * size.error / scale;
    size_ = size.field;
    stepper_.accept();
    statistics_.smallest_step = statistics_.steps == 0 ? step : std::min(statistics_.smallest_step, step);
    statistics_.largest_step = std::max(statistics_.largest_step, step);
    ++statistics_.steps;
    if (statistics_.steps % between_looks == 0) watch_production(time_);
    pace_.report(time_ / params_.until, statistics_.steps);
  }

  bool not_finite(double time) {
    statistics_.failure = fmt::format(
        "the field is no longer finite at t = {:.4g} s: the equation amplifies some wave vector of this grid; use a "
        "coarser grid "
        "or check that the reduced equation is well posed",
        time);
    return false;
  }

  bool too_small(double time) {
    if (!finite_) return not_finite(time);
    statistics_.failure = fmt::format(
        "the step became too small at t = {:.4g} s: a tolerance of {:.2g} is out of reach; try a larger one, or a "
        "coarser grid",
        time, params_.tolerance);
    return false;
  }

  SolveParams params_;
  Progress progress_;
  Pace pace_;
  SpectralHull hull_;
  double production_ = 0;  // 1/s; the bound on local production the schemes are stable for
  ChebyshevChoice choice_;
  Stepper stepper_;
  StepControl control_;
  double size_;              // root mean square of the field
  double proposal_ = 0;      // s; the next step, as far as its error is concerned
  bool finite_ = true;       // was the last rejected step's field finite?
  long steps_taken_ = 0;     // within the interval on the way, where all are of one length
  long sweeps_counted_ = 0;  // of the stepper's, those among the statistics
};

}  // namespace

std::unique_ptr<Integrator> explicit_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                                Field initial, double start, const SolveParams& params,
                                                const Progress& progress) {
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  expects(params.tolerance > 0 && params.step >= 0, "a tolerance above zero and no negative step");
  return std::make_unique<ExplicitIntegrator>(kernels, pde, grid, std::move(initial), start, params, progress);
}

SolveStatistics solve_explicit(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                               const SolveParams& params, const Observer& observe, const Progress& progress) {
  return integrate(*explicit_integrator(kernels, pde, grid, std::move(initial), 0, params, progress), params, observe);
}

}  // namespace rdd
