// A run that is killed at any instant, and started again: SIGKILL leaves a process no time for anything.
#include <doctest/doctest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <chrono>
#include <random>
#include <thread>

#include "tests/support/process.hpp"

using namespace rdd::test;

namespace {

namespace fs = std::filesystem;

// Some seconds of work on one core: enough for a hundred kills.
const std::string slow_model = R"(model slow
temperature 600 K
lattice { vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]] }
states { X weight 1; Y weight 1 }
rates {
  X <-> X by [1, 0] : arrhenius(5 THz, 0.05 eV)
  Y <-> Y by [0, 1] : arrhenius(5 THz, 0.05 eV)
  X <-> Y : arrhenius(5 THz, 0.45 eV)
}
solve walls {
  domain [60 nm, 50 nm]; grid [96, 80]
  boundary x: absorbing, y: reflecting
  initial all = gaussian(center = [30 nm, 20 nm], sigma = 6 nm)
  method explicit
  until 40 ns; every 0.4 ns; output "walls.h5"
  checkpoint every 20 ms
  probe left = integral(all)
}
)";

// The same in implicit steps, a thousand of which take about a second.
std::string in_implicit_steps() {
  std::string text = slow_model;
  const std::string method = "method explicit";
  return text.replace(text.find(method), method.size(), "method implicit; step 0.02 ns");
}

pid_t start(const std::vector<std::string>& command, const fs::path& directory) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; ++i) dup2(nowhere, i);
    if (chdir(directory.c_str()) == 0) execv(arguments[0], arguments.data());
    _exit(127);
  }
  return child;
}

// Whether every HDF5 file that can be seen, in the folder and in the checkpoint, opens.
bool all_open(const fs::path& folder) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  bool all = true;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.front() == '.' || entry.path().extension() != ".h5") continue;
    const hid_t file = H5Fopen(entry.path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    all = all && file >= 0;
    if (file >= 0) H5Fclose(file);
  }
  return all;
}

}  // namespace

TEST_CASE("killed a hundred times at random instants and started again, a run ends with the same bytes") {
  const Scratch whole, killed;
  for (const Scratch* scratch : {&whole, &killed}) scratch->write("slow.rdd", slow_model);
  const std::vector<std::string> command{rdd_command(), "run", "slow.rdd", "--restart", "--threads", "1"};
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(run(command, "", whole.path(), 600).status == 0);
  const std::chrono::duration<double> needed = std::chrono::steady_clock::now() - begin;

  std::mt19937_64 random(7);
  int kills = 0, completed = 0, with_checkpoint = 0;
  while (kills < 100) {
    // Some are killed before the first step, some while the files are put together.
    const double after = 0.7 * needed.count() * static_cast<double>(random() >> 11) * 0x1p-53;
    const pid_t child = start(command, killed.path());
    std::this_thread::sleep_for(std::chrono::duration<double>(after));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(all_open(killed.path()));
    if (WIFSIGNALED(status)) {
      ++kills;
      if (fs::exists(killed.path() / "walls.checkpoint/state.h5")) ++with_checkpoint;
      continue;
    }
    // It was quicker: the results are there, and the next run begins anew.
    REQUIRE(WEXITSTATUS(status) == 0);
    ++completed;
    for (const char* name : {"walls.h5", "walls.xdmf", "walls.probes.csv"}) {
      REQUIRE(read_file(killed.path() / name) == read_file(whole.path() / name));
      fs::remove(killed.path() / name);
    }
  }
  MESSAGE(kills << " kills, " << with_checkpoint << " with a checkpoint, " << completed << " runs completed meanwhile");
  CHECK(with_checkpoint > 20);
  const Finished last = run(command, "", killed.path(), 600);
  INFO(last.errors);
  REQUIRE(last.status == 0);
  for (const char* name : {"walls.h5", "walls.xdmf", "walls.probes.csv"})
    CHECK(read_file(killed.path() / name) == read_file(whole.path() / name));
  int left = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(killed.path())) ++left;
  CHECK(left == 4);  // the model and its results: nothing else
}

TEST_CASE("Ctrl-C and SIGTERM write a checkpoint and end with status 130 and 143") {
  for (const std::string& model : {slow_model, in_implicit_steps()}) {
    const Scratch whole, stopped;
    for (const Scratch* scratch : {&whole, &stopped}) scratch->write("slow.rdd", model);
    std::vector<std::string> command{rdd_command(), "run", "slow.rdd"};
    REQUIRE(run(command, "", whole.path(), 600).status == 0);
    for (const int signal : {SIGINT, SIGTERM}) {
      // A checkpoint by the clock tells that the solve is under way.
      const auto written = [&] {
        std::error_code none;
        return fs::last_write_time(stopped.path() / "walls.checkpoint/state.h5", none);
      };
      const auto before = written();
      const pid_t child = start(command, stopped.path());
      while (written() == before) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      kill(child, signal);
      int status = 0;
      waitpid(child, &status, 0);
      REQUIRE(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) == 128 + signal);
      CHECK(fs::exists(stopped.path() / "walls.checkpoint/state.h5"));
      CHECK_FALSE(fs::exists(stopped.path() / "walls.h5"));
      command.resize(3);
      const Finished refused = run(command, "", stopped.path());
      CHECK(refused.status == 2);
      CHECK(refused.errors.find("error[E0704]") != std::string::npos);
      const Finished other =
          run({rdd_command(), "run", "slow.rdd", "--restart", "--set", "T=601 K"}, "", stopped.path());
      CHECK(other.status == 2);
      CHECK(other.errors.find("its parameter T is 600 K there and 601 K here") != std::string::npos);
      command.push_back("--restart");
    }
    REQUIRE(run(command, "", stopped.path(), 600).status == 0);
    for (const char* name : {"walls.h5", "walls.xdmf", "walls.probes.csv"})
      CHECK(read_file(stopped.path() / name) == read_file(whole.path() / name));
  }
}
