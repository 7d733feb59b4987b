// Networks of other programs, against numbers that did not come from here (tests/data/README.md).
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/import/import.hpp"
#include "compiler/import/json_network.hpp"
#include "compiler/import/onsager.hpp"
#include "compiler/import/pathsample.hpp"
#include "compiler/import/tables.hpp"
#include "compiler/import/tammber.hpp"
#include "tests/compiler/import/support.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
using namespace rdd::importing;
using Json = nlohmann::json;

namespace {

constexpr double boltzmann = 1.380649e-23, electronvolt = 1.602176634e-19;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

NetworkDescription vacancy(const std::string& prefactor, const Given& given = {}) {
  const std::string text = replaced(data_file("formats/MarkovModel_vacFe_15min.xml")->text, "1.82997", prefactor);
  return accepted([&](Diagnostics& d) { return read_tammber(file_text("MarkovModel.xml", text), given, d); });
}

Eigen::MatrixXd matrix(const Json& rows) {
  Eigen::MatrixXd m(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = rows[i][j].get<double>();
  return m;
}

void check_close(const Eigen::MatrixXd& found, const Eigen::MatrixXd& expected, double tolerance) {
  CAPTURE(found);
  CAPTURE(expected);
  CHECK((found - expected).norm() <= tolerance * expected.norm());
}

// Lengths in the file are angstrom and times ps for the importer, whatever they were meant to be.
constexpr double square_angstrom_per_ps = 1e-20 / 1e-12;

}  // namespace

TEST_CASE("TAMMBER: the iron vacancy has eight hops along <111>/2 and D = a^2 nu exp(-E/kT)") {
  const double a = 0.28552e-9, kT = boltzmann * 700;
  for (const double nu : {1.82997, 3.13233}) {  // after 15 minutes of sampling, and after 60
    const RateNetwork network = network_of(vacancy(std::to_string(nu).substr(0, 7)), {"T=700 K"});
    CHECK(network.size() == 1);
    CHECK(network.hops.size() == 8);
    for (const Hop& hop : network.hops) {
      Eigen::Vector3d d = Eigen::Vector3d::Zero();
      for (int i = 0; i < 3; ++i) d += hop.cell[static_cast<std::size_t>(i)] * network.lattice.vectors.col(i);
      CHECK((2 * d / a).cwiseAbs().isApprox(Eigen::Vector3d::Ones(), 1e-12));
    }
    const double D = a * a * nu * 1e12 * std::exp(-0.688149 * electronvolt / kT);
    check_close(diffusivity(network), D * Eigen::Matrix3d::Identity(), 1e-12);
    if (nu > 3) CHECK(D * 1e12 == rdd::test::approx(2.83).epsilon(0.005));  // nm^2/us, as the model's authors give it
  }
}

TEST_CASE("TAMMBER: the file's temperature is taken unless another is given") {
  CHECK(vacancy("1.82997").temperature == "300 K");
  CHECK(vacancy("1.82997", at_temperature("900 K")).temperature == "900 K");
}

TEST_CASE("TAMMBER: a dumbbell turns and moves in six orientations") {
  const Json expected = Json::parse(data_file("formats/dumbbell.expected.json")->text);
  const NetworkDescription description =
      accepted([&](Diagnostics& d) { return read_tammber(data_file("formats/MarkovModel_dumbbell.xml"), {}, d); });
  const RateNetwork network = network_of(description);
  CHECK(network.size() == expected["states"].get<int>());
  CHECK(network.hops.size() == expected["transitions"].get<std::size_t>());
  check_close(diffusivity(network), matrix(expected["D"]), 1e-8);
  // One orientation and one jump of each kind are all that is written.
  const std::string text = write_model(description, "dumbbell").text;
  CHECK(text.find("axis [1, 1, 0]") != std::string::npos);
  CHECK(text.find("symmetry Oh") != std::string::npos);
}

TEST_CASE("PATHSAMPLE: the relaxation rates of the 32-state network") {
  const Json expected = Json::parse(data_file("formats/32state.expected.json")->text);
  // At k = 0 a translation does not change the rates, but without any there is no motion to speak of.
  const NetworkDescription description = accepted([&](Diagnostics& d) {
    return read_pathsample(data_file("formats/32state.min.data"), data_file("formats/32state.ts.data"),
                           file_text("moves.csv", "saddle,tx\n1,1\n"), at_temperature("0.25 eV"), d);
  });
  CHECK(description.states.size() == 32);
  const RateNetwork network = network_of(description);
  CHECK(network.reversible);
  CHECK(network.hops.size() == 140);
  const SlowModes modes = modes_at_zero(BlochOperator(network), 32);
  const auto lambda = expected["lambda"].get<std::vector<double>>(),
             weights = expected["weights"].get<std::vector<double>>();
  for (std::size_t i = 0; i < 32; ++i) {
    CAPTURE(i);
    const auto at = static_cast<Eigen::Index>(i);
    CHECK(modes.lambda(at).real() * 1e-12 == rdd::test::approx(lambda[i]).epsilon(1e-9));
    CHECK(std::exp(network.log_weights(at)) == rdd::test::approx(weights[i]).epsilon(1e-12));
  }
}

TEST_CASE("PATHSAMPLE: frequencies and point groups enter rates and weights by their formula") {
  const double kT = 0.1;
  const NetworkDescription description = accepted([&](Diagnostics& d) {
    return read_pathsample(file_text("min.data", "-1.0 1200.5 2 1 1 1\n-0.9D+00 1201.5 1 1 1 1\n"),
                           file_text("ts.data", "-0.5 1198.25 4 1 2 1 1 1\n-0.4 1198.0 1 2 1 1 1 1\n"),
                           file_text("moves.csv", "2,1\n"), at_temperature("0.1 eV"), d);
  });
  const RateNetwork network = network_of(description);
  const auto k = [&](double E, double logdet, double order, double E_ts, double logdet_ts, double order_ts) {
    return 1e12 * order / (2 * M_PI * order_ts) * std::exp((logdet - logdet_ts) / 2) * std::exp(-(E_ts - E) / kT);
  };
  const double expected[] = {k(-1, 1200.5, 2, -0.5, 1198.25, 4), k(-0.9, 1201.5, 1, -0.5, 1198.25, 4),
                             k(-0.9, 1201.5, 1, -0.4, 1198, 1), k(-1, 1200.5, 2, -0.4, 1198, 1)};
  REQUIRE(network.hops.size() == 4);
  for (const Hop& hop : network.hops) {
    const bool first = hop.cell == Cell{};
    const double own =
        first ? (hop.from == 0 ? expected[0] : expected[1]) : (hop.from == 1 ? expected[2] : expected[3]);
    CHECK(hop.rate == rdd::test::approx(own).epsilon(1e-10));
    if (!first) CHECK(hop.cell[0] == (hop.from == 1 ? 1 : -1));
  }
}

TEST_CASE("PATHSAMPLE: without translations the network is written all the same, and says that nothing moves") {
  Diagnostics diagnostics;
  const auto description = read_pathsample(data_file("formats/32state.min.data"), data_file("formats/32state.ts.data"),
                                           nullptr, {}, diagnostics);
  REQUIRE(description.has_value());
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(drawn(diagnostics).find("W0301") != std::string::npos);
  const std::string text = write_model(*description, "32state").text;
  CHECK(text.find("# The files know no translations: nothing moves yet.") != std::string::npos);
  CHECK(text.find("minimum[i in 2..5]") != std::string::npos);  // equal minima are a family
}

TEST_CASE("crystals as JSON: five networks have their exact diffusivities") {
  const SourcePtr file = data_file("networks/interstitial.json");
  for (const Json& crystal : Json::parse(file->text)) {
    for (const Json& result : crystal["results"]) {
      CAPTURE(crystal["name"].get<std::string>());
      Given given = at_temperature(result["kT"].dump() + " eV");
      given.select = crystal["name"];
      const RateNetwork network = network_of(accepted([&](Diagnostics& d) { return read_json(file, given, d); }));
      CHECK(network.hops.size() == crystal["njumps"].get<std::size_t>());
      check_close(diffusivity(network) / square_angstrom_per_ps, matrix(result["D"]), 1e-9);
    }
  }
}

TEST_CASE("OnsagerCalc: octahedral and tetrahedral sites of fcc and hcp") {
  const Json crystals = Json::parse(data_file("networks/interstitial.json")->text);
  for (const Json& crystal : crystals) {
    const std::string name = crystal["name"];
    if (name != "fcc_oct_tet" && name != "hcp_oct_tet") continue;
    for (const Json& result : crystal["results"]) {
      const Given given = at_temperature(result["kT"].dump() + " eV");
      const NetworkDescription description =
          accepted([&](Diagnostics& d) { return read_onsager(data_file("formats/" + name + ".yaml"), given, d); });
      check_close(diffusivity(network_of(description)) / square_angstrom_per_ps, matrix(result["D"]), 1e-9);
      const std::string text = write_model(description, name).text;
      CHECK(text.find("oct") != std::string::npos);  // sites are called after what surrounds them
      CHECK(text.find("tet") != std::string::npos);
    }
  }
}

TEST_CASE("tables: barriers in their own unit, one way and both ways") {
  const NetworkDescription description = accepted([&](Diagnostics& d) {
    Given given = at_temperature("600 K");
    Diagnostics unsaid;
    REQUIRE(read_lattice("[[0.287 nm, 0 nm], [0 nm, 0.287 nm]]", given, unsaid));
    return read_tables(file_text("c.states.csv", "name;energy [meV]\nX;0\nY;20\n"),
                       file_text("c.rates.csv",
                                 "from;to;t1;t2;prefactor [THz];barrier [meV];reversible\n"
                                 "X;X;1;0;5;50;yes\nY;Y;0;1;5;50;yes\nX;Y;0;0;5;450;no\nY;X;0;0;5;430;no\n"),
                       given, d);
  });
  CHECK(description.jumps.size() == 3);  // X -> Y and Y -> X are in detailed balance
  const RateNetwork network = network_of(description);
  CHECK(network.reversible);
  const double kT = boltzmann * 600 / electronvolt;
  for (const Hop& hop : network.hops) {
    const double barrier = hop.from == hop.to ? 0.05 : hop.from == 0 ? 0.45 : 0.43;
    CHECK(hop.rate == rdd::test::approx(5e12 * std::exp(-barrier / kT)).epsilon(1e-12));
  }
  const std::string text = write_model(description, "c").text;
  CHECK(text.find("450 meV") != std::string::npos);
}

TEST_CASE("tables: the published networks of the paper") {
  for (const std::string name : {"fig1a", "fig1c"}) {
    Diagnostics diagnostics;
    const auto description = read_tables(data_file("paper/" + name + ".states.csv"),
                                         data_file("paper/" + name + ".rates.csv"), {}, diagnostics);
    REQUIRE(description.has_value());
    CHECK(drawn(diagnostics).find("cells of 1 angstrom") != std::string::npos);
    const RateNetwork imported = network_of(*description);
    Diagnostics loading;
    const auto model = load(std::string(RDD_SOURCE_DIR) + "/examples/paper/" + name + ".rdd", loading);
    REQUIRE(model.has_value());
    const auto point = lower(*model, {}, loading);
    REQUIRE(point.has_value());
    // Rates are read as 1/ps here and as 1/s there; cells as angstrom and as nm.
    check_close(diffusivity(imported) / square_angstrom_per_ps, diffusivity(point->network) / 1e-18, 1e-10);
  }
}

TEST_CASE("networks of many states go to tables") {
  std::string states = "name,energy\n", rates = "from,to,t1,prefactor,saddle,reversible\n";
  for (int i = 0; i < 60; ++i) {
    states += "\"s " + std::to_string(i) + "\",0.0" + std::to_string(i % 7) + "\n";
    rates +=
        "s " + std::to_string(i) + ",s " + std::to_string((i + 1) % 60) + "," + (i == 59 ? "1" : "0") + ",3,0.5,1\n";
  }
  const NetworkDescription description = accepted([&](Diagnostics& d) {
    return read_tables(file_text("big.states.csv", states), file_text("big.rates.csv", rates), {}, d);
  });
  const WrittenModel written = write_model(description, "big");
  REQUIRE(written.tables.size() == 2);
  CHECK(written.tables[0].first == "big.states.csv");
  CHECK(written.text.find("reversible: true") != std::string::npos);
  CHECK(network_of(description).hops.size() == 120);
}

TEST_CASE("formats are told apart by their beginnings") {
  for (const auto& [path, format] :
       {std::pair{"formats/MarkovModel_vacFe_15min.xml", Format::tammber},
        std::pair{"formats/32state.min.data", Format::pathsample},
        std::pair{"formats/hcp_oct_tet.yaml", Format::onsager}, std::pair{"networks/interstitial.json", Format::json},
        std::pair{"paper/fig1a.states.csv", Format::tables}}) {
    CAPTURE(path);
    CHECK(guess_format(data_file(path)->text) == format);
    CHECK(format_named(name(format)) == format);
  }
  CHECK_FALSE(guess_format("").has_value());
  CHECK_FALSE(guess_format("Dear reader\n").has_value());
  CHECK_FALSE(guess_format("model m\n").has_value());
}
