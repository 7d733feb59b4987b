#include "runtime/solve/right_hand_side.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

ContinuumPde two_components(int dimension) {
  const auto n = static_cast<std::size_t>(dimension);
  Eigen::MatrixXd Q(2, 2), C(2, 2), D(2, 2), mixed(2, 2);
  Q << -1.5, 0.5, 1.5, -0.5;
  C << 0.6, 0.1, 0, -0.4;
  D << 0.3, 0.05, 0.02, 0.2;
  mixed << 0.1, 0, 0, -0.1;
  std::vector<std::vector<Eigen::MatrixXd>> diffusion(n, std::vector<Eigen::MatrixXd>(n, mixed));
  for (std::size_t a = 0; a < n; ++a) diffusion[a][a] = D;
  return make_pde(Q, std::vector<Eigen::MatrixXd>(n, C), diffusion);
}

}  // namespace

TEST_CASE("stages blocked in time give the bytes of one sweep a stage, on any number of threads") {
  for (const auto& [dimension, n] : {std::pair{1, 50L}, {2, 7L}, {2, 12L}, {2, 25L}, {2, 53L}, {3, 26L}}) {
    const ContinuumPde pde = two_components(dimension);
    const Grid grid = make_grid(dimension, n, 3);
    const Kernels kernels = plain_kernels(pde, grid);
    const KernelLayout layout = dense_layout(grid);
    Field start(2 * grid.cells());
    for (std::size_t i = 0; i < start.size(); ++i) start[i] = std::sin(0.37 * static_cast<double>(i * i % 1013));
    for (const std::size_t count : {1u, 2u, 6u, 7u, 15u}) {
      const auto after = [&](const auto& take) {
        Field last = start, before = start, next = start, base = start, base_slope(start.rbegin(), start.rend());
        std::vector<Stage> stages;
        for (std::size_t s = 0; s < count; ++s) {
          const double x = 0.01 * static_cast<double>(s);
          stages.push_back({x, 0.5 + x, 0.2 - x, 0.3, 1e-3, 2e-3, last.data(), before.data(), next.data()});
          before.swap(last);
          last.swap(next);
        }
        take(stages, base, base_slope);
        return std::pair(last, before);
      };
      const auto expected = after([&](const std::vector<Stage>& stages, const Field& base, const Field& base_slope) {
        for (const Stage& s : stages) {
          const double* in[] = {s.y, s.previous, base.data(), base_slope.data(), nullptr};
          const double numbers[] = {s.own, s.before, s.base, s.base_slope, s.slope, s.time};
          kernels.stage(in, s.out, numbers, &layout, 0, grid.points[1] * grid.points[2]);
        }
      });
      for (const int threads : {1, 2, 3, 5}) {
        CAPTURE(dimension);
        CAPTURE(n);
        CAPTURE(count);
        CAPTURE(threads);
        RightHandSide rhs(kernels, grid, 2, threads);
        const auto found = after([&](const std::vector<Stage>& stages, const Field& base, const Field& base_slope) {
          rhs.stages(stages, base.data(), base_slope.data());
        });
        CHECK(found == expected);
        CHECK(rhs.sweeps() == static_cast<long>(count));
      }
    }
  }
}
