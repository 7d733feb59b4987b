// Chebyshev interpolants of the reduction over ranges of temperature, force or other parameters (docs/theory.md,
// section 5).
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "runtime/reduction/coefficient_table.hpp"
#include "runtime/reduction/reduction.hpp"

namespace rdd {

struct InterpolationParams {
  double tolerance = 1e-6;  ///< relative error to be reached at points between the nodes
  int most_degree = 64;     ///< for each parameter; a power of 2
};

/// The network with these parameters as an operator; nullopt where there is none (and the interpolation is given up).
using OperatorAt = std::function<std::optional<BlochOperator>(const std::vector<double>& parameters)>;

/// Degrees are doubled, the worst parameter first, until the errors at the points in the middle between all nodes fall
/// to the tolerance. The groups are those of the middle of the range, continued to every other point: the memberships
/// that are zero there stay zero (memberships_like), so that the groups neither swap nor jump. nullopt where the
/// operator is not to be had, P splits a complex pair, or the groups cannot be continued (bands have crossed)
/// somewhere.
std::optional<CoefficientTable> interpolate(const OperatorAt& operator_at, const std::vector<ParameterRange>& ranges,
                                            int P, int order, const InterpolationParams& params = {});

}  // namespace rdd
