#include "lang/diagnostic.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace rdd;

namespace {

SourcePtr source(std::string text, std::string name = "crowdion.rdd") {
  return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
}

std::string drawn(const Diagnostic& diagnostic) {
  std::ostringstream out;
  draw(out, diagnostic);
  return out.str();
}

std::string drawn(const Diagnostics& diagnostics) {
  return drawn(diagnostics.sorted().front());
}

}  // namespace

TEST_CASE("a diagnostic is drawn as the manual shows it") {
  const auto text = source(std::string(20, '\n') + "  X <-> Y           : arrhenius(nu, E_rot * a)\n");
  Diagnostics diagnostics;
  diagnostics.add(Code::WrongDimension, {text, 56, 65}, "barrier has dimension energy·length, expected energy")
      .here("energy·length")
      .hint("`E_rot` alone has the dimension energy");
  CHECK(drawn(diagnostics) ==
        "error[E0203]: barrier has dimension energy·length, expected energy\n"
        "  --> crowdion.rdd:21:37\n"
        "   |\n"
        "21 |   X <-> Y           : arrhenius(nu, E_rot * a)\n"
        "   |                                     ^^^^^^^^^ energy·length\n"
        "   = hint: `E_rot` alone has the dimension energy\n");
}

TEST_CASE("carets below multi-byte text are aligned by characters, and tabs count as one") {
  const auto text = source("\tνν = ΔE *\n");
  Diagnostics diagnostics;
  diagnostics.add(Code::Syntax, {text, 8, 11}, "wrong");
  CHECK(drawn(diagnostics) == "error[E0101]: wrong\n --> crowdion.rdd:1:7\n  |\n1 |  νν = ΔE *\n  |       ^^\n");
}

TEST_CASE("notes of the same file share the excerpt, those of another have their own") {
  const auto text = source("one\ntwo\nthree\n");
  const auto other = source("a,b\n", "table.csv");
  Diagnostics diagnostics;
  diagnostics.add(Code::DuplicateName, {text, 8, 13}, "twice")
      .here("again")
      .note({text, 0, 3}, "first")
      .note({other, 2, 3}, "in the table")
      .note({}, "and so on");
  CHECK(drawn(diagnostics) ==
        "error[E0202]: twice\n --> crowdion.rdd:3:1\n  |\n"
        "1 | one\n  | --- first\n3 | three\n  | ^^^^^ again\n"
        " ::: table.csv:1:3\n  |\n1 | a,b\n  |   - in the table\n"
        "  = note: and so on\n");
}

TEST_CASE("a long line is shown as a window around the mark") {
  std::string line(5000, 'x');
  line[3000] = '!';
  Diagnostics diagnostics;
  diagnostics.add(Code::Syntax, {source(line), 3000, 3001}, "here");
  const std::string text = drawn(diagnostics);
  CHECK(text.size() < 700);
  CHECK(text.find('!') != std::string::npos);
}

TEST_CASE("control characters of a file never reach the terminal") {
  Diagnostics diagnostics;
  diagnostics.add(Code::Syntax, {source("a\x1b[31mb"), 1, 2}, "bad \x1b[2J");
  CHECK(drawn(diagnostics).find('\x1b') == std::string::npos);
}

TEST_CASE("diagnostics come sorted by place, each once, and know errors from warnings") {
  const auto text = source("one\ntwo\n");
  Diagnostics diagnostics;
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.add(Code::NotReversible, {text, 4, 7}, "warning");
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.add(Code::Syntax, {text, 0, 3}, "first");
  diagnostics.add(Code::Syntax, {text, 0, 3}, "first");
  CHECK(diagnostics.has_errors());
  REQUIRE(diagnostics.sorted().size() == 2);
  CHECK(diagnostics.sorted()[1].severity == Severity::warning);
}

TEST_CASE("a policy takes warnings for errors or silences them, and leaves errors alone") {
  const auto text = source("one\n");
  const auto with = [&](WarningPolicy policy) {
    Diagnostics diagnostics(std::move(policy));
    diagnostics.add(Code::NotReversible, {text, 0, 1}, "a").hint("b");
    diagnostics.add(Code::NoGap, {text, 1, 2}, "c");
    return diagnostics;
  };
  CHECK_FALSE(with({}).has_errors());
  CHECK(with({true, {}, {}}).sorted()[1].severity == Severity::error);
  const Diagnostics one = with({false, {Code::NotReversible}, {}});
  CHECK(one.has_errors());
  CHECK(one.sorted()[0].severity == Severity::error);
  CHECK(one.sorted()[0].hints.size() == 1);
  CHECK(one.sorted()[0].notes.size() == 1);
  CHECK(one.sorted()[1].severity == Severity::warning);
  CHECK(with({false, {}, {Code::NoGap}}).sorted().size() == 1);
  CHECK(with({true, {}, codes()}).empty());

  Diagnostics errors(WarningPolicy{false, {}, codes()});
  errors.add(Code::Syntax, {text, 0, 1}, "an error");
  CHECK(errors.has_errors());
}

TEST_CASE("a diagnostic found elsewhere is added with all its parts, under the policy of the list") {
  const auto text = source("one\n");
  Diagnostics elsewhere;
  elsewhere.add(Code::NotReversible, {text, 0, 1}, "a").here("b").note({text, 2, 3}, "c").hint("d");
  Diagnostics all(WarningPolicy{true, {}, {}});
  all.add(elsewhere.sorted().front());
  const Diagnostic added = all.sorted().front();
  CHECK(added.severity == Severity::error);
  CHECK(added.label == "b");
  CHECK(added.notes.front().text == "c");
  CHECK(added.hints == std::vector<std::string>{"d"});
  Diagnostics none(WarningPolicy{false, {}, {Code::NotReversible}});
  none.add(elsewhere.sorted().front());
  CHECK(none.empty());
}

TEST_CASE("a code is found by its number, in either case") {
  CHECK(code("E0203") == Code::WrongDimension);
  CHECK(code("w0401") == Code::NotReversible);
  CHECK_FALSE(code("E0000").has_value());
  CHECK_FALSE(code("").has_value());
  CHECK(codes().size() > 70);
}

TEST_CASE("the JSON of a diagnostic has its places and its words") {
  const auto text = source("one\ntwo\n");
  Diagnostics diagnostics;
  diagnostics.add(Code::UnknownName, {text, 4, 7}, "nothing \"so\"")
      .hint("did you mean `three`?")
      .note({text, 0, 3}, "here");
  const auto json = nlohmann::json::parse(to_json(diagnostics.sorted().front()));
  CHECK(json["code"] == "E0201");
  CHECK(json["severity"] == "error");
  CHECK(json["line"] == 2);
  CHECK(json["column"] == 1);
  CHECK(json["end_column"] == 4);
  CHECK(json["hints"][0] == "did you mean `three`?");
  CHECK(json["notes"][0]["line"] == 1);
}

TEST_CASE("every code has its own number, its letter says what it is, and its meaning fits a line") {
  std::set<std::string_view> seen;
  const Code all[] = {
#define RDD_DIAGNOSTIC(number, name, meaning) Code::name,
#include "lang/diagnostics.def"
#undef RDD_DIAGNOSTIC
  };
  for (const Code code : all) {
    CAPTURE(number(code));
    CHECK(seen.insert(number(code)).second);
    CHECK(number(code).size() == 5);
    CHECK((number(code)[0] == 'E' || number(code)[0] == 'W'));
    CHECK(meaning(code).size() > 10);
    CHECK(meaning(code).size() < 100);
  }
}
