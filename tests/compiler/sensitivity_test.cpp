// Derivatives, uncertainties and sweeps of whole models, against closed forms and against the model itself at other
// parameters.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/lower_derivatives.hpp"
#include "compiler/query/session.hpp"
#include "compiler/report.hpp"
#include "compiler/uncertainty.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

constexpr double boltzmann = 1.380649e-23, electronvolt = 1.602176634e-19;

Json ask(Session& session, const std::string& text, Diagnostics* found = nullptr) {
  Diagnostics diagnostics;
  const auto answer = session.run(std::make_shared<const Source>(Source{"-e", text}), diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(answer.has_value());
  if (found) *found = diagnostics;
  return Json::parse(answer->json);
}

std::string refused(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(session.run(std::make_shared<const Source>(Source{"-e", text}), diagnostics).has_value());
  return drawn(diagnostics);
}

// A force, positions, a lattice that depends on parameters, energies, an entropy, parameters that follow others.
const std::string rich = R"(
model rich
temperature 700 K
param a = 0.3 nm
param ratio = 1.2
param E = 0.4 eV
param E_b = 0.7 * E
param nu = 3 THz
param dE = 0.05 eV
param pull = 0.02 eV/nm
param share = 0.4
param shift = 0.1
let c = ratio * a
lattice { vectors [[a, 0 nm], [0.1 * a, c]] }
states {
  A at [0, 0] energy 0 eV
  B at [0.5 + shift, 0.4] energy dE - 20 K * kB entropy 0.3 * kB
  C at [0.2, 0.7] energy 0.5 * dE degeneracy 2
}
rates {
  A <-> B        : arrhenius(nu, E)
  B <-> C        : arrhenius(2 * nu, E_b)
  C <-> A by [1, 0] : arrhenius(nu, 1.1 * E - 0.1 * kT)
  B <-> A by [0, 1] : arrhenius(nu, E + dE)
  A -> C         : arrhenius(nu, 1.5 * E)
  C -> A         : arrhenius(0.3 * nu, 1.2 * E)
}
force [pull, 0.5 * pull] split share
)";

const std::string vacancy = R"(
model vacancy
temperature 900 K
param E = 0.6 eV +- 0.02 eV
param nu = 5 THz +- 0.5 THz
lattice { vectors [[0.3 nm]] }
states { A }
rates { A <-> A by [1] : arrhenius(nu, E) }
)";

/// A setting of a parameter to a value in SI.
Setting number_setting(const std::string& name, double value) {
  Setting one = setting(name, "0");
  one.number = value;
  return one;
}

}  // namespace

TEST_CASE("total derivatives of every number follow differences of the whole model") {
  const Model model = model_from(rich);
  const Point here = point_of(model);
  const std::vector<int> parameters = independent_parameters(model);
  CHECK(parameters.size() == 10);  // c is derived
  const NetworkDerivatives by = lower_derivatives(model, here, parameters);
  Eigen::VectorXd phases(2);
  phases << 0.7, -1.1;
  const std::vector<Request> requests = {{.topic = Topic::diffusion},
                                         {.topic = Topic::drift},
                                         {.topic = Topic::timescales},
                                         {.topic = Topic::spectrum, .phases = phases},
                                         {.topic = Topic::coefficients, .P = 2, .order = 2},
                                         {.topic = Topic::coefficients, .P = 3, .order = 2}};
  for (std::size_t j = 0; j < parameters.size(); ++j) {
    const auto index = static_cast<std::size_t>(parameters[j]);
    const std::string& name = model.parameters[index].name;
    CAPTURE(name);
    const double value = here.parameters[index];
    for (const Request& request : requests) {
      CAPTURE(static_cast<int>(request.topic));
      const auto at = [&](double change) {
        return values(request, point_of(model, {number_setting(name, value * (1 + change))}).network);
      };
      const double h = 1e-3;
      const Eigen::VectorXd wide = (at(2 * h) - at(-2 * h)) / (4 * h), near = (at(h) - at(-h)) / (2 * h);
      const Eigen::VectorXd expected = (4 * near - wide) / 3;  // error h⁴, round-off 1e-13/h
      const Eigen::VectorXd found = derivatives(request, here.network, by).col(static_cast<Eigen::Index>(j)) * value;
      const Eigen::VectorXd scale = at(0);
      const auto list = readings(request, here.network);
      for (std::size_t r = 0; r < list.size(); ++r) {
        CAPTURE(list[r].name);
        const auto row = static_cast<Eigen::Index>(r);
        double size = 0;
        for (std::size_t other = 0; other < list.size(); ++other)
          if (list[other].dimension == list[r].dimension)
            size = std::max({size, std::abs(scale(static_cast<Eigen::Index>(other))),
                             std::abs(expected(static_cast<Eigen::Index>(other)))});
        CHECK(std::abs(found(row) - expected(row)) <= 3e-8 * size);
      }
    }
  }
}

TEST_CASE("a parameter that was set no longer follows others") {
  const Model model = model_from(rich);
  const auto slope = [&](const std::vector<Setting>& settings, const std::string& name) {
    const Point point = point_of(model, settings);
    const auto found = std::ranges::find(model.parameters, name, &Parameter::name);
    const int index[] = {static_cast<int>(found - model.parameters.begin())};
    return lower_derivatives(model, point, index).log_rates(2, 0);  // B -> C has the barrier E_b
  };
  const double beta = 1 / (boltzmann * 700);
  CHECK(slope({}, "E") == rdd::test::approx(-0.7 * beta).epsilon(1e-12));
  CHECK(slope({}, "E_b") == rdd::test::approx(-beta).epsilon(1e-12));
  CHECK(slope({setting("E_b", "0.28 eV")}, "E") == 0);
  CHECK(slope({setting("E_b", "0.5 * E")}, "E") == rdd::test::approx(-0.5 * beta).epsilon(1e-12));
  CHECK(slope({setting("E_b", "E_b * 2")}, "E") == rdd::test::approx(-1.4 * beta).epsilon(1e-12));
}

TEST_CASE("a single barrier has ∂ln D/∂E = −β and ∂ln D/∂ln ν = 1") {
  Session session(model_from(vacancy));
  const Json answer = ask(session, "sensitivity of diffusion");
  const double D = answer["values"]["D"][0][0];
  const double beta = 1 / (boltzmann * 900);
  CHECK(answer["derivatives"]["E"]["D"][0][0].get<double>() / D == rdd::test::approx(-beta).epsilon(1e-13));
  CHECK(answer["derivatives"]["nu"]["D"][0][0].get<double>() * 5e12 / D == rdd::test::approx(1).epsilon(1e-13));
  CHECK(answer["derivatives"]["T"]["D"][0][0].get<double>() * 900 / D ==
        rdd::test::approx(0.6 * electronvolt * beta).epsilon(1e-13));
  CHECK(answer["parameters"].size() == 3);
  CHECK(answer["unit"]["D"] == "m^2/s");
}

TEST_CASE("uncertainties of independent parameters add in squares, and a value that was set is exact") {
  Session session(model_from(vacancy));
  const double beta = 1 / (boltzmann * 900), of_barrier = beta * 0.02 * electronvolt, of_prefactor = 0.1;
  const Json answer = ask(session, "diffusion");
  const double D = answer["D"][0][0];
  CHECK(answer["uncertainty"]["D"][0][0].get<double>() / D ==
        rdd::test::approx(std::hypot(of_barrier, of_prefactor)).epsilon(1e-12));
  CHECK(ask(session, "spectrum at [0.3]")["uncertainty"].contains("lambda"));
  CHECK(ask(session, "coefficients")["uncertainty"]["D"]["xx"][0][0].get<double>() ==
        rdd::test::approx(answer["uncertainty"]["D"][0][0].get<double>()).epsilon(1e-12));
  ask(session, "set nu = 5 THz");
  CHECK(ask(session, "diffusion")["uncertainty"]["D"][0][0].get<double>() / D ==
        rdd::test::approx(of_barrier).epsilon(1e-12));
  ask(session, "set E = 0.6 eV");
  CHECK_FALSE(ask(session, "diffusion").contains("uncertainty"));
  CHECK(refused(session, "uncertainty").find("E0810") != std::string::npos);
}

TEST_CASE("samples have the moments of a log-normal distribution, whatever the number of threads") {
  const Model model = model_from(vacancy);
  const Point point = point_of(model);
  const Request request{.topic = Topic::diffusion};
  constexpr int count = 20000;
  const Sampled one = sampled(model, point, request, count, 1), three = sampled(model, point, request, count, 3);
  CHECK(one.mean == three.mean);
  CHECK(one.deviation == three.deviation);
  CHECK(one.quantiles == three.quantiles);
  CHECK(one.failed == 0);
  // ln D is −βE, normal with deviation s, plus ln ν with ν normal: E[D] = D exp(s²/2).
  const double s = 0.02 * electronvolt / (boltzmann * 900), D = values(request, point.network)(0);
  const double error = one.deviation(0) / std::sqrt(static_cast<double>(count));
  CHECK(std::abs(one.mean(0) - D * std::exp(s * s / 2)) < 4 * error);
  const double expected = D * std::sqrt(std::exp(2 * s * s) * (1 + 0.01) - std::exp(s * s));
  CHECK(std::abs(one.deviation(0) - expected) < 4 * one.deviation_error(0));
  CHECK(one.quantiles(0, 2) == rdd::test::approx(D).epsilon(4 * 1.2533 * error / D));
}

TEST_CASE("sampling warns where linear propagation fails, and only there") {
  const auto warned = [](const std::string& uncertainty) {
    std::string text = vacancy;
    text.replace(text.find("0.02 eV"), 7, uncertainty);
    Session session(model_from(text));
    Diagnostics found;
    ask(session, "uncertainty sample 4000 of diffusion", &found);
    return drawn(found).find("W0510") != std::string::npos;
  };
  CHECK_FALSE(warned("0.002 eV"));
  CHECK(warned("0.05 eV"));
}

TEST_CASE("samples stay within the range of their parameter") {
  std::string text = vacancy;
  text.replace(text.find("+- 0.5 THz"), 10, "+- 5 THz in [1 THz, 9 THz]");
  const Model model = model_from(text);
  const Sampled found = sampled(model, point_of(model), {.topic = Topic::diffusion}, 500, 2);
  CHECK(found.failed == 0);  // no negative rates
}

TEST_CASE("a sweep holds the answers of its points") {
  Session session(model_from(vacancy));
  const Json swept = ask(session, "sweep T = 300 K .. 900 K step 100 K, E = [0.5 eV, 0.6 eV] : diffusion");
  REQUIRE(swept["points"].size() == 14);
  CHECK(swept["points"][3]["at"]["T"] == 400.0);
  CHECK(swept["points"][3]["at"]["E"].get<double>() == rdd::test::approx(0.6 * electronvolt));
  ask(session, "set T = 400 K");
  const double D = ask(session, "diffusion")["D"][0][0];
  CHECK(swept["points"][3]["answer"]["D"][0][0].get<double>() == D);
  CHECK(ask(session, "sweep T = 300 K .. 900 K in 13 steps : diffusion")["points"].size() == 13);
  const Json log = ask(session, "sweep nu = 1 THz .. 100 THz log in 3 steps : timescales").at("points");
  CHECK(log[1]["at"]["nu"].get<double>() == rdd::test::approx(1e13));
  // The session is as it was.
  CHECK(ask(session, "diffusion")["D"][0][0] == D);
}

TEST_CASE("a sweep over temperatures finds the activation energy that was put in") {
  Session session(model_from(vacancy));
  const Json fit = ask(session, "sweep T = 300 K .. 900 K step 50 K : diffusion")["fit"];
  REQUIRE(fit.size() == 1);
  CHECK(fit[0]["activation_energy"].get<double>() == rdd::test::approx(0.6 * electronvolt).epsilon(1e-12));
  CHECK(fit[0]["prefactor"].get<double>() == rdd::test::approx(5e12 * 9e-20).epsilon(1e-11));  // ν a²
  CHECK(fit[0]["activation_energy_error"].get<double>() < 1e-12 * electronvolt);
  for (const Json& local : fit[0]["local_activation_energy"])
    CHECK(local.get<double>() == rdd::test::approx(0.6 * electronvolt).epsilon(1e-13));
}

TEST_CASE("a point that fails leaves the rest of its sweep") {
  Session session(model_from(vacancy));
  Diagnostics found;
  const Json swept = ask(session, "sweep nu = -1 THz .. 1 THz step 1 THz : diffusion", &found);
  CHECK(drawn(found).find("W0511") != std::string::npos);
  CHECK(swept["points"][0]["errors"][0]["code"] == "E0401");
  CHECK(swept["points"][2].contains("answer"));
  CHECK(refused(session, "sweep nu = -3 THz .. -1 THz step 1 THz : diffusion").find("E0812") != std::string::npos);
}

TEST_CASE("sweeps that cannot be made say what they should be") {
  Session session(model_from(vacancy));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"sweep", "expected `:`"},
      {"sweep T = 300 K .. 900 K step 50 K", "expected `:`"},
      {"sweep T = 300 K .. 900 K step 50 K :", "expected what is asked"},
      {"sweep T = 300 K .. 900 K : diffusion", "expected `step`"},
      {"sweep T : diffusion", "expected a parameter"},
      {"sweep TT = 300 K .. 900 K step 50 K : diffusion", "E0803"},
      {"sweep T = 300 K .. 900 K step -50 K : diffusion", "E0811"},
      {"sweep T = 300 K .. 900 K step 50 eV : diffusion", "E0203"},
      {"sweep T = 300 eV .. 900 K step 50 K : diffusion", "E0203"},
      {"sweep T = 300 K .. 900 K log in 1 2 steps : diffusion", "E0802"},
      {"sweep T = -1 K .. 900 K log in 3 steps : diffusion", "logarithmic"},
      {"sweep T = 300 K .. 900 K step 50 K, T = [1 K] : diffusion", "twice"},
      {"sweep T = 300 K .. 900 K step 1e-9 K : diffusion", "1000000"},
      {"sweep T = 300 K .. 900 K step 50 K : diffusion to \"x.txt\"", ".csv"},
      {"sweep T = 300 K .. 900 K in 2 steps : difusion", "did you mean `diffusion`"},
  };
  for (const auto& [text, expected] : wrong) {
    CAPTURE(text);
    const std::string said = refused(session, text);
    CAPTURE(said);
    CHECK(said.find(expected) != std::string::npos);
  }
  CHECK(refused(session, "sensitivity of difusion").find("did you mean") != std::string::npos);
  CHECK(refused(session, "sensitivity of spectrum").find("at") != std::string::npos);
  CHECK(refused(session, "uncertainty sample few").find("10000000") != std::string::npos);
}

TEST_CASE("tables of sweeps are written whole, with a column for every number") {
  const Scratch scratch;
  const std::string file = (scratch.path() / "table.csv").string();
  Session session(model_from(vacancy));
  ask(session, "sweep T = 300 K .. 500 K step 100 K : diffusion to \"" + file + "\"");
  std::istringstream lines(read_file(file));
  std::string head, first;
  std::getline(lines, head);
  std::getline(lines, first);
  CHECK(head == "T [K],D_xx [m^2/s],D0_xx [m^2/s],u(D_xx) [m^2/s],u(D0_xx) [m^2/s]");
  CHECK(first.starts_with("300,"));
  CHECK(std::ranges::count(first, ',') == 4);
  const std::string picture = (scratch.path() / "table.svg").string();
  ask(session, "sweep T = 300 K .. 500 K step 100 K : diffusion to \"" + picture + "\"");
  CHECK(read_file(picture).find("<svg") != std::string::npos);
}

TEST_CASE("numbers are printed to the two digits of their uncertainty") {
  CHECK(plus_minus(0.13356, 0.00213) == "0.1336 ± 0.0021");
  CHECK(plus_minus(0.13356, 0.0996) == "0.13 ± 0.10");
  CHECK(plus_minus(123.456, 12) == "123 ± 12");
  CHECK(plus_minus(12345.6, 1234) == "12300 ± 1200");
  CHECK(plus_minus(1234567, 12345) == "(1.235 ± 0.012)e+06");
  CHECK(plus_minus(5, 1e-14) == "5");
  CHECK(plus_minus(1e-7, 2e-8) == "(1.00 ± 0.20)e-07");
  CHECK(plus_minus(-0.5, 0.25) == "-0.50 ± 0.25");
  CHECK(plus_minus(0, 0.25) == "0.00 ± 0.25");
  CHECK(plus_minus(0.13356789, 0) == "0.13357");
  CHECK(readable_with(0.45 * electronvolt, 0.02 * electronvolt, dimension::energy()) == "0.450 ± 0.020 eV");
}
