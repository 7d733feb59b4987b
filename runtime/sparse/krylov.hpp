// A few extreme eigenvalues of an operator that is only known by what it does to vectors.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <functional>

namespace rdd {

/// X ← Op X for a block of columns, in place.
template <class Scalar>
using BlockOperator = std::function<void(Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>& x)>;

struct KrylovParams {
  double tolerance = 1e-12;  ///< of a residual, relative to its eigenvalue
  int most_vectors = 96;     ///< of the basis; then it is restarted from the best of them
  int most_restarts = 30;
};

/// The eigenvalues θ of largest modulus, by descending modulus, and an orthonormal basis of their invariant subspace.
template <class Scalar>
struct KrylovModes {
  using Vectors = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  Eigen::VectorXcd theta;    ///< (count, or count + 1 where that would split a complex pair of a real operator)
  Vectors basis;             ///< (size, as many): eigenvectors if hermitian
  Vectors block;             ///< basisᴴ Op basis: diagonal if hermitian
  Eigen::VectorXd residual;  ///< ‖Op x − θ x‖ / |θ| of each
  int applications = 0;      ///< to single columns
  bool converged = false;
};

/// Block Krylov–Schur iteration (Stewart 2001; for a Hermitian operator thick-restart Lanczos, Wu & Simon 2000) with
/// full orthogonalisation. Blocks of min(count, 8) vectors find eigenvalues of that multiplicity. The start vectors are
/// always the same numbers. An operator that maps into a subspace is treated within it. 1 ≤ count < size.
template <class Scalar>
KrylovModes<Scalar> largest_modes(const BlockOperator<Scalar>& apply, Eigen::Index size, Eigen::Index count,
                                  bool hermitian, const KrylovParams& params = {});

extern template KrylovModes<double> largest_modes(const BlockOperator<double>&, Eigen::Index, Eigen::Index, bool,
                                                  const KrylovParams&);
extern template KrylovModes<std::complex<double>> largest_modes(const BlockOperator<std::complex<double>>&,
                                                                Eigen::Index, Eigen::Index, bool, const KrylovParams&);

}  // namespace rdd
