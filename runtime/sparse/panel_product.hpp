// The one dense operation that large sparse factorisations spend their time in.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

namespace rdd {

/// Buffers of `subtract_product`, kept from call to call.
struct ProductBuffers {
  std::vector<double> left, right, tile;
};

/// C −= A Bᵀ, or C −= A Bᴴ for complex numbers if `conjugate`: A (m, k), B (n, k), C (m, n), columns `lda`, `ldb`,
/// `ldc` apart. `lower`: entries of C above its diagonal need not be written (blocks along it are). Written for
/// registers of 512, 256 and 128 bits; which one is used is found when the program runs.
void subtract_product(Eigen::Index m, Eigen::Index n, Eigen::Index k, const double* a, Eigen::Index lda,
                      const double* b, Eigen::Index ldb, double* c, Eigen::Index ldc, bool conjugate, bool lower,
                      ProductBuffers& buffers);
void subtract_product(Eigen::Index m, Eigen::Index n, Eigen::Index k, const std::complex<double>* a, Eigen::Index lda,
                      const std::complex<double>* b, Eigen::Index ldb, std::complex<double>* c, Eigen::Index ldc,
                      bool conjugate, bool lower, ProductBuffers& buffers);

}  // namespace rdd
