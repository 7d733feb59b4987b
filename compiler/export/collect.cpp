#include "compiler/export/results.hpp"
#include "compiler/large_network.hpp"

namespace rdd::exporting {
namespace {

NetworkResults network_results(const Model& model, const Point& point) {
  const RateNetwork& network = point.network;
  NetworkResults results;
  if (model.temperature) results.kelvin = point.parameters[static_cast<std::size_t>(*model.temperature)];
  results.reversible = network.reversible;
  results.lattice = network.lattice.vectors.transpose();
  results.weights = network.log_weights.array().exp();
  if (network.positions) {
    results.positions.emplace(network.size(), network.lattice.dimension());
    for (int s = 0; s < network.size(); ++s)
      for (int a = 0; a < network.lattice.dimension(); ++a)
        (*results.positions)(s, a) = evaluate(
            (*model.states[static_cast<std::size_t>(s)].position)[static_cast<std::size_t>(a)], point.parameters);
  }
  for (const Hop& hop : network.hops) results.transitions.push_back({hop.from, hop.to, hop.cell, hop.rate});
  return results;
}

}  // namespace

std::vector<int> usual_grid(int dimension) {
  return std::vector<int>(static_cast<std::size_t>(dimension), dimension == 1 ? 201 : dimension == 2 ? 21 : 9);
}

std::optional<Results> collect(const Model& model, const std::vector<Setting>& settings, const What& what,
                               const std::vector<int>& grid, Diagnostics& diagnostics) {
  const auto point = lower(model, settings, diagnostics);
  if (!point) return std::nullopt;
  Results results;
  results.model = model.name;
  results.hash = model.hash;
  for (const Parameter& parameter : model.parameters)
    results.parameters.push_back({parameter.name, si_unit(parameter.dimension)});
  results.values = point->parameters;
  results.states = point->network.states;
  if (what.network) results.network = network_results(model, *point);
  if (what.spectrum) {
    const auto spectrum = bands_of(model, point->network, uniform_grid(grid), diagnostics);
    if (!spectrum) return std::nullopt;
    results.spectrum = SpectrumResults{grid, spectrum->phases, spectrum->lambda};
  }
  if (what.reduction || what.coefficients) {
    auto analysis = analyse(model, point->network, diagnostics);
    if (!analysis) return std::nullopt;
    Reduction& reduction = analysis->reduction;
    if (what.reduction)
      results.reduction = ReductionResults{
          reduction.P,   reduction.order,     analysis->pde.names, reduction.groups.chi, reduction.groups.crispness,
          reduction.gap, reduction.resolution};
    if (what.coefficients) results.coefficients = std::move(reduction.coefficients);
  }
  return results;
}

}  // namespace rdd::exporting
