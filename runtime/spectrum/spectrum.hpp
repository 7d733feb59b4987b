// Bands of the Bloch operator over sets of wave vectors.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "runtime/spectrum/batch/stack.hpp"
#include "runtime/spectrum/bloch.hpp"

namespace rdd {

/// Eigenvectors of Q̃(k) over a set of wave vectors, in the order of the bands. Vectors at −k are the conjugates of
/// those at k and not stored twice.
///
/// In degenerate bands, the vectors are some basis of their space: orthonormal (balanced) where the network is
/// reversible.
class BandVectors {
 public:
  bool empty() const { return right_.size() == 0; }

  /// (M, M) columns v_m: Q̃ v_m = −λ_m v_m.
  Eigen::MatrixXcd right(Eigen::Index column) const;
  /// (M, M) columns w_m: w_mᵀ Q̃ = −λ_m w_mᵀ and Wᵀ V = 1.
  Eigen::MatrixXcd left(Eigen::Index column) const;
  /// The same in balanced coordinates, V = Π^{1/2} balanced_right and W = Π^{-1/2} balanced_left, for whom π spans more
  /// decades than numbers can hold. Columns of balanced_right have norm 1, their largest entry is positive; where the
  /// network is reversible they are orthonormal and balanced_left is their conjugate.
  Eigen::MatrixXcd balanced_right(Eigen::Index column) const;
  Eigen::MatrixXcd balanced_left(Eigen::Index column) const;

 private:
  friend struct BandSolver;
  /// Where the vectors at one of the wave vectors are found.
  struct Place {
    Eigen::Index first;  ///< column of the stored matrices
    bool mirrored;       ///< at −k: conjugate
  };
  Eigen::MatrixXcd ordered(const Eigen::MatrixXcd& stored, Eigen::Index column) const;

  Eigen::MatrixXcd right_, left_;  ///< (M, M·distinct); no left ones where reversible
  std::vector<Place> places_;
  /// Conjugate eigenvalues may sort otherwise: the order at each wave vector, empty where it is the same. None at all
  /// where the network is reversible.
  std::vector<std::vector<Eigen::Index>> orders_;
  Eigen::VectorXd root_weights_;
};

/// λ_m(k): −λ are the eigenvalues of Q̃(k); sorted by real part, then by imaginary part.
struct Spectrum {
  Eigen::MatrixXd phases;            ///< (n, K) k·a_α, radians
  Eigen::MatrixXcd lambda;           ///< (M, K), 1/s
  bool hermitian = false;            ///< found through the Hermitian form: λ are real to the last bit
  double fastest_rate = 0;           ///< max R_jj, 1/s: the scale of the round-off in every λ
  BandVectors vectors;               ///< if asked for
  Eigen::VectorXd band_min() const;  ///< (M) min Re λ over the set
  Eigen::VectorXd band_max() const;
  /// The columns of `phases` at which band `m` has its least and its largest Re λ, the first of equal ones.
  Eigen::Index at_min(Eigen::Index m) const;
  Eigen::Index at_max(Eigen::Index m) const;
};

/// n_1 × … × n_n points of [−π, π] per axis, both ends included (as in the paper); columns run with the last axis
/// fastest.
Eigen::MatrixXd uniform_grid(const std::vector<int>& points);

/// Eigenvalues at the given phases (n, K), and with `with_vectors` the vectors. Q̃(−k) = conj Q̃(k): the half space of
/// wave vectors whose first non-zero phase is positive is what is computed. λ_0 at k = 0 is exactly 0; other λ have
/// errors of M·1e-16 of the fastest rate. What is found at one k depends neither on the other ones nor on the number of threads.
Spectrum bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases, int threads = 1,
               bool with_vectors = false);

/// λ at one wave vector (M), sorted.
Eigen::VectorXcd bands_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases);

/// How many decimal digits of an eigenvalue of this size can be trusted: its errors are about M·1e-16 of the fastest
/// rate, whatever its own size. Not positive: none.
double digits_left(double lambda, double fastest_rate, int states);
/// The same for the worst eigenvalue of the bands m ≥ 1 of a whole spectrum (λ_0 → 0 for long waves is no failure); 16
/// if there are none.
double digits_left(const Spectrum& spectrum);

/// Left and right vectors at k = 0 as real bases, slow modes first (docs/theory.md, section 4).
///
/// All are found for Π^{-1/2} Q̃(0) Π^{1/2}, whose entries are at most the geometric mean of two escape rates and whose
/// left and right null vectors are both √π̂: that mode is split off exactly, and w_0 = 1, v_0 = π̂, λ_0 = 0 hold to the
/// last bit. Left vectors are W = Π^{-1/2} W̃: rows of states rarer than 1e-24 of the most frequent would be pure
/// round-off. Where the network is reversible they are found again from the eigenvector equation of the rare states
/// (docs/theory.md, section 2); otherwise they are not.
struct SlowModes {
  Eigen::VectorXcd lambda;  ///< (M) all of them, ascending
  Eigen::MatrixXd right;    ///< (M, M) columns V = [V_S V_F]; slow first
  Eigen::MatrixXd left;     ///< (M, M) columns W, Wᵀ V = 1; left.col(0) = 1, right.col(0) = π̂
  Eigen::MatrixXd block;  ///< (M, M) Wᵀ(−Q̃(0))V: diagonal if reversible, else Λ_S (slow, slow) and Λ_F (fast, fast)
  double digits = 16;  ///< trustworthy decimal digits of λ_1; 0 if there are none. Reversible: about 14, whatever the
                       ///< rates (accurate.hpp; over 300 states errors of 1e-32 of the fastest); else errors are 1e-16
                       ///< of the fastest rate
};
/// Reversible: eigenvectors, for any `slow`. Otherwise: the invariant subspace of the slow modes from an ordered Schur
/// form, decoupled from the rest by a Sylvester equation. Throws InternalError unless 1 ≤ slow ≤ M and where that would
/// split a complex pair (see splits_pair).
SlowModes modes_at_zero(const BlochOperator& bloch, int slow);
/// Are the first `slow` eigenvalues not closed under conjugation?
bool splits_pair(const Eigen::Ref<const Eigen::VectorXcd>& lambda, int slow);
/// Is the first eigenvalue that is left out as slow as the last one kept, to 1e-9 of it? 0 < slow < M.
bool splits_equal_rates(const Eigen::Ref<const Eigen::VectorXcd>& lambda, int slow);

/// λ⁰_mk = −w_m0ᵀ Q̃(k) v_m0   (Eq. 23; for one state Eq. 32), (M, K).
Eigen::MatrixXcd first_order_bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases);

}  // namespace rdd
