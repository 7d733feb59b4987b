// Bands of large reversible networks away from k = 0, with nothing but the group inverse at k = 0.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "runtime/network/rate_network.hpp"
#include "runtime/sparse/group_inverse.hpp"

namespace rdd {

/// The slowest bands at wave vectors one after another, by block Davidson iteration.
///
/// A wave u(x_n, i) = e^{i k·(n + h_i)} y_i decays with the Rayleigh quotient
///     Σ c_ij |e^{i k·(d + h_i − h_j)} y_i − y_j|² / Σ π_i |y_i|²,   c_ij = π_j q_ij, a sum over the pairs of hops j →
///     i
/// to the cell at d, whatever the numbers h_i. With the harmonic coordinates, those h (in cells) that make Σ c_ij |d +
/// h_i − h_j|² least, the twist is spread over the bonds that resist it least: y then changes little with k, the slow
/// modes at k = 0 are nearly those at k, and the inverse at k = 0 is nearly that at k. Each step applies it to the
/// residuals of the slowest approximations. Sums are of positive terms as at k = 0: nothing of the fast rates'
/// round-off enters the slow bands.
class TwistedBands {
 public:
  /// `slow` (M, m): left vectors of the slowest modes at k = 0, the first of them constant. The network (reversible)
  /// and the inverse must outlive it.
  TwistedBands(const RateNetwork& network, const GroupInverse& inverse, Eigen::MatrixXd slow);

  struct Bands {
    Eigen::VectorXd lambda;  ///< (count) ascending, 1/s
    Eigen::MatrixXcd left;   ///< (M, count) left eigenvectors w_i = e^{i k·h_i} y_i, Σ π_i |w_i|² = 1
  };
  /// The `count` slowest bands at these phases k·a_α (n), λ to relative errors of about `tolerance` and w to its root;
  /// nothing if the iteration does not converge. It starts with the modes at k = 0 and those of the wave vector asked
  /// for before.
  std::optional<Bands> slow_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count, double tolerance = 1e-9);

 private:
  struct Bond {
    int from, to;
    Cell d;       ///< to the cell of `to`
    double flux;  ///< c, halved where from = to, as such a pair stands here twice
  };
  /// Σ_j c_ij (y_i − e^{−iψ} y_j), the derivative of the form by the conjugate of y_i; ψ = k·(d + h_i − h_j), (M, …)
  Eigen::MatrixXcd currents(const Eigen::Ref<const Eigen::MatrixXcd>& y, const Eigen::VectorXcd& twist) const;
  /// e^{iψ} for each bond.
  Eigen::VectorXcd twist(const Eigen::Ref<const Eigen::VectorXd>& phases) const;

  const GroupInverse& inverse_;
  std::vector<Bond> bonds_;
  Eigen::MatrixXd harmonic_;  ///< h (M, n), cells
  Eigen::MatrixXd slow_;
  Eigen::MatrixXd unlike_;   ///< (M, …) smooth vectors without a pattern, in which every band has a part
  Eigen::MatrixXcd before_;  ///< (M, …) the slowest y of the last wave vector
};

}  // namespace rdd
