#include "lang/symmetry/space_group.hpp"

#include <spglib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace rdd {

namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vector scaled(const Vector& a, double factor) {
  return {a[0] * factor, a[1] * factor, a[2] * factor};
}
double length(const Vector& a) {
  return std::sqrt(dot(a, a));
}

/// Three vectors, the shortest of the given ones of length one; normals fill up what is missing.
std::array<Vector, 3> completed(const std::vector<Vector>& given) {
  double shortest = std::numeric_limits<double>::infinity();
  for (const Vector& v : given) shortest = std::min(shortest, length(v));
  std::array<Vector, 3> all{};
  for (std::size_t i = 0; i < given.size(); ++i) all[i] = scaled(given[i], 1 / shortest);
  constexpr double second = 2.718281828459045, third = 7.38905609893065;  // lengths that no lattice has
  if (given.size() == 1) {
    const Vector axis = std::abs(all[0][0]) < 0.9 * length(all[0]) ? Vector{1, 0, 0} : Vector{0, 1, 0};
    const Vector normal = cross(all[0], axis);
    all[1] = scaled(normal, second / length(normal));
  }
  if (given.size() < 3) {
    const Vector normal = cross(all[0], all[1]);
    all[2] = scaled(normal, third / length(normal));
  }
  return all;
}

/// Far longer than wide, or all but flat: no crystal, and spglib would search for seconds.
bool extreme(const std::array<Vector, 3>& vectors) {
  constexpr double most = 1e4;
  double longest = 0, lengths = 1;  // the shortest is one
  for (const Vector& v : vectors) longest = std::max(longest, length(v)), lengths *= length(v);
  return !(longest < most) || !(std::abs(dot(vectors[0], cross(vectors[1], vectors[2]))) * most > lengths);
}

/// Whether the operation leaves the vectors that were added as they are.
bool keeps_added(const int (&rotation)[3][3], int dimension) {
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      if ((i >= dimension || j >= dimension) && rotation[i][j] != (i == j ? 1 : 0)) return false;
    }
  }
  return true;
}

}  // namespace

SpaceGroup space_group(const DecoratedLattice& lattice, double tolerance) {
  const std::array<Vector, 3> vectors = completed(lattice.vectors);
  if (extreme(vectors)) return {};
  double columns[3][3];
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) columns[i][j] = vectors[j][i];
  }
  const std::size_t sites = lattice.positions.size();
  const auto positions = std::make_unique<double[][3]>(sites);
  for (std::size_t s = 0; s < sites; ++s) {
    std::copy(lattice.positions[s].begin(), lattice.positions[s].end(), positions[s]);
  }
  const std::unique_ptr<SpglibDataset, decltype(&spg_free_dataset)> found(
      spg_get_dataset(columns, positions.get(), lattice.kinds.data(), static_cast<int>(sites), tolerance),
      spg_free_dataset);
  SpaceGroup group;
  if (!found) return group;
  for (int o = 0; o < found->n_operations; ++o) {
    if (!keeps_added(found->rotations[o], lattice.dimension)) continue;
    SpaceOperation operation;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) operation.rotation[i][j] = found->rotations[o][i][j];
      operation.translation[i] = static_cast<int>(i) < lattice.dimension ? found->translations[o][i] : 0;
    }
    group.operations.push_back(operation);
  }
  if (lattice.dimension == 3) group.point_group = found->pointgroup_symbol;
  while (group.point_group.ends_with(' ')) group.point_group.pop_back();
  return group;
}

}  // namespace rdd
