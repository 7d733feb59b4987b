// ast -> text. Operators are bracketed where their place asks for it and nowhere else, so that the text parses to the
// same tree: the chains of the syntax are flat, hence a chain inside a chain of its kind needs brackets.
#include "lang/print.hpp"

#include <fmt/format.h>

#include <cmath>

#include "lang/dimension.hpp"

namespace rdd {

namespace {

/// What may stand at a place without brackets, from anything to a single token.
enum class Level { either, both, comparison, sum, product, sign, power, atom };

std::string print(const ast::Expr& expression, Level place);
std::string print(const ast::Entry& n);
std::string print(const ast::FunctionParameter& n);
std::string print(const ast::State& n);
std::string print(const ast::Rate& n);
std::string print(const ast::Column& n);
std::string print(const ast::Mapping& n);
std::string print(const ast::Prescription& n);
std::string print(const ast::Boundary& n);
std::string print(const ast::Name& n);

std::string print(const ast::Unit& unit) {
  std::string result;
  for (const ast::UnitFactor& factor : unit.factors) {
    // The first factor may carry a negative exponent: 3 /s reads the same as 3 s^-1, and is what people write. Behind
    // `/` only a known unit is read as one.
    if (factor.exponent < 0 && result.empty() && !find_unit(factor.name)) {
      result = fmt::format("{}^{}", factor.name, factor.exponent);
      continue;
    }
    const bool below = factor.exponent < 0;
    if (below)
      result += "/";
    else if (!result.empty())
      result += "*";
    const int exponent = below ? -factor.exponent : factor.exponent;
    result += exponent == 1 ? factor.name : fmt::format("{}^{}", factor.name, exponent);
  }
  return result;
}

std::string print(const ast::Argument& argument) {
  const std::string value = print(argument.value, Level::either);
  return argument.name ? argument.name->text + " = " + value : value;
}

template <class Node>
std::string joined(const std::vector<Node>& nodes, std::string_view separator = ", ") {
  std::string result;
  for (const Node& node : nodes) {
    if (!result.empty()) result += separator;
    if constexpr (std::is_same_v<Node, ast::Expr>)
      result += print(node, Level::sum);
    else
      result += print(node);
  }
  return result;
}

struct ExprPrinter {
  Level place;

  std::string bracket(std::string text, Level level) const { return level < place ? "(" + text + ")" : text; }

  std::string operator()(const ast::Number& n) const {
    const std::string unit = print(n.unit);
    // A number beyond double precision, which the checker refuses, still reads back as one.
    const std::string number = std::isfinite(n.value) ? fmt::format("{}", n.value) : "1e999";
    if (unit.empty()) return number;
    return bracket(number + " " + unit, Level::power);  // `2 eV^3` would raise the unit alone
  }
  std::string operator()(const ast::Text& n) const { return "\"" + n.value + "\""; }
  std::string operator()(const ast::Reference& n) const {
    return n.index.empty() ? n.name.text : n.name.text + "[" + joined(n.index) + "]";
  }
  std::string operator()(const ast::Call& n) const { return n.function.text + "(" + joined(n.arguments) + ")"; }
  std::string operator()(const ast::List& n) const { return "[" + joined(n.items) + "]"; }
  std::string operator()(const ast::Negate& n) const {
    return bracket("-" + print(n.operand.front(), Level::power), Level::sign);
  }
  std::string operator()(const ast::Power& n) const {
    // An exponent may be negated without brackets: 2^-3.
    const auto* negated = std::get_if<ast::Negate>(&n.operands[1].node);
    const std::string exponent =
        negated ? "-" + print(negated->operand.front(), Level::atom) : print(n.operands[1], Level::atom);
    return bracket(print(n.operands[0], Level::atom) + "^" + exponent, Level::power);
  }
  std::string operator()(const ast::Chain& n) const {
    const bool sums = n.operators[0] == '+' || n.operators[0] == '-';
    const Level inner = sums ? Level::product : Level::sign;
    std::string result = print(n.operands.front(), inner);
    for (std::size_t i = 0; i < n.operators.size(); ++i) {
      result += fmt::format(" {} {}", n.operators[i], print(n.operands[i + 1], inner));
    }
    return bracket(result, sums ? Level::sum : Level::product);
  }
  std::string operator()(const ast::Comparison& n) const {
    static constexpr const char* signs[] = {"<", "<=", ">", ">="};
    std::string result = print(n.operands.front(), Level::sum);
    for (std::size_t i = 0; i < n.operators.size(); ++i) {
      result += fmt::format(" {} {}", signs[static_cast<int>(n.operators[i])], print(n.operands[i + 1], Level::sum));
    }
    return bracket(result, Level::comparison);
  }
  std::string operator()(const ast::Junction& n) const {
    std::string result;
    for (const ast::Expr& operand : n.operands) {
      if (!result.empty()) result += n.any ? " or " : " and ";
      result += print(operand, n.any ? Level::both : Level::comparison);
    }
    return bracket(result, n.any ? Level::either : Level::both);
  }
};

std::string print(const ast::Expr& expression, Level place) {
  return std::visit(ExprPrinter{place}, expression.node);
}

std::string print(const ast::Entry& n) {
  return n.key.text + " " + print(n.value, Level::sum);
}
std::string print(const ast::Family& n) {
  return fmt::format("{} in {}..{}", n.index.text, print(n.low, Level::sum), print(n.high, Level::sum));
}
std::string print(const ast::Reference& n) {
  return ExprPrinter{Level::sum}(n);
}
std::string print(const ast::FunctionParameter& n) {
  return n.default_value ? n.name.text + " = " + print(*n.default_value, Level::sum) : n.name.text;
}
std::string print(const ast::State& n) {
  std::string result = n.name.text;
  if (n.family) result += "[" + print(*n.family) + "]";
  for (const ast::Entry& property : n.properties) result += "  " + print(property);
  return result;
}
std::string print(const ast::Rate& n) {
  std::string result = fmt::format("{} {} {}", print(n.from), n.reversible ? "<->" : "->", print(n.to));
  if (n.by) result += " by " + print(*n.by, Level::sum);
  result += " : " + print(n.law, Level::sum);
  if (n.family) result += " for " + print(*n.family);
  return result;
}
std::string print(const ast::Column& n) {
  const bool plain =
      !n.name.empty() &&
      n.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos;
  std::string result = n.name.empty() ? fmt::format("{}", n.number) : plain ? n.name : "\"" + n.name + "\"";
  const std::string unit = print(n.unit);
  return unit.empty() ? result : result + " " + unit;
}
std::string print(const ast::Mapping& n) {
  return n.list ? fmt::format("{}: [{}]", n.key.text, joined(n.columns))
                : fmt::format("{}: {}", n.key.text, joined(n.columns));
}
std::string print(const ast::Prescription& n) {
  const std::string value = print(n.value, Level::sum);
  return n.density ? print(*n.density) + " = " + value : value;
}
std::string print(const ast::Boundary& n) {
  const std::string kind = n.values.empty() ? n.kind.text : n.kind.text + "(" + joined(n.values) + ")";
  if (!n.axis) return kind;
  return fmt::format("{}{}: {}", n.axis->text, n.side ? "." + n.side->text : "", kind);
}
std::string print(const ast::Initial& n) {
  return fmt::format("initial {} = {}", print(n.density), print(n.value, Level::sum));
}
std::string print(const ast::Boundaries& n) {
  return "boundary " + joined(n.sides);
}
std::string print(const ast::Production& n) {
  return fmt::format("{} {} = {}", n.sink ? "sink" : "source", print(n.density), print(n.value, Level::sum)) +
         (n.where ? " where " + print(*n.where, Level::either) : "");
}
/// `A + B`; `0` where there is none.
std::string sum(const std::vector<ast::Reference>& densities) {
  std::string result;
  for (const ast::Reference& density : densities) result += (result.empty() ? "" : " + ") + print(density);
  return result.empty() ? "0" : result;
}
std::string print(const ast::Reaction& n) {
  return fmt::format("react {} -> {} : {}", sum(n.reactants), sum(n.products), print(n.rate, Level::sum));
}
std::string print(const ast::Field& n) {
  return fmt::format("field {} = {}", n.name.text, print(n.value, Level::sum));
}
std::string print(const ast::Species& n) {
  return fmt::format("species {} = \"{}\"", n.name.text, n.path.value);
}
std::string print(const ast::Checkpoint& n) {
  return "checkpoint every " + print(n.every, Level::sum);
}
std::string print(const ast::Probe& n) {
  return fmt::format("probe {} = {}", n.name.text, print(n.value, Level::sum));
}
std::string print(const ast::Name& n) {
  return n.text;
}
std::string print(const ast::LatticeEntry& n) {
  if (const auto* point = std::get_if<ast::Point>(&n))
    return fmt::format("point {} = {}", point->name.text, print(point->value, Level::sum));
  return print(std::get<ast::Entry>(n));
}

/// ` {`, one statement a line, `}`.
template <class Node>
std::string block(const std::vector<Node>& nodes) {
  std::string result = " {\n";
  for (const Node& node : nodes) {
    if constexpr (std::is_same_v<Node, ast::Expr>)
      result += "  " + print(node, Level::sum) + "\n";
    else
      result += "  " + print(node) + "\n";
  }
  return result + "}";
}

struct EntryPrinter {
  template <class Node>
  std::string operator()(const Node& n) const {
    return print(n);
  }
};

struct StatementPrinter {
  const Source& source;

  std::string operator()(const ast::Model& n) const { return "model " + n.name.text; }
  std::string operator()(const ast::Use& n) const {
    const std::string path = n.file ? "\"" + n.path.text + "\"" : n.path.text;
    const std::string arguments = n.arguments.empty() ? "" : "(" + joined(n.arguments) + ")";
    return "use " + path + arguments + (n.alias ? " as " + n.alias->text : "");
  }
  std::string operator()(const ast::Param& n) const {
    std::string result = fmt::format("param {} = {}", n.name.text, print(n.value, Level::sum));
    if (n.uncertainty) result += " +- " + print(*n.uncertainty, Level::sum);
    if (n.range) result += " in " + print(*n.range, Level::sum);
    return result;
  }
  std::string operator()(const ast::Let& n) const {
    return fmt::format("let {} = {}", n.name.text, print(n.value, Level::sum));
  }
  std::string operator()(const ast::Function& n) const {
    return fmt::format("fn {}({}) = {}", n.name.text, joined(n.parameters), print(n.body, Level::sum));
  }
  std::string operator()(const ast::Temperature& n) const { return "temperature " + print(n.value, Level::sum); }
  std::string operator()(const ast::Lattice& n) const {
    std::string result = "lattice";
    if (n.name) result += " " + n.name->text;
    if (!n.arguments.empty()) result += "(" + joined(n.arguments) + ")";
    if (n.block) result += block(*n.block);
    return result;
  }
  std::string operator()(const ast::Translations& n) const {
    std::string result = "translations";
    if (n.name) result += " " + n.name->text;
    if (n.block) result += block(*n.block);
    return result;
  }
  std::string operator()(const ast::Symmetry& n) const {
    std::string result = "symmetry";
    if (n.name) result += " " + n.name->text;
    if (n.block) result += block(*n.block);
    return result;
  }
  std::string operator()(const ast::States& n) const { return "states" + block(n.states); }
  std::string operator()(const ast::Rates& n) const { return "rates" + block(n.rates); }
  std::string operator()(const ast::Table& n) const {
    return fmt::format("{} table \"{}\"{}", n.rates ? "rates" : "states", n.path.value, block(n.mappings));
  }
  std::string operator()(const ast::Force& n) const {
    return "force " + print(n.value, Level::sum) + (n.split ? " split " + print(*n.split, Level::sum) : "");
  }
  std::string operator()(const ast::Reduce& n) const { return "reduce" + block(n.entries); }
  std::string operator()(const ast::Query& n) const { return "query" + block(n.statements); }
  std::string operator()(const ast::Solve& n) const {
    std::string result = "solve " + n.name.text + " {\n";
    for (const ast::SolveEntry& entry : n.entries) {
      result += "  " + std::visit(EntryPrinter{}, entry) + "\n";
    }
    return result + "}";
  }
};

}  // namespace

std::string print(const ast::Expr& expression) {
  return print(expression, Level::sum);
}

std::string print(const ast::File& file) {
  std::string result;
  for (const ast::Statement& statement : file.statements) {
    result += std::visit(StatementPrinter{*file.source}, statement) + "\n";
  }
  return result;
}

}  // namespace rdd
