// Runge–Kutta–Chebyshev schemes of second order: a step as long as s² / 1.53 fastest time constants for s evaluations
// of the right-hand side, where forward Euler goes 2 s.
//
// The family of B. P. Sommeijer, L. F. Shampine and J. G. Verwer, J. Comput. Appl. Math. 88 (1998) 315: s stages,
// stability polynomial R(z) = a + b T_s(w0 + w1 z) with T_s the Chebyshev polynomial and w0 = 1 + ε/s². Their damping ε
// = 2/13 makes the region |R| ≤ 1 a long and narrow strip about the negative real axis, right for diffusion. Drift
// moves the eigenvalues away from that axis; a larger ε widens the strip and shortens it (J. G. Verwer, B. P. Sommeijer
// and W. Hundsdorfer, J. Comput. Phys. 201 (2004) 61). So both s and ε are chosen here, by trying |R| on the very
// region where the eigenvalues lie: R is analytic, hence it is enough to try its boundary.
#pragma once

#include <complex>
#include <map>
#include <optional>
#include <vector>

#include "runtime/solve/spectral_hull.hpp"

namespace rdd {

struct ChebyshevScheme {
  int stages = 2;
  double damping = 2.0 / 13;
};

/// Y_1 = y + first τ F(y); Y_j = own·Y_{j−1} + before·Y_{j−2} + (1 − own − before)·y + slope·τ F(Y_{j−1}) +
/// base_slope·τ F(y).
struct ChebyshevStages {
  struct Stage {
    double own, before, slope, base_slope;  ///< μ_j, ν_j, μ̃_j, γ̃_j of the paper
    double time;                            ///< c_{j−1}: Y_{j−1} stands at t + c_{j−1} τ
  };
  double first = 0;           ///< μ̃_1
  std::vector<Stage> stages;  ///< j = 2 … s
  /// The scheme's local error over τ³ y''', relative to 1/15, the constant of the error estimate; at least 1.
  double error_constant = 1;
};
ChebyshevStages stages(const ChebyshevScheme& scheme);

/// The stability polynomial R(z): what one step of length τ does to an eigenvector with eigenvalue z / τ.
std::complex<double> stability(const ChebyshevScheme& scheme, std::complex<double> z);

/// Finds the cheapest stable scheme for a step, and remembers.
class ChebyshevChoice {
 public:
  /// `until`: the length of the whole solve, s. No mode may grow by more than a tenth over it by the scheme's doing:
  /// the schemes have no stable interval on the imaginary axis itself, the seat of drift without any diffusion.
  ChebyshevChoice(SpectralHull hull, double until);

  struct Step {
    double length;           ///< s
    ChebyshevScheme scheme;  ///< stable for this and, since the hull is convex and holds 0, for every shorter step
  };
  /// A scheme for this step or a little more; nothing where none is stable with at most `most_stages`.
  std::optional<Step> scheme(double step) const;
  /// The step to take: shorter where two of half the length take fewer evaluations, or where none of this length is
  /// stable.
  Step at_most(double step) const;
  /// The longest step that has a stable scheme, to 10 %.
  double largest() const;
  /// The fastest rate of the equation on its grid, 1/s.
  double fastest() const { return hull_.radius; }

  static constexpr int most_stages = 500;

 private:
  std::optional<ChebyshevScheme> search(double step) const;
  bool stable(const ChebyshevScheme& scheme, double step) const;

  SpectralHull hull_;
  double until_;
  mutable std::map<long, std::optional<ChebyshevScheme>> known_;  ///< by step, rounded up to a power of 2^(1/8)
};

}  // namespace rdd
