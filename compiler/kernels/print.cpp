#include "compiler/kernels/print.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <sstream>

#include "compiler/kernels/discretise.hpp"

namespace rdd {
namespace {

using namespace ir;

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};

/// Writes the trees of one body. Nodes with operands that stand in more than one place become sums of their own.
class Writer {
 public:
  Writer(const Region& region, const LeafNames& names, bool in_turns) : names_(names) {
    for (const Assignment& assignment : region.body) count(assignment.value);
    if (in_turns) write_parts(independent_sums(region));
    for (const Assignment& assignment : region.body) {
      std::string expression = write(assignment.value, 0);
      statements_.push_back({Statement::Kind::output, assignment.component, std::move(expression)});
    }
  }
  std::vector<Statement> take() { return std::move(statements_); }

 private:
  void count(const NodePtr& node) {
    if (is_leaf(*node) || ++uses_[node.get()] > 1) return;
    each_operand(*node, [&](const NodePtr& operand) { count(operand); });
  }

  /// A term of a sum, with its sign.
  struct Term {
    char sign;
    NodePtr node;
  };
  std::vector<Term> terms(const NodePtr& sum, bool whole = true) const {
    const auto* add = std::get_if<Add>(&sum->value);
    const auto* subtract = std::get_if<Subtract>(&sum->value);
    if ((!add && !subtract) || (!whole && uses_.at(sum.get()) > 1)) return {{'+', sum}};
    // What is the same in all cells does not stand alone: a part is of the type of its first term.
    const NodePtr& left = add ? add->left : subtract->left;
    if (!varies(*left)) return {{'+', sum}};
    std::vector<Term> all = terms(left, false);
    all.push_back({add ? '+' : '-', add ? add->right : subtract->right});
    return all;
  }
  static bool varies(const Node& node) {
    bool found = std::holds_alternative<Load>(node.value) || std::holds_alternative<Index>(node.value);
    each_operand(node, [&](const NodePtr& operand) { found = found || varies(*operand); });
    return found;
  }

  void write_parts(const std::vector<NodePtr>& sums) {
    std::vector<std::vector<Term>> all;
    std::size_t longest = 0;
    for (const NodePtr& sum : sums) longest = std::max(longest, all.emplace_back(terms(sum)).size());
    for (std::size_t turn = 0; turn < longest; ++turn)
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (turn >= all[i].size()) continue;
        const auto& [sign, node] = all[i][turn];
        const int part = static_cast<int>(i);
        if (turn == 0) {
          std::string expression = node == sums[i] ? inline_text(*node, 0) : write(node, 0);
          statements_.push_back({Statement::Kind::part, part, std::move(expression)});
        } else {
          std::string expression = fmt::format("part{} {} {}", i, sign, write(node, 1));
          statements_.push_back({Statement::Kind::more, part, std::move(expression)});
        }
      }
    for (std::size_t i = 0; i < sums.size(); ++i) parts_.emplace(sums[i].get(), i);
  }

  /// An operand where anything that binds more weakly than `strength` needs parentheses: 0 none, 1 the right of a sum,
  /// 2 the left of a product, 3 its right.
  std::string write(const NodePtr& node, int strength) {
    if (const auto part = parts_.find(node.get()); part != parts_.end()) return fmt::format("part{}", part->second);
    if (!is_leaf(*node) && uses_.at(node.get()) > 1) return shared(node);
    return inline_text(*node, strength);
  }

  std::string shared(const NodePtr& node) {
    const auto known = sums_.find(node.get());
    if (known != sums_.end()) return fmt::format("sum{}", known->second);
    std::string expression = inline_text(*node, 0);
    const int number = static_cast<int>(sums_.size());
    sums_.emplace(node.get(), number);
    statements_.push_back({Statement::Kind::sum, number, std::move(expression)});
    return fmt::format("sum{}", number);
  }

  std::string inline_text(const Node& node, int strength) {
    const auto binary = [&](const auto& inner, const char* sign, int own) {
      std::string left = write(inner.left, own == 1 ? 0 : 2);
      std::string right = write(inner.right, own == 1 ? 1 : 3);
      const bool closed = strength > (own == 1 ? 0 : 2);
      return fmt::format("{}{} {} {}{}", closed ? "(" : "", left, sign, right, closed ? ")" : "");
    };
    return std::visit(
        overloaded{[&](const Number& n) { return exact(n.value); }, [&](const Scalar& s) { return names_.scalar(s); },
                   [&](const Load& l) { return names_.load(l); }, [&](const Add& n) { return binary(n, "+", 1); },
                   [&](const Subtract& n) { return binary(n, "-", 1); },
                   [&](const Multiply& n) { return binary(n, "*", 2); },
                   [&](const Divide& n) { return binary(n, "/", 2); }, [&](const Index& i) { return names_.index(i); },
                   [&](const Apply& a) {
                     std::vector<std::string> arguments;
                     for (const NodePtr& argument : a.arguments) arguments.push_back(write(argument, 0));
                     return names_.apply(a.operation, arguments);
                   }},
        node.value);
  }

  const LeafNames& names_;
  std::map<const Node*, int> uses_;
  std::map<const Node*, int> sums_;
  std::map<const Node*, std::size_t> parts_;
  std::vector<Statement> statements_;
};

std::string shift_text(const std::array<int, 3>& shift, int dimension) {
  std::string inner;
  for (int axis = 0; axis < dimension; ++axis)
    inner += fmt::format("{}{:+d}", axis == 0 ? "" : ",", shift[static_cast<std::size_t>(axis)]);
  return "[" + inner + "]";
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
  return line.empty() ? "none" : line;
}

}  // namespace

std::string exact(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string digits(buffer, end);
  if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
  return digits;
}

std::string plain_apply(expr::Operation operation, const std::vector<std::string>& arguments) {
  static constexpr const char* names[] = {"negate",  "exp",      "log",        "sqrt",   "sin",   "cos",
                                          "tan",     "sinh",     "cosh",       "tanh",   "abs",   "sign",
                                          "add",     "subtract", "multiply",   "divide", "power", "minimum",
                                          "maximum", "less",     "less_equal", "equal",  "where"};
  static_assert(std::size(names) == static_cast<std::size_t>(expr::Operation::where) + 1);
  std::string list;
  for (const std::string& argument : arguments) list += (list.empty() ? "" : ", ") + argument;
  return fmt::format("{}({})", names[static_cast<int>(operation)], list);
}

std::vector<Statement> statements(const Region& region, const LeafNames& names, bool in_turns) {
  return Writer(region, names, in_turns).take();
}

std::string wrapped(const std::string& line, const std::string& indent) {
  constexpr std::size_t width = 110;
  std::string out, rest = line;
  while (rest.size() > width) {
    std::size_t cut = std::string::npos;
    for (std::size_t at = indent.size() + 1; at + 2 < rest.size(); ++at) {
      const bool before_sign = rest[at] == ' ' && (rest[at + 1] == '+' || rest[at + 1] == '-') && rest[at + 2] == ' ';
      if (before_sign && (at <= width || cut == std::string::npos)) cut = at;
      if (at > width && cut != std::string::npos) break;
    }
    if (cut == std::string::npos) break;
    out += rest.substr(0, cut) + "\n";
    rest = indent + rest.substr(cut + 1);
  }
  return out + rest;
}

std::string text(const KernelIr& kernel) {
  std::string out = fmt::format("kernel {}\n", kernel.name);
  std::istringstream comment(kernel.comment);
  for (std::string line; std::getline(comment, line);) out += "  # " + line + "\n";
  out += fmt::format("  dimension {}, components {}\n  inputs {}\n  scalars {}\n", kernel.dimension, kernel.components,
                     joined(kernel.inputs), joined(kernel.scalars));
  const LeafNames names{[&](const Load& l) {
                          return fmt::format("{}{}{}", kernel.inputs[static_cast<std::size_t>(l.input)], l.component,
                                             shift_text(l.shift, kernel.dimension));
                        },
                        [&](const Scalar& s) { return kernel.scalars[static_cast<std::size_t>(s.index)]; },
                        [](const Index& i) { return fmt::format("index_{}", "xyz"[i.axis]); }, plain_apply};
  for (const Region& region : kernel.regions) {
    std::vector<std::string> place;
    for (int axis = 0; axis < kernel.dimension; ++axis)
      place.push_back(fmt::format("{} {}", "xyz"[axis], name(region.zones[static_cast<std::size_t>(axis)])));
    out += fmt::format("  where {}\n", joined(place));
    for (const Statement& s : statements(region, names))
      out += wrapped(
                 fmt::format("    {}{} = {}", s.kind == Statement::Kind::output ? "out" : "sum", s.index, s.expression),
                 "      ") +
             "\n";
  }
  return out;
}

}  // namespace rdd
