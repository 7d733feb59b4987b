// The editors' grammars know the words of the language; whoever adds one is told where else it belongs.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "compiler/lsp/words.hpp"
#include "lang/dimension.hpp"
#include "lang/layout.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

const std::string editors = std::string(RDD_SOURCE_DIR) + "/editors/";

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("(^|[^A-Za-z_])" + word + "($|[^A-Za-z_])"));
}

}  // namespace

TEST_CASE("the files of the extension are JSON, and what they refer to is there") {
  const std::string folder = editors + "vscode/";
  const auto package = nlohmann::json::parse(read_file(folder + "package.json"));
  CHECK(std::filesystem::exists(folder + package.at("main").get<std::string>()));
  for (const auto& grammar : package.at("contributes").at("grammars")) {
    const auto parsed = nlohmann::json::parse(read_file(folder + grammar.at("path").get<std::string>()));
    CHECK(parsed.at("scopeName") == grammar.at("scopeName"));
  }
  for (const auto& language : package.at("contributes").at("languages"))
    CHECK_NOTHROW(nlohmann::json::parse(read_file(folder + language.at("configuration").get<std::string>())));
}

TEST_CASE("both grammars know every word of the language") {
  for (const char* file : {"vscode/syntaxes/rdd.tmLanguage.json", "vim/syntax/rdd.vim"}) {
    CAPTURE(file);
    const std::string grammar = read_file(editors + file);
    for (const std::string& word : rdd::reserved_words()) CHECK_MESSAGE(has_word(grammar, word), word);
    for (const rdd::lsp::Word& word : rdd::lsp::words()) {
      using rdd::lsp::WordKind;
      if (word.kind == WordKind::mapping) continue;  // plain names elsewhere
      CHECK_MESSAGE(has_word(grammar, std::string(word.name)), word.name);
    }
  }
}

TEST_CASE("the grammar of numbers takes in every unit, and nothing behind it") {
  const auto grammar = nlohmann::json::parse(read_file(editors + "vscode/syntaxes/rdd.tmLanguage.json"));
  std::string pattern = grammar.at("repository").at("number").at("patterns")[0].at("match");
  const std::string look_behind = "(?<![\\w.])";  // C++ has none; the text begins with the number
  REQUIRE(pattern.starts_with(look_behind));
  const std::regex number(pattern.substr(look_behind.size()));
  const auto unit = [&](const std::string& text) {
    std::smatch match;
    REQUIRE(std::regex_search(text, match, number, std::regex_constants::match_continuous));
    return match[2].str();
  };
  for (const std::string& name : rdd::unit_names()) {
    if (static_cast<unsigned char>(name[0]) >= 0x80) continue;  // Å: letters beyond ASCII are no \w in C++
    CHECK(unit("0.5 " + name) == name);
    CHECK(unit("2e-3 eV/" + name + "^2 * x") == "eV/" + name + "^2");
  }
  CHECK(unit("3.1e12 /s") == "/s");
  CHECK(unit("5 1/s") == "1/s");
  CHECK(unit("3 eV / kT") == "eV");
  CHECK(unit("2 weight 3") == "");
  CHECK(unit("0..5") == "");
}
