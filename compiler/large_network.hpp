// Dense or sparse? The questions whose answers depend on the size of the network, each asked in one place.
//
// Up to most_dense_states states every band is found; of larger networks the slowest few, by sparse methods, and no M ×
// M matrix is ever formed. What is beyond those becomes a diagnostic here (SparseLimit -> E0412).
#pragma once

#include <optional>
#include <vector>

#include "compiler/pipeline.hpp"
#include "runtime/sparse/group_inverse.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

/// More states than dense methods are for: only some bands are found.
bool is_large(const RateNetwork& network);

/// Says at `place` why a sparse method gave up, and what to do.
void explain(const SparseLimit& limit, const Span& place, const RateNetwork& network, Diagnostics& diagnostics);

/// For questions that only dense methods answer: false, with a diagnostic at `place`, where the network is large.
bool small_enough(const RateNetwork& network, const Span& place, Diagnostics& diagnostics);

/// Bands at these phases (n, K): all of them, or the slowest `few_bands` of a large network. nullopt with a diagnostic.
inline constexpr int few_bands = 10;
std::optional<Spectrum> bands_of(const Model& model, const RateNetwork& network,
                                 const Eigen::Ref<const Eigen::MatrixXd>& phases, Diagnostics& diagnostics);
/// The latter alone. Throws SparseLimit.
Spectrum slowest_bands(const RateNetwork& network, const Eigen::Ref<const Eigen::MatrixXd>& phases);

/// Exact D and v. nullopt with a diagnostic.
std::optional<Transport> transport_of(const Model& model, const RateNetwork& network, Diagnostics& diagnostics);

/// Large networks only: gaps in a few directions, over the zone or at long waves. nullopt with a diagnostic.
std::optional<std::vector<GapCandidate>> large_gaps(const Model& model, const RateNetwork& network, bool long_wave,
                                                    Diagnostics& diagnostics);

/// `analyse` for large networks.
std::optional<Analysis> analyse_large(const Model& model, const RateNetwork& network, Diagnostics& diagnostics);

/// "the 10 slowest of 20000 bands", or nothing where all are there.
std::string which_bands(Eigen::Index found, const RateNetwork& network);

}  // namespace rdd
