#include "compiler/query/session.hpp"

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
      {"clusters 2", {"P", "chi", "crispness"}},
      {"memberships", {"P", "chi", "crispness"}},
      {"reduce 2 order 1", {"P", "order", "chi", "Q", "C", "D"}},
      {"coefficients", {"P", "order", "chi", "Q", "C", "D"}},
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
