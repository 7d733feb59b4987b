#include "runtime/solve/result_series.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>

#include "tests/solve/folder.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

struct Values {
  std::vector<hsize_t> shape;
  std::vector<double> numbers;
};

Values read(hid_t file, const std::string& name) {
  const hid_t set = H5Dopen2(file, name.c_str(), H5P_DEFAULT);
  REQUIRE(set >= 0);
  const hid_t space = H5Dget_space(set);
  Values values;
  values.shape.resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, values.shape.data(), nullptr);
  values.numbers.resize(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  CHECK(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.numbers.data()) >= 0);
  H5Sclose(space);
  H5Dclose(set);
  return values;
}

Values numbers(hid_t file, const char* object, const char* name) {
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(attribute >= 0);
  const hid_t space = H5Aget_space(attribute);
  Values values;
  values.shape.resize(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, values.shape.data(), nullptr);
  values.numbers.resize(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  CHECK(H5Aread(attribute, H5T_NATIVE_DOUBLE, values.numbers.data()) >= 0);
  H5Sclose(space);
  H5Aclose(attribute);
  return values;
}

std::vector<std::string> texts(hid_t file, const char* object, const char* name) {
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(attribute >= 0);
  const hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
  std::vector<char*> raw(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  CHECK(H5Aread(attribute, type, raw.data()) >= 0);
  const std::vector<std::string> all(raw.begin(), raw.end());
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
  H5Tclose(type);
  H5Sclose(space);
  H5Aclose(attribute);
  return all;
}

}  // namespace

TEST_CASE("fields, times, grid and provenance read back as they were written") {
  const Folder folder;
  Grid grid = make_grid(3, 4, 2e-9, Boundary::reflecting);
  grid.points = {4, 3, 2};
  grid.boundary[1] = {Boundary::absorbing, Boundary::reflecting};
  grid.boundary[2] = {Boundary::periodic, Boundary::periodic};
  const std::string model(200000, 'm');  // attributes of fixed length end at 64 KB
  OutputSpec spec{"result.h5", {"coarse[0]", "ν"}, {{"model", model}, {"note", ""}}, {}};
  std::vector<Field> fields;
  {
    ResultSeries series(folder / "file", "result.h5", spec, grid);
    for (int i = 0; i < 3; ++i) {
      fields.push_back(random_field(static_cast<std::uint64_t>(i), 48));
      series.append(0.1 * i, fields.back(), {});
    }
    series.close();
  }
  const hid_t file = H5Fopen((folder / "file").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  REQUIRE(file >= 0);
  CHECK(read(file, "/time").numbers == std::vector<double>{0, 0.1, 0.2});
  for (std::size_t p = 0; p < 2; ++p) {
    const Values values = read(file, "/fields/" + spec.components[p]);
    CHECK(values.shape == std::vector<hsize_t>{3, 2, 3, 4});
    Field expected;
    for (const Field& field : fields)
      expected.insert(expected.end(), field.begin() + 24 * static_cast<long>(p),
                      field.begin() + 24 * static_cast<long>(p + 1));
    CHECK(values.numbers == expected);
    CHECK(read(file, "/xdmf/" + std::to_string(p)).numbers == expected);
    CHECK(texts(file, ("/fields/" + spec.components[p]).c_str(), "unit") == std::vector<std::string>{"1/m^3"});
  }
  CHECK(texts(file, "/time", "unit") == std::vector<std::string>{"s"});
  CHECK(numbers(file, "/grid", "dimension").numbers == std::vector<double>{3});
  CHECK(numbers(file, "/grid", "points").numbers == std::vector<double>{4, 3, 2});
  CHECK(numbers(file, "/grid", "spacing").numbers == std::vector<double>{5e-10, 5e-10, 5e-10});
  CHECK(texts(file, "/grid", "boundary") ==
        std::vector<std::string>{"reflecting", "reflecting", "absorbing", "reflecting", "periodic", "periodic"});
  CHECK((texts(file, "/provenance", "model") == std::vector<std::string>{model}));
  CHECK(texts(file, "/provenance", "note") == std::vector<std::string>{""});
  H5Fclose(file);
}

TEST_CASE("inputs, probes and the VTKHDF image stand beside the fields") {
  const Folder folder;
  const Grid grid = make_grid(2, 4, 2e-9);
  OutputSpec spec{"result.h5", {"X"}, {}, {}};
  spec.probes = {{ProbeSpec::Kind::integral, "all", {1}, 0, {}, ""},
                 {ProbeSpec::Kind::variance, "width", {1}, 0, {}, "m^2"}};
  spec.inputs = {{"parameters", "T", "K", {}, {600}},
                 {"equation", "drift", "m/s", {2, 1, 1}, {3, 4}},
                 {"parameters", "n", "", {}, {7}}};
  const Field field = random_field(3, 16);
  {
    ResultSeries series(folder / "file", "result.h5", spec, grid);
    series.append(0, field, std::vector<double>{1, 2});
    series.append(0.5, field, std::vector<double>{3, 4});
    series.close();
  }
  const hid_t file = H5Fopen((folder / "file").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  REQUIRE(file >= 0);
  CHECK(read(file, "/parameters/T").numbers == std::vector<double>{600});
  CHECK(texts(file, "/parameters/T", "unit") == std::vector<std::string>{"K"});
  CHECK(read(file, "/parameters/n").numbers == std::vector<double>{7});
  CHECK(H5Aexists_by_name(file, "/parameters/n", "unit", H5P_DEFAULT) == 0);
  CHECK(read(file, "/equation/drift").shape == std::vector<hsize_t>{2, 1, 1});
  CHECK(read(file, "/equation/drift").numbers == std::vector<double>{3, 4});
  CHECK(read(file, "/probes/all").numbers == std::vector<double>{1, 3});
  CHECK(read(file, "/probes/width").numbers == std::vector<double>{2, 4});
  CHECK(texts(file, "/probes/width", "unit") == std::vector<std::string>{"m^2"});

  // As the specification of VTKHDF 2.0 has it: an image with steps.
  char type[10] = {};
  const hid_t attribute = H5Aopen_by_name(file, "/VTKHDF", "Type", H5P_DEFAULT, H5P_DEFAULT);
  const hid_t text = H5Aget_type(attribute);
  CHECK(H5Tis_variable_str(text) == 0);
  CHECK(H5Tget_cset(text) == H5T_CSET_ASCII);
  CHECK(H5Aread(attribute, text, type) >= 0);
  CHECK(std::string(type) == "ImageData");
  H5Tclose(text);
  H5Aclose(attribute);
  CHECK(numbers(file, "/VTKHDF", "Version").numbers == std::vector<double>{2, 0});
  CHECK(numbers(file, "/VTKHDF", "WholeExtent").numbers == std::vector<double>{0, 4, 0, 4, 0, 1});
  CHECK(numbers(file, "/VTKHDF", "Spacing").numbers == std::vector<double>{5e-10, 5e-10, 5e-10});
  CHECK(numbers(file, "/VTKHDF", "Origin").numbers == std::vector<double>{0, 0, 0});
  CHECK(numbers(file, "/VTKHDF/Steps", "NSteps").numbers == std::vector<double>{2});
  CHECK(read(file, "/VTKHDF/Steps/Values").numbers == std::vector<double>{0, 0.5});
  CHECK(read(file, "/VTKHDF/Steps/CellDataOffsets/X").numbers == std::vector<double>{0, 1});
  const Values cells = read(file, "/VTKHDF/CellData/X");
  CHECK(cells.shape == std::vector<hsize_t>{2, 1, 4, 4});
  CHECK((cells.numbers == read(file, "/fields/X").numbers));
  H5Fclose(file);
}

TEST_CASE("the VTKHDF image of a single time has no steps, and cells without an axis of time") {
  const Folder folder;
  const OutputSpec spec{"result.h5", {"X", "Y"}, {}, {}};
  const Field field = random_field(3, 32);
  {
    ResultSeries series(folder / "file", "result.h5", spec, make_grid(2, 4, 2e-9));
    series.append(INFINITY, field, {});
    series.close();
  }
  const hid_t file = H5Fopen((folder / "file").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  REQUIRE(file >= 0);
  CHECK(H5Lexists(file, "/VTKHDF/Steps", H5P_DEFAULT) == 0);
  for (const auto& [name, first] : {std::pair{"X", 0}, {"Y", 16}}) {
    const Values cells = read(file, (std::string("/VTKHDF/CellData/") + name).c_str());
    CHECK(cells.shape == std::vector<hsize_t>{1, 4, 4});
    CHECK((cells.numbers == std::vector<double>(field.begin() + first, field.begin() + first + 16)));
  }
  CHECK(read(file, "/fields/X").shape == std::vector<hsize_t>{1, 1, 4, 4});
  CHECK(read(file, "/time").numbers == std::vector<double>{INFINITY});
  H5Fclose(file);
}

TEST_CASE("large fields are cut into chunks of at most 4 MB, and read back whole") {
  const Folder folder;
  Grid grid = make_grid(2, 1200, 1);
  grid.points[0] = 700;
  const Field field = random_field(1, 1200 * 700);
  {
    ResultSeries series(folder / "file", "result.h5", {"result.h5", {"X"}, {}, {}}, grid);
    series.append(0, field, {});
    series.close();
  }
  const hid_t file = H5Fopen((folder / "file").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(file, "/fields/X", H5P_DEFAULT), creation = H5Dget_create_plist(set);
  std::array<hsize_t, 4> chunk{};
  H5Pget_chunk(creation, 4, chunk.data());
  CHECK(chunk[0] * chunk[1] * chunk[2] * chunk[3] * 8 <= 4 << 20);
  CHECK(chunk[3] == 700);
  H5Pclose(creation);
  H5Dclose(set);
  CHECK((read(file, "/fields/X").numbers == field));
  H5Fclose(file);
}
