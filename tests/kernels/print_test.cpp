#include "compiler/kernels/print.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <limits>

#include "compiler/kernels/discretise.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

using namespace ir;

std::string printed(const NodePtr& tree, bool in_turns = false) {
  const LeafNames names{[](const Load& l) { return "y" + std::to_string(l.component); },
                        [](const Scalar& s) { return "s" + std::to_string(s.index); },
                        {},
                        {}};
  constexpr const char* left[] = {"sum", "auto part", "part", "out"};
  std::string all;
  for (const Statement& s : statements(Region{{}, {{0, tree}}}, names, in_turns))
    all += left[static_cast<int>(s.kind)] + std::to_string(s.index) + " = " + s.expression + "; ";
  return all;
}

TEST_CASE("numbers read back as they were and look like floating point") {
  CHECK(exact(1) == "1.0");
  CHECK(exact(-3) == "-3.0");
  CHECK(exact(0.1) == "0.1");
  CHECK(exact(1e22) == "1e+22");
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const double value = uniform(random) * std::pow(10.0, 300 * uniform(random));
    const std::string text = exact(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    CHECK(back == value);
  }
  CHECK(exact(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

TEST_CASE("parentheses stand where the order of operations needs them and nowhere else") {
  const NodePtr a = load(0, 0), b = load(0, 1), c = load(0, 2);
  CHECK(printed(a + b + c) == "out0 = y0 + y1 + y2; ");
  CHECK(printed(a + (b + c)) == "out0 = y0 + (y1 + y2); ");
  CHECK(printed(a - (b - c)) == "out0 = y0 - (y1 - y2); ");
  CHECK(printed(a * b * c) == "out0 = y0 * y1 * y2; ");
  CHECK(printed(a * (b * c)) == "out0 = y0 * (y1 * y2); ");
  CHECK(printed(a + b * c) == "out0 = y0 + y1 * y2; ");
  CHECK(printed((a + b) * c) == "out0 = (y0 + y1) * y2; ");
  CHECK(printed(a * (b - c)) == "out0 = y0 * (y1 - y2); ");
  CHECK(printed(scalar(1) * ir::number(2)) == "out0 = s1 * 2.0; ");
}

TEST_CASE("long sums that do not depend on each other take turns, where they are asked to") {
  const NodePtr a = load(0, 0), b = load(0, 1), c = load(0, 2), s = scalar(0);
  const NodePtr first = s * a - s * b + s * c + s * a, second = s + (s + s) * b + (a - c) + s * c + a;
  CHECK(printed(first + second) ==
        "out0 = s0 * y0 - s0 * y1 + s0 * y2 + s0 * y0 + (s0 + (s0 + s0) * y1 + (y0 - y2) + s0 * y2 + y0); ");
  CHECK(printed(first + second, true) ==
        "auto part0 = s0 * y0; auto part1 = s0 + (s0 + s0) * y1; part0 = part0 - s0 * y1; part1 = part1 + (y0 - y2); "
        "part0 = part0 + s0 * y2; part1 = part1 + s0 * y2; part0 = part0 + s0 * y0; part1 = part1 + y0; "
        "out0 = part0 + part1; ");
  CHECK(printed(first + a, true) == printed(first + a));  // there is only one
}

TEST_CASE("a sum that is used twice is written once") {
  const NodePtr sum = load(0, 0) + load(0, 1);
  CHECK(printed(sum * ir::number(2) - sum) == "sum0 = y0 + y1; out0 = sum0 * 2.0 - sum0; ");
}

TEST_CASE("long lines break before a sign") {
  std::string line = "x = 1";
  for (int i = 0; i < 60; ++i) line += " + 1e-5";
  const std::string text = wrapped(line, "    ");
  std::string joined;
  std::istringstream lines(text);
  for (std::string part; std::getline(lines, part);) {
    CHECK(part.size() <= 110);
    joined += joined.empty() ? part : part.substr(3);
  }
  CHECK(joined == line);
}

TEST_CASE("--emit=kernel shows the equation, the places and the bodies") {
  ContinuumPde pde;
  pde.dimension = pde.components = 1;
  pde.coefficients.reaction = Eigen::MatrixXd::Constant(1, 1, -0.5);
  pde.coefficients.drift = {Eigen::MatrixXd::Constant(1, 1, 1.0)};
  pde.coefficients.diffusion = {{Eigen::MatrixXd::Constant(1, 1, 2.0)}};
  const Grid grid = make_grid(1, {9, 1, 1}, {{{Boundary::reflecting, Boundary::absorbing}}});
  CHECK(text(discretise(pde, grid)[0]) ==
        "kernel rhs\n"
        "  # out = R(t, y), the right-hand side of\n"
        "  # d rho/dt = Q rho + sum_i C_i d_i rho + sum_ij D_ij d_i d_j rho\n"
        "  # Q = [[-0.5]] 1/s\n"
        "  # C_x = [[1.0]] m/s\n"
        "  # D_xx = [[2.0]] m^2/s\n"
        "  # x: cells of 0.5 m, reflecting below and absorbing above\n"
        "  dimension 1, components 1\n"
        "  inputs y\n"
        "  scalars t\n"
        "  where x low\n"
        "    out0 = -7.5 * y0[+0] + 9.0 * y0[+1]\n"
        "  where x middle\n"
        "    out0 = 7.0 * y0[-1] - 16.5 * y0[+0] + 9.0 * y0[+1]\n"
        "  where x high\n"
        "    out0 = 7.0 * y0[-1] - 25.5 * y0[+0]\n");
}

}  // namespace
}  // namespace rdd::test
