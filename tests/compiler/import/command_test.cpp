// `rdd import` as a user meets it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

const std::string data = std::string(RDD_SOURCE_DIR) + "/tests/data/";

Finished rdd_with(const std::vector<std::string>& arguments, const fs::path& directory = ".") {
  std::vector<std::string> command{rdd_command()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, "", directory);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("golden: imported files become exactly these models, and `rdd check` and `rdd fmt` agree with them") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> commands{
      {"vacancy", {data + "formats/MarkovModel_vacFe_15min.xml"}},
      {"dumbbell", {data + "formats/MarkovModel_dumbbell.xml"}},
      {"network32", {data + "formats/32state.min.data"}},
      {"fcc_oct_tet", {data + "formats/fcc_oct_tet.yaml", "--temperature", "300 K"}},
      {"hcp_oct_tet", {data + "formats/hcp_oct_tet.yaml", "--temperature", "0.1 eV"}},
      {"carbon", {data + "networks/interstitial.json", "--select", "FeC_bcc_oct_real", "--length-unit", "nm"}},
      {"oblique", {data + "networks/interstitial.json", "--select", "oblique2d_p1_M4b"}},
  };
  for (const auto& [name, arguments] : commands) {
    CAPTURE(name);
    const Scratch folder;
    std::vector<std::string> command{"import", "-o", name + ".rdd"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Finished finished = rdd_with(command, folder.path());
    CAPTURE(finished.errors);
    REQUIRE(finished.status == 0);
    const fs::path expected = std::string(RDD_SOURCE_DIR) + "/tests/golden/import/" + name + ".rdd";
    const std::string written = read_file(folder.file(name + ".rdd"));
    if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(expected) << written;
    INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R import, then read the git diff");
    CHECK(written == read_file(expected));
    const int checked = rdd_with({"check", name + ".rdd"}, folder.path()).status;
    CHECK(checked == (name == "network32" ? 1 : 0));  // nothing moves in that one
    CHECK(rdd_with({"fmt", "--check", name + ".rdd"}, folder.path()).status == 0);
  }
}

TEST_CASE("a model is called after its file, and stands where the command is run") {
  const Scratch folder;
  REQUIRE(rdd_with({"import", data + "formats/MarkovModel_vacFe_15min.xml"}, folder.path()).status == 0);
  CHECK(says(read_file(folder.file("MarkovModel_vacFe_15min.rdd")), "\nmodel MarkovModel_vacFe_15min\n"));
}

TEST_CASE("the second file is found by its name, or named") {
  const Scratch folder;
  const std::string minima = folder.write("a.min.data", "0 1 1 1 1 1\n0.1 1 1 1 1 1\n");
  const Finished lonely = rdd_with({"import", minima}, folder.path());
  CHECK(lonely.status == 2);
  CHECK(says(lonely.errors, "a.ts.data"));
  CHECK(says(lonely.errors, "--transitions"));
  const std::string saddles = folder.write("elsewhere", "0.5 1 1 1 2 1 1 1\n");
  const Finished named = rdd_with({"import", minima, "--transitions", saddles}, folder.path());
  CHECK(named.status == 0);
  CHECK(says(named.errors, "W0301"));
  folder.write("a.ts.data", "0.5 1 1 1 2 1 1 1\n");
  CHECK(rdd_with({"import", folder.file("a.ts.data")}, folder.path()).status == 0);
}

TEST_CASE("what cannot be imported leaves the model that was there alone") {
  const Scratch folder;
  folder.write("good.rdd", "precious");
  for (const auto& [text, status] : std::vector<std::pair<std::string, int>>{{"<MarkovModel></MarkovModel>", 1}, {"Dear reader\n", 1},
                                     {"", 1}, {"{", 1}}) {
    CAPTURE(text);
    const Finished finished = rdd_with({"import", folder.write("bad", text), "-o", "good.rdd"}, folder.path());
    CHECK(finished.status == status);
    CHECK(says(finished.errors, "error[E03"));
    CHECK(read_file(folder.file("good.rdd")) == "precious");
  }
  CHECK(rdd_with({"import", folder.file("absent.xml")}, folder.path()).status == 2);
  CHECK(rdd_with({"import", data + "formats/32state.min.data", "-o", "/proc/none/m.rdd"}).status == 2);
}

TEST_CASE("options that make no sense are the command line's mistake") {
  const std::string file = data + "formats/32state.min.data";
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--temperature", "300"},
                                             {"--temperature", "-300 K"},
                                             {"--temperature", "300 K +"},
                                             {"--lattice", "[[1]"},
                                             {"--lattice", "[[1 eV]]"},
                                             {"--lattice", "[1, 2]"},
                                             {"--lattice", "[[1], [2]]"},
                                             {"--length-unit", "eV"},
                                             {"--energy-unit", "3"},
                                             {"--time-unit", "fortnight"},
                                             {"--format", "poem"},
                                             {"-o", "model.txt"}}) {
    CAPTURE(options[0]);
    CAPTURE(options[1]);
    std::vector<std::string> command{"import", file};
    command.insert(command.end(), options.begin(), options.end());
    CHECK(rdd_with(command, Scratch().path()).status == 2);
  }
}
