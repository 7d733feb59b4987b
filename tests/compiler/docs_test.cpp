// The pages for users, README.md and docs/*.md, say what is so: every model in them (```rdd) passes `rdd check`, and
// every session (```console) prints what the page shows. Lines that tell times and machines are compared without those
// numbers. Blocks in other languages have a test of their own (tests/pages).
// RDD_UPDATE_GOLDEN=1 writes what the sessions print into the pages.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "lang/explanation.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> pages() {
  const fs::path root = RDD_SOURCE_DIR;
  std::vector<fs::path> all{root / "README.md", root / "CONTRIBUTING.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

/// "model crowdion" -> "crowdion.rdd"
std::string file_of(std::string_view model) {
  const std::size_t at = model.find("model ");
  if (at == std::string_view::npos) return "model.rdd";
  const std::size_t begin = at + 6, end = model.find_first_of(" \n#", begin);
  return std::string(model.substr(begin, end - begin)) + ".rdd";
}

/// Without what differs from run to run and from machine to machine.
std::string lasting(std::string text) {
  static const std::pair<std::regex, const char*> passing[] = {
      {std::regex("compiled in [^\n]*"), "compiled"},
      {std::regex("[0-9.]+ ms"), "… ms"},
      {std::regex(", [0-9.]+ s\n"), ", … ms\n"},  // on a busy machine
      {std::regex("at [0-9.]+ million cells/s"), "at …"},
  };
  for (const auto& [pattern, place] : passing) text = std::regex_replace(text, pattern, place);
  return text;
}

/// A folder in which the commands of a page can be given: the project's examples are there, and the page's models.
void furnish(const Scratch& scratch) {
  for (const char* folder : {"examples", "stdlib", "tests"})
    fs::create_directory_symlink(fs::path(RDD_SOURCE_DIR) / folder, scratch.path() / folder);
}

/// Gives the commands of a session one after the other; each with what it prints, as the page shows it.
std::string played(std::string_view session, const Scratch& scratch) {
  std::istringstream lines{std::string(session)};
  std::string shown;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("$ ")) continue;
    shown += line + "\n" + shell("{ " + line.substr(2) + "; } 2>&1", scratch.path()).output;
  }
  return shown;
}

void replace(std::string& text, std::string_view part, const std::string& by) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  text.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("every model of the documentation passes, every session prints what it shows") {
  for (const fs::path& page : pages()) {
    CAPTURE(page.string());
    const std::string text = read_file(page);
    std::string updated = text;
    const Scratch scratch;
    furnish(scratch);
    for (const Passage& passage : passages(text)) {
      if (!passage.code) continue;
      INFO(std::string(passage.text));
      if (passage.language == "rdd") {
        const std::string file = passage.file.empty() ? file_of(passage.text) : std::string(passage.file);
        scratch.write(file, std::string(passage.text));
        const Finished checked = shell("rdd check " + file, scratch.path());
        INFO(checked.errors);
        CHECK(checked.status == 0);
      } else if (passage.language == "console") {
        const std::string shown = played(passage.text, scratch);
        if (lasting(shown) != lasting(std::string(passage.text)) && std::getenv("RDD_UPDATE_GOLDEN"))
          replace(updated, passage.text, shown);
        INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R docs, then read the git diff");
        CHECK(lasting(shown) == lasting(std::string(passage.text)));
      } else if (!passage.file.empty()) {
        scratch.write(std::string(passage.file), std::string(passage.text));  // a table beside a model, say
      } else {
        // Other blocks are prose: they begin no session and hold no model.
        CHECK_FALSE(passage.text.starts_with("$ "));
        CHECK_FALSE(passage.text.starts_with("model "));
      }
    }
    if (updated != text) std::ofstream(page) << updated;
  }
}
