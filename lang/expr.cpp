// Expression trees are immutable and shared, so building is cheap; folding happens in `apply` alone. Differentiation
// and binding rebuild a tree through `apply`, so their results are folded too. Derivatives by coordinates are wanted as
// expressions, those by parameters as numbers: the rules for one argument are written once for both.
#include "lang/expr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace rdd {

namespace {

using expr::Apply;
using expr::Coordinate;
using expr::Density;
using expr::Node;
using expr::Number;
using expr::Operation;
using expr::Parameter;

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

double compute(Operation operation, double a, double b, double c) {
  switch (operation) {
    case Operation::negate:
      return -a;
    case Operation::exp:
      return std::exp(a);
    case Operation::log:
      return std::log(a);
    case Operation::sqrt:
      return std::sqrt(a);
    case Operation::sin:
      return std::sin(a);
    case Operation::cos:
      return std::cos(a);
    case Operation::tan:
      return std::tan(a);
    case Operation::sinh:
      return std::sinh(a);
    case Operation::cosh:
      return std::cosh(a);
    case Operation::tanh:
      return std::tanh(a);
    case Operation::abs:
      return std::abs(a);
    case Operation::sign:
      return a > 0 ? 1 : (a < 0 ? -1 : a);
    case Operation::add:
      return a + b;
    case Operation::subtract:
      return a - b;
    case Operation::multiply:
      return a * b;
    case Operation::divide:
      return a / b;
    case Operation::power:
      return std::pow(a, b);
    case Operation::minimum:
      return std::fmin(a, b);
    case Operation::maximum:
      return std::fmax(a, b);
    case Operation::less:
      return a < b ? 1 : 0;
    case Operation::less_equal:
      return a <= b ? 1 : 0;
    case Operation::equal:
      return a == b ? 1 : 0;
    case Operation::where:
      return a != 0 ? b : c;
  }
  return std::nan("");
}

const double* constant(const Expr& expression) {
  const auto* value = std::get_if<Number>(&expression->value);
  return value ? &value->value : nullptr;
}
bool is(const Expr& expression, double value) {
  const double* found = constant(expression);
  return found && *found == value;
}

Expr make(Operation operation, std::vector<Expr> arguments) {
  return std::make_shared<const Node>(Node{Apply{operation, std::move(arguments)}});
}

/// x + 0, 1 * x and their kin; null where nothing folds. 0 * x is left alone: x may be infinite.
Expr identity(Operation operation, const std::vector<Expr>& x) {
  switch (operation) {
    case Operation::negate:
      if (const auto* inner = std::get_if<Apply>(&x[0]->value); inner && inner->operation == Operation::negate) {
        return inner->arguments[0];
      }
      return nullptr;
    case Operation::add:
      if (is(x[0], 0)) return x[1];
      if (is(x[1], 0)) return x[0];
      return nullptr;
    case Operation::subtract:
      if (is(x[1], 0)) return x[0];
      if (is(x[0], 0)) return apply(Operation::negate, {x[1]});
      return nullptr;
    case Operation::multiply:
      if (is(x[0], 1)) return x[1];
      if (is(x[1], 1)) return x[0];
      return nullptr;
    case Operation::divide:
      return is(x[1], 1) ? x[0] : nullptr;
    case Operation::power:
      if (is(x[1], 1)) return x[0];
      if (is(x[1], 0)) return number(1);
      return nullptr;
    case Operation::where:
      if (const double* condition = constant(x[0])) return *condition != 0 ? x[1] : x[2];
      return nullptr;
    default:
      return nullptr;
  }
}

/// Product with the zero rule, which is safe among the finite terms of a derivative and keeps them short.
Expr times(const Expr& a, const Expr& b) {
  if (is(a, 0) || is(b, 0)) return number(0);
  return apply(Operation::multiply, {a, b});
}

// What the rules of differentiation are written in: numbers or expressions.
double calculate(Operation operation, double a, double b = 0) {
  return compute(operation, a, b, 0);
}
Expr calculate(Operation operation, const Expr& a) {
  return apply(operation, {a});
}
Expr calculate(Operation operation, const Expr& a, const Expr& b) {
  return apply(operation, {a, b});
}
template <class T>
T literal(double value) {
  if constexpr (std::is_same_v<T, double>)
    return value;
  else
    return number(value);
}

/// ∂(operation)/∂(argument), the outer factor of the chain rule for one argument.
template <class T>
T outer_derivative(Operation operation, const T& a, const T& self) {
  switch (operation) {
    case Operation::negate:
      return literal<T>(-1);
    case Operation::exp:
      return self;
    case Operation::log:
      return calculate(Operation::divide, literal<T>(1), a);
    case Operation::sqrt:
      return calculate(Operation::divide, literal<T>(0.5), self);
    case Operation::sin:
      return calculate(Operation::cos, a);
    case Operation::cos:
      return calculate(Operation::negate, calculate(Operation::sin, a));
    case Operation::tan:
      return calculate(Operation::add, literal<T>(1), calculate(Operation::multiply, self, self));
    case Operation::sinh:
      return calculate(Operation::cosh, a);
    case Operation::cosh:
      return calculate(Operation::sinh, a);
    case Operation::tanh:
      return calculate(Operation::subtract, literal<T>(1), calculate(Operation::multiply, self, self));
    case Operation::abs:
      return calculate(Operation::sign, a);
    default:
      return literal<T>(0);  // sign and comparisons are constant almost everywhere
  }
}

/// (a^b)' = b a^(b-1) a' + log(a) a^b b', each part only where it is not zero.
Expr power_derivative(const Expr& self, const Expr& a, const Expr& b, const Expr& da, const Expr& db) {
  const Expr lowered = apply(Operation::power, {a, apply(Operation::subtract, {b, number(1)})});
  const Expr first = times(times(b, lowered), da);
  const Expr second = is(db, 0) ? db : times(times(apply(Operation::log, {a}), self), db);
  return apply(Operation::add, {first, second});
}

Expr derivative_of(const Expr& self, const Apply& node, int axis) {
  const std::vector<Expr>& x = node.arguments;
  const auto d = [axis](const Expr& e) { return derivative(e, axis); };
  switch (node.operation) {
    case Operation::add:
    case Operation::subtract:
      return apply(node.operation, {d(x[0]), d(x[1])});
    case Operation::multiply:
      return apply(Operation::add, {times(d(x[0]), x[1]), times(x[0], d(x[1]))});
    case Operation::divide: {
      const Expr da = d(x[0]), db = d(x[1]);
      const Expr first = is(da, 0) ? da : apply(Operation::divide, {da, x[1]});
      if (is(db, 0)) return first;
      return apply(Operation::subtract, {first, apply(Operation::divide, {times(self, db), x[1]})});
    }
    case Operation::power:
      return power_derivative(self, x[0], x[1], d(x[0]), d(x[1]));
    case Operation::minimum:
      return apply(Operation::where, {apply(Operation::less, {x[0], x[1]}), d(x[0]), d(x[1])});
    case Operation::maximum:
      return apply(Operation::where, {apply(Operation::less, {x[0], x[1]}), d(x[1]), d(x[0])});
    case Operation::where:
      return apply(Operation::where, {x[0], d(x[1]), d(x[2])});
    default:
      if (x.size() != 1) return number(0);
      return times(outer_derivative(node.operation, x[0], self), d(x[0]));
  }
}

/// An expression written out as a list, arguments before what is made of them: values are found on the way up it,
/// derivatives of the last value on the way down.
class Tape {
 public:
  explicit Tape(std::span<const double> parameters) : parameters_(parameters) {}

  std::size_t record(const Expr& expression) {
    Step step;
    std::visit(overloaded{[&](const Number& n) { step.value = n.value; },
                          [&](const Parameter& p) {
                            step.parameter = p.index;
                            step.value = parameters_[static_cast<std::size_t>(p.index)];
                            step.varies = true;
                          },
                          [](const Coordinate&) {}, [](const Density&) {},
                          [&](const Apply& a) {
                            step.apply = &a;
                            double x[3] = {};
                            for (std::size_t i = 0; i < a.arguments.size(); ++i) {
                              step.arguments[i] = record(a.arguments[i]);
                              x[i] = steps_[step.arguments[i]].value;
                              step.varies = step.varies || steps_[step.arguments[i]].varies;
                            }
                            step.value = compute(a.operation, x[0], x[1], x[2]);
                          }},
               expression->value);
    steps_.push_back(step);
    return steps_.size() - 1;
  }

  double value() const { return steps_.back().value; }

  void differentiate(std::span<double> gradient) {
    steps_.back().adjoint = 1;
    for (std::size_t s = steps_.size(); s-- > 0;) {
      const Step& step = steps_[s];
      if (!step.varies || step.adjoint == 0) continue;  // a branch not taken may be infinite
      if (step.parameter >= 0) gradient[static_cast<std::size_t>(step.parameter)] += step.adjoint;
      if (!step.apply) continue;
      for (std::size_t i = 0; i < step.apply->arguments.size(); ++i) {
        Step& argument = steps_[step.arguments[i]];
        if (argument.varies) argument.adjoint += step.adjoint * partial(step, i);
      }
    }
  }

 private:
  struct Step {
    const Apply* apply = nullptr;
    int parameter = -1;
    std::array<std::size_t, 3> arguments{};
    double value = 0, adjoint = 0;
    bool varies = false;  ///< with some parameter
  };

  /// ∂(step)/∂(its argument i).
  double partial(const Step& step, std::size_t i) const {
    const auto x = [&](std::size_t argument) { return steps_[step.arguments[argument]].value; };
    switch (step.apply->operation) {
      case Operation::add:
        return 1;
      case Operation::subtract:
        return i == 0 ? 1 : -1;
      case Operation::multiply:
        return x(1 - i);
      case Operation::divide:
        return i == 0 ? 1 / x(1) : -step.value / x(1);
      case Operation::power:
        return i == 0 ? x(1) * std::pow(x(0), x(1) - 1) : std::log(x(0)) * step.value;
      case Operation::minimum:
        return (x(0) < x(1)) == (i == 0) ? 1 : 0;
      case Operation::maximum:
        return (x(0) < x(1)) == (i == 1) ? 1 : 0;
      case Operation::where:
        return i > 0 && (x(0) != 0) == (i == 1) ? 1 : 0;
      default:
        return step.apply->arguments.size() == 1 ? outer_derivative(step.apply->operation, x(0), step.value) : 0;
    }
  }

  std::span<const double> parameters_;
  std::vector<Step> steps_;
};

enum class Language { rdd, cpp };

struct Spelling {
  std::string_view rdd, cpp;
};
Spelling function_name(Operation operation) {
  switch (operation) {
    case Operation::exp:
      return {"exp", "std::exp"};
    case Operation::log:
      return {"log", "std::log"};
    case Operation::sqrt:
      return {"sqrt", "std::sqrt"};
    case Operation::sin:
      return {"sin", "std::sin"};
    case Operation::cos:
      return {"cos", "std::cos"};
    case Operation::tan:
      return {"tan", "std::tan"};
    case Operation::sinh:
      return {"sinh", "std::sinh"};
    case Operation::cosh:
      return {"cosh", "std::cosh"};
    case Operation::tanh:
      return {"tanh", "std::tanh"};
    case Operation::abs:
      return {"abs", "std::abs"};
    case Operation::sign:
      return {"sign", ""};
    case Operation::minimum:
      return {"min", "std::fmin"};
    case Operation::maximum:
      return {"max", "std::fmax"};
    case Operation::power:
      return {"^", "std::pow"};
    case Operation::less:
      return {"less", ""};
    case Operation::less_equal:
      return {"less_equal", ""};
    case Operation::equal:
      return {"equal", ""};
    case Operation::where:
      return {"where", ""};
    default:
      return {};
  }
}

class Printer {
 public:
  Printer(Language language, std::span<const std::string> names) : language_(language), names_(names) {}

  // Levels of binding: 0 sum, 1 product, 2 sign, 3 power, 4 atom. A node is bracketed where its place binds tighter.
  std::string operator()(const Expr& expression, int place = 0) const {
    return std::visit(
        overloaded{[&](const Number& n) { return value(n.value, place); },
                   [&](const Parameter& p) { return names_[static_cast<std::size_t>(p.index)]; },
                   [&](const Coordinate& c) { return std::string(1, "xyzt"[c.axis]); },
                   [&](const Density& d) { return d.name; }, [&](const Apply& a) { return node(a, place); }},
        expression->value);
  }

 private:
  std::string value(double v, int place) const {
    if (!std::isfinite(v)) {
      const bool cpp = language_ == Language::cpp;
      if (std::isnan(v)) return cpp ? "std::numeric_limits<double>::quiet_NaN()" : "nan";
      const std::string infinity = cpp ? "std::numeric_limits<double>::infinity()" : "inf";
      return v > 0 ? infinity : "(-" + infinity + ")";
    }
    std::string text = fmt::format("{}", v);  // the shortest text that reads back to the same bits
    if (language_ == Language::cpp && text.find_first_of(".e") == std::string::npos) text += ".0";
    return std::signbit(v) && place > 1 ? "(" + text + ")" : text;
  }

  std::string bracket(std::string text, int level, int place) const { return level < place ? "(" + text + ")" : text; }

  std::string infix(const Apply& a, std::string_view sign, int level, int place) const {
    return bracket(fmt::format("{} {} {}", (*this)(a.arguments[0], level), sign, (*this)(a.arguments[1], level + 1)),
                   level, place);
  }

  std::string call(std::string_view name, const std::vector<Expr>& arguments) const {
    std::string list;
    for (const Expr& argument : arguments) list += (list.empty() ? "" : ", ") + (*this)(argument);
    return fmt::format("{}({})", name, list);
  }

  std::string comparison(const Apply& a, std::string_view sign) const {
    return fmt::format("({} {} {} ? 1.0 : 0.0)", (*this)(a.arguments[0], 1), sign, (*this)(a.arguments[1], 1));
  }

  std::string node(const Apply& a, int place) const {
    const std::vector<Expr>& x = a.arguments;
    switch (a.operation) {
      case Operation::add:
        return infix(a, "+", 0, place);
      case Operation::subtract:
        return infix(a, "-", 0, place);
      case Operation::multiply:
        return infix(a, "*", 1, place);
      case Operation::divide:
        return infix(a, "/", 1, place);
      case Operation::negate:
        return bracket("-" + (*this)(x[0], 3), 2, place == 1 ? 0 : place);
      default:
        break;
    }
    if (language_ == Language::rdd) {
      if (a.operation != Operation::power) return call(function_name(a.operation).rdd, x);
      return bracket((*this)(x[0], 4) + "^" + (*this)(x[1], 4), 3, place);
    }
    switch (a.operation) {
      case Operation::less:
        return comparison(a, "<");
      case Operation::less_equal:
        return comparison(a, "<=");
      case Operation::equal:
        return comparison(a, "==");
      case Operation::sign: {
        const std::string inner = (*this)(x[0], 1);
        return fmt::format("({0} > 0.0 ? 1.0 : ({0} < 0.0 ? -1.0 : 0.0))", inner);
      }
      case Operation::where:
        return fmt::format("({} != 0.0 ? {} : {})", (*this)(x[0], 1), (*this)(x[1], 1), (*this)(x[2], 1));
      default:
        return call(function_name(a.operation).cpp, x);
    }
  }

  Language language_;
  std::span<const std::string> names_;
};

}  // namespace

Expr number(double value) {
  return std::make_shared<const Node>(Node{Number{value}});
}
Expr parameter(int index) {
  return std::make_shared<const Node>(Node{Parameter{index}});
}
Expr coordinate(int axis) {
  return std::make_shared<const Node>(Node{Coordinate{axis}});
}
Expr density_leaf(Density density) {
  return std::make_shared<const Node>(Node{std::move(density)});
}

Expr apply(Operation operation, std::vector<Expr> arguments) {
  bool constants = true;
  double value[3] = {};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const double* found = constant(arguments[i]);
    if (found) value[i] = *found;
    constants = constants && found;
  }
  if (constants) return number(compute(operation, value[0], value[1], value[2]));
  if (Expr folded = identity(operation, arguments)) return folded;
  return make(operation, std::move(arguments));
}

double evaluate(const Expr& expression, std::span<const double> parameters, std::array<double, 4> place) {
  return std::visit(overloaded{[](const Number& n) { return n.value; },
                               [&](const Parameter& p) { return parameters[static_cast<std::size_t>(p.index)]; },
                               [&](const Coordinate& c) { return place[static_cast<std::size_t>(c.axis)]; },
                               [](const Density&) { return std::nan(""); },
                               [&](const Apply& a) {
                                 double value[3] = {};
                                 for (std::size_t i = 0; i < a.arguments.size(); ++i) {
                                   value[i] = evaluate(a.arguments[i], parameters, place);
                                 }
                                 return compute(a.operation, value[0], value[1], value[2]);
                               }},
                    expression->value);
}

double value_and_gradient(const Expr& expression, std::span<const double> parameters, std::span<double> gradient) {
  Tape tape(parameters);
  tape.record(expression);
  std::fill(gradient.begin(), gradient.end(), 0.0);
  tape.differentiate(gradient);
  return tape.value();
}

Expr derivative(const Expr& expression, int axis) {
  return std::visit(overloaded{[](const Number&) { return number(0); }, [](const Parameter&) { return number(0); },
                               [&](const Coordinate& c) { return number(c.axis == axis ? 1 : 0); },
                               [](const Density&) { return number(0); },
                               [&](const Apply& a) { return derivative_of(expression, a, axis); }},
                    expression->value);
}

Expr substitute(const Expr& expression, const std::function<Expr(const Expr& leaf)>& leaf) {
  return std::visit(overloaded{[&](const Number&) { return expression; },
                               [&](const Apply& a) {
                                 std::vector<Expr> arguments;
                                 for (const Expr& argument : a.arguments)
                                   arguments.push_back(substitute(argument, leaf));
                                 return apply(a.operation, std::move(arguments));
                               },
                               [&](const auto&) { return leaf(expression); }},
                    expression->value);
}

Expr bind(const Expr& expression, std::span<const double> parameters) {
  return substitute(expression, [&](const Expr& leaf) {
    const auto* p = std::get_if<Parameter>(&leaf->value);
    return p ? number(parameters[static_cast<std::size_t>(p->index)]) : leaf;
  });
}

bool uses_parameter(const Expr& expression, int index) {
  if (const auto* p = std::get_if<Parameter>(&expression->value)) return p->index == index;
  if (const auto* a = std::get_if<Apply>(&expression->value)) {
    for (const Expr& argument : a->arguments) {
      if (uses_parameter(argument, index)) return true;
    }
  }
  return false;
}

bool same(const Expr& a, const Expr& b) {
  if (a == b) return true;
  if (!a || !b || a->value.index() != b->value.index()) return false;
  if (const auto* n = std::get_if<Number>(&a->value)) return n->value == std::get<Number>(b->value).value;
  if (const auto* p = std::get_if<Parameter>(&a->value)) return p->index == std::get<Parameter>(b->value).index;
  if (const auto* c = std::get_if<Coordinate>(&a->value)) return c->axis == std::get<Coordinate>(b->value).axis;
  if (const auto* d = std::get_if<Density>(&a->value)) return d->name == std::get<Density>(b->value).name;
  const auto& left = std::get<Apply>(a->value);
  const auto& right = std::get<Apply>(b->value);
  return left.operation == right.operation &&
         std::equal(left.arguments.begin(), left.arguments.end(), right.arguments.begin(), right.arguments.end(), same);
}

namespace {

template <class Leaf>
bool holds(const Expr& expression) {
  if (std::holds_alternative<Leaf>(expression->value)) return true;
  const auto* a = std::get_if<Apply>(&expression->value);
  return a && std::any_of(a->arguments.begin(), a->arguments.end(), holds<Leaf>);
}

}  // namespace

bool uses_coordinates(const Expr& expression) {
  return holds<Coordinate>(expression);
}
bool uses_densities(const Expr& expression) {
  return holds<Density>(expression);
}

std::string text(const Expr& expression, std::span<const std::string> parameter_names) {
  return Printer(Language::rdd, parameter_names)(expression);
}

std::string cpp(const Expr& expression, std::span<const std::string> parameter_names) {
  return Printer(Language::cpp, parameter_names)(expression);
}

}  // namespace rdd
