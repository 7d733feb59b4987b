// A solver compiled into a program: the classes come from crowdion.rdd, by rdd_add_solver in CMakeLists.txt.
#include "crowdion.hpp"

#include <cmath>
#include <cstdio>
#include <numbers>

int main() {
  using crowdion::absorb;
  using crowdion::relax;

  // The model as it is. Output is a choice of the program; the times are those of the model.
  relax::Options options;
  options.output = "relax.h5";
  relax walk(options);
  std::printf("time [ns]  share of Y  width along x [nm]\n");
  while (walk.time() < walk.until()) {
    walk.step(0.1e-9);
    std::printf("%9.2f  %10.6f  %18.4f\n", 1e9 * walk.time(), walk.total(relax::Coarse::Y),
                1e9 * std::sqrt(walk.probe(relax::Probe::width_x)));
  }
  walk.finish();  // now the files are there

  // A field is a span over the cells, x fastest.
  const auto [nz, ny, nx] = walk.shape();
  const std::span<const double> density = walk.field(relax::Coarse::X);
  std::printf("density in the middle: %.6e /m^2\n", density[(nz / 2 * ny + ny / 2) * nx + nx / 2]);

  // Other initial densities than the model's: any function of the place will do.
  absorb::Options beam;
  beam.initial.Y = [](double x, double y, double) {
    const double sigma = 5e-9, u = (x - 20e-9) / sigma, v = (y - 30e-9) / sigma;
    return std::exp(-(u * u + v * v) / 2) / (2 * std::numbers::pi * sigma * sigma);
  };
  absorb leak(beam);
  std::printf("left: %.6f", leak.probe(absorb::Probe::left));
  while (leak.time() < leak.until()) {
    leak.advance(leak.time() + 0.5e-9);
    std::printf(" %.6f", leak.probe(absorb::Probe::left));
  }
  std::printf("\n");

  // The program's own physics between two steps: here half of what is in the left half of the domain is taken out.
  std::vector<double> field(leak.field(absorb::Coarse::X).begin(), leak.field(absorb::Coarse::X).end());
  const std::size_t width = leak.shape()[2];
  for (std::size_t cell = 0; cell < field.size(); ++cell)
    if (cell % width < width / 2) field[cell] /= 2;
  leak.replace(0, field);
  leak.step(1e-9);
  std::printf("left after the change: %.6f\n", leak.probe(absorb::Probe::left));
}
