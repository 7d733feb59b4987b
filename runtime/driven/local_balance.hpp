// Local detailed balance: rates that a force and energies explain, and what the spectrum then obeys (docs/theory.md,
// section 9).
#pragma once

#include <Eigen/Core>

#include "runtime/driven/steady.hpp"
#include "runtime/spectrum/bloch.hpp"

namespace rdd {

/// A displacement as numbers, one for each lattice vector.
Eigen::VectorXd in_cells(const Cell& cell, int dimension);

/// k⁺/k⁻ = exp(w_to − w_from + g·Δ) for every exchange with the displacement Δ, that is A = g·Δ for every cycle: one
/// force with βf = g drives the network, and nothing else does.
struct LocalBalance {
  bool holds = false;
  Eigen::VectorXd work;         ///< (n) g·a_α: the work of the force along each lattice vector, in kT
  Eigen::VectorXd force;        ///< (m) g = βf, 1/m, in the span of the lattice
  Eigen::VectorXd log_weights;  ///< (M) w of state 0 is 0; the weights at rest. Empty unless it holds
  double residual = 0;          ///< the largest |A − g·Δ| of the cycles; ∞ where a transition has no reverse
  int worst = -1;               ///< the fundamental cycle with that residual; −1 without any cycle
};

/// g by least squares over the fundamental cycles; it `holds` where each fits to `tolerance`. Where a transition has no
/// reverse, g is not looked for: `work` and `force` are empty.
LocalBalance local_balance(const RateNetwork& network, const SteadyState& steady, const std::vector<Cycle>& cycles,
                           double tolerance = 1e-9);

/// With local detailed balance λ(k) = λ(−k − i g) as sets, for every k [LS99]. `error`: the largest backward
/// error of the eigenvalues of one side as eigenvalues of the other, relative to the fastest rate, over a few wave
/// vectors: how much the rates would have to change for the equation to hold exactly.
struct FluctuationSymmetry {
  bool checked = false;  ///< not beyond 128 states, nor where a tilted rate is out of range
  bool holds = false;    ///< the error is round-off, and what the tolerance of local_balance allows
  double error = 0;
  int points = 0;  ///< how many wave vectors
};
/// Requires balance.holds. `most_points`: of the wave vectors looked at, k = 0 the first of them.
FluctuationSymmetry fluctuation_symmetry(const RateNetwork& network, const LocalBalance& balance, int most_points = 4);

/// The operator of a crystal that ends at walls far apart: Q̃(k − i g/2), similar to a Hermitian matrix, entries
/// √(Q(d)_ij Q(−d)_ji) e^{i d·k}. Its bands hold the spectrum between reflecting walls, but for the steady state (λ =
/// 0) and what may be bound to the walls. Requires balance.holds.
BlochOperator between_walls(const RateNetwork& network, const LocalBalance& balance);

}  // namespace rdd
