// What local detailed balance means for the spectrum. Both results rest on one identity: with D = diag e^{w}, entry by
// entry, Q̃(k)ᵀ = D⁻¹ Q̃(−k − i g) D. Hence the eigenvalues at k and at −k − i g are the same, and at k − i g/2, which
// this map takes to its own complex conjugate, the matrix is Hermitian once it is scaled by D^{1/2}.
#include <Eigen/LU>
#include <cmath>
#include <complex>
#include <limits>

#include "runtime/dense.hpp"
#include "runtime/driven/local_balance.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;

/// D^{-1/2} Q̃(κ) D^{1/2}: its entries are √(k⁺k⁻) times a power of e^{g·Δ/2} and a phase.
Eigen::MatrixXcd balanced(const BlochOperator& bloch, const Eigen::VectorXd& log_weights,
                          const Eigen::VectorXcd& phases) {
  Eigen::MatrixXcd result = bloch.matrix(phases);
  for (Index j = 0; j < result.cols(); ++j) {
    for (Index i = 0; i < result.rows(); ++i) {
      if (i != j) result(i, j) *= std::exp((log_weights(j) - log_weights(i)) / 2);
    }
  }
  return result;
}

/// A bound on the smallest singular value of matrix − μ: the residual of a vector that inverse iteration finds.
double backward_error(const Eigen::MatrixXcd& matrix, std::complex<double> mu, double fastest) {
  const Index states = matrix.rows();
  double least = std::numeric_limits<double>::infinity();
  for (const std::complex<double> nudge : {std::complex(0.7, 1.9), std::complex(5.3, -3.1)}) {
    // Beside an eigenvalue, so that the factors are regular; once in a while the nudge hits it.
    Eigen::MatrixXcd shifted = matrix;
    shifted.diagonal().array() -= mu + std::numeric_limits<double>::epsilon() * fastest * nudge;
    const Eigen::PartialPivLU<Eigen::MatrixXcd> factors(shifted);
    Eigen::VectorXcd x(states);
    for (Index i = 0; i < states; ++i) x(i) = std::polar(1.0, 1.3 * static_cast<double>(i * i));  // nothing special
    for (int step = 0; step < 3; ++step) {
      x = factors.solve(x).eval();
      if (!std::isfinite(x.norm())) break;
      x.normalize();
      least = std::min(least, (matrix * x - mu * x).norm());
    }
    if (std::isfinite(least)) return least;
  }
  return least;
}

}  // namespace

FluctuationSymmetry fluctuation_symmetry(const RateNetwork& network, const LocalBalance& balance, int most_points) {
  expects(balance.holds, "local detailed balance");
  constexpr int most = 128;  // states: a second or so
  constexpr Index slowest = 8;
  FluctuationSymmetry result;
  if (network.size() > most) return result;
  const BlochOperator bloch(network);
  const Eigen::VectorXcd tilt = std::complex<double>(0, -1) * balance.work.cast<std::complex<double>>();
  const double fastest = network.escape.maxCoeff();
  double largest_entry = fastest;
  for (const double angle : {0.0, 0.3, 1.1, 2.5}) {
    if (result.points == most_points) break;
    Eigen::VectorXcd k(bloch.dimension());
    for (Index axis = 0; axis < k.size(); ++axis) k(axis) = angle * (1 + 0.37 * static_cast<double>(axis));
    const Eigen::MatrixXcd here = balanced(bloch, balance.log_weights, k);
    const Eigen::MatrixXcd there = balanced(bloch, balance.log_weights, tilt - k);
    if (!here.allFinite() || !there.allFinite()) return {};
    largest_entry = std::max({largest_entry, here.cwiseAbs().maxCoeff(), there.cwiseAbs().maxCoeff()});
    const Eigen::VectorXcd lambda_here = eigenvalues(Eigen::MatrixXcd(-here));
    const Eigen::VectorXcd lambda_there = eigenvalues(Eigen::MatrixXcd(-there));
    for (Index m = 0; m < std::min<Index>(slowest, network.size()); ++m) {
      result.error = std::max({result.error, backward_error(here, -lambda_there(m), fastest) / fastest,
                               backward_error(there, -lambda_here(m), fastest) / fastest});
    }
    ++result.points;
  }
  result.checked = true;
  // The QR algorithm is backward stable to a small multiple of M ε in the norm of the matrix.
  const double round_off = 16 * network.size() * std::numeric_limits<double>::epsilon() * largest_entry / fastest;
  result.holds = result.error <= network.size() * (round_off + balance.residual * largest_entry / fastest);
  return result;
}

BlochOperator between_walls(const RateNetwork& network, const LocalBalance& balance) {
  expects(balance.holds, "local detailed balance");
  return BlochOperator(network, balance.work / 2);
}

}  // namespace rdd
