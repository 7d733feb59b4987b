#include "runtime/driven/steady.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "runtime/reduction/reduction.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;
using rdd::test::approx;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// States 0 → 1 → … → N − 1 → 0 in the next cell, forward rates u and backward rates w: w[i] leads out of state i.
NetworkParts motor(double a, const std::vector<double>& u, const std::vector<double>& w) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, a);
  const int n = static_cast<int>(u.size());
  parts.states = state_names(n);
  for (int i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    parts.hops.push_back({i, (i + 1) % n, {i == n - 1 ? 1 : 0}, u[at], -1});
    parts.hops.push_back({i, (i + n - 1) % n, {i == 0 ? -1 : 0}, w[at], -1});
  }
  return parts;
}

double random_rate(std::mt19937_64& engine) {
  return std::exp(12 * (uniform(engine) - 0.5));
}

Eigen::VectorXd drift(const RateNetwork& network, const std::vector<Cycle>& cycles) {
  Eigen::VectorXd v = Eigen::VectorXd::Zero(network.lattice.embedding());
  for (const Cycle& cycle : cycles) {
    for (int axis = 0; axis < network.lattice.dimension(); ++axis)
      v += cycle.current * cycle.displacement[static_cast<std::size_t>(axis)] * network.lattice.vectors.col(axis);
  }
  return v;
}

/// Σ of all terms of σ without their signs: the scale of its round-off. Affinities are sums of logarithms.
double entropy_scale(const std::vector<Cycle>& cycles, const SteadyState& steady) {
  double scale = 0;
  for (const Cycle& cycle : cycles) {
    double logs = 0;
    for (const Cycle::Step& step : cycle.steps)
      logs += std::abs(steady.exchanges[static_cast<std::size_t>(step.exchange)].log_ratio) + 1;
    scale += cycle.current * logs;
  }
  return scale;
}

}  // namespace

TEST_CASE("a driven chain of one state: v = a (p - q), D = a^2 (p + q)/2, sigma = (p - q) ln(p/q)") {
  const double a = 4e-10, p = 7e5, q = 3e4;
  const RateNetwork network = make_network(motor(a, {p}, {q}));
  const SteadyState steady = steady_state(network);
  REQUIRE(steady.exchanges.size() == 1);
  CHECK(steady.occupation(0) == 1);
  CHECK(steady.exchanges[0].forward == approx(p).epsilon(1e-14));
  CHECK(steady.exchanges[0].backward == approx(q).epsilon(1e-14));
  CHECK(steady.exchanges[0].current == approx(p - q).epsilon(1e-14));
  const std::vector<Cycle> cycles = fundamental_cycles(steady);
  REQUIRE(cycles.size() == 1);
  CHECK(cycles[0].affinity == approx(std::log(p / q)).epsilon(1e-14));
  CHECK(cycles[0].displacement == Cell{1, 0, 0});
  const EntropyProduction sigma = entropy_production(steady, cycles);
  CHECK(sigma.total == approx((p - q) * std::log(p / q)).epsilon(1e-13));
  CHECK(sigma.from_cycles == approx((p - q) * std::log(p / q)).epsilon(1e-13));
  CHECK(sigma.one_way == -1);
  const Transport found = transport(BlochOperator(network));
  CHECK(found.velocity(0) == approx(a * (p - q)).epsilon(1e-13));
  CHECK(found.diffusion(0, 0) == approx(a * a * (p + q) / 2).epsilon(1e-13));
}

TEST_CASE("motors of two and three states: v and D as Fisher and Kolomeisky have them") {
  // The characteristic polynomial s^N + … + c2 s² + c1 s + U + W − U e^{−ik} − W e^{ik} has v = a (U − W)/c1 and
  // D = a² [(U + W)/2 − c2 (v/a)²]/c1; U and W are the products of the rates.
  const double a = 8.2e-9;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 engine(seed);
    for (const std::size_t n : {2u, 3u}) {
      std::vector<double> u, w;
      for (std::size_t i = 0; i < n; ++i) {
        u.push_back(random_rate(engine));
        w.push_back(random_rate(engine));
      }
      double U = 1, W = 1, c1 = 0, c2 = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t next = (i + 1) % n;
        U *= u[i];
        W *= w[i];
        if (n == 2) {
          c1 += u[i] + w[i];
          c2 = 1;
        } else {
          c1 += u[i] * u[next] + w[i] * u[next] + w[i] * w[next];
          c2 += u[i] + w[i];
        }
      }
      const double J = (U - W) / c1;
      const RateNetwork network = make_network(motor(a, u, w));
      const SteadyState steady = steady_state(network);
      const std::vector<Cycle> cycles = fundamental_cycles(steady);
      REQUIRE(cycles.size() == 1);
      CHECK(cycles[0].steps.size() == n);
      // J is the difference of the fluxes on the chord: 1e-16 of them, and of the 30 or so in their logarithms.
      const double error = 64 * epsilon * (U + W) / std::abs(U - W);
      CHECK(cycles[0].current == approx(std::abs(J)).epsilon(error + 1e-13));
      CHECK(cycles[0].affinity == approx(std::abs(std::log(U / W))).epsilon(1e-12));
      CHECK(cycles[0].displacement == Cell{J > 0 ? 1 : -1, 0, 0});
      CHECK(entropy_production(steady, cycles).total == approx(J * std::log(U / W)).epsilon(error + 1e-12));
      const Transport found = transport(BlochOperator(network));
      CHECK(found.velocity(0) == approx(a * J).epsilon(error + 1e-12));
      const double D = ((U + W) / 2 - c2 * J * J) / c1;
      const double cancelled = ((U + W) / 2 + c2 * J * J) / c1 / D;
      CHECK(found.diffusion(0, 0) == approx(a * a * D).epsilon(1e-12 * cancelled));
      // The randomness 2D/(va) is at least 1/N where no step goes back, and N equal steps reach it.
      const RateNetwork poisson = make_network(motor(a, std::vector<double>(n, 5.0), std::vector<double>(n, 1e-18)));
      const Transport even = transport(BlochOperator(poisson));
      CHECK(2 * even.diffusion(0, 0) / (a * even.velocity(0)) == approx(1 / static_cast<double>(n)).epsilon(1e-12));
    }
  }
}

TEST_CASE("a ring of three states in the cell turns without moving, with the flux of Hill's diagrams") {
  std::mt19937_64 engine(5);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 1.0);
  parts.states = state_names(3);
  std::array<double, 3> u{}, w{};
  for (int i = 0; i < 3; ++i) {
    const auto at = static_cast<std::size_t>(i);
    u[at] = random_rate(engine);
    w[at] = random_rate(engine);
    parts.hops.push_back({i, (i + 1) % 3, {}, u[at], -1});
    parts.hops.push_back({i, (i + 2) % 3, {}, w[at], -1});
  }
  parts.hops.push_back({0, 0, {1}, 2.0, -1});
  parts.hops.push_back({0, 0, {-1}, 2.0, -1});
  const RateNetwork network = make_network(parts);
  CHECK_FALSE(network.reversible);
  double c1 = 0;
  for (std::size_t i = 0; i < 3; ++i) c1 += u[i] * u[(i + 1) % 3] + w[i] * u[(i + 1) % 3] + w[i] * w[(i + 1) % 3];
  const double U = u[0] * u[1] * u[2], W = w[0] * w[1] * w[2];
  const std::vector<Cycle> cycles = fundamental_cycles(steady_state(network));
  REQUIRE(cycles.size() == 2);
  CHECK(cycles[0].displacement == Cell{});
  CHECK(cycles[0].current == approx(std::abs(U - W) / c1).epsilon(1e-12));
  CHECK(cycles[0].affinity == approx(std::abs(std::log(U / W))).epsilon(1e-12));
  CHECK(cycles[1].affinity == 0);  // the hops to the neighbouring cells are in balance
  CHECK(std::abs(transport(BlochOperator(network)).velocity(0)) < 1e-14);
}

TEST_CASE("random driven networks: Kirchhoff's law, sigma >= 0, sigma = sum of J A, v = sum of J times displacement") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.dimension = 1 + static_cast<int>(seed % 3);
    spec.states = 1 + static_cast<int>(seed % 17);
    spec.reversible = false;
    spec.barriers = seed % 2 ? 3 : 27;  // 12 decades
    spec.force = {seed % 5 ? 0.7 : 0.0, 0.2, -1.1};
    const RateNetwork network = random_network(seed, spec);
    const SteadyState steady = steady_state(network);
    const std::vector<Cycle> cycles = fundamental_cycles(steady);
    REQUIRE(cycles.size() + static_cast<std::size_t>(network.size()) == steady.exchanges.size() + 1);

    // Net fluxes into each state vanish; those of the tree agree with the differences of fluxes, to round-off of these.
    Eigen::VectorXd into = Eigen::VectorXd::Zero(network.size());
    double chords = 0;
    const double digits = 200 * network.size() * epsilon;  // of a flux: logarithms up to 60 in rate and weight
    for (const Exchange& exchange : steady.exchanges) {
      into(exchange.to) += exchange.current;
      into(exchange.from) -= exchange.current;
      if (!exchange.in_tree) chords += exchange.forward + exchange.backward;
      const double flux = exchange.forward + exchange.backward;
      CHECK(std::abs(exchange.current - (exchange.forward - exchange.backward)) <= digits * (flux + chords));
      CHECK(entropy_production(exchange) >= 0);
    }
    CHECK(into.cwiseAbs().maxCoeff() <= 100 * epsilon * chords);

    // Every net flux is the sum of its cycles'.
    Eigen::VectorXd rebuilt = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(steady.exchanges.size()));
    for (const Cycle& cycle : cycles) {
      CHECK(cycle.current >= 0);
      for (const Cycle::Step& step : cycle.steps)
        rebuilt(step.exchange) += step.forward ? cycle.current : -cycle.current;
    }
    for (std::size_t e = 0; e < steady.exchanges.size(); ++e)
      CHECK(std::abs(rebuilt(static_cast<Eigen::Index>(e)) - steady.exchanges[e].current) <= 100 * epsilon * chords);

    const EntropyProduction sigma = entropy_production(steady, cycles);
    CHECK(sigma.total > 0);
    // J of a cycle errs by ε (and the size of log π) times its chord's fluxes, A by ε times the logarithms in it.
    double error = 0;
    for (const Cycle& cycle : cycles) {
      const Exchange& chord = steady.exchanges[static_cast<std::size_t>(cycle.steps[0].exchange)];
      error += (chord.forward + chord.backward) * std::abs(cycle.affinity);
    }
    CHECK(std::abs(sigma.total - sigma.from_cycles) <= 64 * epsilon * (error + entropy_scale(cycles, steady)));

    const Transport found = transport(BlochOperator(network));
    const double reach = network.lattice.vectors.colwise().norm().maxCoeff();
    CHECK((found.velocity - drift(network, cycles)).norm() <= 1e3 * epsilon * chords * reach);
    // The uncertainty relation of Barato and Seifert: along any direction, D σ ≥ v².
    for (int trial = 0; trial < 3; ++trial) {
      std::mt19937_64 engine(seed + 1000 * static_cast<std::uint64_t>(trial));
      Eigen::VectorXd e(network.lattice.embedding());
      for (double& x : e) x = uniform(engine) - 0.5;
      CHECK(e.dot(found.diffusion * e) * sigma.total >= std::pow(e.dot(found.velocity), 2) * (1 - 1e-9));
    }
  }
}

TEST_CASE("a slow drive among states joined by fast exchanges keeps its net fluxes") {
  // Rates of 1e12 in balance within pairs, a cycle of rates near 1 through the pairs: J = (U − W)/c1 of the pairs.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 1.0);
  parts.states = state_names(4);
  const double fast = 1e12, p = 3, q = 2;
  parts.hops = {{0, 1, {}, fast, -1}, {1, 0, {}, fast, -1}, {2, 3, {}, fast, -1}, {3, 2, {}, fast, -1},
                {1, 2, {}, p, -1},    {2, 1, {}, q, -1},    {3, 0, {1}, p, -1},   {0, 3, {-1}, q, -1}};
  const SteadyState steady = steady_state(make_network(parts));
  // Each pair is one state with half the rates: two states, two steps a cell.
  for (const Exchange& exchange : steady.exchanges)
    CHECK(exchange.current == approx((p - q) / 4).epsilon(1e-11));  // corrections of p/fast
}

TEST_CASE("with detailed balance nothing flows and no entropy is produced, exactly") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    RandomSpec spec;
    spec.states = 2 + static_cast<int>(seed % 9);
    spec.barriers = 20;
    const RateNetwork network = random_network(seed, spec);
    const SteadyState steady = steady_state(network);
    for (const Exchange& exchange : steady.exchanges) CHECK(exchange.current == 0);
    const std::vector<Cycle> cycles = fundamental_cycles(steady);
    for (const Cycle& cycle : cycles) CHECK(std::abs(cycle.affinity) < 1e-9);
    CHECK(entropy_production(steady, cycles).total == 0);
    CHECK(entropy_production(steady, cycles).from_cycles == 0);
  }
}

TEST_CASE("a transition without a reverse makes the entropy production infinite, and is named") {
  NetworkParts parts = motor(1, {2, 3, 5}, {1, 1, 1});
  std::erase_if(parts.hops, [](const Hop& hop) { return hop.from == 2 && hop.to == 1; });
  const SteadyState steady = steady_state(make_network(parts));
  const std::vector<Cycle> cycles = fundamental_cycles(steady);
  const EntropyProduction sigma = entropy_production(steady, cycles);
  CHECK(std::isinf(sigma.total));
  CHECK(std::isinf(sigma.from_cycles));
  REQUIRE(sigma.one_way >= 0);
  const Exchange& exchange = steady.exchanges[static_cast<std::size_t>(sigma.one_way)];
  CHECK(exchange.from == 1);
  CHECK(exchange.to == 2);
  CHECK(exchange.back == -1);
  REQUIRE(cycles.size() == 1);
  CHECK(std::isinf(cycles[0].affinity));
}
