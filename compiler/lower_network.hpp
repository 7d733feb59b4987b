// Model -> RateNetwork: the rates' expressions become numbers at one point of the parameters.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Weights π_i = g_i exp(S_i/kB) exp(−E_i/kT), rates with their reverses by detailed balance, and the force's share of
/// the work in every rate (Eqs. 3, 5 and 7).
///
/// parameters  values in the order of Model::parameters, SI
/// returns     nullopt with diagnostics at the rates' places for rates that are negative, zero or not finite, and for a
///             network in pieces, with states that are left for ever, or without motion along a direction of its
///             lattice
std::optional<RateNetwork> lower_network(const Model& model, std::span<const double> parameters,
                                         Diagnostics& diagnostics);

/// For each transition: does it lead back where one declared before it comes from, between the same states by the
/// opposite translation? Of the force's work, the first declared direction takes the share θ, the other 1 − θ.
std::vector<bool> leads_back(const Model& model);

}  // namespace rdd
