#include "runtime/reduction/pcca.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

Eigen::VectorXd weights_of(const BlochOperator& bloch) {
  return bloch.network().log_weights.array().exp();
}

/// max |χ − expected| over the best order of the columns.
double distance(const Eigen::MatrixXd& chi, const Eigen::MatrixXd& expected) {
  std::vector<int> order;
  for (int j = 0; j < static_cast<int>(chi.cols()); ++j) order.push_back(j);
  double best = 1;
  do {
    best = std::min(best, (chi(Eigen::all, order) - expected).cwiseAbs().maxCoeff());
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

}  // namespace

TEST_CASE("memberships of the paper's third example") {
  const BlochOperator bloch(paper_network("fig1c"));
  const Memberships found = memberships(modes_at_zero(bloch, 2).left.leftCols(2), weights_of(bloch));
  CHECK(distance(found.chi, matrix(read_json("paper/fig1c.reduced.json").at("chi"))) < 1e-9);
  CHECK(found.min_chi > -1e-12);
}

TEST_CASE("memberships reach the tightly converged optimum of the reference, reversible or with a complex pair") {
  for (const nlohmann::json& model : read_json("clustering/gpcca.json")) {
    CAPTURE(model.at("name").get<std::string>());
    const BlochOperator bloch(block_network(model.at("Q")));
    CHECK((weights_of(bloch) - vector(model.at("stationary"))).cwiseAbs().maxCoeff() < 1e-12);
    const int P = model.at("P").get<int>();
    const Eigen::MatrixXd left = modes_at_zero(bloch, P).left.leftCols(P);
    for (const auto& [eta, result] : model.at("results").items()) {
      CAPTURE(eta);
      const Memberships found = memberships(left, vector(result.at("eta")));
      const double expected = result.at("crispness_tight").get<double>();
      CHECK(found.crispness >= expected * (1 - 1e-9));
      CHECK(found.crispness == rdd::test::approx(expected).epsilon(1e-9));
      CHECK(distance(found.chi, matrix(result.at("chi_tight"))) < 2e-4);
    }
  }
}

TEST_CASE("memberships are a partition of unity, feasible, and in the span of the slow modes") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, {.states = 9, .reversible = seed % 2 == 0, .barriers = 8}));
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (int P = 1; P <= 9; ++P) {
      CAPTURE(P);
      if (splits_pair(lambda, P)) continue;
      const Eigen::MatrixXd left = modes_at_zero(bloch, P).left.leftCols(P);
      const Memberships found = memberships(left, weights_of(bloch));
      CHECK((found.chi.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-12);
      CHECK(found.chi.minCoeff() > -1e-12);
      CHECK((left * found.transform - found.chi).cwiseAbs().maxCoeff() < 1e-10);
      CHECK(found.crispness <= 1 + 1e-12);
      // No admissible step away leads higher: the crispness of mixtures with other feasible memberships is lower.
      for (int j = 0; j < P && P < 9 && P > 1; ++j) {
        Eigen::MatrixXd mixed = 0.99 * found.chi;
        mixed.col(j).array() += 0.01;
        double value = 0;
        for (int c = 0; c < P; ++c) {
          value += weights_of(bloch).dot(mixed.col(c).cwiseAbs2()) / weights_of(bloch).dot(mixed.col(c)) / P;
        }
        CHECK(value <= found.crispness + 1e-12);
      }
    }
  }
}

TEST_CASE("one group holds everything, M groups hold one state each") {
  const BlochOperator bloch(random_network(1, {.states = 5}));
  const Memberships one = memberships(modes_at_zero(bloch, 1).left.leftCols(1), weights_of(bloch));
  CHECK((one.chi.array() == 1).all());
  const Memberships all = memberships(modes_at_zero(bloch, 5).left, weights_of(bloch));
  CHECK(all.chi == Eigen::MatrixXd::Identity(5, 5));
}

TEST_CASE("groups of equal states, joined by rare hops, are crisp and ordered by their lowest state") {
  // Three rings of four states each, interleaved: state i belongs to ring i mod 3. Highly degenerate on purpose.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(12);
  for (int i = 0; i < 12; ++i) {
    parts.hops.push_back({i, (i + 3) % 12, {0}, 1, 0});
    parts.hops.push_back({(i + 3) % 12, i, {0}, 1, 0});
    const double slow = i % 3 == 0 ? 1e-6 : 2e-6;
    parts.hops.push_back({i, (i / 3) * 3 + (i + 1) % 3, {0}, slow, 1});
    parts.hops.push_back({(i / 3) * 3 + (i + 1) % 3, i, {0}, slow, 1});
    parts.hops.push_back({i, i, {1}, 1, 2});
    parts.hops.push_back({i, i, {-1}, 1, 2});
  }
  const BlochOperator bloch(make_network(parts));
  const Memberships found = memberships(modes_at_zero(bloch, 3).left.leftCols(3), weights_of(bloch));
  CHECK(found.crispness == rdd::test::approx(1).epsilon(1e-9));
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < 3; ++j) CHECK(found.chi(i, j) == rdd::test::approx(i % 3 == j ? 1 : 0).epsilon(1e-9));
  }
}
