// Where coarse states sit (docs/theory.md, section 5): drifts and diffusions depend on the places given to them.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// The same equation for coarse states moved by `shift` (m, P), m: H(k) becomes e^{−i k·S} H(k) e^{i k·S}, so that
/// C_α + [Q, S_α] and D_αβ + sym [C_α, S_β] + ½ [[Q, S_α], S_β]. Slow eigenvalues stay the same to O(k²).
Coefficients shifted(const Coefficients& coefficients, const Eigen::Ref<const Eigen::MatrixXd>& shift);

/// The shift of the coarse states relative to the first that makes the antisymmetric part of every C_α vanish:
/// C_pq − C_qp + (Q_pq + Q_qp)(s_q − s_p) = 0 for all pairs, by least squares.
struct SymmetricPlaces {
  Eigen::MatrixXd shift;  ///< (m, P) m, first column 0
  double before = 0;      ///< largest antisymmetric entry of C, m/s
  double after = 0;       ///< what is left of it
  bool exists = false;    ///< nothing but round-off is left
};
SymmetricPlaces symmetric_places(const Coefficients& coefficients);

}  // namespace rdd
