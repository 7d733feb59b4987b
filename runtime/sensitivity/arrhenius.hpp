// Fits of ln y over 1/kT.
#pragma once

#include <Eigen/Core>
#include <optional>

namespace rdd {

/// ln y = ln y_0 − E_a β by least squares in ln y, all points of one weight.
struct ArrheniusFit {
  double log_prefactor = 0;        ///< ln y_0
  double activation_energy = 0;    ///< E_a, in the unit of 1/β
  double log_prefactor_error = 0;  ///< standard errors, from the scatter about the line; 0 for two points
  double activation_energy_error = 0;
};
/// nullopt for fewer than two different β, or where a value is not positive.
std::optional<ArrheniusFit> arrhenius_fit(const Eigen::Ref<const Eigen::VectorXd>& beta,
                                          const Eigen::Ref<const Eigen::VectorXd>& y);

}  // namespace rdd
