// Where the spectrum separates slow bands from fast ones (docs/theory.md, section 3).
#pragma once

#include <limits>
#include <vector>

#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

/// P slow bands below, M − P above, over |k·a|_∞ ≤ π/L.
struct GapCandidate {
  int P = 0;
  double L = 1;      ///< cut-off in cells
  double below = 0;  ///< max Re λ_{P−1}, 1/s
  double above = 0;  ///< min Re λ_P, 1/s
  double ratio = 0;  ///< above / below
  double tau = 0;    ///< 1/√(below·above), s: the time scale between
};

/// Eq. 21 over a whole set of wave vectors: for every P with above > below, by descending ratio.
std::vector<GapCandidate> gaps(const Spectrum& spectrum);

/// Eq. 22: the table over P = 1..M−1 and cut-offs L (cells), P first, then L ascending.
std::vector<GapCandidate> long_wave_gaps(const BlochOperator& bloch, const std::vector<double>& cutoffs);
std::vector<double> default_cutoffs();  ///< 1, √2, 2, … 64 cells

}  // namespace rdd
