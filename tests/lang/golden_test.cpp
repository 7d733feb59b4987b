// Each .rdd file in tests/golden/diagnostics is wrong in one way and has its complete messages beside it. To accept new
// ones: RDD_UPDATE_GOLDEN=1, then read the difference as a user would.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

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

TEST_CASE("every code that the text of a model can raise has a golden file") {
  std::set<std::string> present;
  for (const fs::path& path : programs()) present.insert(path.filename().string().substr(0, 5));
  const std::string_view all[] = {
#define RDD_DIAGNOSTIC(number, name, meaning) #number,
#include "lang/diagnostics.def"
#undef RDD_DIAGNOSTIC
  };
  for (const std::string_view code : all) {
    const bool of_text = code.starts_with("E01") || code.starts_with("E02") || code.starts_with("E03");
    const bool needs_size = code == "E0106";  // larger than any file that belongs into a repository
    CAPTURE(code);
    if (of_text && !needs_size) CHECK(present.contains(std::string(code)));
  }
}
