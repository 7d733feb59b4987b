// Regular meshes of wave vectors, reduced by symmetry, and integrals over the Brillouin zone by weights.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "runtime/spectrum/spectrum.hpp"
#include "runtime/zone/symmetry.hpp"

namespace rdd {

/// b_α with b_α·a_β = 2π δ_αβ in the span of the lattice: (m, n), columns, 1/m.
Eigen::MatrixXd reciprocal_vectors(const Lattice& lattice);
/// (2π)ⁿ over the volume of a cell (its length, its area), 1/mⁿ.
double zone_volume(const Lattice& lattice);

/// n_1 × … × n_n wave vectors Σ_α (p_α + s_α/2)/n_α b_α, p_α = 0 … n_α − 1, of which no two differ by a reciprocal
/// lattice vector.
struct Mesh {
  std::vector<int> points;
  std::vector<bool> shifted;  ///< s_α: half a step away from Γ along this axis
};
Mesh gamma_mesh(const std::vector<int>& points);    ///< Γ is one of them
Mesh shifted_mesh(const std::vector<int>& points);  ///< s_α = 1: for even n_α the mesh of Monkhorst and Pack
/// (2 p − n − 1)/2n, p = 1 … n, along each axis [MP76]: with Γ for odd n, half a step away for even n.
Mesh monkhorst_pack_mesh(const std::vector<int>& points);

/// One wave vector of each set that symmetry makes alike.
struct ReducedMesh {
  Eigen::MatrixXd phases;                ///< (n, K) k·a_α in (−π, π]
  std::vector<int> weights;              ///< (K) how many of the mesh each stands for
  std::vector<Eigen::Index> stands_for;  ///< (N) for each of the mesh, last axis fastest: its column in `phases`
  std::vector<int> points;               ///< of the whole mesh
  int operations = 1;                    ///< of wave vectors, that map the mesh onto itself
  int total() const { return static_cast<int>(stands_for.size()); }
};

/// By the rotations of a network, and by λ(−k) = λ(k)* if `time_reversal`. What is averaged over a mesh reduced by time
/// reversal must be the same at k and −k: real parts, or anything if the network is reversible. Rotations that do not
/// map the mesh onto itself are left out. Cost: points times operations.
ReducedMesh reduced(const Mesh& mesh, const NetworkPointGroup& group, bool time_reversal = true);
/// The whole mesh, every weight 1.
ReducedMesh unreduced(const Mesh& mesh);

/// (1/N) Σ_k w_k f_k, the mean over the zone of a function given at the wave vectors of a mesh; times the zone's
/// volume, (2π)ⁿ/cell, its integral. For functions that are analytic in k the error falls exponentially with n.
double zone_mean(const ReducedMesh& mesh, const Eigen::Ref<const Eigen::VectorXd>& values);

/// How many decay rates, per cell, lie below each of the given ones: Re λ_m(k) < rate, counted over all bands, from 0
/// to M. Linear in k between the points of the mesh: in each of its
/// cells' simplices the share below is exact [BJA94].
Eigen::VectorXd modes_below(const ReducedMesh& mesh, const Spectrum& spectrum,
                            const Eigen::Ref<const Eigen::VectorXd>& rates);

}  // namespace rdd
