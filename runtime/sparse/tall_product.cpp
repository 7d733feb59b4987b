// Rows are taken in pieces that stay in the nearer caches, and each piece is left to subtract_product.
#include "runtime/sparse/tall_product.hpp"

#include <algorithm>

#include "runtime/sparse/panel_product.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr Index piece = 256;

}  // namespace

template <class Scalar>
TallMatrix<Scalar> adjoint_product(const Eigen::Ref<const TallMatrix<Scalar>>& a,
                                   const Eigen::Ref<const TallMatrix<Scalar>>& b) {
  TallMatrix<Scalar> minus = TallMatrix<Scalar>::Zero(a.cols(), b.cols());
  TallMatrix<Scalar> left, right;
  ProductBuffers buffers;
  for (Index first = 0; first < a.rows(); first += piece) {
    const Index rows = std::min(piece, a.rows() - first);
    left = a.middleRows(first, rows).adjoint();
    right = b.middleRows(first, rows).adjoint();
    subtract_product(a.cols(), b.cols(), rows, left.data(), a.cols(), right.data(), b.cols(), minus.data(), a.cols(),
                     true, false, buffers);
  }
  return -minus;
}

template <class Scalar>
void subtract_combination(Eigen::Ref<TallMatrix<Scalar>> x, const Eigen::Ref<const TallMatrix<Scalar>>& a,
                          const TallMatrix<Scalar>& s) {
  const TallMatrix<Scalar> transposed = s.transpose();
  ProductBuffers buffers;
  for (Index first = 0; first < a.rows(); first += piece) {
    subtract_product(std::min(piece, a.rows() - first), s.cols(), s.rows(), a.data() + first, a.outerStride(),
                     transposed.data(), s.cols(), x.data() + first, x.outerStride(), false, false, buffers);
  }
}

template <class Scalar>
TallMatrix<Scalar> combination(const Eigen::Ref<const TallMatrix<Scalar>>& a, const TallMatrix<Scalar>& s) {
  TallMatrix<Scalar> result = TallMatrix<Scalar>::Zero(a.rows(), s.cols());
  subtract_combination<Scalar>(result, a, -s);
  return result;
}

template TallMatrix<double> adjoint_product(const Eigen::Ref<const TallMatrix<double>>&,
                                            const Eigen::Ref<const TallMatrix<double>>&);
template TallMatrix<std::complex<double>> adjoint_product(const Eigen::Ref<const TallMatrix<std::complex<double>>>&,
                                                          const Eigen::Ref<const TallMatrix<std::complex<double>>>&);
template void subtract_combination(Eigen::Ref<TallMatrix<double>>, const Eigen::Ref<const TallMatrix<double>>&,
                                   const TallMatrix<double>&);
template void subtract_combination(Eigen::Ref<TallMatrix<std::complex<double>>>,
                                   const Eigen::Ref<const TallMatrix<std::complex<double>>>&,
                                   const TallMatrix<std::complex<double>>&);
template TallMatrix<double> combination(const Eigen::Ref<const TallMatrix<double>>&, const TallMatrix<double>&);
template TallMatrix<std::complex<double>> combination(const Eigen::Ref<const TallMatrix<std::complex<double>>>&,
                                                      const TallMatrix<std::complex<double>>&);

}  // namespace rdd
