// The extension for VS Code packs with npm. Nothing is fetched; without npm there is nothing to test.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/process.hpp"

using namespace rdd::test;

TEST_CASE("npm packs the extension with all its files, and its client is JavaScript") {
  if (run({"npm", "--version"}).status != 0) {
    MESSAGE("skipped: npm is not installed (Debian's package npm)");
    return;
  }
  const Scratch scratch;
  const std::string folder = scratch.file("vscode");
  std::filesystem::copy(std::string(RDD_SOURCE_DIR) + "/editors/vscode", folder,
                        std::filesystem::copy_options::recursive);
  const Finished packed = run({"npm", "pack", "--json", "--offline"}, "", folder);
  CAPTURE(packed.errors);
  REQUIRE(packed.status == 0);
  const auto listing = nlohmann::json::parse(packed.output);
  std::set<std::string> files;
  for (const auto& package : listing)  // a list, or in later versions of npm an object by name
    for (const auto& file : package.at("files")) files.insert(file.at("path").get<std::string>());
  CHECK(files == std::set<std::string>{"README.md", "extension.js", "language-configuration.json", "package.json",
                                       "syntaxes/rdd.markdown.tmLanguage.json", "syntaxes/rdd.tmLanguage.json"});
  const Finished checked = run({"node", "--check", folder + "/extension.js"});
  CAPTURE(checked.errors);
  CHECK(checked.status == 0);
}
