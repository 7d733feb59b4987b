// Million cells a second of the right-hand side, P = 2, nine points with full C and D: JIT-compiled (with and without
// contraction) and emitted C++ compiled by the system's compiler, beside a copy of the same field. Ratios within one
// run are what counts.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/kernels/jit.hpp"

namespace {

using namespace rdd;

ContinuumPde equation(int dimension) {
  constexpr int P = 2;
  std::mt19937_64 random(1);
  const auto matrix = [&] {
    Eigen::MatrixXd m(P, P);
    for (int i = 0; i < P * P; ++i) m(i / P, i % P) = static_cast<double>(random() >> 11) * 0x1p-53;
    return m;
  };
  ContinuumPde pde;
  pde.dimension = dimension;
  pde.components = P;
  const auto n = static_cast<std::size_t>(dimension);
  pde.coefficients.reaction = matrix();
  pde.coefficients.diffusion.assign(n, std::vector<Eigen::MatrixXd>(n));
  for (std::size_t a = 0; a < n; ++a) {
    pde.coefficients.drift.push_back(matrix());
    for (std::size_t b = a; b < n; ++b) pde.coefficients.diffusion[a][b] = pde.coefficients.diffusion[b][a] = matrix();
  }
  return pde;
}

Grid box(int dimension, long n, Boundary side) {
  Grid grid;
  grid.dimension = dimension;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimension); ++a) {
    grid.points[a] = n;
    grid.boundary[a] = {side, side};
  }
  return grid;
}

/// Kernels in the three forms they come in, compiled once.
enum class Form { jit, jit_contracted, jit_prefetch, cpp };

KernelFunction emitted(const std::vector<ir::KernelIr>& kernels, const std::string& name, const std::string& key) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "rdd-kernels-bench";
  fs::create_directories(folder);
  const fs::path source = folder / (key + ".cpp"), library = folder / (key + ".so");
  std::ofstream(source) << emit_cpp(kernels);
  const std::string command = std::string(RDD_BENCH_COMPILER) +
                              " -std=c++20 -O3 -march=native -ffp-contract=off -shared -fPIC -I" + RDD_SOURCE_DIR +
                              " " + source.string() + " -o " + library.string();
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot compile the emitted kernel");
  void* loaded = dlopen(library.c_str(), RTLD_NOW);
  if (loaded == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<KernelFunction>(dlsym(loaded, ("rdd_" + name).c_str()));
}

KernelFunction kernel(const std::string& name, int dimension, Boundary side, Form form) {
  static std::map<std::string, KernelFunction> known;
  static std::vector<std::unique_ptr<JitKernels>> owners;
  const std::string key = name + std::to_string(dimension) + (side == Boundary::periodic ? "p" : "w") +
                          std::to_string(static_cast<int>(form));
  if (known.contains(key)) return known.at(key);
  const auto kernels = discretise(equation(dimension), box(dimension, 16, side));
  if (form == Form::cpp) return known[key] = emitted(kernels, name, key);
  owners.push_back(jit_compile(kernels, {.contract = form == Form::jit_contracted || form == Form::jit_prefetch,
                                         .prefetch = form == Form::jit_prefetch}));
  return known[key] = owners.back()->function(name);
}

void sweep(benchmark::State& state, const std::string& name, int dimension, Boundary side, Form form) {
  const KernelFunction function = kernel(name, dimension, side, form);
  const Grid grid = box(dimension, state.range(0), side);
  const long nx = grid.points[0], ny = grid.points[1], nz = grid.points[2];
  // Rows a power of two apart fall on the same lines of the caches; the padding keeps them off (a factor of four at
  // 2048²).
  const long row = nx + 8, plane = row * ny + 8, volume = plane * nz + 8;
  const KernelLayout layout{{nx, ny, nz}, row, plane, volume};
  std::vector<Field> fields(5, Field(2 * static_cast<std::size_t>(volume), 1.0));
  const double* in[4] = {fields[0].data(), fields[1].data(), fields[2].data(), fields[3].data()};
  const double scalars[6] = {0.5, 0.25, 0.25, 1e-3, 1e-3, 0};
  for (auto _ : state) {
    function(in, fields[4].data(), scalars, &layout, 0, ny * nz);
    benchmark::ClobberMemory();
  }
  state.counters["Mcells/s"] =
      benchmark::Counter(static_cast<double>(grid.cells()) * 1e-6, benchmark::Counter::kIsIterationInvariantRate);
}

void copy(benchmark::State& state) {
  const auto cells = static_cast<std::size_t>(state.range(0) * state.range(0));
  Field from(2 * cells, 1.0), to(2 * cells, 0.0);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size() * sizeof(double));
    benchmark::ClobberMemory();
  }
  state.counters["Mcells/s"] =
      benchmark::Counter(static_cast<double>(cells) * 1e-6, benchmark::Counter::kIsIterationInvariantRate);
}

void compile(benchmark::State& state, int dimension, Boundary side) {
  const auto kernels = discretise(equation(dimension), box(dimension, 16, side));
  for (auto _ : state) benchmark::DoNotOptimize(jit_compile(kernels));
}

constexpr Boundary periodic = Boundary::periodic, reflecting = Boundary::reflecting;

}  // namespace

BENCHMARK(copy)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_2d_jit, "rhs", 2, periodic, Form::jit)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_2d_jit_contracted, "rhs", 2, periodic, Form::jit_contracted)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_2d_jit_prefetch, "rhs", 2, periodic, Form::jit_prefetch)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_2d_cpp, "rhs", 2, periodic, Form::cpp)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_2d_walls_jit, "rhs", 2, reflecting, Form::jit)->Arg(256);
BENCHMARK_CAPTURE(sweep, stage_2d_jit, "stage", 2, periodic, Form::jit)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, stage_2d_cpp, "stage", 2, periodic, Form::cpp)->Arg(256)->Arg(2048);
BENCHMARK_CAPTURE(sweep, rhs_3d_jit, "rhs", 3, periodic, Form::jit)->Arg(32)->Arg(192);
BENCHMARK_CAPTURE(sweep, rhs_3d_cpp, "rhs", 3, periodic, Form::cpp)->Arg(32)->Arg(192);
BENCHMARK_CAPTURE(compile, compile_2d, 2, periodic)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(compile, compile_2d_walls, 2, reflecting)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(compile, compile_3d, 3, periodic)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(compile, compile_3d_walls, 3, reflecting)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
