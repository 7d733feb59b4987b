// The symmetry of a network as a whole, rates and forces included, and what it means for wave vectors.
#pragma once

#include <array>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

using LatticeMatrix = std::array<std::array<int, 3>, 3>;  ///< in the basis of the primitive vectors; the identity
                                                          ///< beyond the first n rows and columns

/// An operation under which every rate stays what it is: state s of the cell R goes to state image[s] of the cell
/// W R + shift[s].
struct NetworkOperation {
  LatticeMatrix rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};  ///< W
  std::vector<int> image;
  std::vector<Cell> shift;
};

struct NetworkPointGroup {
  std::vector<NetworkOperation> operations;  ///< one for each rotation, the identity first
  bool complete = true;  ///< false: the search for a rotation was given up, and the rotation left out
};

/// Integer matrices W under which distances stay what they are, Wᵀ AᵀA W = AᵀA to 1e-6: at most 48, the identity
/// first.
std::vector<LatticeMatrix> lattice_rotations(const Lattice& lattice);

/// All rotations of the lattice that are rotations of the network: for each, a permutation of the states is looked for
/// under which every rate equals its image's to 1e-9 of its size. Positions of states are not asked for, and not
/// needed. λ(k) is the same at k and at its image (see wave_rotation).
NetworkPointGroup point_group(const RateNetwork& network);

/// What a rotation of the lattice does to the phases of a wave vector: φ -> W⁻ᵀ φ, so that φ·t stays what it is.
LatticeMatrix wave_rotation(const LatticeMatrix& rotation);

}  // namespace rdd
