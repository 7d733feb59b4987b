// Derivatives of large networks against those of dense matrices, where both can be had.
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/reduction/sparse_reduction.hpp"
#include "runtime/sensitivity/derivatives.hpp"
#include "tests/runtime/large_network.hpp"

using namespace rdd;
using namespace rdd::testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// Saddles, energies, a force with a strain, and every rate on its own.
NetworkDerivatives slopes_of(const RateNetwork& network, std::uint64_t seed) {
  constexpr Eigen::Index J = 4;
  std::mt19937_64 engine(seed);
  NetworkDerivatives slopes;
  const auto hops = static_cast<Eigen::Index>(network.hops.size());
  slopes.log_rates = MatrixXd::Zero(hops, J);
  slopes.log_weights = MatrixXd::Zero(network.size(), J);
  const Eigen::Index m = network.lattice.embedding(), n = network.lattice.dimension();
  slopes.vectors.assign(J, MatrixXd::Zero(m, n));
  slopes.vectors[2] = 0.1 * network.lattice.vectors;
  VectorXd energy(network.size());
  for (double& e : energy) e = uniform(engine);
  if (network.reversible) slopes.log_weights.col(1) = -energy;
  for (Eigen::Index h = 0; h < hops; ++h) {
    const Hop& hop = network.hops[static_cast<std::size_t>(h)];
    slopes.log_rates(h, 0) = std::sin(1.0 + hop.from + hop.to);  // the same for a hop and its reverse
    slopes.log_rates(h, 1) = energy(hop.from);
    slopes.log_rates(h, 2) = 0.5 * hop.cell[0];
    slopes.log_rates(h, 3) = 2 * uniform(engine) - 1;
  }
  return slopes;
}

std::vector<RateNetwork> networks() {
  std::vector<RateNetwork> all;
  for (const double skew : {0.0, 0.3}) {
    all.push_back(make_network(disordered({6, 5, 5}, 3, 3, skew)));
    all.push_back(make_network(ladder(60, 1e-5, skew)));
  }
  return all;
}

}  // namespace

// The vectors are right to 1e-6 or better, and derivatives are of first order in their error where the network is not
// reversible; at least 1e-5 of a decay rate or, not reversible, 1e-10 of the fastest rate, as λ itself.
TEST_CASE("derivatives of the slow bands of large networks are those of the dense matrices") {
  for (const RateNetwork& network : networks()) {
    CAPTURE(network.size());
    CAPTURE(network.reversible);
    const NetworkDerivatives slopes = slopes_of(network, 5);
    const SparseSpectrum spectrum(network);
    const BlochOperator bloch(network);
    for (const double phase : {0.0, 0.4, 2.8}) {
      VectorXd phases(network.lattice.dimension());
      for (Eigen::Index axis = 0; axis < phases.size(); ++axis) phases(axis) = phase / static_cast<double>(1 + axis);
      std::vector<BandPoint> points;
      for (int band = 0; band < 5; ++band) points.push_back({phases, band});
      const Eigen::VectorXcd lambda = bands_at(bloch, phases);
      if (!network.reversible && splits_pair(lambda, 5)) continue;
      const Eigen::MatrixXcd sparse = sparse_band_derivatives(spectrum, slopes, points);
      const Eigen::MatrixXcd dense = band_derivatives(bloch, slopes, points);
      for (Eigen::Index band = 0; band < 5; ++band) {
        CAPTURE(phase);
        CAPTURE(band);
        CAPTURE(sparse.row(band));
        CAPTURE(dense.row(band));
        CHECK((sparse.row(band) - dense.row(band)).cwiseAbs().maxCoeff() <=
              1e-5 * std::abs(lambda(band)) + (network.reversible ? 0 : 1e-9 * network.escape.maxCoeff()));
      }
    }
  }
}

TEST_CASE("derivatives of the reduction of large networks are those of the dense one") {
  for (const double skew : {0.0, 0.2}) {
    const RateNetwork network = make_network(ladder(60, 1e-5, skew));
    const NetworkDerivatives slopes = slopes_of(network, 7);
    const SparseSpectrum spectrum(network);
    SparseBands bands(spectrum);
    const BlochOperator bloch(network);
    for (const int P : {1, 2}) {
      for (const int order : {1, 2}) {
        CAPTURE(skew);
        CAPTURE(P);
        CAPTURE(order);
        const ReduceParams params{.order = order};
        const auto dense = reduction_derivatives(bloch, slopes, reduce(bloch, P, params));
        const auto sparse =
            sparse_reduction_derivatives(spectrum, Gauge::cells, slopes, sparse_reduce(bands, Gauge::cells, P, params));
        CHECK(sparse.kink == dense.kink);
        for (std::size_t j = 0; j < 4; ++j) {
          CAPTURE(j);
          const Coefficients &a = sparse.coefficients[j], &b = dense.coefficients[j];
          // As the reductions themselves agree (sparse_reduction_test.cpp), to the scale of each kind.
          const auto same = [](const MatrixXd& one, const MatrixXd& other, double scale) {
            CHECK((one - other).cwiseAbs().maxCoeff() <= 1e-6 * scale);
          };
          const double length = 2e-9, diffusivity = b.diffusion[0][0].norm() + 1e-18;
          same(a.reaction, b.reaction, b.reaction.norm() + 1e-6);
          same(a.drift[0], b.drift[0], b.drift[0].norm() + diffusivity / length);
          same(a.diffusion[0][0], b.diffusion[0][0], diffusivity);
          same(sparse.chi[j], dense.chi[j], 1);
        }
      }
    }
  }
}
