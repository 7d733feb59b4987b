// Calls: mathematics, the two rate laws that look at the states, densities over space, and functions written in .rdd,
// which are expanded where they are called, so that each use has dimensions of its own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lang/limits.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

using expr::Operation;

constexpr int deepest_calls = 60;

struct Mathematics {
  std::string_view name;
  Operation operation;
  enum class Rule { pure, root, keeps, sign, alike } rule;  // what the dimensions of argument and result have to do
};
constexpr Mathematics mathematics_table[] = {
    {"exp", Operation::exp, Mathematics::Rule::pure},      {"log", Operation::log, Mathematics::Rule::pure},
    {"sin", Operation::sin, Mathematics::Rule::pure},      {"cos", Operation::cos, Mathematics::Rule::pure},
    {"tan", Operation::tan, Mathematics::Rule::pure},      {"sinh", Operation::sinh, Mathematics::Rule::pure},
    {"cosh", Operation::cosh, Mathematics::Rule::pure},    {"tanh", Operation::tanh, Mathematics::Rule::pure},
    {"sqrt", Operation::sqrt, Mathematics::Rule::root},    {"abs", Operation::abs, Mathematics::Rule::keeps},
    {"sign", Operation::sign, Mathematics::Rule::sign},    {"min", Operation::minimum, Mathematics::Rule::alike},
    {"max", Operation::maximum, Mathematics::Rule::alike},
};

const Mathematics* find_mathematics(const std::string& name) {
  for (const Mathematics& m : mathematics_table) {
    if (name == m.name) return &m;
  }
  return nullptr;
}

Expr sum(Expr a, Expr b) {
  return apply(Operation::add, {std::move(a), std::move(b)});
}
Expr difference(Expr a, Expr b) {
  return apply(Operation::subtract, {std::move(a), std::move(b)});
}
Expr product(Expr a, Expr b) {
  return apply(Operation::multiply, {std::move(a), std::move(b)});
}
Expr quotient(Expr a, Expr b) {
  return apply(Operation::divide, {std::move(a), std::move(b)});
}
Expr exponential(Expr a) {
  return apply(Operation::exp, {std::move(a)});
}

}  // namespace

const std::vector<std::string>& builtin_functions() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"arrhenius", "saddle", "gaussian", "box", "uniform", "where"};
    for (const Mathematics& m : mathematics_table) all.emplace_back(m.name);
    return all;
  }();
  return names;
}

std::optional<Typed> Expressions::call(const ast::Call& node, const Env& env) {
  const std::string& name = node.function.text;
  if (find_mathematics(name)) return mathematics(node, env);
  if (name == "where") return choice(node, env);
  if (name == "arrhenius" || name == "saddle") return law(node, env);
  if (name == "gaussian" || name == "box" || name == "uniform") return field(node, env);
  auto found = context_.functions.find(full_name(name, env));
  if (found == context_.functions.end()) {  // a file that was given a name sees the rate laws of the library as well
    found = context_.functions.find(name);
    if (found != context_.functions.end() && !found->second.file->library) found = context_.functions.end();
  }
  if (found != context_.functions.end()) {
    const FunctionDefinition& definition = found->second;
    if (context_.uses) {
      context_.use(context_.span(env.source, node.function.place),
                   context_.span(definition.file->file.source, definition.function->name.place), found->first);
    }
    return expand(node, definition, env);
  }
  if (!context_.unknown.insert(name).second) return std::nullopt;
  Diagnostic& d = report(Code::UnknownName, node.function.place, env, fmt::format("there is no function `{}`", name));
  std::vector<std::string> known = builtin_functions();
  for (const auto& [other, definition] : context_.functions) known.push_back(other);
  if (context_.declared.contains(name)) {
    d.hint(fmt::format("`{}` is a quantity; to multiply by it write `{} * (…)`", name, name));
  } else if (const auto guess = nearest(name, known)) {
    d.hint(fmt::format("did you mean `{}`?", *guess));
  } else {
    d.hint(fmt::format("write it: `fn {}(a) = …`", name));
  }
  return std::nullopt;
}

std::optional<std::vector<const ast::Expr*>> Expressions::arguments(const ast::Call& call,
                                                                    const std::vector<std::string>& names,
                                                                    std::size_t required, const Env& env) {
  std::string form = call.function.text + "(";
  for (std::size_t i = 0; i < names.size(); ++i) form += (i ? ", " : "") + names[i];
  form += ")";
  const auto wrong = [&](ast::Place place, const std::string& message) {
    report(Code::WrongArguments, place, env, message).hint(fmt::format("it is written `{}`", form));
    return std::nullopt;
  };
  std::vector<const ast::Expr*> result(names.size(), nullptr);
  std::size_t position = 0;
  for (const ast::Argument& argument : call.arguments) {
    std::size_t slot = position;
    if (argument.name) {
      slot = static_cast<std::size_t>(std::find(names.begin(), names.end(), argument.name->text) - names.begin());
      if (slot == names.size()) {
        return wrong(argument.name->place,
                     fmt::format("`{}` has no argument `{}`", call.function.text, argument.name->text));
      }
    } else if (slot >= names.size()) {
      return wrong(argument.place, fmt::format("`{}` takes {}, found {}", call.function.text,
                                               count(names.size(), "argument"), call.arguments.size()));
    }
    if (result[slot]) return wrong(argument.place, fmt::format("the argument `{}` is given twice", names[slot]));
    result[slot] = &argument.value;
    ++position;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (!result[i]) return wrong(call.place, fmt::format("`{}` needs its argument `{}`", call.function.text, names[i]));
  }
  return result;
}

/// `where(condition, a, b)`: a where the condition holds, b elsewhere.
std::optional<Typed> Expressions::choice(const ast::Call& node, const Env& env) {
  const auto given = arguments(node, {"condition", "a", "b"}, 3, env);
  if (!given) return std::nullopt;
  std::optional<Typed> condition = typed(*(*given)[0], env, {}, "the condition");
  std::optional<Typed> a = typed(*(*given)[1], env), b = typed(*(*given)[2], env);
  if (!condition || !a || !b) return std::nullopt;
  if (a->dimension != b->dimension) {
    unequal_dimensions("where", place(*(*given)[1]), a->dimension, place(*(*given)[2]), b->dimension, env);
    return std::nullopt;
  }
  const Dimension dimension = a->dimension;
  return combine(Operation::where, {std::move(*condition), std::move(*a), std::move(*b)}, dimension, node.place, env);
}

std::optional<Typed> Expressions::mathematics(const ast::Call& node, const Env& env) {
  const Mathematics& m = *find_mathematics(node.function.text);
  const bool two = m.rule == Mathematics::Rule::alike;
  const auto given =
      arguments(node, two ? std::vector<std::string>{"a", "b"} : std::vector<std::string>{"x"}, two ? 2 : 1, env);
  if (!given) return std::nullopt;
  if (m.rule == Mathematics::Rule::pure) {
    std::optional<Typed> x = typed(*given->front(), env, {}, fmt::format("the argument of {}", m.name));
    if (!x) return std::nullopt;
    return combine(m.operation, {std::move(*x)}, {}, node.place, env);
  }
  std::optional<Typed> x = typed(*given->front(), env);
  if (two) {
    std::optional<Typed> y = typed(*given->back(), env);
    if (!x || !y) return std::nullopt;
    if (x->dimension != y->dimension) {
      unequal_dimensions(std::string(m.name), place(*given->front()), x->dimension, place(*given->back()), y->dimension,
                         env);
      return std::nullopt;
    }
    const Dimension dimension = x->dimension;
    return combine(m.operation, {std::move(*x), std::move(*y)}, dimension, node.place, env);
  }
  if (!x) return std::nullopt;
  Dimension dimension = x->dimension;
  if (m.rule == Mathematics::Rule::sign) dimension = {};
  if (m.rule == Mathematics::Rule::root) {
    const auto root = power(dimension, 1, 2);
    if (!root) {
      report(Code::WrongDimension, node.place, env, fmt::format("no square root can be taken of {}", words(dimension)));
      return std::nullopt;
    }
    dimension = *root;
  }
  return combine(m.operation, {std::move(*x)}, dimension, node.place, env);
}

std::optional<Typed> Expressions::law(const ast::Call& node, const Env& env) {
  const bool saddle = node.function.text == "saddle";
  const std::string second = saddle ? "energy" : "barrier";
  const auto given = arguments(node, {"prefactor", second}, 2, env);
  if (!given) return std::nullopt;
  const std::optional<Typed> prefactor = typed(*given->front(), env, dimension::rate(), "prefactor");
  const std::optional<Typed> energy = typed(*given->back(), env, dimension::energy(), second);
  const std::optional<Typed> kT = thermal("kT", node.place, env);
  if (!prefactor || !energy || !kT) return std::nullopt;

  // k = ν exp(−E/kT); from a saddle point E = E_s − E_i, and the weight of state i without its Boltzmann factor,
  // g_i exp(S_i/kB), divides, so that k_ij π_i is the same both ways. (docs/theory.md, section 1)
  Expr barrier = energy->value;
  Expr multiplicity;
  if (saddle) {
    if (!env.origin) {
      report(Code::WrongArguments, node.place, env,
             "`saddle` stands only in the law of a rate: it needs the state that is left");
      return std::nullopt;
    }
    const ModelState& state = *env.origin->state;
    if (!state.energy) {
      if (!context_.weights_reported) {
        context_.weights_reported = true;
        report(Code::MissingWeights, node.place, env, fmt::format("`saddle` needs the energy of `{}`", state.name))
            .note(state.span, "no energy is given here")
            .hint(fmt::format("write `{} energy 0 eV`", state.name));
      }
      return std::nullopt;
    }
    barrier = difference(barrier, state.energy);
    if (state.degeneracy) multiplicity = state.degeneracy;
    if (state.entropy) {
      const Expr factor = exponential(quotient(state.entropy, constant("kB")->value));
      multiplicity = multiplicity ? product(multiplicity, factor) : factor;
    }
  }
  Expr rate = product(prefactor->value, exponential(quotient(apply(Operation::negate, {barrier}), kT->value)));
  if (multiplicity) rate = quotient(rate, multiplicity);
  return Typed{rate, dimension::rate(), prefactor->size + energy->size + 12,
               std::max(prefactor->depth, energy->depth) + 6};
}

std::optional<Typed> Expressions::field(const ast::Call& node, const Env& env) {
  const std::string& name = node.function.text;
  if (!env.field) {
    report(Code::WrongArguments, node.place, env,
           fmt::format("`{}` is a density over space; it stands in solve blocks only", name));
    return std::nullopt;
  }
  const auto n = static_cast<std::size_t>(env.field->axes);
  const std::optional<Dimension> density = power(dimension::length(), -env.field->axes, 1);
  const auto result = [&](Expr value) { return Typed{std::move(value), *density, 30.0 * static_cast<double>(n), 20}; };
  if (name == "uniform") {
    if (!arguments(node, {}, 0, env)) return std::nullopt;
    if (!env.field->volume) return std::nullopt;  // the domain is wrong, and that was reported
    return result(quotient(rdd::number(1), env.field->volume));
  }
  if (name == "box") {
    const auto given = arguments(node, {"low", "high"}, 2, env);
    if (!given) return std::nullopt;
    const auto low = list(*(*given)[0], env, dimension::length(), "low", n);
    const auto high = list(*(*given)[1], env, dimension::length(), "high", n);
    if (!low || !high) return std::nullopt;
    Expr value;
    for (std::size_t i = 0; i < n; ++i) {  // 1/(high − low) where low ≤ x < high
      const Expr x = coordinate(static_cast<int>(i));
      const Expr inside =
          product(apply(Operation::less_equal, {(*low)[i], x}), apply(Operation::less, {x, (*high)[i]}));
      const Expr factor = quotient(inside, difference((*high)[i], (*low)[i]));
      value = value ? product(value, factor) : factor;
    }
    return result(value);
  }
  const auto given = arguments(node, {"center", "sigma"}, 2, env);
  if (!given) return std::nullopt;
  const auto center = list(*(*given)[0], env, dimension::length(), "center", n);
  std::vector<Expr> sigma;
  if (std::holds_alternative<ast::List>((*given)[1]->node)) {
    const auto sigmas = list(*(*given)[1], env, dimension::length(), "sigma", n);
    if (!sigmas) return std::nullopt;
    sigma = *sigmas;
  } else {
    const Expr one = quantity(*(*given)[1], env, dimension::length(), "sigma");
    if (!one) return std::nullopt;
    sigma.assign(n, one);
  }
  if (!center) return std::nullopt;
  Expr exponent, norm;
  for (std::size_t i = 0; i < n; ++i) {  // exp(−(x − c)²/(2σ²)) / (√(2π) σ)
    const Expr u = quotient(difference(coordinate(static_cast<int>(i)), (*center)[i]), sigma[i]);
    const Expr half_square = product(rdd::number(0.5), product(u, u));
    const Expr width = product(rdd::number(std::sqrt(2 * std::numbers::pi)), sigma[i]);
    exponent = exponent ? sum(exponent, half_square) : half_square;
    norm = norm ? product(norm, width) : width;
  }
  return result(quotient(exponential(apply(Operation::negate, {exponent})), norm));
}

std::optional<Typed> Expressions::expand(const ast::Call& node, const FunctionDefinition& definition, const Env& env) {
  const ast::Function& function = *definition.function;
  int depth = 1;
  for (const Frame* frame = env.frame; frame; frame = frame->outer, ++depth) {
    if (frame->function != &function) continue;
    if (context_.unknown.insert("recursion " + function.name.text).second) {
      report(Code::Recursion, node.place, env, fmt::format("`{}` calls itself", function.name.text))
          .hint("functions are written out where they are called, so none can be recursive");
    }
    return std::nullopt;
  }
  if (depth > deepest_calls || ++context_.expansions > limits::expansions) {
    if (context_.unknown.insert("too deep").second) {
      report(Code::TooDeep, node.place, env, "too many functions call each other to be written out");
    }
    return std::nullopt;
  }
  std::vector<std::string> names;
  std::size_t required = 0;
  for (const ast::FunctionParameter& parameter : function.parameters) {
    names.push_back(parameter.name.text);
    if (!parameter.default_value) required = names.size();
  }
  const auto given = arguments(node, names, required, env);
  if (!given) return std::nullopt;

  const Frame frame{env.frame, &function, context_.span(env.source, node.place), definition.file->library};
  Locals locals;
  const Env inside{definition.file->file.source, definition.file, &locals, env.origin, env.field, &frame};
  bool good = true;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<ast::Expr>& fallback = function.parameters[i].default_value;
    std::optional<Typed> value;
    if ((*given)[i]) {
      value = typed(*(*given)[i], env);
    } else if (fallback) {
      value = typed(*fallback, inside);
    }
    good = good && value;
    locals[names[i]] = std::move(value);
  }
  if (!good) return std::nullopt;
  return typed(function.body, inside);
}

}  // namespace rdd::resolving
