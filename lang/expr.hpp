// Resolved expressions: names are bound, units are gone (values in SI), dimensions were checked.
//
// Immutable trees. Shared by rates (over parameters) and by the fields of a solve block (over x, y, z as well). They
// can be evaluated, differentiated and printed as C++; nothing else is ever done to them.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace rdd {

namespace expr {

struct Node;

enum class Operation {
  // one argument
  negate,
  exp,
  log,
  sqrt,
  sin,
  cos,
  tan,
  sinh,
  cosh,
  tanh,
  abs,
  sign,
  // two
  add,
  subtract,
  multiply,
  divide,
  power,
  minimum,
  maximum,
  less,
  less_equal,
  equal,  // 1 or 0
  // three: condition, then, otherwise
  where
};

struct Number {
  double value;
};
struct Parameter {
  int index;
};  ///< index into Model::parameters
struct Coordinate {
  int axis;
};  ///< 0, 1, 2 for x, y, z, in m; 3 for t, in s
/// A density of a solve block: the state of this index, a coarse state, or the sum of all; of this model (species −1)
/// or of another one. It has no value before lowering has put coarse densities in its place.
struct Density {
  enum class Kind { state, coarse, all } kind;
  int index;
  int species;
  std::string name;  ///< as it is written
};
struct Apply {
  Operation operation;
  std::vector<std::shared_ptr<const Node>> arguments;
};

struct Node {
  std::variant<Number, Parameter, Coordinate, Density, Apply> value;
};

}  // namespace expr

using Expr = std::shared_ptr<const expr::Node>;

Expr number(double value);
Expr parameter(int index);
Expr coordinate(int axis);
Expr density_leaf(expr::Density density);
/// Folds constants, x + 0, 1 * x and the like; otherwise keeps the written order of operations.
Expr apply(expr::Operation operation, std::vector<Expr> arguments);

/// The value for a point of the parameters (SI, in the order of Model::parameters) and a place x, y, z (m) and t (s).
/// No densities.
double evaluate(const Expr& expression, std::span<const double> parameters, std::array<double, 4> place = {});
/// The same at the origin, with its partial derivatives by all parameters: `gradient` is as long as `parameters`. One
/// pass, in reverse: the cost is that of a few evaluations, however many parameters there are. At a kink (abs, min,
/// max, conditions) it is the derivative of one side.
double value_and_gradient(const Expr& expression, std::span<const double> parameters, std::span<double> gradient);
/// ∂/∂x_axis of the expression.
Expr derivative(const Expr& expression, int axis);
/// The expression with all parameters replaced by their values: only numbers, coordinates and densities are left.
Expr bind(const Expr& expression, std::span<const double> parameters);
/// The expression with each parameter, coordinate and density replaced by what `leaf` makes of it.
Expr substitute(const Expr& expression, const std::function<Expr(const Expr& leaf)>& leaf);
bool uses_parameter(const Expr& expression, int index);
/// Written alike: the same tree with the same numbers. Two nulls are alike.
bool same(const Expr& a, const Expr& b);
bool uses_coordinates(const Expr& expression);  ///< x, y, z or t
bool uses_densities(const Expr& expression);
/// Readable text, parameters by name; exact: numbers are printed so that they read back to the same bits.
std::string text(const Expr& expression, std::span<const std::string> parameter_names);
/// The same as a C++ expression over `x`, `y`, `z`, `t`, with these names for the parameters; none for bound
/// expressions.
std::string cpp(const Expr& expression, std::span<const std::string> parameter_names = {});

}  // namespace rdd
