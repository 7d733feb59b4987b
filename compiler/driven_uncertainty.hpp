// What is told of a network out of equilibrium, and the standard uncertainties of it, by the names of the figures.
#pragma once

#include "compiler/uncertainty.hpp"
#include "runtime/driven/local_balance.hpp"

namespace rdd {

/// v = Σ v_α a_α and D = Σ D_αβ a_α a_βᵀ in units of the lattice vectors: cells/s, cells²/s.
struct InCells {
  Eigen::VectorXd v;  ///< (n) 0 where it is the round-off of the fluxes it is a difference of
  Eigen::MatrixXd D;  ///< (n, n)
};

/// Everything about a network out of equilibrium, found once.
struct Driven {
  SteadyState steady;
  std::vector<Cycle> cycles;
  LocalBalance balance;
  Transport transport;
  InCells cells;
  /// 2 D σ/v² along a lattice vector, never below 2; v must not be 0.
  double precision(Eigen::Index axis, double sigma) const;
  /// v relative to D·βf, the drift that the Einstein relation gives a weak force.
  double response() const;
};
Driven driven_state(const RateNetwork& network);

/// A velocity in cells per second below this is round-off.
double flux_noise(const SteadyState& steady);
/// Of the chords, forward and backward, 1/s: what a net flux is small beside.
double chord_fluxes(const SteadyState& steady);

/// The declared force at these parameters, N; nothing where the model declares none.
std::optional<Eigen::VectorXd> declared_force(const Model& model, const Point& point);
std::optional<double> temperature(const Model& model, const Point& point);

// nullopt where no parameter is uncertain.

/// `occupation`, `escape`, `left` (their product) of the states; `forward`, `backward`, `net` of the exchanges.
std::optional<NamedUncertainties> steady_uncertainty(const Model& model, const Point& point, const SteadyState& steady);
/// `affinity`, `flux` and `entropy` of the cycles; zero where the affinity is not finite.
std::optional<NamedUncertainties> cycle_uncertainty(const Model& model, const Point& point, const SteadyState& steady,
                                                    const std::vector<Cycle>& cycles);
/// Where every transition has its reverse: `sigma`, `heat` (W), `force_power`, `other_power`, `efficiency`,
/// `precision` (n); `entropy` and `share` of the exchanges. Of the powers those that the model has a temperature and a
/// force for.
std::optional<NamedUncertainties> entropy_uncertainty(const Model& model, const Point& point, const Driven& driven);
/// `v`, `D` (row by row), `v_cells`, `D_cells`, `peclet`, `randomness`; with all transitions reversible `residual`,
/// and with local balance `work`, `force` (N), and where something drives, `response` and `relaxation`.
std::optional<NamedUncertainties> driven_uncertainty(const Model& model, const Point& point, const Driven& driven);

}  // namespace rdd
