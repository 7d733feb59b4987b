// Run with RDD_ENGINE=slepc: the bands are then SLEPc's.
#include "runtime/sparse/slepc_engine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/spectrum/sparse_modes.hpp"
#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/large_network.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("SLEPc finds the slowest bands of networks with and without detailed balance, at k = 0 and away from it") {
  REQUIRE(slepc_requested());
  for (const double skew : {0.0, 0.5}) {
    const RateNetwork network = make_network(disordered({9, 8, 5}, 7, 2, skew));
    REQUIRE(network.reversible == (skew == 0));
    const SparseSpectrum sparse(network);
    const BlochOperator bloch(network);
    const double scale = network.escape.maxCoeff();
    for (const double phase : {0.0, 0.9}) {
      CAPTURE(skew);
      CAPTURE(phase);
      const Eigen::Vector3d phases(phase, -phase, 0.3 * phase);
      const Eigen::VectorXcd found = sparse.slow_bands(phases, 5), exact = bands_at(bloch, phases);
      for (Eigen::Index m = 0; m < 5; ++m) CHECK(std::abs(found(m) - exact(m)) < 1e-10 * scale);
    }
  }
}
