// Detailed balance: Q(d)_ij π_j = Q(−d)_ji π_i for every hop (Eq. 3), tested in logarithms.
#pragma once

#include <optional>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// A hop from a state to itself in the same cell changes nothing.
inline bool stays(const Hop& hop) {
  return hop.from == hop.to && hop.cell == Cell{};
}

/// Do these weights balance every hop, to `tolerance` in log(flux / reverse flux)? Blocks must be made.
bool balances(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& log_weights, double tolerance);

/// Weights that balance every hop, from the ratios of rates along a spanning tree; nothing where there are none
/// (Kolmogorov's condition fails) or the states are not connected.
std::optional<Eigen::VectorXd> balancing_weights(const RateNetwork& network, double tolerance);

}  // namespace rdd
