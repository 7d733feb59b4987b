// Steady states directly: the field with R(ρ) = 0 that the initial field goes to, without going there in time.
//
// Newton's method: (a − ∂R/∂ρ) δ = R(ρ), ρ ← ρ + δ, with a → 0. The linear systems go through GMRES with the
// preconditioner of implicit steps, so the iterations do not grow with the grid. Three things need care.
//
// What is conserved. In a closed box the combinations wᵀρ of the components with wᵀQ = 0 keep their integrals, ∂R/∂ρ is
// singular, and R(ρ) = 0 has a solution for every value of them. The one with those of the initial field is wanted:
// with u the uniform steady states, Q u = 0, and wᵀu = 1, the system becomes (−∂R/∂ρ + c u wᵀ⟨·⟩) δ = R(ρ), ⟨·⟩ the
// mean over the box. It is regular, and since wᵀ⟨R⟩ = 0 its solution has wᵀ⟨δ⟩ = 0. Where wᵀ⟨R⟩ is not zero, the same
// for every field, there is no steady state: something comes in that nothing takes away.
//
// What is not linear. There, Newton's method could leave for another steady state, or an unstable one. Steps of the
// implicit Euler method, a = 1/τ with τ growing as R(ρ) falls, first take the field along, roughly, to where it goes. A
// last a > 0 far below the slowest rate of the box keeps the system regular and what is conserved as it is.
//
// What changes with time: it is tried at three times.
#include <fmt/format.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_spgmr.h>

#include <Eigen/LU>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>

#include "runtime/expects.hpp"
#include "runtime/solve/preconditioner.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/sum.hpp"
#include "runtime/solve/sundials.hpp"

namespace rdd {
namespace {

constexpr int krylov_vectors = 30, restarts = 10, most_steps = 300;

/// wᵀQ = 0, Q u = 0, WᵀU = 1: (P, r) each, r = 0 where nothing is conserved.
struct Conserved {
  Eigen::MatrixXd W, U;
};
Conserved conserved(const Coefficients& coefficients, const Grid& grid) {
  const Eigen::MatrixXd& Q = coefficients.reaction;
  for (int axis = 0; axis < grid.dimension; ++axis)
    for (const Boundary side : grid.boundary[static_cast<std::size_t>(axis)])
      if (side != Boundary::periodic && side != Boundary::reflecting) return {};
  const double size = Q.cwiseAbs().maxCoeff();
  if (size == 0) return {Eigen::MatrixXd::Identity(Q.rows(), Q.rows()), Eigen::MatrixXd::Identity(Q.rows(), Q.rows())};
  Eigen::FullPivLU<Eigen::MatrixXd> left(Q.transpose() / size), right(Q / size);
  left.setThreshold(1e-12);
  right.setThreshold(1e-12);
  if (left.dimensionOfKernel() == 0 || left.dimensionOfKernel() != right.dimensionOfKernel()) return {};
  const Eigen::MatrixXd W = left.kernel(), U = right.kernel();
  return {W, U * (W.transpose() * U).inverse()};
}

class SteadyState {
 public:
  SteadyState(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
              const SolveParams& params, const Progress& progress, const std::function<bool()>& stop)
      : params_(params),
        progress_(progress),
        pace_(progress_),
        stop_(stop),
        cells_(grid.cells()),
        rhs_(kernels, grid, pde.components, params.threads),
        conserved_(conserved(pde.coefficients, grid)),
        slow_(slow_rate(pde, grid)),
        preconditioner_(pde, grid, rhs_.workers(), deflation()),
        field_(std::move(initial)),
        slope_(field_.size()),
        shifted_(field_.size()),
        shifted_slope_(field_.size()),
        change_(N_VNew_Serial(static_cast<sunindextype>(field_.size()), context_.get)),
        known_(N_VNew_Serial(static_cast<sunindextype>(field_.size()), context_.get)) {
    if (!change_ || !known_) throw std::bad_alloc();
    solver_.reset(SUNLinSol_SPGMR(change_.get(), SUN_PREC_LEFT, krylov_vectors, context_.get));
    expects(solver_ != nullptr, "a linear solver of SUNDIALS");
    SUNLinSol_SPGMRSetMaxRestarts(solver_.get(), restarts);
    SUNLinSolSetATimes(solver_.get(), this, multiply);
    SUNLinSolSetPreconditioner(solver_.get(), this, nullptr, precondition);
    expects(SUNLinSolInitialize(solver_.get()) == SUNLS_SUCCESS, "a linear solver of SUNDIALS");
    statistics.method = "direct (Newton–Krylov)";
  }

  bool find() {
    if (!std::isfinite(size(field_))) return fail("the initial field is not finite everywhere");
    rhs_.evaluate(0, field_, slope_);
    if (!std::isfinite(size(slope_))) return fail("the equation has no finite value for the initial field");
    if (changes_with_time()) return fail("the equation changes with time: it has no steady state");
    const bool straight = rhs_.linear() || affine();
    if (!drop_what_is_not_conserved()) return false;
    if (!straight && !follow()) return false;
    return newton(straight);
  }

  const Field& field() const { return field_; }
  SolveStatistics statistics;

 private:
  static double slow_rate(const ContinuumPde& pde, const Grid& grid) {
    double rate = std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
      const double length = static_cast<double>(grid.points[a]) * grid.spacing[a];
      for (const double D : pde.coefficients.diffusion[a][a].diagonal())
        if (D > 0) rate = std::min(rate, D / (length * length));
    }
    return std::isfinite(rate) ? rate : std::max(pde.coefficients.reaction.cwiseAbs().maxCoeff(), 1e-300);
  }

  // c u wᵀ (P, P), for the uniform wave.
  Eigen::MatrixXd deflation() const {
    if (conserved_.W.cols() == 0) return {};
    return slow_ * conserved_.U * conserved_.W.transpose();
  }

  double size(const Field& field) const { return size(field.data()); }
  double size(const double* values) const {
    return std::sqrt(pairwise_sum(0, field_.size(), [&](std::size_t i) { return values[i] * values[i]; }) /
                     static_cast<double>(field_.size()));
  }

  Eigen::VectorXd mean(const double* values) const {
    Eigen::VectorXd means(static_cast<Eigen::Index>(field_.size() / cells_));
    for (Eigen::Index p = 0; p < means.size(); ++p) {
      const double* first = values + static_cast<std::size_t>(p) * cells_;
      means[p] = pairwise_sum(0, cells_, [&](std::size_t i) { return first[i]; }) / static_cast<double>(cells_);
    }
    return means;
  }

  bool changes_with_time() {
    for (const double time : {0.37 / slow_, 1.71 / slow_}) {
      rhs_.evaluate(time, field_, shifted_slope_);
      if (shifted_slope_ != slope_) return true;
    }
    return false;
  }

  // Is R(ρ + 2d) − R(ρ) twice R(ρ + d) − R(ρ)?
  bool affine() {
    const double d = std::max(size(field_), 1e-3 * size(slope_) / slow_);
    Field once(field_.size()), twice(field_.size());
    for (const auto& [steps, slope] : {std::pair{1, &once}, {2, &twice}}) {
      for (std::size_t i = 0; i < field_.size(); ++i)
        shifted_[i] = field_[i] + steps * d * (1 + 0.5 * std::sin(static_cast<double>(i)));
      rhs_.evaluate(0, shifted_, *slope);
    }
    double difference = 0, scale = 0;
    for (std::size_t i = 0; i < field_.size(); ++i) {
      difference = std::max(difference, std::abs(twice[i] - 2 * once[i] + slope_[i]));
      scale = std::max(scale, std::abs(twice[i]));
    }
    return difference <= 1e-10 * scale;
  }

  // What the reactions of the model and the kinds of the walls conserve may change by sources (for ever: no steady
  // state), or by what depends on the densities (then it is not conserved).
  bool drop_what_is_not_conserved() {
    if (conserved_.W.cols() == 0) return true;
    const double d = std::max(size(field_), size(slope_) / slow_);
    for (std::size_t i = 0; i < field_.size(); ++i) shifted_[i] = 2 * field_[i] + d;
    rhs_.evaluate(0, shifted_, shifted_slope_);
    const Eigen::VectorXd now = conserved_.W.transpose() * mean(slope_.data());
    const Eigen::VectorXd then = conserved_.W.transpose() * mean(shifted_slope_.data());
    const double round_off = 1e-11 * std::max(size(slope_), size(shifted_slope_)) * conserved_.W.cwiseAbs().maxCoeff();
    if (((now - then).cwiseAbs().array() > round_off).any()) {
      conserved_ = {};
      preconditioner_.add_to_uniform({});
      return true;
    }
    if ((now.cwiseAbs().array() > round_off).any())
      return fail("there is no steady state: sources feed a closed box, from which nothing is lost");
    return true;
  }

  // Implicit Euler steps, ever longer, until they are long beside the slowest diffusion across the box and change
  // little.
  bool follow() {
    double a = 100 * slow_, before = size(slope_);
    for (int step = 0; step < most_steps; ++step) {
      const double changed = solve(a, 1e-3);
      if (!std::isfinite(changed)) return fail(lost);
      add();
      const double after = size(slope_);
      if (!std::isfinite(after)) return fail(lost);
      if (changed <= 1e-4 * size(field_) && a <= 1e-3 * slow_) return true;
      a *= std::clamp(after / std::max(before, 1e-300), 0.1, 2.0) * 0.5;
      a = std::max(a, 1e-6 * slow_);
      before = after;
    }
    return fail("no steady state was reached: the densities keep changing; give `until` a time to see how");
  }

  bool newton(bool straight) {
    // A linear equation needs one step, and others to take out the round-off of the first.
    const double a = straight ? 0 : 1e-8 * slow_;
    double best = std::numeric_limits<double>::infinity();
    for (int step = 0; step < 30; ++step) {
      const double changed = solve(a, 1e-2 * params_.tolerance);
      if (!std::isfinite(changed)) return fail(lost);
      add();
      const double scale = size(field_);
      statistics.error = scale > 0 ? changed / scale : 0;
      if (changed <= 1e-2 * params_.tolerance * scale || changed == 0) return true;
      if (changed >= 0.5 * best)  // no better than before: round-off, or no solution
        return changed <= params_.tolerance * scale || fail(lost);
      best = changed;
    }
    return fail(lost);
  }

  // δ into `change_`; its size. `accuracy` is relative to the field, or to δ where that is larger.
  double solve(double a, double accuracy) {
    a_ = a;
    std::copy(slope_.begin(), slope_.end(), N_VGetArrayPointer_Serial(known_.get()));
    // The preconditioned right-hand side is about as large as δ.
    preconditioner_.solve(a_, 1, slope_.data(), N_VGetArrayPointer_Serial(change_.get()));
    expected_ = size(N_VGetArrayPointer_Serial(change_.get()));
    N_VConst(0, change_.get());
    if (expected_ == 0) return 0;
    const double allowed = accuracy * std::max(size(field_), expected_) * std::sqrt(static_cast<double>(field_.size()));
    SUNLinSolSetZeroGuess(solver_.get(), SUNTRUE);
    const int flag = SUNLinSolSolve(solver_.get(), nullptr, change_.get(), known_.get(), allowed);
    statistics.iterations += SUNLinSolNumIters(solver_.get());
    if (flag != SUNLS_SUCCESS && flag != SUNLS_RES_REDUCED) return std::numeric_limits<double>::quiet_NaN();
    return size(N_VGetArrayPointer_Serial(change_.get()));
  }

  void add() {
    const double* change = N_VGetArrayPointer_Serial(change_.get());
    for (std::size_t i = 0; i < field_.size(); ++i) field_[i] += change[i];
    rhs_.evaluate(0, field_, slope_);
    statistics.kernel_calls = rhs_.sweeps();
    pace_.report(0, ++statistics.steps);
  }

  // out = a v − ∂R/∂ρ v + c u wᵀ⟨v⟩
  static int multiply(void* user, N_Vector v, N_Vector out) {
    auto& self = *static_cast<SteadyState*>(user);
    if (self.stop_ && self.stop_()) {
      self.stopped_ = true;
      return -1;
    }
    const double* in = N_VGetArrayPointer_Serial(v);
    double* to = N_VGetArrayPointer_Serial(out);
    if (self.rhs_.linear()) {
      self.rhs_.evaluate(0, in, to);
      for (std::size_t i = 0; i < self.field_.size(); ++i) to[i] = self.a_ * in[i] - to[i];
    } else {
      const double length = self.size(in), scale = std::max(self.size(self.field_), self.expected_);
      const double step = length > 0 ? 1e-7 * scale / length : 1;
      for (std::size_t i = 0; i < self.field_.size(); ++i) self.shifted_[i] = self.field_[i] + step * in[i];
      self.rhs_.evaluate(0, self.shifted_, self.shifted_slope_);
      for (std::size_t i = 0; i < self.field_.size(); ++i)
        to[i] = self.a_ * in[i] - (self.shifted_slope_[i] - self.slope_[i]) / step;
    }
    if (self.conserved_.W.cols() > 0) {
      const Eigen::VectorXd added = self.deflation() * self.mean(in);
      for (std::size_t i = 0; i < self.field_.size(); ++i) to[i] += added[static_cast<Eigen::Index>(i / self.cells_)];
    }
    return 0;
  }

  static int precondition(void* user, N_Vector r, N_Vector z, double, int) {
    auto& self = *static_cast<SteadyState*>(user);
    self.preconditioner_.solve(self.a_, 1, N_VGetArrayPointer_Serial(r), N_VGetArrayPointer_Serial(z));
    return 0;
  }

  bool fail(const std::string& sentence) {
    if (!stopped_) statistics.failure = sentence;
    return false;
  }
  static constexpr const char* lost =
      "no steady state was found: there may be none, or none that the initial densities go to; give `until` a time to "
      "see what they do";

  SolveParams params_;
  Progress progress_;
  Pace pace_;
  std::function<bool()> stop_;
  bool stopped_ = false;  // asked for
  std::size_t cells_;
  RightHandSide rhs_;
  Conserved conserved_;
  double slow_;  // 1/s; of diffusion across the box
  Preconditioner preconditioner_;
  Field field_, slope_;            // ρ, R(ρ)
  Field shifted_, shifted_slope_;  // for difference quotients
  double a_ = 0;                   // 1/s
  double expected_ = 0;            // size of δ, about
  sundials::Context context_;
  sundials::Vector change_, known_;  // δ, right-hand side
  sundials::LinearSolver solver_;
};

}  // namespace

SolveStatistics solve_steady(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                             const SolveParams& params, const Observer& observe, const Progress& progress,
                             const std::function<bool()>& stop) {
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  const auto begin = std::chrono::steady_clock::now();
  SteadyState state(kernels, pde, grid, std::move(initial), params, progress, stop);
  const bool found = state.find();
  state.statistics.completed = found && observe(std::numeric_limits<double>::infinity(), state.field());
  state.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return state.statistics;
}

}  // namespace rdd
