#include "compiler/import/network_symmetry.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace rdd::importing {
namespace {

using Vector = std::array<double, 3>;
using Key = std::tuple<int, int, Cell>;

constexpr double same_place = 1e-3;  // of a primitive vector, as in the language
constexpr std::size_t most_states = 200;
constexpr std::size_t most_jumps = 20'000;

Vector image(const SpaceOperation& o, const Vector& f) {
  Vector result = o.translation;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) result[i] += o.rotation[i][j] * f[j];
  return result;
}

bool whole(double x) {
  return std::abs(x - std::round(x)) < same_place;
}

Cell negated(const Cell& cell) {
  return {-cell[0], -cell[1], -cell[2]};
}

using Index = std::map<Key, std::size_t>;

Index index_of(const NetworkDescription& network) {
  Index index;
  for (std::size_t j = 0; j < network.jumps.size(); ++j)
    index[{network.jumps[j].from, network.jumps[j].to, network.jumps[j].cell}] = j;
  return index;
}

// The jump that an operation makes of this one; it may be the reverse of the one that is found.
std::optional<std::size_t> image_of(const Index& index, const StateMap& map, const Jump& jump) {
  const auto from = static_cast<std::size_t>(jump.from), to = static_cast<std::size_t>(jump.to);
  Cell cell{};
  for (std::size_t i = 0; i < 3; ++i) {
    cell[i] = map.shift[to][i] - map.shift[from][i];
    for (std::size_t j = 0; j < 3; ++j) cell[i] += map.operation.rotation[i][j] * jump.cell[j];
  }
  if (const auto there = index.find({map.image[from], map.image[to], cell}); there != index.end()) return there->second;
  if (!jump.reversible) return std::nullopt;
  const auto back = index.find({map.image[to], map.image[from], negated(cell)});
  return back == index.end() ? std::nullopt : std::optional(back->second);
}

class Finder {
 public:
  explicit Finder(const NetworkDescription& network) : network_(network), n_(static_cast<std::size_t>(network.dimension)) {}

  std::optional<NetworkSymmetry> run() {
    if (network_.states.size() > most_states || network_.jumps.size() > most_jumps) return std::nullopt;
    if (!readable() || !told_apart()) return std::nullopt;
    index_ = index_of(network_);
    NetworkSymmetry symmetry;
    const SpaceGroup group = space_group(sites(), same_place);
    for (const SpaceOperation& operation : group.operations) {
      auto map = states_under(operation);
      if (!map) continue;  // it turns a state's axis into none
      if (keeps_jumps(*map))
        symmetry.maps.push_back(std::move(*map));
      else
        symmetry.whole = false;
    }
    if (symmetry.maps.size() < 2) return std::nullopt;
    return symmetry;
  }

 private:
  bool readable() {
    vectors_ = Eigen::MatrixXd::Zero(3, network_.dimension);
    double lengths = 1;
    for (Eigen::Index a = 0; a < vectors_.cols(); ++a) {
      for (Eigen::Index c = 0; c < 3; ++c)
        vectors_(c, a) = network_.vectors[static_cast<std::size_t>(a)][static_cast<std::size_t>(c)];
      lengths *= vectors_.col(a).squaredNorm();
    }
    const Eigen::MatrixXd metric = vectors_.transpose() * vectors_;
    if (!(metric.determinant() > 1e-12 * lengths) || !std::isfinite(lengths)) return false;
    inverse_ = metric.inverse() * vectors_.transpose();
    return std::ranges::all_of(network_.states, [&](const State& state) {
      return state.position && std::ranges::all_of(*state.position, [](double f) { return std::abs(f) < 1e6; });
    });
  }

  static bool alike(const State& a, const State& b) {
    return a.energy == b.energy && a.entropy == b.entropy && a.degeneracy == b.degeneracy &&
           a.axis.has_value() == b.axis.has_value();
  }

  static bool same_axis(const std::optional<Vector>& a, const std::optional<Vector>& b) {
    if (!a || !b) return !a && !b;
    const Eigen::Map<const Eigen::Vector3d> u(a->data()), v(b->data());
    return std::abs(u.dot(v)) > (1 - 0.5 * same_place * same_place) * u.norm() * v.norm();
  }

  bool same_site(const State& state, const Vector& f) const {
    for (std::size_t a = 0; a < n_; ++a)
      if (!whole((*state.position)[a] - f[a])) return false;
    return true;
  }

  // The state like this one at the place with the axis; -1 if there is none.
  int find(const State& like, const Vector& f, const std::optional<Vector>& axis) const {
    for (std::size_t s = 0; s < network_.states.size(); ++s) {
      const State& state = network_.states[s];
      if (alike(state, like) && same_site(state, f) && same_axis(state.axis, axis)) return static_cast<int>(s);
    }
    return -1;
  }

  bool told_apart() const {
    for (std::size_t s = 0; s < network_.states.size(); ++s) {
      const State& state = network_.states[s];
      if (find(state, *state.position, state.axis) != static_cast<int>(s)) return false;
    }
    return true;
  }

  // Several states at one place are one site: its kind is the set of theirs.
  DecoratedLattice sites() const {
    DecoratedLattice lattice{.dimension = network_.dimension, .vectors = network_.vectors, .positions = {}, .kinds = {}};
    std::vector<const State*> kinds;
    std::map<std::vector<std::size_t>, int> sets;
    std::vector<bool> taken(network_.states.size(), false);
    for (std::size_t s = 0; s < network_.states.size(); ++s) {
      if (taken[s]) continue;
      std::vector<std::size_t> set;
      for (std::size_t other = s; other < network_.states.size(); ++other) {
        const State& state = network_.states[other];
        if (taken[other] || !same_site(state, *network_.states[s].position)) continue;
        taken[other] = true;
        const auto kind = std::ranges::find_if(kinds, [&](const State* known) { return alike(*known, state); });
        set.push_back(static_cast<std::size_t>(kind - kinds.begin()));
        if (kind == kinds.end()) kinds.push_back(&state);
      }
      std::ranges::sort(set);
      lattice.kinds.push_back(sets.try_emplace(set, static_cast<int>(sets.size()) + 1).first->second);
      lattice.positions.push_back(*network_.states[s].position);
    }
    return lattice;
  }

  std::optional<Vector> turned(const SpaceOperation& o, const std::optional<Vector>& axis) const {
    if (!axis) return std::nullopt;
    const Eigen::Map<const Eigen::Vector3d> given(axis->data());
    const Eigen::VectorXd along = inverse_ * given;
    Eigen::VectorXd rotated = Eigen::VectorXd::Zero(along.size());
    for (Eigen::Index a = 0; a < along.size(); ++a)
      for (Eigen::Index b = 0; b < along.size(); ++b)
        rotated(a) += o.rotation[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] * along(b);
    const Eigen::Vector3d result = given + vectors_ * (rotated - along);
    return Vector{result(0), result(1), result(2)};
  }

  std::optional<StateMap> states_under(const SpaceOperation& operation) const {
    StateMap map{operation, {}, {}};
    for (const State& state : network_.states) {
      const Vector f = image(operation, *state.position);
      const int target = find(state, f, turned(operation, state.axis));
      if (target < 0) return std::nullopt;
      Cell cell{};
      for (std::size_t a = 0; a < n_; ++a)
        cell[a] = static_cast<int>(std::lround(f[a] - (*network_.states[static_cast<std::size_t>(target)].position)[a]));
      map.image.push_back(target);
      map.shift.push_back(cell);
    }
    return map;
  }

  bool keeps_jumps(const StateMap& map) const {
    return std::ranges::all_of(network_.jumps, [&](const Jump& jump) {
      const auto found = image_of(index_, map, jump);
      return found && equal(jump, network_.jumps[*found]);
    });
  }

  bool equal(const Jump& a, const Jump& b) const {
    if (a.reversible != b.reversible || a.laws.size() != b.laws.size()) return false;
    std::vector<bool> taken(b.laws.size(), false);
    for (const Law& law : a.laws) {
      const auto form = saddle_form(network_, a.from, law);
      std::size_t match = 0;
      for (; match < b.laws.size(); ++match) {
        const Law& other = b.laws[match];
        if (taken[match] || other.kind != law.kind) continue;
        if (law == other) break;
        const auto theirs = saddle_form(network_, b.from, other);
        if (a.reversible && form && theirs && std::abs(form->energy - theirs->energy) <= 1e-12 * std::abs(form->energy) &&
            std::abs(form->prefactor - theirs->prefactor) <= 1e-12 * form->prefactor)
          break;
      }
      if (match == b.laws.size()) return false;
      taken[match] = true;
    }
    return true;
  }

  const NetworkDescription& network_;
  std::size_t n_;
  Eigen::MatrixXd vectors_, inverse_;
  Index index_;
};

// The least member of each one's set.
class Sets {
 public:
  explicit Sets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t least(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t i, std::size_t j) {
    i = least(i);
    j = least(j);
    parent_[std::max(i, j)] = std::min(i, j);
  }

 private:
  std::vector<std::size_t> parent_;
};

SpaceOperation product(const SpaceOperation& b, const SpaceOperation& a) {
  SpaceOperation result;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      result.rotation[i][j] = 0;
      for (std::size_t k = 0; k < 3; ++k) result.rotation[i][j] += b.rotation[i][k] * a.rotation[k][j];
    }
  result.translation = image(b, a.translation);
  return result;
}

bool same(const SpaceOperation& a, const SpaceOperation& b) {
  if (a.rotation != b.rotation) return false;
  for (std::size_t i = 0; i < 3; ++i)
    if (!whole(a.translation[i] - b.translation[i])) return false;
  return true;
}

}  // namespace

std::optional<NetworkSymmetry> network_symmetry(const NetworkDescription& network) {
  return Finder(network).run();
}

NetworkSymmetry point_part(const NetworkSymmetry& symmetry) {
  NetworkSymmetry result;
  result.whole = symmetry.whole;
  for (const StateMap& map : symmetry.maps) {
    if (std::ranges::all_of(map.operation.translation, whole))
      result.maps.push_back(map);
    else
      result.whole = false;
  }
  return result;
}

std::vector<int> state_orbits(const NetworkDescription& network, const NetworkSymmetry& symmetry) {
  Sets sets(network.states.size());
  for (const StateMap& map : symmetry.maps)
    for (std::size_t s = 0; s < map.image.size(); ++s) sets.join(s, static_cast<std::size_t>(map.image[s]));
  std::vector<int> least;
  for (std::size_t s = 0; s < network.states.size(); ++s) least.push_back(static_cast<int>(sets.least(s)));
  return least;
}

std::vector<int> jump_representatives(const NetworkDescription& network, const NetworkSymmetry& symmetry) {
  const Index index = index_of(network);
  Sets sets(network.jumps.size());
  for (const StateMap& map : symmetry.maps)
    for (std::size_t j = 0; j < network.jumps.size(); ++j)
      if (const auto other = image_of(index, map, network.jumps[j])) sets.join(j, *other);

  const std::vector<int> orbit = state_orbits(network, symmetry);
  const auto preference = [&](std::size_t j) {
    const Jump& jump = network.jumps[j];
    int far = 0, down = 0;
    for (const int c : jump.cell) {
      far += std::abs(c);
      down += c < 0;
    }
    const auto least = [&](int s) { return orbit[static_cast<std::size_t>(s)] == s; };
    return std::tuple(!least(jump.from), !least(jump.to), far, down, jump.from, jump.to, negated(jump.cell));
  };
  std::map<std::size_t, std::size_t> chosen;  // of each orbit
  for (std::size_t j = 0; j < network.jumps.size(); ++j) {
    const auto [best, fresh] = chosen.try_emplace(sets.least(j), j);
    if (!fresh && preference(j) < preference(best->second)) best->second = j;
  }
  std::vector<int> result;
  for (const auto& [first, best] : chosen) result.push_back(static_cast<int>(best));
  return result;
}

std::vector<SpaceOperation> generators(const NetworkSymmetry& symmetry) {
  std::vector<SpaceOperation> chosen, reached{{}};
  const auto known = [&](const SpaceOperation& o) {
    return std::ranges::any_of(reached, [&](const SpaceOperation& other) { return same(o, other); });
  };
  for (const StateMap& map : symmetry.maps) {
    if (known(map.operation)) continue;
    chosen.push_back(map.operation);
    for (std::size_t i = 0; i < reached.size() && reached.size() <= symmetry.maps.size(); ++i)
      for (const SpaceOperation& generator : chosen)
        if (const SpaceOperation next = product(generator, reached[i]); !known(next)) reached.push_back(next);
  }
  return chosen;
}

}  // namespace rdd::importing
