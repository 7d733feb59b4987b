// The XDMF description of an HDF5 file of fields over time, for ParaView and VisIt.
#pragma once

#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"

namespace rdd {

/// XDMF version 3: a temporal collection of one regular mesh, with a cell-centred attribute for each component, a slab
/// of /xdmf/<index> in `hdf5_name` (a name in the same folder; that path because readers stumble over names beyond
/// ASCII). One- and two-dimensional grids become boxes one cell thick, as thick as a cell is long along x: readers turn
/// a mesh declared as two-dimensional into the y-z plane.
std::string xdmf(const std::string& hdf5_name, const std::vector<std::string>& components, const Grid& grid,
                 const std::vector<double>& times);

}  // namespace rdd
