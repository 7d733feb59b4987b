#include "runtime/reduction/interpolant.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

constexpr double kB = 8.617333262e-5;  // eV/K

/// Two basins of three states each: energies and barriers in eV, a temperature in K, a force along the row (per cell,
/// eV).
BlochOperator basins(double T, double force = 0, double between = 0.60) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 3e-10);
  parts.states = state_names(6);
  const double beta = 1 / (kB * T);
  const double energy[] = {0, 0.03, 0.05, 0.08, 0.10, 0.13};
  const auto both = [&](int from, int to, double saddle, int by = 0) {
    const double work = 0.5 * force * by * beta;
    parts.hops.push_back({from, to, {by}, 1e13 * std::exp(-beta * (saddle - energy[from]) + work), -1});
    parts.hops.push_back({to, from, {-by}, 1e13 * std::exp(-beta * (saddle - energy[to]) - work), -1});
  };
  both(0, 1, 0.20);
  both(1, 2, 0.22);
  both(3, 4, 0.25);
  both(4, 5, 0.24);
  both(2, 3, between);
  both(0, 5, between + 0.05);
  both(1, 1, 0.45, 1);
  both(4, 4, 0.35, 1);
  both(2, 0, 0.55, 1);
  return BlochOperator(make_network(parts));
}

double worst_error(const Coefficients& found, const Coefficients& exact) {
  double worst = 0;
  const auto compare = [&](const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double scale) {
    worst = std::max(worst, (a - b).cwiseAbs().maxCoeff() / scale);
  };
  compare(found.reaction, exact.reaction, exact.reaction.norm());
  double widest = 0;
  for (std::size_t a = 0; a < exact.drift.size(); ++a) widest = std::max(widest, exact.diffusion[a][a].norm());
  const double fastest = std::sqrt(widest * exact.reaction.norm());  // the speed that reaction and diffusion make
  for (std::size_t a = 0; a < exact.drift.size(); ++a) {
    compare(found.drift[a], exact.drift[a], fastest);
    for (std::size_t b = 0; b < exact.drift.size(); ++b) compare(found.diffusion[a][b], exact.diffusion[a][b], widest);
  }
  return worst;
}

}  // namespace

TEST_CASE("one state: an Arrhenius rate is a straight line in 1/T and needs the lowest degree") {
  const auto at = [](const std::vector<double>& p) -> std::optional<BlochOperator> {
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.5e-10);
    parts.states = {"A"};
    const double rate = 1e13 * std::exp(-0.7 / (kB * p[0]));
    parts.hops = {{0, 0, {1}, rate, -1}, {0, 0, {-1}, rate, -1}};
    return BlochOperator(make_network(parts));
  };
  const auto table = interpolate(at, {{"T", 300, 900, true}}, 1, 2);
  REQUIRE(table);
  CHECK(table->converged);
  CHECK(table->degree == std::vector<int>{2});
  CHECK(table->error < 1e-12);
  for (const double T : {300.0, 333.3, 500.0, 777.0, 900.0}) {  // ten decades
    const double exact = 2.5e-10 * 2.5e-10 * 1e13 * std::exp(-0.7 / (kB * T));
    CHECK(table->at({T}).diffusion[0][0](0, 0) == rdd::test::approx(exact).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("coefficients of two coarse states over a range of temperatures: right to the error that is stated") {
  const auto at = [](const std::vector<double>& p) -> std::optional<BlochOperator> { return basins(p[0]); };
  for (const double tolerance : {1e-4, 1e-8}) {
    CAPTURE(tolerance);
    const auto table = interpolate(at, {{"T", 300, 900, true}}, 2, 2, {.tolerance = tolerance});
    REQUIRE(table);
    CHECK(table->converged);
    CHECK(table->error <= tolerance);
    CHECK(table->degree[0] <= 32);
    CHECK(table->least_gap > 3);
    CHECK(table->min_chi > -0.01);
    for (int i = 0; i <= 37; ++i) {
      const double T = 300 + 600.0 * i / 37;
      CAPTURE(T);
      const Reduction exact = reduce_unresolved(basins(T), 2, {.like = &table->groups});
      const Coefficients found = table->at({T});
      CHECK(worst_error(found, exact.coefficients) < 3 * tolerance);
      CHECK(found.reaction.colwise().sum().cwiseAbs().maxCoeff() < 1e-15 * found.reaction.norm());
      // each entry of Q relative to itself: the slow column spans decades that the fast one does not
      for (Eigen::Index e = 0; e < 4; ++e) {
        CHECK(found.reaction(e) == rdd::test::approx(exact.coefficients.reaction(e)).epsilon(3 * tolerance).scale(0));
      }
    }
    // In the middle the groups are those that `reduce` finds by itself.
    const double middle = 2 / (1 / 300.0 + 1 / 900.0);
    CHECK(worst_error(table->at({middle}), reduce_unresolved(basins(middle), 2, {}).coefficients) < 3 * tolerance);
  }
}

TEST_CASE("temperature and force together: the drift passes through zero") {
  for (const int P : {1, 2}) {
    CAPTURE(P);
    // One coarse state needs basins that mix faster than the force pulls them apart; see below.
    const double between = P == 1 ? 0.28 : 0.60;
    const auto at = [&](const std::vector<double>& p) -> std::optional<BlochOperator> {
      return basins(p[0], p[1], between);
    };
    const auto table = interpolate(at, {{"T", 500, 900, true}, {"f", -0.05, 0.08, false}}, P, 2, {.tolerance = 1e-6});
    REQUIRE(table);
    CHECK(table->converged);
    REQUIRE(table->degree.size() == 2);
    for (const double T : {500.0, 613.0, 900.0}) {
      for (const double f : {-0.05, -0.011, 0.0, 0.033, 0.08}) {
        CAPTURE(T);
        CAPTURE(f);
        const Reduction exact = reduce_unresolved(basins(T, f, between), P, {.like = &table->groups});
        const Coefficients found = table->at({T, f});
        CHECK((found.diffusion[0][0] - exact.coefficients.diffusion[0][0]).norm() <
              1e-5 * exact.coefficients.diffusion[0][0].norm());
        if (P == 2) {
          CHECK((found.reaction - exact.coefficients.reaction).norm() < 1e-5 * exact.coefficients.reaction.norm());
        }
        // relative to the largest drift of the range at this diffusivity
        const double scale = exact.coefficients.diffusion[0][0].norm() / 3e-10 * 2;
        CHECK((found.drift[0] - exact.coefficients.drift[0]).norm() < 1e-5 * scale);
      }
    }
  }
}

TEST_CASE(
    "one coarse state of two basins that hardly mix disperses too sharply around zero force, and the table says so") {
  const auto at = [](const std::vector<double>& p) -> std::optional<BlochOperator> { return basins(600, p[0]); };
  const auto one = interpolate(at, {{"f", -0.05, 0.08, false}}, 1, 2, {.most_degree = 16});
  REQUIRE(one);
  CHECK(!one->converged);
  const auto two = interpolate(at, {{"f", -0.05, 0.08, false}}, 2, 2, {.most_degree = 16});
  REQUIRE(two);
  CHECK(two->converged);
}

TEST_CASE("where bands cross inside the range no smooth coefficients exist, and the table says so") {
  // A square of states: hops along x by e^s, along y by 2 e^(-s/2). Its slowest mode is one or the other, by symmetry
  // they do not mix, and at s = 0.47 they cross.
  const auto at = [](const std::vector<double>& p) -> std::optional<BlochOperator> {
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
    parts.states = state_names(4);
    const auto both = [&](int from, int to, double rate, int by = 0) {
      parts.hops.push_back({from, to, {by}, rate, -1});
      parts.hops.push_back({to, from, {-by}, rate, -1});
    };
    const double x = std::exp(p[0]), y = std::exp(0.7 - p[0] / 2);
    both(0, 1, x);
    both(2, 3, x);
    both(0, 2, y);
    both(1, 3, y * (1 + p[1]));
    for (int state = 0; state < 4; ++state) both(state, state, 1, 1);
    return BlochOperator(make_network(parts));
  };
  // Exactly symmetric: the groups of one side say nothing of the other. Nearly so: they change at once.
  const auto with = [&](double asymmetry) -> OperatorAt {
    return [&at, asymmetry](const std::vector<double>& p) { return at({p[0], asymmetry}); };
  };
  CHECK(!interpolate(with(0), {{"s", -3, 3, false}}, 2, 2, {.most_degree = 16}));
  const auto crossing = interpolate(with(1e-3), {{"s", -3, 3, false}}, 2, 2, {.most_degree = 16});
  REQUIRE(crossing);
  CHECK(!crossing->converged);
  CHECK(crossing->least_gap < 2);
  CHECK(std::abs(crossing->at_least_gap[0] - 0.7 / 1.5) < 0.5);
  const auto before = interpolate(with(0), {{"s", -3, -0.5, false}}, 2, 2);
  REQUIRE(before);
  CHECK(before->converged);
}

TEST_CASE("a table is asked inside of its range only") {
  const auto at = [](const std::vector<double>& p) -> std::optional<BlochOperator> { return basins(p[0]); };
  const auto table = interpolate(at, {{"T", 600, 700, true}}, 2, 2);
  REQUIRE(table);
  CHECK(table->inside({600}));
  CHECK(table->inside({700}));
  CHECK(!table->inside({599}));
  CHECK(!table->inside({650, 1}));
  CHECK(!interpolate([](const std::vector<double>&) { return std::optional<BlochOperator>(); }, {{"T", 1, 2, true}}, 1,
                     2));
}
