// A solve block and a ContinuumPde -> Problem: grid, initial densities on the slow manifold, probes, method.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/kernels/equation.hpp"
#include "compiler/lower_equation.hpp"
#include "compiler/lower_fields.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "runtime/network/rate_network.hpp"
#include "runtime/program/problem.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// What the exact slow symbol is computed from.
struct ExactSymbol {
  NetworkParts parts;
  Eigen::MatrixXd memberships;  ///< (M, P)
};

struct SolveTask {
  Problem problem;
  Equation equation;          ///< what Problem::pde and the solve block make together
  std::vector<Expr> initial;  ///< (P) what Problem::initial computes, over coordinates and parameters
  /// The same for what else a parameter may decide without another equation: null where there is none.
  Expr until, every, step;
  std::vector<std::array<Expr, 3>> places;  ///< of the probes of kind `at`; null elsewhere
  std::optional<ExactSymbol> symbol;        ///< what Problem::params.symbol computes; only with `symbol exact`
  std::optional<LocalParts> local;          ///< coefficients that follow fields or free parameters, where there are any
  bool fused = false;                       ///< kernels may add a product in one operation
  Span place;                               ///< of the block's head
  Span output_place;                        ///< of its output path, or of the head where there is none
};

/// parameters  SI, order of Model::parameters
/// defects     the model's own, and the solve's species in their order
/// output      overrides the block's output path (`--output`)
/// free        parameters that a program made of the task may still set
/// returns     nullopt with diagnostics: a coarse state that does not exist, a grid too small or too large for memory,
/// an
///             equation that is ill-posed on this grid, a method that does not fit the boundaries
std::optional<SolveTask> lower_solve(const Model& model, const SolveBlock& block, std::span<const double> parameters,
                                     std::vector<Defect> defects, const std::optional<std::string>& output,
                                     Diagnostics& diagnostics, std::span<const FreeParameter> free = {});

}  // namespace rdd
