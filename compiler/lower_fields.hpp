// `field T` and `field force` of a solve block -> LocalCoefficients: interpolants of each defect's reduction over the
// values the fields take.
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

/// What `LocalCoefficients` are made of, for programs that make them again.
struct LocalParts {
  std::shared_ptr<const LocalCoefficients> coefficients;
  Eigen::MatrixXd frame;              ///< (m, n)
  Eigen::MatrixXd more_reaction;      ///< (P, P) 1/s
  std::vector<Expr> parameters = {};  ///< over x, y, z and t
  bool follow_time = false;
};

/// Do the fields of a block vary anything?
bool has_fields(const SolveBlock& block);

/// parameters     SI, order of Model::parameters
/// defects        the model's own first; each knows its network at other temperatures and forces
/// more_reaction  (P, P) 1/s, what the block adds to the reaction matrices everywhere
/// until          s, the last time
/// returns        nullopt with diagnostics: a temperature that is not above zero, coarse states that are not the same
///                everywhere, more than three numbers that vary
std::optional<LocalParts> lower_fields(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, const Grid& grid, double until,
                                       Eigen::MatrixXd more_reaction, Diagnostics& diagnostics);

}  // namespace rdd
