#include "compiler/kernels/expression_ir.hpp"

#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using expr::Operation;

constexpr int largest_power = 8;  // of those that are multiplied out

ir::NodePtr whole_power(const ir::NodePtr& base, int exponent) {
  if (exponent == 1) return base;
  const ir::NodePtr half = whole_power(base, exponent / 2);
  return exponent % 2 == 0 ? half * half : half * half * base;
}

}  // namespace

ir::NodePtr ExpressionTranslator::operator()(const Expr& expression) {
  if (const auto* n = std::get_if<expr::Number>(&expression->value)) return ir::number(n->value);
  if (const auto* c = std::get_if<expr::Coordinate>(&expression->value)) {
    const auto axis = static_cast<std::size_t>(c->axis);
    const ir::NodePtr node = axis < 3 ? leaves_.place[axis] : axis == 3 ? leaves_.time : leaves_.densities.at(axis - 4);
    expects(node != nullptr, "a coordinate that has a meaning here");
    return node;
  }
  const auto* apply = std::get_if<expr::Apply>(&expression->value);
  expects(apply != nullptr, "an expression over coordinates alone");
  for (const auto& [known, node] : known_)
    if (same(known, expression)) return node;
  ir::NodePtr node = translate(*apply);
  known_.emplace_back(expression, node);
  return node;
}

ir::NodePtr ExpressionTranslator::translate(const expr::Apply& apply) {
  const auto& x = apply.arguments;
  if (apply.operation == Operation::power) {
    const auto* exponent = std::get_if<expr::Number>(&x[1]->value);
    if (exponent && std::abs(exponent->value) <= largest_power && exponent->value == std::round(exponent->value) &&
        exponent->value != 0) {
      const ir::NodePtr power = whole_power((*this)(x[0]), static_cast<int>(std::abs(exponent->value)));
      return exponent->value > 0 ? power : ir::number(1) / power;
    }
  }
  std::vector<ir::NodePtr> arguments;
  for (const Expr& argument : x) arguments.push_back((*this)(argument));
  switch (apply.operation) {
    case Operation::add:
      return arguments[0] + arguments[1];
    case Operation::subtract:
      return arguments[0] - arguments[1];
    case Operation::multiply:
      return arguments[0] * arguments[1];
    case Operation::divide:
      return arguments[0] / arguments[1];
    default:
      return ir::apply(apply.operation, std::move(arguments));
  }
}

}  // namespace rdd
