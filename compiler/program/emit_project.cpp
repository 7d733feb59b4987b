#include "compiler/program/emit_project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/program/emit_class.hpp"
#include "compiler/program/emit_program.hpp"
#include "compiler/program/run_parameters.hpp"
#include "compiler/version.hpp"
#include "lang/embedded.hpp"

namespace rdd {
namespace {

/// Whether a solve takes steps, or a search, of SUNDIALS.
bool needs_sundials(const std::vector<SolveTask>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(), [](const SolveTask& task) {
    const TimeMethod method = task.problem.method;
    return method != TimeMethod::exponential && method != TimeMethod::runge_kutta;
  });
}

std::string cmake_lists(const std::string& name, const std::vector<SolveTask>& tasks) {
  const std::string head = fmt::format(
      R"(cmake_minimum_required(VERSION 3.22)
project({0} LANGUAGES C CXX)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_EXTENSIONS OFF)
option(WITH_HDF5 "write results as HDF5 where there is such a library; otherwise as plain binary files" ON)
option(WITH_FFTW "transform by FFTW where there is such a library; otherwise by code of this project" ON)
option(WITH_OPENMP "leave threads to OpenMP where the compiler has it; otherwise to the C++ library" ON)

# Contracted multiplications and additions, and other functions than the C library's, would change the last bits of the
# results.
set(FLAGS {1})

# What every such program shares; of some files one of two is compiled, by what this machine has.
file(GLOB RUNTIME rdd/runtime/*/*.cpp)
macro(leave_out)
  foreach(file ${{ARGN}})
    list(REMOVE_ITEM RUNTIME ${{CMAKE_CURRENT_SOURCE_DIR}}/rdd/runtime/solve/${{file}})
  endforeach()
endmacro()
find_package(Threads REQUIRED)
set(LIBRARIES Threads::Threads)

if(WITH_HDF5)
  find_package(HDF5 COMPONENTS C)
endif()
if(HDF5_FOUND)
  leave_out(raw_series.cpp raw_state.cpp)
  list(APPEND LIBRARIES ${{HDF5_C_LIBRARIES}})
  include_directories(SYSTEM ${{HDF5_C_INCLUDE_DIRS}})
else()
  leave_out(hdf5_file.cpp hdf5_series.cpp hdf5_state.cpp)
endif()

if(WITH_FFTW)
  find_library(FFTW_LIBRARY fftw3)
  find_path(FFTW_INCLUDE fftw3.h)
endif()
if(FFTW_LIBRARY AND FFTW_INCLUDE)
  leave_out(waves_plain.cpp)
  list(APPEND LIBRARIES ${{FFTW_LIBRARY}})
  include_directories(SYSTEM ${{FFTW_INCLUDE}})
else()
  leave_out(waves_fftw.cpp)
endif()

if(WITH_OPENMP)
  find_package(OpenMP COMPONENTS CXX)
endif()
if(OpenMP_CXX_FOUND)
  leave_out(workers.cpp)
  list(APPEND LIBRARIES OpenMP::OpenMP_CXX)
else()
  leave_out(workers_openmp.cpp)
endif()

)",
      name, fmt::join(cpp_flags(all_fused(tasks)), " "));
  const std::string sundials =
      needs_sundials(tasks)
          ? R"(# Implicit steps and steady states are those of SUNDIALS (CVODE, ARKODE; version 6).
find_library(CVODE_LIBRARY sundials_cvode)
find_library(ARKODE_LIBRARY sundials_arkode)
find_path(SUNDIALS_INCLUDE cvode/cvode.h)
if(NOT CVODE_LIBRARY OR NOT ARKODE_LIBRARY OR NOT SUNDIALS_INCLUDE)
  message(FATAL_ERROR "This program needs SUNDIALS (Debian: libsundials-dev); -DCMAKE_PREFIX_PATH says where it is. "
                      "Solves with `method explicit` or `method exponential` do without.")
endif()
leave_out(without_sundials.cpp)
list(APPEND LIBRARIES ${CVODE_LIBRARY} ${ARKODE_LIBRARY})
include_directories(SYSTEM ${SUNDIALS_INCLUDE})
)"
          : "leave_out(sundials_integrator.cpp implicit.cpp imex.cpp steady.cpp)  # no solve needs them\n";
  return head + sundials +
         fmt::format(R"(
add_library(rdd_runtime STATIC ${{RUNTIME}})
target_include_directories(rdd_runtime SYSTEM PUBLIC rdd third_party third_party/eigen)
target_compile_definitions(rdd_runtime PUBLIC EIGEN_MAX_ALIGN_BYTES=64 FMT_HEADER_ONLY)
target_compile_options(rdd_runtime PRIVATE -ffp-contract=off -w)
target_link_libraries(rdd_runtime PUBLIC ${{LIBRARIES}})

add_executable({0} {0}.cpp)
target_compile_options({0} PRIVATE -march=native ${{FLAGS}})
target_link_libraries({0} PRIVATE rdd_runtime)
)",
                     name);
}

/// What the runtime of every such program is made of, under rdd/.
std::vector<std::pair<std::string, std::string>> runtime_sources() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const EmbeddedFile& file : runtime_files())
    all.emplace_back("rdd/runtime/" + std::string(file.name), std::string(file.text));
  return all;
}

std::string parameter_table(const Model& model, const std::vector<RunParameter>& parameters,
                            const std::vector<SolveTask>& tasks) {
  if (parameters.empty()) return "";
  std::string out = "\n## Parameters\n\n| name | value | `--set` |\n| --- | --- | --- |\n";
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const OutputArray& input = tasks.front().problem.output.inputs[i];
    const std::string why = parameters[i].settable        ? "yes"
                            : model.parameters[i].derived ? "no: it follows from others"
                                                          : "no: " + parameters[i].fixed;
    out += fmt::format("| `{}` | {}{}{} | {} |\n", input.name, input.values.front(), input.unit.empty() ? "" : " ",
                       input.unit, why);
  }
  return out;
}

std::string readme(const Model& model, const std::string& name, const std::vector<RunParameter>& parameters,
                   const std::vector<SolveTask>& tasks) {
  std::string out = fmt::format(
      "# {0}\n\nA solver of reduced reaction-drift-diffusion equations, written by rdd {1} from `{2}` (hash {3}).\n\n"
      "    cmake -B build\n"
      "    cmake --build build\n"
      "    build/{4} --help\n\n"
      "`{4}.cpp` holds all of the model, in SI units: coefficients, kernels, initial densities. The rest is the same "
      "for\n"
      "every model: `rdd/` is the runtime of rdd, `third_party/` are headers of Eigen (MPL 2.0) and fmt (MIT). A "
      "compiler\n"
      "of C++20 and CMake are enough to build it.{5} Where there are\n\n"
      "- HDF5, results are `.h5` files; otherwise `.bin` files, whose first lines say how to read them;\n"
      "- FFTW, it transforms; otherwise slower code of the project does, with other last bits;\n"
      "- OpenMP, threads are its own.\n\n"
      "`-DWITH_HDF5=OFF`, `-DWITH_FFTW=OFF` and `-DWITH_OPENMP=OFF` do without them.\n\n"
      "## Solves\n\n| block | cells | to | results |\n| --- | --- | --- | --- |\n",
      model.name, version,
      model.span.source ? std::filesystem::path(model.span.source->name).filename().string() : std::string("a model"),
      model.hash, name,
      needs_sundials(tasks) ? " Its implicit steps need SUNDIALS too (Debian: libsundials-dev)." : "");
  for (const SolveTask& task : tasks) {
    const Problem& problem = task.problem;
    std::string points;
    for (int a = 0; a < problem.grid.dimension; ++a)
      points += (a ? " x " : "") + std::to_string(problem.grid.points[static_cast<std::size_t>(a)]);
    const std::string end =
        problem.method == TimeMethod::steady ? "the steady state" : fmt::format("{} s", problem.params.until);
    out += fmt::format("| {} | {} | {} | `{}` |\n", problem.name, points, end, problem.output.path);
  }
  return out + parameter_table(model, parameters, tasks);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> emit_project(const Model& model, std::span<const Expr> expressions,
                                                              const std::vector<SolveTask>& tasks,
                                                              std::span<const FreeParameter> free) {
  const std::string name = identifier(model.name);
  std::vector<std::string> solves;
  for (const SolveTask& task : tasks) solves.push_back(task.problem.name);
  std::vector<std::pair<std::string, std::string>> files{
      {name + ".cpp", emit_program(model, expressions, tasks, free)},
      {"CMakeLists.txt", cmake_lists(name, tasks)},
      {"README.md", readme(model, name, run_parameters(model, expressions, solves, numbers(free)), tasks)}};
  for (auto& file : runtime_sources()) files.push_back(std::move(file));
  return files;
}

}  // namespace rdd
