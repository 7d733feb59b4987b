// The Bloch operator: the master equation of the infinite crystal as one M × M matrix per wave vector (docs/theory.md,
// section 2).
#pragma once

#include <Eigen/Core>

#include "runtime/network/rate_network.hpp"
#include "runtime/spectrum/batch/kernels.hpp"

namespace rdd {

/// Where densities are thought to sit: at the origin of their cell, or at the positions of their states.
enum class Gauge { cells, positions };

/// A matrix that depends on k, as a list: each term adds rate·exp(i o·k) to one entry.
struct BlochTerms {
  Eigen::MatrixXd offsets;         ///< (n, O): the distinct o, in units of the lattice vectors; the first is 0
  std::vector<batch::Term> terms;  ///< sorted by place
};

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
  /// −Π^{-1/2} Q̃(k) Π^{1/2} for any network, Hermitian where it is reversible. Balanced so, entries are at most the
  /// geometric mean of two escape rates, and nearly reversible networks have nearly orthogonal eigenvectors.
  Eigen::MatrixXcd balanced(const Eigen::Ref<const Eigen::VectorXd>& phases) const;
  /// The same as terms, for many k at once; its lower triangle only where reversible. Empty for more than 256 states,
  /// whose matrices are better made one by one.
  const BlochTerms& balanced_terms() const { return balanced_terms_; }
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
    double balanced_rate;  ///< π_i^{-1/2} Q(d)_ij π_j^{1/2}; where there is a Hermitian form as √(Q(d)_ij Q(−d)_ji)
  };
  void make_entries(Gauge gauge);
  BlochTerms make_balanced_terms() const;

  RateNetwork network_;
  Gauge gauge_;
  bool reversible_;
  std::vector<Entry> entries_;
  BlochTerms balanced_terms_;
  Eigen::MatrixXd dual_;  ///< (m, n): columns b_α with b_α·a_β = δ_αβ
};

}  // namespace rdd
