// What a symmetry does to the states of a model: filled in once the states are known, used when the rates are.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

namespace rdd::resolving {

/// Where one operation takes the states: state s of cell R goes to state `image[s]` of cell W R + `shift[s]`.
struct StateMap {
  std::array<std::array<int, 3>, 3> rotation{};
  std::vector<int> image;
  std::vector<std::array<int, 3>> shift;
};

struct SymmetryMaps {
  std::vector<StateMap> maps;
  std::map<std::string, int> representatives;  ///< states whose orbit was completed: NAME stands for NAME[0] in rates
};

}  // namespace rdd::resolving
