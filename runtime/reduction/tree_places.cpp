#include "runtime/reduction/tree_places.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rdd {

std::vector<Eigen::Vector3d> tree_places(const RateNetwork& network) {
  std::vector<std::size_t> order(network.hops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> log_flux;
  for (const Hop& hop : network.hops) log_flux.push_back(std::log(hop.rate) + network.log_weights(hop.from));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return log_flux[a] > log_flux[b]; });

  const auto states = static_cast<std::size_t>(network.size());
  std::vector<Eigen::Vector3d> places(states, Eigen::Vector3d::Zero());
  std::vector<std::vector<std::size_t>> group(states);  // members, held by the group's root
  std::vector<std::size_t> root(states);
  for (std::size_t state = 0; state < states; ++state) {
    group[state] = {state};
    root[state] = state;
  }
  for (const std::size_t h : order) {
    const Hop& hop = network.hops[h];
    auto from = static_cast<std::size_t>(hop.from);
    auto to = static_cast<std::size_t>(hop.to);
    if (root[from] == root[to]) continue;
    // displacement = cell + place(to) − place(from) = 0: the smaller group moves
    Eigen::Vector3d shift = places[from] - places[to] - Eigen::Vector3d(hop.cell[0], hop.cell[1], hop.cell[2]);
    if (group[root[to]].size() > group[root[from]].size()) {
      std::swap(from, to);
      shift = -shift;
    }
    const std::size_t joined = root[from];
    const std::vector<std::size_t> moving = std::move(group[root[to]]);
    for (const std::size_t state : moving) {
      places[state] += shift;
      root[state] = joined;
      group[joined].push_back(state);
    }
  }
  return places;
}

}  // namespace rdd
