// The installed package, as somebody else's project meets it: installed, moved, and found by CMake.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

// The warnings a careful project turns on.
const std::string strict = "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror";

Finished must(const Finished& finished) {
  INFO(finished.output);
  INFO(finished.errors);
  REQUIRE(finished.status == 0);
  return finished;
}

Finished cmake(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RDD_TEST_CMAKE);
  return run(arguments, "", ".", 800);
}

// The numbers that follow a word, wherever it stands.
std::vector<double> numbers_after(const std::string& text, const std::string& word) {
  std::vector<double> found;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    found.push_back(std::stod(text.substr(at + word.size())));
  return found;
}

// One installation for all cases. It is moved after it was made, so that no path of its first place can matter.
const fs::path& installed() {
  static const Scratch scratch;
  static const fs::path prefix = [] {
    must(cmake({"--install", RDD_BINARY_DIR, "--prefix", scratch.file("first")}));
    fs::rename(scratch.path() / "first", scratch.path() / "moved");
    return scratch.path() / "moved";
  }();
  return prefix;
}

}  // namespace

TEST_CASE("the example builds against the installed package alone, and its numbers are right") {
  const fs::path prefix = installed();
  const Scratch scratch;
  fs::copy(std::string(RDD_SOURCE_DIR) + "/examples/embed", scratch.path() / "embed", fs::copy_options::recursive);
  const std::string source = scratch.file("embed"), build = scratch.file("build");
  must(cmake({"-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix.string(), strict,
              "-DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON",
              "-DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON"}));
  must(cmake({"--build", build}));

  // D = Γ a² of a walk with four jumps of rate Γ = ν exp(-E/kT).
  const Finished walk = must(run({build + "/walk"}, "", scratch.path()));
  INFO(walk.output);
  const double kB = 1.380649e-23, eV = 1.602176634e-19;
  const auto D = numbers_after(walk.output, "D = ");
  REQUIRE(D.size() == 2);
  const double temperatures[] = {600, 900};
  for (std::size_t i = 0; i < 2; ++i) {
    const double closed_form = 5e12 * std::exp(-0.4 * eV / (kB * temperatures[i])) * 0.3e-9 * 0.3e-9;
    CHECK(D[i] == rdd::test::approx(closed_form).epsilon(1e-11));
  }
  // Walls ten widths away: the variance grows by 2 D t.
  const auto growth = numbers_after(walk.output, "variance grew by "),
             expected = numbers_after(walk.output, "2 D t = ");
  REQUIRE(growth.size() == 1);
  CHECK(expected.at(0) == rdd::test::approx(2 * D[0] * 50e-9).epsilon(1e-6));
  CHECK(growth[0] == rdd::test::approx(expected[0]).epsilon(1e-3));
  CHECK(walk.output.find("E_mgi") != std::string::npos);
  CHECK(walk.output.find("did you mean `E_mig`?") != std::string::npos);

  // The class steps through the same fields as `rdd run`: the same file, byte for byte.
  const Finished crowdion = must(run({build + "/crowdion"}, "", scratch.path()));
  INFO(crowdion.output);
  const fs::path elsewhere = scratch.path() / "run";
  fs::create_directory(elsewhere);
  must(run({prefix / "bin/rdd", "run", source + "/crowdion.rdd", "--quiet"}, "", elsewhere));
  for (const char* name : {"relax.h5", "relax.probes.csv"})
    CHECK(read_file(scratch.path() / name) == read_file(elsewhere / name));
  CHECK(read_file(scratch.path() / "relax.h5").size() > 1000);
  // What was given as a function of the place is the whole of it at first, and leaves through the walls.
  const auto left = numbers_after(crowdion.output, "left: ");
  REQUIRE(left.size() == 1);
  CHECK(left[0] == rdd::test::approx(1).epsilon(1e-4));

  // A file the model uses changes: the class is written again. A mistake stops the build with rdd's words.
  const std::string header = build + "/rdd/crowdion/crowdion.hpp", before = read_file(header);
  std::ofstream(source + "/barriers.rdd", std::ios::app) << "# a remark\n";
  must(cmake({"--build", build, "--target", "crowdion"}));
  CHECK(read_file(header) != before);
  std::ofstream(source + "/barriers.rdd", std::ios::app) << "param E_bad = 1 eV * nmm\n";
  const Finished broken = cmake({"--build", build, "--target", "crowdion"});
  CHECK(broken.status != 0);
  CHECK((broken.output + broken.errors).find("barriers.rdd:6:22") != std::string::npos);
}

TEST_CASE("the installed command compiles kernels and builds programs, wherever it was moved") {
  const fs::path prefix = installed();
  const Scratch scratch;
  const std::string model = std::string(RDD_SOURCE_DIR) + "/examples/embed/crowdion.rdd";
  must(run({prefix / "bin/rdd", "run", model, "--solve", "absorb", "--quiet", "-o", "ours.h5"}, "", scratch.path()));
  must(run({prefix / "bin/rdd", "build", model, "--solve", "absorb", "-o", "program"}, "", scratch.path()));
  must(run({scratch.file("program"), "--quiet", "--output", "theirs.h5"}, "", scratch.path()));
  CHECK(read_file(scratch.path() / "ours.h5") == read_file(scratch.path() / "theirs.h5"));
}

TEST_CASE("a program written as a project builds with the installed runtime alone, and does what `rdd run` does") {
  const fs::path prefix = installed();
  const Scratch scratch;
  const std::string model = std::string(RDD_SOURCE_DIR) + "/examples/embed/crowdion.rdd";
  must(run({prefix / "bin/rdd", "run", model, "--solve", "absorb", "--quiet", "-o", "ours.h5"}, "", scratch.path()));
  must(run({prefix / "bin/rdd", "emit", model, "--solve", "absorb", "--cpp", "project"}, "", scratch.path()));
  for (const char* name : {"crowdion.cpp", "CMakeLists.txt", "README.md"})
    CHECK(fs::exists(scratch.path() / "project" / name));
  must(cmake({"-S", scratch.file("project"), "-B", scratch.file("build"), "-G", "Ninja",
              "-DCMAKE_PREFIX_PATH=" + prefix.string(), strict}));
  must(cmake({"--build", scratch.file("build")}));
  must(run({scratch.file("build/crowdion"), "--quiet", "--output", "theirs.h5"}, "", scratch.path()));
  CHECK(read_file(scratch.path() / "ours.h5") == read_file(scratch.path() / "theirs.h5"));
}

TEST_CASE("the runtime is a package of its own, without the language, libfmt, Boost or LLVM") {
  const fs::path prefix = installed();
  const Scratch scratch;
  scratch.write("CMakeLists.txt",
                "cmake_minimum_required(VERSION 3.25)\nproject(alone LANGUAGES CXX)\n"
                "find_package(rdd 0.1 CONFIG REQUIRED COMPONENTS runtime)\n"
                "add_executable(alone alone.cpp)\ntarget_link_libraries(alone PRIVATE rdd::runtime)\n"
                "if(TARGET rdd::lang)\n  message(FATAL_ERROR \"the language came along\")\nendif()\n");
  // A walk to the right only, at 3 /s over 2 m: v = 6 m/s, D = 6 m^2/s.
  scratch.write("alone.cpp",
                "#include <cstdio>\n"
                "#include \"runtime/network/rate_network.hpp\"\n"
                "#include \"runtime/reduction/reduction.hpp\"\n"
                "#include \"runtime/spectrum/bloch.hpp\"\n"
                "int main() {\n"
                "  rdd::NetworkParts parts;\n"
                "  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.0);\n"
                "  parts.states = {\"X\"};\n"
                "  parts.hops = {{0, 0, {1, 0, 0}, 3.0, -1}};\n"
                "  const rdd::RateNetwork network = rdd::make_network(parts);\n"
                "  const rdd::Transport found = rdd::transport(rdd::BlochOperator(network));\n"
                "  std::printf(\"%g %g\\n\", found.velocity(0), found.diffusion(0, 0));\n"
                "}\n");
  std::vector<std::string> configure{
      "-S",  scratch.path(), "-B", scratch.file("build"), "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix.string(),
      strict};
  for (const char* name : {"fmt", "Boost", "LLVM", "nlohmann_json"})
    configure.push_back(std::string("-DCMAKE_DISABLE_FIND_PACKAGE_") + name + "=ON");
  must(cmake(configure));
  must(cmake({"--build", scratch.file("build")}));
  CHECK(must(run({scratch.file("build/alone")})).output == "6 6\n");
}
