// Kinetic transition networks of PATHSAMPLE: min.data lists minima, ts.data the saddles between them.
//
//     min.data   E  logdet  order  Ix Iy Iz                 one minimum a line
//     ts.data    E  logdet  order  min1 min2  Ix Iy Iz      one saddle a line, minima counted from 1
//
// logdet is the log of the product of the squared angular frequencies, order that of the point group:
//
//     k_ij = order_i / (2π order_ts) exp((logdet_i − logdet_ts)/2) exp(−(E_ts − E_i)/kT)
//
// The files know no lattice. A table of translations may say by how many cells the second minimum of a saddle is
// displaced against the first.
#pragma once

#include <optional>

#include "compiler/import/given.hpp"

namespace rdd::importing {

/// `translations` may be null: then nothing moves, which is said in a warning and in the description. It is a table with
/// the number of the saddle (from 1, column 1, or the one called `saddle` or `ts`) and tx, ty, … ; a saddle with several
/// rows leads several ways. nullopt with diagnostics at the lines of the files.
std::optional<NetworkDescription> read_pathsample(const SourcePtr& minima, const SourcePtr& saddles,
                                                  const SourcePtr& translations, const Given& given,
                                                  Diagnostics& diagnostics);

}  // namespace rdd::importing
