// KernelIr: loops over a grid as data. What to compute at a grid point, free of C++ and of LLVM.
//
// Both back ends walk the same trees, so both do the same additions and multiplications in the same order: their results
// agree to the last bit as long as neither contracts a multiplication and an addition into one operation.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace rdd::ir {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Number { double value; };
struct Scalar { int index; };                                          ///< run-time number: KernelIr::scalars[index]
struct Load { int input; int component; std::array<int, 3> shift; };   ///< neighbour at −1, 0 or +1 along each axis
struct Add { NodePtr left, right; };
struct Subtract { NodePtr left, right; };
struct Multiply { NodePtr left, right; };

/// Not supported, on purpose: division, functions, conditions; a linear equation needs none.
struct Node { std::variant<Number, Scalar, Load, Add, Subtract, Multiply> value; };

/// out[component](x, y, z) = value
struct Assignment { int component; NodePtr value; };

/// Where along a walled axis a body applies; a periodic axis has only `any`, and its shifts wrap around.
enum class Zone { any, low, middle, high };

struct Region {
  std::array<Zone, 3> zones{Zone::any, Zone::any, Zone::any};
  std::vector<Assignment> body;
};

struct KernelIr {
  std::string name;                    ///< "rhs", "stage"
  std::string comment;                 ///< the equation, for the reader of the emitted code
  int dimension = 1;
  int components = 1;
  std::vector<std::string> inputs;     ///< names of the input fields
  std::vector<std::string> scalars;    ///< names of the run-time numbers
  std::array<bool, 3> periodic{true, true, true};
  std::vector<Region> regions;         ///< disjoint, covering the grid; walled axes need at least two points
};

}  // namespace rdd::ir
