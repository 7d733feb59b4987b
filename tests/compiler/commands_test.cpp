// The command line as a user meets it: exit statuses, and whatever can be given to it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

const std::string examples = std::string(RDD_SOURCE_DIR) + "/examples/";

Finished rdd_with(const std::vector<std::string>& arguments, const std::string& input = "",
                  const std::filesystem::path& directory = ".") {
  std::vector<std::string> command{rdd_command()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, input, directory);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("help lists the commands, and a wrong command line ends with status 2") {
  const Finished help = rdd_with({"--help"});
  CHECK(help.status == 0);
  for (const char* command : {"check", "run", "emit", "query", "repl", "build", "doc", "fmt", "lsp", "verify"})
    CHECK(says(help.output, command));
  for (const char* command : {"check", "run", "emit", "query", "repl", "build", "doc", "fmt", "lsp", "verify"})
    CHECK(rdd_with({command, "--help"}).status == 0);
  CHECK(rdd_with({}).status == 2);
  CHECK(rdd_with({"fly"}).status == 2);
  CHECK(rdd_with({"run"}).status == 2);
  CHECK(rdd_with({"run", "--threads", "none", examples + "crowdion.rdd"}).status == 2);
  CHECK(rdd_with({"emit", examples + "crowdion.rdd", "--emit", "poem"}).status == 2);
}

TEST_CASE("files that are no models: a diagnostic each, and the right status") {
  const Scratch scratch;
  const Finished absent = rdd_with({"check", scratch.file("absent.rdd")});
  CHECK(absent.status == 2);
  CHECK(says(absent.errors, "error[E0301]"));
  CHECK(says(absent.errors, "absent.rdd"));
  const Finished folder = rdd_with({"check", scratch.path().string()});
  CHECK(folder.status != 0);
  CHECK(says(folder.errors, "error[E"));
  CHECK(rdd_with({"check", scratch.write("empty.rdd", "")}).status == 1);
  const Finished binary = rdd_with({"check", rdd_command()});
  CHECK(binary.status == 1);
  CHECK(says(binary.errors, "error[E01"));
  CHECK(rdd_with({"check", scratch.write("bytes.rdd", "model x\nparam \xff\xfe = 1\n")}).status == 1);
}

TEST_CASE("ten megabytes of brackets end at once") {
  const Scratch scratch;
  for (const char bracket : {'(', '[', '{', ')'}) {
    const Finished finished =
        rdd_with({"check", scratch.write("deep.rdd", "model x\nparam a = " + std::string(10'000'000, bracket))});
    CHECK(finished.status == 1);
    CHECK(says(finished.errors, "error[E01"));
    CHECK(finished.errors.size() < 50'000);  // reading is given up after some fifty errors
  }
}

TEST_CASE("several mistakes are shown in one run") {
  const Scratch scratch;
  const Finished finished = rdd_with({"check", scratch.write("five.rdd", R"(model five
temperature 600 K
param nu = 5 THz
param E = 0.4 eV
lattice { vectors [[1 nm]] }
states { A weight 1; B weight 1 }
rates {
  A <-> B : arrhenius(nu, E * 1 nm)
  A <-> C by [1] : arrhenius(nu, E)
  A <-> B by [1] : arrhenius(nu, Emig)
  B <-> B : arrhenius(nu, E)
  B <-> B by [1, 1] : arrhenius(nu, E)
}
)")});
  CHECK(finished.status == 1);
  int errors = 0;
  for (std::size_t at = 0; (at = finished.errors.find("error[", at)) != std::string::npos; ++at) ++errors;
  CHECK(errors == 5);
}

TEST_CASE("an output that cannot be written is known before anything is computed, and loses nothing") {
  const Scratch scratch;
  const std::string model = scratch.write("m.rdd", R"(model m
lattice { vectors [[1 nm]] }
states { A }
rates { A <-> A by [1] : 1 /s }
solve s { domain [100 nm]; initial A = gaussian(center = [50 nm], sigma = 10 nm); until 10 s; output "no/such/place.h5" }
)");
  const Finished inside = rdd_with({"run", model}, "", scratch.path());
  CHECK(inside.status == 1);
  CHECK(says(inside.errors, "error[E0701]"));
  CHECK(says(inside.errors, "no/such"));
  const Finished given = rdd_with({"run", model, "--output", "/proc/nothing.h5"}, "", scratch.path());
  CHECK(given.status == 2);
  CHECK(says(given.errors, "error[E0701]"));
  scratch.write("good.h5", "precious");
  CHECK(rdd_with({"run", model, "--output", scratch.file("good.h5") + "/below.h5"}).status == 2);
  CHECK(read_file(scratch.file("good.h5")) == "precious");
}

TEST_CASE("--set changes a parameter, and says what is wrong with a setting") {
  const auto D = [](const std::vector<std::string>& more) {
    std::vector<std::string> command{"query", examples + "vacancy_bcc.rdd", "-e", "diffusion", "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return rdd_with(command);
  };
  CHECK(D({}).output != D({"--set", "T=900 K"}).output);
  CHECK(D({"--set", "T=900 K"}).status == 0);
  CHECK(D({"--set", "T=900 eV"}).status != 0);
  CHECK(D({"--set", "T"}).status == 2);
  const Finished misspelt = D({"--set", "E_n=0.6 eV"});
  CHECK(misspelt.status == 2);
  CHECK(says(misspelt.errors, "E_m"));
  CHECK(D({"--set", "T=-5 K"}).status == 1);
  CHECK(D({"--set", "nu=0 THz"}).status == 1);
}

TEST_CASE("the prompt answers statement by statement and survives mistakes") {
  const Finished finished =
      rdd_with({"repl", examples + "crowdion.rdd"}, "network\nnonsense\n\nset T = 700 K\ndiffusion\nquit\ndrift\n");
  CHECK(finished.status == 0);
  CHECK(says(finished.output, "2 states"));
  CHECK(says(finished.output, "T = 700 K"));
  CHECK(says(finished.output, "diffusion"));
  CHECK_FALSE(says(finished.output, "velocity"));
  CHECK(says(finished.errors, "error[E0801]"));
}

TEST_CASE("a model typed at the prompt, or given statement by statement, is the one of the file") {
  const Scratch scratch;
  const std::string file = examples + "crowdion.rdd", text = read_file(file);
  const std::string network = rdd_with({"query", file, "-e", "network", "--json"}).output;
  REQUIRE(says(network, "model_hash"));
  const Finished prompt = rdd_with({"repl", "--json"}, text + "network\n");
  CHECK(prompt.errors.empty());
  CHECK(prompt.output.ends_with("\n" + network));
  CHECK(rdd_with({"query", "--json", "-e", text, "-e", "network"}).output.ends_with("\n" + network));
  const Finished saved = rdd_with({"repl"}, text + "save \"typed.rdd\"\n", scratch.path());
  CHECK(saved.output == "written to typed.rdd\n");
  CHECK(read_file(scratch.file("typed.rdd")) == text);
  CHECK(rdd_with({"check", "typed.rdd"}, "", scratch.path()).status == 0);
}

TEST_CASE("what is unfinished, wrong or not asked at the prompt is told, and the status follows") {
  const Finished unclosed = rdd_with({"repl"}, "model m\nstates { A\n");
  CHECK(unclosed.status == 0);
  CHECK(says(unclosed.errors, "error[E0104]"));
  CHECK(rdd_with({"query", "-e", "model m", "-e", "diffusion"}).status == 1);
  CHECK(rdd_with({"query", "-e", "parm E = 1 eV"}).status == 2);
  const Finished nothing = rdd_with({"query"});
  CHECK(nothing.status == 2);
  CHECK(says(nothing.errors, "nothing is asked"));
  const Scratch scratch;
  const Finished half = rdd_with({"query", scratch.write("half.rdd", "model half\n")});
  CHECK(half.status == 1);
  CHECK(says(half.errors, "error[E0212]"));
}

TEST_CASE("`emit` at the prompt prints what `rdd emit` does") {
  const std::string file = examples + "crowdion.rdd";
  for (const char* stage : {"model", "network", "spectrum", "reduction", "pde", "kernel", "cpp"}) {
    CAPTURE(stage);
    const Finished emitted = rdd_with({"emit", file, "--emit", stage, "--set", "T=500 K"});
    CHECK(emitted.status == 0);
    CHECK(rdd_with({"query", file, "-e", std::string("emit ") + stage, "--set", "T=500 K"}).output == emitted.output);
  }
}

TEST_CASE("diagnostics as JSON stand on one line each") {
  const Scratch scratch;
  const Finished finished = rdd_with({"check", "--json", scratch.write("m.rdd", "model m\nparam a = 1 eV + 1 nm\n")});
  CHECK(finished.status == 1);
  CHECK(says(finished.output, "\"code\":\"E0203\""));
  CHECK(finished.output.back() == '\n');
}

TEST_CASE("every example is found fine by `rdd check`, and every stage of it can be printed") {
  for (const char* name : {"crowdion", "vacancy_bcc", "dislocation_kink", "molecular_motor", "paper/fig1a",
                           "paper/fig1b", "paper/fig1c"}) {
    CAPTURE(name);
    const std::string file = examples + name + ".rdd";
    const Finished checked = rdd_with({"check", file});
    CAPTURE(checked.errors);
    CHECK(checked.status == 0);
    for (const char* stage :
         {"ast", "model", "network", "spectrum", "reduction", "pde", "kernel", "llvm", "asm", "cpp"}) {
      CAPTURE(stage);
      const Finished printed = rdd_with({"emit", file, "--emit", stage});
      CAPTURE(printed.errors);
      CHECK(printed.status == 0);
      CHECK(printed.output.size() > 20);
    }
  }
}
