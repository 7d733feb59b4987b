// Comparison of numbers of any size. doctest's own Approx allows ε (1 + |x|), which is ε for all the small numbers of
// SI units: 1e-9 m would equal 2e-9 m.
#pragma once

#include <doctest/doctest.h>

namespace rdd::test {

/// Equal to `value` up to a relative ε (doctest's default, or `.epsilon(…)`); zero up to an absolute one.
inline doctest::Approx approx(double value) {
  return doctest::Approx(value).scale(value == 0 ? 1 : 0);
}

}  // namespace rdd::test
