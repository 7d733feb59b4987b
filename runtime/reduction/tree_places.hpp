// A gauge for displacements in which they are as small as the network allows.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Cells for the states such that the hops of a spanning tree of largest stationary flux have no displacement: states
/// that fast hops join sit at the same place, and what remains is measured without round-off of theirs.
std::vector<Eigen::Vector3d> tree_places(const RateNetwork& network);

}  // namespace rdd
