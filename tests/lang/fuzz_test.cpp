// Whatever is typed, the parser and the resolver answer with diagnostics: no crash, no exception, no hang.
#include <random>

#include "lang/format.hpp"
#include "lang/print.hpp"
#include "tests/lang/models.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

void survives(const std::string& text) {
  Diagnostics diagnostics;
  const auto file = parse(source(text), diagnostics);
  if (file) {
    resolve(*file, "", diagnostics);
    print(*file);
  }
  const std::string messages = drawn(diagnostics);
  Diagnostics of_format;
  if (const auto formatted = format(source(text), of_format)) {
    CAPTURE(text);
    CHECK(format(source(*formatted), of_format) == formatted);
  }
  for (const Diagnostic& d : diagnostics.sorted()) to_json(d);
}

/// Pieces that mutations put in: signs and words of the language, numbers at the edge, bytes of all kinds.
const std::vector<std::string> pieces{"{",
                                      "}",
                                      "(",
                                      ")",
                                      "[",
                                      "]",
                                      ";",
                                      "\n",
                                      "\"",
                                      "#",
                                      "->",
                                      "<->",
                                      "..",
                                      "+-",
                                      "±",
                                      "^",
                                      "*",
                                      "/",
                                      "-",
                                      "=",
                                      ":",
                                      ",",
                                      ".",
                                      "1e999",
                                      "1e-999",
                                      "0",
                                      "-1",
                                      "99999999999",
                                      "0.5",
                                      "1e308",
                                      "eV",
                                      "nm",
                                      "/s",
                                      "K",
                                      "kT",
                                      "T",
                                      "beta",
                                      "pi",
                                      "x",
                                      "X",
                                      "Y",
                                      "Z",
                                      "model",
                                      "use",
                                      "param",
                                      "let",
                                      "fn",
                                      "temperature",
                                      "lattice",
                                      "translations",
                                      "states",
                                      "rates",
                                      "table",
                                      "force",
                                      "split",
                                      "reduce",
                                      "solve",
                                      "query",
                                      "symmetry",
                                      "in",
                                      "for",
                                      "by",
                                      "at",
                                      "energy",
                                      "weight",
                                      "arrhenius(",
                                      "saddle(",
                                      "exp(",
                                      "sqrt(",
                                      "f(",
                                      "i in 0..3",
                                      "site[i]",
                                      "coarse[0]",
                                      "auto",
                                      "[1, 0]",
                                      "[[1 nm]]",
                                      "ν",
                                      "é",
                                      "\xC3",
                                      "\xFF",
                                      std::string(1, '\0'),
                                      "\t",
                                      "−"};

}  // namespace

TEST_CASE("mutations of a model never break the compiler") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string text = crowdion;
    const std::uint64_t mutations = 1 + random() % 6;
    for (std::uint64_t i = 0; i < mutations; ++i) {
      const std::size_t at = random() % text.size();
      const std::size_t length = std::min<std::size_t>(random() % 12, text.size() - at);
      switch (random() % 4) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, pieces[random() % pieces.size()]);
          break;
        case 2:
          text.replace(at, length, pieces[random() % pieces.size()]);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
      }
      if (text.empty()) break;
    }
    survives(text);
  }
}

TEST_CASE("sequences of words of the language never break the compiler") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string text;
    for (std::uint64_t i = random() % 60; i > 0; --i)
      text += pieces[random() % (pieces.size() - 6)] + (random() % 3 ? " " : "");
    survives(text);
  }
}

TEST_CASE("random bytes never break the compiler") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string text(random() % 200, ' ');
    for (char& c : text) c = static_cast<char>(random() % (seed % 2 ? 256 : 128));
    survives(text);
  }
}
