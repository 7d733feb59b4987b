// Dense eigenproblems of one matrix at a time: LAPACK where its plug-in is found, Eigen otherwise. Large matrices go
// here (blocked algorithms are faster beyond some two hundred states), and the rare small one for which a batch kernel
// gives up.
#pragma once

#include <Eigen/Core>

namespace rdd {

/// Ascending eigenvalues (M) and, where `vectors` is not null, orthonormal eigenvectors (M, M), the largest entry of
/// each positive. The lower triangle is read.
void solve_hermitian(const Eigen::MatrixXcd& matrix, double* values, std::complex<double>* vectors);

/// Eigenvalues sorted by real part, then by imaginary part; where not null, right vectors of norm 1 and left ones with
/// Wᵀ V = 1.
void solve_general(const Eigen::MatrixXcd& matrix, std::complex<double>* values, std::complex<double>* right,
                   std::complex<double>* left);

/// Is LAPACK in use? Loads the plug-in.
bool lapack_found();

}  // namespace rdd
