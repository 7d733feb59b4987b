#include "compiler/import/network_description.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace rdd::importing {
namespace {

constexpr double boltzmann = 1.380649e-23;  // J/K

using Key = std::tuple<int, int, Cell>;

Cell negated(const Cell& cell) {
  return {-cell[0], -cell[1], -cell[2]};
}

// Of a jump and its reverse, the one a person would write: from the earlier state, and into a cell that counts up.
bool is_forward(const Jump& jump) {
  if (jump.from != jump.to) return jump.from < jump.to;
  return jump.cell > negated(jump.cell);
}

bool near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

// Whether every way over has its counterpart in detailed balance.
bool balanced(const NetworkDescription& network, const Jump& there, const Jump& back) {
  if (there.laws.size() != back.laws.size()) return false;
  const auto forms = [&](const Jump& jump) {
    std::vector<std::optional<SaddleForm>> all;
    for (const Law& law : jump.laws) all.push_back(saddle_form(network, jump.from, law));
    return all;
  };
  const auto forward = forms(there), backward = forms(back);
  std::vector<bool> taken(backward.size(), false);
  for (const auto& form : forward) {
    const auto partner = std::ranges::find_if(backward, [&](const auto& other) {
      const auto i = static_cast<std::size_t>(&other - backward.data());
      return form && other && !taken[i] && near(form->energy, other->energy, network.energy_tolerance) &&
             near(std::log(form->prefactor), std::log(other->prefactor), network.prefactor_tolerance);
    });
    if (partner == backward.end()) return false;
    taken[static_cast<std::size_t>(partner - backward.begin())] = true;
  }
  return true;
}

// Positions into the home cell, with the translations that then change.
void wrap(NetworkDescription& network) {
  std::vector<Cell> shift(network.states.size());
  for (std::size_t s = 0; s < network.states.size(); ++s) {
    auto& position = network.states[s].position;
    for (std::size_t a = 0; position && a < 3; ++a) {
      const double cells = std::floor((*position)[a] + 1e-6);
      (*position)[a] -= cells;
      shift[s][a] = static_cast<int>(cells);
    }
  }
  for (Jump& jump : network.jumps)
    for (std::size_t a = 0; a < 3; ++a)
      jump.cell[a] += shift[static_cast<std::size_t>(jump.to)][a] - shift[static_cast<std::size_t>(jump.from)][a];
}

}  // namespace

void add_jump(NetworkDescription& network, int from, int to, const Cell& cell, const Law& law) {
  network.jumps.push_back({from, to, cell, {law}, false});
}

bool add_reverse(NetworkDescription& network, int from, int to, const Cell& cell, const Law& law) {
  const State &here = network.states[static_cast<std::size_t>(from)],
              &there = network.states[static_cast<std::size_t>(to)];
  Law back = law;
  if (law.kind != Law::Kind::saddle) {
    back.prefactor *= here.degeneracy / there.degeneracy * std::exp(here.entropy - there.entropy);
    if (law.kind == Law::Kind::arrhenius)
      back.energy += here.energy - there.energy;
    else if (here.energy != there.energy)
      return false;
  }
  add_jump(network, to, from, negated(cell), back);
  return true;
}

std::optional<SaddleForm> saddle_form(const NetworkDescription& network, int from, const Law& law) {
  const State& state = network.states[static_cast<std::size_t>(from)];
  const double multiplicity = state.degeneracy * std::exp(state.entropy);
  switch (law.kind) {
    case Law::Kind::saddle:
      return SaddleForm{law.prefactor, law.energy};
    case Law::Kind::arrhenius:
      return SaddleForm{law.prefactor * multiplicity, law.energy + state.energy};
    case Law::Kind::constant:
      if (std::ranges::any_of(network.states, [](const State& s) { return s.energy != 0; })) return std::nullopt;
      return SaddleForm{law.prefactor * multiplicity, 0};
  }
  return std::nullopt;
}

void tidy(NetworkDescription& network) {
  wrap(network);
  std::map<Key, std::size_t> index;
  std::vector<Jump> merged;
  for (const Jump& jump : network.jumps) {
    const auto [found, fresh] = index.try_emplace(Key{jump.from, jump.to, jump.cell}, merged.size());
    if (fresh) {
      merged.push_back(jump);
      continue;
    }
    std::vector<Law>& laws = merged[found->second].laws;
    laws.insert(laws.end(), jump.laws.begin(), jump.laws.end());
  }

  const auto joins = [&](const Jump& jump) {
    const auto back = index.find(Key{jump.to, jump.from, negated(jump.cell)});
    return back != index.end() && balanced(network, jump, merged[back->second]);
  };
  // Energies speak for each jump. Weights, given or equal, are worth saying only if all jumps balance them.
  bool join = network.balance == Balance::energies;
  if (!join) {
    join = std::ranges::all_of(merged, joins);
    if (!join) {
      network.balance = Balance::none;
      for (State& state : network.states) state.entropy = state.energy = 0, state.degeneracy = 1;
    } else if (network.balance == Balance::none) {
      network.balance = Balance::weights;  // all of them equal
    }
  }
  network.jumps.clear();
  for (const Jump& jump : merged) {
    const bool joined = join && joins(jump);
    if (joined && !is_forward(jump)) continue;
    network.jumps.push_back(jump);
    network.jumps.back().reversible = joined;
  }
}

double rate(const NetworkDescription& network, int from, const Law& law) {
  const double kT = boltzmann * network.kelvin / network.units.energy.si;
  const State& state = network.states[static_cast<std::size_t>(from)];
  const double k = law.prefactor / network.units.time.si;
  switch (law.kind) {
    case Law::Kind::saddle:
      return k / state.degeneracy * std::exp(-state.entropy - (law.energy - state.energy) / kT);
    case Law::Kind::arrhenius:
      return k * std::exp(-law.energy / kT);
    case Law::Kind::constant:
      return k;
  }
  return k;
}

double log_weight(const NetworkDescription& network, int state) {
  const double kT = boltzmann * network.kelvin / network.units.energy.si;
  const State& s = network.states[static_cast<std::size_t>(state)];
  return std::log(s.degeneracy) + s.entropy - s.energy / kT;
}

}  // namespace rdd::importing
