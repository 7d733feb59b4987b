// ContinuumPde: the reduced equation in the coordinates it is solved in.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// ∂ρ/∂t = Q ρ + Σ_i C_i ∂_i ρ + Σ_ij D_ij ∂_i∂_j ρ over n coordinates along an orthonormal frame of the lattice's
/// span.
struct ContinuumPde {
  int dimension = 0;               ///< n
  int components = 0;              ///< P
  Eigen::MatrixXd frame;           ///< (m, n) orthonormal columns; the identity where n = m
  Coefficients coefficients;       ///< along the frame: n drifts, n × n diffusions
  std::vector<std::string> names;  ///< P coarse states: the states' own names if P = M, else coarse[0], …
  double resolution = 0;           ///< m: L times the smallest translation; a grid need not be finer
  /// Where coefficients vary in space or time, `coefficients` are their means, and these the ones that stand out: what
  /// is stable for all of them is so for every other.
  std::vector<Coefficients> extremes = {};
};

/// n = m: Cartesian axes. n < m: the first axis along a_1, the second in the plane of a_1 and a_2.
ContinuumPde continuum(const Reduction& reduction, const RateNetwork& network);

/// Checks every wave vector a grid of these spacings (n, m) can hold (docs/theory.md, section 5, well-posedness).
WellPosedness well_posedness(const ContinuumPde& pde, const std::vector<double>& spacing);

}  // namespace rdd
