#include "compiler/query/session.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

SourcePtr statement(const std::string& text) {
  return std::make_shared<const Source>(Source{"-e", text});
}

Json ask(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  const auto answer = session.run(statement(text), diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(answer.has_value());
  CHECK(answer->text.back() == '\n');
  return Json::parse(answer->json);
}

std::string refused(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(session.run(statement(text), diagnostics).has_value());
  return drawn(diagnostics);
}

const std::string alternating = R"(
model alternating
temperature 300 K
param k1 = 1 /s
param k2 = 10 /s
lattice { vectors [[1 m]] }
states { A weight 1; B weight 1 }
rates {
  A <-> B : k1
  B <-> A by [1] : k2
}
)";

}  // namespace

TEST_CASE("every statement answers with the keys the language promises") {
  Session session(example("crowdion.rdd"));
  const std::vector<std::pair<std::string, std::vector<std::string>>> promised = {
      {"network", {"dimension", "states", "transitions", "reversible", "weights"}},
      {"spectrum at [0.1, 0.2]", {"k", "lambda"}},
      {"bands grid [5, 5]", {"k", "lambda", "band_min", "band_max"}},
      {"gap", {"candidates"}},
      {"gap long", {"candidates"}},
      {"diffusion", {"D", "D_first_order"}},
      {"drift", {"v"}},
      {"verify", {"time", "wavelength", "error", "error_stationary", "time_below", "epsilon", "certified_from"}},
      {"gap tau 1 ns", {"tau", "below", "above", "width", "ratio", "bands_below", "k_below", "k_above"}},
      {"clusters 2", {"P", "chi", "crispness", "min_chi", "clusters"}},
      {"memberships", {"P", "chi", "crispness"}},
      {"reduce 2 order 1", {"P", "order", "chi", "Q", "C", "D"}},
      {"coefficients", {"P", "order", "chi", "Q", "C", "D"}},
      {"coefficients gauge cells", {"P", "order", "gauge", "Q", "C", "D", "shift", "shift_exists"}},
      {"symbol at [0.1, 0.2]", {"k", "P", "H", "reduced", "lambda", "condition"}},
      {"interpolate T = 500 K .. 700 K",
       {"P", "order", "ranges", "error", "converged", "min_chi", "least_gap", "entries", "scales"}},
      {"coefficients at T = 600 K", {"P", "order", "at", "Q", "C", "D", "error"}},
  };
  for (const auto& [text, keys] : promised) {
    CAPTURE(text);
    const Json answer = ask(session, text);
    CHECK(answer["statement"] == text);
    CHECK(answer.contains("unit"));
    CHECK(answer["model_hash"] == session.model().hash);
    for (const std::string& key : keys) CHECK(answer.contains(key));
  }
  CHECK(ask(session, "coefficients")["order"] == 1);
  CHECK(ask(session, "coefficients")["D"].contains("xy"));
}

TEST_CASE("a setting holds for the statements after it, and a wrong one changes nothing") {
  Session session(model_from(alternating));
  const auto D = [&] { return ask(session, "diffusion")["D"][0][0].get<double>(); };
  CHECK(D() == rdd::test::approx(1.0 * 10 / (2 * 11)).epsilon(1e-14));  // a² k1 k2 / (2 (k1 + k2))
  ask(session, "set k1 = 3 /s");
  CHECK(D() == rdd::test::approx(3.0 * 10 / (2 * 13)).epsilon(1e-14));
  CHECK(refused(session, "set k1 = 3 eV").find("error[") != std::string::npos);
  CHECK(refused(session, "set k3 = 3 /s").find("error[E0803]") != std::string::npos);
  CHECK(D() == rdd::test::approx(3.0 * 10 / (2 * 13)).epsilon(1e-14));
}

TEST_CASE("statements that cannot be answered say what they should be") {
  Session session(example("crowdion.rdd"));
  CHECK(refused(session, "spectrm at [0, 0]").find("did you mean `spectrum`") != std::string::npos);
  CHECK(refused(session, "spectrum at [0]").find("2 vectors") != std::string::npos);
  CHECK(refused(session, "spectrum").find("spectrum at [0.1, 0.2]") != std::string::npos);
  CHECK(refused(session, "bands grid [2.5, 3]").find("whole numbers") != std::string::npos);
  CHECK(refused(session, "clusters 7").find("E0502") != std::string::npos);
  CHECK(refused(session, "clusters many").find("clusters 2") != std::string::npos);
  CHECK(refused(session, "reduce 2 order 3").find("order is 1 or 2") != std::string::npos);
  CHECK(refused(session, "diffusion now").find("stands alone") != std::string::npos);
  CHECK(refused(session, "").find("empty") != std::string::npos);
  // The failures left no trace.
  CHECK(ask(session, "memberships")["P"] == 2);
}

namespace {

// Two basins of two states each, with a place for every state and a force along the row.
const std::string basins = R"(
model basins
temperature 600 K
param F = 0 eV/nm
lattice { vectors [[0.3 nm]] }
states {
  a1 energy 0 eV    at [0]
  a2 energy 0.03 eV at [0.2]
  b1 energy 0.08 eV at [0.5]
  b2 energy 0.10 eV at [0.7]
}
rates {
  a1 <-> a2        : arrhenius(10 THz, 0.20 eV)
  b1 <-> b2        : arrhenius(10 THz, 0.17 eV)
  a2 <-> b1        : arrhenius(10 THz, 0.55 eV)
  a2 <-> a1 by [1] : arrhenius(10 THz, 0.42 eV)
  b2 <-> b1 by [1] : arrhenius(10 THz, 0.45 eV)
}
force [F]
reduce { bands 2 }
)";

}  // namespace

TEST_CASE("clusters name their states and tell crispness and minChi") {
  Session session(model_from(basins));
  const Json answer = ask(session, "clusters 2");
  CHECK(answer["clusters"][0]["states"] == Json({"a1", "a2"}));
  CHECK(answer["clusters"][1]["states"] == Json({"b1", "b2"}));
  CHECK(answer["clusters"][0]["weight"].get<double>() + answer["clusters"][1]["weight"].get<double>() ==
        rdd::test::approx(1).epsilon(1e-12));
  CHECK(answer["crispness"].get<double>() > 0.99);
  CHECK(std::abs(answer["min_chi"].get<double>()) < 0.01);
}

TEST_CASE("the automatic choice gives its reason, and the runner-up") {
  Session session(example("paper/fig1c.rdd"));
  Diagnostics diagnostics;
  const auto answer = session.run(statement("reduce"), diagnostics);
  REQUIRE(answer);
  const Json json = Json::parse(answer->json);
  const std::string reason = json["reason"];
  CHECK(reason.find("P = 2: ratio 34.5 down to L = 9.11 cells") == 0);
  CHECK(reason.find("next best P = ") != std::string::npos);
  CHECK(answer->text.find(reason) != std::string::npos);
  CHECK(json["choice"].size() == 10);
}

TEST_CASE("the gap at a time has its two sides, and JSON says null where there is none") {
  Session session(model_from(basins));
  const Json gap = ask(session, "gap tau 10 ns");
  CHECK(gap["tau"].get<double>() == rdd::test::approx(1e-8));
  CHECK(gap["below"].get<double>() < 1e8);
  CHECK(gap["above"].get<double>() >= 1e8);
  CHECK(gap["width"].get<double>() == gap["above"].get<double>() - gap["below"].get<double>());
  CHECK(ask(session, "gap tau 0.1 fs")["above"].is_null());
  CHECK(refused(session, "gap tau 3 eV").find("positive time") != std::string::npos);
  CHECK(refused(session, "gap tau").find("gap tau 1 ns") != std::string::npos);
  CHECK(refused(session, "gap wide").find("gap tau") != std::string::npos);
}

TEST_CASE("both gauges have the same reaction and the same slow bands, and tell the places of symmetric drift") {
  Session session(model_from(basins));
  const Json cells = ask(session, "coefficients gauge cells"), positions = ask(session, "coefficients gauge positions");
  CHECK(cells["Q"] == positions["Q"]);
  CHECK(positions["C"] == ask(session, "coefficients")["C"]);
  CHECK(cells["C"] != positions["C"]);
  CHECK(cells["shift_exists"] == true);  // two coarse states always have such places
  CHECK(positions["shift_exists"] == true);
  CHECK(refused(session, "coefficients gauge states").find("coefficients gauge cells") != std::string::npos);
  Session crowdion(example("crowdion.rdd"));
  CHECK(refused(crowdion, "coefficients gauge positions").find("no positions") != std::string::npos);
}

TEST_CASE("the symbol at a wave vector has the slow decay rates of the spectrum there") {
  Session session(model_from(basins));
  const Json symbol = ask(session, "symbol at [0.4]"), spectrum = ask(session, "spectrum at [0.4]");
  for (std::size_t m = 0; m < 2; ++m) {
    const double exact = spectrum["lambda"][m][0];
    CHECK(symbol["lambda"][m][0].get<double>() == rdd::test::approx(exact).epsilon(1e-9));
  }
  const Json centre = ask(session, "symbol at [0]"), reduced = ask(session, "coefficients");
  for (std::size_t p = 0; p < 2; ++p) {
    for (std::size_t q = 0; q < 2; ++q) {
      CHECK(centre["H"][p][q][0].get<double>() == rdd::test::approx(reduced["Q"][p][q].get<double>()).epsilon(1e-6));
      CHECK(std::abs(centre["H"][p][q][1].get<double>()) < 1e-9 * std::abs(reduced["Q"][0][0].get<double>()));
    }
  }
}

TEST_CASE("interpolated coefficients are those of the reduction at the point, to the error that is told") {
  Session session(model_from(basins));
  const Json table = ask(session, "interpolate T = 400 K .. 900 K, F = 0 eV/nm .. 0.3 eV/nm tolerance 1e-5");
  CHECK(table["converged"] == true);
  CHECK(table["ranges"][0]["in"] == "1/T");
  CHECK(table["ranges"][1]["in"] == "F");
  const Json found = ask(session, "coefficients at F = 0.1 eV/nm, T = 500 K");
  ask(session, "set T = 500 K");
  ask(session, "set F = 0.1 eV/nm");
  const Json exact = ask(session, "coefficients");
  for (const char* key : {"Q"}) {
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t q = 0; q < 2; ++q)
        CHECK(found[key][p][q].get<double>() == rdd::test::approx(exact[key][p][q].get<double>()).epsilon(1e-3));
  }
  CHECK(found["D"]["xx"][0][0].get<double>() == rdd::test::approx(exact["D"]["xx"][0][0].get<double>()).epsilon(1e-3));
  // What was set is another model: the table is forgotten.
  CHECK(refused(session, "coefficients at T = 500 K").find("E0511") != std::string::npos);
  ask(session, "interpolate T = 400 K .. 900 K");
  CHECK(refused(session, "coefficients at T = 950 K").find("E0511") != std::string::npos);
  CHECK(refused(session, "coefficients at F = 0 eV/nm").find("no range") != std::string::npos);
  CHECK(refused(session, "interpolate T = 900 K .. 400 K").find("E0510") != std::string::npos);
  CHECK(refused(session, "interpolate T").find("interpolate T = 300 K .. 900 K") != std::string::npos);
  CHECK(refused(session, "interpolate T = 1 eV .. 2 eV").find("error[") != std::string::npos);
  CHECK(refused(session, "interpolate G = 1 .. 2").find("E0803") != std::string::npos);
}
