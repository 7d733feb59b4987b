// Modes at k = 0 in the balanced coordinates Π^{-1/2} Q̃(0) Π^{1/2}: the matrix of a reversible network is symmetric
// there, and for any network √π̂ is both the left and the right null vector, so that an orthonormal basis of its
// complement splits the zero mode from all others without an error.
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/spectrum/accurate.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double slow_share = 1e-6;     // of the fastest rate: ten digits are left above it
constexpr Index most_for_jacobi = 300;  // states; Jacobi rotations of more take seconds

/// −Π^{-1/2} Q̃(0) Π^{1/2}, real.
Eigen::MatrixXd balanced(const BlochOperator& bloch) {
  if (bloch.reversible()) return -bloch.hermitian(Eigen::VectorXd::Zero(bloch.dimension())).real();
  Eigen::MatrixXd result = -bloch.at_zero();
  const Eigen::VectorXd& log_weights = bloch.network().log_weights;
  for (Index j = 0; j < result.cols(); ++j) {
    for (Index i = 0; i < result.rows(); ++i) {
      if (result(i, j) != 0 && i != j) {
        result(i, j) = -std::exp(std::log(-result(i, j)) + (log_weights(j) - log_weights(i)) / 2);
      }
    }
  }
  return result;
}

/// Orthonormal basis (M, M − 1) of the complement of a unit vector with positive entries, from one reflection.
Eigen::MatrixXd complement(const Eigen::VectorXd& unit) {
  // H = 1 − u uᵀ/(1 + unit(0)), u = unit + e_0, maps e_0 to −unit and is its own inverse: its other columns are the
  // basis.
  const Index states = unit.size();
  Eigen::VectorXd u = unit;
  u(0) += 1;
  const Eigen::MatrixXd reflection = Eigen::MatrixXd::Identity(states, states) - u * (u.transpose() / u(0));
  return reflection.rightCols(states - 1);
}

/// The largest entry becomes positive; among entries of nearly the same size the first decides.
void fix_sign(Eigen::Ref<Eigen::VectorXd> vector) {
  const double largest = vector.cwiseAbs().maxCoeff();
  for (Index i = 0; i < vector.size(); ++i) {
    if (std::abs(vector(i)) < largest * (1 - 1e-6)) continue;
    if (vector(i) < 0) vector = -vector;
    return;
  }
}

/// Entries of an orthonormal eigenvector are right to about 1e-15, absolutely. Those of rare states are below that, yet
/// the left vector w = u/√π needs them. Where |u_i| is small, w_i follows from the rest: Σ_j Q_ji w_j = (R_i − λ) w_i
/// is solved on those states. Kept only where it agrees with u to within u's errors.
void refine_rare_states(const Eigen::MatrixXd& generator, const Eigen::VectorXd& root_weights, double lambda,
                        Eigen::Ref<Eigen::VectorXd> w) {
  constexpr double small = 1e-6;  // eight or more digits of u_i are left above it
  const Eigen::VectorXd u = w.cwiseProduct(root_weights);
  std::vector<Index> rare, rest;
  for (Index i = 0; i < w.size(); ++i) (root_weights(i) < small && std::abs(u(i)) < small ? rare : rest).push_back(i);
  if (rare.empty() || rest.empty()) return;
  Eigen::MatrixXd system = -generator(rare, rare).transpose();
  system.diagonal().array() -= lambda;
  const Eigen::MatrixXd coupling = generator(rest, rare).transpose();
  const Eigen::VectorXd known = w(rest);
  const Eigen::VectorXd found = system.partialPivLu().solve(coupling * known);
  const double error = 1e4 * std::numeric_limits<double>::epsilon();
  for (std::size_t i = 0; i < rare.size(); ++i) {
    const double value = found(static_cast<Index>(i));
    if (std::abs(value - w(rare[i])) * root_weights(rare[i]) <= error) w(rare[i]) = value;
  }
}

/// ½ Σ_ij π_j Q_ij (w_i − w_j)(w_i − w_j)ᵀ over the columns of w: their block of wᵀΠ(−Q̃)w, as a sum of positive terms.
Eigen::MatrixXd dirichlet_form(const Eigen::MatrixXd& generator, const Eigen::VectorXd& root_weights,
                               const Eigen::MatrixXd& w) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(w.cols(), w.cols());
  for (Index j = 0; j < generator.cols(); ++j) {
    for (Index i = 0; i < generator.rows(); ++i) {
      if (i == j || generator(i, j) == 0) continue;
      const double flux = generator(i, j) * root_weights(j) * root_weights(j);
      const Eigen::RowVectorXd difference = w.row(i) - w.row(j);
      sum += 0.5 * flux * (difference.transpose() * difference);
    }
  }
  return sum;
}

/// The eigenvalues of the symmetric matrix are right to ε of the fastest rate, so those of slow modes may have no digit
/// left. Their space is found well all the same: on it, the Dirichlet form gives the slow rates again with errors of ε²
/// of the fastest rate. Repeated on the slowest of the slow, until what is left spans few decades.
void resolve_slow(const Eigen::MatrixXd& generator, const Eigen::VectorXd& root_weights, double fastest,
                  SymmetricEigen& eigen) {
  Index before = eigen.values.size() + 1;
  for (double scale = fastest;;) {
    const Index count = (eigen.values.array() < slow_share * scale).count();
    if (count == 0 || count >= before) return;
    const Eigen::MatrixXd u = eigen.vectors.leftCols(count);
    const Eigen::MatrixXd w = root_weights.cwiseInverse().asDiagonal() * u;
    const SymmetricEigen again = symmetric_eigen(dirichlet_form(generator, root_weights, w));
    eigen.vectors.leftCols(count) = u * again.vectors;
    eigen.values.head(count) = again.values;
    scale = again.values(count - 1);
    before = count;
  }
}

/// Trustworthy decimal digits where errors are of the size `error`.
double digits_above(double lambda, double error) {
  return std::clamp(std::log10(std::abs(lambda) / error), 0.0, 16.0);
}

SlowModes reversible_modes(const BlochOperator& bloch, const Eigen::VectorXd& root_weights) {
  const Index states = bloch.size();
  const Eigen::MatrixXd generator = bloch.at_zero();
  const double fastest = bloch.network().escape.maxCoeff();
  SlowModes modes;
  modes.lambda = Eigen::VectorXcd::Zero(states);
  modes.left.resize(states, states);
  modes.right.resize(states, states);
  modes.left.col(0).setOnes();
  modes.right.col(0) = bloch.network().log_weights.array().exp();
  modes.block = Eigen::MatrixXd::Zero(states, states);
  if (states == 1) return modes;

  const Eigen::MatrixXd basis = complement(root_weights);
  SymmetricEigen eigen = symmetric_eigen(basis.transpose() * balanced(bloch) * basis);
  eigen.vectors = (basis * eigen.vectors).eval();  // (M, M − 1): all modes but the zero mode
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  modes.digits =
      std::min(-std::log10(epsilon), digits_above(eigen.values(0), epsilon * static_cast<double>(states) * fastest));
  if (eigen.values(0) < slow_share * fastest) {
    if (states <= most_for_jacobi) {
      const AccurateRealModes accurate = accurate_modes_at_zero(bloch);
      eigen.values = accurate.lambda.tail(states - 1);
      eigen.vectors = accurate.vectors.rightCols(states - 1);
      eigen.vectors -=
          (root_weights * (root_weights.transpose() * eigen.vectors)).eval();  // round-off of the zero mode
      modes.digits = accurate.digits;
    } else {
      resolve_slow(generator, root_weights, fastest, eigen);
      modes.digits = std::min(-std::log10(epsilon),
                              digits_above(eigen.values(0), epsilon * epsilon * static_cast<double>(states) * fastest));
    }
  }
  modes.lambda.tail(states - 1) = eigen.values.cast<std::complex<double>>();
  for (Index m = 1; m < states; ++m) {
    Eigen::VectorXd u = eigen.vectors.col(m - 1);
    fix_sign(u);
    Eigen::VectorXd w = u.cwiseQuotient(root_weights);
    refine_rare_states(generator, root_weights, eigen.values(m - 1), w);
    modes.left.col(m) = w;
    modes.right.col(m) = w.cwiseProduct(modes.right.col(0));
  }
  modes.block = modes.lambda.real().asDiagonal();
  return modes;
}

SlowModes general_modes(const BlochOperator& bloch, const Eigen::VectorXd& root_weights, Index slow) {
  const Index states = bloch.size();
  const Index rest = states - 1;  // all modes but the zero mode
  const Eigen::MatrixXd basis = complement(root_weights);
  const Eigen::MatrixXd operator_rest = basis.transpose() * balanced(bloch) * basis;

  SlowModes modes;
  modes.lambda = Eigen::VectorXcd::Zero(states);
  if (rest > 0) modes.lambda.tail(rest) = eigenvalues(operator_rest);
  expects(!splits_pair(modes.lambda, static_cast<int>(slow)), "a number of slow modes that splits no complex pair");

  // Z = [S F] orthonormal, S the slow subspace: Zᵀ A Z = [A_SS A_SF; 0 A_FF]. With A_SS X − X A_FF = −A_SF the right
  // vectors [S, S X + F] and the left vectors [S − F Xᵀ, F] decouple slow from fast.
  const Index few = slow - 1;
  Eigen::MatrixXd right = Eigen::MatrixXd::Identity(rest, rest);
  Eigen::MatrixXd left = right;
  if (few > 0 && few < rest) {
    const Eigen::MatrixXd s = invariant_subspace(operator_rest, few);
    const Eigen::MatrixXd z = completed_basis(s);
    const Eigen::MatrixXd a = z.transpose() * operator_rest * z;
    const Index many = rest - few;
    const Eigen::MatrixXd x =
        solve_sylvester(a.bottomRightCorner(many, many).transpose(), a.topLeftCorner(few, few).transpose(),
                        a.topRightCorner(few, many).transpose())
            .transpose();
    right << z.leftCols(few), z.leftCols(few) * x + z.rightCols(many);
    left << z.leftCols(few) - z.rightCols(many) * x.transpose(), z.rightCols(many);
  }
  modes.block = Eigen::MatrixXd::Zero(states, states);
  const Eigen::MatrixXd inner = left.transpose() * operator_rest * right;
  modes.block.block(1, 1, few, few) = inner.topLeftCorner(few, few);
  modes.block.bottomRightCorner(rest - few, rest - few) = inner.bottomRightCorner(rest - few, rest - few);

  const Eigen::MatrixXd w = basis * left;
  const Eigen::MatrixXd v = basis * right;
  modes.left.resize(states, states);
  modes.right.resize(states, states);
  modes.left.col(0).setOnes();
  modes.right.col(0) = bloch.network().log_weights.array().exp();
  modes.left.rightCols(rest) = root_weights.cwiseInverse().asDiagonal() * w;
  modes.right.rightCols(rest) = root_weights.asDiagonal() * v;
  if (rest > 0) {
    const double error =
        std::numeric_limits<double>::epsilon() * static_cast<double>(states) * bloch.network().escape.maxCoeff();
    modes.digits = digits_above(std::abs(modes.lambda(1)), error);
  }
  return modes;
}

}  // namespace

bool splits_pair(const Eigen::Ref<const Eigen::VectorXcd>& lambda, int slow) {
  if (slow <= 0 || slow >= lambda.size()) return false;
  // Partners have equal real parts up to round-off; those of the last kept ones may stand among the first left out.
  const double scale = 1e-9 * lambda.cwiseAbs().maxCoeff();
  std::vector<bool> used(static_cast<std::size_t>(slow), false);
  for (int m = 0; m < slow; ++m) {
    if (used[static_cast<std::size_t>(m)] || std::abs(lambda(m).imag()) <= 1e-12 * scale) continue;
    int partner = -1;
    for (int other = m + 1; other < slow; ++other) {
      if (used[static_cast<std::size_t>(other)]) continue;
      if (std::abs(lambda(other) - std::conj(lambda(m))) <= 1e-9 * std::abs(lambda(m)) + 1e-6 * scale) {
        partner = other;
        break;
      }
    }
    if (partner < 0) return true;
    used[static_cast<std::size_t>(partner)] = true;
  }
  return false;
}

bool splits_equal_rates(const Eigen::Ref<const Eigen::VectorXcd>& lambda, int slow) {
  expects(slow > 0 && slow < lambda.size(), "some modes on either side");
  return lambda(slow).real() - lambda(slow - 1).real() <= 1e-9 * lambda(slow).real();
}

SlowModes modes_at_zero(const BlochOperator& bloch, int slow) {
  expects(slow >= 1 && slow <= bloch.size(), "between one and all modes");
  const Eigen::VectorXd root_weights = (bloch.network().log_weights.array() / 2).exp();
  return bloch.reversible() ? reversible_modes(bloch, root_weights) : general_modes(bloch, root_weights, slow);
}

Eigen::MatrixXcd first_order_bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases) {
  Eigen::MatrixXcd left, right;
  if (bloch.reversible()) {
    const SlowModes modes = modes_at_zero(bloch, bloch.size());
    left = modes.left.cast<std::complex<double>>();
    right = modes.right.cast<std::complex<double>>();
  } else {
    const GeneralEigen eigen = general_eigen(balanced(bloch));
    const Eigen::VectorXd root_weights = (bloch.network().log_weights.array() / 2).exp();
    left = root_weights.cwiseInverse().asDiagonal() * eigen.inverse.transpose();
    right = root_weights.asDiagonal() * eigen.vectors;
  }
  Eigen::MatrixXcd result(bloch.size(), phases.cols());
  for (Index column = 0; column < phases.cols(); ++column) {
    const Eigen::MatrixXcd applied = bloch.matrix(phases.col(column)) * right;
    result.col(column) = -(left.array() * applied.array()).colwise().sum().transpose();
  }
  return result;
}

}  // namespace rdd
