// Syntax trees at random: every kind of node, nested a few levels, and nothing the grammar could not have made.
#pragma once

#include <cstdint>

#include "lang/ast.hpp"

namespace rdd::tests {

/// The same file for the same seed. Its source holds the texts of what the language keeps for later versions.
ast::File random_file(std::uint64_t seed);

}  // namespace rdd::tests
