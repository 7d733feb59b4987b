#include "compiler/lower_network.hpp"

#include <cmath>

#include "runtime/spectrum/bloch.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {
constexpr double kB = 1.380649e-23, eV = 1.602176634e-19;

const std::string ring = R"(
model ring
lattice { vectors [[1 nm]] }
states { A; B; C }
rates {
  A -> B : 2 /s
  B -> C : 3 /s
  C -> A by [1] : 5 /s
}
)";
}  // namespace

TEST_CASE("a one-way ring: the defect moves by +1, so its rate stands in Q(−1), and it drifts forwards") {
  const Point point = point_of(model_from(ring));
  const RateNetwork& network = point.network;
  CHECK_FALSE(network.reversible);
  bool found = false;
  for (const HopBlock& block : network.blocks)
    if (block.d[0] == -1) {
      found = true;
      CHECK(block.rates.coeff(0, 2) == 5.0);  // from C, column 2, to A, row 0
    }
  CHECK(found);
  // One turn takes 1/2 + 1/3 + 1/5 s.
  const Transport moved = transport(BlochOperator(network));
  CHECK(moved.velocity(0) == rdd::test::approx(1e-9 / (1.0 / 2 + 1.0 / 3 + 1.0 / 5)).epsilon(1e-14));
}

TEST_CASE("the reverse of a reversible rate follows from the weights") {
  const Point point = point_of(model_from(R"(
model pair
temperature 500 K
lattice { vectors [[1 nm]] }
states { A energy 0 eV; B energy 0.1 eV degeneracy 3 }
rates {
  A <-> B : 7 /s
  B <-> A by [1] : 2 /s
}
)"));
  const auto& hops = point.network.hops;
  REQUIRE(hops.size() == 4);
  const double weight_ratio = std::exp(0.1 * eV / (kB * 500)) / 3;  // π_A/π_B
  CHECK(hops[0].rate == 7.0);
  CHECK(hops[1].rate == rdd::test::approx(7 * weight_ratio).epsilon(1e-13));
  CHECK(hops[1].from == 1);
  CHECK(hops[2].rate == 2.0);
  CHECK(hops[3].rate == rdd::test::approx(2 / weight_ratio).epsilon(1e-13));
  CHECK(hops[3].cell[0] == -1);
  CHECK(point.network.reversible);
  CHECK(std::exp(point.network.log_weights(0) - point.network.log_weights(1)) ==
        rdd::test::approx(weight_ratio).epsilon(1e-13));
}

TEST_CASE(
    "a force multiplies a move by exp(θβf·Δ) and its reverse by exp(−(1−θ)βf·Δ), with the states' positions in Δ") {
  const Point point = point_of(model_from(R"(
model tilted
temperature 400 K
lattice { vectors [[2 nm]] }
states { A at [0] energy 0 eV; B at [0.25] energy 0 eV }
rates {
  A <-> B : 1 /s
  B <-> A by [1] : 1 /s
}
force [0.01 eV/nm] split 0.3
)"));
  const double work = 0.01 * eV / (kB * 400);  // β f, per nm
  const auto& hops = point.network.hops;
  CHECK(hops[0].rate == rdd::test::approx(std::exp(0.3 * work * 0.5)).epsilon(1e-12));  // Δ = 0.25 · 2 nm
  CHECK(hops[1].rate == rdd::test::approx(std::exp(-0.7 * work * 0.5)).epsilon(1e-12));
  CHECK(hops[2].rate == rdd::test::approx(std::exp(0.3 * work * 1.5)).epsilon(1e-12));  // Δ = (1 − 0.25) · 2 nm
  CHECK(hops[3].rate == rdd::test::approx(std::exp(-0.7 * work * 1.5)).epsilon(1e-12));
}

TEST_CASE("saddle: both directions share one saddle, with degeneracies") {
  const Point point = point_of(model_from(R"(
model shared
temperature 600 K
lattice { vectors [[1 nm]] }
states { A energy 0 eV; B energy 0.2 eV degeneracy 2 }
rates {
  A -> B : saddle(1 THz, 0.7 eV)
  B -> A : saddle(1 THz, 0.7 eV)
  A <-> A by [1] : 1 /s
}
)"));
  CHECK(point.network.reversible);
  const double kT = kB * 600;
  CHECK(point.network.hops[0].rate == rdd::test::approx(1e12 * std::exp(-0.7 * eV / kT)).epsilon(1e-12));
  CHECK(point.network.hops[1].rate == rdd::test::approx(1e12 * std::exp(-0.5 * eV / kT) / 2).epsilon(1e-12));
}

TEST_CASE("the Einstein relation: v = β D f for small forces, from the text of a model") {
  const Model model = model_from(R"(
model forced
temperature 300 K
param f = 0 eV/nm
lattice { vectors [[1 nm, 0 nm], [0.3 nm, 1 nm]] }
states { A energy 0 eV; B energy 0.05 eV; C energy 0.02 eV }
rates {
  A <-> B : 3 /s
  B <-> C by [1, 0] : 40 /s
  C <-> A by [0, 1] : 0.7 /s
  A <-> C : 0.05 /s
}
force [f, 0 eV/nm]
)");
  const Transport at_rest = transport(BlochOperator(point_of(model).network));
  // β f a = 8e-5. The terms of v even in f drop out of v(f) − v(−f); the next odd one is (β f a)² beside the first.
  const double f = 2e-6 * eV / 1e-9;
  const auto velocity = [&](const std::string& force) {
    return transport(BlochOperator(point_of(model, {setting("f", force)}).network)).velocity;
  };
  const Eigen::VectorXd odd = (velocity("2e-6 eV/nm") - velocity("-2e-6 eV/nm")) / 2;
  for (int i = 0; i < 2; ++i) {
    CHECK(std::abs(at_rest.velocity(i)) < 1e-12 * 40e-9);
    const double expected = f / (kB * 300) * at_rest.diffusion(i, 0);
    CHECK(std::abs(odd(i) - expected) < 1e-7 * std::abs(expected));
  }
}

TEST_CASE("a position that parameters move out of any range is refused") {
  const Model model =
      model_from("param u = 1\nlattice { vectors [[1 nm]] }\nstates { A at [exp(u)] }\nrates { A -> A by [1] : 1 /s }");
  Diagnostics diagnostics;
  CHECK(lower_network(model, std::vector<double>{1}, diagnostics));
  for (const double u : {20., 1000.}) {
    Diagnostics found;
    CHECK_FALSE(lower_network(model, std::vector<double>{u}, found));
    REQUIRE(found.sorted().size() == 1);
    CHECK(found.sorted().front().code == Code::BadEntry);
  }
}

TEST_CASE("without energies and with one-way rates, the weights are the stationary distribution of the rates") {
  const Point point = point_of(model_from(ring));
  // Of a ring the weight of a state is the inverse of its rate out.
  const double sum = 1.0 / 2 + 1.0 / 3 + 1.0 / 5;
  CHECK(std::exp(point.network.log_weights(0)) == rdd::test::approx(1.0 / 2 / sum).epsilon(1e-14));
  CHECK(std::exp(point.network.log_weights(2)) == rdd::test::approx(1.0 / 5 / sum).epsilon(1e-14));
}
