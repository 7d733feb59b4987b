// Time integration by backward differences: steps as long as the solution allows, however fast the fastest mode of the
// grid would decay.
//
// CVODE chooses order and step, predicts, and solves y − γ R(t, y) = known by Newton's method. Its linear systems
// (1 − γ ∂R/∂y) x = r are never formed: GMRES needs products with ∂R/∂y only, which is R itself where R is linear and a
// difference quotient elsewhere. The preconditioner inverts the constant part of the matrix exactly, so a linear
// equation that keeps the waves of the box apart takes one iteration, others a few, on any grid.
//
// Errors are measured as in the explicit method: root mean squares over all cells, relative to the field's. CVODE steps
// over output times and interpolates back, to the order of the step, so outputs do not shorten its steps. It never
// looks beyond `until`. Its vectors are plain arrays added up in their order; threads share the sweeps and the waves
// only, so the result does not depend on how many there are.
#include <cvode/cvode.h>
#include <fmt/format.h>
#include <sunlinsol/sunlinsol_spgmr.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "runtime/expects.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/preconditioner.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/sum.hpp"
#include "runtime/solve/sundials.hpp"

namespace rdd {
namespace {

// Krylov vectors kept between restarts: beyond this many the preconditioner is no help, and a shorter step is.
constexpr int krylov_vectors = 12;

struct FreeCvode {
  void operator()(void* cvode) const { CVodeFree(&cvode); }
};

class ImplicitIntegrator : public Integrator {
 public:
  ImplicitIntegrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial, double start,
                     const SolveParams& params, const Progress& progress)
      : params_(params),
        progress_(progress),
        pace_(progress_),
        rhs_(kernels, grid, pde.components, params.threads),
        preconditioner_(pde, grid, rhs_.workers()),
        field_(std::move(initial)),
        reached_(start) {
    time_ = start;
    statistics_.method = "implicit (CVODE)";
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
    set_up(start);
  }

  const Field& field() const override { return field_; }

  bool advance(const Interval& interval) override {
    if (!statistics_.failure.empty()) return false;
    go_on();
    CVodeSetStopTime(cvode_.get(), std::max(interval.to, params_.until));
    while (reached_ < interval.to) {
      const int flag = CVode(cvode_.get(), std::max(interval.to, params_.until), state_.get(), &reached_, CV_ONE_STEP);
      count();
      if (flag < 0) return broken(flag);
      ++statistics_.steps;
      double step = 0;
      CVodeGetLastStep(cvode_.get(), &step);
      statistics_.smallest_step = statistics_.steps == 1 ? step : std::min(statistics_.smallest_step, step);
      statistics_.largest_step = std::max(statistics_.largest_step, step);
      CVodeGetEstLocalErrors(cvode_.get(), room_.get());
      statistics_.error += root_mean_square(N_VGetArrayPointer_Serial(room_.get())) / scale_;
      pace_.report(reached_ / params_.until, statistics_.steps);
      if (statistics_.steps % steps_between_rests != 0 || reached_ >= interval.to) continue;
      begin_anew();
      if (pause()) return true;
    }
    time_ = interval.to;
    const N_Vector found = reached_ == interval.to ? state_.get() : room_.get();
    if (found == room_.get()) CVodeGetDky(cvode_.get(), interval.to, 0, found);
    const double* values = N_VGetArrayPointer_Serial(found);
    std::copy(values, values + field_.size(), field_.begin());
    return std::isfinite(root_mean_square(field_.data())) || broken(CV_ILL_INPUT);
  }

  bool at_rest() const override { return paused() || statistics_.steps == 0; }

 private:
  void exchange_state(Archive& archive) override {
    double* const state = N_VGetArrayPointer_Serial(state_.get());
    archive.numbers("field", field_);
    archive.numbers("state", {state, field_.size()});
    archive.number("reached", reached_);
    archive.number("scale", scale_);
    archive.number("least scale", least_scale_);
    archive.count("iterations", statistics_.iterations);
    begin_anew();
  }

  // CVODE shows its state but does not take one back. So every so many steps it forgets what it has learnt, which costs
  // it a few short ones; what is left then is the state alone, and a solve can leave off there and be taken up again.
  static constexpr long steps_between_rests = 200;
  void begin_anew() {
    CVodeReInit(cvode_.get(), reached_, state_.get());
    counted_ = {};
    sweeps_before_ = rhs_.sweeps();
  }

  void set_up(double start) {
    const auto size = static_cast<sunindextype>(field_.size());
    state_.reset(N_VNew_Serial(size, context_.get));
    room_.reset(N_VNew_Serial(size, context_.get));
    if (!state_ || !room_) throw std::bad_alloc();
    std::copy(field_.begin(), field_.end(), N_VGetArrayPointer_Serial(state_.get()));
    cvode_.reset(CVodeCreate(CV_BDF, context_.get));
    void* const cvode = cvode_.get();
    expects(cvode != nullptr, "an integrator of SUNDIALS");
    CVodeSetErrHandlerFn(
        cvode, [](int, const char*, const char*, char*, void*) {}, nullptr);
    const auto done = [](int flag) { expects(flag == CV_SUCCESS, "a setting that SUNDIALS knows"); };
    done(CVodeInit(cvode, right_hand_side, start, state_.get()));
    done(CVodeSetUserData(cvode, this));
    done(CVodeWFtolerances(cvode, weights));
    done(CVodeSetStabLimDet(cvode, SUNTRUE));  // drift: high orders are not stable near the imaginary axis
    if (params_.step > 0) done(CVodeSetMaxStep(cvode, params_.step));
    solver_.reset(SUNLinSol_SPGMR(state_.get(), SUN_PREC_LEFT, krylov_vectors, context_.get));
    expects(solver_ != nullptr, "a linear solver of SUNDIALS");
    done(CVodeSetLinearSolver(cvode, solver_.get(), nullptr));
    done(CVodeSetPreconditioner(cvode, nullptr, precondition));
    if (rhs_.linear()) done(CVodeSetJacTimes(cvode, nullptr, jacobian));
  }

  static int right_hand_side(double time, N_Vector y, N_Vector slope, void* self) {
    static_cast<ImplicitIntegrator*>(self)->rhs_.evaluate(time, N_VGetArrayPointer_Serial(y),
                                                          N_VGetArrayPointer_Serial(slope));
    return 0;
  }

  // ∂R/∂y v = R(v) where R is linear.
  static int jacobian(N_Vector v, N_Vector product, double time, N_Vector, N_Vector, void* self, N_Vector) {
    return right_hand_side(time, v, product, self);
  }

  static int precondition(double, N_Vector, N_Vector, N_Vector r, N_Vector z, double gamma, double, int, void* self) {
    static_cast<ImplicitIntegrator*>(self)->preconditioner_.solve(1, gamma, N_VGetArrayPointer_Serial(r),
                                                                  N_VGetArrayPointer_Serial(z));
    return 0;
  }

  // An error e may have √⟨e²⟩ ≤ tolerance·√⟨y²⟩.
  static int weights(N_Vector y, N_Vector weight, void* user) {
    auto& self = *static_cast<ImplicitIntegrator*>(user);
    const double size = self.root_mean_square(N_VGetArrayPointer_Serial(y));
    if (!std::isfinite(size)) return -1;
    self.scale_ = std::max(size, self.least_scale_);
    self.least_scale_ = std::max(self.least_scale_, 1e-3 * size);
    N_VConst(1 / (self.params_.tolerance * self.scale_), weight);
    return 0;
  }

  double root_mean_square(const double* values) const {
    return std::sqrt(pairwise_sum(0, field_.size(), [&](std::size_t i) { return values[i] * values[i]; }) /
                     static_cast<double>(field_.size()));
  }

  // Adds what CVODE has counted since it was last asked.
  void count() {
    Counts now;
    long errors = 0, unsolved = 0;
    CVodeGetNumErrTestFails(cvode_.get(), &errors);
    CVodeGetNumStepSolveFails(cvode_.get(), &unsolved);
    CVodeGetNumLinIters(cvode_.get(), &now.iterations);
    now.rejected = errors + unsolved;
    statistics_.rejected += now.rejected - counted_.rejected;
    statistics_.iterations += now.iterations - counted_.iterations;
    statistics_.kernel_calls += rhs_.sweeps() - sweeps_before_;
    sweeps_before_ = rhs_.sweeps();
    counted_ = now;
  }

  bool broken(int flag) {
    if (flag == CV_ILL_INPUT || flag == CV_RHSFUNC_FAIL)
      statistics_.failure = fmt::format(
          "the field is no longer finite at t = {:.4g} s: the equation amplifies some wave vector of this grid; use a "
          "coarser grid or check that the reduced equation is well posed",
          reached_);
    else if (flag == CV_CONV_FAILURE)
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

  SolveParams params_;
  Progress progress_;
  Pace pace_;
  RightHandSide rhs_;
  Preconditioner preconditioner_;
  struct Counts {
    long rejected = 0, iterations = 0;
  } counted_;               // by CVODE, of what the statistics hold
  long sweeps_before_ = 0;  // those the statistics hold
  Field field_;             // at the end of the last interval
  double reached_;          // s; of the state, which may be ahead of the field
  double scale_ = 0;        // what errors are relative to: root mean square of the state
  double least_scale_ = 0;  // a thousandth of the largest there was: nobody asks for the digits of what has decayed
  sundials::Context context_;
  sundials::Vector state_, room_;
  sundials::LinearSolver solver_;
  std::unique_ptr<void, FreeCvode> cvode_;
};

}  // namespace

std::unique_ptr<Integrator> implicit_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                                Field initial, double start, const SolveParams& params,
                                                const Progress& progress) {
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  expects(params.tolerance > 0 && params.step >= 0, "a tolerance above zero and no negative step");
  return std::make_unique<ImplicitIntegrator>(kernels, pde, grid, std::move(initial), start, params, progress);
}

SolveStatistics solve_implicit(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                               const SolveParams& params, const Observer& observe, const Progress& progress) {
  return integrate(*implicit_integrator(kernels, pde, grid, std::move(initial), 0, params, progress), params, observe);
}

}  // namespace rdd
