// Dense eigenproblems and Sylvester equations. dense.cpp is the one file that includes Eigen/Eigenvalues, which takes
// long to compile; everyone else sees these plain functions.
//
// Many complex matrices at once are solved faster by spectrum/batch/stack.hpp, which is tested against these.
//
// Accuracy of all of them: errors of eigenvalues are of the order of 1e-16 times the norm of the matrix, not of the
// eigenvalue. See digits_left in spectrum.hpp for what that means for slow modes.
#pragma once

#include <Eigen/Core>

namespace rdd {

/// Ascending eigenvalues of a Hermitian matrix; only the lower triangle is read.
Eigen::VectorXd hermitian_eigenvalues(const Eigen::Ref<const Eigen::MatrixXcd>& matrix);

/// Ascending eigenvalues and orthonormal eigenvectors of a symmetric matrix; only the lower triangle is read.
struct SymmetricEigen {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};
SymmetricEigen symmetric_eigen(const Eigen::Ref<const Eigen::MatrixXd>& matrix);

/// The same for a Hermitian matrix.
struct HermitianEigen {
  Eigen::VectorXd values;
  Eigen::MatrixXcd vectors;
};
HermitianEigen hermitian_eigen(const Eigen::Ref<const Eigen::MatrixXcd>& matrix);

/// Eigenvalues of a general matrix, sorted by real part, then by imaginary part. Those of a real matrix come in exact
/// conjugate pairs.
Eigen::VectorXcd eigenvalues(const Eigen::Ref<const Eigen::MatrixXcd>& matrix);
Eigen::VectorXcd eigenvalues(const Eigen::Ref<const Eigen::MatrixXd>& matrix);

/// Right eigenvectors and the inverse of their matrix, in the order of `eigenvalues`.
struct GeneralEigen {
  Eigen::VectorXcd values;
  Eigen::MatrixXcd vectors;
  Eigen::MatrixXcd inverse;
};
GeneralEigen general_eigen(const Eigen::Ref<const Eigen::MatrixXd>& matrix);
GeneralEigen general_eigen(const Eigen::Ref<const Eigen::MatrixXcd>& matrix);

/// Orthonormal real basis of the invariant subspace of the `count` eigenvalues with the least real parts. The
/// eigenvalues must be closed under conjugation.
Eigen::MatrixXd invariant_subspace(const Eigen::Ref<const Eigen::MatrixXd>& matrix, Eigen::Index count);

/// The invariant subspace of the `count` eigenvalues with the least real parts of a complex matrix A (M, M): A right =
/// right block, leftᴴ A = block leftᴴ, leftᴴ right = 1. `next`: the eigenvalue that follows (infinite if there is
/// none).
struct SlowSubspace {
  Eigen::MatrixXcd right;  ///< (M, count) orthonormal
  Eigen::MatrixXcd left;   ///< (M, count)
  Eigen::MatrixXcd block;  ///< (count, count) upper triangular, eigenvalues on its diagonal
  std::complex<double> next;
};
SlowSubspace slow_subspace(const Eigen::Ref<const Eigen::MatrixXcd>& matrix, Eigen::Index count);

/// An orthonormal basis of the whole space that starts with one of the span of the given independent columns.
Eigen::MatrixXd completed_basis(const Eigen::Ref<const Eigen::MatrixXd>& columns);

/// X with A X − X B = C; A and B share no eigenvalue. Cost: one complex LU factorisation of A per column of B.
Eigen::MatrixXd solve_sylvester(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
                                const Eigen::Ref<const Eigen::MatrixXd>& c);

}  // namespace rdd
