// How a network is to be written: under which symmetry, and which of its states and jumps then need saying.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/network_description.hpp"

namespace rdd::importing {

/// Longer lists become tables.
constexpr std::size_t most_listed_states = 40;
constexpr std::size_t most_listed_jumps = 200;

struct Outline {
  std::string symmetry;        ///< the statement; empty without
  bool groups = false;         ///< needs `use std.groups`
  std::vector<int> states;     ///< to be declared
  std::vector<int> jumps;      ///< to be declared
  bool complete = true;        ///< all states are declared, under names of their own
  double length = 0;           ///< about how many lines it takes
};

/// All ways to write the network, the shortest first; the last one has no symmetry.
std::vector<Outline> outlines(const NetworkDescription& network);

}  // namespace rdd::importing
