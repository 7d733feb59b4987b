// Op V = V H + B Cᴴ: V orthonormal, B the next block, C the coupling to it. Eigenpairs (θ, y) of the small matrix H
// give approximate ones (θ, V y) of the operator, with residuals ‖Cᴴ y‖. When V is full, it is replaced by the best of
// them (for an operator that is not Hermitian, by an orthonormal basis of their span), of which the same equation
// holds.
#include "runtime/sparse/krylov.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/sparse/numbers.hpp"
#include "runtime/sparse/tall_product.hpp"

namespace rdd {
namespace {

using Eigen::Index;
template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// Eigenpairs of the small matrix, by descending modulus.
struct Ritz {
  Eigen::VectorXcd theta;
  Eigen::MatrixXcd vectors;
};

Ritz sorted(const Eigen::VectorXcd& theta, const Eigen::MatrixXcd& vectors) {
  std::vector<Index> order(static_cast<std::size_t>(theta.size()));
  std::iota(order.begin(), order.end(), Index{0});
  // Conjugate partners have the same modulus to the last bit or nearly: the upper one first keeps them together.
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    const double difference = std::abs(theta(a)) - std::abs(theta(b));
    if (std::abs(difference) > 1e-10 * std::abs(theta(a))) return difference > 0;
    if (std::abs(theta(a).real() - theta(b).real()) > 1e-10 * std::abs(theta(a)))
      return theta(a).real() > theta(b).real();
    return theta(a).imag() > theta(b).imag();
  });
  return {theta(order), vectors(Eigen::all, order)};
}

Ritz ritz(const Eigen::MatrixXd& h, bool hermitian) {
  if (hermitian) {
    const SymmetricEigen eigen = symmetric_eigen(h);
    return sorted(eigen.values.cast<std::complex<double>>(), eigen.vectors.cast<std::complex<double>>());
  }
  const GeneralEigen eigen = general_eigen(h);
  return sorted(eigen.values, eigen.vectors);
}
Ritz ritz(const Eigen::MatrixXcd& h, bool hermitian) {
  if (hermitian) {
    const HermitianEigen eigen = hermitian_eigen(h);
    return sorted(eigen.values.cast<std::complex<double>>(), eigen.vectors);
  }
  const GeneralEigen eigen = general_eigen(h);
  return sorted(eigen.values, eigen.vectors);
}

/// Would the first `count` split a pair of a real matrix?
bool splits(const Eigen::VectorXcd& theta, Index count) {
  if (count >= theta.size()) return false;
  const double tolerance = 1e-10 * std::abs(theta(count - 1));
  return theta(count - 1).imag() > tolerance && std::abs(theta(count) - std::conj(theta(count - 1))) <= tolerance;
}

/// Orthonormal basis of the span of the first `count` vectors; the vectors themselves if hermitian.
Eigen::MatrixXd span(const Ritz& found, Index count, bool hermitian, double) {
  if (hermitian) return found.vectors.leftCols(count).real();
  Eigen::MatrixXd parts(found.vectors.rows(), count);
  for (Index m = 0; m < count; ++m) {  // of a pair: the real part of the first, the imaginary part of the second
    const bool second = found.theta(m).imag() < 0;
    parts.col(m) = second ? Eigen::VectorXd(found.vectors.col(m).imag()) : Eigen::VectorXd(found.vectors.col(m).real());
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(parts);
  return qr.householderQ() * Eigen::MatrixXd::Identity(parts.rows(), count);
}
Eigen::MatrixXcd span(const Ritz& found, Index count, bool hermitian, std::complex<double>) {
  if (hermitian) return found.vectors.leftCols(count);
  const Eigen::HouseholderQR<Eigen::MatrixXcd> qr(found.vectors.leftCols(count));
  return qr.householderQ() * Eigen::MatrixXcd::Identity(found.vectors.rows(), count);
}

/// Makes the columns of `w` orthonormal and orthogonal to the first `filled` of v. `within` (filled, b) and `between`
/// (b, b) are the coefficients: W = V within + W' between. Columns that vanish are replaced by new ones from `fresh`.
template <class Scalar>
void orthonormalise(const Matrix<Scalar>& v, Index filled, Matrix<Scalar>& w, Matrix<Scalar>& within,
                    Matrix<Scalar>& between, const std::function<void(Eigen::Ref<Matrix<Scalar>>)>& fresh) {
  const auto known = v.leftCols(filled);
  const Index width = w.cols();
  within = Matrix<Scalar>::Zero(filled, width);
  between = Matrix<Scalar>::Zero(width, width);
  const Eigen::VectorXd sizes = w.colwise().norm();
  for (int twice = 0; twice < 2; ++twice) {
    const Matrix<Scalar> overlap = adjoint_product<Scalar>(known, w);
    subtract_combination<Scalar>(w, known, overlap);
    within += overlap;
  }
  for (Index c = 0; c < width; ++c) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto before = w.leftCols(c);
      for (int twice = 0; twice < 2; ++twice) {
        const Matrix<Scalar> overlap = before.adjoint() * w.col(c);
        w.col(c).noalias() -= before * overlap;
        if (attempt == 0) between.col(c).head(c) += overlap;
      }
      const double norm = w.col(c).norm();
      if (attempt == 0 ? norm > 1e-13 * sizes(c) : norm > 1e-6) {
        if (attempt == 0) between(c, c) = norm;
        w.col(c) /= norm;
        break;
      }
      // The span is invariant, or nearly: go on from a new direction, to which it does not couple.
      fresh(w.col(c));
      w.col(c).normalize();
      for (int twice = 0; twice < 2; ++twice) w.col(c) -= (known * (known.adjoint() * w.col(c))).eval();
    }
  }
}

}  // namespace

template <class Scalar>
KrylovModes<Scalar> largest_modes(const BlockOperator<Scalar>& apply, Index size, Index count, bool hermitian,
                                  const KrylovParams& params) {
  expects(count >= 1 && count < size, "fewer eigenvalues than the operator has");
  constexpr bool real = std::is_same_v<Scalar, double>;
  const Index width = std::min<Index>(count, 8);
  const Index most = std::min<Index>(std::max<Index>(params.most_vectors, 3 * count + 2 * width), size - width);
  expects(most > count + width, "an operator on a space much larger than the number of its eigenvalues");
  KrylovModes<Scalar> result;
  Numbers numbers;
  const std::function<void(Eigen::Ref<Matrix<Scalar>>)> fresh = [&](Eigen::Ref<Matrix<Scalar>> columns) {
    Matrix<Scalar> w(size, columns.cols());
    for (Index c = 0; c < w.cols(); ++c) {
      for (Index i = 0; i < size; ++i) w(i, c) = numbers.next();
    }
    apply(w);
    result.applications += static_cast<int>(w.cols());
    columns = w;
  };

  Matrix<Scalar> v(size, most + width), h = Matrix<Scalar>::Zero(most, most), coupling;  // coupling: (width, filled)
  Matrix<Scalar> w(size, width), within, between;
  fresh(w);
  orthonormalise<Scalar>(v, 0, w, within, between, fresh);
  v.leftCols(width) = w;
  Index filled = 0;  // columns of V with their columns of H; the next block stands behind them
  for (int restart = 0;; ++restart) {
    while (filled + width <= most) {
      w = v.middleCols(filled, width);
      apply(w);
      result.applications += static_cast<int>(width);
      const Index next = filled + width;
      orthonormalise<Scalar>(v, next, w, within, between, fresh);
      h.block(0, filled, next, width) = within;
      if (filled > 0) h.block(filled, 0, width, filled) = coupling;
      coupling = Matrix<Scalar>::Zero(width, next);
      coupling.rightCols(width) = between;
      v.middleCols(next, width) = w;
      filled = next;
      if (filled < count + 1) continue;

      Matrix<Scalar> small = h.topLeftCorner(filled, filled);
      if (hermitian) small = (0.5 * (small + small.adjoint())).eval();
      const Ritz found = ritz(small, hermitian);
      const Index wanted = std::min(filled, real && splits(found.theta, count) ? count + 1 : count);
      const Eigen::MatrixXcd left = coupling * found.vectors.leftCols(wanted);
      result.residual = left.colwise().norm().transpose().cwiseQuotient(found.theta.head(wanted).cwiseAbs());
      result.converged = (result.residual.array() <= params.tolerance).all();
      const bool full = filled + width > most;
      if (result.converged || (full && restart >= params.most_restarts)) {
        const Matrix<Scalar> y = span(found, wanted, hermitian, Scalar());
        result.theta = found.theta.head(wanted);
        result.basis = combination<Scalar>(v.leftCols(filled), y);
        result.block = y.adjoint() * small * y;
        return result;
      }
      if (!full) continue;
      Index kept = std::min(filled - width, wanted + (filled - wanted) / 3);
      if (real && splits(found.theta, kept)) --kept;
      const Matrix<Scalar> y = span(found, kept, hermitian, Scalar());
      const Matrix<Scalar> best = combination<Scalar>(v.leftCols(filled), y);
      v.leftCols(kept) = best;
      v.middleCols(kept, width) = w;
      h.topLeftCorner(kept, kept) = (y.adjoint() * small * y).eval();
      coupling = (coupling * y).eval();
      filled = kept;
      break;
    }
  }
}

template KrylovModes<double> largest_modes(const BlockOperator<double>&, Index, Index, bool, const KrylovParams&);
template KrylovModes<std::complex<double>> largest_modes(const BlockOperator<std::complex<double>>&, Index, Index, bool,
                                                         const KrylovParams&);

}  // namespace rdd
