#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <regex>

#include "runtime/expects.hpp"
#include "runtime/program/problem.hpp"
#include "runtime/solve/output.hpp"
#include "runtime/solve/read_error.hpp"
#include "runtime/solve/result_series.hpp"
#include "tests/solve/folder.hpp"
#include "tests/solve/full_disk.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

OutputSpec spec(const std::string& path) {
  OutputSpec spec{path, {"coarse[0]", "ν"}, {{"model", "crowdion"}, {"fingerprint", "17"}}, {}};
  spec.probes = {{ProbeSpec::Kind::integral, "all", {1, 1}, 0, {}, ""},
                 {ProbeSpec::Kind::mean, "place, x", {1, 0}, 0, {}, "m"}};
  return spec;
}

Field field_at(int time, std::size_t cells) {
  return random_field(static_cast<std::uint64_t>(time), 2 * cells);
}

void write_all(OutputFiles& files, std::size_t cells) {
  for (int i = 0; i < 4; ++i) files.write(i * 1e-9, field_at(i, cells));
  files.commit();
}

std::vector<double> numbers_at(const std::string& bytes, std::size_t offset, std::size_t count) {
  REQUIRE(offset + count * sizeof(double) <= bytes.size());
  std::vector<double> numbers(count);
  std::memcpy(numbers.data(), bytes.data() + offset, count * sizeof(double));
  return numbers;
}

// Where the numbers begin.
std::size_t begin_of(const std::string& bytes) {
  return std::stoul(bytes.substr(bytes.find("begin") + 5));
}

void check_refused(const std::string& path) {
  CHECK_THROWS_AS(ResultPart(path, spec("result.bin"), make_grid(1, 4, 4)), ReadError);
  CHECK_THROWS_AS(results_fingerprint(path), ReadError);
}

}  // namespace

TEST_CASE("the file begins with a text that tells all there is to know, and numbers follow it") {
  const Folder folder;
  Grid grid = make_grid(2, 2, 1);
  grid.points[1] = 3;
  grid.boundary[1] = {Boundary::reflecting, Boundary::absorbing};
  OutputSpec all = spec("result.bin");
  all.attributes = {{"model", "crowdion"}, {"model_text", "model crowdion {\n  states a, b\n}"}, {"note", ""}};
  all.inputs = {{"parameters", "T", "K", {}, {600}}, {"equation", "drift", "m/s", {2, 1, 1}, {0.1, -3e-9}}};
  const Field first = random_field(1, 12), second = random_field(2, 12);
  {
    ResultSeries series(folder / "file", "result.bin", all, grid);
    series.append(0, first, std::vector<double>{1, 2});
    series.append(INFINITY, second, std::vector<double>{3, 4});
    series.close();
  }
  const std::string bytes = contents(folder / "file");
  const std::string text = R"(rdd results 1
begin          448
fields 2 1 3 2
probes 2
dimension 2
points 2 3
spacing 0.5 0.5
boundary periodic periodic reflecting absorbing
thin 1 1
component [1/m^2] coarse[0]
component [1/m^2] ν
probe [1] all
probe [m] place, x
input [K] () parameters/T = 600
input [m/s] (2 1 1) equation/drift = 0.1 -3e-09
provenance model crowdion
provenance model_text model crowdion {
    states a, b
  }
provenance note 
end)";
  const std::size_t record = 8 * (1 + 2 + 12);
  REQUIRE(bytes.size() == 448 + 2 * record);
  CHECK(bytes.substr(0, 448) == text + std::string(447 - text.size(), ' ') + '\n');
  CHECK(numbers_at(bytes, 448, 3) == std::vector<double>{0, 1, 2});
  CHECK(numbers_at(bytes, 448 + 24, 12) == first);
  CHECK(numbers_at(bytes, 448 + record, 3) == std::vector<double>{INFINITY, 3, 4});
  CHECK(numbers_at(bytes, 448 + record + 24, 12) == second);
}

TEST_CASE("inputs read back to the last bit") {
  const Folder folder;
  OutputSpec all{"result.bin", {"X"}, {}, {}};
  const double least = std::numeric_limits<double>::denorm_min(), most = std::numeric_limits<double>::max();
  all.inputs = {{"equation", "numbers", "", {6}, {1. / 3, 0.1, least, most, -2e-300, 8.617333262e-5}}};
  ResultSeries(folder / "file", "result.bin", all, make_grid(1, 4, 4)).close();
  const std::string text = contents(folder / "file"), name = "input [1] (6) equation/numbers =";
  REQUIRE(text.find(name) != std::string::npos);
  std::istringstream numbers(text.substr(text.find(name) + name.size()));
  for (const double expected : all.inputs[0].values) {
    std::string digits;
    numbers >> digits;
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    CHECK(value == expected);
  }
}

TEST_CASE("what was written reads back as it was") {
  const Folder folder;
  const Grid grid = make_grid(3, 4, 2e-9);
  {
    ResultSeries series(folder / "file", "result.bin", spec("result.bin"), grid);
    for (int i = 0; i < 3; ++i) series.append(0.1 * i, field_at(i, 64), std::vector<double>{1. * i, 2. * i});
    series.close();
  }
  const ResultPart part(folder / "file", spec("result.bin"), grid);
  REQUIRE(part.times() == std::vector<double>{0, 0.1, 0.2});
  for (const int i : {2, 0, 1}) {
    CHECK((part.field(static_cast<std::size_t>(i)) == field_at(i, 64)));
    CHECK(part.probes(static_cast<std::size_t>(i)) == std::vector<double>{1. * i, 2. * i});
  }
  CHECK(results_fingerprint(folder / "file") == "17");
}

TEST_CASE("whatever name is asked for, the file ends in .bin, and its companions stand beside it") {
  for (const char* asked : {"relax.h5", "relax.hdf5", "relax.vtkhdf", "relax.bin", "relax"}) {
    const Folder folder;
    OutputFiles files(spec(folder / asked), make_grid(1, 6, 3e-9));
    CHECK(files.paths() ==
          std::vector<std::string>{folder / "relax.bin", folder / "relax.xdmf", folder / "relax.probes.csv"});
    write_all(files, 6);
    CHECK(folder.names() == std::vector<std::string>{"relax.bin", "relax.probes.csv", "relax.xdmf"});
  }
  CHECK(results_path("a.b/run.2") == "a.b/run.2.bin");
}

TEST_CASE("parts are put together to the bytes of a file that was written in one go") {
  const Folder folder, other;
  const Grid grid = make_grid(2, 16, 3e-9);
  std::vector<std::string> whole;
  {
    OutputFiles files(spec(other / "relax.h5"), grid);
    write_all(files, 256);
    for (const std::string& path : files.paths()) whole.push_back(contents(path));
  }
  {
    OutputFiles files(spec(folder / "relax.h5"), grid);
    for (int i = 0; i < 2; ++i) files.write(i * 1e-9, field_at(i, 256));
    CHECK(files.close_part(folder / "one"));
    CHECK_FALSE(files.close_part(folder / "two"));
    files.write(2 * 1e-9, field_at(2, 256));  // is lost: the process ends
  }
  CHECK(folder.names() == std::vector<std::string>{"one"});
  OutputFiles files(spec(folder / "relax.h5"), grid);
  files.go_on_from({folder / "one"});
  CHECK(files.times() == 2);
  for (int i = 2; i < 4; ++i) files.write(i * 1e-9, field_at(i, 256));
  CHECK(files.close_part(folder / "two"));
  files.commit();
  for (std::size_t i = 0; i < 3; ++i) CHECK((contents(files.paths()[i]) == whole[i]));
}

TEST_CASE("a part of other fields does not fit") {
  const Folder folder;
  const Grid grid = make_grid(1, 4, 4);
  {
    OutputFiles files(spec(folder / "relax.h5"), grid);
    files.write(0, field_at(0, 4));
    files.close_part(folder / "one");
  }
  Grid other = grid;
  other.boundary[0] = {Boundary::reflecting, Boundary::reflecting};
  OutputSpec renamed = spec(folder / "relax.h5");
  renamed.components[1] = "other";
  CHECK_NOTHROW(ResultPart(folder / "one", spec(""), grid));
  CHECK_THROWS_AS(ResultPart(folder / "one", spec(""), make_grid(1, 5, 4)), ReadError);
  CHECK_THROWS_AS(ResultPart(folder / "one", spec(""), make_grid(1, 4, 5)), ReadError);
  CHECK_THROWS_AS(ResultPart(folder / "one", spec(""), other), ReadError);
  CHECK_THROWS_AS(ResultPart(folder / "one", renamed, grid), ReadError);
}

TEST_CASE("files that were cut or are damaged are refused") {
  const Folder folder;
  check_refused(folder / "none");
  OutputFiles files(spec(folder / "relax.h5"), make_grid(1, 4, 4));
  write_all(files, 4);
  const std::string bytes = contents(folder / "relax.bin");
  const std::size_t begin = begin_of(bytes), record = 8 * (1 + 2 + 2 * 4);
  REQUIRE(bytes.size() == begin + 4 * record);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{20}, begin - 1, begin, begin + 8,
                                 bytes.size() - record - 1, bytes.size() - 1}) {
    CAPTURE(size);
    write(folder / "cut", bytes.substr(0, size));
    check_refused(folder / "cut");
  }
  write(folder / "longer", bytes + ' ');
  check_refused(folder / "longer");
  for (const auto& [there, instead] : {std::pair{"rdd results 1", "rdd results 2"},
                                       {"begin    ", "begin 999"},
                                       {"begin    ", "begin   -"},
                                       {"fields 2", "fields 3"},
                                       {"fields 2", "fields x"},
                                       {"fields 2 1", "fields 999"},
                                       {"\nprobes 2", "\nprobes 4"}}) {
    CAPTURE(instead);
    std::string changed = bytes;
    changed.replace(changed.find(there), std::strlen(there), instead);
    write(folder / "changed", changed);
    check_refused(folder / "changed");
  }
  write(folder / "text", "some other file\n");
  check_refused(folder / "text");
}

TEST_CASE("results of no fingerprint have none to tell") {
  const Folder folder;
  OutputSpec bare = spec(folder / "relax.h5");
  bare.attributes = {{"model_text", "\nprovenance fingerprint 18\n"}};
  OutputFiles files(bare, make_grid(1, 4, 4));
  write_all(files, 4);
  CHECK_THROWS_AS(results_fingerprint(folder / "relax.bin"), ReadError);
}

TEST_CASE("a full disk ends with a sentence and leaves nothing") {
  CHECK_THROWS_WITH_AS(ResultSeries("/dev/full", "result.bin", spec("result.bin"), make_grid(1, 4, 4)),
                       "cannot write 'result.bin': No space left on device; free some space, or write to another disk",
                       OutputError);
  const Folder folder;
  CHECK_THROWS_AS(ResultSeries(folder / "no/file", "result.bin", spec("result.bin"), make_grid(1, 4, 4)), OutputError);
  write(folder / "relax.bin", "before");
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{200}, rlim_t{3000}, rlim_t{100000}, rlim_t{1000000}}) {
    CAPTURE(bytes);
    const std::string sentence = refusal_beyond(bytes, [&] {
      OutputFiles files(spec(folder / "relax.h5"), make_grid(2, 128, 3e-9));
      write_all(files, 16384);
    });
    CHECK(sentence == "cannot write '" + (folder / "relax.bin") +
                          "': File too large; raise the limit on the size of files (ulimit -f), or write fewer times");
    CHECK(folder.names() == std::vector<std::string>{"relax.bin"});
    CHECK(contents(folder / "relax.bin") == "before");
  }
}

TEST_CASE("the description leads to each field") {
  const Folder folder;
  Grid grid = make_grid(2, 4, 2e-9);
  grid.points[1] = 6;
  OutputSpec thinned_spec = spec(folder / "a&b.h5");
  thinned_spec.thin = {1, 2, 1};
  OutputFiles files(thinned_spec, grid);
  write_all(files, 24);
  const std::string text = contents(folder / "a&b.xdmf"), bytes = contents(folder / "a&b.bin");
  const std::regex item(
      "<DataItem Dimensions=\"1 3 4\" NumberType=\"Float\" Precision=\"8\" Format=\"Binary\" Endian=\"Little\" "
      "Seek=\"([0-9]+)\">a&amp;b\\.bin</DataItem>");
  std::size_t found = 0;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), item); at != std::sregex_iterator(); ++at, ++found) {
    const Field whole = thinned(grid, thinned_spec.thin, field_at(static_cast<int>(found / 2), 24));
    const auto component = whole.begin() + static_cast<long>(found % 2) * 12;
    CHECK(numbers_at(bytes, std::stoul((*at)[1]), 12) == Field(component, component + 12));
  }
  CHECK(found == 4 * 2);
}

TEST_CASE("a field of the wrong size is a mistake of the caller") {
  const Folder folder;
  ResultSeries series(folder / "file", "result.bin", spec("result.bin"), make_grid(1, 4, 4));
  CHECK_THROWS_AS(series.append(0, Field(7, 1.0), std::vector<double>{1, 2}), InternalError);
  CHECK_THROWS_AS(series.append(0, Field(8, 1.0), std::vector<double>{1}), InternalError);
}

TEST_CASE("a solve that is broken off and goes on leaves the bytes of one that was not") {
  const auto ring = [](const std::string& path) {
    Problem problem;
    problem.model = "ring";
    problem.pde = make_pde(0.7, 0.4);
    problem.grid = make_grid(1, 64, 10);
    problem.initial = [](int, double x, double, double) { return std::exp(-(x - 3) * (x - 3)); };
    problem.method = TimeMethod::runge_kutta;
    problem.params.until = 2.5;
    problem.params.every = 0.2;
    problem.params.tolerance = 1e-5;
    problem.output = {path, {"X"}, {{"model", "ring"}}, {}};
    return problem;
  };
  const auto solved = [](const Problem& problem, const SolveOptions& options = {}) {
    return solve(problem, plain_kernels(problem.pde, problem.grid), options);
  };
  const Folder whole, folder;
  solved(ring(whole / "relax.h5"));
  CHECK(whole.names() == std::vector<std::string>{"relax.bin", "relax.xdmf"});

  const Problem problem = ring(folder / "relax.h5");
  SolveOptions broken_off, restart;
  broken_off.interrupted = [asked = 0]() mutable { return asked++ >= 20; };
  restart.restart = true;
  REQUIRE(solved(problem, broken_off).interrupted);
  CHECK(folder.names() == std::vector<std::string>{"relax.checkpoint"});
  CHECK(std::filesystem::exists(folder / "relax.checkpoint/part1.bin"));
  CHECK(std::filesystem::exists(folder / "relax.checkpoint/state.bin"));
  write(folder / "relax.checkpoint/part7.bin", "not counted on by the state");
  write(folder / ".relax.bin.999999999.tmp", "of a process that is no more");
  CHECK(solved(problem, restart).restarted_at > 0);
  CHECK(folder.names() == whole.names());
  for (const std::string& name : whole.names()) CHECK((contents(folder / name) == contents(whole / name)));
  CHECK(solved(problem, restart).complete_before);
}
