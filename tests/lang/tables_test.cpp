#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

std::string directory() {
  const std::string path = std::string(RDD_BINARY_DIR) + "/lang-tables";
  std::filesystem::create_directories(path);
  return path;
}

void write(const std::string& name, const std::string& text) {
  std::ofstream(directory() + "/" + name, std::ios::binary) << text;
}

std::vector<double> defaults(const Model& model) {
  Diagnostics diagnostics;
  return parameter_values(model, {}, diagnostics).value();
}

}  // namespace

TEST_CASE("the paper's third network is read from its tables") {
  const Model m = good(
      "model fig1c\nuse std.lattices.square\nlattice square(a = 1 nm)\n"
      "states table \"fig1c.states.csv\" { name: state, weight: weight }\n"
      "rates table \"fig1c.rates.csv\" { from: from, to: to, by: [tx, ty], rate: rate /s }\n",
      std::string(RDD_SOURCE_DIR) + "/tests/data/paper");
  CHECK(m.states.size() == 10);
  CHECK(m.states[0].name == "s0");
  CHECK(evaluate(m.states[1].weight, {}) == 0.13017207333065428);
  CHECK(m.transitions[0].from == 1);
  CHECK(m.transitions[0].to == 0);
  CHECK(evaluate(m.transitions[0].rate, {}) == 2.907790729548379);
  CHECK_FALSE(m.transitions[0].reversible);
  CHECK(m.transitions[1].span.source->name.ends_with("fig1c.rates.csv"));
  CHECK(position(*m.transitions[1].span.source, m.transitions[1].span.begin).line == 3);
}

TEST_CASE("columns by number need no header, and one is recognised where it is there") {
  write("s.csv", "A,0.1\nB,0.2\n");
  write("sh.csv", "name,energy\nA,0.1\nB,0.2\n");
  for (const char* file : {"s.csv", "sh.csv"}) {
    const Model m =
        good(std::string("lattice { vectors [[1 nm]] }\nstates table \"") + file + "\" { name: 1, energy: 2 eV }",
             directory());
    REQUIRE(m.states.size() == 2);
    CHECK(evaluate(m.states[1].energy, {}) == rdd::test::approx(0.2 * 1.602176634e-19));
  }
}

TEST_CASE("barriers and saddles in tables follow the laws of the language") {
  write("states.csv", "state;E;g;x\nA;0.1;2;0\nB;0;1;0.5\n");
  write("barriers.csv", "from;to;nu;E\nA;B;2;0.5\n");
  const std::string head =
      "temperature 1000 K\nlattice { vectors [[1 nm]] }\n"
      "states table \"states.csv\" { name: state, energy: E eV, degeneracy: g, at: [x] }\n";
  const double kT = 1.380649e-23 * 1000, eV = 1.602176634e-19;
  const Model barriers = good(
      head + "rates table \"barriers.csv\" { from: from, to: to, prefactor: nu THz, barrier: E eV, reversible: true }",
      directory());
  CHECK(barriers.transitions[0].reversible);
  CHECK(evaluate(barriers.transitions[0].rate, defaults(barriers)) ==
        rdd::test::approx(2e12 * std::exp(-0.5 * eV / kT)));
  const Model saddles =
      good(head + "rates table \"barriers.csv\" { from: from, to: to, prefactor: nu THz, saddle: E eV }", directory());
  CHECK(evaluate(saddles.transitions[0].rate, defaults(saddles)) ==
        rdd::test::approx(2e12 * std::exp(-0.4 * eV / kT) / 2));
  CHECK(evaluate((*saddles.states[1].position)[0], {}) == 0.5);
}

TEST_CASE("a hundred thousand rows are read right") {
  constexpr int states = 5000, rows = 100'000;
  std::string names = "name,E\n", rates = "from,to,tx,ty,rate\n";
  for (int i = 0; i < states; ++i) names += "s" + std::to_string(i) + "," + std::to_string(i % 7) + "\n";
  for (int i = 0; i < rows; ++i) {
    rates += "s" + std::to_string(i % states) + ",s" + std::to_string((i * 7 + 1) % states) + "," +
             std::to_string(i % 3 - 1) + ",1," + std::to_string(i) + ".5\n";
  }
  write("many.states.csv", names);
  write("many.rates.csv", rates);
  const Model m = good(
      "lattice { vectors [[1 nm, 0 nm], [0 nm, 1 nm]] }\nstates table \"many.states.csv\" { name: name, energy: E meV "
      "}\n"
      "rates table \"many.rates.csv\" { from: from, to: to, by: [tx, ty], rate: rate /s }",
      directory());
  REQUIRE(m.transitions.size() == rows);
  for (const int i : {0, 1, 4999, 5000, 77'777, 99'999}) {
    CAPTURE(i);
    const ModelTransition& t = m.transitions[static_cast<std::size_t>(i)];
    CHECK(t.from == i % states);
    CHECK(t.to == (i * 7 + 1) % states);
    CHECK(t.cell == std::array<int, 3>{i % 3 - 1, 1, 0});
    CHECK(evaluate(t.rate, {}) == i + 0.5);
  }
}

TEST_CASE("a table without a unit where one is needed says what to write") {
  write("r.csv", "from,to,rate\nA,B,1\n");
  const Diagnostic d =
      mistake("lattice { vectors [[1 nm]] }\nstates { A; B }\nrates table \"r.csv\" { from: from, to: to, rate: rate }",
              directory());
  CHECK(d.code == Code::WrongDimension);
  CHECK(d.hints.front() == "say what its numbers mean: `rate: rate /s`");
}

TEST_CASE("a table that is open in an editor goes before the one on the disk") {
  write("open.csv", "A\n");
  const std::string path = std::filesystem::canonical(directory() + "/open.csv").string();
  const auto file_states = [&](const OpenTexts* open, Diagnostics& diagnostics) -> std::size_t {
    const auto file = parse(source("lattice { vectors [[1 nm]] }\nstates table \"open.csv\" { name: 1 }"), diagnostics);
    REQUIRE(file);
    const auto m = resolve(*file, directory(), diagnostics, nullptr, open);
    return m ? m->states.size() : 0;
  };
  Diagnostics none;
  const OpenTexts open{{path, source("A\nB\n", path)}};
  CHECK(file_states(nullptr, none) == 1);
  CHECK(file_states(&open, none) == 2);
  CHECK_FALSE(none.has_errors());
  Diagnostics bytes;
  const OpenTexts no_text{{path, source("A\n\xff\n", path)}};
  CHECK(file_states(&no_text, bytes) == 0);
  CHECK(bytes.sorted().size() == 1);
}

TEST_CASE("mistakes in a table point into the table and at the model") {
  write("bad.csv", "from,to,rate\nA,B,1\nA,B,x\nA,C,1\n");
  Diagnostics diagnostics;
  CHECK_FALSE(model(
      "lattice { vectors [[1 nm]] }\nstates { A; B }\nrates table \"bad.csv\" { from: from, to: to, rate: rate /s }",
      diagnostics, directory()));
  const auto all = diagnostics.sorted();
  REQUIRE(all.size() == 2);
  CHECK(all[0].code == Code::BadCell);
  CHECK(position(*all[0].span.source, all[0].span.begin).line == 3);
  CHECK(all[0].notes.front().span.source->name == "model.rdd");
  CHECK(all[1].code == Code::UnknownState);
}
