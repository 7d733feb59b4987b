// The grid a reduced equation is solved on: a box of equal cells, values at cell centres.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace rdd {

enum class Boundary { periodic, absorbing, reflecting };
const char* name_of(Boundary boundary);

/// How differences are taken between cells: of second or fourth order, or the former with drift from the side it comes
/// from, limited so that it makes no new extrema.
enum class DifferenceScheme { central, fourth, limited };
/// How far away along an axis it looks, cells.
int reach(DifferenceScheme scheme);

/// Cell i of axis a spans [i, i+1]·spacing[a]; its value stands at the centre, (i + ½)·spacing[a]. Unused axes have one
/// cell of length 1.
struct Grid {
  int dimension = 1;  ///< 1, 2 or 3
  std::array<long, 3> points{1, 1, 1};
  std::array<double, 3> spacing{1, 1, 1};             ///< m
  std::array<std::array<Boundary, 2>, 3> boundary{};  ///< [axis][low, high]; periodic on both sides or on none
  DifferenceScheme scheme = DifferenceScheme::central;
  std::size_t cells() const { return static_cast<std::size_t>(points[0] * points[1] * points[2]); }
  double cell_volume() const;  ///< m^n
  std::array<double, 3> centre(long x, long y, long z) const;
  bool periodic(int axis) const { return boundary[static_cast<std::size_t>(axis)][0] == Boundary::periodic; }
};

/// One double per component and cell: index = (component·n_z + z)·n_y·n_x + y·n_x + x.
using Field = std::vector<double>;

}  // namespace rdd
