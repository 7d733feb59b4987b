// Bands of the Bloch operator over sets of wave vectors.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "runtime/spectrum/bloch.hpp"

namespace rdd {

/// λ_m(k): −λ are the eigenvalues of Q̃(k); sorted by real part, then by imaginary part.
struct Spectrum {
  Eigen::MatrixXd phases;        ///< (n, K) k·a_α, radians
  Eigen::MatrixXcd lambda;       ///< (M, K), 1/s
  bool hermitian = false;        ///< found through the Hermitian form: λ are real to the last bit
  double fastest_rate = 0;       ///< max R_jj, 1/s: the scale of the round-off in every λ
  Eigen::VectorXd band_min() const;  ///< (M) min Re λ over the set
  Eigen::VectorXd band_max() const;
};

/// n_1 × … × n_n points of [−π, π] per axis, both ends included (as in the paper); columns run with the last axis fastest.
Eigen::MatrixXd uniform_grid(const std::vector<int>& points);

/// Eigenvalues at the given phases (n, K). Q̃(−k) = conj Q̃(k) is used where the set holds both.
Spectrum bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases);

/// Eigenpairs at k = 0: right and left vectors of the P slowest modes as real bases (theory.md, section 4).
struct SlowModes {
  Eigen::VectorXcd lambda;  ///< (M) all of them, ascending
  Eigen::MatrixXd right;    ///< (M, M) columns V = [V_S V_F]; slow first
  Eigen::MatrixXd left;     ///< (M, M) columns W, Wᵀ V = 1; left.col(0) = 1, right.col(0) = π̂
  Eigen::MatrixXd block;    ///< (M, M) Wᵀ(−Q̃(0))V: diagonal if reversible, else block diagonal after `split`: slow and fast decoupled
};
/// Reversible: eigenvectors. Otherwise: ordered real Schur form, decoupled after the first P modes by a Sylvester equation.
/// Throws InternalError where P would split a complex pair (see splits_pair).
SlowModes modes_at_zero(const BlochOperator& bloch, int slow);
bool splits_pair(const Eigen::Ref<const Eigen::VectorXcd>& lambda, int slow);

/// λ⁰_mk = −w_m0ᵀ Q̃(k) v_m0   (Eq. 23), (M, K).
Eigen::MatrixXcd first_order_bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases);

}  // namespace rdd
