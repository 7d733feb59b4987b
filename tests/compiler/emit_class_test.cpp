#include "compiler/program/emit_class.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;

TEST_CASE("names of a model become names C++ can take") {
  CHECK(identifier("X") == "X");
  CHECK(identifier("site[3]") == "site_3");
  CHECK(identifier("new") == "new_");
  CHECK(identifier("iron.E") == "iron_E");
  CHECK(identifier("ν_1") == "ν_1");
}

TEST_CASE("a rule of make names every file that was read, blanks and all") {
  CHECK(dependency_rule("a.hpp", {"b.rdd", "my model.rdd"}) == "a.hpp: \\\n  b.rdd \\\n  my\\ model.rdd\n");
}

TEST_CASE("`rdd emit --emit=class -o` writes a header, a source and which files they came from") {
  const Scratch scratch;
  scratch.write("rates.csv", "from,to,tx,rate\nA,A,1,2\nA,A,-1,2\n");
  scratch.write("shape.rdd", "lattice { vectors [[1 nm]] }\n");
  const std::string model = scratch.write("walk.rdd",
                                          "model walk\nuse \"shape.rdd\"\nstates { A weight 1 }\n"
                                          "rates table \"rates.csv\" { from: from, to: to, by: [tx], rate: rate /s }\n"
                                          "solve run { domain [100 nm]; initial A = uniform(); until 1 s }\n"
                                          "solve two { domain [100 nm]; initial A = uniform(); until 2 s }\n");
  const std::string base = scratch.file("out");
  const std::vector<std::string> command{rdd_command(), "emit", model, "--emit=class", "-o", base};
  auto with_depfile = command;
  with_depfile.insert(with_depfile.end(), {"--depfile", base + ".d"});
  const Finished finished = run(with_depfile);
  INFO(finished.errors);
  REQUIRE(finished.status == 0);
  const std::string header = read_file(base + ".hpp");
  CHECK(header.find("namespace walk {") != std::string::npos);
  CHECK(header.find("class run_ : public rdd::Simulation {") != std::string::npos);
  CHECK(header.find("class two : public rdd::Simulation {") != std::string::npos);
  CHECK(read_file(base + ".cpp").find("#include \"out.hpp\"") != std::string::npos);
  const std::string rule = read_file(base + ".d");
  CHECK(rule.starts_with(base + ".hpp:"));
  for (const char* name : {"walk.rdd", "shape.rdd", "rates.csv"})
    CHECK(rule.find(scratch.file(name)) != std::string::npos);

  auto named = command;
  named.insert(named.end(), {"--name", "Walk"});
  CHECK(run(named).status == 2);  // two blocks
  named.insert(named.end(), {"--solve", "two"});
  CHECK(run(named).status == 0);
  CHECK(read_file(base + ".hpp").find("class Walk : public") != std::string::npos);
  CHECK(run({rdd_command(), "emit", model, "--emit=class", "-o", scratch.file("no/where")}).status == 2);
}
