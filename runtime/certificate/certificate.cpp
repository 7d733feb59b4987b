#include "runtime/certificate/certificate.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>
#include <optional>

#include "runtime/certificate/propagator.hpp"
#include "runtime/expects.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXcd;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Largest sum of absolute values down a column, and its column.
std::pair<double, Index> column_norm(const MatrixXcd& difference) {
  Index column = 0;
  const double norm = difference.cwiseAbs().colwise().sum().maxCoeff(&column);
  return {std::isnan(norm) ? infinity : norm, column};
}

/// B⁰ + i k·B¹.
MatrixXcd projection(const Reduction& reduction, const Eigen::VectorXd& k) {
  MatrixXcd result = reduction.projection.cast<std::complex<double>>();
  for (std::size_t axis = 0; axis < reduction.slip.size(); ++axis)
    result += std::complex<double>(0, k(static_cast<Index>(axis))) * reduction.slip[axis];
  return result;
}

/// exp(t S) for all times.
std::vector<MatrixXcd> reduced_propagators(const Coefficients& coefficients, const Eigen::VectorXd& k,
                                           const std::vector<double>& times) {
  const MatrixXcd generator = symbol(coefficients, k);
  std::vector<MatrixXcd> result;
  for (const double time : times) {
    const MatrixXcd scaled = time * generator;
    // Outside its range the equation may grow: beyond all numbers, in the end.
    result.push_back(scaled.allFinite() ? matrix_exponential(scaled)
                                        : MatrixXcd::Constant(scaled.rows(), scaled.cols(), infinity));
  }
  return result;
}

/// The errors at one wave vector.
struct Found {
  std::vector<double> error, stationary;
  double late = 0, evolution = 0, late_first_order = 0, round_off = 0;
  int worst_state = 0;
};

struct Task {
  std::size_t wave;
  Eigen::VectorXd phases;
  double slow_time;
};

class Comparison {
 public:
  Comparison(const BlochOperator& bloch, Gauge gauge, const Reduction& reduction,
             const std::optional<Reduction>& first_order, std::vector<double> times, double settling, double error)
      : bloch_(bloch),
        gauge_(gauge),
        reduction_(reduction),
        first_order_(first_order),
        times_(std::move(times)),
        error_(error),
        weights_(bloch.network().log_weights.array().exp()) {
    const auto late = std::ranges::find_if(times_, [&](double time) { return time >= settling; });
    settled_ = static_cast<std::size_t>(late - times_.begin());
  }

  Found at(const Task& task, const std::function<bool()>& stop) const {
    const RateNetwork& network = bloch_.network();
    const Eigen::VectorXd k = bloch_.wave_vector(task.phases);
    // As many digits as leave the numbers certain to a hundredth of ε.
    Precision precision = Precision::plain;
    constexpr Index most_precise = 96;
    if (propagator_error(network, task.slow_time, precision) > error_ / 100 && network.size() <= most_precise)
      precision = Precision::extended;
    Eigen::VectorXcd phase = Eigen::VectorXcd::Ones(network.size());  // e^{ik·r}: from cells to positions
    if (gauge_ == Gauge::positions)
      for (Index i = 0; i < phase.size(); ++i) phase(i) = std::polar(1.0, k.dot(network.positions->col(i)));

    // χᵀ exp(t Q̃) at all times, and exp(t Q̃) itself at the settling time.
    const MatrixXcd chi =
        reduction_.groups.chi.transpose().cast<std::complex<double>>() * phase.conjugate().asDiagonal();
    std::vector<MatrixXcd> full;
    MatrixXcd settled;
    propagate(network, task.phases, times_.front(), static_cast<int>(times_.size()), precision,
              [&](int i, const MatrixXcd& propagator) {
                full.push_back(chi * propagator * phase.asDiagonal());
                if (static_cast<std::size_t>(i) == settled_)
                  settled = phase.conjugate().asDiagonal() * propagator * phase.asDiagonal();
                return !stop();
              });
    Found found;
    if (full.size() < times_.size()) return found;

    const std::vector<MatrixXcd> reduced = reduced_propagators(reduction_.coefficients, k, times_);
    const MatrixXcd start = projection(reduction_, k);
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const MatrixXcd difference = full[i] - reduced[i] * start;
      const auto [norm, state] = column_norm(difference);
      found.error.push_back(norm);
      found.stationary.push_back(column_norm(difference * weights_).first);
      if (i < settled_ || norm <= found.late) continue;
      found.late = norm;
      found.worst_state = static_cast<int>(state);
    }
    if (settled_ < times_.size()) {
      const MatrixXcd restart = full[settled_];  // the true coarse densities
      for (std::size_t i = 0; i < times_.size(); ++i)
        found.evolution = std::max(found.evolution, column_norm(full[i] * settled - reduced[i] * restart).first);
    }
    if (first_order_) {
      const std::vector<MatrixXcd> poorer = reduced_propagators(first_order_->coefficients, k, times_);
      const MatrixXcd poorer_start = projection(*first_order_, k);
      for (std::size_t i = settled_; i < times_.size(); ++i)
        found.late_first_order =
            std::max(found.late_first_order, column_norm(full[i] - poorer[i] * poorer_start).first);
    }
    found.round_off = propagator_error(network, std::min(task.slow_time, times_.back()), precision);
    return found;
  }

 private:
  const BlochOperator& bloch_;
  Gauge gauge_;
  const Reduction& reduction_;
  const std::optional<Reduction>& first_order_;
  std::vector<double> times_;
  double error_;
  Eigen::VectorXcd weights_;
  std::size_t settled_ = 0;
};

/// When an error that is known at these times falls below ε for good: on the line between two points in logarithms.
double time_below(const std::vector<double>& times, const std::vector<double>& error, double epsilon) {
  std::size_t above = times.size();
  while (above > 0 && error[above - 1] <= epsilon) --above;
  if (above == 0) return 0;
  if (above == times.size()) return infinity;
  const double before = error[above - 1], after = error[above];
  if (!(after > 0) || !std::isfinite(before)) return times[above];
  const double share = std::log(before / epsilon) / std::log(before / after);
  return times[above - 1] * std::pow(times[above] / times[above - 1], share);
}

double decade_below(double value) {
  return std::pow(10.0, std::floor(std::log10(value) + 1e-9));
}

}  // namespace

std::size_t Certificate::certified_from() const {
  std::size_t first = waves.size();
  while (first > 0 && waves[first - 1].late <= error && known(waves[first - 1])) --first;
  return first;
}

namespace {

/// A wave in one direction.
struct Direction {
  Eigen::VectorXd phases;
  double slow_time;  ///< 1/(k·D·k), s
};
std::vector<Direction> directions(const BlochOperator& bloch, const Eigen::MatrixXd& diffusion, double wavelength) {
  const Eigen::MatrixXd unit = SampledBands(bloch).directions();
  std::vector<Direction> all;
  for (const auto& direction : unit.colwise()) {
    const Eigen::VectorXd phases = 2 * std::numbers::pi / wavelength * direction;
    const Eigen::VectorXd k = bloch.wave_vector(phases);
    all.push_back({phases, 1 / k.dot(diffusion * k)});
  }
  return all;
}

}  // namespace

std::vector<double> slow_times(const BlochOperator& bloch, const std::vector<double>& wavelengths) {
  const Eigen::MatrixXd diffusion = transport(bloch).diffusion;
  std::vector<double> all;
  for (const double wavelength : wavelengths) {
    double longest = 0;
    for (const Direction& one : directions(bloch, diffusion, wavelength)) longest = std::max(longest, one.slow_time);
    all.push_back(longest);
  }
  return all;
}

double settling_time(const RateNetwork& network, double above, double error) {
  return (-std::log(error) - std::min(0.0, network.log_weights.minCoeff()) / 2) / above;
}

std::vector<double> usual_wavelengths(const Reduction& reduction) {
  const double shortest = 2 * (std::isfinite(reduction.resolution) ? std::max(1.0, reduction.resolution) : 1.0);
  std::vector<double> result;
  for (const double factor : {1, 2, 5, 10, 20, 50, 100}) result.push_back(factor * shortest);
  return result;
}

Certificate certify(const BlochOperator& bloch, Gauge gauge, const Reduction& reduction,
                    const CertificateParams& params, const Progress& progress, const std::function<bool()>& stop) {
  expects(!params.wavelengths.empty() && std::ranges::is_sorted(params.wavelengths) && params.wavelengths.front() > 0,
          "ascending positive wavelengths");
  expects(params.error > 0, "a positive error");
  const RateNetwork& network = bloch.network();
  const int states = network.size();
  const Eigen::MatrixXd diffusion = transport(bloch).diffusion;

  Certificate result;
  result.error = params.error;
  std::vector<Task> tasks;
  for (std::size_t w = 0; w < params.wavelengths.size(); ++w) {
    CertifiedWave wave;
    wave.wavelength = params.wavelengths[w];
    wave.late_first_order = std::numeric_limits<double>::quiet_NaN();
    for (const Direction& one : directions(bloch, diffusion, wave.wavelength)) {
      tasks.push_back({w, one.phases, one.slow_time});
      wave.slow_time = std::max(wave.slow_time, one.slow_time);
    }
    result.waves.push_back(std::move(wave));
  }

  // From the decade of the fastest decay left out to that of three slow times.
  const bool some_left_out = reduction.P < states;
  const double fastest = some_left_out ? reduction.lambda.real().maxCoeff() : network.escape.maxCoeff();
  if (some_left_out && reduction.gap.above > 0)
    result.settling = settling_time(network, reduction.gap.above, params.error);
  const double last = std::max(3 * result.waves.back().slow_time, 3 * result.settling);
  const double first = decade_below(std::min(1 / fastest, last / 10));
  for (int count = 1; result.times.empty() || result.times.back() < last; ++count)
    result.times = time_ladder(first, count);

  std::optional<Reduction> first_order;
  constexpr int affordable = 64;  // states: beyond, a second reduction takes longer than it is worth
  if (params.first_order && reduction.order == 2 && some_left_out && states <= affordable)
    first_order = reduce(bloch, reduction.P, {1, params.error});

  const Comparison comparison(bloch, gauge, reduction, first_order, result.times, result.settling, params.error);
  std::vector<Found> found(tasks.size());
  std::atomic<std::size_t> next{0}, finished{0};
  std::atomic<bool> stopped{false};
  std::mutex speaking;
  Pace pace(progress);
  const auto ask = [&] {
    const std::unique_lock lock(speaking, std::try_to_lock);
    if (lock.owns_lock()) {
      if (stop && stop()) stopped = true;
      pace.report(static_cast<double>(finished) / static_cast<double>(tasks.size()), static_cast<long>(finished));
    }
    return stopped.load();
  };
  Workers workers(params.threads);
  workers.run(params.threads, [&](long, long) {
    for (std::size_t mine = next++; mine < tasks.size() && !stopped; mine = next++) {
      found[mine] = comparison.at(tasks[mine], ask);
      ++finished;
    }
  });
  if (stopped) return result;

  for (CertifiedWave& wave : result.waves) {
    wave.error.assign(result.times.size(), 0);
    wave.stationary = wave.error;
    if (first_order) wave.late_first_order = 0;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    CertifiedWave& wave = result.waves[tasks[i].wave];
    const Found& one = found[i];
    for (std::size_t t = 0; t < result.times.size(); ++t) {
      wave.error[t] = std::max(wave.error[t], one.error[t]);
      wave.stationary[t] = std::max(wave.stationary[t], one.stationary[t]);
    }
    if (one.late > wave.late) {
      wave.late = one.late;
      wave.worst_state = one.worst_state;
    }
    wave.evolution = std::max(wave.evolution, one.evolution);
    if (first_order) wave.late_first_order = std::max(wave.late_first_order, one.late_first_order);
    wave.round_off = std::max(wave.round_off, one.round_off);
  }
  for (CertifiedWave& wave : result.waves) {
    wave.time_below = time_below(result.times, wave.error, params.error);
    for (std::size_t t = 0; t < result.times.size(); ++t)
      if (result.times[t] >= result.settling) wave.late_stationary = std::max(wave.late_stationary, wave.stationary[t]);
  }
  result.completed = true;
  return result;
}

}  // namespace rdd
