// Each .rdd file in tests/golden/diagnostics is wrong in one way and has its complete messages beside it. To accept new
// ones: RDD_UPDATE_GOLDEN=1, then read the difference as a user would.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/lang/models.hpp"

using namespace rdd;
using namespace rdd::tests;
namespace fs = std::filesystem;

namespace {

const fs::path folder = "tests/golden/diagnostics";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> programs() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".rdd" && entry.path().filename().string().find('-') != std::string::npos) {
      result.push_back(entry.path());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string messages(const fs::path& path) {
  Diagnostics diagnostics;
  if (const SourcePtr text = read_source(path.string(), diagnostics)) {
    if (const auto file = parse(text, diagnostics)) resolve(*file, folder.string(), diagnostics);
  }
  return drawn(diagnostics);
}

}  // namespace

TEST_CASE("golden: each wrong program gets exactly the words in its .expected file") {
  for (const fs::path& path : programs()) {
    CAPTURE(path.string());
    const std::string printed = messages(path);
    const fs::path expected = fs::path(path).replace_extension(".expected");
    if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(expected, std::ios::binary) << printed;
    CHECK(printed == read(expected));
    CHECK(printed.find("[" + path.filename().string().substr(0, 5) + "]") != std::string::npos);
  }
}
