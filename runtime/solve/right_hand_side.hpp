// dρ/dt = R(t, ρ) on a grid: compiled kernels with everything they read, for whatever method integrates them.
#pragma once

#include <optional>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {

/// Numbers of one stage, out = own·y + before·previous + base·y_0 + base_slope·R(y_0) + slope·R(t, y).
struct StageWeights {
  double own, before, base, base_slope, slope;
};

class RightHandSide {
 public:
  /// `components` of the field; `threads` share the rows of a sweep. The result does not depend on how many there are.
  RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads);

  std::size_t size() const { return size_; }  ///< of a field: components × cells
  /// Linear with constant coefficients: R(t, ρ) = L ρ, and nothing else.
  bool linear() const { return kernels_.linear; }

  /// out = R(time, y); `out` is another field than `y`.
  void evaluate(double time, const Field& y, Field& out);
  /// The same for fields that lie in somebody else's arrays.
  void evaluate(double time, const double* y, double* out);
  /// One stage of a Runge–Kutta–Chebyshev step in one sweep; `out` is none of the others.
  void stage(double time, const StageWeights& weights, const Field& y, const Field& previous, const Field& base,
             const Field& base_slope, Field& out);

  /// A bound on how fast local production changes with the densities, 1/s (Kernels::stiffness): the largest over the
  /// grid.
  double stiffness(double time, const Field& y);

  long sweeps() const { return sweeps_; }  ///< so far
  Workers& workers() { return workers_; }

 private:
  void prepare(double time);
  void sweep(KernelFunction kernel, const double* const* in, double* out, const double* scalars);

  Kernels kernels_;
  Grid grid_;
  KernelLayout layout_;
  std::size_t size_;
  Workers workers_;
  Field stiffness_;                 // one component, where there is a kernel for it
  Field coefficients_;              // all coefficient fields
  std::optional<double> prepared_;  // s, the time of what stands there
  long sweeps_ = 0;
};

}  // namespace rdd
