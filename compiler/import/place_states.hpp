// From displacements to places: files that say how far each jump leads, but not where the states sit.
#pragma once

#include <optional>
#include <vector>

#include "compiler/import/network_description.hpp"
#include "lang/source.hpp"

namespace rdd::importing {

/// From a state to a state, this far: fractions of the primitive vectors.
struct Displacement {
  int from = 0;
  int to = 0;
  std::array<double, 3> fractions{};
  Span where;
};

/// Walks along the displacements, the first state of each connected piece at the origin, and gives the states their
/// positions, unless all sit at the origin. Returns the translation of each displacement, in cells. nullopt where a
/// round trip does not end on the lattice (to 1e-3 of a vector).
std::optional<std::vector<Cell>> place_states(NetworkDescription& network, const std::vector<Displacement>& moves);

}  // namespace rdd::importing
