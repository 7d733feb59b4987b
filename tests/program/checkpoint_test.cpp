#include "runtime/program/checkpoint.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "runtime/program/problem.hpp"
#include "tests/solve/folder.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

namespace fs = std::filesystem;

// A pulse that drifts and spreads on a ring.
Problem ring(const std::string& path, bool exponential = false) {
  Problem problem;
  problem.model = "ring";
  problem.name = "spread";
  problem.pde = make_pde(0.7, 0.4);
  problem.grid = make_grid(1, 64, 10);
  problem.initial = [](int, double x, double, double) { return std::exp(-(x - 3) * (x - 3)); };
  problem.method = exponential ? TimeMethod::exponential : TimeMethod::runge_kutta;
  problem.params.until = 2.5;
  problem.params.every = 0.2;
  problem.params.tolerance = 1e-5;
  problem.output = {path, {"X"}, {{"model", "ring"}, {"model_hash", "17"}}, {}};
  problem.output.probes = {{ProbeSpec::Kind::integral, "all", {1}, 0, {}, ""},
                           {ProbeSpec::Kind::variance, "width", {1}, 0, {}, "m^2"}};
  problem.output.inputs = {{"parameters", "T", "K", {}, {600}}};
  return problem;
}

Outcome solved(const Problem& problem, const SolveOptions& options = {}) {
  return solve(problem, plain_kernels(problem.pde, problem.grid), options);
}

// One whose every question after so many steps is answered by yes.
SolveOptions broken_off_after(long steps, bool restart) {
  SolveOptions options;
  options.restart = restart;
  options.interrupted = [steps, asked = 0L]() mutable { return asked++ >= steps; };
  return options;
}

std::vector<std::string> results_of(const Folder& folder) {
  return {contents(folder / "relax.h5"), contents(folder / "relax.xdmf"), contents(folder / "relax.probes.csv")};
}

std::vector<std::string> undisturbed(bool exponential = false) {
  const Folder folder;
  const Outcome outcome = solved(ring(folder / "relax.h5", exponential));
  REQUIRE(outcome.statistics.completed);
  CHECK(folder.names() == std::vector<std::string>{"relax.h5", "relax.probes.csv", "relax.xdmf"});
  return results_of(folder);
}

std::string refusal(const Problem& problem, const SolveOptions& options, CheckpointError::Kind kind) {
  try {
    solved(problem, options);
  } catch (const CheckpointError& error) {
    CHECK((error.kind == kind));
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

bool opens(const std::string& path) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  return file >= 0 && H5Fclose(file) >= 0;
}

}  // namespace

TEST_CASE("a solve that is interrupted again and again ends with the bytes of one that was left alone") {
  for (const bool exponential : {false, true}) {
    CAPTURE(exponential);
    const std::vector<std::string> whole = undisturbed(exponential);
    for (const long steps : {1L, 5L, 11L}) {
      CAPTURE(steps);
      const Folder folder;
      const Problem problem = ring(folder / "relax.h5", exponential);
      int runs = 1;
      Outcome outcome = solved(problem, broken_off_after(steps, false));
      while (outcome.interrupted) {
        CHECK(outcome.checkpoint == folder / "relax.checkpoint");
        CHECK(folder.names() == std::vector<std::string>{"relax.checkpoint"});
        for (const auto& entry : fs::directory_iterator(folder / "relax.checkpoint"))
          if (entry.path().extension() == ".h5") CHECK(opens(entry.path().string()));
        REQUIRE(++runs < 500);
        outcome = solved(problem, broken_off_after(steps, true));
        CHECK(outcome.restarted_at.has_value());
      }
      CHECK(runs > 1);
      CHECK(outcome.statistics.completed);
      CHECK(folder.names() == std::vector<std::string>{"relax.h5", "relax.probes.csv", "relax.xdmf"});
      CHECK((results_of(folder) == whole));
    }
  }
}

TEST_CASE("checkpoints by the clock change no byte, and leave nothing") {
  const std::vector<std::string> whole = undisturbed();
  const Folder folder;
  SolveOptions options;
  options.checkpoint_every = 1e-9;  // after every step
  CHECK(solved(ring(folder / "relax.h5"), options).statistics.completed);
  CHECK(folder.names() == std::vector<std::string>{"relax.h5", "relax.probes.csv", "relax.xdmf"});
  CHECK((results_of(folder) == whole));
}

TEST_CASE("steps of SUNDIALS are left off after any of them, and end with the bytes of a solve that was left alone") {
  for (const TimeMethod method : {TimeMethod::implicit, TimeMethod::imex}) {
    CAPTURE(static_cast<int>(method));
    const auto problem = [&](const Folder& folder) {
      Problem problem = ring(folder / "relax.h5");
      problem.method = method;
      problem.params.step = 0.002;  // 1250 steps: six rests, from which a solve is taken up again
      return problem;
    };
    const Folder alone, clocked, once;
    const Outcome whole = solved(problem(alone));
    REQUIRE(whole.statistics.completed);
    REQUIRE(whole.statistics.steps > 1200);
    const auto same = [&](const Outcome& outcome, const Folder& folder) {
      CHECK(outcome.statistics.completed);
      CHECK(outcome.statistics.steps == whole.statistics.steps);
      CHECK(outcome.statistics.kernel_calls == whole.statistics.kernel_calls);
      CHECK(outcome.statistics.iterations == whole.statistics.iterations);
      CHECK((results_of(folder) == results_of(alone)));
      CHECK(folder.names() == alone.names());
    };
    SolveOptions by_the_clock;
    by_the_clock.checkpoint_every = 1e-9;  // wherever there may be one
    same(solved(problem(clocked), by_the_clock), clocked);
    // Interrupted within the first step, a solve ends after it; what it keeps is its start.
    Outcome outcome = solved(problem(once), broken_off_after(0, false));
    REQUIRE(outcome.interrupted);
    CHECK(outcome.statistics.steps == 1);
    CHECK(outcome.reached > 0);
    CHECK(outcome.reached <= 0.002);
    CHECK(outcome.kept == 0);
    same(solved(problem(once), broken_off_after(100000, true)), once);
    // Interrupted again and again, after outputs that the next run reaches once more.
    for (const long steps : {201L, 333L, 777L}) {
      CAPTURE(steps);
      const Folder broken;
      int runs = 1;
      outcome = solved(problem(broken), broken_off_after(steps, false));
      while (outcome.interrupted) {
        CHECK(outcome.kept > 0);
        CHECK(outcome.kept <= outcome.reached);
        REQUIRE(++runs < 20);
        outcome = solved(problem(broken), broken_off_after(steps, true));
        CHECK(outcome.restarted_at.has_value());
      }
      CHECK(runs > (steps < 400 ? 3 : 1));  // from rest to rest: 200 steps a run, or 600
      same(outcome, broken);
    }
  }
}

TEST_CASE("the search for a steady state ends when it is interrupted, and leaves nothing") {
  const Folder folder;
  Problem problem = ring(folder / "relax.h5");
  problem.method = TimeMethod::steady;
  const Outcome outcome = solved(problem, broken_off_after(0, false));
  CHECK(outcome.interrupted);
  CHECK(outcome.checkpoint.empty());
  CHECK(how_to_go_on(outcome, "rdd") == "interrupted; a steady state is found in one go, so nothing is kept");
  CHECK(folder.names().empty());
  CHECK(solved(problem).statistics.completed);
}

TEST_CASE("a checkpoint is not passed over, and goes only where it fits") {
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  REQUIRE(solved(problem, broken_off_after(20, false)).interrupted);
  using enum CheckpointError::Kind;
  CHECK(refusal(problem, {}, in_the_way) == "there is a checkpoint of an unfinished solve, '" +
                                                (folder / "relax.checkpoint") +
                                                "': go on from it with --restart, or begin anew without it (rm -r '" +
                                                (folder / "relax.checkpoint") + "')");
  SolveOptions restart;
  restart.restart = true;
  const auto other = [&](const std::function<void(Problem&)>& change) {
    Problem changed = problem;
    change(changed);
    return refusal(changed, restart, does_not_fit);
  };
  CHECK(says(other([](Problem& p) { p.output.inputs[0].values[0] = 700; }),
             "its parameter T is 600 K there and 700 K here"));
  CHECK(
      says(other([](Problem& p) { p.output.attributes[1].second = "18"; }), "its model_hash is 17 there and 18 here"));
  CHECK(says(other([](Problem& p) { p.grid = make_grid(1, 32, 10); }), "its grid is 64 there and 32 here"));
  CHECK(says(other([](Problem& p) { p.params.until = 3; }), "its end time is 2.5 s there and 3 s here"));
  CHECK(says(other([](Problem& p) { p.params.every = 0.5; }), "its time between outputs"));
  CHECK(says(other([](Problem& p) { p.pde = make_pde(0.7, 0.5); }), "its equation"));
  CHECK(says(other([](Problem& p) { p.initial = [](int, double, double, double) { return 1.0; }; }),
             "its initial density"));
  CHECK(says(other([](Problem& p) { p.output.probes.pop_back(); }), "its list of outputs"));
  CHECK(solved(problem, restart).statistics.completed);
}

TEST_CASE("a damaged checkpoint is said to be so") {
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  REQUIRE(solved(problem, broken_off_after(20, false)).interrupted);
  SolveOptions restart;
  restart.restart = true;
  for (const char* name : {"part1.h5", "state.h5"}) {
    const std::string path = folder / (std::string("relax.checkpoint/") + name);
    fs::resize_file(path, fs::file_size(path) / 2);
    CHECK(says(refusal(problem, restart, CheckpointError::Kind::does_not_fit), "is damaged"));
  }
  CHECK(fs::exists(folder / "relax.checkpoint/state.h5"));
}

TEST_CASE("asked to go on where there is no checkpoint, a solve begins; where its results are complete, it ends") {
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  SolveOptions restart;
  restart.restart = true;
  const Outcome first = solved(problem, restart);
  CHECK(first.statistics.completed);
  CHECK_FALSE(first.restarted_at.has_value());
  const std::vector<std::string> whole = results_of(folder);
  CHECK(solved(problem, restart).complete_before);
  CHECK((results_of(folder) == whole));
  fs::remove(folder / "relax.xdmf");
  CHECK_FALSE(solved(problem, restart).complete_before);
  Problem longer = problem;
  longer.params.until = 3;
  CHECK_FALSE(solved(longer, restart).complete_before);
  CHECK((results_of(folder) != whole));
}

TEST_CASE("what a killed process has left is cleared away") {
  const std::vector<std::string> whole = undisturbed();
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  REQUIRE(solved(problem, broken_off_after(20, false)).interrupted);
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string pid = std::to_string(gone);
  write(folder / (".relax.h5." + pid + ".tmp"), "half a file");
  write(folder / (".relax.xdmf." + pid + ".tmp"), "");
  write(folder / ".relax.h5.1.tmp", "of a process that lives");
  write(folder / "relax.checkpoint/part7.h5", "not counted on by the state");
  write(folder / ("relax.checkpoint/.state.h5." + pid + ".tmp"), "half a state");
  SolveOptions restart;
  restart.restart = true;
  CHECK(solved(problem, restart).statistics.completed);
  CHECK(folder.names() == std::vector<std::string>{".relax.h5.1.tmp", "relax.h5", "relax.probes.csv", "relax.xdmf"});
  CHECK((results_of(folder) == whole));
}

TEST_CASE("two processes do not work on one checkpoint") {
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  REQUIRE(solved(problem, broken_off_after(20, false)).interrupted);
  SolveOptions restart;
  restart.restart = true;
  {
    Checkpoint other(problem.output.path);
    other.hold();
    CHECK(says(refusal(problem, restart, CheckpointError::Kind::does_not_fit), "another process is at work"));
  }
  CHECK(solved(problem, restart).statistics.completed);
}

TEST_CASE("a disk that fills up loses nothing of the checkpoint") {
  const std::vector<std::string> whole = undisturbed();
  const Folder folder;
  const Problem problem = ring(folder / "relax.h5");
  REQUIRE(solved(problem, broken_off_after(20, false)).interrupted);
  // Files may not grow beyond a limit, which fails as a full disk does; in a process of its own, for HDF5 leaks what it
  // cannot write.
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{1000}, rlim_t{5000}, rlim_t{12000}}) {
    CAPTURE(bytes);
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{bytes, bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      bool told = false;
      try {
        SolveOptions restart;
        restart.restart = true;
        restart.checkpoint_every = 1e-9;
        solved(problem, restart);
      } catch (const OutputError& error) {
        told = says(error.what(), "File too large") && says(error.what(), "go on from it with --restart");
      }
      ::_exit(told ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(folder.names() == std::vector<std::string>{"relax.checkpoint"});
  }
  SolveOptions restart;
  restart.restart = true;
  CHECK(solved(problem, restart).statistics.completed);
  CHECK((results_of(folder) == whole));
}
