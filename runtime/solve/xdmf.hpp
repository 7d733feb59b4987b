// The XDMF description of a file of fields over time, for ParaView and VisIt.
#pragma once

#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/output.hpp"

namespace rdd {

/// XDMF version 3: a temporal collection of one regular mesh, with a cell-centred attribute for each component, which
/// is in the results file of the same folder. `grid` is that of the fields in the file. One- and two-dimensional grids
/// become boxes one cell thick, as thick as a cell is long along x: readers turn a mesh declared as two-dimensional
/// into the y-z plane.
std::string xdmf(const OutputSpec& spec, const Grid& grid, const std::vector<double>& times);

/// A text as XML has it.
std::string xml_escaped(const std::string& text);

}  // namespace rdd
