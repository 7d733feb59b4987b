// Sums in one fixed order: halves of halves, so that the round-off grows with the logarithm of the length, and the same
// bytes for the same numbers whoever adds them.
#pragma once

#include <cstddef>
#include <type_traits>

namespace rdd {

/// Σ term(i) for first ≤ i < last; terms are numbers or something made of them, zero where it is empty.
template <class Term>
auto pairwise_sum(std::size_t first, std::size_t last, const Term& term) -> std::decay_t<decltype(term(first))> {
  constexpr std::size_t run = 64;  // short enough for its round-off, long enough to make the recursion free
  if (last - first <= run) {
    std::decay_t<decltype(term(first))> sum{};
    for (std::size_t i = first; i < last; ++i) sum += term(i);
    return sum;
  }
  const std::size_t middle = first + (last - first) / 2;
  return pairwise_sum(first, middle, term) + pairwise_sum(middle, last, term);
}

}  // namespace rdd
