// Which parameters a built program still can change: those that neither the reduction, nor the kernels, nor the grid
// depend on, and those that were left free of which only the reduction does. What is left to the others are initial
// densities, times, and the places of probes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lang/model.hpp"

namespace rdd {

struct RunParameter {
  /// Why its value is that of the build; empty where it is not.
  std::string fixed;
  /// Can be given by --set: not fixed, and declared by `param`.
  bool settable = false;
};

/// expressions  what the value of each parameter was found from, in the order of Model::parameters
/// solves       names of the blocks the program solves
/// free         numbers of the parameters that the coefficients follow
std::vector<RunParameter> run_parameters(const Model& model, std::span<const Expr> expressions,
                                         const std::vector<std::string>& solves, std::span<const int> free = {});

}  // namespace rdd
