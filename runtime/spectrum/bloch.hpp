// The Bloch operator: the master equation of the infinite crystal as one M × M matrix per wave vector (docs/theory.md,
// section 2).
#pragma once

#include <Eigen/Core>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Where densities are thought to sit: at the origin of their cell, or at the positions of their states.
enum class Gauge { cells, positions };

/// Q̃(k) = Q(0) − R + Σ_d Q(d) exp(i d·k)   (Eq. 17). Wave vectors are phases k·a_α, shape (n), radians, except where
/// said.
class BlochOperator {
 public:
  explicit BlochOperator(const RateNetwork& network, Gauge gauge = Gauge::cells);
  /// k ↦ Q̃(k − i·tilt) in the cells gauge; `tilt` (n) in units of 1/a_α is half the work g·a_α of a network with local
  /// detailed balance, so that the Hermitian form exists (docs/theory.md, section 9). Columns no longer sum to zero.
  BlochOperator(const RateNetwork& network, const Eigen::VectorXd& tilt);

  int size() const { return network_.size(); }
  int dimension() const { return network_.lattice.dimension(); }
  /// Is there a Hermitian form for every real k? Yes with detailed balance, and for the tilted operator.
  bool reversible() const { return reversible_; }
  const RateNetwork& network() const { return network_; }
  Gauge gauge() const { return gauge_; }

  /// (M, M), 1/s. In the positions gauge the phases are exp(i k·(d + r_j − r_i)). At k = 0 columns sum to zero; Q̃(−k) =
  /// conj Q̃(k).
  Eigen::MatrixXcd matrix(const Eigen::Ref<const Eigen::VectorXd>& phases) const;
  /// The same at complex wave vectors, where it grows with exp(−Im k·d).
  Eigen::MatrixXcd matrix(const Eigen::Ref<const Eigen::VectorXcd>& phases) const;
  /// Π^{-1/2} Q̃(k) Π^{1/2}, exactly Hermitian: entries √(Q(d)_ij Q(−d)_ji) e^{i d·k}, so that no power of π is formed.
  /// Requires reversible().
  Eigen::MatrixXcd hermitian(const Eigen::Ref<const Eigen::VectorXd>& phases) const;
  /// Q̃(0), real (M, M).
  Eigen::MatrixXd at_zero() const;
  /// A_α = Σ_d d_α Q(d), with d Cartesian (plus r_j − r_i in the positions gauge): (M, M), m/s. α < m.
  Eigen::MatrixXd first_moment(int axis) const;
  /// A_αβ = Σ_d d_α d_β Q(d): (M, M), m²/s.
  Eigen::MatrixXd second_moment(int axis, int other) const;

  /// The Cartesian wave vector (m) in the span of the lattice with these phases k·a_α, 1/m.
  Eigen::VectorXd wave_vector(const Eigen::Ref<const Eigen::VectorXd>& phases) const;
  /// Positions of the states along the lattice vectors, in cells (n, M). Requires positions.
  Eigen::MatrixXd fractions() const;

 private:
  /// One entry of one block. `offset` is d, plus r_j − r_i in the positions gauge, in units of the lattice vectors.
  struct Entry {
    Eigen::Index row, column;
    Eigen::VectorXd offset;
    Eigen::VectorXd displacement;  ///< the same in Cartesian coordinates, m
    double rate;
    double root_rate;  ///< √(Q(d)_ij Q(−d)_ji), 0 where there is no Hermitian form
  };
  void make_entries(Gauge gauge);

  RateNetwork network_;
  Gauge gauge_;
  bool reversible_;
  std::vector<Entry> entries_;
  Eigen::MatrixXd dual_;  ///< (m, n): columns b_α with b_α·a_β = δ_αβ
};

}  // namespace rdd
