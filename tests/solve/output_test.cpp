#include "runtime/solve/output.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include "runtime/expects.hpp"
#include "tests/solve/folder.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

OutputSpec spec(const std::string& path, bool probes = true) {
  OutputSpec spec{path, {"coarse[0]", "coarse[1]"}, {{"model", "model crowdion\n"}, {"version", "0.1.0"}}, {}};
  if (probes)
    spec.probes = {{ProbeSpec::Kind::integral, "all", {1, 1}, 0, {}, ""},
                   {ProbeSpec::Kind::mean, "place, x", {1, 0}, 0, {}, "m"}};
  return spec;
}

// Writes in a process of its own that may not make files larger than this, which fails as a full disk does; returns the
// sentence of the error. (The HDF5 library leaks what it cannot write: not to be counted against the tests.)
std::string refusal_beyond(rlim_t bytes, const std::function<void()>& write) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    std::string sentence;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write();
    } catch (const OutputError& error) {
      sentence = error.what();
    }
    const bool told = ::write(ends[1], sentence.data(), sentence.size()) == static_cast<ssize_t>(sentence.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::string sentence;
  char text[256];
  for (ssize_t size; (size = ::read(ends[0], text, sizeof text)) > 0;)
    sentence.append(text, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? sentence : "the process ended with status " + std::to_string(status);
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

TEST_CASE("a field of the wrong size is a mistake of the caller") {
  const Folder folder;
  OutputFiles files(spec(folder / "relax.h5"), make_grid(1, 4, 4));
  CHECK_THROWS_AS(files.write(0, Field(7, 1.0)), InternalError);
}
