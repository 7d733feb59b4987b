// --werror and --no-warn, and where colours are.
#include <doctest/doctest.h>

#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

/// Warns of broken detailed balance, W0401, as soon as its network is made.
const char* const driven = R"(model driven
lattice { vectors [[1 nm]] }
states { A weight 1; B weight 1; C weight 1 }
rates {
  A -> B         : 6 /s
  B -> A         : 1 /s
  B <-> C        : 1 /s
  C <-> A        : 1 /s
  A <-> A by [1] : 1 /s
}
solve s { domain [900 nm]; initial A = gaussian(center = [450 nm], sigma = 90 nm); until 1 s; output "s.h5" }
)";

/// Warns of a missing gap, W0502, when it is analysed, and of a coarse grid, W0601, when it is solved.
const char* const even = R"(model even
lattice { vectors [[1 nm]] }
states { A weight 1; B weight 1; C weight 1; D weight 1 }
rates {
  A <-> B        : 1 /s
  B <-> C        : 1.5 /s
  C <-> D        : 1 /s
  D <-> A by [1] : 1.5 /s
}
reduce { bands 2 }
solve s { domain [900 nm]; spacing 90 nm; initial A = gaussian(center = [450 nm], sigma = 30 nm); until 1 s; output "s.h5" }
)";

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("--werror takes warnings for errors: all of them, or those of the codes it names") {
  const Scratch scratch;
  scratch.write("m.rdd", driven);
  const auto check = [&](const std::string& options) { return shell("rdd check m.rdd " + options, scratch.path()); };
  CHECK(check("").status == 0);
  CHECK(says(check("").errors, "warning[W0401]"));
  for (const char* options :
       {"--werror", "--werror=W0401", "--werror=w0401", "--werror=W0502 --werror=W0401", "--werror=all"}) {
    CAPTURE(options);
    const Finished finished = check(options);
    CHECK(finished.status == 1);
    CHECK(finished.output.empty());
    CHECK(says(finished.errors, "error[W0401]"));
    CHECK(says(finished.errors, "because of --werror"));
  }
  CHECK(check("--werror=W0502").status == 0);
  CHECK(says(check("--werror=W0502").errors, "warning[W0401]"));
  const Finished json = check("--json --werror");
  CHECK(json.status == 1);
  CHECK(says(json.output, R"("code":"W0401","severity":"error")"));
  CHECK(shell("rdd check --werror m.rdd", scratch.path()).status == 1);  // the file is not its argument
}

TEST_CASE("--no-warn silences a warning, also for --werror") {
  const Scratch scratch;
  scratch.write("m.rdd", driven);
  const auto check = [&](const std::string& options) { return shell("rdd check m.rdd " + options, scratch.path()); };
  for (const char* options : {"--no-warn W0401", "--no-warn w0401", "--no-warn W0401 --no-warn W0501", "--no-warn all",
                              "--werror --no-warn W0401", "--no-warn W0401 --werror=W0401"}) {
    CAPTURE(options);
    CHECK(check(options).status == 0);
    CHECK(check(options).errors.empty());
  }
  CHECK(says(check("--no-warn W0502").errors, "warning[W0401]"));
}

TEST_CASE("a code that is no warning's ends with status 2") {
  const Scratch scratch;
  scratch.write("m.rdd", driven);
  const auto check = [&](const std::string& options) { return shell("rdd check m.rdd " + options, scratch.path()); };
  for (const char* option : {"--werror=", "--no-warn "}) {
    CAPTURE(option);
    const Finished misspelt = check(option + std::string("W0410"));
    CHECK(misspelt.status == 2);
    CHECK(says(misspelt.errors, "did you mean W0401?"));
    const Finished error = check(option + std::string("E0203"));
    CHECK(error.status == 2);
    CHECK(says(error.errors, "E0203 is an error"));
  }
}

TEST_CASE("with --werror every command stops where it warns, prints no result and writes no file") {
  const Scratch scratch;
  scratch.write("driven.rdd", driven);
  scratch.write("even.rdd", even);
  scratch.write("rates.csv", "from,to,tx,rate\nA,B,0,1\nB,A,1,1\n");
  for (const char* command :
       {"run driven.rdd", "emit driven.rdd --emit network", "query driven.rdd -e diffusion",
        "build driven.rdd -o solver", "run even.rdd --no-warn W0502", "run even.rdd --no-warn W0601",
        "query even.rdd -e clusters", "export driven.rdd -o driven.json", "import rates.csv",
        "emit even.rdd --emit pde", "build even.rdd -o solver"}) {
    CAPTURE(command);
    const Finished finished = shell(std::string("rdd ") + command + " --werror", scratch.path());
    CHECK(finished.status == 1);
    CHECK(finished.output.empty());
    CHECK(says(finished.errors, "error[W0"));
    CHECK_FALSE(std::filesystem::exists(scratch.file("s.h5")));
    for (const char* file : {"solver", "driven.json", "rates.rdd"})
      CHECK_FALSE(std::filesystem::exists(scratch.file(file)));
  }
  const Finished warned = shell("rdd run even.rdd --werror=W0401", scratch.path());
  CHECK(warned.status == 0);
  CHECK(says(warned.errors, "warning[W0502]"));
  CHECK(says(warned.errors, "warning[W0601]"));
  CHECK(std::filesystem::exists(scratch.file("s.h5")));
}

TEST_CASE("every command that reports diagnostics has both options, and its help says so") {
  for (const char* command : {"check", "run", "query", "repl", "build", "emit", "export", "import"}) {
    CAPTURE(command);
    const std::string help = shell("rdd " + std::string(command) + " --help").output;
    CHECK(says(help, "--werror=CODE"));
    CHECK(says(help, "--no-warn CODE"));
  }
}

TEST_CASE("colours are on a terminal only, and off with NO_COLOR") {
  const Scratch scratch;
  scratch.write("m.rdd", driven);
  scratch.write("wrong.rdd", "model m\nparam a = 1 eV + 1 nm\n");
  const auto coloured = [&](const std::string& line) { return says(on_terminal(line, scratch.path()), "\x1b["); };
  CHECK(says(on_terminal("env -u NO_COLOR rdd check wrong.rdd", scratch.path()), "\x1b[1;31merror[E0203]\x1b[0m"));
  for (const char* command : {"rdd check wrong.rdd", "rdd check m.rdd", "rdd explain E0203", "rdd explain E9999"}) {
    CAPTURE(command);
    CHECK(coloured(std::string("env -u NO_COLOR ") + command));
    CHECK(coloured(std::string("NO_COLOR= ") + command));
    CHECK_FALSE(coloured(std::string("NO_COLOR=1 ") + command));
    CHECK_FALSE(coloured(std::string("env -u NO_COLOR ") + command + " 2>&1 | cat"));
    CHECK_FALSE(coloured(std::string("env -u NO_COLOR ") + command + " --json"));
  }
}

TEST_CASE("five independent mistakes of a file are five lines of JSON") {
  const Scratch scratch;
  scratch.write("five.rdd", R"(model five
temperature 600 K
param E = 0.4 ev
lattice { vectors [[1 nm]] }
states { A weight 1; B weight 1 }
rates {
  A <-> B        : arrhenius(5 THz, 0.4)
  A <-> C by [1] : 1 /s
  B <-> B        : 1 /s
}
reduce { order 3 }
)");
  const Finished finished = shell("rdd check --json five.rdd", scratch.path());
  CHECK(finished.status == 1);
  std::size_t lines = 0;
  for (const char* code : {"E0205", "E0203", "E0213", "E0217", "E0221"})
    CHECK(says(finished.output, std::string("{\"code\":\"") + code + "\""));
  for (const char c : finished.output) lines += c == '\n';
  CHECK(lines == 5);
}
