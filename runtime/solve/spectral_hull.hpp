// Where the eigenvalues of a discretised equation lie: what an explicit method must be stable for.
#pragma once

#include <complex>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"

namespace rdd {

/// The upper half of the boundary of a convex region of the complex plane (1/s), symmetric about the real axis, that
/// holds 0 and the eigenvalues of the right-hand side on the grid: corners from the largest real part to the smallest.
/// Two corners where the region is a piece of the real axis.
struct SpectralHull {
  std::vector<std::complex<double>> corners;
  double radius = 0;  ///< largest modulus, 1/s
};

/// The hull of the eigenvalues of the discrete symbol (waves.hpp: `symbol` of what the grid sees of a wave), sampled
/// over kh ∈ (−π, π]^n, finer towards 0, for the coefficients of `pde` and its extremes, and enlarged by 5 %: what
/// falls between the samples is farther out by less than a thousandth of the radius. Walls add no eigenvalues outside.
SpectralHull spectral_hull(const ContinuumPde& pde, const Grid& grid);

/// The hull with local production added whose slopes are bounded by `rate`, 1/s: moved by as much to the left, and to
/// the left at 45° up and down. Production that grows is a matter of accuracy, not of stability.
SpectralHull widened(const SpectralHull& hull, double rate);

}  // namespace rdd
