#include "runtime/spectrum/batch/blocked_solver.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/plugin.hpp"
#include "runtime/spectrum/batch/lapack_plugin.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;

/// nullptr where there is none: Eigen then does the work.
const LapackPlugin* lapack() {
  static const LapackPlugin* const loaded = []() -> const LapackPlugin* {
    try {
      return &load_plugin<LapackPlugin>({"LAPACK", "librdd_lapack.so", lapack_plugin_entry, "RDD_LAPACK_PLUGIN"});
    } catch (const PluginError&) {
      return nullptr;
    }
  }();
  return loaded;
}

/// The largest entry becomes real and positive; among entries of nearly the same size the first decides.
void straighten(Eigen::Ref<Eigen::VectorXcd> vector) {
  const double largest = vector.cwiseAbs2().maxCoeff();
  for (Index i = 0; i < vector.size(); ++i) {
    if (std::norm(vector(i)) < largest * (1 - 1e-6)) continue;
    const Complex phase = vector(i) / std::abs(vector(i));
    vector *= std::conj(phase);
    return;
  }
}

}  // namespace

bool lapack_found() {
  return lapack() != nullptr;
}

void solve_hermitian(const Eigen::MatrixXcd& matrix, double* values, Complex* vectors) {
  const Index size = matrix.rows();
  Eigen::Map<Eigen::VectorXd> lambda(values, size);
  if (const LapackPlugin* const plugin = lapack()) {
    Eigen::MatrixXcd copy;
    if (vectors == nullptr) copy = matrix;
    if (vectors != nullptr) Eigen::Map<Eigen::MatrixXcd>(vectors, size, size) = matrix;
    const int info = plugin->hermitian(static_cast<int>(size), vectors != nullptr,
                                       vectors != nullptr ? vectors : copy.data(), values);
    expects(info == 0, "the Hermitian eigenproblem to converge");
    if (vectors == nullptr) return;
  } else if (vectors == nullptr) {
    lambda = hermitian_eigenvalues(matrix);
    return;
  } else {
    const HermitianEigen eigen = hermitian_eigen(matrix);
    lambda = eigen.values;
    Eigen::Map<Eigen::MatrixXcd>(vectors, size, size) = eigen.vectors;
  }
  Eigen::Map<Eigen::MatrixXcd> u(vectors, size, size);
  for (Index m = 0; m < size; ++m) straighten(u.col(m));
}

void solve_general(const Eigen::MatrixXcd& matrix, Complex* values, Complex* right, Complex* left) {
  const Index size = matrix.rows();
  // By a power of two to entries of about one: not every solver does this itself.
  const double largest = std::max(matrix.real().cwiseAbs().maxCoeff(), matrix.imag().cwiseAbs().maxCoeff());
  int exponent = 0;
  if (largest > 0) std::frexp(largest, &exponent);
  exponent = std::clamp(exponent, -1000, 1000);  // powers that have reciprocals
  Eigen::MatrixXcd scaled = std::ldexp(1.0, -exponent) * matrix;
  Eigen::VectorXcd lambda(size);
  Eigen::MatrixXcd v(right != nullptr ? size : 0, right != nullptr ? size : 0);
  if (const LapackPlugin* const plugin = lapack()) {
    const int info =
        plugin->general(static_cast<int>(size), scaled.data(), lambda.data(), right != nullptr ? v.data() : nullptr);
    expects(info == 0, "the eigenproblem to converge");
  } else if (right == nullptr) {
    lambda = eigenvalues(scaled);
  } else {
    const GeneralEigen eigen = general_eigen(scaled);
    lambda = eigen.values;
    v = eigen.vectors;
  }
  std::vector<Index> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return lambda(a).real() < lambda(b).real() ||
           (lambda(a).real() == lambda(b).real() && lambda(a).imag() < lambda(b).imag());
  });
  for (Index m = 0; m < size; ++m) {
    const Complex x = lambda(order[static_cast<std::size_t>(m)]);
    values[m] = {std::ldexp(x.real(), exponent), std::ldexp(x.imag(), exponent)};
  }
  if (right == nullptr) return;
  Eigen::Map<Eigen::MatrixXcd> sorted(right, size, size);
  for (Index m = 0; m < size; ++m) {
    sorted.col(m) = v.col(order[static_cast<std::size_t>(m)]).normalized();
    straighten(sorted.col(m));
  }
  if (left == nullptr) return;
  Eigen::Map<Eigen::MatrixXcd>(left, size, size) = sorted.partialPivLu().inverse().transpose();
}

}  // namespace rdd
