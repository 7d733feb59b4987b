// Trees as text, for the reader (`--emit=kernel`) and for the C++ compiler: the same walk with other names for the
// leaves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"

namespace rdd {

/// The shortest decimal that reads back as the same double, recognisable as one: "1.0", "-2.5e-09".
std::string exact(double value);

/// How leaves are written.
struct LeafNames {
  std::function<std::string(const ir::Load&)> load;
  std::function<std::string(const ir::Scalar&)> scalar;
  std::function<std::string(const ir::Index&)> index;
  /// A function or condition of operands that are written already, none of them needing parentheses inside its own.
  std::function<std::string(expr::Operation, const std::vector<std::string>&)> apply;
};
/// The names of lang/expr.hpp: "exp(x)", "where(c, a, b)".
std::string plain_apply(expr::Operation operation, const std::vector<std::string>& arguments);

/// A body as statements in the order of computation: sums used more than once (sum0, sum1, …), then the outputs.
struct Statement {
  /// `part`, `more`: the beginning of a sum that takes turns with others (part0, part1, …), and a term to add to it.
  enum class Kind { sum, part, more, output };
  Kind kind = Kind::sum;
  int index = 0;           ///< of the sum or part, or component of the output
  std::string expression;  ///< with parentheses only where the order of operations asks for them
};
/// `in_turns`: independent sums come first, a term of each after the other.
std::vector<Statement> statements(const ir::Region& region, const LeafNames& names, bool in_turns = false);

/// Breaks a line before " + " and " - " so that no line is longer than the page; later lines start with `indent`.
std::string wrapped(const std::string& line, const std::string& indent);

}  // namespace rdd
