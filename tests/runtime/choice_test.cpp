#include <doctest/doctest.h>

#include <cmath>
#include <ctime>

#include "runtime/reduction/reduction.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

NetworkParts crowdion() {
  NetworkParts parts;
  parts.lattice.vectors = 0.287e-9 * Eigen::Matrix2d::Identity();
  parts.states = {"X", "Y"};
  parts.hops = {{0, 0, {1, 0}, 2e12, 0},  {0, 0, {-1, 0}, 2e12, 0}, {1, 1, {0, 1}, 2e12, 1},
                {1, 1, {0, -1}, 2e12, 1}, {0, 1, {0, 0}, 8e8, 2},   {1, 0, {0, 0}, 8e8, 2}};
  return parts;
}

int rows_chosen(const Choice& choice) {
  int count = 0;
  for (const Choice::Row& row : choice.rows) {
    CHECK(!row.verdict.empty());
    if (row.verdict == "chosen") ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the paper's third example is two coarse states") {
  const Choice choice = choose(BlochOperator(paper_network("fig1c")), {});
  CHECK(choice.P == 2);
  CHECK(choice.rows.size() == 10);
  CHECK(rows_chosen(choice) == 1);
}

TEST_CASE("a vacancy with one state is one coarse state") {
  NetworkParts parts;
  parts.lattice.vectors = 0.143e-9 * (Eigen::Matrix3d() << -1, 1, 1, 1, -1, 1, 1, 1, -1).finished();
  parts.states = {"V"};
  for (const Cell& t : {Cell{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}}) {
    parts.hops.push_back({0, 0, t, 1e9, 0});
    parts.hops.push_back({0, 0, {-t[0], -t[1], -t[2]}, 1e9, 0});
  }
  CHECK(choose(BlochOperator(make_network(parts)), {}).P == 1);
}

TEST_CASE("octahedral sites of bcc: three states of one time scale are one coarse state") {
  for (const nlohmann::json& crystal : read_json("networks/interstitial.json")) {
    if (crystal.at("name") != "FeC_bcc_oct_real") continue;
    NetworkParts parts;
    parts.lattice.vectors = 1e-9 * matrix(crystal.at("lattice_columns"));
    parts.states = state_names(3);
    for (const nlohmann::json& jump : crystal.at("jumps")) {
      const auto R = jump.at("R").get<std::vector<int>>();
      parts.hops.push_back({jump.at("i").get<int>(), jump.at("j").get<int>(), {R[0], R[1], R[2]}, 1e12, 0});
    }
    const Choice choice = choose(BlochOperator(make_network(parts)), {});
    CHECK(choice.P == 1);
    CHECK(rows_chosen(choice) == 1);
    CHECK(choice.rows[1].verdict == "would split equal decay rates");
  }
}

TEST_CASE("a number of groups that splits equal rates is answered with finite numbers and no resolution") {
  // Three states joined alike: λ = 0, 3, 3.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(3);
  for (int from = 0; from < 3; ++from) {
    for (int to = 0; to < 3; ++to) {
      if (from != to) parts.hops.push_back({from, to, {0}, 1, 0});
    }
  }
  parts.hops.push_back({0, 1, {1}, 0.5, 1});
  parts.hops.push_back({1, 0, {-1}, 0.5, 1});
  parts.hops.push_back({1, 2, {1}, 0.5, 1});
  parts.hops.push_back({2, 1, {-1}, 0.5, 1});
  parts.hops.push_back({2, 0, {1}, 0.5, 1});
  parts.hops.push_back({0, 2, {-1}, 0.5, 1});
  const Reduction found = reduce(BlochOperator(make_network(parts)), 2, {});
  CHECK(found.coefficients.diffusion[0][0].allFinite());
  CHECK(found.gap.ratio < 1.001);
}

TEST_CASE("a crowdion that glides fast and rotates rarely keeps both of its states") {
  const Choice choice = choose(BlochOperator(make_network(crowdion())), {});
  CHECK(choice.P == 2);
  CHECK(rows_chosen(choice) == 1);
  CHECK(choice.rows[0].resolution > 10 * choice.rows[1].resolution);
}

TEST_CASE("a complex pair is never split") {
  const nlohmann::json model = read_json("clustering/gpcca.json").at(1);
  const Choice choice = choose(BlochOperator(block_network(model.at("Q"))), {});
  CHECK(choice.rows[1].verdict.find("complex pair") != std::string::npos);
  CHECK(choice.P != 2);
}

TEST_CASE("fifty states are judged quickly, and of many states only the first sixteen numbers") {
  const std::clock_t start = std::clock();
  const Choice fifty = choose(BlochOperator(random_network(1, {.dimension = 2, .states = 50})), {});
  WARN(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 1);  // 0.3 s or so
  CHECK(fifty.rows.size() == 50);
  CHECK(fifty.rows[20].verdict.find("at k = 0") != std::string::npos);
  const Choice many = choose(BlochOperator(random_network(1, {.dimension = 1, .states = 70})), {});
  CHECK(many.rows.size() == 16);
  CHECK(many.rows.back().verdict.find("not looked at") != std::string::npos);
}
