// KernelIr: loops over a grid as data. What to compute at a grid point, free of C++ and of LLVM.
//
// Both back ends walk the same trees, so both do the same additions and multiplications in the same order: their
// results agree to the last bit as long as neither contracts a multiplication and an addition into one operation.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "lang/expr.hpp"

namespace rdd::ir {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Number {
  double value;
};
/// A run-time number: KernelIr::scalars[index].
struct Scalar {
  int index;
};
/// The number of the cell along an axis, from 0.
struct Index {
  int axis;
};
/// A neighbour of the cell, at most KernelIr::reach away along each axis.
struct Load {
  int input;
  int component;
  std::array<int, 3> shift;
};
struct Add {
  NodePtr left, right;
};
struct Subtract {
  NodePtr left, right;
};
struct Multiply {
  NodePtr left, right;
};
struct Divide {
  NodePtr left, right;
};
/// A function or condition of lang/expr.hpp, with its meaning there; none of the four above.
struct Apply {
  expr::Operation operation;
  std::vector<NodePtr> arguments;
};

struct Node {
  std::variant<Number, Scalar, Index, Load, Add, Subtract, Multiply, Divide, Apply> value;
};
bool is_leaf(const Node& node);  ///< a number, scalar, index or load
/// Calls `visit` for each operand of a node, from left to right.
template <class Visit>
void each_operand(const Node& node, const Visit& visit) {
  std::visit(
      [&](const auto& inner) {
        if constexpr (requires { inner.left; }) {
          visit(inner.left);
          visit(inner.right);
        } else if constexpr (requires { inner.arguments; }) {
          for (const NodePtr& argument : inner.arguments) visit(argument);
        }
      },
      node.value);
}

/// The trees are built by these, so that code which builds one reads like the formula. A node may stand in several
/// trees; the back ends compute it once.
NodePtr number(double value);
NodePtr scalar(int index);
NodePtr index(int axis);
NodePtr load(int input, int component, const std::array<int, 3>& shift = {0, 0, 0});
NodePtr operator+(NodePtr left, NodePtr right);
NodePtr operator-(NodePtr left, NodePtr right);
NodePtr operator*(NodePtr left, NodePtr right);
NodePtr operator/(NodePtr left, NodePtr right);
NodePtr apply(expr::Operation operation, std::vector<NodePtr> arguments);

/// out[component](x, y, z) = value
struct Assignment {
  int component;
  NodePtr value;
};

/// Where along a walled axis a body applies: the first cell, the second (where loads reach two cells far), …; a
/// periodic axis has only `any`, and its shifts wrap around.
enum class Zone { any, low, low_second, middle, high_second, high };
std::string name(Zone zone);  ///< "any", "low", "low_second", "middle", …

struct Region {
  std::array<Zone, 3> zones{Zone::any, Zone::any, Zone::any};
  std::vector<Assignment> body;
};

struct KernelIr {
  std::string name;     ///< "rhs", "stage"
  std::string comment;  ///< the equation, for the reader of the emitted code
  int dimension = 1;
  int components = 1;                ///< of each input, unless `coefficient_fields` says otherwise
  int outputs = 1;                   ///< components of the output
  std::vector<std::string> inputs;   ///< names of the input fields
  int coefficient_fields = 0;        ///< components of the last input, if it holds coefficients; 0: it does not
  std::vector<std::string> scalars;  ///< names of the run-time numbers
  std::array<bool, 3> periodic{true, true, true};
  bool streams = false;         ///< the output is not read again soon
  int reach = 1;                ///< 1 or 2: how far away along an axis loads may be
  std::vector<Region> regions;  ///< disjoint, covering the grid; walled axes need at least 2·reach points

  /// The zones of one axis in ascending order: {any}, or one for each cell that a load could leave the grid from, with
  /// `middle` between them.
  std::vector<Zone> zones(int axis) const;
};

/// Throws InternalError unless the regions cover the grid once, every load stays inside its region's walls, and every
/// index names something. Each back end asks before it starts.
void check(const KernelIr& kernel);

/// Rows which lie alike between the walls of y and z share their bodies; both back ends emit one function for each
/// kind.
struct RowKind {
  Zone y = Zone::any;
  Zone z = Zone::any;
  std::vector<const Region*> along_x;  ///< in the zones of x; they point into the kernel
};
std::vector<RowKind> row_kinds(const KernelIr& kernel);

/// Components of an input.
int components(const KernelIr& kernel, int input);
/// The loads of some trees, each once, ordered by input, component, z, y, x.
std::vector<Load> loads(const std::vector<const Region*>& regions);
/// Of each component of an input a body reads, a load from the last of its rows: the one that comes first to a sweep.
std::vector<Load> last_rows(const Region& region);
/// The long sums of a body none of which is part of another, in the order they are computed in. Back ends let them take
/// turns, an operation each: a processor, which sees no further ahead than to the end of one of them, then finds enough
/// to do. Empty where there is only one.
std::vector<NodePtr> independent_sums(const Region& region);
/// The run-time numbers some trees read.
std::set<int> scalars(const std::vector<const Region*>& regions);
/// The axes whose Index some trees read.
std::set<int> indices(const std::vector<const Region*>& regions);
/// The functions and conditions in some trees.
std::set<expr::Operation> operations(const std::vector<const Region*>& regions);

}  // namespace rdd::ir
