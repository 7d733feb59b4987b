#include "lang/expr.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include "tests/support/approx.hpp"

using namespace rdd;
using expr::Operation;

namespace {

Expr call(Operation operation, Expr a) {
  return apply(operation, {std::move(a)});
}
Expr call(Operation operation, Expr a, Expr b) {
  return apply(operation, {std::move(a), std::move(b)});
}

/// A random smooth expression over two parameters and three coordinates, positive inside logarithms and roots.
Expr random_expression(std::mt19937_64& random, int depth) {
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  if (depth == 0) {
    switch (pick(3)) {
      case 0:
        return number(0.5 + static_cast<double>(pick(100)) / 50);
      case 1:
        return parameter(static_cast<int>(pick(2)));
      default:
        return coordinate(static_cast<int>(pick(3)));
    }
  }
  const Expr a = random_expression(random, depth - 1), b = random_expression(random, depth - 1);
  switch (pick(10)) {
    case 0:
      return call(Operation::add, a, b);
    case 1:
      return call(Operation::subtract, a, b);
    case 2:
      return call(Operation::multiply, a, b);
    case 3:
      return call(Operation::divide, a, call(Operation::add, number(2), call(Operation::multiply, b, b)));
    case 4:
      return call(Operation::sin, a);
    case 5:
      return call(Operation::tanh, a);
    case 6:
      return call(Operation::exp, call(Operation::sin, a));
    case 7:
      return call(Operation::sqrt, call(Operation::add, number(1), call(Operation::multiply, a, a)));
    case 8:
      return call(Operation::power, call(Operation::add, number(1), call(Operation::multiply, a, a)), number(1.5));
    default:
      return call(Operation::negate, a);
  }
}

}  // namespace

TEST_CASE("constants fold and identities vanish") {
  const Expr x = coordinate(0);
  CHECK(call(Operation::add, x, number(0)) == x);
  CHECK(call(Operation::multiply, number(1), x) == x);
  CHECK(call(Operation::divide, x, number(1)) == x);
  CHECK(call(Operation::negate, call(Operation::negate, x)) == x);
  CHECK(text(call(Operation::add, number(1), number(2)), {}) == "3");
  CHECK(text(call(Operation::multiply, number(0), x), {}) == "0 * x");  // x may be infinite
}

TEST_CASE("derivatives agree with differences") {
  const std::vector<double> parameters{0.7, 1.3};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Expr e = random_expression(random, 4);
    for (int axis = 0; axis < 3; ++axis) {
      std::array<double, 4> low{0.3, 0.5, 0.7, 0}, high = low;
      const double h = 1e-5;  // the fifth root of epsilon's neighbourhood: error h² ≈ 1e-10
      low[static_cast<std::size_t>(axis)] -= h;
      high[static_cast<std::size_t>(axis)] += h;
      const double expected = (evaluate(e, parameters, high) - evaluate(e, parameters, low)) / (2 * h);
      const double found = evaluate(derivative(e, axis), parameters, {0.3, 0.5, 0.7});
      CHECK(found ==
            rdd::test::approx(expected).epsilon(1e-5).scale(1 + std::abs(evaluate(e, parameters, {0.3, 0.5, 0.7}))));
    }
  }
}

TEST_CASE("gradients by the parameters agree with differences, of every operation") {
  const Expr a = parameter(0), b = parameter(1);
  std::vector<Expr> all;
  for (const Operation o :
       {Operation::negate, Operation::exp, Operation::log, Operation::sqrt, Operation::sin, Operation::cos,
        Operation::tan, Operation::sinh, Operation::cosh, Operation::tanh, Operation::abs, Operation::sign})
    all.push_back(call(o, call(Operation::multiply, a, b)));
  for (const Operation o :
       {Operation::add, Operation::subtract, Operation::multiply, Operation::divide, Operation::power,
        Operation::minimum, Operation::maximum, Operation::less, Operation::less_equal, Operation::equal}) {
    all.push_back(call(o, a, call(Operation::multiply, b, b)));
    all.push_back(call(o, call(Operation::multiply, b, b), a));
  }
  for (const double threshold : {0.1, 2.0})
    all.push_back(apply(Operation::where, {call(Operation::less, a, number(threshold)), call(Operation::exp, b),
                                           call(Operation::multiply, a, b)}));
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    all.push_back(random_expression(random, 5));
  }
  const std::vector<double> here{0.7, 1.3};
  for (const Expr& e : all) {
    CAPTURE(text(e, std::vector<std::string>{"a", "b"}));
    std::vector<double> gradient(2);
    CHECK(value_and_gradient(e, here, gradient) == evaluate(e, here));
    for (std::size_t p = 0; p < 2; ++p) {
      const auto difference = [&](double h) {
        std::vector<double> low = here, high = here;
        low[p] -= h;
        high[p] += h;
        return (evaluate(e, high) - evaluate(e, low)) / (2 * h);
      };
      // The error of the difference is h² times a third derivative and round-off over h; what doubling h changes is
      // three times the former, and the size of the latter.
      const double found = difference(1e-5);
      const double error = std::abs(difference(2e-5) - found);
      const double scale = std::max({1.0, std::abs(gradient[p]), std::abs(evaluate(e, here))});
      CHECK(std::abs(gradient[p] - found) < 1e-7 * scale + error);
    }
  }
}

TEST_CASE("a branch that is not taken has no part in a gradient") {
  // where(a < 1, a, log(a − 1)) at a = 0.5: the logarithm is not a number there.
  const Expr a = parameter(0);
  const Expr e = apply(Operation::where, {call(Operation::less, a, number(1)), call(Operation::multiply, a, a),
                                          call(Operation::log, call(Operation::subtract, a, number(1)))});
  std::vector<double> gradient(1);
  CHECK(value_and_gradient(e, std::vector<double>{0.5}, gradient) == 0.25);
  CHECK(gradient[0] == 1);
}

TEST_CASE("binding the parameters changes no value") {
  const std::vector<double> parameters{0.7, 1.3};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Expr e = random_expression(random, 4);
    const Expr bound = rdd::bind(e, parameters);
    CHECK_FALSE(uses_parameter(bound, 0));
    CHECK_FALSE(uses_parameter(bound, 1));
    CHECK(evaluate(bound, {}, {0.3, 0.5, 0.7}) == rdd::test::approx(evaluate(e, parameters, {0.3, 0.5, 0.7})));
    CHECK(uses_coordinates(bound) <= uses_coordinates(e));
  }
}

TEST_CASE("text brackets what must be bracketed") {
  const Expr x = coordinate(0), y = coordinate(1);
  const std::vector<std::string> names{"E"};
  CHECK(text(call(Operation::multiply, call(Operation::add, x, y), parameter(0)), names) == "(x + y) * E");
  CHECK(text(call(Operation::subtract, x, call(Operation::subtract, y, x)), names) == "x - (y - x)");
  CHECK(text(call(Operation::divide, x, call(Operation::multiply, y, x)), names) == "x / (y * x)");
  CHECK(text(call(Operation::power, call(Operation::negate, x), number(2)), names) == "(-x)^2");
  CHECK(text(call(Operation::multiply, x, number(-2)), names) == "x * (-2)");
  CHECK(text(number(0.1), names) == "0.1");
}

TEST_CASE("C++ has floating literals, its own power and conditional expressions") {
  const Expr x = coordinate(0);
  CHECK(cpp(call(Operation::divide, number(1), x)) == "1.0 / x");
  CHECK(cpp(call(Operation::power, x, number(2))) == "std::pow(x, 2.0)");
  CHECK(cpp(call(Operation::less, x, number(1))) == "(x < 1.0 ? 1.0 : 0.0)");
  CHECK(cpp(apply(Operation::where, {call(Operation::less, x, number(1)), x, number(0)})) ==
        "((x < 1.0 ? 1.0 : 0.0) != 0.0 ? x : 0.0)");
  CHECK(cpp(number(1e300)) == "1e+300");
  CHECK(cpp(number(INFINITY)) == "std::numeric_limits<double>::infinity()");
}
