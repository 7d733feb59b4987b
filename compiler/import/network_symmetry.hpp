// Which operations of a crystal map an imported network onto itself: what allows one jump to be written for its orbit.
#pragma once

#include <optional>
#include <vector>

#include "compiler/import/network_description.hpp"
#include "lang/symmetry/space_group.hpp"

namespace rdd::importing {

/// Where one operation takes the states: state s of cell R to state image[s] of cell W R + shift[s].
struct StateMap {
  SpaceOperation operation;
  std::vector<int> image;
  std::vector<Cell> shift;
};

struct NetworkSymmetry {
  std::vector<StateMap> maps;  ///< the identity first
  bool whole = true;           ///< these are all the operations that the states alone would have
};

/// nullopt where states have no positions, are not told apart by place and axis, are too many to compare, or nothing
/// but the identity is left.
std::optional<NetworkSymmetry> network_symmetry(const NetworkDescription& network);

/// Only the operations without a translation: those of a point group about the origin.
NetworkSymmetry point_part(const NetworkSymmetry& symmetry);

/// The least state of each state's orbit.
std::vector<int> state_orbits(const NetworkDescription& network, const NetworkSymmetry& symmetry);
/// One jump for each orbit: from a least state where there is one, over the nearest cells.
std::vector<int> jump_representatives(const NetworkDescription& network, const NetworkSymmetry& symmetry);

/// A few operations whose products are all of them.
std::vector<SpaceOperation> generators(const NetworkSymmetry& symmetry);

}  // namespace rdd::importing
