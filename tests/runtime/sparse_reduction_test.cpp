#include "runtime/reduction/sparse_reduction.hpp"
#include "runtime/sensitivity/derivatives.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/dense.hpp"
#include "runtime/reduction/sparse_transport.hpp"
#include "tests/runtime/large_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("D of a chain of many random barriers is that of resistors in series") {
  const int states = 5000;
  std::mt19937_64 engine(3);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 3e-9);
  parts.states = state_names(states);
  Eigen::VectorXd energy(states);
  for (double& e : energy) e = 12 * uniform(engine);
  parts.log_weights = -energy;
  double resistance = 0;
  for (int i = 0; i < states; ++i) {
    const int next = (i + 1) % states;
    const Cell cell{next == 0 ? 1 : 0, 0, 0};
    const double saddle = -40 * uniform(engine);
    parts.hops.push_back({i, next, cell, std::exp(saddle + energy(i)), 0});
    parts.hops.push_back({next, i, {-cell[0], 0, 0}, std::exp(saddle + energy(next)), 0});
    resistance += std::exp(-saddle);
  }
  const double exact = 9e-18 / (resistance * (-energy).array().exp().sum());
  const RateNetwork network = make_network(parts);
  const SparseTransport found = sparse_transport(network, GroupInverse(network), Gauge::cells);
  CHECK(found.transport.diffusion(0, 0) == rdd::test::approx(exact).epsilon(1e-11));
  CHECK(found.digits > 10);
  CHECK(found.transport.velocity(0) == 0);
}

TEST_CASE("sparse transport is that of the elimination, with and without detailed balance") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    RandomSpec spec{.dimension = 1 + static_cast<int>(seed % 3),
                    .states = 60 + 20 * static_cast<int>(seed),
                    .reversible = seed % 2 == 0,
                    .positions = seed % 4 < 2,
                    .barriers = 10};
    const RateNetwork network = make_network(random_parts(seed, spec));
    const Gauge gauge = spec.positions ? Gauge::positions : Gauge::cells;
    const Transport exact = transport(BlochOperator(network, gauge));
    const GroupInverse inverse(network);
    const SparseTransport sparse = sparse_transport(network, inverse, gauge);
    const Transport& found = sparse.transport;
    CHECK((found.diffusion - exact.diffusion).norm() < 1e-10 * exact.diffusion.norm());
    CHECK((found.diffusion_first_order - exact.diffusion_first_order).norm() <
          1e-12 * exact.diffusion_first_order.norm());
    CHECK((found.velocity - exact.velocity).norm() < 1e-9 * (exact.velocity.norm() + 1e-3));
    CHECK(sparse.digits > 8);

    // Derivatives by any changes of the rates, against those of the elimination; without weights that are declared.
    std::mt19937_64 engine(seed);
    NetworkDerivatives by{Eigen::MatrixXd(static_cast<Eigen::Index>(network.hops.size()), 2),
                          Eigen::MatrixXd::Zero(network.size(), 2),
                          {},
                          {}};
    for (double& change : by.log_rates.reshaped()) change = uniform(engine) - 0.5;
    for (int j = 0; j < 2; ++j) {
      by.vectors.push_back(0.1 * (j + 1) * network.lattice.vectors);
      if (spec.positions) by.positions.push_back(0.1 * (j + 1) * *network.positions);
    }
    const auto expected = transport_derivatives(BlochOperator(network, gauge), by).transport;
    const auto changes = sparse_transport_derivatives(network, by, inverse, sparse, gauge).transport;
    for (std::size_t j = 0; j < 2; ++j) {
      CHECK((changes[j].diffusion - expected[j].diffusion).norm() < 1e-8 * exact.diffusion.norm());
      CHECK((changes[j].diffusion_first_order - expected[j].diffusion_first_order).norm() <
            1e-8 * exact.diffusion_first_order.norm());
      CHECK((changes[j].velocity - expected[j].velocity).norm() < 1e-8 * (expected[j].velocity.norm() + 1e-3));
    }
  }
}

TEST_CASE("a supercell has the D of its cell") {
  const int copies = 700;
  const RandomSpec spec{.dimension = 1, .states = 6};
  const NetworkParts cell = random_parts(4, spec);
  const Transport exact = transport(BlochOperator(make_network(cell)));
  NetworkParts super;
  super.lattice.vectors = copies * cell.lattice.vectors;
  super.states = state_names(6 * copies);
  super.log_weights = cell.log_weights->replicate(copies, 1);
  for (int copy = 0; copy < copies; ++copy) {
    for (const Hop& hop : cell.hops) {
      const int target = copy + hop.cell[0];
      const int wraps = target < 0 ? -1 : target >= copies ? 1 : 0;
      super.hops.push_back({6 * copy + hop.from, 6 * (target - wraps * copies) + hop.to, {wraps, 0, 0}, hop.rate, 0});
    }
  }
  const RateNetwork network = make_network(super);
  const Transport found = sparse_transport(network, GroupInverse(network), Gauge::cells).transport;
  CHECK(found.diffusion(0, 0) == rdd::test::approx(exact.diffusion(0, 0)).epsilon(1e-11));
}

TEST_CASE("the sparse reduction is the dense one") {
  for (const double skew : {0.0, 0.2}) {
    for (const int order : {1, 2}) {
      CAPTURE(skew);
      CAPTURE(order);
      const RateNetwork network = make_network(ladder(60, 1e-5, skew));
      CHECK(network.reversible == (skew == 0));
      const ReduceParams params{.order = order};
      const Reduction dense = reduce(BlochOperator(network), 2, params);
      const SparseSpectrum spectrum(network);
      SparseBands bands(spectrum);
      const Reduction sparse = sparse_reduce(bands, Gauge::cells, 2, params);
      CHECK((sparse.groups.chi - dense.groups.chi).cwiseAbs().maxCoeff() < 1e-8);
      const auto same = [](const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double scale) {
        CHECK((a - b).cwiseAbs().maxCoeff() < 1e-7 * scale);
      };
      const double length = 2e-9;
      const double rate = dense.coefficients.reaction.norm();
      const double diffusivity = dense.coefficients.diffusion[0][0].norm();
      same(sparse.coefficients.reaction, dense.coefficients.reaction, rate);
      same(sparse.coefficients.drift[0], dense.coefficients.drift[0],
           dense.coefficients.drift[0].norm() + diffusivity / length);
      same(sparse.coefficients.diffusion[0][0], dense.coefficients.diffusion[0][0], diffusivity);
      same(sparse.projection, dense.projection, 1);
      same(sparse.lift, dense.lift, dense.lift.norm());
      CHECK(sparse.slip.size() == dense.slip.size());
      if (order == 2) same(sparse.slip[0], dense.slip[0], dense.slip[0].norm());
      CHECK(sparse.resolution >= 1);
      if (std::isfinite(dense.resolution)) {
        // The dense search finds the least resolution to about 1 %, the sparse one a sufficient one.
        CHECK(sparse.resolution > 0.95 * dense.resolution);
        CHECK(sparse.resolution < 3 * dense.resolution);
      }
    }
  }
}

TEST_CASE("the choice for a large network keeps the groups that a wide gap separates") {
  const RateNetwork network = make_network(ladder(400, 1e-9));
  const SparseSpectrum spectrum(network);
  SparseBands bands(spectrum);
  const Choice choice = sparse_choose(bands, Gauge::cells, {});
  CHECK(choice.P == 2);
  const Reduction reduction = sparse_reduce(bands, Gauge::cells, choice.P, {});
  CHECK(reduction.groups.crispness > 0.999);
  CHECK(reduction.coefficients.reaction.colwise().sum().cwiseAbs().maxCoeff() == 0);
  // Ten-state spacing of bonds at rate 1e-9: each side leaves at a tenth of it.
  CHECK(-reduction.coefficients.reaction(0, 0) == rdd::test::approx(1e-10).epsilon(1e-3));
}

TEST_CASE("order-2 eigenvalues of a large network agree with exact ones to fourth order in k") {
  const RateNetwork network = make_network(ladder(400, 1e-9));
  const SparseSpectrum spectrum(network);
  SparseBands bands(spectrum);
  const Reduction reduction = sparse_reduce(bands, Gauge::cells, 2, {});
  double before = 0;
  for (const double phase : {0.8, 0.4}) {
    const Eigen::VectorXd k = Eigen::VectorXd::Constant(1, phase / 2e-9);
    const Eigen::VectorXcd found = eigenvalues(Eigen::MatrixXcd(-symbol(reduction.coefficients, k)));
    const Eigen::VectorXcd exact = spectrum.slow_bands(Eigen::VectorXd::Constant(1, phase), 2);
    const double error = std::abs(found(1) - exact(1));
    if (before > 0) CHECK(std::log2(before / error) == doctest::Approx(4).epsilon(0.1));
    before = error;
  }
}
