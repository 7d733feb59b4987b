// dρ/dt = R(t, ρ) on a grid: compiled kernels with everything they read, for whatever method integrates them.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {

/// One stage of a Runge–Kutta–Chebyshev step,
/// out = own·y + before·previous + base·y_0 + base_slope·R(y_0) + slope·R(time, y).
struct Stage {
  double time, own, before, base, base_slope, slope;
  const double *y, *previous;
  double* out;  ///< neither of these
};

class RightHandSide {
 public:
  /// `components` of the field; `threads` share the rows of a sweep. The result does not depend on how many there are.
  /// `layout`: of all fields it is given, and of its own.
  RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads, const KernelLayout& layout);
  /// For dense fields.
  RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads);

  std::size_t size() const { return size_; }  ///< of a field: components × cells
  /// Linear with constant coefficients: R(t, ρ) = L ρ, and nothing else.
  bool linear() const { return kernels_.linear; }

  /// out = R(time, y); `out` is another field than `y`.
  void evaluate(double time, const double* y, double* out);
  void evaluate(double time, const Field& y, Field& out) { evaluate(time, y.data(), out.data()); }
  /// The stages of a step, a sweep each: all begin with y_0 and its slope, and each goes on from the one before. They
  /// share three fields in turn: what one reads as `previous`, the next may write.
  void stages(const std::vector<Stage>& stages, const double* base, const double* base_slope);

  /// A bound on how fast local production changes with the densities, 1/s (Kernels::stiffness): the largest over the
  /// grid.
  double stiffness(double time, const double* y);

  long sweeps() const { return sweeps_; }  ///< so far
  Workers& workers() { return workers_; }

 private:
  void prepare(double time);
  void sweep(KernelFunction kernel, const double* const* in, double* out, const double* scalars);
  void sweep_together(std::span<const Stage> stages, long blocks, const double* base, const double* base_slope);
  void sweep_slices(const Stage& stage, const double* base, const double* base_slope, long first, long last);
  long slices() const;

  Kernels kernels_;
  Grid grid_;
  KernelLayout layout_;
  std::size_t size_;
  int threads_;
  Workers workers_;
  using Lines = std::vector<double, Eigen::aligned_allocator<double>>;  // begins where a cache line does
  Lines stiffness_;                                                     // one component, where there is a kernel for it
  Lines coefficients_;                                                  // all coefficient fields
  std::optional<double> prepared_;                                      // s, the time of what stands there
  long sweeps_ = 0;
};

}  // namespace rdd
