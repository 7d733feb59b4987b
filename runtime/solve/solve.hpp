// Time integration of the reduced equation. Writes nothing: an observer sees the fields at each output time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd {

/// How to go in time: solve_exponential or solve_explicit.
enum class TimeMethod { exponential, runge_kutta };

struct SolveParams {
  double until = 0;         ///< s
  double every = 0;         ///< s between outputs; 0: only the first and the last time
  double step = 0;          ///< s; 0: automatic. Explicit method only; each output interval is cut into equal steps
                            ///< of at most this length
  double tolerance = 1e-6;  ///< most the estimated error of one step may be, relative to the field: the root mean
                            ///< squares over all cells and components (explicit method with automatic steps only)
  int threads = 1;          ///< results do not depend on it
};

struct SolveStatistics {
  std::string method;  ///< "exponential (FFTW)" or "explicit (Runge–Kutta–Chebyshev)"
  long steps = 0;
  long rejected = 0;
  long kernel_calls = 0;                       ///< sweeps over the grid
  double smallest_step = 0, largest_step = 0;  ///< s
  double error = 0;        ///< sum of the estimated errors of all steps, relative as `tolerance`: an estimate from
                           ///< above of the error in time, for later steps damp earlier errors; 0 where exact
  double seconds = 0;      ///< wall-clock time of the integration
  bool completed = false;  ///< false: stopped by the observer, or see `failure`
  std::string failure;     ///< empty, or a sentence: the step became too small, the field is no longer finite
};

/// Called at time 0, at each output time and at the end. Returning false stops the solve.
using Observer = std::function<bool(double time, const Field& field)>;
/// Called now and then between outputs, for progress: fraction done in [0, 1], steps so far.
using Progress = std::function<void(double fraction, long steps)>;

/// Exact in time: c(k, t) = exp(t[Q + i k·C − k·D·k]) c(k, 0) on a periodic grid. Every axis must be periodic. The
/// total over all components is conserved to round-off however long the solve, where the columns of Q sum to zero.
SolveStatistics solve_exponential(const ContinuumPde& pde, const Grid& grid, Field initial, const SolveParams& params,
                                  const Observer& observe, const Progress& progress = {});

/// Second-order stabilised Runge–Kutta–Chebyshev (Sommeijer, Shampine & Verwer 1998) with error control, on a kernel.
/// `pde` and `grid` tell where the eigenvalues lie; `kernels` must be central differences in flux form of that
/// equation.
SolveStatistics solve_explicit(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                               const SolveParams& params, const Observer& observe, const Progress& progress = {});

}  // namespace rdd
