#include "runtime/solve/grid.hpp"

#include <doctest/doctest.h>

TEST_CASE("a cell's volume counts the axes in use only") {
  rdd::Grid grid;
  grid.spacing = {2, 3, 5};
  for (const auto& [dimension, volume] : {std::pair{1, 2.0}, {2, 6.0}, {3, 30.0}}) {
    grid.dimension = dimension;
    CHECK(grid.cell_volume() == volume);
  }
}

TEST_CASE("values stand half a cell from the box's edge") {
  rdd::Grid grid;
  grid.dimension = 3;
  grid.points = {4, 4, 4};
  grid.spacing = {2, 4, 8};
  CHECK(grid.centre(0, 1, 3) == std::array<double, 3>{1, 6, 28});
  CHECK(grid.cells() == 64);
}
