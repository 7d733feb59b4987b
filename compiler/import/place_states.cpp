#include "compiler/import/place_states.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/import/given.hpp"

namespace rdd::importing {

std::optional<std::vector<Cell>> place_states(NetworkDescription& network, const std::vector<Displacement>& moves) {
  const auto n = static_cast<std::size_t>(network.dimension);
  std::vector<std::vector<std::size_t>> leaving(network.states.size());
  for (std::size_t m = 0; m < moves.size(); ++m) leaving[static_cast<std::size_t>(moves[m].from)].push_back(m);

  std::vector<std::optional<std::array<double, 3>>> places(network.states.size());
  for (std::size_t first = 0; first < places.size(); ++first) {
    if (places[first]) continue;
    places[first].emplace();
    for (std::vector<std::size_t> open{first}; !open.empty();) {
      const std::size_t here = open.back();
      open.pop_back();
      for (const std::size_t m : leaving[here]) {
        auto& there = places[static_cast<std::size_t>(moves[m].to)];
        if (there) continue;
        there.emplace();
        for (std::size_t a = 0; a < n; ++a) {
          const double fraction = (*places[here])[a] + moves[m].fractions[a];
          (*there)[a] = fraction - std::floor(fraction + 1e-6);
        }
        open.push_back(static_cast<std::size_t>(moves[m].to));
      }
    }
  }

  std::vector<Cell> cells(moves.size());
  for (std::size_t m = 0; m < moves.size(); ++m) {
    const auto &here = *places[static_cast<std::size_t>(moves[m].from)],
               &there = *places[static_cast<std::size_t>(moves[m].to)];
    for (std::size_t a = 0; a < n; ++a) {
      const double cell = moves[m].fractions[a] + here[a] - there[a];
      if (!(std::abs(cell - std::round(cell)) < 1e-3) || std::abs(cell) > most_cells) return std::nullopt;
      cells[m][a] = static_cast<int>(std::lround(cell));
    }
  }
  const bool at_origin = std::ranges::all_of(places, [](const auto& place) {
    return std::ranges::all_of(*place, [](double fraction) { return std::abs(fraction) < 1e-3; });
  });
  if (!at_origin || network.states.size() == 1)
    for (std::size_t s = 0; s < places.size(); ++s) network.states[s].position = places[s];
  return cells;
}

}  // namespace rdd::importing
