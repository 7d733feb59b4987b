// Two questions about the periodic graph. Which states can reach each other? Tarjan's strongly connected components of
// the graph of one cell, without recursion, so that long chains of states do not overflow the stack. And where can
// motion go? The displacements of all cycles form a lattice: its basis is kept in echelon form while the cycles are
// found, one for each hop off a spanning tree.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include "runtime/expects.hpp"
#include "runtime/network/rate_network.hpp"

namespace rdd {
namespace {

using Integer = std::int64_t;
using Vector = std::array<Integer, 3>;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

/// The index of each state's component. Every component is numbered after those it leads to.
std::vector<int> components(int states, const std::vector<std::vector<int>>& next, int& count) {
  constexpr int unseen = -1;
  std::vector<int> number(at(states), unseen), low(at(states), 0), component(at(states), unseen), stack;
  std::vector<std::pair<int, std::size_t>> calls;  // a state and how many of its neighbours are done
  int seen = 0;
  count = 0;
  for (int root = 0; root < states; ++root) {
    if (number[at(root)] != unseen) continue;
    calls.emplace_back(root, 0);
    while (!calls.empty()) {
      const int state = calls.back().first;
      if (calls.back().second == 0) {
        number[at(state)] = low[at(state)] = seen++;
        stack.push_back(state);
      }
      if (calls.back().second < next[at(state)].size()) {
        const int neighbour = next[at(state)][calls.back().second++];
        if (number[at(neighbour)] == unseen) {
          calls.emplace_back(neighbour, 0);
        } else if (component[at(neighbour)] == unseen) {
          low[at(state)] = std::min(low[at(state)], number[at(neighbour)]);
        }
        continue;
      }
      if (low[at(state)] == number[at(state)]) {
        int member = unseen;
        do {
          member = stack.back();
          stack.pop_back();
          component[at(member)] = count;
        } while (member != state);
        ++count;
      }
      calls.pop_back();
      if (!calls.empty()) {
        const int parent = calls.back().first;
        low[at(parent)] = std::min(low[at(parent)], low[at(state)]);
      }
    }
  }
  return component;
}

/// A lattice of integer vectors by a basis in echelon form: basis[a] starts with a zeros and has a positive pivot at a,
/// or is all zero.
struct IntegerLattice {
  std::array<Vector, 3> basis{};

  void insert(Vector v) {
    for (std::size_t a = 0; a < 3; ++a) {
      while (v[a] != 0) {  // Euclid's algorithm on the leading entries
        const Integer quotient = basis[a][a] / v[a];
        for (std::size_t b = a; b < 3; ++b) basis[a][b] -= quotient * v[b];
        std::swap(basis[a], v);
      }
      if (basis[a][a] < 0) {
        for (Integer& entry : basis[a]) entry = -entry;
      }
    }
  }
};

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

bool is_zero(const Vector& v) {
  return v == Vector{};
}

/// A primitive vector h of the first n dimensions with h·t = 0 for every t of the lattice, if there is one.
std::optional<Vector> normal(const IntegerLattice& lattice, int dimension) {
  std::vector<Vector> span;
  for (const Vector& v : lattice.basis) {
    if (!is_zero(v)) span.push_back(v);
  }
  if (static_cast<int>(span.size()) >= dimension) return std::nullopt;
  for (int axis = dimension; axis < 3; ++axis) {  // h has no component along axes that do not exist
    Vector unit{};
    unit[at(axis)] = 1;
    span.push_back(unit);
  }
  for (int axis = dimension - 1; span.size() < 2 && axis >= 0; --axis) {  // any further vector will do
    Vector unit{};
    unit[at(axis)] = 1;
    if (span.empty() || !is_zero(cross(span[0], unit))) span.push_back(unit);
  }
  const Vector h = cross(span[0], span[1]);
  const Integer divisor = std::gcd(std::gcd(h[0], h[1]), h[2]);
  const Integer leading = h[0] != 0 ? h[0] : h[1] != 0 ? h[1] : h[2];
  const Integer scale = leading < 0 ? -divisor : divisor;
  return Vector{h[0] / scale, h[1] / scale, h[2] / scale};
}

/// The lattice of the displacements of all cycles inside the components.
IntegerLattice cycle_lattice(int states, const std::vector<Hop>& hops, const std::vector<int>& component) {
  std::vector<std::vector<std::size_t>> touching(at(states));
  for (std::size_t h = 0; h < hops.size(); ++h) {
    if (component[at(hops[h].from)] != component[at(hops[h].to)]) continue;
    touching[at(hops[h].from)].push_back(h);
    touching[at(hops[h].to)].push_back(h);
  }
  std::vector<char> placed(at(states), 0);
  std::vector<Vector> place(at(states), Vector{});  // displacement along the tree from its root
  IntegerLattice lattice;
  std::vector<int> open;
  for (int root = 0; root < states; ++root) {
    if (placed[at(root)]) continue;
    placed[at(root)] = 1;
    open.push_back(root);
    while (!open.empty()) {
      const int state = open.back();
      open.pop_back();
      for (const std::size_t h : touching[at(state)]) {
        const Hop& hop = hops[h];
        const bool forward = hop.from == state;
        const int other = forward ? hop.to : hop.from;
        Vector target = place[at(state)];
        for (std::size_t a = 0; a < 3; ++a) target[a] += forward ? hop.cell[a] : -hop.cell[a];
        if (!placed[at(other)]) {
          placed[at(other)] = 1;
          place[at(other)] = target;
          open.push_back(other);
        } else {
          for (std::size_t a = 0; a < 3; ++a) target[a] -= place[at(other)][a];
          if (!is_zero(target)) lattice.insert(target);
        }
      }
    }
  }
  return lattice;
}

}  // namespace

Connectivity connectivity(int states, int dimension, const std::vector<Hop>& hops) {
  expects(dimension >= 1 && dimension <= 3, "one to three dimensions");
  std::vector<std::vector<int>> next(at(states));
  for (const Hop& hop : hops) {
    expects(hop.from >= 0 && hop.from < states && hop.to >= 0 && hop.to < states, "hops between known states");
    next[at(hop.from)].push_back(hop.to);
  }
  int count = 0;
  const std::vector<int> component = components(states, next, count);

  Connectivity result;
  std::vector<int> piece_of(at(count), -1);
  for (int state = 0; state < states; ++state) {
    int& piece = piece_of[at(component[at(state)])];
    if (piece < 0) {
      piece = static_cast<int>(result.pieces.size());
      result.pieces.emplace_back();
    }
    result.pieces[at(piece)].push_back(state);
  }

  std::vector<char> leaks(at(count), 0);
  for (const Hop& hop : hops) {
    if (component[at(hop.from)] != component[at(hop.to)]) leaks[at(component[at(hop.from)])] = 1;
  }
  std::vector<int> transient;
  for (int state = 0; state < states; ++state) {
    if (leaks[at(component[at(state)])]) transient.push_back(state);
  }
  if (!transient.empty()) result.transient = transient;

  const IntegerLattice lattice = cycle_lattice(states, hops, component);
  result.frozen = normal(lattice, dimension);
  for (int axis = 0; axis < dimension; ++axis) {
    const Integer pivot = lattice.basis[at(axis)][at(axis)], most = std::numeric_limits<Integer>::max();
    Integer& index = result.sublattice_index;
    index = pivot > 0 && index > most / pivot ? most : index * pivot;
  }
  return result;
}

}  // namespace rdd
