// Expr -> KernelIr: an expression of a solve block as part of a kernel's body.
#pragma once

#include <array>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"
#include "lang/expr.hpp"

namespace rdd {

/// What stands for the coordinates 0, 1, 2 (x, y, z), 3 (t) and 4 + p (ρ_p) of an expression.
struct Leaves {
  std::array<ir::NodePtr, 3> place;
  ir::NodePtr time;
  std::vector<ir::NodePtr> densities;
};

/// Small whole powers become products. Parts that an expression shares stay shared; nodes are compared by what they
/// are, so that equal subexpressions of several expressions are computed once where they are translated together.
class ExpressionTranslator {
 public:
  explicit ExpressionTranslator(Leaves leaves) : leaves_(std::move(leaves)) {}
  ir::NodePtr operator()(const Expr& expression);

 private:
  ir::NodePtr translate(const expr::Apply& apply);

  Leaves leaves_;
  std::vector<std::pair<Expr, ir::NodePtr>> known_;  ///< those that are worth it: functions and divisions
};

}  // namespace rdd
