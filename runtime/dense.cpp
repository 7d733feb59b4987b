#include "runtime/dense.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <complex>
#include <limits>
#include <numeric>
#include <vector>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;

bool slower(Complex a, Complex b) {
  return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
}

/// Exchanges the neighbours k and k + 1 on the diagonal of the triangular factor by one rotation.
void swap_neighbours(Eigen::MatrixXcd& t, Eigen::MatrixXcd& u, Index k) {
  Eigen::JacobiRotation<Complex> rotation;
  rotation.makeGivens(t(k, k + 1), t(k + 1, k + 1) - t(k, k));
  t.applyOnTheLeft(k, k + 1, rotation.adjoint());
  t.applyOnTheRight(k, k + 1, rotation);
  u.applyOnTheRight(k, k + 1, rotation);
  t(k + 1, k) = 0;
}

GeneralEigen in_order(const Eigen::VectorXcd& values, const Eigen::MatrixXcd& vectors) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return slower(values(a), values(b)); });
  GeneralEigen result{values(order), vectors(Eigen::all, order), {}};
  result.inverse = result.vectors.partialPivLu().inverse();
  return result;
}

/// Selection sort of the triangular factor: the slowest of the rest moves up to its place, `count` times.
void sort_slow_first(Eigen::MatrixXcd& t, Eigen::MatrixXcd& u, Index count) {
  for (Index place = 0; place < count; ++place) {
    Index slowest = place;
    for (Index k = place + 1; k < t.rows(); ++k) {
      if (slower(t(k, k), t(slowest, slowest))) slowest = k;
    }
    for (Index k = slowest; k > place; --k) swap_neighbours(t, u, k - 1);
  }
}

}  // namespace

Eigen::VectorXd hermitian_eigenvalues(const Eigen::Ref<const Eigen::MatrixXcd>& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd> solver(matrix, Eigen::EigenvaluesOnly);
  expects(solver.info() == Eigen::Success, "the Hermitian eigenproblem to converge");
  return solver.eigenvalues();
}

SymmetricEigen symmetric_eigen(const Eigen::Ref<const Eigen::MatrixXd>& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  expects(solver.info() == Eigen::Success, "the symmetric eigenproblem to converge");
  return {solver.eigenvalues(), solver.eigenvectors()};
}

HermitianEigen hermitian_eigen(const Eigen::Ref<const Eigen::MatrixXcd>& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd> solver(matrix);
  expects(solver.info() == Eigen::Success, "the Hermitian eigenproblem to converge");
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Eigen::VectorXcd eigenvalues(const Eigen::Ref<const Eigen::MatrixXcd>& matrix) {
  const Eigen::ComplexEigenSolver<Eigen::MatrixXcd> solver(matrix, false);
  expects(solver.info() == Eigen::Success, "the eigenproblem to converge");
  Eigen::VectorXcd values = solver.eigenvalues();
  std::sort(values.begin(), values.end(), slower);
  return values;
}

Eigen::VectorXcd eigenvalues(const Eigen::Ref<const Eigen::MatrixXd>& matrix) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(matrix, false);
  expects(solver.info() == Eigen::Success, "the eigenproblem to converge");
  Eigen::VectorXcd values = solver.eigenvalues();
  std::sort(values.begin(), values.end(), slower);
  return values;
}

GeneralEigen general_eigen(const Eigen::Ref<const Eigen::MatrixXd>& matrix) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(matrix);
  expects(solver.info() == Eigen::Success, "the eigenproblem to converge");
  return in_order(solver.eigenvalues(), solver.eigenvectors());
}

GeneralEigen general_eigen(const Eigen::Ref<const Eigen::MatrixXcd>& matrix) {
  const Eigen::ComplexEigenSolver<Eigen::MatrixXcd> solver(matrix);
  expects(solver.info() == Eigen::Success, "the eigenproblem to converge");
  return in_order(solver.eigenvalues(), solver.eigenvectors());
}

Eigen::MatrixXd invariant_subspace(const Eigen::Ref<const Eigen::MatrixXd>& matrix, Index count) {
  const Eigen::ComplexSchur<Eigen::MatrixXcd> schur(matrix.cast<Complex>());
  expects(schur.info() == Eigen::Success, "the Schur form to converge");
  Eigen::MatrixXcd t = schur.matrixT();
  Eigen::MatrixXcd u = schur.matrixU();
  sort_slow_first(t, u, count);
  // The span is closed under conjugation: the real and imaginary parts of its vectors span it over the real numbers.
  Eigen::MatrixXd parts(matrix.rows(), 2 * count);
  parts << u.leftCols(count).real(), u.leftCols(count).imag();
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(parts);
  const Eigen::MatrixXd basis = qr.householderQ() * Eigen::MatrixXd::Identity(matrix.rows(), count);
  return basis;
}

SlowSubspace slow_subspace(const Eigen::Ref<const Eigen::MatrixXcd>& matrix, Index count) {
  const Eigen::ComplexSchur<Eigen::MatrixXcd> schur(matrix);
  expects(schur.info() == Eigen::Success, "the Schur form to converge");
  Eigen::MatrixXcd t = schur.matrixT();
  Eigen::MatrixXcd u = schur.matrixU();
  sort_slow_first(t, u, count);
  const Index rest = t.rows() - count;
  SlowSubspace result{u.leftCols(count), u.leftCols(count), t.topLeftCorner(count, count),
                      std::numeric_limits<double>::infinity()};
  if (rest == 0) return result;
  // [1 Y] Uᴴ A = T_SS [1 Y] Uᴴ where T_SS Y − Y T_FF = T_SF: column by column, as T_FF is triangular.
  Eigen::MatrixXcd y = t.topRightCorner(count, rest);
  double next = std::numeric_limits<double>::infinity();
  for (Index j = 0; j < rest; ++j) {
    const Complex value = t(count + j, count + j);
    if (value.real() < next) {
      next = value.real();
      result.next = value;
    }
    for (Index i = 0; i < j; ++i) y.col(j) += y.col(i) * t(count + i, count + j);
    Eigen::MatrixXcd shifted = result.block;
    shifted.diagonal().array() -= value;
    const Eigen::VectorXcd column = shifted.triangularView<Eigen::Upper>().solve(y.col(j));
    y.col(j) = column;
  }
  result.left += u.rightCols(rest) * y.adjoint();
  return result;
}

Eigen::MatrixXd completed_basis(const Eigen::Ref<const Eigen::MatrixXd>& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.rows());
}

Eigen::MatrixXd solve_sylvester(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
                                const Eigen::Ref<const Eigen::MatrixXd>& c) {
  // B = U T Uᴴ turns the equation into A Y − Y T = C U, one shifted linear system for each column of Y = X U.
  const Eigen::ComplexSchur<Eigen::MatrixXcd> schur(b.cast<Complex>());
  expects(schur.info() == Eigen::Success, "the Schur form to converge");
  const Eigen::MatrixXcd& t = schur.matrixT();
  const Eigen::MatrixXcd& u = schur.matrixU();
  Eigen::MatrixXcd y = c.cast<Complex>() * u;
  for (Index j = 0; j < b.cols(); ++j) {
    for (Index i = 0; i < j; ++i) y.col(j) += y.col(i) * t(i, j);
    Eigen::MatrixXcd shifted = a.cast<Complex>();
    shifted.diagonal().array() -= t(j, j);
    const Eigen::VectorXcd column = shifted.partialPivLu().solve(y.col(j));
    y.col(j) = column;
  }
  return (y * u.adjoint()).real();
}

}  // namespace rdd
