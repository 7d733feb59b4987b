#include "lang/resolve.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

constexpr double eV = 1.602176634e-19, kB = 1.380649e-23, planck = 6.62607015e-34;

std::vector<double> defaults(const Model& model) {
  Diagnostics diagnostics;
  return parameter_values(model, {}, diagnostics).value();
}

/// A model of one state that moves on a chain, whose rate is the given law; `more` are further declarations.
std::string law(const std::string& rate, const std::string& more = "") {
  return "model m\ntemperature 1000 K\n" + more +
         "\nlattice { vectors [[1 nm]] }\nstates { A energy 0.1 eV entropy 2e-4 eV/K degeneracy 3; B energy 0 eV "
         "}\nrates { A -> B : " +
         rate + " }\n";
}

double rate_of(const std::string& rate, const std::string& more = "") {
  const Model m = good(law(rate, more));
  return evaluate(m.transitions.front().rate, defaults(m));
}

}  // namespace

TEST_CASE("the manual's model means what the manual says") {
  const Model m = good(crowdion);
  CHECK(m.name == "crowdion");
  CHECK(m.lattice.dimension == 2);
  CHECK(m.lattice.embedding == 2);
  CHECK(evaluate(m.lattice.vectors[0][0], {}) == 2.87e-10);
  CHECK(evaluate(m.lattice.vectors[0][1], {}) == 0);
  REQUIRE(m.translations);
  CHECK(m.translations->size() == 4);
  REQUIRE(m.parameters.size() == 5);
  CHECK(m.parameters[0].name == "T");
  CHECK(m.temperature == 0);
  CHECK(*m.parameters[3].uncertainty == rdd::test::approx(0.02 * eV));
  REQUIRE(m.states.size() == 2);
  REQUIRE(m.transitions.size() == 3);
  CHECK(m.transitions[0].reversible);
  CHECK(m.transitions[0].cell == std::array<int, 3>{1, 0, 0});
  CHECK(evaluate(m.transitions[2].rate, defaults(m)) ==
        rdd::test::approx(5e12 * std::exp(-0.45 * eV / (kB * 600))).epsilon(1e-14));
  CHECK(m.force.size() == 2);
  CHECK_FALSE(m.reduce.bands);
  CHECK(m.reduce.error == 1e-2);
  REQUIRE(m.solves.size() == 1);
  const SolveBlock& s = m.solves[0];
  CHECK(evaluate(s.lengths[1], {}) == 200e-9);
  CHECK(evaluate(s.until, {}) == rdd::test::approx(4e-8));
  CHECK(s.output == "relax.h5");
  CHECK(s.sides[0][0] == Side::periodic);
  // Two-dimensional normalised Gaussian at its centre: 1/(2 pi sigma^2).
  CHECK(evaluate(s.initial[0].value, {}, {1e-7, 1e-7, 0}) == rdd::test::approx(1 / (2 * std::acos(-1.0) * 64e-18)));
}

TEST_CASE("the hash follows every text that was read, and nothing else") {
  const std::string hash = good(crowdion).hash;
  CHECK(hash.size() == 16);
  CHECK(good(crowdion).hash == hash);
  CHECK(good(crowdion + "\n").hash != hash);
}

TEST_CASE("rate laws are those of the manual") {
  const double kT = kB * 1000;
  CHECK(rate_of("arrhenius(2 THz, 0.5 eV)") == rdd::test::approx(2e12 * std::exp(-0.5 * eV / kT)));
  CHECK(rate_of("saddle(2 THz, 0.5 eV)") ==
        rdd::test::approx(2e12 * std::exp(-0.4 * eV / kT) / (3 * std::exp(2e-4 * eV / kB))));
  CHECK(rate_of("eyring(0.5 eV)") == rdd::test::approx(kT / planck * std::exp(-0.5 * eV / kT)));
  CHECK(rate_of("constant(3 /s)") == 3);
  CHECK(rate_of("arrhenius(barrier = 0.5 eV, prefactor = 2 THz)") ==
        rdd::test::approx(2e12 * std::exp(-0.5 * eV / kT)));
  CHECK(rate_of("1 THz * exp(-beta * 0.5 eV)") == rdd::test::approx(1e12 * std::exp(-0.5 * eV / kT)));
  CHECK(rate_of("sqrt(4 THz^2) * max(1, 2) * abs(-1) * sign(3) + 0 /s") == rdd::test::approx(4e12));
  CHECK(rate_of("50 kJ/mol / (N_A * h_planck)") == rdd::test::approx(50e3 / 6.02214076e23 / planck));
}

TEST_CASE("functions of the file are expanded with dimensions of their own") {
  CHECK(rate_of("twice(twice(1 /s))", "fn twice(x) = x + x") == 4);
  CHECK(rate_of("g(2)", "fn f(x, scale = x * 1 /s) = scale * x\nfn g(y) = f(x = y)") == 4);
  CHECK(rate_of("constant(2 /s)", "fn constant(k) = 10 * k") == 20);  // a model's own law comes before the library's
  CHECK(rate_of("k_0 * 2", "param k = 3 /s\nlet k_0 = k * T / (500 K)") == rdd::test::approx(12));
}

TEST_CASE("families of states and rates") {
  const Model m = good(R"(
model ladder
param dE = 10 meV
lattice { vectors [[1 nm]] }
states { site[i in 0..5] energy i * dE at [i / 6] }
rates {
  site[i] <-> site[i + 1] : constant((1 + i) * 1 GHz) for i in 0..4
  site[5] <-> site[0] by [1] : constant(1 GHz)
}
)");
  CHECK(m.states.size() == 6);
  CHECK(m.states[3].name == "site[3]");
  CHECK(evaluate((*m.states[3].position)[0], {}) == 0.5);
  REQUIRE(m.transitions.size() == 6);
  CHECK(m.transitions[4].from == 4);
  CHECK(m.transitions[4].to == 5);
  CHECK(evaluate(m.transitions[4].rate, defaults(m)) == 5e9);
}

TEST_CASE("every module of the standard library can be used") {
  const auto lattice = [](const std::string& name, const std::string& arguments) {
    return good("model m\nuse std.lattices." + name +
                "\nuse std.translations.faces\nuse std.translations.all\nlattice " + name + arguments +
                "\ntranslations all\nstates { A }\nrates { A -> A by " +
                (name == "chain"                                  ? "[1]"
                 : name == "sc" || name == "bcc" || name == "fcc" ? "[1, 0, 0]"
                                                                  : "[1, 0]") +
                " : 1 /s }\n");
  };
  const auto length = [](const Model& m, std::size_t i) {
    double sum = 0;
    for (const Expr& c : m.lattice.vectors[i]) sum += std::pow(evaluate(c, {}), 2);
    return std::sqrt(sum);
  };
  CHECK(length(lattice("chain", "(a = 2 nm)"), 0) == rdd::test::approx(2e-9));
  CHECK(length(lattice("square", "(2 nm)"), 1) == rdd::test::approx(2e-9));
  CHECK(length(lattice("rectangular", "(2 nm, 3 nm)"), 1) == rdd::test::approx(3e-9));
  CHECK(length(lattice("hexagonal", "(2 nm)"), 1) == rdd::test::approx(2e-9));
  CHECK(length(lattice("sc", "(2 nm)"), 2) == rdd::test::approx(2e-9));
  CHECK(length(lattice("bcc", "(2 nm)"), 2) == rdd::test::approx(std::sqrt(3.0) * 1e-9));
  CHECK(length(lattice("fcc", "(2 nm)"), 2) == rdd::test::approx(std::sqrt(2.0) * 1e-9));
  CHECK(lattice("chain", "(1 nm)").translations->size() == 2);
  CHECK(lattice("square", "(1 nm)").translations->size() == 8);
  CHECK(lattice("fcc", "(1 nm)").translations->size() == 26);
  for (const auto& [lattice_name, set, size] :
       {std::tuple("hexagonal", "nearest_hexagonal", 6), {"bcc", "nearest_bcc", 8}, {"fcc", "nearest_fcc", 12}}) {
    const Model m = good(fmt::format(
        "use std.lattices.{0}\nuse std.translations.nearest\nlattice {0}(1 nm)\ntranslations {1}\nstates {{ A }}\n",
        lattice_name, set));
    CHECK(m.translations->size() == static_cast<std::size_t>(size));
    for (const auto& t : *m.translations) {  // nearest neighbours are all at the distance of the first
      double squares[2] = {};
      for (std::size_t c = 0; c < m.lattice.vectors[0].size(); ++c) {
        double component[2] = {};
        for (std::size_t v = 0; v < m.lattice.vectors.size(); ++v) {
          component[0] += t[v] * evaluate(m.lattice.vectors[v][c], {});
          component[1] += m.translations->front()[v] * evaluate(m.lattice.vectors[v][c], {});
        }
        for (int i = 0; i < 2; ++i) squares[i] += component[i] * component[i];
      }
      CHECK(squares[0] == rdd::test::approx(squares[1]));
    }
  }
}

TEST_CASE("a line defect is one vector in three dimensions") {
  const Model m = good(
      "model kink\ntemperature 300 K\nlattice { vectors [[0.1 nm, 0.2 nm, 0.2 nm]] }\nstates { K }\n"
      "rates { K -> K by [1] : 1 /s }\nforce [1 eV/nm, 0 eV/nm, 0 eV/nm] split 0.3\n"
      "solve s { domain [100 nm]; initial K = uniform(); until 1 s; boundary x.low: absorbing, x.high: reflecting }");
  CHECK(m.lattice.dimension == 1);
  CHECK(m.lattice.embedding == 3);
  CHECK(evaluate(m.force_split, {}) == 0.3);
  CHECK(evaluate(m.solves[0].initial[0].value, {}) == rdd::test::approx(1e7));
  CHECK(m.solves[0].sides[0][0] == Side::absorbing);
  CHECK(m.solves[0].sides[0][1] == Side::reflecting);
}

TEST_CASE("densities are normalised to one over the domain") {
  const auto value = [](const std::string& density, double x, double y) {
    const Model m = good(with(crowdion, "gaussian(center = [100 nm, 100 nm], sigma = 8 nm)", density));
    return evaluate(m.solves[0].initial[0].value, defaults(m), {x, y, 0});
  };
  CHECK(value("box(low = [10 nm, 10 nm], high = [20 nm, 30 nm])", 15e-9, 15e-9) == rdd::test::approx(1 / 200e-18));
  CHECK(value("box(low = [10 nm, 10 nm], high = [20 nm, 30 nm])", 25e-9, 15e-9) == 0);
  CHECK(value("uniform()", 0, 0) == rdd::test::approx(1 / 4e-14));
  CHECK(value("uniform() * (1 + 0.5 * cos(2 * pi * x / (200 nm)))", 0, 0) == rdd::test::approx(1.5 / 4e-14));
  CHECK(value("gaussian(center = [0 nm, 0 nm], sigma = [1 nm, 2 nm])", 0, 0) ==
        rdd::test::approx(1 / (2 * std::acos(-1.0) * 2e-18)));
  const Model cells = good(with(with(with(crowdion, "domain   [200 nm, 200 nm]", "cells [10, 20]"),
                                     "gaussian(center = [100 nm, 100 nm], sigma = 8 nm)", "uniform()"),
                                "X = ", "all = "));
  CHECK(evaluate(cells.solves[0].initial[0].value, {}) == rdd::test::approx(1 / (200 * 0.287e-9 * 0.287e-9)));
}

TEST_CASE("probes name a density, an axis or a place") {
  const Model m = good(
      with(crowdion, "  output   \"relax.h5\"",
           "probe a = integral(X)\nprobe b = mean(y)\nprobe c = variance(x, coarse[1])\nprobe d = at([1 nm, 2 nm], Y)\n"
           "grid [64, 32]\nmethod explicit\nstep 1 ps\ntolerance 1e-8"));
  const auto& p = m.solves[0].probes;
  REQUIRE(p.size() == 4);
  CHECK(p[0].density.kind == Density::Kind::state);
  CHECK(p[1].axis == 1);
  CHECK(p[1].density.kind == Density::Kind::all);
  CHECK(p[2].density.kind == Density::Kind::coarse);
  CHECK(p[2].density.index == 1);
  CHECK(p[3].density.index == 1);
  CHECK(m.solves[0].grid == std::vector<int>{64, 32});
  CHECK(m.solves[0].method == Method::explicit_);
  CHECK(m.solves[0].tolerance == 1e-8);
}

TEST_CASE("checkpoints have a time, and fields are thinned along all axes or along each") {
  const auto block = [](const std::string& entries) { return with(crowdion, "  output   \"relax.h5\"", entries); };
  const Model m = good(block("checkpoint every 10 min\nthin 4"));
  CHECK(evaluate(m.solves[0].checkpoint, {}) == 600);
  CHECK(m.solves[0].thin == std::vector<int>{4, 4});
  CHECK(good(block("thin [2, 1]")).solves[0].thin == std::vector<int>{2, 1});
  CHECK(mistake(block("thin 0")).code == Code::BadEntry);
  CHECK(mistake(block("thin [2, 2, 2]")).code == Code::WrongShape);
  CHECK(mistake(block("checkpoint every 3 nm")).code == Code::WrongDimension);
  CHECK(mistake(block("checkpoint every 1 h\ncheckpoint every 2 h")).code == Code::DuplicateEntry);
  CHECK(mistake(block("checkpoint 10 min")).code == Code::Syntax);
}

TEST_CASE("one way twice adds, both ways and their reverse is a mistake") {
  const std::string head = "model m\nlattice { vectors [[1 nm]] }\nstates { A energy 0 eV; B energy 0 eV }\n";
  CHECK(good(head + "rates { A -> B : 1 /s; A -> B : 1 /s; B -> A : 1 /s }").transitions.size() == 3);
  CHECK(good(head + "rates { A <-> B : 1 /s; A <-> B : 2 /s }").transitions.size() == 2);
  CHECK(good(head + "rates { A <-> B : 1 /s; A -> B : 2 /s }").transitions.size() == 2);
  CHECK(mistake(head + "rates { A <-> B : 1 /s; B -> A : 1 /s }").code == Code::ReverseDeclaredTwice);
  CHECK(mistake(head + "rates { B -> A : 1 /s; A <-> B : 1 /s }").code == Code::ReverseDeclaredTwice);
  CHECK(mistake(head + "rates { A <-> B : 1 /s; B <-> A : 1 /s }").code == Code::ReverseDeclaredTwice);
  CHECK(mistake(head + "rates { A <-> A by [1] : 1 /s; A <-> A by [-1] : 1 /s }").code == Code::ReverseDeclaredTwice);
}

TEST_CASE("one cause gives one message") {
  // E_rto is used twice, and a parameter that could not be read is used in every rate.
  CHECK(mistake(law("arrhenius(nuu, E) + constant(nuu)", "param E = 1 eV")).code == Code::UnknownName);
  CHECK(mistake(law("arrhenius(nu, E)", "param E = 1 eV + 1 nm\nparam nu = 1 THz")).code == Code::WrongDimension);
  CHECK(mistake(law("arrhenius(1 THz, E)", "param E = Q\nlet F = E * 2")).code == Code::UnknownName);
}

TEST_CASE("functions that would grow without end are stopped") {
  std::string doubling = "fn f0(x) = x + x\n";
  for (int i = 1; i < 40; ++i) {
    doubling +=
        "fn f" + std::to_string(i) + "(x) = f" + std::to_string(i - 1) + "(f" + std::to_string(i - 1) + "(x))\n";
  }
  CHECK(mistake(law("f39(k)", "param k = 1 /s\n" + doubling)).code == Code::TooDeep);
  CHECK(mistake(law("f(1 /s)", "fn f(x) = g(x)\nfn g(x) = f(x)")).code == Code::Recursion);
  std::string sum = "k";
  for (int i = 0; i < 5000; ++i) sum += " + k";
  CHECK(mistake(law(sum, "param k = 1 /s")).code == Code::TooDeep);
}

TEST_CASE("families that together would not fit into memory are refused before they are written out") {
  const std::string lattice = "model m\nlattice { vectors [[1 nm]] }\n";
  CHECK(mistake(lattice + "states { A[i in 0..9]; B[i in 1..2000000] }\nrates { A[0] -> A[0] by [1] : 1 /s }").code ==
        Code::BadEntry);
  CHECK(mistake(lattice + "states { A }\nrates { A -> A by [1] : 1 /s for i in -1000000000..1000000000 }").code ==
        Code::BadEntry);
}

TEST_CASE("a place or a translation that no network has is refused") {
  const auto walk = [](const std::string& at, const std::string& by, const std::string& symmetry = "") {
    return "lattice { vectors [[1 nm]] }\n" + symmetry + "\nstates { A at [" + at + "] }\nrates { A -> A by [" + by +
           "] : 1 /s }\n";
  };
  good(walk("-3.5", "10000"));
  CHECK(mistake(walk("0", "-10001")).code == Code::BadEntry);
  CHECK(mistake(walk("1e5", "1")).code == Code::BadEntry);
  CHECK(mistake(walk("1e308 * 10", "1")).code == Code::BadEntry);
  CHECK(mistake(walk("0", "1", "symmetry { [[1e308 * 10]] }")).code == Code::NotASymmetry);
  CHECK(mistake(walk("0] axis [1e308 * 10", "1", "symmetry { [[-1]] }")).code == Code::BadEntry);
}

TEST_CASE("a used file brings its declarations, each file once") {
  const std::string directory = std::string(RDD_BINARY_DIR) + "/lang-use";
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/base.rdd") << "model base\nparam k = 2 /s\nfn thrice(x) = 3 * x\nsolve unused { }\n";
  std::ofstream(directory + "/more.rdd") << "use \"base.rdd\"\nlet twice = 2 * k\n";
  const Model m = good(
      "model m\nuse \"base.rdd\"\nuse \"more.rdd\"\nlattice { vectors [[1 nm]] }\nstates { A }\n"
      "rates { A -> A by [1] : thrice(twice) }",
      directory);
  CHECK(m.name == "m");
  CHECK(m.solves.empty());
  CHECK(evaluate(m.transitions[0].rate, defaults(m)) == 12);

  std::ofstream(directory + "/one.rdd") << "use \"two.rdd\"\n";
  std::ofstream(directory + "/two.rdd") << "use \"one.rdd\"\n";
  CHECK(mistake("model m\nuse \"one.rdd\"\nlattice { vectors [[1 nm]] }\nstates { A }\nrates { A -> A by [1] : 1 /s }",
                directory)
            .code == Code::CircularUse);
}
