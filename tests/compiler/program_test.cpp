// Programs made by `rdd build`: emit_program, build_program, and what `rdd run` writes beside them.
#include <sstream>

#include "compiler/program/build_program.hpp"
#include "compiler/program/emit_program.hpp"
#include "tests/support/model.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

const std::string walled = R"(model walled
temperature 600 K
lattice { vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]] }
states { X weight 1; Y weight 1 }
rates {
  X <-> X by [1, 0] : arrhenius(5 THz, 0.05 eV)
  Y <-> Y by [0, 1] : arrhenius(5 THz, 0.05 eV)
  X <-> Y : arrhenius(5 THz, 0.45 eV)
}
solve periodic_box {
  domain [60 nm, 50 nm]; grid [30, 24]
  initial X = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  until 1 ns; every 0.25 ns; output "box.h5"
  probe width = variance(x); probe there = at([30 nm, 20 nm], X)
}
solve walls {
  domain [60 nm, 50 nm]; grid [31, 24]
  boundary x: absorbing, y: reflecting
  initial all = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  until 1 ns; every 0.5 ns; output "walls.h5"
  probe left = integral(all)
}
solve tube {
  domain [60 nm, 50 nm]; grid [20, 24]
  boundary y: reflecting
  initial Y = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  until 1 ns; output "tube.h5"
}
)";

}  // namespace

TEST_CASE("a built program writes the same bytes as `rdd run`, and needs neither LLVM, Boost nor a library of ours") {
  const Scratch here, there;
  const std::string model = here.write("walled.rdd", walled);
  const std::string program = there.file("solver");
  const Finished built = run({rdd_command(), "build", model, "-o", program});
  INFO(built.errors);
  REQUIRE(built.status == 0);

  const Finished ours = run({rdd_command(), "run", model}, "", here.path());
  INFO(ours.errors);
  REQUIRE(ours.status == 0);
  const Finished theirs = run({program}, "", there.path());
  INFO(theirs.errors);
  REQUIRE(theirs.status == 0);
  for (const char* name :
       {"box.h5", "box.xdmf", "box.probes.csv", "walls.h5", "walls.xdmf", "walls.probes.csv", "tube.h5"}) {
    CAPTURE(name);
    const std::string first = read_file(here.path() / name), second = read_file(there.path() / name);
    CHECK(first.size() > 0);
    CHECK(first == second);
  }
  const Finished libraries = run({"ldd", program});
  CHECK(libraries.output.find("LLVM") == std::string::npos);
  CHECK(libraries.output.find("boost") == std::string::npos);
  CHECK(libraries.output.find("rdd") == std::string::npos);

  CHECK(run({program, "--help"}).output.find("--until") != std::string::npos);
  CHECK(run({program, "--version"}).output.find("walled") != std::string::npos);
  CHECK(run({program, "--until", "-3"}).status == 2);
  CHECK(run({program, "--what"}).status == 2);
}

TEST_CASE("a program is written whole or not at all") {
  const Scratch scratch;
  CHECK_THROWS_AS(build_program("int main( {", scratch.file("broken"), {}), BuildError);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "broken"));
  CHECK(std::filesystem::is_empty(scratch.path()));
  CHECK_THROWS_AS(build_program("int main() {}", scratch.file("none/where"), {}), BuildError);
  BuildOptions absent;
  absent.compiler = "no-such-compiler";
  CHECK_THROWS_AS(build_program("int main() {}", scratch.file("p"), absent), BuildError);
}

TEST_CASE("the same input gives the same bytes, for any number of threads") {
  const Scratch one, two;
  const std::string model = one.write("walled.rdd", walled);
  REQUIRE(run({rdd_command(), "run", model, "--threads", "1"}, "", one.path()).status == 0);
  REQUIRE(run({rdd_command(), "run", model, "--threads", "3"}, "", two.path()).status == 0);
  for (const char* name : {"box.h5", "walls.h5", "walls.probes.csv"})
    CHECK(read_file(one.path() / name) == read_file(two.path() / name));
}
