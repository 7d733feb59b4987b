// How much a short text may stand for: families, symmetries and functions are written out, and a slip of a digit must
// end in a message, not in a machine without memory.
//
// A fuzzer finds the largest input of every kind and would then run that one over and over. Builds for fuzzing
// (-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION, as libFuzzer's users call it) therefore stop earlier; the code on both
// sides of a limit is the same.
#pragma once

#include <cstddef>

namespace rdd::limits {

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr bool fuzzing = true;
#else
constexpr bool fuzzing = false;
#endif

/// Cells: components of translations, and fractions of positions, beyond which there must be a mistake. Sums of them
/// over the jumps of a large network, and products of such sums, fit into integers.
constexpr int cells = 10'000;

constexpr int members = fuzzing ? 1'000 : 2'000'000;           ///< of all families of a model together
constexpr std::size_t orbits = fuzzing ? 500 : 1'000'000;      ///< states that a symmetry makes
constexpr std::size_t files = fuzzing ? 50 : 1'000;            ///< of one model, counted under each of their names
constexpr std::size_t expansions = fuzzing ? 2'000 : 200'000;  ///< of functions in one model
constexpr double nodes = fuzzing ? 2'000 : 1e5;                ///< of one expression with its functions written out

}  // namespace rdd::limits
