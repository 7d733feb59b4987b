#include "runtime/solve/sum.hpp"

#include <doctest/doctest.h>
#include "tests/support/approx.hpp"

TEST_CASE("a million tenths add up to a few units of round-off") {
  const double sum = rdd::pairwise_sum(0, 1000000, [](std::size_t) { return 0.1; });
  CHECK(sum == rdd::test::approx(100000.0).epsilon(1e-14));  // one after the other they are off by 1e-11
  CHECK(rdd::pairwise_sum(3, 3, [](std::size_t) { return 1.0; }) == 0);
}
