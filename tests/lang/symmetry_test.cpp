#include "lang/symmetry/space_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

using Jump = std::tuple<int, int, int, std::array<int, 3>>;  // kind of rate, from, to, cell

/// Both directions of every transition, with the kind of its rate: 0 for the first rate met, 1 for the next, …
std::set<Jump> jumps(const Model& model) {
  std::vector<Expr> kinds;
  std::set<Jump> all;
  for (const ModelTransition& t : model.transitions) {
    const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const Expr& e) { return same(e, t.rate); });
    const int kind = static_cast<int>(known - kinds.begin());
    if (known == kinds.end()) kinds.push_back(t.rate);
    CHECK(all.insert({kind, t.from, t.to, t.cell}).second);
    if (t.reversible && !(t.from == t.to && t.cell == std::array<int, 3>{}))
      CHECK(all.insert({kind, t.to, t.from, {-t.cell[0], -t.cell[1], -t.cell[2]}}).second);
  }
  return all;
}

/// A crystal of OnsagerCalc's (tests/data/README.md) by its name.
nlohmann::json crystal(const std::string& name) {
  std::ifstream in(std::string(RDD_SOURCE_DIR) + "/tests/data/networks/interstitial.json");
  for (const auto& one : nlohmann::json::parse(in)) {
    if (one["name"] == name) return one;
  }
  FAIL("no crystal " << name);
  return {};
}

std::set<Jump> jumps(const nlohmann::json& crystal) {
  std::set<Jump> all;
  for (const auto& jump : crystal["jumps"]) {
    std::array<int, 3> cell{};
    std::copy(jump["R"].begin(), jump["R"].end(), cell.begin());
    all.insert({jump["type"], jump["i"], jump["j"], cell});
  }
  return all;
}

std::size_t operations(const std::string& text) {
  const Model m = good(text);
  REQUIRE(m.symmetry);
  return m.symmetry->operations.size();
}

}  // namespace

TEST_CASE("one declared jump of the fcc octahedral-tetrahedral network makes all sixteen") {
  const nlohmann::json reference = crystal("fcc_oct_tet");
  const std::string text = R"(model m
use std.groups
temperature 900 K
lattice { vectors [[0 nm, 1.5 nm, 1.5 nm], [1.5 nm, 0 nm, 1.5 nm], [1.5 nm, 1.5 nm, 0 nm]] }
symmetry Oh
states {
  oct at [1/2, 1/2, 1/2] energy 0 eV
  tet at [1/4, 1/4, 1/4] energy 0.25 eV
}
rates { oct <-> tet : saddle(5 THz, 0.9 eV) }
)";
  const Model m = good(text);
  REQUIRE(m.states.size() == 3);  // tet[1] comes by the inversion
  CHECK(m.states[1].name == "tet[0]");
  CHECK(m.states[2].name == "tet[1]");
  CHECK(m.symmetry->declared_states == 2);
  CHECK(m.symmetry->declared_transitions == 1);
  CHECK(jumps(reference).size() == 16);
  CHECK(jumps(m) == jumps(reference));

  SUBCASE("and so it does where the group is found, or written as generators") {
    const std::string sites = with(text, "  tet at", "  tet2 at [3/4, 3/4, 3/4] energy 0.25 eV\n  tet at");
    const auto permuted = [&](std::set<Jump> all) {  // the sites in another order
      std::set<Jump> result;
      const auto other = [](int s) { return s == 0 ? 0 : 3 - s; };
      for (const auto& [kind, from, to, cell] : all) result.insert({kind, other(from), other(to), cell});
      return result;
    };
    CHECK(permuted(jumps(good(with(sites, "symmetry Oh", "symmetry auto")))) == jumps(reference));
    // In the basis of the primitive vectors: two permutations of them, the inversion, and the mirror normal to x.
    CHECK(jumps(good(with(text, "symmetry Oh",
                          "symmetry { [[0, 1, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]], "
                          "[[-1, 0, 0], [0, -1, 0], [0, 0, -1]], [[1, 1, 1], [0, 0, -1], [0, -1, 0]] }"))) ==
          jumps(reference));
  }
}

TEST_CASE("`symmetry auto` finds the screws and glides of hcp") {
  const nlohmann::json reference = crystal("hcp_oct_tet");
  std::string text =
      "model m\ntemperature 900 K\nlattice { vectors [[1.5 nm, -1.5 nm * sqrt(3), 0 nm], [1.5 nm, 1.5 nm * sqrt(3), 0 "
      "nm], "
      "[0 nm, 0 nm, 4.898979485566356 nm]] }\nsymmetry auto\nstates {\n";
  const auto& sites = reference["sites_fractional"];
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const bool octahedral = s < 2;  // by the file's `sitelist`
    text += fmt::format("  s{} at [{}, {}, {}] energy {} eV\n", s, sites[s][0].get<double>(), sites[s][1].get<double>(),
                        sites[s][2].get<double>(), octahedral ? 0.0 : 0.1);
  }
  text += "}\nrates {\n";
  std::set<int> types;
  for (const auto& jump : reference["jumps"]) {  // the first jump of each kind
    if (!types.insert(jump["type"].get<int>()).second) continue;
    text += fmt::format("  s{} <-> s{} by [{}, {}, {}] : saddle(5 THz, {} eV)\n", jump["i"].get<int>(),
                        jump["j"].get<int>(), jump["R"][0].get<int>(), jump["R"][1].get<int>(), jump["R"][2].get<int>(),
                        1 + jump["type"].get<int>());
  }
  text += "}\n";
  const Model m = good(text);
  CHECK(m.symmetry->operations.size() == 24);  // P6_3/mmc
  CHECK(jumps(m) == jumps(reference));
}

TEST_CASE("an axis tells orientations at one place apart") {
  const Model m = good(R"(model m
use std.lattices.square
use std.groups
temperature 600 K
lattice square(a = 0.3 nm)
symmetry C4v
states { X at [0, 0] axis [1, 0] energy 0 eV }
rates {
  X <-> X by [1, 0] : arrhenius(5 THz, 0.05 eV)
  X[0] <-> X[1]     : arrhenius(5 THz, 0.45 eV)
}
)");
  REQUIRE(m.states.size() == 2);
  CHECK(evaluate((*m.states[1].axis)[1], {}) == rdd::test::approx(1));
  CHECK(jumps(m) == std::set<Jump>{{0, 0, 0, {1, 0, 0}},
                                   {0, 0, 0, {-1, 0, 0}},
                                   {0, 1, 1, {0, 1, 0}},
                                   {0, 1, 1, {0, -1, 0}},
                                   {1, 0, 1, {}},
                                   {1, 1, 0, {}}});
  const std::string dumbbell = R"(model m
use std.lattices.bcc
use std.groups
lattice bcc(a = 0.3 nm)
symmetry Oh
states { d at [0, 0, 0] axis AXIS }
rates { d -> d by [1, 0, 0] : 1 THz }
)";
  CHECK(good(with(dumbbell, "AXIS", "[1, 0, 0]")).states.size() == 3);
  CHECK(good(with(dumbbell, "AXIS", "[1, 1, 0]")).states.size() == 6);
  CHECK(good(with(dumbbell, "AXIS", "[1, 1, 1]")).states.size() == 4);
  CHECK(good(with(dumbbell, "AXIS", "[1, 2, 3]")).states.size() == 24);
}

TEST_CASE("an operation can carry a translation") {
  // Diamond: Td about a site, and the inversion about a bond's middle, which exchanges the two sites.
  const std::string text = R"(model m
use std.lattices.fcc
lattice fcc(a = 0.54 nm)
symmetry { [[-1, 0, 0], [0, -1, 0], [0, 0, -1]] + [1/4, 1/4, 1/4], [[0, 1, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[-1, -1, -1], [0, 0, 1], [0, 1, 0]] }
states { A at [0, 0, 0]; B at [1/4, 1/4, 1/4] }
rates { A -> B : 1 THz }
)";
  CHECK(operations(text) == 48);
  CHECK(good(text).transitions.size() == 8);  // four bonds, both ways
}

TEST_CASE("a translation that is no number is refused") {
  const std::string text =
      "model m\nlattice { vectors [[1 nm, 0 nm], [0 nm, 1 nm]] }\nsymmetry { [[-1, 0], [0, 1]] + [0/0, 0] }\n"
      "states { a at [0, 0] energy 0 eV }\nrates { a <-> a by [1, 0] : 1 /s }\n";
  CHECK(mistake(text).code == Code::NotASymmetry);
}

TEST_CASE("a line in space has the symmetry of its direction") {
  const std::string text = R"(model m
use std.groups
lattice { vectors [[0 nm, 0 nm, 0.25 nm]] }
symmetry D4h
states { k at [0.2] }
rates { k[0] -> k[1] : 1 THz; k -> k by [1] : 2 THz }
)";
  const Model m = good(text);
  CHECK(m.states.size() == 2);  // at 0.2 and 0.8
  CHECK(m.transitions.size() == 4);
  CHECK(operations(with(text, "symmetry D4h", "symmetry Ci")) == 2);
}

TEST_CASE("the space group of sites is spglib's, in any dimension") {
  const DecoratedLattice square{
      .dimension = 2, .vectors = {{1, 0, 0}, {0, 1, 0}}, .positions = {{0, 0, 0}}, .kinds = {1}};
  CHECK(space_group(square, 1e-3).operations.size() == 8);
  const DecoratedLattice chain{.dimension = 1, .vectors = {{0.5, 0.5, 0}}, .positions = {{0.1, 0, 0}}, .kinds = {1}};
  CHECK(space_group(chain, 1e-3).operations.size() == 2);
  const DecoratedLattice polar{
      .dimension = 1, .vectors = {{1, 0, 0}}, .positions = {{0, 0, 0}, {0.3, 0, 0}}, .kinds = {1, 2}};
  CHECK(space_group(polar, 1e-3).operations.size() == 1);
  const SpaceGroup cubic = space_group({.dimension = 3,
                                        .vectors = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                        .positions = {{0, 0, 0}, {0.5, 0.5, 0.5}},
                                        .kinds = {1, 2}},
                                       1e-3);
  CHECK(cubic.point_group == "m-3m");
  CHECK(cubic.operations.size() == 48);
}

TEST_CASE("in a cell that no crystal has no symmetry is looked for") {
  const auto group = [](std::array<double, 3> second) {
    const DecoratedLattice lattice{
        .dimension = 2, .vectors = {{1, 0, 0}, second}, .positions = {{0, 0, 0}}, .kinds = {1}};
    return space_group(lattice, 1e-3).operations.size();
  };
  CHECK(group({0, 1000, 0}) == 4);
  CHECK(group({0.5, 1e7, 0}) == 0);  // spglib would search for a second
  CHECK(group({1, 1e-7, 0}) == 0);
  CHECK(group({0, 1e300, 0}) == 0);
}

TEST_CASE("several jumps of one orbit may be declared where they say the same, in whichever direction") {
  const std::string text =
      "model m\nuse std.groups\nlattice { vectors [[1 nm, 0 nm], [0 nm, 1 nm]] }\nsymmetry C4v\n"
      "states { A at [0, 0] energy 0 eV; B at [1/2, 1/2] energy 0 eV }\nrates {\n  A <-> A by [1, 0] : 1 /s\n"
      "  A <-> A by [0, 1] : 1 /s\n  A <-> B : 2 /s\n  B <-> A by [0, 1] : 2 /s\n}\n";
  CHECK(jumps(good(text)).size() == 4 + 8);
  CHECK(mistake(with(text, "B <-> A by [0, 1] : 2", "B <-> A by [0, 1] : 3")).code == Code::SymmetryConflict);
  // Two states that weigh differently do not share the rate of both ways.
  CHECK(mistake(with(text, "B at [1/2, 1/2] energy 0", "B at [1/2, 1/2] energy 1")).code == Code::SymmetryConflict);
}
