// SLEPc as another engine for bands of large networks: for matrices whose factors no single machine holds.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <complex>

namespace rdd {

/// True where RDD_ENGINE=slepc stands in the environment.
bool slepc_requested();

/// The `count` eigenvalues of least modulus, by shift-invert Krylov–Schur at `shift` with MUMPS's factors, distributed
/// over all processes of the MPI job (`mpirun -n 4 rdd query …`; every process runs the same program, the first one
/// speaks). In a plug-in that is built with the option RDD_SLEPC. Throws SparseLimit.
Eigen::VectorXcd slepc_smallest(const Eigen::SparseMatrix<std::complex<double>>& matrix, bool hermitian, int count,
                                double shift);

}  // namespace rdd
