// Time integration of the reduced equation. Writes nothing: an observer sees the fields at each output time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd {

/// How to go in time: solve_exponential, solve_explicit, solve_implicit or imex_integrator (integrator.hpp); or to the
/// end of it, by solve_steady.
enum class TimeMethod { exponential, runge_kutta, implicit, imex, steady };

/// The exact slow symbol H(k) (P, P), 1/s, of a wave vector along the axes of the domain, 1/m; nothing where there is
/// none. Called from several threads at once.
using SymbolFunction = std::function<std::optional<Eigen::MatrixXcd>(const Eigen::VectorXd& k)>;

struct SolveParams {
  double until = 0;         ///< s
  double every = 0;         ///< s between outputs; 0: only the first and the last time
  double step = 0;          ///< s; 0: automatic. The explicit method cuts each output interval into equal steps of at
                            ///< most this length; the implicit one makes no longer steps
  double tolerance = 1e-6;  ///< most the estimated error of one step may be, relative to the field: the root mean
                            ///< squares over all cells and components (not for the exponential method, nor for
                            ///< explicit steps of given length)
  int threads = 1;          ///< results do not depend on it
  SymbolFunction symbol = {};  ///< exponential method on a periodic grid only: in place of the expansion in k
};

struct SolveStatistics {
  std::string method;  ///< "exponential (FFTW)", "explicit (Runge–Kutta–Chebyshev)", "implicit (CVODE)", …
  long steps = 0;
  long rejected = 0;
  long kernel_calls = 0;                       ///< sweeps over the grid
  long iterations = 0;                         ///< of the linear solver (implicit method)
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

/// Exact in time: c(k, t) = exp(t[Q + i k·C − k·D·k]) c(k, 0) for every wave of the box, which the equation must keep
/// apart (`mixes_waves`). Between periodic and reflecting sides the total over all components is conserved to round-off
/// however long the solve, where the columns of Q sum to zero.
SolveStatistics solve_exponential(const ContinuumPde& pde, const Grid& grid, Field initial, const SolveParams& params,
                                  const Observer& observe, const Progress& progress = {});

/// Second-order stabilised Runge–Kutta–Chebyshev (Sommeijer, Shampine & Verwer 1998) with error control, on a kernel.
/// `pde` and `grid` tell where the eigenvalues lie; `kernels` must be central differences in flux form of that
/// equation.
SolveStatistics solve_explicit(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                               const SolveParams& params, const Observer& observe, const Progress& progress = {});

/// Backward differences of order 1 to 5 with error control (CVODE of SUNDIALS), for equations whose fast modes have
/// long decayed. Newton's linear systems go through GMRES, which a solver for the constant part of the equation helps
/// along (preconditioner.hpp), so that the number of iterations does not grow with the grid. R need not be linear.
SolveStatistics solve_implicit(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                               const SolveParams& params, const Observer& observe, const Progress& progress = {});

/// The steady state R(ρ) = 0 that the initial field goes to, directly (steady.cpp): the observer sees it alone, at an
/// infinite time. R must not depend on time. `params.tolerance` is the error allowed, relative to the field; `until` is
/// not looked at. Where `stop`, asked before each product with the matrix, says yes, it ends uncompleted.
SolveStatistics solve_steady(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid, Field initial,
                             const SolveParams& params, const Observer& observe, const Progress& progress = {},
                             const std::function<bool()>& stop = {});

}  // namespace rdd
