#include "runtime/solve/matrix_exponential.hpp"

#include <complex>
#include <unsupported/Eigen/MatrixFunctions>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// With m half the trace and q² = ((a − d)/2)² + bc the eigenvalues are m ± q, and by Cayley and Hamilton
// exp(A) = e^m cosh q + e^m (sinh q / q) (A − m). Where q is large e^m and cosh q would under- and overflow apart, so
// e^{m±q} are formed, the smaller eigenvalue from the determinant: m − q would lose it when the other is far larger.
// Where q is small the difference of the two exponentials would cancel, so sinh q / q is summed.
Eigen::Matrix2cd exponential_2(const Eigen::Matrix2cd& A) {
  const Complex m = 0.5 * (A(0, 0) + A(1, 1));
  const Complex half = 0.5 * (A(0, 0) - A(1, 1));
  const Complex square = half * half + A(0, 1) * A(1, 0);
  Complex q = std::sqrt(square);
  Complex cosh, ratio;  // e^m cosh q, e^m sinh q / q
  if (std::abs(q) < 0.5) {
    Complex even = 1, odd = 1, even_term = 1, odd_term = 1;
    for (int n = 1; n <= 8; ++n) {  // (1/2)^18 / 18! is far below the round-off
      even_term *= square / static_cast<double>((2 * n - 1) * (2 * n));
      odd_term *= square / static_cast<double>((2 * n) * (2 * n + 1));
      even += even_term;
      odd += odd_term;
    }
    const Complex scale = std::exp(m);
    cosh = scale * even;
    ratio = scale * odd;
  } else {
    if (std::real(std::conj(m) * q) < 0) q = -q;
    const Complex large = m + q, small = (A(0, 0) * A(1, 1) - A(0, 1) * A(1, 0)) / large;
    const Complex fast = std::exp(large), slow = std::exp(small);
    cosh = 0.5 * (fast + slow);
    ratio = (fast - slow) / (2.0 * q);
  }
  Eigen::Matrix2cd E;
  E << cosh + ratio * half, ratio * A(0, 1), ratio * A(1, 0), cosh - ratio * half;
  return E;
}

}  // namespace

Eigen::MatrixXcd matrix_exponential(const Eigen::MatrixXcd& matrix) {
  expects(matrix.rows() == matrix.cols() && matrix.rows() > 0, "a square matrix");
  expects(matrix.allFinite(), "finite entries in a matrix to exponentiate");
  if (matrix.rows() == 1) return Eigen::MatrixXcd::Constant(1, 1, std::exp(matrix(0, 0)));
  if (matrix.rows() == 2) return exponential_2(matrix);
  return matrix.exp();
}

}  // namespace rdd
