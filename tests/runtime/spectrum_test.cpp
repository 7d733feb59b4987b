#include "runtime/spectrum/spectrum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/dense.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

TEST_CASE("one state on a row: lambda = 2 k (1 - cos phi)") {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, 3.0, 0}, {0, 0, {-1}, 3.0, 0}};
  const Spectrum spectrum = bands(BlochOperator(make_network(parts)), uniform_grid({21}));
  CHECK(spectrum.hermitian);
  for (int k = 0; k < 21; ++k) {
    CHECK(spectrum.lambda(0, k).real() ==
          rdd::test::approx(6 * (1 - std::cos(spectrum.phases(0, k)))).epsilon(1e-14).scale(1));
  }
}

TEST_CASE("the grid has both ends, its last axis runs fastest, and -k is in it to the last bit") {
  const Eigen::MatrixXd grid = uniform_grid({3, 4});
  REQUIRE(grid.cols() == 12);
  CHECK(grid(0, 0) == -std::numbers::pi);
  CHECK(grid(1, 3) == std::numbers::pi);
  CHECK(grid(0, 4) == 0);
  for (int k = 0; k < 12; ++k) CHECK((grid.col(k) + grid.col(11 - k)).isZero(0));
}

TEST_CASE("the spectra of the paper's examples") {
  for (const char* name : {"fig1a", "fig1b", "fig1c"}) {
    CAPTURE(name);
    const nlohmann::json reference = read_json(std::string("paper/") + name + ".spectrum.json");
    const RateNetwork network = paper_network(name);
    CHECK(network.reversible);
    const BlochOperator bloch(network);
    const Eigen::MatrixXd phases = matrix(reference.at("k")).transpose();
    const Eigen::MatrixXd expected = matrix(reference.at("lambda")).transpose();
    const Spectrum spectrum = bands(bloch, phases);
    // dense Hermitian solvers are right to round-off of the norm; 1e-12 of the fastest rate, and 1e-9 relative
    const Eigen::MatrixXd error = (spectrum.lambda.real() - expected).cwiseAbs();
    CHECK(error.maxCoeff() < 1e-12 * spectrum.fastest_rate);
    CHECK((error.bottomRows(error.rows() - 1).array() / expected.bottomRows(error.rows() - 1).array()).maxCoeff() <
          1e-9);
    CHECK(spectrum.lambda.imag().isZero(0));

    const Spectrum grid = bands(bloch, uniform_grid({101, 101}), 2);
    const auto& edges = reference.at("grid_101x101");
    CHECK((grid.band_min() - vector(edges.at("band_min"))).cwiseAbs().maxCoeff() < 1e-12 * grid.fastest_rate);
    CHECK((grid.band_max() - vector(edges.at("band_max"))).cwiseAbs().maxCoeff() < 1e-12 * grid.fastest_rate);
  }
}

TEST_CASE("lambda_0 is zero at k = 0, no real part is negative, and threads change nothing") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .reversible = seed % 2 == 0}));
    const Spectrum spectrum = bands(bloch, uniform_grid(std::vector<int>(static_cast<std::size_t>(dimension), 5)));
    const Eigen::Index centre = spectrum.phases.cols() / 2;
    CHECK(spectrum.phases.col(centre).isZero(0));
    CHECK(std::abs(spectrum.lambda(0, centre)) < 1e-12 * spectrum.fastest_rate);
    CHECK(spectrum.band_min().minCoeff() > -1e-12 * spectrum.fastest_rate);
    CHECK(spectrum.hermitian == bloch.reversible());
    const Spectrum again = bands(bloch, spectrum.phases, 3);
    CHECK(again.lambda == spectrum.lambda);
    for (Eigen::Index k = 0; k < spectrum.phases.cols(); ++k) {  // each column is what stands alone, to the last bit
      CHECK(bands_at(bloch, spectrum.phases.col(k)) == spectrum.lambda.col(k));
    }
  }
}

TEST_CASE("threads change nothing on a grid of which each has many runs") {
  for (const bool reversible : {true, false}) {
    const BlochOperator bloch(random_network(3, {.dimension = 2, .states = 2, .reversible = reversible}));
    const Eigen::MatrixXd grid = uniform_grid({161, 161});
    const Spectrum alone = bands(bloch, grid, 1, true), shared = bands(bloch, grid, 3, true);
    CHECK(shared.lambda == alone.lambda);
    for (Eigen::Index k = 0; k < grid.cols(); k += 97) {
      CHECK(shared.vectors.right(k) == alone.vectors.right(k));
      CHECK(shared.vectors.left(k) == alone.vectors.left(k));
    }
  }
}

TEST_CASE("the spectrum does not depend on how the network is put into words") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    NetworkParts parts = random_parts(seed, {.dimension = dimension, .reversible = seed % 2 == 0});
    const BlochOperator bloch(make_network(parts));
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, dimension);
    const Eigen::VectorXd k = bloch.wave_vector(phases);
    const Eigen::VectorXcd expected = bands_at(bloch, phases);
    for (const NetworkParts& other : {reworded(parts, seed), sheared(parts)}) {
      const BlochOperator again(make_network(other));
      const Eigen::VectorXcd found = bands_at(again, other.lattice.vectors.transpose() * k);
      CHECK((found - expected).cwiseAbs().maxCoeff() < 1e-11 * bloch.network().escape.maxCoeff());
    }
    const NetworkParts twice = supercell(parts, 2);
    const Eigen::VectorXcd folded = bands_at(BlochOperator(make_network(twice)), twice.lattice.vectors.transpose() * k);
    for (const std::complex<double> lambda : expected) {
      CHECK((folded.array() - lambda).abs().minCoeff() < 1e-11 * bloch.network().escape.maxCoeff());
    }
  }
}

TEST_CASE("vectors of the bands solve the eigenproblem of Q(k), left ones are dual, and neither depends on the set") {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const bool positions = seed % 4 < 2;
    const RandomSpec spec{.dimension = dimension,
                          .states = 1 + static_cast<int>(seed % 12),
                          .reversible = seed % 2 == 0,
                          .positions = positions};
    const BlochOperator bloch(random_network(seed, spec), positions ? Gauge::positions : Gauge::cells);
    const Eigen::MatrixXd phases = uniform_grid(std::vector<int>(static_cast<std::size_t>(dimension), 5));
    const Spectrum spectrum = bands(bloch, phases, 1, true);
    const Spectrum threaded = bands(bloch, phases, 2, true);
    CHECK(spectrum.lambda.isApprox(bands(bloch, phases).lambda, 1e-12));
    CHECK(bands(bloch, phases).vectors.empty());
    const double scale = 1e-12 * spectrum.fastest_rate;  // M ε with π over two decades
    for (Eigen::Index k = 0; k < phases.cols(); ++k) {
      CAPTURE(k);
      const Eigen::MatrixXcd q = bloch.matrix(phases.col(k));
      const Eigen::MatrixXcd v = spectrum.vectors.right(k), w = spectrum.vectors.left(k);
      const double condition = v.norm() * w.norm();
      CHECK((q * v + v * spectrum.lambda.col(k).asDiagonal()).norm() < scale);
      CHECK((w.transpose() * v - Eigen::MatrixXcd::Identity(bloch.size(), bloch.size())).norm() < 1e-13 * condition);
      CHECK((w.transpose() * q + spectrum.lambda.col(k).asDiagonal() * w.transpose()).norm() < scale * condition);
      if (bloch.reversible()) {
        const Eigen::MatrixXcd u = spectrum.vectors.balanced_right(k);
        CHECK((u.adjoint() * u - Eigen::MatrixXcd::Identity(bloch.size(), bloch.size())).norm() < 1e-13);
      }
      const Spectrum alone = bands(bloch, phases.col(k), 1, true);
      CHECK(alone.lambda == spectrum.lambda.col(k));
      CHECK(alone.vectors.right(0) == v);
      CHECK(alone.vectors.left(0) == w);
      CHECK(threaded.vectors.right(k) == v);
      CHECK(threaded.vectors.left(k) == w);
    }
  }
}

TEST_CASE("bands are the eigenvalues of the matrices assembled one by one, in both gauges and for long wave vectors") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const bool positions = seed % 4 < 2;
    const RandomSpec spec{.dimension = dimension, .states = 6, .reversible = seed % 2 == 0, .positions = positions};
    const BlochOperator bloch(random_network(seed, spec), positions ? Gauge::positions : Gauge::cells);
    std::mt19937_64 engine(seed);
    for (const double length : {1.0, 1e3, 1e7}) {
      CAPTURE(length);
      const Eigen::VectorXd k = length * random_phases(engine, dimension);
      const Eigen::VectorXcd found = bands_at(bloch, k);
      const Eigen::MatrixXcd matrix = bloch.balanced(k);
      const Eigen::VectorXcd expected =
          bloch.reversible() ? hermitian_eigenvalues(matrix).cast<std::complex<double>>().eval() : eigenvalues(matrix);
      // phases have errors of ε |k·d|, beside those of the solvers
      const double tolerance = (1e-12 + 1e-15 * length) * bloch.network().escape.maxCoeff();
      for (const std::complex<double> lambda : expected) CHECK((found.array() - lambda).abs().minCoeff() < tolerance);
      CHECK((bands_at(bloch, -k) - found.conjugate()).cwiseAbs().minCoeff() < tolerance);
    }
  }
}

TEST_CASE("eigenvalues below the round-off of the fastest rate have no digits left") {
  CHECK(digits_left(1e-3, 1e13, 2) < 0);
  CHECK(digits_left(1.0, 1.0, 1) > 15);
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B"};
  parts.hops = {{0, 1, {0}, 1.0, 0}, {1, 0, {0}, 1.0, 0}, {0, 0, {1}, 1e8, 1}, {0, 0, {-1}, 1e8, 1}};
  const double digits = digits_left(bands(BlochOperator(make_network(parts)), uniform_grid({5})));
  CHECK(digits > 6);
  CHECK(digits < 9);
}
