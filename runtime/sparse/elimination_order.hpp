// In which order to eliminate the unknowns of a sparse system, and what that will cost.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// Which states exchange rates, in either direction: neighbours of state s are next[start[s]] … next[start[s + 1]] − 1,
/// ascending, without s itself. Hops to other cells count like those within one.
struct StateGraph {
  std::vector<int> start, next;
  int size() const { return static_cast<int>(start.size()) - 1; }
};
StateGraph state_graph(int states, const std::vector<Hop>& hops);

/// Unknowns that are eliminated together: the columns [first, last) of the reordered matrix.
struct Supernode {
  int first = 0, last = 0;
  int parent = -1;        ///< the supernode its remainder is added to; -1: none
  std::vector<int> rows;  ///< positions of the entries below the diagonal block, ascending
  int columns() const { return last - first; }
};

/// The plan of a factorisation: it depends on where the entries are, not on their values.
struct EliminationPlan {
  std::vector<int> order;             ///< the state at each position
  std::vector<int> position;          ///< the position of each state
  std::vector<Supernode> supernodes;  ///< children before their parents
  std::int64_t entries = 0;           ///< of one triangular factor, diagonal blocks as squares
  std::int64_t peak_entries = 0;      ///< at the worst moment of a symmetric factorisation: factor and open remainders
  double operations = 0;              ///< multiplications and additions of a real, symmetric factorisation
  int size() const { return static_cast<int>(order.size()); }
};

/// Nested dissection by METIS, approximate minimum degree for few states; `last` is eliminated last. The same graph
/// always gives the same plan.
EliminationPlan plan_elimination(const StateGraph& graph, int last);

}  // namespace rdd
