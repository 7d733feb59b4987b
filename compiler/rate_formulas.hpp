// The formulas between the expressions of a model and the numbers of its network (docs/theory.md, section 1), once for
// plain numbers (lower_network) and for numbers that carry their derivatives (lower_derivatives).
#pragma once

#include <cmath>

#include "lang/model.hpp"

namespace rdd {

inline constexpr double boltzmann = 1.380649e-23;  // J/K, exact by definition of the kelvin

/// log π_i = log g_i + S_i/kB − E_i/kT, or the logarithm of a declared weight. `value`: Expr -> Number.
template <class Number, class Value>
Number log_weight(const ModelState& state, const Number& kT, const Value& value) {
  using std::log;
  Number result(0.0);
  if (state.weight) result = log(value(state.weight));
  if (state.degeneracy) result = result + log(value(state.degeneracy));
  if (state.entropy) result = result + value(state.entropy) / Number(boltzmann);
  if (state.energy) result = result - value(state.energy) / kT;
  return result;
}

/// A move Δ multiplies its rate by exp(+θβf·Δ), its reverse by exp(−(1−θ)βf·Δ)   (Eq. 7 has θ = ½): the logarithm of
/// the first factor. `work`: βf·Δ.
template <class Number>
Number forward_tilt(const Number& split, const Number& work) {
  return split * work;
}
/// Of a rate that is declared on its own as the reverse of another one (leads_back): displacement and work are its own.
template <class Number>
Number reverse_tilt(const Number& split, const Number& work) {
  return (Number(1.0) - split) * work;
}
/// The reverse of a `<->` has k_r = k_f π_from/π_to without a force: log(k_r/k_f). `balance`: log(π_from/π_to).
template <class Number>
Number backward_tilt(const Number& balance, const Number& split, const Number& work) {
  return balance - (Number(1.0) - split) * work;
}

}  // namespace rdd
