// Time integration by backward differences: steps as long as the solution allows, however fast the fastest mode of the
// grid would decay.
//
// CVODE chooses order and step, predicts, and solves y − γ R(t, y) = known by Newton's method. Its linear systems
// (1 − γ ∂R/∂y) x = r are never formed: GMRES needs products with ∂R/∂y only, which is R itself where R is linear and a
// difference quotient elsewhere. The preconditioner inverts the constant part of the matrix exactly, so a linear
// equation that keeps the waves of the box apart takes one iteration, others a few, on any grid.
#include <cvode/cvode.h>
#include <sunlinsol/sunlinsol_spgmr.h>

#include "runtime/expects.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/sundials_integrator.hpp"

namespace rdd {
namespace {

// Krylov vectors kept between restarts: beyond this many the preconditioner is no help, and a shorter step is.
constexpr int krylov_vectors = 12;

struct FreeCvode {
  void operator()(void* cvode) const { CVodeFree(&cvode); }
};

class ImplicitIntegrator : public SundialsIntegrator {
 public:
  ImplicitIntegrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial, double start,
                     const SolveParams& params, const Progress& progress)
      : SundialsIntegrator("implicit (CVODE)", kernels, pde, grid, std::move(initial), start, params, progress) {
    if (!statistics_.failure.empty()) return;
    cvode_.reset(CVodeCreate(CV_BDF, context_.get));
    void* const cvode = cvode_.get();
    expects(cvode != nullptr, "an integrator of SUNDIALS");
    CVodeSetErrHandlerFn(
        cvode, [](int, const char*, const char*, char*, void*) {}, nullptr);
    const auto done = [](int flag) { expects(flag == CV_SUCCESS, "a setting that SUNDIALS knows"); };
    done(CVodeInit(cvode, right_hand_side, start, state_.get()));
    done(CVodeSetUserData(cvode, this));
    done(CVodeWFtolerances(cvode, own_weights));
    done(CVodeSetStabLimDet(cvode, SUNTRUE));  // drift: high orders are not stable near the imaginary axis
    if (params_.step > 0) done(CVodeSetMaxStep(cvode, params_.step));
    solver_.reset(SUNLinSol_SPGMR(state_.get(), SUN_PREC_LEFT, krylov_vectors, context_.get));
    expects(solver_ != nullptr, "a linear solver of SUNDIALS");
    done(CVodeSetLinearSolver(cvode, solver_.get(), nullptr));
    done(CVodeSetPreconditioner(cvode, nullptr, precondition));
    if (rhs_.linear()) done(CVodeSetJacTimes(cvode, nullptr, jacobian));
  }

 private:
  Trouble step(double end) override {
    CVodeSetStopTime(cvode_.get(), end);
    const int flag = CVode(cvode_.get(), end, state_.get(), &reached_, CV_ONE_STEP);
    if (flag >= 0) return Trouble::none;
    if (flag == CV_ILL_INPUT || flag == CV_RHSFUNC_FAIL) return Trouble::not_finite;
    return flag == CV_CONV_FAILURE ? Trouble::no_solution : Trouble::step_too_small;
  }
  double last_step() override {
    double step = 0;
    CVodeGetLastStep(cvode_.get(), &step);
    return step;
  }
  void estimated_errors(N_Vector errors) override { CVodeGetEstLocalErrors(cvode_.get(), errors); }
  void interpolate(double time, N_Vector field) override { CVodeGetDky(cvode_.get(), time, 0, field); }
  Counts counts() override {
    Counts now;
    long errors = 0, unsolved = 0;
    CVodeGetNumErrTestFails(cvode_.get(), &errors);
    CVodeGetNumStepSolveFails(cvode_.get(), &unsolved);
    CVodeGetNumLinIters(cvode_.get(), &now.iterations);
    now.rejected = errors + unsolved;
    return now;
  }
  void begin_anew() override { CVodeReInit(cvode_.get(), reached_, state_.get()); }

  static ImplicitIntegrator& of(void* user) { return *static_cast<ImplicitIntegrator*>(user); }

  static int own_weights(N_Vector y, N_Vector weight, void* user) {
    return weights(y, weight, static_cast<SundialsIntegrator*>(&of(user)));
  }

  static int right_hand_side(double time, N_Vector y, N_Vector slope, void* user) {
    of(user).rhs_.evaluate(time, N_VGetArrayPointer_Serial(y), N_VGetArrayPointer_Serial(slope));
    return 0;
  }

  // ∂R/∂y v = R(v) where R is linear.
  static int jacobian(N_Vector v, N_Vector product, double time, N_Vector, N_Vector, void* user, N_Vector) {
    return right_hand_side(time, v, product, user);
  }

  static int precondition(double, N_Vector, N_Vector, N_Vector r, N_Vector z, double gamma, double, int, void* user) {
    of(user).preconditioner_.solve(1, gamma, N_VGetArrayPointer_Serial(r), N_VGetArrayPointer_Serial(z));
    return 0;
  }

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
