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

/// The reduction at these parameters, always to as many coarse states and of one order, its groups those of `like`
/// continued where given (ReduceParams); nullopt where there is none (and the interpolation is given up).
using ReductionAt =
    std::function<std::optional<Reduction>(const std::vector<double>& parameters, const Memberships* like)>;

/// Degrees are doubled, the worst parameter first, until the errors at the points in the middle between all nodes fall
/// to the tolerance. The groups are those of the middle of the range, continued to every other point: the memberships
/// that are zero there stay zero (memberships_like), so that the groups neither swap nor jump. nullopt where a
/// reduction is not to be had, or the groups cannot be continued (bands have crossed) somewhere.
std::optional<CoefficientTable> interpolate(const ReductionAt& reduction_at, const std::vector<ParameterRange>& ranges,
                                            const InterpolationParams& params = {});

/// The same for networks that are given as operators, reduced by reduce_unresolved where P splits no complex pair.
using OperatorAt = std::function<std::optional<BlochOperator>(const std::vector<double>& parameters)>;
std::optional<CoefficientTable> interpolate(const OperatorAt& operator_at, const std::vector<ParameterRange>& ranges,
                                            int P, int order, const InterpolationParams& params = {});

}  // namespace rdd
