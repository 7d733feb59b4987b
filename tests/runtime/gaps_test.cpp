#include "runtime/spectrum/gaps.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("the widest gap of the paper's third example lies above two bands") {
  const auto found = gaps(bands(BlochOperator(paper_network("fig1c")), uniform_grid({21, 21})));
  REQUIRE(!found.empty());
  CHECK(found.front().P == 2);
  CHECK(found.front().below == rdd::test::approx(1.1751897557994109).epsilon(1e-12));
  CHECK(found.front().above == rdd::test::approx(5.767).epsilon(1e-3));
  CHECK(found.front().ratio == rdd::test::approx(found.front().above / found.front().below));
  CHECK(found.front().tau == rdd::test::approx(1 / std::sqrt(found.front().below * found.front().above)));
  CHECK(found.front().L == 1);
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i].ratio <= found[i - 1].ratio);
}

TEST_CASE("overlapping bands have no gap") {
  // The two slowest bands overlap in 0.14 … 1.03, so P = 1 is no candidate over the whole zone.
  for (const GapCandidate& gap : gaps(bands(BlochOperator(paper_network("fig1c")), uniform_grid({11, 11})))) {
    CHECK(gap.P != 1);
    CHECK(gap.above > gap.below);
  }
}

TEST_CASE("long waves: the slow edge falls, the fast one rises, so gaps grow with the cut-off") {
  const BlochOperator bloch(random_network(4, {.states = 5}));
  const std::vector<double> cutoffs = default_cutoffs();
  CHECK(cutoffs.size() == 13);
  CHECK(cutoffs[2] == rdd::test::approx(2));
  CHECK(cutoffs.back() == rdd::test::approx(64));
  const auto table = long_wave_gaps(bloch, cutoffs);
  REQUIRE(table.size() == 4 * cutoffs.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    CHECK(table[i].P == 1 + static_cast<int>(i / cutoffs.size()));
    CHECK(table[i].L == cutoffs[i % cutoffs.size()]);
    if (i % cutoffs.size() == 0) continue;
    CHECK(table[i].below <= table[i - 1].below);
    CHECK(table[i].above >= table[i - 1].above);
  }
  // P = 1 at L = 64: below is D (π/64)², far less than the second band.
  CHECK(table[cutoffs.size() - 1].ratio > 100);
}
