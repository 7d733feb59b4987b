#include "runtime/reduction/gauge.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// X S − S X for a diagonal S.
MatrixXd commutator(const MatrixXd& x, const Eigen::VectorXd& s) {
  return x * s.asDiagonal() - s.asDiagonal() * x;
}

}  // namespace

Coefficients shifted(const Coefficients& c, const Eigen::Ref<const MatrixXd>& shift) {
  const auto axes = static_cast<Index>(c.drift.size());
  expects(shift.rows() == axes && shift.cols() == c.components(), "one place for each coarse state");
  Coefficients result = c;
  for (Index alpha = 0; alpha < axes; ++alpha) {
    const auto a = static_cast<std::size_t>(alpha);
    const Eigen::VectorXd s_alpha = shift.row(alpha);
    result.drift[a] += commutator(c.reaction, s_alpha);
    for (Index beta = 0; beta < axes; ++beta) {
      const auto b = static_cast<std::size_t>(beta);
      const Eigen::VectorXd s_beta = shift.row(beta);
      result.diffusion[a][b] += 0.5 * (commutator(c.drift[a], s_beta) + commutator(c.drift[b], s_alpha)) +
                                0.5 * commutator(commutator(c.reaction, s_alpha), s_beta);
    }
  }
  return result;
}

SymmetricPlaces symmetric_places(const Coefficients& c) {
  const Index P = c.components();
  const auto axes = static_cast<Index>(c.drift.size());
  SymmetricPlaces result;
  result.shift = MatrixXd::Zero(axes, P);
  if (P == 1) {
    result.exists = true;
    return result;
  }
  const Index pairs = P * (P - 1) / 2;
  MatrixXd equations = MatrixXd::Zero(pairs, P - 1);  // unknown: places of all but the first
  MatrixXd right(pairs, axes);
  Index row = 0;
  for (Index p = 0; p < P; ++p) {
    for (Index q = p + 1; q < P; ++q, ++row) {
      const double both = c.reaction(p, q) + c.reaction(q, p);
      equations(row, q - 1) += both;
      if (p > 0) equations(row, p - 1) -= both;
      for (Index alpha = 0; alpha < axes; ++alpha) {
        const MatrixXd& drift = c.drift[static_cast<std::size_t>(alpha)];
        right(row, alpha) = drift(q, p) - drift(p, q);
      }
    }
  }
  const MatrixXd found = equations.completeOrthogonalDecomposition().solve(right);
  result.shift.rightCols(P - 1) = found.transpose();
  result.before = right.cwiseAbs().maxCoeff() / 2;
  result.after = (right - equations * found).cwiseAbs().maxCoeff() / 2;
  double scale = 0;  // of the numbers that were subtracted
  for (const MatrixXd& drift : c.drift) scale = std::max(scale, drift.cwiseAbs().maxCoeff());
  scale = std::max(scale, c.reaction.cwiseAbs().maxCoeff() * result.shift.cwiseAbs().maxCoeff());
  // Drifts that are zero by symmetry are round-off beside the speed that diffusion and reaction make.
  double widest = 0;
  for (const auto& line : c.diffusion) {
    for (const MatrixXd& entry : line) widest = std::max(widest, entry.cwiseAbs().maxCoeff());
  }
  const double hopping = std::sqrt(widest * c.reaction.cwiseAbs().maxCoeff());
  result.exists = result.after <= std::max(1e-9 * scale, 1e-12 * hopping);
  return result;
}

}  // namespace rdd
