// Derivatives of D and v of a large network (docs/theory.md, section 10).
//
// D = ½ Σ_h f_h y_h y_hᵀ with the fluxes f = π̂_j q_ij and y = Δ + φ_i − φ_j. Three things change: the rates, the
// weights, ∂π̂ = G ∂Q̃ π̂, and the corrections, ∂φ = Gᵀ(r − ∂v) with r_j = Σ_i ∂q_ij y. With detailed balance φ makes D
// least, and its own change does not matter.
#include <cmath>

#include "runtime/network/balance.hpp"
#include "runtime/sensitivity/first_order.hpp"
#include "runtime/sensitivity/pair_changes.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Which parameters keep the detailed balance of the declared weights.
std::vector<bool> keep_balance(const RateNetwork& rates, const NetworkDerivatives& network) {
  std::vector<bool> keep(static_cast<std::size_t>(network.parameters()), rates.reversible);
  if (!rates.reversible) return keep;
  for (const PairChange& pair : pair_changes(rates, network))
    for (Index j = 0; j < network.parameters(); ++j)
      if (pair.antisymmetric(j) != 0) keep[static_cast<std::size_t>(j)] = false;
  return keep;
}

}  // namespace

TransportDerivatives sparse_transport_derivatives(const RateNetwork& rates, const NetworkDerivatives& network,
                                                  const GroupInverse& inverse, const SparseTransport& transport,
                                                  Gauge gauge) {
  const MatrixXd& a = rates.lattice.vectors;
  const VectorXd& pi = inverse.weights();
  const Index states = rates.size(), n = a.cols(), hops = static_cast<Index>(rates.hops.size());
  const std::vector<bool> balanced = keep_balance(rates, network);
  MatrixXd y = transport.moves;
  VectorXd flux = VectorXd::Zero(hops), velocity = VectorXd::Zero(n);
  for (Index h = 0; h < hops; ++h) {
    const Hop& hop = rates.hops[static_cast<std::size_t>(h)];
    if (stays(hop)) continue;
    flux(h) = pi(hop.from) * hop.rate;
    if (!rates.reversible) velocity += flux(h) * y.col(h);
    y.col(h) += transport.corrections.col(hop.to) - transport.corrections.col(hop.from);
  }
  const MatrixXd cells = 0.5 * y * flux.asDiagonal() * y.transpose();

  TransportDerivatives result;
  result.transport.resize(static_cast<std::size_t>(network.parameters()));
  result.log_weights.resize(states, network.parameters());
  for (Index j = 0; j < network.parameters(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    const auto log_rates = network.log_rates.col(j);
    MatrixXd inflow = MatrixXd::Zero(states, 1);  // ∂Q̃ π̂
    MatrixXd drift = MatrixXd::Zero(states, n);   // r
    for (Index h = 0; h < hops; ++h) {
      const Hop& hop = rates.hops[static_cast<std::size_t>(h)];
      if (stays(hop)) continue;
      inflow(hop.to) += flux(h) * log_rates(h);
      inflow(hop.from) -= flux(h) * log_rates(h);
      drift.row(hop.from) += hop.rate * log_rates(h) * y.col(h).transpose();
    }
    if (balanced[at]) {
      result.log_weights.col(j) = network.log_weights.col(j).array() - pi.dot(network.log_weights.col(j));
    } else {
      inverse.apply(inflow);
      result.log_weights.col(j) = inflow.cwiseQuotient(pi);
    }
    const VectorXd d_velocity = balanced[at] ? VectorXd::Zero(n).eval() : (drift.transpose() * pi).eval();
    MatrixXd d_phi = MatrixXd::Zero(states, n);
    if (!rates.reversible) {
      d_phi = drift.rowwise() - d_velocity.transpose();
      inverse.apply_transposed(d_phi);
    }
    MatrixXd d_cells = MatrixXd::Zero(n, n);
    for (Index h = 0; h < hops; ++h) {
      const Hop& hop = rates.hops[static_cast<std::size_t>(h)];
      if (stays(hop)) continue;
      const VectorXd d_y = (d_phi.row(hop.to) - d_phi.row(hop.from)).transpose();
      const double log_flux = log_rates(h) + result.log_weights(hop.from, j);
      d_cells += 0.5 * flux(h) *
                 (log_flux * y.col(h) * y.col(h).transpose() + d_y * y.col(h).transpose() + y.col(h) * d_y.transpose());
    }
    const MatrixXd& da = network.vectors[at];
    const MatrixXd mixed = da * cells * a.transpose();
    result.transport[at].diffusion = a * d_cells * a.transpose() + mixed + mixed.transpose();
    result.transport[at].velocity = a * d_velocity + da * velocity;
  }
  add_first_order(rates, network, gauge, result);
  return result;
}

}  // namespace rdd
