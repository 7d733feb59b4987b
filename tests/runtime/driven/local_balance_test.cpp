#include "runtime/driven/local_balance.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/dense.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;
using rdd::test::approx;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

LocalBalance found_in(const RateNetwork& network) {
  const SteadyState steady = steady_state(network);
  return local_balance(network, steady, fundamental_cycles(steady));
}

NetworkParts chain(double p, double q) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 3e-10);
  parts.states = {"A"};
  parts.hops = {{0, 0, {1}, p, 0}, {0, 0, {-1}, q, 0}};
  return parts;
}

/// Energies, saddles, and a force along all axes: local detailed balance by construction.
RandomSpec driven(std::uint64_t seed, double scale = 1) {
  RandomSpec spec;
  spec.dimension = 1 + static_cast<int>(seed % 3);
  spec.states = 1 + static_cast<int>(seed % 7);
  spec.force = scale * Eigen::Vector3d(1.3, -0.4, 0.8);
  return spec;
}

/// The generator of n cells of a chain, between walls (`closed`: hops beyond them are left out) or on a ring. `scaled`:
/// as the symmetric matrix that it is similar to with local detailed balance, each hop with the root of both ways'
/// rates.
Eigen::MatrixXd crystal(const RateNetwork& network, int n, bool closed, bool scaled) {
  const auto total = [&](int from, int to, int cell) {
    double rate = 0;
    for (const Hop& hop : network.hops)
      if (hop.from == from && hop.to == to && hop.cell[0] == cell) rate += hop.rate;
    return rate;
  };
  const int states = network.size();
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(n * states, n * states);
  for (const Hop& hop : network.hops) {
    const double share =
        scaled ? std::sqrt(total(hop.to, hop.from, -hop.cell[0]) / total(hop.from, hop.to, hop.cell[0])) : 1;
    for (int x = 0; x < n; ++x) {
      const int y = x + hop.cell[0];
      if (closed && (y < 0 || y >= n)) continue;
      const int from = x * states + hop.from, to = (y + n) % n * states + hop.to;
      matrix(to, from) += share * hop.rate;
      matrix(from, from) -= hop.rate;
    }
  }
  return matrix;
}

}  // namespace

TEST_CASE("the force of a driven network is found from its rates, whatever its energies") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const RandomSpec spec = driven(seed);
    const RateNetwork network = random_network(seed, spec);
    const LocalBalance balance = found_in(network);
    CHECK(balance.holds);
    for (int axis = 0; axis < spec.dimension; ++axis)
      CHECK(balance.work(axis) == approx(spec.force(axis)).epsilon(1e-12));
    // g·a_α = βf·a_α
    CHECK((network.lattice.vectors.transpose() * balance.force - balance.work).norm() < 1e-13);
    // k⁺ e^{w_from} = k⁻ e^{w_to} e^{g·Δ}, by the energies that the network was made of
    const Eigen::VectorXd declared = *random_parts(seed, spec).log_weights;
    for (int s = 0; s < network.size(); ++s)
      CHECK(balance.log_weights(s) == doctest::Approx(declared(s) - declared(0)).epsilon(1e-12));
    // σ = βf·v: the work of the force is all that is dissipated
    const SteadyState steady = steady_state(network);
    const Transport moved = transport(BlochOperator(network));
    CHECK(entropy_production(steady, fundamental_cycles(steady)).total ==
          approx(balance.force.dot(moved.velocity)).epsilon(1e-11));
  }
}

TEST_CASE("a cycle that no force explains is named") {
  RandomSpec spec = driven(4);
  spec.states = 5;
  NetworkParts parts = random_parts(4, spec);
  parts.hops[0].rate *= 1.5;
  const RateNetwork network = make_network(parts);
  const SteadyState steady = steady_state(network);
  const std::vector<Cycle> cycles = fundamental_cycles(steady);
  const LocalBalance balance = local_balance(network, steady, cycles);
  CHECK_FALSE(balance.holds);
  CHECK(balance.residual > 1e-3);
  REQUIRE(balance.worst >= 0);
  const Cycle& worst = cycles[static_cast<std::size_t>(balance.worst)];
  Eigen::VectorXd moved(spec.dimension);
  for (int axis = 0; axis < spec.dimension; ++axis) moved(axis) = worst.displacement[static_cast<std::size_t>(axis)];
  CHECK(std::abs(worst.affinity - balance.work.dot(moved)) == approx(balance.residual));

  parts = chain(2, 1);
  parts.hops.pop_back();
  const LocalBalance one_way = found_in(make_network(parts));
  CHECK_FALSE(one_way.holds);
  CHECK(std::isinf(one_way.residual));
}

TEST_CASE("fluctuation symmetry: the spectra at k and -k - i g are the same to round-off") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const RateNetwork network = random_network(seed, driven(seed, seed % 2 ? 1 : 5));
    const LocalBalance balance = found_in(network);
    REQUIRE(balance.holds);
    const FluctuationSymmetry symmetry = fluctuation_symmetry(network, balance);
    CHECK(symmetry.checked);
    CHECK(symmetry.points == 4);
    CHECK(symmetry.holds);
    // Entries grow as far as e^{|g·Δ|}, which sets the scale of the round-off.
    CHECK(symmetry.error < 1e-13 * std::exp(2.5 * (seed % 2 ? 1 : 5)));
    LocalBalance wrong = balance;
    wrong.work *= 1.02;
    CHECK_FALSE(fluctuation_symmetry(network, wrong).holds);
    wrong.work = -balance.work;  // in this convention of signs it is −i g, not +i g
    CHECK_FALSE(fluctuation_symmetry(network, wrong).holds);
  }
}

TEST_CASE("Gallavotti and Cohen: the cumulant function of the displacement is symmetric") {
  // E(s) = lim ln <exp(s·x)>/t is −λ_0 at k = i s: with exp(−i k·Δ) for a move Δ, and E(s) = E(−g − s).
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const RateNetwork network = random_network(seed, driven(seed));
    const LocalBalance balance = found_in(network);
    const BlochOperator bloch(network);
    std::mt19937_64 engine(seed);
    const auto cumulants = [&](const Eigen::VectorXd& s) {
      const Eigen::VectorXcd k = std::complex<double>(0, 1) * s.cast<std::complex<double>>();
      return -eigenvalues(Eigen::MatrixXcd(-bloch.matrix(k)))(0).real();
    };
    const double fastest = network.escape.maxCoeff();
    CHECK(std::abs(cumulants(-balance.work)) < 1e-12 * fastest);
    for (int trial = 0; trial < 4; ++trial) {
      const Eigen::VectorXd s = random_phases(engine, bloch.dimension()) / 3;
      CHECK(std::abs(cumulants(s) - cumulants(-balance.work - s)) < 1e-11 * fastest);
    }
  }
}

TEST_CASE("a driven chain between walls has the spectrum p + q - 2 sqrt(pq) cos k") {
  const double p = 5, q = 0.3;
  const RateNetwork network = make_network(chain(p, q));
  const LocalBalance balance = found_in(network);
  const BlochOperator walls = between_walls(network, balance);
  CHECK(walls.reversible());
  for (const double k : {0.0, 0.4, 1.7, std::numbers::pi}) {
    const Eigen::VectorXd phase = Eigen::VectorXd::Constant(1, k);
    const double expected = p + q - 2 * std::sqrt(p * q) * std::cos(k);
    const Spectrum found = bands(walls, phase);
    CHECK(found.hermitian);
    CHECK(found.lambda(0, 0).imag() == 0);
    CHECK(found.lambda(0, 0).real() == approx(expected).epsilon(1e-14));
    CHECK(-walls.matrix(phase)(0, 0).real() == approx(expected).epsilon(1e-14));
  }
  // The master equation of N sites between walls: λ = 0, and the formula at k = π m/N exactly. Its vectors lean against
  // the wall by (p/q)^{N/2}, and so far are general eigenvalues from the truth; those of the symmetric form are not.
  for (const int n : {5, 40}) {
    const Eigen::VectorXd scaled = symmetric_eigen(-crystal(network, n, true, true)).values;
    CHECK(std::abs(scaled(0)) < 100 * epsilon * (p + q));
    const Eigen::VectorXcd full = eigenvalues(Eigen::MatrixXd(-crystal(network, n, true, false)));
    for (int m = 1; m < n; ++m) {
      const double expected = p + q - 2 * std::sqrt(p * q) * std::cos(std::numbers::pi * m / n);
      CHECK(scaled(m) == approx(expected).epsilon(1e-13));
      if (n == 5) CHECK(full(m).real() == approx(expected).epsilon(100 * epsilon * std::pow(p / q, n / 2.)));
    }
  }
}

TEST_CASE("the bands between walls are those of a long crystal that ends there") {
  // The crystal's matrix and the ring's, whose eigenvalues are the bands at k = 2π j/N, differ in the states of the two
  // outer cells: below any λ they have numbers of eigenvalues that differ by 2 M at most.
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    RandomSpec spec = driven(seed, 2);
    spec.dimension = 1;
    const RateNetwork network = random_network(seed, spec);
    const BlochOperator walls = between_walls(network, found_in(network));
    constexpr int n = 60;
    Eigen::MatrixXd phases(1, n);
    for (int j = 0; j < n; ++j) phases(0, j) = 2 * std::numbers::pi * j / n;
    Eigen::MatrixXd real = bands(walls, phases).lambda.real();
    std::vector<double> ring(real.data(), real.data() + real.size());
    std::sort(ring.begin(), ring.end());
    const Eigen::VectorXd check = symmetric_eigen(-crystal(network, n, false, true)).values;
    const double fastest = network.escape.maxCoeff();
    for (Eigen::Index i = 0; i < check.size(); ++i)
      CHECK(std::abs(check(i) - ring[static_cast<std::size_t>(i)]) < 1e-12 * fastest);

    const Eigen::VectorXd open = symmetric_eigen(-crystal(network, n, true, true)).values;
    CHECK(std::abs(open(0)) < 1e-12 * fastest);  // the steady state against the wall
    for (Eigen::Index i = 0; i < open.size(); ++i) {
      const auto below = std::lower_bound(ring.begin(), ring.end(), open(i)) - ring.begin();
      CHECK(std::abs(below - i) <= 2 * network.size());
    }
    // All but these few lie in the bands: 2 M in each of the M + 1 gaps, by the same count at its two edges.
    int outside = 0;
    const Spectrum dense = bands(walls, uniform_grid({401}));
    for (const double lambda : open) {
      bool inside = false;
      for (Eigen::Index m = 0; m < dense.lambda.rows(); ++m)
        inside =
            inside || (lambda > dense.band_min()(m) - 1e-4 * fastest && lambda < dense.band_max()(m) + 1e-4 * fastest);
      outside += !inside;
    }
    CHECK(outside >= 1);
    CHECK(outside <= 2 * network.size() * (network.size() + 1));
  }
}

TEST_CASE("without a drive, walls change nothing: the same bands") {
  const RateNetwork network = random_network(3, {});
  const LocalBalance balance = found_in(network);
  CHECK(balance.holds);
  CHECK(balance.work.isZero(0));
  const Eigen::MatrixXd grid = uniform_grid({5, 5});
  CHECK(bands(between_walls(network, balance), grid).lambda == bands(BlochOperator(network), grid).lambda);
}
