// Eigenvalues with relative accuracy, where rates span so many decades that a plain solver leaves slow modes no digits
// (docs/theory.md, section 2).
#pragma once

#include <Eigen/Core>
#include <complex>

#include "runtime/spectrum/bloch.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

/// λ at one wave vector with the digits that can be trusted in every one of them.
struct AccurateBands {
  Eigen::VectorXcd lambda;  ///< (M) sorted as by bands_at, 1/s
  double digits = 16;       ///< decimal digits of the worst λ that is not exactly zero; 0 if it has none
};

/// Reversible networks: −Q̃(k) = L D Lᴴ by elimination without subtractions, and the singular values of L D^{1/2} by
/// one-sided Jacobi rotations: every λ has the stated digits relative to itself, about −log₁₀(M κ(L) ε), whatever the
/// span of the rates; at k = 0 λ_0 is exactly 0. Others: the plain solver, whose errors are M·ε of the fastest rate,
/// and the digits that leaves. `phases`: (n) k·a_α, radians. Where only so many `digits` are asked for,
/// rotations end earlier. Cost: 5 to 50 times that of bands_at.
AccurateBands accurate_bands_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases,
                                double digits = 16);

/// The same λ without the digits, which take a while to find.
Eigen::VectorXcd accurate_rates_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases,
                                   double digits = 16);

/// Does the plain solver leave at least `digits` digits in every λ but those that are exactly zero by conservation
/// (λ_0 at k = 0: `at_zero`)? The criterion for the accurate one: its errors are M·ε of the fastest rate.
bool plain_bands_suffice(const Eigen::Ref<const Eigen::VectorXcd>& lambda, double fastest_rate, bool at_zero,
                         double digits = 8);

/// bands_at, or the accurate λ where those of a reversible network have too few digits.
Eigen::VectorXcd rates_with_digits(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases);

/// `spectrum` as `bands` found it, with the accurate λ at the wave vectors at which the plain ones of a reversible
/// network have fewer than `digits` digits, and λ_0 = 0 exactly at k = 0. Vectors stay as they are, in the same
/// ascending order.
Spectrum with_digits(const BlochOperator& bloch, Spectrum spectrum, double digits = 6);

/// The bands of accurate_bands_at with the eigenvectors of Π^{-1/2} Q̃(k) Π^{1/2} in the gauge of `bloch`: reversible
/// networks only.
struct AccurateModes {
  Eigen::VectorXd lambda;    ///< (M) ascending, 1/s
  Eigen::MatrixXcd vectors;  ///< (M, M) orthonormal columns; phases are arbitrary
  double digits = 16;
};
AccurateModes accurate_modes_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases);

/// At k = 0, where everything is real.
struct AccurateRealModes {
  Eigen::VectorXd lambda;   ///< (M) ascending; lambda(0) = 0 exactly
  Eigen::MatrixXd vectors;  ///< (M, M) orthonormal columns
  double digits = 16;
};
AccurateRealModes accurate_modes_at_zero(const BlochOperator& bloch);

}  // namespace rdd
