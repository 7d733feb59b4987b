// A model written at the prompt: declarations, `it`, `show`, `save`, `undo`, `emit`.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/query/session.hpp"
#include "lang/layout.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

Session opened(const std::optional<std::string>& file = std::nullopt) {
  Diagnostics diagnostics;
  auto session = Session::begin(file, {}, {}, diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(session.has_value());
  return std::move(*session);
}

SourcePtr typed(const std::string& text) {
  return std::make_shared<const Source>(Source{"<prompt>", text});
}

Answer say(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  const auto answer = session.run(typed(text), diagnostics);
  INFO(text);
  INFO(drawn(diagnostics));
  REQUIRE(answer.has_value());
  return *answer;
}

Json ask(Session& session, const std::string& text) {
  return Json::parse(say(session, text).json);
}

std::string refused(Session& session, const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(session.run(typed(text), diagnostics).has_value());
  return drawn(diagnostics);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// Two sites in a row.
Session walk() {
  Session session = opened();
  for (const char* declaration :
       {"model walk", "param k1 = 1 /s # slow", "param k2 = 10 /s", "lattice { vectors [[1 m]] }",
        "states { A weight 1; B weight 1 }", "rates {\n  A <-> B : k1\n  B <-> A by [1] : k2\n}"})
    CHECK(say(session, declaration).text.empty());
  return session;
}

const std::string walk_text = R"(model walk
param k1 = 1 /s # slow
param k2 = 10 /s
lattice { vectors [[1 m]] }
states { A weight 1; B weight 1 }
rates {
  A <-> B        : k1
  B <-> A by [1] : k2
}
)";

double diffusion(Session& session) {
  return ask(session, "diffusion")["D"][0][0];
}

}  // namespace

TEST_CASE("a model typed declaration by declaration is the model of the file") {
  for (const char* name : {"crowdion", "crowdion_tungsten", "vacancy_bcc", "dislocation_kink", "molecular_motor"}) {
    CAPTURE(name);
    const std::string file = std::string(RDD_SOURCE_DIR) + "/examples/" + name + ".rdd";
    Session session = opened(), whole = opened(file);
    std::ifstream in(file);
    std::string text;
    for (std::string line; std::getline(in, line);) {
      text += line + "\n";
      const std::size_t first = line.find_first_not_of(' ');
      if (continues(text) || first == std::string::npos || line[first] == '#') continue;
      say(session, std::exchange(text, ""));
    }
    CHECK(session.model().hash == whole.model().hash);
    CHECK(say(session, "network").json == say(whole, "network").json);
    CHECK(session.model().solves.size() == whole.model().solves.size());
  }
}

TEST_CASE("a text can hold several declarations, and words that also ask declare where a block follows") {
  Session session = opened();
  say(session, walk_text);
  CHECK(diffusion(session) == rdd::test::approx(10.0 / 22).epsilon(1e-14));
  CHECK(ask(session, "states")["states"] == Json({"A", "B"}));
  CHECK(ask(session, "rates A").contains("rates"));
  CHECK(ask(session, "reduce 2 order 1")["order"] == 1);
  CHECK(say(session, "reduce { bands 1 }").text.empty());
  CHECK(session.model().reduce.bands == 1);
  CHECK(declares("states\n{ A }"));
  CHECK(declares("# which\n\nrates table \"r.csv\" { }"));
  CHECK_FALSE(declares("rates tableau"));
  CHECK_FALSE(declares("reduce 2"));
  CHECK_FALSE(declares("# states { A }"));
}

TEST_CASE("a model that is not whole yet is no mistake, until something is asked") {
  Session session = opened();
  CHECK(says(refused(session, "diffusion"), "error[E0105]"));
  CHECK(ask(session, "model m")["missing"] == Json({"the model has no lattice", "the model has no states"}));
  CHECK(says(refused(session, "gap"), "error[E0212]: the model has no lattice\n --> <prompt>:1:1"));
  CHECK(says(refused(session, "set T = 3 K"), "error[E0212]"));
  say(session, "lattice { vectors [[1 nm]] }");
  CHECK(ask(session, "states { A }")["missing"].empty());
  CHECK(says(refused(session, "diffusion"), "error[E0407]"));
  CHECK_FALSE(ask(session, "rates { A <-> A by [1] : kT / h_planck }")["missing"].empty());
  CHECK(says(refused(session, "diffusion"), "error[E0211]"));
  CHECK(ask(session, "temperature 300 K")["missing"].empty());
  CHECK(ask(session, "network")["transitions"] == 2);
}

TEST_CASE("a wrong declaration is shown where it was typed and changes nothing") {
  Session session = walk();
  const std::string before = session.model().hash;
  CHECK(says(refused(session, "param E = 0.5 ev"), "error[E0205]: `ev` is no unit\n --> <prompt>:1:15"));
  CHECK(says(refused(session, "# more\nrates {\n  A <-> C by [1] : k1\n}"),
             "error[E0213]: there is no state `C`\n --> <prompt>:3:9"));
  CHECK(says(refused(session, "states { A weight 1; B energy 1 eV }"), "error[E0218]"));
  // What the declaration breaks elsewhere is shown there, as it was typed.
  CHECK(says(refused(session, "param k1 = 1 s"), " --> <prompt>:2:13\n  |\n2 |   A <-> B : k1\n"));
  CHECK(says(refused(session, "param k3 = 1 /s\nparam k3 = 2 /s"), "error[E0202]"));
  CHECK(says(refused(session, "k3 = 1 /s"), "`param k3 = …`"));
  CHECK(says(refused(session, "latice { vectors [[1 m]] }"), "did you mean `lattice`?"));
  CHECK(session.model().hash == before);
  CHECK(diffusion(session) == rdd::test::approx(10.0 / 22).epsilon(1e-14));
}

TEST_CASE("what a model has once is replaced, rates are added, and `undo` takes back") {
  Session session = walk();
  say(session, "param k1 = 3 /s");
  CHECK(diffusion(session) == rdd::test::approx(30.0 / 26).epsilon(1e-14));
  say(session, "rates { A <-> B : k1 }");  // a second way between the two
  CHECK(diffusion(session) == rdd::test::approx(60.0 / 32).epsilon(1e-14));
  say(session, "states { B weight 3 }");
  CHECK(ask(session, "network")["weights"][1] == rdd::test::approx(0.75));
  CHECK(says(say(session, "show").text, "states { A weight 1; B weight 3 }"));
  for (int i = 0; i < 2; ++i) say(session, "undo");
  CHECK(diffusion(session) == rdd::test::approx(30.0 / 26).epsilon(1e-14));
  say(session, "undo");
  CHECK(say(session, "show").text == walk_text);
  for (int i = 0; i < 6; ++i) say(session, "undo");
  CHECK(says(refused(session, "undo"), "nothing was declared"));
  CHECK(says(refused(session, "show"), "error[E0105]"));
}

TEST_CASE("a quantity can be declared anew from one that came after it") {
  Session session = walk();
  say(session, "param slow = 0.5 /s");
  say(session, "param k1 = 2 * slow");
  CHECK(says(say(session, "show").text, "param slow = 0.5 /s\nparam k1   = 2 * slow # slow\n"));
  CHECK(diffusion(session) == rdd::test::approx(10.0 / 22).epsilon(1e-14));
  CHECK(says(refused(session, "param slow = k1"), "error[E0224]"));
  CHECK(diffusion(session) == rdd::test::approx(10.0 / 22).epsilon(1e-14));
}

TEST_CASE("a declaration ends what was set before, and `undo` brings it back") {
  Session session = walk();
  say(session, "set k1 = 3 /s");
  say(session, "set k2 = 2 * k1");
  CHECK(diffusion(session) == rdd::test::approx(18.0 / 18).epsilon(1e-14));
  say(session, "param k1 = 5 /s");
  CHECK(diffusion(session) == rdd::test::approx(50.0 / 30).epsilon(1e-14));
  CHECK(says(refused(session, "let k1 = 1 m"), "error[E0203]"));
  CHECK(diffusion(session) == rdd::test::approx(50.0 / 30).epsilon(1e-14));
  say(session, "undo");
  CHECK(diffusion(session) == rdd::test::approx(18.0 / 18).epsilon(1e-14));
}

TEST_CASE("`it` is the last answer to a question") {
  Session session = walk();
  CHECK(says(refused(session, "it"), "nothing has been asked"));
  const Answer answer = say(session, "diffusion");
  for (const char* between : {"set k1 = 2 /s", "help", "param k2 = 3 /s", "show", "it"}) {
    say(session, between);
    CHECK(say(session, "it").text == answer.text);
    CHECK(say(session, "it").json == answer.json);
  }
  refused(session, "clusters many");
  CHECK(say(session, "it").json == answer.json);
  const Answer drift = say(session, "drift");
  CHECK(say(session, "it").json == drift.json);
}

TEST_CASE("what is saved is the model with its comments and what was set") {
  const Scratch scratch;
  const std::string file = scratch.file("walk.rdd");
  Session session = walk();
  CHECK(says(refused(session, "save"), "save \"model.rdd\""));
  CHECK(say(session, "save \"" + file + "\"").text == "written to " + file + "\n");
  CHECK(rdd::test::read_file(file) == walk_text);
  say(session, "set k1 = 3 /s");
  say(session, "param k3 = k1");
  const double D = diffusion(session);
  Diagnostics warned;
  REQUIRE(session.run(typed("save"), warned));
  CHECK(says(drawn(warned), "warning[W0201]"));  // of k3: the file would be found fine, but for that
  Session again = opened(file);
  CHECK(diffusion(again) == D);
  CHECK(says(rdd::test::read_file(file), "param k1 = 3 /s # slow\n"));
  // Going on with the file, which may be written again.
  say(again, "param k3 = 2 * k1");
  say(again, "save");
  CHECK(says(rdd::test::read_file(file), "param k3 = 2 * k1\n"));
}

TEST_CASE("a file that is not this session's is not written over") {
  const Scratch scratch;
  const std::string other = scratch.write("other.rdd", "model other\n"), file = scratch.write("walk.rdd", walk_text);
  Session session = opened(file);
  say(session, "param k1 = 2 /s");
  CHECK(says(refused(session, "save \"" + other + "\""), "error[E0701]"));
  CHECK(rdd::test::read_file(other) == "model other\n");
  say(session, "save");
  say(session, "save \"" + scratch.file("./walk.rdd") + "\"");
  scratch.write("walk.rdd", "model mine\n");
  say(session, "param k1 = 4 /s");
  CHECK(says(refused(session, "save"), "has changed since"));
  CHECK(rdd::test::read_file(file) == "model mine\n");
  CHECK(says(refused(session, "save \"" + scratch.file("no/such.rdd") + "\""), "error[E0701]"));
  CHECK(says(refused(session, "save walk.rdd"), "in quotation marks"));
  CHECK(says(refused(session, "save \"a.rdd\" \"b.rdd\""), "expected the end"));
}

TEST_CASE("paths in what is saved lead to the same files") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path() / "models");
  scratch.write("models/rates.rdd", "param k = 1 /s\n");
  scratch.write("models/deep.rdd", "use \"rates.rdd\" as r\n");
  const std::string file = scratch.write("models/m.rdd",
                                         "model m\nuse \"rates.rdd\" as r\nlattice { vectors [[1 m]] }\n"
                                         "states { A }\nrates { A <-> A by [1] : r.k }\n");
  Session session = opened(file);
  say(session, "set r.k = 2 /s");
  CHECK(says(refused(session, "save \"" + scratch.file("m.rdd") + "\""), "error[E0301]"));
  CHECK_FALSE(std::filesystem::exists(scratch.file("m.rdd")));
  say(session, "save \"" + scratch.file("models/again.rdd") + "\"");
  CHECK(says(rdd::test::read_file(scratch.file("models/again.rdd")), "use \"rates.rdd\"(k = 2 /s) as r\n"));
  say(session, "use \"deep.rdd\" as d");
  say(session, "set d.r.k = 3 /s");
  CHECK(says(refused(session, "save"), "no declaration of this model can give `d.r.k`"));
}

TEST_CASE("half a model can be saved, and gone on with") {
  const Scratch scratch;
  const std::string file = scratch.file("half.rdd");
  Session session = opened();
  say(session, "model half");
  say(session, "states { A }");
  CHECK(says(say(session, "save \"" + file + "\"").text, "not a whole model yet: the model has no lattice\n"));
  Diagnostics diagnostics;
  const auto set = Session::begin(file, {setting("T", "300 K")}, {}, diagnostics);
  REQUIRE(set.has_value());
  Session valued = *set;
  CHECK(says(refused(valued, "show"), "error[E0212]"));  // where would the value go?
  Session again = opened(file);
  CHECK(says(refused(again, "network"), "half.rdd:1:1"));
  say(again, "lattice { vectors [[1 nm]] }");
  say(again, "rates { A <-> A by [1] : 1 /s }");
  CHECK(ask(again, "network")["states"] == Json({"A"}));
}

TEST_CASE("`emit` shows what the compiler makes of the model as it stands") {
  Session session = opened(std::string(RDD_SOURCE_DIR) + "/examples/crowdion.rdd");
  const std::string program = say(session, "emit cpp").text;
  CHECK(says(program, "int main("));
  CHECK(say(session, "emit cpp relax").text == program);
  CHECK(ask(session, "emit cpp")["text"] == program);
  CHECK(says(say(session, "emit kernel").text, "# solve relax\nkernel rhs"));
  CHECK(says(refused(session, "emit cpp relx"), "did you mean relax?"));
  CHECK(says(refused(session, "emit c"), "the stages are model, network"));
  CHECK(says(refused(session, "emit"), "expected a stage"));
  say(session, "solve again { domain [100 nm, 100 nm]; initial all = uniform(); until 1 ns }");
  CHECK(says(say(session, "emit kernel").text, "# solve again\n"));
  CHECK_FALSE(says(say(session, "emit kernel relax").text, "# solve again\n"));
  CHECK(says(refused(session, "sweep T = 300 K .. 400 K in 2 steps : save \"x.rdd\""), "error[E0811]"));
}

TEST_CASE("the prompt completes declarations and what was declared") {
  Session session = walk();
  const std::vector<std::string> words = session.words();
  for (const std::string word : {"param", "solve", "states", "save", "undo", "k2", "diffusion"})
    CHECK(std::ranges::count(words, word) == 1);
}
