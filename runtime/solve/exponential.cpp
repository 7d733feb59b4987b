// The exact solution in time of the reduced equation: every wave of the box on its own.
//
// With constant coefficients the amplitudes of a wave obey dc(k)/dt = S(k) c(k) with the P × P symbol S(k) = Q + i k·C
// − k·D·k (docs/theory.md, section 5): c(k, t + Δt) = exp(Δt S(k)) c(k, t) for any Δt. There is no error in time, and
// none in space but the waves the grid cannot hold. One exponential a wave serves all output intervals of one length.
// The waves are plane ones along periodic axes and standing ones between walls, as far as the equation keeps them
// apart: waves.hpp.
//
// In place of S(k) the exact slow symbol H(k) of the network can be taken, of which S is the expansion about k = 0
// (runtime/reduction/symbol.hpp): then the reduction itself is exact too, for every wave that has one. The others, and
// the highest wave of an axis with an even number of points, go by S(k).
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <complex>

#include "runtime/expects.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/waves.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// exp(t Q) for k = 0, with columns that sum to 1 to the last bit where those of Q sum to 0: so the total stays what it
// was.
Eigen::MatrixXd uniform_propagator(const Eigen::MatrixXd& reaction, double time) {
  Eigen::MatrixXd E = matrix_exponential((time * reaction).cast<Complex>()).real();
  const bool conserving =
      ((reaction.colwise().sum().cwiseAbs() - 1e-9 * reaction.cwiseAbs().colwise().sum()).array() <= 0).all();
  if (conserving)
    for (Eigen::Index j = 0; j < E.cols(); ++j) E.col(j) /= E.col(j).sum();
  return E;
}

class Propagation {
 public:
  Propagation(const ContinuumPde& pde, const Waves& waves, const SymbolFunction& exact, int threads)
      : pde_(pde), waves_(waves), exact_(exact), modes_(waves.modes()), workers_(threads) {}

  /// c(k) ← exp(Δt S(k)) c(k) for every k; `again`: the same Δt will be asked for once more. [component][mode]
  void advance(std::vector<Complex>& amplitudes, double interval, bool again) {
    const auto P = static_cast<std::size_t>(pde_.components);
    const bool known = interval == kept_interval_;
    const bool keep = !known && again && modes_ * P * P * sizeof(Complex) <= most_kept;
    if (!known) exact_waves_ = 0;
    if (keep) {
      kept_.resize(modes_ * P * P);
      kept_interval_ = interval;
    }
    workers_.run(static_cast<long>(modes_), [&](long first, long last) {
      std::vector<Complex> fresh(P * P), old(P);
      for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode) {
        Complex* E = known || keep ? &kept_[mode * P * P] : fresh.data();  // row by row
        if (!known) {
          const Eigen::MatrixXcd exponential = matrix_exponential(interval * symbol_at(mode));
          for (std::size_t i = 0; i < P; ++i)
            for (std::size_t j = 0; j < P; ++j)
              E[i * P + j] = exponential(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
        }
        for (std::size_t p = 0; p < P; ++p) old[p] = amplitudes[p * modes_ + mode];
        for (std::size_t i = 0; i < P; ++i) {
          Complex sum = 0;
          for (std::size_t j = 0; j < P; ++j) sum += E[i * P + j] * old[j];
          amplitudes[i * modes_ + mode] = sum;
        }
      }
    });
  }

  /// How many waves went by the exact slow symbol.
  std::size_t exact_waves() const { return exact_waves_; }

 private:
  Eigen::MatrixXcd symbol_at(std::size_t mode) {
    const Wave wave = waves_.wave(mode);
    if (exact_ && wave.k == wave.odd) {
      const Eigen::Map<const Eigen::VectorXd> k(wave.k.data(), pde_.dimension);
      if (std::optional<Eigen::MatrixXcd> H = exact_(k)) {
        ++exact_waves_;
        return *std::move(H);
      }
    }
    return symbol(pde_.coefficients, wave, pde_.dimension);
  }

  // Beyond this many bytes exponentials are computed anew for every interval.
  static constexpr std::size_t most_kept = std::size_t{1} << 30;

  const ContinuumPde& pde_;
  const Waves& waves_;
  const SymbolFunction& exact_;
  std::size_t modes_;
  Workers workers_;
  std::atomic<std::size_t> exact_waves_ = 0;
  double kept_interval_ = 0;
  std::vector<Complex> kept_;  // [mode][row][column]
};

bool finite(const Field& field) {
  return std::all_of(field.begin(), field.end(), [](double value) { return std::isfinite(value); });
}

class ExponentialIntegrator : public Integrator {
 public:
  ExponentialIntegrator(const ContinuumPde& pde, const Grid& grid, Field initial, double start,
                        const SolveParams& params, const Progress& progress)
      : pde_(pde),
        exact_(params.symbol),
        start_(start),
        until_(params.until),
        progress_(progress),
        pace_(progress_),
        field_(std::move(initial)),
        waves_(grid, pde_.components),
        propagation_(pde_, waves_, exact_, params.threads),
        mean_(pde_.components) {
    statistics_.method = std::string("exponential (") + Waves::transforms() + ")";
    time_ = start;
    if (!finite(field_)) {
      statistics_.failure = "the initial field is not finite everywhere";
      return;
    }
    waves_.analyse(field_.data());
    const auto count = static_cast<std::size_t>(pde_.components) * waves_.modes();
    amplitudes_.assign(waves_.amplitudes(), waves_.amplitudes() + count);
    for (Eigen::Index p = 0; p < mean_.size(); ++p)
      mean_[p] = amplitudes_[static_cast<std::size_t>(p) * waves_.modes()].real();
  }

  const Field& field() const override { return field_; }

 private:
  bool go(const Interval& interval, bool) override {
    propagation_.advance(amplitudes_, interval.length, interval.again);
    if (waves_.uniform()) {  // from the start again: round-off does not add up in the total
      const Eigen::VectorXd uniform = uniform_propagator(pde_.coefficients.reaction, interval.to - start_) * mean_;
      for (Eigen::Index p = 0; p < uniform.size(); ++p)
        amplitudes_[static_cast<std::size_t>(p) * waves_.modes()] = uniform[p];
    }
    std::copy(amplitudes_.begin(), amplitudes_.end(), waves_.amplitudes());
    waves_.synthesise(field_.data());
    if (exact_)
      statistics_.method = fmt::format("exponential ({}), exact slow symbol for {} of {} waves", Waves::transforms(),
                                       propagation_.exact_waves(), waves_.modes());
    time_ = interval.to;

    ++statistics_.steps;
    statistics_.smallest_step =
        statistics_.steps == 1 ? interval.length : std::min(statistics_.smallest_step, interval.length);
    statistics_.largest_step = std::max(statistics_.largest_step, interval.length);
    if (!finite(field_)) {
      statistics_.failure = fmt::format(
          "the field is no longer finite at t = {:.4g} s: the equation amplifies some wave vector of this grid; use a "
          "coarser "
          "grid or check that the reduced equation is well posed",
          interval.to);
      return false;
    }
    pace_.report(interval.to / until_, statistics_.steps);
    return true;
  }

  void exchange_state(Archive& archive) override {
    archive.numbers("field", field_);
    archive.numbers("amplitudes", {reinterpret_cast<double*>(amplitudes_.data()), 2 * amplitudes_.size()});
    archive.numbers("mean", {mean_.data(), static_cast<std::size_t>(mean_.size())});
  }

  ContinuumPde pde_;
  SymbolFunction exact_;
  double start_, until_;
  Progress progress_;
  Pace pace_;
  Field field_;
  Waves waves_;
  Propagation propagation_;
  Eigen::VectorXd mean_;             // of the initial field, where there is a uniform wave
  std::vector<Complex> amplitudes_;  // [component][mode]
};

}  // namespace

std::unique_ptr<Integrator> exponential_integrator(const ContinuumPde& pde, const Grid& grid, Field initial,
                                                   double start, const SolveParams& params, const Progress& progress) {
  expects(pde.dimension == grid.dimension, "a grid of the equation's dimension");
  expects(mixes_waves(pde.coefficients, grid).empty(), "waves that the equation keeps apart");
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  return std::make_unique<ExponentialIntegrator>(pde, grid, std::move(initial), start, params, progress);
}

SolveStatistics solve_exponential(const ContinuumPde& pde, const Grid& grid, Field initial, const SolveParams& params,
                                  const Observer& observe, const Progress& progress) {
  return integrate(*exponential_integrator(pde, grid, std::move(initial), 0, params, progress), params, observe);
}

}  // namespace rdd
