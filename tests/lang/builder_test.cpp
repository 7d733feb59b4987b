#include "lang/builder.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "lang/dimension.hpp"
#include "lang/print.hpp"
#include "tests/lang/models.hpp"

using namespace rdd::builder;
using rdd::Diagnostics;
using rdd::ModelBuilder;
using rdd::Side;

namespace {

const std::string root = RDD_SOURCE_DIR;

ModelBuilder crowdion() {
  auto m = rdd::model("crowdion");
  m.use("std.lattices.square").use("std.translations.faces").temperature(600_K);
  const auto nu = m.param("nu", 5_THz);
  const auto E_mig = m.param("E_mig", 0.05_eV);
  const auto E_rot = m.param("E_rot", 0.45_eV).uncertainty(0.02_eV);
  const auto stress = m.param("stress", quantity(0, "eV/nm"));
  m.lattice("square", {{"a", 0.287_nm}}).translations("faces");
  m.state("X", energy(0_eV)).state("Y", energy(0_eV));
  m.reversible("X", "X", by(1, 0), arrhenius(nu, E_mig))
      .reversible("Y", "Y", by(0, 1), arrhenius(nu, E_mig))
      .reversible("X", "Y", arrhenius(nu, E_rot));
  m.force({stress, quantity(0, "eV/nm")});
  m.reduce().bands(automatic()).order(2).error(1e-2);
  m.solve("relax")
      .domain({200_nm, 200_nm})
      .boundary(Side::periodic)
      .initial("X", gaussian({100_nm, 100_nm}, 8_nm))
      .until(40_ns)
      .every(1_ns)
      .output("relax.h5");
  return m;
}

ModelBuilder dislocation_kink() {
  auto m = rdd::model("dislocation_kink");
  m.temperature(300_K);
  const auto nu = m.param("nu", 2_THz);
  const auto E_a = m.param("E_a", 0.10_eV);
  const auto E_b = m.param("E_b", 0.14_eV);
  const auto dE = m.param("dE", 0.02_eV);
  const auto b = m.param("b", 0.248_nm);
  const auto stress = m.param("stress", quantity(0.02, "eV/nm"));
  m.lattice(vectors({{b / sqrt(Term(3)), b / sqrt(Term(3)), b / sqrt(Term(3))}}));
  m.state("deep", at(0), energy(0_eV)).state("shallow", at(0.45), energy(dE));
  m.reversible("deep", "shallow", arrhenius(nu, E_a)).reversible("shallow", "deep", by(1), arrhenius(nu, E_b));
  m.force({stress / sqrt(Term(3)), stress / sqrt(Term(3)), stress / sqrt(Term(3))});
  m.solve("glide")
      .domain({2_um})
      .initial("deep", gaussian({0.5_um}, 40_nm))
      .until(400_ns)
      .every(20_ns)
      .output("kink.h5")
      .probe("place", mean("x"))
      .probe("spread", variance("x"));
  return m;
}

ModelBuilder molecular_motor() {
  auto m = rdd::model("molecular_motor");
  m.temperature(298_K);
  const auto k_bind = m.param("k_bind", 2_per_s);
  const auto ATP = m.param("ATP", 1000);
  const auto k_release = m.param("k_release", 100_per_s);
  const auto k_hydro = m.param("k_hydro", 280_per_s);
  const auto k_synth = m.param("k_synth", 3.5_per_s);
  const auto k_step = m.param("k_step", 250_per_s);
  const auto k_back = m.param("k_back", 0.02_per_s);
  const auto load = m.param("load", 1_pN);
  m.lattice(vectors({{8.2_nm}})).state("empty").state("bound").state("spent");
  m.rate("empty", "bound", k_bind * ATP)
      .rate("bound", "empty", k_release)
      .rate("bound", "spent", k_hydro)
      .rate("spent", "bound", k_synth)
      .rate("spent", "empty", by(1), k_step)
      .rate("empty", "spent", by(-1), k_back);
  m.force({-load}, 0.3);
  m.solve("run")
      .domain({20_um})
      .initial("empty", gaussian({2_um}, 0.2_um))
      .until(10_s)
      .every(0.5_s)
      .output("motor.h5")
      .probe("place", mean("x"))
      .probe("spread", variance("x"));
  return m;
}

ModelBuilder crowdion_tungsten() {
  auto m = rdd::model("crowdion_tungsten");
  m.use("std.defects.crowdion_bcc", {{"E_rot", 0.36_eV}});
  m.temperature(600_K);
  m.reduce().bands(4);
  m.solve("spread")
      .domain({80_nm, 80_nm, 80_nm})
      .spacing(2_nm)
      .initial("XYZ", gaussian({40_nm, 40_nm, 40_nm}, 5_nm))
      .until(300_ps)
      .every(10_ps)
      .output("crowdion_tungsten.h5")
      .probe("along", integral("XYZ"))
      .probe("spread", variance("x"));
  return m;
}

ModelBuilder vacancy_bcc() {
  auto m = rdd::model("vacancy_bcc");
  m.use("std.lattices.bcc").temperature(700_K);
  const auto nu = m.param("nu", 6_THz);
  const auto E_m = m.param("E_m", 0.65_eV);
  m.lattice("bcc", {{"a", 0.287_nm}}).state("V");
  m.reversible("V", "V", by(1, 0, 0), arrhenius(nu, E_m))
      .reversible("V", "V", by(0, 1, 0), arrhenius(nu, E_m))
      .reversible("V", "V", by(0, 0, 1), arrhenius(nu, E_m))
      .reversible("V", "V", by(1, 1, 1), arrhenius(nu, E_m));
  m.solve("anneal")
      .domain({40_nm, 40_nm, 40_nm})
      .spacing(1_nm)
      .boundary("z", Side::absorbing)
      .initial("V", gaussian({20_nm, 20_nm, 15_nm}, 4_nm))
      .until(60_us)
      .every(5_us)
      .output("vacancy.h5")
      .probe("left", integral("V"))
      .probe("height", mean("z"));
  return m;
}

ModelBuilder foil() {
  auto m = rdd::model("foil");
  m.directory(root + "/examples/foil").use("std.lattices.chain").temperature(600_K);
  m.param("a", 0.2866_nm);
  m.param("nu", 6_THz);
  m.param("E_v", 0.65_eV);
  m.param("E_i", 0.34_eV);
  const auto dose = m.param("dose", expression("1e-2 /s"));
  m.param("r", 0.66_nm);
  const auto skin = m.param("skin", expression("1e-5 m/s"));
  m.let("D_i", expression("a^2 * nu * exp(-E_i / kT)"));
  m.lattice("chain", {{"a", expression("a / 2")}}).state("V");
  m.reversible("V", "V", by(1), expression("4 * arrhenius(nu, E_v)"));
  m.solve("swell")
      .species("i", "interstitial.rdd")
      .domain({100_nm})
      .spacing(0.5_nm)
      .boundary("x.low", Side::absorbing)
      .absorbing("x.high", all(), skin)
      .absorbing("x.high", "i", expression("1 km/s"))
      .initial(all(), expression("0 /nm"))
      .source("V", dose / expression("(a / 2)"))
      .source("i", dose / expression("(a / 2)"))
      .sink("V", expression("1e3 /s"), expression("abs(x - 60 nm)") < 5_nm)
      .react({"V", "i"}, {}, expression("4 * pi * r * D_i / (a^2 / 2)"))
      .until(10_ms)
      .every(1_ms)
      .output("foil.h5")
      .probe("vacancies", integral("V"))
      .probe("interstitials", integral("i"));
  return m;
}

ModelBuilder interstitial() {
  auto m = rdd::model("interstitial");
  m.use("std.lattices.chain").temperature(600_K);
  m.param("a", 0.2866_nm);
  m.param("nu", 6_THz);
  m.param("E_i", 0.34_eV);
  m.lattice("chain", {{"a", expression("a / 2")}}).state("I");
  m.reversible("I", "I", by(1), expression("4 * arrhenius(nu, E_i)"));
  return m;
}

// The three examples of the paper: their states and rates stand in tables.
ModelBuilder figure(const std::string& name) {
  auto m = rdd::model(name);
  m.directory(root + "/examples/paper").use("std.lattices.square").lattice("square", {{"a", 1_nm}});
  m.states_table(name + ".states.csv", {{"name", column("state")}, {"weight", column("weight")}});
  m.rates_table(name + ".rates.csv", {{"from", column("from")},
                                      {"to", column("to")},
                                      {"by", std::vector{column("tx"), column("ty")}},
                                      {"rate", column("rate", "/s")}});
  return m;
}
ModelBuilder small_figure(const std::string& name) {
  auto m = figure(name);
  m.solve("spread")
      .domain({100_nm, 100_nm})
      .spacing(1_nm)
      .initial("s0", gaussian({50_nm, 50_nm}, 5_nm))
      .until(200_s)
      .every(20_s)
      .output(name + ".h5")
      .probe("spread_x", variance("x"));
  return m;
}
ModelBuilder fig1c() {
  auto m = figure("fig1c");
  m.reduce().bands(automatic()).order(2).error(1e-2);
  m.solve("relax")
      .domain({100_nm, 100_nm})
      .spacing(1_nm)
      .initial("s7", gaussian({50_nm, 50_nm}, 6_nm))
      .until(60_s)
      .every(2_s)
      .output("fig1c.h5")
      .probe("share_0", integral(coarse(0)))
      .probe("share_1", integral(coarse(1)))
      .probe("spread_x", variance("x"))
      .probe("spread_y", variance("y"));
  m.solve("absorb")
      .domain({60_nm, 60_nm})
      .spacing(0.5_nm)
      .boundary("x", Side::absorbing)
      .boundary("y", Side::reflecting)
      .initial("s7", gaussian({30_nm, 30_nm}, 5_nm))
      .until(400_s)
      .every(20_s)
      .output("fig1c.absorb.h5")
      .probe("left", integral(all()));
  return m;
}

std::string resolved_text(const rdd::ModelText& text) {
  Diagnostics diagnostics;
  const auto model = text.resolve(diagnostics);
  REQUIRE_MESSAGE(model, describe(diagnostics));
  return rdd::text(*model);
}

/// The canonical text of a file.
std::string canonical(const std::string& path) {
  Diagnostics diagnostics;
  const auto source = rdd::read_source(path, diagnostics);
  const auto file = rdd::parse(source, diagnostics);
  REQUIRE_MESSAGE(file, describe(diagnostics));
  return rdd::print(*file);
}

}  // namespace

TEST_CASE("the builder makes the Model of every example") {
  const std::vector<std::pair<std::string, ModelBuilder>> examples{{"crowdion", crowdion()},
                                                                   {"crowdion_tungsten", crowdion_tungsten()},
                                                                   {"dislocation_kink", dislocation_kink()},
                                                                   {"foil/foil", foil()},
                                                                   {"foil/interstitial", interstitial()},
                                                                   {"molecular_motor", molecular_motor()},
                                                                   {"vacancy_bcc", vacancy_bcc()},
                                                                   {"paper/fig1a", small_figure("fig1a")},
                                                                   {"paper/fig1b", small_figure("fig1b")},
                                                                   {"paper/fig1c", fig1c()}};
  std::set<std::string> covered;
  for (const auto& [name, built] : examples) {
    CAPTURE(name);
    covered.insert(name);
    const std::filesystem::path path = root + "/examples/" + name + ".rdd";
    const std::string text = canonical(path.string());
    CHECK(built.text() == text);
    CHECK(resolved_text(built.source()) ==
          resolved_text(rdd::ModelText(path.string(), text).directory(path.parent_path().string())));
  }
  // An example added later is to be added above.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "/examples")) {
    if (entry.path().extension() != ".rdd" || entry.path().string().find("/embed/") != std::string::npos) continue;
    const auto name = std::filesystem::relative(entry.path(), root + "/examples").replace_extension().string();
    INFO(name);
    CHECK(covered.contains(name));
  }
}

TEST_CASE("the builder writes every declaration of the language") {
  auto m = rdd::model("everything");
  m.use_file("other.rdd", {{"E_mig", 0.6_eV}}, as("iron")).use_file("third.rdd").use("std.groups", as("groups"));
  m.use("std.lattices.sc")
      .define_symmetry("half", {{{-1, 0}, {0, -1}}})
      .symmetry_generators({generator({{0, -1}, {1, 0}}), generator({{-1, 0}, {0, 1}}, {Term(1) / 2, 0})});
  m.symmetry("groups.C4v");
  m.param("E_0", 0.1_eV).uncertainty(0.01_eV).range(0_eV, 1_eV);
  const auto dE = m.let("dE", 2 * name("E_0") - 3_meV / 2);
  const auto wide = m.fn("wide", {"E", {"share", 0.5}}, name("share") * name("E"));
  m.define_lattice("mine", {"a", {"b", 1_nm}},
                   vectors({{name("a"), 0 * name("a")}, {0_nm, name("b")}})
                       .point("Γ", {0, 0})
                       .point("X", {Term(1) / 2, 0})
                       .path({"Γ", "X"}));
  m.define_translations("both", {{1, 0}, {-1, 0}}).translation_cells({{0, 1}, {0, -1}});
  const Index i("i");
  m.state("site", over(i, 0, 5), energy(name("E_0") + i * dE), at(i / 6, 0), entropy(name("kB") * log(Term(2))))
      .state("trap", degeneracy(2), energy(0_eV), axis(1, 0));
  m.reversible(member("site", i), member("site", i + 1), saddle(5_THz, wide(name("E_0"), Argument("share", 0.25))),
               over(i, 0, 4))
      .rate(member("site", 0), "trap", by(0, -1), eyring(min(name("E_0"), 0.3_eV)))
      .rate("trap", member("site", 5), constant(pow(Term(2), -3) * 1_per_ns));
  m.rates_table("more.csv", {{"from", column(1)}, {"to", column(2)}, {"rate", column(3, "/ns")}});
  m.force({0.1_eV / 1_nm, quantity(0, "eV/nm")}, 0.25);
  m.reduce().bands(3).order(1);
  m.solve("one")
      .cells({20, 30})
      .grid({40, 60})
      .boundary("x.low", Side::absorbing)
      .boundary("x.high", Side::reflecting)
      .initial(all(), box({1_nm, 1_nm}, {2_nm, 2_nm}))
      .initial(member("site", 3), uniform())
      .initial(coarse(0), expression("exp(-x / 5 nm) / (25 nm^2)"))
      .until(1_us)
      .step(automatic())
      .method("explicit")
      .tolerance(1e-8)
      .thin(4)
      .checkpoint(10_min)
      .probe("here", at({1_nm, 2_nm}, "trap"))
      .probe("there", at({1_nm, 2_nm}))
      .probe("centre", mean("x", member("site", 1)))
      .probe("left", integral());
  m.query("gap long").query("diffusion");
  const std::string text =
      "model everything\n"
      "use \"other.rdd\"(E_mig = 0.6 eV) as iron\n"
      "use \"third.rdd\"\n"
      "use std.groups as groups\n"
      "use std.lattices.sc\n"
      "symmetry half {\n  [[-1, 0], [0, -1]]\n}\n"
      "symmetry {\n  [[0, -1], [1, 0]]\n  [[-1, 0], [0, 1]] + [1 / 2, 0]\n}\n"
      "symmetry groups.C4v\n"
      "param E_0 = 0.1 eV +- 0.01 eV in [0 eV, 1 eV]\n"
      "let dE = 2 * E_0 - 3 meV / 2\n"
      "fn wide(E, share = 0.5) = share * E\n"
      "lattice mine(a, b = 1 nm) {\n  vectors [[a, 0 * a], [0 nm, b]]\n  point Γ = [0, 0]\n  point X = [1 / 2, 0]\n  "
      "path Γ - X\n}\n"
      "translations both {\n  [1, 0]\n  [-1, 0]\n}\n"
      "translations {\n  [0, 1]\n  [0, -1]\n}\n"
      "states {\n"
      "  site[i in 0..5]  energy E_0 + i * dE  at [i / 6, 0]  entropy kB * log(2)\n"
      "  trap  degeneracy 2  energy 0 eV  axis [1, 0]\n}\n"
      "rates {\n"
      "  site[i] <-> site[i + 1] : saddle(5 THz, wide(E_0, share = 0.25)) for i in 0..4\n"
      "  site[0] -> trap by [0, -1] : eyring(min(E_0, 0.3 eV))\n"
      "  trap -> site[5] : constant(2^-3 * 1 /ns)\n}\n"
      "rates table \"more.csv\" {\n  from: 1\n  to: 2\n  rate: 3 /ns\n}\n"
      "force [0.1 eV / 1 nm, 0 eV/nm] split 0.25\n"
      "reduce {\n  bands 3\n  order 1\n}\n"
      "solve one {\n"
      "  cells [20, 30]\n"
      "  grid [40, 60]\n"
      "  boundary x.low: absorbing, x.high: reflecting\n"
      "  initial all = box(low = [1 nm, 1 nm], high = [2 nm, 2 nm])\n"
      "  initial site[3] = uniform()\n"
      "  initial coarse[0] = exp(-x / 5 nm) / 25 nm^2\n"
      "  until 1 us\n"
      "  step auto\n"
      "  method explicit\n"
      "  tolerance 1e-08\n"
      "  thin 4\n"
      "  checkpoint every 10 min\n"
      "  probe here = at([1 nm, 2 nm], trap)\n"
      "  probe there = at([1 nm, 2 nm])\n"
      "  probe centre = mean(x, site[1])\n"
      "  probe left = integral()\n}\n"
      "query {\n  gap long\n  diffusion\n}\n";
  CHECK(m.text() == text);
  Diagnostics diagnostics;
  const auto read = rdd::parse(m.source().source(), diagnostics);
  REQUIRE_MESSAGE(read, describe(diagnostics));
  CHECK(describe(diagnostics).empty());
  CHECK(rdd::print(*read) == text);
}

TEST_CASE("the builder writes every entry of a solve block") {
  auto m = rdd::model("physics");
  const Term x = name("x"), t = name("t");
  m.solve("one")
      .species("i", "other.rdd")
      .boundary(Side::reflecting)
      .value("x.low", coarse(0), quantity(1, "/nm") * exp(-t / 1_ns))
      .value("x.low", of("i", coarse(1)), quantity(2, "/nm"))
      .flux("x.high", "X", 3_per_ns)
      .absorbing("", 2_nm / 1_ns)
      .absorbing("x.high", of("i", all()), 4_nm / 1_ns)
      .source("X", density(of("i", "Y")) / 1_ns)
      .sink(coarse(0), 1_per_ns, (1_nm <= x && x < 9_nm) || (x > 20_nm && x >= 0_nm && t < 1_ns))
      .sink(of("i", member("site", 2)),
            where((x < 1_nm || x > 2_nm) && x > 0_nm, 1_per_ns, density(all()) * 1_nm / 1_ns))
      .react({"X", of("i", all())}, {}, 1_nm / 1_ns)
      .react({"X"}, {"X", coarse(1)}, 1_per_ns)
      .field_temperature(name("T") + 1_K)
      .field_force({1_eV / 1_nm})
      .scheme("limited")
      .arithmetic("fused");
  const std::string text =
      "model physics\n"
      "solve one {\n"
      "  species i = \"other.rdd\"\n"
      "  boundary reflecting, x.low: value(coarse[0] = 1 /nm * exp(-t / 1 ns)), x.low: value(i.coarse[1] = 2 /nm), "
      "x.high: flux(X = 3 /ns), absorbing(2 nm / 1 ns), x.high: absorbing(i.all = 4 nm / 1 ns)\n"
      "  source X = i.Y / 1 ns\n"
      "  sink coarse[0] = 1 /ns where 1 nm <= x and x < 9 nm or x > 20 nm and x >= 0 nm and t < 1 ns\n"
      "  sink i.site[2] = where((x < 1 nm or x > 2 nm) and x > 0 nm, 1 /ns, all * 1 nm / 1 ns)\n"
      "  react X + i.all -> 0 : 1 nm / 1 ns\n"
      "  react X -> X + coarse[1] : 1 /ns\n"
      "  field T = T + 1 K\n"
      "  field force = [1 eV / 1 nm]\n"
      "  scheme limited\n"
      "  arithmetic fused\n}\n";
  CHECK(m.text() == text);
  Diagnostics diagnostics;
  const auto read = rdd::parse(m.source().source(), diagnostics);
  REQUIRE_MESSAGE(read, describe(diagnostics));
  CHECK(describe(diagnostics).empty());
  CHECK(rdd::print(*read) == text);
  CHECK_THROWS_AS(m.solve("two").react({}, {"X"}, 1), std::invalid_argument);
}

TEST_CASE("operators of C++ keep the order in which they were evaluated") {
  const Term a = name("a"), b = name("b"), c = name("c");
  const auto text = [](const Term& term) { return rdd::print(term.expression()); };
  CHECK(text(a - (b - c)) == "a - (b - c)");
  CHECK(text(a - b - c) == "a - b - c");
  CHECK(text(a / (b * c)) == "a / (b * c)");
  CHECK(text((a + b) * -c) == "(a + b) * -c");
  CHECK(text(pow(-a, 2)) == "(-a)^2");
  CHECK(text(-pow(a, b + 1)) == "-a^(b + 1)");
  CHECK(text(pow(2_nm, 3)) == "(2 nm)^3");
  CHECK(text(1 / a - 0.5) == "1 / a - 0.5");
  CHECK(text(a * -2) == "a * -2");
  CHECK(text(exp(-a / name("kT")) * min(a, max(b, 3))) == "exp(-a / kT) * min(a, max(b, 3))");
}

TEST_CASE("a mistake in a built model is a diagnostic that shows the line the builder wrote") {
  auto m = rdd::model("wrong", std::source_location::current());
  const unsigned line = __LINE__ - 1;
  m.use("std.lattices.square").lattice("square", {{"a", 0.3_nm}}).temperature(600_K);
  m.param("E_rot", 0.45_eV);
  m.state("X").rate("X", "X", by(1, 0), arrhenius(5_THz, name("E_rto")));
  Diagnostics diagnostics;
  CHECK_FALSE(m.resolve(diagnostics));
  const std::string drawn = describe(diagnostics);
  CHECK(drawn.find("<model wrong, built at builder_test.cpp:" + std::to_string(line) + ">:") != std::string::npos);
  CHECK(drawn.find("X -> X by [1, 0] : arrhenius(5 THz, E_rto)") != std::string::npos);
  CHECK(drawn.find("did you mean `E_rot`?") != std::string::npos);
}

TEST_CASE("a string literal is a model, and its diagnostics count its lines") {
  const auto good = R"(
    model walk
    lattice { vectors [[1 nm]] }
    states { X }
    rates { X -> X by [1] : 2 /s; X -> X by [-1] : 2 /s }
  )"_rdd;
  Diagnostics diagnostics;
  const auto model = good.resolve(diagnostics);
  REQUIRE_MESSAGE(model, describe(diagnostics));
  CHECK(model->name == "walk");
  CHECK(model->transitions.size() == 2);
  CHECK_FALSE("model broken\nstates { X"_rdd.resolve(diagnostics));
  CHECK(describe(diagnostics).find("<model in C++>:2:8") != std::string::npos);
}

TEST_CASE("what no text can say is refused with the argument and its value") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(Term{nan}, "a number of a model must be finite, not nan", std::invalid_argument);
  CHECK_THROWS_WITH_AS(quantity(INFINITY, "eV"), "a number of a model must be finite, not inf", std::invalid_argument);
  CHECK_THROWS_WITH_AS(quantity(1, "eV/nmm^2"), "'eV/nmm^2': there is no unit 'nmm'; did you mean 'nm'?",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(quantity(1, ""), "'' is no unit; units are written as eV/nm^2 or /s", std::invalid_argument);
  CHECK_THROWS_WITH_AS(0x10_eV, "0x10_eV: a quantity is written with decimal digits", std::invalid_argument);
  CHECK_THROWS_WITH_AS(rdd::model("my model"),
                       "the name of a model: 'my model' is no name: letters, digits and _, and no digit first",
                       std::invalid_argument);
  auto m = rdd::model("m");
  CHECK_THROWS_WITH_AS(m.param("for", 1), "the name of a parameter: 'for' is a word of the language",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(m.state("a→b"), "the name of a state: 'a→b' holds characters that are no letters",
                       std::invalid_argument);
  CHECK_THROWS_AS(m.param("E\nparam F", 1), std::invalid_argument);
  CHECK_THROWS_AS(m.use_file("a\"b.rdd"), std::invalid_argument);
  CHECK_THROWS_AS(m.query("gap }"), std::invalid_argument);
  CHECK_THROWS_AS(column(0), std::invalid_argument);
  CHECK_THROWS_AS(expression("1 +"), std::invalid_argument);
  CHECK(m.text() == "model m\n");
  m.param("ν", 5_THz).range(1_THz, 9_THz);
  CHECK(m.text() == "model m\nparam ν = 5 THz in [1 THz, 9 THz]\n");
}

TEST_CASE("literals keep every digit, and quantities and settings their units") {
  const auto text = [](const Term& term) { return rdd::print(term.expression()); };
  CHECK(text(0.1_eV) == "0.1 eV");
  CHECK(text(1'000_nm) == "1000 nm");
  CHECK(text(2.5e-3_us) == "0.0025 us");
  CHECK(text(20_cell) == "20 cell");
  CHECK(text(quantity(3.1, "eV/nm^2")) == "3.1 eV/nm^2");
  CHECK(text(quantity(-2, "/s")) == "-2 /s");
  CHECK(text(1_angstrom + 1_THz + 1_K + 1_degree + 1_kcal) == "1 angstrom + 1 THz + 1 K + 1 degree + 1 kcal");
  Diagnostics diagnostics;
  const auto model = crowdion().resolve(diagnostics);
  REQUIRE(model);
  const auto values = rdd::parameter_values(*model, {rdd::setting("T", 300_K)}, diagnostics);
  REQUIRE(values);
  CHECK((*values)[static_cast<std::size_t>(*model->temperature)] == 300);
}

TEST_CASE("a copy of a builder is a model of its own") {
  auto m = rdd::model("m");
  const auto E = m.param("E", 1_eV);
  auto other = m;
  other.let("two", 2 * E);
  CHECK(m.text() == "model m\nparam E = 1 eV\n");
  CHECK(other.text() == "model m\nparam E = 1 eV\nlet two = 2 * E\n");
}
