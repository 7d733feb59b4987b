#include "runtime/reduction/symbol.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <numbers>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

using Eigen::Index;

/// −Π^{-1/2} Q̃(k) Π^{1/2}, whose entries are no larger than the rates, whatever the weights.
Eigen::MatrixXcd balanced(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  Eigen::MatrixXcd result = -bloch.matrix(phases);
  const Eigen::VectorXd& log_weights = bloch.network().log_weights;
  for (Index j = 0; j < result.cols(); ++j) {
    for (Index i = 0; i < result.rows(); ++i) {
      if (i != j) result(i, j) *= std::exp((log_weights(j) - log_weights(i)) / 2);
    }
  }
  return result;
}

}  // namespace

SlowSymbol slow_symbol(const BlochOperator& bloch, const Reduction& reduction,
                       const Eigen::Ref<const Eigen::VectorXd>& phases) {
  expects(phases.size() == bloch.dimension(), "one phase for each lattice vector");
  expects(reduction.groups.chi.rows() == bloch.size(), "a reduction of this network");
  const Index P = reduction.P;
  SlowSubspace slow;
  if (bloch.reversible()) {
    const AccurateModes modes = accurate_modes_at(bloch, phases);
    slow.right = slow.left = modes.vectors.leftCols(P);
    slow.block = modes.lambda.head(P).cast<std::complex<double>>().asDiagonal();
    slow.next = P < bloch.size() ? modes.lambda(P) : std::numeric_limits<double>::infinity();
  } else {
    slow = slow_subspace(balanced(bloch, phases), P);
  }
  // In the coordinates of the densities: V = Π^{1/2} right, W = Π^{-1/2} left.
  const Eigen::VectorXd root = (bloch.network().log_weights.array() / 2).exp();
  const Eigen::MatrixXcd right = root.asDiagonal() * slow.right;
  const Eigen::MatrixXcd left = root.cwiseInverse().asDiagonal() * slow.left;
  const Eigen::MatrixXcd seen = reduction.groups.chi.transpose() * right;  // B
  const Eigen::PartialPivLU<Eigen::MatrixXcd> lu(seen);
  const Eigen::MatrixXcd inverse = lu.inverse();

  SlowSymbol result;
  result.H = -(seen * slow.block * inverse);
  result.lambda = slow.block.diagonal();
  result.next = slow.next;
  result.lift = right * inverse;
  result.projection = seen * left.adjoint();
  // Columns of B and rows of its inverse are free to be scaled: the condition number of the directions is what counts.
  double condition = 0;
  for (Index m = 0; m < P; ++m) condition = std::max(condition, seen.col(m).norm() * inverse.row(m).norm());
  result.condition = std::isfinite(condition) ? condition : std::numeric_limits<double>::infinity();
  return result;
}

std::function<std::optional<Eigen::MatrixXcd>(const Eigen::VectorXd& k)> slow_symbols(const RateNetwork& network,
                                                                                      const Eigen::MatrixXd& chi,
                                                                                      const Eigen::MatrixXd& frame) {
  Reduction reduction;
  reduction.P = static_cast<int>(chi.cols());
  reduction.groups.chi = chi;
  const auto bloch =
      std::make_shared<const BlochOperator>(network, network.positions ? Gauge::positions : Gauge::cells);
  const Eigen::MatrixXd phases_of = network.lattice.vectors.transpose() * frame;  // k·a_α
  return [reduction, bloch, phases_of](const Eigen::VectorXd& k) -> std::optional<Eigen::MatrixXcd> {
    const Eigen::VectorXd phases = phases_of * k;
    if (phases.cwiseAbs().maxCoeff() > std::numbers::pi * (1 + 1e-12)) return std::nullopt;
    SlowSymbol slow = slow_symbol(*bloch, reduction, phases);
    const double slowest_left_out = slow.next.real(), fastest_kept = slow.lambda.real().maxCoeff();
    if (!slow.ok() || !slow.H.allFinite() || !(slowest_left_out > fastest_kept * (1 + 1e-6))) return std::nullopt;
    return std::move(slow.H);
  };
}

}  // namespace rdd
