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

/// The hull of the eigenvalues of the discrete symbol for central differences in flux form,
///   S(θ) = Q + i Σ_a C_a sin θ_a / h_a − Σ_a 2 D_aa (1 − cos θ_a) / h_a² − Σ_{a≠b} D_ab sin θ_a sin θ_b / (h_a h_b),
/// sampled over θ ∈ (−π, π]^n (the axes' extremes 0, ±π/2 and π among the samples) and enlarged by 5 %. That covers
/// what falls between the samples (at most 2 %); walls take from the spectrum of the unbounded grid, up to their own
/// cells.
SpectralHull spectral_hull(const ContinuumPde& pde, const Grid& grid);

}  // namespace rdd
