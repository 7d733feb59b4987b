#include "runtime/solve/output_times.hpp"

#include <doctest/doctest.h>

#include "runtime/expects.hpp"
#include "tests/support/approx.hpp"

using rdd::OutputTimes;

TEST_CASE("outputs fall on products of `every`, and on the end exactly") {
  const OutputTimes times(1.0, 0.1);
  REQUIRE(times.intervals() == 10);
  for (long j = 0; j < 10; ++j) CHECK(times.at(j) == static_cast<double>(j) * 0.1);
  CHECK(times.at(10) == 1.0);
  for (long j = 1; j <= 10; ++j) CHECK(times.length(j) == 0.1);
}

TEST_CASE("an end between two multiples gets a shorter last interval") {
  const OutputTimes times(1.0, 0.3);
  REQUIRE(times.intervals() == 4);
  CHECK(times.at(3) == 3 * 0.3);
  CHECK(times.at(4) == 1.0);
  CHECK(times.length(3) == 0.3);
  CHECK(times.length(4) == rdd::test::approx(0.1));
}

TEST_CASE("an end that misses a multiple by round-off adds no interval") {
  CHECK(OutputTimes(40e-9, 1e-9).intervals() == 40);
  CHECK(OutputTimes(0.3, 0.1).intervals() == 3);  // 0.3 / 0.1 = 2.9999999999999996
  CHECK(OutputTimes(1 + 1e-14, 0.25).intervals() == 4);
}

TEST_CASE("without `every`, or with one beyond the end, there are two outputs") {
  for (const double every : {0.0, 2.0, 7.0}) {
    CAPTURE(every);
    const OutputTimes times(2.0, every);
    CHECK(times.intervals() == 1);
    CHECK(times.at(0) == 0);
    CHECK(times.at(1) == 2.0);
    CHECK(times.length(1) == 2.0);
  }
  CHECK_THROWS_AS(OutputTimes(0, 1), rdd::InternalError);
  CHECK_THROWS_AS(OutputTimes(1, -1), rdd::InternalError);
}
