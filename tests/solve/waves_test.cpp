#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <tuple>

#include "runtime/solve/preconditioner.hpp"
#include "runtime/solve/right_hand_side.hpp"
#include "runtime/solve/waves.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

using Complex = std::complex<double>;
using Walls = std::array<Boundary, 2>;
constexpr Walls periodic{Boundary::periodic, Boundary::periodic};
constexpr Walls closed{Boundary::reflecting, Boundary::reflecting};
constexpr Walls open{Boundary::absorbing, Boundary::absorbing};
constexpr Walls open_below{Boundary::absorbing, Boundary::reflecting};
constexpr Walls open_above{Boundary::reflecting, Boundary::absorbing};

Grid box(const std::vector<std::pair<long, Walls>>& axes) {
  Grid grid = make_grid(static_cast<int>(axes.size()), 1, 1);
  for (std::size_t a = 0; a < axes.size(); ++a) {
    grid.points[a] = axes[a].first;
    grid.spacing[a] = 0.3 + 0.1 * static_cast<double>(a);
    grid.boundary[a] = axes[a].second;
  }
  return grid;
}

// Boxes of every kind of axis, even and odd, and of their mixtures.
const std::vector<Grid> boxes{box({{8, periodic}}),
                              box({{7, periodic}}),
                              box({{8, closed}}),
                              box({{7, open}}),
                              box({{6, open_below}}),
                              box({{5, open_above}}),
                              box({{6, closed}, {5, periodic}}),
                              box({{8, periodic}, {5, open}}),
                              box({{4, open_below}, {5, closed}}),
                              box({{6, periodic}, {4, periodic}, {5, open_above}}),
                              box({{3, closed}, {4, periodic}, {6, periodic}}),
                              box({{3, open}, {4, closed}, {5, open_below}})};

// Lengths of every kind of factor: 1, powers of two, small primes and their products, large primes and theirs.
std::vector<Grid> boxes_of_many_lengths() {
  std::vector<Grid> all = boxes;
  for (const Walls& walls : {periodic, closed, open, open_below, open_above}) {
    for (const long n : {1, 2, 3, 4, 16, 25, 30, 47, 49, 53, 64, 97, 106, 210, 211, 256, 257, 360, 512, 1009})
      all.push_back(box({{n, walls}}));
    for (const Walls& others : {periodic, closed, open, open_below, open_above}) {
      all.push_back(box({{1, walls}, {9, others}}));
      all.push_back(box({{12, walls}, {1, others}}));
      all.push_back(box({{17, walls}, {59, others}}));  // more lines than are transformed at once
      for (const Walls& third : {periodic, closed, open, open_below, open_above})
        all.push_back(box({{5, walls}, {6, others}, {8, third}}));
    }
  }
  return all;
}

// The amplitude of a wave as the sum over the cells that it is. Plane waves start at the first cell's centre.
Complex amplitude(const Grid& grid, const Wave& wave, const double* field) {
  std::array<std::vector<Complex>, 3> factors{{{1}, {1}, {1}}};
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
    const auto n = static_cast<double>(grid.points[a]);
    factors[a].clear();
    for (long m = 0; m < grid.points[a]; ++m) {
      const double phase = wave.k[a] * grid.spacing[a] * static_cast<double>(m);
      const double phase_of_centre = wave.k[a] * grid.spacing[a] * (static_cast<double>(m) + 0.5);
      if (grid.periodic(static_cast<int>(a)))
        factors[a].push_back(std::polar(1 / n, -phase));
      else if (grid.boundary[a][0] == Boundary::absorbing)
        factors[a].push_back(std::sin(phase_of_centre) / n);
      else
        factors[a].push_back(std::cos(phase_of_centre) / n);
    }
  }
  Complex sum = 0;
  for (const Complex& z : factors[2])
    for (const Complex& y : factors[1])
      for (const Complex& x : factors[0]) sum += z * y * x * *field++;
  return sum;
}

// Two components that react and diffuse; drift and mixed derivatives where both axes are periodic.
ContinuumPde two_components(const Grid& grid) {
  const auto n = static_cast<std::size_t>(grid.dimension);
  Eigen::Matrix2d Q, C, D, mixed;
  Q << -1.5, 0.5, 1.5, -0.5;
  C << 0.6, 0.1, 0, -0.4;
  D << 0.3, 0.05, 0.02, 0.2;
  mixed << 0.1, 0, 0.02, -0.05;
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(2, 2);
  std::vector<Eigen::MatrixXd> drift(n, none);
  std::vector<std::vector<Eigen::MatrixXd>> diffusion(n, std::vector<Eigen::MatrixXd>(n, none));
  for (std::size_t a = 0; a < n; ++a) {
    if (grid.periodic(static_cast<int>(a))) drift[a] = C;
    for (std::size_t b = 0; b < n; ++b)
      if (a == b)
        diffusion[a][a] = D;
      else if (grid.periodic(static_cast<int>(a)) && grid.periodic(static_cast<int>(b)))
        diffusion[a][b] = mixed;
  }
  return make_pde(Q, drift, diffusion);
}

}  // namespace

TEST_CASE("a field comes back from its waves") {
  for (std::size_t i = 0; const Grid& grid : boxes_of_many_lengths()) {
    CAPTURE(grid.points[0]);
    CAPTURE(i);
    Waves waves(grid, 3);
    const Field field = random_field(i++, 3 * grid.cells());
    Field back(field.size());
    waves.analyse(field.data());
    waves.synthesise(back.data());
    CHECK(largest_difference(field, back) < 1e-14);
  }
}

TEST_CASE("amplitudes are sums over the cells") {
  for (std::size_t i = 0; const Grid& grid : boxes_of_many_lengths()) {
    CAPTURE(grid.points[0]);
    CAPTURE(i);
    Waves waves(grid, 3);
    Field field = random_field(i++, 3 * grid.cells());
    for (double& value : field) value -= 0.5;
    waves.analyse(field.data());
    double largest = 0;
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t mode = 0; mode < waves.modes(); ++mode) {
        const Complex expected = amplitude(grid, waves.wave(mode), field.data() + c * grid.cells());
        largest = std::max(largest, std::abs(waves.amplitudes()[c * waves.modes() + mode] - expected));
      }
    CHECK(largest < 1e-14);
  }
}

TEST_CASE("amplitudes are the same every time, and those of one component are not seen in another") {
  for (const Grid& grid : boxes_of_many_lengths()) {
    CAPTURE(grid.points[0]);
    Waves waves(grid, 2), others(grid, 2);
    Field field = random_field(1, 2 * grid.cells()), back(field.size()), again(field.size());
    std::fill(field.begin() + static_cast<std::ptrdiff_t>(grid.cells()), field.end(), 0.0);
    waves.analyse(field.data());
    const Complex* const second = waves.amplitudes() + waves.modes();
    CHECK(std::all_of(second, second + waves.modes(), [](Complex amplitude) { return amplitude == 0.0; }));
    waves.synthesise(back.data());
    waves.analyse(field.data());
    waves.synthesise(again.data());
    CHECK(back == again);
    others.analyse(field.data());
    others.synthesise(again.data());
    CHECK(back == again);
  }
}

TEST_CASE("a plane wave has one amplitude, half of it if its conjugate is another wave") {
  for (const long n : {1, 2, 5, 8, 13, 53, 120}) {
    CAPTURE(n);
    const Grid grid = box({{n, periodic}});
    Waves waves(grid, 1);
    REQUIRE(waves.modes() == static_cast<std::size_t>(n / 2 + 1));
    for (long j = 0; j <= n / 2; ++j) {
      CAPTURE(j);
      Field field;
      for (long x = 0; x < n; ++x)
        field.push_back(std::cos(2 * std::numbers::pi * static_cast<double>(j * x % n) / static_cast<double>(n)));
      waves.analyse(field.data());
      const double own = j == 0 || 2 * j == n ? 1 : 0.5;
      for (long i = 0; i <= n / 2; ++i) CHECK(std::abs(waves.amplitudes()[i] - (i == j ? own : 0)) < 1e-14);
    }
  }
}

TEST_CASE("each standing wave has one amplitude, with the wave number its walls allow") {
  for (const long n : {1, 6, 11, 16, 59})
    for (const auto& [walls, odd, shift] :
         {std::tuple{closed, false, 0.0}, {open, true, 1.0}, {open_below, true, 0.5}, {open_above, false, 0.5}}) {
      const Grid grid = box({{n, walls}});
      Waves waves(grid, 1);
      REQUIRE(waves.modes() == static_cast<std::size_t>(n));
      CHECK(waves.uniform() == (walls == closed));
      for (long j = 0; j < n; ++j) {
        CAPTURE(j);
        const double k =
            std::numbers::pi * (static_cast<double>(j) + shift) / (static_cast<double>(n) * grid.spacing[0]);
        CHECK(waves.wave(static_cast<std::size_t>(j)).k[0] == doctest::Approx(k));
        Field field;
        for (long x = 0; x < n; ++x) {
          const double phase = k * grid.centre(x, 0, 0)[0];
          field.push_back(odd ? std::sin(phase) : std::cos(phase));
        }
        waves.analyse(field.data());
        const double own = k == 0 || (walls == open && j == n - 1) ? 1 : 0.5;  // is its square 1 everywhere?
        for (long i = 0; i < n; ++i) CHECK(std::abs(waves.amplitudes()[i] - (i == j ? own : 0)) < 1e-14);
      }
    }
}

TEST_CASE("central differences multiply every wave of the box by their symbol") {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    CAPTURE(i);
    const Grid& grid = boxes[i];
    const ContinuumPde pde = two_components(grid);
    CHECK(mixes_waves(pde.coefficients, grid) == "");
    RightHandSide R(plain_kernels(pde, grid), grid, 2, 1);
    Preconditioner preconditioner(pde, grid, R.workers());
    const Field field = random_field(i, R.size());
    Field step(R.size()), back(R.size());
    R.evaluate(0, field, step);
    const double a = 1.3, b = 0.7;
    for (std::size_t c = 0; c < step.size(); ++c) step[c] = a * field[c] - b * step[c];
    preconditioner.solve(a, b, step.data(), back.data());
    CHECK(largest_difference(field, back) < 1e-13);
  }
}

TEST_CASE("what mixes waves is said") {
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(1, 1), one = Eigen::MatrixXd::Ones(1, 1);
  const Grid grid = box({{8, periodic}, {8, closed}});
  const auto mixing = [&](const std::vector<Eigen::MatrixXd>& drift, const Eigen::MatrixXd& mixed) {
    return mixes_waves(make_pde(zero, drift, {{one, mixed}, {mixed, one}}).coefficients, grid);
  };
  CHECK(mixing({one, zero}, zero) == "");
  CHECK(mixing({zero, 1e-13 * one}, zero) == "");
  CHECK(mixing({zero, one}, zero) == "drift along y, which has walls");
  CHECK(mixing({zero, zero}, 0.1 * one) == "a mixed derivative along x and y, where y has walls");
}
