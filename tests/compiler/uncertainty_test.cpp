// Standard uncertainties of what statements print, against differences of the same answers at other parameters, against
// closed forms, and against samples.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "compiler/query/session.hpp"
#include "compiler/uncertainty.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

constexpr double boltzmann = 1.380649e-23, electronvolt = 1.602176634e-19;

/// The answer to the last of these statements; what they print is left in `text`.
Json ask(const Model& model, const std::vector<Setting>& settings, const std::vector<std::string>& statements,
         std::string* text = nullptr) {
  Session session(model, settings);
  std::string json;
  for (const std::string& statement : statements) {
    Diagnostics diagnostics;
    const auto answer = session.run(std::make_shared<const Source>(Source{"-e", statement}), diagnostics);
    INFO(statement, drawn(diagnostics));
    REQUIRE(answer.has_value());
    json = answer->json;
    if (text) *text = answer->text;
  }
  return Json::parse(json);
}

Setting number_setting(const std::string& name, double value) {
  Setting one = setting(name, "0");
  one.number = value;
  return one;
}

/// "/lambda/3/0" -> "/lambda//": numbers of one kind.
std::string kind(const std::string& pointer) {
  std::string result;
  for (const char c : pointer)
    if (!std::isdigit(static_cast<unsigned char>(c))) result += c;
  return result;
}

/// Does a key occur in a pointer?
bool part_of(const std::string& pointer, const std::string& key) {
  return (pointer + "/").find("/" + key + "/") != std::string::npos;
}

/// Every number below `uncertainty` is √Σ (∂y/∂θ u)², ∂y/∂θ by Richardson's extrapolation of central differences of the
/// number itself. Steps are 1e-3 of a parameter; what they make of a rate, to the fourth power, is the error. `noise`:
/// of the differences of numbers that are nothing but round-off, by their key; `left_out`: keys.
void check_against_differences(const std::string& text, const std::vector<std::string>& statements,
                               const std::map<std::string, double>& noise = {},
                               const std::set<std::string>& left_out = {}) {
  CAPTURE(statements.back());
  const Model model = model_from(text);
  const Point here = point_of(model);
  const Json answer = ask(model, {}, statements).flatten();
  std::map<std::string, double> squares, largest;
  for (const auto& [pointer, value] : answer.items())
    if (pointer.starts_with("/uncertainty/") && value.is_number() &&
        std::ranges::none_of(left_out, [&](const std::string& key) { return part_of(pointer, key); })) {
      squares[pointer] = 0;
      double& size = largest[kind(pointer)];
      size = std::max(size, value.get<double>());
    }
  REQUIRE_FALSE(squares.empty());
  for (const int i : uncertain_parameters(model, here)) {
    const auto index = static_cast<std::size_t>(i);
    const Parameter& parameter = model.parameters[index];
    const double value = here.parameters[index], h = 1e-3;
    const auto at = [&](double change) {
      return ask(model, {number_setting(parameter.name, value * (1 + change))}, statements).flatten();
    };
    const Json far_up = at(2 * h), far_down = at(-2 * h), up = at(h), down = at(-h);
    for (auto& [pointer, sum] : squares) {
      const std::string of = pointer.substr(std::string("/uncertainty").size());
      const auto number = [&](const Json& json) { return json.at(of).get<double>(); };
      const double wide = (number(far_up) - number(far_down)) / (4 * h), near = (number(up) - number(down)) / (2 * h);
      const double slope = (4 * near - wide) / 3 / value;
      sum += std::pow(slope * *parameter.uncertainty, 2);
    }
  }
  for (const auto& [pointer, sum] : squares) {
    CAPTURE(pointer);
    double least = 0;
    for (const auto& [key, of_round_off] : noise)
      if (part_of(pointer, key)) least = std::max(least, of_round_off);
    CHECK(std::abs(answer.at(pointer).get<double>() - std::sqrt(sum)) <= 2e-6 * largest[kind(pointer)] + least);
  }
}

// A force, positions, a lattice that depends on a parameter; P = 2 stands out by the slow way to C.
const std::string driven = R"(
model driven
temperature 700 K
param a = 0.3 nm +- 0.002 nm
param E = 0.3 eV +- 0.01 eV
param E_slow = 0.55 eV +- 0.02 eV
param dE = 0.05 eV +- 0.004 eV
param pull = 0.02 eV/nm +- 0.001 eV/nm
lattice { vectors [[a, 0 nm], [0.1 * a, 0.36 nm]] }
states {
  A at [0, 0] energy 0 eV
  B at [0.5, 0.4] energy dE
  C at [0.2, 0.7] energy 0.5 * dE degeneracy 2
}
rates {
  A <-> B           : arrhenius(3 THz, E)
  A <-> B by [1, 0] : arrhenius(2 THz, E)
  B <-> A by [0, 1] : arrhenius(3 THz, E + dE)
  B <-> C           : arrhenius(6 THz, E_slow)
  C <-> A by [1, 0] : arrhenius(3 THz, E_slow + dE)
}
force [pull, 0.5 * pull] split 0.4
)";

std::string at_rest() {
  std::string text = driven;
  return text.erase(text.find("force ["));
}

const std::string crowdion = R"(
model crowdion
use std.lattices.square
temperature 450 K
param E_mig = 0.05 eV +- 0.002 eV
param E_rot = 0.45 eV +- 0.005 eV
lattice square(a = 0.287 nm)
states { X energy 0 eV; Y energy 0 eV }
rates {
  X <-> X by [1, 0] : arrhenius(5 THz, E_mig)
  Y <-> Y by [0, 1] : arrhenius(5 THz, E_mig)
  X <-> Y           : arrhenius(5 THz, E_rot)
}
)";

// A motor with a futile cycle, on a track that leans: every transition has its reverse, and no force explains them all.
const std::string leaky = R"(
model leaky
temperature 300 K
param a = 8 nm +- 0.05 nm
param fuel = 0.25 eV +- 0.01 eV
param slip = 0.15 eV +- 0.005 eV
param load = 1 pN +- 0.1 pN
lattice { vectors [[a]] }
states { E at [0]; F at [0.3]; G at [0.7] }
rates {
  E -> F : 100 /s * exp(fuel / (2 * kT))
  F -> E : 40 /s
  F -> G : 90 /s * exp(slip / kT)
  G -> F : 20 /s
  G -> E by [1]  : 70 /s
  E -> G by [-1] : 0.5 /s
  E -> G : 3 /s * exp(slip / (2 * kT))
  G -> E : 8 /s
}
force [-load] split 0.3
)";

// Groups of five states in a row, of which two lie between the others.
const std::string five = R"(
model five
temperature 500 K
param E_1 = 0.42 eV +- 0.01 eV
param E_2 = 0.47 eV +- 0.01 eV
lattice { vectors [[0.9 nm]] }
states { A energy 0 eV; B energy 0.05 eV; C energy 0.01 eV; D energy 0.07 eV; F energy 0.02 eV }
rates {
  A <-> B : arrhenius(1 THz, E_1)
  B <-> C : arrhenius(1 THz, E_2)
  C <-> D : arrhenius(1 THz, 0.45 eV)
  D <-> F : arrhenius(1 THz, E_2 + 0.03 eV)
  F <-> A by [1] : arrhenius(1 THz, 0.55 eV)
  B <-> F by [-1] : arrhenius(1 THz, E_1 + 0.1 eV)
}
)";

// One ring of three states, so that everything is known in closed form.
std::string ring(const std::string& barrier, const std::string& drive) {
  return R"(
model ring
temperature 300 K
param E = )" +
         barrier + R"(
param drive = )" +
         drive + R"(
lattice { vectors [[3 nm]] }
states { A; B; C }
rates {
  A -> B : arrhenius(1 THz, E - drive / 6);  B -> A : arrhenius(1 THz, E + drive / 6)
  B -> C : arrhenius(1 THz, E - drive / 6);  C -> B : arrhenius(1 THz, E + drive / 6)
  C -> A by [1] : arrhenius(1 THz, E - drive / 6);  A -> C by [-1] : arrhenius(1 THz, E + drive / 6)
}
)";
}

double relative(double uncertainty) {  // of a rate, by its barrier
  return uncertainty * electronvolt / (boltzmann * 450);
}

}  // namespace

TEST_CASE("uncertainties of everything printed about bands follow differences") {
  for (const std::string& model : {driven, at_rest()}) {
    check_against_differences(model, {"spectrum at [0.7, -1.1]"});
    check_against_differences(model, {"bands grid [4, 4]"});
    check_against_differences(model, {"bands mesh [3, 3]"});
    check_against_differences(model, {"bands along X-L steps 3"});
    check_against_differences(model, {"gap"});
    check_against_differences(model, {"gap long"});
    check_against_differences(model, {"gap tau 20 ps"});
  }
}

TEST_CASE("so do those between reflecting walls") {
  check_against_differences(driven, {"spectrum reflecting at [0, 0]"});
  check_against_differences(driven, {"spectrum reflecting at [0.7, -1.1]"});
  check_against_differences(driven, {"bands reflecting grid [4, 4]"});
}

TEST_CASE("so do those of the steady state, its cycles, its entropy and its motion") {
  for (const std::string& model : {driven, leaky, ring("0.4 eV +- 0.01 eV", "0.1 eV +- 0.004 eV")})
    for (const char* statement : {"steady", "cycles", "entropy", "driven"})
      check_against_differences(model, {statement}, {{"residual", 1e-11}, {"other_power", 1e-20}});
  for (const char* statement : {"steady", "driven"})
    check_against_differences(at_rest(), {statement}, {{"residual", 1e-11}});
  for (const std::string& model : {leaky, ring("0.4 eV +- 0.01 eV", "0.1 eV +- 0.004 eV")})
    check_against_differences(model, {"stall"});
}

TEST_CASE("a ring of three states has uncertainties in closed form") {
  const double kT = boltzmann * 300, u_drive = 0.004 * electronvolt, u_barrier = 0.01 * electronvolt;
  const double drive = 0.1 * electronvolt, step = drive / 6 / kT;
  const Model model = model_from(ring("0.4 eV +- 0.01 eV", "0.1 eV +- 0.004 eV"));
  const Json cycles = ask(model, {}, {"cycles"});
  const double affinity = drive / kT;
  CHECK(cycles["cycles"][0]["affinity"] == rdd::test::approx(affinity).epsilon(1e-10));
  CHECK(cycles["uncertainty"]["cycles"][0]["affinity"] == rdd::test::approx(u_drive / kT).epsilon(1e-10));
  // J = 2/3 k sinh(d/6kT), k the rate without a drive.
  const double flux = cycles["cycles"][0]["flux"];
  const double u_flux = flux * std::hypot(u_barrier / kT, u_drive / (6 * kT) / std::tanh(step));
  CHECK(cycles["uncertainty"]["cycles"][0]["flux"] == rdd::test::approx(u_flux).epsilon(1e-9));
  // σ = J A.
  const Json entropy = ask(model, {}, {"entropy"});
  const double of_drive = (u_drive / (6 * kT) / std::tanh(step) + u_drive / drive);
  CHECK(entropy["uncertainty"]["sigma"] ==
        rdd::test::approx(flux * affinity * std::hypot(u_barrier / kT, of_drive)).epsilon(1e-9));
  // Against a force f the ring stands still where f a = −drive.
  const Json stall = ask(model, {}, {"stall"});
  CHECK(stall["force"] == rdd::test::approx(-drive / 3e-9).epsilon(1e-9));
  CHECK(stall["uncertainty"]["force"] == rdd::test::approx(u_drive / 3e-9).epsilon(1e-9));
  CHECK(stall["uncertainty"]["sigma"] == 0.0);
  // All states are alike, whatever the parameters.
  const Json steady = ask(model, {}, {"steady"});
  for (const Json& u : steady["uncertainty"]["occupation"]) CHECK(u == 0.0);
  // Randomness 2 D/v = coth(step)/3, free of the barrier.
  const Json motion = ask(model, {}, {"driven"});
  CHECK(motion["randomness"][0] == rdd::test::approx(1 / std::tanh(step) / 3).epsilon(1e-9));
  CHECK(motion["uncertainty"]["randomness"][0] ==
        rdd::test::approx(u_drive / (6 * kT) / std::pow(std::sinh(step), 2) / 3).epsilon(1e-8));
  const Json barrier_alone = ask(model_from(ring("0.4 eV +- 0.01 eV", "0.1 eV")), {}, {"driven"})["uncertainty"];
  for (const char* key : {"randomness", "peclet", "work", "force"}) CHECK(barrier_alone[key][0] == 0.0);
  CHECK(barrier_alone["residual"] == 0.0);
}

TEST_CASE("so do those of the network, its zone, symbols and least memberships") {
  for (const std::string& model : {driven, at_rest()}) {
    check_against_differences(model, {"network"});
    check_against_differences(model, {"states"});
    check_against_differences(model, {"rates B"});
    check_against_differences(model, {"zone"});
    check_against_differences(model, {"clusters 2", "symbol at [0.2, -0.1]"});
  }
  check_against_differences(five, {"clusters 3"});
  CHECK(ask(model_from(five), {}, {"clusters 3"})["uncertainty"]["min_chi"].get<double>() > 1e-6);
}

TEST_CASE("the number of modes below a rate follows the band there") {
  // λ = 2 k (1 − cos φ): below r lie arccos(1 − r/2k)/π modes.
  const Json answer = ask(model_from(R"(
model chain
temperature 450 K
param E = 0.4 eV +- 0.002 eV
lattice { vectors [[0.3 nm]] }
states { A }
rates { A <-> A by [1] : arrhenius(1 THz, E) }
)"),
                          {}, {"density [4000]"});
  const auto below = [](double rate, double barrier) {
    return std::acos(1 - rate / (2e12 * std::exp(-barrier * electronvolt / (boltzmann * 450)))) / M_PI;
  };
  const std::size_t last = answer["rates"].size() - 1;
  for (std::size_t i = 2; i + 2 < last; ++i) {
    const double rate = answer["rates"][i];
    CHECK(answer["uncertainty"]["modes"][i] ==
          rdd::test::approx((below(rate, 0.402) - below(rate, 0.398)) / 2).epsilon(1e-3));
  }
  CHECK(answer["uncertainty"]["modes"][last] == 0.0);
}

TEST_CASE("the rows of a choice have the uncertainties of the reductions they are about") {
  const Model model = model_from(crowdion);
  const Json choice = ask(model, {}, {"reduce"});
  REQUIRE(choice["uncertainty"]["choice"].size() == 2);
  for (const int P : {1, 2}) {
    const Json row = choice["uncertainty"]["choice"][static_cast<std::size_t>(P - 1)];
    const Json alone = ask(model, {}, {"reduce " + std::to_string(P)})["uncertainty"];
    CHECK(row["L"] == rdd::test::approx(alone["L"].get<double>()).epsilon(1e-6));
    CHECK(row["ratio"] == rdd::test::approx(alone["ratio"].get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("so do those of groups and of coefficients in every gauge and at every point of a range") {
  for (const std::string& model : {driven, at_rest()}) {
    check_against_differences(model, {"clusters 2"}, {{"min_chi", 1e-12}});
    check_against_differences(model, {"clusters 2", "coefficients gauge cells"});
    check_against_differences(model, {"clusters 2", "coefficients gauge positions"});
    check_against_differences(model, {"clusters 3", "coefficients gauge cells"});
    const std::string range = "interpolate T = 650 K .. 720 K tolerance 1e-11";
    check_against_differences(model, {"clusters 2", range});
    check_against_differences(model, {"clusters 2", "verify"});
    check_against_differences(model, {"clusters 2", range, "coefficients at T = 690 K"});
  }
}

TEST_CASE("the reach of a diffusion equation follows the square root of the ratio of rates") {
  // Along x, λ = g/2 + r − √(g²/4 + r²) with g = 2 k (1 − cos φ) for glides at rate k and turns at rate r; the reduced
  // λ is k φ²/2. Their ratio depends on k φ²/r alone, to φ²: L = π/φ ∝ √(k/r).
  const Json answer = ask(model_from(crowdion), {}, {"reduce 1"});
  const double L = answer["L"], u = answer["uncertainty"]["L"];
  REQUIRE(L > 1000);
  CHECK(u / L == rdd::test::approx(0.5 * std::hypot(relative(0.002), relative(0.005))).epsilon(1e-5));
  // All of the gap is where k φ²/r is what it is: the ratio stays, and τ goes with 1/r. Steps of 1 % in L leave that
  // much of the uncertainty.
  CHECK(answer["uncertainty"]["ratio"].get<double>() < 1e-3 * answer["ratio"].get<double>());
  CHECK(answer["uncertainty"]["tau"].get<double>() / answer["tau"].get<double>() ==
        rdd::test::approx(relative(0.005)).epsilon(1e-2));
}

TEST_CASE("a reach of the whole zone has no uncertainty") {
  const Json answer = ask(model_from(R"(
model chain
temperature 600 K
param E = 0.4 eV +- 0.02 eV
lattice { vectors [[0.3 nm]] }
states { A }
rates { A <-> A by [1] : arrhenius(1 THz, E) }
)"),
                          {}, {"reduce 1"});
  CHECK(answer["uncertainty"]["L"] == 0.0);  // λ ∝ rate: the error of the expansion does not depend on it
}

TEST_CASE("what does not depend on a parameter has exactly no uncertainty") {
  std::string text = crowdion;
  text.replace(text.find("0.05 eV +- 0.002 eV"), 19, "0.05 eV");
  const Model model = model_from(text);
  const Json diffusion = ask(model, {}, {"diffusion"})["uncertainty"].flatten();
  for (const auto& [pointer, u] : diffusion.items()) CHECK(u == 0.0);
  const Json coefficients = ask(model, {}, {"reduce 2"})["uncertainty"]["D"].flatten();
  for (const auto& [pointer, u] : coefficients.items()) CHECK(u == 0.0);
  const Json groups = ask(model_from(at_rest()), {}, {"clusters 1"});
  CHECK(groups["uncertainty"]["crispness"] == 0.0);
  CHECK(groups["uncertainty"]["clusters"][0]["weight"] == 0.0);
}

TEST_CASE("large networks have uncertainties of what is found of them") {
  // A track of many states a cell, with rises and falls of the energy that repeat nowhere.
  constexpr int count = 620;
  std::string states, rates;
  for (int i = 0; i < count; ++i) {
    states += "s" + std::to_string(i) + " energy " + std::to_string((i * i) % 17) + " * dE\n";
    rates += "s" + std::to_string(i) + " <-> s" + std::to_string((i + 1) % count) + (i + 1 < count ? "" : " by [1]") +
             " : arrhenius(1 THz, " + (i % 7 == 3 ? "E_high" : "E") + ")\n";
  }
  const std::string track = R"(
model track
temperature 700 K
param a = 0.3 nm +- 0.002 nm
param E = 0.4 eV +- 0.01 eV
param E_high = 0.5 eV +- 0.02 eV
param dE = 0.003 eV +- 0.0002 eV
param pull = 0.0005 eV/nm +- 0.0001 eV/nm
lattice { vectors [[600 * a]] }
states {
)" + states + "}\nrates {\n" +
                            rates + "}\n";
  const std::string pulled = track + "force [pull]\n";
  for (const std::string& model : {track, pulled}) {
    check_against_differences(model, {"diffusion"});
    check_against_differences(model, {"timescales"});
  }
  check_against_differences(pulled, {"drift"});
  std::string text;
  for (const std::string& model : {track, pulled}) {
    check_against_differences(model, {"spectrum at [0]"});
    check_against_differences(model, {"spectrum at [0.3]"});
    check_against_differences(model, {"states"});
    check_against_differences(model, {"network"});
    check_against_differences(model, {"gap"});
    // The range over which a gap is told is one that is good enough: it has no derivative.
    check_against_differences(model, {"reduce 1"}, {}, {"L", "ratio", "tau"});
  }
  // Pulled, two bands of the zone's boundary are about to become a complex pair.
  check_against_differences(track, {"bands grid [2]"});
  check_against_differences(track, {"bands along Γ-X steps 2"});
  check_against_differences(track, {"gap long"});
}

TEST_CASE("large networks have uncertainties of their groups") {
  // Two tracks side by side, between which one turns seldom.
  constexpr int count = 310;
  std::string states, rates;
  for (const std::string side : {"s", "t"})
    for (int i = 0; i < count; ++i) {
      states += side + std::to_string(i) + " energy " + std::to_string((i * i) % 17) + " * dE\n";
      rates += side + std::to_string(i) + " <-> " + side + std::to_string((i + 1) % count) +
               (i + 1 < count ? "" : " by [1]") + " : arrhenius(1 THz, " + (side == "s" ? "E" : "E + dE") + ")\n";
    }
  for (int i = 0; i < count; i += 31)
    rates += "s" + std::to_string(i) + " <-> t" + std::to_string(i) + " : arrhenius(1 THz, E_turn)\n";
  const std::string tracks = R"(
model tracks
temperature 700 K
param E = 0.1 eV +- 0.01 eV
param E_turn = 1.1 eV +- 0.02 eV
param dE = 0.003 eV +- 0.0002 eV
param pull = 0.0005 eV/nm +- 0.0001 eV/nm
lattice { vectors [[30 nm]] }
states {
)" + states + "}\nrates {\n" +
                             rates + "}\n";
  for (const std::string& model : {tracks, tracks + "force [pull]\n"}) {
    // Memberships are right to 1e-14 and steps 1e-3: differences of those that hardly change have no digits. Nor have
    // those of drifts, which are what hops to and fro leave of each other: vectors that are right to 1e-10 leave 1e-9.
    check_against_differences(model, {"clusters 2"}, {{"chi", 1e-11}, {"weight", 1e-10}, {"min_chi", 1e-11}});
    check_against_differences(model, {"reduce 2"}, {}, {"L", "ratio", "tau", "chi", "C"});
    const Json linear = ask(model_from(model), {}, {"reduce 2", "uncertainty of coefficients"});
    const Json reduction = ask(model_from(model), {}, {"reduce 2"});
    CHECK(linear["uncertainty"]["Q"] == reduction["uncertainty"]["Q"]);
  }
}

TEST_CASE("samples keep the coarse states of the model apart") {
  // A belongs to B or to C, whichever barrier is lower: on its own, each sample would number its groups by whose A is.
  const Model model = model_from(R"(
model bridge
temperature 600 K
param E_B = 0.40 eV +- 0.02 eV
param E_C = 0.41 eV +- 0.02 eV
lattice { vectors [[0.3 nm]] }
states { A energy 0.1 eV; B energy 0 eV; C energy 0 eV }
rates {
  A <-> B        : arrhenius(1 THz, E_B)
  A <-> C        : arrhenius(1 THz, E_C)
  B <-> B by [1] : arrhenius(1 THz, 0.6 eV)
}
)");
  const Point point = point_of(model);
  const Request request{.topic = Topic::coefficients, .P = 2};
  const Sampled found = sampled(model, point, request, 400, 2);
  const auto list = readings(request, point.network);
  const Eigen::VectorXd central = values(request, point.network);
  const RateNetwork other = point_of(model, {setting("E_B", "0.42 eV")}).network;
  CHECK((values(request, other) - central).tail(6).cwiseAbs().maxCoeff() > 0.99);
  for (std::size_t r = 0; r < list.size(); ++r) {
    const auto row = static_cast<Eigen::Index>(r);
    if (list[r].path != "/chi/1/0" && list[r].path != "/chi/2/0") continue;
    CAPTURE(list[r].path);
    CHECK(found.mean(row) == rdd::test::approx(central(row)).epsilon(1e-9));
    CHECK(found.deviation(row) < 1e-9);
  }
  CHECK(found.samples == 400);
}
