// How the spectrum, the transport and the coefficients of a network change with the parameters it was made from
// (docs/theory.md, section 10). All derivatives are exact: first-order perturbation theory, no differences.
//
// Everywhere J is the number of parameters θ_j, and a derivative has the unit of the figure over that of θ_j, SI.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <vector>

#include "runtime/reduction/reduction.hpp"
#include "runtime/reduction/sparse_transport.hpp"
#include "runtime/spectrum/bloch.hpp"
#include "runtime/spectrum/sparse_modes.hpp"

namespace rdd {

/// First derivatives of a network's numbers. Rates and weights are positive and span many decades: theirs are
/// logarithmic.
struct NetworkDerivatives {
  Eigen::MatrixXd log_rates;    ///< (hops, J) ∂ ln k_h/∂θ_j, hops as in RateNetwork::hops
  Eigen::MatrixXd log_weights;  ///< (M, J) ∂ ln π_i/∂θ_j of the declared weights, up to a constant for each j; zero
                                ///< where the model declares none. Used where they balance the derivatives of the rates
  std::vector<Eigen::MatrixXd> vectors;    ///< J times (m, n): ∂a_α/∂θ_j, m
  std::vector<Eigen::MatrixXd> positions;  ///< J times (m, M), m; empty where the network has no positions
  Eigen::Index parameters() const { return log_rates.cols(); }
};

/// ∂D/∂θ_j, ∂D⁰/∂θ_j and ∂v/∂θ_j, one Transport for each parameter.
///
/// The elimination that finds D (runtime/reduction/transport.cpp) is differentiated step by step: probabilities by
/// their logarithms, means and covariances as they are, so that derivatives keep their digits in stiff networks as D
/// does. A parameter may break detailed balance: ∂v/∂f of a network at rest is its mobility.
struct TransportDerivatives {
  std::vector<Transport> transport;  ///< J
  Eigen::MatrixXd log_weights;       ///< (M, J) ∂ ln π̂_i/∂θ_j of the stationary distribution, Σ π̂ = 1
};
TransportDerivatives transport_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network);

/// The same for a large network, from the corrections φ that its transport was found with (sparse_transport.hpp). Each
/// parameter costs one solution for ∂π̂, none where it keeps a detailed balance whose weights are declared, and where
/// there is no detailed balance n more for ∂φ. Throws SparseLimit.
TransportDerivatives sparse_transport_derivatives(const RateNetwork& rates, const NetworkDerivatives& network,
                                                  const GroupInverse& inverse, const SparseTransport& transport,
                                                  Gauge gauge);

/// ∂λ_m(k)/∂θ_j at fixed phases k·a_α (docs/theory.md, section 10).
///
/// Single eigenvalues: −w_mᴴ (∂Q̃/∂θ) v_m. A multiplet (eigenvalues equal to 1e-9) may split in a direction of parameter
/// space: each of its members is given the derivative of their mean, the trace of the multiplet's block.
/// The bands are in the order of `bands_at`. With detailed balance the sum runs over positive terms
/// flux |w_j e^{ik·d} − w_i|² ∂ln flux, so that slow modes keep the digits that their eigenvector has. The tilted
/// operator of a crystal between walls has derivatives too.
struct EigenvalueDerivatives {
  Eigen::VectorXcd lambda;        ///< (M) ascending
  Eigen::MatrixXcd derivatives;   ///< (M, J)
  std::vector<int> multiplicity;  ///< (M) of the multiplet each belongs to; 1: single
};
EigenvalueDerivatives eigenvalue_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                             const Eigen::Ref<const Eigen::VectorXd>& phases);

/// The same at k = 0 for the slow modes of a large network.
EigenvalueDerivatives slow_mode_derivatives(const RateNetwork& network, const NetworkDerivatives& derivatives,
                                            const SparseModes& modes);

/// One band at one wave vector.
struct BandPoint {
  Eigen::VectorXd phases;  ///< (n) k·a_α, radians
  int band = 0;
};
/// ∂λ at each of these points, (points, J). The extremum of a band over a fixed set of wave vectors has the derivative
/// of the band at the point where it lies.
Eigen::MatrixXcd band_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                  const std::vector<BandPoint>& points);

/// The same for the slowest bands of a large network. Multiplets are told among those found. Throws SparseLimit.
Eigen::MatrixXcd sparse_band_derivatives(const SparseSpectrum& spectrum, const NetworkDerivatives& network,
                                         const std::vector<BandPoint>& points);

/// ∂k of the Cartesian wave vector k = a (aᵀa)⁻¹ φ with these phases φ, as the lattice vectors a change by `da`.
Eigen::VectorXd wave_vector_change(const Eigen::MatrixXd& a, const Eigen::MatrixXd& da, const Eigen::VectorXd& phases);

/// ∂Q, ∂C, ∂D and ∂χ of a reduction, one of each for each parameter (docs/theory.md, section 10).
///
/// What is held fixed: P, the order, and which memberships are zero. The crispest χ = W_S A is a corner of the polytope
/// of memberships, given by P(P − 1) of them that vanish; as the slow subspace turns, A follows so that they stay zero.
/// Where more vanish than that (by symmetry, say) and a parameter would have some leave zero, χ has a kink: `kink` is
/// then set, and A follows all the zeros in the least-squares sense. Without memberships (an empty χ, A = 1) the
/// equation is that of the slow modes themselves, W_S in place of χ.
struct ReductionDerivatives {
  std::vector<Coefficients> coefficients;  ///< J
  std::vector<Eigen::MatrixXd> chi;        ///< J times (M, P)
  bool kink = false;
};
ReductionDerivatives reduction_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                           const Reduction& reduction);

/// The same for a large network, of a reduction by sparse_reduce: three linear equations on the fast subspace for each
/// parameter. Throws SparseLimit.
ReductionDerivatives sparse_reduction_derivatives(const SparseSpectrum& spectrum, Gauge gauge,
                                                  const NetworkDerivatives& network, const Reduction& reduction);

/// ∂L of a reduction that is right to `resolution_error` down to a finite L > 1, and the total derivatives of the edges
/// of its gap, which is taken over |k·a|_∞ ≤ π/L: at fixed L the derivatives of the bands where the edges lie, and
/// where that is the end of the range, the slope of the band times ∂L.
///
/// L is where the relative error of the worst band in the worst direction, f(k, θ), reaches its bound: ∂k =
/// −∂f/(∂f/∂k). L itself is found on a ladder of steps of 1 %; the derivative is taken where the error is exactly the
/// bound.
struct ResolutionDerivatives {
  Eigen::RowVectorXd resolution;    ///< (J) cells; zero where L is the whole zone, or infinite
  Eigen::RowVectorXd below, above;  ///< (J) of Reduction::gap, 1/s
};
ResolutionDerivatives resolution_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                             const Reduction& reduction, const ReductionDerivatives& changes);

}  // namespace rdd
