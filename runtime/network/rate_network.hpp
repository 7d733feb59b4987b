// RateNetwork: the hopping network at one point of its parameters, as numbers.
//
// The one convention, quoted everywhere (docs/theory.md, section 1): dp(x)/dt = [Q(0) − R] p(x) + Σ_d Q(d) p(x + d)
// (Eq. 1). Column j, row i: Q(d)_ij is the rate from state j in the cell x + d to state i in the cell x; columns of Σ_d
// Q(d) − R sum to zero. A hop that moves the defect by +t therefore stands in Q(−t).
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rdd {

/// n primitive vectors in m Cartesian dimensions.
struct Lattice {
  Eigen::MatrixXd vectors;  ///< (m, n), columns a_α, m
  int dimension() const { return static_cast<int>(vectors.cols()); }
  int embedding() const { return static_cast<int>(vectors.rows()); }
};

using Cell = std::array<int, 3>;  ///< in units of the primitive vectors; unused entries are 0

/// One way of leaving a state: from `from` to `to` in the cell displaced by `cell`.
struct Hop {
  int from = 0;
  int to = 0;
  Cell cell{};
  double rate = 0;  ///< 1/s, > 0, with the force included
  int origin = -1;  ///< index of the declaration it came from (Model::transitions); the reverse of a `<->` shares it
};

/// Q(d) of one d.
struct HopBlock {
  Cell d{};                           ///< −(displacement of the defect)
  Eigen::SparseMatrix<double> rates;  ///< (M, M), 1/s
};

struct RateNetwork {
  Lattice lattice;
  std::vector<std::string> states;           ///< M names
  std::optional<Eigen::MatrixXd> positions;  ///< (m, M) Cartesian, m; nothing where the model gives none
  std::vector<Hop> hops;                     ///< in the order of declaration
  Eigen::VectorXd log_weights;   ///< (M) log π, normalised: Σ π = 1. Where the network is not reversible: the
                                 ///< stationary distribution of Σ_d Q(d) − R
  bool reversible = false;       ///< detailed balance Q(d) Π = Π Q(−d)ᵀ holds (Eq. 3)
  std::vector<HopBlock> blocks;  ///< sorted by d; made from the hops
  Eigen::VectorXd escape;        ///< (M) R_jj, the total rate out of each state, 1/s (Eq. 2)

  int size() const { return static_cast<int>(states.size()); }
};

/// The block of this d, or nullptr.
const HopBlock* find_block(const RateNetwork& network, const Cell& d);

/// What `make_network` needs to know.
struct NetworkParts {
  Lattice lattice;
  std::vector<std::string> states;
  std::optional<Eigen::MatrixXd> positions;
  std::vector<Hop> hops;
  std::optional<Eigen::VectorXd> log_weights;  ///< declared weights (any common factor), if any
};

/// Builds the blocks, finds whether detailed balance holds and, where no weights are declared or they do not balance
/// the rates, the stationary distribution (GTH elimination: no subtractions, every component to nearly full relative
/// accuracy). Declared weights are kept where they balance the rates to 1e-9 in log(forward flux / backward flux) of
/// every hop. A hop from a state to itself in the same cell changes nothing and is left out of blocks and escape rates.
/// Throws InternalError for non-finite or non-positive rates, indices out of range, and (where a stationary
/// distribution is needed) a network that is not strongly connected: check those first.
RateNetwork make_network(NetworkParts parts);

/// Is the periodic graph in one piece, and does motion span the lattice? (Both follow the hops in their direction.)
struct Connectivity {
  std::vector<std::vector<int>> pieces;       ///< strongly connected components of the cell's states, by lowest state
  std::optional<std::vector<int>> transient;  ///< states that are left for ever, if any
  /// A dual vector h (lattice coordinates): no cycle t moves along it, h·t = 0.
  std::optional<std::array<std::int64_t, 3>> frozen;
  /// Cells per cell of the lattice of all cycle displacements: 1 if every cell can be reached; s > 1: the periodic
  /// network consists of s copies that never meet; 0 if frozen. The largest number there is stands for larger ones.
  std::int64_t sublattice_index = 1;
  bool ok() const { return pieces.size() == 1 && !frozen && sublattice_index == 1; }
};
Connectivity connectivity(int states, int dimension, const std::vector<Hop>& hops);

/// The cycle that breaks detailed balance (Kolmogorov's condition), a shortest one: hop indices in order, and its
/// affinity Σ log(k⁺/k⁻) > 0; infinite where a hop has no reverse. Cycles close modulo the lattice: a drift along a row
/// is one. nullopt where detailed balance holds to `tolerance` (in the affinity).
struct BrokenCycle {
  std::vector<int> hops;
  double affinity = 0;
};
std::optional<BrokenCycle> broken_cycle(const RateNetwork& network, double tolerance = 1e-9);

/// Stationary distribution of a generator whose columns sum to zero, given by its off-diagonal rates (i ← j), as
/// logarithms. GTH elimination (Grassmann, Taksar & Heyman 1985), dense: M³/3 products. The diagonal of `rates` is not
/// read. Throws InternalError unless the states form one strongly connected piece.
Eigen::VectorXd log_stationary(const Eigen::Ref<const Eigen::MatrixXd>& rates);

}  // namespace rdd
