#include "runtime/reduction/fast_subspace.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <functional>

#include "runtime/network/balance.hpp"

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;

SparseMoments::SparseMoments(const RateNetwork& network, Gauge gauge) {
  const int m = network.lattice.embedding();
  std::vector<std::vector<Eigen::Triplet<double>>> one(static_cast<std::size_t>(m)), two;
  two.resize(one.size() * one.size());
  for (const Hop& hop : network.hops) {
    if (stays(hop)) continue;
    Eigen::VectorXd d = Eigen::VectorXd::Zero(m);
    for (int axis = 0; axis < network.lattice.dimension(); ++axis) {
      d -= network.lattice.vectors.col(axis) * hop.cell[static_cast<std::size_t>(axis)];
    }
    if (gauge == Gauge::positions) d += network.positions->col(hop.from) - network.positions->col(hop.to);
    for (int a = 0; a < m; ++a) {
      if (d(a) == 0) continue;
      one[static_cast<std::size_t>(a)].emplace_back(hop.to, hop.from, d(a) * hop.rate);
      for (int b = a; b < m; ++b) {
        if (d(b) != 0) two[static_cast<std::size_t>(a * m + b)].emplace_back(hop.to, hop.from, d(a) * d(b) * hop.rate);
      }
    }
  }
  const auto matrix = [&](const std::vector<Eigen::Triplet<double>>& entries) {
    Eigen::SparseMatrix<double> result(network.size(), network.size());
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  };
  second.resize(static_cast<std::size_t>(m));
  for (int a = 0; a < m; ++a) {
    first.push_back(matrix(one[static_cast<std::size_t>(a)]));
    for (int b = 0; b < m; ++b) {
      second[static_cast<std::size_t>(a)].push_back(
          matrix(two[static_cast<std::size_t>(std::min(a, b) * m + std::max(a, b))]));
    }
  }
}

namespace {

/// X with (1 − K) X = B by GMRES without restarts, all columns as one long vector.
MatrixXd gmres(const std::function<MatrixXd(const MatrixXd&)>& k, const MatrixXd& b) {
  constexpr int most_steps = 80;
  constexpr double tolerance = 1e-13;
  const double scale = b.norm();
  if (scale == 0) return b;
  std::vector<MatrixXd> basis{b / scale};
  MatrixXd h = MatrixXd::Zero(most_steps + 1, most_steps);
  Eigen::VectorXd y;
  double residual = 1;
  for (int step = 0; step < most_steps && residual > tolerance; ++step) {
    MatrixXd next = basis.back() - k(basis.back());
    for (int twice = 0; twice < 2; ++twice) {
      for (int i = 0; i <= step; ++i) {
        const double overlap = (basis[static_cast<std::size_t>(i)].array() * next.array()).sum();
        next -= overlap * basis[static_cast<std::size_t>(i)];
        h(i, step) += overlap;
      }
    }
    h(step + 1, step) = next.norm();
    const MatrixXd system = h.topLeftCorner(step + 2, step + 1);
    const Eigen::VectorXd right = Eigen::VectorXd::Unit(step + 2, 0);
    y = system.householderQr().solve(right);
    const double now = (system * y - right).norm();
    const bool stuck = h(step + 1, step) <= 1e-14 * scale || now > 0.999 * residual;
    residual = now;
    if (stuck) break;
    basis.push_back(next / h(step + 1, step));
  }
  MatrixXd result = MatrixXd::Zero(b.rows(), b.cols());
  for (Index i = 0; i < y.size(); ++i) result += (scale * y(i)) * basis[static_cast<std::size_t>(i)];
  return result;
}

}  // namespace

FastSubspace::FastSubspace(const RateNetwork& network, const GroupInverse& inverse, const SparseModes& modes)
    : inverse_(inverse),
      root_((network.log_weights.array() / 2).exp()),
      left_(root_.asDiagonal() * modes.left),
      right_(root_.cwiseInverse().asDiagonal() * modes.right),
      block_(modes.block) {}

MatrixXd FastSubspace::solve(const MatrixXd& b, bool transposed) const {
  const MatrixXd lambda = transposed ? MatrixXd(block_.transpose()) : block_;
  const Index P = lambda.cols();
  const auto inverted = [&](MatrixXd x) {
    project(x, transposed);
    inverse_.apply_balanced(x, transposed);
    project(x, transposed);
    return x;
  };
  const auto follow = [&](const MatrixXd& x) {
    MatrixXd turned(x.rows(), x.cols());
    for (Index start = 0; start < x.cols(); start += P) turned.middleCols(start, P) = x.middleCols(start, P) * lambda;
    return inverted(std::move(turned));
  };
  const Eigen::VectorXd in = transposed ? root_ : Eigen::VectorXd(root_.cwiseInverse());
  const MatrixXd x = gmres(follow, inverted(in.asDiagonal() * b));
  return in.cwiseInverse().asDiagonal() * x;
}

void FastSubspace::project(MatrixXd& x, bool transposed) const {
  if (transposed) {
    x -= (left_ * (right_.transpose() * x)).eval();
  } else {
    x -= (right_ * (left_.transpose() * x)).eval();
  }
}

MatrixXd side_by_side(const std::vector<MatrixXd>& parts) {
  MatrixXd result(parts.front().rows(), static_cast<Index>(parts.size()) * parts.front().cols());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    result.middleCols(static_cast<Index>(i) * parts[i].cols(), parts[i].cols()) = parts[i];
  }
  return result;
}

}  // namespace rdd
