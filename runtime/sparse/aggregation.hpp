// Iterative solution of reversible networks too large to be factorised.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <vector>

namespace rdd {

/// The symmetric matrix C of a connected network of conductances c_ij ≥ 0: C_ij = −c_ij, rows summing to zero.
///
/// Conjugate gradients, preconditioned by a hierarchy of networks. Neighbours that exchange most are joined in pairs,
/// twice, to one state of the next network; conductances between the groups are the sums of those between their
/// members, so that every level is a network of conductances again. Each coarser problem is solved by two steps of
/// conjugate gradients of its own (the K-cycle of Notay & Vassilevski 2008), which makes the number of steps nearly
/// independent of the size. Memory is proportional to the number of conductances.
class Aggregation {
 public:
  /// `conductances` (M, M): symmetric, off-diagonal entries only.
  explicit Aggregation(const Eigen::SparseMatrix<double>& conductances);

  struct Outcome {
    int steps = 0;
    double residual = 0;  ///< ‖C x − b‖ / ‖b‖ in the norm of 1/diagonal
  };
  /// C x = b for b that sums to zero; x is found up to a constant, to round-off or to `tolerance`.
  Outcome solve(Eigen::VectorXd& x, double tolerance = 1e-13) const;

  int levels() const { return static_cast<int>(levels_.size()); }
  std::size_t bytes() const;

 private:
  struct Level {
    Eigen::SparseMatrix<double> matrix;  ///< C with its diagonal
    Eigen::VectorXd diagonal;
    std::vector<int> group;  ///< of the next level; empty on the coarsest
  };
  void multiply(const Level& level, const Eigen::VectorXd& x, Eigen::VectorXd& y) const;
  void precondition(std::size_t level, const Eigen::VectorXd& b, Eigen::VectorXd& x) const;
  void coarse_solve(std::size_t level, const Eigen::VectorXd& b, Eigen::VectorXd& x) const;

  std::vector<Level> levels_;
  Eigen::MatrixXd coarsest_;  ///< inverse with the last state pinned
};

}  // namespace rdd
