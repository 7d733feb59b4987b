// The properties of docs/theory.md, section 7, over random networks of one to three dimensions, up to forty states and
// rates over twelve decades (wide_spec). The walk of a single defect is compared elsewhere.
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/dense.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/spectrum/accurate.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {

constexpr std::uint64_t networks = 60;
constexpr double epsilon = 2.3e-16;

/// What a general solver makes of round-off: the similarity with the balanced operator has this condition number.
double condition(const RateNetwork& network) {
  return std::exp((network.log_weights.maxCoeff() - network.log_weights.minCoeff()) / 2);
}

/// Decay rates must agree to the digits that both operators have: relative where reversible, else relative to the
/// fastest rate; eigenvalues of a non-normal matrix near a multiple one are worse by a root.
double tolerance(const BlochOperator& bloch, const AccurateBands& bands, double lambda) {
  if (bloch.reversible()) return 4 * std::pow(10, -bands.digits) * lambda;
  return 1e-9 * bloch.network().escape.maxCoeff();
}

}  // namespace

TEST_CASE("columns of the operator at k = 0 and of every reaction matrix sum to zero") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, wide_spec(seed, seed % 4 < 2)));
    const Eigen::MatrixXd q = bloch.at_zero();
    for (Eigen::Index j = 0; j < q.cols(); ++j) {
      const double terms = bloch.network().escape(j);  // jumps to another cell's copy cancel on the diagonal itself
      CHECK(std::abs(q.col(j).sum()) <= 4 * epsilon * static_cast<double>(q.rows()) * terms);
    }
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (const int P : {1, 2, 3, 5, bloch.size()}) {
      if (P > bloch.size() || splits_pair(lambda, P)) continue;
      CAPTURE(P);
      const Eigen::MatrixXd reaction = reduce_unresolved(bloch, P, {}).coefficients.reaction;
      for (Eigen::Index j = 0; j < P; ++j) {
        CHECK(std::abs(reaction.col(j).sum()) <= 4 * epsilon * P * reaction.col(j).cwiseAbs().sum());
      }
    }
  }
}

TEST_CASE("lambda_0 is zero at k = 0, all others decay, and with detailed balance they are real") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const bool reversible = seed % 4 < 2;
    const BlochOperator bloch(random_network(seed, wide_spec(seed, reversible)));
    const double fastest = bloch.network().escape.maxCoeff();
    const int dimension = bloch.dimension();
    const AccurateBands centre = accurate_bands_at(bloch, Eigen::VectorXd::Zero(dimension));
    CHECK(centre.lambda(0) == 0.0);
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, dimension);
    const AccurateBands found = accurate_bands_at(bloch, phases);
    if (reversible) {
      CHECK(found.lambda(0).real() > 0);
      CHECK(found.digits > 10);
    } else {
      CHECK(found.lambda(0).real() > -1e-12 * fastest);
    }
    // A solver that knows nothing of detailed balance, on the operator as it stands.
    const Eigen::VectorXcd plain = eigenvalues(Eigen::MatrixXcd(-bloch.matrix(phases)));
    const double round_off = 100 * epsilon * bloch.size() * fastest * condition(bloch.network());
    if (reversible) {
      CHECK(plain.imag().cwiseAbs().maxCoeff() < round_off);
      CHECK((plain.real() - found.lambda.real()).cwiseAbs().maxCoeff() < round_off);
    }
  }
}

TEST_CASE("decay rates and diffusivity do not depend on labels, the cell's origin, or the primitive vectors") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const NetworkParts parts = random_parts(seed, wide_spec(seed, seed % 4 < 2));
    const BlochOperator bloch(make_network(parts));
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, bloch.dimension());
    const Eigen::VectorXd k = bloch.wave_vector(phases);
    const AccurateBands expected = accurate_bands_at(bloch, phases);
    const Transport walk = transport(bloch);
    for (const NetworkParts& other : {reworded(parts, seed), sheared(parts)}) {
      const BlochOperator again(make_network(other));
      const AccurateBands found = accurate_bands_at(again, other.lattice.vectors.transpose() * k);
      for (Eigen::Index m = 0; m < found.lambda.size(); ++m) {
        CAPTURE(m);
        // k goes through Cartesian coordinates: phases change by some ε, slow bands in k² by twice as much
        CHECK(std::abs(found.lambda(m) - expected.lambda(m)) <=
              tolerance(bloch, expected, std::abs(expected.lambda(m))) + 1e-12 * std::abs(expected.lambda(m)));
      }
      const Transport moved = transport(again);
      CHECK((moved.diffusion - walk.diffusion).norm() <= 1e-9 * walk.diffusion.norm());
      CHECK((moved.velocity - walk.velocity).norm() <= 1e-9 * std::max(walk.velocity.norm(), walk.diffusion.norm()));
    }
  }
}

TEST_CASE("the diffusivity is symmetric, positive and the same for a longer cell, whose bands are folded") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    RandomSpec spec = wide_spec(seed, seed % 4 < 2);
    spec.states = std::min(spec.states, 20);
    const NetworkParts parts = random_parts(seed, spec);
    const BlochOperator bloch(make_network(parts));
    const Transport walk = transport(bloch);
    CHECK(walk.diffusion == walk.diffusion.transpose());
    CHECK(symmetric_eigen(walk.diffusion).values(0) >= -1e-12 * walk.diffusion.norm());
    const int copies = 2;
    const NetworkParts twice = supercell(parts, copies);
    const BlochOperator longer(make_network(twice));
    CHECK((transport(longer).diffusion - walk.diffusion).norm() <= 1e-9 * walk.diffusion.norm());
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, bloch.dimension());
    const Eigen::VectorXd k = bloch.wave_vector(phases);
    const AccurateBands once = accurate_bands_at(bloch, phases);
    const AccurateBands folded = accurate_bands_at(longer, twice.lattice.vectors.transpose() * k);
    for (const std::complex<double> lambda : once.lambda) {
      CHECK((folded.lambda.array() - lambda).abs().minCoeff() <=
            tolerance(bloch, folded, std::abs(lambda)) + 1e-12 * std::abs(lambda));
    }
  }
}

TEST_CASE("a small force drives the defect with the velocity that the diffusivity says: the Einstein relation") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    RandomSpec spec = wide_spec(seed);
    const Transport walk = transport(BlochOperator(random_network(seed, spec)));
    const NetworkParts parts = random_parts(seed, spec);
    for (int axis = 0; axis < spec.dimension; ++axis) {
      CAPTURE(axis);
      const auto error =
          [&](double force) {  // of the part of the velocity that is odd in a Cartesian force along the axis
            const auto velocity = [&](double sign) {
              RandomSpec forced = spec;
              forced.force.head(spec.dimension) = sign * force * parts.lattice.vectors.row(axis).transpose();
              return transport(BlochOperator(random_network(seed, forced))).velocity;
            };
            const Eigen::VectorXd odd = (velocity(1) - velocity(-1)) / 2;
            return (odd - walk.diffusion.col(axis) * force).norm() / (force * walk.diffusion.norm());
          };
      // Linear in small forces; how small depends on how far the defect goes between its traps.
      double force = 1e-2;
      while (error(force) > 1e-5 && force > 1e-6) force /= 10;
      CHECK(error(force) <= 1e-5);
    }
  }
}

TEST_CASE("all states kept, the reduced equation is the continuum equation of the network itself, Eq. 9") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, wide_spec(seed, seed % 4 < 2)));
    if (bloch.size() == 1) continue;
    const Coefficients c = reduce_unresolved(bloch, bloch.size(), {}).coefficients;
    CHECK((c.reaction - bloch.at_zero()).cwiseAbs().maxCoeff() <= 1e-14 * bloch.network().escape.maxCoeff());
    for (int a = 0; a < bloch.dimension(); ++a) {
      CHECK(c.drift[static_cast<std::size_t>(a)] == bloch.first_moment(a));
      CHECK(c.diffusion[static_cast<std::size_t>(a)][0] == 0.5 * bloch.second_moment(a, 0));
    }
  }
}

TEST_CASE("memberships are a partition of unity, feasible and in the span of the slow modes") {
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, wide_spec(seed, seed % 4 < 2)));
    const Eigen::VectorXcd lambda = modes_at_zero(bloch, 1).lambda;
    for (int P = 1; P <= std::min(8, bloch.size()); ++P) {
      if (splits_pair(lambda, P)) continue;
      CAPTURE(P);
      const SlowModes modes = modes_at_zero(bloch, P);
      const Eigen::VectorXd weights = bloch.network().log_weights.array().exp();
      const Memberships found = memberships(modes.left.leftCols(P), weights);
      CHECK((found.chi.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-9);
      CHECK(found.chi.minCoeff() > -1e-9);
      CHECK((modes.left.leftCols(P) * found.transform - found.chi).cwiseAbs().maxCoeff() < 1e-7);
      CHECK(found.crispness <= 1 + 1e-9);
    }
  }
}

TEST_CASE("the band of one coarse state: its relative error falls as k^2 with detailed balance, over any rates") {
  int looked_at = 0;
  for (std::uint64_t seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    const BlochOperator bloch(random_network(seed, wide_spec(seed)));
    const Eigen::MatrixXd D = transport(bloch).diffusion;
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd direction = random_phases(engine, bloch.dimension()).normalized();
    const auto error = [&](double size) {
      const Eigen::VectorXd phases = size * direction, k = bloch.wave_vector(phases);
      const double exact = accurate_bands_at(bloch, phases).lambda(0).real();
      return std::abs(k.dot(D * k) - exact) / exact;
    };
    double size = 0.5;
    while (error(size) > 1e-4) size /= 2;  // where slow states are deep traps, waves must be very long
    REQUIRE(size > 1e-12);
    if (error(size / 2) < 1e-9) continue;
    ++looked_at;
    CHECK(std::log2(error(size) / error(size / 2)) == rdd::test::approx(2).epsilon(0.05));
  }
  CHECK(looked_at > 50);
}
