// Exact transport of one walker in a large network, by one sparse solve (docs/theory.md, section 5, the case P = 1).
#pragma once

#include "runtime/reduction/reduction.hpp"
#include "runtime/sparse/group_inverse.hpp"

namespace rdd {

struct SparseTransport {
  Transport transport;
  double digits = 16;           ///< trustworthy decimal digits of D
  Eigen::MatrixXd moves;        ///< (n, hops) Δ in cells, between places in which the hops of a tree lead nowhere
  Eigen::MatrixXd corrections;  ///< (n, M) φ, cells, for these Δ
};

/// D and v as in `transport`, where the elimination of all states one by one would fill too much memory.
///
/// For each lattice vector the corrections φ = Gᵀ(a − v) make x + φ − v t a martingale, a(j) = Σ_i q_ij Δ the mean
/// velocity in state j; its squares add up: D_αβ = ½ Σ π_j q_ij (Δ_α + φ^α_i − φ^α_j)(Δ_β + φ^β_i − φ^β_j) over all
/// hops j → i. That is the group-inverse formula without its difference of large numbers; with detailed balance errors
/// of φ enter squared. One step of iterative refinement follows; what it changes is the error that `digits` of the
/// result tells. Throws SparseLimit.
SparseTransport sparse_transport(const RateNetwork& network, const GroupInverse& inverse, Gauge gauge);

}  // namespace rdd
