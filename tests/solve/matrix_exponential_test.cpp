#include "runtime/solve/matrix_exponential.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <random>

#include "runtime/expects.hpp"
#include "tests/support/approx.hpp"

using Complex = std::complex<double>;

namespace {

double distance(const Eigen::MatrixXcd& a, const Eigen::MatrixXcd& b) {
  return (a - b).cwiseAbs().maxCoeff();
}

// exp(A) by its series on A / 2^12, squared back: slow, and nothing like the code under test.
Eigen::MatrixXcd by_series(const Eigen::MatrixXcd& A) {
  const Eigen::Index P = A.rows();
  using Precise = Eigen::Matrix<std::complex<long double>, Eigen::Dynamic, Eigen::Dynamic>;
  const Precise small = A.cast<std::complex<long double>>() / 4096.0L;
  Precise term = Precise::Identity(P, P), sum = term;
  for (int n = 1; n < 30; ++n) {
    term = (term * small / static_cast<long double>(n)).eval();
    sum += term;
  }
  for (int i = 0; i < 12; ++i) sum = (sum * sum).eval();
  return sum.cast<Complex>();
}

}  // namespace

TEST_CASE("random matrices of one to five rows agree with the exponential series") {
  std::mt19937_64 bits(1);
  std::uniform_real_distribution<double> uniform(-2, 2);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Eigen::Index P = 1 + round % 5;
    Eigen::MatrixXcd A(P, P);
    for (Complex& entry : A.reshaped()) entry = Complex(uniform(bits), uniform(bits));
    const Eigen::MatrixXcd exact = by_series(A);
    CHECK(distance(rdd::matrix_exponential(A), exact) < 1e-13 * (1 + exact.cwiseAbs().maxCoeff()) * 10);
  }
}

TEST_CASE("equal and nearly equal eigenvalues are no trouble") {
  for (const double split : {0.0, 1e-300, 1e-16, 1e-9, 1e-4, 0.2, 0.99, 1.01}) {
    CAPTURE(split);
    Eigen::MatrixXcd A(2, 2);
    A << -1.0, 3.0, split * split / 12, -1.0;  // eigenvalues −1 ± split / 2
    CHECK(distance(rdd::matrix_exponential(A), by_series(A)) < 1e-14);
  }
}

TEST_CASE("a two-state generator relaxes with the sum of its rates") {
  for (const auto& [k1, k2] : {std::pair{1.0, 2.0}, {1e-3, 1e-4}, {30.0, 700.0}, {1e9, 1e-9}}) {
    Eigen::MatrixXcd Q(2, 2);
    Q << -k1, k2, k1, -k2;
    const double decay = std::exp(-(k1 + k2)), sum = k1 + k2;
    Eigen::MatrixXcd exact(2, 2);
    exact << (k2 + k1 * decay) / sum, k2 * (1 - decay) / sum, k1 * (1 - decay) / sum, (k1 + k2 * decay) / sum;
    CHECK(distance(rdd::matrix_exponential(Q), exact) < 1e-15 * 8);
  }
}

TEST_CASE("a slow decay beside a fast one keeps its digits") {
  for (const double fast : {1e3, 1e8, 1e15}) {
    CAPTURE(fast);
    Eigen::MatrixXcd A(2, 2);
    A << -0.7, fast, 0.0, -fast;
    const Eigen::MatrixXcd E = rdd::matrix_exponential(A);
    CHECK(E(0, 0).real() == rdd::test::approx(std::exp(-0.7)).epsilon(1e-15));
    CHECK(std::abs(E(1, 1)) < 1e-15);
    CHECK(E(0, 1).real() == rdd::test::approx(std::exp(-0.7) / (1 - 0.7 / fast)).epsilon(1e-14));
  }
}

TEST_CASE("what is not finite or not square is refused") {
  CHECK_THROWS_AS(rdd::matrix_exponential(Eigen::MatrixXcd::Zero(2, 3)), rdd::InternalError);
  CHECK_THROWS_AS(rdd::matrix_exponential(Eigen::MatrixXcd::Constant(1, 1, std::nan(""))), rdd::InternalError);
}
