// Reduction: P coarse states and their reaction, drift and diffusion coefficients (docs/theory.md, sections 4 and 5).
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "runtime/reduction/pcca.hpp"
#include "runtime/spectrum/gaps.hpp"

namespace rdd {

/// Exact transport of one particle at long times (P = 1), m Cartesian dimensions.
struct Transport {
  Eigen::MatrixXd diffusion;              ///< (m, m) m²/s: ½ 1ᵀA_αβ v₀ + sym[1ᵀA_α G A_β v₀]
  Eigen::MatrixXd diffusion_first_order;  ///< (m, m) m²/s: ½ 1ᵀA_αβ v₀ (Eq. 35)
  Eigen::VectorXd velocity;               ///< (m) m/s
};
/// Found by eliminating the states of the walk one by one without subtractions, so that D keeps its relative accuracy
/// over any span of rates (transport.cpp). The velocity of a reversible network is exactly zero.
Transport transport(const BlochOperator& bloch);

/// ∂ρ/∂t = Q ρ + Σ_α C_α ∂_α ρ + Σ_αβ D_αβ ∂_α∂_β ρ for ρ = χᵀ p (Eqs. 10–12, 28); all (P, P), α, β < m Cartesian, SI.
struct Coefficients {
  Eigen::MatrixXd reaction;                             ///< Q, 1/s; columns sum to zero
  std::vector<Eigen::MatrixXd> drift;                   ///< C_α, m/s
  std::vector<std::vector<Eigen::MatrixXd>> diffusion;  ///< D_αβ = D_βα, m²/s
  int components() const { return static_cast<int>(reaction.rows()); }
};
/// Q + i k·C − k·D·k (P, P) for a Cartesian wave vector (m), 1/m.
Eigen::MatrixXcd symbol(const Coefficients& coefficients, const Eigen::Ref<const Eigen::VectorXd>& k);

struct Reduction {
  int P = 0;
  int order = 2;
  Memberships groups;
  Eigen::VectorXcd lambda;  ///< (M) at k = 0, ascending, 1/s
  double digits =
      16;  ///< trustworthy decimal digits of λ_1 (see SlowModes) where 1 < P < M; few: the reaction is round-off
  Coefficients coefficients;
  /// ρ(0) = B⁰ p(0) + Σ_α B¹_α ∂_α p(0): projection of any initial density of the states on the slow manifold, with the
  /// initial slip (order 2 only; B¹ is empty for order 1). (P, M) and m times (P, M), m.
  Eigen::MatrixXd projection;
  std::vector<Eigen::MatrixXd> slip;
  /// p ≈ lift ρ (M, P): densities of the original states on the slow manifold, to lowest order: V_S M_P⁻¹.
  Eigen::MatrixXd lift;
  GapCandidate gap;             ///< over |k·a|_∞ ≤ π/L; for P = M: above and ratio infinite
  double resolution = 0;        ///< L in cells: for all |k·a|_∞ ≤ π/L every kept band is right to `error`
  double resolution_error = 0;  ///< the ε it was found for
};

struct ReduceParams {
  int order = 2;        ///< 1: the projection of the paper; 2: exact to second order in k
  double error = 1e-2;  ///< ε in |λ_reduced − λ| ≤ ε |λ| for the kept bands (Eq. 24)
  /// Where given: groups of another point of the parameters, to be continued to this one (see memberships_like).
  const Memberships* like = nullptr;
};

/// Reversible networks are clustered by their slow eigenvectors, others by the slow invariant subspace; π̂ weighs the
/// crispness, so that states hardly ever visited do not decide. P = 1 uses `transport`. P = M is the continuum equation
/// of the whole network (Eq. 9) in its own states, whatever the order: Q = Q̃(0), C_α = A_α, D_αβ = ½ A_αβ. Columns of
/// the reaction matrix sum to zero by construction: its diagonal is minus the sum of the other entries. Throws
/// InternalError unless 1 ≤ P ≤ M and P does not split a complex pair.
Reduction reduce(const BlochOperator& bloch, int P, const ReduceParams& params);
/// The same without the gap and the resolution, which take most of the time: for many points of a range.
Reduction reduce_unresolved(const BlochOperator& bloch, int P, const ReduceParams& params);

/// The choice of P and its reasons: one row for each P, up to 16 where there are more than 64 states. With more than 16
/// states, the resolution of P without a gap at k = 0 is not looked for.
struct Choice {
  struct Row {
    GapCandidate gap;       ///< at L = resolution (at L = 1 where that is infinite); ratio infinite for P = M
    double resolution = 0;  ///< L(P), cells; infinite where no cut-off satisfies the criterion or it was not looked for
    std::string verdict;    ///< "chosen", "would split a complex pair", "would split equal decay rates", "gap ratio 1.2
                            ///< is below 3", …
  };
  std::vector<Row> rows;
  int P = 1;
  bool separated = false;        ///< a gap stands above the P < M bands kept (or there is one state only)
  std::optional<int> next_best;  ///< of the others the P with the widest gap, eligible ones first
  std::string reason;  ///< "P = 2: ratio 41 down to L = 1 cell; next best P = 5: ratio 4.1 … (hardly finer …)"
};
/// The rule. P is eligible if it splits no complex pair, its resolution L(P) is finite, and over |k·a|_∞ ≤ π/L(P) its
/// slow bands lie below its fast ones by a factor of 3: the reduced equation forgets the fast ones, so they must decay
/// within its own shortest time. Among the eligible the smallest P wins whose L is at most twice the least L: another
/// coarse state must buy at least a factor of two in resolution. P = M needs no gap. If none is eligible, P = 1.
Choice choose(const BlochOperator& bloch, const ReduceParams& params);

/// Re eig[Q + i k·C − k·D·k] ≤ 0 for every |k_i| ≤ π/spacing_i of the frame's axes?
struct WellPosedness {
  bool ok = true;
  Eigen::VectorXd k;            ///< (n) the worst wave vector, 1/m
  double growth = 0;            ///< its growth rate, 1/s
  double coarsest_spacing = 0;  ///< m: the finest grid spacing for which the equation is well posed; 0 if ok
};

}  // namespace rdd
