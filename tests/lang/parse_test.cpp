#include "lang/parse.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "lang/print.hpp"
#include "tests/lang/models.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

ast::Expr expression(const std::string& text) {
  Diagnostics diagnostics;
  const auto result = parse_expression({source(text), 0, text.size()}, diagnostics);
  REQUIRE_MESSAGE(result, drawn(diagnostics));
  return *result;
}

std::string refused(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(parse_expression({source(text), 0, text.size()}, diagnostics));
  REQUIRE(diagnostics.sorted().size() == 1);
  return diagnostics.sorted().front().message;
}

}  // namespace

TEST_CASE("a unit belongs to the number before it, and only a unit continues it") {
  CHECK(print(expression("2 eV/nm")) == "2 eV/nm");
  CHECK(std::get<ast::Number>(expression("2 eV/nm").node).unit.factors.size() == 2);
  CHECK(std::holds_alternative<ast::Chain>(expression("3 eV / kT").node));
  CHECK(std::holds_alternative<ast::Number>(expression("3.1e12 /s").node));
  CHECK(std::holds_alternative<ast::Number>(expression("0.2 eV/angstrom^2").node));
  CHECK(std::holds_alternative<ast::Chain>(expression("2 * E").node));
  CHECK(std::holds_alternative<ast::Chain>(expression("2 * min(a, b)").node));
  CHECK(std::holds_alternative<ast::Number>(expression("2eV").node));
  CHECK(std::get<ast::Number>(expression("2e3eV").node).value == 2000);
  CHECK(std::get<ast::Number>(expression("3 m^-2").node).unit.factors[0].exponent == -2);
}

TEST_CASE("operators bind as in mathematics") {
  CHECK(print(expression("a+b*c^2")) == "a + b * c^2");
  CHECK(print(expression("(a+b)*c")) == "(a + b) * c");
  CHECK(print(expression("-a^2")) == "-a^2");
  CHECK(std::holds_alternative<ast::Negate>(expression("-a^2").node));
  CHECK(print(expression("a - (b - c)")) == "a - (b - c)");
  CHECK(print(expression("2^-3")) == "2^-3");
  CHECK(print(expression("site[3]")) == "site[3]");
  CHECK(print(expression("gaussian(center=[1 nm,2 nm],sigma=3 nm)")) ==
        "gaussian(center = [1 nm, 2 nm], sigma = 3 nm)");
  CHECK(print(expression("[]")) == "[]");
}

TEST_CASE("what is expected is said, and what was found") {
  CHECK(refused("a +") == "expected an expression, but the statement ends here");
  CHECK(refused("a b") == "expected the end of the statement, found `b`");
  CHECK(refused("a + * b") == "expected an expression, found `*`");
  CHECK(refused("f(a,)") == "expected an argument, found `)`");
  CHECK(refused("2^3^4") == "expected the end of the statement, found `^`");
  CHECK(refused("") == "expected a value, but there is none");
}

TEST_CASE("all mistakes of a file are reported in one run, and the rest is read") {
  Diagnostics diagnostics;
  const auto file = parse(
      source("model m\nparam = 3\nparam b = 1 +\nstates {\n  X energy\n  Y energy 1 eV\n}\nbogus\n"), diagnostics);
  REQUIRE(file);
  CHECK(diagnostics.sorted().size() == 4);
  CHECK(print(*file) == "model m\nstates {\n  Y  energy 1 eV\n}\n");
}

TEST_CASE("identifiers may be Greek, and places in such text are true") {
  Diagnostics diagnostics;
  const auto file = parse(source("param ν₀ = 5 THz\nparam ΔE = 0.1 eV"), diagnostics);
  REQUIRE(file);
  CHECK(diagnostics.empty());
  CHECK(std::get<ast::Param>(file->statements[1]).name.text == "ΔE");
}

TEST_CASE("nesting up to the limit neither fails nor overflows the stack") {
  const std::string deep = std::string(198, '(') + "1" + std::string(198, ')');
  CHECK(print(expression(deep)) == "1");
  CHECK(refused(std::string(300, '(') + "1" + std::string(300, ')')) == "brackets are nested more than 200 deep");
}

TEST_CASE("files that cannot be read say why") {
  Diagnostics diagnostics;
  CHECK_FALSE(read_source("no/such/file.rdd", diagnostics));
  CHECK_FALSE(read_source(".", diagnostics));
  const auto all = diagnostics.sorted();
  REQUIRE(all.size() == 2);
  CHECK(all[0].message == "cannot read no/such/file.rdd: no such file");
  CHECK(all[1].message == "cannot read .: it is a directory");
}

TEST_CASE("an empty file and a file of comments declare nothing") {
  for (const char* text : {"", "\n\n", "# nothing\n"}) {
    Diagnostics diagnostics;
    CHECK_FALSE(parse(source(text), diagnostics));
    REQUIRE(diagnostics.sorted().size() == 1);
    CHECK(diagnostics.sorted()[0].code == Code::EmptyFile);
  }
}

TEST_CASE("megabytes of one statement, one expression or one line do not stall the parser") {
  std::string sum = "param a = 1";
  for (int i = 0; i < 200'000; ++i) sum += " + 1";
  Diagnostics diagnostics;
  CHECK(parse(source(sum), diagnostics));
  CHECK(diagnostics.empty());
  CHECK(parse(source("param a = " + std::string(1'000'000, '-') + "1"), diagnostics));
  CHECK(diagnostics.has_errors());
}

TEST_CASE("a file that changes while it is read is refused") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "rdd_changing.rdd";
  const auto fill = [&path] { std::ofstream(path) << "model m\n" << std::string(std::size_t{8} << 20, '#'); };
  fill();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::ofstream more(path, std::ios::app);
    while (!done) more << "# more\n" << std::flush;
  });
  bool refused = false;
  for (int attempt = 0; attempt < 100 && !refused; ++attempt) {  // the writer may need a while to start
    Diagnostics diagnostics;
    if (!read_source(path.string(), diagnostics))
      refused = diagnostics.sorted().front().message.find("changed while it was read") != std::string::npos;
    if (std::filesystem::file_size(path) > (std::size_t{64} << 20)) fill();
  }
  done = true;
  writer.join();
  std::filesystem::remove(path);
  CHECK(refused);
}

TEST_CASE("the sign of an uncertainty needs no blanks around it") {
  Diagnostics diagnostics;
  const auto tight = parse(source("param E = 0.45 eV±0.02 eV"), diagnostics);
  const auto spelt = parse(source("param E = 0.45 eV +- 0.02 eV"), diagnostics);
  REQUIRE_MESSAGE((tight && spelt && !diagnostics.has_errors()), drawn(diagnostics));
  CHECK(*tight == *spelt);
}
