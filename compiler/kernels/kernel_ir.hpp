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
/// A neighbour of the cell, at −1, 0 or +1 along each axis.
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

/// Not supported, on purpose: division, functions, conditions; a linear equation needs none.
struct Node {
  std::variant<Number, Scalar, Load, Add, Subtract, Multiply> value;
};

/// The trees are built by these, so that code which builds one reads like the formula. A node may stand in several
/// trees; the back ends compute it once.
NodePtr number(double value);
NodePtr scalar(int index);
NodePtr load(int input, int component, const std::array<int, 3>& shift = {0, 0, 0});
NodePtr operator+(NodePtr left, NodePtr right);
NodePtr operator-(NodePtr left, NodePtr right);
NodePtr operator*(NodePtr left, NodePtr right);

/// out[component](x, y, z) = value
struct Assignment {
  int component;
  NodePtr value;
};

/// Where along a walled axis a body applies; a periodic axis has only `any`, and its shifts wrap around.
enum class Zone { any, low, middle, high };
std::string name(Zone zone);  ///< "any", "low", "middle", "high"

struct Region {
  std::array<Zone, 3> zones{Zone::any, Zone::any, Zone::any};
  std::vector<Assignment> body;
};

struct KernelIr {
  std::string name;     ///< "rhs", "stage"
  std::string comment;  ///< the equation, for the reader of the emitted code
  int dimension = 1;
  int components = 1;
  std::vector<std::string> inputs;   ///< names of the input fields
  std::vector<std::string> scalars;  ///< names of the run-time numbers
  std::array<bool, 3> periodic{true, true, true};
  std::vector<Region> regions;  ///< disjoint, covering the grid; walled axes need at least two points

  /// The zones of one axis in ascending order: {any} or {low, middle, high}.
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
  std::vector<const Region*> along_x;  ///< {any}, or {low, middle, high}; they point into the kernel
};
std::vector<RowKind> row_kinds(const KernelIr& kernel);

/// The loads of some trees, each once, ordered by input, component, z, y, x.
std::vector<Load> loads(const std::vector<const Region*>& regions);
/// The run-time numbers some trees read.
std::set<int> scalars(const std::vector<const Region*>& regions);

}  // namespace rdd::ir
