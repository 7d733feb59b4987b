// What the integrators made of SUNDIALS share: fields as vectors, the measure of errors, steps over output times, and
// places to leave off.
#pragma once

#include "runtime/solve/integrator.hpp"
#include "runtime/solve/preconditioner.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/sundials.hpp"

namespace rdd {

/// Errors are measured as in the explicit method: root mean squares over all cells, relative to the field's. Steps go
/// over output times, where the solution is interpolated to the order of the step, so outputs do not shorten them; none
/// looks beyond `until`. Vectors are plain arrays added up in their order; threads share the sweeps and the waves only,
/// so the result does not depend on how many there are.
class SundialsIntegrator : public Integrator {
 public:
  const Field& field() const override { return field_; }
  double reached() const override { return reached_; }
  Place kept() const override { return {rest_.reached, rest_.statistics.steps}; }
  void exchange(Archive& archive) override;

 protected:
  SundialsIntegrator(const char* method, const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                     Field initial, double start, const SolveParams& params, const Progress& progress);

  struct Counts {
    long rejected = 0, iterations = 0;
  };
  enum class Trouble { none, not_finite, no_solution, step_too_small };

  /// One step which does not go beyond `end`: moves `state_` and `reached_`.
  virtual Trouble step(double end) = 0;
  virtual double last_step() = 0;                             ///< s
  virtual void estimated_errors(N_Vector errors) = 0;         ///< of the last step
  virtual void interpolate(double time, N_Vector field) = 0;  ///< within the last step
  virtual Counts counts() = 0;                                ///< since the last new beginning
  /// Begins at `state_` and `reached_` as if nothing had been: SUNDIALS shows its state but does not take one back. So
  /// every so many steps it forgets what it has learnt, which costs it a few short ones; what is left then is the state
  /// alone. A solve is taken up again from the last such rest.
  virtual void begin_anew() = 0;

  /// For SUNDIALS: weights of errors, of which one e may have √⟨e²⟩ ≤ tolerance·√⟨y²⟩. `user`: a SundialsIntegrator.
  static int weights(N_Vector y, N_Vector weight, void* user);

  SolveParams params_;
  RightHandSide rhs_;
  Preconditioner preconditioner_;
  double reached_;  // s; of the state, which may be ahead of the field
  sundials::Context context_;
  sundials::Vector state_, room_;

 private:
  /// All that was, where the integrator began anew.
  struct Rest {
    Field field, state;
    double reached = 0, scale = 0, least_scale = 0, time = 0;
    long arrivals = 0;
    SolveStatistics statistics;
  };

  bool go(const Interval& interval, bool resumed) override;
  void exchange_state(Archive& archive) override;
  void rest();
  void keep();
  void swap_with_rest();
  bool broken(Trouble trouble);
  void count();
  double root_mean_square(const double* values) const;

  Progress progress_;
  Pace pace_;
  Counts counted_;          // by SUNDIALS, of what the statistics hold
  long sweeps_before_ = 0;  // those the statistics hold
  Field field_;             // at the end of the last interval
  double scale_ = 0;        // what errors are relative to: root mean square of the state
  double least_scale_ = 0;  // a thousandth of the largest there was: nobody asks for the digits of what has decayed
  Rest rest_;               // the last one, or the start
};

}  // namespace rdd
