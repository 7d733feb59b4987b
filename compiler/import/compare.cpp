#include "compiler/import/compare.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "lang/resolve.hpp"

namespace rdd::importing {
namespace {

using Key = std::tuple<int, int, Cell>;
using Rates = std::map<Key, double>;

constexpr double boltzmann = 1.380649e-23;  // J/K
constexpr double tolerance = 1e-9;
constexpr double same_place = 1e-6;  // of a primitive vector

bool near(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

class Values {
 public:
  explicit Values(const Model& model) : model_(model) {
    Diagnostics unsaid;
    if (const auto all = parameter_values(model, {}, unsaid)) parameters_ = *all;
    if (model.temperature && !parameters_.empty())
      kT_ = boltzmann * parameters_[static_cast<std::size_t>(*model.temperature)];
  }
  bool good() const { return parameters_.size() == model_.parameters.size(); }
  double operator()(const Expr& expression) const { return evaluate(expression, parameters_); }
  double kelvin() const { return kT_ / boltzmann; }

  double log_weight(const ModelState& state) const {
    double result = 0;
    if (state.weight) result += std::log((*this)(state.weight));
    if (state.degeneracy) result += std::log((*this)(state.degeneracy));
    if (state.entropy) result += (*this)(state.entropy) / boltzmann;
    if (state.energy) result -= (*this)(state.energy) / kT_;
    return result;
  }

 private:
  const Model& model_;
  std::vector<double> parameters_;
  double kT_ = boltzmann;
};

Cell negated(const Cell& cell) {
  return {-cell[0], -cell[1], -cell[2]};
}

// Directed rates of a jump and, where it is reversible, of its reverse.
void add(Rates& rates, int from, int to, const Cell& cell, double rate, bool reversible, double log_from, double log_to) {
  rates[{from, to, cell}] += rate;
  if (reversible) rates[{to, from, negated(cell)}] += rate * std::exp(log_from - log_to);
}

bool same_axis(const std::array<double, 3>& a, const std::vector<double>& b) {
  Eigen::Vector3d u(a[0], a[1], a[2]), v = Eigen::Vector3d::Zero();
  for (std::size_t i = 0; i < b.size(); ++i) v(static_cast<Eigen::Index>(i)) = b[i];
  return std::abs(u.dot(v)) > (1 - 1e-9) * u.norm() * v.norm();
}

}  // namespace

std::vector<std::string> names_by_place(const NetworkDescription& network, const Model& model) {
  const Values value(model);
  const auto n = static_cast<std::size_t>(network.dimension);
  if (!value.good() || model.states.size() != network.states.size()) return {};
  std::vector<std::string> names(network.states.size());
  std::vector<bool> taken(names.size(), false);
  for (const ModelState& state : model.states) {
    if (!state.position || state.position->size() != n) return {};
    std::vector<double> axis;
    if (state.axis)
      for (const Expr& x : *state.axis) axis.push_back(value(x));
    const auto matches = [&](const State& own) {
      if (!own.position || own.axis.has_value() != state.axis.has_value()) return false;
      for (std::size_t a = 0; a < n; ++a) {
        const double apart = (*own.position)[a] - value((*state.position)[a]);
        if (!(std::abs(apart - std::round(apart)) < same_place)) return false;
      }
      if (own.axis && !same_axis(*own.axis, axis)) return false;
      return !state.energy || near(value(state.energy), own.energy * network.units.energy.si);
    };
    const auto found = std::ranges::find_if(network.states, [&](const State& own) {
      return !taken[static_cast<std::size_t>(&own - network.states.data())] && matches(own);
    });
    if (found == network.states.end()) return {};
    const auto s = static_cast<std::size_t>(found - network.states.begin());
    taken[s] = true;
    names[s] = state.name;
  }
  return names;
}

std::string difference(const NetworkDescription& network, const std::vector<std::string>& names, const Model& model) {
  const Values value(model);
  const auto n = static_cast<std::size_t>(network.dimension), m = static_cast<std::size_t>(network.embedding);
  if (!value.good()) return "the parameters have no values";
  if (model.temperature && !near(value.kelvin(), network.kelvin)) return "the temperature";
  if (model.lattice.vectors.size() != n || static_cast<std::size_t>(model.lattice.embedding) != m)
    return "the lattice's dimensions";
  for (std::size_t a = 0; a < n; ++a) {
    double length = 0, apart = 0;
    for (std::size_t c = 0; c < m; ++c) {
      const double own = network.vectors[a][c] * network.units.length.si;
      length = std::hypot(length, own);
      apart = std::hypot(apart, own - value(model.lattice.vectors[a][c]));
    }
    if (!(apart <= tolerance * length)) return fmt::format("lattice vector {}", a + 1);
  }

  std::map<std::string, int> index;
  for (std::size_t s = 0; s < model.states.size(); ++s) index[model.states[s].name] = static_cast<int>(s);
  if (model.states.size() != network.states.size() || index.size() != names.size()) return "the number of states";
  std::vector<int> partner;
  std::vector<Cell> shift(names.size());
  std::vector<double> own_weights, weights;
  for (std::size_t s = 0; s < names.size(); ++s) {
    const auto found = index.find(names[s]);
    if (found == index.end()) return fmt::format("the state {}", names[s]);
    partner.push_back(found->second);
    const ModelState& state = model.states[static_cast<std::size_t>(found->second)];
    const auto& position = network.states[s].position;
    for (std::size_t a = 0; position && state.position && a < n; ++a) {
      const double apart = value((*state.position)[a]) - (*position)[a];
      if (!(std::abs(apart - std::round(apart)) < same_place)) return fmt::format("the position of {}", names[s]);
      shift[s][a] = static_cast<int>(std::lround(apart));
    }
    own_weights.push_back(log_weight(network, static_cast<int>(s)));
    weights.push_back(value.log_weight(state));
    if (network.balance != Balance::none &&
        !(std::abs((own_weights[s] - own_weights[0]) - (weights[s] - weights[0])) <=
          tolerance * std::max(1.0, std::abs(own_weights[s]) + std::abs(own_weights[0]))))
      return fmt::format("the weight of {}", names[s]);
  }

  Rates expected, found;
  for (const Jump& jump : network.jumps) {
    const auto i = static_cast<std::size_t>(jump.from), j = static_cast<std::size_t>(jump.to);
    Cell cell = jump.cell;
    for (std::size_t a = 0; a < 3; ++a) cell[a] += shift[i][a] - shift[j][a];
    double total = 0;
    for (const Law& law : jump.laws) total += rate(network, jump.from, law);
    add(expected, partner[i], partner[j], cell, total, jump.reversible, own_weights[i], own_weights[j]);
  }
  for (const ModelTransition& transition : model.transitions) {
    const ModelState &from = model.states[static_cast<std::size_t>(transition.from)],
                     &to = model.states[static_cast<std::size_t>(transition.to)];
    add(found, transition.from, transition.to, transition.cell, value(transition.rate), transition.reversible,
        transition.reversible ? value.log_weight(from) : 0, transition.reversible ? value.log_weight(to) : 0);
  }
  if (expected.size() != found.size()) return fmt::format("{} directed jumps, not {}", found.size(), expected.size());
  for (const auto& [key, rate] : expected) {
    const auto other = found.find(key);
    const auto& [i, j, cell] = key;
    const auto& states = model.states;
    if (other == found.end() || !near(rate, other->second))
      return fmt::format("the jump {} -> {} by [{}]", states[static_cast<std::size_t>(i)].name,
                         states[static_cast<std::size_t>(j)].name, fmt::join(cell, ", "));
  }
  return "";
}

}  // namespace rdd::importing
