// Reduction of large networks: what reduction.hpp does, from a few slow modes and sparse solutions alone.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "runtime/reduction/reduction.hpp"
#include "runtime/spectrum/sparse_modes.hpp"

namespace rdd {

/// Coarse states a large network can be reduced to.
inline constexpr int most_coarse_states = 40;

/// The slowest bands of a large network at a few wave vectors, kept for all who ask. The spectrum must outlive it.
class SparseBands {
 public:
  explicit SparseBands(const SparseSpectrum& spectrum) : spectrum_(spectrum) {}

  const SparseSpectrum& spectrum() const { return spectrum_; }
  /// The wave vectors looked at on the surface |k·a|_∞ = 1: the axes and, in more than one dimension, a diagonal. (n,
  /// …)
  Eigen::MatrixXd directions() const;
  /// The `count` slowest λ at these phases (n), or more.
  const Eigen::VectorXcd& at(const Eigen::VectorXd& phases, int count);

 private:
  const SparseSpectrum& spectrum_;
  std::map<std::vector<double>, Eigen::VectorXcd> known_;
};

/// As `reduce`. Z and the initial slip are solutions of T X − X Λ_S = B on the fast subspace, found by GMRES with the
/// group inverse. P > 1 needs 1 < P ≤ most_coarse_states. The resolution is one that has been found good enough in the
/// `directions` of SparseBands, by extrapolation of the errors, not the least. `lambda` holds the slowest few. Throws
/// SparseLimit.
Reduction sparse_reduce(SparseBands& bands, Gauge gauge, int P, const ReduceParams& params);
/// The same without the gap, the resolution and the initial slip.
Reduction sparse_reduce_unresolved(const SparseSpectrum& spectrum, Gauge gauge, int P, const ReduceParams& params);

/// As `choose`, among P ≤ 8: the resolution of P without a gap at k = 0 is not looked for.
Choice sparse_choose(SparseBands& bands, Gauge gauge, const ReduceParams& params);

/// P slow bands against the rest in the `directions` at |k·a|_∞ = π/L and at k = 0 (Eqs. 21 and 22), for P < `count`.
std::vector<GapCandidate> sparse_gaps(SparseBands& bands, const std::vector<double>& cutoffs, int count);

}  // namespace rdd
