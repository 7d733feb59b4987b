#include "compiler/study.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "compiler/large_network.hpp"
#include "runtime/spectrum/bloch.hpp"

namespace rdd {

Study::Study(Model model, Point point, Analysis analysis)
    : model_(std::move(model)), point_(std::move(point)), analysis_(std::move(analysis)) {}

double Study::parameter(const std::string& name) const {
  for (std::size_t i = 0; i < model_.parameters.size(); ++i)
    if (model_.parameters[i].name == name) return point_.parameters[i];
  throw std::invalid_argument(fmt::format("the model {} has no parameter '{}'", model_.name, name));
}

Spectrum Study::spectrum(const Eigen::MatrixXd& phases) const {
  if (is_large(point_.network)) return slowest_bands(point_.network, phases);
  return bands(BlochOperator(point_.network), phases);
}

std::optional<Reduction> Study::reduce(int P, Diagnostics& diagnostics) const {
  if (P < 1) throw std::invalid_argument(fmt::format("reduce: at least one coarse state is kept, not {}", P));
  Model model = model_;
  model.reduce.bands = P;
  auto analysis = analyse(model, point_.network, diagnostics);
  if (!analysis) return std::nullopt;
  return std::move(analysis->reduction);
}

std::optional<Simulation> Study::simulation(const std::string& solve, const SimulationOptions& options,
                                            Diagnostics& diagnostics) const {
  const SolveBlock* block = nullptr;
  std::string known;
  for (const SolveBlock& one : model_.solves) {
    if (one.name == solve) block = &one;
    known += (known.empty() ? "" : ", ") + one.name;
  }
  if (!block) {
    diagnostics.add(Code::UnknownSolve, {}, fmt::format("no solve block is called '{}'", solve))
        .hint(known.empty() ? "the model has no solve block" : "the model has: " + known);
    return std::nullopt;
  }
  auto lowered = task(model_, *block, point_, analysis_, {}, diagnostics);
  if (!lowered) return std::nullopt;
  auto compiled = compile(*lowered, diagnostics);
  if (!compiled) return std::nullopt;
  return Simulation(std::move(lowered->problem), compiled->kernels, options,
                    std::shared_ptr<const void>(std::move(compiled->code)));
}

std::optional<Study> study(const Model& model, const std::vector<Setting>& settings, Diagnostics& diagnostics) {
  auto point = lower(model, settings, diagnostics);
  if (!point) return std::nullopt;
  auto analysis = analyse(model, point->network, diagnostics);
  if (!analysis) return std::nullopt;
  return Study(model, std::move(*point), std::move(*analysis));
}

}  // namespace rdd
