// The exact solution in time of the reduced equation on a periodic grid: every wave vector on its own.
//
// The equation has constant coefficients, so the Fourier series of the densities obeys dc(k)/dt = S(k) c(k) with the P
// × P symbol S(k) = Q + i k·C − k·D·k (docs/theory.md, section 5): c(k, t + Δt) = exp(Δt S(k)) c(k, t) for any Δt.
// There is no error in time, and none in space but the wave vectors the grid cannot hold. One exponential a wave vector
// serves all output intervals of one length; the transforms are FFTW's, real to complex, so half of the wave vectors
// suffice.
//
// On an axis with an even number of points the highest wave vector ±π/h is one mode, cos(πx/h): its first derivative
// vanishes at every grid point. There the terms odd in that component, i k·C and the mixed k_a k_b, are left out, which
// keeps the field real.
#include <fftw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <mutex>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// FFTW's planner keeps global state and is not made for several threads; its execution is.
std::mutex planner;

// The P fields and their Fourier coefficients, all P transforms at once. The wave vectors with k_x ≥ 0 are kept, in the
// order of the grid with ⌊n_x/2⌋ + 1 in place of n_x.
class Transforms {
 public:
  Transforms(const Grid& grid, int components) : cells_(grid.cells()) {
    std::array<int, 3> n{};
    const int rank = grid.dimension;
    for (int axis = 0; axis < rank; ++axis) {  // FFTW wants the slowest axis first
      const long points = grid.points[static_cast<std::size_t>(axis)];
      expects(points <= std::numeric_limits<int>::max(), "a grid axis that an int can count");
      n[static_cast<std::size_t>(rank - 1 - axis)] = static_cast<int>(points);
    }
    modes_ = cells_ / static_cast<std::size_t>(grid.points[0]) * static_cast<std::size_t>(grid.points[0] / 2 + 1);
    expects(std::max(cells_, modes_) <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
            "a grid FFTW can count");
    const auto P = static_cast<std::size_t>(components);
    real_ = fftw_alloc_real(cells_ * P);
    complex_ = fftw_alloc_complex(modes_ * P);
    if (!real_ || !complex_) {
      release();
      throw std::bad_alloc();
    }
    const int cells = static_cast<int>(cells_), modes = static_cast<int>(modes_);
    const std::lock_guard lock(planner);  // ESTIMATE: plans depend on the sizes only, so the bytes of results do
    forward_ = fftw_plan_many_dft_r2c(rank, n.data(), components, real_, nullptr, 1, cells, complex_, nullptr, 1, modes,
                                      FFTW_ESTIMATE);
    backward_ = fftw_plan_many_dft_c2r(rank, n.data(), components, complex_, nullptr, 1, modes, real_, nullptr, 1,
                                       cells, FFTW_ESTIMATE);
    expects(forward_ && backward_, "a plan from FFTW");
  }
  ~Transforms() { release(); }
  Transforms(const Transforms&) = delete;
  Transforms& operator=(const Transforms&) = delete;

  std::size_t modes() const { return modes_; }

  /// Coefficients of the Fourier series, [component][mode]; that of k = 0 is the mean.
  std::vector<Complex> coefficients(const Field& field) {
    std::copy(field.begin(), field.end(), real_);
    fftw_execute(forward_);
    const auto* first = reinterpret_cast<const Complex*>(complex_);
    std::vector<Complex> all(first, first + field.size() / cells_ * modes_);
    for (Complex& c : all) c /= static_cast<double>(cells_);
    return all;
  }

  void synthesise(const std::vector<Complex>& coefficients, Field& field) {
    std::copy(coefficients.begin(), coefficients.end(), reinterpret_cast<Complex*>(complex_));
    fftw_execute(backward_);
    std::copy(real_, real_ + field.size(), field.begin());
  }

 private:
  void release() {
    const std::lock_guard lock(planner);
    if (forward_) fftw_destroy_plan(forward_);
    if (backward_) fftw_destroy_plan(backward_);
    fftw_free(real_);
    fftw_free(complex_);
  }

  std::size_t cells_, modes_ = 0;
  double* real_ = nullptr;
  fftw_complex* complex_ = nullptr;
  fftw_plan forward_ = nullptr, backward_ = nullptr;
};

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
  Propagation(const ContinuumPde& pde, const Grid& grid, std::size_t modes, int threads)
      : pde_(pde), grid_(grid), modes_(modes), workers_(threads) {}

  /// c(k) ← exp(Δt S(k)) c(k) for every k; `again`: the same Δt will be asked for once more. [component][mode]
  void advance(std::vector<Complex>& coefficients, double interval, bool again) {
    const auto P = static_cast<std::size_t>(pde_.components);
    const bool known = interval == kept_interval_;
    const bool keep = !known && again && modes_ * P * P * sizeof(Complex) <= most_kept;
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
        for (std::size_t p = 0; p < P; ++p) old[p] = coefficients[p * modes_ + mode];
        for (std::size_t i = 0; i < P; ++i) {
          Complex sum = 0;
          for (std::size_t j = 0; j < P; ++j) sum += E[i * P + j] * old[j];
          coefficients[i * modes_ + mode] = sum;
        }
      }
    });
  }

 private:
  // S(k) of one wave vector, k_a = 2π j_a / (n_a h_a) with j_a in (−n_a/2, n_a/2].
  Eigen::MatrixXcd symbol_at(std::size_t mode) const {
    const auto dimension = static_cast<std::size_t>(pde_.dimension);
    const std::array<long, 3> counts{grid_.points[0] / 2 + 1, grid_.points[1], grid_.points[2]};
    std::array<double, 3> k{}, odd{};  // odd: k without the highest wave vectors of even axes
    auto rest = static_cast<long>(mode);
    for (std::size_t a = 0; a < dimension; ++a) {
      const long n = grid_.points[a];
      long j = rest % counts[a];
      rest /= counts[a];
      if (2 * j > n) j -= n;
      k[a] = 2 * std::numbers::pi * static_cast<double>(j) / (static_cast<double>(n) * grid_.spacing[a]);
      odd[a] = 2 * j == n ? 0 : k[a];
    }
    const Coefficients& c = pde_.coefficients;
    Eigen::MatrixXd even_part = c.reaction, odd_part = Eigen::MatrixXd::Zero(c.reaction.rows(), c.reaction.cols());
    for (std::size_t a = 0; a < dimension; ++a) {
      odd_part += odd[a] * c.drift[a];
      for (std::size_t b = 0; b < dimension; ++b)
        even_part -= (a == b ? k[a] * k[a] : odd[a] * odd[b]) * c.diffusion[a][b];
    }
    return even_part.cast<Complex>() + Complex(0, 1) * odd_part.cast<Complex>();
  }

  // Beyond this many bytes exponentials are computed anew for every interval.
  static constexpr std::size_t most_kept = std::size_t{1} << 30;

  const ContinuumPde& pde_;
  const Grid& grid_;
  std::size_t modes_;
  Workers workers_;
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
        grid_(grid),
        start_(start),
        until_(params.until),
        progress_(progress),
        pace_(progress_),
        field_(std::move(initial)),
        transforms_(grid_, pde_.components),
        propagation_(pde_, grid_, transforms_.modes(), params.threads),
        mean_(pde_.components) {
    statistics_.method = "exponential (FFTW)";
    if (!finite(field_)) {
      statistics_.failure = "the initial field is not finite everywhere";
      return;
    }
    coefficients_ = transforms_.coefficients(field_);
    for (Eigen::Index p = 0; p < mean_.size(); ++p)
      mean_[p] = coefficients_[static_cast<std::size_t>(p) * transforms_.modes()].real();
  }

  const Field& field() const override { return field_; }

  bool advance(const Interval& interval) override {
    if (!statistics_.failure.empty()) return false;
    propagation_.advance(coefficients_, interval.length, interval.again);
    // The uniform part from the start again: round-off does not add up in it.
    const Eigen::VectorXd uniform = uniform_propagator(pde_.coefficients.reaction, interval.to - start_) * mean_;
    for (Eigen::Index p = 0; p < uniform.size(); ++p)
      coefficients_[static_cast<std::size_t>(p) * transforms_.modes()] = uniform[p];
    transforms_.synthesise(coefficients_, field_);

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

 private:
  void exchange_state(Archive& archive) override {
    archive.numbers("field", field_);
    archive.numbers("coefficients", {reinterpret_cast<double*>(coefficients_.data()), 2 * coefficients_.size()});
    archive.numbers("mean", {mean_.data(), static_cast<std::size_t>(mean_.size())});
  }

  ContinuumPde pde_;
  Grid grid_;
  double start_, until_;
  Progress progress_;
  Pace pace_;
  Field field_;
  Transforms transforms_;
  Propagation propagation_;
  Eigen::VectorXd mean_;  // of the initial field
  std::vector<Complex> coefficients_;
};

}  // namespace

std::unique_ptr<Integrator> exponential_integrator(const ContinuumPde& pde, const Grid& grid, Field initial,
                                                   double start, const SolveParams& params, const Progress& progress) {
  expects(pde.dimension == grid.dimension, "a grid of the equation's dimension");
  for (int axis = 0; axis < grid.dimension; ++axis)
    expects(grid.periodic(axis), "a periodic grid for the exponential method");
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  return std::make_unique<ExponentialIntegrator>(pde, grid, std::move(initial), start, params, progress);
}

SolveStatistics solve_exponential(const ContinuumPde& pde, const Grid& grid, Field initial, const SolveParams& params,
                                  const Observer& observe, const Progress& progress) {
  return integrate(*exponential_integrator(pde, grid, std::move(initial), 0, params, progress), params, observe);
}

}  // namespace rdd
