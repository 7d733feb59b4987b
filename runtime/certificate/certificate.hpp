// The certificate: how far the reduced equation is from the full network, wave by wave (docs/theory.md, section 6).
//
// A wave e^{ik·x} of walkers, one of whose states or the stationary mix is filled at the start, keeps its wave vector:
// the full dynamics is exp(t Q̃(k)), M × M, the reduced one exp(t S(k)), P × P, with S(k) = Q + i k·C − k·D·k. Nothing
// is discretised, in space or in time. Three errors are told apart:
//
//   error(t)    ‖χᵀ exp(t Q̃) − exp(t S) (B⁰ + i k·B¹)‖: what a user of the reduced equation sees. It contains what
//               the equation leaves out on purpose, the fast modes that have not decayed yet;
//   late        the largest error(t) after the settling time ln(1/(ε √π_min))/λ_P. By then the fast modes of a
//               reversible network are below ε for any start (their ℓ₁ norm is at most e^{−λ_P t}/√π_j), so that what
//               is left is the reduction's own: the projection of the start, and the evolution;
//   evolution   the same from a new start with the true coarse densities at the settling time: the error of exp(t S)
//               alone. This is what the resolution L (Eq. 24) promises to keep small.
//
// The norm is the sum over the coarse states of the absolute error, for one walker: the largest over the states it can
// start in. Densities made of many walkers are never further off.
#pragma once

#include <functional>
#include <vector>

#include "runtime/reduction/reduction.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

struct CertificateParams {
  double error = 1e-2;              ///< ε
  std::vector<double> wavelengths;  ///< Λ, cells: waves with |k·a|_∞ = 2π/Λ, in the directions of SampledBands
  bool first_order = true;          ///< also what the reduction of order 1 would give
  int threads = 1;                  ///< results do not depend on it
};

struct CertifiedWave {
  double wavelength = 0;           ///< cells
  double slow_time = 0;            ///< s: the longest 1/(k·D·k) of all directions
  std::vector<double> error;       ///< at each time, the largest of all directions and starting states
  std::vector<double> stationary;  ///< the same for a start in the stationary mix
  double late = 0;
  int worst_state = 0;         ///< where the walker of `late` starts
  double late_stationary = 0;  ///< the same for the stationary mix
  double evolution = 0;
  double late_first_order = 0;  ///< `late` of the reduction of order 1; NaN where it was not asked for
  double time_below = 0;        ///< s: error(t) ≤ ε from here on (interpolated between the times); infinite: not by
                                ///< the last time
  double round_off = 0;         ///< bound on the errors of these numbers
};

struct Certificate {
  double error = 0;                  ///< ε
  double settling = 0;               ///< s; 0 where every band is kept
  std::vector<double> times;         ///< s: 1-2-5 ladder from the fastest decay left out to three slow times of the
                                     ///< longest wave
  std::vector<CertifiedWave> waves;  ///< by wavelength, ascending
  bool completed = false;            ///< false: stopped from outside
  /// Are the errors of a wave known to a tenth of ε?
  bool known(const CertifiedWave& wave) const { return wave.round_off <= error / 10; }
  /// The first wave from which on, towards longer ones, `late` ≤ ε for certain; waves.size() if there is none.
  std::size_t certified_from() const;
};

/// The longest 1/(k·D·k) of all directions, s, of each wavelength (cells).
std::vector<double> slow_times(const BlochOperator& bloch, const std::vector<double>& wavelengths);
/// ln(1/(ε √π_min))/λ_P, s, for fast modes that decay at the rate `above` (1/s) at least.
double settling_time(const RateNetwork& network, double above, double error);

/// 2L, 4L, 10L, … 200 L cells; L = 1 where the reduction has no resolution.
std::vector<double> usual_wavelengths(const Reduction& reduction);

/// `bloch` in the gauge that the reduction was made in. Cost: four products of M × M matrices for each decade of times
/// and each wave vector; networks so stiff that sixteen digits would be lost in them are propagated with thirty as long
/// as they have at most 96 states.
Certificate certify(const BlochOperator& bloch, Gauge gauge, const Reduction& reduction,
                    const CertificateParams& params, const Progress& progress = {},
                    const std::function<bool()>& stop = {});

}  // namespace rdd
