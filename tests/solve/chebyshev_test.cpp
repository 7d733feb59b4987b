#include "runtime/solve/chebyshev.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/expects.hpp"
#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using Complex = std::complex<double>;

namespace {

// One step of the stages on y' = z y, y = 1.
Complex by_stages(const ChebyshevScheme& scheme, Complex z) {
  const ChebyshevStages all = stages(scheme);
  Complex before = 1, last = 1.0 + all.first * z;
  for (const auto& stage : all.stages) {
    const Complex next = stage.own * last + stage.before * before + (1 - stage.own - stage.before) +
                         stage.slope * z * last + stage.base_slope * z;
    before = last;
    last = next;
  }
  return last;
}

}  // namespace

TEST_CASE("the stages carry out the stability polynomial") {
  for (const int s : {2, 3, 5, 12, 40})
    for (const double damping : {2.0 / 13, 4.0, 64.0})
      for (const Complex z : {Complex(-0.1), {-1, 2}, {-7, 0.3}, {0, 1}}) {
        CAPTURE(s);
        CAPTURE(damping);
        const ChebyshevScheme scheme{s, damping};
        const Complex R = stability(scheme, z);
        CHECK(std::abs(by_stages(scheme, z) - R) < 1e-12 * (1 + std::abs(R)));
      }
}

TEST_CASE("every scheme is of second order") {
  for (const int s : {2, 3, 7, 30})
    for (const double damping : {2.0 / 13, 16.0}) {
      CAPTURE(s);
      const ChebyshevScheme scheme{s, damping};
      for (const double z : {-1e-2, -1e-3})
        CHECK(std::abs(stability(scheme, z) - (1 + z + z * z / 2)) < 0.2 * std::abs(z * z * z));
    }
}

TEST_CASE("with the standard damping, s stages reach 2/3 (s² − 1)(1 − 2ε/15) along the negative real axis") {
  // The formula of Sommeijer, Shampine and Verwer, sharp for many stages.
  for (const int s : {3, 5, 10, 50}) {
    CAPTURE(s);
    const ChebyshevScheme scheme{s, 2.0 / 13};
    const double reach = 2.0 / 3 * (s * s - 1) * (1 - 2.0 / 15 * 2.0 / 13);
    for (int i = 0; i <= 2000; ++i) CHECK(std::abs(stability(scheme, -0.97 * reach * i / 2000)) <= 1 + 1e-12);
    if (s >= 10) CHECK(std::abs(stability(scheme, -1.05 * reach)) > 1);
  }
}

TEST_CASE("the error constant is that of the third-order term") {
  CHECK(stages({2, 2.0 / 13}).error_constant == rdd::test::approx(2.5));  // no z³ at all: 15 / 6
  CHECK(stages({60, 2.0 / 13}).error_constant == rdd::test::approx(1).epsilon(0.05));
}

TEST_CASE("chosen schemes are stable over the whole hull, from diffusion to drift") {
  for (const double velocity : {0.0, 0.3, 3.0, 30.0, 1000.0}) {
    CAPTURE(velocity);
    const SpectralHull hull = spectral_hull(make_pde(velocity, 1), make_grid(1, 50, 50));
    const ChebyshevChoice choice(hull, 1e6);
    for (const double wanted : {0.01, 0.3, 3.0, 50.0}) {
      const ChebyshevChoice::Step step = choice.at_most(wanted);
      CAPTURE(wanted);
      CAPTURE(step.length);
      CAPTURE(step.scheme.stages);
      CHECK(step.length <= wanted);
      for (int i = 0; i <= 500; ++i) {
        const double theta = 3.14159265 * i / 500;
        const Complex lambda(-2 * (1 - std::cos(theta)), velocity * std::sin(theta));
        CHECK(std::abs(stability(step.scheme, step.length * lambda)) <= 1 + 0.2 * step.length / 1e6);
        CHECK(std::abs(stability(step.scheme, 0.37 * step.length * lambda)) <= 1 + 0.2 * step.length / 1e6);
      }
    }
  }
}

TEST_CASE("diffusion takes the stages of the formula and no shorter step") {
  const ChebyshevChoice choice(spectral_hull(make_pde(0, 1), make_grid(1, 100, 100)), 1);
  const double radius = 4 * 1.05;
  for (const double step : {1.0, 10.0, 100.0, 1000.0}) {
    const ChebyshevChoice::Step chosen = choice.at_most(step);
    CHECK(chosen.length == step);
    CHECK(chosen.scheme.stages <= 1.2 * (1 + std::sqrt(1 + 1.54 * step * radius)) + 1);
  }
}

TEST_CASE("an equation that does nothing takes any step with the fewest stages") {
  const ChebyshevChoice choice(spectral_hull(make_pde(0, 0), make_grid(1, 4, 1)), 1);
  CHECK(choice.at_most(1e9).length == 1e9);
  CHECK(choice.at_most(1e9).scheme.stages == 2);
}

TEST_CASE("the longest stable step is stable, and a longer one is not") {
  const ChebyshevChoice choice(spectral_hull(make_pde(20, 1), make_grid(1, 50, 50)), 1e3);
  const double largest = choice.largest();
  CHECK(choice.scheme(largest));
  CHECK(!choice.scheme(1.3 * largest));
}
