// Statements about networks out of equilibrium: what flows, what drives it, and what it costs (docs/driven.md).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "compiler/driven_uncertainty.hpp"
#include "compiler/lower_derivatives.hpp"
#include "compiler/lower_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/rate_formulas.hpp"
#include "compiler/report.hpp"
#include "runtime/sensitivity/steady_derivatives.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {
namespace {

constexpr std::size_t shown_at_most = 40;  // lines of a table; --json has them all

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

std::string rate(double value, double uncertainty = 0) {
  return readable_with(value, uncertainty, dimension::rate(), 5);
}

// Entropy per time: "1344 kB/s".
std::string entropy_rate(double value, double uncertainty = 0) {
  std::string text = rate(value, uncertainty);
  return text.insert(text.rfind('/'), "kB");
}

// "(5.9529 ± 0.0021)e-18 W"
std::string watts(double value, double uncertainty = 0) {
  return plus_minus(value, uncertainty) + " W";
}

std::string piconewtons(double value, double uncertainty = 0) {
  return plus_minus(value / 1e-12, uncertainty / 1e-12, 6) + " pN";
}

// "11.86 %", "(11.9 ± 1.2) %"
std::string percent(const std::string& number) {
  return number.find("±") == std::string::npos ? number + " %" : "(" + number + ") %";
}

// One of them; zero where there are none.
double of(const std::optional<NamedUncertainties>& all, const std::string& name, Eigen::Index i = 0) {
  return all && all->contains(name) ? all->at(name)(i) : 0;
}

// `text` and blanks up to so many letters.
std::string padded(const std::string& text, std::size_t width) {
  return fmt::format("{:<{}}", text, width);
}

std::string cell_text(const Cell& cell, int dimension) {
  return fmt::format("[{}]", fmt::join(cell.begin(), cell.begin() + dimension, ", "));
}

Json cell_json(const Cell& cell, int dimension) {
  return Json(std::vector<int>(cell.begin(), cell.begin() + dimension));
}

bool stays_in_cell(const Cell& cell) {
  return cell == Cell{};
}

Cell negated(const Cell& cell) {
  return {-cell[0], -cell[1], -cell[2]};
}

// "spent -> empty by [1]"
std::string name(const RateNetwork& network, const Exchange& exchange) {
  std::string text = network.states[at(exchange.from)] + " -> " + network.states[at(exchange.to)];
  if (!stays_in_cell(exchange.cell)) text += " by " + cell_text(exchange.cell, network.lattice.dimension());
  return text;
}

// "empty -> bound -> spent -> empty by [1]"
std::string name(const RateNetwork& network, const SteadyState& steady, const Cycle& cycle) {
  std::string text;
  for (const Cycle::Step& step : cycle.steps) {
    const Exchange& exchange = steady.exchanges[at(step.exchange)];
    if (text.empty()) text = network.states[at(step.forward ? exchange.from : exchange.to)];
    text += " -> " + network.states[at(step.forward ? exchange.to : exchange.from)];
    if (!stays_in_cell(exchange.cell))
      text += " by " + cell_text(step.forward ? exchange.cell : negated(exchange.cell), network.lattice.dimension());
  }
  return text;
}

// Numbers that may be infinite or undefined are null there.
Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json json_transition(const RateNetwork& network, const Exchange& exchange) {
  return {{"from", network.states[at(exchange.from)]},
          {"to", network.states[at(exchange.to)]},
          {"by", cell_json(exchange.cell, network.lattice.dimension())}};
}

Json json_cycle(const RateNetwork& network, const SteadyState& steady, const Cycle& cycle) {
  Json steps = Json::array();
  for (const Cycle::Step& step : cycle.steps) {
    const Exchange& exchange = steady.exchanges[at(step.exchange)];
    steps.push_back(
        {{"from", network.states[at(step.forward ? exchange.from : exchange.to)]},
         {"to", network.states[at(step.forward ? exchange.to : exchange.from)]},
         {"by", cell_json(step.forward ? exchange.cell : negated(exchange.cell), network.lattice.dimension())}});
  }
  return {{"steps", std::move(steps)},
          {"displacement", cell_json(cycle.displacement, network.lattice.dimension())},
          {"affinity", json_number(cycle.affinity)},
          {"flux", cycle.current}};
}

// 0, 1, 2, …: an order of the exchanges.
std::vector<std::size_t> all_of(const std::vector<Exchange>& exchanges) {
  std::vector<std::size_t> order(exchanges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

std::string more_lines(std::size_t all) {
  return all > shown_at_most ? fmt::format("… and {} more; --json has them all\n", all - shown_at_most) : "";
}

std::optional<Answer> steady(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const SteadyState steady = steady_state(network);
  Json json = answer_head(asked, {{"occupation", "1"}, {"escape", "1/s"}, {"transitions", "1/s"}}, subject);
  json["states"] = network.states;
  json["occupation"] = json_list(steady.occupation);
  json["escape"] = json_list(network.escape);
  json["transitions"] = Json::array();
  std::size_t width = 10;
  for (const Exchange& exchange : steady.exchanges) {
    Json entry = json_transition(network, exchange);
    entry["forward"] = exchange.forward;
    entry["backward"] = exchange.backward;
    entry["net"] = exchange.current;
    json["transitions"].push_back(std::move(entry));
    width = std::max(width, name(network, exchange).size());
  }
  const auto u = steady_uncertainty(subject.model, *subject.point, steady);
  if (u) {
    json["uncertainty"] = {{"occupation", json_list(u->at("occupation"))},
                           {"escape", json_list(u->at("escape"))},
                           {"transitions", Json::array()}};
    for (std::size_t e = 0; e < steady.exchanges.size(); ++e) {
      const auto i = static_cast<Eigen::Index>(e);
      json["uncertainty"]["transitions"].push_back(
          {{"forward", of(u, "forward", i)}, {"backward", of(u, "backward", i)}, {"net", of(u, "net", i)}});
    }
  }
  std::vector<std::vector<std::string>> rows = {{padded("state", 12), "occupation", "left at"}};
  for (int s = 0; s < network.size() && at(s) < shown_at_most; ++s)
    rows.push_back({padded(network.states[at(s)], 12), plus_minus(steady.occupation(s), of(u, "occupation", s), 6),
                    rate(steady.occupation(s) * network.escape(s), of(u, "left", s))});
  std::string text = describe_columns(rows, {12, 12, 14}) + more_lines(network.states.size());
  // The largest net fluxes come first; where there are none, the order of declaration.
  std::vector<std::size_t> order = all_of(steady.exchanges);
  if (order.size() > shown_at_most)
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t e) { return std::abs(steady.exchanges[e].current); });
  rows = {{padded("transition", width), "forward", "backward", "net flux"}};
  for (std::size_t line = 0; line < std::min(order.size(), shown_at_most); ++line) {
    const Exchange& exchange = steady.exchanges[order[line]];
    const auto e = static_cast<Eigen::Index>(order[line]);
    rows.push_back({padded(name(network, exchange), width), rate(exchange.forward, of(u, "forward", e)),
                    exchange.back < 0 ? "none" : rate(exchange.backward, of(u, "backward", e)),
                    rate(exchange.current, of(u, "net", e))});
  }
  text += "\n" + describe_columns(rows, {width, 14, 14, 14}) + more_lines(order.size());
  if (network.reversible) text += "detailed balance holds: nothing flows\n";
  return Answer{json.dump(), text};
}

std::optional<Answer> cycles(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const SteadyState steady = steady_state(network);
  const std::vector<Cycle> all = fundamental_cycles(steady);
  Json json = answer_head(asked, {{"affinity", "1"}, {"flux", "1/s"}, {"displacement", "cell"}}, subject);
  json["cycles"] = Json::array();
  for (const Cycle& cycle : all) json["cycles"].push_back(json_cycle(network, steady, cycle));
  const auto u = cycle_uncertainty(subject.model, *subject.point, steady, all);
  if (u) json["uncertainty"]["cycles"] = Json::array();
  for (std::size_t c = 0; u && c < all.size(); ++c) {
    const auto i = static_cast<Eigen::Index>(c);
    const Json affinity = std::isfinite(all[c].affinity) ? Json(of(u, "affinity", i)) : Json();
    json["uncertainty"]["cycles"].push_back({{"affinity", affinity}, {"flux", of(u, "flux", i)}});
  }
  std::vector<std::vector<std::string>> rows = {{"affinity", "flux", "entropy", "moves by   cycle"}};
  for (std::size_t c = 0; c < std::min(all.size(), shown_at_most); ++c) {
    const Cycle& cycle = all[c];
    const auto i = static_cast<Eigen::Index>(c);
    const double produced = cycle.current > 0 ? cycle.current * cycle.affinity : 0;
    const std::string affinity = std::isnan(cycle.affinity)   ? "undefined"
                                 : std::isinf(cycle.affinity) ? (cycle.affinity > 0 ? "infinite" : "−infinite")
                                                              : plus_minus(cycle.affinity, of(u, "affinity", i));
    const std::string moves =
        stays_in_cell(cycle.displacement) ? "0" : cell_text(cycle.displacement, network.lattice.dimension());
    rows.push_back({affinity, rate(cycle.current, of(u, "flux", i)),
                    std::isfinite(produced) ? entropy_rate(produced, of(u, "entropy", i)) : "infinite",
                    padded(moves, 10) + " " + name(network, steady, cycle)});
  }
  std::string text = describe_columns(rows, {12, 14, 14}) + more_lines(all.size());
  if (network.reversible) text += "detailed balance holds: every affinity is zero but for round-off\n";
  return Answer{json.dump(), text};
}

std::optional<Answer> entropy(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const Driven state = driven_state(network);
  const EntropyProduction sigma = entropy_production(state.steady, state.cycles);
  const std::optional<double> T = temperature(subject.model, *subject.point);
  const std::optional<Eigen::VectorXd> force = declared_force(subject.model, *subject.point);
  const double work = force ? force->dot(state.transport.velocity) : 0;
  Json json = answer_head(asked,
                          {{"sigma", "1/s"},
                           {"sigma_cycles", "1/s"},
                           {"sigma_SI", "J/(K s)"},
                           {"heat", "W"},
                           {"force_power", "W"},
                           {"other_power", "W"},
                           {"transitions", "1/s"}},
                          subject);
  json["sigma"] = json_number(sigma.total);
  json["sigma_cycles"] = json_number(sigma.from_cycles);
  json["sigma_SI"] = json_number(boltzmann * sigma.total);
  json["heat"] = T ? json_number(boltzmann * *T * sigma.total) : Json();
  json["force_power"] = force ? Json(work) : Json();
  json["other_power"] = force && T ? json_number(boltzmann * *T * sigma.total - work) : Json();
  json["one_way"] = Json::array();
  json["transitions"] = Json::array();
  std::size_t width = 10;
  for (const Exchange& exchange : state.steady.exchanges) {
    Json entry = json_transition(network, exchange);
    entry["entropy"] = json_number(entropy_production(exchange));
    json["transitions"].push_back(std::move(entry));
    if (exchange.back < 0) json["one_way"].push_back(json_transition(network, exchange));
    width = std::max(width, name(network, exchange).size());
  }

  if (sigma.one_way >= 0) {
    std::string text = fmt::format("entropy      production infinite: {} has no reverse\n",
                                   name(network, state.steady.exchanges[at(sigma.one_way)]));
    const std::size_t others = json["one_way"].size() - 1;
    if (others > 0) text += fmt::format("             nor have {} other transitions\n", others);
    return Answer{json.dump(), text + "             give each its reverse, however slow\n"};
  }
  const auto u = entropy_uncertainty(subject.model, *subject.point, state);
  if (u) {
    Json& uncertainty = json["uncertainty"];
    uncertainty["sigma"] = uncertainty["sigma_cycles"] = of(u, "sigma");
    uncertainty["sigma_SI"] = boltzmann * of(u, "sigma");
    for (const char* const power : {"heat", "force_power", "other_power"})
      if (u->contains(power)) uncertainty[power] = of(u, power);
    uncertainty["transitions"] = Json::array();
    for (const double entropy : u->at("entropy")) uncertainty["transitions"].push_back({{"entropy", entropy}});
  }
  std::string text = "entropy      production σ = " + entropy_rate(sigma.total, of(u, "sigma"));
  if (sigma.total > 0)
    text += fmt::format(" = {} W/K", plus_minus(boltzmann * sigma.total, boltzmann * of(u, "sigma")));
  text += fmt::format("\n             Σ J·A over the {} fundamental cycle{}: {}\n", state.cycles.size(),
                      state.cycles.size() == 1 ? "" : "s", entropy_rate(sigma.from_cycles, of(u, "sigma")));
  if (sigma.total == 0) return Answer{json.dump(), text + "             detailed balance holds: nothing flows\n"};
  if (T) {
    const double heat = boltzmann * *T * sigma.total;
    text += fmt::format("heat         T σ = {}\n", watts(heat, of(u, "heat")));
    if (force && !force->isZero(0)) {
      const double other = heat - work;
      text += fmt::format("power        of the force f·v = {}", watts(work, of(u, "force_power")));
      // What is left may be the round-off of the two.
      if (std::abs(other) <= 1e-9 * heat) {
        text += ": all the heat is its work\n";
      } else {
        text += fmt::format("; of other drives {}\n", watts(other, of(u, "other_power")));
        if (work < 0 && other > 0)
          text += fmt::format("efficiency   {}: the work done against the force, of what other drives supply\n",
                              percent(plus_minus(100 * -work / other, 100 * of(u, "efficiency"), 4)));
      }
    }
  }
  const InCells& cells = state.cells;
  for (Eigen::Index axis = 0; axis < cells.v.size(); ++axis)
    if (cells.v(axis) != 0)
      text += fmt::format("{:<12} 2 D σ/v² = {} along a_{} (never below 2)\n", axis == 0 ? "uncertainty" : "",
                          plus_minus(state.precision(axis, sigma.total), of(u, "precision", axis)), axis + 1);
  std::vector<std::size_t> order = all_of(state.steady.exchanges);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t e) { return entropy_production(state.steady.exchanges[e]); });
  std::vector<std::vector<std::string>> rows = {{padded("transition", width), "entropy", "share"}};
  for (std::size_t line = 0; line < std::min(order.size(), shown_at_most); ++line) {
    const Exchange& exchange = state.steady.exchanges[order[line]];
    const auto e = static_cast<Eigen::Index>(order[line]);
    const double produced = entropy_production(exchange), share = 100 * produced / sigma.total;
    const double u_share = 100 * of(u, "share", e);
    rows.push_back({padded(name(network, exchange), width), entropy_rate(produced, of(u, "entropy", e)),
                    percent(u_share > 0 ? plus_minus(share, u_share) : fmt::format("{:.2f}", share))});
  }
  return Answer{json.dump(), text + "\n" + describe_columns(rows, {width, 14, 8}) + more_lines(order.size())};
}

// The force that the rates obey, or the cycle that none explains.
std::string describe_balance(const Subject& subject, const Driven& state, const std::optional<NamedUncertainties>& u) {
  const RateNetwork& network = subject.point->network;
  if (network.reversible) return "balance      detailed balance holds: nothing drives the network\n";
  const LocalBalance& balance = state.balance;
  if (!balance.holds) {
    const std::string cycle =
        balance.worst >= 0 ? name(network, state.steady, state.cycles[at(balance.worst)]) : std::string();
    if (std::isinf(balance.residual))
      return "balance      no local detailed balance: " +
             (cycle.empty() ? std::string("a transition has no reverse") : cycle + " has no way back") + "\n";
    return fmt::format("balance      no force explains the affinities of all cycles: {} is off by {} kT\n", cycle,
                       plus_minus(balance.residual, of(u, "residual"), 4));
  }
  std::string text = "balance      local detailed balance holds: energies and one force explain all rates\n";
  for (Eigen::Index axis = 0; axis < balance.work.size(); ++axis)
    text += fmt::format("{:<12} its work is {} kT a cell along a_{}\n", "",
                        plus_minus(balance.work(axis), of(u, "work", axis), 6), axis + 1);
  if (const std::optional<double> T = temperature(subject.model, *subject.point)) {
    const Eigen::VectorXd force = boltzmann * *T * balance.force;
    std::string components;
    for (Eigen::Index i = 0; i < force.size(); ++i)
      components += (components.empty() ? "" : ", ") + piconewtons(force(i), of(u, "force", i));
    text += "force        that the rates obey, all drives together: [ " + components + " ]\n";
  }
  return text;
}

std::optional<Answer> driven(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const Driven state = driven_state(network);
  const Transport& found = state.transport;
  const Eigen::VectorXd& v = state.cells.v;
  const Eigen::VectorXd D = state.cells.D.diagonal();
  const std::optional<double> T = temperature(subject.model, *subject.point);
  Json json = answer_head(asked,
                          {{"v", "m/s"},
                           {"D", "m^2/s"},
                           {"v_cells", "1/s"},
                           {"D_cells", "1/s"},
                           {"peclet", "1"},
                           {"randomness", "1"},
                           {"work", "1"},
                           {"force", "N"},
                           {"residual", "1"},
                           {"relaxation", "1/s"}},
                          subject);
  json["v"] = json_list(found.velocity);
  json["D"] = json_rows(found.diffusion);
  json["v_cells"] = json_list(v);
  json["D_cells"] = json_list(D);
  json["peclet"] = json_list(v.cwiseAbs().cwiseQuotient(D));
  json["randomness"] = Json::array();
  const auto u = driven_uncertainty(subject.model, *subject.point, state);
  Transport uncertainty;
  if (u) {
    const auto m = static_cast<int>(found.velocity.size());
    uncertainty = {square_of(u->at("D"), m), {}, u->at("v")};
    for (const auto& [key, values] : *u) {
      if (key == "D")
        json["uncertainty"][key] = json_rows(uncertainty.diffusion);
      else if (key == "residual" || key == "relaxation")
        json["uncertainty"][key] = values(0);
      else if (key != "response")
        json["uncertainty"][key] = json_list(values);
    }
    for (Eigen::Index axis = 0; axis < v.size(); ++axis)
      if (v(axis) == 0) json["uncertainty"]["randomness"][static_cast<std::size_t>(axis)] = nullptr;
  }
  std::string text = describe_drift(found, u ? &uncertainty : nullptr) + "diffusion    around the drift, exact\n" +
                     describe_matrix(found.diffusion, dimension::length() * dimension::length() / dimension::time(),
                                     "    ", u ? &uncertainty.diffusion : nullptr);
  std::vector<std::vector<std::string>> rows = {{padded("along", 12), "v, cells", "D, cells²", "Péclet", "randomness"}};
  for (Eigen::Index axis = 0; axis < v.size(); ++axis) {
    const double speed = std::abs(v(axis));
    const double randomness = speed > 0 ? 2 * D(axis) / speed : std::numeric_limits<double>::infinity();
    json["randomness"].push_back(json_number(randomness));
    rows.push_back({padded(fmt::format("a_{}", axis + 1), 12), rate(v(axis), of(u, "v_cells", axis)),
                    rate(D(axis), of(u, "D_cells", axis)), plus_minus(speed / D(axis), of(u, "peclet", axis)),
                    speed > 0 ? plus_minus(randomness, of(u, "randomness", axis)) : "infinite"});
  }
  text += describe_columns(rows, {12, 14, 14, 12, 12});

  const LocalBalance& balance = state.balance;
  json["local_balance"] = balance.holds;
  json["work"] = balance.holds ? json_list(balance.work) : Json();
  json["force"] = balance.holds && T ? json_list(boltzmann * *T * balance.force) : Json();
  json["residual"] = json_number(balance.residual);
  json["fluctuation_symmetry"] = Json();
  json["relaxation"] = Json();
  text += describe_balance(subject, state, u);
  if (!balance.holds) return Answer{json.dump(), text};
  const FluctuationSymmetry symmetry = fluctuation_symmetry(network, balance);
  if (symmetry.checked) {
    json["fluctuation_symmetry"] = {
        {"holds", symmetry.holds}, {"error", symmetry.error}, {"wave_vectors", symmetry.points}};
    text += "symmetry     λ(k) = λ(−k − iβf) " +
            (symmetry.holds ? std::string("holds to round-off")
                            : fmt::format("is broken, by {:.1g} of the fastest rate", symmetry.error)) +
            fmt::format(", at {} wave vectors\n", symmetry.points);
  } else {
    text += "symmetry     λ(k) = λ(−k − iβf) not checked for a network this large or rates this far apart\n";
  }
  if (network.reversible) return Answer{json.dump(), text};
  text += fmt::format("response     v is {} times D·βf, the drift that the Einstein relation gives a weak force\n",
                      plus_minus(state.response(), of(u, "response"), 4));
  const double relaxation =
      bands_at(between_walls(network, balance), Eigen::VectorXd::Zero(balance.work.size()))(0).real();
  json["relaxation"] = relaxation;
  text += fmt::format("walls        far apart: what is not bound to them relaxes at {} or faster\n",
                      rate(relaxation, of(u, "relaxation")));
  return Answer{json.dump(), text};
}

// A model with a force along its one lattice vector, in place of its own: a parameter more than it has, the last one.
class Pulled {
 public:
  Pulled(const Model& model, const Point& point) : model_(model), point_(point) {
    const auto along = static_cast<int>(model_.parameters.size());
    Parameter force;
    force.default_value = number(0);
    model_.parameters.push_back(force);
    point_.parameters.push_back(0);
    point_.expressions.push_back(force.default_value);
    using expr::Operation;
    const auto& a = model_.lattice.vectors.front();
    Expr square = number(0);
    for (const Expr& component : a)
      square = apply(Operation::add, {square, apply(Operation::multiply, {component, component})});
    model_.force.clear();
    for (const Expr& component : a)
      model_.force.push_back(
          apply(Operation::multiply,
                {parameter(along), apply(Operation::divide, {component, apply(Operation::sqrt, {square})})}));
  }

  const Model& model() const { return model_; }
  const Point& point() const { return point_; }  // where it was last pulled to
  bool pull(double force) {
    point_.parameters.back() = force;
    Diagnostics unheard;
    auto network = lower_network(model_, point_.parameters, unheard);
    if (network) point_.network = std::move(*network);
    return network.has_value();
  }

 private:
  Model model_;
  Point point_;
};

// The steady state under such a force.
struct UnderForce {
  double force = 0;     // N
  double velocity = 0;  // cells/s; 0 where it is round-off
  double sigma = 0;     // entropy production, kB/s
};

// nullopt where rates are out of range.
std::optional<UnderForce> under_force(Pulled& pulled, double force) {
  if (!pulled.pull(force)) return std::nullopt;
  const SteadyState steady = steady_state(pulled.point().network);
  double velocity = 0;  // Σ J Δ over the cycles, where each J is right relative to its own fluxes
  for (const Cycle& cycle : fundamental_cycles(steady)) velocity += cycle.current * cycle.displacement[0];
  if (std::abs(velocity) <= flux_noise(steady)) velocity = 0;
  return UnderForce{force, velocity, entropy_production(steady, {}).total};
}

// The derivatives of that velocity and of σ by the parameters of `by`.
struct UnderForceSlopes {
  Eigen::RowVectorXd velocity, sigma;
};

UnderForceSlopes under_force_slopes(const RateNetwork& network, const SteadyState& steady,
                                    const NetworkDerivatives& by) {
  const SteadyDerivatives moves = steady_derivatives(network, steady, by, weight_derivatives(network, by));
  const std::vector<Cycle> cycles = fundamental_cycles(steady);
  const CycleDerivatives of_cycles = cycle_derivatives(cycles, moves);
  UnderForceSlopes result{Eigen::RowVectorXd::Zero(by.parameters()), moves.entropy.colwise().sum()};
  for (std::size_t c = 0; c < cycles.size(); ++c)
    result.velocity += cycles[c].displacement[0] * of_cycles.current.row(static_cast<Eigen::Index>(c));
  return result;
}

// Of `force` and `sigma` where the drift vanishes: as a parameter moves, the force follows by −∂v/(∂v/∂f).
std::optional<NamedUncertainties> stall_uncertainty(Pulled& pulled, const UnderForce& stall) {
  pulled.pull(stall.force);
  const RateNetwork& network = pulled.point().network;
  const int of_force[] = {static_cast<int>(pulled.model().parameters.size()) - 1};
  return propagated(pulled.model(), pulled.point(), [&](const NetworkDerivatives& by) {
    const SteadyState steady = steady_state(network);
    const UnderForceSlopes slopes = under_force_slopes(network, steady, by);
    const UnderForceSlopes pull =
        under_force_slopes(network, steady, lower_derivatives(pulled.model(), pulled.point(), of_force));
    const Eigen::RowVectorXd follows = -slopes.velocity / pull.velocity(0);
    const double chords = chord_fluxes(steady);
    return NamedSlopes{{"force", {Eigen::VectorXd::Constant(1, std::abs(chords / pull.velocity(0))), follows}},
                       {"sigma", {Eigen::VectorXd::Constant(1, chords), slopes.sigma + pull.sigma(0) * follows}}};
  });
}

// Of the velocity without a force, m/s.
std::optional<NamedUncertainties> free_uncertainty(Pulled& pulled, const UnderForce& free) {
  pulled.pull(0);
  const RateNetwork& network = pulled.point().network;
  const Eigen::VectorXd a = network.lattice.vectors.col(0);
  return propagated(pulled.model(), pulled.point(), [&](const NetworkDerivatives& by) {
    const SteadyState steady = steady_state(network);
    Eigen::RowVectorXd slopes = a.norm() * under_force_slopes(network, steady, by).velocity;
    for (Eigen::Index j = 0; j < slopes.size(); ++j)
      slopes(j) += free.velocity * a.normalized().dot(by.vectors[static_cast<std::size_t>(j)].col(0));
    return NamedSlopes{{"v_free", {Eigen::VectorXd::Constant(1, chord_fluxes(steady) * a.norm()), slopes}}};
  });
}

// The force at which v changes its sign, searched from the model's own force against the drift: first with steps that
// double, then between the last two by regula falsi with the Illinois rule.
std::optional<UnderForce> stalled(Pulled& pulled, UnderForce a, double step) {
  constexpr int doublings = 10;  // 1000 kT a cell: rates are out of range long before
  std::optional<UnderForce> b;
  for (int i = 0; i < doublings && a.velocity != 0; ++i, step *= 2) {
    b = under_force(pulled, a.force + step);
    if (!b || b->velocity == 0 || (b->velocity > 0) != (a.velocity > 0)) break;
    a = *b;
    b.reset();
  }
  if (a.velocity == 0) return a;
  if (!b) return std::nullopt;
  UnderForce best = *b;
  double va = a.velocity, vb = b->velocity;
  for (int i = 0; i < 200 && best.velocity != 0; ++i) {
    const double next = (a.force * vb - b->force * va) / (vb - va);
    if (std::abs(b->force - a.force) <= 4 * std::numeric_limits<double>::epsilon() * std::abs(next)) break;
    const auto middle = under_force(pulled, next);
    if (!middle) return std::nullopt;
    best = *middle;
    if ((middle->velocity > 0) != (vb > 0)) {
      a = *b;
      va = vb;
    } else {
      va /= 2;
    }
    b = middle;
    vb = middle->velocity;
  }
  return best;
}

std::optional<Answer> stall(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const RateNetwork& network = subject.point->network;
  const std::optional<double> T = temperature(subject.model, *subject.point);
  if (network.lattice.dimension() != 1 || !T) {
    diagnostics
        .add(Code::NoStall, asked.span(0),
             T ? fmt::format("a stall force is that of a track, a lattice of one vector; this one has {}",
                             network.lattice.dimension())
               : "a force needs a temperature, and the model has none")
        .hint(T ? "`driven` tells the force that the rates obey, in any dimension" : "add `temperature 300 K`");
    return std::nullopt;
  }
  const Eigen::VectorXd a = network.lattice.vectors.col(0);
  const std::optional<Eigen::VectorXd> declared = declared_force(subject.model, *subject.point);
  const double own = declared ? declared->dot(a.normalized()) : 0;
  Pulled pulled(subject.model, *subject.point);
  const auto here = under_force(pulled, own);
  const auto free = under_force(pulled, 0);
  std::optional<UnderForce> found;
  if (here) found = stalled(pulled, *here, (here->velocity > 0 ? -1 : 1) * boltzmann * *T / a.norm());
  if (!found) {
    const SteadyState steady = steady_state(network);
    const auto one_way = std::ranges::find_if(steady.exchanges, [](const auto& e) { return e.back < 0; });
    auto& diagnostic = diagnostics.add(Code::NoStall, asked.span(0), "no force that was tried stops the drift");
    if (one_way != steady.exchanges.end())
      diagnostic.hint(fmt::format("{} has no reverse: give it one, however slow", name(network, *one_way)));
    return std::nullopt;
  }
  Json json = answer_head(asked, {{"force", "N"}, {"v_free", "m/s"}, {"sigma", "1/s"}}, subject);
  json["force"] = found->force;
  json["v_free"] = free ? json_number(free->velocity * a.norm()) : Json();
  json["sigma"] = json_number(found->sigma);
  const auto u = stall_uncertainty(pulled, *found);
  std::optional<NamedUncertainties> u_free;
  if (free) u_free = free_uncertainty(pulled, *free);
  if (u) json["uncertainty"] = {{"force", of(u, "force")}, {"v_free", of(u_free, "v_free")}, {"sigma", of(u, "sigma")}};
  std::string text = fmt::format("stall        at a force of {} along a_1, in place of the model's own\n",
                                 piconewtons(found->force, of(u, "force")));
  if (free)
    text += fmt::format(
        "             without a force v = {}\n",
        readable_with(free->velocity * a.norm(), of(u_free, "v_free"), dimension::length() / dimension::time(), 5));
  // Near equilibrium σ is the square of what round-off leaves of the affinities.
  if (std::isinf(found->sigma))
    text += "             entropy is still produced: a transition has no reverse\n";
  else if (found->sigma <= 1e-12 * network.escape.maxCoeff())
    text += "             nothing is dissipated there: fuel and steps are tightly coupled\n";
  else
    text += fmt::format("             σ = {} is still produced there: fuel is spent without a step\n",
                        entropy_rate(found->sigma, of(u, "sigma")));
  return Answer{json.dump(), text};
}

}  // namespace

std::optional<BlochOperator> operator_between_walls(const Subject& subject, const Span& place,
                                                    Diagnostics& diagnostics) {
  const RateNetwork& network = subject.point->network;
  const Driven state = driven_state(network);
  if (state.balance.holds) return between_walls(network, state.balance);
  auto& diagnostic =
      diagnostics.add(Code::NoLocalBalance, place, "the spectrum between walls needs local detailed balance");
  if (state.balance.worst >= 0) {
    const std::string cycle = name(network, state.steady, state.cycles[at(state.balance.worst)]);
    diagnostic.here(
        std::isinf(state.balance.residual)
            ? fmt::format("the cycle {} has no way back", cycle)
            : fmt::format("the cycle {} is {:.4g} kT from what any force explains", cycle, state.balance.residual));
  }
  diagnostic.hint(
      "`cycles` lists the affinities; the spectrum of the endless crystal needs nothing: leave `reflecting` out");
  return std::nullopt;
}

std::span<const Statement> driven_statements() {
  static const Statement table[] = {
      {.usage = "driven",
       .line = "drift, Péclet number, randomness, and the force that drives",
       .more =
           "For each lattice vector a: v and D in cells, the Péclet number v a/D and the randomness 2 D/(v a), which\n"
           "is 1/N or more for a motor of N states a cell. Whether one force explains all rates, which, and then\n"
           "whether the spectrum has the symmetry that follows.\n",
       .answer = driven,
       .alone = true,
       .dense = true},
      {.usage = "steady",
       .line = "occupations and probability fluxes in the steady state",
       .more = "One defect a cell: for each transition the flux there, the flux back, and their difference.\n",
       .answer = steady,
       .alone = true,
       .dense = true},
      {.usage = "cycles",
       .line = "fundamental cycles with their affinities and fluxes",
       .more =
           "One for each transition off the spanning tree of largest flux, in the sense of its net flux. A cycle may\n"
           "end in another cell. Affinity: Σ ln(rate there/rate back), in kT; flux times affinity is its entropy.\n",
       .answer = cycles,
       .alone = true,
       .dense = true},
      {.usage = "entropy",
       .line = "entropy production, heat and power",
       .more = "σ = Σ net flux · ln(flux there/flux back) over all transitions, and again as Σ J·A over the cycles.\n",
       .answer = entropy,
       .alone = true,
       .dense = true},
      {.usage = "stall",
       .line = "the force that stops a motor",
       .more = "On a lattice of one vector: the force along it, in place of the model's own and with its `split`, at "
               "which\n"
               "the drift vanishes, and what is dissipated there.\n",
       .answer = stall,
       .alone = true,
       .dense = true},
  };
  return table;
}

}  // namespace rdd
