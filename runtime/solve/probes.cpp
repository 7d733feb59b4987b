#include "runtime/solve/probes.hpp"

#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/solve/sum.hpp"

namespace rdd {
namespace {

// The cells and weights that interpolate at one coordinate: at most two.
struct Taps {
  std::array<long, 2> cell{0, 0};
  std::array<double, 2> weight{1, 0};
};

Taps taps(double place, long points, double spacing, const std::array<Boundary, 2>& boundary) {
  const double s = place / spacing - 0.5;  // in units of cells, from the first centre
  const long low = static_cast<long>(std::floor(s));
  const double fraction = s - static_cast<double>(low);
  if (boundary[0] == Boundary::periodic) {
    const auto wrap = [points](long i) { return ((i % points) + points) % points; };
    return {{wrap(low), wrap(low + 1)}, {1 - fraction, fraction}};
  }
  expects(place >= -1e-9 * spacing && place <= (static_cast<double>(points) + 1e-9) * spacing,
          "a probe's place between the walls");
  // Between a wall and the nearest centre: the density is zero at an absorbing wall; towards a reflecting one the line
  // through the two nearest centres goes on, for with a drift the slope there is not zero.
  const bool at_low = s<0, at_high = s> static_cast<double>(points - 1);
  if (at_low && boundary[0] == Boundary::absorbing) return {{0, 0}, {2 * s + 1, 0}};
  if (at_high && boundary[1] == Boundary::absorbing)
    return {{points - 1, 0}, {2 * (static_cast<double>(points) - s) - 1, 0}};
  if (points == 1) return {};
  const long first = at_low ? 0 : std::min(low, points - 2);
  const double beyond = s - static_cast<double>(first);
  return {{first, first + 1}, {1 - beyond, beyond}};
}

}  // namespace

double measure(const ProbeSpec& probe, const Grid& grid, const Field& field, int components) {
  const std::size_t cells = grid.cells();
  const auto P = static_cast<std::size_t>(components);
  expects(field.size() == cells * P, "a field of the grid's size");
  expects(probe.weights.size() == P, "one weight a component");
  const auto density = [&](std::size_t cell) {
    double sum = 0;
    for (std::size_t p = 0; p < P; ++p) sum += probe.weights[p] * field[p * cells + cell];
    return sum;
  };
  const auto nx = static_cast<std::size_t>(grid.points[0]), ny = static_cast<std::size_t>(grid.points[1]);

  if (probe.kind == ProbeSpec::Kind::integral) return pairwise_sum(0, cells, density) * grid.cell_volume();

  if (probe.kind == ProbeSpec::Kind::at) {
    std::array<Taps, 3> near;
    for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a)
      near[a] = taps(probe.place[a], grid.points[a], grid.spacing[a], grid.boundary[a]);
    double value = 0;
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t b = 0; b < 2; ++b)
        for (std::size_t a = 0; a < 2; ++a) {
          const double weight = near[0].weight[a] * near[1].weight[b] * near[2].weight[c];
          if (weight == 0) continue;
          const auto x = static_cast<std::size_t>(near[0].cell[a]), y = static_cast<std::size_t>(near[1].cell[b]),
                     z = static_cast<std::size_t>(near[2].cell[c]);
          value += weight * density((z * ny + y) * nx + x);
        }
    return value;
  }

  // Mean and variance along an axis; the cell's volume cancels.
  expects(probe.axis >= 0 && probe.axis < grid.dimension, "an axis of the grid");
  const auto axis = static_cast<std::size_t>(probe.axis);
  const auto position = [&](std::size_t cell) {
    const std::array<std::size_t, 3> index{cell % nx, cell / nx % ny, cell / (nx * ny)};
    return (static_cast<double>(index[axis]) + 0.5) * grid.spacing[axis];
  };
  const double total = pairwise_sum(0, cells, density);
  const double mean = pairwise_sum(0, cells, [&](std::size_t i) { return position(i) * density(i); }) / total;
  if (probe.kind == ProbeSpec::Kind::mean) return mean;
  return pairwise_sum(0, cells,
                      [&](std::size_t i) {
                        const double away = position(i) - mean;
                        return away * away * density(i);
                      }) /
         total;
}

}  // namespace rdd
