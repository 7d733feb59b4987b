#include "runtime/certificate/kmc.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>

#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

RateNetwork chain(double forward, double backward, double a = 2.0) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, a);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, forward, 0}, {0, 0, {-1}, backward, 1}};
  return make_network(parts);
}

KmcWalk walk_of(const RateNetwork& network, const KmcParams& params) {
  return walk(network, Eigen::MatrixXd::Ones(network.size(), 1), transport(BlochOperator(network)).velocity, params);
}

}  // namespace

TEST_CASE("the observables of a walk stand one after the other, each in its place") {
  const KmcObservables at{2, 3, 2, 5};
  std::vector<int> count(static_cast<std::size_t>(at.size()));
  for (int t = 0; t < 2; ++t) {
    for (int a = 0; a < 3; ++a) {
      ++count[static_cast<std::size_t>(at.displacement(t, a))];
      for (int b = a; b < 3; ++b) ++count[static_cast<std::size_t>(at.spread(t, a, b))];
    }
    for (int p = 0; p < 2; ++p)
      for (int q = 0; q < 2; ++q) ++count[static_cast<std::size_t>(at.coarse(t, p, q))];
  }
  for (int i = 0; i < 5; ++i) ++count[static_cast<std::size_t>(at.occupation(i))];
  CHECK(at.size() == 2 * (3 + 6 + 4) + 5);
  CHECK(std::ranges::all_of(count, [](int c) { return c == 1; }));
}

TEST_CASE("a walk on a chain of one state has the mean, variance and number of steps of a Skellam variable") {
  for (const auto& [forward, backward] : {std::pair{1.0, 1.0}, std::pair{3.0, 0.25}, std::pair{1.0, 1e-7}}) {
    CAPTURE(forward);
    const double a = 2, time = 20, walkers = 40'000;
    const KmcWalk found = walk_of(chain(forward, backward, a), {.walkers = 40'000, .seed = 11, .times = {1.5, time}});
    REQUIRE(found.completed);
    for (int t = 0; t < 2; ++t) {
      const double tau = found.times[static_cast<std::size_t>(t)];
      const double mean = a * (forward - backward) * tau, variance = a * a * (forward + backward) * tau;
      CHECK(std::abs(found.mean(found.observables.displacement(t, 0)) - mean) < 5 * std::sqrt(variance / walkers));
      // ⟨(y² − σ²)²⟩ = 2 σ⁴ + κ₄, κ₄ = a⁴ (f + b) τ.
      const double fourth = 2 * variance * variance + a * a * variance;
      CHECK(std::abs(found.mean(found.observables.spread(t, 0, 0)) - variance) < 5 * std::sqrt(fourth / walkers));
      // The standard errors are those of theory to a few per cent: 5·√(kurtosis/4n) < 4 %.
      CHECK(found.error(found.observables.displacement(t, 0)) ==
            rdd::test::approx(std::sqrt(variance / walkers)).epsilon(0.04));
      CHECK(found.error(found.observables.spread(t, 0, 0)) ==
            rdd::test::approx(std::sqrt(fourth / walkers)).epsilon(0.2));
    }
    const double steps = (forward + backward) * time * walkers;
    CHECK(std::abs(static_cast<double>(found.steps) - steps) < 5 * std::sqrt(steps));
    CHECK(found.mean(found.observables.occupation(0)) == rdd::test::approx(1.0).epsilon(1e-12));
  }
}

TEST_CASE("two states of alternating rates: the spread of the walk is that of the closed form") {
  const double a = 0.7, k1 = 1, k2 = 4, time = 100;
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, a);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, k1, 0}, {1, 0, {0}, k1, 0}, {1, 0, {1}, k2, 1}, {0, 1, {-1}, k2, 1}};
  const KmcWalk found = walk_of(make_network(parts), {.walkers = 20'000, .seed = 3, .times = {time}});
  const double exact = a * a * k1 * k2 / (k1 + k2) * time + a * a * k2 * k2 / (2 * (k1 + k2) * (k1 + k2));
  const int spread = found.observables.spread(0, 0, 0);
  CHECK(std::abs(found.mean(spread) - exact) < 5 * found.error(spread));
  // Without correlations it would be a² k2 t, five times as much.
  CHECK(std::abs(found.mean(spread) - a * a * k2 * time) > 100 * found.error(spread));
}

TEST_CASE("a hop that is a hundred thousand times rarer than others is taken as often as it should") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 1.0);
  parts.states = {"A", "B", "C"};
  parts.hops = {
      {0, 1, {0}, 1.0, 0}, {0, 0, {1}, 1e-5, 1}, {0, 2, {0}, 0.3, 2}, {1, 0, {0}, 1.0, 3}, {2, 0, {0}, 0.3, 4}};
  const double walkers = 2000, time = 1e4;
  const KmcWalk found = walk_of(make_network(parts), {.walkers = 2000, .seed = 9, .times = {time}});
  const double events = walkers * time * 1e-5 / 3;  // every third of the time in A
  CHECK(std::abs(found.mean(found.observables.displacement(0, 0)) * walkers - events) < 5 * std::sqrt(events));
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    const int at = found.observables.occupation(i);
    CHECK(std::abs(found.mean(at) - 1.0 / 3) < 5 * found.error(at));
  }
}

TEST_CASE("random networks of one to three dimensions, reversible and forced: the walk agrees with theory") {
  int judged = 0;
  for (std::uint64_t seed = 0; seed < 18; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1 + static_cast<int>(seed % 3);
    spec.states = 1 + static_cast<int>(seed % 7);
    spec.reversible = seed % 2 == 0;
    spec.positions = seed % 4 < 2;
    if (seed % 3 == 1) spec.force << 0.8, -0.3, 0.5;
    const RateNetwork network = random_network(seed, spec);
    const BlochOperator bloch(network, spec.positions ? Gauge::positions : Gauge::cells);
    const Transport exact = transport(bloch);
    int P = std::min(2, network.size());
    if (splits_pair(bands_at(bloch, Eigen::VectorXd::Zero(spec.dimension)), P)) P = 1;
    const Reduction reduction = reduce(bloch, P, {});
    const std::vector<double> times{2, 10, 30};
    const KmcWalk found =
        walk(network, reduction.groups.chi, exact.velocity, {.walkers = 8000, .seed = seed, .times = times});
    REQUIRE(found.completed);
    const Eigen::VectorXd expected = expectations(bloch, reduction, exact, times);
    const KmcVerdict verdict = judge(found, expected, event_counts(network, expected, found));
    CAPTURE(verdict.worst);
    CHECK(verdict.agrees);
    CHECK(std::abs(verdict.z(verdict.worst)) < 5);
    judged += verdict.judged;
    // The squares of z are 1 on average: the standard errors are neither too large nor too small. Observables of one
    // walk are correlated, so the bounds are wide.
    double squares = 0;
    int counted = 0;
    for (const double z : verdict.z)
      if (std::isfinite(z)) squares += z * z, ++counted;
    CHECK(squares / counted < 4);
  }
  CHECK(judged > 300);
}

TEST_CASE("a walk contradicts a theory that is wrong by a per cent") {
  const RateNetwork network = random_network(4, {.dimension = 2, .states = 4});
  const BlochOperator bloch(network);
  const Reduction reduction = reduce(bloch, 2, {});
  const std::vector<double> times{50};
  const KmcWalk found =
      walk(network, reduction.groups.chi, Eigen::Vector2d::Zero(), {.walkers = 200'000, .seed = 1, .times = times});
  Eigen::VectorXd expected = expectations(bloch, reduction, transport(bloch), times);
  const Eigen::VectorXd events = event_counts(network, expected, found);
  CHECK(judge(found, expected, events).agrees);
  for (const int wrong :
       {found.observables.spread(0, 0, 0), found.observables.coarse(0, 1, 1), found.observables.occupation(2)}) {
    CAPTURE(wrong);
    Eigen::VectorXd false_theory = expected;
    false_theory(wrong) *= 1.03;
    const KmcVerdict verdict = judge(found, false_theory, events);
    CHECK_FALSE(verdict.agrees);
    CHECK(verdict.worst == wrong);
  }
}

TEST_CASE("the bytes of a walk do not depend on the number of threads, but on the seed") {
  const RateNetwork network = random_network(5, {.dimension = 3, .states = 6, .reversible = false});
  KmcParams params{.walkers = 333, .seed = 42, .times = {0.5, 5}};
  const KmcWalk one = walk_of(network, params);
  for (const int threads : {2, 3, 7}) {
    params.threads = threads;
    const KmcWalk several = walk_of(network, params);
    CHECK((several.mean.array() == one.mean.array()).all());
    CHECK((several.error.array() == one.error.array()).all());
    CHECK(several.steps == one.steps);
  }
  params.seed = 43;
  CHECK((walk_of(network, params).mean.array() != one.mean.array()).any());
  params.seed = 42 + (std::uint64_t{1} << 32);  // all 64 bits count
  CHECK((walk_of(network, params).mean.array() != one.mean.array()).any());
}

TEST_CASE("a walk can be stopped, and gives up where a walker needs too many steps") {
  const RateNetwork network = chain(1, 1);
  std::atomic<int> asked{0};
  const KmcWalk stopped = walk(network, Eigen::MatrixXd::Ones(1, 1), Eigen::VectorXd::Zero(1),
                               {.walkers = 1000, .times = {1e12}, .threads = 2}, {}, [&] { return ++asked > 3; });
  CHECK_FALSE(stopped.completed);
  CHECK(stopped.failure.empty());
  KmcParams params{.walkers = 100, .times = {1e12}, .most_steps = 1000, .threads = 2};
  const KmcWalk endless = walk_of(network, params);
  CHECK_FALSE(endless.completed);
  CHECK(endless.failure == "a walker needed more than 1000 steps");
}

TEST_CASE("one walker has no standard error and is not judged") {
  const RateNetwork network = chain(1, 1);
  const BlochOperator bloch(network);
  const KmcWalk found = walk_of(network, {.walkers = 1, .times = {10}});
  const Eigen::VectorXd expected = expectations(bloch, reduce(bloch, 1, {}), transport(bloch), {10});
  CHECK(judge(found, expected, event_counts(network, expected, found)).judged == 0);
  CHECK(found.error.isZero());
}
