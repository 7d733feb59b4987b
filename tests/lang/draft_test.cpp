#include "lang/draft.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "lang/format.hpp"
#include "lang/layout.hpp"
#include "lang/parse.hpp"
#include "tests/lang/models.hpp"

using namespace rdd;
using namespace rdd::tests;
namespace fs = std::filesystem;

namespace {

ast::File typed(const std::string& text) {
  Diagnostics diagnostics;
  const auto file = parse(std::make_shared<const Source>(Source{"<prompt>", text}), diagnostics);
  INFO(text);
  INFO(drawn(diagnostics));
  REQUIRE(file.has_value());
  REQUIRE_FALSE(diagnostics.has_errors());
  return *file;
}

Draft draft_of(const std::string& text) {
  return Draft(source(text));
}

std::string with(const std::string& text, const std::string& more) {
  return draft_of(text).with(typed(more)).source()->text;
}

/// The same with a value that was set.
std::string with_value(const std::string& text, const std::string& name, const std::string& value) {
  const Draft draft = draft_of(text);
  Diagnostics diagnostics;
  const auto model = resolve(*parse(draft.source(), diagnostics), "", diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(model.has_value());
  const auto parameter = std::ranges::find(model->parameters, name, &Parameter::name);
  REQUIRE(parameter != model->parameters.end());
  const auto given = source(name + " =" + value);
  const auto changed =
      draft.with_value({name, {given, 0, name.size()}, {given, name.size() + 2, given->text.size()}}, *parameter, "");
  REQUIRE(changed.has_value());
  return *format(changed->source(), diagnostics);
}

}  // namespace

TEST_CASE("declarations typed one by one make the text of the file, to the byte") {
  int files = 0;
  for (const char* folder : {"/examples", "/stdlib"}) {
    for (const auto& entry : fs::recursive_directory_iterator(std::string(RDD_SOURCE_DIR) + folder)) {
      if (entry.path().extension() != ".rdd") continue;
      CAPTURE(entry.path().string());
      std::ifstream in(entry.path());
      Draft draft;
      std::string all, text;
      for (std::string line; std::getline(in, line);) {
        text += line + "\n";
        all += line + "\n";
        const std::size_t first = line.find_first_not_of(' ');
        if (continues(text) || first == std::string::npos || line[first] == '#') continue;
        draft = draft.with(typed(std::exchange(text, "")));
      }
      CHECK(draft.source()->text + text == all);  // comments below the last declaration belong to none
      ++files;
    }
  }
  CHECK(files > 30);
}

TEST_CASE("what a file holds once is replaced where it stands, all else is added") {
  CHECK(with("param a = 1\nparam b = 2\n", "param a = 3") == "param a = 3\nparam b = 2\n");
  CHECK(with("param a = 1\nparam b = 2", "let a = 3") == "let a = 3\nparam b = 2");
  CHECK(with("param a = 1; param b = 2\n", "param b = 3\n") == "param a = 1; param b = 3\n");
  CHECK(with("temperature 300 K\n", "temperature 400 K") == "temperature 400 K\n");
  CHECK(with("lattice {\n  vectors [[1 m]]\n}\nforce [0]\n", "lattice square(a = 1)") ==
        "lattice square(a = 1)\nforce [0]\n");
  CHECK(with("lattice l(a) { vectors [[a]] }\n", "lattice l(a = 1 m)") ==
        "lattice l(a) { vectors [[a]] }\nlattice l(a = 1 m)\n");
  CHECK(with("use std.groups\n", "use std.groups") == "use std.groups\n");
  CHECK(with("use \"a.rdd\" as a\n", "use \"a.rdd\" as b") == "use \"a.rdd\" as a\nuse \"a.rdd\" as b\n");
  CHECK(with("solve s { until 1 s }\n", "solve s { until 2 s }\nsolve t { until 3 s }") ==
        "solve s { until 2 s }\nsolve t { until 3 s }\n");
  CHECK(with("rates { A -> B : 1 /s }\n", "rates { A -> B : 1 /s }") ==
        "rates { A -> B : 1 /s }\nrates { A -> B : 1 /s }\n");
  CHECK(with("param a = 1\n", "param b = 2\nparam a = 3\nparam c = 4") == "param a = 3\nparam b = 2\nparam c = 4\n");
}

TEST_CASE("a name that the same text declares twice is left to the checker") {
  CHECK(with("param a = 1\n", "param a = 2\nparam a = 3") == "param a = 2\nparam a = 3\n");
}

TEST_CASE("`model` goes to the front") {
  CHECK(with("param a = 1\n", "model m") == "model m\nparam a = 1\n");
  CHECK(with("", "# mine\nmodel m") == "# mine\nmodel m\n");
}

TEST_CASE("states are replaced one by one, and others of the block added") {
  CHECK(with("states { A; B weight 2 }\n", "states { B weight 3 }") == "states { A; B weight 3 }\n");
  CHECK(with("states {\n  A # first\n  B\n}\n", "states {\n  C # third\n  B weight 3\n  A weight 1\n}") ==
        "states {\n  A weight 1 # first\n  B weight 3\n}\nstates {\nC # third\n}\n");
  CHECK(with("states { s[i in 0..3] weight i }\n", "states { s[i in 0..4] weight 1 }") ==
        "states { s[i in 0..4] weight 1 }\n");
}

TEST_CASE("a comment stays with what is replaced, until the new declaration has one of its own") {
  CHECK(with("param a = 1 # first\n", "param a = 2") == "param a = 2 # first\n");
  CHECK(with("param a = 1 # first\n", "param a = 2 # second") == "param a = 2 # second\n");
  CHECK(with("param a = 1\nparam b = 1", "param a = 2 # second") == "param a = 2 # second\nparam b = 1");
  CHECK(with("param a = 1; param b = 1", "param a = 2 # second") == "param a = 2; param b = 1");
  CHECK(with("param a = 1", "# about b\nparam b = 2\n\n# about c\nparam c = 3") ==
        "param a = 1\n# about b\nparam b = 2\n\n# about c\nparam c = 3\n");
}

TEST_CASE("a quantity can go below those it uses, with its comment") {
  const auto below = [](const std::string& text, const std::string& more) {
    return draft_of(text).with(typed(more), true).source()->text;
  };
  CHECK(below("param a = 1 # first\nparam b = 1", "param a = b") == "param b = 1\nparam a = b # first\n");
  CHECK(below("param a = 1 # first\nparam b = 1\n", "let a = b # mine\nforce [a]") ==
        "param b = 1\nlet a = b # mine\nforce [a]\n");
  CHECK(below("temperature 1 K; param b = 1 K\n", "temperature b") == " param b = 1 K\ntemperature b;\n");
}

TEST_CASE("places are traced back to where they were typed") {
  const Draft file = draft_of("param a = 1\nparam b = 2\n");
  const Draft draft = file.with(typed("param c = 3\nparam a = 44"));
  const auto traced = [&](const std::string& text) {
    const std::size_t begin = draft.source()->text.find(text);
    REQUIRE(begin != std::string::npos);
    const Span span = draft.origin({draft.source(), begin, begin + text.size()});
    CHECK(span.text() == text);
    return span;
  };
  CHECK(traced("44").source->name == "<prompt>");
  CHECK(position(*traced("44").source, traced("44").begin).line == 2);
  CHECK(traced("b = 2").source == file.source());
  CHECK(traced("3").source->name == "<prompt>");
  const std::size_t end = draft.source()->text.size();
  CHECK(draft.origin({draft.source(), end, end}).source->name == "<prompt>");
  CHECK(file.origin({file.source(), 0, 5}).source == file.source());
  const auto other = source("elsewhere");
  CHECK(draft.origin({other, 2, 4}).source == other);
}

TEST_CASE("a value that was set stands in its declaration") {
  const std::string walk = "lattice { vectors [[1 m]] }\nstates { A }\nrates { A <-> A by [1] : k }\n";
  CHECK(with_value("param k = 1 /s +- 0.1 /s in [0 /s, 9 /s] # why\n" + walk, "k", " 3 /s # so") ==
        "param k = 3 /s +- 0.1 /s in [0 /s, 9 /s] # why\n" + walk);
  CHECK(with_value("param j = 1 /s\nparam k = (j + j) * 2 + (j)\n" + walk, "k", " (j + j) * (2)") ==
        "param j = 1 /s\nparam k = (j + j) * (2)\n" + walk);
  CHECK(with_value("temperature 300 K\nparam k = kT / hbar\n" + walk, "T", "400 K") ==
        "temperature 400 K\nparam k = kT / hbar\n" + walk);
  const std::string iron = "use std.defects.vacancy_bcc";
  CHECK(with_value(iron + "\ntemperature 300 K\n", "E_mig", "0.6 eV") ==
        iron + "(E_mig = 0.6 eV)\ntemperature 300 K\n");
  CHECK(with_value(iron + "(E_mig = 1 eV + 1 eV, nu = 5 THz) as fe\ntemperature 300 K\n", "fe.E_mig", "2 eV") ==
        iron + "(E_mig = 2 eV, nu = 5 THz) as fe\ntemperature 300 K\n");
  CHECK(with_value(iron + "(nu = 5 THz) # Fe\ntemperature 300 K\n", "E_mig", "2 eV") ==
        iron + "(nu = 5 THz, E_mig = 2 eV) # Fe\ntemperature 300 K\n");
}

TEST_CASE("a text goes on while a bracket is open, in comments and quotes not") {
  CHECK(continues("states {"));
  CHECK(continues("states { A at [0,"));
  CHECK(continues("states {\n  A\n  # }"));
  CHECK_FALSE(continues("states { A }"));
  CHECK_FALSE(continues("param a = 1 # (see below"));
  CHECK_FALSE(continues("use \"odd(name.rdd\""));
  CHECK_FALSE(continues("a)"));
}
