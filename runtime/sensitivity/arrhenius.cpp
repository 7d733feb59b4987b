#include "runtime/sensitivity/arrhenius.hpp"

#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {

std::optional<ArrheniusFit> arrhenius_fit(const Eigen::Ref<const Eigen::VectorXd>& beta,
                                          const Eigen::Ref<const Eigen::VectorXd>& y) {
  expects(beta.size() == y.size(), "one value for each temperature");
  if (beta.size() < 2 || !(y.array() > 0).all() || !y.allFinite()) return std::nullopt;
  const auto count = static_cast<double>(beta.size());
  const Eigen::ArrayXd logs = y.array().log();
  const double mean_beta = beta.mean(), mean_log = logs.mean();
  const Eigen::ArrayXd x = beta.array() - mean_beta;  // centred: β of one temperature is nearly that of the next
  const double spread = x.square().sum();
  if (!(spread > 1e-20 * count * mean_beta * mean_beta)) return std::nullopt;
  ArrheniusFit fit;
  fit.activation_energy = -(x * (logs - mean_log)).sum() / spread;
  fit.log_prefactor = mean_log + fit.activation_energy * mean_beta;
  if (beta.size() > 2) {
    const double scatter = (logs - mean_log + fit.activation_energy * x).square().sum() / (count - 2);
    fit.activation_energy_error = std::sqrt(scatter / spread);
    fit.log_prefactor_error = std::sqrt(scatter * (1 / count + mean_beta * mean_beta / spread));
  }
  return fit;
}

}  // namespace rdd
