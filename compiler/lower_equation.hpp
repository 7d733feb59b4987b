// A solve block and reduced equations -> Equation: sources, sinks, reactions and walls in terms of coarse densities.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/kernels/equation.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "runtime/network/rate_network.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/reduction/reduction.hpp"

namespace rdd {

/// What a defect feels at a place: the model's own where nothing stands.
struct FieldValues {
  std::optional<double> temperature = {};               ///< K
  std::array<std::optional<double>, 3> force = {};      ///< N
  std::vector<std::pair<int, double>> parameters = {};  ///< of the model, by their numbers; others follow from them
};

/// One kind of defect in a solve: that of the model itself, or of one of its species.
struct Defect {
  std::string name;  ///< of the species; empty for the model's own
  const RateNetwork& network;
  const Reduction& reduction;
  const ContinuumPde& pde;
  /// Its network elsewhere; nullopt with diagnostics.
  std::function<std::optional<RateNetwork>(const FieldValues&, Diagnostics&)> network_at = {};
  bool thermal = false;  ///< do its rates know the temperature?

  /// Does it feel a component of the force, or the temperature (−1)? Species have forces of their own.
  bool feels(int force) const { return force < 0 ? thermal : name.empty(); }
};

/// The equations of several defects side by side, without anything between them yet. Names of coarse states and of
/// states are those of their defects, "i.coarse[0]". All have the dimension of the first.
ContinuumPde together(std::span<const Defect> defects);

/// What a density of a solve block is in terms of the coarse densities ρ of all defects.
class DensityMap {
 public:
  explicit DensityMap(std::span<const Defect> defects);

  int components() const { return static_cast<int>(total_); }
  int defect(const Density& density) const { return density.species + 1; }

  /// (P) m with density = m·ρ: the share of a state on the slow manifold, a coarse state, the sum of all.
  Eigen::VectorXd measured(const Density& density) const;
  /// (P) how one unit of it is shared between the coarse states; of `all`, as in equilibrium.
  Eigen::VectorXd made(const Density& density) const;

 private:
  std::span<const Defect> defects_;
  std::vector<Eigen::Index> first_;  // coarse density of each defect
  Eigen::Index total_ = 0;
};

/// A coarse state that its defect does not have is a diagnostic; nullopt with diagnostics. First-order losses that are
/// the same everywhere and always become part of the reaction matrix.
std::optional<Equation> lower_equation(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, Diagnostics& diagnostics);

/// A diagnostic, and false, for a coarse state that there is not.
bool coarse_state_exists(const Density& density, std::span<const Defect> defects, Diagnostics& diagnostics);

}  // namespace rdd
