// Networks in two plain tables, with headers:
//
//     states   name (or state), energy, entropy (in kB), degeneracy, weight, f1, f2, f3 (fractional position)
//     rates    from, to, t1, t2, t3 (or tx, ty, tz; cells), and rate, or prefactor with barrier or saddle; reversible
//
// Only from, to and a law are needed; the lattice comes from the command line. A header may name a unit, as in
// `energy [meV]`; energies and rates without one are in the units of the command line.
#pragma once

#include <optional>

#include "compiler/import/given.hpp"

namespace rdd::importing {

/// `states` may be null: then the states are those the rates name. `reversible` holds yes, true or 1 where a row stands for
/// its reverse, too. nullopt with diagnostics at the cells.
std::optional<NetworkDescription> read_tables(const SourcePtr& states, const SourcePtr& rates, const Given& given,
                                              Diagnostics& diagnostics);

}  // namespace rdd::importing
