#include "compiler/uncertainty.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/lower_derivatives.hpp"
#include "compiler/lower_network.hpp"
#include "runtime/reduction/gauge.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/reduction/sparse_transport.hpp"
#include "runtime/sensitivity/steady_derivatives.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double uncertainty_of(const Model& model, int parameter) {
  return *model.parameters[static_cast<std::size_t>(parameter)].uncertainty;
}

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

/// The largest relative change that parameter j makes in the network: of a rate, a weight, a length.
double largest_change(const RateNetwork& network, const NetworkDerivatives& by, Index j) {
  const auto at = static_cast<std::size_t>(j);
  double lengths = by.vectors[at].cwiseAbs().maxCoeff();
  if (!by.positions.empty()) lengths = std::max(lengths, by.positions[at].cwiseAbs().maxCoeff());
  return by.log_rates.col(j).cwiseAbs().maxCoeff() + by.log_weights.col(j).cwiseAbs().maxCoeff() +
         lengths / network.lattice.vectors.colwise().norm().minCoeff();
}

/// sum += (x u)², entry by entry.
void add_square(MatrixXd& sum, const MatrixXd& x, double u) {
  if (sum.size() == 0) sum = MatrixXd::Zero(x.rows(), x.cols());
  sum += (x * u).cwiseAbs2();
}
void add_square(Coefficients& sum, const Coefficients& x, double u) {
  sum.drift.resize(x.drift.size());
  sum.diffusion.resize(x.diffusion.size());
  add_square(sum.reaction, x.reaction, u);
  for (std::size_t a = 0; a < x.drift.size(); ++a) {
    add_square(sum.drift[a], x.drift[a], u);
    sum.diffusion[a].resize(x.diffusion[a].size());
    for (std::size_t b = 0; b < x.diffusion[a].size(); ++b) add_square(sum.diffusion[a][b], x.diffusion[a][b], u);
  }
}
void take_roots(Coefficients& sum) {
  sum.reaction = sum.reaction.cwiseSqrt().eval();
  for (MatrixXd& x : sum.drift) x = x.cwiseSqrt().eval();
  for (auto& row : sum.diffusion)
    for (MatrixXd& x : row) x = x.cwiseSqrt().eval();
}

}  // namespace

std::vector<double> moved(const Model& model, const Point& point, const std::function<double(int, double)>& move) {
  std::vector<double> values;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Expr& own = model.parameters[i].default_value;
    values.push_back(evaluate(own, values));
    if (point.expressions[i] != own) values[i] = evaluate(point.expressions[i], values);
    values[i] = move(static_cast<int>(i), values[i]);
  }
  return values;
}

std::vector<int> uncertain_parameters(const Model& model, const Point& point) {
  std::vector<int> all;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Parameter& parameter = model.parameters[i];
    if (parameter.uncertainty && *parameter.uncertainty > 0 && point.expressions[i] == parameter.default_value)
      all.push_back(static_cast<int>(i));
  }
  return all;
}

namespace {

Propagated combined(const Model& model, const Point& point, const std::vector<int>& parameters,
                    const NetworkDerivatives& by, const VectorXd& sizes, const MatrixXd& slopes) {
  MatrixXd parts = slopes.cwiseAbs();
  for (Index j = 0; j < parts.cols(); ++j) {
    constexpr double round_off = 1e-13;
    const VectorXd least = round_off * largest_change(point.network, by, j) * sizes;
    parts.col(j) = (parts.col(j).array() <= least.array()).select(0.0, parts.col(j));
    parts.col(j) *= uncertainty_of(model, parameters[static_cast<std::size_t>(j)]);
  }
  VectorXd total = parts.rowwise().norm();
  return {std::move(total), std::move(parts), parameters};
}

}  // namespace

std::optional<Propagated> propagated(const Model& model, const Point& point, const VectorXd& sizes,
                                     const Slopes& slopes) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty()) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  return combined(model, point, parameters, by, sizes, slopes(by));
}

std::optional<NamedUncertainties> propagated(const Model& model, const Point& point,
                                             const std::function<NamedSlopes(const NetworkDerivatives&)>& slopes) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty()) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  NamedUncertainties result;
  for (const auto& [name, figures] : slopes(by))
    result[name] = combined(model, point, parameters, by, figures.sizes, figures.slopes).uncertainty;
  return result;
}

namespace {

/// (y(θ_i + h) − y(θ_i − h))/2h for one parameter; nothing where there is no network, or no figures of it.
std::optional<VectorXd> central_difference(const Model& model, const Point& point, int i, double h,
                                           const NetworkFigures& figures) {
  std::optional<VectorXd> ends[2];
  for (const int side : {0, 1}) {
    const std::vector<double> values = moved(model, point, [&](int parameter, double value) {
      return parameter != i ? value : side == 0 ? value - h : value + h;
    });
    Diagnostics silent;
    if (const auto network = lower_network(model, values, silent)) ends[side] = figures(*network);
    if (!ends[side]) return std::nullopt;
  }
  return (*ends[1] - *ends[0]) / (2 * h);
}

}  // namespace

std::optional<VectorXd> propagated_by_differences(const Model& model, const Point& point, const VectorXd& sizes,
                                                  const NetworkFigures& figures, Differences differences) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty()) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  MatrixXd slopes = MatrixXd::Zero(sizes.size(), by.parameters());
  for (Index j = 0; j < by.parameters(); ++j) {
    const double change = largest_change(point.network, by, j);
    if (change == 0) continue;
    const int parameter = parameters[static_cast<std::size_t>(j)];
    const bool local = differences == Differences::local;
    const double h = local ? 1e-3 / change : uncertainty_of(model, parameter);
    const auto slope = central_difference(model, point, parameter, h, figures);
    const auto wide = local ? central_difference(model, point, parameter, 2 * h, figures) : slope;
    if (!slope || !wide) return std::nullopt;
    const VectorXd found = (4 * *slope - *wide) / 3;
    slopes.col(j) = (found.array().abs() <= 1e-10 * change * sizes.array()).select(0.0, found);
  }
  return combined(model, point, parameters, by, sizes, slopes).uncertainty;
}

MatrixXd weight_derivatives(const RateNetwork& network, const NetworkDerivatives& by) {
  if (!is_large(network)) return transport_derivatives(BlochOperator(network), by).log_weights;
  const GroupInverse inverse(network);
  return sparse_transport_derivatives(network, by, inverse, sparse_transport(network, inverse, gauge(network)),
                                      gauge(network))
      .log_weights;
}

std::optional<NamedUncertainties> network_uncertainty(const Model& model, const Point& point) {
  const RateNetwork& network = point.network;
  VectorXd rates(static_cast<Index>(network.hops.size()));
  for (Index h = 0; h < rates.size(); ++h) rates(h) = network.hops[static_cast<std::size_t>(h)].rate;
  const VectorXd weights = network.log_weights.array().exp();
  try {
    return propagated(model, point, [&](const NetworkDerivatives& by) -> NamedSlopes {
      return {{"weights", {weights, weights.asDiagonal() * weight_derivatives(network, by)}},
              {"escape", {network.escape, escape_derivatives(network, by)}},
              {"rates", {rates, rates.asDiagonal() * by.log_rates}}};
    });
  } catch (const SparseLimit&) {
    return std::nullopt;
  }
}

namespace {

/// Of D, v and the slowest time scales of a large network.
std::optional<Propagated> propagated_sparse(const Model& model, const Point& point, const Request& request) {
  const RateNetwork& network = point.network;
  const SparseSpectrum spectrum(network);
  if (request.topic == Topic::timescales) {
    const SparseModes& modes = spectrum.slow_modes(few_bands);  // or more, where a pair would be split
    const Index count = few_bands - 1;
    const VectorXd times = modes.lambda.real().segment(1, count).cwiseInverse();
    return propagated(model, point, times, [&](const NetworkDerivatives& by) -> MatrixXd {
      const MatrixXd rates = slow_mode_derivatives(network, by, modes).derivatives.real().middleRows(1, count);
      return (-times.cwiseAbs2()).asDiagonal() * rates;
    });
  }
  const SparseTransport found = sparse_transport(network, spectrum.group_inverse(), gauge(network));
  return propagated(
      model, point, transport_sizes(request.topic, found.transport, network), [&](const NetworkDerivatives& by) {
        const auto changes = sparse_transport_derivatives(network, by, spectrum.group_inverse(), found, gauge(network));
        MatrixXd slopes(listed(request.topic, found.transport).size(), by.parameters());
        for (Index j = 0; j < slopes.cols(); ++j)
          slopes.col(j) = listed(request.topic, changes.transport[static_cast<std::size_t>(j)]);
        return slopes;
      });
}

bool known_of_large(Topic topic) {
  return topic == Topic::diffusion || topic == Topic::drift || topic == Topic::timescales;
}

}  // namespace

std::optional<Propagated> propagated(const Model& model, const Point& point, const Request& request) {
  if (uncertain_parameters(model, point).empty()) return std::nullopt;
  if (is_large(point.network)) {
    if (!known_of_large(request.topic)) return std::nullopt;
    try {
      return propagated_sparse(model, point, request);
    } catch (const SparseLimit&) {  // beyond this machine, though the figures themselves may not be
      return std::nullopt;
    }
  }
  return propagated(model, point, sizes(request, point.network),
                    [&](const NetworkDerivatives& by) { return derivatives(request, point.network, by); });
}

namespace {

/// Of the slowest bands of a large network at k = 0.
Eigen::MatrixXcd slow_derivatives(const RateNetwork& network, const NetworkDerivatives& by,
                                  const std::vector<BandPoint>& points) {
  const SparseSpectrum spectrum(network);
  const Eigen::MatrixXcd all = slow_mode_derivatives(network, by, spectrum.slow_modes(few_bands)).derivatives;
  Eigen::MatrixXcd slopes(static_cast<Index>(points.size()), all.cols());
  for (Index i = 0; i < slopes.rows(); ++i) slopes.row(i) = all.row(points[static_cast<std::size_t>(i)].band);
  return slopes;
}

}  // namespace

std::optional<Eigen::VectorXcd> band_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                 const std::vector<BandPoint>& points,
                                                 const Eigen::Ref<const Eigen::VectorXcd>& lambda) {
  const bool large = is_large(point.network);
  if (large && std::ranges::any_of(points, [](const BandPoint& p) { return !p.phases.isZero(0); })) return std::nullopt;
  const VectorXd sizes_of_bands = band_sizes(bloch, lambda);
  const auto found = propagated(model, point, sizes_of_bands.replicate(2, 1), [&](const NetworkDerivatives& by) {
    const Eigen::MatrixXcd slopes =
        large ? slow_derivatives(point.network, by, points) : band_derivatives(bloch, by, points);
    MatrixXd parts(2 * slopes.rows(), slopes.cols());
    parts << slopes.real(), slopes.imag();
    return parts;
  });
  if (!found) return std::nullopt;
  Eigen::VectorXcd result(lambda.size());
  result.real() = found->uncertainty.head(lambda.size());
  result.imag() = found->uncertainty.tail(lambda.size());
  return result;
}

namespace {

/// Two edges of a gap, of which the upper one may be missing.
struct Edges {
  double below = 0, above = 0;
  bool fast = true;
};
constexpr Index figures_of_edges = 5;  // below, above, width, ratio, τ

VectorXd edge_sizes(const BlochOperator& bloch, const Edges& edges) {
  Eigen::VectorXcd rates(2);
  rates << edges.below, edges.fast ? edges.above : 0;
  const VectorXd size = band_sizes(bloch, rates);
  const double ratio = edges.below > 0 ? edges.above / edges.below : 0;
  VectorXd all(figures_of_edges);
  all << size, size.sum(), ratio,
      1 / std::sqrt(edges.below > 0 ? edges.below * edges.above : edges.above * edges.above);
  return all;
}

/// Derivatives of these five from those of the edges.
MatrixXd edge_slopes(const Edges& edges, const Eigen::RowVectorXd& below, const Eigen::RowVectorXd& above) {
  MatrixXd rows = MatrixXd::Zero(figures_of_edges, below.size());
  rows.row(0) = below;
  if (!edges.fast) return rows;
  rows.row(1) = above;
  rows.row(2) = above - below;
  if (!(edges.below > 0)) {
    rows.row(4) = -above / (edges.above * edges.above);
    return rows;
  }
  const Eigen::RowVectorXd log_below = below / edges.below, log_above = above / edges.above;
  rows.row(3) = edges.above / edges.below * (log_above - log_below);
  rows.row(4) = -0.5 * (log_above + log_below) / std::sqrt(edges.below * edges.above);
  return rows;
}

/// Uncertainties of the five for each pair; `points`: where the edges lie, one or two for each.
std::optional<MatrixXd> edge_uncertainty(const Model& model, const Point& point, const std::vector<Edges>& all,
                                         const std::vector<BandPoint>& points) {
  const BlochOperator bloch(point.network);
  const auto count = static_cast<Index>(all.size());
  MatrixXd size(figures_of_edges, count);
  for (Index i = 0; i < count; ++i) size.col(i) = edge_sizes(bloch, all[static_cast<std::size_t>(i)]);
  const auto found = propagated(model, point, size.reshaped(), [&](const NetworkDerivatives& by) {
    const MatrixXd slopes = band_derivatives(bloch, by, points).real();
    MatrixXd rows(figures_of_edges * count, slopes.cols());
    Index at = 0, row = 0;
    for (const Edges& edges : all) {
      const Eigen::RowVectorXd below = slopes.row(at++);
      Eigen::RowVectorXd above = Eigen::RowVectorXd::Zero(slopes.cols());
      if (edges.fast) above = slopes.row(at++);
      rows.middleRows(row, figures_of_edges) = edge_slopes(edges, below, above);
      row += figures_of_edges;
    }
    return rows;
  });
  if (!found) return std::nullopt;
  return found->uncertainty.reshaped(figures_of_edges, count);
}

}  // namespace

std::optional<std::vector<GapCandidate>> gap_uncertainty(const Model& model, const Point& point,
                                                         const std::vector<GapCandidate>& gaps) {
  std::vector<Edges> all;
  std::vector<BandPoint> points;
  for (const GapCandidate& gap : gaps) {
    if (gap.k_below.size() == 0) return std::nullopt;
    all.push_back({gap.below, gap.above});
    points.push_back({gap.k_below, gap.P - 1});
    points.push_back({gap.k_above, gap.P});
  }
  const auto found = edge_uncertainty(model, point, all, points);
  if (!found) return std::nullopt;
  std::vector<GapCandidate> result;
  for (Index i = 0; i < found->cols(); ++i) {
    const auto u = found->col(i);
    result.push_back({.P = 0, .L = 0, .below = u(0), .above = u(1), .ratio = u(3), .tau = u(4)});
  }
  return result;
}

std::optional<GapAtTau> gap_uncertainty(const Model& model, const Point& point, const GapAtTau& gap) {
  if (gap.k_below.size() == 0) return std::nullopt;
  const bool fast = gap.k_above.size() > 0;
  std::vector<BandPoint> points = {{gap.k_below, gap.band_below}};
  if (fast) points.push_back({gap.k_above, gap.band_above});
  const auto found = edge_uncertainty(model, point, {{gap.below, gap.above, fast}}, points);
  if (!found) return std::nullopt;
  GapAtTau result;
  result.below = (*found)(0, 0);
  result.above = (*found)(1, 0);
  result.width = (*found)(2, 0);
  result.ratio = (*found)(3, 0);
  return result;
}

namespace {

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

/// Of how far a reduction reaches: L, and the gap over that range.
struct ReachUncertainty {
  double resolution = 0;
  GapCandidate gap;
};
ReachUncertainty reach_uncertainty(const Model& model, const Point& point, const std::vector<int>& parameters,
                                   const NetworkDerivatives& by, const BlochOperator& bloch, const Reduction& reduction,
                                   const ReductionDerivatives& changes) {
  const ResolutionDerivatives reach = resolution_derivatives(bloch, by, reduction, changes);
  const auto propagate = [&](const VectorXd& sizes, const MatrixXd& slopes) {
    return combined(model, point, parameters, by, sizes, slopes).uncertainty;
  };
  ReachUncertainty result;
  if (std::isfinite(reduction.resolution))
    result.resolution = propagate(VectorXd::Constant(1, reduction.resolution), reach.resolution)(0);
  const GapCandidate& gap = reduction.gap;
  if (gap.k_below.size() == 0) return result;
  const Edges edges{gap.below, gap.above, gap.k_above.size() > 0};
  const VectorXd u = propagate(edge_sizes(bloch, edges), edge_slopes(edges, reach.below, reach.above));
  result.gap = {.P = 0, .L = 0, .below = u(0), .above = u(1), .ratio = u(3), .tau = u(4)};
  return result;
}

ReductionUncertainty uncertainty_of(const Model& model, const Point& point, const std::vector<int>& parameters,
                                    const NetworkDerivatives& by, const BlochOperator& bloch,
                                    const Reduction& reduction, const ReductionDerivatives& changes) {
  const Index P = reduction.P, states = point.network.size();
  const VectorXd pi = point.network.log_weights.array().exp();
  const MatrixXd log_pi = transport_derivatives(bloch, by).log_weights;
  const VectorXd c = listed(reduction.coefficients);
  const Index groups = c.size(), rest = groups + states * P;
  MatrixXd slopes = MatrixXd::Zero(rest + P + 1, by.parameters());
  VectorXd sizes = VectorXd::Ones(slopes.rows());
  sizes.head(groups) = coefficient_sizes(reduction.coefficients, point.network);
  for (Index j = 0; j < by.parameters(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    const GroupFigures change = group_changes(reduction.groups.chi, pi, changes.chi[at], log_pi.col(j));
    slopes.col(j) << listed(changes.coefficients[at]), changes.chi[at].reshaped(), change.weights, change.crispness;
  }
  const VectorXd u = combined(model, point, parameters, by, sizes, slopes).uncertainty;
  ReductionUncertainty result;
  result.coefficients =
      coefficients_of(u.head(groups), reduction.P, static_cast<int>(reduction.coefficients.drift.size()));
  result.chi = u.segment(groups, states * P).reshaped(states, P);
  result.weights = u.segment(rest, P);
  result.crispness = u(rest + P);
  if (reduction.resolution > 0) {  // otherwise the gap was not looked for either
    const ReachUncertainty reach = reach_uncertainty(model, point, parameters, by, bloch, reduction, changes);
    result.resolution = reach.resolution;
    result.gap = reach.gap;
  }
  return result;
}

}  // namespace

std::optional<ReductionUncertainty> reduction_uncertainty(const Model& model, const Point& point,
                                                          const BlochOperator& bloch, const Reduction& reduction) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty() || is_large(point.network)) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  return uncertainty_of(model, point, parameters, by, bloch, reduction, reduction_derivatives(bloch, by, reduction));
}

std::optional<ChoiceUncertainty> choice_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                    const Choice& choice) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty() || is_large(point.network)) return std::nullopt;
  const auto rows = static_cast<Index>(choice.rows.size());
  ChoiceUncertainty result{VectorXd::Zero(rows), VectorXd::Zero(rows)};
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  std::vector<GapCandidate> over_the_zone;  // where no resolution was found
  std::vector<Index> of_row;
  for (Index i = 0; i < rows; ++i) {
    const Choice::Row& row = choice.rows[static_cast<std::size_t>(i)];
    if (!std::isfinite(row.resolution)) {
      over_the_zone.push_back(row.gap);
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
        reach_uncertainty(model, point, parameters, by, bloch, reduction, reduction_derivatives(bloch, by, reduction));
    result.resolution(i) = u.resolution;
    result.ratio(i) = u.gap.ratio;
  }
  if (const auto gaps = gap_uncertainty(model, point, over_the_zone))
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

std::optional<double> min_chi_uncertainty(const Model& model, const Point& point, const Reduction& reduction) {
  if (is_large(point.network)) return std::nullopt;
  const auto found = propagated_by_differences(model, point, VectorXd::Ones(1), [&](const RateNetwork& network) {
    const Reduction near =
        reduce_unresolved(BlochOperator(network, gauge(network)), reduction.P, {.order = reduction.order});
    return std::optional(VectorXd::Constant(1, near.groups.min_chi).eval());
  });
  if (!found) return std::nullopt;
  return (*found)(0);
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
  return "uncertainties of parameters are not propagated in networks of this size\n";
}

std::optional<Uncertainties> uncertainties(const Model& model, const Point& point, const Analysis& analysis) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty() || is_large(point.network)) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  const BlochOperator bloch(point.network, gauge(point.network));
  const auto transport = transport_derivatives(bloch, by).transport;
  const auto lambda = eigenvalue_derivatives(BlochOperator(point.network), by, VectorXd::Zero(bloch.dimension()));
  const auto reduced = reduction_derivatives(bloch, by, analysis.reduction);
  const MatrixXd& frame = analysis.pde.frame;

  MatrixXd diffusion, first_order, velocity, real, imaginary;
  Uncertainties result;
  for (std::size_t j = 0; j < parameters.size(); ++j) {
    const double u = uncertainty_of(model, parameters[j]);
    add_square(diffusion, transport[j].diffusion, u);
    add_square(first_order, transport[j].diffusion_first_order, u);
    add_square(velocity, transport[j].velocity, u);
    add_square(real, lambda.derivatives.real().col(static_cast<Index>(j)), u);
    add_square(imaginary, lambda.derivatives.imag().col(static_cast<Index>(j)), u);
    add_square(result.coefficients,
               along(frame, frame_change(frame, point.network.lattice.vectors, by.vectors[j]),
                     analysis.reduction.coefficients, reduced.coefficients[j]),
               u);
  }
  result.transport = {diffusion.cwiseSqrt(), first_order.cwiseSqrt(), velocity.cwiseSqrt()};
  result.lambda.resize(real.rows());
  result.lambda.real() = real.cwiseSqrt();
  result.lambda.imag() = imaginary.cwiseSqrt();
  take_roots(result.coefficients);
  result.reduction = uncertainty_of(model, point, parameters, by, bloch, analysis.reduction, reduced);
  return result;
}

}  // namespace rdd
