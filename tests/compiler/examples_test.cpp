// Every example runs as its comments say, and its probes show the physics they should.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

const std::string examples = std::string(RDD_SOURCE_DIR) + "/examples/";

// Columns of a probe table.
std::vector<std::vector<double>> table(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);  // the head
  std::vector<std::vector<double>> columns;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string cell;
    for (std::size_t i = 0; std::getline(cells, cell, ','); ++i) {
      if (columns.size() <= i) columns.resize(i + 1);
      columns[i].push_back(std::stod(cell));
    }
  }
  return columns;
}

Finished solved(const std::string& name, const Scratch& scratch) {
  const Finished finished = run({rdd_command(), "run", examples + name + ".rdd"}, "", scratch.path(), 300);
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  CHECK(finished.errors == "");
  return finished;
}

nlohmann::json asked(const std::string& name, const std::string& statement) {
  return nlohmann::json::parse(
      run({rdd_command(), "query", examples + name + ".rdd", "--json", "-e", statement}).output);
}

}  // namespace

TEST_CASE("crowdion: glide first, diffusion in two dimensions later") {
  const Scratch scratch;
  const Finished finished = solved("crowdion", scratch);
  CHECK(finished.output.find("P = 2") != std::string::npos);
  CHECK(std::filesystem::exists(scratch.path() / "relax.h5"));
  CHECK(std::filesystem::exists(scratch.path() / "relax.xdmf"));
}

TEST_CASE("the paper's networks: the variance of the density grows as 2 D t at long times") {
  for (const std::string name : {"fig1a", "fig1b"}) {
    CAPTURE(name);
    const Scratch scratch;
    solved("paper/" + name, scratch);
    const auto columns = table(read_file(scratch.path() / (name + ".probes.csv")));
    const double D = asked("paper/" + name, "diffusion")["D"][0][0];
    // Between two late times; the domain is wide enough that less than 1e-3 of the density has come round.
    const double slope = (columns[1][4] - columns[1][3]) / (columns[0][4] - columns[0][3]);
    CHECK(slope == rdd::test::approx(2 * D).epsilon(0.02));
  }
}

TEST_CASE("the paper's third network: shares relax to the stationary ones, and walls take up density") {
  const Scratch scratch;
  solved("paper/fig1c", scratch);
  const auto columns = table(read_file(scratch.path() / "fig1c.probes.csv"));
  const auto network = asked("paper/fig1c", "network"), clusters = asked("paper/fig1c", "clusters 2");
  double stationary = 0;
  for (std::size_t s = 0; s < 10; ++s)
    stationary += network["weights"][s].get<double>() * clusters["chi"][s][0].get<double>();
  // λ_1 = 0.1406 /s: after 60 s a deviation of at most 1 has fallen to exp(−8.4).
  CHECK(std::abs(columns[1].back() - stationary) < std::exp(-0.1405 * 60));
  for (std::size_t i = 0; i < columns[0].size(); ++i)
    CHECK(columns[1][i] + columns[2][i] == rdd::test::approx(1).epsilon(1e-9));
  const auto left = table(read_file(scratch.path() / "fig1c.absorb.probes.csv"))[1];
  for (std::size_t i = 1; i < left.size(); ++i) CHECK(left[i] < left[i - 1]);
  CHECK(left.front() == rdd::test::approx(1).epsilon(1e-6));
}

TEST_CASE("vacancy: D = Γ a², and free surfaces empty the film at the rate D π²/L²") {
  const Scratch scratch;
  solved("vacancy_bcc", scratch);
  const double kT = 1.380649e-23 * 700 / 1.602176634e-19;  // eV
  const double expected = 6e12 * std::exp(-0.65 / kT) * 0.287e-9 * 0.287e-9;
  const double D = asked("vacancy_bcc", "diffusion")["D"][0][0];
  CHECK(D == rdd::test::approx(expected).epsilon(1e-12));
  const auto columns = table(read_file(scratch.path() / "vacancy.probes.csv"));
  const auto& time = columns[0];
  const auto& left = columns[1];
  for (std::size_t i = 1; i < left.size(); ++i) CHECK(left[i] < left[i - 1]);
  // Late: one mode is left, sin(π z/L), which decays as exp(−D π² t/L²) up to the grid's (π h/L)²/12.
  const std::size_t n = left.size();
  const double rate = std::log(left[n - 2] / left[n - 1]) / (time[n - 1] - time[n - 2]);
  CHECK(rate == rdd::test::approx(D * M_PI * M_PI / (40e-9 * 40e-9)).epsilon(0.01));
}

TEST_CASE("crowdion of tungsten: its direction is forgotten at the rate 4 r, its variance grows as 2 D t") {
  const Scratch scratch;
  solved("crowdion_tungsten", scratch);
  const auto columns = table(read_file(scratch.path() / "crowdion_tungsten.probes.csv"));
  const double turn = 6e12 * std::exp(-0.36 * 1.602176634e-19 / (1.380649e-23 * 600));
  const double glide = 6e12 * std::exp(-0.013 * 1.602176634e-19 / (1.380649e-23 * 600));
  for (std::size_t i = 0; i < columns[0].size(); ++i)
    CHECK(std::abs(columns[1][i] - (0.25 + 0.75 * std::exp(-4 * turn * columns[0][i]))) < 1e-9);
  // Early, while the domain is wide enough: each direction has the same share a² k/4 of D along x.
  const double slope = (columns[2][5] - columns[2][0]) / columns[0][5];
  CHECK(slope / (2 * glide * 0.3165e-9 * 0.3165e-9 / 4) == rdd::test::approx(1).epsilon(1e-6));
}

TEST_CASE("kink and motor: the mean moves with the exact velocity, the variance grows with the exact diffusivity") {
  for (const auto& [name, file] : {std::pair{"dislocation_kink", "kink"}, {"molecular_motor", "motor"}}) {
    CAPTURE(name);
    const Scratch scratch;
    solved(name, scratch);
    const auto columns = table(read_file(scratch.path() / (std::string(file) + ".probes.csv")));
    double v = 0, D = 0;
    const auto drift = asked(name, "drift");
    for (const auto& component : drift["v"]) v += component.get<double>() * component.get<double>();
    const auto tensor = asked(name, "diffusion")["D"];
    for (std::size_t i = 0; i < tensor.size(); ++i) D += tensor[i][i].get<double>();
    const std::size_t n = columns[0].size() / 2;  // before the density reaches the end of the box
    const double dt = columns[0][n] - columns[0][n - 1];
    CHECK((columns[1][n] - columns[1][n - 1]) / dt == rdd::test::approx(std::sqrt(v)).epsilon(1e-6));
    CHECK((columns[2][n] - columns[2][n - 1]) / dt == rdd::test::approx(2 * D).epsilon(1e-3));
  }
}
