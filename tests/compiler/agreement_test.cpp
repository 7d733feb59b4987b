// The crowdion between absorbing walls, with a source and a force: the master equation on the lattice, a kinetic Monte
// Carlo walk on it, and the reduced equation.
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <random>
#include <unsupported/Eigen/MatrixFunctions>

#include "tests/compiler/solved.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

constexpr double a = 0.287e-9;
constexpr int rows = 3;  // cells along y, periodic

/// Sites 1 … N along x between walls that take up what reaches 0 and N + 1.
struct Box {
  int sites;
  double length() const { return (sites + 1) * a; }
  double width() const { return rows * a; }
  double area() const { return length() * width(); }
  double until() const { return 0.06e-12 * sites * sites; }  // a share of the time of diffusion across the box
  double production() const { return 1 / until(); }          // one defect in all of the time
  double density(double x) const {
    const double wave = std::sin(std::numbers::pi * x / length());
    return 2 * wave * wave / area();
  }
};

std::string model(const Box& box, int bands) {
  return fmt::format(R"(
model crowdion
use std.lattices.square
lattice square(a = 0.287 nm)
temperature 1200 K
states {{ X energy 0 eV; Y energy 0 eV }}
rates {{
  X <-> X by [1, 0] : arrhenius(5 THz, 0.05 eV)
  Y <-> Y by [0, 1] : arrhenius(5 THz, 0.05 eV)
  X <-> Y           : arrhenius(5 THz, 0.25 eV)
}}
force [0.03 eV/nm, 0 eV/nm]
reduce {{ bands {} }}
solve between {{
  domain [{} m, {} m]
  grid [{}, 4]
  boundary x: absorbing, y: periodic
  initial X = 2 * sin(pi * x / ({} m))^2 / ({} m^2)
  source X = {} /m^2/s
  tolerance 1e-9
  until {} s
}}
)",
                     bands, box.length(), box.width(), 8 * (box.sites + 1), box.length(), box.area(),
                     box.production() / box.area(), box.until());
}

int site(int x, int y, int state) {
  return ((x - 1) * rows + (y + rows) % rows) * 2 + state;
}

/// Those still there in the end, of the first and of those that were made, by dp/dt = T p + s.
double by_master_equation(const Box& box, const RateNetwork& network) {
  const int size = box.sites * rows * 2;
  Eigen::MatrixXd generator = Eigen::MatrixXd::Zero(size + 1, size + 1);  // the last: what the source makes
  Eigen::VectorXd start = Eigen::VectorXd::Zero(size + 1);
  start(size) = 1;
  for (int x = 1; x <= box.sites; ++x)
    for (int y = 0; y < rows; ++y) {
      start(site(x, y, 0)) = box.density(x * a) * a * a;
      generator(site(x, y, 0), size) = box.production() / box.area() * a * a;
      for (const Hop& hop : network.hops) {
        const int from = site(x, y, hop.from), to = x + hop.cell[0];
        generator(from, from) -= hop.rate;
        if (to >= 1 && to <= box.sites) generator(site(to, y + hop.cell[1], hop.to), from) += hop.rate;
      }
    }
  const Eigen::MatrixXd propagator = (box.until() * generator).exp();
  return (propagator * start).head(size).sum();
}

struct Estimate {
  double mean, error;
};

/// The same by walks: of defects that were there, and of some made at random times and places.
Estimate by_walks(const Box& box, const RateNetwork& network, int walks) {
  std::mt19937_64 random(20210);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const double of_source = box.production() / box.area() * a * a * box.sites * rows * box.until();
  double start = 0;
  for (int x = 1; x <= box.sites; ++x) start += box.density(x * a) * a * a * rows;
  const auto survivors = [&](bool made) {
    int alive = 0;
    for (int walk = 0; walk < walks; ++walk) {
      int x = 1 + static_cast<int>(uniform() * box.sites), y = 0, state = 0;
      while (!made && uniform() * 2 / box.area() > box.density(x * a)) x = 1 + static_cast<int>(uniform() * box.sites);
      double left = made ? box.until() * uniform() : box.until();
      while (x >= 1 && x <= box.sites) {
        left += std::log(1 - uniform()) / network.escape(state);
        if (left < 0) break;
        double choice = uniform() * network.escape(state);
        for (const Hop& hop : network.hops) {
          if (hop.from != state) continue;
          choice -= hop.rate;
          if (choice > 0) continue;
          x += hop.cell[0];
          y += hop.cell[1];
          state = hop.to;
          break;
        }
      }
      alive += x >= 1 && x <= box.sites;
    }
    return static_cast<double>(alive) / walks;
  };
  const double first = survivors(false), second = survivors(true);
  const auto variance = [&](double share) { return share * (1 - share) / walks; };
  return {start * first + of_source * second,
          std::sqrt(start * start * variance(first) + of_source * of_source * variance(second))};
}

double by_reduced_equation(const Box& box, int bands) {
  const Solved found = solved(model(box, bands));
  double all = 0;
  for (const double total : found.total) all += total;
  return all;
}

}  // namespace

TEST_CASE("master equation, kinetic Monte Carlo and reduced equation agree: absorbing walls, a source and a force") {
  const Model crowdion = model_from(model({39}, 2));
  const RateNetwork network = point_of(crowdion).network;
  const double exact = by_master_equation({39}, network);
  CHECK(exact > 0.5);  // of two
  CHECK(exact < 1.5);

  const Estimate walked = by_walks({39}, network, 40000);
  CHECK(std::abs(walked.mean - exact) < 4 * walked.error);
  CHECK(walked.error < 5e-3);

  // A continuum between walls leaves out (k a)² of each wave: the error falls with the square of the box.
  const double coarse = by_reduced_equation({19}, 2) / by_master_equation({19}, network) - 1,
               fine = by_reduced_equation({39}, 2) / exact - 1;
  CAPTURE(coarse);
  CAPTURE(fine);
  CHECK(std::abs(fine) < std::pow(std::numbers::pi / 40, 2));
  CHECK(std::abs(fine) < std::abs(coarse) / 3);

  // One coarse state knows a crowdion after many rotations only: what is left out of it is of the order of the glide
  // between two rotations, √(Γ/r) sites, beside the box.
  const double gliding = std::sqrt(std::exp((0.25 - 0.05) / (8.617333262e-5 * 1200)));
  const double reduced = by_reduced_equation({39}, 1) / exact - 1;
  CAPTURE(reduced);
  CHECK(std::abs(reduced) < gliding / 40);
}
