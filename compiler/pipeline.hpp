// The table of contents of rdd: this file alone knows the order of the stages.
//
//   text -> ast -> Model -> RateNetwork -> BlochOperator -> Spectrum -> Reduction -> ContinuumPde -> KernelIr ->
//   solution
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/kernels/jit.hpp"
#include "compiler/lower_solve.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "lang/resolve.hpp"
#include "runtime/program/problem.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/spectrum/gaps.hpp"

namespace rdd {

/// Text -> Model. nullopt with diagnostics.
std::optional<Model> load(const std::string& path, Diagnostics& diagnostics);

/// Model -> RateNetwork at one point of its parameters: the defaults with the settings applied.
struct Point {
  std::vector<double> parameters;  ///< order of Model::parameters, SI
  std::vector<Expr> expressions;   ///< what each was found from: its default, or the expression it was set to
  RateNetwork network;
};
std::optional<Point> lower(const Model& model, const std::vector<Setting>& settings, Diagnostics& diagnostics);

/// Density gauge of a network: true places where the model gives positions, cell origins otherwise.
Gauge gauge(const RateNetwork& network);

/// RateNetwork -> ContinuumPde, with what was found on the way.
struct Analysis {
  Choice choice;  ///< empty rows where the model fixes the number of bands
  Reduction reduction;
  Transport transport;
  ContinuumPde pde;
};
std::optional<Analysis> analyse(const Model& model, const RateNetwork& network, Diagnostics& diagnostics);
/// Warns of a slowest decay rate (1/s) of which fewer than three decimal digits can be trusted.
void warn_if_stiff(const Model& model, const RateNetwork& network, double slowest, double digits,
                   Diagnostics& diagnostics);

/// The solve block for the equation of its model and of its species, each lowered and analysed at the temperature of
/// the model. nullopt with diagnostics; `output` as for lower_solve.
std::optional<SolveTask> task(const Model& model, const SolveBlock& block, const Point& point, const Analysis& analysis,
                              const std::optional<std::string>& output, Diagnostics& diagnostics,
                              std::span<const FreeParameter> free = {});

/// The solve blocks asked for, all lowered before the first is run: a mistake in the last costs nothing. `only` is the
/// name of one of them as it was written; all where it is none. nullopt with diagnostics.
std::optional<std::vector<SolveTask>> tasks(const Model& model, const Point& point, const Analysis& analysis,
                                            const Span& only, const std::optional<std::string>& output,
                                            Diagnostics& diagnostics, std::span<const FreeParameter> free = {});

/// How the kernels of a solve are compiled.
JitOptions jit_options(const SolveTask& task);

/// ContinuumPde -> machine code for one solve. Empty (and LLVM not even loaded) where the exact propagator needs none.
struct CompiledSolve {
  std::unique_ptr<JitKernels> code;
  Kernels kernels;
};
std::optional<CompiledSolve> compile(const SolveTask& task, Diagnostics& diagnostics);

}  // namespace rdd
