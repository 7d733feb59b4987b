// Golden files: tests/golden/commands/NAME.rdd is given to the command named in its first line, and everything that
// comes back must be NAME.expected.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

// "# rdd emit FILE --emit network" -> {rdd, emit, NAME.rdd, --emit, network}
std::vector<std::string> command_of(const fs::path& program) {
  std::ifstream in(program);
  std::string line, word;
  std::getline(in, line);
  std::istringstream words(line);
  words >> word >> word;
  std::vector<std::string> command{rdd_command()};
  while (words >> word) command.push_back(word == "FILE" ? program.filename().string() : word);
  return command;
}

}  // namespace

TEST_CASE("golden: each program prints exactly what its .expected file holds") {
  std::vector<fs::path> programs;
  for (const auto& entry : fs::directory_iterator(std::string(RDD_SOURCE_DIR) + "/tests/golden/commands"))
    if (entry.path().extension() == ".rdd") programs.push_back(entry.path());
  std::sort(programs.begin(), programs.end());
  CHECK(programs.size() > 10);
  for (const fs::path& program : programs) {
    const Finished finished = run(command_of(program), "", program.parent_path());
    const std::string printed = finished.output + finished.errors + "[exit " + std::to_string(finished.status) + "]\n";
    const fs::path expected = fs::path(program).replace_extension(".expected");
    if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(expected) << printed;
    INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R commands, then read the git diff");
    CAPTURE(program.string());
    CHECK(printed == read_file(expected));
  }
}
