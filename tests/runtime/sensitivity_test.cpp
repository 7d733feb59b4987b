// Derivatives against differences of the functions themselves: central, with two steps of Richardson's extrapolation,
// so that h⁶ and round-off/h are what is left.
#include "runtime/sensitivity/derivatives.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "runtime/sensitivity/arrhenius.hpp"
#include "tests/runtime/large_network.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

struct Difference {
  VectorXd value;
  double error = 0;
};

/// A random network that depends on parameters θ, all 0 where derivatives are taken.
struct Family {
  NetworkParts parts;
  NetworkDerivatives slopes;

  Family(std::uint64_t seed, const RandomSpec& spec) : Family(seed, random_parts(seed, spec)) {}
  Family(std::uint64_t seed, NetworkParts some) : parts(std::move(some)) {
    std::mt19937_64 engine(seed + 1000);
    constexpr Eigen::Index J = 5;  // a saddle, an energy, a force, a strain, everything at once
    const Eigen::Index m = parts.lattice.embedding(), n = parts.lattice.dimension();
    const auto states = static_cast<int>(parts.states.size());
    slopes.log_rates = MatrixXd::Zero(static_cast<Eigen::Index>(parts.hops.size()), J);
    slopes.log_weights = MatrixXd::Zero(states, J);
    slopes.vectors.assign(J, MatrixXd::Zero(m, n));
    if (parts.positions) slopes.positions.assign(J, MatrixXd::Zero(m, states));
    const int deep = pick(engine, states), saddle = 2 * pick(engine, static_cast<int>(parts.hops.size()) / 2);
    slopes.log_weights(deep, 1) = -1;
    for (std::size_t h = 0; h < parts.hops.size(); ++h) {
      const auto row = static_cast<Eigen::Index>(h);
      const Hop& hop = parts.hops[h];
      if (static_cast<int>(h) == saddle || static_cast<int>(h) == saddle + 1) slopes.log_rates(row, 0) = -1;
      if (hop.from == deep) slopes.log_rates(row, 1) = 1;
      slopes.log_rates(row, 2) = 0.5 * hop.cell[0] + 0.3 * (hop.to - hop.from);
      slopes.log_rates(row, 4) = 2 * uniform(engine) - 1;
    }
    for (double& x : slopes.vectors[3].reshaped()) x = uniform(engine) - 0.5;
    for (double& x : slopes.vectors[4].reshaped()) x = uniform(engine) - 0.5;
    if (parts.positions) {
      for (double& x : slopes.positions[3].reshaped()) x = uniform(engine) - 0.5;
      for (double& x : slopes.positions[4].reshaped()) x = uniform(engine) - 0.5;
    }
  }

  RateNetwork at(const VectorXd& theta) const {
    NetworkParts changed = parts;
    const VectorXd log_rates = slopes.log_rates * theta;
    for (std::size_t h = 0; h < changed.hops.size(); ++h)
      changed.hops[h].rate *= std::exp(log_rates(static_cast<Eigen::Index>(h)));
    if (changed.log_weights) *changed.log_weights += slopes.log_weights * theta;
    for (Eigen::Index j = 0; j < theta.size(); ++j) {
      changed.lattice.vectors += theta(j) * slopes.vectors[static_cast<std::size_t>(j)];
      if (changed.positions) *changed.positions += theta(j) * slopes.positions[static_cast<std::size_t>(j)];
    }
    return make_network(std::move(changed));
  }
  RateNetwork here() const { return at(VectorXd::Zero(slopes.parameters())); }
  Gauge gauge() const { return parts.positions ? Gauge::positions : Gauge::cells; }

  /// ∂f/∂θ_j with h = 0.02. The last correction of the extrapolation bounds what is left of it, h⁶ f⁽⁷⁾.
  Difference difference(Eigen::Index j, const std::function<VectorXd(const RateNetwork&)>& f) const {
    const auto central = [&](double h) -> VectorXd {
      VectorXd theta = VectorXd::Zero(slopes.parameters());
      theta(j) = h;
      const VectorXd high = f(at(theta));
      theta(j) = -h;
      return (high - f(at(theta))) / (2 * h);
    };
    const VectorXd a = central(0.02), b = central(0.01), c = central(0.005);
    const VectorXd ab = (4 * b - a) / 3, bc = (4 * c - b) / 3;
    return {(16 * bc - ab) / 15, (bc - ab).lpNorm<Eigen::Infinity>() / 15};
  }
};

VectorXd flat(const Coefficients& c) {
  std::vector<double> all(c.reaction.data(), c.reaction.data() + c.reaction.size());
  for (const auto& x : c.drift) all.insert(all.end(), x.data(), x.data() + x.size());
  for (const auto& row : c.diffusion)
    for (const auto& x : row) all.insert(all.end(), x.data(), x.data() + x.size());
  return Eigen::Map<VectorXd>(all.data(), static_cast<Eigen::Index>(all.size()));
}

/// Round-off over h leaves about 1e-11 of the scale; reductions are found to 1e-13 or so, times the conditions of
/// bases.
void check_close(const VectorXd& found, const Difference& expected, double scale, double tolerance = 1e-9) {
  CAPTURE(found.transpose());
  CAPTURE(expected.value.transpose());
  CHECK((found - expected.value).lpNorm<Eigen::Infinity>() <=
        tolerance * std::max(scale, expected.value.lpNorm<Eigen::Infinity>()) + expected.error);
}

std::vector<RandomSpec> kinds() {
  RandomSpec forced;
  forced.force = {0.7, -0.4, 0.2};
  return {RandomSpec{.dimension = 1, .states = 3},
          RandomSpec{.dimension = 2, .states = 5},
          RandomSpec{.dimension = 3, .states = 7, .positions = true},
          RandomSpec{.dimension = 2, .states = 4, .reversible = false},
          RandomSpec{.dimension = 2, .states = 6, .reversible = false, .positions = true},
          forced};
}

}  // namespace

TEST_CASE("derivatives of D, of v and of the weights are those of differences") {
  for (const RandomSpec& spec : kinds()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      CAPTURE(spec.states);
      const Family family(seed, spec);
      const BlochOperator bloch(family.here(), family.gauge());
      const Transport value = transport(bloch);
      const TransportDerivatives found = transport_derivatives(bloch, family.slopes);
      REQUIRE(found.transport.size() == 5);
      const double scale = value.diffusion.norm();
      for (Eigen::Index j = 0; j < 5; ++j) {
        CAPTURE(j);
        const Transport& slope = found.transport[static_cast<std::size_t>(j)];
        const auto along = [&](auto member) {
          return family.difference(j, [&](const RateNetwork& network) -> VectorXd {
            const Transport t = transport(BlochOperator(network, family.gauge()));
            return (t.*member).reshaped();
          });
        };
        check_close(slope.diffusion.reshaped(), along(&Transport::diffusion), scale);
        check_close(slope.diffusion_first_order.reshaped(), along(&Transport::diffusion_first_order),
                    value.diffusion_first_order.norm());
        check_close(slope.velocity, along(&Transport::velocity), scale);
        check_close(found.log_weights.col(j),
                    family.difference(j, [](const RateNetwork& network) { return network.log_weights; }), 1);
      }
    }
  }
}

TEST_CASE("a force on a network at rest moves it by the Einstein relation") {
  // θ f: rates ∝ exp(½ f·cell), so that β f·Δ = f·cell and v = D·(β f), in cells.
  const RandomSpec spec{.dimension = 2, .states = 6};
  NetworkParts parts = random_parts(3, spec);
  NetworkDerivatives slopes;
  slopes.log_rates = MatrixXd::Zero(static_cast<Eigen::Index>(parts.hops.size()), 1);
  for (std::size_t h = 0; h < parts.hops.size(); ++h)
    slopes.log_rates(static_cast<Eigen::Index>(h), 0) = 0.5 * parts.hops[h].cell[0];
  slopes.log_weights = MatrixXd::Zero(spec.states, 1);
  slopes.vectors = {MatrixXd::Zero(2, 2)};
  parts.lattice.vectors = MatrixXd::Identity(2, 2);
  const BlochOperator bloch(make_network(parts));
  const Transport slope = transport_derivatives(bloch, slopes).transport.front();
  const Transport value = transport(bloch);
  for (Eigen::Index i = 0; i < 2; ++i)
    CHECK(slope.velocity(i) == rdd::test::approx(value.diffusion(i, 0)).epsilon(1e-12));
}

TEST_CASE("derivatives of D keep their digits over twenty decades") {
  // A chain of alternating rates: D = a² k1 k2 / (2 (k1 + k2)), so ∂ln D/∂ln k1 = k2/(k1 + k2).
  for (const double ratio : {1e-20, 1e-10, 1.0, 1e10, 1e20}) {
    CAPTURE(ratio);
    NetworkParts parts;
    parts.lattice.vectors = MatrixXd::Identity(1, 1);
    parts.states = {"A", "B"};
    parts.log_weights = VectorXd::Zero(2);
    parts.hops = {{0, 1, {}, ratio, 0}, {1, 0, {}, ratio, 0}, {1, 0, {1}, 1, 1}, {0, 1, {-1}, 1, 1}};
    NetworkDerivatives slopes;
    slopes.log_rates = MatrixXd::Zero(4, 2);
    slopes.log_rates.col(0).head(2).setOnes();
    slopes.log_rates.col(1).tail(2).setOnes();
    slopes.log_weights = MatrixXd::Zero(2, 2);
    slopes.vectors.assign(2, MatrixXd::Zero(1, 1));
    const BlochOperator bloch(make_network(parts));
    const double D = transport(bloch).diffusion(0, 0);
    const TransportDerivatives found = transport_derivatives(bloch, slopes);
    CHECK(std::abs(found.transport[0].diffusion(0, 0) / D - 1 / (1 + ratio)) < 4e-16);
    CHECK(std::abs(found.transport[1].diffusion(0, 0) / D - ratio / (1 + ratio)) < 4e-16);
  }
}

TEST_CASE("derivatives of eigenvalues are those of differences") {
  for (const RandomSpec& spec : kinds()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      const Family family(seed, spec);
      const BlochOperator bloch(family.here());
      std::mt19937_64 engine(seed);
      for (const bool zero : {true, false}) {
        const VectorXd k = zero ? VectorXd(VectorXd::Zero(spec.dimension)) : random_phases(engine, spec.dimension);
        const EigenvalueDerivatives found = eigenvalue_derivatives(bloch, family.slopes, k);
        const double fastest = bloch.network().escape.maxCoeff();
        CHECK((found.lambda - bands_at(bloch, k)).cwiseAbs().maxCoeff() < 1e-12 * fastest);
        for (Eigen::Index j = 0; j < 5; ++j) {
          CAPTURE(j);
          const Difference real = family.difference(
              j, [&](const RateNetwork& network) -> VectorXd { return bands_at(BlochOperator(network), k).real(); });
          const Difference imaginary = family.difference(
              j, [&](const RateNetwork& network) -> VectorXd { return bands_at(BlochOperator(network), k).imag(); });
          check_close(found.derivatives.col(j).real(), real, fastest);
          check_close(found.derivatives.col(j).imag(), imaginary, fastest);
        }
      }
    }
  }
}

TEST_CASE("members of a multiplet get the derivative of their mean") {
  // Three equal wells around a fourth one: λ = 1, 1, 4 by symmetry. One of the three barriers changes.
  NetworkParts parts;
  parts.lattice.vectors = MatrixXd::Identity(1, 1);
  parts.states = {"centre", "a", "b", "c"};
  parts.log_weights = VectorXd::Zero(4);
  for (int well = 1; well <= 3; ++well) {
    parts.hops.push_back({0, well, {}, 1, well});
    parts.hops.push_back({well, 0, {}, 1, well});
  }
  parts.hops.push_back({0, 0, {1}, 1, 0});
  parts.hops.push_back({0, 0, {-1}, 1, 0});
  NetworkDerivatives slopes;
  slopes.log_rates = MatrixXd::Zero(8, 1);
  slopes.log_rates.col(0).head(2).setOnes();
  slopes.log_weights = MatrixXd::Zero(4, 1);
  slopes.vectors = {MatrixXd::Zero(1, 1)};
  const EigenvalueDerivatives found =
      eigenvalue_derivatives(BlochOperator(make_network(parts)), slopes, VectorXd::Zero(1));
  CHECK(found.multiplicity == std::vector<int>{1, 2, 2, 1});
  // The trace changes by 2, λ = 4 by |w_1 − w_0|² = (4/√12)² = 4/3; the pair has the rest, 2/3 in two halves.
  CHECK(found.derivatives(3, 0).real() == rdd::test::approx(4. / 3).epsilon(1e-12));
  CHECK(found.derivatives(1, 0).real() == rdd::test::approx(1. / 3).epsilon(1e-12));
  CHECK(found.derivatives(2, 0).real() == found.derivatives(1, 0).real());
}

TEST_CASE("derivatives of slow eigenvalues keep their digits") {
  // Two pairs of states, fast inside (1), slow between (ε): λ_1 → ε for ε → 0, ∂ln λ_1/∂ln ε → 1.
  for (const double slow : {1e-8, 1e-14, 1e-18}) {
    CAPTURE(slow);
    NetworkParts parts;
    parts.lattice.vectors = MatrixXd::Identity(1, 1);
    parts.states = {"a", "b", "c", "d"};
    parts.log_weights = VectorXd::Zero(4);
    const auto join = [&](int from, int to, double rate, Cell cell) {
      parts.hops.push_back({from, to, cell, rate, 0});
      parts.hops.push_back({to, from, {-cell[0]}, rate, 0});
    };
    join(0, 1, 1, {});
    join(2, 3, 1, {});
    join(1, 2, slow, {});
    join(0, 0, 1, {1});
    NetworkDerivatives slopes;
    slopes.log_rates = MatrixXd::Zero(8, 2);
    slopes.log_rates.col(0).segment(4, 2).setOnes();
    slopes.log_rates.col(1).head(2).setOnes();
    slopes.log_weights = MatrixXd::Zero(4, 2);
    slopes.vectors.assign(2, MatrixXd::Zero(1, 1));
    const EigenvalueDerivatives found =
        eigenvalue_derivatives(BlochOperator(make_network(parts)), slopes, VectorXd::Zero(1));
    CHECK(found.derivatives(1, 0).real() == rdd::test::approx(slow).epsilon(1e-6));
    CHECK(std::abs(found.derivatives(1, 1).real()) < 2 * slow * slow + 1e-28);
  }
}

TEST_CASE("derivatives of the reduced equation are those of differences") {
  int compared = 0;
  for (const RandomSpec& spec : kinds()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Family family(seed, spec);
      const BlochOperator bloch(family.here(), family.gauge());
      const Eigen::VectorXcd lambda = bands_at(bloch, VectorXd::Zero(spec.dimension));
      for (int P = 1; P <= spec.states; ++P) {
        if (splits_pair(lambda, P)) continue;
        for (const int order : {1, 2}) {
          CAPTURE(seed);
          CAPTURE(P);
          CAPTURE(order);
          const ReduceParams params{.order = order, .error = 0.5};
          const Reduction value = reduce(bloch, P, params);
          const ReductionDerivatives found = reduction_derivatives(bloch, family.slopes, value);
          CHECK_FALSE(found.kink);
          const double scale = flat(value.coefficients).lpNorm<Eigen::Infinity>();
          for (Eigen::Index j = 0; j < 5; ++j) {
            CAPTURE(j);
            const auto fields = [&](const RateNetwork& network) -> VectorXd {
              const Reduction r = reduce(BlochOperator(network, family.gauge()), P, params);
              const VectorXd c = flat(r.coefficients);
              VectorXd all(c.size() + r.groups.chi.size());
              all << c, VectorXd(r.groups.chi.reshaped());
              return all;
            };
            // No use where the optimiser goes to another corner: the zeros of χ must be the same on both sides.
            const auto zeros = [&](double theta) -> Eigen::ArrayXXi {
              VectorXd all = VectorXd::Zero(5);
              all(j) = theta;
              const Reduction r = reduce(BlochOperator(family.at(all), family.gauge()), P, params);
              return (r.groups.chi.array().abs() < 1e-12).cast<int>();
            };
            if (P > 1 && P < spec.states && ((zeros(0.02) != zeros(0)).any() || (zeros(-0.02) != zeros(0)).any()))
              continue;
            ++compared;
            const Difference expected = family.difference(j, fields);
            const auto at = static_cast<std::size_t>(j);
            const VectorXd c = flat(found.coefficients[at]);
            VectorXd all(expected.value.size());
            all << c, VectorXd(found.chi[at].reshaped());
            check_close(all, expected, scale, 1e-8);
          }
        }
      }
    }
  }
  CHECK(compared > 300);
}

TEST_CASE("so are those where the slow modes have no groups: of the lifted simplex") {
  const Family family(3, disordered({4, 4}, 1, 0.2));
  const BlochOperator bloch(family.here());
  const Reduction value = reduce_unresolved(bloch, 5, {});
  REQUIRE(value.groups.zeros.empty());
  const auto fields = [&](const RateNetwork& network) -> VectorXd {
    const Reduction r = reduce_unresolved(BlochOperator(network), 5, {.like = &value.groups});
    VectorXd all(flat(r.coefficients).size() + r.groups.chi.size());
    all << flat(r.coefficients), VectorXd(r.groups.chi.reshaped());
    return all;
  };
  const ReductionDerivatives found = reduction_derivatives(bloch, family.slopes, value);
  for (Eigen::Index j = 0; j < 5; ++j) {
    CAPTURE(j);
    const auto at = static_cast<std::size_t>(j);
    const VectorXd c = flat(found.coefficients[at]);
    VectorXd all(c.size() + value.groups.chi.size());
    all << c, VectorXd(found.chi[at].reshaped());
    check_close(all, family.difference(j, fields), flat(value.coefficients).lpNorm<Eigen::Infinity>(), 1e-8);
  }
}

TEST_CASE("an Arrhenius fit has the standard errors of linear regression") {
  // ln y = −1, −2.1, −2.9 at β = 1, 2, 3: the line −0.1 − 0.95 β leaves 0.05, −0.1, 0.05.
  const Eigen::Vector3d beta(1, 2, 3), y(std::exp(-1.0), std::exp(-2.1), std::exp(-2.9));
  const auto fit = arrhenius_fit(beta, y);
  REQUIRE(fit.has_value());
  CHECK(fit->activation_energy == rdd::test::approx(0.95).epsilon(1e-13));
  CHECK(fit->log_prefactor == rdd::test::approx(-0.1).epsilon(1e-12));
  CHECK(fit->activation_energy_error == rdd::test::approx(std::sqrt(0.015 / 2)).epsilon(1e-12));
  CHECK(fit->log_prefactor_error == rdd::test::approx(std::sqrt(0.015 * (1. / 3 + 2))).epsilon(1e-12));
  CHECK_FALSE(arrhenius_fit(beta, Eigen::Vector3d(1, -1, 1)).has_value());
  CHECK_FALSE(arrhenius_fit(Eigen::Vector3d::Ones(), y).has_value());
}
