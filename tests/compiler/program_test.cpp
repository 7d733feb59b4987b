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
  method explicit
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
solve fed {
  domain [60 nm, 50 nm]; grid [24, 24]
  boundary x.low: value(coarse[0] = 1e-3 /nm^2 * sin(y / (8 nm))^2), x.high: absorbing(3 m/s), y: reflecting
  method explicit
  initial all = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  source X = exp(-x / (9 nm)) * 1e-3 /nm^2/ns where t < 0.5 ns
  react X + Y -> X : 1 nm^2/ns
  until 1 ns; output "fed.h5"
}
solve slow {
  domain [60 nm, 50 nm]; grid [20, 24]
  boundary x: absorbing, y: reflecting
  method implicit
  initial Y = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  sink Y = 1 /ns where x < 20 nm
  until 1 ns; output "slow.h5"
}
solve rest {
  domain [60 nm, 50 nm]; grid [20, 24]
  boundary x: absorbing, y: reflecting
  initial all = 0 /nm^2
  source Y = exp(-x / (9 nm)) * 1e-3 /nm^2/ns
  until steady; output "rest.h5"
}
solve mixed {
  domain [60 nm, 50 nm]; grid [20, 24]
  boundary x: absorbing, y: reflecting
  method imex
  initial Y = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  react X + Y -> X : 1 nm^2/ns
  until 1 ns; output "mixed.h5"
}
solve driven {
  domain [60 nm, 50 nm]; grid [24, 24]
  boundary x: absorbing, y: reflecting
  method explicit
  scheme limited
  initial Y = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  field T = 600 K + 50 K * x / (60 nm) * cos(t / (1 ns))
  field force = [0.01 eV/nm * sin(y / (9 nm)), 0 eV/nm]
  sink X = 1 /ns where x < 20 nm
  until 1 ns; output "driven.h5"
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
  for (const char* name : {"box.h5", "box.xdmf", "box.probes.csv", "walls.h5", "walls.xdmf", "walls.probes.csv",
                           "tube.h5", "fed.h5", "slow.h5", "rest.h5", "driven.h5", "mixed.h5"}) {
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

TEST_CASE("a program takes the parameters nothing compiled depends on, and says of the others why not") {
  const Scratch here, there;
  const std::string model = here.write("wide.rdd", R"(model wide
param E = 0.4 eV
param sigma = 4 nm in [1 nm, 8 nm]
param scale = 1
let   wide = 2*sigma
param place = wide + 12 nm
temperature 600 K
lattice { vectors [[0.3 nm]] }
states { X }
rates { X <-> X by [1] : arrhenius(5 THz, E) }
solve spread {
  domain [60 nm]; grid [60]
  initial X = gaussian(center = [place], sigma = wide)
  until scale*1 us; every scale*0.25 us; output "wide.h5"
  probe there = at([place], X)
}
)");
  const std::string program = there.file("solver");
  const Finished built = run({rdd_command(), "build", model, "-o", program});
  INFO(built.errors);
  REQUIRE(built.status == 0);
  const auto same = [&](const std::vector<std::string>& set, const std::vector<std::string>& set_in_si) {
    std::vector<std::string> ours{rdd_command(), "run", model}, theirs{program};
    for (const std::string& one : set) ours.insert(ours.end(), {"--set", one});
    for (const std::string& one : set_in_si) theirs.insert(theirs.end(), {"--set", one});
    REQUIRE(run(ours, "", here.path()).status == 0);
    const Finished finished = run(theirs, "", there.path());
    INFO(finished.errors);
    REQUIRE(finished.status == 0);
    for (const char* name : {"wide.h5", "wide.xdmf", "wide.probes.csv"})
      CHECK(read_file(here.path() / name) == read_file(there.path() / name));
  };
  same({}, {});
  same({"sigma=2 nm"}, {"sigma=2e-9"});
  same({"sigma=2 nm", "place=30 nm", "scale=0.5"}, {"sigma=2e-9", "place=3e-8", "scale=0.5"});

  const std::string help = run({program, "--help"}).output;
  CHECK(help.find("sigma        4e-09 m\n") != std::string::npos);
  CHECK(help.find("the reduction depends on it") != std::string::npos);
  const auto refused = [&](const std::string& setting) {
    const Finished finished = run({program, "--set", setting}, "", there.path());
    CHECK(finished.status == 2);
    return finished.errors;
  };
  CHECK(refused("E=6e-20").find("'E' cannot be set in this program: the reduction depends on it") != std::string::npos);
  CHECK(refused("T=700").find("the reduction depends on it") != std::string::npos);
  CHECK(refused("wide=1e-9").find("it follows from others") != std::string::npos);
  CHECK(refused("sigma=1").find("lies between 1e-09 m and 8e-09 m") != std::string::npos);
  CHECK(refused("sigma=4 nm").find("needs a number in m") != std::string::npos);
  CHECK(refused("sgima=1e-9").find("no parameter 'sgima'") != std::string::npos);
  CHECK(refused("scale=-1").find("the end time is -1e-06 s") != std::string::npos);
}

TEST_CASE("a program that is interrupted leaves a checkpoint, and goes on to the same bytes") {
  const Scratch scratch;
  const std::string model = scratch.write("walled.rdd", walled);
  const std::string program = scratch.file("solver");
  REQUIRE(run({rdd_command(), "build", model, "--solve", "walls", "-o", program}).status == 0);
  REQUIRE(run({program, "--until", "1e-6", "--every", "1e-8"}, "", scratch.path()).status == 0);
  const std::string whole = read_file(scratch.path() / "walls.h5");
  int interrupted = 0;
  for (const auto& [signal, status] : {std::pair{"INT", 130}, std::pair{"TERM", 143}}) {
    std::filesystem::remove(scratch.path() / "walls.h5");
    // A signal before the solve has begun ends the program as any other: then a little later.
    for (const char* after : {"0.05", "0.1", "0.2", "0.4", "0.8"}) {
      const Finished first = run(
          {"timeout", "--preserve-status", "--signal", signal, after, program, "--until", "1e-6", "--every", "1e-8"},
          "", scratch.path());
      if (first.errors.find("interrupted at t = ") == std::string::npos) continue;
      CHECK(first.status == status);
      CHECK(std::filesystem::exists(scratch.path() / "walls.checkpoint/state.h5"));
      const Finished refused = run({program, "--until", "1e-6", "--every", "1e-8"}, "", scratch.path());
      CHECK(refused.status == 2);
      CHECK(refused.errors.find("--restart") != std::string::npos);
      const Finished last = run({program, "--until", "1e-6", "--every", "1e-8", "--restart"}, "", scratch.path());
      CHECK(last.status == 0);
      CHECK(read_file(scratch.path() / "walls.h5") == whole);
      ++interrupted;
      break;
    }
  }
  MESSAGE(interrupted << " interruptions");
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

TEST_CASE("with --range a program follows parameters that the reduction depends on, to the error it tells") {
  const Scratch scratch;
  const std::string text = R"(model ranged
temperature 600 K
param E = 0.45 eV
lattice { vectors [[0.3 nm]] }
states { A energy 0 eV; B energy 0.05 eV }
rates {
  A <-> A by [1] : arrhenius(5 THz, 0.3 eV)
  B <-> B by [1] : arrhenius(5 THz, 0.4 eV)
  A <-> B : arrhenius(5 THz, E)
}
force [0.02 eV/nm]
reduce { bands 2 }
solve box {
  domain [90 nm]; grid [60]
  initial A = gaussian(center = [45 nm], sigma = 6 nm)
  until 10 ns; output "box.h5"; probe width = variance(x); probe there = integral(B)
}
solve walls {
  domain [90 nm]; grid [60]
  boundary absorbing
  method explicit
  tolerance 1e-9
  initial A = gaussian(center = [45 nm], sigma = 6 nm)
  until 10 ns; output "walls.h5"; probe left = integral(A); probe there = integral(B)
}
)";
  const std::string model = scratch.write("ranged.rdd", text), program = scratch.file("solver");
  const Finished built =
      run({rdd_command(), "build", model, "-o", program, "--range", "T=500 K..900 K", "--range", "E=0.4 eV..0.5 eV"});
  INFO(built.errors);
  REQUIRE(built.status == 0);
  const auto table = [&](const char* name) {
    std::istringstream lines(read_file(scratch.path() / name));
    std::string last;
    for (std::string line; std::getline(lines, line);) last = line;
    std::vector<double> numbers;
    std::istringstream cells(last);
    for (std::string cell; std::getline(cells, cell, ',');) numbers.push_back(std::stod(cell));
    return numbers;
  };
  // E in J, as a program takes it: 0.4806529902 eV.
  const Finished theirs = run({program, "--set", "T=820", "--set", "E=7.7009e-20"}, "", scratch.path());
  INFO(theirs.errors);
  REQUIRE(theirs.status == 0);
  const auto box = table("box.probes.csv"), walls = table("walls.probes.csv");
  REQUIRE(
      run({rdd_command(), "run", model, "--set", "T=820 K", "--set", "E=7.7009e-20 J"}, "", scratch.path()).status ==
      0);
  const auto our_box = table("box.probes.csv"), our_walls = table("walls.probes.csv");
  REQUIRE(box.size() == 3);
  REQUIRE(walls.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {  // rates times the time are of the order of a hundred: so is the error of 1e-6
    CHECK(box[i] == doctest::Approx(our_box[i]).epsilon(1e-4));
    CHECK(walls[i] == doctest::Approx(our_walls[i]).epsilon(1e-4));
  }
  const Finished outside = run({program, "--set", "T=400"}, "", scratch.path());
  CHECK(outside.status == 2);
  CHECK(outside.errors.find("'T' lies between 500 K and 900 K") != std::string::npos);

  const auto refused = [&](const std::string& from, const std::string& to, const std::string& range) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    const Finished finished =
        run({rdd_command(), "build", scratch.write("other.rdd", other), "-o", program, "--range", range});
    CHECK(finished.status == 1);
    return finished.errors;
  };
  CHECK(refused("method explicit", "source A = 2 * E / (1 eV) * 1 /nm/s", "E=0.4 eV..0.5 eV")
            .find("`E` cannot stay free") != std::string::npos);
  CHECK(refused("bands 2", "bands 1", "E=0.4 eV..0.5 eV").find("which is to stay free") != std::string::npos);
  CHECK(refused("bands 2", "bands 2", "E=0.5 eV..0.4 eV").find("the range is empty") != std::string::npos);
}
