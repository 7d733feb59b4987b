// Bands followed along a path through the zone: which eigenvalue at one wave vector goes on as which at the next.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

/// A path of wave vectors in unbroken pieces.
struct ConnectedBands {
  Spectrum spectrum;          ///< at all wave vectors
  Eigen::MatrixXi connected;  ///< (M, K): band b goes through λ(connected(b, i), i); at the beginning of each piece b
                              ///< itself
  Eigen::MatrixXd overlap;    ///< (M, K) how much of each band is that of the wave vector before, from 0 to 1
  double tolerance = 0;       ///< bands closer than this were taken for degenerate, 1/s
};

/// From each wave vector to the next, bands go where their vectors change least: the assignment with the largest sum of
/// |⟨w_m(k)|v_n(k')⟩⟨w_n(k')|v_m(k)⟩|. Bands that are degenerate at a wave vector are compared by their common
/// subspace, and leave it in the combinations that came in: crossings are followed through. An avoided crossing that is
/// narrower than the distance of the wave vectors is followed as if it were one.
///
/// phases  (n, K), the pieces one after the other
/// starts  the column at which each piece begins, ascending; the first is 0
ConnectedBands connected_bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases,
                               const std::vector<Eigen::Index>& starts);

/// For each column of `weight` (M, M) the row that it is given to, so that the sum of weights is as large as can be
/// (Kuhn and Munkres, M³).
std::vector<int> best_assignment(const Eigen::Ref<const Eigen::MatrixXd>& weight);

}  // namespace rdd
