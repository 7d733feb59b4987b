// Exported files against the query language, and back through the importer.
#include <doctest/doctest.h>
#include <hdf5.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;
using Json = nlohmann::json;

namespace {

const std::string examples = std::string(RDD_SOURCE_DIR) + "/examples/";

Finished rdd_with(const std::vector<std::string>& arguments, const std::filesystem::path& directory = ".") {
  std::vector<std::string> command{rdd_command()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, "", directory);
}

Json query(const std::string& model, const std::string& statement) {
  const Finished finished = rdd_with({"query", model, "--json", "-e", statement});
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
  return Json::parse(finished.output);
}

void exported(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"export"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Finished finished = rdd_with(command);
  CAPTURE(finished.errors);
  REQUIRE(finished.status == 0);
}

std::vector<double> dataset(const std::string& path, const char* name, std::vector<hsize_t>& shape, std::string& unit) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), data = H5Dopen2(file, name, H5P_DEFAULT),
              space = H5Dget_space(data);
  REQUIRE(data >= 0);
  shape.resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  hsize_t size = 1;
  for (const hsize_t n : shape) size *= n;
  std::vector<double> values(size);
  REQUIRE(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  const hid_t attribute = H5Aopen(data, "unit", H5P_DEFAULT), type = H5Aget_type(attribute);
  char* text = nullptr;
  REQUIRE(H5Aread(attribute, type, &text) >= 0);
  unit = text;
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Dclose(data);
  H5Fclose(file);
  return values;
}

std::vector<double> flat(const Json& json) {
  if (json.is_number()) return {json.get<double>()};
  std::vector<double> all;
  for (const Json& entry : json) {
    const auto more = flat(entry);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

TEST_CASE("JSON holds the numbers of the query language, to the last bit") {
  const Scratch folder;
  for (const std::string name : {"crowdion", "dislocation_kink", "paper/fig1c"}) {
    const std::string model = examples + name + ".rdd", file = folder.file("out.json");
    const std::string grid = name == "dislocation_kink" ? "[5]" : "[3, 5]";
    exported({model, "--what", "network,spectrum,reduction,coefficients", "--grid", grid, "-o", file});
    const Json all = Json::parse(read_file(file));
    CHECK(all["format"] == "rdd export 1");

    const Json network = query(model, "network"), spectrum = query(model, "bands grid " + grid),
               coefficients = query(model, "coefficients"), memberships = query(model, "memberships");
    CHECK(all["model_hash"] == network["model_hash"]);
    std::vector<double> weights;
    std::vector<std::string> states;
    for (const Json& state : all["network"]["states"]) {
      weights.push_back(state["weight"]);
      states.push_back(state["name"]);
    }
    CHECK(states == network["states"].get<std::vector<std::string>>());
    CHECK(weights == network["weights"].get<std::vector<double>>());
    CHECK(all["network"]["transitions"].size() == network["transitions"].get<std::size_t>());
    CHECK(all["network"]["reversible"] == network["reversible"]);
    CHECK(all["spectrum"]["k"] == spectrum["k"]);
    CHECK(all["spectrum"]["lambda"] == spectrum["lambda"]);
    for (const char* key : {"Q", "C", "D"}) CHECK(all["coefficients"][key] == coefficients[key]);
    CHECK(all["reduction"]["chi"] == memberships["chi"]);
    CHECK(all["reduction"]["P"] == memberships["P"]);
  }
}

TEST_CASE("an exported network, imported again, is the same network") {
  const Scratch folder;
  for (const std::string name :
       {"crowdion", "vacancy_bcc", "dislocation_kink", "molecular_motor", "paper/fig1a", "paper/fig1c"}) {
    CAPTURE(name);
    const std::string model = examples + name + ".rdd", again = folder.file("again.rdd");
    exported({model, "-o", folder.file("out.json")});
    const Finished imported = rdd_with({"import", folder.file("out.json"), "-o", again});
    CAPTURE(imported.errors);
    REQUIRE(imported.status == 0);
    exported({again, "-o", folder.file("again.json")});
    const Json first = Json::parse(read_file(folder.file("out.json")))["network"],
               second = Json::parse(read_file(folder.file("again.json")))["network"];
    REQUIRE(first["states"].size() == second["states"].size());
    REQUIRE(first["transitions"].size() == second["transitions"].size());
    for (std::size_t s = 0; s < first["states"].size(); ++s) {
      CHECK(first["states"][s]["name"] == second["states"][s]["name"]);
      CHECK(second["states"][s]["weight"].get<double>() ==
            rdd::test::approx(first["states"][s]["weight"].get<double>()).epsilon(1e-12));
    }
    // The order of jumps may change: they are compared by what they join.
    std::map<std::string, double> rates;
    const auto key = [](const Json& t) { return t["from"].dump() + t["to"].dump() + t["by"].dump(); };
    for (const Json& t : first["transitions"]) rates[key(t)] += t["rate"].get<double>();
    for (const Json& t : second["transitions"]) {
      CAPTURE(key(t));
      REQUIRE(rates.contains(key(t)));
      CHECK(t["rate"].get<double>() == rdd::test::approx(rates[key(t)]).epsilon(1e-12));
    }
    const auto D = flat(query(model, "diffusion")["D"]), D_again = flat(query(again, "diffusion")["D"]);
    for (std::size_t i = 0; i < D.size(); ++i) CHECK(D_again[i] == rdd::test::approx(D[i]).epsilon(1e-10));
  }
}

TEST_CASE("HDF5 holds the same arrays, each with its unit") {
  const Scratch folder;
  const std::string model = examples + "crowdion.rdd", file = folder.file("out.h5");
  exported({model, "--what", "network,spectrum,reduction,coefficients", "--grid", "3", "-o", file});
  exported({model, "--what", "network,spectrum,reduction,coefficients", "--grid", "3", "-o", folder.file("out.json")});
  const Json json = Json::parse(read_file(folder.file("out.json")));
  std::vector<hsize_t> shape;
  std::string unit;
  CHECK(dataset(file, "/network/lattice", shape, unit) == flat(json["network"]["lattice"]));
  CHECK(unit == "m");
  CHECK(shape == std::vector<hsize_t>{2, 2});
  std::vector<double> rates;
  for (const Json& t : json["network"]["transitions"]) rates.push_back(t["rate"]);
  CHECK(dataset(file, "/network/transitions/rate", shape, unit) == rates);
  CHECK(unit == "1/s");
  CHECK(dataset(file, "/spectrum/lambda", shape, unit) == flat(json["spectrum"]["lambda"]));
  CHECK(shape == std::vector<hsize_t>{9, 2, 2});
  CHECK(dataset(file, "/reduction/chi", shape, unit) == flat(json["reduction"]["chi"]));
  const auto D = dataset(file, "/coefficients/D", shape, unit);
  CHECK(shape == std::vector<hsize_t>{2, 2, 2, 2});
  CHECK(unit == "m^2/s");
  CHECK(std::vector<double>(D.begin(), D.begin() + 4) == flat(json["coefficients"]["D"]["xx"]));
  // The same model, the same bytes.
  exported({model, "--what", "network,spectrum,reduction,coefficients", "--grid", "3", "-o", folder.file("again.h5")});
  CHECK(read_file(file) == read_file(folder.file("again.h5")));
}

TEST_CASE("CSV tables can be imported again, and hold numbers to the last bit") {
  const Scratch folder;
  const std::string model = examples + "paper/fig1a.rdd";
  exported({model, "--what", "network,coefficients", "-o", folder.file("out.csv")});
  CHECK(read_file(folder.file("out.network.lattice.csv")) == "x [m],y [m]\n1e-09,0\n0,1e-09\n");
  const Json coefficients = query(model, "coefficients");
  const std::string table = read_file(folder.file("out.coefficients.csv"));
  std::ostringstream row;
  row << "D_xx,0,0," << coefficients["D"]["xx"][0][0].dump() << ",m^2/s";
  CHECK(table.find(row.str()) != std::string::npos);
  const Finished imported = rdd_with({"import", folder.file("out.network.states.csv"), "--lattice",
                                      "[[1 nm, 0 nm], [0 nm, 1 nm]]", "-o", folder.file("again.rdd")});
  CAPTURE(imported.errors);
  REQUIRE(imported.status == 0);
  const auto D = flat(query(model, "diffusion")["D"]), again = flat(query(folder.file("again.rdd"), "diffusion")["D"]);
  for (std::size_t i = 0; i < D.size(); ++i) CHECK(again[i] == rdd::test::approx(D[i]).epsilon(1e-10));
}

TEST_CASE("--set reaches what is exported") {
  const Scratch folder;
  exported({examples + "crowdion.rdd", "--set", "T=900 K", "-o", folder.file("hot.json")});
  CHECK(Json::parse(read_file(folder.file("hot.json")))["network"]["temperature"] == 900);
}

TEST_CASE("what cannot be exported is said, and nothing is written") {
  const Scratch folder;
  const std::string model = examples + "crowdion.rdd";
  CHECK(rdd_with({"export", model}).status == 2);
  CHECK(rdd_with({"export", model, "-o", folder.file("out.txt")}).status == 2);
  CHECK(rdd_with({"export", model, "--what", "poem", "-o", folder.file("out.json")}).status == 2);
  for (const char* grid : {"[3]x", "[0, 3]", "[3, 3, 3]", "[1e9, 1e9]", "[1.5, 2]", "[1 nm, 2]", "", "[]"})
    CHECK((rdd_with({"export", model, "--what", "spectrum", "--grid", grid, "-o", folder.file("out.json")}).status ==
           2) == (std::string(grid) != ""));
  CHECK(rdd_with({"export", folder.file("absent.rdd"), "-o", folder.file("out.json")}).status == 2);
  CHECK(rdd_with({"export", model, "-o", "/proc/none/out.json"}).status == 2);
  CHECK(rdd_with({"export", model, "-o", "/proc/none/out.h5"}).status == 2);
}
