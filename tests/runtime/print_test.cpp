#include "runtime/print.hpp"

#include <doctest/doctest.h>

#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {
RateNetwork row() {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 0.5);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 2.0 / 3, 0}, {0, 0, {-1}, 2.0 / 3, 0}};
  return make_network(parts);
}
}  // namespace

TEST_CASE("a network as text") {
  CHECK(text(row()) ==
        "network: 1 states, 2 hops, 1 dimensions in 1\n"
        "reversible: yes\n"
        "a_1, m: 0.5\n"
        "state A: log weight 0, escape 1.33333333333 1/s\n"
        "Q([-1]), 1/s\n"
        "  A <- A: 0.666666666667\n"
        "Q([1]), 1/s\n"
        "  A <- A: 0.666666666667\n");
}

TEST_CASE("a spectrum as text") {
  CHECK(text(bands(BlochOperator(row()), Eigen::MatrixXd::Constant(1, 1, 3.141592653589793))) ==
        "spectrum: 1 bands at 1 wave vectors, Hermitian\n"
        "fastest rate, 1/s: 1.33333333333\n"
        "phases: lambda, 1/s\n"
        "  3.14159265359: 2.66666666667\n");
}

TEST_CASE("a reduced equation as text") {
  const RateNetwork network = row();
  ContinuumPde pde = continuum(reduce(BlochOperator(network), 1, {}), network);
  pde.resolution = 4;
  CHECK(text(pde) ==
        "reduced equation: 1 components in 1 dimensions\n"
        "components: A\n"
        "resolution, m: 4\n"
        "frame (Cartesian by axes)\n"
        "  1\n"
        "reaction Q, 1/s\n"
        "  0\n"
        "drift C_x, m/s\n"
        "  0\n"
        "diffusion D_xx, m^2/s\n"
        "  0.166666666667\n");
}

TEST_CASE("a reduction as text says the same twice") {
  const BlochOperator bloch(random_network(2, {.dimension = 2, .states = 4, .reversible = false}));
  const std::string once = text(reduce(bloch, 1, {}));
  CHECK(once == text(reduce(bloch, 1, {})));
  CHECK(once.find("diffusion D_xy") != std::string::npos);
  CHECK(once.find("initial slip along y") != std::string::npos);
}
