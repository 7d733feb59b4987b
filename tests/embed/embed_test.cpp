// The installed package, as somebody else's project meets it: installed, moved, and found by CMake.
#include <doctest/doctest.h>
#include <hdf5.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <tuple>

#include "tests/support/approx.hpp"
#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

// The warnings a careful project turns on.
const std::string strict = "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror";

Finished must(const Finished& finished) {
  INFO(finished.output);
  INFO(finished.errors);
  REQUIRE(finished.status == 0);
  return finished;
}

Finished cmake(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RDD_TEST_CMAKE);
  return run(arguments, "", ".", 800);
}

// The numbers that follow a word, wherever it stands.
std::vector<double> numbers_after(const std::string& text, const std::string& word) {
  std::vector<double> found;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    found.push_back(std::stod(text.substr(at + word.size())));
  return found;
}

// The densities of the last time in a results file, one component after the other.
std::vector<double> last_fields(const fs::path& path, const std::vector<std::string>& components) {
  std::vector<double> all;
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  for (const std::string& name : components) {
    const hid_t data = H5Dopen2(file, ("/fields/" + name).c_str(), H5P_DEFAULT), space = H5Dget_space(data);
    hsize_t shape[4];
    H5Sget_simple_extent_dims(space, shape, nullptr);
    std::vector<double> values(shape[0] * shape[1] * shape[2] * shape[3]);
    H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Sclose(space);
    H5Dclose(data);
    all.insert(all.end(), values.end() - static_cast<std::ptrdiff_t>(values.size() / shape[0]), values.end());
  }
  H5Fclose(file);
  return all;
}

// One installation for all cases. It is moved after it was made, so that no path of its first place can matter.
const fs::path& installed() {
  static const Scratch scratch;
  static const fs::path prefix = [] {
    must(cmake({"--install", RDD_BINARY_DIR, "--prefix", scratch.file("first")}));
    fs::rename(scratch.path() / "first", scratch.path() / "moved");
    return scratch.path() / "moved";
  }();
  return prefix;
}

}  // namespace

TEST_CASE("the example builds against the installed package alone, and its numbers are right") {
  const fs::path prefix = installed();
  const Scratch scratch;
  fs::copy(std::string(RDD_SOURCE_DIR) + "/examples/embed", scratch.path() / "embed", fs::copy_options::recursive);
  const std::string source = scratch.file("embed"), build = scratch.file("build");
  must(cmake({"-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix.string(), strict,
              "-DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON",
              "-DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON"}));
  must(cmake({"--build", build}));

  // D = Γ a² of a walk with four jumps of rate Γ = ν exp(-E/kT).
  const Finished walk = must(run({build + "/walk"}, "", scratch.path()));
  INFO(walk.output);
  const double kB = 1.380649e-23, eV = 1.602176634e-19;
  const auto D = numbers_after(walk.output, "D = ");
  REQUIRE(D.size() == 2);
  const double temperatures[] = {600, 900};
  for (std::size_t i = 0; i < 2; ++i) {
    const double closed_form = 5e12 * std::exp(-0.4 * eV / (kB * temperatures[i])) * 0.3e-9 * 0.3e-9;
    CHECK(D[i] == rdd::test::approx(closed_form).epsilon(1e-11));
  }
  // Walls ten widths away: the variance grows by 2 D t.
  const auto growth = numbers_after(walk.output, "variance grew by "),
             expected = numbers_after(walk.output, "2 D t = ");
  REQUIRE(growth.size() == 1);
  CHECK(expected.at(0) == rdd::test::approx(2 * D[0] * 50e-9).epsilon(1e-6));
  CHECK(growth[0] == rdd::test::approx(expected[0]).epsilon(1e-3));
  CHECK(walk.output.find("E_mgi") != std::string::npos);
  CHECK(walk.output.find("did you mean `E_mig`?") != std::string::npos);

  // The class steps through the same fields as `rdd run`: the same file, byte for byte.
  const Finished crowdion = must(run({build + "/crowdion"}, "", scratch.path()));
  INFO(crowdion.output);
  const fs::path elsewhere = scratch.path() / "run";
  fs::create_directory(elsewhere);
  must(run({prefix / "bin/rdd", "run", source + "/crowdion.rdd", "--quiet"}, "", elsewhere));
  for (const char* name : {"relax.h5", "relax.probes.csv"})
    CHECK(read_file(scratch.path() / name) == read_file(elsewhere / name));
  CHECK(read_file(scratch.path() / "relax.h5").size() > 1000);
  // What was given as a function of the place is the whole of it at first, and leaves through the walls.
  const auto left = numbers_after(crowdion.output, "left: ");
  REQUIRE(left.size() == 1);
  CHECK(left[0] == rdd::test::approx(1).epsilon(1e-4));

  // A file the model uses changes: the class is written again. A mistake stops the build with rdd's words.
  const std::string header = build + "/rdd/crowdion/crowdion.hpp", before = read_file(header);
  std::ofstream(source + "/barriers.rdd", std::ios::app) << "# a remark\n";
  must(cmake({"--build", build, "--target", "crowdion"}));
  CHECK(read_file(header) != before);
  std::ofstream(source + "/barriers.rdd", std::ios::app) << "param E_bad = 1 eV * nmm\n";
  const Finished broken = cmake({"--build", build, "--target", "crowdion"});
  CHECK(broken.status != 0);
  CHECK((broken.output + broken.errors).find("barriers.rdd:6:22") != std::string::npos);
}

TEST_CASE("the installed command compiles kernels and builds programs, wherever it was moved") {
  const fs::path prefix = installed();
  const Scratch scratch;
  const std::string model = std::string(RDD_SOURCE_DIR) + "/examples/embed/crowdion.rdd";
  must(run({prefix / "bin/rdd", "run", model, "--solve", "absorb", "--quiet", "-o", "ours.h5"}, "", scratch.path()));
  must(run({prefix / "bin/rdd", "build", model, "--solve", "absorb", "-o", "program"}, "", scratch.path()));
  must(run({scratch.file("program"), "--quiet", "--output", "theirs.h5"}, "", scratch.path()));
  CHECK(read_file(scratch.path() / "ours.h5") == read_file(scratch.path() / "theirs.h5"));
}

TEST_CASE("a program written as a project builds from what is in it, and does what `rdd run` does") {
  const fs::path prefix = installed();
  const Scratch scratch;
  // Exact, explicit and implicit steps.
  const std::string model = scratch.write("chain.rdd", R"(model chain
temperature 600 K
lattice { vectors [[0.3 nm]] }
states { A energy 0 eV; B energy 0.02 eV }
rates {
  A <-> A by [1] : arrhenius(5 THz, 0.4 eV)
  A <-> B : arrhenius(5 THz, 0.7 eV)
}
solve waves {
  domain [48 nm]; grid [160]
  initial A = gaussian(center = [20 nm], sigma = 3 nm)
  until 1 us; every 0.25 us; output "waves.h5"; probe width = variance(x)
}
solve steps {
  domain [48 nm]; grid [160]; boundary absorbing
  method explicit
  initial A = gaussian(center = [20 nm], sigma = 3 nm)
  source B = 1e-3 /nm/ns where x < 9 nm
  until 100 ns; every 50 ns; output "steps.h5"
}
)");
  must(run({prefix / "bin/rdd", "run", model, "--quiet"}, "", scratch.path()));
  must(run({prefix / "bin/rdd", "emit", model, "--cpp", "project"}, "", scratch.path()));
  for (const char* name : {"chain.cpp", "CMakeLists.txt", "README.md", "rdd/runtime/solve/explicit.cpp"})
    CHECK(fs::exists(scratch.path() / "project" / name));
  fs::create_directories(scratch.path() / "rich");
  must(cmake({"-S", scratch.file("project"), "-B", scratch.file("rich/build"), "-G", "Ninja", strict}));
  must(cmake({"--build", scratch.file("rich/build")}));
  must(run({scratch.file("rich/build/chain"), "--quiet", "--threads", "2"}, "", scratch.path() / "rich"));
  for (const char* name : {"waves.h5", "waves.xdmf", "waves.probes.csv", "steps.h5"})
    CHECK(read_file(scratch.path() / name) == read_file(scratch.path() / "rich" / name));

  // With nothing but the compiler.
  fs::create_directories(scratch.path() / "poor");
  must(cmake({"-S", scratch.file("project"), "-B", scratch.file("poor/build"), "-G", "Ninja", strict, "-DWITH_HDF5=OFF",
              "-DWITH_FFTW=OFF", "-DWITH_OPENMP=OFF"}));
  must(cmake({"--build", scratch.file("poor/build")}));
  must(run({scratch.file("poor/build/chain"), "--quiet", "--threads", "2"}, "", scratch.path() / "poor"));
  const Finished needed = run({"ldd", scratch.file("poor/build/chain")});
  for (const char* library : {"hdf5", "fftw", "sundials", "gomp"})
    CHECK(needed.output.find(library) == std::string::npos);
  // The last record: its time, its probes, and 2 x 160 densities.
  const auto last = [&](const char* name, std::size_t probes) {
    const std::string bytes = read_file(scratch.path() / "poor" / name);
    const std::size_t count = 1 + probes + 2 * 160;
    REQUIRE(bytes.size() > count * sizeof(double));
    std::vector<double> record(count);
    std::memcpy(record.data(), bytes.data() + bytes.size() - count * sizeof(double), count * sizeof(double));
    record.erase(record.begin() + 1, record.begin() + 1 + static_cast<std::ptrdiff_t>(probes));
    return record;
  };
  // As docs/output.md reads it.
  if (run({"/usr/bin/python3", "-c", "import numpy"}).status == 0) {
    const std::string page = read_file(std::string(RDD_SOURCE_DIR) + "/docs/output.md");
    const std::size_t begin = page.find('\n', page.rfind("```python")) + 1;
    scratch.write("poor/read.py", page.substr(begin, page.find("```", begin) - begin) +
                                      "print(times[\"time\"][-1], times[\"fields\"].shape, begin[0])\n");
    fs::copy(scratch.path() / "poor/waves.bin", scratch.path() / "poor/relax.bin");
    const Finished read = must(run({"/usr/bin/python3", "read.py"}, "", scratch.path() / "poor"));
    CHECK(read.output.find("1e-06 (5, 2, 1, 1, 160)") == 0);
  }
  for (const auto& [name, probes, time] : {std::tuple{"waves", 1u, 1e-6}, {"steps", 0u, 1e-7}}) {
    CAPTURE(name);
    const std::vector<double> plain = last((std::string(name) + ".bin").c_str(), probes);
    CHECK(plain[0] == approx(time).epsilon(1e-15));
    const std::vector<double> ours = last_fields(scratch.path() / (std::string(name) + ".h5"), {"A", "B"});
    double largest = 0;
    for (const double value : ours) largest = std::max(largest, value);
    // Explicit steps have the same bits; transforms differ by their round-off.
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(std::abs(plain[1 + i] - ours[i]) <= 1e-13 * largest);
  }
}

TEST_CASE("a project with implicit steps says what it needs") {
  const fs::path prefix = installed();
  const Scratch scratch;
  const std::string model = std::string(RDD_SOURCE_DIR) + "/examples/foil/foil.rdd";
  must(run({prefix / "bin/rdd", "emit", model, "--cpp", "project"}, "", scratch.path()));
  const std::string readme = read_file(scratch.path() / "project/README.md");
  CHECK(readme.find("SUNDIALS") != std::string::npos);
  const Finished refused = cmake({"-S", scratch.file("project"), "-B", scratch.file("build"), "-G", "Ninja",
                                  "-DCVODE_LIBRARY=CVODE_LIBRARY-NOTFOUND", "-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY",
                                  "-DCMAKE_FIND_ROOT_PATH=/nowhere"});
  CHECK(refused.status != 0);
  CHECK((refused.output + refused.errors).find("needs SUNDIALS") != std::string::npos);
}

TEST_CASE("the runtime is a package of its own, without the language, libfmt, Boost or LLVM") {
  const fs::path prefix = installed();
  const Scratch scratch;
  scratch.write("CMakeLists.txt",
                "cmake_minimum_required(VERSION 3.25)\nproject(alone LANGUAGES CXX)\n"
                "find_package(rdd 0.1 CONFIG REQUIRED COMPONENTS runtime)\n"
                "add_executable(alone alone.cpp)\ntarget_link_libraries(alone PRIVATE rdd::runtime)\n"
                "if(TARGET rdd::lang)\n  message(FATAL_ERROR \"the language came along\")\nendif()\n");
  // A walk to the right only, at 3 /s over 2 m: v = 6 m/s, D = 6 m^2/s.
  scratch.write("alone.cpp",
                "#include <cstdio>\n"
                "#include \"runtime/network/rate_network.hpp\"\n"
                "#include \"runtime/reduction/reduction.hpp\"\n"
                "#include \"runtime/spectrum/bloch.hpp\"\n"
                "int main() {\n"
                "  rdd::NetworkParts parts;\n"
                "  parts.lattice.vectors = Eigen::MatrixXd::Constant(1, 1, 2.0);\n"
                "  parts.states = {\"X\"};\n"
                "  parts.hops = {{0, 0, {1, 0, 0}, 3.0, -1}};\n"
                "  const rdd::RateNetwork network = rdd::make_network(parts);\n"
                "  const rdd::Transport found = rdd::transport(rdd::BlochOperator(network));\n"
                "  std::printf(\"%g %g\\n\", found.velocity(0), found.diffusion(0, 0));\n"
                "}\n");
  std::vector<std::string> configure{
      "-S",  scratch.path(), "-B", scratch.file("build"), "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix.string(),
      strict};
  for (const char* name : {"fmt", "Boost", "LLVM", "nlohmann_json"})
    configure.push_back(std::string("-DCMAKE_DISABLE_FIND_PACKAGE_") + name + "=ON");
  must(cmake(configure));
  must(cmake({"--build", scratch.file("build")}));
  CHECK(must(run({scratch.file("build/alone")})).output == "6 6\n");
}
