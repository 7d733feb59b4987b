// ∂D⁰: the same sum over the hops for networks of every size.
#pragma once

#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

/// ∂D⁰ of D⁰ = ½ Σ_h π k_h Δ_h Δ_hᵀ (Eq. 35), Δ_h the displacement in the gauge, from the derivatives of the weights in
/// `result`.
void add_first_order(const RateNetwork& hops, const NetworkDerivatives& network, Gauge gauge,
                     TransportDerivatives& result);

}  // namespace rdd
