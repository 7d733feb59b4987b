// NetworkDescription -> the text of a model, as its author would have written it: parameters with names for the few
// prefactors and energies there are, one jump for each orbit of a symmetry, `<->` where detailed balance holds, tables
// where the lists would be long.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/import/network_description.hpp"

namespace rdd::importing {

struct WrittenModel {
  std::string text;
  std::vector<std::pair<std::string, std::string>> tables;  ///< names beside the model, and texts
};

/// Of the ways to write the network (with `symmetry auto`, with a named point group, with generators, without symmetry)
/// the shortest that, resolved again, gives the same states, jumps and rates.
///
/// stem    of the tables' names: STEM.states.csv, STEM.rates.csv
/// throws  InternalError where none does
WrittenModel write_model(const NetworkDescription& network, const std::string& stem);

}  // namespace rdd::importing
