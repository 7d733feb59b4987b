#include "lang/source.hpp"

#include <doctest/doctest.h>

using namespace rdd;

TEST_CASE("columns count characters, lines count newlines") {
  const Source source{"a", "één\nνν x\n"};
  CHECK(position(source, 0).line == 1);
  CHECK(position(source, 5).column == 4);  // é is two bytes
  CHECK(position(source, 6).line == 2);
  CHECK(position(source, 6).column == 1);
  CHECK(position(source, 11).column == 4);
}

TEST_CASE("a place beyond the text is at its end") {
  const Source source{"a", "ab"};
  CHECK(position(source, 99).column == 3);
}

TEST_CASE("a span reads its own text, and nothing where it points nowhere") {
  const auto source = std::make_shared<const Source>(Source{"a", "one two"});
  CHECK(Span{source, 4, 7}.text() == "two");
  CHECK(Span{source, 40, 70}.text().empty());
  CHECK(Span{}.text().empty());
  CHECK_FALSE(Span{});
}
