#include "runtime/reduction/sparse_transport.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/network/balance.hpp"
#include "runtime/reduction/tree_places.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// The displacement of each hop in cells, in the gauge of the tree of largest fluxes.
MatrixXd displacements(const RateNetwork& network, int dimension) {
  const std::vector<Eigen::Vector3d> places = tree_places(network);
  MatrixXd result(dimension, static_cast<Index>(network.hops.size()));
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    const Eigen::Vector3d move = Eigen::Vector3d(hop.cell[0], hop.cell[1], hop.cell[2]) +
                                 places[static_cast<std::size_t>(hop.to)] - places[static_cast<std::size_t>(hop.from)];
    result.col(static_cast<Index>(h)) = move.head(dimension);
  }
  return result;
}

/// a(j) = Σ_i q_ij (Δ + φ_i − φ_j) for φ (n, M); (n, M).
MatrixXd mean_velocities(const RateNetwork& network, const MatrixXd& moves, const MatrixXd& phi) {
  MatrixXd result = MatrixXd::Zero(phi.rows(), phi.cols());
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (stays(hop)) continue;
    result.col(hop.from) += hop.rate * (moves.col(static_cast<Index>(h)) + phi.col(hop.to) - phi.col(hop.from));
  }
  return result;
}

/// ½ Σ π_j q_ij y yᵀ, y = Δ + φ_i − φ_j; without Δ if `moves` is empty.
MatrixXd squares(const RateNetwork& network, const MatrixXd& moves, const MatrixXd& phi) {
  MatrixXd result = MatrixXd::Zero(phi.rows(), phi.rows());
  Eigen::VectorXd y(phi.rows());
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (stays(hop)) continue;
    y = phi.col(hop.to) - phi.col(hop.from);
    if (moves.cols() > 0) y += moves.col(static_cast<Index>(h));
    const double flux = std::exp(std::log(hop.rate) + network.log_weights(hop.from));
    result.noalias() += (0.5 * flux * y) * y.transpose();
  }
  return result;
}

}  // namespace

SparseTransport sparse_transport(const RateNetwork& network, const GroupInverse& inverse, Gauge gauge) {
  const int n = network.lattice.dimension();
  const MatrixXd& a = network.lattice.vectors;
  const Eigen::VectorXd& weights = inverse.weights();
  const MatrixXd moves = displacements(network, n);

  MatrixXd phi = MatrixXd::Zero(n, network.size());
  const MatrixXd velocities = mean_velocities(network, moves, phi);
  Eigen::VectorXd velocity = Eigen::VectorXd::Zero(n);
  if (!network.reversible) velocity = velocities * weights;
  MatrixXd right = (velocities.colwise() - velocity).transpose();
  inverse.apply_transposed(right);
  phi = right.transpose();
  const MatrixXd before = squares(network, moves, phi);

  right = (mean_velocities(network, moves, phi).colwise() - velocity).transpose();  // what is left of the mean motion
  inverse.apply_transposed(right);
  const MatrixXd correction = right.transpose();
  phi += correction;
  const MatrixXd cells = squares(network, moves, phi);
  const double error =
      network.reversible ? squares(network, MatrixXd(n, 0), correction).norm() : (cells - before).norm();

  Transport result;
  result.velocity = a * velocity;
  result.diffusion = a * cells * a.transpose();
  result.diffusion = (0.5 * (result.diffusion + result.diffusion.transpose())).eval();
  const double digits = std::clamp(-std::log10(error / cells.norm()), 0.0, 16.0);
  const int m = network.lattice.embedding();
  result.diffusion_first_order = MatrixXd::Zero(m, m);
  for (const Hop& hop : network.hops) {
    if (stays(hop)) continue;
    Eigen::VectorXd move = Eigen::VectorXd::Zero(m);
    for (int axis = 0; axis < n; ++axis) move += a.col(axis) * hop.cell[static_cast<std::size_t>(axis)];
    if (gauge == Gauge::positions) move += network.positions->col(hop.to) - network.positions->col(hop.from);
    result.diffusion_first_order += (0.5 * hop.rate * weights(hop.from) * move) * move.transpose();
  }
  return {std::move(result), digits, moves, phi};
}

}  // namespace rdd
