#include "runtime/sparse/group_inverse.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sparse/aggregation.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Sparse = Eigen::SparseMatrix<double>;

/// π_j q_ij / scale, symmetrised to the last bit; off-diagonal entries only.
Sparse flux_matrix(const RateNetwork& network, double log_scale) {
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(2 * network.hops.size());
  for (const Hop& hop : network.hops) {
    if (hop.from == hop.to) continue;
    const double flux = 0.5 * std::exp(std::log(hop.rate) + network.log_weights(hop.from) - log_scale);
    entries.emplace_back(hop.to, hop.from, flux);
    entries.emplace_back(hop.from, hop.to, flux);
  }
  Sparse result(network.size(), network.size());
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

/// −Q̃(0) without its diagonal.
Sparse negative_rates(const RateNetwork& network) {
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(network.hops.size());
  for (const Hop& hop : network.hops) {
    if (hop.from != hop.to) entries.emplace_back(hop.to, hop.from, -hop.rate);
  }
  Sparse result(network.size(), network.size());
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

/// The scale that leaves fluxes inside the range of double precision.
double flux_scale(const RateNetwork& network) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Hop& hop : network.hops) {
    if (hop.from == hop.to) continue;
    const double flux = std::log(hop.rate) + network.log_weights(hop.from);
    low = std::min(low, flux);
    high = std::max(high, flux);
  }
  constexpr double range = 1200;  // of the exponents e^±700
  if (high - low > range)
    throw SparseLimit(SparseLimit::Reason::range, "the fluxes between the states span more than 500 decades");
  return 0.5 * (low + high);
}

/// The most probable state, the first of equals.
int most_probable(const Eigen::VectorXd& log_weights) {
  Index state = 0;
  log_weights.maxCoeff(&state);
  return static_cast<int>(state);
}

/// The plan's entries lie on the diagonal too; the factorisation with zero sums asks for nothing there.
void expect_success(const SparseFactor<double>& factor) {
  if (!factor.ok())
    throw SparseLimit(SparseLimit::Reason::range, "a pivot of the elimination left the range of double precision");
}

}  // namespace

void expect_memory(double bytes) {
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes <= 0.8 * memory) return;
  char text[160];
  std::snprintf(text, sizeof text, "the factors of its matrix take %.3g GB, this machine has %.3g GB", 1e-9 * bytes,
                1e-9 * memory);
  throw SparseLimit(SparseLimit::Reason::memory, text);
}

GroupInverse::~GroupInverse() = default;
GroupInverse::GroupInverse(GroupInverse&&) noexcept = default;

GroupInverse::GroupInverse(const RateNetwork& network, Engine engine)
    : reversible_(network.reversible),
      weights_(network.log_weights.array().exp()),
      root_weights_((network.log_weights.array() / 2).exp()) {
  expects(network.size() > 1, "more than one state");
  const int pinned = most_probable(network.log_weights);
  const StateGraph graph = state_graph(network.size(), network.hops);
  if (reversible_) {
    const double log_scale = flux_scale(network);
    scale_ = std::exp(log_scale);
    if (engine != Engine::iteration) {
      plan_ = std::make_shared<const EliminationPlan>(plan_elimination(graph, pinned));
      const double most = most_fill * static_cast<double>(network.hops.size());
      if (engine == Engine::automatic && static_cast<double>(plan_->entries) > most) engine = Engine::iteration;
    }
    const Sparse fluxes = flux_matrix(network, log_scale);
    if (engine == Engine::iteration) {
      aggregation_ = std::make_unique<Aggregation>(fluxes);
    } else {
      expect_memory(sizeof(double) * static_cast<double>(plan_->peak_entries));
      factor_.emplace(plan_, Sparse(-fluxes), Structure::hermitian, Diagonal::zero_sums);
      expect_success(*factor_);
    }
  } else {
    expects(engine != Engine::iteration, "a reversible network for an iterative solution");
    plan_ = std::make_shared<const EliminationPlan>(plan_elimination(graph, pinned));
    expect_memory(2 * sizeof(double) * static_cast<double>(plan_->peak_entries));
    factor_.emplace(plan_, negative_rates(network), Structure::general, Diagonal::zero_sums);
    expect_success(*factor_);
  }
  Eigen::MatrixXd times;
  if (!factor_) {
    longest_time_ = std::numeric_limits<double>::quiet_NaN();  // iterations have residuals instead
  } else if (reversible_) {
    times = weights_ / scale_;
    factor_->solve(times);
    longest_time_ = times.maxCoeff();
  } else {
    times = Eigen::MatrixXd::Ones(size(), 1);
    factor_->solve_transposed(times);
    longest_time_ = times.maxCoeff();
  }
}

std::size_t GroupInverse::bytes() const {
  return factor_ ? factor_->bytes() : aggregation_->bytes();
}

void GroupInverse::solve_fluxes(Eigen::MatrixXd& x, double tolerance) const {
  if (factor_) {
    factor_->solve(x);
    return;
  }
  const double enough = std::max(1e-9, 2 * tolerance);
  for (Index column = 0; column < x.cols(); ++column) {
    Eigen::VectorXd one = x.col(column);
    const Aggregation::Outcome outcome = aggregation_->solve(one, tolerance);
    if (!(outcome.residual <= enough))
      throw SparseLimit(SparseLimit::Reason::precision, "conjugate gradients did not converge");
    x.col(column) = one;
  }
}

void GroupInverse::apply(Eigen::MatrixXd& x) const {
  x -= (weights_ * x.colwise().sum()).eval();
  if (reversible_) {
    x /= scale_;
    solve_fluxes(x);
    x.rowwise() -= (weights_.transpose() * x).eval();
    x = (weights_.asDiagonal() * x).eval();
  } else {
    factor_->solve(x);
    x -= (weights_ * x.colwise().sum()).eval();
  }
}

void GroupInverse::apply_transposed(Eigen::MatrixXd& x) const {
  x.rowwise() -= (weights_.transpose() * x).eval();
  if (reversible_) {
    x = (weights_.asDiagonal() * x / scale_).eval();
    solve_fluxes(x);
  } else {
    factor_->solve_transposed(x);
  }
  x.rowwise() -= (weights_.transpose() * x).eval();
}

Eigen::MatrixXd GroupInverse::left_from_balanced(const Eigen::MatrixXd& x) const {
  expects(reversible_, "a reversible network");
  Eigen::MatrixXd w = x - root_weights_ * (root_weights_.transpose() * x);
  w = (root_weights_.asDiagonal() * w / scale_).eval();
  solve_fluxes(w);
  w.rowwise() -= (weights_.transpose() * w).eval();
  return w;
}

void GroupInverse::potentials(Eigen::MatrixXd& x, double tolerance) const {
  expects(reversible_, "a reversible network");
  x -= (weights_ * x.colwise().sum()).eval();
  x /= scale_;
  solve_fluxes(x, tolerance);
  x.rowwise() -= (weights_.transpose() * x).eval();
}

void GroupInverse::apply_balanced(Eigen::MatrixXd& x, bool transposed) const {
  if (reversible_) {
    x = (root_weights_.asDiagonal() * left_from_balanced(x)).eval();
  } else if (transposed) {
    x = (root_weights_.cwiseInverse().asDiagonal() * x).eval();
    apply_transposed(x);
    x = (root_weights_.asDiagonal() * x).eval();
  } else {
    x = (root_weights_.asDiagonal() * x).eval();
    apply(x);
    x = (root_weights_.cwiseInverse().asDiagonal() * x).eval();
  }
}

Eigen::VectorXd log_stationary_sparse(const RateNetwork& network) {
  const StateGraph graph = state_graph(network.size(), network.hops);
  // The state that is left most slowly is a good guess for a frequent one.
  Index pinned = 0;
  network.escape.minCoeff(&pinned);
  const auto plan = std::make_shared<const EliminationPlan>(plan_elimination(graph, static_cast<int>(pinned)));
  expect_memory(2 * sizeof(double) * static_cast<double>(plan->peak_entries));
  const SparseFactor<double> factor(plan, negative_rates(network), Structure::general, Diagonal::zero_sums);
  expect_success(factor);
  const Eigen::VectorXd weights = factor.null_vector();
  if (!weights.allFinite() || !(weights.minCoeff() > 0))
    throw SparseLimit(SparseLimit::Reason::range, "the stationary weights span more than 300 decades");
  return weights.array().log();
}

}  // namespace rdd
