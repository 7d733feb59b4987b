#include "runtime/solve/spectral_hull.hpp"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "tests/solve/plain_kernel.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;

namespace {

Eigen::MatrixXd one(double value) {
  return Eigen::MatrixXd::Constant(1, 1, value);
}

// Eigenvalues of the kernel itself, column by column.
Eigen::VectorXcd kernel_eigenvalues(const ContinuumPde& pde, const Grid& grid) {
  const Kernels kernels = plain_kernels(pde, grid);
  const KernelLayout layout{{grid.points[0], grid.points[1], grid.points[2]},
                            grid.points[0],
                            grid.points[0] * grid.points[1],
                            grid.points[0] * grid.points[1] * grid.points[2]};
  const auto size = static_cast<Eigen::Index>(grid.cells()) * pde.components;
  Eigen::MatrixXd L(size, size);
  for (Eigen::Index j = 0; j < size; ++j) {
    const Eigen::VectorXd unit = Eigen::VectorXd::Unit(size, j);
    const double* in[] = {unit.data()};
    kernels.rhs(in, L.col(j).data(), nullptr, &layout, 0, grid.points[1] * grid.points[2]);
  }
  return Eigen::EigenSolver<Eigen::MatrixXd>(L, false).eigenvalues();
}

// Below the upper chain, from right to left?
bool inside(const SpectralHull& hull, std::complex<double> z) {
  z = {z.real(), std::abs(z.imag())};
  const double slack = 1e-3 * hull.radius;  // as the header says
  if (z.real() > hull.corners.front().real() + slack || z.real() < hull.corners.back().real() - slack) return false;
  for (std::size_t i = 0; i + 1 < hull.corners.size(); ++i) {
    const std::complex<double> edge = hull.corners[i + 1] - hull.corners[i];
    if (std::imag(std::conj(edge) * (z - hull.corners[i])) < -slack * std::abs(edge)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("pure diffusion has a piece of the negative real axis, four diffusivities over h² long an axis") {
  const SpectralHull hull = spectral_hull(make_pde(0, 2), make_grid(1, 10, 5));
  CHECK(hull.radius == rdd::test::approx(1.05 * 4 * 2 / 0.25));
  CHECK(hull.corners.size() == 2);
  for (const auto corner : hull.corners) CHECK(corner.imag() == 0);
}

TEST_CASE("drift alone has a piece of the imaginary axis, v/h high") {
  const SpectralHull hull = spectral_hull(make_pde(3, 0), make_grid(1, 10, 5));
  CHECK(hull.radius == rdd::test::approx(1.05 * 3 / 0.5));
  for (const auto corner : hull.corners) CHECK(std::abs(corner.real()) < 1e-12);
}

TEST_CASE("nothing at all has the point 0") {
  const SpectralHull hull = spectral_hull(make_pde(0, 0), make_grid(1, 10, 5));
  CHECK(hull.radius == 0);
}

TEST_CASE("the eigenvalues of the kernel lie in the hull, with walls and without") {
  Eigen::MatrixXd Q(2, 2), Cx(2, 2), Cy(2, 2), Dxx(2, 2), Dyy(2, 2);
  Q << -3, 1, 3, -1;
  Cx << 4, 0.5, 0, -2;
  Cy << -1, 0, 0.3, 0;
  Dxx << 1, 0.1, 0.1, 0.2;
  Dyy << 0.3, 0, 0, 0.05;
  for (const Boundary boundary : {Boundary::periodic, Boundary::absorbing, Boundary::reflecting})
    for (const double length : {2.0, 8.0, 40.0}) {  // from diffusion that rules to drift that rules
      CAPTURE(static_cast<int>(boundary));
      CAPTURE(length);
      const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(2, 2);
      const Eigen::MatrixXd Dxy = boundary == Boundary::periodic ? Eigen::MatrixXd(0.1 * Dyy) : zero;
      const ContinuumPde plane = make_pde(Q, {Cx, Cy}, {{Dxx, Dxy}, {Dxy, Dyy}}), line = make_pde(Q, {Cx}, {{Dxx}});
      for (const auto& [pde, grid] :
           {std::pair{plane, make_grid(2, 7, length, boundary)}, {line, make_grid(1, 24, length, boundary)}}) {
        const SpectralHull hull = spectral_hull(pde, grid);
        for (const std::complex<double> lambda : kernel_eigenvalues(pde, grid)) {
          CAPTURE(lambda.real());
          CAPTURE(lambda.imag());
          CHECK(inside(hull, lambda));
        }
      }
    }
}

TEST_CASE("in three dimensions the fastest rate adds up over the axes") {
  const Eigen::MatrixXd zero = one(0);
  const ContinuumPde pde =
      make_pde(zero, {zero, zero, zero}, {{one(1), zero, zero}, {zero, one(2), zero}, {zero, zero, one(3)}});
  CHECK(spectral_hull(pde, make_grid(3, 4, 4)).radius == rdd::test::approx(1.05 * 4 * 6));
}
