// The frame in which displacements of a walk are measured (runtime/reduction/transport.cpp says why).
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Cells for the states such that the hops of a spanning tree of largest stationary flux have no displacement.
std::vector<Eigen::Vector3d> tree_places(const RateNetwork& network);

}  // namespace rdd
