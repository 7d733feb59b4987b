#include "runtime/reduction/symbol.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <unsupported/Eigen/MatrixFunctions>

#include "runtime/dense.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/reference.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

RateNetwork two_blocks(std::uint64_t seed, bool reversible, int dimension) {
  NetworkParts parts = random_parts(
      seed, {.dimension = dimension, .states = 6, .reversible = reversible, .positions = true, .barriers = 1});
  for (Hop& hop : parts.hops) {
    if ((hop.from < 3) != (hop.to < 3)) hop.rate *= 0.02;
  }
  return make_network(parts);
}

}  // namespace

TEST_CASE("the exact symbol has exactly the slow bands, and is the reaction matrix at k = 0") {
  int looked_at = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const BlochOperator bloch(two_blocks(seed, seed % 2 == 0, dimension),
                              seed % 4 < 2 ? Gauge::cells : Gauge::positions);
    const double scale = bloch.network().escape.maxCoeff();
    std::mt19937_64 engine(seed);
    for (const int P : {1, 2, 3, 6}) {
      CAPTURE(P);
      if (splits_pair(modes_at_zero(bloch, 1).lambda, P)) continue;
      const Reduction reduction = reduce_unresolved(bloch, P, {});
      const Eigen::VectorXd zero = Eigen::VectorXd::Zero(dimension);
      const SlowSymbol centre = slow_symbol(bloch, reduction, zero);
      CHECK((centre.H - reduction.coefficients.reaction).cwiseAbs().maxCoeff() < 1e-9 * scale);
      CHECK((centre.lift - reduction.lift).cwiseAbs().maxCoeff() < 1e-9);
      CHECK((centre.projection - reduction.projection).cwiseAbs().maxCoeff() < 1e-9);
      const Eigen::VectorXd phases = random_phases(engine, dimension);
      const SlowSymbol found = slow_symbol(bloch, reduction, phases);
      if (!found.ok()) continue;
      ++looked_at;
      const Eigen::VectorXcd exact = bands_at(bloch, phases);
      const Eigen::VectorXcd slow = eigenvalues(Eigen::MatrixXcd(-found.H));
      CHECK((slow - exact.head(P)).cwiseAbs().maxCoeff() < 1e-12 * scale * found.condition * found.condition);
      CHECK((found.lambda - exact.head(P)).cwiseAbs().maxCoeff() < 1e-12 * scale);
      if (P < 6) CHECK(std::abs(found.next - exact(P)) < 1e-12 * scale);
      // Q̃ lift = lift H, and projection is the left partner of lift.
      const double rough = 1e-11 * found.condition;
      CHECK((bloch.matrix(phases) * found.lift - found.lift * found.H).cwiseAbs().maxCoeff() < rough * scale);
      CHECK((found.projection * found.lift).isIdentity(rough * found.condition));
      CHECK((reduction.groups.chi.transpose() * found.lift).isIdentity(rough));
      if (P == 6) CHECK((found.H - bloch.matrix(phases)).cwiseAbs().maxCoeff() < 1e-11 * scale);
    }
  }
  CHECK(looked_at > 80);
}

TEST_CASE("the coefficients of order 2 are the expansion of the exact symbol, in both gauges") {
  int looked_at = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    for (const Gauge gauge : {Gauge::cells, Gauge::positions}) {
      const BlochOperator bloch(two_blocks(seed, seed % 2 == 0, dimension), gauge);
      const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
      for (const int P : {1, 2}) {
        CAPTURE(P);
        if (splits_pair(lambda, P) || lambda(P).real() < 2 * lambda(P - 1).real()) continue;
        const Reduction reduction = reduce_unresolved(bloch, P, {});
        std::mt19937_64 engine(seed);
        const Eigen::VectorXd direction = random_phases(engine, dimension).normalized();
        const auto error = [&](double k) {
          const Eigen::VectorXd wave = k * direction;
          const Eigen::VectorXd phases = bloch.network().lattice.vectors.transpose() * wave;
          return (slow_symbol(bloch, reduction, phases).H - symbol(reduction.coefficients, wave)).norm();
        };
        const double k = 0.01;
        if (error(k / 2) < 1e-11) continue;
        ++looked_at;
        CHECK(std::log2(error(k) / error(k / 2)) > 2.8);
      }
    }
  }
  CHECK(looked_at > 50);
}

TEST_CASE("the exact symbol propagates late densities to the last digits") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(two_blocks(seed, seed % 2 == 0, 2));
    if (splits_pair(modes_at_zero(bloch, 1).lambda, 2)) continue;
    const Reduction reduction = reduce_unresolved(bloch, 2, {});
    const Eigen::Vector2d phases(0.3, -0.2);
    const SlowSymbol found = slow_symbol(bloch, reduction, phases);
    REQUIRE(found.ok());
    // The part of the fast modes is left out exactly: what remains agrees at any time.
    const Eigen::VectorXcd start = Eigen::VectorXd::Unit(6, static_cast<int>(seed % 6)).cast<std::complex<double>>();
    const Eigen::MatrixXcd slow_part = found.lift * found.projection;
    for (const double time : {0.5, 5.0, 50.0}) {
      const Eigen::MatrixXcd full = (time * bloch.matrix(phases)).exp();
      const Eigen::MatrixXcd reduced = (time * found.H).exp();
      const Eigen::VectorXcd exact = reduction.groups.chi.transpose() * (full * (slow_part * start));
      CHECK((reduced * (found.projection * start) - exact).norm() < 1e-11);
    }
  }
}

TEST_CASE("where bands have crossed, the symbol says that the groups of k = 0 are not seen") {
  // A hops along the row, B does not, and both hardly exchange: the slow band at the zone's edge is that of B alone. A
  // third state C relaxes with A at a rate between: P = 2 holds at k = 0, but at the edge bands are those of B and C.
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(1, 1);
  parts.states = {"A", "B", "C"};
  const auto both = [&](int from, int to, double rate, int by = 0) {
    parts.hops.push_back({from, to, {by}, rate, -1});
    parts.hops.push_back({to, from, {-by}, rate, -1});
  };
  both(0, 0, 1000, 1);
  both(0, 1, 1e-9);
  both(0, 2, 1);
  const BlochOperator bloch(make_network(parts));
  const Reduction reduction = reduce_unresolved(bloch, 2, {});
  CHECK(slow_symbol(bloch, reduction, Eigen::VectorXd::Constant(1, 0.01)).condition < 10);
  const SlowSymbol edge = slow_symbol(bloch, reduction, Eigen::VectorXd::Constant(1, 3.1));
  CHECK(edge.lambda(1).real() < 2);
}
