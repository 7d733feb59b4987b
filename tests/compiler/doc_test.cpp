// `rdd doc`: what it prints, to people and to programs.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

Finished doc(std::vector<std::string> arguments) {
  std::vector<std::string> command{rdd_command(), "doc"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

const std::filesystem::path library = std::filesystem::path(RDD_SOURCE_DIR) / "stdlib";

}  // namespace

TEST_CASE("a module is printed as it is written") {
  const Finished printed = doc({"std.lattices.bcc"});
  CHECK(printed.status == 0);
  CHECK(printed.errors == "");
  CHECK(printed.output == read_file(library / "lattices/bcc.rdd"));
  CHECK(doc({"std.rates"}).output == read_file(library / "rates.rdd"));
}

TEST_CASE("all modules are listed under their folders, without colours where nobody looks") {
  const Finished all = doc({});
  CHECK(all.status == 0);
  CHECK_FALSE(says(all.output, "\x1b"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(library)) {
    if (entry.path().extension() != ".rdd") continue;
    const std::string folder =
        entry.path().parent_path() == library ? "std" : "std." + entry.path().parent_path().filename().string();
    CAPTURE(entry.path().string());
    const std::size_t head = ("\n" + all.output).find("\n" + folder + "\n");
    REQUIRE(head != std::string::npos);
    const std::string part = all.output.substr(head, all.output.find("\n\n", head) - head);
    CHECK(says(part + " ", "\n  " + entry.path().stem().string() + " "));
  }
  const Finished folder = doc({"std.translations"});
  CHECK(folder.output ==
        "std.translations\n"
        "  all      All cells that touch a cell, by a face, an edge or a corner: every component is -1, 0 or 1.\n"
        "  faces    The neighbours across the faces of a cell: one step along one lattice vector.\n"
        "  nearest  Nearest neighbours on lattices whose primitive vectors are not orthogonal, for one site a cell.\n");
}

TEST_CASE("programs get one JSON object") {
  const auto module = nlohmann::json::parse(doc({"std.defects.vacancy_bcc", "--json"}).output);
  CHECK(module["name"] == "std.defects.vacancy_bcc");
  CHECK(module["text"] == read_file(library / "defects/vacancy_bcc.rdd"));
  CHECK(module["declarations"][2]["kind"] == "param");
  CHECK(module["declarations"][2]["name"] == "E_mig");
  CHECK(module["declarations"][2]["comment"] == "migration barrier");
  const auto list = nlohmann::json::parse(doc({"--json", "std.environments"}).output);
  CHECK(list["modules"].size() == 4);
  CHECK(list["modules"][0]["name"] == "std.environments.bulk");
  CHECK(list["modules"][0]["folder"] == "std.environments");
}

TEST_CASE("an unknown name gets the nearest, and status 2") {
  const Finished misspelt = doc({"std.latices.bcc"});
  CHECK(misspelt.status == 2);
  CHECK(misspelt.output == "");
  CHECK(says(misspelt.errors, "error[E0306]"));
  CHECK(says(misspelt.errors, "did you mean `std.lattices.bcc`?"));
  CHECK(says(doc({"vacancy_bcc"}).errors, "did you mean `std.defects.vacancy_bcc`?"));
  CHECK(doc({"elephant"}).status == 2);
  CHECK(doc({"std.rates", "std.groups"}).status == 2);
}
