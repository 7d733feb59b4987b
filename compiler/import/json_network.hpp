// Networks as JSON: the form `rdd export` writes (docs/import.md has the schema), and crystals with their jump networks as
// in tests/data/networks/interstitial.json.
#pragma once

#include <optional>

#include "compiler/import/given.hpp"

namespace rdd::importing {

/// nullopt with diagnostics: at the place of a mistake in the syntax, and by its path for one in the meaning. Where the
/// file holds several crystals, given.select names one of them.
std::optional<NetworkDescription> read_json(const SourcePtr& source, const Given& given, Diagnostics& diagnostics);

}  // namespace rdd::importing
