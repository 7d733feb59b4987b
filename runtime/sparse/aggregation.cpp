#include "runtime/sparse/aggregation.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Sparse = Eigen::SparseMatrix<double>;

constexpr Index coarsest_states = 150;
constexpr double weak = 0.25;  // of the strongest conductance of a state: no reason to join a neighbour below it

std::size_t at(Index index) {
  return static_cast<std::size_t>(index);
}

/// Each state with its strongest neighbour that is still free, or, if that is a weak one, to the group of its
/// strongest. Returns the number of groups, at most half that of the states.
Index pair_up(const Sparse& conductances, std::vector<int>& group) {
  const Index states = conductances.cols();
  group.assign(at(states), -1);
  int count = 0;
  for (Index i = 0; i < states; ++i) {
    if (group[at(i)] >= 0) continue;
    double strongest = 0, best = 0;
    Index partner = -1, nearest = -1;
    for (Sparse::InnerIterator entry(conductances, i); entry; ++entry) {
      if (entry.value() > strongest) {
        strongest = entry.value();
        nearest = entry.row();
      }
      if (group[at(entry.row())] < 0 && entry.row() != i && entry.value() > best) {
        best = entry.value();
        partner = entry.row();
      }
    }
    if (partner >= 0 && best >= weak * strongest) {
      group[at(i)] = group[at(partner)] = count++;
    } else {
      group[at(i)] = group[at(nearest)];  // taken already: else it would be the partner
    }
  }
  return count;
}

/// Conductances between groups.
Sparse joined(const Sparse& conductances, const std::vector<int>& group, Index count) {
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(at(conductances.nonZeros()));
  for (Index j = 0; j < conductances.cols(); ++j) {
    for (Sparse::InnerIterator entry(conductances, j); entry; ++entry) {
      const int to = group[at(entry.row())], from = group[at(j)];
      if (to != from) entries.emplace_back(to, from, entry.value());
    }
  }
  Sparse result(count, count);
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

}  // namespace

Aggregation::Aggregation(const Sparse& conductances) {
  expects(conductances.rows() == conductances.cols() && conductances.rows() > 0, "a square matrix of conductances");
  Sparse now = conductances;
  while (true) {
    Level level;
    level.diagonal = Eigen::VectorXd::Zero(now.cols());
    for (Index j = 0; j < now.cols(); ++j) {
      for (Sparse::InnerIterator entry(now, j); entry; ++entry) level.diagonal(j) += entry.value();
    }
    level.matrix = now;
    Index count = now.cols();
    if (count > coarsest_states) {
      std::vector<int> second;
      const Index pairs = pair_up(now, level.group);
      const Sparse half = joined(now, level.group, pairs);
      count = pair_up(half, second);
      for (int& group : level.group) group = second[at(group)];
      now = joined(half, second, count);
    }
    const bool coarsened = count < level.matrix.cols();
    if (!coarsened) level.group.clear();
    levels_.push_back(std::move(level));
    if (!coarsened) break;
  }
  const Level& last = levels_.back();
  Eigen::MatrixXd dense = -Eigen::MatrixXd(last.matrix);
  dense.diagonal() = last.diagonal;
  const Index inner = dense.rows() - 1;
  coarsest_ = Eigen::MatrixXd::Zero(dense.rows(), dense.rows());
  if (inner > 0) coarsest_.topLeftCorner(inner, inner) = dense.topLeftCorner(inner, inner).inverse();
}

/// y_i = Σ_j c_ij (x_i − x_j): differences first, so that nothing is lost where strong conductances join equal values.
void Aggregation::multiply(const Level& level, const Eigen::VectorXd& x, Eigen::VectorXd& y) const {
  y.resize(x.size());
  for (Index j = 0; j < x.size(); ++j) {
    double sum = 0;
    for (Sparse::InnerIterator entry(level.matrix, j); entry; ++entry) sum += entry.value() * (x(j) - x(entry.row()));
    y(j) = sum;
  }
}

/// One symmetric cycle: Gauss–Seidel forward, the coarser network, Gauss–Seidel backward.
void Aggregation::precondition(std::size_t l, const Eigen::VectorXd& b, Eigen::VectorXd& x) const {
  const Level& level = levels_[l];
  if (level.group.empty()) {
    x = coarsest_ * b;
    return;
  }
  const Index states = b.size();
  x = Eigen::VectorXd::Zero(states);
  for (Index i = 0; i < states; ++i) {
    double sum = b(i);
    for (Sparse::InnerIterator entry(level.matrix, i); entry; ++entry) sum += entry.value() * x(entry.row());
    x(i) = sum / level.diagonal(i);
  }
  Eigen::VectorXd product;
  multiply(level, x, product);
  const Level& next = levels_[l + 1];
  Eigen::VectorXd coarse = Eigen::VectorXd::Zero(next.diagonal.size()), correction;
  for (Index i = 0; i < states; ++i) coarse(level.group[at(i)]) += b(i) - product(i);
  coarse_solve(l + 1, coarse, correction);
  for (Index i = 0; i < states; ++i) x(i) += correction(level.group[at(i)]);
  for (Index i = states - 1; i >= 0; --i) {
    double sum = b(i);
    for (Sparse::InnerIterator entry(level.matrix, i); entry; ++entry) sum += entry.value() * x(entry.row());
    x(i) = sum / level.diagonal(i);
  }
}

/// Two steps of conjugate gradients, or one if that is good enough.
void Aggregation::coarse_solve(std::size_t l, const Eigen::VectorXd& b, Eigen::VectorXd& x) const {
  const Level& level = levels_[l];
  if (level.group.empty()) {
    x = coarsest_ * b;
    return;
  }
  Eigen::VectorXd first, product;
  precondition(l, b, first);
  multiply(level, first, product);
  const double rho = first.dot(product);
  const double alpha = first.dot(b);
  if (!(rho > 0)) {
    x = first;
    return;
  }
  const Eigen::VectorXd rest = b - (alpha / rho) * product;
  if (rest.norm() <= 0.25 * b.norm()) {
    x = (alpha / rho) * first;
    return;
  }
  Eigen::VectorXd second, other;
  precondition(l, rest, second);
  multiply(level, second, other);
  const double gamma = second.dot(product);
  const double alpha2 = second.dot(rest);
  const double rho2 = second.dot(other) - gamma * gamma / rho;
  if (!(rho2 > 0)) {
    x = (alpha / rho) * first;
    return;
  }
  x = (alpha / rho - gamma * alpha2 / (rho * rho2)) * first + (alpha2 / rho2) * second;
}

Aggregation::Outcome Aggregation::solve(Eigen::VectorXd& x, double tolerance) const {
  constexpr int most_steps = 400;
  constexpr int patience = 12;  // steps without progress: round-off is reached
  const Level& finest = levels_.front();
  const Eigen::VectorXd root = finest.diagonal.cwiseSqrt();
  const auto size_of = [&](const Eigen::VectorXd& r) { return r.cwiseQuotient(root).norm(); };
  Eigen::VectorXd r = x, z, direction, product;
  const double scale = size_of(r);
  x.setZero();
  Outcome outcome;
  if (scale == 0) return outcome;
  Eigen::VectorXd best = x, previous;
  double least = 1, rho = 0;
  for (int step = 0, idle = 0; step < most_steps && idle < patience; ++step, ++idle) {
    precondition(0, r, z);
    if (step == 0) {
      direction = z;
    } else {
      const double beta = z.dot(r - previous) / rho;  // the preconditioner is not linear: flexible conjugate gradients
      direction = (z + beta * direction).eval();
    }
    rho = z.dot(r);
    multiply(finest, direction, product);
    const double curvature = direction.dot(product);
    if (!(curvature > 0)) break;
    const double length = direction.dot(r) / curvature;
    previous = r;
    x += length * direction;
    r -= length * product;
    ++outcome.steps;
    const double size = size_of(r) / scale;
    if (size < 0.9 * least) idle = 0;
    if (size < least) {
      least = size;
      best = x;
    }
    if (size <= tolerance) break;
  }
  x = best;
  outcome.residual = least;
  return outcome;
}

std::size_t Aggregation::bytes() const {
  std::size_t sum = sizeof(double) * at(coarsest_.size());
  for (const Level& level : levels_) {
    sum += at(level.matrix.nonZeros()) * (sizeof(double) + sizeof(int));
    sum += at(level.diagonal.size()) * (sizeof(double) + 2 * sizeof(int));
  }
  return sum;
}

}  // namespace rdd
