#include "runtime/dense.hpp"

#include <doctest/doctest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>

#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {
Eigen::MatrixXd random_matrix(std::mt19937_64& engine, int rows, int cols) {
  Eigen::MatrixXd result(rows, cols);
  for (double& x : result.reshaped()) x = uniform(engine) - 0.5;
  return result;
}

/// Number of leading eigenvalues, at least `wanted`, that is closed under conjugation.
int closed(const Eigen::VectorXcd& values, int wanted) {
  return values(wanted - 1).imag() < 0 && values(wanted).imag() > 0 ? wanted + 1 : wanted;
}
}  // namespace

TEST_CASE("eigenvalues of real matrices are sorted and come in exact pairs") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    const Eigen::MatrixXd a = random_matrix(engine, 9, 9);
    const Eigen::VectorXcd values = eigenvalues(a);
    for (int m = 0; m + 1 < 9; ++m) {
      CHECK(values(m).real() <= values(m + 1).real());
      if (values(m).imag() < 0) CHECK(values(m + 1) == std::conj(values(m)));
    }
    CHECK(std::abs(values.sum() - a.trace()) < 1e-13);
    const GeneralEigen eigen = general_eigen(a);
    CHECK((a * eigen.vectors - eigen.vectors * eigen.values.asDiagonal()).cwiseAbs().maxCoeff() < 1e-13);
    CHECK((eigen.inverse * eigen.vectors).isIdentity(1e-11));
    const Eigen::VectorXcd complex_values = eigenvalues(Eigen::MatrixXcd(a.cast<std::complex<double>>()));
    CHECK((complex_values.real() - values.real()).cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("the invariant subspace belongs to the eigenvalues of least real part") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    const Eigen::MatrixXd a = random_matrix(engine, 9, 9);
    const Eigen::VectorXcd values = eigenvalues(a);
    const int count = closed(values, 3);
    const Eigen::MatrixXd basis = invariant_subspace(a, count);
    CHECK((basis.transpose() * basis).isIdentity(1e-13));
    const Eigen::MatrixXd inner = basis.transpose() * a * basis;
    CHECK((a * basis - basis * inner).cwiseAbs().maxCoeff() < 1e-12);
    const Eigen::VectorXcd found = eigenvalues(inner);
    for (int m = 0; m < count; ++m) CHECK((found.array() - values(m)).abs().minCoeff() < 1e-11);
    const Eigen::MatrixXd whole = completed_basis(basis);
    CHECK((whole.transpose() * whole).isIdentity(1e-13));
    CHECK((whole.rightCols(9 - count).transpose() * basis).cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("Sylvester equations are solved") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    const Eigen::MatrixXd a = random_matrix(engine, 6, 6) + 4 * Eigen::MatrixXd::Identity(6, 6);
    const Eigen::MatrixXd b = random_matrix(engine, 3, 3), c = random_matrix(engine, 6, 3);
    const Eigen::MatrixXd x = solve_sylvester(a, b, c);
    CHECK((a * x - x * b - c).cwiseAbs().maxCoeff() < 1e-14);
  }
}

TEST_CASE("symmetric and Hermitian eigenproblems agree") {
  std::mt19937_64 engine(1);
  Eigen::MatrixXd a = random_matrix(engine, 7, 7);
  a += a.transpose().eval();
  const SymmetricEigen eigen = symmetric_eigen(a);
  CHECK((a * eigen.vectors - eigen.vectors * eigen.values.asDiagonal()).cwiseAbs().maxCoeff() < 1e-13);
  CHECK((hermitian_eigenvalues(a.cast<std::complex<double>>()) - eigen.values).cwiseAbs().maxCoeff() < 1e-13);
}
