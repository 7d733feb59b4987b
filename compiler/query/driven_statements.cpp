// Statements about networks out of equilibrium: what flows, what drives it, and what it costs (docs/driven.md).
#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/lower_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "runtime/driven/local_balance.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {
namespace {

constexpr double boltzmann = 1.380649e-23;  // J/K
constexpr std::size_t shown_at_most = 40;   // lines of a table; --json has them all

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

std::string rate(double value) {
  return readable(value, dimension::rate(), 5);
}

// Entropy per time: "1344 kB/s".
std::string entropy_rate(double value) {
  std::string text = rate(value);
  return text.insert(text.find('/'), "kB");
}

std::string watts(double value) {
  return fmt::format("{:.5g} W", value);
}

std::string piconewtons(double value) {
  return fmt::format("{:.6g} pN", value / 1e-12);
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

// Everything about a network out of equilibrium, found once.
struct Driven {
  SteadyState steady;
  std::vector<Cycle> cycles;
  LocalBalance balance;
};

Driven driven_state(const RateNetwork& network) {
  Driven result;
  result.steady = steady_state(network);
  result.cycles = fundamental_cycles(result.steady);
  result.balance = local_balance(network, result.steady, result.cycles);
  return result;
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
  std::string text = fmt::format("{:<12} {:>12} {:>14}\n", "state", "occupation", "left at");
  for (int s = 0; s < network.size() && at(s) < shown_at_most; ++s)
    text += fmt::format("{:<12} {:>12.6g} {:>14}\n", network.states[at(s)], steady.occupation(s),
                        rate(steady.occupation(s) * network.escape(s)));
  text += more_lines(network.states.size());
  // The largest net fluxes come first; where there are none, the order of declaration.
  std::vector<const Exchange*> order;
  for (const Exchange& exchange : steady.exchanges) order.push_back(&exchange);
  if (order.size() > shown_at_most)
    std::stable_sort(order.begin(), order.end(),
                     [](auto a, auto b) { return std::abs(a->current) > std::abs(b->current); });
  text += fmt::format("\n{:<{}} {:>14} {:>14} {:>14}\n", "transition", width, "forward", "backward", "net flux");
  for (std::size_t e = 0; e < std::min(order.size(), shown_at_most); ++e)
    text += fmt::format("{:<{}} {:>14} {:>14} {:>14}\n", name(network, *order[e]), width, rate(order[e]->forward),
                        order[e]->back < 0 ? "none" : rate(order[e]->backward), rate(order[e]->current));
  text += more_lines(order.size());
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
  std::string text =
      fmt::format("{:>12} {:>14} {:>14}  {:<10} {}\n", "affinity", "flux", "entropy", "moves by", "cycle");
  for (std::size_t c = 0; c < std::min(all.size(), shown_at_most); ++c) {
    const Cycle& cycle = all[c];
    const double produced = cycle.current > 0 ? cycle.current * cycle.affinity : 0;
    const std::string affinity = std::isnan(cycle.affinity)   ? "undefined"
                                 : std::isinf(cycle.affinity) ? (cycle.affinity > 0 ? "infinite" : "−infinite")
                                                              : fmt::format("{:.5g}", cycle.affinity);
    text += fmt::format(
        "{:>12} {:>14} {:>14}  {:<10} {}\n", affinity, rate(cycle.current),
        std::isfinite(produced) ? entropy_rate(produced) : "infinite",
        stays_in_cell(cycle.displacement) ? "0" : cell_text(cycle.displacement, network.lattice.dimension()),
        name(network, steady, cycle));
  }
  text += more_lines(all.size());
  if (network.reversible) text += "detailed balance holds: every affinity is zero but for round-off\n";
  return Answer{json.dump(), text};
}

// The declared force at these parameters, N; nothing where the model declares none.
std::optional<Eigen::VectorXd> declared_force(const Subject& subject) {
  if (subject.model.force.empty()) return std::nullopt;
  Eigen::VectorXd force(static_cast<Eigen::Index>(subject.model.force.size()));
  for (Eigen::Index i = 0; i < force.size(); ++i)
    force(i) = evaluate(subject.model.force[static_cast<std::size_t>(i)], subject.point->parameters);
  return force;
}

std::optional<double> temperature(const Subject& subject) {
  if (!subject.model.temperature) return std::nullopt;
  return subject.point->parameters[at(*subject.model.temperature)];
}

// A velocity in cells per second below this is the round-off of the fluxes it is a difference of.
double flux_noise(const SteadyState& steady) {
  double chords = 0;
  for (const Exchange& exchange : steady.exchanges)
    if (!exchange.in_tree) chords += exchange.forward + exchange.backward;
  return 64 * std::numeric_limits<double>::epsilon() * chords;
}

// v and D in units of the lattice vectors: v = Σ v_α a_α, D = Σ D_αβ a_α a_βᵀ; cells/s, cells²/s.
struct InCells {
  Eigen::VectorXd v, D;  // D_αα
};

InCells in_cells(const RateNetwork& network, const Transport& found, double noise) {
  const Eigen::MatrixXd& a = network.lattice.vectors;
  const Eigen::MatrixXd dual = Eigen::MatrixXd(a.transpose() * a).inverse() * a.transpose();  // (n, m)
  InCells result{dual * found.velocity, (dual * found.diffusion * dual.transpose()).diagonal()};
  for (double& v : result.v)
    if (std::abs(v) <= noise) v = 0;
  return result;
}

std::optional<Answer> entropy(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const Driven state = driven_state(network);
  const EntropyProduction sigma = entropy_production(state.steady, state.cycles);
  const Transport found = transport(BlochOperator(network, gauge(network)));
  const std::optional<double> T = temperature(subject);
  const std::optional<Eigen::VectorXd> force = declared_force(subject);
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
  json["force_power"] = force ? Json(force->dot(found.velocity)) : Json();
  json["other_power"] = force && T ? json_number(boltzmann * *T * sigma.total - force->dot(found.velocity)) : Json();
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
  std::string text = "entropy      production σ = " + entropy_rate(sigma.total);
  if (sigma.total > 0) text += fmt::format(" = {:.5g} W/K", boltzmann * sigma.total);
  text += fmt::format("\n             Σ J·A over the {} fundamental cycle{}: {}\n", state.cycles.size(),
                      state.cycles.size() == 1 ? "" : "s", entropy_rate(sigma.from_cycles));
  if (sigma.total == 0) return Answer{json.dump(), text + "             detailed balance holds: nothing flows\n"};
  if (T) {
    const double heat = boltzmann * *T * sigma.total;
    text += fmt::format("heat         T σ = {}\n", watts(heat));
    if (force && !force->isZero(0)) {
      const double work = force->dot(found.velocity), other = heat - work;
      text += fmt::format("power        of the force f·v = {}", watts(work));
      // What is left may be the round-off of the two.
      if (std::abs(other) <= 1e-9 * heat) {
        text += ": all the heat is its work\n";
      } else {
        text += fmt::format("; of other drives {}\n", watts(other));
        if (work < 0 && other > 0)
          text += fmt::format("efficiency   {:.4g} %: the work done against the force, of what other drives supply\n",
                              100 * -work / other);
      }
    }
  }
  const InCells cells = in_cells(network, found, flux_noise(state.steady));
  for (Eigen::Index axis = 0; axis < cells.v.size(); ++axis)
    if (cells.v(axis) != 0)
      text += fmt::format("{:<12} 2 D σ/v² = {:.5g} along a_{} (never below 2)\n", axis == 0 ? "uncertainty" : "",
                          2 * cells.D(axis) * sigma.total / (cells.v(axis) * cells.v(axis)), axis + 1);
  std::vector<const Exchange*> order;
  for (const Exchange& exchange : state.steady.exchanges) order.push_back(&exchange);
  std::stable_sort(order.begin(), order.end(),
                   [](auto a, auto b) { return entropy_production(*a) > entropy_production(*b); });
  text += fmt::format("\n{:<{}} {:>14} {:>8}\n", "transition", width, "entropy", "share");
  for (std::size_t e = 0; e < std::min(order.size(), shown_at_most); ++e)
    text += fmt::format("{:<{}} {:>14} {:>6.2f} %\n", name(network, *order[e]), width,
                        entropy_rate(entropy_production(*order[e])), 100 * entropy_production(*order[e]) / sigma.total);
  return Answer{json.dump(), text + more_lines(order.size())};
}

// The force that the rates obey, or the cycle that none explains.
std::string describe_balance(const Subject& subject, const Driven& state) {
  const RateNetwork& network = subject.point->network;
  if (network.reversible) return "balance      detailed balance holds: nothing drives the network\n";
  const LocalBalance& balance = state.balance;
  if (!balance.holds) {
    const std::string cycle =
        balance.worst >= 0 ? name(network, state.steady, state.cycles[at(balance.worst)]) : std::string();
    if (std::isinf(balance.residual))
      return "balance      no local detailed balance: " +
             (cycle.empty() ? std::string("a transition has no reverse") : cycle + " has no way back") + "\n";
    return fmt::format("balance      no force explains the affinities of all cycles: {} is off by {:.4g} kT\n", cycle,
                       balance.residual);
  }
  std::string text = "balance      local detailed balance holds: energies and one force explain all rates\n";
  for (Eigen::Index axis = 0; axis < balance.work.size(); ++axis)
    text += fmt::format("{:<12} its work is {:.6g} kT a cell along a_{}\n", "", balance.work(axis), axis + 1);
  if (const std::optional<double> T = temperature(subject)) {
    const Eigen::VectorXd force = boltzmann * *T * balance.force;
    std::string components;
    for (const double component : force) components += (components.empty() ? "" : ", ") + piconewtons(component);
    text += "force        that the rates obey, all drives together: [ " + components + " ]\n";
  }
  return text;
}

std::optional<Answer> driven(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const Driven state = driven_state(network);
  const Transport found = transport(BlochOperator(network, gauge(network)));
  const InCells cells = in_cells(network, found, flux_noise(state.steady));
  const std::optional<double> T = temperature(subject);
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
  json["v_cells"] = json_list(cells.v);
  json["D_cells"] = json_list(cells.D);
  json["peclet"] = json_list(cells.v.cwiseAbs().cwiseQuotient(cells.D));
  json["randomness"] = Json::array();
  std::string text =
      describe_drift(found) + "diffusion    around the drift, exact\n" +
      describe_matrix(found.diffusion, dimension::length() * dimension::length() / dimension::time(), "    ");
  text += fmt::format("{:<12} {:>14} {:>14} {:>12} {:>12}\n", "along", "v, cells", "D, cells²", "Péclet", "randomness");
  for (Eigen::Index axis = 0; axis < cells.v.size(); ++axis) {
    const double v = std::abs(cells.v(axis));
    const double randomness = v > 0 ? 2 * cells.D(axis) / v : std::numeric_limits<double>::infinity();
    json["randomness"].push_back(json_number(randomness));
    text += fmt::format("a_{:<10} {:>14} {:>14} {:>12.5g} {:>12}\n", axis + 1, rate(cells.v(axis)), rate(cells.D(axis)),
                        v / cells.D(axis), v > 0 ? fmt::format("{:.5g}", randomness) : "infinite");
  }

  const LocalBalance& balance = state.balance;
  json["local_balance"] = balance.holds;
  json["work"] = balance.holds ? json_list(balance.work) : Json();
  json["force"] = balance.holds && T ? json_list(boltzmann * *T * balance.force) : Json();
  json["residual"] = json_number(balance.residual);
  json["fluctuation_symmetry"] = Json();
  json["relaxation"] = Json();
  text += describe_balance(subject, state);
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
  const Eigen::VectorXd einstein = found.diffusion * balance.force;
  text += fmt::format("response     v is {:.4g} times D·βf, the drift that the Einstein relation gives a weak force\n",
                      found.velocity.dot(einstein) / einstein.squaredNorm());
  const double relaxation =
      bands_at(between_walls(network, balance), Eigen::VectorXd::Zero(balance.work.size()))(0).real();
  json["relaxation"] = relaxation;
  text += fmt::format("walls        far apart: what is not bound to them relaxes at {} or faster\n", rate(relaxation));
  return Answer{json.dump(), text};
}

// The steady state under a force along the one lattice vector, in place of the model's own.
struct UnderForce {
  double force = 0;     // N
  double velocity = 0;  // cells/s; 0 where it is round-off
  double sigma = 0;     // entropy production, kB/s
};

// nullopt where rates are out of range.
std::optional<UnderForce> under_force(Model& model, const std::vector<double>& parameters, double force,
                                      const Eigen::VectorXd& direction) {
  model.force.clear();
  for (const double component : direction) model.force.push_back(number(force * component));
  Diagnostics unheard;
  const auto network = lower_network(model, parameters, unheard);
  if (!network) return std::nullopt;
  const SteadyState steady = steady_state(*network);
  double velocity = 0;  // Σ J Δ over the cycles, where each J is right relative to its own fluxes
  for (const Cycle& cycle : fundamental_cycles(steady)) velocity += cycle.current * cycle.displacement[0];
  if (std::abs(velocity) <= flux_noise(steady)) velocity = 0;
  return UnderForce{force, velocity, entropy_production(steady, {}).total};
}

// The force at which v changes its sign, searched from the model's own force against the drift: first with steps that
// double, then between the last two by regula falsi with the Illinois rule.
std::optional<UnderForce> stalled(Model& model, const std::vector<double>& parameters, UnderForce a, double step,
                                  const Eigen::VectorXd& direction) {
  constexpr int doublings = 10;  // 1000 kT a cell: rates are out of range long before
  std::optional<UnderForce> b;
  for (int i = 0; i < doublings && a.velocity != 0; ++i, step *= 2) {
    b = under_force(model, parameters, a.force + step, direction);
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
    const auto middle = under_force(model, parameters, next, direction);
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
  const std::optional<double> T = temperature(subject);
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
  const Eigen::VectorXd direction = a.normalized();
  const std::optional<Eigen::VectorXd> declared = declared_force(subject);
  const double own = declared ? declared->dot(direction) : 0;
  Model model = subject.model;
  const std::vector<double>& parameters = subject.point->parameters;
  const auto here = under_force(model, parameters, own, direction);
  const auto free = under_force(model, parameters, 0, direction);
  std::optional<UnderForce> found;
  if (here)
    found = stalled(model, parameters, *here, (here->velocity > 0 ? -1 : 1) * boltzmann * *T / a.norm(), direction);
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
  std::string text =
      fmt::format("stall        at a force of {} along a_1, in place of the model's own\n", piconewtons(found->force));
  if (free)
    text += fmt::format("             without a force v = {}\n",
                        readable(free->velocity * a.norm(), dimension::length() / dimension::time(), 5));
  // Near equilibrium σ is the square of what round-off leaves of the affinities.
  if (std::isinf(found->sigma))
    text += "             entropy is still produced: a transition has no reverse\n";
  else if (found->sigma <= 1e-12 * network.escape.maxCoeff())
    text += "             nothing is dissipated there: fuel and steps are tightly coupled\n";
  else
    text += fmt::format("             σ = {} is still produced there: fuel is spent without a step\n",
                        entropy_rate(found->sigma));
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
