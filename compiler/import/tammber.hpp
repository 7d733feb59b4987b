// TAMMBER's MarkovModel.xml: defects in a cubic crystal, one vertex for each kind of defect, one edge for each kind of
// hop (github.com/tomswinburne/tammber).
//
// A vertex has the operations of the cube's group that leave it as it is, so that it comes in as many orientations as
// there are cosets of them: those are the states. An edge stands for all its images under the 48 operations. Lengths are
// in angstrom, energies in eV, times in ps.
#pragma once

#include <optional>

#include "compiler/import/given.hpp"

namespace rdd::importing {

/// nullopt with diagnostics, at the elements of the file, where it is malformed or its displacements fit no lattice.
std::optional<NetworkDescription> read_tammber(const SourcePtr& source, const Given& given, Diagnostics& diagnostics);

}  // namespace rdd::importing
