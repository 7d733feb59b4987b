// The YAML files of OnsagerCalc for interstitials and vacancies (github.com/DallasTrinkle/Onsager, folder bin): the
// crystal with its species, the sites of the one that moves in classes, and the jump network.
//
//     lattice_constant, lattice (rows are vectors), basis (sites of each species), chemistry (their names)
//     interstitial: number of the species that moves
//     sitelist, Energy, Prefactor          of each class of sites
//     jumpnetwork, EnergyT, PrefactorT     of each class of jumps: [[[i, j], [dx, dy, dz]], …]
//
// Elastic dipoles are not used. Tags such as !numpy.ndarray are allowed and ignored.
#pragma once

#include <optional>

#include "compiler/import/given.hpp"

namespace rdd::importing {

/// nullopt with diagnostics at the lines of the file.
std::optional<NetworkDescription> read_onsager(const SourcePtr& source, const Given& given, Diagnostics& diagnostics);

}  // namespace rdd::importing
