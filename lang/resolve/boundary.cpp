// `boundary`: what each side is to all densities, and what it prescribes for some.
#include <fmt/format.h>

#include <algorithm>

#include "lang/nearest.hpp"
#include "lang/resolve/solve.hpp"

namespace rdd::resolving {

namespace {

using Kind = BoundaryValue::Kind;

struct Wall {
  std::size_t axis, end;
};

std::string name(const Wall& wall) {
  return fmt::format("{}.{}", "xyz"[wall.axis], wall.end == 0 ? "low" : "high");
}

/// What a wall was said to be.
struct Declared {
  Side side;
  int rank;  ///< 0: all walls, 1: both of an axis, 2: this one; the higher one counts
  Span span;
};

class BoundaryReader {
 public:
  explicit BoundaryReader(SolveParts& parts)
      : parts_(parts),
        field_{.axes = static_cast<int>(parts.axes()), .volume = parts.volume, .time = true, .densities = nullptr} {}

  void read(const ast::Boundaries& node) {
    Span& span = parts_.block.boundary_span;
    if (!span) span = parts_.span(node.place);
    for (const ast::Boundary& boundary : node.sides) {
      const auto walls = walls_of(boundary);
      if (!walls) continue;
      const auto side = plain(boundary);
      if (side && boundary.values.empty()) {
        for (const Wall& wall : *walls) {
          if (!declare(*side, boundary, wall)) break;
        }
      } else {
        prescribe(boundary, *walls);
      }
    }
  }

  /// What the sides are to densities that nothing is prescribed for.
  void settle() {
    const std::size_t axes = parts_.context.lattice_failed ? 0 : parts_.axes();
    for (std::size_t axis = 0; axis < axes; ++axis) {
      auto& sides = parts_.block.sides[axis];
      bool good = true;
      for (std::size_t end = 0; end < 2; ++end) {
        const auto& given = parts_.block.given[axis][end];
        const auto& declared = declared_[axis][end];
        sides[end] = declared ? declared->side : given.empty() ? Side::periodic : Side::reflecting;
        if (given.empty() || sides[end] != Side::periodic) continue;
        good = false;
        parts_.context.diagnostics
            .add(Code::BadEntry, given.front().span,
                 fmt::format("{} is periodic: it is no wall on which something could be prescribed", name({axis, end})))
            .note(declared->span, "declared here");
      }
      if (!good || (sides[0] == Side::periodic) == (sides[1] == Side::periodic)) continue;
      parts_.context.diagnostics
          .add(Code::BadEntry, parts_.block.boundary_span,
               fmt::format("the axis `{}` is periodic at one end only", "xyz"[axis]))
          .hint("a periodic axis is so at both ends; say what the other end does");
    }
  }

 private:
  static const std::vector<std::string>& kinds() {
    static const std::vector<std::string> all{"periodic", "absorbing", "reflecting", "value", "flux"};
    return all;
  }

  static std::optional<Side> plain(const ast::Boundary& boundary) {
    const auto found = std::find(kinds().begin(), kinds().end(), boundary.kind.text) - kinds().begin();
    return found < 3 ? std::optional(static_cast<Side>(found)) : std::nullopt;
  }

  Diagnostic& report(ast::Place place, std::string message) {
    return parts_.context.diagnostics.add(Code::BadEntry, parts_.span(place), std::move(message));
  }

  /// The walls an entry speaks of; nullopt with a diagnostic.
  std::optional<std::vector<Wall>> walls_of(const ast::Boundary& boundary) {
    const bool shapeless = parts_.context.lattice_failed;
    const std::size_t axes = shapeless ? 3 : parts_.axes();
    std::size_t first = 0, last = axes;
    if (std::find(kinds().begin(), kinds().end(), boundary.kind.text) == kinds().end()) {
      Diagnostic& d = report(boundary.kind.place,
                             fmt::format("`{}` is no boundary; it is one of {}", boundary.kind.text, choices(kinds())));
      if (const auto guess = nearest(boundary.kind.text, kinds())) d.hint(fmt::format("did you mean `{}`?", *guess));
      return std::nullopt;
    }
    if (boundary.axis) {
      const std::string& axis = boundary.axis->text;
      first = axis.size() == 1 ? static_cast<std::size_t>(axis[0]) - 'x' : 3;
      if (first >= axes) {
        report(boundary.axis->place, fmt::format("there is no axis `{}`: the domain has {}", axis,
                                                 std::string("x, y, z").substr(0, 3 * axes - 2)));
        return std::nullopt;
      }
      last = first + 1;
    }
    const std::string end = boundary.side ? boundary.side->text : "";
    if (boundary.side && end != "low" && end != "high") {
      report(boundary.side->place, fmt::format("`{}` is no side of an axis; it is `low` or `high`", end));
      return std::nullopt;
    }
    std::vector<Wall> result;
    for (std::size_t axis = first; axis < last; ++axis) {
      if (end != "high") result.push_back({axis, 0});
      if (end != "low") result.push_back({axis, 1});
    }
    return result;
  }

  /// False with a diagnostic where something else was said before.
  bool declare(Side side, const ast::Boundary& boundary, const Wall& wall) {
    std::optional<Declared>& before = declared_[wall.axis][wall.end];
    const int rank = boundary.side ? 2 : boundary.axis ? 1 : 0;
    if (!before || before->rank < rank) {
      before = {side, rank, parts_.span(boundary.place)};
    } else if (before->rank == rank) {
      parts_.context.diagnostics
          .add(Code::DuplicateEntry, parts_.span(boundary.place),
               fmt::format("it is said twice what {} is", name(wall)))
          .note(before->span, "first here");
      return false;
    }
    return true;
  }

  /// `value(…)`, `flux(…)` and `absorbing(…)`, each density on each of the walls.
  void prescribe(const ast::Boundary& boundary, const std::vector<Wall>& walls) {
    const std::string& word = boundary.kind.text;
    if (word == "periodic" || word == "reflecting") {
      report(boundary.kind.place, fmt::format("`{}` takes no values", word));
      return;
    }
    if (boundary.values.empty()) {
      report(boundary.kind.place, fmt::format("`{}` needs a density and its value", word))
          .hint(word == "value" ? "such as `value(coarse[0] = 1e-3 /nm^2)`" : "such as `flux(X = 2 /nm/s)`");
      return;
    }
    if (parts_.context.lattice_failed) return;
    const Kind kind = word == "value" ? Kind::value : word == "flux" ? Kind::flux : Kind::surface;
    for (const ast::Prescription& node : boundary.values) {
      const auto value = prescription(node, kind);
      if (!value) continue;
      for (const Wall& wall : walls) {
        if (!add(*value, wall, node.density ? node.density->place : node.place)) break;
      }
    }
  }

  std::optional<BoundaryValue> prescription(const ast::Prescription& node, Kind kind) {
    BoundaryValue result{.kind = kind, .density = {}, .value = {}, .span = parts_.span(node.place)};
    result.density.span = result.span;
    if (node.density) {
      const auto whose = parts_.densities.find(*node.density, parts_.env());
      if (!whose) return std::nullopt;
      result.density = *whose;
    } else if (kind != Kind::surface) {
      const char* const word = kind == Kind::value ? "value" : "flux";
      report(node.place, fmt::format("whose {} is this?", word))
          .hint(fmt::format("name the density: `{}(all = …)`, `{}(coarse[0] = …)`", word, word));
      return std::nullopt;
    }
    if (kind == Kind::value && result.density.kind == Density::Kind::state) {
      const std::string prefix =
          result.density.species < 0
              ? ""
              : parts_.block.species[static_cast<std::size_t>(result.density.species)].name + ".";
      report(node.density->place,
             "a wall cannot hold the density of one state: states exchange so fast that only the densities of coarse "
             "states are free")
          .hint(fmt::format("hold that of a coarse state, `{0}coarse[0]`, or the sum, `{0}all`, which is shared as in "
                            "equilibrium",
                            prefix));
      return std::nullopt;
    }
    Env env = parts_.env();
    env.field = &field_;
    const int n = static_cast<int>(parts_.axes());
    const Dimension dimension = kind == Kind::value  ? parts_.density()
                                : kind == Kind::flux ? parts_.length_to(1 - n) * dimension::rate()
                                                     : dimension::length() * dimension::rate();
    const char* const what = kind == Kind::value  ? "the density on a wall"
                             : kind == Kind::flux ? "the flux through a wall"
                                                  : "the velocity at which a wall absorbs";
    result.value = Expressions(parts_.context).quantity(node.value, env, dimension, what);
    return result.value ? std::optional(std::move(result)) : std::nullopt;
  }

  static bool contradict(const BoundaryValue& a, const BoundaryValue& b) {
    const Density &x = a.density, &y = b.density;
    const bool same = x.kind == y.kind && x.index == y.index;
    const bool overlap =
        x.species == y.species && (same || x.kind == Density::Kind::all || y.kind == Density::Kind::all);
    if (a.kind == Kind::value || b.kind == Kind::value || (a.kind == Kind::surface && b.kind == Kind::surface))
      return overlap;
    return a.kind == b.kind && x.species == y.species && same;
  }

  /// False with a diagnostic where another prescription contradicts it.
  bool add(const BoundaryValue& value, const Wall& wall, ast::Place place) {
    std::vector<BoundaryValue>& given = parts_.block.given[wall.axis][wall.end];
    const auto other = std::find_if(given.begin(), given.end(),
                                    [&](const BoundaryValue& before) { return contradict(before, value); });
    if (other == given.end()) {
      given.push_back(value);
      return true;
    }
    parts_.context.diagnostics
        .add(Code::DuplicateEntry, parts_.span(place),
             fmt::format("two things are prescribed for `{}` at {}", parts_.densities.name(value.density), name(wall)))
        .note(other->span, "the first");
    return false;
  }

  SolveParts& parts_;
  Field field_;
  std::array<std::array<std::optional<Declared>, 2>, 3> declared_{};
};

}  // namespace

void read_boundaries(SolveParts& parts, const std::vector<const ast::Boundaries*>& nodes) {
  BoundaryReader reader(parts);
  for (const ast::Boundaries* node : nodes) reader.read(*node);
  reader.settle();
}

}  // namespace rdd::resolving
