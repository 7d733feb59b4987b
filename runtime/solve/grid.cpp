#include "runtime/solve/grid.hpp"

namespace rdd {

const char* name_of(Boundary boundary) {
  switch (boundary) {
    case Boundary::periodic:
      return "periodic";
    case Boundary::absorbing:
      return "absorbing";
    case Boundary::reflecting:
      return "reflecting";
  }
  return "";
}

int reach(DifferenceScheme scheme) {
  return scheme == DifferenceScheme::central ? 1 : 2;
}

double Grid::cell_volume() const {
  double volume = 1;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(dimension); ++axis) volume *= spacing[axis];
  return volume;
}

std::array<double, 3> Grid::centre(long x, long y, long z) const {
  return {(static_cast<double>(x) + 0.5) * spacing[0], (static_cast<double>(y) + 0.5) * spacing[1],
          (static_cast<double>(z) + 0.5) * spacing[2]};
}

}  // namespace rdd
