// Uncertainties of reductions and of what the summary of a run tells (uncertainty.hpp).
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/propagation.hpp"
#include "runtime/reduction/gauge.hpp"
#include "runtime/reduction/resolution.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Derivatives of the frame's columns: F R = a, so ∂F = (1 − F Fᵀ) ∂a R⁻¹ + F Ω, Ω antisymmetric.
MatrixXd frame_change(const MatrixXd& frame, const MatrixXd& vectors, const MatrixXd& change) {
  if (frame.rows() == frame.cols()) return MatrixXd::Zero(frame.rows(), frame.cols());  // Cartesian axes stay
  const MatrixXd r = (frame.transpose() * vectors).triangularView<Eigen::Upper>();
  const MatrixXd turned = r.transpose().triangularView<Eigen::Lower>().solve(change.transpose()).transpose();
  const MatrixXd inside = frame.transpose() * turned;
  MatrixXd omega = inside.triangularView<Eigen::StrictlyLower>();
  omega -= omega.transpose().eval();
  return turned - frame * inside + frame * omega;
}

/// Changes of the coefficients along the frame, from those along the Cartesian axes.
Coefficients along(const MatrixXd& frame, const MatrixXd& change, const Coefficients& c, const Coefficients& dc) {
  const Index n = frame.cols(), m = frame.rows();
  const MatrixXd zero = MatrixXd::Zero(dc.reaction.rows(), dc.reaction.cols());
  Coefficients result{dc.reaction, std::vector<MatrixXd>(static_cast<std::size_t>(n), zero),
                      std::vector<std::vector<MatrixXd>>(static_cast<std::size_t>(n),
                                                         std::vector<MatrixXd>(static_cast<std::size_t>(n), zero))};
  for (Index i = 0; i < n; ++i) {
    for (Index a = 0; a < m; ++a) {
      const auto alpha = static_cast<std::size_t>(a);
      result.drift[static_cast<std::size_t>(i)] += frame(a, i) * dc.drift[alpha] + change(a, i) * c.drift[alpha];
      for (Index j = 0; j < n; ++j)
        for (Index b = 0; b < m; ++b) {
          const auto beta = static_cast<std::size_t>(b);
          result.diffusion[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] +=
              frame(a, i) * frame(b, j) * dc.diffusion[alpha][beta] +
              (change(a, i) * frame(b, j) + frame(a, i) * change(b, j)) * c.diffusion[alpha][beta];
        }
    }
  }
  return result;
}

/// Of the crispness and the groups' weights: Σ_s π_s χ_sp, and the mean over p of Σ π χ²/Σ π χ.
struct GroupFigures {
  VectorXd weights;
  double crispness = 0;
};
GroupFigures group_changes(const MatrixXd& chi, const VectorXd& pi, const MatrixXd& d_chi, const VectorXd& log_pi) {
  GroupFigures change{VectorXd(chi.cols()), 0};
  for (Index p = 0; p < chi.cols(); ++p) {
    const Eigen::ArrayXd x = chi.col(p), dx = d_chi.col(p), l = log_pi;
    const double weight = (pi.array() * x).sum(), square = (pi.array() * x * x).sum();
    change.weights(p) = (pi.array() * (l * x + dx)).sum();
    const double d_square = (pi.array() * x * (l * x + 2 * dx)).sum();
    change.crispness += (d_square - square / weight * change.weights(p)) / (weight * static_cast<double>(chi.cols()));
  }
  return change;
}

/// Of the least membership before it is made feasible (Memberships::min_chi), χ X with X the inverse of χ at the
/// corners of the inner simplex; of continued groups, of χ itself.
double least_change(const Memberships& groups, const MatrixXd& d_chi) {
  Index state = 0, group = 0;
  if (groups.corners.empty()) {
    groups.chi.minCoeff(&state, &group);
    return d_chi(state, group);
  }
  const MatrixXd inverse = MatrixXd(groups.chi(groups.corners, Eigen::all)).inverse();
  const MatrixXd simplex = groups.chi * inverse;
  simplex.minCoeff(&state, &group);
  return (d_chi.row(state) - simplex.row(state) * d_chi(groups.corners, Eigen::all)) * inverse.col(group);
}

/// Of how far a reduction reaches: L, and the gap over that range. Of a large network L is one that is good enough and
/// no function of the parameters, and the range stays.
struct ReachUncertainty {
  double resolution = 0;
  GapCandidate gap;
};
ReachUncertainty reach_uncertainty(const Propagation& propagation, const BlochOperator& bloch,
                                   const Reduction& reduction, const ReductionDerivatives& changes) {
  const GapCandidate& gap = reduction.gap;
  const bool edges_known = gap.k_below.size() > 0, fast = gap.k_above.size() > 0;
  ResolutionDerivatives reach;
  if (!is_large(bloch.network())) {
    reach = resolution_derivatives(bloch, propagation.by(), reduction, changes);
  } else if (edges_known) {
    std::vector<BandPoint> points = {{gap.k_below, reduction.P - 1}};
    if (fast) points.push_back({gap.k_above, reduction.P});
    const MatrixXd slopes = band_slopes(BlochOperator(bloch.network()), propagation.by(), points).real();
    reach = {Eigen::RowVectorXd::Zero(slopes.cols()), slopes.row(0), slopes.bottomRows(1)};
  }
  ReachUncertainty result;
  if (std::isfinite(reduction.resolution) && reach.resolution.size() > 0)
    result.resolution = propagation.uncertainty(VectorXd::Constant(1, reduction.resolution), reach.resolution)(0);
  if (!edges_known) return result;
  const Edges edges{gap.below, gap.above, fast};
  const VectorXd u = propagation.uncertainty(edge_sizes(bloch, edges), edge_slopes(edges, reach.below, reach.above));
  result.gap = {.P = 0, .L = 0, .below = u(0), .above = u(1), .ratio = u(3), .tau = u(4)};
  return result;
}

ReductionUncertainty of_reduction(const Propagation& propagation, const BlochOperator& bloch,
                                  const Reduction& reduction, const ReductionDerivatives& changes) {
  const RateNetwork& network = bloch.network();
  const Index P = reduction.P, states = network.size();
  const VectorXd pi = network.log_weights.array().exp();
  const MatrixXd log_pi = weight_derivatives(network, propagation.by());
  const VectorXd c = listed(reduction.coefficients);
  const Index groups = c.size(), rest = groups + states * P;
  MatrixXd slopes = MatrixXd::Zero(rest + P + 2, propagation.by().parameters());
  VectorXd sizes = VectorXd::Ones(slopes.rows());
  sizes.head(groups) = coefficient_sizes(reduction.coefficients, network);
  for (Index j = 0; j < slopes.cols(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    const GroupFigures change = group_changes(reduction.groups.chi, pi, changes.chi[at], log_pi.col(j));
    slopes.col(j) << listed(changes.coefficients[at]), changes.chi[at].reshaped(), change.weights, change.crispness,
        least_change(reduction.groups, changes.chi[at]);
  }
  const VectorXd u = propagation.uncertainty(sizes, slopes);
  ReductionUncertainty result;
  result.coefficients =
      coefficients_of(u.head(groups), reduction.P, static_cast<int>(reduction.coefficients.drift.size()));
  result.chi = u.segment(groups, states * P).reshaped(states, P);
  result.weights = u.segment(rest, P);
  result.crispness = u(rest + P);
  result.min_chi = u(rest + P + 1);
  if (reduction.resolution > 0) {  // otherwise the gap was not looked for either
    const ReachUncertainty reach = reach_uncertainty(propagation, bloch, reduction, changes);
    result.resolution = reach.resolution;
    result.gap = reach.gap;
  }
  return result;
}

/// A reduction's derivatives in the gauge of `bloch`.
ReductionDerivatives slopes_of(const Propagation& propagation, const BlochOperator& bloch, const Reduction& reduction) {
  if (is_large(bloch.network())) return reduction_slopes(bloch.network(), propagation.by(), reduction);
  return reduction_derivatives(bloch, propagation.by(), reduction);
}

}  // namespace

std::optional<ReductionUncertainty> reduction_uncertainty(const Model& model, const Point& point,
                                                          const BlochOperator& bloch, const Reduction& reduction) {
  return unless_beyond([&]() -> std::optional<ReductionUncertainty> {
    const auto propagation = Propagation::of(model, point);
    if (!propagation) return std::nullopt;
    return of_reduction(*propagation, bloch, reduction, slopes_of(*propagation, bloch, reduction));
  });
}

std::optional<ChoiceUncertainty> choice_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                    const Choice& choice) {
  const auto propagation = Propagation::of(model, point);
  if (!propagation) return std::nullopt;
  const auto rows = static_cast<Index>(choice.rows.size());
  ChoiceUncertainty result{VectorXd::Zero(rows), VectorXd::Zero(rows)};
  std::vector<GapCandidate> over_a_range;  // that stays as it is
  std::vector<Index> of_row;
  for (Index i = 0; i < rows; ++i) {
    const Choice::Row& row = choice.rows[static_cast<std::size_t>(i)];
    if (is_large(point.network) || !std::isfinite(row.resolution)) {
      over_a_range.push_back(row.gap);
      of_row.push_back(i);
      continue;
    }
    const int P = row.gap.P;
    Reduction reduction;  // in the basis of the slow modes: the bands need no groups
    reduction.P = P;
    reduction.order = model.reduce.order;
    reduction.groups.transform = MatrixXd::Identity(P, P);
    reduction.coefficients = slow_coefficients(bloch, modes_at_zero(bloch, P), P, reduction.order);
    reduction.gap = row.gap;
    reduction.resolution = row.resolution;
    reduction.resolution_error = model.reduce.error;
    const auto u =
        reach_uncertainty(*propagation, bloch, reduction, reduction_derivatives(bloch, propagation->by(), reduction));
    result.resolution(i) = u.resolution;
    result.ratio(i) = u.gap.ratio;
  }
  if (const auto gaps = gap_uncertainty(model, point, over_a_range))
    for (std::size_t i = 0; i < of_row.size(); ++i) result.ratio(of_row[i]) = (*gaps)[i].ratio;
  return result;
}

std::optional<MatrixXd> places_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                           const Reduction& reduction) {
  const Coefficients& c = reduction.coefficients;
  const MatrixXd shift = symmetric_places(c).shift;
  const VectorXd sizes = VectorXd::Constant(shift.size(), point.network.lattice.vectors.colwise().norm().minCoeff());
  const auto found = propagated(model, point, sizes, [&](const NetworkDerivatives& by) {
    const ReductionDerivatives changes = reduction_derivatives(bloch, by, reduction);
    MatrixXd slopes(shift.size(), by.parameters());
    for (Index j = 0; j < by.parameters(); ++j) {
      // A central difference along the exact change of the coefficients: they move by 1e-5 of themselves.
      const double change = largest_change(point.network, by, j);
      const double h = change > 0 ? 1e-5 / change : 1;
      const auto at = [&](double step) -> VectorXd {
        const VectorXd moved = listed(c) + step * listed(changes.coefficients[static_cast<std::size_t>(j)]);
        return symmetric_places(coefficients_of(moved, reduction.P, static_cast<int>(c.drift.size()))).shift.reshaped();
      };
      slopes.col(j) = (at(h) - at(-h)) / (2 * h);
    }
    return slopes;
  });
  if (!found) return std::nullopt;
  return found->uncertainty.reshaped(shift.rows(), shift.cols());
}

std::optional<SymbolUncertainty> symbol_uncertainty(const Model& model, const Point& point, const Reduction& reduction,
                                                    const Eigen::Ref<const VectorXd>& phases) {
  const Index P = reduction.P;
  const auto figures = [&](const RateNetwork& network) -> std::optional<VectorXd> {
    const BlochOperator bloch(network, gauge(network));
    const Reduction near = reduce_unresolved(bloch, reduction.P, {.order = reduction.order, .like = &reduction.groups});
    const SlowSymbol found = slow_symbol(bloch, near, phases);
    if (!found.ok()) return std::nullopt;
    const Eigen::MatrixXcd expansion = symbol(near.coefficients, bloch.wave_vector(phases));
    VectorXd all(4 * P * P);
    all << found.H.real().reshaped(), found.H.imag().reshaped(), expansion.real().reshaped(),
        expansion.imag().reshaped();
    return all;
  };
  if (uncertain_parameters(model, point).empty()) return std::nullopt;
  const auto here = figures(point.network);
  if (!here) return std::nullopt;
  const auto u =
      propagated_by_differences(model, point, VectorXd::Constant(4 * P * P, here->cwiseAbs().maxCoeff()), figures);
  if (!u) return std::nullopt;
  SymbolUncertainty result{Eigen::MatrixXcd(P, P), Eigen::MatrixXcd(P, P), Eigen::VectorXcd::Zero(P + 1)};
  result.H.real() = u->head(P * P).reshaped(P, P);
  result.H.imag() = u->segment(P * P, P * P).reshaped(P, P);
  result.reduced.real() = u->segment(2 * P * P, P * P).reshaped(P, P);
  result.reduced.imag() = u->tail(P * P).reshaped(P, P);
  const BlochOperator bloch(point.network);
  const Eigen::VectorXcd bands = bands_at(bloch, phases);
  std::vector<BandPoint> points;
  for (int m = 0; m <= P && m < bands.size(); ++m) points.push_back({phases, m});
  const auto count = static_cast<Index>(points.size());
  result.lambda.head(count) = *band_uncertainty(model, point, bloch, points, bands.head(count));
  return result;
}

std::string not_propagated(const Model& model, const Point& point) {
  if (!is_large(point.network) || uncertain_parameters(model, point).empty()) return "";
  return "uncertainties of parameters are not propagated: the network is too large for that on this machine\n";
}

std::optional<Uncertainties> uncertainties(const Model& model, const Point& point, const Analysis& analysis) {
  return unless_beyond([&]() -> std::optional<Uncertainties> {
    const auto propagation = Propagation::of(model, point);
    if (!propagation) return std::nullopt;
    const NetworkDerivatives& by = propagation->by();
    const RateNetwork& network = point.network;
    const BlochOperator bloch(network, gauge(network));
    const ReductionDerivatives reduced = slopes_of(*propagation, bloch, analysis.reduction);
    const MatrixXd& frame = analysis.pde.frame;
    MatrixXd slopes(listed(analysis.pde.coefficients).size(), by.parameters());
    for (Index j = 0; j < slopes.cols(); ++j) {
      const auto at = static_cast<std::size_t>(j);
      slopes.col(j) = listed(along(frame, frame_change(frame, network.lattice.vectors, by.vectors[at]),
                                   analysis.reduction.coefficients, reduced.coefficients[at]));
    }
    Uncertainties result;
    result.coefficients =
        coefficients_of(propagation->uncertainty(coefficient_sizes(analysis.pde.coefficients, network), slopes),
                        analysis.reduction.P, static_cast<int>(frame.cols()));
    result.reduction = of_reduction(*propagation, bloch, analysis.reduction, reduced);
    std::vector<BandPoint> points;
    for (int m = 0; m < analysis.reduction.lambda.size(); ++m) points.push_back({VectorXd::Zero(bloch.dimension()), m});
    const auto lambda = band_uncertainty(model, point, BlochOperator(network), points, analysis.reduction.lambda);
    const auto transport = transport_uncertainty(model, point);
    const auto rates = network_uncertainty(model, point);
    if (!lambda || !transport || !rates) return std::nullopt;
    result.lambda = *lambda;
    result.transport = *transport;
    result.rates = rates->at("rates");
    return result;
  });
}

}  // namespace rdd
