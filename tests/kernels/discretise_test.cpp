// The discrete operator: its symbol, its order, its walls, and what it conserves.
#include "compiler/kernels/discretise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "runtime/expects.hpp"
#include "tests/kernels/support.hpp"
#include "tests/support/approx.hpp"

namespace rdd::test {
namespace {

constexpr double pi = std::numbers::pi;

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

Field right_hand_side(const ContinuumPde& pde, const Grid& grid, const Field& field) {
  return interpret(discretise(pde, grid)[0], grid, {field}, {});
}

double largest(const Field& field) {
  double most = 0;
  for (const double value : field) most = std::max(most, std::abs(value));
  return most;
}

/// All weights of the operator, by applying it to unit fields: column (q, cell) of the assembled matrix.
Eigen::MatrixXd assembled(const ContinuumPde& pde, const Grid& grid) {
  const auto kernel = discretise(pde, grid)[0];
  const Eigen::Index n = static_cast<Eigen::Index>(grid.cells()) * pde.components;
  Eigen::MatrixXd matrix(n, n);
  Field unit(static_cast<std::size_t>(n), 0.0);
  for (Eigen::Index j = 0; j < n; ++j) {
    unit[static_cast<std::size_t>(j)] = 1;
    matrix.col(j) = Eigen::Map<const Eigen::VectorXd>(interpret(kernel, grid, {unit}, {}).data(), n);
    unit[static_cast<std::size_t>(j)] = 0;
  }
  return matrix;
}

/// Q + Σ_a C_a i sin(θ_a)/h_a − Σ_a D_aa 4 sin²(θ_a/2)/h_a² − Σ_a≠b D_ab sin θ_a sin θ_b/(h_a h_b): what central
/// differences make of Q + i k·C − k·D·k, with θ_a = k_a h_a.
Eigen::MatrixXcd discrete_symbol(const ContinuumPde& pde, const Grid& grid, const std::array<double, 3>& theta) {
  const std::complex<double> i(0, 1);
  Eigen::MatrixXcd symbol = pde.coefficients.reaction.cast<std::complex<double>>();
  for (std::size_t a = 0; a < index(pde.dimension); ++a) {
    symbol += i * std::sin(theta[a]) / grid.spacing[a] * pde.coefficients.drift[a];
    for (std::size_t b = 0; b < index(pde.dimension); ++b) {
      const double second = a == b ? 4 * std::pow(std::sin(theta[a] / 2) / grid.spacing[a], 2)
                                   : std::sin(theta[a]) * std::sin(theta[b]) / (grid.spacing[a] * grid.spacing[b]);
      symbol -= second * pde.coefficients.diffusion[a][b];
    }
  }
  return symbol;
}

TEST_CASE("on a periodic grid plane waves see the symbol of central differences") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const int components = 1 + static_cast<int>(random() % 3);
    const Grid grid = make_grid(dimension, {5, 6, 4});
    const ContinuumPde pde = random_pde(random, dimension, components);
    const Eigen::MatrixXd amplitude = random_matrix(random, components, 1);
    std::array<double, 3> theta{};
    for (std::size_t a = 0; a < index(dimension); ++a)
      theta[a] = 2 * pi * static_cast<double>(random() % static_cast<std::uint64_t>(grid.points[a])) /
                 static_cast<double>(grid.points[a]);
    const auto phase = [&](long x, long y, long z) {
      return theta[0] * static_cast<double>(x) + theta[1] * static_cast<double>(y) + theta[2] * static_cast<double>(z);
    };
    const Eigen::VectorXcd image = discrete_symbol(pde, grid, theta) * amplitude.cast<std::complex<double>>();
    Field wave(grid.cells() * index(components)), expected = wave;
    for (long z = 0; z < grid.points[2]; ++z)
      for (long y = 0; y < grid.points[1]; ++y)
        for (long x = 0; x < grid.points[0]; ++x)
          for (int p = 0; p < components; ++p) {
            wave[at(grid, p, x, y, z)] = amplitude(p) * std::cos(phase(x, y, z));
            expected[at(grid, p, x, y, z)] = (image(p) * std::polar(1.0, phase(x, y, z))).real();
          }
    const Field found = right_hand_side(pde, grid, wave);
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(std::abs(found[i] - expected[i]) < 1e-13 * 100);  // 100 bounds the sum of weights
  }
}

TEST_CASE("interiors are the usual stencils of 3, 9 and 19 points, and zero coefficients leave no taps") {
  std::mt19937_64 random(3);
  const std::array<std::size_t, 3> points{3, 9, 19}, without_mixed{3, 5, 7};
  for (int dimension = 1; dimension <= 3; ++dimension) {
    ContinuumPde pde = random_pde(random, dimension, 1);
    pde.coefficients.reaction.setConstant(-0.5);
    const Grid grid = make_grid(dimension, {8, 8, 8});
    const auto taps = [&] {
      const auto kernels = discretise(pde, grid);
      return ir::loads({&kernels[0].regions.at(0)}).size();
    };
    CHECK(taps() == points[index(dimension - 1)]);
    for (int a = 0; a < dimension; ++a)
      for (int b = 0; b < dimension; ++b)
        if (a != b) pde.coefficients.diffusion[index(a)][index(b)].setZero();
    CHECK(taps() == without_mixed[index(dimension - 1)]);
    for (int a = 0; a < dimension; ++a) {
      pde.coefficients.diffusion[index(a)][index(a)].setZero();
      pde.coefficients.drift[index(a)].setZero();
    }
    CHECK(taps() == 1);
    pde.coefficients.reaction.setZero();
    CHECK(taps() == 0);
    CHECK(largest(right_hand_side(pde, grid, random_field(random, grid, 1))) == 0);
  }
}

TEST_CASE("between reflecting walls and on periodic axes the columns of the matrix sum to those of Q") {
  for (int dimension = 1; dimension <= 3; ++dimension) {
    for (const Boundaries& boundary : all_boundaries(dimension)) {
      bool absorbing = false;
      for (const auto& sides : boundary)
        for (const Boundary side : sides) absorbing |= side == Boundary::absorbing;
      if (absorbing) continue;
      CAPTURE(describe(boundary, dimension));
      std::mt19937_64 random(17);
      const int components = dimension == 3 ? 1 : 2;
      const ContinuumPde pde = random_pde(random, dimension, components);
      for (const std::array<long, 3>& points : {std::array<long, 3>{2, 2, 2}, std::array<long, 3>{4, 3, 3}}) {
        const Grid grid = make_grid(dimension, points, boundary);
        const Eigen::MatrixXd matrix = assembled(pde, grid);
        const Eigen::Index cells = static_cast<Eigen::Index>(grid.cells());
        for (int p = 0; p < components; ++p)
          for (int q = 0; q < components; ++q) {
            const Eigen::RowVectorXd sums = matrix.block(p * cells, q * cells, cells, cells).colwise().sum();
            CHECK((sums.array() - pde.coefficients.reaction(p, q)).abs().maxCoeff() <
                  1e-13 * matrix.cwiseAbs().maxCoeff());
          }
      }
    }
  }
}

TEST_CASE("eigenmodes of the Laplacian between walls are exact") {
  // Cell-centred sin((j + 1/2) θ), θ = kπ/n, vanishes on absorbing walls; cos has no slope on reflecting ones; with one
  // wall of each kind θ = (k − 1/2)π/n. Each is an eigenvector with −4 D sin²(θ/2)/h².
  const double D = 1.3, h = 0.5;
  ContinuumPde pde;
  pde.dimension = pde.components = 1;
  pde.coefficients.reaction = Eigen::MatrixXd::Zero(1, 1);
  pde.coefficients.drift = {Eigen::MatrixXd::Zero(1, 1)};
  pde.coefficients.diffusion = {{Eigen::MatrixXd::Constant(1, 1, D)}};
  for (const long n : {2L, 3L, 8L, 31L}) {
    for (const Boundaries& boundary : all_boundaries(1)) {
      const auto [low, high] = boundary[0];
      if (low == Boundary::periodic) continue;
      CAPTURE(describe(boundary, 1));
      const Grid grid = make_grid(1, {n, 1, 1}, boundary);
      for (long k = 1; k < n; ++k) {
        const double theta = (static_cast<double>(k) - (low == high ? 0.0 : 0.5)) * pi / static_cast<double>(n);
        Field mode(index(static_cast<int>(n)));
        for (std::size_t j = 0; j < mode.size(); ++j) {
          const double phase = (static_cast<double>(j) + 0.5) * theta;
          mode[j] = low == Boundary::absorbing ? std::sin(phase) : std::cos(phase);
        }
        const double eigenvalue = -4 * D * std::pow(std::sin(theta / 2) / h, 2);
        const Field image = right_hand_side(pde, grid, mode);
        for (std::size_t j = 0; j < mode.size(); ++j)
          CHECK(image[j] == rdd::test::approx(eigenvalue * mode[j]).epsilon(1e-12).scale(4 * D / (h * h)));
      }
    }
  }
}

TEST_CASE("the mixed derivative is exact for products of straight lines, beside reflecting walls too") {
  // ρ = x y: ∂x∂y ρ = 1 inside. With only D_xy the flux through x-faces is D_xy x, also in cells beside the y walls,
  // where the missing neighbour is extrapolated along the straight line.
  ContinuumPde pde;
  pde.dimension = 2;
  pde.components = 1;
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(1, 1), one = Eigen::MatrixXd::Constant(1, 1, 1.0);
  pde.coefficients.reaction = zero;
  pde.coefficients.drift = {zero, zero};
  pde.coefficients.diffusion = {{zero, one}, {one, zero}};
  constexpr Boundary periodic = Boundary::periodic, reflecting = Boundary::reflecting;
  const Grid grid =
      make_grid(2, {6, 5, 1}, {{{reflecting, reflecting}, {reflecting, reflecting}, {periodic, periodic}}});
  Field field(grid.cells());
  for (long y = 0; y < 5; ++y)
    for (long x = 0; x < 6; ++x)
      field[at(grid, 0, x, y, 0)] = (static_cast<double>(x) + 0.5) * 0.5 * (static_cast<double>(y) + 0.5) * 0.7;
  const Field image = right_hand_side(pde, grid, field);
  // Inside both terms give 1. Beside a low wall of one axis, at distance h/2 from it, that axis has the flux h over h
  // on one face and none on the other: (x at the face)/h = 1 again at the low wall, −(L − h)/h at the high one.
  const auto along = [](long i, long n) { return i + 1 < n ? 1.0 : -static_cast<double>(n - 1); };
  for (long y = 0; y < 5; ++y)
    for (long x = 0; x < 6; ++x)
      CHECK(image[at(grid, 0, x, y, 0)] == rdd::test::approx(along(x, 6) + along(y, 5)).epsilon(1e-12));
}

TEST_CASE("smooth densities converge with the second order inside walls of any kind") {
  // ρ = exp(sum of lines): every derivative is a product. Cells that touch a wall are left out: there the exact
  // operator is not what the scheme computes (the wall has its say).
  std::mt19937_64 random(5);
  for (int dimension = 1; dimension <= 3; ++dimension) {
    const ContinuumPde pde = random_pde(random, dimension, 2);
    const Boundaries boundary = all_boundaries(dimension).back();
    const std::array<double, 3> slope{0.7, -0.4, 0.5};
    Eigen::MatrixXd exact = pde.coefficients.reaction;
    for (std::size_t a = 0; a < index(dimension); ++a) {
      exact += slope[a] * pde.coefficients.drift[a];
      for (std::size_t b = 0; b < index(dimension); ++b)
        exact += slope[a] * slope[b] * pde.coefficients.diffusion[a][b];
    }
    const auto error = [&](long n) {
      const double h = 1.0 / static_cast<double>(n);
      const Grid grid = make_grid(dimension, {n, n, n}, boundary, {h, h, h});
      Field field(grid.cells() * 2);
      const auto density = [&](std::array<long, 3> i) {
        double exponent = 0;
        for (std::size_t a = 0; a < index(dimension); ++a) exponent += slope[a] * (static_cast<double>(i[a]) + 0.5) * h;
        return std::exp(exponent);
      };
      for (int p = 0; p < 2; ++p)
        for (long z = 0; z < grid.points[2]; ++z)
          for (long y = 0; y < grid.points[1]; ++y)
            for (long x = 0; x < grid.points[0]; ++x) field[at(grid, p, x, y, z)] = (p + 1) * density({x, y, z});
      const Field image = right_hand_side(pde, grid, field);
      const long m = n / 2;
      const std::array<long, 3> middle{m, dimension > 1 ? m : 0, dimension > 2 ? m : 0};
      double worst = 0;
      for (int p = 0; p < 2; ++p)
        worst = std::max(worst, std::abs(image[at(grid, p, middle[0], middle[1], middle[2])] / density(middle) -
                                         (exact(p, 0) + 2 * exact(p, 1))));
      return worst;
    };
    const double order = std::log2(error(6) / error(12));
    CAPTURE(dimension);
    CHECK(order == rdd::test::approx(2).epsilon(0.05));
  }
}

TEST_CASE("diffusion of one component along one axis leaves the other component alone") {
  std::mt19937_64 random(8);
  ContinuumPde pde = random_pde(random, 2, 2);
  pde.coefficients.reaction.setZero();
  for (auto& drift : pde.coefficients.drift) drift.setZero();
  for (auto& row : pde.coefficients.diffusion)
    for (auto& block : row) block.setZero();
  pde.coefficients.diffusion[0][0](0, 0) = 2;
  const Grid grid = make_grid(2, {7, 5, 1});
  const Field field = random_field(random, grid, 2);
  const Field image = right_hand_side(pde, grid, field);
  for (long y = 0; y < 5; ++y)
    for (long x = 0; x < 7; ++x) {
      const double second = field[at(grid, 0, (x + 1) % 7, y, 0)] - 2 * field[at(grid, 0, x, y, 0)] +
                            field[at(grid, 0, (x + 6) % 7, y, 0)];
      CHECK(image[at(grid, 0, x, y, 0)] == rdd::test::approx(2 * second / 0.25));
      CHECK(image[at(grid, 1, x, y, 0)] == 0);
    }
}

TEST_CASE("axes of one and of two points wrap around to themselves") {
  // With one point every difference vanishes; with two, sin θ = 0 and the second difference is −2 (ρ − ρ_other)/h².
  std::mt19937_64 random(9);
  const ContinuumPde pde = random_pde(random, 1, 1);
  const double Q = pde.coefficients.reaction(0, 0), D = pde.coefficients.diffusion[0][0](0, 0);
  CHECK(right_hand_side(pde, make_grid(1, {1, 1, 1}), {3.0})[0] == rdd::test::approx(3 * Q).scale(D));
  const Field two = right_hand_side(pde, make_grid(1, {2, 1, 1}), {3.0, 1.0});
  CHECK(two[0] == rdd::test::approx(3 * Q - 2 * D * 2 / 0.25));
  CHECK(two[1] == rdd::test::approx(1 * Q + 2 * D * 2 / 0.25));
}

TEST_CASE("the stage is its five terms") {
  std::mt19937_64 random(10);
  for (int dimension = 1; dimension <= 3; ++dimension) {
    const Boundaries boundary = all_boundaries(dimension).back();
    const Grid grid = make_grid(dimension, {4, 3, 2}, boundary);
    const ContinuumPde pde = random_pde(random, dimension, 2);
    const auto kernels = discretise(pde, grid);
    CHECK(kernels[0].name == "rhs");
    CHECK(kernels[1].name == "stage");
    std::vector<Field> inputs;
    for (int i = 0; i < 4; ++i) inputs.push_back(random_field(random, grid, 2));
    const std::vector<double> s{0.3, -1.2, 0.9, 0.25, 0.125};
    const Field rate = interpret(kernels[0], grid, {inputs[0]}, {});
    const Field stage = interpret(kernels[1], grid, inputs, s);
    for (std::size_t i = 0; i < stage.size(); ++i)
      CHECK(stage[i] ==
            s[0] * inputs[0][i] + s[1] * inputs[1][i] + s[2] * inputs[2][i] + s[3] * inputs[3][i] + s[4] * rate[i]);
  }
}

TEST_CASE("broken promises are refused") {
  std::mt19937_64 random(11);
  const ContinuumPde pde = random_pde(random, 1, 2);
  const Boundaries walls{{{Boundary::reflecting, Boundary::reflecting}}};
  CHECK_THROWS_AS(discretise(pde, make_grid(2, {4, 4, 1})), InternalError);
  CHECK_THROWS_AS(discretise(pde, make_grid(1, {1, 1, 1}, walls)), InternalError);
  CHECK_THROWS_AS(discretise(pde, make_grid(1, {4, 1, 1}, {{{Boundary::periodic, Boundary::absorbing}}})),
                  InternalError);
  CHECK_THROWS_AS(discretise(pde, make_grid(1, {4, 1, 1}, {}, {0, 1, 1})), InternalError);
  ContinuumPde infinite = pde;
  infinite.coefficients.drift[0](0, 0) = INFINITY;
  CHECK_THROWS_AS(discretise(infinite, make_grid(1, {4, 1, 1})), InternalError);
}

}  // namespace
}  // namespace rdd::test
