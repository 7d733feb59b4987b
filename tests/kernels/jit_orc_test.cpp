// The JIT-compiled kernels, the emitted C++ and the interpreter give the same bits.
#include "compiler/kernels/jit.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <map>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

bool same_bits(const Field& a, const Field& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

/// One equation between one set of walls, and the shapes of grid it is run on.
struct Variant {
  ContinuumPde pde;
  Boundaries boundary;
  std::string suffix;  ///< makes the emitted names of the variants differ
  std::vector<Grid> grids;
};

std::vector<Variant> variants() {
  std::vector<Variant> all;
  std::mt19937_64 random(2024);
  const std::array<std::vector<int>, 3> components{{{1, 2, 3, 5}, {1, 2, 3, 5}, {2, 1}}};
  for (int dimension = 1; dimension <= 3; ++dimension) {
    std::size_t turn = 0;
    for (const Boundaries& boundary : all_boundaries(dimension)) {
      // In three dimensions one combination of walls in 17 is enough, the periodic one among them.
      if (dimension == 3 && turn++ % 17 != 0) continue;
      const auto& choice = components[index(dimension - 1)];
      const int P = choice[all.size() % choice.size()];
      Variant v{random_pde(random, dimension, P), boundary, {}, {}};
      if (all.size() % 3 == 2)  // no drift: neighbours share their weights
        for (auto& drift : v.pde.coefficients.drift) drift.setZero();
      v.suffix = "_" + describe(boundary, dimension) + "_" + std::to_string(P);
      for (const std::array<long, 3>& points : {std::array<long, 3>{1, 1, 1},
                                                {2, 2, 2},
                                                {3, 1, 2},
                                                {4, 3, 2},
                                                {6, 2, 3},
                                                {7, 5, 3},
                                                {10, 3, 4},
                                                {23, 4, 3}}) {
        Grid grid = make_grid(dimension, points, boundary);
        bool fits = true;
        for (int a = 0; a < dimension; ++a) fits &= grid.periodic(a) || grid.points[index(a)] > 1;
        if (fits) v.grids.push_back(grid);
      }
      all.push_back(std::move(v));
    }
  }
  return all;
}

std::vector<ir::KernelIr> renamed(std::vector<ir::KernelIr> kernels, const std::string& suffix) {
  for (ir::KernelIr& kernel : kernels) kernel.name += suffix;
  return kernels;
}

TEST_CASE("the JIT, the emitted C++ and the interpreter agree to the last bit") {
  const std::vector<Variant> all = variants();
  std::vector<ir::KernelIr> everything;
  for (const Variant& v : all)
    for (ir::KernelIr& kernel : renamed(discretise(v.pde, v.grids.front()), v.suffix))
      everything.push_back(std::move(kernel));
  const CompiledCpp cpp("variants", emit_cpp(everything));
  for (const Variant& v : all) {
    CAPTURE(v.suffix);
    const auto kernels = renamed(discretise(v.pde, v.grids.front()), v.suffix);
    const auto jit = jit_compile(kernels);
    for (const Grid& grid : v.grids) {
      CAPTURE(grid.points[0]);
      CAPTURE(grid.points[1]);
      CAPTURE(grid.points[2]);
      std::mt19937_64 random(7);
      std::vector<Field> inputs;
      for (int i = 0; i < 4; ++i) inputs.push_back(random_field(random, grid, v.pde.components));
      const std::vector<double> scalars{0.3, -1.2, 0.9, 0.25, 0.125};
      for (const ir::KernelIr& kernel : kernels) {
        const KernelFunction compiled = jit->function(kernel.name), emitted = cpp.function("rdd_" + kernel.name);
        REQUIRE((compiled != nullptr));
        REQUIRE((emitted != nullptr));
        const Field expected = interpret(kernel, grid, inputs, scalars);
        CHECK(same_bits(run(compiled, grid, v.pde.components, inputs, scalars), expected));
        CHECK(same_bits(run(emitted, grid, v.pde.components, inputs, scalars), expected));
      }
    }
  }
}

}  // namespace
}  // namespace rdd::test
