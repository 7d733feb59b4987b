#include <doctest/doctest.h>

#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("slow modes: biorthogonal, decoupled, with the exact zero mode") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, {.states = 7, .reversible = seed % 3 == 0}));
    const double scale = bloch.network().escape.maxCoeff();
    for (int slow = 1; slow <= 7; ++slow) {
      CAPTURE(slow);
      if (!bloch.reversible() && splits_pair(bands_at(bloch, Eigen::Vector2d::Zero()), slow)) {
        CHECK_THROWS_AS(modes_at_zero(bloch, slow), InternalError);
        continue;
      }
      const SlowModes modes = modes_at_zero(bloch, slow);
      CHECK((modes.left.col(0).array() == 1).all());
      CHECK(modes.right.col(0) == Eigen::VectorXd(bloch.network().log_weights.array().exp()));
      CHECK(modes.lambda(0) == 0.0);
      CHECK((modes.left.transpose() * modes.right).isIdentity(1e-10));
      const Eigen::MatrixXd full = -modes.left.transpose() * bloch.at_zero() * modes.right;
      CHECK((full - modes.block).cwiseAbs().maxCoeff() < 1e-10 * scale);
      CHECK(modes.block.row(0).isZero(0));
      CHECK(modes.block.topRightCorner(slow, 7 - slow).isZero(0));
      CHECK((modes.lambda - bands_at(bloch, Eigen::Vector2d::Zero())).cwiseAbs().maxCoeff() < 1e-11 * scale);
      CHECK(std::abs(modes.block.topLeftCorner(slow, slow).trace() - modes.lambda.head(slow).sum()) < 1e-11 * scale);
    }
  }
}

TEST_CASE("a complex pair is not to be split") {
  Eigen::VectorXcd lambda(4);
  lambda << 0.0, std::complex<double>(1, -2), std::complex<double>(1, 2), 5.0;
  CHECK(!splits_pair(lambda, 1));
  CHECK(splits_pair(lambda, 2));
  CHECK(!splits_pair(lambda, 3));
  CHECK(!splits_pair(lambda, 4));
}

TEST_CASE("left vectors of states rarer than round-off keep their digits where detailed balance holds") {
  // A – R – B with R an intermediate of weight e^-80: by symmetry w_R = 0 for the antisymmetric mode of A and B; tilted
  // rates make it (k_RA − k_RB)/(k_RA + k_RB) to lowest order in the slow rate.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "R", "B"};
  const double rare = std::exp(-80);
  parts.hops = {{0, 1, {0}, 3 * rare, 0}, {1, 0, {0}, 3, 0}, {2, 1, {0}, 1 * rare, 1},
                {1, 2, {0}, 1, 1},        {0, 0, {1}, 1, 2}, {0, 0, {-1}, 1, 2}};
  const BlochOperator bloch(make_network(parts));
  const SlowModes modes = modes_at_zero(bloch, 2);
  const double wa = modes.left(0, 1), wr = modes.left(1, 1), wb = modes.left(2, 1);
  CHECK(wa == rdd::test::approx(1).epsilon(1e-12));
  CHECK(wb == rdd::test::approx(-1).epsilon(1e-12));
  CHECK(wr == rdd::test::approx((3 * wa + wb) / 4).epsilon(1e-12));
}

TEST_CASE("slow rates 24 decades below the fastest keep their digits where detailed balance holds") {
  // The row A – B – C – D with rates f, s, f: the slow antisymmetric mode has λ² − 2 (f + s) λ + 2 f s = 0. Behind D,
  // by the still slower rate r, a fast pair E – F; its mode has λ ≈ r (1/4 + 1/2) to order r/s.
  for (const double s : {1e6, 1e-2, 1e-8}) {
    CAPTURE(s);
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
    parts.states = state_names(6);
    const double f = 1e12, r = 1e-12;
    const auto both = [&](int from, int to, double rate) {
      parts.hops.push_back({from, to, {0}, rate, 0});
      parts.hops.push_back({to, from, {0}, rate, 0});
    };
    both(0, 1, f);
    both(1, 2, s);
    both(2, 3, f);
    both(3, 4, r);
    both(4, 5, f);
    parts.hops.push_back({0, 0, {1}, f, 1});
    parts.hops.push_back({0, 0, {-1}, f, 1});
    const SlowModes modes = modes_at_zero(BlochOperator(make_network(parts)), 3);
    const double exact = 2 * f * s / (f + s + std::sqrt(f * f + s * s));
    CHECK(modes.lambda(2).real() == rdd::test::approx(exact).epsilon(r / s + 1e-12).scale(0));
    CHECK(modes.lambda(1).real() == rdd::test::approx(0.75 * r).epsilon(2 * r / s + 1e-12).scale(0));
    CHECK(modes.digits > 14);
  }
}

TEST_CASE("first-order bands of one state are exact, and all touch the exact bands at k = 0") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const bool reversible = seed % 2 == 0;
    const BlochOperator one(random_network(seed, {.states = 1, .reversible = reversible}));
    const Eigen::MatrixXd grid = uniform_grid({3, 3});
    CHECK((first_order_bands(one, grid) - bands(one, grid).lambda).cwiseAbs().maxCoeff() < 1e-13);
    const BlochOperator bloch(random_network(seed, {.states = 6, .reversible = reversible}));
    const Eigen::MatrixXd centre = Eigen::MatrixXd::Zero(2, 1);
    CHECK((first_order_bands(bloch, centre) - bands(bloch, centre).lambda).cwiseAbs().maxCoeff() < 1e-11);
  }
}

TEST_CASE("the same network gives the same bits") {
  const BlochOperator bloch(paper_network("fig1c"));
  CHECK(modes_at_zero(bloch, 2).left == modes_at_zero(bloch, 2).left);
}
