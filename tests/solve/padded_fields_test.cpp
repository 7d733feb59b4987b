#include "runtime/solve/padded_fields.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "runtime/expects.hpp"

using namespace rdd;

namespace {

Grid box(std::array<long, 3> points) {
  Grid grid;
  grid.dimension = 3;
  grid.points = points;
  return grid;
}

}  // namespace

TEST_CASE("a padded field holds every number of a dense one where its layout says") {
  for (const std::array<long, 3>& points :
       {std::array<long, 3>{1, 1, 1}, {3, 1, 1}, {512, 1, 1}, {13, 4, 1}, {128, 128, 1}, {8, 16, 32}, {9, 7, 5}}) {
    CAPTURE(points[0]);
    const Grid grid = box(points);
    Field dense(3 * grid.cells()), back(dense.size());
    std::iota(dense.begin(), dense.end(), 1.0);
    for (const bool interleaved : {false, true}) {
      if (interleaved && !can_interleave(grid)) {
        CHECK_THROWS_AS(PaddedFields(grid, 3, 2, true), InternalError);
        continue;
      }
      PaddedFields fields(grid, 3, 2, interleaved);
      fields.read(dense, fields.field(1));
      const KernelLayout& layout = fields.layout();
      std::size_t i = 0;
      for (long p = 0; p < 3; ++p)
        for (long z = 0; z < points[2]; ++z)
          for (long y = 0; y < points[1]; ++y)
            for (long x = 0; x < points[0]; ++x)
              REQUIRE(
                  fields.field(
                      1)[p * layout.stride_component + z * layout.stride_z + y * layout.stride_y + layout.along_x(x)] ==
                  dense[i++]);
      fields.write(fields.field(1), back);
      CHECK(back == dense);
      CHECK(std::accumulate(fields.field(0), fields.field(0) + fields.extent(), 0.0) == 0);
      CHECK_THROWS_AS(fields.write(fields.field(0), std::span(back).first(2)), InternalError);
    }
  }
}

TEST_CASE("beside every cell of an interleaved row stand its neighbours along x, around the ends too") {
  for (const DifferenceScheme scheme : {DifferenceScheme::central, DifferenceScheme::fourth}) {
    Grid grid = box({24, 2, 3});
    grid.scheme = scheme;
    Field dense(2 * grid.cells());
    std::iota(dense.begin(), dense.end(), 1.0);
    PaddedFields fields(grid, 2, 1, true);
    fields.read(dense, fields.field(0));
    const KernelLayout& layout = fields.layout();
    for (long row = 0; row < 2 * 2 * 3; ++row)
      for (long x = 0; x < 24; ++x)
        for (long shift = -reach(scheme); shift <= reach(scheme); ++shift) {
          const long plane = row / 2 % 3,
                     start = row / 6 * layout.stride_component + plane * layout.stride_z + row % 2 * layout.stride_y;
          CHECK(fields.field(0)[start + layout.along_x(x) + shift * ways] ==
                dense[static_cast<std::size_t>(row * 24 + (x + shift + 24) % 24)]);
        }
  }
}

TEST_CASE("rows and fields of grids of powers of two do not stand a page apart") {
  constexpr long page = 512;
  for (const long n : {512L, 1024L}) {
    PaddedFields fields(box({n, n, 1}), 2, 5);
    const KernelLayout& layout = fields.layout();
    CHECK(layout.stride_y % page != 0);
    CHECK(layout.stride_component % page != 0);
    CHECK((fields.field(1) - fields.field(0)) % page != 0);
    CHECK(layout.stride_y < n + 16);
  }
}

TEST_CASE("the stretches of a dense range follow one another") {
  const PaddedFields fields(box({5, 3, 2}), 2, 1);
  std::size_t next = 3;
  fields.stretches(3, 47, [&](std::size_t i, std::size_t, std::size_t n) {
    CHECK(i == next);
    CHECK(n <= 5);
    next = i + n;
  });
  CHECK(next == 47);
}
