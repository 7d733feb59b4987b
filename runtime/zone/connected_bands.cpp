#include "runtime/zone/connected_bands.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;

// Eigenvalues as close as this, in units of the fastest rate, are one: their vectors are round-off or, near a defective
// point of a general matrix, parallel to half of their digits.
constexpr double degenerate_hermitian = 1e-12, degenerate_general = 1e-8;

// The level of each eigenvalue: equal numbers for what is degenerate.
std::vector<int> levels(const Eigen::VectorXcd& lambda, double tolerance) {
  std::vector<int> level(static_cast<std::size_t>(lambda.size()), -1);
  int count = 0;
  for (std::size_t first = 0; first < level.size(); ++first) {
    if (level[first] >= 0) continue;
    std::vector<std::size_t> members{first};
    level[first] = count;
    for (std::size_t at = 0; at < members.size(); ++at)
      for (std::size_t other = first + 1; other < level.size(); ++other) {
        if (level[other] >= 0) continue;
        if (std::abs(lambda(static_cast<Index>(other)) - lambda(static_cast<Index>(members[at]))) > tolerance) continue;
        level[other] = count;
        members.push_back(other);
      }
    ++count;
  }
  return level;
}

// The vectors of all bands, in an order of their own: columns of `right`, rows of `left`.
struct Frame {
  Eigen::MatrixXcd right, left;
};

/// λ and vectors at one wave vector in balanced coordinates, in the order of λ: columns V, rows W, W V = 1.
struct Modes {
  Eigen::VectorXcd lambda;
  Eigen::MatrixXcd right, left;
};

Modes modes_at(const Spectrum& spectrum, Index column) {
  return {spectrum.lambda.col(column), spectrum.vectors.balanced_right(column),
          spectrum.vectors.balanced_left(column).transpose()};
}

/// Bands as they arrive at the next wave vector.
struct Step {
  std::vector<int> band_of;  ///< for each eigenvalue there the band that goes through it
  Eigen::VectorXd overlap;   ///< (M) for each eigenvalue, how much of the band is in its level
  Frame frame;               ///< the bands' vectors there
};

Step follow(const Frame& before, const Modes& here, bool hermitian, double tolerance) {
  const Index M = here.lambda.size();
  const Eigen::MatrixXcd forth = here.left * before.right, back = before.left * here.right;
  const Eigen::MatrixXd single = (forth.transpose().array() * back.array()).abs();
  const std::vector<int> level = levels(here.lambda, tolerance);
  // weight(b, m): how much of band b lies in the level of λ_m. The members of a level share out the bands that come to
  // it.
  Eigen::MatrixXd weight = Eigen::MatrixXd::Zero(M, M);
  for (Index m = 0; m < M; ++m)
    for (Index other = 0; other < M; ++other)
      if (level[static_cast<std::size_t>(other)] == level[static_cast<std::size_t>(m)])
        weight.col(m) += single.col(other);
  weight = weight.cwiseMin(1.0).eval();
  Step step{best_assignment(weight), Eigen::VectorXd(M), {Eigen::MatrixXcd(M, M), Eigen::MatrixXcd(M, M)}};
  std::vector<std::vector<Index>> members(static_cast<std::size_t>(M));
  for (Index m = 0; m < M; ++m) {
    const Index b = step.band_of[static_cast<std::size_t>(m)];
    step.overlap(m) = weight(b, m);
    step.frame.right.col(b) = here.right.col(m);
    step.frame.left.row(b) = here.left.row(m);
    members[static_cast<std::size_t>(level[static_cast<std::size_t>(m)])].push_back(m);
  }
  // In a level: the combinations of its vectors nearest to those that came in, V_c (W_c v), made biorthonormal again.
  for (const std::vector<Index>& c : members) {
    if (c.size() < 2) continue;
    std::vector<Index> bands;
    for (const Index m : c) bands.push_back(step.band_of[static_cast<std::size_t>(m)]);
    const Eigen::MatrixXcd came = forth(c, bands);
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXcd> qr(came);
    Eigen::MatrixXcd mix = came, unmix;
    if (hermitian) {  // Gram and Schmidt, the band with the largest share first
      mix = qr.householderQ() * Eigen::MatrixXcd::Identity(came.rows(), came.cols());
      mix = (mix * qr.colsPermutation().transpose()).eval();
      unmix = mix.adjoint();
    } else {
      if (qr.maxPivot() == 0 || std::abs(qr.matrixQR()(came.rows() - 1, came.cols() - 1)) < 1e-3 * qr.maxPivot())
        continue;  // one of them did not come from there: it has no part of its own to be told by
      unmix = qr.inverse();
    }
    step.frame.right(Eigen::all, bands) = (here.right(Eigen::all, c) * mix).eval();
    step.frame.left(bands, Eigen::all) = (unmix * here.left(c, Eigen::all)).eval();
  }
  return step;
}

}  // namespace

std::vector<int> best_assignment(const Eigen::Ref<const Eigen::MatrixXd>& weight) {
  // Costs −weight, with potentials u, v: rows join one by one along the path that costs least.
  const Index n = weight.rows();
  std::vector<double> u(static_cast<std::size_t>(n + 1)), v(u.size());
  std::vector<Index> row_of(u.size(), 0), before(u.size(), 0);  // counted from 1; column 0 is where a new row starts
  for (Index row = 1; row <= n; ++row) {
    row_of[0] = row;
    Index column = 0;
    std::vector<double> least(u.size(), std::numeric_limits<double>::infinity());
    std::vector<bool> used(u.size(), false);
    do {
      used[static_cast<std::size_t>(column)] = true;
      const Index at = row_of[static_cast<std::size_t>(column)];
      double step = std::numeric_limits<double>::infinity();
      Index next = 0;
      for (Index j = 1; j <= n; ++j) {
        const auto J = static_cast<std::size_t>(j);
        if (used[J]) continue;
        const double cost = -weight(at - 1, j - 1) - u[static_cast<std::size_t>(at)] - v[J];
        if (cost < least[J]) least[J] = cost, before[J] = column;
        if (least[J] < step) step = least[J], next = j;
      }
      for (std::size_t j = 0; j < u.size(); ++j) {
        if (used[j])
          u[static_cast<std::size_t>(row_of[j])] += step, v[j] -= step;
        else
          least[j] -= step;
      }
      column = next;
    } while (row_of[static_cast<std::size_t>(column)] != 0);
    while (column != 0) {
      const Index back = before[static_cast<std::size_t>(column)];
      row_of[static_cast<std::size_t>(column)] = row_of[static_cast<std::size_t>(back)];
      column = back;
    }
  }
  std::vector<int> result;
  for (Index j = 1; j <= n; ++j) result.push_back(static_cast<int>(row_of[static_cast<std::size_t>(j)] - 1));
  return result;
}

ConnectedBands connected_bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases,
                               const std::vector<Index>& starts) {
  const Index M = bloch.size(), K = phases.cols();
  expects(!starts.empty() && starts.front() == 0 && starts.back() < K,
          "a piece that begins with the first wave vector");
  ConnectedBands result{bands(bloch, phases, 1, true), Eigen::MatrixXi(M, K), Eigen::MatrixXd::Ones(M, K)};
  const double tolerance = result.tolerance =
      (bloch.reversible() ? degenerate_hermitian : degenerate_general) * result.spectrum.fastest_rate;
  for (std::size_t piece = 0; piece < starts.size(); ++piece) {
    const Index first = starts[piece], end = piece + 1 < starts.size() ? starts[piece + 1] : K;
    expects(first < end, "pieces one after the other");
    const Modes here = modes_at(result.spectrum, first);
    Frame frame{here.right, here.left};
    for (Index b = 0; b < M; ++b) result.connected(b, first) = static_cast<int>(b);
    for (Index i = first + 1; i < end; ++i) {
      const Modes next = modes_at(result.spectrum, i);
      if (i == first + 1) {
        // Bands that begin degenerate begin in the combinations that they leave in.
        const Step back = follow({next.right, next.left}, here, bloch.reversible(), tolerance);
        for (Index b = 0; b < M; ++b) {
          const Index from = back.band_of[static_cast<std::size_t>(b)];
          frame.right.col(b) = back.frame.right.col(from);
          frame.left.row(b) = back.frame.left.row(from);
        }
      }
      Step step = follow(frame, next, bloch.reversible(), tolerance);
      for (Index m = 0; m < M; ++m) {
        const Index b = step.band_of[static_cast<std::size_t>(m)];
        result.connected(b, i) = static_cast<int>(m);
        result.overlap(b, i) = step.overlap(m);
      }
      frame = std::move(step.frame);
    }
  }
  return result;
}

}  // namespace rdd
