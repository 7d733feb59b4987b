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

TEST_CASE("the gap at a time scale has its edges on both sides of 1/tau, and the bands that cross it are counted") {
  // Two states, λ = s ± √(…): with k1 = 10 in the cell and k2 = 1 between cells the bands are 0 … 2 and 20 … 22.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, 10, 0}, {1, 0, {0}, 10, 0}, {1, 0, {1}, 1, 1}, {0, 1, {-1}, 1, 1}};
  const Spectrum spectrum = bands(BlochOperator(make_network(parts)), uniform_grid({41}));
  const GapAtTau found = gap_at(spectrum, 0.1);
  CHECK(found.clean());
  CHECK(found.most_below == 1);
  CHECK(found.below == rdd::test::approx(2).epsilon(1e-12));
  CHECK(found.above == rdd::test::approx(20).epsilon(1e-12));
  CHECK(found.width == rdd::test::approx(18).epsilon(1e-12));
  CHECK(found.ratio == rdd::test::approx(10).epsilon(1e-12));
  CHECK(std::abs(found.k_below(0)) == rdd::test::approx(3.141592653589793));
  CHECK(std::abs(found.k_above(0)) == rdd::test::approx(3.141592653589793));
  // 1/τ = 1 lies inside the lower band: at k = 0 one λ is below, at the zone's edge none.
  const GapAtTau inside = gap_at(spectrum, 1);
  CHECK(!inside.clean());
  CHECK(inside.least_below == 0);
  CHECK(inside.most_below == 1);
  CHECK(inside.below < 1);
  CHECK(inside.above >= 1);
  // slower than everything, faster than everything
  CHECK(gap_at(spectrum, 1e6).below < 1e-6);
  const GapAtTau none = gap_at(spectrum, 1e-3);
  CHECK(std::isinf(none.above));
  CHECK(none.k_above.size() == 0);
  CHECK(none.least_below == 2);
}

TEST_CASE("the gap at a time scale agrees with the list of gaps where no band crosses, for random networks") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const Spectrum spectrum =
        bands(BlochOperator(random_network(seed, {.dimension = 2, .states = 7, .reversible = seed % 2 == 0})),
              uniform_grid({9, 9}));
    for (const GapCandidate& gap : gaps(spectrum)) {
      const GapAtTau at = gap_at(spectrum, gap.tau);
      CHECK(at.clean());
      CHECK(at.least_below == gap.P);
      CHECK(at.below == gap.below);
      CHECK(at.above == gap.above);
    }
    // brute force for an arbitrary τ
    const double tau = 2.0;
    double above = 1e300, below = -1e300;
    for (const std::complex<double> lambda : spectrum.lambda.reshaped()) {
      (lambda.real() < 1 / tau ? below : above) =
          lambda.real() < 1 / tau ? std::max(below, lambda.real()) : std::min(above, lambda.real());
    }
    CHECK(gap_at(spectrum, tau).width == above - below);
  }
}
