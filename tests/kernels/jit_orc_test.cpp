// The JIT-compiled kernels, the emitted C++ and the interpreter give the same bits.
#include "compiler/kernels/jit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/kernels/transport.hpp"
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
  Equation equation;
  Boundaries boundary;
  DifferenceScheme scheme = DifferenceScheme::central;
  std::string suffix;  ///< makes the emitted names of the variants differ
  std::vector<Grid> grids;
};

std::vector<Grid> grids(int dimension, const Boundaries& boundary, DifferenceScheme scheme) {
  std::vector<Grid> all;
  for (const std::array<long, 3>& points : {std::array<long, 3>{1, 1, 1},
                                            {2, 2, 2},
                                            {3, 1, 2},
                                            {4, 3, 2},
                                            {6, 2, 3},
                                            {4, 4, 4},
                                            {7, 5, 3},
                                            {10, 3, 4},
                                            {23, 5, 4},
                                            {8, 2, 3},
                                            {16, 3, 2},
                                            {40, 5, 4}}) {
    Grid grid = make_grid(dimension, points, boundary);
    grid.scheme = scheme;
    bool fits = true;
    for (int a = 0; a < dimension; ++a) fits &= grid.periodic(a) || grid.points[index(a)] >= 2 * reach(scheme);
    if (fits) all.push_back(grid);
  }
  return all;
}

std::vector<Variant> variants() {
  std::vector<Variant> all;
  std::mt19937_64 random(2024);
  const std::array<std::vector<int>, 3> components{{{1, 2, 3, 5}, {1, 2, 3, 5}, {2, 1}}};
  for (int dimension = 1; dimension <= 3; ++dimension) {
    std::size_t turn = 0;
    for (const Boundaries& boundary : all_boundaries(dimension)) {
      // Enough of each: 5 of 5, 7 of 25, 3 of 125 combinations, the periodic ones among them.
      if (turn++ % (dimension == 1 ? 1 : dimension == 2 ? 4 : 62) != 0) continue;
      const auto& choice = components[index(dimension - 1)];
      const int P = choice[all.size() % choice.size()];
      Variant v{{random_pde(random, dimension, P)}, boundary, DifferenceScheme::central, {}, {}};
      if (all.size() % 3 == 2)  // no drift: neighbours share their weights
        for (auto& drift : v.equation.pde.coefficients.drift) drift.setZero();
      v.suffix = "_" + describe(boundary, dimension) + "_" + std::to_string(P);
      v.grids = grids(dimension, boundary, v.scheme);
      all.push_back(std::move(v));
    }
  }
  // The other schemes, and coefficients that vary, between some of the walls.
  for (int dimension = 1; dimension <= 3; ++dimension) {
    std::size_t turn = 0;
    for (const Boundaries& boundary : all_boundaries(dimension)) {
      if (turn++ % (dimension == 1 ? 2 : dimension == 2 ? 18 : 101) != 0) continue;
      for (const DifferenceScheme scheme :
           {DifferenceScheme::central, DifferenceScheme::fourth, DifferenceScheme::limited})
        for (const bool local : {false, true}) {
          if ((scheme == DifferenceScheme::central && !local) ||
              (dimension == 3 && turn > 1 && scheme != DifferenceScheme::limited))
            continue;
          const int P = dimension == 1 ? 2 : 1;
          Variant v{{random_pde(random, dimension, P)}, boundary, scheme, {}, {}};
          if (local) v.equation.local = local_fields(v.equation.pde);
          if (turn % 2 == 0)  // walls that are mirrors
            for (auto& drift : v.equation.pde.coefficients.drift) drift.setZero();
          v.suffix = "_" + describe(boundary, dimension) + "_s" + std::to_string(static_cast<int>(scheme)) +
                     (local ? "_local" : "");
          v.grids = grids(dimension, boundary, scheme);
          all.push_back(std::move(v));
        }
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
    for (ir::KernelIr& kernel : renamed(discretise(v.equation, v.grids.front()), v.suffix))
      everything.push_back(std::move(kernel));
  const CompiledCpp cpp("variants", emit_cpp(everything), "-march=native");
  const CompiledCpp cpp_by_vectors("interleaved", emit_cpp(everything, {.prefetch = true, .interleave = true}), "-march=native");
  for (const Variant& v : all) {
    CAPTURE(v.suffix);
    const auto kernels = renamed(discretise(v.equation, v.grids.front()), v.suffix);
    const auto jit = jit_compile(kernels), by_vectors = jit_compile(kernels, {.prefetch = true, .interleave = true});
    for (const Grid& grid : v.grids) {
      CAPTURE(grid.points[0]);
      CAPTURE(grid.points[1]);
      CAPTURE(grid.points[2]);
      std::mt19937_64 random(7);
      std::vector<Field> fields;
      const int P = v.equation.pde.components;
      for (int i = 0; i < 4; ++i) fields.push_back(random_field(random, grid, P));
      const Field local = random_field(random, grid, v.equation.local ? v.equation.local->count : 0);
      const std::vector<double> scalars{0.3, -1.2, 0.9, 0.25, 0.125};
      for (const ir::KernelIr& kernel : kernels) {
        std::vector<Field> inputs = fields;
        inputs.resize(kernel.inputs.size() - (v.equation.local ? 1 : 0));
        if (v.equation.local) inputs.push_back(local);
        const KernelFunction compiled = jit->function(kernel.name), emitted = cpp.function("rdd_" + kernel.name);
        REQUIRE((compiled != nullptr));
        REQUIRE((emitted != nullptr));
        const Field expected = interpret(kernel, grid, inputs, scalars);
        CHECK(same_bits(run(compiled, grid, P, inputs, scalars), expected));
        CHECK(same_bits(run(emitted, grid, P, inputs, scalars), expected));
        if (!can_interleave(grid)) continue;
        const KernelFunction vectors = by_vectors->function(kernel.name);
        CHECK(same_bits(run(vectors, grid, P, inputs, scalars, true), expected));
        CHECK(same_bits(run(cpp_by_vectors.function("rdd_" + kernel.name), grid, P, inputs, scalars, true), expected));
      }
    }
  }
}

TEST_CASE("every function has the same bits in both back ends, whether of cells or of numbers") {
  using expr::Operation;
  const ir::NodePtr y = ir::load(0, 0), positive = ir::apply(Operation::abs, {y}) + ir::number(0.25),
                    half = ir::number(0.5);
  std::vector<ir::NodePtr> values{
      ir::index(0) * y, ir::apply(Operation::negate, {y}), ir::apply(Operation::sign, {y}),
      ir::apply(Operation::where, {ir::apply(Operation::less, {y, ir::number(0)}), half, y})};
  for (const Operation one : {Operation::exp, Operation::log, Operation::sqrt, Operation::sin, Operation::cos,
                              Operation::tan, Operation::sinh, Operation::cosh, Operation::tanh, Operation::abs})
    for (const ir::NodePtr& x : {positive, half}) values.push_back(ir::apply(one, {x}));
  for (const Operation two : {Operation::power, Operation::minimum, Operation::maximum, Operation::less,
                              Operation::less_equal, Operation::equal})
    for (const auto& x : {std::vector{positive, half}, {half, positive}, {positive, positive}, {half, half}})
      values.push_back(ir::apply(two, x));
  ir::KernelIr kernel;
  kernel.name = "functions";
  kernel.outputs = static_cast<int>(values.size());
  kernel.inputs = {"y"};
  kernel.regions.emplace_back();
  for (const ir::NodePtr& value : values)
    kernel.regions[0].body.push_back({static_cast<int>(kernel.regions[0].body.size()), value});
  for (const bool interleave : {false, true}) {
    CAPTURE(interleave);
    const CompiledCpp cpp(interleave ? "interleaved_functions" : "functions",
                          emit_cpp({kernel}, {.prefetch = true, .interleave = interleave}), "-march=native");
    const auto jit = jit_compile({kernel}, {.prefetch = true, .interleave = interleave});
    std::mt19937_64 random(8);
    const Grid grid = make_grid(1, {interleave ? 32 : 29, 1, 1});
    const Field input = random_field(random, grid, 1), expected = interpret(kernel, grid, {input}, {});
    CHECK(same_bits(run(jit->function("functions"), grid, kernel.outputs, {input}, {}, interleave), expected));
    CHECK(same_bits(run(cpp.function("rdd_functions"), grid, kernel.outputs, {input}, {}, interleave), expected));
  }
}

TEST_CASE("rows are swept as asked and nothing else is written") {
  std::mt19937_64 random(4);
  const Grid grid = make_grid(3, {9, 3, 4}, all_boundaries(3)[7]);
  const auto kernels = discretise(random_pde(random, 3, 2), grid);
  const auto jit = jit_compile(kernels);
  const Field input = random_field(random, grid, 2);
  const Field whole = run(jit->function("rhs"), grid, 2, {input}, {});
  Field parts(whole.size(), 7.0);
  const double* in[] = {input.data()};
  const KernelLayout how = layout(grid);
  jit->function("rhs")(in, parts.data(), nullptr, &how, 5, 5);
  CHECK(parts == Field(whole.size(), 7.0));
  jit->function("rhs")(in, parts.data(), nullptr, &how, 5, 12);
  for (long row = 0; row < 5; ++row) CHECK(parts[at(grid, 1, 8, row % 3, row / 3)] == 7.0);
  jit->function("rhs")(in, parts.data(), nullptr, &how, 0, 5);
  CHECK(same_bits(parts, whole));
}

TEST_CASE("padded layouts give the same numbers and leave the padding alone") {
  std::mt19937_64 random(6);
  const Grid grid = make_grid(2, {13, 4, 1});
  const auto kernels = discretise(random_pde(random, 2, 2), grid);
  const auto jit = jit_compile(kernels);
  const Field input = random_field(random, grid, 2);
  const Field expected = run(jit->function("rhs"), grid, 2, {input}, {});
  const KernelLayout padded{{13, 4, 1}, 20, 80, 90};
  Field wide(180, -1.0), out(180, -1.0);
  const auto place = [](int p, long x, long y) { return static_cast<std::size_t>(p * 90 + y * 20 + x); };
  for (int p = 0; p < 2; ++p)
    for (long y = 0; y < 4; ++y)
      for (long x = 0; x < 13; ++x) wide[place(p, x, y)] = input[at(grid, p, x, y, 0)];
  const double* in[] = {wide.data()};
  jit->function("rhs")(in, out.data(), nullptr, &padded, 0, 4);
  long written = 0;
  for (const double value : out) written += value != -1.0;
  CHECK(written == 2 * 4 * 13);
  for (int p = 0; p < 2; ++p)
    for (long y = 0; y < 4; ++y)
      for (long x = 0; x < 13; ++x) CHECK(out[place(p, x, y)] == expected[at(grid, p, x, y, 0)]);
}

TEST_CASE("contraction changes the last bits only") {
  std::mt19937_64 random(5);
  const Grid grid = make_grid(2, {33, 9, 1}, all_boundaries(2)[13]);
  const auto kernels = discretise(random_pde(random, 2, 3), grid);
  const Field input = random_field(random, grid, 3);
  const Field plain = run(jit_compile(kernels)->function("rhs"), grid, 3, {input}, {});
  const Field contracted = run(jit_compile(kernels, {.contract = true})->function("rhs"), grid, 3, {input}, {});
  // Weights are at most 2·4/h² < 40 in size and about 30 terms are added: 30 · 40 · 2⁻⁵³ of the largest value.
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(std::abs(plain[i] - contracted[i]) < 30 * 40 * 0x1p-53 * 4);
}

TEST_CASE("compiled kernels say where they run and what they cost") {
  std::mt19937_64 random(5);
  const auto jit = jit_compile(discretise(random_pde(random, 1, 1), make_grid(1, {8, 1, 1})));
  CHECK((jit->function("rhs") != nullptr));
  CHECK((jit->function("stage") != nullptr));
  CHECK((jit->function("unknown") == nullptr));
  CHECK(jit->compile_seconds > 0);
  CHECK(jit->host.ends_with("-bit vectors"));
}

}  // namespace
}  // namespace rdd::test
