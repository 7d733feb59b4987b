// A crystal with the sites of something that hops and its jump network, as OnsagerCalc and its like describe it: sites
// and jumps in classes of equals, a prefactor and an energy for each class.
//
//     rate(i -> j) = prefactor_jump/prefactor_i exp(−(energy_jump − energy_i)/kT),   π_i ~ prefactor_i exp(−energy_i/kT)
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compiler/import/given.hpp"

namespace rdd::importing {

struct CrystalJump {
  std::size_t kind = 0;  ///< class of jumps
  int from = 0;
  int to = 0;
  std::array<double, 3> displacement{};  ///< Cartesian
  Span where;
};

struct Crystal {
  int dimension = 0;
  std::vector<std::array<double, 3>> vectors;  ///< primitive, in Cartesian coordinates of the same dimension
  std::vector<std::array<double, 3>> sites;    ///< fractions
  std::vector<std::vector<int>> classes;       ///< sites of each class
  std::vector<double> prefactors, energies;    ///< of each class of sites
  std::vector<double> jump_prefactors, jump_energies;  ///< of each class of jumps
  std::vector<CrystalJump> jumps;
  std::vector<std::array<double, 3>> hosts;  ///< fractions of the atoms that stay: they tell what to call a site
  std::string species;                       ///< of what hops; may be empty
  Span where;
};

/// The crystal as a network, with its name and origin still to be said. nullopt with diagnostics where classes do not
/// cover the sites, numbers are missing, or a jump does not lead from site to site.
std::optional<NetworkDescription> describe(const Crystal& crystal, const Given& given, Diagnostics& diagnostics);

}  // namespace rdd::importing
