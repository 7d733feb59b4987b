// `field T` and `field force` of a solve block, and parameters that a program may still set -> LocalCoefficients:
// interpolants of each defect's reduction over the values these take.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "compiler/lower_equation.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "runtime/solve/local_coefficients.hpp"

namespace rdd {

/// A parameter of the model that a built program may still set, though the reduction depends on it.
struct FreeParameter {
  int index = 0;  ///< in Model::parameters
  std::string name;
  double low = 0, high = 0;  ///< SI
  bool temperature = false;  ///< it is the model's
  Span place;                ///< where its range was given
};

std::vector<int> numbers(std::span<const FreeParameter> free);  ///< FreeParameter::index of each

/// What `LocalCoefficients` are made of, for programs that make them again.
struct LocalParts {
  std::shared_ptr<const LocalCoefficients> coefficients;
  Eigen::MatrixXd frame;              ///< (m, n)
  Eigen::MatrixXd more_reaction;      ///< (P, P) 1/s
  std::vector<Expr> parameters = {};  ///< over x, y, z, t and the free parameters
  bool follow_time = false;
  std::string names;  ///< of what they follow, for a reader: "T, force along x"
};

/// Do the fields of a block vary anything?
bool has_fields(const SolveBlock& block);

/// parameters     SI, order of Model::parameters
/// defects        the model's own first; each knows its network at other temperatures and forces
/// more_reaction  (P, P) 1/s, what the block adds to the reaction matrices everywhere
/// until          s, the last time
/// free           parameters that a program may still set
/// returns        nullopt with diagnostics: a temperature that is not above zero, coarse states that are not the same
///                everywhere, more than three numbers that vary
std::optional<LocalParts> lower_fields(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, const Grid& grid, double until,
                                       Eigen::MatrixXd more_reaction, std::span<const FreeParameter> free,
                                       Diagnostics& diagnostics);

}  // namespace rdd
