// The space group of sites on a lattice.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace rdd {

/// f -> W f + t, in fractions of the primitive vectors. Of W (n, n) and t (n) the first n rows and columns count; the
/// rest is the identity.
struct SpaceOperation {
  std::array<std::array<int, 3>, 3> rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::array<double, 3> translation{};
};

/// Sites in one cell of a lattice of n vectors in up to three Cartesian dimensions.
struct DecoratedLattice {
  int dimension = 3;                             ///< n
  std::vector<std::array<double, 3>> vectors;    ///< n primitive vectors, any unit of length
  std::vector<std::array<double, 3>> positions;  ///< fractions of the vectors; no two sites at one place
  std::vector<int> kinds;                        ///< sites of one kind are alike
};

struct SpaceGroup {
  std::vector<SpaceOperation> operations;  ///< the identity first; empty where none were found
  std::string point_group;  ///< Hermann-Mauguin symbol, such as "m-3m"; empty for fewer than three vectors
};

/// All operations that map the sites onto sites of their kind, found by spglib (docs/references.md, [TS18]).
///
/// Lattices of one or two vectors are completed by vectors normal to them whose lengths match nothing, and operations
/// that turn those are left out. None are found for cells 10^4 times longer than wide, or as flat.
/// tolerance  distance below which sites count as the same, in units of the shortest vector
SpaceGroup space_group(const DecoratedLattice& lattice, double tolerance);

}  // namespace rdd
