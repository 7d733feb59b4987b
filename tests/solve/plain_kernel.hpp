// A kernel without a compiler: central differences of second order in flux form, written for reading. Tests of time
// integration run on it.
#pragma once

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

/// ∂ρ/∂t = Q ρ + Σ_a C_a ∂_a ρ + Σ_ab D_ab ∂_a∂_b ρ from its matrices: drift[a], diffusion[a][b].
ContinuumPde make_pde(const Eigen::MatrixXd& reaction, const std::vector<Eigen::MatrixXd>& drift,
                      const std::vector<std::vector<Eigen::MatrixXd>>& diffusion);
/// One component along one axis: velocity v (C = −v) and diffusivity D.
ContinuumPde make_pde(double velocity, double diffusivity);

/// n points an axis, spacing length / n, the same boundary on all sides.
Grid make_grid(int dimension, long points, double length, Boundary boundary = Boundary::periodic);

/// The functions have no argument for the equation: they serve the one of the last call. Mixed derivatives need
/// periodic axes.
Kernels plain_kernels(const ContinuumPde& pde, const Grid& grid);

/// Every field an observer sees, with its time.
struct Record {
  std::vector<double> times;
  std::vector<Field> fields;
  Observer observer() {
    return [this](double time, const Field& field) {
      times.push_back(time);
      fields.push_back(field);
      return true;
    };
  }
};

/// In [0, 1), from the bits alone: the same numbers everywhere.
Field random_field(std::uint64_t seed, std::size_t size);
double largest_difference(const Field& a, const Field& b);
double total(const Field& field);

}  // namespace rdd
