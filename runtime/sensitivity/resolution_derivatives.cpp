// How far a reduction reaches, differentiated (docs/theory.md, section 10).
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "runtime/dense.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/sensitivity/derivatives.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;

constexpr double step_of_radius = 1e-4;  // of central differences along k: errors of 1e-8

/// A reduced band beside the exact one it stands for.
struct Match {
  Index band = 0, reduced = 0;
  Complex exact, difference;
  double error() const { return std::abs(difference) / std::abs(exact); }
};

/// The worst of the kept bands, each exact one matched with the nearest reduced one not yet taken.
Match worst_match(const Eigen::VectorXcd& exact, const Eigen::VectorXcd& reduced) {
  std::vector<Index> unmatched(static_cast<std::size_t>(reduced.size()));
  for (std::size_t i = 0; i < unmatched.size(); ++i) unmatched[i] = static_cast<Index>(i);
  Match worst{0, 0, 1, 0};
  for (Index m = 0; m < reduced.size(); ++m) {
    const auto nearest =
        std::ranges::min_element(unmatched, {}, [&](Index i) { return std::abs(reduced(i) - exact(m)); });
    const Match match{m, *nearest, exact(m), reduced(*nearest) - exact(m)};
    if (match.error() > worst.error()) worst = match;
    unmatched.erase(nearest);
  }
  return worst;
}

class Reach {
 public:
  Reach(const BlochOperator& bloch, const Reduction& reduction) : bloch_(bloch), reduction_(reduction) {}

  Match at(const Eigen::VectorXd& phases) const {
    return worst_match(rates_with_digits(bloch_, phases), eigenvalues(Eigen::MatrixXcd(-symbol_at(phases))));
  }
  Eigen::MatrixXcd symbol_at(const Eigen::VectorXd& phases) const {
    return symbol(reduction_.coefficients, bloch_.wave_vector(phases));
  }

  /// Where the error is the bound, between the last radius that was good and the next step; nothing where it is not to
  /// be found there.
  std::optional<Eigen::VectorXd> edge() const {
    const double good = std::numbers::pi / reduction_.resolution;
    const double bad = good * std::exp2(1.0 / 32);
    const Eigen::MatrixXd directions = SampledBands(bloch_).directions();
    Eigen::VectorXd direction;
    double worst = reduction_.resolution_error;
    for (const auto& candidate : directions.colwise()) {
      const double error = at(bad * candidate).error();
      if (error <= worst) continue;
      worst = error;
      direction = candidate;
    }
    if (direction.size() == 0 || at(good * direction).error() > reduction_.resolution_error) return std::nullopt;
    double inside = good, outside = bad;
    for (int halvings = 0; halvings < 40; ++halvings) {
      const double middle = 0.5 * (inside + outside);
      (at(middle * direction).error() > reduction_.resolution_error ? outside : inside) = middle;
    }
    return inside * direction;
  }

 private:
  const BlochOperator& bloch_;
  const Reduction& reduction_;
};

/// ∂(Q + i k·C − k·D·k), k moving too: the symbol is of second degree in k, for which a central difference is exact.
Eigen::MatrixXcd symbol_change(const Coefficients& c, const Coefficients& dc, const Eigen::VectorXd& k,
                               const Eigen::VectorXd& dk) {
  Eigen::MatrixXcd change = symbol(dc, k);
  if (dk.isZero(0)) return change;
  const double scale = k.norm() / dk.norm();
  return change + (symbol(c, k + scale * dk) - symbol(c, k - scale * dk)) / (2 * scale);
}

/// ∂ ln r of the radius at which the error stays the bound.
Eigen::RowVectorXd radius_change(const BlochOperator& bloch, const NetworkDerivatives& network,
                                 const Reduction& reduction, const ReductionDerivatives& changes) {
  const Eigen::RowVectorXd none = Eigen::RowVectorXd::Zero(network.parameters());
  if (!std::isfinite(reduction.resolution) || !(reduction.resolution > 1)) return none;
  const Reach reach(bloch, reduction);
  const auto edge = reach.edge();
  if (!edge) return none;
  const double h = step_of_radius;
  const double slope =
      (std::log(reach.at((1 + h) * *edge).error()) - std::log(reach.at((1 - h) * *edge).error())) / (2 * h);
  if (!(slope > 0)) return none;

  const Match match = reach.at(*edge);
  const GeneralEigen eigen = general_eigen(Eigen::MatrixXcd(-reach.symbol_at(*edge)));
  const Eigen::RowVectorXcd exact =
      band_derivatives(BlochOperator(bloch.network()), network, {{*edge, static_cast<int>(match.band)}});
  const Eigen::VectorXd k = bloch.wave_vector(*edge);
  Eigen::RowVectorXd result(network.parameters());
  for (Index j = 0; j < result.size(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    const Eigen::MatrixXcd change =
        symbol_change(reduction.coefficients, changes.coefficients[at], k,
                      wave_vector_change(bloch.network().lattice.vectors, network.vectors[at], *edge));
    const Complex reduced = -(eigen.inverse.row(match.reduced) * change * eigen.vectors.col(match.reduced)).value();
    const double log_error = ((reduced - exact(j)) / match.difference).real() - (exact(j) / match.exact).real();
    result(j) = -log_error / slope;
  }
  return result;
}

}  // namespace

Eigen::VectorXd wave_vector_change(const Eigen::MatrixXd& a, const Eigen::MatrixXd& da, const Eigen::VectorXd& phases) {
  const Eigen::MatrixXd inverse = Eigen::MatrixXd(a.transpose() * a).inverse();
  const Eigen::VectorXd along = inverse * phases;
  return da * along - a * (inverse * ((da.transpose() * a + a.transpose() * da) * along));
}

ResolutionDerivatives resolution_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                             const Reduction& reduction, const ReductionDerivatives& changes) {
  const Eigen::RowVectorXd log_radius = radius_change(bloch, network, reduction, changes);
  const double radius = std::isfinite(reduction.resolution) ? std::numbers::pi / reduction.resolution : 0;
  ResolutionDerivatives result;
  result.resolution = log_radius.isZero(0) ? log_radius : (-reduction.resolution * log_radius).eval();
  const BlochOperator cells(bloch.network());
  const auto edge = [&](const Eigen::VectorXd& phases, int band) -> Eigen::RowVectorXd {
    if (phases.size() == 0) return Eigen::RowVectorXd::Zero(network.parameters());
    Eigen::RowVectorXd slope = band_derivatives(cells, network, {{phases, band}}).real();
    const bool at_the_end = std::abs(phases.lpNorm<Eigen::Infinity>() - radius) <= 1e-9 * radius;
    if (!at_the_end || log_radius.isZero(0)) return slope;
    const double h = step_of_radius;
    const double along = (rates_with_digits(cells, (1 + h) * phases)(band).real() -
                          rates_with_digits(cells, (1 - h) * phases)(band).real()) /
                         (2 * h);
    return slope + along * log_radius;
  };
  result.below = edge(reduction.gap.k_below, reduction.P - 1);
  result.above = edge(reduction.gap.k_above, reduction.P);
  return result;
}

}  // namespace rdd
