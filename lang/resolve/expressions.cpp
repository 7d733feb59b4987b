#include "lang/resolve/expressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lang/layout.hpp"
#include "lang/limits.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/densities.hpp"

namespace rdd::resolving {

namespace {

using expr::Operation;

constexpr int deepest = 1000;  // levels of a tree: sums of a thousand terms pass, evaluation stays on the stack

constexpr double boltzmann = 1.380649e-23;  // exact in the SI of 2019, as the next three
constexpr double planck = 6.62607015e-34;
constexpr double elementary_charge = 1.602176634e-19;
constexpr double avogadro = 6.02214076e23;

struct Constant {
  std::string_view name;
  double value;
  Dimension dimension;
};

const std::vector<Constant>& constants() {
  using namespace dimension;
  static const std::vector<Constant> all{
      {"kB", boltzmann, energy() / temperature()},
      {"h_planck", planck, energy() * time()},
      {"hbar", planck / (2 * std::numbers::pi), energy() * time()},
      {"e_charge", elementary_charge, current() * time()},
      {"N_A", avogadro, Dimension{} / amount()},
      {"pi", std::numbers::pi, {}},
  };
  return all;
}

bool thermal_name(const std::string& name) {
  return name == "T" || name == "kT" || name == "beta";
}

/// 0, 1, 2 for x, y, z.
std::optional<int> axis_of(const std::string& name) {
  if (name.size() != 1 || name[0] < 'x' || name[0] > 'z') return std::nullopt;
  return name[0] - 'x';
}

/// value × factor, rounded once where the factor is a power of ten: 0.287 nm is the double nearest to 2.87e-10.
double in_si(double value, double factor) {
  const double exponent = std::round(std::log10(factor));
  const double exact = std::pow(10.0, std::abs(exponent));
  const bool decimal = std::abs(exponent) <= 22 && std::abs(factor / std::pow(10.0, exponent) - 1) < 1e-14;
  if (!decimal) return value * factor;
  return exponent < 0 ? value / exact : value * exact;
}

std::string has_dimension(const Dimension& d) {
  return d.dimensionless() ? "is a number without dimension" : "has dimension " + words(d);
}

/// A unit to suggest for a dimension, as it is written after a number.
std::optional<std::string> usual_unit(const Dimension& d) {
  using namespace dimension;
  if (d == energy()) return "eV";
  if (d == length()) return "nm";
  if (d == time()) return "ns";
  if (d == rate()) return "THz";
  if (d == dimension::temperature()) return "K";
  if (d == force()) return "eV/nm";
  if (d == energy() / dimension::temperature()) return "eV/K";
  return std::nullopt;
}

}  // namespace

std::optional<Typed> constant(const std::string& name) {
  for (const Constant& c : constants()) {
    if (name == c.name) return Typed{rdd::number(c.value), c.dimension};
  }
  return std::nullopt;
}

std::string count(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string choices(const std::vector<std::string>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
    result += "`" + words[i] + "`";
  }
  return result;
}

Diagnostic& Expressions::report(Code code, ast::Place place, const Env& env, std::string message) {
  const Span here = context_.span(env.source, place);
  if (!env.frame) return context_.diagnostics.add(code, here, std::move(message));
  // In a function of the standard library the user's own mistake is at the call; in the user's function it may be in
  // the body, so that is shown, and the call that led there.
  const Frame* frame = env.frame;
  while (frame->library && frame->outer) frame = frame->outer;
  if (!env.frame->library) {
    Diagnostic& d = context_.diagnostics.add(code, here, std::move(message));
    return d.note(env.frame->call, fmt::format("in this call of `{}`", env.frame->function->name.text));
  }
  Diagnostic& d = context_.diagnostics.add(code, frame->call, std::move(message));
  return d.note(here, fmt::format("in the definition of `{}`", env.frame->function->name.text));
}

std::optional<Typed> Expressions::typed(const ast::Expr& expression, const Env& env) {
  struct Visitor {
    Expressions& self;
    const Env& env;
    std::optional<Typed> operator()(const ast::Number& n) const { return self.number(n, env); }
    std::optional<Typed> operator()(const ast::Reference& n) const { return self.reference(n, env); }
    std::optional<Typed> operator()(const ast::Negate& n) const { return self.negate(n, env); }
    std::optional<Typed> operator()(const ast::Power& n) const { return self.power_of(n, env); }
    std::optional<Typed> operator()(const ast::Chain& n) const { return self.chain(n, env); }
    std::optional<Typed> operator()(const ast::Comparison& n) const { return self.comparison(n, env); }
    std::optional<Typed> operator()(const ast::Junction& n) const { return self.junction(n, env); }
    std::optional<Typed> operator()(const ast::Call& n) const { return self.call(n, env); }
    std::optional<Typed> operator()(const ast::Text& n) const {
      self.report(Code::WrongShape, n.place, env, "a text in quotes stands where a number is needed");
      return std::nullopt;
    }
    std::optional<Typed> operator()(const ast::List& n) const {
      self.report(Code::WrongShape, n.place, env, "a list stands where one number is needed");
      return std::nullopt;
    }
  };
  return std::visit(Visitor{*this, env}, expression.node);
}

std::optional<Typed> Expressions::typed(const ast::Expr& expression, const Env& env, const Dimension& expected,
                                        const std::string& what) {
  std::optional<Typed> value = typed(expression, env);
  if (value && value->dimension != expected) {
    wrong_dimension(expression, env, value->dimension, expected, what);
    return std::nullopt;
  }
  return value;
}

Expr Expressions::quantity(const ast::Expr& expression, const Env& env, const Dimension& expected,
                           const std::string& what) {
  const std::optional<Typed> value = typed(expression, env, expected, what);
  return value ? value->value : nullptr;
}

void Expressions::wrong_dimension(const ast::Expr& expression, const Env& env, const Dimension& found,
                                  const Dimension& expected, const std::string& what) {
  Diagnostic& d = report(Code::WrongDimension, place(expression), env,
                         fmt::format("{} {}, expected {}", what, has_dimension(found), words(expected)));
  d.here(words(found));
  const std::optional<std::string> unit = usual_unit(expected);
  if (const auto* number = std::get_if<ast::Number>(&expression.node); number && found.dimensionless() && unit) {
    d.hint(fmt::format("a number needs its unit: `{} {}`", number->value, *unit));
    return;
  }
  if (found == expected / dimension::amount()) {
    d.hint("per mole; divided by `N_A` it is that of one particle");
    return;
  }
  if (const auto* chain = std::get_if<ast::Chain>(&expression.node)) {
    // One operand of a product that has the dimension alone is probably what was meant.
    for (const ast::Expr& operand : chain->operands) {
      const std::optional<Typed> alone = typed(operand, env);  // silent: the whole was read before
      if (!alone || alone->dimension != expected) continue;
      const ast::Place at = place(operand);
      d.hint(
          fmt::format("`{}` alone has the dimension {}", Span{env.source, at.begin, at.end}.text(), words(expected)));
      return;
    }
  }
}

const ast::List* Expressions::components(const ast::Expr& expression, const Env& env, const std::string& what,
                                         std::optional<std::size_t> size) {
  const auto* node = std::get_if<ast::List>(&expression.node);
  if (!node) {
    report(Code::WrongShape, place(expression), env, fmt::format("{} is a list in [ ]", what));
    return nullptr;
  }
  if (size && node->items.size() != *size) {
    report(Code::WrongShape, node->place, env,
           fmt::format("{} has {}, expected {}", what, count(node->items.size(), "component"), *size));
    return nullptr;
  }
  return node;
}

std::optional<std::vector<Expr>> Expressions::list(const ast::Expr& expression, const Env& env,
                                                   const Dimension& expected, const std::string& what,
                                                   std::optional<std::size_t> size) {
  const ast::List* const node = components(expression, env, what, size);
  if (!node) return std::nullopt;
  std::vector<Expr> result;
  bool good = true;
  for (const ast::Expr& item : node->items) {
    result.push_back(quantity(item, env, expected, "a component of " + what));
    good = good && result.back();
  }
  if (!good) return std::nullopt;
  return result;
}

std::optional<int> Expressions::integer(const ast::Expr& expression, const Env& env, const std::string& what) {
  const std::optional<Typed> value = typed(expression, env, {}, what);
  if (!value) return std::nullopt;
  const auto* number = std::get_if<expr::Number>(&value->value->value);
  if (!number) {
    report(Code::NotConstant, place(expression), env,
           fmt::format("{} is a whole number that no parameter can change", what));
    return std::nullopt;
  }
  if (number->value != std::round(number->value) || std::abs(number->value) > 1e9) {
    report(Code::NotInteger, place(expression), env,
           fmt::format("{} is a whole number, found {}", what, number->value));
    return std::nullopt;
  }
  return static_cast<int>(number->value);
}

std::optional<std::vector<int>> Expressions::integers(const ast::Expr& expression, const Env& env,
                                                      const std::string& what, std::optional<std::size_t> size) {
  const ast::List* const node = components(expression, env, what, size);
  if (!node) return std::nullopt;
  std::vector<int> result;
  for (const ast::Expr& item : node->items) {
    const std::optional<int> value = integer(item, env, "a component of " + what);
    if (!value) return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

std::optional<Unit> Expressions::unit(const ast::Unit& unit, const Env& env) {
  Unit result{{}, 1};
  double above = 1, below = 1;
  for (const ast::UnitFactor& factor : unit.factors) {
    const std::optional<Unit> known = find_unit(factor.name);
    if (!known) {
      if (context_.unknown.insert("unit " + factor.name).second) {
        Diagnostic& d =
            report(Code::UnknownUnit, factor.place, env,
                   fmt::format("`{}` is no unit", Span{env.source, factor.place.begin, factor.place.end}.text()));
        if (context_.declared.contains(factor.name)) {
          d.hint(fmt::format("to multiply by the quantity write `* {}`", factor.name));
        } else if (const auto guess = nearest_unit(factor.name)) {
          d.hint(fmt::format("did you mean `{}`?", *guess));
        }
      }
      return std::nullopt;
    }
    const std::optional<Dimension> dimension = power(known->dimension, factor.exponent, 1);
    if (!dimension) {
      report(Code::WrongDimension, factor.place, env, "this power of a unit is out of any physical range");
      return std::nullopt;
    }
    result.dimension = result.dimension * *dimension;
    result.cells += known->cells * factor.exponent;
    (factor.exponent > 0 ? above : below) *= std::pow(known->factor, std::abs(factor.exponent));
  }
  result.factor = above / below;
  return result;
}

std::optional<Typed> Expressions::number(const ast::Number& node, const Env& env) {
  if (!std::isfinite(node.value)) {
    report(Code::BadNumber, node.place, env, "this number is out of the range of double precision");
    return std::nullopt;
  }
  const std::optional<Unit> known = unit(node.unit, env);
  if (!known) return std::nullopt;
  const Expr value = rdd::number(in_si(node.value, known->factor));
  if (known->cells == 0) return Typed{value, known->dimension};
  const std::optional<Expr> length = cell_length(node.unit.place, env);
  if (!length) return std::nullopt;
  const Expr power = apply(Operation::power, {*length, rdd::number(known->cells)});
  return Typed{apply(Operation::multiply, {value, known->cells == 1 ? *length : power}), known->dimension, 16, 8};
}

/// The length of a primitive vector; nullopt with a diagnostic where there is none yet, or where they differ.
std::optional<Expr> Expressions::cell_length(ast::Place place, const Env& env) {
  const auto& vectors = context_.model.lattice.vectors;
  if (vectors.empty()) {
    if (context_.lattice_failed || !context_.unknown.insert("unit cell").second) return std::nullopt;
    report(Code::UnknownUnit, place, env, "`cell` is the length of a lattice vector, which is not known here")
        .hint("quantities are read before the lattice: give the length itself");
    return std::nullopt;
  }
  std::vector<double> lengths;
  for (const auto& vector : vectors) {
    double square = 0;
    for (const Expr& component : vector) square += std::pow(evaluate(component, context_.defaults), 2);
    lengths.push_back(std::sqrt(square));
    if (std::abs(lengths.back() - lengths.front()) <= 1e-9 * lengths.front()) continue;
    if (!context_.unknown.insert("unit cell").second) return std::nullopt;
    report(Code::UnknownUnit, place, env,
           fmt::format("`cell` has no one length: the lattice's vectors are {} and {} long",
                       readable(lengths.front(), dimension::length()), readable(lengths.back(), dimension::length())))
        .hint("give the length itself; a domain can be given as `cells [nx, ny]`");
    return std::nullopt;
  }
  Expr square;
  for (const Expr& component : vectors.front()) {
    const Expr term = apply(Operation::multiply, {component, component});
    square = square ? apply(Operation::add, {square, term}) : term;
  }
  return apply(Operation::sqrt, {square});
}

std::optional<Typed> Expressions::thermal(const std::string& name, ast::Place place, const Env& env) {
  if (!context_.model.temperature) {
    const auto later = context_.declared.find("T");
    if (!context_.unknown.insert("T").second) return std::nullopt;
    if (later != context_.declared.end()) {
      if (context_.values.contains("T")) return std::nullopt;  // the temperature itself is wrong and was reported
      report(Code::DeclaredLater, place, env, fmt::format("`{}` is used before the temperature is declared", name))
          .note(later->second, "declared here")
          .hint("move `temperature` above it");
    } else {
      report(Code::MissingTemperature, place, env, fmt::format("{} needs a temperature, and the model has none", name))
          .hint("add `temperature 300 K`");
    }
    return std::nullopt;
  }
  const Expr T = rdd::parameter(*context_.model.temperature);
  const Expr kT = apply(Operation::multiply, {rdd::number(boltzmann), T});
  if (name == "T") return Typed{T, dimension::temperature()};
  if (name == "beta")
    return Typed{apply(Operation::divide, {rdd::number(1), kT}), Dimension{} / dimension::energy(), 5, 3};
  return Typed{kT, dimension::energy(), 3, 2};
}

std::optional<std::optional<Typed>> Expressions::solved(const ast::Reference& node, const Env& env) {
  const std::string& name = node.name.text;
  // Functions of the library and of files with names of their own know nothing of this solve block.
  if (!env.field || (env.file && (env.file->library || !env.file->prefix.empty()))) return std::nullopt;
  const bool time = env.field->time && name == "t" && node.index.empty();
  const bool density = env.field->densities && env.field->densities->named(node);
  if (!time && !density) return std::nullopt;
  const auto declared = context_.declared.find(name);
  const bool quantity = declared != context_.declared.end() && node.index.empty();
  if (quantity || (time && density)) {
    if (!context_.unknown.insert("two meanings " + name).second) return std::optional<Typed>();
    const std::string meaning = time ? "the time" : "a density";
    Diagnostic& d = report(Code::AmbiguousName, node.place, env,
                           quantity ? fmt::format("`{}` is {} here, and a quantity of the model", name, meaning)
                                    : fmt::format("`{}` is the time here, and a density", name));
    if (quantity) d.note(declared->second, "the quantity");
    d.hint(fmt::format("rename the {}", quantity ? "quantity" : "state"));
    return std::optional<Typed>();
  }
  if (time) return Typed{coordinate(3), dimension::time()};
  const std::optional<Density> found = env.field->densities->find(node, env);
  if (!found) return std::optional<Typed>();
  return Typed{env.field->densities->leaf(*found), *power(dimension::length(), -env.field->axes, 1)};
}

std::optional<Typed> Expressions::reference(const ast::Reference& node, const Env& env) {
  const std::string& name = node.name.text;
  if (env.locals && node.index.empty()) {
    if (const auto local = env.locals->find(name); local != env.locals->end()) return local->second;
  }
  if (const auto value = solved(node, env)) return *value;
  if (!node.index.empty()) {
    Diagnostic& d =
        report(Code::WrongShape, node.place, env, fmt::format("`{}` is not a quantity with an index", name));
    if (env.field) d.hint("densities stand in `source` and `sink` only");
    return std::nullopt;
  }
  if (const auto axis = axis_of(name)) {
    if (!env.field) return unknown(node, env);
    if (*axis >= env.field->axes) {
      report(Code::UnknownName, node.place, env,
             fmt::format("there is no `{}`: the lattice has {}", name,
                         count(static_cast<std::size_t>(env.field->axes), "dimension")));
      return std::nullopt;
    }
    return Typed{coordinate(*axis), dimension::length()};
  }
  const std::string full = full_name(name, env);
  if (const auto value = context_.values.find(full); value != context_.values.end() && full != "T") {
    if (context_.uses) context_.use(context_.span(env.source, node.place), context_.declared.at(full), full);
    return value->second;
  }
  if (thermal_name(name)) {
    if (const auto place = context_.declared.find("T"); context_.uses && place != context_.declared.end())
      context_.use(context_.span(env.source, node.place), place->second, "T");
    return thermal(name, node.place, env);
  }
  if (const auto value = constant(name)) return value;
  return unknown(node, env);
}

std::vector<std::string> Expressions::known_names(const Env& env) const {
  std::vector<std::string> names;
  if (env.locals) {
    for (const auto& [name, value] : *env.locals) names.push_back(name);
  }
  for (const auto& [name, place] : context_.declared) names.push_back(name);
  for (const Constant& c : constants()) names.emplace_back(c.name);
  for (const char* name : {"T", "kT", "beta"}) names.emplace_back(name);
  return names;
}

std::optional<Typed> Expressions::unknown(const ast::Reference& node, const Env& env) {
  const std::string& name = node.name.text;
  const std::string full = full_name(name, env);
  if (const auto later = context_.declared.find(full); later != context_.declared.end() && !axis_of(name)) {
    if (!context_.unknown.insert(full).second) return std::nullopt;
    report(Code::DeclaredLater, node.place, env, fmt::format("`{}` is used before it is declared", name))
        .note(later->second, "declared here")
        .hint("a quantity can use only those above it: move one of the two");
    return std::nullopt;
  }
  if (!context_.unknown.insert(full).second) return std::nullopt;
  Diagnostic& d = report(Code::UnknownName, node.place, env, fmt::format("nothing is called `{}`", name));
  const auto& functions = builtin_functions();
  if (axis_of(name)) {
    d.hint("x, y and z are the coordinates of a solve block; they mean nothing here");
  } else if (name == "t") {
    d.hint(env.field ? "an initial density knows no time" : "t is the time in a solve block; it means nothing here");
  } else if (find_unit(name)) {
    d.hint(fmt::format("`{}` is a unit, which stands straight after a number: `1 {}`", name, name));
  } else if (context_.functions.contains(name) ||
             std::find(functions.begin(), functions.end(), name) != functions.end()) {
    d.hint(fmt::format("`{0}` is a function: `{0}(…)`", name));
  } else if (context_.state_index.contains(name)) {
    d.hint(env.field ? fmt::format("`{}` is a state; densities stand in `source` and `sink` only", name)
                     : fmt::format("`{}` is a state, not a quantity", name));
  } else if (const auto guess = nearest(name, known_names(env))) {
    d.hint(fmt::format("did you mean `{}`?", *guess));
  } else {
    d.hint(fmt::format("declare it: `param {} = …`", name));
  }
  return std::nullopt;
}

std::optional<Typed> Expressions::combine(Operation operation, std::vector<Typed> arguments, Dimension dimension,
                                          ast::Place place, const Env& env) {
  Typed result;
  result.dimension = dimension;
  std::vector<Expr> values;
  for (Typed& argument : arguments) {
    result.size += argument.size;
    result.depth = std::max(result.depth, argument.depth + 1);
    values.push_back(std::move(argument.value));
  }
  result.value = apply(operation, std::move(values));
  if (std::holds_alternative<expr::Number>(result.value->value)) {
    result.size = 1;
    result.depth = 1;
  }
  if (result.depth > deepest || result.size > limits::nodes) {
    if (context_.unknown.insert("too deep").second) {
      report(Code::TooDeep, place, env, "the expression is too large once its functions are written out")
          .hint("name parts of it with `let`");
    }
    return std::nullopt;
  }
  return result;
}

std::optional<Typed> Expressions::negate(const ast::Negate& node, const Env& env) {
  std::optional<Typed> operand = typed(node.operand.front(), env);
  if (!operand) return std::nullopt;
  const Dimension dimension = operand->dimension;
  return combine(Operation::negate, {std::move(*operand)}, dimension, node.place, env);
}

std::optional<Typed> Expressions::chain(const ast::Chain& node, const Env& env) {
  std::optional<Typed> result = typed(node.operands.front(), env);
  for (std::size_t i = 0; i < node.operators.size(); ++i) {
    const ast::Expr& operand = node.operands[i + 1];
    std::optional<Typed> next = typed(operand, env);
    if (!result || !next) {
      result.reset();
      continue;
    }
    const char sign = node.operators[i];
    Dimension dimension = result->dimension;
    if (sign == '*') dimension = dimension * next->dimension;
    if (sign == '/') dimension = dimension / next->dimension;
    if ((sign == '+' || sign == '-') && next->dimension != dimension) {
      ast::Place before = place(node.operands.front());
      before.end = place(node.operands[i]).end;
      unequal_dimensions(sign == '+' ? "a sum" : "a difference", before, dimension, place(operand), next->dimension,
                         env);
      result.reset();
      continue;
    }
    const Operation operation = sign == '+'   ? Operation::add
                                : sign == '-' ? Operation::subtract
                                : sign == '*' ? Operation::multiply
                                              : Operation::divide;
    result = combine(operation, {std::move(*result), std::move(*next)}, dimension, node.place, env);
    if (!result) return std::nullopt;
  }
  return result;
}

void Expressions::unequal_dimensions(const std::string& what, ast::Place first, const Dimension& of_first,
                                     ast::Place second, const Dimension& of_second, const Env& env) {
  report(Code::WrongDimension, second, env, fmt::format("{} needs equal dimensions", what))
      .here(words(of_second))
      .note(context_.span(env.source, first), words(of_first));
}

/// 1 where all of a ≤ b, b < c, … hold, else 0.
std::optional<Typed> Expressions::comparison(const ast::Comparison& node, const Env& env) {
  using Sign = ast::Comparison::Operator;
  std::optional<Typed> left = typed(node.operands.front(), env);
  std::optional<Typed> result;
  bool good = left.has_value();
  for (std::size_t i = 0; i < node.operators.size(); ++i) {
    std::optional<Typed> right = typed(node.operands[i + 1], env);
    if (left && right && left->dimension != right->dimension) {
      unequal_dimensions("a comparison", place(node.operands[i]), left->dimension, place(node.operands[i + 1]),
                         right->dimension, env);
      right.reset();
    }
    good = good && right;
    if (good) {
      const Sign sign = node.operators[i];
      const bool strict = sign == Sign::less || sign == Sign::greater;
      std::vector<Typed> sides{*left, *right};
      if (sign == Sign::greater || sign == Sign::greater_equal) std::swap(sides[0], sides[1]);
      std::optional<Typed> holds =
          combine(strict ? Operation::less : Operation::less_equal, std::move(sides), {}, node.place, env);
      if (holds && result)
        holds = combine(Operation::multiply, {std::move(*result), std::move(*holds)}, {}, node.place, env);
      result = std::move(holds);
      good = result.has_value();
    }
    left = std::move(right);
  }
  return good ? result : std::nullopt;
}

/// What is not zero holds: `a and b` is b where a holds, else 0; `a or b` is 1 where a holds, else b.
std::optional<Typed> Expressions::junction(const ast::Junction& node, const Env& env) {
  std::optional<Typed> result = typed(node.operands.front(), env, {}, "a condition");
  for (std::size_t i = 1; i < node.operands.size(); ++i) {
    std::optional<Typed> next = typed(node.operands[i], env, {}, "a condition");
    if (!result || !next) {
      result.reset();
      continue;
    }
    std::vector<Typed> parts;
    parts.push_back(std::move(*result));
    parts.push_back(node.any ? Typed{rdd::number(1), {}} : *next);
    parts.push_back(node.any ? *next : Typed{rdd::number(0), {}});
    result = combine(Operation::where, std::move(parts), {}, node.place, env);
  }
  return result;
}

std::optional<Typed> Expressions::power_of(const ast::Power& node, const Env& env) {
  std::optional<Typed> base = typed(node.operands[0], env);
  std::optional<Typed> exponent = typed(node.operands[1], env, {}, "an exponent");
  if (!base || !exponent) return std::nullopt;
  if (base->dimension.dimensionless()) {
    return combine(Operation::power, {std::move(*base), std::move(*exponent)}, {}, node.place, env);
  }
  const auto* number = std::get_if<expr::Number>(&exponent->value->value);
  if (!number) {
    report(Code::NotConstant, place(node.operands[1]), env,
           "the exponent of a quantity with dimension must be a constant")
        .note(context_.span(env.source, place(node.operands[0])), words(base->dimension));
    return std::nullopt;
  }
  for (int denominator = 1; denominator <= 12; ++denominator) {
    const double numerator = number->value * denominator;
    if (std::abs(numerator) > 1200 || std::abs(numerator - std::round(numerator)) > 1e-9) continue;
    const auto dimension = power(base->dimension, static_cast<int>(std::lround(numerator)), denominator);
    if (!dimension) continue;
    return combine(Operation::power, {std::move(*base), std::move(*exponent)}, *dimension, node.place, env);
  }
  report(Code::WrongDimension, place(node.operands[1]), env,
         fmt::format("{} cannot be raised to this power", words(base->dimension)));
  return std::nullopt;
}

bool check_name(Context& context, const ast::Name& name, const SourcePtr& source, const std::string& kind, bool local) {
  const Span where{source, name.place.begin, name.place.end};
  if (find_unit(name.text)) {
    context.diagnostics
        .add(Code::UnitAsName, where, fmt::format("{} cannot be called `{}`: that is a unit", kind, name.text))
        .hint(fmt::format("rename it, for instance to `{}_0`", name.text));
    return false;
  }
  std::string why;
  if (constant(name.text)) why = "that is a constant of the language";
  if (thermal_name(name.text)) why = "that follows from `temperature`";
  if (axis_of(name.text) && !local) why = "that is a coordinate of solve blocks";
  if (why.empty()) return true;
  context.diagnostics.add(Code::ReservedName, where, fmt::format("{} cannot be called `{}`: {}", kind, name.text, why))
      .hint(name.text == "T" ? "declare the temperature by `temperature 300 K`"
                             : fmt::format("rename it, for instance to `{}_0`", name.text));
  return false;
}

}  // namespace rdd::resolving
