// Mean and covariance of a displacement after any time.
//
// exp(t Q̃(k)) is the characteristic function of the displacement x: entry (i, j) is the sum over x of p(x, i | j) e^{-i
// k·x}. Its derivatives at k = 0 are moments. We carry E = exp(t Q̃(0)), the first moments E_α(i, j) = ⟨x_α; in i | from
// j⟩ and, since no more is asked for, only the column sums of the second ones, w_αβ(j) = ⟨x_α x_β | from j⟩. Two times
// follow one another as
//   E'' = E'E,  E_α'' = E_α'E + E'E_α,  w_αβ'' = w_αβ + w_αβ'E + u_α'E_β + u_β'E_α  (u_α = 1ᵀE_α),
// which begins with a Taylor series for a time shorter than any waiting time. All numbers are moments of true
// displacements, and columns of E are kept at the sum 1: nothing grows that later has to cancel.
#include <algorithm>
#include <cmath>

#include "runtime/certificate/kmc.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::MatrixXd;
using Eigen::RowVectorXd;

struct Moments {
  MatrixXd zeroth;
  std::vector<MatrixXd> first;
  std::vector<RowVectorXd> second;  ///< upper triangle, row by row
};

/// What happens in one time and then in another.
Moments then(const Moments& a, const Moments& b) {
  Moments result;
  result.zeroth = b.zeroth * a.zeroth;
  result.zeroth.array().rowwise() /= result.zeroth.colwise().sum().array().eval();
  std::vector<RowVectorXd> later;
  for (std::size_t i = 0; i < a.first.size(); ++i) {
    result.first.push_back(b.first[i] * a.zeroth + b.zeroth * a.first[i]);
    later.push_back(b.first[i].colwise().sum());
  }
  std::size_t pair = 0;
  for (std::size_t i = 0; i < a.first.size(); ++i)
    for (std::size_t j = i; j < a.first.size(); ++j, ++pair)
      result.second.push_back(a.second[pair] + b.second[pair] * a.zeroth + later[i] * a.first[j] +
                              later[j] * a.first[i]);
  return result;
}

Moments after_a_short_time(const BlochOperator& bloch, double time) {
  const int axes = bloch.network().lattice.embedding();
  const MatrixXd generator = time * bloch.at_zero();
  std::vector<MatrixXd> moved;  // ⟨displacement⟩ rates: displacements are −d
  for (int a = 0; a < axes; ++a) moved.push_back(-time * bloch.first_moment(a));
  // Terms of the series of exp, one after the other: T_n = T_{n−1} X / n with X = time·(Q̃ and its derivatives).
  Moments term{MatrixXd::Identity(bloch.size(), bloch.size()), {}, {}};
  term.first.assign(moved.size(), MatrixXd::Zero(bloch.size(), bloch.size()));
  term.second.assign(moved.size() * (moved.size() + 1) / 2, RowVectorXd::Zero(bloch.size()));
  Moments sum = term;
  for (int n = 1; n <= 20; ++n) {
    Moments next;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < moved.size(); ++i)
      for (std::size_t j = i; j < moved.size(); ++j, ++pair) {
        const RowVectorXd u_i = term.first[i].colwise().sum(), u_j = term.first[j].colwise().sum();
        const RowVectorXd ones = term.zeroth.colwise().sum();
        const MatrixXd both = time * bloch.second_moment(static_cast<int>(i), static_cast<int>(j));
        next.second.push_back((term.second[pair] * generator + u_i * moved[j] + u_j * moved[i] + ones * both) / n);
      }
    for (std::size_t i = 0; i < moved.size(); ++i)
      next.first.push_back((term.first[i] * generator + term.zeroth * moved[i]) / n);
    next.zeroth = term.zeroth * generator / n;
    term = std::move(next);
    sum.zeroth += term.zeroth;
    for (std::size_t i = 0; i < sum.first.size(); ++i) sum.first[i] += term.first[i];
    for (std::size_t i = 0; i < sum.second.size(); ++i) sum.second[i] += term.second[i];
  }
  return sum;
}

}  // namespace

std::vector<Eigen::MatrixXd> displacement_spread(const BlochOperator& bloch, const std::vector<double>& times) {
  const int axes = bloch.network().lattice.embedding();
  const Eigen::VectorXd weights = bloch.network().log_weights.array().exp();
  std::vector<Eigen::MatrixXd> result;
  for (const double time : times) {
    expects(time > 0 && std::isfinite(time), "a positive time");
    const double hops = 2 * time * bloch.network().escape.maxCoeff();  // the norm of time·Q̃(0)
    const int doublings = std::max(0, static_cast<int>(std::ceil(std::log2(hops))) + 1);
    Moments moments = after_a_short_time(bloch, std::ldexp(time, -doublings));
    for (int i = 0; i < doublings; ++i) moments = then(moments, moments);
    Eigen::VectorXd mean(axes);
    for (int a = 0; a < axes; ++a) mean(a) = moments.first[static_cast<std::size_t>(a)].colwise().sum().dot(weights);
    Eigen::MatrixXd spread(axes, axes);
    std::size_t pair = 0;
    for (int a = 0; a < axes; ++a)
      for (int b = a; b < axes; ++b, ++pair)
        spread(a, b) = spread(b, a) = moments.second[pair].dot(weights) - mean(a) * mean(b);
    result.push_back(std::move(spread));
  }
  return result;
}

}  // namespace rdd
