// What the tests of the kernels share: random equations, small grids, and an interpreter of KernelIr which is as plain
// as possible. It is the reference that both back ends are compared with.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "compiler/kernels/equation.hpp"
#include "compiler/kernels/kernel_ir.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd::test {

using Boundaries = std::array<std::array<Boundary, 2>, 3>;

/// In [−1, 1), from the bits of mt19937_64 alone: the same numbers with every standard library.
inline double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-52 - 1.0;
}

inline Eigen::MatrixXd random_matrix(std::mt19937_64& random, int rows, int columns) {
  Eigen::MatrixXd m(rows, columns);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) m(i, j) = uniform(random);
  return m;
}

/// An equation without any structure but that columns of Q sum to zero and D_ab = D_ba.
inline ContinuumPde random_pde(std::mt19937_64& random, int dimension, int components) {
  ContinuumPde pde;
  pde.dimension = dimension;
  pde.components = components;
  pde.frame = Eigen::MatrixXd::Identity(dimension, dimension);
  const auto n = static_cast<std::size_t>(dimension);
  Eigen::MatrixXd reaction = random_matrix(random, components, components);
  for (int j = 0; j < components; ++j) reaction(j, j) -= reaction.col(j).sum();
  pde.coefficients.reaction = reaction;
  pde.coefficients.drift.resize(n);
  pde.coefficients.diffusion.assign(n, std::vector<Eigen::MatrixXd>(n));
  for (std::size_t a = 0; a < n; ++a) {
    pde.coefficients.drift[a] = random_matrix(random, components, components);
    for (std::size_t b = a; b < n; ++b)
      pde.coefficients.diffusion[a][b] = pde.coefficients.diffusion[b][a] =
          random_matrix(random, components, components);
  }
  return pde;
}

/// Every entry of an equation in a field of its own, but for the corner of Q.
inline LocalFields local_fields(const ContinuumPde& pde) {
  LocalFields local;
  const auto n = static_cast<std::size_t>(pde.dimension);
  const auto next = [&] {
    Eigen::MatrixXi all(pde.components, pde.components);
    for (int p = 0; p < pde.components; ++p)
      for (int q = 0; q < pde.components; ++q) all(p, q) = local.count++;
    return all;
  };
  local.reaction = next();
  local.reaction(0, pde.components - 1) = -1;
  for (std::size_t a = 0; a < n; ++a) local.drift.push_back(next());
  local.diffusion.assign(n, std::vector<Eigen::MatrixXi>(n));
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a; b < n; ++b) local.diffusion[a][b] = local.diffusion[b][a] = next();
  return local;
}

inline Grid make_grid(int dimension, std::array<long, 3> points, const Boundaries& boundary = {},
                      std::array<double, 3> spacing = {0.5, 0.7, 0.9}) {
  Grid grid;
  grid.dimension = dimension;
  for (int a = 0; a < dimension; ++a) {
    const auto i = static_cast<std::size_t>(a);
    grid.points[i] = points[i];
    grid.spacing[i] = spacing[i];
    grid.boundary[i] = boundary[i];
  }
  return grid;
}

inline Field random_field(std::mt19937_64& random, const Grid& grid, int components) {
  Field field(grid.cells() * static_cast<std::size_t>(components));
  for (double& value : field) value = uniform(random);
  return field;
}

inline std::size_t at(const Grid& grid, int component, long x, long y, long z) {
  return static_cast<std::size_t>(((component * grid.points[2] + z) * grid.points[1] + y) * grid.points[0] + x);
}

/// The layout of a Field.
inline KernelLayout layout(const Grid& grid) {
  const auto& n = grid.points;
  return {{n[0], n[1], n[2]}, n[0], n[0] * n[1], n[0] * n[1] * n[2]};
}

/// Walks the trees cell by cell.
Field interpret(const ir::KernelIr& kernel, const Grid& grid, const std::vector<Field>& inputs,
                const std::vector<double>& scalars);

/// Calls a compiled kernel for the whole grid; one for interleaved rows must leave those of its output closed, and what
/// is around them alone.
Field run(KernelFunction kernel, const Grid& grid, int components, const std::vector<Field>& inputs,
          const std::vector<double>& scalars, bool interleaved = false);

/// Writes C++, compiles it with the compiler of this build and without contraction, and loads it. The library stays
/// loaded. Throws std::runtime_error where the compiler refuses or warns.
class CompiledCpp {
 public:
  CompiledCpp(const std::string& name, const std::string& source, const std::string& flags = "");
  KernelFunction function(const std::string& symbol) const;

 private:
  void* library_ = nullptr;
};

/// All combinations of periodic, reflecting and absorbing sides in one to three dimensions: 5 to the power of
/// dimension.
std::vector<Boundaries> all_boundaries(int dimension);

std::string describe(const Boundaries& boundary, int dimension);

}  // namespace rdd::test
