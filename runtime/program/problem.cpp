#include "runtime/program/problem.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/solve/integrator.hpp"
#include "runtime/solve/probes.hpp"

namespace rdd {

std::vector<double> totals(const Problem& problem, const Field& field) {
  std::vector<double> all;
  const int components = problem.pde.components;
  for (int p = 0; p < components; ++p) {
    ProbeSpec probe;
    probe.weights.assign(static_cast<std::size_t>(components), 0.0);
    probe.weights[static_cast<std::size_t>(p)] = 1;
    all.push_back(measure(probe, problem.grid, field, components));
  }
  return all;
}

Field sample(const Problem& problem) {
  const Grid& grid = problem.grid;
  Field field;
  field.reserve(grid.cells() * static_cast<std::size_t>(problem.pde.components));
  for (int p = 0; p < problem.pde.components; ++p)
    for (long z = 0; z < grid.points[2]; ++z)
      for (long y = 0; y < grid.points[1]; ++y)
        for (long x = 0; x < grid.points[0]; ++x) {
          const auto place = grid.centre(x, y, z);
          field.push_back(problem.initial(p, place[0], place[1], place[2]));
        }
  return field;
}

double unresolved(const Problem& problem) {
  const Grid& grid = problem.grid;
  const Field field = sample(problem);
  const long strides[3] = {1, grid.points[0], grid.points[0] * grid.points[1]};
  double largest = 0, worst = 0;
  for (const double value : field) largest = std::max(largest, std::abs(value));
  std::size_t cell = 0;
  for (int p = 0; p < problem.pde.components; ++p)
    for (long z = 0; z < grid.points[2]; ++z)
      for (long y = 0; y < grid.points[1]; ++y)
        for (long x = 0; x < grid.points[0]; ++x, ++cell)
          for (int axis = 0; axis < grid.dimension; ++axis) {
            const long here[3] = {x, y, z};
            const auto a = static_cast<std::size_t>(axis);
            if (here[a] + 1 >= grid.points[a]) continue;
            auto place = grid.centre(x, y, z);
            place[a] += grid.spacing[a] / 2;
            const double between = problem.initial(p, place[0], place[1], place[2]);
            const double mean = (field[cell] + field[cell + static_cast<std::size_t>(strides[a])]) / 2;
            worst = std::max(worst, std::abs(between - mean));
            largest = std::max(largest, std::abs(between));
          }
  return largest > 0 ? worst / largest : 0;
}

}  // namespace rdd
