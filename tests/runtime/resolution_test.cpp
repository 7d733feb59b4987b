#include "runtime/reduction/resolution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/dense.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("one state on a row: D k^2 against 2 D (1 - cos k) leaves one percent at the cut-off of the series") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.5e-10);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 1e12, 0}, {0, 0, {-1}, 1e12, 0}};
  const Reduction found = reduce(BlochOperator(make_network(parts)), 1, {.error = 1e-2});
  // k²/(2 (1 − cos k)) = 1.01 has its root at k = 0.34499…, by k²/12 + 7 k⁴/… to be solved: bisection here
  double low = 0.1, high = 1;
  while (high - low > 1e-12) {
    const double k = (low + high) / 2;
    (k * k / (2 * (1 - std::cos(k))) > 1.01 ? high : low) = k;
  }
  CHECK(found.resolution == rdd::test::approx(std::numbers::pi / low).epsilon(0.02));
  CHECK(found.resolution >= std::numbers::pi / low);
}

TEST_CASE("within its resolution every kept band is right to the error asked for") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .reversible = seed % 2 == 0}));
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (int P = 1; P <= 2; ++P) {
      if (splits_pair(lambda, P)) continue;
      CAPTURE(P);
      const Reduction found = reduce(bloch, P, {.error = 0.02});
      if (!std::isfinite(found.resolution)) continue;
      CHECK(found.resolution >= 1);
      std::mt19937_64 engine(seed);
      for (int sample = 0; sample < 20; ++sample) {
        const Eigen::VectorXd phases = random_phases(engine, dimension) / found.resolution;
        const Eigen::VectorXcd exact = bands_at(bloch, phases);
        const Eigen::VectorXcd reduced =
            eigenvalues(Eigen::MatrixXcd(-symbol(found.coefficients, bloch.wave_vector(phases))));
        for (int m = 0; m < P; ++m) {
          // directions between those sampled may be a little worse
          CHECK((reduced.array() - exact(m)).abs().minCoeff() <=
                1.25 * 0.02 * std::abs(exact(m)) + 1e-12 * bloch.network().escape.maxCoeff());
        }
      }
    }
  }
}

TEST_CASE("order 2 resolves shorter waves than order 1 where hops are correlated") {
  const nlohmann::json model = read_json("networks/correlated.json").at("models").at("hard_rev_M8_P2");
  const BlochOperator bloch(block_network(model.at("Q")));
  CHECK(reduce(bloch, 2, {.order = 2}).resolution < 0.5 * reduce(bloch, 2, {.order = 1}).resolution);
}

TEST_CASE("the gap within a cut-off: below rises and above falls with shorter waves") {
  const BlochOperator bloch(paper_network("fig1c"));
  SampledBands exact(bloch);
  const GapCandidate longer = gap_within(exact, 2, 8), shorter = gap_within(exact, 2, 1);
  CHECK(longer.below <= shorter.below);
  CHECK(longer.above >= shorter.above);
  CHECK(shorter.below == rdd::test::approx(1.1751897557994109).epsilon(1e-12));
  CHECK(longer.ratio == rdd::test::approx(longer.above / longer.below));
  CHECK(std::isinf(gap_within(exact, 10, 1).ratio));
}
