// A model under study from C++, and its solves stepped from outside.
#include "compiler/study.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "compiler/query/session.hpp"
#include "lang/builder.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::literals;

namespace {

const ModelText walled = R"(model walled
temperature 600 K
lattice { vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]] }
states { X at [0, 0] energy 0 eV; Y at [0.5, 0] energy 0.01 eV; Z at [0, 0.4] energy 0 eV }
rates {
  X <-> X by [1, 0] : arrhenius(5 THz, 0.15 eV)
  Y <-> Y by [0, 1] : arrhenius(5 THz, 0.15 eV)
  X <-> Y : arrhenius(5 THz, 0.35 eV)
  X <-> Z : arrhenius(5 THz, 0.1 eV)
  X -> Y by [-1, 0] : arrhenius(5 THz, 0.35 eV)
  Y -> X by [1, 0] : arrhenius(5 THz, 0.34 eV)
}
reduce { bands 2 }
solve free {
  domain [60 nm, 50 nm]; grid [30, 24]
  initial X = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  until 10 ns; every 2.5 ns; probe width = variance(x)
}
solve walls {
  domain [60 nm, 50 nm]; grid [31, 24]
  boundary x: absorbing, y: reflecting
  initial X = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  until 10 ns; every 2.5 ns; probe left = integral(all)
}
)"_rdd;

Study studied(const ModelText& text, const std::vector<Setting>& settings = {}) {
  Diagnostics diagnostics;
  const auto model = text.resolve(diagnostics);
  REQUIRE_MESSAGE(model, describe(diagnostics));
  auto result = study(*model, settings, diagnostics);
  REQUIRE_MESSAGE(result, describe(diagnostics));
  return std::move(*result);
}

Simulation started(const Study& study, const std::string& solve, const SimulationOptions& options = {}) {
  Diagnostics diagnostics;
  auto simulation = study.simulation(solve, options, diagnostics);
  REQUIRE_MESSAGE(simulation, describe(diagnostics));
  return std::move(*simulation);
}

Field fields(const Simulation& simulation) {
  Field all;
  for (int p = 0; p < simulation.components(); ++p) {
    const auto one = simulation.field(p);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

double largest(const Field& a) {
  double result = 0;
  for (const double value : a) result = std::max(result, std::abs(value));
  return result;
}
double difference(Field a, const Field& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return largest(a) / largest(b);
}

}  // namespace

TEST_CASE("a study answers as the prompt does") {
  const Study study = studied(walled, {setting("T", builder::quantity(700, "K"))});
  CHECK(study.parameter("T") == 700);
  CHECK_THROWS_AS(study.parameter("Q"), std::invalid_argument);
  CHECK(study.network().size() == 3);
  CHECK(study.reduction().P == 2);
  CHECK(study.drift().norm() == 0);  // detailed balance
  // Only Y moves along y, by jumps that remember nothing: D_yy = π_Y Γ a².
  const double kT = 1.380649e-23 * 700, eV = 1.602176634e-19, y = std::exp(-0.01 * eV / kT);
  const double share = y / (2 + y), rate = 5e12 * std::exp(-0.15 * eV / kT);
  CHECK(study.diffusion()(1, 1) == rdd::test::approx(share * rate * 0.3e-9 * 0.3e-9).epsilon(1e-9));
  CHECK(study.spectrum(Eigen::MatrixXd::Zero(2, 1)).lambda(0, 0).real() == rdd::test::approx(0).epsilon(1));
  CHECK(study.coefficients().reaction.colwise().sum().cwiseAbs().maxCoeff() <
        1e-12 * std::abs(study.coefficients().reaction(0, 0)));
  Diagnostics diagnostics;
  const auto one = study.reduce(1, diagnostics);
  REQUIRE(one);
  CHECK(one->coefficients.diffusion[0][0](0, 0) == rdd::test::approx(study.diffusion()(0, 0)).epsilon(1e-9));
  CHECK_FALSE(study.reduce(4, diagnostics));
  CHECK(describe(diagnostics).find("there are 3 bands") != std::string::npos);
  diagnostics.clear();
  CHECK_FALSE(study.simulation("fre", {}, diagnostics));
  CHECK(describe(diagnostics).find("the model has: free, walls") != std::string::npos);
}

TEST_CASE("a study of a model that is wrong at these settings is a diagnostic") {
  Diagnostics diagnostics;
  const auto model = walled.resolve(diagnostics);
  REQUIRE(model);
  CHECK_FALSE(study(*model, {setting("E_none", 1)}, diagnostics));
  CHECK(describe(diagnostics).find("E_none") != std::string::npos);
}

TEST_CASE("stepping a solve from outside gives the fields of a run, to the bit") {
  const Study study = studied(walled);
  for (const char* name : {"free", "walls"}) {
    CAPTURE(name);
    const test::Scratch scratch;
    Simulation whole = started(study, name, {.output = scratch.file("whole.h5")});
    CHECK_FALSE(std::filesystem::exists(scratch.file("whole.h5")));
    whole.run();
    CHECK(whole.files().size() == 3);
    CHECK(whole.time() == whole.until());

    SimulationOptions threads{.threads = 2, .output = scratch.file("steps.h5")};
    Simulation steps = started(study, name, threads);
    while (steps.time() < steps.until()) steps.step(2.5e-9);
    CHECK(steps.time() == steps.until());
    CHECK(fields(steps) == fields(whole));
    steps.finish();
    CHECK(test::read_file(scratch.file("steps.h5")) == test::read_file(scratch.file("whole.h5")));
    CHECK(steps.probe(0) == whole.probe(0));

    // Other steps: no more than the tolerance apart where time is stepped, and round-off where it is exact.
    Simulation other = started(study, name);
    while (other.time() < other.until() * (1 - 1e-12))
      other.step(0.7e-9 < other.until() - other.time() ? 0.7e-9 : other.until() - other.time());
    CHECK(difference(fields(other), fields(whole)) < (std::string(name) == "free" ? 1e-12 : 1e-4));
    CHECK(other.time() == rdd::test::approx(whole.time()).epsilon(1e-12));
  }
}

TEST_CASE("initial densities given as functions are projected as those of the model are") {
  const Study study = studied(walled);
  const DensityFunction gaussian = [](double x, double y, double) {
    const double sigma = 6e-9, u = (x - 30e-9) / sigma, v = (y - 20e-9) / sigma;
    return std::exp(-(u * u + v * v) / 2) / (2 * std::numbers::pi * sigma * sigma);
  };
  Simulation own = started(study, "walls");
  Simulation given = started(study, "walls", {.states = {gaussian, nullptr, nullptr}});
  CHECK(difference(fields(given), fields(own)) < 1e-9);
  // The states' places differ, so the model has an initial slip to get right.
  CHECK(own.problem().slip.size() == 2);
  CHECK(own.problem().slip[0].cwiseAbs().maxCoeff() > 0);

  Simulation coarse = started(study, "walls", {.coarse = {nullptr, gaussian}});
  CHECK(coarse.total(0) == 0);
  CHECK(coarse.total(1) == rdd::test::approx(1).epsilon(1e-3));
  CHECK(coarse.shape() == std::array<std::size_t, 3>{1, 24, 31});
}

TEST_CASE("what the host program puts into a field stays in the solve") {
  const Study study = studied(walled);
  for (const char* name : {"free", "walls"}) {
    Simulation simulation = started(study, name);
    simulation.step(1e-9);
    const std::vector<double> twice = [&] {
      std::vector<double> values(simulation.field(0).begin(), simulation.field(0).end());
      for (double& value : values) value *= 2;
      return values;
    }();
    const double before = simulation.total(0), other = simulation.total(1);
    simulation.replace(0, twice);
    CHECK(simulation.total(0) == rdd::test::approx(2 * before).epsilon(1e-12));
    CHECK(simulation.total(1) == other);
    simulation.step(0.5e-9);
    CHECK(simulation.time() == rdd::test::approx(1.5e-9));
    if (std::string(name) == "free")
      CHECK(simulation.total(0) + simulation.total(1) == rdd::test::approx(2 * before + other).epsilon(1e-12));
  }
}

TEST_CASE("a simulation refuses what cannot be, with its value") {
  const Study study = studied(walled);
  Simulation simulation = started(study, "free");
  CHECK_THROWS_AS(simulation.field(2), std::invalid_argument);
  CHECK_THROWS_AS(simulation.step(-1e-9), std::invalid_argument);
  CHECK_THROWS_AS(simulation.step(std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(simulation.advance(0), std::invalid_argument);
  CHECK_THROWS_WITH_AS(simulation.probe("widht"), "the model has no probe 'widht'", std::invalid_argument);
  CHECK_THROWS_AS(simulation.replace(0, std::vector<double>(3)), std::invalid_argument);
  Diagnostics diagnostics;
  CHECK_THROWS_AS(study.simulation("free", {.threads = 0}, diagnostics), std::invalid_argument);
  CHECK_THROWS_AS(study.simulation("free", {.states = {nullptr}}, diagnostics), std::invalid_argument);
  CHECK_THROWS_AS(study.simulation("free", {.output = "/no/such/place.h5"}, diagnostics), OutputError);
}
