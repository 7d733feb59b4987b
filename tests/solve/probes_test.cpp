#include "runtime/solve/probes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

ProbeSpec probe(ProbeSpec::Kind kind, std::vector<double> weights, int axis = 0, std::array<double, 3> place = {}) {
  return {kind, "probe", std::move(weights), axis, place, ""};
}

template <class Function>
Field sampled(const Grid& grid, const Function& f) {
  Field field;
  for (long z = 0; z < grid.points[2]; ++z)
    for (long y = 0; y < grid.points[1]; ++y)
      for (long x = 0; x < grid.points[0]; ++x) {
        const auto centre = grid.centre(x, y, z);
        field.push_back(f(centre[0], centre[1], centre[2]));
      }
  return field;
}

}  // namespace

TEST_CASE("integral, mean and variance of a Gaussian are those of the formula") {
  // Sums over a grid of a Gaussian several cells wide are exact to exp(−2π²σ²/h²).
  Grid grid = make_grid(3, 32, 8e-9);
  grid.spacing[1] *= 2;
  const std::array<double, 3> centre{4.1e-9, 7.9e-9, 3.8e-9}, sigma{0.6e-9, 1.1e-9, 0.5e-9};
  double norm = 3e4;
  for (const double s : sigma) norm /= std::sqrt(2 * std::numbers::pi) * s;
  const Field field = sampled(grid, [&](double x, double y, double z) {
    const double u = (x - centre[0]) / sigma[0], v = (y - centre[1]) / sigma[1], w = (z - centre[2]) / sigma[2];
    return norm * std::exp(-(u * u + v * v + w * w) / 2);
  });
  CHECK(measure(probe(ProbeSpec::Kind::integral, {1}), grid, field, 1) == rdd::test::approx(3e4).epsilon(1e-10));
  CHECK(measure(probe(ProbeSpec::Kind::integral, {-2}), grid, field, 1) == rdd::test::approx(-6e4).epsilon(1e-10));
  for (int axis = 0; axis < 3; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    CHECK(measure(probe(ProbeSpec::Kind::mean, {1}, axis), grid, field, 1) ==
          rdd::test::approx(centre[a]).epsilon(1e-9));
    CHECK(measure(probe(ProbeSpec::Kind::variance, {1}, axis), grid, field, 1) ==
          rdd::test::approx(sigma[a] * sigma[a]).epsilon(1e-8));
  }
}

TEST_CASE("a probe weighs the components") {
  const Grid grid = make_grid(1, 4, 8);
  const Field field{1, 2, 3, 4, 10, 20, 30, 40};
  CHECK(measure(probe(ProbeSpec::Kind::integral, {1, 0}), grid, field, 2) == 20);
  CHECK(measure(probe(ProbeSpec::Kind::integral, {1, 0.5}), grid, field, 2) == 120);
  CHECK(measure(probe(ProbeSpec::Kind::at, {0, 1}, 0, {2, 0, 0}), grid, field, 2) == 15);
}

TEST_CASE("interpolation is exact for what is linear in each coordinate") {
  for (int dimension = 1; dimension <= 3; ++dimension) {
    CAPTURE(dimension);
    const Grid grid = make_grid(dimension, 5, 10, Boundary::reflecting);
    const auto f = [&](double x, double y, double z) {
      return 1 + 2 * x + (dimension > 1 ? x * y - 3 * y : 0) + (dimension > 2 ? z * (1 + x - 0.25 * x * y) : 0);
    };
    const Field field = sampled(grid, f);
    for (const std::array<double, 3>& place :
         {std::array{3.3, 4.9, 6.0}, {1.0, 1.0, 1.0}, {0.0, 0.2, 10.0}, {10.0, 9.7, 0.0}, {9.0, 9.0, 9.0}})
      CHECK(measure(probe(ProbeSpec::Kind::at, {1}, 0, place), grid, field, 1) ==
            rdd::test::approx(f(place[0], place[1], place[2])));
  }
}

TEST_CASE("interpolation wraps around on a periodic axis") {
  const Grid grid = make_grid(1, 4, 4);
  const Field field{1, 2, 3, 4};
  const auto at = [&](double x) { return measure(probe(ProbeSpec::Kind::at, {1}, 0, {x, 0, 0}), grid, field, 1); };
  CHECK(at(0) == 2.5);
  CHECK(at(4) == 2.5);
  CHECK(at(3.75) == 3.25);
  CHECK(at(-0.5) == 4);
  CHECK(at(8.5) == 1);
}

TEST_CASE("a density falls to zero at an absorbing wall") {
  const Grid grid = make_grid(1, 4, 4, Boundary::absorbing);
  const Field field{1, 2, 3, 4};
  const auto at = [&](double x) { return measure(probe(ProbeSpec::Kind::at, {1}, 0, {x, 0, 0}), grid, field, 1); };
  CHECK(at(0) == 0);
  CHECK(at(0.25) == 0.5);
  CHECK(at(0.5) == 1);
  CHECK(at(1) == 1.5);
  CHECK(at(3.75) == 2);
  CHECK(at(4) == 0);
  CHECK_THROWS_AS(at(4.1), InternalError);
}

TEST_CASE("one cell between reflecting walls is the same everywhere") {
  const Grid grid = make_grid(1, 1, 4, Boundary::reflecting);
  for (const double x : {0.0, 1.0, 2.0, 4.0})
    CHECK(measure(probe(ProbeSpec::Kind::at, {1}, 0, {x, 0, 0}), grid, {7}, 1) == 7);
}

TEST_CASE("the mean of nothing is not a number") {
  const Grid grid = make_grid(1, 4, 4);
  CHECK(std::isnan(measure(probe(ProbeSpec::Kind::mean, {1}), grid, Field(4, 0.0), 1)));
  CHECK(std::isnan(measure(probe(ProbeSpec::Kind::variance, {1}), grid, Field(4, 0.0), 1)));
}
