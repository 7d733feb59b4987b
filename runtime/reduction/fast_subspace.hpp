// What the slow modes of a large network leave: linear equations there, without a basis of it.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <vector>

#include "runtime/sparse/group_inverse.hpp"
#include "runtime/spectrum/bloch.hpp"
#include "runtime/spectrum/sparse_modes.hpp"

namespace rdd {

/// A_α and A_αβ, all axes: (A_α)_ij = Σ_d d_α Q(d)_ij, d = −displacement of the hop j → i.
struct SparseMoments {
  std::vector<Eigen::SparseMatrix<double>> first;
  std::vector<std::vector<Eigen::SparseMatrix<double>>> second;

  SparseMoments(const RateNetwork& network, Gauge gauge);
};

/// Solutions of T X − X Λ = B on the fast subspace, T = −Q̃(0), or of Tᵀ X − X Λᵀ = B; Λ is the block of the slow modes.
/// Found by GMRES with the group inverse, in balanced coordinates, where rare states weigh what they should.
class FastSubspace {
 public:
  /// The inverse must outlive it.
  FastSubspace(const RateNetwork& network, const GroupInverse& inverse, const SparseModes& modes);

  /// `b` (M, P·n): n right-hand sides side by side, of which the parts outside the subspace are left out.
  Eigen::MatrixXd solve(const Eigen::MatrixXd& b, bool transposed) const;

 private:
  void project(Eigen::MatrixXd& x, bool transposed) const;

  const GroupInverse& inverse_;
  Eigen::VectorXd root_;
  Eigen::MatrixXd left_, right_;  ///< of the slow modes, balanced
  Eigen::MatrixXd block_;
};

/// Of matrices with as many rows each.
Eigen::MatrixXd side_by_side(const std::vector<Eigen::MatrixXd>& parts);

}  // namespace rdd
