// A model at one point of its parameters, under study from C++: what the prompt answers, as values. SI units, order of
// Model::states and of the coarse states.
//
//   const auto study = rdd::study(*model, {rdd::setting("T", 700_K)}, diagnostics);
//   study->diffusion();                                     // (m, m), m^2/s
//   study->bands_at(k);                                     // decay rates at a wave vector
//   auto walk = study->simulation("relax", {}, diagnostics);  // compiled in memory, ready to step
//
// The stages themselves (load, lower, analyse, compile) are in compiler/pipeline.hpp; rdd::Session
// (compiler/query/session.hpp) takes the prompt's statements as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "runtime/program/simulation.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {

class Study {
 public:
  Study(Model model, Point point, Analysis analysis);

  const Model& model() const { return model_; }
  /// Value of a parameter at this point, SI. Throws std::invalid_argument where the model has none of this name.
  double parameter(const std::string& name) const;
  const RateNetwork& network() const { return point_.network; }

  /// Decay rates and modes at phases k·a_α, radians: one column for each wave vector (n, K). Of networks with more than
  /// 600 states the ten slowest; throws SparseLimit where they are beyond this machine.
  Spectrum spectrum(const Eigen::MatrixXd& phases) const;

  /// The reduction the model asks for: P, memberships χ, slow decay rates, gap, resolution.
  const Reduction& reduction() const { return analysis_.reduction; }
  /// A reduction to another number of coarse states. nullopt with diagnostics where P is out of range or splits a pair.
  std::optional<Reduction> reduce(int P, Diagnostics& diagnostics) const;
  /// Q, C and D of the reduced equation, Cartesian.
  const Coefficients& coefficients() const { return analysis_.reduction.coefficients; }

  const Eigen::MatrixXd& diffusion() const { return analysis_.transport.diffusion; }  ///< (m, m) exact, m²/s
  const Eigen::VectorXd& drift() const { return analysis_.transport.velocity; }       ///< (m), m/s

  /// A solve block as `rdd run` solves it, its kernel compiled in memory. nullopt with diagnostics. Throws OutputError
  /// where the options name an output that cannot be written, std::invalid_argument for options of the wrong size.
  std::optional<Simulation> simulation(const std::string& solve, const SimulationOptions& options,
                                       Diagnostics& diagnostics) const;

 private:
  Model model_;
  Point point_;
  Analysis analysis_;
};

/// From a model to its analysis. nullopt with diagnostics: a rate that is negative at these settings, a network in
/// pieces, a setting that names no parameter, …
std::optional<Study> study(const Model& model, const std::vector<Setting>& settings, Diagnostics& diagnostics);

}  // namespace rdd
