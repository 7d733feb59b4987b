// Whatever stands in a file, it ends with a diagnostic at the place.
#include <doctest/doctest.h>

#include "compiler/import/json_network.hpp"
#include "compiler/import/onsager.hpp"
#include "compiler/import/pathsample.hpp"
#include "compiler/import/tables.hpp"
#include "compiler/import/tammber.hpp"
#include "tests/compiler/import/support.hpp"

using namespace rdd;
using namespace rdd::test;
using namespace rdd::importing;

namespace {

struct Wrong {
  std::string from, to, says;
};

std::string edited(std::string text, const Wrong& wrong) {
  const std::size_t at = text.find(wrong.from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, wrong.from.size(), wrong.to);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

const std::string minima = "0.0 1.0 1 1 1 1\n0.1 1.0 1 1 1 1\n", saddles = "0.5 1.0 1 1 2 1 1 1\n";
const std::string network = R"({"lattice": [[1, 0], [0, 1]], "states": ["A", "B"], "transitions": [
  {"from": "A", "to": "B", "rate": 2}, {"from": "B", "to": "A", "by": [1, 0], "rate": 3},
  {"from": "A", "to": "A", "by": [0, 1], "rate": 1}]})";

}  // namespace

TEST_CASE("TAMMBER: mistakes are found at their element") {
  const std::string text = data_file("formats/MarkovModel_vacFe_15min.xml")->text;
  for (const Wrong& wrong :
       std::vector<Wrong>{{"</MarkovModel>", "", "not well-formed XML"},
                          {"MarkovModel>\n  <Lattice>", "Model>\n  <Lattice>", "not well-formed XML"},
                          {"2.8552 bcc", "long bcc", "expected a number"},
                          {"2.8552 bcc", "-1 bcc", "must be positive"},
                          {"<Lattice>2.8552 bcc</Lattice>", "", "has no <Lattice>"},
                          {"7 7 7", "7 7", "three numbers of cells"},
                          {"7 7 7", "0 7 7", "no volume"},
                          {"0.0 1.0 0.0", "1.0 0.0 0.0", "span no volume"},
                          {"1.82997 1.82997", "-1 -1", "prefactor must be positive"},
                          {"1.82997 1.82997", "1.82997", "two entries"},
                          {"0.688149 0.688149", "high low", "expected a number"},
                          {"0.688149 0.688149", "inf 1", "expected a number"},
                          {"<ReferenceLabels>10995711131929879019 628", "<ReferenceLabels>10995711131929879019 528",
                           "SeenEquivalents"},
                          {"<CanonLabels>4669008660936670292 ", "<CanonLabels>4 ", "no vertex has this label"},
                          {"47 -0.0570685", "48 -0.0570685", "0 to 47"},
                          {"1 6.31439e-16", "1 6.31439e-16 7", "rows of 4 words"}}) {
    CAPTURE(wrong.from);
    const std::string found =
        refused([&](Diagnostics& d) { return read_tammber(file_text("m.xml", edited(text, wrong)), {}, d); });
    CAPTURE(found);
    CHECK(says(found, wrong.says));
    CHECK(says(found, "m.xml:"));
  }
}

TEST_CASE("TAMMBER: entities are not expanded, depth does not matter, and every beginning of a file is refused") {
  std::string bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">";
  for (char c = 'b'; c <= 'z'; ++c)
    bomb += std::string("<!ENTITY ") + c + " \"&" + char(c - 1) + ";&" + char(c - 1) + ";&" + char(c - 1) + ";\">";
  refused([&](Diagnostics& d) {
    return read_tammber(file_text("bomb.xml", bomb + "]><MarkovModel><Lattice>&z;</Lattice></MarkovModel>"), {}, d);
  });
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  refused([&](Diagnostics& d) { return read_tammber(file_text("deep.xml", deep), {}, d); });
  const std::string text = data_file("formats/MarkovModel_vacFe_15min.xml")->text;
  for (std::size_t size = 0; size + 2 < text.size(); size += 7)
    refused([&](Diagnostics& d) { return read_tammber(file_text("cut.xml", text.substr(0, size)), {}, d); });
}

TEST_CASE("PATHSAMPLE: mistakes are found on their line") {
  struct Case {
    std::string minima, saddles, moves, says;
  };
  for (const Case& wrong : std::vector<Case>{{"", saddles, "", "no minimum"},
                                             {minima, "", "", "no saddle"},
                                             {"0.0 1.0\n", saddles, "", "2 words"},
                                             {"x 1.0 1\n", saddles, "", "the energy"},
                                             {"0.0 1.0 0\n", saddles, "", "1 or more"},
                                             {"0.0 1.0 1.5\n", saddles, "", "whole number"},
                                             {"0.0 1.0 1100000210\n", saddles, "", "above 10000"},
                                             {"0.5e308 1.0 1\n", saddles, "", "energy beyond 1e+12"},
                                             {minima, "0.5 1.0 1 1 3\n", "", "no minimum 3"},
                                             {minima, "0.5 1.0 1 0 1\n", "", "no minimum 0"},
                                             {minima, "0.5 1e9 1 1 2\n", "", "out of any range"},
                                             {minima, "0.5 1202 1 1 2\n", "", "a factor beyond e^300"},
                                             {"0.0 1200 1\n0.1 1.0 1\n", saddles, "", "a factor beyond e^300"},
                                             {minima, "0.5 1.0 1 1 1\n", "", "nothing moves"},
                                             {minima, saddles, "saddle,tx\n2,1\n", "no saddle 2"},
                                             {minima, saddles, "saddle,tx\n1,0.5\n", "whole number"},
                                             {minima, saddles, "saddle,tx\n1,2000000000\n", "out of any range"},
                                             {minima, saddles, "saddle,shift\n1,1\n", "number of a saddle"}}) {
    CAPTURE(wrong.says);
    const SourcePtr moves = wrong.moves.empty() ? nullptr : file_text("moves.csv", wrong.moves);
    const std::string found = refused([&](Diagnostics& d) {
      return read_pathsample(file_text("min.data", wrong.minima), file_text("ts.data", wrong.saddles), moves, {}, d);
    });
    CAPTURE(found);
    CHECK(says(found, wrong.says));
  }
}

TEST_CASE("OnsagerCalc: mistakes are found at their node") {
  const std::string text = data_file("formats/fcc_oct_tet.yaml")->text;
  for (const Wrong& wrong :
       std::vector<Wrong>{{"lattice: ", "lattice: [", "not well-formed YAML"},
                          {"lattice: !numpy.ndarray", "vectors:", "`lattice` is missing"},
                          {"interstitial: 1", "interstitial: 2", "the species 0 to 1"},
                          {"interstitial: 1", "", "which species"},
                          {"lattice_constant: 3.0", "lattice_constant: -3", "must be positive"},
                          {"lattice_constant: 3.0", "lattice_constant: 3.1", "does not end on site"},
                          {"- [0]\n", "- [0, 0]\n", "twice"},
                          {"- [0]\n", "- [9]\n", "names site 9"},
                          {"- [0]\n", "", "stands in no class"},
                          {"Energy: [0.0, 0.25]", "Energy: [0.0]", "1 energies"},
                          {"Energy: [0.0, 0.25]", "Energy: [a, b]", "expected a number"},
                          {"Prefactor: [1.0, 2.0]", "Prefactor: [1.0, -2.0]", "must be positive"},
                          {"[0, 2]", "[0, 3]", "there are 3"},
                          {"[0, 2]", "[0, 2, 1]", "two sites"},
                          {"[0.25, 0.25, 0.25]", "[0.25, 1e9, 0.25]", "position of a site"}}) {
    CAPTURE(wrong.from);
    const std::string found =
        refused([&](Diagnostics& d) { return read_onsager(file_text("c.yaml", edited(text, wrong)), {}, d); });
    CAPTURE(found);
    CHECK(says(found, wrong.says));
  }
  refused([&](Diagnostics& d) { return read_onsager(file_text("deep.yaml", std::string(100'000, '[')), {}, d); });
  for (std::size_t size = 0; size + 2 < text.size(); size += 11) {
    Diagnostics diagnostics;  // a shorter list is still a list
    read_onsager(file_text("cut.yaml", text.substr(0, size)), {}, diagnostics);
  }
}

TEST_CASE("OnsagerCalc: a list that aliases blow up is refused") {
  std::string text =
      "interstitial: 0\nlattice: [[1, 0], [0, 1]]\nbasis: [[[0, 0]]]\nsitelist: [[0]]\nEnergy: [0]\n"
      "Prefactor: [1]\nEnergyT: [1]\nPrefactorT: [1]\njumpnetwork:\n- &a\n";
  for (int i = 0; i < 2000; ++i) text += "  - [[0, 0], [1, 0]]\n";
  for (int i = 0; i < 2000; ++i) text += "- *a\n";
  const std::string found = refused([&](Diagnostics& d) { return read_onsager(file_text("a.yaml", text), {}, d); });
  CHECK(says(found, "more entries"));
}

TEST_CASE("tables: mistakes are found in their cell") {
  const std::string states = "name,energy\nA,0\nB,0.1\n", rates = "from,to,t1,rate\nA,B,0,1\nB,A,1,2\n";
  struct Case {
    std::string states, rates, says;
  };
  for (const Case& wrong : std::vector<Case>{{"A,0\n", rates, "column `name`"},
                                             {"name,energy\nA,0\nA,1\n", rates, "stands above"},
                                             {"name,energy\nA,x\nB,1\n", rates, "not a finite number"},
                                             {"name,energy [nm]\nA,0\n", rates, "no unit of energy"},
                                             {"name,energy,weight\nA,0,1\n", rates, "one of them is enough"},
                                             {"name,weight\nA,0\n", rates, "must be positive"},
                                             {"name,name\nA,0\n", rates, "two columns"},
                                             {states, "from,to,t1\nA,B,0\n", "`rate`"},
                                             {states, "from,to,rate\nA,B,1\n", "columns of translations"},
                                             {states, "from,to,t1,rate\nA,C,0,1\n", "no state `C`"},
                                             {states, "from,to,t1,rate\nA,B,0,-1\n", "must be positive"},
                                             {states, "from,to,t1,rate\nA,A,0,1\n", "to itself"},
                                             {states, "from,to,t1,rate\nA,B,0.5,1\n", "whole number"},
                                             {states, "from,to,t1,rate\nA,B,3000,1\n", "out of any range"},
                                             {"name,f1\nA,0\nB,-3000\n", rates, "out of any range"},
                                             {states, "from,to,t1,rate,reversible\nA,B,1,1,yes\n", "detailed balance"},
                                             {states, "from,to,t1,rate\n", "no rows"}}) {
    CAPTURE(wrong.says);
    const std::string found = refused([&](Diagnostics& d) {
      return read_tables(file_text("states.csv", wrong.states), file_text("rates.csv", wrong.rates), {}, d);
    });
    CAPTURE(found);
    CHECK(says(found, wrong.says));
  }
}

TEST_CASE("JSON: mistakes are named by their path") {
  accepted([&](Diagnostics& d) { return read_json(file_text("n.json", network), {}, d); });
  for (const Wrong& wrong :
       std::vector<Wrong>{{"{\"lattice\"", "\"lattice\"", "not well-formed JSON"},
                          {"[[1, 0], [0, 1]]", "[[1, 0], [0]]", "lattice[1]"},
                          {"[[1, 0], [0, 1]]", "7", "lattice"},
                          {"\"lattice\": [[1, 0], [0, 1]], ", "", "`lattice` is missing"},
                          {"\"A\", \"B\"", "\"A\", \"A\"", "states[1]"},
                          {"\"A\", \"B\"", "\"A\", 2", "states[1]"},
                          {"\"to\": \"B\"", "\"to\": \"C\"", "transitions[0].to"},
                          {"\"rate\": 2", "\"rate\": -2", "must be positive"},
                          {"\"rate\": 2", "\"rate\": 1e999", "out of range"},
                          {"\"rate\": 2", "\"speed\": 2", "transitions[0] needs"},
                          {"[1, 0], \"rate\"", "[1], \"rate\"", "transitions[1].by"},
                          {"[1, 0], \"rate\"", "[1, 1e12], \"rate\"", "transitions[1].by"},
                          {"[1, 0], \"rate\"", "[1, 3000], \"rate\"", "transitions[1].by"},
                          {"\"A\", \"B\"", R"({"name": "A", "position": [1e9, 0]}, "B")", "states[0].position"}}) {
    CAPTURE(wrong.to);
    const std::string found =
        refused([&](Diagnostics& d) { return read_json(file_text("n.json", edited(network, wrong)), {}, d); });
    CAPTURE(found);
    CHECK(says(found, wrong.says));
  }
  refused([&](Diagnostics& d) { return read_json(file_text("deep.json", std::string(1'000'000, '[')), {}, d); });
  const std::string several =
      refused([&](Diagnostics& d) { return read_json(data_file("networks/interstitial.json"), {}, d); });
  CHECK(says(several, "--select"));
  CHECK(says(several, "hcp_oct_tet"));
}
