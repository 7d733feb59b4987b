#include "runtime/solve/output.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "runtime/expects.hpp"
#include "tests/solve/folder.hpp"
#include "tests/solve/full_disk.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

OutputSpec spec(const std::string& path, bool probes = true) {
  OutputSpec spec{path, {"coarse[0]", "coarse[1]"}, {{"model", "model crowdion\n"}, {"version", "0.1.0"}}, {}};
  if (probes)
    spec.probes = {{ProbeSpec::Kind::integral, "all", {1, 1}, 0, {}, ""},
                   {ProbeSpec::Kind::mean, "place, x", {1, 0}, 0, {}, "m"}};
  return spec;
}

void write_all(OutputFiles& files, std::size_t cells) {
  for (int i = 0; i < 4; ++i) files.write(i * 1e-9, random_field(static_cast<std::uint64_t>(i), 2 * cells));
  files.commit();
}

}  // namespace

TEST_CASE("the three files appear together when they are complete") {
  const Folder folder;
  const Grid grid = make_grid(2, 6, 3e-9);
  {
    OutputFiles files(spec(folder / "relax.h5"), grid);
    CHECK(files.paths() ==
          std::vector<std::string>{folder / "relax.h5", folder / "relax.xdmf", folder / "relax.probes.csv"});
    for (const std::string& name : folder.names()) CHECK(name.front() == '.');
    write_all(files, 36);
  }
  CHECK(folder.names() == std::vector<std::string>{"relax.h5", "relax.probes.csv", "relax.xdmf"});
}

TEST_CASE("without probes there is no table, and other endings stay in the companion's name") {
  const Folder folder;
  OutputFiles files(spec(folder / "run.2", false), make_grid(1, 6, 3e-9));
  write_all(files, 6);
  CHECK(folder.names() == std::vector<std::string>{"run.2", "run.2.xdmf"});
}

TEST_CASE("the table holds a head with units and numbers that read back as they were") {
  const Folder folder;
  const Grid grid = make_grid(1, 4, 4);
  OutputFiles files(spec(folder / "relax.h5"), grid);
  files.write(0, {1, 0, 0, 0, 0, 0, 0, 0});
  files.write(0.1, {0.25, 0.75, 0, 0, 0, 0, 0, 0.7});
  files.write(1e-9, {1. / 3, 0, 0, 0, 0, 0, 0, 0});
  files.write(2e-9, {0, 0, 0, 0, 0, 0, 0, 0});
  files.commit();
  CHECK(contents(folder / "relax.probes.csv") ==
        "time [s],all,\"place, x [m]\"\n"
        "0,1,0.5\n"
        "0.1,1.7,1.25\n"
        "1e-09,0.3333333333333333,0.5\n"
        "2e-09,0,nan\n");
}

TEST_CASE("what is not committed leaves nothing, and earlier results as they were") {
  const Folder folder;
  for (const char* name : {"relax.h5", "relax.xdmf", "relax.probes.csv"}) write(folder / name, "before");
  {
    OutputFiles files(spec(folder / "relax.h5"), make_grid(1, 4, 4));
    files.write(0, Field(8, 1.0));
  }
  CHECK(folder.names().size() == 3);
  CHECK(contents(folder / "relax.h5") == "before");
  {
    OutputFiles files(spec(folder / "relax.h5"), make_grid(1, 4, 4));
    write_all(files, 4);
  }
  CHECK(folder.names().size() == 3);
  CHECK(contents(folder / "relax.h5").substr(1, 3) == "HDF");
}

TEST_CASE("the same fields give the same bytes, whenever they are written") {
  const Folder folder;
  const Grid grid = make_grid(2, 16, 3e-9);
  std::vector<std::string> first;
  for (int round = 0; round < 2; ++round) {
    OutputFiles files(spec(folder / "relax.h5"), grid);
    write_all(files, 256);
    std::vector<std::string> bytes;
    for (const std::string& path : files.paths()) bytes.push_back(contents(path));
    if (round == 0) {
      first = bytes;
      std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // file formats count seconds
    } else {
      CHECK((bytes == first));
    }
  }
}

TEST_CASE("a place that cannot be written to is known before anything is computed") {
  const Folder folder;
  const Grid grid = make_grid(1, 4, 4);
  CHECK_THROWS_WITH_AS(OutputFiles(spec(folder / "no/relax.h5"), grid),
                       ("cannot write '" + (folder / "no/relax.h5") +
                        "': No such file or directory; create the folder '" + (folder / "no") + "' or choose another")
                           .c_str(),
                       OutputError);
  std::filesystem::create_directory(folder / "relax.xdmf");
  CHECK_THROWS_AS(OutputFiles(spec(folder / "relax.h5"), grid), OutputError);
  CHECK(folder.names() == std::vector<std::string>{"relax.xdmf"});
}

TEST_CASE("a disk that fills up while fields are written ends with a sentence and leaves nothing") {
  const Folder folder;
  write(folder / "relax.h5", "before");
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{600}, rlim_t{3000}, rlim_t{100000}, rlim_t{400000}}) {
    CAPTURE(bytes);
    const std::string sentence = refusal_beyond(bytes, [&] {
      OutputFiles files(spec(folder / "relax.h5"), make_grid(2, 128, 3e-9));
      write_all(files, 16384);
    });
    CHECK(sentence == "cannot write '" + (folder / "relax.h5") +
                          "': File too large; raise the limit on the size of files (ulimit -f), or write fewer times");
    CHECK(folder.names() == std::vector<std::string>{"relax.h5"});
    CHECK(contents(folder / "relax.h5") == "before");
  }
}

TEST_CASE("thinned fields are means over blocks: totals and probes stay") {
  const Folder folder;
  Grid grid = make_grid(2, 6, 3e-9);
  grid.points[1] = 4;
  const Field field = random_field(5, 24);
  const std::array<long, 3> thin{3, 2, 1};
  const Grid coarse = thinned(grid, thin);
  CHECK(coarse.points == std::array<long, 3>{2, 2, 1});
  CHECK(coarse.spacing[0] == 3 * grid.spacing[0]);
  const Field means = thinned(grid, thin, field);
  REQUIRE(means.size() == 4);
  double first = 0;
  for (const std::size_t cell : {0u, 1u, 2u, 6u, 7u, 8u}) first += field[cell];
  CHECK(means[0] == rdd::test::approx(first / 6));
  const ProbeSpec all{ProbeSpec::Kind::integral, "all", {1}, 0, {}, ""};
  CHECK(measure(all, coarse, means, 1) == rdd::test::approx(measure(all, grid, field, 1)));

  OutputSpec thin_spec{folder / "relax.h5", {"X"}, {}, {all}};
  thin_spec.thin = thin;
  OutputFiles files(thin_spec, grid);
  files.write(0, field);
  files.commit();
  CHECK(contents(folder / "relax.xdmf").find("Dimensions=\"1 2 2\"") != std::string::npos);
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
  const auto field = [](int i) { return random_field(static_cast<std::uint64_t>(i), 512); };
  std::vector<std::string> parts;
  {
    OutputFiles files(spec(folder / "relax.h5"), grid);
    files.write(0, field(0));
    files.write(1 * 1e-9, field(1));
    CHECK(files.close_part(folder / "one.h5"));
    CHECK_FALSE(files.close_part(folder / "two.h5"));
    parts.push_back(folder / "one.h5");
    files.write(2 * 1e-9, field(2));  // is lost: the process ends
  }
  CHECK(folder.names() == std::vector<std::string>{"one.h5"});
  OutputFiles files(spec(folder / "relax.h5"), grid);
  files.go_on_from(parts);
  CHECK(files.times() == 2);
  files.write(2 * 1e-9, field(2));
  files.write(3 * 1e-9, field(3));
  CHECK(files.close_part(folder / "two.h5"));
  files.commit();
  for (std::size_t i = 0; i < 3; ++i) CHECK((contents(files.paths()[i]) == whole[i]));
}

TEST_CASE("a field of the wrong size is a mistake of the caller") {
  const Folder folder;
  OutputFiles files(spec(folder / "relax.h5"), make_grid(1, 4, 4));
  CHECK_THROWS_AS(files.write(0, Field(7, 1.0)), InternalError);
}
