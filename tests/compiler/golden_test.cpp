// Golden files: tests/golden/commands/NAME.rdd is copied to an empty folder, where the shell runs its first line, and
// everything that comes back must be NAME.expected.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>

#include "lang/diagnostic.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

const fs::path golden = std::string(RDD_SOURCE_DIR) + "/tests/golden";

// "# rdd emit FILE --emit network" -> "rdd emit NAME.rdd --emit network"
std::string command_of(const fs::path& program) {
  std::ifstream in(program);
  std::string line;
  std::getline(in, line);
  return std::regex_replace(line.substr(2), std::regex("\\bFILE\\b"), program.filename().string());
}

/// The code a golden file is named after, "E0504" of E0504-ill-posed.rdd; empty where its name begins otherwise.
std::string code_of(const fs::path& program) {
  const std::string name = program.filename().string();
  return name.size() > 5 && name[5] == '-' && rdd::code(name.substr(0, 5)) ? name.substr(0, 5) : "";
}

std::vector<fs::path> programs(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".rdd") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("golden: each program prints exactly what its .expected file holds") {
  CHECK(programs(golden / "commands").size() > 10);
  for (const fs::path& program : programs(golden / "commands")) {
    const Scratch scratch;
    fs::copy(program, scratch.path() / program.filename());
    const Finished finished = shell(command_of(program), scratch.path());
    const std::string printed = finished.output + finished.errors + "[exit " + std::to_string(finished.status) + "]\n";
    const fs::path expected = fs::path(program).replace_extension(".expected");
    if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(expected) << printed;
    INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R commands, then read the git diff");
    CAPTURE(program.string());
    CHECK(printed == read_file(expected));
    if (const std::string code = code_of(program); !code.empty())
      CHECK(printed.find("[" + code + "]") != std::string::npos);
  }
}

TEST_CASE("every code has a golden text: its whole diagnostic, in tests/golden/diagnostics or tests/golden/commands") {
  std::vector<std::string> present;
  for (const char* folder : {"diagnostics", "commands"})
    for (const fs::path& program : programs(golden / folder)) present.push_back(code_of(program));
  for (const rdd::Code code : rdd::codes()) {
    CAPTURE(number(code));
    CHECK(std::find(present.begin(), present.end(), number(code)) != present.end());
  }
}
