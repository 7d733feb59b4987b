#include "compiler/lower_network.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <string>
#include <tuple>

#include "runtime/driven/local_balance.hpp"

#include "runtime/sparse/group_inverse.hpp"

#include "lang/limits.hpp"

#include "compiler/rate_formulas.hpp"

namespace rdd {
namespace {

// A table may hold the same mistake a hundred thousand times: so many are shown, the rest counted.
constexpr int shown_at_most = 5;

std::string joined(const std::vector<std::string>& names, std::size_t at_most = 8) {
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), at_most); ++i) all += (i ? ", " : "") + names[i];
  if (names.size() > at_most) all += fmt::format(" and {} more", names.size() - at_most);
  return all;
}

class Lowering {
 public:
  Lowering(const Model& model, std::span<const double> parameters, Diagnostics& diagnostics)
      : model_(model), parameters_(parameters), diagnostics_(diagnostics) {}

  std::optional<RateNetwork> network() {
    NetworkParts parts;
    if (!temperature() || !lattice(parts.lattice) || !symmetric(parts.lattice)) return std::nullopt;
    for (const ModelState& state : model_.states) parts.states.push_back(state.name);
    if (!positions(parts) || !weights(parts) || !force(parts.lattice)) return std::nullopt;
    hops(parts);
    if (failed_) return std::nullopt;
    if (!connected(parts)) return std::nullopt;
    const bool declared = parts.log_weights.has_value();
    const bool one_way = std::ranges::any_of(model_.transitions, [](const auto& t) { return !t.reversible; });
    std::optional<RateNetwork> made;
    try {
      made = make_network(std::move(parts));
    } catch (const SparseLimit& limit) {
      error(Code::TooManyStates, model_.rates_span,
            fmt::format("the stationary distribution of {} states cannot be found: {}", model_.states.size(),
                        limit.what()))
          .hint(
              "where the rates obey detailed balance, give the states energies and write `<->` (in a table, "
              "`reversible: true`)");
      return std::nullopt;
    }
    RateNetwork& network = *made;
    warn_of_improbable_states(network);
    if (!network.reversible && one_way && declared) {
      if (work_.isZero(0))
        report_broken_balance(network);
      else
        report_broken_local_balance(network);
    }
    return made;
  }

 private:
  double value(const Expr& expression) const { return evaluate(expression, parameters_); }

  Diagnostic& error(Code code, const Span& span, std::string message) {
    failed_ = true;
    return diagnostics_.add(code, span, std::move(message));
  }

  bool temperature() {
    if (!model_.temperature) return true;
    const double kelvin = parameters_[static_cast<std::size_t>(*model_.temperature)];
    if (kelvin > 0 && std::isfinite(kelvin)) {
      kT_ = boltzmann * kelvin;
      return true;
    }
    error(Code::NotPositive, model_.temperature_span, fmt::format("the temperature is {:.6g} K", kelvin))
        .here("must be above 0 K");
    return false;
  }

  bool lattice(Lattice& lattice) {
    const ModelLattice& declared = model_.lattice;
    lattice.vectors.resize(declared.embedding, declared.dimension);
    for (int a = 0; a < declared.dimension; ++a)
      for (int i = 0; i < declared.embedding; ++i)
        lattice.vectors(i, a) = value(declared.vectors[static_cast<std::size_t>(a)][static_cast<std::size_t>(i)]);
    if (!lattice.vectors.allFinite()) {
      error(Code::FlatLattice, declared.span, "a lattice vector is not finite");
      return false;
    }
    // Linearly dependent: the volume spanned is nothing beside the product of the lengths.
    const Eigen::MatrixXd gram = lattice.vectors.transpose() * lattice.vectors;
    const double lengths = gram.diagonal().prod();
    if (lengths > 0 && gram.determinant() > 1e-20 * lengths) return true;
    error(Code::FlatLattice, declared.span, "the lattice vectors do not span their lattice")
        .here(lengths > 0 ? "linearly dependent" : "a vector of length 0")
        .hint(fmt::format("give {} independent vectors", declared.dimension));
    return false;
  }

  // The states and rates were completed by operations that keep lengths and angles at the default parameters.
  bool symmetric(const Lattice& lattice) {
    if (!model_.symmetry) return true;
    const Eigen::MatrixXd metric = lattice.vectors.transpose() * lattice.vectors;
    for (const SpaceOperation& operation : model_.symmetry->operations) {
      Eigen::MatrixXd W(metric.rows(), metric.cols());
      for (Eigen::Index i = 0; i < W.rows(); ++i)
        for (Eigen::Index j = 0; j < W.cols(); ++j)
          W(i, j) = operation.rotation[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      constexpr double tolerance = 1e-3;  // positions and matrices are often written with four digits
      if ((W.transpose() * metric * W - metric).cwiseAbs().maxCoeff() < tolerance * metric.diagonal().maxCoeff())
        continue;
      error(Code::SymmetryLost, model_.symmetry->span, "the lattice does not have this symmetry at these parameters")
          .note(model_.lattice.span, "the lattice")
          .hint("tie its lengths to one parameter, or take a smaller group");
      return false;
    }
    return true;
  }

  // A state that is entered less than once in the age of the universe is most likely a wrong unit.
  void warn_of_improbable_states(const RateNetwork& network) {
    constexpr double age = 4.3e17;  // s
    int worst = -1, many = 0;
    double lowest = std::log(1 / age);
    for (int s = 0; s < network.size(); ++s) {
      const double visits = network.log_weights(s) + std::log(network.escape(s));  // log of the rate of visits, 1/s
      if (visits >= std::log(1 / age)) continue;
      ++many;
      if (visits < lowest) worst = s, lowest = visits;
    }
    if (worst < 0) return;
    const ModelState& state = model_.states[static_cast<std::size_t>(worst)];
    auto& warning = diagnostics_.add(Code::NeverReached, state.span,
                                     fmt::format("`{}` is never reached: a defect comes there once in 1e{:.0f} years",
                                                 state.name, -lowest / std::log(10.) - std::log10(3.156e7)));
    if (many > 1) warning.here(fmt::format("and {} more states", many - 1));
    warning.hint("check the unit of its energy, the barriers to it, and the temperature");
  }

  bool positions(NetworkParts& parts) {
    const auto placed = std::ranges::count_if(model_.states, [](const auto& s) { return s.position.has_value(); });
    if (placed == 0) return true;
    Eigen::MatrixXd places(parts.lattice.embedding(), static_cast<Eigen::Index>(model_.states.size()));
    for (std::size_t s = 0; s < model_.states.size(); ++s) {
      const ModelState& state = model_.states[s];
      if (!state.position) {
        error(Code::MissingEntry, state.span, fmt::format("the state '{}' has no position", state.name))
            .here("others have one")
            .hint("give every state an `at [..]`, or none");
        return false;
      }
      Eigen::VectorXd fractions(parts.lattice.dimension());
      for (Eigen::Index a = 0; a < fractions.size(); ++a)
        fractions(a) = value((*state.position)[static_cast<std::size_t>(a)]);
      if (!(fractions.cwiseAbs().maxCoeff() <= limits::cells)) {
        error(Code::BadEntry, state.span,
              fmt::format("the position of '{}' is more than {} cells away at these parameters", state.name,
                          limits::cells));
        return false;
      }
      places.col(static_cast<Eigen::Index>(s)) = parts.lattice.vectors * fractions;
    }
    parts.positions = std::move(places);
    return true;
  }

  bool weights(NetworkParts& parts) {
    log_weights_ = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(model_.states.size()));
    bool declared = false;
    for (std::size_t s = 0; s < model_.states.size(); ++s) {
      const ModelState& state = model_.states[s];
      if (state.energy && !model_.temperature && value(state.energy) != 0) {
        error(Code::MissingTemperature, state.span,
              fmt::format("the energy of '{}' needs a temperature, and the model has none", state.name))
            .hint("add `temperature 300 K`");
        return false;
      }
      const double log_weight =
          rdd::log_weight<double>(state, kT_, [this](const Expr& expression) { return value(expression); });
      declared = declared || state.weight || state.energy || state.entropy || state.degeneracy;
      if (!std::isfinite(log_weight))
        error(Code::NotPositive, state.span,
              fmt::format("the weight of the state '{}' is not a positive number", state.name))
            .here(fmt::format("log π = {}", log_weight));
      log_weights_(static_cast<Eigen::Index>(s)) = log_weight;
    }
    const bool detailed = std::ranges::any_of(model_.transitions, [](const auto& t) { return t.reversible; });
    if (declared || detailed) parts.log_weights = log_weights_;
    return !failed_;
  }

  bool force(const Lattice& lattice) {
    work_ = Eigen::VectorXd::Zero(lattice.embedding());
    if (model_.force.empty()) return true;
    for (Eigen::Index i = 0; i < work_.size(); ++i) work_(i) = value(model_.force[static_cast<std::size_t>(i)]);
    if (model_.force_split) split_ = value(model_.force_split);
    if (work_.allFinite() && std::isfinite(split_)) return true;
    error(Code::NonFiniteRate, model_.force_span, "the force is not finite");
    return false;
  }

  // β f·Δ of a move: by its translation, and by the difference of the positions where the states have any.
  double reduced_work(const NetworkParts& parts, int from, int to, const Cell& cell) const {
    if (work_.isZero(0)) return 0;
    Eigen::VectorXd displacement = Eigen::VectorXd::Zero(work_.size());
    for (int a = 0; a < parts.lattice.dimension(); ++a)
      displacement += parts.lattice.vectors.col(a) * cell[static_cast<std::size_t>(a)];
    if (parts.positions) displacement += parts.positions->col(to) - parts.positions->col(from);
    return work_.dot(displacement) / kT_;
  }

  // False, with a diagnostic, for a rate that cannot stand in a network.
  bool acceptable(double rate, const ModelTransition& transition, bool reverse) {
    if (rate > 0 && std::isfinite(rate)) return true;
    failed_ = true;
    if (++bad_rates_ > shown_at_most) return false;
    const std::string which = fmt::format("the rate of '{}' {} '{}'", name(reverse ? transition.to : transition.from),
                                          "->", name(reverse ? transition.from : transition.to));
    if (!std::isfinite(rate)) {
      error(Code::NonFiniteRate, transition.rate_span, which + " is not finite")
          .here(fmt::format("{} /s", rate))
          .hint("check the sign and the unit of its barrier, and what it divides by");
    } else if (rate < 0) {
      error(Code::NegativeRate, transition.rate_span, which + " is negative")
          .here(fmt::format("{:.6g} /s", rate))
          .hint("rates are positive; the direction of a jump is written by `->` and `by`");
    } else {
      error(Code::ZeroRates, transition.rate_span, which + " is zero")
          .here("0 /s")
          .hint(
              "leave the transition out, or, where exp(−E/kT) underflows, check the barrier's unit and the "
              "temperature");
    }
    return false;
  }

  // Every declared transition, then the reverse of a `<->`; lower_derivatives lists them in the same order. A reverse
  // that is declared on its own takes the share of the work of a reverse.
  void hops(NetworkParts& parts) {
    const std::vector<bool> back = leads_back(model_);
    for (std::size_t t = 0; t < model_.transitions.size(); ++t) {
      const ModelTransition& transition = model_.transitions[t];
      const double bare = value(transition.rate);
      const double work = reduced_work(parts, transition.from, transition.to, transition.cell);
      const double forward = bare * std::exp(back[t] ? reverse_tilt(split_, work) : forward_tilt(split_, work));
      if (!acceptable(bare, transition, false) || !acceptable(forward, transition, false)) continue;
      parts.hops.push_back({transition.from, transition.to, transition.cell, forward, static_cast<int>(t)});
      if (!transition.reversible) continue;
      const double balance = log_weights_(transition.from) - log_weights_(transition.to);
      const double backward = bare * std::exp(backward_tilt(balance, split_, work));
      if (!acceptable(backward, transition, true)) continue;
      const Cell& cell = transition.cell;
      parts.hops.push_back(
          {transition.to, transition.from, {-cell[0], -cell[1], -cell[2]}, backward, static_cast<int>(t)});
    }
    if (bad_rates_ > shown_at_most)
      diagnostics_.add(Code::NonFiniteRate, model_.rates_span,
                       fmt::format("{} more rates are negative, zero or not finite", bad_rates_ - shown_at_most));
  }

  bool connected(const NetworkParts& parts) {
    const int dimension = parts.lattice.dimension();
    if (parts.hops.empty()) {
      error(Code::NoRates, model_.rates_span, "the model has no rates").here("nothing moves");
      return false;
    }
    const Connectivity found = connectivity(static_cast<int>(parts.states.size()), dimension, parts.hops);
    if (found.transient) {
      auto& diagnostic = error(
          Code::TransientStates, model_.states[static_cast<std::size_t>(found.transient->front())].span,
          fmt::format("{} left and never reached again: {}", found.transient->size() == 1 ? "a state is" : "states are",
                      joined(names(*found.transient))));
      diagnostic.hint("give a rate that leads back, or take the states out of the model");
      return false;
    }
    if (found.pieces.size() > 1) {
      const auto smallest = std::ranges::min_element(found.pieces, {}, [](const auto& piece) { return piece.size(); });
      error(Code::NetworkInPieces, model_.states[static_cast<std::size_t>(smallest->front())].span,
            fmt::format("the network is in {} pieces: no rates join {} to the rest", found.pieces.size(),
                        joined(names(*smallest))))
          .here("stranded")
          .hint("add a rate between the pieces, or write a model for each");
      return false;
    }
    if (found.frozen) {
      error(Code::NoMotion, model_.lattice.span,
            fmt::format("nothing moves along {} of the lattice", direction(*found.frozen, dimension)))
          .here("no motion along one direction")
          .hint("add rates `by` a translation with a component there, or take a lattice of fewer vectors");
      return false;
    }
    if (found.sublattice_index > 1) {
      error(Code::NoMotion, model_.rates_span,
            fmt::format("the jumps reach only every {} cell: the network is {} separate copies",
                        ordinal(found.sublattice_index), found.sublattice_index))
          .hint("take primitive vectors that the jumps generate, or add the missing translation");
      return false;
    }
    return true;
  }

  void report_broken_balance(const RateNetwork& network) {
    constexpr int most_searched = 2000;  // the search for a shortest cycle looks from every state
    constexpr const char* hint =
        "the stationary distribution of the rates is used in place of the declared weights; `<->` would keep both";
    if (network.size() > most_searched) {
      diagnostics_
          .add(Code::NotReversible, model_.rates_span, "no detailed balance: the rates do not fit the declared weights")
          .hint(hint);
      return;
    }
    const auto cycle = broken_cycle(network);
    if (!cycle) return;
    std::string path = name(network.hops[static_cast<std::size_t>(cycle->hops.front())].from);
    for (const int h : cycle->hops) path += " -> " + name(network.hops[static_cast<std::size_t>(h)].to);
    const int origin = network.hops[static_cast<std::size_t>(cycle->hops.front())].origin;
    const Span& place = model_.transitions[static_cast<std::size_t>(origin)].span;
    diagnostics_
        .add(Code::NotReversible, place,
             std::isinf(cycle->affinity)
                 ? fmt::format("no detailed balance: the cycle {} has no way back", path)
                 : fmt::format("no detailed balance: the cycle {} has the affinity {:.4g} kT", path, cycle->affinity))
        .here("part of the cycle")
        .hint(hint);
  }

  // With a force, cycles that move have its work for an affinity, and detailed balance is local. What breaks even that?
  void report_broken_local_balance(const RateNetwork& network) {
    const SteadyState steady = steady_state(network);
    const std::vector<Cycle> cycles = fundamental_cycles(steady);
    const LocalBalance balance = local_balance(network, steady, cycles);
    if (balance.holds || balance.worst < 0) return;
    const Cycle& cycle = cycles[static_cast<std::size_t>(balance.worst)];
    std::string path;
    const ModelTransition* marked = nullptr;  // the first written one way: a `<->` is in balance by itself
    double work = 0;
    for (const Cycle::Step& step : cycle.steps) {
      const Exchange& exchange = steady.exchanges[static_cast<std::size_t>(step.exchange)];
      const int hop = step.forward || exchange.back < 0 ? exchange.hop : exchange.back;
      const int origin = network.hops[static_cast<std::size_t>(hop)].origin;
      const ModelTransition& transition = model_.transitions[static_cast<std::size_t>(origin)];
      if (marked == nullptr || (marked->reversible && !transition.reversible)) marked = &transition;
      if (path.empty()) path = name(step.forward ? exchange.from : exchange.to);
      path += " -> " + name(step.forward ? exchange.to : exchange.from);
    }
    for (int a = 0; a < network.lattice.dimension(); ++a)
      work += work_.dot(network.lattice.vectors.col(a)) / kT_ * cycle.displacement[static_cast<std::size_t>(a)];
    diagnostics_
        .add(Code::LocalBalanceBroken, marked->span,
             std::isfinite(cycle.affinity)
                 ? fmt::format("the cycle {} has the affinity {:.4g} kT, of which the force makes {:.4g}", path,
                               cycle.affinity, work)
                 : fmt::format("the cycle {} has no way back", path))
        .here("part of the cycle")
        .hint("if another drive is meant, leave the weights out; `<->` would keep them, and the force the only drive");
  }

  std::string name(int state) const { return model_.states[static_cast<std::size_t>(state)].name; }
  std::vector<std::string> names(const std::vector<int>& states) const {
    std::vector<std::string> all;
    for (const int s : states) all.push_back(name(s));
    return all;
  }
  static std::string ordinal(std::int64_t n) { return n == 2 ? "second" : n == 3 ? "third" : std::to_string(n) + "th"; }
  // "a_2", or the dual vector where the frozen direction is no axis.
  static std::string direction(const std::array<std::int64_t, 3>& dual, int dimension) {
    int axes = 0, axis = 0;
    for (int a = 0; a < dimension; ++a)
      if (dual[static_cast<std::size_t>(a)] != 0) ++axes, axis = a;
    return axes == 1 ? fmt::format("a_{}", axis + 1)
                     : fmt::format("the direction normal to the planes [{}]",
                                   fmt::join(dual.begin(), dual.begin() + dimension, ", "));
  }

  const Model& model_;
  std::span<const double> parameters_;
  Diagnostics& diagnostics_;
  double kT_ = 1;  // unused where the model has no temperature: laws, forces and energies are refused then
  Eigen::VectorXd log_weights_;
  Eigen::VectorXd work_;  // force, N
  double split_ = 0.5;
  int bad_rates_ = 0;
  bool failed_ = false;
};

}  // namespace

std::vector<bool> leads_back(const Model& model) {
  std::set<std::tuple<int, int, Cell>> forward;
  std::vector<bool> result;
  for (const ModelTransition& transition : model.transitions) {
    const Cell& cell = transition.cell;
    const bool back = forward.contains({transition.to, transition.from, {-cell[0], -cell[1], -cell[2]}});
    if (!back) forward.emplace(transition.from, transition.to, cell);
    result.push_back(back);
  }
  return result;
}

std::optional<RateNetwork> lower_network(const Model& model, std::span<const double> parameters,
                                         Diagnostics& diagnostics) {
  return Lowering(model, parameters, diagnostics).network();
}

}  // namespace rdd
