#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>

#include "runtime/reduction/reduction.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

/// theory.md, section 5: ½ 1ᵀA_αβ v₀ + sym[1ᵀA_α G A_β v₀] with the group inverse G, by dense linear algebra.
Eigen::MatrixXd by_group_inverse(const BlochOperator& bloch) {
  const int m = bloch.network().lattice.embedding();
  const Eigen::VectorXd v0 = bloch.network().log_weights.array().exp();
  const Eigen::MatrixXd projector = v0 * Eigen::RowVectorXd::Ones(bloch.size());
  const Eigen::MatrixXd inverse = (projector - bloch.at_zero()).inverse() - projector;
  Eigen::MatrixXd result(m, m);
  for (int a = 0; a < m; ++a) {
    for (int b = 0; b < m; ++b) {
      result(a, b) = 0.5 * (bloch.second_moment(a, b) * v0).sum() +
                     0.5 * (bloch.first_moment(a) * inverse * bloch.first_moment(b) * v0).sum() +
                     0.5 * (bloch.first_moment(b) * inverse * bloch.first_moment(a) * v0).sum();
    }
  }
  return result;
}

}  // namespace

TEST_CASE("a chain of alternating rates over 20 decades: D = a^2 k1 k2 / (2 (k1 + k2))") {
  const double a = 3e-10;
  for (const double k1 : {1e-8, 1e-3, 1.0, 2.7e5, 1e12}) {
    for (const double k2 : {1e-8, 1e-3, 1.0, 3.1e5, 1e12}) {
      CAPTURE(k1);
      CAPTURE(k2);
      NetworkParts parts;
      parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, a);
      parts.states = {"A", "B"};
      parts.hops = {{0, 1, {0}, k1, 0}, {1, 0, {0}, k1, 0}, {1, 0, {1}, k2, 1}, {0, 1, {-1}, k2, 1}};
      const Transport found = transport(BlochOperator(make_network(parts)));
      CHECK(found.diffusion(0, 0) == rdd::test::approx(a * a * k1 * k2 / (2 * (k1 + k2))).epsilon(1e-12).scale(0));
      CHECK(found.diffusion_first_order(0, 0) == rdd::test::approx(k2 * a * a / 2).epsilon(1e-12).scale(0));
      CHECK(found.velocity(0) == 0);
    }
  }
}

TEST_CASE("a chain of many barriers over 60 decades is a series of resistors") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    const int states = 12;
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
    parts.states = state_names(states);
    double resistance = 0, total = 0;
    Eigen::VectorXd energy(states);
    for (double& e : energy) e = 40 * uniform(engine);
    for (int i = 0; i < states; ++i) {
      const int next = (i + 1) % states;
      const int t = next == 0 ? 1 : 0;
      const double saddle = 40 + 60 * uniform(engine);
      parts.hops.push_back({i, next, {t}, std::exp(energy(i) - saddle), i});
      parts.hops.push_back({next, i, {-t}, std::exp(energy(next) - saddle), i});
      resistance += std::exp(saddle);
      total += std::exp(-energy(i));
    }
    const Transport found = transport(BlochOperator(make_network(parts)));
    CHECK(found.diffusion(0, 0) == rdd::test::approx(1 / (resistance * total)).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("a slow way out of a fast trap keeps its digits in two dimensions") {
  // X glides along x at 1e12/s, Y along y, and they turn into each other at 1e-6/s: D_xx = D_yy = ½ (½·2·1e12), no
  // more.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::Matrix2d::Identity();
  parts.states = {"X", "Y"};
  parts.hops = {{0, 0, {1, 0}, 1e12, 0},  {0, 0, {-1, 0}, 1e12, 0}, {1, 1, {0, 1}, 1e-9, 1},
                {1, 1, {0, -1}, 1e-9, 1}, {0, 1, {0, 0}, 1e-6, 2},  {1, 0, {0, 0}, 1e-6, 2}};
  const Transport found = transport(BlochOperator(make_network(parts)));
  CHECK(found.diffusion(0, 0) == rdd::test::approx(0.5e12).epsilon(1e-12));
  CHECK(found.diffusion(1, 1) == rdd::test::approx(0.5e-9).epsilon(1e-12).scale(0));
  CHECK(found.diffusion(0, 1) == 0);
}

TEST_CASE("a one-way ring of random rates: v = 1/T and D = Var(T)/(2 T^3)") {
  std::mt19937_64 engine(3);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.0);
  parts.states = state_names(5);
  double mean = 0, variance = 0;
  for (int i = 0; i < 5; ++i) {
    const double rate = std::exp(40 * uniform(engine));
    parts.hops.push_back({i, (i + 1) % 5, {i == 4 ? 1 : 0}, rate, 0});
    mean += 1 / rate;
    variance += 1 / (rate * rate);
  }
  const Transport found = transport(BlochOperator(make_network(parts)));
  CHECK(found.velocity(0) == rdd::test::approx(2 / mean).epsilon(1e-13));
  CHECK(found.diffusion(0, 0) == rdd::test::approx(4 * variance / (2 * mean * mean * mean)).epsilon(1e-12));
}

TEST_CASE("the elimination agrees with the group inverse for random networks, with and without balance") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(
        random_network(seed, {.dimension = dimension, .states = 6, .reversible = seed % 2 == 0, .positions = true}));
    const Transport found = transport(bloch);
    const double scale = found.diffusion_first_order.norm();
    CHECK((found.diffusion - by_group_inverse(bloch)).norm() < 1e-11 * scale);
    // The gauge moves the two terms against each other, not their sum, nor the drift.
    const BlochOperator placed(bloch.network(), Gauge::positions);
    CHECK((found.diffusion - by_group_inverse(placed)).norm() < 1e-11 * scale);
    CHECK((transport(placed).diffusion - found.diffusion).norm() < 1e-15 * scale);
    const Eigen::VectorXd v0 = bloch.network().log_weights.array().exp();
    for (int a = 0; a < dimension; ++a) {
      CHECK(found.velocity(a) == rdd::test::approx(-(bloch.first_moment(a) * v0).sum()).epsilon(1e-11).scale(1));
    }
    if (bloch.reversible()) CHECK(found.velocity.isZero(0));
    CHECK(found.diffusion == found.diffusion.transpose());
    const Eigen::MatrixXd shifted = found.diffusion + 1e-14 * scale * Eigen::MatrixXd::Identity(dimension, dimension);
    for (int a = 1; a <= dimension; ++a) CHECK(shifted.topLeftCorner(a, a).determinant() >= 0);
  }
}

TEST_CASE("a supercell, other words for the states, and other primitive vectors leave D and v alone") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const NetworkParts parts = random_parts(seed, {.dimension = dimension, .reversible = seed % 2 == 0});
    const Transport expected = transport(BlochOperator(make_network(parts)));
    for (const NetworkParts& other :
         {supercell(parts, 2), supercell(parts, 3), reworded(parts, seed), sheared(parts)}) {
      const Transport found = transport(BlochOperator(make_network(other)));
      CHECK((found.diffusion - expected.diffusion).norm() < 1e-12 * expected.diffusion.norm());
      CHECK((found.velocity - expected.velocity).norm() < 1e-12 * expected.diffusion.norm());
    }
  }
}

TEST_CASE("Einstein relation: a small force f drives v = beta D f") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    RandomSpec spec{.dimension = dimension, .states = 5};
    const RateNetwork still = random_network(seed, spec);
    const double step = 1e-4;
    spec.force = Eigen::Vector3d(1, -0.5, 0.25) * step;
    const RateNetwork forward = random_network(seed, spec);
    spec.force *= -1;
    const RateNetwork backward = random_network(seed, spec);
    // v is odd in f up to f³: the central difference has an error of step² relative
    const Eigen::VectorXd mobility =
        (transport(BlochOperator(forward)).velocity - transport(BlochOperator(backward)).velocity) / (2 * step);
    const Eigen::VectorXd beta_f =
        still.lattice.vectors.transpose().inverse() * Eigen::Vector3d(1, -0.5, 0.25).head(dimension);
    const Eigen::VectorXd expected = transport(BlochOperator(still)).diffusion * beta_f;
    CHECK((mobility - expected).norm() < 1e-6 * expected.norm());
  }
}

TEST_CASE("exact diffusivities of five crystals") {
  for (const nlohmann::json& crystal : read_json("networks/interstitial.json")) {
    CAPTURE(crystal.at("name").get<std::string>());
    for (const nlohmann::json& result : crystal.at("results")) {
      NetworkParts parts;
      parts.lattice.vectors = matrix(crystal.at("lattice_columns"));
      parts.states = state_names(crystal.at("M").get<int>());
      parts.positions = parts.lattice.vectors * matrix(crystal.at("sites_fractional")).transpose();
      std::map<int, std::size_t> used;
      for (const nlohmann::json& jump : crystal.at("jumps")) {
        const int type = jump.at("type").get<int>();
        Cell cell{};
        for (std::size_t axis = 0; axis < jump.at("R").size(); ++axis) cell[axis] = jump.at("R").at(axis).get<int>();
        const double rate = result.at("rates").at(static_cast<std::size_t>(type)).at(used[type]++).get<double>();
        parts.hops.push_back({jump.at("i").get<int>(), jump.at("j").get<int>(), cell, rate, type});
      }
      const RateNetwork network = make_network(parts);
      CHECK(network.reversible);
      const Transport cells = transport(BlochOperator(network));
      const Eigen::MatrixXd expected = matrix(result.at("D"));
      CHECK((cells.diffusion - expected).cwiseAbs().maxCoeff() < 1e-9 * expected.norm());
      CHECK((cells.diffusion_first_order - matrix(result.at("D_lattice_first_order_eq35"))).cwiseAbs().maxCoeff() <
            1e-9 * cells.diffusion_first_order.norm());
      const Transport places = transport(BlochOperator(network, Gauge::positions));
      CHECK((places.diffusion_first_order - matrix(result.at("D_uncorrelated_true_positions"))).cwiseAbs().maxCoeff() <
            1e-9 * places.diffusion_first_order.norm());
    }
  }
}

TEST_CASE("strongly correlated networks of the reference") {
  const nlohmann::json models = read_json("networks/correlated.json").at("models");
  int looked_at = 0;
  for (const auto& [name, model] : models.items()) {
    if (!model.contains("D_exact")) continue;
    CAPTURE(name);
    ++looked_at;
    const Transport found = transport(BlochOperator(block_network(model.at("Q"))));
    if (model.at("D_exact").is_number()) {
      CHECK(found.diffusion(0, 0) == rdd::test::approx(model.at("D_exact").get<double>()).epsilon(1e-12).scale(0));
      CHECK(found.diffusion_first_order(0, 0) == rdd::test::approx(model.at("D_first").get<double>()).epsilon(1e-12));
    } else {
      CHECK((found.diffusion - matrix(model.at("D_exact"))).cwiseAbs().maxCoeff() < 1e-12 * found.diffusion.norm());
      CHECK((found.diffusion_first_order - matrix(model.at("D_first"))).cwiseAbs().maxCoeff() <
            1e-12 * found.diffusion.norm());
    }
  }
  CHECK(looked_at == 5);
}

TEST_CASE("the exact diffusivity of the paper's third example") {
  const Transport found = transport(BlochOperator(paper_network("fig1c")));
  const Eigen::MatrixXd expected = matrix(read_json("paper/fig1c.reduced.json").at("D_P1_exact"));
  CHECK((found.diffusion - expected).cwiseAbs().maxCoeff() < 1e-9 * expected.norm());
}
