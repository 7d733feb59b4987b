// Dense eigenproblems of many matrices of one size: small ones in the lanes of the SIMD registers (kernels.hpp), larger
// ones one at a time by LAPACK or Eigen (blocked_solver.hpp).
//
// Errors, with ‖A‖ the Frobenius norm: eigenvalues of Hermitian matrices are right to 10·M·2⁻⁵²·‖A‖, whatever the scale
// of A; vectors are orthonormal and residuals vanish to the same (times √M for all columns together). Eigenvalues and
// right vectors of a general matrix are exact for a matrix that differs by so much. Results depend on the matrix alone:
// not on its place in the set, its neighbours or the number of threads; the last bits may differ from machine to
// machine.
#pragma once

#include <Eigen/Core>
#include <functional>

#include "runtime/spectrum/batch/kernels.hpp"

namespace rdd {

/// K matrices (M, M). `fill` writes those from `first` on into the lanes (kernels.hpp; lanes beyond `count` become
/// zero); `single` returns one of them, the same to round-off.
struct MatrixSet {
  Eigen::Index size = 0, count = 0;
  std::function<void(const batch::Kernels& kernels, Eigen::Index first, int count, double* matrices)> fill;
  std::function<Eigen::MatrixXcd(Eigen::Index)> single;
};

/// The K matrices that stand side by side in `columns`, (M, M·K); it must outlive the result.
MatrixSet side_by_side(const Eigen::MatrixXcd& columns);

enum class Vectors { none, right, both };

struct HermitianSet {
  Eigen::MatrixXd values;    ///< (M, K), ascending
  Eigen::MatrixXcd vectors;  ///< (M, M·K), those of matrix k in columns k·M, …; the largest entry of each is positive
};
/// Only the lower triangles are read. `kernels`: another choice than the fastest, for tests and comparisons.
HermitianSet hermitian_set(const MatrixSet& matrices, bool vectors, int threads = 1,
                           const batch::Kernels* kernels = nullptr);

struct GeneralSet {
  Eigen::MatrixXcd values;  ///< (M, K), sorted by real part, then by imaginary part
  Eigen::MatrixXcd right;   ///< (M, M·K), A V = V diag λ, columns of norm 1, the largest entry of each positive
  Eigen::MatrixXcd left;    ///< (M, M·K), W with Wᵀ V = 1; large where V is nearly singular
};
GeneralSet general_set(const MatrixSet& matrices, Vectors vectors, int threads = 1,
                       const batch::Kernels* kernels = nullptr);

}  // namespace rdd
