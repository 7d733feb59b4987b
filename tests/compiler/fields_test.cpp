// Temperatures and forces that vary, and schemes of differences, against closed forms.
#include <cmath>

#include "tests/compiler/solved.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

constexpr double kB = 1.380649e-23, eV = 1.602176634e-19, a = 0.3e-9;

std::string hopping(const std::string& entries, const std::string& more = "") {
  return R"(
model hopping
lattice { vectors [[0.3 nm]] }
temperature 600 K
states { A at [0] energy 0 eV }
rates { A <-> A by [1] : arrhenius(5 THz, 0.5 eV) }
)" + more +
         "solve s {\n  domain [300 nm]\n" + entries + "\n}\n";
}

double hop(double T) {
  return 5e12 * std::exp(-0.5 * eV / (kB * T));
}

}  // namespace

TEST_CASE("in a gradient of temperature defects gather where it is cold: rates belong to the cell that is left") {
  // ∂²(D ρ) = 0 between reflecting walls: ρ ∝ 1/D(T(x)). Differences of second order of D ρ are exact for it.
  const Solved found = solved(hopping(R"(
  grid [200]
  boundary reflecting
  initial A = uniform()
  field T = 500 K + 200 K * x / (300 nm)
  tolerance 1e-10
  until steady)"));
  double sum = 0;
  const auto T = [](std::size_t i) { return 500 + 200 * (static_cast<double>(i) + 0.5) / 200; };
  for (std::size_t i = 0; i < 200; ++i) sum += 1 / hop(T(i)) * 1.5e-9;
  for (const std::size_t i : {0u, 57u, 199u})
    CHECK(found.field[i] == rdd::test::approx(1 / hop(T(i)) / sum).epsilon(1e-6));  // the tolerance of the interpolant
  CHECK(found.total[0] == rdd::test::approx(1).epsilon(1e-9));  // ten times the tolerance of the solver
}

TEST_CASE("coefficients of a large network follow a field like those of the small one it repeats") {
  constexpr int count = 620;
  std::string text = "model track\ntemperature 600 K\nlattice { vectors [[186 nm]] }\nstates {\n";
  for (int i = 0; i < count; ++i) text += "s" + std::to_string(i) + " energy 0 eV\n";
  text += "}\nrates {\n";
  for (int i = 0; i < count; ++i)
    text += "s" + std::to_string(i) + " <-> s" + std::to_string((i + 1) % count) + (i + 1 < count ? "" : " by [1]") +
            " : arrhenius(5 THz, 0.5 eV)\n";
  const Solved found = solved(text + R"(}
reduce { bands 1 }
solve s {
  domain [60 um]
  grid [200]
  boundary reflecting
  initial all = uniform()
  field T = 500 K + 200 K * x / (60 um)
  tolerance 1e-10
  until steady
})");
  double sum = 0;
  const auto T = [](std::size_t i) { return 500 + 200 * (static_cast<double>(i) + 0.5) / 200; };
  for (std::size_t i = 0; i < 200; ++i) sum += 1 / hop(T(i)) * 300e-9;
  for (const std::size_t i : {0u, 57u, 199u})
    CHECK(found.field[i] == rdd::test::approx(1 / hop(T(i)) / sum).epsilon(1e-6));  // the tolerance of the interpolant
}

TEST_CASE("a temperature that changes in time changes the rates: a spread is twice the integral of D") {
  const Solved found = solved(hopping(R"(
  grid [600]
  initial A = gaussian(center = [150 nm], sigma = 10 nm)
  field T = 500 K + 200 K * t / (1 us)
  method explicit
  tolerance 1e-10
  until 1 us)"));
  double integral = 0;  // ∫ D dt by Simpson's rule, far below the tolerance
  constexpr int n = 2000;
  for (int i = 0; i <= n; ++i)
    integral += (i == 0 || i == n ? 1 : i % 2 ? 4 : 2) * a * a * hop(500 + 200.0 * i / n) * 1e-6 / (3 * n);
  double variance = 0;
  for (std::size_t i = 0; i < 600; ++i) {
    const double x = (static_cast<double>(i) + 0.5) * 0.5e-9 - 150e-9;
    variance += x * x * found.field[i] * 0.5e-9;
  }
  // Central differences give the exact second moment; what is left is the error in time and of the interpolant.
  CHECK(variance == rdd::test::approx(1e-16 + 2 * integral).epsilon(1e-6));
}

TEST_CASE("a temperature that varies in space and time is the same for kernels on interleaved rows and on dense ones") {
  const auto by = [&](const std::string& method) {
    return solved(hopping(R"(
  grid [80]
  boundary reflecting
  initial A = gaussian(center = [150 nm], sigma = 30 nm)
  field T = 500 K + 100 K * x / (300 nm) + 100 K * t / (10 us)
  tolerance 1e-9
  until 10 us
  method )" + method));
  };
  const Solved interleaved = by("explicit"), dense = by("implicit");
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < dense.field.size(); ++i) {
    largest = std::max(largest, dense.field[i]);
    worst = std::max(worst, std::abs(interleaved.field[i] - dense.field[i]));
  }
  // Errors of a step, some hundred steps at the most in each of the two.
  CHECK(worst < 200 * 1e-9 * largest);
}

TEST_CASE("in a harmonic well the steady state is that of hops with the midpoint rule") {
  // v = 2 Γ a sinh(f a/2kT), D = Γ a² cosh(f a/2kT), and (D ρ)′ = v ρ: ρ ∝ exp(∫ v/D)/D with v/D = (2/a) tanh(f a/2kT),
  // f = −K (x − L/2). The drift is a first derivative: central differences are right to h².
  const auto error = [&](int cells) {
    const Solved found = solved(hopping("  grid [" + std::to_string(cells) + R"(]
  boundary reflecting
  initial A = uniform()
  field force = [-0.02 eV/nm^2 * (x - 150 nm) / 20]
  scheme central
  tolerance 1e-10
  until steady)"));
    const double h = 300e-9 / cells, K = 0.02 * eV / 1e-18 / 20, kT = kB * 600;
    std::vector<double> exact;
    double sum = 0, worst = 0, largest = 0;
    for (int i = 0; i < cells; ++i) {
      const double y = (i + 0.5) * h - 150e-9, u = K * a / (2 * kT);
      // ∫ −(2/a) tanh(u y) dy = −(2/(a u)) ln cosh(u y)
      exact.push_back(std::exp(-2 / (a * u) * std::log(std::cosh(u * y))) / std::cosh(u * y));
      sum += exact.back() * h;
    }
    for (std::size_t i = 0; i < exact.size(); ++i) {
      worst = std::max(worst, std::abs(found.field[i] - exact[i] / sum));
      largest = std::max(largest, exact[i] / sum);
    }
    return worst / largest;
  };
  const double coarse = error(300), fine = error(600);
  CHECK(fine < 2e-3);
  CHECK(std::log2(coarse / fine) == doctest::Approx(2).epsilon(0.1));
}

TEST_CASE("a field that is the same everywhere is the parameter itself") {
  const Solved by_field = solved(hopping(R"(
  grid [100]
  initial A = gaussian(center = [150 nm], sigma = 20 nm)
  field T = 700 K
  method explicit
  step 1 ns
  until 100 ns)"));
  std::string text = hopping(R"(
  grid [100]
  initial A = gaussian(center = [150 nm], sigma = 20 nm)
  method explicit
  step 1 ns
  until 100 ns)");
  text.replace(text.find("600 K"), 5, "700 K");
  const Solved by_model = solved(text);
  for (std::size_t i = 0; i < 100; ++i) CHECK(by_field.field[i] == rdd::test::approx(by_model.field[i]).epsilon(1e-12));
}

TEST_CASE("drift that outruns diffusion in a cell is limited, makes no new extrema, and is told") {
  const Solved found = solved(hopping(R"(
  grid [60]
  boundary x: periodic
  initial A = box([100 nm], [150 nm])
  method explicit
  until 200 ns)",
                                      "force [0.4 eV/nm]\n"));
  CHECK(found.notes.find("drift limited; Péclet number of a cell") == 0);
  CHECK(found.notes.find("above 2") != std::string::npos);
  const double top = 1 / 50e-9;
  for (const double density : found.field) {
    CHECK(density >= -1e-6 * top);
    CHECK(density <= (1 + 1e-6) * top);
  }
  CHECK(found.total[0] == rdd::test::approx(1).epsilon(1e-12));
}
