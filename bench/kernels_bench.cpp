// How fast compiled kernels are, each figure beside the bound it should keep. Two densities with full C and D on
// periodic grids, fields apart in the caches as time integration has them (PaddedFields).
//
//   memory      the right-hand side in 2-D (nine points) at 2048²: against a copy past the caches (32 bytes a cell),
//               against the kernel written by hand (hand_written.cpp), and on two threads against one
//   cache       the same at 256²: against the arithmetic alone, as many additions and multiplications, or fused ones,
//               from registers
//   volume      7 and 19 points at 256³, against the kernels written by hand
//   stages      Chebyshev stages at 2048², blocked in time as a step has them: against right-hand sides with the sums
//   of
//               fields after them, right-hand sides alone, and stages of one sweep each
//   schemes     right-hand sides of fourth order and limited, against the one of second order
//   cpp         the emitted C++ under g++ and clang, compiled as `rdd build` does, against the JIT: with bounds where
//   the
//               others have theirs, and other kernels beside it
//   peers       against numpy, numba, py-pde and Devito (bench/peers), where the system has them
//   propagator  a smooth problem to a given time and error: the exact propagator, against explicit steps as long and on
//               a grid as coarse as the error allows
//   start       from `rdd run` to the end of one explicit step of the crowdion, kernels in the cache or not
//
// Kernels compile without contraction, unless said; prefetching beyond the caches, as `rdd run` does. Each figure is
// the median of several rounds of all that is compared; ratios within one run are what counts. An argument restricts
// the run to the parts that begin with it.
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <numbers>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/hand_written.hpp"
#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/kernels/jit.hpp"
#include "runtime/solve/padded_fields.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/workers.hpp"

namespace {

using namespace rdd;
using Eigen::MatrixXd;
using hand_written::Arithmetic;
using hand_written::Stencil;
namespace fs = std::filesystem;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Seconds a call of each, the medians of all rounds in a second or so. In a round each is called once: the clock of a
/// processor follows what it does, and so it is the same for all.
std::vector<double> seconds(const std::vector<std::function<void()>>& rivals) {
  std::vector<std::vector<double>> times(rivals.size());
  for (const auto& rival : rivals) rival();
  const double begin = now();
  for (int round = 0; round < 9 || now() - begin < 1; ++round)
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      const double start = now();
      rivals[i]();
      times[i].push_back(now() - start);
    }
  std::vector<double> all;
  for (const auto& own : times) all.push_back(median(own));
  return all;
}

/// A line; with the bound, unless it is 0.
void figure(const std::string& what, const std::string& measured, double ratio, double bound) {
  std::printf("  %-58s %-32s ratio %7.2f", what.c_str(), measured.c_str(), ratio);
  if (bound > 0) std::printf("  bound %g  %s", bound, ratio >= bound ? "kept" : "MISSED");
  std::printf("\n");
  std::fflush(stdout);
}

std::string text(const char* format, double a, double b = 0) {
  char buffer[128];
  std::snprintf(buffer, sizeof buffer, format, a, b);
  return buffer;
}

// ---- the equation, also that of bench/peers/equation.py

double entry(int k, int i, int j) {
  return 0.1 * std::sin(1 + 7 * k + 3 * i + 5 * j);
}

MatrixXd matrix(int k, double diagonal = 0) {
  MatrixXd all(2, 2);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) all(i, j) = entry(k, i, j) + (i == j ? diagonal : 0);
  return all;
}

ContinuumPde equation(int dimension, bool mixed = true) {
  const auto n = static_cast<std::size_t>(dimension);
  ContinuumPde pde;
  pde.dimension = dimension;
  pde.components = 2;
  pde.names = {"a", "b"};
  Coefficients& c = pde.coefficients;
  c.reaction = MatrixXd(2, 2);
  c.reaction << -0.3, 0.4, 0.3, -0.4;
  c.diffusion.assign(n, std::vector<MatrixXd>(n));
  for (int a = 0; a < dimension; ++a) {
    c.drift.push_back(matrix(a));
    for (int b = a; b < dimension; ++b) {
      MatrixXd& diffusion = c.diffusion[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
      diffusion = a == b ? matrix(3 + 3 * a + b, 1) : mixed ? matrix(3 + 3 * a + b) : MatrixXd(MatrixXd::Zero(2, 2));
      c.diffusion[static_cast<std::size_t>(b)][static_cast<std::size_t>(a)] = diffusion;
    }
  }
  return pde;
}

hand_written::Weights weights(const ContinuumPde& pde) {
  hand_written::Weights all{};
  const Coefficients& c = pde.coefficients;
  const auto set = [&](std::size_t point, const MatrixXd& to) {
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t q = 0; q < 2; ++q)
        all[point][p][q] = to(static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(q));
  };
  MatrixXd here = c.reaction;
  std::size_t corner = 7;
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    here -= 2 * c.diffusion[a][a];
    set(1 + 2 * a, c.diffusion[a][a] - c.drift[a] / 2);
    set(2 + 2 * a, c.diffusion[a][a] + c.drift[a] / 2);
    for (std::size_t b = a + 1; b < c.drift.size(); ++b) set(corner++, c.diffusion[a][b] / 2);
  }
  set(0, here);
  return all;
}

Grid box(int dimension, long n, DifferenceScheme scheme = DifferenceScheme::central, double length = 0) {
  Grid grid;
  grid.dimension = dimension;
  grid.scheme = scheme;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimension); ++a) {
    grid.points[a] = n;
    if (length > 0) grid.spacing[a] = length / static_cast<double>(n);
  }
  return grid;
}

// ---- kernels on fields

/// The kernels of an equation and five fields for them.
class Bench {
 public:
  Bench(const ContinuumPde& pde, long n, DifferenceScheme scheme = DifferenceScheme::central)
      : grid_(box(pde.dimension, n, scheme)),
        kernels_(discretise(pde, grid_)),
        weights_(weights(pde)),
        fields_(grid_, 2, 5, true) {
    Field dense(2 * grid_.cells());
    for (std::size_t i = 0; i < dense.size(); ++i) dense[i] = 1 + 0.5 * std::sin(1e-3 * static_cast<double>(i));
    for (int i = 0; i < 4; ++i) fields_.read(dense, fields_.field(i));
  }

  const std::vector<ir::KernelIr>& kernels() const { return kernels_; }
  double million_cells() const { return static_cast<double>(grid_.cells()) * 1e-6; }
  long rows() const { return grid_.points[1] * grid_.points[2]; }

  KernelFunction jit(JitOptions options, const std::string& name = "rhs") {
    options.interleave = true;
    code_.push_back(jit_compile(kernels_, options));
    return code_.back()->function(name);
  }

  std::function<void()> sweep(KernelFunction kernel) {
    return [this, kernel] { rows_of(kernel, 0, rows()); };
  }
  std::function<void()> sweep(KernelFunction kernel, Workers& workers) {
    return
        [this, kernel, &workers] { workers.run(rows(), [&](long first, long last) { rows_of(kernel, first, last); }); };
  }
  std::function<void()> sweep(hand_written::Sweep by_hand) {
    return [this, by_hand] { by_hand(fields_.field(0), fields_.field(4), weights_, fields_.layout(), 0, rows()); };
  }

  /// own·y + before·previous + base·y_0 + base_slope·R(y_0) + slope·R, where R stands in the output.
  std::function<void()> update() {
    return [this] {
      double* const to = fields_.field(4);
      const double *const y = fields_.field(0), *const previous = fields_.field(1), *const base = fields_.field(2),
                          *const base_slope = fields_.field(3);
      const double* const c = scalars;
      for (std::size_t i = 0; i < fields_.extent(); ++i)
        to[i] = c[0] * y[i] + c[1] * previous[i] + c[2] * base[i] + c[3] * base_slope[i] + c[4] * to[i];
    };
  }

  /// Stages as the explicit method has them.
  std::function<void()> stages(int count, int threads) {
    Kernels kernels;
    kernels.interleaved = true;
    kernels.rhs = jit({.prefetch = true}, "rhs");
    kernels.stage = jit({.prefetch = true}, "stage");
    const auto side = std::make_shared<RightHandSide>(kernels, grid_, 2, threads, fields_.layout());
    std::vector<Stage> all;
    for (int s = 0; s < count; ++s)
      all.push_back(
          {scalars[5], scalars[0], scalars[1], scalars[2], scalars[3], scalars[4], turn(s), turn(s + 2), turn(s + 1)});
    return [this, side, all] { side->stages(all, fields_.field(2), fields_.field(3)); };
  }

  /// Whether two sweeps give the same to round-off: what is compared must do the same.
  void same(const std::function<void()>& one, const std::function<void()>& other) {
    Field a(2 * grid_.cells()), b(a.size());
    one();
    fields_.write(fields_.field(4), a);
    other();
    fields_.write(fields_.field(4), b);
    double difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = std::max(difference, std::abs(a[i] - b[i]));
    if (!(difference < 1e-12)) std::printf("  NOT THE SAME: the kernels differ by %g\n", difference);
  }

 private:
  static constexpr double scalars[6] = {0.5, 0.25, 0.25, 1e-3, 1e-3, 0};

  /// Three fields in turn.
  double* turn(int stage) {
    constexpr int fields[] = {0, 4, 1};
    return fields_.field(fields[stage % 3]);
  }

  void rows_of(KernelFunction kernel, long first, long last) {
    const double* const in[] = {fields_.field(0), fields_.field(1), fields_.field(2), fields_.field(3)};
    kernel(in, fields_.field(4), scalars, &fields_.layout(), first, last);
  }

  Grid grid_;
  std::vector<ir::KernelIr> kernels_;
  hand_written::Weights weights_;
  PaddedFields fields_;
  std::vector<std::unique_ptr<JitKernels>> code_;
};

const char* name(Arithmetic arithmetic) {
  return arithmetic == Arithmetic::fused ? "contracted" : "exact";
}

constexpr Arithmetic both[] = {Arithmetic::separate, Arithmetic::fused};

void memory() {
  Bench bench(equation(2), 2048);
  Workers two(2);
  const auto count = static_cast<std::size_t>(2e6 * bench.million_cells());
  PaddedFields room(box(2, 2048), 1, 4);
  const auto copy = [&] { hand_written::stream_copy(room.field(0), room.field(2), count); };
  const auto copy_by_two = [&] {
    two.run(2, [&](long first, long last) {
      const std::size_t half = count / 2, from = static_cast<std::size_t>(first) * half;
      hand_written::stream_copy(room.field(0) + from, room.field(2) + from,
                                static_cast<std::size_t>(last - first) * half);
    });
  };
  std::printf("2-D, nine points, 2048 x 2048\n");
  for (const Arithmetic arithmetic : both) {
    const KernelFunction kernel = bench.jit({.contract = arithmetic == Arithmetic::fused, .prefetch = true});
    const auto by_hand = hand_written::sweep(Stencil::nine, arithmetic, true);
    if (by_hand) bench.same(bench.sweep(kernel), bench.sweep(by_hand));
    std::vector<std::function<void()>> rivals{bench.sweep(kernel), copy, bench.sweep(kernel, two), copy_by_two};
    if (by_hand) rivals.push_back(bench.sweep(by_hand));
    const auto time = seconds(rivals);
    const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i]; };
    const std::string what = std::string("JIT, ") + name(arithmetic);
    figure(what + " : copy past the caches", text("%.0f : %.0f Mcells/s", rate(0), rate(1)), rate(0) / rate(1), 0.55);
    if (by_hand) figure(what + " : by hand", text("%.0f : %.0f Mcells/s", rate(0), rate(4)), rate(0) / rate(4), 0.95);
    figure(what + ", two threads : one", text("%.0f : %.0f Mcells/s", rate(2), rate(0)), rate(2) / rate(0), 1.8);
    figure("copy past the caches, two threads : one", text("%.0f : %.0f Mcells/s", rate(3), rate(1)), rate(3) / rate(1),
           0);
  }
}

void cache() {
  Bench bench(equation(2), 256);
  std::printf("2-D, nine points, 256 x 256\n");
  for (const Arithmetic arithmetic : both) {
    const KernelFunction kernel = bench.jit({.contract = arithmetic == Arithmetic::fused});
    const auto by_hand = hand_written::sweep(Stencil::nine, arithmetic, false);
    if (!by_hand) {
      std::printf("  no AVX: there is no kernel by hand to measure\n");
      return;
    }
    bench.same(bench.sweep(kernel), bench.sweep(by_hand));
    const long vectors = static_cast<long>(1e6 * bench.million_cells()) / hand_written::lanes();
    const long count = vectors * operations(Stencil::nine, arithmetic);
    volatile double kept = 0;
    const auto time = seconds(
        {bench.sweep(kernel), bench.sweep(by_hand), [&] { kept = hand_written::from_registers(arithmetic, count); }});
    const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i]; };
    const std::string what = std::string("JIT, ") + name(arithmetic);
    const auto against = [&](const std::string& whom, std::size_t i, double bound) {
      figure(what + " : " + whom, text("%.0f : %.0f Mcells/s", rate(0), rate(i)), rate(0) / rate(i), bound);
    };
    // Two fused operations a cycle are more than the second-level cache has numbers for.
    against("arithmetic from registers", 2, arithmetic == Arithmetic::separate ? 0.9 : 0);
    against("by hand", 1, 0.95);
  }
}

void volume() {
  for (const Stencil stencil : {Stencil::seven, Stencil::nineteen}) {
    Bench bench(equation(3, stencil == Stencil::nineteen), 256);
    std::printf("3-D, %d points, 256 x 256 x 256\n", stencil == Stencil::seven ? 7 : 19);
    const auto by_hand = hand_written::sweep(stencil, Arithmetic::separate, true);
    if (!by_hand) continue;
    const KernelFunction kernel = bench.jit({.prefetch = true});
    bench.same(bench.sweep(kernel), bench.sweep(by_hand));
    const auto time = seconds({bench.sweep(kernel), bench.sweep(by_hand)});
    const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i]; };
    figure("JIT, exact : by hand", text("%.0f : %.0f Mcells/s", rate(0), rate(1)), rate(0) / rate(1), 0.95);
  }
}

void stages() {
  constexpr int count = 12;
  Bench bench(equation(2), 2048);
  std::printf("2-D, nine points, 2048 x 2048, %d Chebyshev stages\n", count);
  const auto slope = bench.sweep(bench.jit({.prefetch = true}, "rhs"));
  const auto one_sweep = bench.sweep(bench.jit({.prefetch = true}, "stage"));
  const auto apart = [&, update = bench.update()] {
    slope();
    update();
  };
  bench.same(one_sweep, apart);
  const auto time = seconds({bench.stages(count, 1), one_sweep, apart, slope, bench.stages(count, 2)});
  const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i] * (i == 0 || i == 4 ? count : 1); };
  const auto against = [&](const char* what, std::size_t i, double bound) {
    figure(what, text("%.0f : %.0f Mcells/s", rate(0), rate(i)), rate(0) / rate(i), bound);
  };
  against("blocked in time : right-hand sides, sums after them", 2, 1.5);
  against("blocked in time : right-hand sides alone", 3, 0);
  against("blocked in time : stages in a sweep each", 1, 0);
  figure("blocked in time, two threads : one", text("%.0f : %.0f Mcells/s", rate(4), rate(0)), rate(4) / rate(0), 0);
}

void schemes() {
  for (const long n : {256L, 2048L}) {
    std::printf("2-D, nine points at second order, %ld x %ld, schemes\n", n, n);
    const JitOptions options{.prefetch = n > 256};
    Bench second(equation(2), n);
    const KernelFunction central = second.jit(options);
    for (const auto& [what, scheme] :
         {std::pair{"fourth order", DifferenceScheme::fourth}, {"limited", DifferenceScheme::limited}}) {
      Bench bench(equation(2), n, scheme);
      const auto time = seconds({bench.sweep(bench.jit(options)), second.sweep(central)});
      const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i]; };
      figure(std::string("JIT, exact, ") + what + " : second order", text("%.0f : %.0f Mcells/s", rate(0), rate(1)),
             rate(0) / rate(1), 0);
    }
  }
}

// ---- emitted C++

/// A folder of its own that goes with it.
class Folder {
 public:
  Folder() {
    std::string path = (fs::temp_directory_path() / "rdd-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) std::abort();
    path_ = path;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// rhs or stage; null where there is no such compiler. The library stays loaded.
KernelFunction emitted(const std::vector<ir::KernelIr>& kernels, const std::string& name, const std::string& compiler,
                       bool prefetch) {
  const Folder folder;
  const std::string source = (folder.path() / "kernel.cpp").string(), library = (folder.path() / "kernel.so").string();
  std::ofstream(source) << emit_cpp(kernels, {.prefetch = prefetch, .interleave = true});
  std::string command = compiler + " -std=c++20 -march=native";
  for (const char* flag : cpp_flags()) command += std::string(" ") + flag;
  command += " -shared -fPIC -I" RDD_SOURCE_DIR " " + source + " -o " + library + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) return nullptr;
  void* const loaded = dlopen(library.c_str(), RTLD_NOW);
  return loaded ? reinterpret_cast<KernelFunction>(dlsym(loaded, ("rdd_" + name).c_str())) : nullptr;
}

/// A kernel in C++ under each compiler against the JIT's; with bounds, or without.
void emitted_against_jit(Bench& bench, const std::string& name, bool prefetch, bool bounds) {
  const KernelFunction jit = bench.jit({.prefetch = prefetch}, name);
  for (const auto& [compiler, bound] : {std::pair{"g++", 0.7}, {"clang++-19", 0.95}, {"clang++", 0.95}}) {
    const KernelFunction kernel = emitted(bench.kernels(), name, compiler, prefetch);
    if (kernel == nullptr) {
      std::printf("  %s: there is no such compiler here\n", compiler);
      continue;
    }
    bench.same(bench.sweep(jit), bench.sweep(kernel));
    const auto time = seconds({bench.sweep(kernel), bench.sweep(jit)});
    const auto rate = [&](std::size_t i) { return bench.million_cells() / time[i]; };
    figure(std::string(compiler) + " : JIT, exact", text("%.0f : %.0f Mcells/s", rate(0), rate(1)), rate(0) / rate(1),
           bounds ? bound : 0);
  }
}

void cpp() {
  for (const long n : {256L, 2048L}) {
    Bench bench(equation(2), n);
    std::printf("2-D, nine points, %ld x %ld, emitted C++\n", n, n);
    emitted_against_jit(bench, "rhs", n > 256, true);
    std::printf("2-D, nine points, %ld x %ld, emitted C++, a Chebyshev stage\n", n, n);
    emitted_against_jit(bench, "stage", n > 256, false);
    for (const auto& [what, scheme] :
         {std::pair{"fourth order", DifferenceScheme::fourth}, {"limited", DifferenceScheme::limited}}) {
      Bench other(equation(2), n, scheme);
      std::printf("2-D, %s, %ld x %ld, emitted C++\n", what, n, n);
      emitted_against_jit(other, "rhs", n > 256, false);
    }
  }
  for (const bool mixed : {false, true}) {
    Bench bench(equation(3, mixed), 256);
    std::printf("3-D, %d points, 256 x 256 x 256, emitted C++\n", mixed ? 19 : 7);
    emitted_against_jit(bench, "rhs", true, false);
  }
}

// ---- peers

/// The million cells a second a script prints; nothing where it cannot run.
std::optional<double> peer(const std::string& script_and_arguments) {
  const std::string command =
      "/usr/bin/python3 " RDD_SOURCE_DIR "/bench/peers/" + script_and_arguments + " 2>/dev/null";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  double rate = 0;
  const bool found = std::fscanf(pipe, "%lf", &rate) == 1;
  return pclose(pipe) == 0 && found ? std::optional(rate) : std::nullopt;
}

void peers() {
  Bench bench(equation(2), 2048);
  std::printf("2-D, nine points, 2048 x 2048, one thread, peers\n");
  const double own = bench.million_cells() / seconds({bench.sweep(bench.jit({.prefetch = true}))})[0];
  const struct {
    const char *what, *script;
    double bound;
  } all[] = {{"numpy", "kernels_numpy.py 2048", 50},
             {"numba, an array for each derivative", "kernels_numba.py 2048 fields", 50},
             {"numba, loops by hand", "kernels_numba.py 2048", 0},
             {"py-pde (numba)", "kernels_py_pde.py 2048", 50},
             {"Devito", "kernels_devito.py 2048", 2.3}};
  for (const auto& [what, script, bound] : all) {
    if (const auto rate = peer(script))
      figure(std::string("JIT, exact : ") + what, text("%.0f : %.3g Mcells/s", own, *rate), own / *rate, bound);
    else
      std::printf("  %s did not run: what bench/peers/%s needs is not installed\n", what, script);
  }
}

// ---- the exact propagator

constexpr double length = 2 * std::numbers::pi, until = 1;

/// A few waves.
Field smooth(const Grid& grid) {
  Field all;
  for (int p = 0; p < 2; ++p)
    for (long y = 0; y < grid.points[1]; ++y)
      for (long x = 0; x < grid.points[0]; ++x) {
        const auto at = grid.centre(x, y, 0);
        all.push_back(2 + std::sin(at[0] + p) * std::cos(2 * at[1]) + 0.5 * std::cos(3 * at[0] - at[1]));
      }
  return all;
}

Field propagated(const ContinuumPde& pde, const Grid& grid, const Field& initial) {
  Field end;
  SolveParams params;
  params.until = until;
  solve_exponential(pde, grid, initial, params, [&](double, const Field& field) {
    end = field;
    return true;
  });
  return end;
}

/// The fastest explicit solve that comes as close as wanted to the exact solution.
struct Explicit {
  double seconds = 0;
  std::string how = "none";
};

Explicit fastest_explicit(const ContinuumPde& pde, double error_wanted) {
  Explicit best;
  for (const auto scheme : {DifferenceScheme::fourth, DifferenceScheme::central})
    for (const long n : {16L, 32L, 64L, 128L, 256L, 512L, 1024L}) {
      const Grid grid = box(2, n, scheme, length);
      const Field initial = smooth(grid), truth = propagated(pde, grid, initial);
      const auto code = jit_compile(discretise(pde, grid));
      Kernels kernels;
      kernels.rhs = code->function("rhs");
      kernels.stage = code->function("stage");
      bool reached = false;
      for (double tolerance = 1e-3; !reached && tolerance > error_wanted / 1e3; tolerance /= 4) {
        SolveParams params;
        params.until = until;
        params.tolerance = tolerance;
        Field end;
        const auto solve = [&] {
          solve_explicit(kernels, pde, grid, initial, params, [&](double, const Field& field) {
            end = field;
            return true;
          });
        };
        const double start = now();
        solve();
        if (const double once = now() - start; best.seconds > 0 && once > 3 * best.seconds) break;
        double difference = 0, size = 0;
        for (std::size_t i = 0; i < end.size(); ++i) {
          difference += (end[i] - truth[i]) * (end[i] - truth[i]);
          size += truth[i] * truth[i];
        }
        reached = std::sqrt(difference / size) <= error_wanted;
        if (!reached) continue;
        const double time = seconds({solve})[0];
        if (best.seconds > 0 && time >= best.seconds) continue;
        best = {time, text(scheme == DifferenceScheme::fourth ? "4th order, %.0f points, tolerance %.2g"
                                                              : "2nd order, %.0f points, tolerance %.2g",
                           static_cast<double>(n), tolerance)};
      }
      if (reached) break;  // a finer grid takes longer
    }
  return best;
}

void propagator() {
  const ContinuumPde pde = equation(2);
  std::printf("three waves in 2-D, to t = 1 at a given relative error: exact propagator : fastest explicit\n");
  const Grid coarse = box(2, 16, DifferenceScheme::central, length);
  const Field initial = smooth(coarse);
  for (const auto& [error_wanted, bound] : {std::pair{1e-4, 0.0}, {1e-6, 100.0}}) {
    const Explicit rival = fastest_explicit(pde, error_wanted);
    const double own = seconds({[&] { propagated(pde, coarse, initial); }})[0];
    figure(text("%g, ", error_wanted) + rival.how, text("%.3g : %.3g ms", own * 1e3, rival.seconds * 1e3),
           rival.seconds / own, bound);
  }
}

// ---- from `rdd run` to a step

void start() {
  const Folder folder;
  std::ifstream example(RDD_SOURCE_DIR "/examples/crowdion.rdd");
  std::ostringstream read;
  read << example.rdbuf();
  std::string model = read.str();
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = model.find(from);
    if (at != std::string::npos) model.replace(at, from.size(), to);
  };
  replace("until    40 ns", "until    1 ps\n  step     1 ps\n  method   explicit");
  replace("every    1 ns", "every    1 ps");
  const fs::path file = folder.path() / "crowdion.rdd", kept = folder.path() / "cache";
  std::ofstream(file) << model;
  const std::string command = "cd '" + folder.path().string() + "' && RDD_CACHE='" + kept.string() + "' '" +
                              RDD_COMMAND + "' run --quiet crowdion.rdd >/dev/null 2>&1";
  std::printf("`rdd run` of the crowdion to the end of its first step, with its results written\n");
  std::vector<double> cold, warm;
  bool fine = true;
  for (int round = 0; round < 7; ++round) {
    fs::remove_all(kept);
    for (std::vector<double>* times : {&cold, &warm}) {
      const double from = now();
      fine = std::system(command.c_str()) == 0 && fine;
      times->push_back(now() - from);
    }
  }
  if (!fine) std::printf("  rdd run FAILED: %s\n", command.c_str());
  figure("no kernels in the cache: 0.12 s", text("%.3f s", median(cold)), 0.12 / median(cold), 1);
  figure("kernels in the cache: 0.03 s", text("%.3f s", median(warm)), 0.03 / median(warm), 1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  const Folder kept;  // what this run compiles is its own
  setenv("RDD_CACHE", kept.path().c_str(), 1);
  const std::pair<std::string, void (*)()> parts[] = {
      {"memory", memory}, {"cache", cache}, {"volume", volume},         {"stages", stages}, {"schemes", schemes},
      {"cpp", cpp},       {"peers", peers}, {"propagator", propagator}, {"start", start}};
  std::printf("vectors of the machine: %d doubles by hand\n", hand_written::lanes());
  for (const auto& [name, run] : parts)
    if (name.compare(0, only.size(), only) == 0) run();
}
