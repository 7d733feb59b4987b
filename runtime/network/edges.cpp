#include "runtime/network/edges.hpp"

#include <cmath>
#include <map>
#include <tuple>

#include "runtime/network/balance.hpp"

namespace rdd {

std::vector<Edge> make_edges(const RateNetwork& network) {
  std::map<std::tuple<int, int, Cell>, int> index;
  std::vector<Edge> edges;
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (stays(hop)) continue;
    const auto [place, is_new] =
        index.try_emplace(std::tuple(hop.from, hop.to, hop.cell), static_cast<int>(edges.size()));
    if (is_new) edges.push_back({.hop = static_cast<int>(h), .from = hop.from, .to = hop.to, .cell = hop.cell});
    edges[static_cast<std::size_t>(place->second)].rate += hop.rate;
  }
  for (Edge& edge : edges) {
    const auto back = index.find(std::tuple(edge.to, edge.from, Cell{-edge.cell[0], -edge.cell[1], -edge.cell[2]}));
    if (back == index.end()) continue;
    edge.reverse = back->second;
    edge.log_ratio = std::log(edge.rate) - std::log(edges[static_cast<std::size_t>(back->second)].rate);
  }
  return edges;
}

}  // namespace rdd
