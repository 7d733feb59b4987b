// The steady state of a driven network: occupations, probability fluxes, the cycles that carry them, and the entropy
// they produce (docs/theory.md, section 9).
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// A way between two states of the periodic graph, there and back: hops with the same ends and displacement added up.
struct Exchange {
  int hop = 0;    ///< the first hop of the forward direction, which is the one declared first
  int back = -1;  ///< the first hop that leads back; −1 where there is none
  int from = 0;
  int to = 0;
  Cell cell{};           ///< displacement of the forward direction
  double forward = 0;    ///< π_from k⁺, 1/s
  double backward = 0;   ///< π_to k⁻, 1/s
  double current = 0;    ///< net flux forward, 1/s
  double log_ratio = 0;  ///< ln k⁺/k⁻; ∞ without a way back
  double drive = 0;      ///< ln(forward / backward); ∞ without a way back
  bool in_tree = false;  ///< of the spanning tree of largest flux; the others are chords
};

/// One defect per cell: occupations add up to 1.
struct SteadyState {
  Eigen::VectorXd occupation;       ///< (M)
  std::vector<Exchange> exchanges;  ///< in the order of declaration
};

/// Net fluxes are differences of fluxes on the chords of the spanning tree of largest flux only; those on the tree
/// follow from Kirchhoff's law, so that states joined by fast exchanges do not drown their small net flux in round-off:
/// its error is 1e-16 of the fluxes on the chords. They are exactly zero with detailed balance.
SteadyState steady_state(const RateNetwork& network);
/// forward − backward of one exchange, without the cancellation of numbers nearly equal.
double net_flux(const Exchange& exchange);
/// Sets the net fluxes on the tree from those on the chords: what the chords bring to a branch of the tree leaves
/// through the exchange that joins the branch to the rest.
void obey_kirchhoff(std::vector<Exchange>& exchanges, int states);

/// A closed way through the periodic graph: it may end in another cell.
struct Cycle {
  struct Step {
    int exchange = 0;
    bool forward = true;  ///< along the exchange's forward direction
  };
  std::vector<Step> steps;  ///< the chord first
  Cell displacement{};      ///< in cells; 0 where it closes in the cell it began in
  double affinity = 0;  ///< Σ ln k⁺/k⁻ along it; ∞ with a transition that has no reverse, NaN where two of them oppose
  double current = 0;  ///< J ≥ 0, 1/s: the net flux of its chord, which fixes the sense
};

/// The fundamental cycles of the spanning tree of largest flux, one for each chord [Schnakenberg76]: every net flux is
/// the sum of ±J over the cycles through it. By descending J·A, equal ones in the order of declaration.
std::vector<Cycle> fundamental_cycles(const SteadyState& steady);

/// In units of kB: 1/s.
struct EntropyProduction {
  double total = 0;        ///< σ = Σ (forward − backward) ln(forward / backward) ≥ 0
  double from_cycles = 0;  ///< Σ J A over the fundamental cycles: the same number in another way
  int one_way = -1;        ///< an exchange without a way back: σ is infinite; −1 if there is none
};
/// (forward − backward) ln(forward / backward) of one exchange, 1/s; never negative.
double entropy_production(const Exchange& exchange);
EntropyProduction entropy_production(const SteadyState& steady, const std::vector<Cycle>& cycles);

}  // namespace rdd
