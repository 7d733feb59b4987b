#include "runtime/reduction/pcca.hpp"

#include <doctest/doctest.h>

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "runtime/dense.hpp"
#include "runtime/reduction/reduction.hpp"
#include "tests/runtime/large_network.hpp"
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
  CHECK(distance(found.chi, matrix(read_json("paper/fig1c.reduced.json").at("chi"))) < 1e-12);
  CHECK(found.min_chi > -1e-12);
}

TEST_CASE("memberships reach the tightly converged optimum of the reference, reversible or with a complex pair") {
  for (const nlohmann::json& model : read_json("clustering/gpcca.json")) {
    CAPTURE(model.at("name").get<std::string>());
    const BlochOperator bloch(block_network(model.at("Q")));
    CHECK((weights_of(bloch) - vector(model.at("stationary"))).cwiseAbs().maxCoeff() < 1e-12);
    CHECK((bloch.at_zero() - matrix(model.at("A0_column_generator"))).cwiseAbs().maxCoeff() < 1e-14);
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    CHECK(lambda(0) == 0.0);
    for (Eigen::Index m = 1; m < lambda.size(); ++m) {  // pairs stand in either order in the reference
      const auto theirs = model.at("lam").at(static_cast<std::size_t>(m)).get<std::vector<double>>();
      CHECK(lambda(m).real() == rdd::test::approx(theirs[0]).epsilon(1e-12));
      CHECK(std::abs(lambda(m).imag()) == rdd::test::approx(std::abs(theirs[1])).epsilon(1e-12));
    }
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

namespace {

/// `blocks` groups of `size` states, state i in group i mod blocks. Inside of a group a ring with rates near 1 (one way
/// where it is driven), between the groups a ring of links of rates near `coupling`.
RateNetwork coupled_blocks(int blocks, int size, double coupling, bool driven, bool symmetric, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  const int states = blocks * size;
  parts.states = state_names(states);
  const auto rate = [&](double scale) { return symmetric ? scale : scale * (0.5 + uniform(engine)); };
  const auto join = [&](int from, int to, double scale, int by, bool one_way) {
    const double value = rate(scale);
    parts.hops.push_back({from, to, {by}, value, -1});
    if (!one_way) parts.hops.push_back({to, from, {-by}, value, -1});
  };
  for (int b = 0; b < blocks; ++b) {
    for (int i = 0; i < size; ++i) join(b + blocks * i, b + blocks * ((i + 1) % size), 1, 0, driven);
    join(b, (b + 1) % blocks, coupling, 0, driven);
    join(b, b, 1, 1, false);
  }
  return make_network(parts);
}

}  // namespace

TEST_CASE("nearly disconnected groups are found, whatever their coupling, reversible or driven in a ring of pairs") {
  for (const int blocks : {2, 3, 4, 5, 8}) {
    for (const double coupling : {1e-3, 1e-8, 1e-12, 1e-14, 1e-16}) {
      for (const bool driven : {false, true}) {
        for (const bool symmetric : {false, true}) {
          CAPTURE(blocks);
          CAPTURE(coupling);
          CAPTURE(driven);
          CAPTURE(symmetric);
          const BlochOperator bloch(coupled_blocks(blocks, 4, coupling, driven, symmetric, 7));
          const SlowModes modes = modes_at_zero(bloch, blocks);
          const Memberships found = memberships(modes.left.leftCols(blocks), weights_of(bloch));
          Eigen::MatrixXd expected = Eigen::MatrixXd::Zero(4 * blocks, blocks);
          for (int i = 0; i < 4 * blocks; ++i) expected(i, i % blocks) = 1;
          // Mixing by perturbation theory: coupling over the gap inside of a block, and round-off.
          const double tolerance = 20 * coupling + 1e-10;
          CHECK((found.chi - expected).cwiseAbs().maxCoeff() < tolerance);
          CHECK(found.crispness > 1 - 2 * tolerance);
          CHECK(found.min_chi > -tolerance);
          // The slow rates themselves: those of a walk on the blocks, known where the network is symmetric.
          if (!symmetric || modes.digits < 2) continue;
          for (int m = 1; m < blocks; ++m) {
            CAPTURE(m);
            const double angle = 2 * 3.141592653589793 * m / blocks;
            // of rate coupling/4 from each block to the next (and back); for two blocks both links join the same pair
            const double exact = coupling / 4 * (1 - std::cos(angle)) * (driven ? 1 : 2);
            double nearest = 1e300;
            for (int other = 1; other < blocks; ++other) {
              nearest = std::min(nearest, std::abs(modes.lambda(other).real() - exact));
            }
            CHECK(nearest < exact * (4 * coupling + std::pow(10, 1 - modes.digits)));
          }
        }
      }
    }
  }
}

TEST_CASE("a network in pieces has its pieces as groups") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(9);
  for (int i = 0; i < 9; ++i) {
    parts.hops.push_back({i, (i + 3) % 9, {0}, 1.0 + i % 3, -1});
    parts.hops.push_back({(i + 3) % 9, i, {0}, 1.0 + i % 3, -1});
  }
  parts.log_weights = Eigen::VectorXd::Zero(9);
  const BlochOperator bloch(make_network(parts));
  const Memberships found = memberships(modes_at_zero(bloch, 3).left.leftCols(3), weights_of(bloch));
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < 3; ++j) CHECK(std::abs(found.chi(i, j) - (i % 3 == j ? 1 : 0)) < 1e-12);
  }
}

TEST_CASE("the zeros that define a corner give the same memberships again, and continue them smoothly") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const bool reversible = seed % 2 == 0;
    NetworkParts parts = random_parts(seed, {.states = 9, .reversible = reversible, .barriers = 8});
    const BlochOperator bloch(make_network(parts));
    for (Hop& hop : parts.hops) hop.rate *= std::exp(1e-6 * std::sin(hop.from + 3.0 * hop.to));
    parts.log_weights.reset();
    const BlochOperator nearby(make_network(parts));
    for (int P = 2; P <= 5; ++P) {
      CAPTURE(P);
      const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
      if (splits_pair(lambda, P) || lambda(P).real() < 1.2 * lambda(P - 1).real()) continue;
      const Eigen::MatrixXd left = modes_at_zero(bloch, P).left.leftCols(P);
      const Memberships found = memberships(left, weights_of(bloch));
      CHECK(static_cast<int>(found.zeros.size()) == P * (P - 1));
      for (const auto& [state, group] : found.zeros) CHECK(std::abs(found.chi(state, group)) < 1e-12);
      const Memberships again = memberships_like(found, left, weights_of(bloch));
      CHECK((again.chi - found.chi).cwiseAbs().maxCoeff() < 1e-8);
      CHECK((again.transform - found.transform).cwiseAbs().maxCoeff() < 1e-8 * found.transform.cwiseAbs().maxCoeff());
      const Memberships continued =
          memberships_like(found, modes_at_zero(nearby, P).left.leftCols(P), weights_of(nearby));
      CHECK((continued.chi.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-10);
      CHECK((continued.chi - found.chi).cwiseAbs().maxCoeff() < 1e-3);
    }
  }
}

TEST_CASE(
    "memberships of many states are a partition of unity, and as crisp as those found without leaving states out") {
  // Rows scattered inside a simplex that only a few of them bound: the same cloud with 900 and with 1800 states, of
  // which the additional ones lie inside the others' hull and weigh next to nothing.
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(seed);
    constexpr Eigen::Index P = 5, few = 900;
    std::mt19937_64 engine(seed);
    Eigen::MatrixXd left(2 * few, P);
    left.col(0).setOnes();
    for (Eigen::Index i = 0; i < few; ++i) {
      for (Eigen::Index m = 1; m < P; ++m) left(i, m) = uniform(engine) * uniform(engine) - 0.3;
    }
    for (Eigen::Index i = few; i < 2 * few; ++i) {
      const double share = uniform(engine);
      left.row(i) = share * left.row(i - few) + (1 - share) * left.row((i * 7) % few);
    }
    Eigen::VectorXd weights = Eigen::VectorXd::Constant(2 * few, 1e-14);
    for (Eigen::Index i = 0; i < few; ++i) weights(i) = uniform(engine);
    const Memberships all = memberships(left.topRows(few), weights.head(few));
    const Memberships found = memberships(left, weights);
    CHECK(found.chi.minCoeff() > -1e-10);
    CHECK((found.chi.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-11);
    CHECK((left * found.transform - found.chi).cwiseAbs().maxCoeff() < 1e-10);
    // Where the crispest corner has an empty group, the lifted simplex stands in its place.
    CHECK((found.zeros.size() == P * (P - 1) || found.zeros.empty()));
    CHECK(found.transform.partialPivLu().rcond() > 1e-6);
    CHECK(found.crispness > all.crispness - 0.05);  // another local maximum, perhaps
  }
}

TEST_CASE("slow modes without groups still have independent memberships, feasible and in their span") {
  // Waves on a torus: the crispest memberships would leave groups empty.
  for (const auto& [sizes, P] : {std::pair{std::vector{4, 4, 4}, 7}, {{5, 5, 5}, 7}, {{9, 9}, 5}}) {
    CAPTURE(sizes.size());
    const BlochOperator bloch(make_network(torus(sizes)));
    const Reduction found = reduce_unresolved(bloch, P, {});
    const Memberships& groups = found.groups;
    CHECK(groups.chi.minCoeff() > -1e-11);
    CHECK((groups.chi.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-11);
    CHECK(groups.transform.partialPivLu().rcond() > 1e-5);
    // The slow rates are those of the reduced equation: 0, and 2 (1 − cos(2π/N)) as often as there are waves so long.
    Eigen::VectorXd rates = eigenvalues(-found.coefficients.reaction).real();
    std::sort(rates.begin(), rates.end());
    const double slow = 2 * (1 - std::cos(2 * std::numbers::pi / sizes[0]));
    CHECK(std::abs(rates(0)) < 1e-10);
    for (int m = 1; m < P; ++m) CHECK(rates(m) == rdd::test::approx(slow).epsilon(1e-10));
    const Memberships again = memberships_like(groups, modes_at_zero(bloch, P).left.leftCols(P), weights_of(bloch));
    CHECK((again.chi - groups.chi).cwiseAbs().maxCoeff() < 1e-10);
  }
}
