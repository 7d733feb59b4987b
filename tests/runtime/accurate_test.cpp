#include "runtime/spectrum/accurate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <numbers>

#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

using Real = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<80>, boost::multiprecision::et_off>;
using RealMatrix = std::vector<std::vector<Real>>;

/// Ascending eigenvalues of a symmetric matrix by Jacobi's method with 80 digits.
std::vector<Real> eigenvalues_in_80_digits(RealMatrix a) {
  const std::size_t n = a.size();
  for (int sweep = 0; sweep < 60; ++sweep) {
    Real off = 0, all = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) (i == j ? all : off) += a[i][j] * a[i][j];
    }
    if (off < all * Real("1e-150")) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p][q] == 0) continue;
        const Real theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const Real t = (theta < 0 ? Real(-1) : Real(1)) / (abs(theta) + sqrt(theta * theta + 1));
        const Real c = 1 / sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const Real x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const Real x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
      }
    }
  }
  std::vector<Real> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(a[i][i]);
  std::sort(values.begin(), values.end());
  return values;
}

/// λ of a reversible network with 80 digits, from its hops as they are: the Hermitian form A + i B as [A −B; B A].
std::vector<double> exact_bands(const RateNetwork& network, const Eigen::VectorXd& phases) {
  const auto states = static_cast<std::size_t>(network.size());
  RealMatrix a(2 * states, std::vector<Real>(2 * states, Real(0)));
  for (const HopBlock& block : network.blocks) {
    const HopBlock* const back = find_block(network, {-block.d[0], -block.d[1], -block.d[2]});
    for (Eigen::Index column = 0; column < network.size(); ++column) {
      for (Eigen::SparseMatrix<double>::InnerIterator it(block.rates, column); it; ++it) {
        const auto i = static_cast<std::size_t>(it.row()), j = static_cast<std::size_t>(column);
        Real phase = 0;
        for (std::size_t axis = 0; axis < static_cast<std::size_t>(phases.size()); ++axis) {
          phase += Real(block.d[axis]) * Real(phases(static_cast<Eigen::Index>(axis)));
        }
        const Real root = sqrt(Real(it.value()) * Real(back->rates.coeff(column, it.row())));
        const Real real = root * cos(phase), imag = root * sin(phase);
        a[i][j] -= real;
        a[i + states][j + states] -= real;
        a[i][j + states] += imag;
        a[i + states][j] -= imag;
        a[j][j] += Real(it.value());
        a[j + states][j + states] += Real(it.value());
      }
    }
  }
  std::vector<double> bands;
  const std::vector<Real> twice = eigenvalues_in_80_digits(a);
  for (std::size_t m = 0; m < states; ++m) bands.push_back(static_cast<double>(twice[2 * m]));
  return bands;
}

NetworkParts on_a_row(int states) {
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = state_names(states);
  return parts;
}

void both(NetworkParts& parts, int from, int to, double rate, int by = 0) {
  parts.hops.push_back({from, to, {by}, rate, -1});
  parts.hops.push_back({to, from, {-by}, rate, -1});
}

double relative(double found, double exact) {
  return std::abs(found - exact) / std::abs(exact);
}

}  // namespace

TEST_CASE("a chain of alternating rates, twenty decades apart, has both bands to twelve digits at any wavelength") {
  // λ± = s ± √(s² − 4 k1 k2 sin²(φ/2)), s = k1 + k2: the slow one without cancellation.
  for (const double slow : {1.0, 1e-10, 1e-20}) {
    CAPTURE(slow);
    NetworkParts parts = on_a_row(2);
    both(parts, 0, 1, 1e10);
    both(parts, 1, 0, 1e10 * slow, 1);
    const BlochOperator bloch(make_network(parts));
    for (const double phase : {std::numbers::pi, 1.0, 1e-3, 1e-8, 1e-12}) {
      CAPTURE(phase);
      const double k1 = 1e10, k2 = 1e10 * slow, s = k1 + k2;
      const double root = std::sqrt((k1 - k2) * (k1 - k2) + 4 * k1 * k2 * std::pow(std::cos(phase / 2), 2));
      const double fast = s + root, exact = 4 * k1 * k2 * std::pow(std::sin(phase / 2), 2) / fast;
      const AccurateBands found = accurate_bands_at(bloch, Eigen::VectorXd::Constant(1, phase));
      CHECK(found.digits > 14);
      CHECK(relative(found.lambda(0).real(), exact) < 1e-12);
      CHECK(relative(found.lambda(1).real(), fast) < 1e-12);
    }
    CHECK(accurate_bands_at(bloch, Eigen::VectorXd::Zero(1)).lambda(0) == 0.0);
  }
}

TEST_CASE("a ring of equal states: lambda = 2 k (1 - cos((phi + 2 pi m)/M)) also where the phase is tiny") {
  const int states = 9;
  NetworkParts parts = on_a_row(states);
  for (int i = 0; i < states; ++i) both(parts, i, (i + 1) % states, 3.0, i + 1 == states ? 1 : 0);
  const BlochOperator bloch(make_network(parts));
  for (const double phase : {2.0, 1e-5, 1e-10, 1e-15}) {
    CAPTURE(phase);
    const AccurateBands found = accurate_bands_at(bloch, Eigen::VectorXd::Constant(1, phase));
    std::vector<double> exact;
    for (int m = 0; m < states; ++m) {
      exact.push_back(12 * std::pow(std::sin((phase + 2 * std::numbers::pi * (m - 4)) / (2 * states)), 2));
    }
    std::sort(exact.begin(), exact.end());
    for (int m = 0; m < states; ++m) {
      CHECK(relative(found.lambda(m).real(), exact[static_cast<std::size_t>(m)]) < 1e-12);
    }
  }
}

TEST_CASE("two states of very different weight: the closed form of the dispersion") {
  // A hops along the row by r; A <-> B inside the cell by u and d. λ² − (a + u + d) λ + a d = 0, a = 2 r (1 − cos φ).
  const double r = 1e13, u = 1e-3, d = 1e6;
  NetworkParts parts = on_a_row(2);
  both(parts, 0, 0, r, 1);
  parts.hops.push_back({0, 1, {0}, u, -1});
  parts.hops.push_back({1, 0, {0}, d, -1});
  const BlochOperator bloch(make_network(parts));
  for (const double phase : {3.0, 1e-2, 1e-4, 1e-9}) {
    CAPTURE(phase);
    const double a = 4 * r * std::pow(std::sin(phase / 2), 2), trace = a + u + d;
    const double fast = (trace + std::sqrt((a + u - d) * (a + u - d) + 4 * u * d)) / 2, slow = a * d / fast;
    const AccurateBands found = accurate_bands_at(bloch, Eigen::VectorXd::Constant(1, phase));
    CHECK(relative(found.lambda(0).real(), slow) < 1e-13);
    CHECK(relative(found.lambda(1).real(), fast) < 1e-13);
  }
}

TEST_CASE("random reversible networks over twenty decades agree with 80-digit arithmetic to the digits stated") {
  double worst_digits = 16;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const int states = 2 + static_cast<int>(seed % 7);
    // A random tree of hierarchies: barriers up to 10^20, weights over 10^9.
    const RateNetwork network = random_network(
        seed, {.dimension = dimension, .states = states, .positions = true, .barriers = 46, .energies = 20});
    const BlochOperator bloch(network, seed % 2 ? Gauge::positions : Gauge::cells);
    std::mt19937_64 engine(seed);
    Eigen::VectorXd phases = random_phases(engine, dimension);
    if (seed % 4 == 1) phases *= 1e-3;
    if (seed % 4 == 2) phases *= 1e-7;
    if (seed % 4 == 3) phases.setZero();
    const AccurateBands found = accurate_bands_at(bloch, phases);
    worst_digits = std::min(worst_digits, found.digits);
    const std::vector<double> exact = exact_bands(network, phases);
    for (int m = seed % 4 == 3 ? 1 : 0; m < states; ++m) {
      CAPTURE(m);
      CHECK(relative(found.lambda(m).real(), exact[static_cast<std::size_t>(m)]) < std::pow(10, -found.digits) + 2e-15);
    }
    if (seed % 4 == 3) CHECK(found.lambda(0) == 0.0);
  }
  CHECK(worst_digits > 13);
}

TEST_CASE("accurate modes are eigenvectors of the Hermitian form in the gauge of the operator") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(random_network(seed, {.dimension = dimension, .states = 6, .positions = true}),
                              seed % 2 ? Gauge::positions : Gauge::cells);
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, dimension);
    const AccurateModes modes = accurate_modes_at(bloch, phases);
    const double scale = bloch.network().escape.maxCoeff();
    CHECK((modes.vectors.adjoint() * modes.vectors).isIdentity(1e-12));
    CHECK((bloch.hermitian(phases) * modes.vectors + modes.vectors * modes.lambda.asDiagonal()).norm() < 1e-12 * scale);
    const AccurateRealModes zero = accurate_modes_at_zero(bloch);
    CHECK((zero.vectors.transpose() * zero.vectors).isIdentity(1e-12));
    const Eigen::VectorXd none = Eigen::VectorXd::Zero(dimension);
    CHECK((bloch.hermitian(none).real() * zero.vectors + zero.vectors * zero.lambda.asDiagonal()).norm() <
          1e-12 * scale);
    // where rates span little, the plain solver finds the same
    CHECK((accurate_bands_at(bloch, phases).lambda - bands_at(bloch, phases)).cwiseAbs().maxCoeff() < 1e-13 * scale);
  }
}

TEST_CASE("without detailed balance the digits that are left are stated, and they are there") {
  // A driven ring of three states (one-way, rate f) joined to a copy of itself by the rate s: λ_1 = 2 s/3 to order s/f.
  for (const double s : {1e-3, 1e-6, 1e-9, 1e-14}) {
    CAPTURE(s);
    NetworkParts parts = on_a_row(6);
    for (int i = 0; i < 3; ++i) {
      parts.hops.push_back({i, (i + 1) % 3, {0}, 1, -1});
      parts.hops.push_back({3 + i, 3 + (i + 1) % 3, {0}, 1, -1});
    }
    both(parts, 0, 3, s);
    both(parts, 0, 0, 1, 1);
    const BlochOperator bloch(make_network(parts));
    const AccurateBands found = accurate_bands_at(bloch, Eigen::VectorXd::Zero(1));
    CHECK(found.digits < 16 + std::log10(s) + 1);
    CHECK(relative(std::abs(found.lambda(1)), 2 * s / 3) < std::pow(10, -found.digits) + s);
  }
}

TEST_CASE("the criterion asks for the accurate solver where the plain one leaves too few digits") {
  NetworkParts parts = on_a_row(2);
  both(parts, 0, 1, 1e12);
  both(parts, 1, 0, 1e2, 1);
  const BlochOperator bloch(make_network(parts));
  const double fastest = bloch.network().escape.maxCoeff();
  CHECK(!plain_bands_suffice(bands_at(bloch, Eigen::VectorXd::Constant(1, 1.0)), fastest, false));
  CHECK(plain_bands_suffice(bands_at(bloch, Eigen::VectorXd::Constant(1, 1.0)), fastest, false, 4));
  CHECK(plain_bands_suffice(bands_at(bloch, Eigen::VectorXd::Zero(1)), fastest, true));
  CHECK(!plain_bands_suffice(bands_at(bloch, Eigen::VectorXd::Zero(1)), fastest, false));
}

TEST_CASE(
    "the bands of a grid have their digits where rates span 20 decades, and are the plain ones where they need not") {
  // A chain of alternating rates: λ = (a + b) ∓ √(a² + b² + 2 a b cos φ) = 4 a b sin²(φ/2) / the larger.
  for (const double slow : {1e-7, 1e12}) {
    CAPTURE(slow);
    const double fast = 1e13;
    NetworkParts parts;
    parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
    parts.states = {"A", "B"};
    parts.hops = {{0, 1, {0, 0, 0}, fast, 0},
                  {1, 0, {0, 0, 0}, fast, 0},
                  {1, 0, {1, 0, 0}, slow, 0},
                  {0, 1, {-1, 0, 0}, slow, 0}};
    const RateNetwork network = make_network(parts);
    const BlochOperator bloch(network);
    const Spectrum plain = bands(bloch, uniform_grid({9})), found = with_digits(bloch, plain);
    CHECK(found.lambda(0, 4) == 0.0);
    for (Eigen::Index k = 0; k < 9; ++k) {
      CAPTURE(k);
      const double phase = found.phases(0, k);
      const double root = std::sqrt(fast * fast + slow * slow + 2 * fast * slow * std::cos(phase));
      const double exact = 4 * fast * slow * std::pow(std::sin(phase / 2), 2) / (fast + slow + root);
      CHECK(found.lambda(0, k).real() == rdd::test::approx(exact).epsilon(1e-9));
      CHECK(found.lambda(1, k).real() == rdd::test::approx(fast + slow + root).epsilon(1e-12));
      if (slow > 1) CHECK(found.lambda(0, k) == plain.lambda(0, k));
    }
  }
}
