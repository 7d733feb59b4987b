#include "lang/layout.hpp"

#include "tests/lang/models.hpp"

using namespace rdd;
using rdd::tests::drawn;
using rdd::tests::source;

namespace {

std::optional<Layout> lay(const std::string& text, Diagnostics& diagnostics) {
  return lay_out({source(text), 0, text.size()}, diagnostics);
}

std::vector<std::string> statements(const Layout& layout, const std::vector<Chunk>& chunks) {
  std::vector<std::string> result;
  for (const Chunk& c : chunks) result.push_back(layout.text.substr(c.begin, c.end - c.begin));
  return result;
}

}  // namespace

TEST_CASE("newlines and semicolons end statements, open brackets continue them") {
  Diagnostics diagnostics;
  const auto layout = lay("a b; c # comment ; [\n\n[1,\n 2] d\ne", diagnostics);
  REQUIRE(layout);
  CHECK(diagnostics.empty());
  CHECK(statements(*layout, layout->chunks) == std::vector<std::string>{"a b", "c", "[1,  2] d", "e"});
}

TEST_CASE("blocks hold their statements, on one line or many, and may open on the next line") {
  Diagnostics diagnostics;
  const auto layout = lay("one { a; b }\ntwo\n{\n  c\n}\nthree { }", diagnostics);
  REQUIRE(layout);
  CHECK(diagnostics.empty());
  REQUIRE(layout->chunks.size() == 3);
  CHECK(statements(*layout, layout->chunks[0].block) == std::vector<std::string>{"a", "b"});
  CHECK(statements(*layout, layout->chunks[1].block) == std::vector<std::string>{"c"});
  CHECK(layout->chunks[2].has_block);
}

TEST_CASE("offsets stay true, whatever is blanked") {
  Diagnostics diagnostics;
  const std::string text = "a\xC2\xA0= 1 # µ\r\nb(\n\"x # y\")";
  const auto layout = lay(text, diagnostics);
  REQUIRE(layout);
  CHECK(layout->text.size() == text.size());
  CHECK(statements(*layout, layout->chunks) == std::vector<std::string>{"a  = 1", "b( \"x # y\")"});
}

TEST_CASE("a forgotten bracket is reported where it opens, and the next declaration is read all the same") {
  Diagnostics diagnostics;
  const auto layout = lay("param a = (1 + 2\nparam b = 3\n", diagnostics);
  REQUIRE(layout);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].span.begin == 10);
  REQUIRE(layout->chunks.size() == 2);
  CHECK(layout->chunks[0].broken);
  CHECK_FALSE(layout->chunks[1].broken);
}

TEST_CASE("megabytes of brackets are given up quickly") {
  for (const char bracket : {'(', '[', '{', ')', '}'}) {
    CAPTURE(bracket);
    Diagnostics diagnostics;
    lay("states " + std::string(10'000'000, bracket), diagnostics);
    CHECK(diagnostics.has_errors());
    CHECK(diagnostics.sorted().size() < 100);
  }
}

TEST_CASE("bytes that are no text are refused") {
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xFF\xFE"), std::string("\xC0\x80"),
                                  std::string("\xED\xA0\x80"), std::string("ab\xE2\x82")}) {
    Diagnostics diagnostics;
    CHECK_FALSE(lay(text, diagnostics));
    REQUIRE(diagnostics.sorted().size() == 1);
    CHECK(diagnostics.sorted()[0].code == Code::NotText);
  }
}

TEST_CASE("signs pasted from a paper are named with what to write") {
  Diagnostics diagnostics;
  lay("param a = −1", diagnostics);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].hints == std::vector<std::string>{"write `-`"});
}
