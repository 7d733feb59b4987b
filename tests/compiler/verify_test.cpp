// `rdd verify` as a user meets it.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/process.hpp"

using namespace rdd::test;
using Json = nlohmann::json;

namespace {

const std::string examples = std::string(RDD_SOURCE_DIR) + "/examples/";

Finished verify(const std::vector<std::string>& arguments, const std::filesystem::path& directory = ".") {
  std::vector<std::string> command{rdd_command(), "verify"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, "", directory);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const std::string motor = examples + "molecular_motor.rdd";

}  // namespace

TEST_CASE("the certificate as JSON: errors over time for each wavelength, as the text and the table have them") {
  const Scratch scratch;
  const Finished finished =
      verify({examples + "paper/fig1c.rdd", "--json", "-o", "out.csv", "--no-warn", "all"}, scratch.path());
  REQUIRE(finished.status == 0);
  const Json json = Json::parse(finished.output);
  CHECK(json["statement"] == "verify");
  CHECK(json["P"] == 2);
  CHECK(json["epsilon"] == 0.01);
  const std::size_t waves = json["wavelength"].size(), times = json["time"].size();
  CHECK(waves == 7);
  REQUIRE(json["error"].size() == waves);
  for (const Json& error : json["error"]) CHECK(error.size() == times);
  for (const char* key : {"error_stationary", "late", "late_stationary", "evolution", "late_first_order", "time_below",
                          "worst_state", "slow_time", "cells", "round_off"})
    CHECK(json[key].size() == waves);
  CHECK(json["certified_from"].get<double>() >= json["wavelength"][0].get<double>());
  // Longer waves are further away from the limits of the equation.
  for (std::size_t w = 1; w < waves; ++w) CHECK(json["late"][w].get<double>() < json["late"][w - 1].get<double>());
  const std::string table = read_file(scratch.path() / "out.csv");
  CHECK(table.starts_with("wavelength_cells,wavelength_m,time_s,error,error_stationary\n"));
  CHECK(lines(table) == 1 + waves * times);
}

TEST_CASE("a walk agrees with theory, and neither it nor the certificate depends on the number of threads") {
  const Scratch scratch;
  const std::vector<std::string> common{motor, "--kmc", "4000", "--seed", "7", "--quiet", "--no-warn", "all"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return verify(more, scratch.path());
  };
  const Finished one = with({"--threads", "1", "-o", "one.csv"}), three = with({"--threads", "3", "-o", "three.csv"});
  CHECK(one.status == 0);
  CHECK(one.output == three.output);
  CHECK(says(one.output, "walk and theory agree"));
  for (const char* file : {".csv", ".kmc.csv"})
    CHECK(read_file(scratch.path() / ("one" + std::string(file))) ==
          read_file(scratch.path() / ("three" + std::string(file))));

  const Json json = Json::parse(with({"--json"}).output);
  CHECK(json["kmc"]["walkers"] == 4000);
  CHECK(json["kmc"]["seed"] == 7);
  CHECK(json["kmc"]["agrees"] == true);
  const double until = json["kmc"]["until"];
  double velocity = 0, error = 0;
  for (const Json& observable : json["kmc"]["observables"])
    if (observable["name"] == "displacement x" && observable["time"] == until) {
      velocity = observable["mean"].get<double>() / until;
      error = observable["error"].get<double>() / until;
    }
  // `rdd query -e drift` says the same.
  const Finished drift = run({rdd_command(), "query", motor, "--json", "--no-warn", "all", "-e", "drift"}, "");
  CHECK(std::abs(Json::parse(drift.output)["v"][0].get<double>() - velocity) < 5 * error);
  CHECK(error < 0.01 * velocity);
}

TEST_CASE("status 3 and a diagnostic where an equation is not as right as was asked for") {
  const Finished strict = verify({examples + "crowdion.rdd", "--error", "1e-9"});
  CHECK(strict.status == 3);
  CHECK(says(strict.errors, "error[E0515]"));
  CHECK(says(strict.output, "verdict      not right to 1e-07 % at any of these wavelengths"));
  const Finished narrow = verify({motor, "--werror"});
  CHECK(narrow.status != 0);
  CHECK(verify({examples + "crowdion.rdd", "--wavelengths", "[1 um]"}).status == 0);
}

TEST_CASE("what is wrong with the options is said, and nothing is computed") {
  CHECK(verify({motor, "-o", "out.txt"}).status == 2);
  CHECK(verify({motor, "--kmc", "0"}).status == 2);
  CHECK(verify({motor, "--error", "-1"}).status == 2);
  const Finished time = verify({motor, "--wavelengths", "[3 s]"});
  CHECK(time.status == 2);
  CHECK(says(time.errors, "expected positive lengths"));
  const Finished shorter = verify({motor, "--wavelengths", "[9 nm]"});
  CHECK(shorter.status == 2);
  CHECK(says(shorter.errors, "two cells long at least"));
  const Finished until = verify({motor, "--kmc", "10", "--until", "3 nm"});
  CHECK(until.status == 2);
  CHECK(says(until.errors, "expected a positive time"));
  const Finished large = verify({motor, "--kmc", "1000", "--until", "10 us", "--steps", "1"});
  CHECK(large.status == 2);
  CHECK(says(large.errors, "error[E0516]"));
}

TEST_CASE("a figure, in a file and in the terminal") {
  const Scratch scratch;
  const Finished finished = verify({examples + "crowdion.rdd", "-o", "out.svg", "--plot"}, scratch.path());
  CHECK(says(read_file(scratch.path() / "out.svg"), "<svg"));
  CHECK(says(finished.output, "error of the reduced densities"));
}

TEST_CASE("Ctrl-C ends a walk with status 130, and no file is left") {
  const Scratch scratch;
  const Finished finished = shell("timeout --preserve-status -s INT 3 rdd verify " + motor +
                                      " --no-warn all --kmc 1000000 --steps 1e15 --until '1e6 s' -o out.csv",
                                  scratch.path());
  CHECK(finished.status == 130);
  CHECK(finished.errors == "rdd: interrupted\n");
  CHECK(std::filesystem::is_empty(scratch.path()));
}
