// `use`: names, arguments, and who decides.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

/// A folder with the files a model uses.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "rdd_modules_test") {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

const std::string iron = R"(param E_mig = 0.65 eV +- 0.05 eV
param nu = 6 THz
let half = E_mig / 2
fn hop(E) = arrhenius(nu, E)
temperature 300 K
lattice { vectors [[0.25 nm]] }
states { v energy 0 eV }
rates { v <-> v by [1] : hop(E_mig) + 0 * arrhenius(nu, half) }
)";

const Parameter& parameter(const Model& m, const std::string& name) {
  for (const Parameter& p : m.parameters) {
    if (p.name == name) return p;
  }
  FAIL("no parameter " << name);
  return m.parameters.front();
}

constexpr double eV = 1.602176634e-19;

}  // namespace

TEST_CASE("a file used as NAME has its names behind a dot") {
  const Folder folder;
  folder.write("iron.rdd", iron);
  const Model m = good(
      "model m\nuse \"iron.rdd\" as fe\nparam nu = 1 THz\nrates { fe.v -> fe.v by [2] : nu * fe.E_mig / fe.half }\n",
      folder.path());
  CHECK(parameter(m, "fe.nu").default_value != nullptr);
  CHECK(evaluate(parameter(m, "fe.E_mig").default_value, {}) == rdd::test::approx(0.65 * eV));
  REQUIRE(m.states.size() == 1);
  CHECK(m.states[0].name == "fe.v");
  CHECK(m.transitions.size() == 2);
  CHECK(m.temperature);
}

TEST_CASE("the arguments of `use` are values of the file's parameters") {
  const Folder folder;
  folder.write("iron.rdd", iron);
  const Model m = good("model m\nparam E = 0.7 eV\nuse \"iron.rdd\"(E_mig = E + 0.1 eV)\n", folder.path());
  Diagnostics diagnostics;
  const auto values = parameter_values(m, {}, diagnostics).value();
  CHECK(values[static_cast<std::size_t>(&parameter(m, "E_mig") - m.parameters.data())] == rdd::test::approx(0.8 * eV));
  CHECK_FALSE(parameter(m, "E_mig").uncertainty);  // it belonged to the value that was replaced

  const Diagnostic wrong = mistake("model m\nuse \"iron.rdd\"(E_mig = 3 nm)\n", folder.path());
  CHECK(wrong.code == Code::WrongDimension);
  CHECK(wrong.span.text() == "3 nm");
  CHECK(mistake("model m\nuse \"iron.rdd\"(E_mg = 3 eV)\n", folder.path()).hints.front() == "did you mean `E_mig`?");
}

TEST_CASE("one file can be used twice under two names") {
  const Folder folder;
  folder.write("iron.rdd", iron);
  const Model m = good(
      "model m\nlattice { vectors [[0.25 nm]] }\ntemperature 900 K\nuse \"iron.rdd\" as a\nuse \"iron.rdd\"(E_mig = "
      "0.1 eV) as b\n"
      "rates { a.v <-> b.v : 1 THz }\n",
      folder.path());
  CHECK(m.states.size() == 2);
  CHECK(m.transitions.size() == 3);
  CHECK(evaluate(parameter(m, "T").default_value, {}) == 900);  // the main file's, not the module's
  CHECK(evaluate(parameter(m, "b.E_mig").default_value, {}) == rdd::test::approx(0.1 * eV));
  const Diagnostic again = mistake("model m\nuse \"iron.rdd\"\nuse \"iron.rdd\"(E_mig = 0.1 eV)\n", folder.path());
  CHECK(again.code == Code::DuplicateName);
}

TEST_CASE("files that use each other under two names each are counted, and refused in time") {
  const Folder folder;
  for (int level = 0; level < 30; ++level) {
    folder.write(fmt::format("{}.rdd", level), fmt::format("use \"{0}.rdd\" as a\nuse \"{0}.rdd\" as b\n", level + 1));
  }
  folder.write("30.rdd", "param q = 1\n");
  const Diagnostic d = mistake("use \"0.rdd\"\n" + iron, folder.path());
  CHECK(d.code == Code::TooDeep);
  CHECK(d.message.find("more than 1000 files") != std::string::npos);
}

TEST_CASE("a device is no file, however much it has to say") {
  CHECK(mistake("use \"/dev/zero\"\n" + iron).message == "cannot read /dev/zero: it is a device, not a file");
}

TEST_CASE("library definitions can be used under a name") {
  const Model m = good(
      "model m\nuse std.lattices.square as lat\nuse std.groups as g\nlattice lat.square(a = 0.3 nm)\nsymmetry g.C4v\n"
      "states { X at [0, 0] }\nrates { X -> X by [1, 0] : 1 THz }\n");
  CHECK(m.transitions.size() == 4);
  CHECK(m.lattice.points.size() == 3);
}

TEST_CASE("the resolver tells which name means what") {
  const std::string text =
      "model m\nuse std.lattices.chain\ntemperature 300 K\nparam E = 0.1 eV\nlattice chain(a = 1 nm)\nstates { A "
      "energy E }\n"
      "rates { A <-> A by [1] : eyring(E) }\n";
  Diagnostics diagnostics;
  const auto src = source(text);
  const auto file = parse(src, diagnostics);
  std::vector<NameUse> uses;
  REQUIRE(resolve(*file, "", diagnostics, &uses));
  const auto found = [&](const std::string& name, std::size_t use, std::size_t declaration) {
    return std::any_of(uses.begin(), uses.end(), [&](const NameUse& u) {
      return u.name == name && u.use.source == src && u.use.begin == use && u.declaration.source == src &&
             u.declaration.begin == declaration;
    });
  };
  CHECK(found("E", text.find("energy E") + 7, text.find("E = 0.1")));
  CHECK(found("E", text.find("(E)") + 1, text.find("E = 0.1")));
  CHECK(found("A", text.find("A <->"), text.find("A energy")));
  CHECK(std::any_of(uses.begin(), uses.end(),
                    [](const NameUse& u) { return u.name == "eyring" && u.declaration.source->name == "std.rates"; }));
  CHECK(std::any_of(uses.begin(), uses.end(), [](const NameUse& u) {
    return u.name == "chain" && u.declaration.source->name == "std.lattices.chain";
  }));
}

TEST_CASE("`cell` is the length of a lattice vector") {
  const Model m = good(
      "model m\nuse std.lattices.square\nlattice square(a = 0.3 nm)\nstates { X }\n"
      "rates { X -> X by [1, 0] : 1 THz * (2 cell / 0.3 nm); X -> X by [0, 1] : 1 THz }\n"
      "solve s { domain [100 cell, 50 cell]; initial X = uniform(); until 1 ns }\n");
  CHECK(evaluate(m.transitions[0].rate, {}) == rdd::test::approx(2e12));
  CHECK(evaluate(m.solves[0].lengths[1], {}) == rdd::test::approx(15e-9));
}
