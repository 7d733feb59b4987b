#include "runtime/sensitivity/first_order.hpp"

#include <cmath>

#include "runtime/network/balance.hpp"

namespace rdd {

void add_first_order(const RateNetwork& hops, const NetworkDerivatives& network, Gauge gauge,
                     TransportDerivatives& result) {
  const bool placed = gauge == Gauge::positions;
  const Eigen::Index m = hops.lattice.embedding();
  for (Eigen::Index j = 0; j < network.parameters(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(m, m);
    for (std::size_t h = 0; h < hops.hops.size(); ++h) {
      const Hop& hop = hops.hops[h];
      if (stays(hop)) continue;
      Eigen::VectorXd move = Eigen::VectorXd::Zero(m), d_move = Eigen::VectorXd::Zero(m);
      for (int a = 0; a < hops.lattice.dimension(); ++a) {
        move += hop.cell[static_cast<std::size_t>(a)] * hops.lattice.vectors.col(a);
        d_move += hop.cell[static_cast<std::size_t>(a)] * network.vectors[at].col(a);
      }
      if (placed) {
        move += hops.positions->col(hop.to) - hops.positions->col(hop.from);
        d_move += network.positions[at].col(hop.to) - network.positions[at].col(hop.from);
      }
      const double flux = std::exp(hops.log_weights(hop.from)) * hop.rate;
      const double change = network.log_rates(static_cast<Eigen::Index>(h), j) + result.log_weights(hop.from, j);
      sum += 0.5 * flux * (change * move * move.transpose() + move * d_move.transpose() + d_move * move.transpose());
    }
    result.transport[at].diffusion_first_order = 0.5 * (sum + sum.transpose());
  }
}

}  // namespace rdd
