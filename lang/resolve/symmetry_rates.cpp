// Jumps completed over the orbits of a symmetry: each declared one brings its images along; where an image meets
// another declared jump the two must say the same.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "lang/resolve/context.hpp"

namespace rdd::resolving {

namespace {

using Key = std::tuple<int, int, std::array<int, 3>>;

Key key_of(const ModelTransition& t) {
  return {t.from, t.to, t.cell};
}
Key reverse_of(const ModelTransition& t) {
  return {t.to, t.from, {-t.cell[0], -t.cell[1], -t.cell[2]}};
}

/// A jump from site i to site j of cell R: both are mapped, and the cells between the images counted.
ModelTransition image(const StateMap& map, const ModelTransition& t) {
  ModelTransition result = t;
  const auto from = static_cast<std::size_t>(t.from), to = static_cast<std::size_t>(t.to);
  result.from = map.image[from];
  result.to = map.image[to];
  for (std::size_t i = 0; i < 3; ++i) {
    result.cell[i] = map.shift[to][i] - map.shift[from][i];
    for (std::size_t j = 0; j < 3; ++j) result.cell[i] += map.rotation[i][j] * t.cell[j];
  }
  return result;
}

/// Whether two `<->`, one along the other's way back, say the same: their states weigh the same and so do their rates.
bool same_both_ways(const std::vector<ModelState>& states, const ModelTransition& a, const ModelTransition& b) {
  const ModelState& from = states[static_cast<std::size_t>(a.from)];
  const ModelState& to = states[static_cast<std::size_t>(a.to)];
  return a.reversible && b.reversible && same(a.rate, b.rate) && same(from.energy, to.energy) &&
         same(from.entropy, to.entropy) && same(from.degeneracy, to.degeneracy) && same(from.weight, to.weight);
}

}  // namespace

void complete_rates(Context& context) {
  if (!context.symmetry) return;
  const std::vector<ModelTransition> declared = std::move(context.model.transitions);
  context.model.transitions.clear();
  context.model.symmetry->declared_transitions = declared.size();
  std::map<Key, std::pair<std::size_t, std::size_t>> owner;  // declared jump it comes from, index in the model
  const auto conflict = [&](std::size_t later, std::size_t earlier, const std::string& message) {
    context.diagnostics.add(Code::SymmetryConflict, declared[later].span, message)
        .note(declared[earlier].span, "the other one")
        .note(context.model.symmetry->span, "this symmetry")
        .hint("declare one jump of an orbit, or give all of them the same rate");
  };
  for (std::size_t t = 0; t < declared.size(); ++t) {
    for (const StateMap& map : context.symmetry->maps) {
      const ModelTransition copy = image(map, declared[t]);
      if (const auto found = owner.find(key_of(copy)); found != owner.end()) {
        const auto [origin, index] = found->second;
        const ModelTransition& there = context.model.transitions[index];
        if (same(there.rate, copy.rate) && there.reversible == copy.reversible) continue;
        conflict(t, origin, "symmetry makes this jump equal to one that is declared with another rate");
        break;
      }
      if (const auto found = owner.find(reverse_of(copy)); found != owner.end()) {
        const auto [origin, index] = found->second;
        const bool counted = copy.reversible || context.model.transitions[index].reversible;
        if (counted && origin == t) continue;  // its own way back
        if (counted && same_both_ways(context.model.states, copy, context.model.transitions[index])) continue;
        if (counted) {
          conflict(t, origin, "symmetry makes this jump the way back of a `<->` that is declared already");
          break;
        }
      }
      const std::size_t before = context.model.transitions.size();
      add_transition(context, copy, {});
      if (context.model.transitions.size() == before) break;  // outside the translations: reported
      owner.emplace(key_of(copy), std::pair(t, before));
    }
  }
}

}  // namespace rdd::resolving
