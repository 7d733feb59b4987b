// Model -> NetworkDerivatives: what lower_network computes, differentiated by the parameters that can be set.
#pragma once

#include <span>
#include <vector>

#include "compiler/pipeline.hpp"
#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

/// The parameters of a model that can be set (all but those of `let`), as indices into Model::parameters.
std::vector<int> independent_parameters(const Model& model);

/// Total derivatives by these parameters at a point: what follows from a parameter by a default value, a `let` or a
/// setting follows it. The temperature is a parameter as others are. Rates: ∂ ln k; exact, by automatic
/// differentiation.
NetworkDerivatives lower_derivatives(const Model& model, const Point& point, std::span<const int> parameters);

/// The same of expressions over the parameters: (expressions, J), SI.
Eigen::MatrixXd expression_derivatives(const Model& model, const Point& point, std::span<const int> parameters,
                                       std::span<const Expr> expressions);

}  // namespace rdd
