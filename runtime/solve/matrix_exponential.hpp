// exp(A) of the small complex matrices that propagate one wave vector.
#pragma once

#include <Eigen/Core>

namespace rdd {

/// exp(A) for a square A with finite entries: closed forms for one and two rows, scaling and squaring with Padé
/// approximants (Higham 2005, through Eigen) for more. Absolute error about ‖A‖ times the unit round-off, the effect of
/// one rounding of A's own entries, as long as no eigenvalue has a positive real part.
Eigen::MatrixXcd matrix_exponential(const Eigen::MatrixXcd& matrix);

}  // namespace rdd
