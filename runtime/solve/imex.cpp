// Additive Runge–Kutta steps: what the waves of the box keep apart is taken implicitly, everything else explicitly.
//
// ∂ρ/∂t = L₀ ρ + N(t, ρ) with L₀ the constant part of the equation that the preconditioner of the implicit method
// inverts (preconditioner.hpp), and N = R − L₀ the rest: reactions of second order, sources, drift towards walls.
// ARKODE's method of fourth order (Kennedy & Carpenter 2003) needs one solution (1 − γ L₀) x = b a stage, which is
// exact: no Newton steps, no iterations. Steps are as long as the accuracy and the explicit part allow.
//
// Of six stages five are implicit. Each costs one sweep and one transform there and back, for that solution: ARKODE
// asks for L₀ ρ at the beginning of the step again and again, and at the stage itself L₀ x = (x − b)/γ tells it. Both
// are remembered with their ρ, and taken where it is the same to the bit.
#include <arkode/arkode_arkstep.h>

#include <algorithm>

#include "runtime/expects.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/sundials_integrator.hpp"

namespace rdd {
namespace {

struct FreeArkode {
  void operator()(void* arkode) const { ARKStepFree(&arkode); }
};

class ImexIntegrator : public SundialsIntegrator {
 public:
  ImexIntegrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial, double start,
                 const SolveParams& params, const Progress& progress)
      : SundialsIntegrator("implicit–explicit (ARKODE)", kernels, pde, grid, std::move(initial), start, params,
                           progress) {
    if (!statistics_.failure.empty()) return;
    arkode_.reset(ARKStepCreate(explicit_part, implicit_part, start, state_.get(), context_.get));
    void* const arkode = arkode_.get();
    expects(arkode != nullptr, "an integrator of SUNDIALS");
    ARKStepSetErrHandlerFn(
        arkode, [](int, const char*, const char*, char*, void*) {}, nullptr);
    const auto done = [](int flag) { expects(flag == ARK_SUCCESS, "a setting that SUNDIALS knows"); };
    done(ARKStepSetUserData(arkode, this));
    done(ARKStepWFtolerances(arkode, own_weights));
    done(ARKStepSetOrder(arkode, 4));
    if (params_.step > 0) done(ARKStepSetMaxStep(arkode, params_.step));
    make_solver();
    done(ARKStepSetLinearSolver(arkode, solver_.get(), nullptr));
    done(ARKStepSetLinear(arkode, 0));
    done(ARKStepSetDeduceImplicitRhs(arkode, SUNTRUE));
  }

 private:
  Trouble step(double end) override {
    ARKStepSetStopTime(arkode_.get(), end);
    const int flag = ARKStepEvolve(arkode_.get(), end, state_.get(), &reached_, ARK_ONE_STEP);
    if (flag >= 0) return Trouble::none;
    const bool not_finite = flag == ARK_ILL_INPUT || flag == ARK_RHSFUNC_FAIL;
    return not_finite ? Trouble::not_finite : Trouble::step_too_small;
  }
  double last_step() override {
    double step = 0;
    ARKStepGetLastStep(arkode_.get(), &step);
    return step;
  }
  void estimated_errors(N_Vector errors) override { ARKStepGetEstLocalErrors(arkode_.get(), errors); }
  void interpolate(double time, N_Vector field) override { ARKStepGetDky(arkode_.get(), time, 0, field); }
  Counts counts() override {
    Counts now;
    ARKStepGetNumErrTestFails(arkode_.get(), &now.rejected);
    return now;
  }
  void begin_anew() override {
    begin_ = stage_ = {};
    ARKStepReInit(arkode_.get(), explicit_part, implicit_part, reached_, state_.get());
  }

  static ImexIntegrator& of(void* user) { return *static_cast<ImexIntegrator*>(user); }

  static int own_weights(N_Vector y, N_Vector weight, void* user) {
    return weights(y, weight, static_cast<SundialsIntegrator*>(&of(user)));
  }

  static int implicit_part(double, N_Vector y, N_Vector slope, void* user) {
    const Field& found = of(user).constant_part(N_VGetArrayPointer_Serial(y));
    std::copy(found.begin(), found.end(), N_VGetArrayPointer_Serial(slope));
    return 0;
  }

  static int explicit_part(double time, N_Vector y, N_Vector slope, void* user) {
    ImexIntegrator& self = of(user);
    const double* values = N_VGetArrayPointer_Serial(y);
    double* rest = N_VGetArrayPointer_Serial(slope);
    self.rhs_.evaluate(time, values, rest);
    const Field& part = self.constant_part(values);
    for (std::size_t i = 0; i < part.size(); ++i) rest[i] -= part[i];
    return 0;
  }

  // L₀ ρ, good until the next call.
  const Field& constant_part(const double* density) {
    for (const Product* known : {&begin_, &stage_})
      if (!known->density.empty() && std::equal(known->density.begin(), known->density.end(), density))
        return known->slope;
    begin_.density.assign(density, density + rhs_.size());
    begin_.slope.resize(rhs_.size());
    preconditioner_.apply(density, begin_.slope.data());
    return begin_.slope;
  }

  // x = (1 − γ L₀)⁻¹ b, which ARKODE adds to the density it asked for last.
  void solve(double gamma, const double* b, double* x) {
    preconditioner_.solve(1, gamma, b, x);
    stage_.density.resize(rhs_.size());
    stage_.slope.resize(rhs_.size());
    for (std::size_t i = 0; i < rhs_.size(); ++i) {
      stage_.density[i] = begin_.density[i] + x[i];
      stage_.slope[i] = begin_.slope[i] + (x[i] - b[i]) / gamma;
    }
  }

  // A linear solver of SUNDIALS that is the preconditioner: (1 − γ L₀) x = b.
  void make_solver() {
    SUNLinearSolver solver = SUNLinSolNewEmpty(context_.get);
    expects(solver != nullptr, "a linear solver of SUNDIALS");
    solver->content = this;
    solver->ops->gettype = [](SUNLinearSolver) { return SUNLINEARSOLVER_MATRIX_EMBEDDED; };
    solver->ops->solve = [](SUNLinearSolver own, SUNMatrix, N_Vector x, N_Vector b, double) {
      ImexIntegrator& self = of(own->content);
      double gamma = 0;
      ARKStepGetCurrentGamma(self.arkode_.get(), &gamma);
      self.solve(gamma, N_VGetArrayPointer_Serial(b), N_VGetArrayPointer_Serial(x));
      return 0;
    };
    solver->ops->free = [](SUNLinearSolver own) {
      own->content = nullptr;
      SUNLinSolFreeEmpty(own);
      return 0;
    };
    solver_.reset(solver);
  }

  // L₀ ρ, remembered with its ρ.
  struct Product {
    Field density, slope;
  };
  Product begin_, stage_;  // of the step, and of the latest stage
  sundials::LinearSolver solver_;
  std::unique_ptr<void, FreeArkode> arkode_;
};

}  // namespace

std::unique_ptr<Integrator> imex_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                            Field initial, double start, const SolveParams& params,
                                            const Progress& progress) {
  expects(initial.size() == grid.cells() * static_cast<std::size_t>(pde.components),
          "an initial field of the grid's size");
  expects(params.tolerance > 0 && params.step >= 0, "a tolerance above zero and no negative step");
  return std::make_unique<ImexIntegrator>(kernels, pde, grid, std::move(initial), start, params, progress);
}

}  // namespace rdd
