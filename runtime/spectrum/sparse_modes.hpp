// The few slowest modes of large networks, without any M × M matrix (docs/theory.md, section 2).
#pragma once

#include <Eigen/Core>
#include <complex>
#include <memory>

#include "runtime/network/rate_network.hpp"
#include "runtime/sparse/group_inverse.hpp"
#include "runtime/spectrum/twisted_bands.hpp"

namespace rdd {

/// Slow modes at k = 0 as real bases; the first is the stationary one: λ_0 = 0, w_0 = 1, v_0 = π̂ exactly.
struct SparseModes {
  Eigen::VectorXcd lambda;  ///< (count) ascending by real part, 1/s
  Eigen::MatrixXd right;    ///< (M, count) V; eigenvectors if reversible, else a basis of their span
  Eigen::MatrixXd left;     ///< (M, count) W, Wᵀ V = 1
  Eigen::MatrixXd block;    ///< (count, count) Wᵀ(−Q̃(0))V: diagonal if reversible
  Eigen::VectorXd residual;  ///< (count) ‖G v − v/λ‖ λ/‖v‖: the relative error of λ is about that, or its square
  double digits = 16;        ///< trustworthy decimal digits of every λ: see SparseSpectrum::slow_modes
  bool converged = true;
  int solves = 0;  ///< single right-hand sides solved for
};

/// Slow bands at one wave vector k ≠ 0 with their eigenvectors in balanced coordinates: of −Π^{-1/2} Q̃(k) Π^{1/2}.
struct SparseBandModes {
  Eigen::VectorXcd lambda;  ///< (count) ascending by real part, 1/s
  Eigen::MatrixXcd right;   ///< (M, count)
  Eigen::MatrixXcd left;    ///< (count, M) rows, left right = 1; rightᴴ if reversible
};

/// The first `slow` modes alone, closed under conjugation (expects that they split no pair, see splits_pair).
SparseModes leading_modes(const SparseModes& modes, int slow, bool reversible);

/// Spectra of one large network, whose factorisations share their plan. The network must outlive it.
class SparseSpectrum {
 public:
  explicit SparseSpectrum(const RateNetwork& network);

  const RateNetwork& network() const { return network_; }
  /// Made when first asked for. Throws SparseLimit.
  const GroupInverse& group_inverse() const;

  /// The `count` slowest modes at k = 0, or more where more are known or a complex pair would be split: block Lanczos
  /// or Arnoldi with G (GroupInverse), to which the zero mode does not belong. Each λ is found among the largest |1/λ|:
  /// of a network that is not reversible, modes that decay slowly but turn fast could be missed.
  ///
  /// Reversible: each λ_m is taken from the Dirichlet form ½ Σ π_j q_ij (w_i − w_j)² on the space found, w after one
  /// more application of G, with errors of about 1e-32 of the fastest rate, or from G itself, with relative errors of
  /// about 1e-16 · λ_m · longest_time, whatever the fastest rate; whichever is smaller. `digits` holds for the worst of
  /// them.
  const SparseModes& slow_modes(int count) const;

  /// The `count` smallest λ at these phases k·a_α (n), radians. At k = 0 the first is zero. Reversible networks: from
  /// the inverse at k = 0 (TwistedBands), with errors of about 1e-9 of λ and 1e-32 of the fastest rate. Others by
  /// shift-invert at 0 with a factorisation of their own: errors are about 1e-16 of the fastest rate. Throws
  /// SparseLimit.
  Eigen::VectorXcd slow_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count) const;

  /// These bands with their vectors, k ≠ 0; errors of the vectors are about 1e-6. Throws SparseLimit.
  SparseBandModes slow_band_modes(const Eigen::Ref<const Eigen::VectorXd>& phases, int count) const;

 private:
  TwistedBands::Bands twisted_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count, double tolerance) const;
  /// Of −Q̃(k).
  SparseFactor<std::complex<double>> factor_at(const Eigen::Ref<const Eigen::VectorXd>& phases) const;

  const RateNetwork& network_;
  mutable std::unique_ptr<GroupInverse> inverse_;
  mutable SparseModes modes_;
  mutable std::unique_ptr<TwistedBands> twisted_;
  mutable std::shared_ptr<const EliminationPlan> plan_;
};

}  // namespace rdd
