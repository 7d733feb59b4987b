#include "runtime/reduction/continuum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/reduction/coefficient_table.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Orthonormal axes of the span: Cartesian if it is the whole space, else Gram–Schmidt on the lattice vectors.
Eigen::MatrixXd frame_of(const Lattice& lattice) {
  if (lattice.dimension() == lattice.embedding()) {
    return Eigen::MatrixXd::Identity(lattice.embedding(), lattice.embedding());
  }
  Eigen::MatrixXd frame = lattice.vectors;
  for (Index axis = 0; axis < frame.cols(); ++axis) {
    for (int twice = 0; twice < 2; ++twice) {  // the second pass removes the round-off of the first
      for (Index before = 0; before < axis; ++before) {
        frame.col(axis) -= frame.col(before).dot(frame.col(axis)) * frame.col(before).eval();
      }
    }
    frame.col(axis).normalize();
  }
  return frame;
}

/// Growth beyond round-off at one wave vector: max Re eig, or 0 if within 1e-12 of the symbol's size.
double growth_at(const Coefficients& coefficients, const Eigen::VectorXd& k) {
  const Eigen::MatrixXcd at_k = symbol(coefficients, k);
  const double growth = -eigenvalues(Eigen::MatrixXcd(-at_k))(0).real();
  // The parts of the symbol may cancel (a drift against a reaction): their own sizes set the scale of round-off.
  double scale = coefficients.reaction.norm();
  for (std::size_t a = 0; a < coefficients.drift.size(); ++a) {
    const double ka = std::abs(k(static_cast<Index>(a)));
    scale += ka * coefficients.drift[a].norm();
    for (std::size_t b = 0; b < coefficients.drift.size(); ++b) {
      scale += ka * std::abs(k(static_cast<Index>(b))) * coefficients.diffusion[a][b].norm();
    }
  }
  return growth > 1e-12 * scale ? growth : 0;
}

struct Worst {
  Eigen::VectorXd k;
  double growth = 0;
};

/// The fastest growth over |k_i| ≤ edge_i: a tensor grid of both long and short waves (half of it, growth is even in
/// k), then a search from the best point with halving steps.
Worst worst_growth(const Coefficients& coefficients, const Eigen::VectorXd& edge) {
  const Index n = edge.size();
  std::vector<double> levels{0};
  for (double level = 1; level > 1e-3; level /= n == 1 ? std::sqrt(2.0) : 2.0) {
    levels.push_back(level);
    levels.push_back(-level);
  }
  if (n < 3) {
    for (const double level : {0.9, 0.8, 0.6}) {
      levels.push_back(level);
      levels.push_back(-level);
    }
  }
  Worst worst{Eigen::VectorXd::Zero(n), 0};
  const auto count = levels.size();
  std::size_t total = 1;
  for (Index axis = 0; axis < n; ++axis) total *= count;
  Eigen::VectorXd best_fraction = Eigen::VectorXd::Zero(n);
  const auto look_at = [&](const Eigen::VectorXd& fraction) {
    const double growth = growth_at(coefficients, edge.cwiseProduct(fraction));
    if (growth <= worst.growth) return false;
    worst = {edge.cwiseProduct(fraction), growth};
    best_fraction = fraction;
    return true;
  };
  for (std::size_t code = 0; code < total; ++code) {
    Eigen::VectorXd fraction(n);
    std::size_t rest = code;
    for (Index axis = 0; axis < n; ++axis, rest /= count) fraction(axis) = levels[rest % count];
    if (fraction(0) < 0) continue;
    look_at(fraction);
  }
  if (worst.growth == 0) return worst;
  for (double step = 0.25; step > 1e-4;) {
    bool better = false;
    for (Index axis = 0; axis < n; ++axis) {
      for (const double sign : {1.0, -1.0}) {
        Eigen::VectorXd fraction = best_fraction;
        fraction(axis) = std::clamp(fraction(axis) * (1 + sign * step), -1.0, 1.0);
        better = look_at(fraction) || better;
      }
    }
    if (!better) step /= 2;
  }
  return worst;
}

}  // namespace

ContinuumPde continuum(const Reduction& reduction, const RateNetwork& network) {
  ContinuumPde pde;
  pde.dimension = network.lattice.dimension();
  pde.components = reduction.P;
  pde.frame = frame_of(network.lattice);
  pde.coefficients = along(reduction.coefficients, pde.frame);
  for (int p = 0; p < reduction.P; ++p) {
    pde.names.push_back(reduction.P == network.size() ? network.states[static_cast<std::size_t>(p)]
                                                      : "coarse[" + std::to_string(p) + "]");
  }
  pde.resolution = reduction.resolution * network.lattice.vectors.colwise().norm().minCoeff();
  return pde;
}

WellPosedness well_posedness(const ContinuumPde& pde, const std::vector<double>& spacing) {
  expects(static_cast<int>(spacing.size()) == pde.dimension, "one spacing for each axis");
  Eigen::VectorXd edge(pde.dimension);
  double finest = infinity;
  for (int axis = 0; axis < pde.dimension; ++axis) {
    const double h = spacing[static_cast<std::size_t>(axis)];
    expects(h > 0, "positive spacings");
    edge(axis) = std::numbers::pi / h;
    finest = std::min(finest, h);
  }
  const auto worst_of_all = [&](const Eigen::VectorXd& up_to) {
    Worst worst = worst_growth(pde.coefficients, up_to);
    for (const Coefficients& other : pde.extremes)
      if (Worst its = worst_growth(other, up_to); its.growth > worst.growth) worst = std::move(its);
    return worst;
  };
  const Worst worst = worst_of_all(edge);
  WellPosedness result{worst.growth == 0, worst.k, worst.growth, 0};
  if (result.ok) return result;

  // All spacings grow by one factor until nothing grows any more.
  double bad = 1;
  double good = 2;
  while (worst_of_all(edge / good).growth > 0) {
    bad = good;
    good *= 2;
    if (good > 1e9) {
      result.coarsest_spacing = infinity;
      return result;
    }
  }
  while (good / bad > 1.01) {
    const double middle = std::sqrt(good * bad);
    (worst_of_all(edge / middle).growth > 0 ? bad : good) = middle;
  }
  result.coarsest_spacing = finest * good;
  return result;
}

}  // namespace rdd
