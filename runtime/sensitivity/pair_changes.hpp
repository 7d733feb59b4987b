// Derivatives of a reversible network's rates, split into what keeps detailed balance and what breaks it.
//
// With weights π⁰ whose derivatives are known (to first order any will do), a rate is flux/π⁰. Of each hop and its
// reverse, the mean of the changes of ln flux is symmetric: it changes the form Σ flux |w_j − w_i|², a sum of squares,
// and so the slow modes keep their digits. Half their difference breaks the balance; it is zero for barriers, energies
// and the temperature, and a force has it.
#pragma once

#include <Eigen/Core>
#include <map>
#include <tuple>
#include <vector>

#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

/// From a state to a state, by a cell.
using Way = std::tuple<int, int, Cell>;

/// All hops that go the same way, together.
struct WayChange {
  double rate = 0;            ///< Σ k, 1/s
  Eigen::RowVectorXd change;  ///< (J) Σ ∂k
};
/// Without hops that stay.
std::map<Way, WayChange> way_changes(const RateNetwork& network, const NetworkDerivatives& derivatives);

/// All hops between the same two states by the same cell, together.
struct PairChange {
  int from = 0, to = 0;
  Cell cell{};
  double rate = 0;
  double rate_back = 0;
  Eigen::RowVectorXd symmetric;      ///< (J) ½ ∂ ln(flux · reverse flux)
  Eigen::RowVectorXd antisymmetric;  ///< (J) ½ ∂ ln(flux / reverse flux); exactly 0 where it is round-off
};

/// Of a network in which every hop has its reverse: one for each direction, sorted; hops that stay are left out.
std::vector<PairChange> pair_changes(const RateNetwork& network, const NetworkDerivatives& derivatives);

}  // namespace rdd
