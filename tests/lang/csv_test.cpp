#include "lang/resolve/csv.hpp"

#include "tests/lang/models.hpp"

using namespace rdd;
using rdd::resolving::read_csv;
using rdd::tests::drawn;
using rdd::tests::source;

namespace {

resolving::Csv csv(const std::string& text) {
  Diagnostics diagnostics;
  auto result = read_csv(source(text, "t.csv"), {}, diagnostics);
  REQUIRE_MESSAGE(result, drawn(diagnostics));
  return std::move(*result);
}

Diagnostic refused(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(read_csv(source(text, "t.csv"), {}, diagnostics));
  REQUIRE(diagnostics.sorted().size() == 1);
  return diagnostics.sorted().front();
}

}  // namespace

TEST_CASE("commas, semicolons and tabs are told apart by the first row") {
  for (const char* text : {"a,b\n1,2\n", "a;b\n1;2", "a\tb\r\n1\t2\r\n"}) {
    const auto table = csv(text);
    CHECK(table.columns == 2);
    CHECK(table.rows() == 2);
    CHECK(table.cell(1, 1) == "2");
  }
}

TEST_CASE("quotes keep separators, newlines and doubled quotes") {
  const auto table = csv("\"a,b\",\"c\"\"d\"\n\"two\nlines\", x \n");
  CHECK(table.cell(0, 0) == "a,b");
  CHECK(table.cell(0, 1) == "c\"d");
  CHECK(table.cell(1, 0) == "two\nlines");
  CHECK(table.cell(1, 1) == "x");
}

TEST_CASE("comments, empty lines and a byte order mark are skipped") {
  const auto table = csv("\xEF\xBB\xBF# from a program\n\na,b\n  \n# more\n1,\n");
  CHECK(table.rows() == 2);
  CHECK(table.cell(0, 0) == "a");
  CHECK(table.cell(1, 1).empty());
}

TEST_CASE("places of cells are those of the file") {
  const auto table = csv("a,b\n12, 34\n");
  CHECK(table.cell_span(1, 1).begin == 8);
  CHECK(table.cell_span(1, 1).text() == "34");
  CHECK(table.row_span(1).text() == "12, 34");
}

TEST_CASE("ragged rows, open quotes and empty tables are refused") {
  CHECK(refused("a,b\n1\n").code == Code::RaggedRow);
  CHECK(refused("a,b\n\"1,2\n").code == Code::BadCell);
  CHECK(refused("# nothing\n").code == Code::EmptyTable);
}

TEST_CASE("a file of ragged rows is given up early") {
  std::string text = "a,b\n";
  for (int i = 0; i < 100'000; ++i) text += "1\n";
  Diagnostics diagnostics;
  CHECK_FALSE(read_csv(source(text), {}, diagnostics));
  CHECK(diagnostics.sorted().size() <= 10);
}
