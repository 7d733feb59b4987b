// The statements about networks out of equilibrium, on models whose answers are known in closed form.
#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/query/session.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

constexpr double boltzmann = 1.380649e-23;

SourcePtr statement(const std::string& text) {
  return std::make_shared<const Source>(Source{"-e", text});
}

struct Heard {
  Json json;
  std::string text;
};

Heard ask(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  const auto answer = session.run(statement(text), diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(answer.has_value());
  CHECK(answer->text.back() == '\n');
  return {Json::parse(answer->json), answer->text};
}

std::string refused(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(session.run(statement(text), diagnostics).has_value());
  return drawn(diagnostics);
}

// A chain of one state, a force F with split 1/2: rates k e^{±βFa/2}.
const std::string pulled = R"(
model pulled
temperature 300 K
param k = 1e6 /s
param F = 2 pN
lattice { vectors [[3 nm]] }
states { A energy 0 eV }
rates { A <-> A by [1] : k }
force [F]
)";

}  // namespace

TEST_CASE("a pulled chain: velocity, Peclet number, randomness, force, entropy and heat in closed form") {
  Session session(model_from(pulled));
  const double kT = boltzmann * 300, a = 3e-9, F = 2e-12, k = 1e6;
  const double g = F * a / kT;
  const Json driven = ask(session, "driven").json;
  CHECK(driven["v"][0] == approx(2 * k * a * std::sinh(g / 2)).epsilon(1e-12));
  CHECK(driven["D"][0][0] == approx(k * a * a * std::cosh(g / 2)).epsilon(1e-12));
  CHECK(driven["peclet"][0] == approx(2 * std::tanh(g / 2)).epsilon(1e-12));
  CHECK(driven["randomness"][0] == approx(1 / std::tanh(g / 2)).epsilon(1e-12));
  CHECK(driven["local_balance"] == true);
  CHECK(driven["work"][0] == approx(g).epsilon(1e-12));
  CHECK(driven["force"][0] == approx(F).epsilon(1e-12));
  CHECK(driven["fluctuation_symmetry"]["holds"] == true);
  CHECK(driven["relaxation"] == approx(k * std::pow(std::exp(g / 4) - std::exp(-g / 4), 2)).epsilon(1e-12));

  const Json entropy = ask(session, "entropy").json;
  const double sigma = 2 * k * std::sinh(g / 2) * g;
  CHECK(entropy["sigma"] == approx(sigma).epsilon(1e-12));
  CHECK(entropy["sigma_cycles"] == approx(sigma).epsilon(1e-12));
  CHECK(entropy["sigma_SI"] == approx(boltzmann * sigma).epsilon(1e-12));
  CHECK(entropy["heat"] == approx(kT * sigma).epsilon(1e-12));
  CHECK(entropy["force_power"] == approx(kT * sigma).epsilon(1e-12));  // σT = f·v
  CHECK(ask(session, "entropy").text.find("all the heat is its work") != std::string::npos);

  const Json cycles = ask(session, "cycles").json["cycles"];
  REQUIRE(cycles.size() == 1);
  CHECK(cycles[0]["affinity"] == approx(g).epsilon(1e-12));
  CHECK(cycles[0]["displacement"] == Json{1});
  const Json steady = ask(session, "steady").json;
  CHECK(steady["occupation"] == Json{1.0});
  CHECK(steady["transitions"][0]["net"] == approx(2 * k * std::sinh(g / 2)).epsilon(1e-12));

  // Between walls: 2 k cosh(g/2) − 2 k cos φ.
  const Json walls = ask(session, "spectrum reflecting at [0.7]").json;
  CHECK(walls["lambda"][0][0] == approx(2 * k * (std::cosh(g / 2) - std::cos(0.7))).epsilon(1e-12));
  CHECK(walls["lambda"][0][1] == 0);
  const Json grid = ask(session, "bands reflecting grid [3]").json;
  CHECK(grid["band_max"][0] == approx(2 * k * (std::cosh(g / 2) + 1)).epsilon(1e-12));

  // The force that stops a chain which nothing else drives is none, to the 1e-9 kT of work at which rates count as
  // balanced.
  CHECK(std::abs(ask(session, "stall").json["force"].get<double>()) < 1e-9 * kT / a);
}

TEST_CASE("kinesin of the example: stall where the fuel's affinity is balanced, and what it costs") {
  Session session(example("molecular_motor.rdd"));
  const double kT = boltzmann * 298, a = 8.2e-9, load = 1e-12;
  const double fuel = std::log(2.0 * 1000 * 280 * 250 / (100 * 3.5 * 0.02));
  const double work = fuel - load * a / kT;
  const Json driven = ask(session, "driven").json;
  CHECK(driven["work"][0] == approx(work).epsilon(1e-12));
  CHECK(driven["force"][0] == approx(work * kT / a).epsilon(1e-12));

  // Fisher and Kolomeisky, N = 3: forward rates u_i out of state i, backward rates w_i.
  const double tilt = -load * a / kT;
  const double u[] = {2000, 280, 250 * std::exp(0.3 * tilt)};
  const double w[] = {0.02 * std::exp(-0.7 * tilt), 100, 3.5};
  double c1 = 0, c2 = 0;
  for (int i = 0; i < 3; ++i) {
    const int next = (i + 1) % 3;
    c1 += u[i] * u[next] + w[i] * u[next] + w[i] * w[next];
    c2 += u[i] + w[i];
  }
  const double U = u[0] * u[1] * u[2], W = w[0] * w[1] * w[2], J = (U - W) / c1;
  const double D = ((U + W) / 2 - c2 * J * J) / c1;
  CHECK(driven["v_cells"][0] == approx(J).epsilon(1e-12));
  CHECK(driven["D_cells"][0] == approx(D).epsilon(1e-12));
  CHECK(driven["randomness"][0] == approx(2 * D / J).epsilon(1e-12));

  const Json entropy = ask(session, "entropy").json;
  CHECK(entropy["sigma"] == approx(J * std::log(U / W)).epsilon(1e-12));
  CHECK(entropy["force_power"] == approx(-load * J * a).epsilon(1e-12));
  CHECK(entropy["other_power"] == approx(kT * J * std::log(U / W) + load * J * a).epsilon(1e-12));

  const Json stall = ask(session, "stall").json;
  CHECK(stall["force"] == approx(-fuel * kT / a).epsilon(1e-9));
  CHECK(stall["sigma"].get<double>() < 1e-12);
  CHECK(ask(session, "stall").text.find("tightly coupled") != std::string::npos);
}

TEST_CASE("a motor that can spend fuel without a step stalls earlier, and still dissipates") {
  Session session(model_from(R"(
model leaky
temperature 300 K
lattice { vectors [[8 nm]] }
states { A; B; C }
rates {
  A -> B         : 100 /s
  B -> A         : 1 /s
  B -> A by [1]  : 100 /s
  A -> B by [-1] : 1 /s
  B -> C         : 3 /s   # back to A without a step
  C -> B         : 0.1 /s
  C -> A         : 50 /s
  A -> C         : 0.001 /s
}
)"));
  const Heard stall = ask(session, "stall");
  const double tight = boltzmann * 300 / 8e-9 * std::log(1e4);  // the affinity of the cycle that steps
  CHECK(stall.json["force"].get<double>() < 0);
  CHECK(stall.json["force"].get<double>() > -tight);
  CHECK(stall.json["sigma"].get<double>() > 1);
  CHECK(stall.text.find("without a step") != std::string::npos);
  // There v vanishes: on the model with that force.
  CHECK(ask(session, "driven").json["local_balance"] == false);
}

TEST_CASE("a one-way transition is named: entropy infinite, no spectrum between walls, no stall") {
  Session session(model_from(R"(
model ratchet
temperature 300 K
lattice { vectors [[8 nm]] }
states { A; B }
rates {
  A -> B          : 100 /s
  B -> A          : 1 /s
  B -> A by [1]   : 100 /s
}
)"));
  const Heard entropy = ask(session, "entropy");
  CHECK(entropy.json["sigma"].is_null());
  CHECK(entropy.json["one_way"].size() == 1);
  CHECK(entropy.json["one_way"][0]["by"] == Json{1});
  CHECK(entropy.text.find("B -> A by [1] has no reverse") != std::string::npos);
  CHECK(ask(session, "cycles").json["cycles"][0]["affinity"].is_null());
  CHECK(ask(session, "steady").text.find("none") != std::string::npos);
  CHECK(ask(session, "driven").text.find("no local detailed balance") != std::string::npos);
  CHECK(refused(session, "spectrum reflecting at [0]").find("E0520") != std::string::npos);
  CHECK(refused(session, "bands reflecting grid [5]").find("E0520") != std::string::npos);
  CHECK(refused(session, "stall").find("B -> A by [1] has no reverse") != std::string::npos);
}

TEST_CASE("at rest nothing flows, and walls change no band") {
  Session session(example("crowdion.rdd"));
  CHECK(ask(session, "entropy").json["sigma"] == 0);
  CHECK(ask(session, "driven").json["peclet"] == Json({0.0, 0.0}));
  CHECK(ask(session, "driven").json["randomness"][0].is_null());
  CHECK(ask(session, "spectrum reflecting at [0.3, 0.2]").json["lambda"] ==
        ask(session, "spectrum at [0.3, 0.2]").json["lambda"]);
  CHECK(refused(session, "stall").find("E0521") != std::string::npos);
  CHECK(refused(session, "spectrum reflecting [0]").find("expected `at`") != std::string::npos);
  CHECK(refused(session, "steady now").find("stands alone") != std::string::npos);
}

TEST_CASE("energies and a force that do not explain a cycle get a warning that names it") {
  const std::string text = R"(
model broken
temperature 300 K
lattice { vectors [[1 nm]] }
states { A energy 0 eV; B energy 0 eV; C energy 0 eV }
rates {
  A -> B : 2 /s
  B -> A : 1 /s
  B <-> C : 1 /s
  C <-> A : 1 /s
  A <-> A by [1] : 1 /s
}
force [1 pN]
)";
  Diagnostics diagnostics;
  REQUIRE(lower(model_from(text), {}, diagnostics).has_value());
  const std::string said = drawn(diagnostics);
  CHECK(said.find("W0512") != std::string::npos);
  CHECK(said.find("0.6931 kT") != std::string::npos);

  Diagnostics none;  // rates written one by one that a force and the energies do explain
  std::string balanced = text;
  balanced.replace(balanced.find("2 /s"), 4, "1 /s");
  REQUIRE(lower(model_from(balanced), {}, none).has_value());
  CHECK(drawn(none).empty());
}

TEST_CASE("of a pair of one-way rates the force's work is shared by the split, and is whole") {
  const double g = 1e-12 * 1e-9 / (boltzmann * 300);
  for (const std::string rates : {"A <-> A by [1] : 5 /s", "A -> A by [1] : 5 /s; A -> A by [-1] : 5 /s"}) {
    CAPTURE(rates);
    const Point point = point_of(
        model_from("model pair\ntemperature 300 K\nlattice { vectors [[1 nm]] }\nstates { A weight 1 }\nrates { " +
                   rates + " }\nforce [1 pN] split 0.3\n"));
    REQUIRE(point.network.hops.size() == 2);
    CHECK(point.network.hops[0].rate == approx(5 * std::exp(0.3 * g)).epsilon(1e-14));
    CHECK(point.network.hops[1].rate == approx(5 * std::exp(-0.7 * g)).epsilon(1e-14));
  }
}
