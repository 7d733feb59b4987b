#include "compiler/import/outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/import/network_symmetry.hpp"
#include "compiler/import/numbers.hpp"

namespace rdd::importing {
namespace {

struct Group {
  const char* name;
  std::size_t order;
  int dimension;
};
// Those of std.groups, the ones with most operations first.
constexpr Group groups[] = {
    {"Oh", 48, 3},  {"D6h", 24, 3}, {"Td", 24, 3},  {"O", 24, 3},   {"Th", 24, 3},  {"D4h", 16, 3}, {"D3d", 12, 3},
    {"D3h", 12, 3}, {"D6", 12, 3},  {"C6v", 12, 3}, {"C6h", 12, 3}, {"T", 12, 3},   {"D2h", 8, 3},  {"D4", 8, 3},
    {"C4v", 8, 3},  {"D2d", 8, 3},  {"C4h", 8, 3},  {"D3", 6, 3},   {"C3v", 6, 3},  {"S6", 6, 3},   {"C6", 6, 3},
    {"C3h", 6, 3},  {"D2", 4, 3},   {"C2v", 4, 3},  {"C2h", 4, 3},  {"C4", 4, 3},   {"S4", 4, 3},   {"C3", 3, 3},
    {"Ci", 2, 3},   {"C2", 2, 3},   {"Cs", 2, 3},   {"C6v", 12, 2}, {"C4v", 8, 2},  {"C3v", 6, 2},  {"C6", 6, 2},
    {"C2v", 4, 2},  {"C4", 4, 2},   {"C3", 3, 2},   {"C2", 2, 2},   {"Cs", 2, 2},   {"Ci", 2, 1},
};

std::vector<int> all(std::size_t count) {
  std::vector<int> result(count);
  std::iota(result.begin(), result.end(), 0);
  return result;
}

Outline reduced(const NetworkDescription& network, const NetworkSymmetry& symmetry, std::string statement) {
  Outline outline;
  outline.symmetry = std::move(statement);
  const std::vector<int> orbits = state_orbits(network, symmetry);
  for (std::size_t s = 0; s < orbits.size(); ++s)
    if (orbits[s] == static_cast<int>(s)) outline.states.push_back(orbits[s]);
  outline.complete = outline.states.size() == orbits.size();
  outline.jumps = jump_representatives(network, symmetry);
  outline.length = static_cast<double>(outline.states.size() + outline.jumps.size()) + 1;
  return outline;
}

std::string matrices(const NetworkDescription& network, const std::vector<SpaceOperation>& operations) {
  const auto n = static_cast<std::size_t>(network.dimension);
  std::string text = "symmetry {\n";
  for (const SpaceOperation& o : operations) {
    std::string rows, shift;
    bool shifted = false;
    for (std::size_t i = 0; i < n; ++i) {
      rows += fmt::format("{}[{}]", i ? ", " : "", fmt::join(o.rotation[i].begin(), o.rotation[i].begin() + n, ", "));
      shift += fmt::format("{}{}", i ? ", " : "", fraction(o.translation[i] - std::floor(o.translation[i] + 1e-4), 1e-4));
      shifted = shifted || std::abs(o.translation[i] - std::round(o.translation[i])) > 1e-3;
    }
    text += fmt::format("  [{}]{}\n", rows, shifted ? " + [" + shift + "]" : "");
  }
  return text + "}";
}

}  // namespace

std::vector<Outline> outlines(const NetworkDescription& network) {
  std::vector<Outline> result;
  if (const auto symmetry = network_symmetry(network)) {
    if (symmetry->whole) {
      Outline outline = reduced(network, *symmetry, "symmetry auto");
      outline.states = all(network.states.size());  // it finds the group of what is declared
      outline.complete = true;
      outline.length = static_cast<double>(outline.states.size() + outline.jumps.size()) + 1;
      result.push_back(std::move(outline));
    }
    // A group about the origin is worth naming where nothing else finds more: not for the point part of a space group.
    const NetworkSymmetry about_origin = point_part(*symmetry);
    const bool all_of_it = about_origin.maps.size() == symmetry->maps.size();
    for (const Group& group : groups) {
      if (!all_of_it && symmetry->whole) break;
      if (group.order != about_origin.maps.size() || group.dimension != network.embedding) continue;
      Outline outline = reduced(network, about_origin, fmt::format("symmetry {}", group.name));
      outline.groups = true;
      result.push_back(std::move(outline));
    }
    const std::vector<SpaceOperation> few = generators(*symmetry);
    Outline outline = reduced(network, *symmetry, matrices(network, few));
    outline.length += 2 * static_cast<double>(few.size());  // matrices are harder to read than states
    result.push_back(std::move(outline));
  }
  Outline plain;
  plain.states = all(network.states.size());
  plain.jumps = all(network.jumps.size());
  const auto ends = [&](int j) {
    const Jump& jump = network.jumps[static_cast<std::size_t>(j)];
    return std::pair(jump.from, jump.to);
  };
  std::ranges::stable_sort(plain.jumps, {}, ends);
  plain.length = static_cast<double>(plain.states.size() + plain.jumps.size());
  std::erase_if(result, [&](const Outline& outline) { 
    return outline.length > plain.length || outline.states.size() > most_listed_states ||
           outline.jumps.size() > most_listed_jumps;
  });
  std::ranges::stable_sort(result, {}, &Outline::length);
  result.push_back(std::move(plain));
  return result;
}

}  // namespace rdd::importing
