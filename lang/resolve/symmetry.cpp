// symmetry: the group of a model, its states and its rates completed over orbits.
//
// An operation {W|t} takes the site f of a cell to W f + t (fractions of the primitive vectors), and a jump from site i
// to site j, R cells away, to the jump between their images. States first: an orbit is either declared whole or by one
// state whose images are then added. Rates when they are known: each declared jump brings its images along; where an
// image meets another declared jump the two must say the same.
//
// Named groups act about the origin and are written in Cartesian coordinates, matrices of a model's own in the basis of
// its primitive vectors. Only `auto` finds glides and screws by itself.
#include "lang/symmetry/space_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lang/library.hpp"
#include "lang/limits.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/expressions.hpp"
#include "lang/resolve/space_operations.hpp"

namespace rdd::resolving {

namespace {

constexpr double same_metric = 1e-4;  // relative: so are matrices
constexpr std::size_t largest_group = 1000;
constexpr int largest_entry = 100;  // of an operation's matrix; images of jumps then fit into integers

struct Operation {
  SpaceOperation space;
  Span span;  ///< where the operation, or what it follows from, is written
};

/// A state as symmetry sees it: a place in the cell, perhaps an axis, and which states are alike.
struct Site {
  Vector place{};              ///< fractions
  std::optional<Vector> axis;  ///< Cartesian, of length one; without head or tail
  int kind = 0;
  int root = 0;  ///< the declared state it is an image of
};

/// Sites by their place, wrapped into the cell.
class Places {
 public:
  void add(const Vector& f, int site) { bins_[bin(f)].push_back(site); }
  /// Calls `function` for the sites near f; those it is asked about may lie a little further away than `same_place`.
  template <class Function>
  void near(const Vector& f, Function&& function) const {
    const Key centre = bin(f);
    Key at{};
    for (int i = -1; i <= 1; ++i) {
      for (int j = -1; j <= 1; ++j) {
        for (int k = -1; k <= 1; ++k) {
          at = {turn(centre[0] + i), turn(centre[1] + j), turn(centre[2] + k)};
          const auto found = bins_.find(at);
          if (found == bins_.end()) continue;
          for (const int site : found->second) function(site);
        }
      }
    }
  }

 private:
  using Key = std::array<int, 3>;
  static constexpr int bins = 100;
  static int turn(int i) { return (i % bins + bins) % bins; }
  static Key bin(const Vector& f) {
    Key key{};
    for (std::size_t i = 0; i < 3; ++i) key[i] = turn(static_cast<int>(std::floor(bins * (f[i] - std::floor(f[i])))));
    return key;
  }
  std::map<Key, std::vector<int>> bins_;
};

class Symmetry {
 public:
  Symmetry(Context& context, const Item& item, const ast::Symmetry& node)
      : context_(context),
        item_(item),
        node_(node),
        span_(context.span(item, node.place)),
        basis_(context.model.lattice, context.defaults) {}

  void run() {
    if (basis_.flat() || !read_sites()) return;  // a flat lattice is reported when its numbers are looked at
    if (!read_operations() || !complete_states()) return;
    SymmetryMaps result;
    for (const Operation& operation : operations_) {
      StateMap map{operation.space.rotation, {}, {}};
      for (const Site& site : sites_) {
        const Vector f = image(operation.space, site.place);
        const int target = find(f, turned(operation.space, site.axis), site.kind);
        map.image.push_back(order_[static_cast<std::size_t>(target)]);
        map.shift.push_back(cell_of(f, sites_[static_cast<std::size_t>(target)].place));
      }
      StateMap sorted = map;  // by the states' final places in the model
      for (std::size_t s = 0; s < sites_.size(); ++s) {
        sorted.image[static_cast<std::size_t>(order_[s])] = map.image[s];
        sorted.shift[static_cast<std::size_t>(order_[s])] = map.shift[s];
      }
      result.maps.push_back(std::move(sorted));
    }
    result.representatives = std::move(representatives_);
    context_.symmetry = std::move(result);
    ModelSymmetry described{.name = name_, .operations = {}, .declared_states = declared_, .span = span_};
    for (const Operation& operation : operations_) described.operations.push_back(operation.space);
    context_.model.symmetry = std::move(described);
  }

 private:
  Diagnostic& report(Code code, const Span& where, std::string message) {
    return context_.diagnostics.add(code, where, std::move(message));
  }

  // ---- states as sites

  bool constant(const std::vector<Expr>& from, Vector& to, const Span& where, const std::string& what) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto* value = std::get_if<expr::Number>(&from[i]->value);
      if (!value) {
        report(Code::NotConstant, where, fmt::format("{} cannot depend on parameters where there is a symmetry", what));
        return false;
      }
      to[i] = value->value;
    }
    return true;
  }

  bool read_sites() {
    const std::vector<ModelState>& states = context_.model.states;
    declared_ = states.size();
    std::vector<const ModelState*> kinds;
    for (const ModelState& state : states) {
      if (!state.position) {
        report(Code::MissingEntry, state.span, fmt::format("symmetry needs to know where `{}` lies", state.name))
            .note(span_, "asked for here")
            .hint(fmt::format("such as `{} at [{}]`", state.name, fmt::join(std::vector<int>(basis_.n, 0), ", ")));
        return false;
      }
      Site site{.place = {}, .axis = {}, .kind = 0, .root = static_cast<int>(sites_.size())};
      if (!constant(*state.position, site.place, state.span, fmt::format("the position of `{}`", state.name)))
        return false;
      if (state.axis) {
        Vector axis{};
        if (!constant(*state.axis, axis, state.span, fmt::format("the axis of `{}`", state.name))) return false;
        const double size = std::hypot(axis[0], axis[1], axis[2]);
        if (!(size > 0) || !std::isfinite(size)) {
          report(Code::BadEntry, state.span, fmt::format("the axis of `{}` has no direction", state.name));
          return false;
        }
        for (double& x : axis) x /= size;
        site.axis = axis;
      }
      const auto alike = [&state](const ModelState* other) {
        return same(state.energy, other->energy) && same(state.entropy, other->entropy) &&
               same(state.degeneracy, other->degeneracy) && same(state.weight, other->weight) &&
               state.axis.has_value() == other->axis.has_value();
      };
      const auto known = std::find_if(kinds.begin(), kinds.end(), alike);
      site.kind = static_cast<int>(known - kinds.begin());
      if (known == kinds.end()) kinds.push_back(&state);
      if (const int twin = find(site.place, site.axis, site.kind); twin >= 0) {
        const ModelState& other = states[static_cast<std::size_t>(twin)];
        report(Code::IndistinctStates, state.span,
               fmt::format("`{}` and `{}` lie at the same place, and nothing tells them apart", other.name, state.name))
            .note(other.span, "the other one")
            .hint(basis_.m > 1
                      ? "give each the direction it has: `axis [1, 0]`; or write the rates out, without `symmetry`"
                      : "write the rates out, without `symmetry`");
        return false;
      }
      places_.add(site.place, static_cast<int>(sites_.size()));
      sites_.push_back(site);
    }
    return true;
  }

  static bool same_axis(const std::optional<Vector>& a, const std::optional<Vector>& b) {
    if (!a || !b) return !a && !b;
    const double cosine = (*a)[0] * (*b)[0] + (*a)[1] * (*b)[1] + (*a)[2] * (*b)[2];
    return std::abs(cosine) > 1 - 0.5 * same_place * same_place;
  }

  /// Calls `function` for every site at the place, with the axis, of any kind.
  template <class Function>
  void at(const Vector& f, const std::optional<Vector>& axis, Function&& function) const {
    places_.near(f, [&](int index) {
      const Site& site = sites_[static_cast<std::size_t>(index)];
      for (std::size_t i = 0; i < basis_.n; ++i) {
        const double d = f[i] - site.place[i];
        if (std::abs(d - std::round(d)) > same_place) return;
      }
      if (same_axis(axis, site.axis)) function(index);
    });
  }
  /// -1 where there is none.
  int find(const Vector& f, const std::optional<Vector>& axis, int kind) const {
    int found = -1;
    at(f, axis, [&](int index) {
      if (sites_[static_cast<std::size_t>(index)].kind == kind) found = index;
    });
    return found;
  }

  std::array<int, 3> cell_of(const Vector& f, const Vector& site) const {
    std::array<int, 3> cell{};
    for (std::size_t i = 0; i < basis_.n; ++i) cell[i] = static_cast<int>(std::lround(f[i] - site[i]));
    return cell;
  }

  /// The axis after the operation: R = A W A⁺ on the lattice's own directions, nothing on those normal to it.
  std::optional<Vector> turned(const SpaceOperation& o, const std::optional<Vector>& axis) const {
    if (!axis) return std::nullopt;
    Vector along{}, result = *axis;
    for (std::size_t a = 0; a < basis_.n; ++a) {
      for (std::size_t c = 0; c < basis_.m; ++c) along[a] += basis_.inverse[a][c] * (*axis)[c];
    }
    Vector rotated{};
    for (std::size_t a = 0; a < basis_.n; ++a) {
      for (std::size_t b = 0; b < basis_.n; ++b) rotated[a] += o.rotation[a][b] * along[b];
    }
    for (std::size_t c = 0; c < basis_.m; ++c) {
      for (std::size_t a = 0; a < basis_.n; ++a) result[c] += basis_.vectors[c][a] * (rotated[a] - along[a]);
    }
    return result;
  }

  // ---- the operations

  bool read_operations() {
    if (!node_.block && node_.name && node_.name->text == "auto") return find_group();
    return node_.block ? read_block(item_, node_, false) : read_named();
  }

  /// `symmetry auto`: the space group of the sites, less what turns axes or kinds into others.
  bool find_group() {
    name_ = "auto";
    constexpr std::size_t most = 2000;  // spglib compares sites pair by pair
    if (sites_.size() > most) {
      report(Code::BadEntry, span_, fmt::format("`symmetry auto` looks at no more than {} states", most))
          .hint("name the group, or write its generators as matrices");
      return false;
    }
    DecoratedLattice lattice{.dimension = static_cast<int>(basis_.n), .vectors = {}, .positions = {}, .kinds = {}};
    for (std::size_t a = 0; a < basis_.n; ++a)
      lattice.vectors.push_back({basis_.vectors[0][a], basis_.vectors[1][a], basis_.vectors[2][a]});
    // Several states at one place are one site to spglib; its kind is the set of theirs.
    std::vector<std::vector<int>> sets;
    std::vector<char> taken(sites_.size(), 0);
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      if (taken[s]) continue;
      std::vector<int> set;
      places_.near(sites_[s].place, [&](int other) {
        for (std::size_t i = 0; i < basis_.n; ++i) {
          const double d = sites_[s].place[i] - sites_[static_cast<std::size_t>(other)].place[i];
          if (std::abs(d - std::round(d)) > same_place) return;
        }
        taken[static_cast<std::size_t>(other)] = 1;
        set.push_back(sites_[static_cast<std::size_t>(other)].kind);
      });
      std::sort(set.begin(), set.end());
      const auto known = std::find(sets.begin(), sets.end(), set);
      lattice.kinds.push_back(static_cast<int>(known - sets.begin()) + 1);
      if (known == sets.end()) sets.push_back(set);
      lattice.positions.push_back(sites_[s].place);
    }
    const SpaceGroup group = space_group(lattice, same_place);
    if (group.operations.empty()) {
      report(Code::NotASymmetry, span_, "no space group was found for these states")
          .hint(
              "check the positions and the lattice: two states may be very close, or two vectors too unlike; or name "
              "the group");
      return false;
    }
    for (const SpaceOperation& operation : group.operations) {
      const bool whole = std::all_of(sites_.begin(), sites_.end(), [&](const Site& site) {
        return find(image(operation, site.place), turned(operation, site.axis), site.kind) >= 0;
      });
      if (whole) operations_.push_back({operation, span_});
    }
    return true;
  }

  bool read_named() {
    if (!node_.name) {
      report(Code::MissingEntry, span_, "which symmetry?")
          .hint(
              "a group such as `symmetry Oh` (with `use std.groups`), `symmetry auto`, or matrices: `symmetry { "
              "[[0, 1], [1, 0]] }`");
      return false;
    }
    const std::string& name = node_.name->text;
    std::vector<std::string> known;
    bool named = false;
    for (const Item& item : context_.items) {
      const auto* definition = std::get_if<ast::Symmetry>(item.statement);
      if (!definition || !definition->name || !definition->block) continue;
      known.push_back(full_name(definition->name->text, env_of(item)));
      if (known.back() != full_name(name, env_of(item_))) continue;
      named = true;
      if (rows(*definition) != basis_.m) continue;
      context_.use(context_.span(item_, node_.name->place), context_.span(item, definition->name->place), name);
      return read_block(item, *definition, true);
    }
    const Span where = context_.span(item_, node_.name->place);
    if (named) {
      report(Code::WrongShape, where, fmt::format("`{}` is not defined in {}", name, count(basis_.m, "dimension")));
      return false;
    }
    Diagnostic& d = report(Code::UnknownName, where, fmt::format("there is no group `{}` here", name));
    const auto library = library_text("std.groups");
    if (library && library->find("symmetry " + name + " {") != std::string_view::npos) {
      d.hint("add `use std.groups`");
    } else if (const auto guess = nearest(name, known)) {
      d.hint(fmt::format("did you mean `{}`?", *guess));
    } else {
      d.hint("`use std.groups` brings the point groups by their Schoenflies names: Oh, Td, D4h, C4v, …");
    }
    return false;
  }

  /// Rows of a definition's first matrix, to choose among definitions of one name.
  static std::size_t rows(const ast::Symmetry& node) {
    if (node.block->empty()) return 0;
    const auto* matrix = std::get_if<ast::List>(&node.block->front().node);
    return matrix ? matrix->items.size() : 0;
  }

  /// Generators in a block; then all their products.
  bool read_block(const Item& item, const ast::Symmetry& node, bool cartesian) {
    if (node_.name) name_ = node_.name->text;
    operations_.push_back({{}, span_});
    std::vector<Operation> generators;
    for (const ast::Expr& generator : *node.block) {
      Operation operation{{}, context_.span(item, place(generator))};
      if (!read_generator(item, generator, cartesian, operation)) return false;
      generators.push_back(operation);
    }
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      for (const Operation& generator : generators) {
        const Operation next{product(generator.space, operations_[i].space), generator.span};
        const auto known = std::find_if(operations_.begin(), operations_.end(),
                                        [&](const Operation& o) { return equal(o.space, next.space); });
        if (known != operations_.end()) continue;
        operations_.push_back(next);
        if (operations_.size() > largest_group) {
          report(Code::NotASymmetry, generator.span, "these operations generate no finite group")
              .hint("a translation of an operation is a fraction of a lattice vector, such as [0, 0, 1/2]");
          return false;
        }
      }
    }
    return true;
  }

  /// `[[0, 1], [1, 0]]`, or with a translation `[[0, 1], [1, 0]] + [0, 1/2]`.
  bool read_generator(const Item& item, const ast::Expr& node, bool cartesian, Operation& operation) {
    Expressions expressions(context_);
    const Env env = env_of(item);
    const ast::Expr* matrix = &node;
    if (const auto* sum = std::get_if<ast::Chain>(&node.node); sum && !cartesian && sum->operators == "+") {
      matrix = &sum->operands[0];
      const auto shift = expressions.list(sum->operands[1], env, {}, "the translation of an operation", basis_.n);
      if (!shift || !constant(*shift, operation.space.translation, operation.span, "an operation")) return false;
      for (const double x : operation.space.translation)
        if (!std::isfinite(x)) {
          report(Code::NotASymmetry, operation.span, "the translation of an operation is not finite");
          return false;
        }
    }
    const std::size_t size = cartesian ? basis_.m : basis_.n;
    const auto* list = std::get_if<ast::List>(&matrix->node);
    if (!list || list->items.size() != size) {
      expressions
          .report(Code::WrongShape, place(*matrix), env,
                  fmt::format("an operation is a matrix of {} by {} here: a list of its rows", size, size))
          .hint(size == 1   ? "such as `[[-1]]`"
                : size == 2 ? "such as `[[0, 1], [1, 0]]`"
                            : "such as `[[0, 1, 0], [1, 0, 0], [0, 0, 1]]`");
      return false;
    }
    Matrix given{};
    for (std::size_t i = 0; i < size; ++i) {
      const auto row = expressions.list(list->items[i], env, {}, "a row of an operation", size);
      if (!row || !constant(*row, given[i], operation.span, "an operation")) return false;
    }
    const Matrix fractional = cartesian ? in_basis(given) : given;
    if (!is_symmetry(fractional, given, cartesian)) {
      const Span& where = cartesian ? span_ : operation.span;
      Diagnostic& d = report(Code::NotASymmetry, where,
                             cartesian ? fmt::format("the lattice does not have the symmetry `{}`", node_.name->text)
                                       : "this operation does not map the lattice onto itself");
      if (cartesian) {
        d.note(operation.span, "this operation does not map it onto itself")
            .hint("a group is in its standard setting, with its main axis along z; `symmetry auto` finds what fits");
      } else {
        d.hint("its entries are whole numbers in the basis of the primitive vectors; lengths and angles must be kept");
      }
      return false;
    }
    for (std::size_t i = 0; i < basis_.n; ++i) {
      for (std::size_t j = 0; j < basis_.n; ++j)
        operation.space.rotation[i][j] = static_cast<int>(std::lround(fractional[i][j]));
    }
    return true;
  }

  /// A⁺ R A
  Matrix in_basis(const Matrix& cartesian) const {
    Matrix result{};
    for (std::size_t a = 0; a < basis_.n; ++a) {
      for (std::size_t b = 0; b < basis_.n; ++b) {
        for (std::size_t c = 0; c < basis_.m; ++c) {
          for (std::size_t d = 0; d < basis_.m; ++d)
            result[a][b] += basis_.inverse[a][c] * cartesian[c][d] * basis_.vectors[d][b];
        }
      }
    }
    return result;
  }

  /// Whole numbers that keep the metric; a Cartesian operation must also keep the lattice's line or plane.
  bool is_symmetry(const Matrix& w, const Matrix& given, bool cartesian) const {
    for (std::size_t a = 0; a < basis_.n; ++a) {
      for (std::size_t b = 0; b < basis_.n; ++b) {
        if (!(std::abs(w[a][b]) <= largest_entry) || std::abs(w[a][b] - std::round(w[a][b])) > same_metric)
          return false;
        double g = 0;
        for (std::size_t c = 0; c < basis_.n; ++c) {
          for (std::size_t d = 0; d < basis_.n; ++d)
            g += std::round(w[c][a]) * basis_.metric[c][d] * std::round(w[d][b]);
        }
        const double scale = std::sqrt(basis_.metric[a][a] * basis_.metric[b][b]);
        if (!(std::abs(g - basis_.metric[a][b]) <= same_metric * scale)) return false;
      }
    }
    if (!cartesian) return true;
    for (std::size_t c = 0; c < basis_.m; ++c) {  // R A = A W
      for (std::size_t b = 0; b < basis_.n; ++b) {
        double left = 0, right = 0;
        for (std::size_t d = 0; d < basis_.m; ++d) left += given[c][d] * basis_.vectors[d][b];
        for (std::size_t a = 0; a < basis_.n; ++a) right += basis_.vectors[c][a] * w[a][b];
        if (std::abs(left - right) > same_metric) return false;
      }
    }
    return true;
  }

  // ---- orbits of states

  bool complete_states() {
    const std::vector<ModelState>& states = context_.model.states;
    std::vector<int> orbit(sites_.size());  // the least site of each orbit
    std::iota(orbit.begin(), orbit.end(), 0);
    const auto least = [&orbit](int s) {
      while (orbit[static_cast<std::size_t>(s)] != s) s = orbit[static_cast<std::size_t>(s)];
      return s;
    };
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      for (const Operation& operation : operations_) {
        const Site site = sites_[s];
        const Vector f = image(operation.space, site.place);
        const std::optional<Vector> axis = turned(operation.space, site.axis);
        int target = find(f, axis, site.kind);
        if (target < 0) {
          int other = -1;
          at(f, axis, [&](int index) {
            if (index < static_cast<int>(declared_)) other = index;
          });
          if (other >= 0)
            return conflict(states[static_cast<std::size_t>(site.root)], states[static_cast<std::size_t>(other)]);
          target = static_cast<int>(sites_.size());
          Site created = site;
          created.axis = axis;
          for (std::size_t i = 0; i < 3; ++i) created.place[i] = wrapped(f[i]);
          places_.add(created.place, target);
          sites_.push_back(created);
          orbit.push_back(target);
          if (sites_.size() > limits::orbits) {
            report(Code::TooLarge, span_, fmt::format("symmetry makes more than {} states of these", limits::orbits));
            return false;
          }
        }
        const int a = least(static_cast<int>(s)), b = least(target);
        orbit[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
      }
    }
    std::vector<std::vector<int>> created(declared_);
    for (std::size_t s = declared_; s < sites_.size(); ++s)
      created[static_cast<std::size_t>(sites_[s].root)].push_back(static_cast<int>(s));
    for (std::size_t s = 0; s < declared_; ++s) {
      const int first = least(static_cast<int>(s));
      const bool alone = std::none_of(states.begin(), states.end(), [&, i = 0](const ModelState&) mutable {
        const int other = i++;
        return other != static_cast<int>(s) && least(other) == first;
      });
      if (created[s].empty()) continue;
      const ModelState& state = states[s];
      if (alone && state.name.find('[') == std::string::npos) continue;
      report(Code::OrbitInPieces, state.span,
             fmt::format("symmetry takes `{}` to {}, where no state is declared", state.name,
                         printed(sites_[static_cast<std::size_t>(created[s].front())].place, basis_.n)))
          .note(span_, "this symmetry")
          .hint(alone
                    ? "declare all members of the family that symmetry makes of it"
                    : "declare one state of an orbit, or all; a group acts about the origin, and `symmetry auto` finds "
                      "operations with translations");
      return false;
    }
    adopt(created);
    return true;
  }

  bool conflict(const ModelState& from, const ModelState& to) {
    report(Code::SymmetryConflict, to.span,
           fmt::format("symmetry takes `{}` to `{}`, but they are not alike", from.name, to.name))
        .here("energy, entropy, degeneracy or weight differ")
        .note(from.span, "the one it comes from")
        .note(span_, "this symmetry");
    return false;
  }

  /// The model's states in their final order: each declared one, then its images by place.
  void adopt(std::vector<std::vector<int>>& created) {
    std::vector<ModelState> all;
    order_.resize(sites_.size());
    for (std::size_t s = 0; s < declared_; ++s) {
      ModelState state = context_.model.states[s];
      const std::string name = state.name;
      order_[s] = static_cast<int>(all.size());
      if (!created[s].empty()) {
        representatives_[name] = order_[s];
        state.name = name + "[0]";
      }
      all.push_back(state);
      const auto before = [this](int a, int b) { return key(a) < key(b); };
      std::sort(created[s].begin(), created[s].end(), before);
      for (std::size_t i = 0; i < created[s].size(); ++i) {
        const Site& site = sites_[static_cast<std::size_t>(created[s][i])];
        order_[static_cast<std::size_t>(created[s][i])] = static_cast<int>(all.size());
        ModelState copy = state;
        copy.name = fmt::format("{}[{}]", name, i + 1);
        for (std::size_t a = 0; a < basis_.n; ++a) (*copy.position)[a] = number(site.place[a]);
        for (std::size_t c = 0; copy.axis && c < basis_.m; ++c) (*copy.axis)[c] = number((*site.axis)[c]);
        all.push_back(std::move(copy));
      }
    }
    context_.model.states.clear();
    context_.state_index.clear();
    for (ModelState& state : all) add_state(context_, std::move(state));
  }

  /// Place, then axis with its first component positive; rounded, so that the order does not hang on last digits.
  std::array<long, 6> key(int index) const {
    const Site& site = sites_[static_cast<std::size_t>(index)];
    std::array<long, 6> result{};
    for (std::size_t i = 0; i < 3; ++i) result[i] = std::lround(wrapped(site.place[i]) / same_place);
    if (!site.axis) return result;
    double sign = 1;
    for (const double x : *site.axis) {
      if (std::abs(x) < same_place) continue;
      sign = x > 0 ? 1 : -1;
      break;
    }
    for (std::size_t i = 0; i < 3; ++i) result[3 + i] = -std::lround(sign * (*site.axis)[i] / same_place);
    return result;
  }

  Context& context_;
  const Item& item_;
  const ast::Symmetry& node_;
  Span span_;
  Basis basis_;
  std::string name_;
  std::size_t declared_ = 0;
  std::vector<Site> sites_;
  Places places_;
  std::vector<Operation> operations_;
  std::vector<int> order_;  // of sites_ in the model
  std::map<std::string, int> representatives_;
};

}  // namespace

void resolve_symmetry(Context& context) {
  const Item* first = nullptr;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Symmetry>(item.statement);
    if (!node || (node->name && node->block)) continue;
    if (!first) {
      first = &item;
      continue;
    }
    context.diagnostics.add(Code::DuplicateName, context.span(item, node->place), "the model has two symmetries")
        .note(context.span(*first, place(*first->statement)), "first declared here");
  }
  if (!first || context.lattice_failed || context.states_failed || context.model.states.empty()) return;
  Symmetry(context, *first, std::get<ast::Symmetry>(*first->statement)).run();
  if (!context.symmetry) context.states_failed = true;  // images that rates name may be missing
}

}  // namespace rdd::resolving
