#include "compiler/large_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "runtime/reduction/sparse_reduction.hpp"
#include "runtime/reduction/sparse_transport.hpp"

namespace rdd {

bool is_large(const RateNetwork& network) {
  return network.size() > most_dense_states;
}

void explain(const SparseLimit& limit, const Span& place, const RateNetwork& network, Diagnostics& diagnostics) {
  auto& diagnostic =
      diagnostics.add(Code::TooManyStates, place,
                      fmt::format("a network of {} states is beyond this machine: {}", network.size(), limit.what()));
  switch (limit.reason()) {
    case SparseLimit::Reason::memory:
      diagnostic.hint("take fewer states: merge those that fast transitions join, or a smaller cell");
      break;
    case SparseLimit::Reason::range:
      diagnostic.hint("check the units of energies and barriers and the temperature")
          .hint("leave out states that are never reached");
      break;
    case SparseLimit::Reason::engine:
      diagnostic.hint("unset RDD_ENGINE, or build rdd with the option RDD_SLEPC");
      break;
    case SparseLimit::Reason::precision:
      diagnostic.hint("merge the states that the fastest transitions join, or ask at shorter waves");
      break;
  }
}

namespace {

/// What `ask` returns, or a diagnostic where it ends with a SparseLimit.
template <class Ask>
auto asked_of(const Model& model, const RateNetwork& network, Diagnostics& diagnostics, const Ask& ask)
    -> std::optional<decltype(ask())> {
  try {
    return ask();
  } catch (const SparseLimit& limit) {
    explain(limit, model.rates_span, network, diagnostics);
    return std::nullopt;
  }
}

/// D of few digits is no result to rely on.
void warn_if_inexact(const Model& model, const SparseTransport& transport, Diagnostics& diagnostics) {
  constexpr double enough = 4;
  if (transport.digits >= enough) return;
  diagnostics
      .add(Code::StiffSpectrum, model.rates_span,
           fmt::format("the rates span so many decades that the diffusivity has {:.0f} digits left", transport.digits))
      .hint("merge the states that the fastest transitions join");
}

}  // namespace

bool small_enough(const RateNetwork& network, const Span& place, Diagnostics& diagnostics) {
  if (!is_large(network)) return true;
  diagnostics
      .add(Code::TooManyStates, place,
           fmt::format("this is answered for networks of up to {} states, and there are {}", most_dense_states,
                       network.size()))
      .here("needs all bands")
      .hint("`spectrum`, `bands grid`, `gap`, `clusters`, `reduce`, `diffusion` and `drift` take any number of states");
  return false;
}

Spectrum slowest_bands(const RateNetwork& network, const Eigen::Ref<const Eigen::MatrixXd>& phases) {
  const SparseSpectrum sparse(network);
  Spectrum spectrum{
      phases, Eigen::MatrixXcd(few_bands, phases.cols()), network.reversible, network.escape.maxCoeff(), {}};
  for (Eigen::Index k = 0; k < phases.cols(); ++k) spectrum.lambda.col(k) = sparse.slow_bands(phases.col(k), few_bands);
  return spectrum;
}

std::optional<Spectrum> bands_of(const Model& model, const RateNetwork& network,
                                 const Eigen::Ref<const Eigen::MatrixXd>& phases, Diagnostics& diagnostics) {
  if (!is_large(network)) return bands(BlochOperator(network), phases);
  return asked_of(model, network, diagnostics, [&] { return slowest_bands(network, phases); });
}

std::optional<Transport> transport_of(const Model& model, const RateNetwork& network, Diagnostics& diagnostics) {
  if (!is_large(network)) return transport(BlochOperator(network, gauge(network)));
  const auto found = asked_of(model, network, diagnostics,
                              [&] { return sparse_transport(network, GroupInverse(network), gauge(network)); });
  if (!found) return std::nullopt;
  warn_if_inexact(model, *found, diagnostics);
  return found->transport;
}

std::optional<std::vector<GapCandidate>> large_gaps(const Model& model, const RateNetwork& network, bool long_wave,
                                                    Diagnostics& diagnostics) {
  return asked_of(model, network, diagnostics, [&] {
    const SparseSpectrum spectrum(network);
    SparseBands bands(spectrum);
    if (long_wave) return sparse_gaps(bands, {1, 2, 4, 8, 16}, few_bands);
    std::vector<GapCandidate> found = sparse_gaps(bands, {1}, few_bands);
    std::erase_if(found, [](const GapCandidate& gap) { return !(gap.above > (1 + 1e-8) * gap.below); });
    std::ranges::stable_sort(found, std::ranges::greater{}, &GapCandidate::ratio);
    return found;
  });
}

std::optional<Analysis> analyse_large(const Model& model, const RateNetwork& network, Diagnostics& diagnostics) {
  const ReduceParams params{model.reduce.order, model.reduce.error};
  return asked_of(model, network, diagnostics,
                  [&]() -> std::optional<Analysis> {
                    const SparseSpectrum spectrum(network);
                    SparseBands bands(spectrum);
                    Analysis analysis;
                    int P = 0;
                    if (model.reduce.bands) {
                      P = *model.reduce.bands;
                      if (P > most_coarse_states) {
                        diagnostics
                            .add(Code::BandsOutOfRange, model.reduce.bands_span,
                                 fmt::format("of a network of {} states at most {} bands can be kept", network.size(),
                                             most_coarse_states))
                            .here(fmt::format("cannot keep {}", P))
                            .hint("only the slowest bands of so large a network are found");
                        return std::nullopt;
                      }
                      if (P > 1 && splits_pair(spectrum.slow_modes(P + 3).lambda, P)) {
                        diagnostics
                            .add(Code::BandsSplitPair, model.reduce.bands_span,
                                 fmt::format("bands {} and {} are a complex pair: they stay together or go together", P,
                                             P + 1))
                            .hint(fmt::format("write `bands {}` or `bands {}`", P - 1, P + 1));
                        return std::nullopt;
                      }
                    } else {
                      analysis.choice = sparse_choose(bands, gauge(network), params);
                      P = analysis.choice.P;
                    }
                    analysis.reduction = sparse_reduce(bands, gauge(network), P, params);
                    const SparseTransport exact = sparse_transport(network, spectrum.group_inverse(), gauge(network));
                    warn_if_inexact(model, exact, diagnostics);
                    analysis.transport = exact.transport;
                    analysis.pde = continuum(analysis.reduction, network);
                    return analysis;
                  })
      .value_or(std::nullopt);
}

std::string which_bands(Eigen::Index found, const RateNetwork& network) {
  if (found == network.size()) return "";
  return fmt::format("the {} slowest of {} bands\n", found, network.size());
}

}  // namespace rdd
