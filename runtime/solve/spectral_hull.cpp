#include "runtime/solve/spectral_hull.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/expects.hpp"
#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// The upper chain of the convex hull, from right to left (Andrew's monotone chain).
std::vector<Complex> upper_hull(std::vector<Complex> points) {
  std::sort(points.begin(), points.end(),
            [](Complex a, Complex b) { return a.real() != b.real() ? a.real() > b.real() : a.imag() < b.imag(); });
  std::vector<Complex> chain;
  const auto turns_left = [&](Complex next) {
    const Complex last = chain.back(), before = chain[chain.size() - 2];
    return std::imag(std::conj(last - before) * (next - last)) > 0;
  };
  for (const Complex point : points) {
    while (chain.size() >= 2 && !turns_left(point)) chain.pop_back();
    chain.push_back(point);
  }
  return chain;
}

SpectralHull around(std::vector<Complex> points) {
  SpectralHull hull{upper_hull(std::move(points)), 0};
  for (const Complex corner : hull.corners) hull.radius = std::max(hull.radius, std::abs(corner));
  return hull;
}

}  // namespace

SpectralHull spectral_hull(const ContinuumPde& pde, const Grid& grid) {
  expects(pde.dimension == grid.dimension && grid.dimension >= 1 && grid.dimension <= 3,
          "a grid of the equation's dimension");
  constexpr double margin = 1.05;
  const int half = grid.dimension == 1   ? 16
                   : grid.dimension == 2 ? 8
                                         : 6;  // samples from 0 to π; even, for the sake of π/2
  const int low_y = grid.dimension > 1 ? 1 - half : 0, high_y = grid.dimension > 1 ? half : 0;
  const int low_z = grid.dimension > 2 ? 1 - half : 0, high_z = grid.dimension > 2 ? half : 0;
  std::vector<Complex> points{0};
  double lowest = 0, highest = 0;
  Eigen::ComplexEigenSolver<Eigen::MatrixXcd> solver;
  const auto sample = [&](const Coefficients& coefficients, const std::array<double, 3>& theta) {
    Wave wave;
    for (std::size_t a = 0; a < 3; ++a) wave.k[a] = wave.odd[a] = theta[a] / grid.spacing[a];
    solver.compute(margin * symbol(coefficients, on_grid(wave, grid), grid.dimension), false);
    expects(solver.info() == Eigen::Success, "eigenvalues of a finite symbol");
    for (const Complex lambda : solver.eigenvalues()) {
      points.emplace_back(lambda.real(), std::abs(lambda.imag()));
      lowest = std::min(lowest, lambda.real());
      highest = std::max(highest, lambda.real());
    }
  };
  // Again and again on half the range: near 0 drift bends the hull most. S(−θ) = conj S(θ), so θ_x ≥ 0 is enough, with
  // the eigenvalues of the other half mirrored to Im ≥ 0.
  const auto everywhere = [&](const Coefficients& coefficients) {
    const Coefficients as_solved = with_upwind_diffusion(coefficients, grid, 1);
    for (double range = std::numbers::pi; range > 0.06 * std::numbers::pi; range /= 2)
      for (int z = low_z; z <= high_z; ++z)
        for (int y = low_y; y <= high_y; ++y)
          for (int x = 0; x <= half; ++x) sample(as_solved, {range * x / half, range * y / half, range * z / half});
  };
  everywhere(pde.coefficients);
  for (const Coefficients& other : pde.extremes) everywhere(other);
  points.emplace_back(lowest);
  points.emplace_back(highest);
  SpectralHull hull = around(std::move(points));
  expects(std::isfinite(hull.radius), "finite coefficients");
  return hull;
}

SpectralHull widened(const SpectralHull& hull, double rate) {
  std::vector<Complex> points = hull.corners;
  for (const Complex corner : hull.corners) {
    points.push_back(corner - rate);
    points.push_back(corner + rate * Complex(-1, 1) * std::numbers::sqrt2 / 2.0);
  }
  return around(std::move(points));
}

}  // namespace rdd
