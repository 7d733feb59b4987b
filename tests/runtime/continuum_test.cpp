#include "runtime/reduction/continuum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("a line in three dimensions diffuses along its own axis") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::Vector3d(1, 2, 2);
  parts.states = {"kink"};
  parts.hops = {{0, 0, {1}, 4, 0}, {0, 0, {-1}, 1, 0}};
  const RateNetwork network = make_network(parts);
  const ContinuumPde pde = continuum(reduce(BlochOperator(network), 1, {}), network);
  CHECK(pde.dimension == 1);
  CHECK((pde.frame - Eigen::Vector3d(1, 2, 2) / 3).norm() < 1e-15);
  CHECK(pde.coefficients.drift[0](0, 0) == rdd::test::approx(-9));           // −v, 3 m at net 3/s
  CHECK(pde.coefficients.diffusion[0][0](0, 0) == rdd::test::approx(22.5));  // ½ · 9 m² · 5/s
  CHECK(pde.names == std::vector<std::string>{"kink"});
}

TEST_CASE("a plane in three dimensions: same symbol along the frame as in space") {
  NetworkParts parts = random_parts(4, {.dimension = 2, .states = 4});
  Eigen::MatrixXd vectors(3, 2);
  vectors << 1, 0.2, 0.5, 1, 0.3, -0.4;
  parts.lattice.vectors = vectors;
  const RateNetwork network = make_network(parts);
  const Reduction reduction = reduce(BlochOperator(network), 2, {});
  const ContinuumPde pde = continuum(reduction, network);
  CHECK((pde.frame.transpose() * pde.frame).isIdentity(1e-14));
  CHECK(pde.frame.col(0).dot(vectors.col(0).normalized()) == rdd::test::approx(1));
  const Eigen::Vector2d k(0.3, -0.2);
  const Eigen::VectorXd in_space = pde.frame * k;
  CHECK((symbol(pde.coefficients, k) - symbol(reduction.coefficients, in_space)).cwiseAbs().maxCoeff() < 1e-13);
  CHECK(pde.names == std::vector<std::string>{"coarse[0]", "coarse[1]"});
  CHECK(pde.resolution == rdd::test::approx(reduction.resolution * vectors.col(1).norm()));
}

TEST_CASE("Cartesian axes where the lattice fills space, and the states' own names where all are kept") {
  const RateNetwork network = random_network(3, {.dimension = 2, .states = 3});
  const Reduction reduction = reduce(BlochOperator(network), 3, {});
  const ContinuumPde pde = continuum(reduction, network);
  CHECK(pde.frame == Eigen::MatrixXd::Identity(2, 2));
  CHECK(pde.names == network.states);
  CHECK(pde.coefficients.diffusion[0][1] == reduction.coefficients.diffusion[0][1]);
}

TEST_CASE("diffusion with reaction is well posed on any grid, and round-off is no growth") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const RateNetwork network = random_network(seed, {.dimension = dimension});
    const ContinuumPde pde = continuum(reduce(BlochOperator(network), 1, {}), network);
    const WellPosedness found = well_posedness(pde, std::vector<double>(static_cast<std::size_t>(dimension), 0.01));
    CHECK(found.ok);
    CHECK(found.growth == 0);
    CHECK(found.coarsest_spacing == 0);
  }
}

TEST_CASE("negative diffusion at short waves is found, with the grid that hides it") {
  // ρ_0 and ρ_1 relax to each other at rate 1; D has an eigenvalue −0.01: growth 0.01 k² − … sets in where it beats
  // what reaction takes. With Q = [−1 1; 1 −1] and D = diag(1, −0.01) the determinant of −symbol changes sign at (1 +
  // k²)(1 − 0.01 k²) = 1, k² = 99.
  ContinuumPde pde;
  pde.dimension = 1;
  pde.components = 2;
  pde.frame = Eigen::MatrixXd::Identity(1, 1);
  pde.coefficients.reaction = (Eigen::Matrix2d() << -1, 1, 1, -1).finished();
  pde.coefficients.drift = {Eigen::Matrix2d::Zero()};
  pde.coefficients.diffusion = {{(Eigen::Matrix2d() << 1, 0, 0, -0.01).finished()}};
  const double edge = std::sqrt(99.0);
  CHECK(well_posedness(pde, {std::numbers::pi / (0.95 * edge)}).ok);
  const double fine = std::numbers::pi / (4 * edge);
  const WellPosedness found = well_posedness(pde, {fine});
  CHECK(!found.ok);
  CHECK(found.k.size() == 1);
  CHECK(std::abs(found.k(0)) == rdd::test::approx(4 * edge));
  CHECK(found.growth > 0);
  CHECK(found.coarsest_spacing == rdd::test::approx(std::numbers::pi / edge).epsilon(0.02));
}
