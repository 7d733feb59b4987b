#include "compiler/driven_uncertainty.hpp"

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "compiler/lower_derivatives.hpp"
#include "compiler/rate_formulas.hpp"
#include "runtime/sensitivity/steady_derivatives.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

std::size_t at(Index index) {
  return static_cast<std::size_t>(index);
}

MatrixXd dual_vectors(const RateNetwork& network) {  // (n, m)
  const MatrixXd& a = network.lattice.vectors;
  return MatrixXd(a.transpose() * a).inverse() * a.transpose();
}

/// A number as a list of one.
VectorXd one(double value) {
  return VectorXd::Constant(1, value);
}

/// Of the exchanges: what their entropy is small beside.
VectorXd entropy_sizes(const SteadyState& steady) {
  VectorXd sizes(static_cast<Index>(steady.exchanges.size()));
  for (Index e = 0; e < sizes.size(); ++e) {
    const Exchange& exchange = steady.exchanges[at(e)];
    const double drive = std::isfinite(exchange.drive) ? std::abs(exchange.drive) : 0;
    sizes(e) = (exchange.forward + exchange.backward) * drive + std::abs(net_flux(exchange));
  }
  return sizes;
}

/// ∂v and ∂D in cells, from v = a v_c and D = a D_c aᵀ.
struct CellSlopes {
  MatrixXd v, D;  // (n, J) D: the diagonal
};
CellSlopes cell_slopes(const RateNetwork& network, const InCells& cells, const NetworkDerivatives& by,
                       const std::vector<Transport>& moves) {
  const MatrixXd dual = dual_vectors(network);
  CellSlopes result{MatrixXd(cells.v.size(), by.parameters()), MatrixXd(cells.v.size(), by.parameters())};
  for (Index j = 0; j < by.parameters(); ++j) {
    const MatrixXd stretch = dual * by.vectors[at(j)];
    result.v.col(j) = dual * moves[at(j)].velocity - stretch * cells.v;
    const MatrixXd D =
        dual * moves[at(j)].diffusion * dual.transpose() - stretch * cells.D - cells.D * stretch.transpose();
    result.D.col(j) = D.diagonal();
  }
  return result;
}

/// What a drift in cells is small beside.
double drift_size(const InCells& cells) {
  return std::max(cells.v.cwiseAbs().maxCoeff(), cells.D.diagonal().maxCoeff());
}

}  // namespace

double Driven::precision(Index axis, double sigma) const {
  return 2 * cells.D(axis, axis) * sigma / (cells.v(axis) * cells.v(axis));
}

double Driven::response() const {
  const VectorXd einstein = transport.diffusion * balance.force;
  return transport.velocity.dot(einstein) / einstein.squaredNorm();
}

double chord_fluxes(const SteadyState& steady) {
  double sum = 0;
  for (const Exchange& exchange : steady.exchanges)
    if (!exchange.in_tree) sum += exchange.forward + exchange.backward;
  return sum;
}

double flux_noise(const SteadyState& steady) {
  return 64 * std::numeric_limits<double>::epsilon() * chord_fluxes(steady);
}

Driven driven_state(const RateNetwork& network) {
  Driven result;
  result.steady = steady_state(network);
  result.cycles = fundamental_cycles(result.steady);
  result.balance = local_balance(network, result.steady, result.cycles);
  result.transport = transport(BlochOperator(network, gauge(network)));
  const MatrixXd dual = dual_vectors(network);
  result.cells = {dual * result.transport.velocity, dual * result.transport.diffusion * dual.transpose()};
  for (double& v : result.cells.v)
    if (std::abs(v) <= flux_noise(result.steady)) v = 0;
  return result;
}

std::optional<VectorXd> declared_force(const Model& model, const Point& point) {
  if (model.force.empty()) return std::nullopt;
  VectorXd force(static_cast<Index>(model.force.size()));
  for (Index i = 0; i < force.size(); ++i) force(i) = evaluate(model.force[at(i)], point.parameters);
  return force;
}

std::optional<double> temperature(const Model& model, const Point& point) {
  if (!model.temperature) return std::nullopt;
  return point.parameters[static_cast<std::size_t>(*model.temperature)];
}

std::optional<NamedUncertainties> steady_uncertainty(const Model& model, const Point& point,
                                                     const SteadyState& steady) {
  const RateNetwork& network = point.network;
  return propagated(model, point, [&](const NetworkDerivatives& by) -> NamedSlopes {
    const SteadyDerivatives moves = steady_derivatives(network, steady, by, weight_derivatives(network, by));
    const MatrixXd escape = escape_derivatives(network, by);
    VectorXd forward(moves.forward.rows()), backward(forward.size()), net(forward.size());
    for (Index e = 0; e < forward.size(); ++e) {
      const Exchange& exchange = steady.exchanges[at(e)];
      forward(e) = exchange.forward;
      backward(e) = exchange.backward;
      net(e) = exchange.in_tree ? chord_fluxes(steady) : exchange.forward + exchange.backward;
    }
    return {{"occupation", {steady.occupation, moves.occupation}},
            {"escape", {network.escape, escape}},
            {"left",
             {steady.occupation.cwiseProduct(network.escape),
              network.escape.asDiagonal() * moves.occupation + steady.occupation.asDiagonal() * escape}},
            {"forward", {forward, moves.forward}},
            {"backward", {backward, moves.backward}},
            {"net", {net, moves.current}}};
  });
}

std::optional<NamedUncertainties> cycle_uncertainty(const Model& model, const Point& point, const SteadyState& steady,
                                                    const std::vector<Cycle>& cycles) {
  const RateNetwork& network = point.network;
  return propagated(model, point, [&](const NetworkDerivatives& by) -> NamedSlopes {
    CycleDerivatives moves =
        cycle_derivatives(cycles, steady_derivatives(network, steady, by, weight_derivatives(network, by)));
    const auto count = static_cast<Index>(cycles.size());
    VectorXd flux(count), entropy(count);
    MatrixXd entropy_moves = MatrixXd::Zero(count, by.parameters());
    for (Index c = 0; c < count; ++c) {
      const Cycle& cycle = cycles[at(c)];
      const Exchange& chord = steady.exchanges[static_cast<std::size_t>(cycle.steps.front().exchange)];
      flux(c) = chord.forward + chord.backward;
      if (std::isfinite(cycle.affinity)) {
        entropy(c) = flux(c) * std::abs(cycle.affinity) + cycle.current;
        if (cycle.current > 0)
          entropy_moves.row(c) = cycle.affinity * moves.current.row(c) + cycle.current * moves.affinity.row(c);
      } else {
        entropy(c) = 0;
        moves.affinity.row(c).setZero();
      }
    }
    return {{"affinity", {VectorXd::Ones(count), moves.affinity}},
            {"flux", {flux, moves.current}},
            {"entropy", {entropy, entropy_moves}}};
  });
}

std::optional<NamedUncertainties> entropy_uncertainty(const Model& model, const Point& point, const Driven& driven) {
  const RateNetwork& network = point.network;
  const std::vector<int> parameters = uncertain_parameters(model, point);
  const double sigma = entropy_production(driven.steady, {}).total;
  return propagated(model, point, [&](const NetworkDerivatives& by) {
    const TransportDerivatives walk = transport_derivatives(BlochOperator(network, gauge(network)), by);
    const SteadyDerivatives moves = steady_derivatives(network, driven.steady, by, walk.log_weights);
    const VectorXd sizes = entropy_sizes(driven.steady);
    const RowVectorXd d_sigma = moves.entropy.colwise().sum();
    NamedSlopes result{{"sigma", {one(sizes.sum()), d_sigma}}, {"entropy", {sizes, moves.entropy}}};
    if (!(sigma > 0)) return result;

    VectorXd share(sizes.size());
    for (Index e = 0; e < share.size(); ++e) share(e) = entropy_production(driven.steady.exchanges[at(e)]) / sigma;
    result["share"] = {sizes / sigma + share, (moves.entropy - share * d_sigma) / sigma};

    const CellSlopes cells = cell_slopes(network, driven.cells, by, walk.transport);
    FigureSlopes precision{VectorXd::Zero(cells.v.rows()), MatrixXd::Zero(cells.v.rows(), by.parameters())};
    for (Index axis = 0; axis < cells.v.rows(); ++axis) {
      const double v = driven.cells.v(axis), D = driven.cells.D(axis, axis);
      if (v == 0) continue;
      precision.sizes(axis) = driven.precision(axis, sigma);
      precision.slopes.row(axis) =
          precision.sizes(axis) * (cells.D.row(axis) / D + d_sigma / sigma - 2 * cells.v.row(axis) / v);
    }
    result["precision"] = precision;

    const auto T = temperature(model, point);
    if (!T) return result;
    const Expr of_temperature[] = {parameter(*model.temperature)};
    const RowVectorXd d_T = expression_derivatives(model, point, parameters, of_temperature);
    const double heat = boltzmann * *T * sigma;
    const RowVectorXd d_heat = boltzmann * (*T * d_sigma + sigma * d_T);
    result["heat"] = {one(boltzmann * *T * sizes.sum()), d_heat};
    const auto force = declared_force(model, point);
    if (!force) return result;
    const MatrixXd d_force = expression_derivatives(model, point, parameters, model.force);
    const double power = force->dot(driven.transport.velocity);
    RowVectorXd d_power = driven.transport.velocity.transpose() * d_force;
    for (Index j = 0; j < d_power.size(); ++j) d_power(j) += force->dot(walk.transport[at(j)].velocity);
    const double power_size =
        force->norm() * transport_sizes(Topic::drift, driven.transport, network).maxCoeff() + std::abs(power);
    const double other = heat - power;
    result["force_power"] = {one(power_size), d_power};
    result["other_power"] = {one(heat + power_size), d_heat - d_power};
    if (power < 0 && other > 0)
      result["efficiency"] = {one(-power / other), (-power / other) * (d_power / power - (d_heat - d_power) / other)};
    return result;
  });
}

std::optional<NamedUncertainties> driven_uncertainty(const Model& model, const Point& point, const Driven& driven) {
  const RateNetwork& network = point.network;
  const std::vector<int> parameters = uncertain_parameters(model, point);
  return propagated(model, point, [&](const NetworkDerivatives& by) {
    const TransportDerivatives walk = transport_derivatives(BlochOperator(network, gauge(network)), by);
    const auto& [v, D] = driven.cells;
    const Index n = v.size(), m = network.lattice.embedding();
    MatrixXd velocity(m, by.parameters()), diffusion(m * m, by.parameters());
    for (Index j = 0; j < by.parameters(); ++j) {
      velocity.col(j) = walk.transport[at(j)].velocity;
      diffusion.col(j) = walk.transport[at(j)].diffusion.reshaped<Eigen::RowMajor>();
    }
    const CellSlopes cells = cell_slopes(network, driven.cells, by, walk.transport);
    const VectorXd speed = VectorXd::Constant(n, drift_size(driven.cells));
    FigureSlopes peclet{VectorXd(n), MatrixXd(n, by.parameters())};
    FigureSlopes randomness{VectorXd::Zero(n), MatrixXd::Zero(n, by.parameters())};
    for (Index axis = 0; axis < n; ++axis) {
      const double speed_along = std::abs(v(axis)), D_along = D(axis, axis);
      const RowVectorXd faster = (v(axis) < 0 ? -1 : 1) * cells.v.row(axis), wider = cells.D.row(axis) / D_along;
      peclet.sizes(axis) = speed(axis) / D_along;
      peclet.slopes.row(axis) = (faster - speed_along * wider) / D_along;
      if (speed_along == 0) continue;
      randomness.sizes(axis) = 2 * D_along / speed_along;
      randomness.slopes.row(axis) = randomness.sizes(axis) * (wider - faster / speed_along);
    }
    NamedSlopes result{{"v", {transport_sizes(Topic::drift, driven.transport, network), velocity}},
                       {"D", {VectorXd::Constant(m * m, driven.transport.diffusion.cwiseAbs().maxCoeff()), diffusion}},
                       {"v_cells", {speed, cells.v}},
                       {"D_cells", {D.diagonal(), cells.D}},
                       {"peclet", peclet},
                       {"randomness", randomness}};
    const LocalBalance& balance = driven.balance;
    if (!std::isfinite(balance.residual)) return result;

    const CycleDerivatives moves =
        cycle_derivatives(driven.cycles, steady_derivatives(network, driven.steady, by, walk.log_weights));
    const int dimension = network.lattice.dimension();
    const MatrixXd work = work_derivatives(driven.cycles, moves.affinity, dimension);
    RowVectorXd residual = RowVectorXd::Zero(by.parameters());
    if (!balance.holds && balance.worst >= 0) {
      const VectorXd moved = in_cells(driven.cycles[at(balance.worst)].displacement, dimension);
      residual = moves.affinity.row(balance.worst) - moved.transpose() * work;  // up to its sign
    }
    result["residual"] = {one(1), residual};
    if (!balance.holds) return result;
    result["work"] = {VectorXd::Ones(n), work};

    const MatrixXd& a = network.lattice.vectors;
    MatrixXd tilt(m, by.parameters());  // ∂βf
    for (Index j = 0; j < tilt.cols(); ++j)
      tilt.col(j) =
          wave_vector_change(a, by.vectors[at(j)], balance.work) + dual_vectors(network).transpose() * work.col(j);
    const double tilt_size = std::max(balance.force.norm(), 1 / a.colwise().norm().minCoeff());
    if (const auto T = temperature(model, point)) {
      const Expr of_temperature[] = {parameter(*model.temperature)};
      const RowVectorXd d_T = expression_derivatives(model, point, parameters, of_temperature);
      result["force"] = {VectorXd::Constant(m, boltzmann * *T * tilt_size),
                         boltzmann * (*T * tilt + balance.force * d_T)};
    }
    if (network.reversible) return result;

    const VectorXd einstein = driven.transport.diffusion * balance.force;
    const double response = driven.response();
    RowVectorXd d_response(by.parameters());
    for (Index j = 0; j < by.parameters(); ++j) {
      const VectorXd change =
          walk.transport[at(j)].diffusion * balance.force + driven.transport.diffusion * tilt.col(j);
      d_response(j) = (walk.transport[at(j)].velocity.dot(einstein) + driven.transport.velocity.dot(change) -
                       2 * response * einstein.dot(change)) /
                      einstein.squaredNorm();
    }
    result["response"] = {one(std::max(1.0, std::abs(response))), d_response};
    const BlochOperator walls = between_walls(network, balance);
    const VectorXd origin = VectorXd::Zero(n);
    result["relaxation"] = {band_sizes(walls, bands_at(walls, origin).head(1)),
                            band_derivatives(walls, by, {{origin, 0}}).real()};
    return result;
  });
}

}  // namespace rdd
