// Does a written text say what was imported? The last step of every import, by resolving the text and comparing.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/network_description.hpp"
#include "lang/model.hpp"

namespace rdd::importing {

/// What each state of the description is called in the model, by place and axis; empty where the two do not match one to
/// one.
std::vector<std::string> names_by_place(const NetworkDescription& network, const Model& model);

/// Nothing where the model has the same lattice, states, weights and rates (to 1e-9, at the description's temperature);
/// else what differs, for us. `names` holds the model's name of each state.
std::string difference(const NetworkDescription& network, const std::vector<std::string>& names, const Model& model);

}  // namespace rdd::importing
