#include "compiler/uncertainty.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/lower_derivatives.hpp"
#include "compiler/lower_network.hpp"
#include "compiler/propagation.hpp"
#include "runtime/sensitivity/steady_derivatives.hpp"

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

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

double largest_change(const RateNetwork& network, const NetworkDerivatives& by, Index j) {
  const auto at = static_cast<std::size_t>(j);
  double lengths = by.vectors[at].cwiseAbs().maxCoeff();
  if (!by.positions.empty()) lengths = std::max(lengths, by.positions[at].cwiseAbs().maxCoeff());
  return by.log_rates.col(j).cwiseAbs().maxCoeff() + by.log_weights.col(j).cwiseAbs().maxCoeff() +
         lengths / network.lattice.vectors.colwise().norm().minCoeff();
}

std::optional<Propagation> Propagation::of(const Model& model, const Point& point) {
  std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty()) return std::nullopt;
  NetworkDerivatives by = lower_derivatives(model, point, parameters);
  return Propagation(model, point, std::move(parameters), std::move(by));
}

Propagated Propagation::combined(const VectorXd& sizes, const MatrixXd& slopes) const {
  MatrixXd parts = slopes.cwiseAbs();
  for (Index j = 0; j < parts.cols(); ++j) {
    const double round_off = is_large(point_.network) ? 1e-10 : 1e-13;  // sparse solutions are iterated
    const VectorXd least = round_off * largest_change(point_.network, by_, j) * sizes;
    parts.col(j) = (parts.col(j).array() <= least.array()).select(0.0, parts.col(j));
    parts.col(j) *= uncertainty_of(parameters_[static_cast<std::size_t>(j)]);
  }
  VectorXd total = parts.rowwise().norm();
  return {std::move(total), std::move(parts), parameters_};
}

double Propagation::uncertainty_of(int parameter) const {
  return *model_.parameters[static_cast<std::size_t>(parameter)].uncertainty;
}

std::optional<Propagated> propagated(const Model& model, const Point& point, const VectorXd& sizes,
                                     const Slopes& slopes) {
  return unless_beyond([&]() -> std::optional<Propagated> {
    const auto propagation = Propagation::of(model, point);
    if (!propagation) return std::nullopt;
    return propagation->combined(sizes, slopes(propagation->by()));
  });
}

std::optional<NamedUncertainties> propagated(const Model& model, const Point& point,
                                             const std::function<NamedSlopes(const NetworkDerivatives&)>& slopes) {
  return unless_beyond([&]() -> std::optional<NamedUncertainties> {
    const auto propagation = Propagation::of(model, point);
    if (!propagation) return std::nullopt;
    NamedUncertainties result;
    for (const auto& [name, figures] : slopes(propagation->by()))
      result[name] = propagation->uncertainty(figures.sizes, figures.slopes);
    return result;
  });
}

std::optional<Propagated> propagated(const Model& model, const Point& point, const Request& request) {
  if (uncertain_parameters(model, point).empty()) return std::nullopt;
  return unless_beyond([&] {
    return propagated(model, point, sizes(request, point.network),
                      [&](const NetworkDerivatives& by) { return derivatives(request, point.network, by); });
  });
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
  const auto propagation = Propagation::of(model, point);
  if (!propagation) return std::nullopt;
  const NetworkDerivatives& by = propagation->by();
  MatrixXd slopes = MatrixXd::Zero(sizes.size(), by.parameters());
  for (Index j = 0; j < by.parameters(); ++j) {
    const double change = largest_change(point.network, by, j);
    if (change == 0) continue;
    const int parameter = propagation->parameters()[static_cast<std::size_t>(j)];
    const bool local = differences == Differences::local;
    const double h = local ? 1e-3 / change : propagation->uncertainty_of(parameter);
    const auto slope = central_difference(model, point, parameter, h, figures);
    const auto wide = local ? central_difference(model, point, parameter, 2 * h, figures) : slope;
    if (!slope || !wide) return std::nullopt;
    const VectorXd found = (4 * *slope - *wide) / 3;
    slopes.col(j) = (found.array().abs() <= 1e-10 * change * sizes.array()).select(0.0, found);
  }
  return propagation->uncertainty(sizes, slopes);
}

MatrixXd weight_derivatives(const RateNetwork& network, const NetworkDerivatives& by) {
  return transport_slopes(network, by).log_weights;
}

std::optional<NamedUncertainties> network_uncertainty(const Model& model, const Point& point) {
  const RateNetwork& network = point.network;
  VectorXd rates(static_cast<Index>(network.hops.size()));
  for (Index h = 0; h < rates.size(); ++h) rates(h) = network.hops[static_cast<std::size_t>(h)].rate;
  const VectorXd weights = network.log_weights.array().exp();
  return propagated(model, point, [&](const NetworkDerivatives& by) -> NamedSlopes {
    return {{"weights", {weights, weights.asDiagonal() * weight_derivatives(network, by)}},
            {"escape", {network.escape, escape_derivatives(network, by)}},
            {"rates", {rates, rates.asDiagonal() * by.log_rates}}};
  });
}

std::optional<Transport> transport_uncertainty(const Model& model, const Point& point) {
  const int m = point.network.lattice.embedding();
  const auto diffusion = propagated(model, point, {.topic = Topic::diffusion});
  const auto drift = propagated(model, point, {.topic = Topic::drift});
  if (!diffusion || !drift) return std::nullopt;
  return Transport{.diffusion = square_of(diffusion->uncertainty.head(m * m), m),
                   .diffusion_first_order = square_of(diffusion->uncertainty.tail(m * m), m),
                   .velocity = drift->uncertainty};
}

}  // namespace rdd
