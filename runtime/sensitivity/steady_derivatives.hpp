// How the steady state changes with the parameters: occupations, fluxes, affinities and the entropy they produce.
#pragma once

#include "runtime/driven/steady.hpp"
#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

/// (rows, J): a row for each state, or for each of SteadyState::exchanges.
struct SteadyDerivatives {
  Eigen::MatrixXd occupation;                  ///< (M, J)
  Eigen::MatrixXd forward, backward, current;  ///< (E, J) current: of the chords, and on the tree by Kirchhoff's law
  Eigen::MatrixXd log_ratio;                   ///< (E, J) zero without a way back
  Eigen::MatrixXd entropy;                     ///< (E, J) of entropy_production; zero without a way back
};
/// `log_weights` (M, J): of the stationary distribution, as TransportDerivatives has them. The spanning tree stays what
/// it is.
SteadyDerivatives steady_derivatives(const RateNetwork& network, const SteadyState& steady,
                                     const NetworkDerivatives& derivatives, const Eigen::MatrixXd& log_weights);

struct CycleDerivatives {
  Eigen::MatrixXd affinity;  ///< (cycles, J) meaningless where the affinity is not finite
  Eigen::MatrixXd current;   ///< (cycles, J)
};
CycleDerivatives cycle_derivatives(const std::vector<Cycle>& cycles, const SteadyDerivatives& steady);

/// (n, J) of LocalBalance::work, which is found from the affinities by least squares.
Eigen::MatrixXd work_derivatives(const std::vector<Cycle>& cycles, const Eigen::MatrixXd& affinity, int dimension);

/// ∂R_jj (M, J) of the escape rates.
Eigen::MatrixXd escape_derivatives(const RateNetwork& network, const NetworkDerivatives& derivatives);

}  // namespace rdd
