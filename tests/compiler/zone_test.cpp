// Statements about the Brillouin zone, and pictures.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compiler/query/session.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

SourcePtr statement(const std::string& text) {
  return std::make_shared<const Source>(Source{"-e", text});
}

Answer answer(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  const auto found = session.run(statement(text), diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(found.has_value());
  CHECK(found->text.back() == '\n');
  return *found;
}
Json ask(Session& session, const std::string& text) {
  return Json::parse(answer(session, text).json);
}
std::string refused(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(session.run(statement(text), diagnostics).has_value());
  return drawn(diagnostics);
}

// Hops of 1/s to the nearest neighbours of a cubic site.
const std::string cubic = R"(
model cubic
use std.lattices.sc
lattice sc(a = 1 nm)
states { A }
rates {
  A <-> A by [1, 0, 0] : 1 /s
  A <-> A by [0, 1, 0] : 1 /s
  A <-> A by [0, 0, 1] : 1 /s
}
)";

// Two bands that cross where cos φ = −1/4; see tests/runtime/connected_bands_test.cpp.
const std::string ladder = R"(
model ladder
lattice { vectors [[1 nm, 0 nm, 0 nm]] }
states { A weight 1; B weight 1 }
rates {
  A <-> A by [1] : 1 /s
  B <-> B by [1] : 1 /s
  A <-> B : 1 /s
  A <-> B by [1] : 2 /s
  A <-> B by [-1] : 2 /s
}
)";

}  // namespace

TEST_CASE("the zone of a cubic lattice: reciprocal vectors, volume, symmetry, points") {
  Session session(model_from(cubic));
  const Json zone = ask(session, "zone");
  CHECK(zone["reciprocal"][0][0].get<double>() == rdd::test::approx(2e9 * std::numbers::pi));
  CHECK(zone["volume"].get<double>() == rdd::test::approx(std::pow(2e9 * std::numbers::pi, 3)));
  CHECK(zone["rotations"].size() == 48);
  CHECK(zone["lattice_rotations"] == 48);
  CHECK(zone["complete"] == true);
  CHECK(zone["points"]["R"] == Json({0.5, 0.5, 0.5}));
  CHECK(zone["unit"]["volume"] == "1/m^3");
}

TEST_CASE("a mesh reduced by symmetry has the known number of points and averages to the rate of escape") {
  Session session(model_from(cubic));
  const Json mesh = ask(session, "bands mesh [8, 8, 8] shifted");
  CHECK(mesh["k"].size() == 20);  // 4 · 5 · 6 / 6
  CHECK(mesh["operations"] == 48);
  int total = 0;
  for (const int weight : mesh["weights"]) total += weight;
  CHECK(total == 512);
  CHECK(mesh["mean"][0].get<double>() == rdd::test::approx(6.0).epsilon(1e-14));
  CHECK(ask(session, "bands mesh [8, 8, 8]")["k"].size() == 35);  // 5 · 6 · 7 / 6
  CHECK(ask(session, "bands mesh")["k"].size() == 35);
  CHECK(ask(session, "bands mesh gamma")["k"].size() == 35);
  CHECK(ask(session, "bands mesh")["band_max"][0].get<double>() == rdd::test::approx(12.0));
}

TEST_CASE("bands along a path are connected through crossings, which are named") {
  Session session(model_from(ladder));
  const Answer found = answer(session, "bands along Γ-X steps 30");
  const Json json = Json::parse(found.json);
  CHECK(json["k"].size() == 31);
  CHECK(json["connected"].front() == Json({0, 1}));
  CHECK(json["connected"].back() == Json({1, 0}));
  CHECK(json["labels"].back() == "X");
  CHECK(json["distance"].back().get<double>() == rdd::test::approx(1e9 * std::numbers::pi));
  for (std::size_t i = 0; i < 31; ++i) {  // `lambda` is ascending, whatever crosses
    CHECK(json["lambda"][i][0][0].get<double>() <= json["lambda"][i][1][0].get<double>());
    const double even = 6 * (1 - std::cos(json["k"][i][0].get<double>()));
    CHECK(json["lambda"][i][json["connected"][i][0].get<std::size_t>()][0].get<double>() ==
          doctest::Approx(even).epsilon(1e-12));
  }
  CHECK(found.text.find("between Γ and X  λ_0 crosses λ_1\n") != std::string::npos);
  CHECK(ask(session, "bands along")["k"].size() == 21);  // a lattice without names has Γ and X
  Session other(model_from(cubic));
  const Json pieces = ask(other, "bands along Gamma-X, R-M-X steps 4");
  CHECK(pieces["k"].size() == 5 + 9);
  CHECK(pieces["distance"][5] == pieces["distance"][4]);
}

TEST_CASE("the number of modes by decay rate ends with the number of states") {
  for (const std::string& text : {cubic, ladder}) {
    Session session(model_from(text));
    const Json density = ask(session, "density");
    CHECK(density["modes"].back().get<double>() ==
          rdd::test::approx(static_cast<double>(ask(session, "network")["states"].size())));
    CHECK(std::ranges::is_sorted(density["modes"].get<std::vector<double>>()));
    CHECK(density["rates"].size() == density["modes"].size());
  }
}

TEST_CASE("plots are drawn as wide as the screen, or to a file, which appears whole") {
  const Scratch scratch;
  Session session(model_from(ladder), {}, {.columns = 60});
  for (const char* what : {"plot bands", "plot bands along Γ-X steps 9", "plot gap", "plot density [50]"}) {
    CAPTURE(what);
    const Answer drawn = answer(session, what);
    CHECK(drawn.text.find("┌") != std::string::npos);
    CHECK(Json::parse(drawn.json)["series"].size() >= 1);
    CHECK(Json::parse(drawn.json)["file"].is_null());
    const std::string file = scratch.file("a b.svg");
    const Answer written = answer(session, std::string(what) + " \"" + file + "\"");
    CHECK(written.text == "written to " + file + "\n");
    CHECK(read_file(file).ends_with("</svg>\n"));
    CHECK(Json::parse(written.json)["file"] == file);
  }
  CHECK(refused(session, "plot bands \"" + scratch.file("no/where.svg") + "\"").find("E0701") != std::string::npos);
}

TEST_CASE("statements about the zone that cannot be answered say what they should be") {
  Session session(model_from(cubic));
  CHECK(refused(session, "bands").find("grid") != std::string::npos);
  CHECK(refused(session, "bands mesh [8, 8]").find("3 vectors") != std::string::npos);
  CHECK(refused(session, "bands mesh [8, 8, 0]").find("whole numbers") != std::string::npos);
  CHECK(refused(session, "bands mesh [8, 8, 8] sideways").find("bands mesh [8, 8, 8] shifted") != std::string::npos);
  CHECK(refused(session, "bands mesh [8, 8, 8] shifted 3").find("not expected") != std::string::npos);
  CHECK(refused(session, "bands along Γ-Q").find("it has Γ, X, M, R") != std::string::npos);
  CHECK(refused(session, "bands along Γ").find("two points") != std::string::npos);
  CHECK(refused(session, "bands along Γ-X steps").find("steps 40") != std::string::npos);
  CHECK(refused(session, "bands along Γ-X steps 0").find("number of steps") != std::string::npos);
  CHECK(refused(session, "bands along Γ-X \"f.svg\"").find("end of the statement") != std::string::npos);
  CHECK(refused(session, "density 8").find("points of each axis") != std::string::npos);
  CHECK(refused(session, "plot").find("plot bands") != std::string::npos);
  CHECK(refused(session, "plot networks").find("plot bands") != std::string::npos);
  CHECK(refused(session, "plot bands \"f.png\"").find(".svg") != std::string::npos);
  CHECK(refused(session, "plot bands \"f.svg\" now").find("end of the statement") != std::string::npos);
  CHECK(refused(session, "plot bands \"f.svg").find("quotation marks") != std::string::npos);
  CHECK(refused(session, "plot gap wide").find("end of the statement") != std::string::npos);
  CHECK(refused(session, "zone now").find("stands alone") != std::string::npos);
}
