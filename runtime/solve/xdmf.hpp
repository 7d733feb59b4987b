// The XDMF description of an HDF5 file of fields over time, for ParaView and VisIt.
#pragma once

#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"

namespace rdd {

/// XDMF version 3: a temporal collection of one regular mesh, 2DCoRectMesh or 3DCoRectMesh, with a cell-centred
/// attribute for each component, a slab of /fields/<component> in `hdf5_name` (a name in the same folder).
/// One-dimensional grids become meshes one cell high, as high as a cell is long.
std::string xdmf(const std::string& hdf5_name, const std::vector<std::string>& components, const Grid& grid,
                 const std::vector<double>& times);

}  // namespace rdd
