#include "runtime/reduction/reduction.hpp"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/MatrixFunctions>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

/// The P slow eigenvalues of the reduced equation against the exact ones, each with its nearest, at a Cartesian k.
Eigen::VectorXcd band_differences(const BlochOperator& bloch, const Reduction& reduction, const Eigen::VectorXd& k) {
  const Eigen::VectorXcd exact = bands_at(bloch, bloch.network().lattice.vectors.transpose() * k);
  const Eigen::VectorXcd found = eigenvalues(Eigen::MatrixXcd(-symbol(reduction.coefficients, k)));
  Eigen::VectorXcd differences(reduction.P);
  for (int m = 0; m < reduction.P; ++m) {
    Eigen::Index nearest = 0;
    (found.array() - exact(m)).abs().minCoeff(&nearest);
    differences(m) = found(nearest) - exact(m);
  }
  return differences;
}

Eigen::VectorXd band_errors(const BlochOperator& bloch, const Reduction& reduction, const Eigen::VectorXd& k) {
  return band_differences(bloch, reduction, k).cwiseAbs();
}

/// Slow and fast states by weak links: two random blocks joined by hops `weakness` times slower.
RateNetwork two_blocks(std::uint64_t seed, bool reversible, int dimension, double weakness) {
  NetworkParts parts =
      random_parts(seed, {.dimension = dimension, .states = 6, .reversible = reversible, .barriers = 1});
  for (Hop& hop : parts.hops) {
    if ((hop.from < 3) != (hop.to < 3)) hop.rate *= weakness;
  }
  return make_network(parts);
}

}  // namespace

TEST_CASE("the paper's third example at order 2") {
  const BlochOperator bloch(paper_network("fig1c"));
  const nlohmann::json reference = read_json("paper/fig1c.reduced.json");
  const Reduction found = reduce(bloch, 2, {});
  // Coarse state 0 here holds s0, there s5 … s9: exchange them. Numbers are given in 1e-3 to three decimals, the last
  // of which may be off by one.
  const std::vector<int> exchanged{1, 0};
  const auto same = [&](const Eigen::MatrixXd& value, const nlohmann::json& expected) {
    return (1e3 * value(exchanged, exchanged) - matrix(expected)).cwiseAbs().maxCoeff() < 0.0015;
  };
  const auto& expected = reference.at("reduced_order2_1e-3");
  CHECK((found.groups.chi(Eigen::all, exchanged) - matrix(reference.at("chi"))).cwiseAbs().maxCoeff() < 1e-9);
  CHECK(same(found.coefficients.reaction, expected.at("Q")));
  CHECK(same(found.coefficients.drift[0], expected.at("C_x")));
  CHECK(same(found.coefficients.drift[1], expected.at("C_y")));
  CHECK(same(found.coefficients.diffusion[0][0], expected.at("D_xx")));
  CHECK(same(found.coefficients.diffusion[1][1], expected.at("D_yy")));
}

TEST_CASE("the correlated two-state reference: slow eigenvalues along lines of k, first and second order") {
  const nlohmann::json model = read_json("networks/correlated.json").at("models").at("hard_rev_M8_P2");
  const BlochOperator bloch(block_network(model.at("Q")));
  const Reduction second = reduce(bloch, 2, {.order = 2}), first = reduce(bloch, 2, {.order = 1});
  for (const nlohmann::json& point : model.at("scan")) {
    const double k = point.at("k").get<double>();
    CAPTURE(k);
    const Eigen::VectorXd direction = vector(point.at("dir"));
    const Eigen::VectorXcd exact = bands_at(bloch, k * direction);
    CHECK((exact.head(2).real() - vector(point.at("exact").at("re"))).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((band_errors(bloch, second, k * direction) - vector(point.at("err_D2"))).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((band_errors(bloch, first, k * direction) - vector(point.at("err_D1"))).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("the correlated references at k = 0: decay rates, coefficients in whatever basis, diffusivity and velocity") {
  const nlohmann::json models = read_json("networks/correlated.json").at("models");
  const nlohmann::json& two = models.at("hard_rev_M8_P2");
  const BlochOperator bloch(block_network(two.at("Q")));
  const Eigen::VectorXd lambda = vector(two.at("lam0"));
  const Reduction second = reduce(bloch, 2, {.order = 2}), first = reduce(bloch, 2, {.order = 1});
  CHECK((second.lambda.real() - lambda).cwiseAbs().maxCoeff() < 1e-13 * lambda(7));
  // The reference uses another basis of the slow modes: its symbol is similar to ours, with the same eigenvalues.
  for (const auto& [ours, key] : {std::pair(&second, "D_second"), std::pair(&first, "D_first")}) {
    CAPTURE(key);
    Coefficients theirs;
    theirs.reaction = matrix(two.at("QP"));
    for (std::size_t a = 0; a < 2; ++a) {
      theirs.drift.push_back(matrix(two.at("C").at(a)));
      theirs.diffusion.emplace_back();
      for (std::size_t b = 0; b < 2; ++b) theirs.diffusion[a].push_back(matrix(two.at(key).at(a).at(b)));
    }
    for (const Eigen::Vector2d& k : {Eigen::Vector2d(0.1, 0), Eigen::Vector2d(-0.4, 0.7), Eigen::Vector2d(1.3, 0.9)}) {
      const Eigen::VectorXcd a = eigenvalues(Eigen::MatrixXcd(symbol(ours->coefficients, k)));
      const Eigen::VectorXcd b = eigenvalues(Eigen::MatrixXcd(symbol(theirs, k)));
      CHECK((a - b).cwiseAbs().maxCoeff() < 1e-12 * lambda(7));
    }
  }

  const nlohmann::json& one = models.at("hard_rev_M6_P1");
  const BlochOperator walk(block_network(one.at("Q")));
  const Transport found = transport(walk);
  const Eigen::VectorXd weights = walk.network().log_weights.array().exp();
  CHECK((weights - vector(one.at("v0"))).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((found.diffusion - matrix(one.at("D_exact"))).cwiseAbs().maxCoeff() < 1e-13);
  CHECK((found.diffusion_first_order - matrix(one.at("D_first"))).cwiseAbs().maxCoeff() < 1e-13);
  // half the Hessian of λ_0(k) by finite differences in multiprecision, which leave 3e-11
  CHECK((found.diffusion - matrix(one.at("half_hessian_mp"))).cwiseAbs().maxCoeff() < 5e-11);
  CHECK((found.velocity - vector(one.at("velocity"))).cwiseAbs().maxCoeff() < 1e-14);
  for (const char* chain : {"altchain_1.0_1.0", "altchain_1.0_10.0", "altchain_10.0_1.0", "altchain_0.01_3.0"}) {
    CAPTURE(chain);
    const Transport exact = transport(BlochOperator(block_network(models.at(chain).at("Q"))));
    CHECK(exact.diffusion(0, 0) == rdd::test::approx(models.at(chain).at("D_exact").get<double>()).epsilon(1e-14));
    CHECK(exact.diffusion_first_order(0, 0) ==
          rdd::test::approx(models.at(chain).at("D_first").get<double>()).epsilon(1e-14));
  }
}

TEST_CASE("order 2 is exact to k^2: errors fall as k^4 with detailed balance and k^3 without") {
  int looked_at = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const bool reversible = seed % 2 == 0;
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(two_blocks(seed, reversible, dimension, 0.02));
    Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (const int P : {1, 2, 3}) {
      if (splits_pair(lambda, P) || lambda(P).real() < 1.5 * lambda(P - 1).real() + 0.1) continue;
      CAPTURE(P);
      const Reduction reduction = reduce(bloch, P, {});
      std::mt19937_64 engine(seed);
      const Eigen::VectorXd direction = random_phases(engine, dimension).normalized();
      // With detailed balance the exact bands are real; the reduced symbol is not quite symmetric, and its eigenvalues
      // have imaginary parts of order k³ for P > 1. The decay rates themselves are right to k⁴.
      const auto error = [&](double k) {
        const Eigen::VectorXcd differences = band_differences(bloch, reduction, k * direction);
        return reversible ? differences.real().cwiseAbs().sum() : differences.cwiseAbs().sum();
      };
      const double k = reversible ? 0.05 : 0.0125;
      if (error(k / 2) < 1e-11) continue;  // nothing but round-off left
      ++looked_at;
      CHECK(std::log2(error(k) / error(k / 2)) >= (reversible ? 3.8 : 2.8));
      const Reduction paper = reduce(bloch, P, {.order = 1});
      if (reversible) CHECK(band_errors(bloch, paper, k / 2 * direction).sum() > error(k / 2));
    }
  }
  CHECK(looked_at > 50);
}

TEST_CASE(
    "log-log: errors of the slow decay rates fall with slope 4 with detailed balance, with slope 3 under any force") {
  const double sizes[] = {0, 1, 4, 10};  // of the work per cell, in kT
  int fitted[] = {0, 0, 0, 0};
  for (std::uint64_t seed = 0; seed < 160; ++seed) {
    const double size = sizes[seed % 4];
    const bool reversible = size == 0;
    const int dimension = 1 + static_cast<int>(seed / 4 % 3);
    NetworkParts parts = random_parts(
        seed, {.dimension = dimension, .states = 6, .barriers = 1, .force = size * Eigen::Vector3d(1, -0.5, 0.7)});
    for (Hop& hop : parts.hops) {
      if ((hop.from < 3) != (hop.to < 3)) hop.rate *= 0.02;
    }
    const BlochOperator bloch(make_network(parts));
    CHECK(bloch.reversible() == reversible);
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (const int P : {1, 2}) {
      CAPTURE(seed);
      CAPTURE(P);
      if (splits_pair(lambda, P) || lambda(P).real() < 2 * lambda(P - 1).real()) continue;
      const Reduction reduction = reduce_unresolved(bloch, P, {});
      std::mt19937_64 engine(seed);
      const Eigen::VectorXd direction = random_phases(engine, dimension).normalized();
      // Least squares through log(error) over log(k), half octaves. With detailed balance the decay rates are the real
      // parts; the symbol is not quite symmetric, and its eigenvalues have imaginary parts of order k³ for P > 1.
      const double fastest = bloch.network().escape.maxCoeff(), slow = lambda(P).real();
      const double start =
          reversible ? 0.08 * std::sqrt(std::min(1.0, slow)) : 0.02 * std::min(1.0, 3 * slow / fastest);
      double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
      bool clean = true;
      for (int i = 0; i < 7; ++i) {
        const double k = start * std::exp2(-0.5 * i);
        const Eigen::VectorXcd differences = band_differences(bloch, reduction, k * direction);
        const double error = reversible ? differences.real().cwiseAbs().maxCoeff() : differences.cwiseAbs().maxCoeff();
        clean = clean && error > 1e-12 * fastest;  // above round-off
        const double x = std::log(k), y = std::log(error);
        n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
      }
      if (!clean) continue;
      const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
      ++fitted[seed % 4];
      CHECK(slope == rdd::test::approx(reversible ? 4 : 3).epsilon(0.06));
    }
  }
  for (const int count : fitted) CHECK(count > 5);
}

TEST_CASE("order 2 holds for a complex pair of slow modes") {
  const nlohmann::json model = read_json("clustering/gpcca.json").at(1);
  const BlochOperator bloch(block_network(model.at("Q")));
  const Reduction reduction = reduce(bloch, 3, {});
  CHECK(reduction.lambda(1).imag() != 0);
  const Eigen::Vector2d direction(0.6, 0.8);
  const auto error = [&](double k) { return band_errors(bloch, reduction, k * direction).sum(); };
  CHECK(std::log2(error(0.002) / error(0.001)) >= 2.8);
}

TEST_CASE("columns of the reaction matrix sum to zero, the projection keeps probability, and P = 1 reacts not at all") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(two_blocks(seed, seed % 2 == 0, 2, 0.05));
    for (int P = 1; P <= 6; ++P) {
      CAPTURE(P);
      if (splits_pair(modes_at_zero(bloch, 1).lambda, P)) continue;
      const Reduction found = reduce(bloch, P, {});
      const double scale = bloch.network().escape.maxCoeff();
      CHECK(found.coefficients.reaction.colwise().sum().cwiseAbs().maxCoeff() < 1e-15 * scale);
      CHECK((found.projection.colwise().sum().array() - 1).abs().maxCoeff() < 1e-12);
      CHECK((found.lift.colwise().sum().array() - 1).abs().maxCoeff() < 1e-12);
      CHECK((found.projection * found.lift).isIdentity(1e-10));
      REQUIRE(found.slip.size() == 2);
      for (const Eigen::MatrixXd& slip : found.slip) CHECK((slip * found.lift).cwiseAbs().maxCoeff() < 1e-9);
      if (P == 1) CHECK(found.coefficients.reaction.isZero(0));
      const Eigen::VectorXcd slow = eigenvalues(Eigen::MatrixXd(-found.coefficients.reaction));
      CHECK((slow - found.lambda.head(P)).cwiseAbs().maxCoeff() < 1e-10 * scale);
    }
  }
}

TEST_CASE("P = M is the continuum equation of the network itself") {
  for (const bool reversible : {true, false}) {
    const BlochOperator bloch(random_network(8, {.dimension = 2, .states = 4, .reversible = reversible}));
    const Reduction found = reduce(bloch, 4, {});
    CHECK(found.groups.chi == Eigen::MatrixXd::Identity(4, 4));
    CHECK((found.coefficients.reaction - bloch.at_zero()).cwiseAbs().maxCoeff() <
          1e-15 * bloch.network().escape.maxCoeff());
    for (int a = 0; a < 2; ++a) {
      CHECK(found.coefficients.drift[static_cast<std::size_t>(a)] == bloch.first_moment(a));
      for (int b = 0; b < 2; ++b) {
        CHECK(found.coefficients.diffusion[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] ==
              0.5 * bloch.second_moment(a, b));
      }
    }
    CHECK(std::isinf(found.gap.ratio));
  }
}

TEST_CASE("one coarse state has the exact diffusivity and drift of the network") {
  const BlochOperator bloch(random_network(2, {.dimension = 3, .states = 5, .reversible = false}));
  const Transport exact = transport(bloch);
  const Reduction second = reduce(bloch, 1, {}), first = reduce(bloch, 1, {.order = 1});
  for (std::size_t a = 0; a < 3; ++a) {
    CHECK(second.coefficients.drift[a](0, 0) == -exact.velocity(static_cast<Eigen::Index>(a)));
    for (std::size_t b = 0; b < 3; ++b) {
      const auto i = static_cast<Eigen::Index>(a), j = static_cast<Eigen::Index>(b);
      CHECK(second.coefficients.diffusion[a][b](0, 0) == exact.diffusion(i, j));
      CHECK(first.coefficients.diffusion[a][b](0, 0) == exact.diffusion_first_order(i, j));
    }
  }
}

TEST_CASE("the late density: its error falls as k^2 with the initial slip, as k without") {
  const std::complex<double> i(0, 1);
  int looked_at = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(two_blocks(seed, seed % 2 == 0, dimension, 0.02));
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd direction = random_phases(engine, dimension).normalized();
    const Eigen::VectorXcd start = Eigen::VectorXd::Unit(6, pick(engine, 6)).cast<std::complex<double>>();
    for (const int P : {1, 2}) {
      CAPTURE(P);
      if (splits_pair(lambda, P) || lambda(P).real() < 1.5 * lambda(P - 1).real() + 0.02) continue;
      const Reduction reduction = reduce(bloch, P, {});
      const double time = 30 / lambda(P).real();  // e^-30 of the fast modes is left
      const auto error = [&](double k, bool with_slip) {
        const Eigen::VectorXd wave = k * direction;
        const Eigen::MatrixXcd full = (time * bloch.matrix(bloch.network().lattice.vectors.transpose() * wave)).exp();
        Eigen::MatrixXcd projection = reduction.projection.cast<std::complex<double>>();
        for (int axis = 0; axis < dimension && with_slip; ++axis) {
          projection += i * wave(axis) * reduction.slip[static_cast<std::size_t>(axis)];
        }
        const Eigen::MatrixXcd propagator = (time * symbol(reduction.coefficients, wave)).exp();
        const Eigen::VectorXcd exact = reduction.projection * (full * start);
        return (propagator * (projection * start) - exact).norm();
      };
      constexpr double k = 5e-4;
      if (error(k, true) < 1e-10) continue;  // nothing but round-off left
      ++looked_at;
      CHECK(std::log2(error(2 * k, true) / error(k, true)) > 1.8);
      CHECK(std::log2(error(2 * k, false) / error(k, false)) == rdd::test::approx(1).epsilon(0.2));
      CHECK(error(k, true) < 0.5 * error(k, false));
    }
  }
  CHECK(looked_at > 30);
}

TEST_CASE("reduced coefficients do not depend on the cell: a supercell of the third example") {
  const BlochOperator bloch(paper_network("fig1c"));
  const Reduction small = reduce(bloch, 2, {});
  NetworkParts parts;
  parts.lattice = bloch.network().lattice;
  parts.states = bloch.network().states;
  parts.hops = bloch.network().hops;
  const BlochOperator other(make_network(reworded(parts, 5)));
  const Reduction again = reduce(other, 2, {});  // the states run backwards, so the groups are exchanged
  const std::vector<int> exchanged{1, 0};
  CHECK((again.coefficients.reaction(exchanged, exchanged) - small.coefficients.reaction).cwiseAbs().maxCoeff() <
        1e-12);
  // Other cells for the states move the coarse states: D and C change, slow bands do not (to second order).
  const Eigen::Vector2d k(0.01, 0.02);
  const Eigen::VectorXcd a = eigenvalues(Eigen::MatrixXcd(-symbol(small.coefficients, k)));
  const Eigen::VectorXcd b = eigenvalues(Eigen::MatrixXcd(-symbol(again.coefficients, k)));
  CHECK((a - b).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("what cannot be reduced is refused") {
  const BlochOperator bloch(random_network(1, {.states = 3}));
  CHECK_THROWS_AS(reduce(bloch, 0, {}), InternalError);
  CHECK_THROWS_AS(reduce(bloch, 4, {}), InternalError);
  CHECK_THROWS_AS(reduce(bloch, 1, {.order = 3}), InternalError);
}
