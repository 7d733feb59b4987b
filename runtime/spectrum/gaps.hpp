// Where the spectrum separates slow bands from fast ones (docs/theory.md, section 3).
#pragma once

#include <limits>
#include <vector>

#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

/// P slow bands below, M − P above, over |k·a|_∞ ≤ π/L.
struct GapCandidate {
  int P = 0;
  double L = 1;                                ///< cut-off in cells
  double below = 0;                            ///< max Re λ_{P−1}, 1/s
  double above = 0;                            ///< min Re λ_P, 1/s
  double ratio = 0;                            ///< above / below
  double tau = 0;                              ///< 1/√(below·above), s: the time scale between
  Eigen::VectorXd k_below = {}, k_above = {};  ///< (n) where the two edges lie, phases k·a_α; empty where there is none
};

/// Eq. 21 over a whole set of wave vectors: for every P with above > below, by descending ratio.
std::vector<GapCandidate> gaps(const Spectrum& spectrum);

/// Eq. 21 for one time scale: Δ_τ = min{λ ≥ 1/τ} − max{λ < 1/τ} over a whole set of wave vectors.
struct GapAtTau {
  double tau = 0;           ///< s
  double below = 0;         ///< max{Re λ < 1/τ}, 1/s
  double above = 0;         ///< min{Re λ ≥ 1/τ}, 1/s; infinite where all decay more slowly
  double width = 0;         ///< Δ_τ = above − below, 1/s
  double ratio = 0;         ///< above / below
  int least_below = 0;      ///< bands below 1/τ at the wave vector that has the fewest of them, …
  int most_below = 0;       ///< … and at the one that has the most: the same number where no band crosses 1/τ
  Eigen::VectorXd k_below;  ///< (n) where the two edges lie, phases k·a_α; k_above empty where `above` is infinite
  Eigen::VectorXd k_above;
  int band_below = 0, band_above = 0;  ///< which bands these are there
  bool clean() const { return least_below == most_below; }
};
/// Requires 0 < τ < ∞.
GapAtTau gap_at(const Spectrum& spectrum, double tau);

/// Eq. 22: the table over P = 1..M−1 and cut-offs L (cells), P first, then L ascending.
std::vector<GapCandidate> long_wave_gaps(const BlochOperator& bloch, const std::vector<double>& cutoffs);
std::vector<double> default_cutoffs();  ///< 1, √2, 2, … 64 cells

}  // namespace rdd
