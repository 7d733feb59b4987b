// GTH elimination: states are removed one at a time and their traffic is handed to the states that are left. Every
// operation is an addition, a product or a quotient of positive numbers, so nothing cancels and each component of the
// result has nearly full relative accuracy, however many decades the rates span (Grassmann, Taksar & Heyman 1985).
// `long double` is used for its range of exponents: products of rates over 300 decades neither overflow nor vanish.
#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/network/rate_network.hpp"

namespace rdd {

Eigen::VectorXd log_stationary(const Eigen::Ref<const Eigen::MatrixXd>& rates) {
  using Real = long double;
  using Eigen::Index;
  expects(rates.rows() == rates.cols() && rates.rows() > 0, "a square matrix of rates");
  const Index states = rates.rows();
  Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic> q = rates.cast<Real>();
  for (Index n = states - 1; n > 0; --n) {
    const Real out = q.col(n).head(n).sum();
    expects(out > 0, "a strongly connected network");
    q.row(n).head(n) /= out;
    q.topLeftCorner(n, n).noalias() += q.col(n).head(n) * q.row(n).head(n);
  }
  Eigen::Matrix<Real, Eigen::Dynamic, 1> weight(states);
  weight(0) = 1;
  for (Index n = 1; n < states; ++n) {
    weight(n) = q.row(n).head(n) * weight.head(n);
    expects(weight(n) > 0, "a strongly connected network");
    if (weight(n) > 1e500L) weight.head(n + 1) /= Real(weight(n));  // keeps the largest near 1
  }
  weight /= weight.sum();
  Eigen::VectorXd result(states);
  for (Index n = 0; n < states; ++n) result(n) = static_cast<double>(std::log(weight(n)));
  return result;
}

}  // namespace rdd
