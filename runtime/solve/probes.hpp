// Numbers watched over time: integrals, means, variances and point values of a density.
#pragma once

#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"

namespace rdd {

struct ProbeSpec {
  enum class Kind { integral, mean, variance, at } kind = Kind::integral;
  std::string name;
  std::vector<double> weights;  ///< (P) the density is Σ_p weights_p ρ_p
  int axis = 0;  ///< mean, variance: ∫x ρ/∫ρ (m) and ∫(x − mean)² ρ/∫ρ (m²) along this axis
  std::array<double, 3> place{};  ///< at: linear interpolation between cell centres, m
  std::string unit;               ///< SI, for the table's head
};

/// Sums over the grid in a fixed order: the same bytes for any number of threads.
double measure(const ProbeSpec& probe, const Grid& grid, const Field& field, int components);

}  // namespace rdd
