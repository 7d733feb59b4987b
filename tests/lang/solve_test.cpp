// The entries of solve blocks: what a text says, as the fields of a SolveBlock in SI units.
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "lang/print.hpp"
#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;
using rdd::test::approx;

namespace {

/// The crowdion, with these lines in its solve block.
std::string solving(const std::string& lines) {
  return with(crowdion, "  boundary periodic\n", lines + "\n");
}

SolveBlock block(const std::string& lines, const std::string& directory = "") {
  return good(solving(lines), directory).solves.front();
}

/// At a place and time; T = 600 K and the crowdion's parameters.
double at(const Expr& expression, std::array<double, 4> place = {}) {
  const Model model = good(crowdion);
  Diagnostics none;
  return evaluate(expression, *parameter_values(model, {}, none), place);
}

Diagnostic wrong(const std::string& lines) {
  return mistake(solving(lines));
}

struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
  std::filesystem::path path = std::filesystem::temp_directory_path() / "rdd_solve_test";
};

const std::string partner =
    R"(model partner
temperature 300 K
param nu = 7 THz
lattice { vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]] }
states { P energy 0 eV; Q energy 0.1 eV }
rates {
  P <-> Q : arrhenius(nu, 0.2 eV)
  P <-> P by [1, 0] : nu
  P <-> P by [0, 1] : nu
}
solve own { domain [1 nm] }
)";

}  // namespace

TEST_CASE("a wall prescribes densities, influxes and velocities, and is what it is to all others") {
  const SolveBlock s = block(R"(  boundary x.low: absorbing, x.low: flux(coarse[1] = 3 /nm/ns, X = 1 /nm/ns)
  boundary x.high: value(coarse[0] = 2 /nm^2 * y / (1 nm)), x.high: absorbing(coarse[1] = 5 nm/ns)
  boundary y: reflecting)");
  CHECK(s.sides[0] == std::array{Side::absorbing, Side::reflecting});
  CHECK(s.sides[1] == std::array{Side::reflecting, Side::reflecting});
  REQUIRE(s.given[0][0].size() == 2);
  const BoundaryValue& flux = s.given[0][0][0];
  CHECK(flux.kind == BoundaryValue::Kind::flux);
  CHECK(flux.density.kind == Density::Kind::coarse);
  CHECK(flux.density.index == 1);
  CHECK(flux.density.species == -1);
  CHECK(at(flux.value) == approx(3e18));
  CHECK(s.given[0][0][1].density.kind == Density::Kind::state);
  CHECK(s.given[0][0][1].density.index == 0);
  REQUIRE(s.given[0][1].size() == 2);
  CHECK(s.given[0][1][0].kind == BoundaryValue::Kind::value);
  CHECK(at(s.given[0][1][0].value, {0, 4e-9, 0, 0}) == approx(8e18));
  CHECK(s.given[0][1][1].kind == BoundaryValue::Kind::surface);
  CHECK(at(s.given[0][1][1].value) == approx(5));
  CHECK(s.given[1][0].empty());
}

TEST_CASE("what is said of one wall counts before what is said of an axis or of all, in any order") {
  const SolveBlock s = block("  boundary x.low: absorbing, x: reflecting, periodic, y: absorbing");
  CHECK(s.sides[0] == std::array{Side::absorbing, Side::reflecting});
  CHECK(s.sides[1] == std::array{Side::absorbing, Side::absorbing});
}

TEST_CASE("an efficiency without a name is that of all densities") {
  const SolveBlock s = block("  boundary reflecting, x: absorbing(2 m/s)");
  for (const auto& given : s.given[0]) {
    REQUIRE(given.size() == 1);
    CHECK(given[0].density.kind == Density::Kind::all);
    CHECK(at(given[0].value) == 2);
  }
  CHECK(s.given[1][0].empty());
  CHECK(s.sides[0] == std::array{Side::reflecting, Side::reflecting});
}

TEST_CASE("a wall cannot be told two things about one density") {
  CHECK(wrong("  boundary reflecting, x.low: value(coarse[0] = 1 /nm^2), x: flux(coarse[0] = 1 /nm/s)").code ==
        Code::DuplicateEntry);
  CHECK(wrong("  boundary reflecting, x: absorbing(1 m/s), x: absorbing(coarse[0] = 2 m/s)").code ==
        Code::DuplicateEntry);
  CHECK(wrong("  boundary periodic, x.low: flux(all = 1 /nm/s)").code == Code::BadEntry);
  CHECK(wrong("  boundary reflecting, x.low: value(Y = 1 /nm^2)").code == Code::BadEntry);
  block("  boundary reflecting, x.low: flux(coarse[0] = 1 /nm/s), x: absorbing(1 m/s)");  // in and out again
}

TEST_CASE("sources and sinks are over coordinates, time and densities") {
  const SolveBlock s = block(R"(  source X = 2 /nm^2/ns * exp(-t / (1 ns)) + nu * Y
  sink coarse[1] = 3 /ns where 10 nm <= x < 20 nm
  sink all = 1 nm^2/ns * (coarse[0] + all))");
  REQUIRE(s.sources.size() == 1);
  CHECK(s.sources[0].density.kind == Density::Kind::state);
  CHECK(uses_densities(s.sources[0].value));
  const Expr without = substitute(s.sources[0].value, [](const Expr& leaf) {
    const auto* density = std::get_if<expr::Density>(&leaf->value);
    if (!density) return leaf;
    CHECK(density->kind == expr::Density::Kind::state);
    CHECK(density->index == 1);
    CHECK(density->name == "Y");
    return number(1e6);
  });
  CHECK(at(without, {0, 0, 0, 1e-9}) == approx(2e27 * std::exp(-1.0) + 5e12 * 1e6));
  REQUIRE(s.sinks.size() == 2);
  CHECK(at(s.sinks[0].rate, {10e-9, 0, 0, 0}) == approx(3e9));
  CHECK(at(s.sinks[0].rate, {20e-9, 0, 0, 0}) == 0);
  CHECK(at(s.sinks[0].rate, {9e-9, 0, 0, 0}) == 0);
  CHECK(text(s.sinks[1].rate, {}) == "1e-09 * (coarse[0] + all)");
}

TEST_CASE("conditions can be joined, and choose values") {
  const auto value = [](const std::string& text, double x) {
    return at(block("  source X = 1 /nm^2/ns * " + text).sources[0].value, {x, 0, 0, 0}) / 1e27;
  };
  const std::string window = "where(x < 2 nm or x >= 5 nm and x <= 6 nm, 3, 4)";
  CHECK(value(window, 1e-9) == approx(3));
  CHECK(value(window, 2e-9) == approx(4));
  CHECK(value(window, 5e-9) == approx(3));
  CHECK(value(window, 7e-9) == approx(4));
  CHECK(value("(1 nm < x)", 2e-9) == approx(1));
  CHECK(value("where((x > 1 nm) and 2, 1, 0)", 2e-9) == approx(1));
}

TEST_CASE("reactions hold what comes and what goes, and a rate for their order") {
  const SolveBlock s = block(R"(  react X -> Y + Y + coarse[0] : 2 /ns
  react coarse[0] + coarse[0] -> 0 : 4 nm^2/ns * exp(-E_mig / kT)
  react X + Y + all -> all : 1 nm^4/ns)");
  REQUIRE(s.reactions.size() == 3);
  CHECK(s.reactions[0].reactants.size() == 1);
  CHECK(s.reactions[0].products.size() == 3);
  CHECK(s.reactions[0].products[2].kind == Density::Kind::coarse);
  CHECK(at(s.reactions[0].rate) == approx(2e9));
  CHECK(s.reactions[1].reactants.size() == 2);
  CHECK(s.reactions[1].products.empty());
  CHECK(at(s.reactions[1].rate) == approx(4e-9 * std::exp(-0.05 / (8.617333262e-5 * 600))));
  CHECK(at(s.reactions[2].rate) == approx(1e-27));
  CHECK(s.reactions[2].rate_span.text() == "1 nm^4/ns");
}

TEST_CASE("fields replace the temperature and the force") {
  const SolveBlock s = block(R"(  field T     = T + 100 K * x / (200 nm)
  field force = [1 eV/nm * t / (1 s), stress]
  scheme limited
  arithmetic fused)");
  CHECK(at(s.field_temperature, {100e-9, 0, 0, 0}) == approx(650));
  REQUIRE(s.field_force.size() == 2);
  CHECK(at(s.field_force[0], {0, 0, 0, 2}) == approx(2 * 1.602176634e-10));
  CHECK(at(s.field_force[1]) == 0);
  CHECK(s.scheme == Scheme::limited);
  CHECK(s.fused);
  const SolveBlock plain = block("");
  CHECK(plain.field_temperature == nullptr);
  CHECK(plain.field_force.empty());
  CHECK(plain.scheme == Scheme::automatic);
  CHECK_FALSE(plain.fused);
  CHECK_FALSE(block("  arithmetic exact").fused);
}

TEST_CASE("a field of the temperature needs a temperature") {
  const Diagnostic d = mistake(R"(model m
lattice { vectors [[1 nm]] }
states { A }
rates { A <-> A by [1] : 1 /s }
solve s { domain [9 nm]; initial A = uniform(); until 1 s; field T = 300 K })");
  CHECK(d.code == Code::MissingTemperature);
}

TEST_CASE("a species brings its own model, whose densities go by its name") {
  const Folder folder;
  folder.write("partner.rdd", partner);
  const std::string lines = R"(  initial i.Q = gaussian(center = [1 nm, 1 nm], sigma = 1 nm)
  initial i   = uniform()
  react X + i -> i.coarse[1] : 1 nm^2/ns
  sink X = 1 nm^2/ns * (i + i.P + i.all + i.coarse[0])
  boundary reflecting, x.low: value(i.coarse[0] = 1 /nm^2, coarse[0] = 2 /nm^2)
  probe q = integral(i.Q)
  species i = "partner.rdd")";
  const Model model = good(solving(lines), folder.path.string());
  const SolveBlock& s = model.solves.front();
  REQUIRE(s.species.size() == 1);
  CHECK(s.species[0].name == "i");
  CHECK(s.species[0].model->name == "partner");
  CHECK(s.species[0].model->solves.empty());
  CHECK(s.species[0].model->temperature.has_value());
  CHECK(s.initial[0].density.species == 0);
  CHECK(s.initial[0].density.index == 1);
  CHECK(s.initial[1].density.kind == Density::Kind::all);
  CHECK(s.reactions[0].reactants[0].species == -1);
  CHECK(s.reactions[0].reactants[1].species == 0);
  CHECK(s.reactions[0].products[0].kind == Density::Kind::coarse);
  CHECK(s.given[0][0].size() == 2);
  CHECK(s.probes[0].density.species == 0);
  const std::vector<std::string> names{"T"};
  CHECK(text(s.sinks[0].rate, names) == "1e-09 * (i.all + i.P + i.all + i.coarse[0])");
  CHECK(model.files == std::vector<std::string>{(folder.path / "partner.rdd").string()});

  // What the species says is part of what the model is.
  folder.write("partner.rdd", with(partner, "0.2 eV", "0.3 eV"));
  CHECK(good(solving(lines), folder.path.string()).hash != model.hash);
  folder.write("partner.rdd", with(partner, "arrhenius(nu, 0.2 eV)", "arhenius(nu, 0.2 eV)"));
  const Diagnostic d = mistake(solving(lines), folder.path.string());
  CHECK(d.code == Code::UnknownName);
  CHECK(d.span.source->name == (folder.path / "partner.rdd").string());
}

TEST_CASE("a model can be its own species: solve blocks of a species stay behind") {
  const Folder folder;
  const std::string text = solving("  species twin = \"self.rdd\"\n  react X + twin -> 0 : 1 nm^2/ns");
  folder.write("self.rdd", text);
  CHECK(good(text, folder.path.string()).solves.front().species.front().model->solves.empty());
  const std::string broken = with(text, "arrhenius(nu, E_rot)", "arrhenius(nu, E_rto)");
  folder.write("self.rdd", broken);
  CHECK(mistake(broken, folder.path.string()).code == Code::UnknownName);  // once
}

TEST_CASE("parameters that only new entries use are used") {
  Diagnostics diagnostics;
  const std::string lines =
      "  boundary x.low: flux(all = p1), x.high: reflecting, y: absorbing(p2)\n"
      "  source X = p3\n  sink X = p4\n  react X -> 0 : p5\n  field T = T + p6\n  field force = [p7, p7]";
  const std::string params =
      "param p1 = 1 /nm/s\nparam p2 = 1 nm/s\nparam p3 = 1 /nm^2/s\nparam p4 = 1 /s\nparam p5 = 1 /s\n"
      "param p6 = 1 K\nparam p7 = 1 eV/nm\nparam unused = 1\n";
  REQUIRE(model(with(solving(lines), "param nu", params + "param nu"), diagnostics));
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].span.text() == "unused");
}

TEST_CASE("a file used under a name knows nothing of the densities of a solve block") {
  const Folder folder;
  folder.write("laws.rdd", "param X = 3 /s\nparam t = 2\nfn loss(k) = k * X * t\n");
  const std::string text = with(solving("  sink Y = laws.loss(2)"), "use std.lattices.square",
                                "use \"laws.rdd\" as laws\nuse std.lattices.square");
  const Model model = good(text, folder.path.string());
  Diagnostics none;
  CHECK(evaluate(model.solves.front().sinks.front().rate, *parameter_values(model, {}, none)) == approx(12));
}
