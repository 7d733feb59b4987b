// The periodic graph of a network: one edge for each way from a state to a state in a cell, with the edge that leads
// back.
#pragma once

#include <limits>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Hops with the same ends and displacement, added up.
struct Edge {
  int hop = 0;  ///< the first of them
  int from = 0;
  int to = 0;
  Cell cell{};  ///< displacement
  double rate = 0;
  int reverse = -1;                                            ///< index of the edge that leads back, or -1
  double log_ratio = std::numeric_limits<double>::infinity();  ///< log(rate / rate of the reverse)
};

/// In the order of the first hop of each; hops that stay where they are are left out.
std::vector<Edge> make_edges(const RateNetwork& network);

}  // namespace rdd
