// `rdd explain` and its pages, docs/errors/: each example is run and must print what its page shows, each mend is made
// and must cure it. CONTRIBUTING.md says how a page is written; RDD_UPDATE_GOLDEN=1 writes the outputs.
#include "lang/explanation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

const fs::path folder = std::string(RDD_SOURCE_DIR) + "/docs/errors";

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  Lines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

fs::path page_of(Code code) {
  return folder / (std::string(number(code)) + ".md");
}

std::string tag(Code code) {
  return "[" + std::string(number(code)) + "]";
}

/// The lines of a diff without their first column: those that are there before it (' ', '-') or after it (' ', '+').
Lines side(const Lines& diff, char mark) {
  Lines lines;
  for (const std::string& line : diff)
    if (line.front() == ' ' || line.front() == mark) lines.push_back(line.substr(1));
  return lines;
}

/// Makes a diff in the one place of a file where its old lines stand.
void make_change(const Lines& diff, const fs::path& file) {
  Lines text = lines_of(read_file(file));
  const Lines before = side(diff, '-'), after = side(diff, '+');
  const auto at = std::search(text.begin(), text.end(), before.begin(), before.end());
  INFO("the old lines of the diff:\n" << joined(before));
  REQUIRE(at != text.end());
  CHECK(std::search(at + 1, text.end(), before.begin(), before.end()) == text.end());
  text.insert(text.erase(at, at + static_cast<std::ptrdiff_t>(before.size())), after.begin(), after.end());
  std::ofstream(file) << joined(text);
}

/// Commands of a `console` block, the lines that begin with "$ ".
Lines commands_of(const Passage& console) {
  Lines commands;
  for (const std::string& line : lines_of(console.text))
    if (line.starts_with("$ ")) commands.push_back(line.substr(2));
  return commands;
}

/// Does in a folder what the blocks of a section say: files are written, diffs made, `sh` lines run. Returns the
/// commands of its `console` block, if there is one.
std::optional<Lines> follow(std::string_view section, const Scratch& scratch) {
  std::optional<Lines> commands;
  for (const Passage& passage : passages(section)) {
    if (!passage.code) continue;
    const std::string file(passage.file.empty() ? "model.rdd" : passage.file);
    if (passage.language == "console") {
      commands = commands_of(passage);
    } else if (passage.language == "sh") {
      for (const std::string& line : lines_of(passage.text)) CHECK(shell(line, scratch.path()).status == 0);
    } else if (passage.language == "diff") {
      make_change(lines_of(passage.text), scratch.path() / file);
    } else {
      scratch.write(file, std::string(passage.text));
    }
  }
  return commands;
}

/// What the commands print, one after the other, and the exit status of the last.
struct Shown {
  std::string text;
  int status = 0;
};
Shown show(const Lines& commands, const Scratch& scratch) {
  Shown shown;
  for (const std::string& command : commands) {
    const Finished finished = shell(command, scratch.path());
    shown.text += finished.output + finished.errors;
    shown.status = finished.status;
  }
  return shown;
}

std::string transcript(const Lines& commands, const std::string& shown) {
  std::string text;
  for (const std::string& command : commands) text += "$ " + command + "\n";
  return text + shown;
}

}  // namespace

TEST_CASE("every code has a page, under its number and meaning, with the four sections") {
  for (const Code code : codes()) {
    CAPTURE(number(code));
    const std::string text = read_file(page_of(code));
    CHECK(text.starts_with("# " + std::string(number(code)) + ": " + std::string(meaning(code)) + "\n"));
    CHECK(read_explanation(text).has_value());
    CHECK(explanation(code).has_value());
    CHECK(std::count(text.begin(), text.end(), '#') >= 5);
    for (const Passage& passage : passages(text))
      if (!passage.code)
        for (const std::string& line : lines_of(passage.text)) CHECK(line.size() <= 120);
  }
}

TEST_CASE("there is no page but those of codes, and README.md lists them with their meanings") {
  std::string index = "# Errors and warnings\n\n";
  index += "Every diagnostic of rdd has a code that stays. `rdd explain CODE` prints these pages.\n\n";
  index += "| code | meaning |\n| --- | --- |\n";
  for (const Code code : codes()) {
    const std::string name(number(code));
    index += "| [" + name + "](" + name + ".md) | " + std::string(meaning(code)) + " |\n";
  }
  if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(folder / "README.md") << index;
  CHECK(read_file(folder / "README.md") == index);
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    CAPTURE(stem);
    CHECK((stem == "README" || code(stem).has_value()));
  }
}

TEST_CASE("the example of every page prints what the page shows, and the mend cures it") {
  for (const Code code : codes()) {
    CAPTURE(number(code));
    const std::string page = read_file(page_of(code));
    const auto explained = read_explanation(page);
    REQUIRE(explained.has_value());

    const Scratch before;
    follow(explained->example, before);
    const auto output = passages(explained->output);
    REQUIRE(output.size() == 1);
    const Lines commands = commands_of(output.front());
    const Shown shown = show(commands, before);
    CHECK(shown.text.find(tag(code)) != std::string::npos);
    const std::string expected = transcript(commands, shown.text);
    INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R explain, then read the git diff");
    if (std::getenv("RDD_UPDATE_GOLDEN")) {
      const auto at = static_cast<std::size_t>(output.front().text.data() - page.data());
      std::ofstream(page_of(code)) << page.substr(0, at) + expected + page.substr(at + output.front().text.size());
    } else {
      CHECK(output.front().text == expected);
    }

    const Scratch after;
    follow(explained->example, after);
    const Shown mended = show(follow(explained->mend, after).value_or(commands), after);
    CAPTURE(mended.text);
    CHECK(mended.text.find("[E") == std::string::npos);
    CHECK(mended.text.find("[W") == std::string::npos);
    CHECK(mended.status == 0);
  }
}

TEST_CASE("`rdd explain` prints a page without Markdown's marks, and takes small letters") {
  const Finished page = shell("rdd explain e0203");
  CHECK(page.status == 0);
  CHECK(page.output == shell("rdd explain E0203").output);
  CHECK(page.output.starts_with("error[E0203]: a quantity has another physical dimension than its place asks for\n\n"));
  for (const char* heading : {"\nExample\n", "\nOutput\n", "\nMend\n", "    model walker\n"})
    CHECK(page.output.find(heading) != std::string::npos);
  CHECK(page.output.find("```") == std::string::npos);
  CHECK(page.output.find("##") == std::string::npos);
  CHECK(page.output.find('\x1b') == std::string::npos);
  CHECK(shell("rdd explain W0401").output.starts_with("warning[W0401]"));
}

TEST_CASE("`rdd explain` alone lists every code with its meaning") {
  std::string expected;
  for (const Code code : codes()) expected += std::string(number(code)) + "  " + std::string(meaning(code)) + "\n";
  CHECK(shell("rdd explain").output == expected);
  const auto json = nlohmann::json::parse(shell("rdd explain --json").output);
  CHECK(json["codes"].size() == codes().size());
  CHECK(json["codes"][0]["code"] == "E0101");
}

TEST_CASE("`rdd explain --json` is one object on one line with the sections as Markdown") {
  for (const Code code : codes()) {
    CAPTURE(number(code));
    const Finished finished = shell("rdd explain --json " + std::string(number(code)));
    CHECK(std::count(finished.output.begin(), finished.output.end(), '\n') == 1);
    const auto json = nlohmann::json::parse(finished.output);
    CHECK(json["code"] == std::string(number(code)));
    CHECK(json["meaning"] == std::string(meaning(code)));
    CHECK(json["severity"] == (severity(code) == Severity::error ? "error" : "warning"));
    CHECK(json["cause"] == std::string(explanation(code)->cause));
    for (const char* section : {"example", "output", "mend"}) CHECK_FALSE(json[section].get<std::string>().empty());
  }
}

TEST_CASE("an unknown code ends with status 2 and names the nearest one") {
  const Finished unknown = shell("rdd explain E0299");
  CHECK(unknown.status == 2);
  CHECK(unknown.output.empty());
  CHECK(unknown.errors.find("error[E0806]") != std::string::npos);
  CHECK(unknown.errors.find("did you mean E0") != std::string::npos);
  CHECK(shell("rdd explain nonsense").status == 2);
  CHECK(shell("rdd explain E0203 E0204").status == 2);
}

TEST_CASE("a page is taken apart at its headings, and Markdown at its fences") {
  const auto page = read_explanation("# E1: x\n\n## Cause\n\nwhy\n\n## Example\n\n## Output\n\no\n\n## Mend\n\nm\n");
  REQUIRE(page.has_value());
  CHECK(page->cause == "why");
  CHECK(page->example.empty());
  CHECK(page->output == "o");
  CHECK(page->mend == "m");
  CHECK_FALSE(read_explanation("## Cause\n\nwhy\n").has_value());
  const auto parts = passages("prose\nmore\n\n```csv rates.csv\na,b\n\n1,2\n```\n\nend");
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].text == "prose\nmore");
  CHECK(parts[1].code);
  CHECK(parts[1].language == "csv");
  CHECK(parts[1].file == "rates.csv");
  CHECK(parts[1].text == "a,b\n\n1,2\n");
  CHECK_FALSE(parts[2].code);
}
