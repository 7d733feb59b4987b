// The emitted text; what it computes is compared with the other back end in jit_orc_test.cpp.
#include "compiler/kernels/emit_cpp.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "compiler/kernels/discretise.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

TEST_CASE("the emitted C++ of a chain reads like its formula") {
  ContinuumPde pde;
  pde.dimension = pde.components = 1;
  pde.coefficients.reaction = Eigen::MatrixXd::Zero(1, 1);
  pde.coefficients.drift = {Eigen::MatrixXd::Zero(1, 1)};
  pde.coefficients.diffusion = {{Eigen::MatrixXd::Constant(1, 1, 2.0)}};
  const std::string source = emit_cpp({discretise(pde, make_grid(1, {9, 1, 1}))[0]});
  const auto has = [&](const char* text) { return source.find(text) != std::string::npos; };
  CHECK(has("#include \"runtime/solve/kernel.hpp\"\n"));
  CHECK(has("// D_xx = [[2.0]] m^2/s\n"));
  CHECK(has("    const double sum0 = ") == false);
  CHECK(has("  const auto cell = [=](auto west, auto x, auto east) {\n"));
  CHECK(has("    out0[x] = 8.0 * (y0[west] + y0[east]) - 16.0 * y0[x];\n"));
  CHECK(
      has("extern \"C\" void rdd_rhs(const double* const* in, double* out, const double*, const rdd::KernelLayout* "
          "layout,"));
}

TEST_CASE("kernels that are told to prefetch ask for the last rows they read and for those they write") {
  std::mt19937_64 random(1);
  const auto kernels = discretise(random_pde(random, 2, 2), make_grid(2, {9, 9, 1}));
  CHECK(emit_cpp(kernels).find("fetch(") == std::string::npos);
  CHECK(emit_cpp({kernels[0]}, {.prefetch = true})
            .find("  each(1, nx - 1, [=](auto x) {\n"
                  "    fetch(y0_n.row + ahead, x);\n"
                  "    fetch(y1_n.row + ahead, x);\n"
                  "    fetch(out0.row + ahead, x);\n"
                  "    fetch(out1.row + ahead, x);\n"
                  "    cell(x - 1, x, x + 1);\n"
                  "  });\n") != std::string::npos);
}

TEST_CASE("interleaved rows are all vectors, cells beside walls come after them, and rows are closed") {
  std::mt19937_64 random(1);
  const Grid grid = make_grid(2, {16, 9, 1}, all_boundaries(2)[5]);
  REQUIRE_FALSE(grid.periodic(0));
  const auto kernels = discretise(random_pde(random, 2, 1), grid);
  CHECK(emit_cpp({kernels[0]}, {.interleave = true})
            .find("  const long ahead = layout.stride_y;\n"
                  "  each(nx, [=](auto x) {\n"
                  "    fetch(y0_n.row + ahead, x);\n"
                  "    middle(x - 1, x, x + 1);\n"
                  "  });\n"
                  "  low(0, 0, 1);\n"
                  "  high(nx - 2, nx - 1, nx - 1);\n"
                  "  rdd::close_row(out0.row, piece, layout.halo);\n") != std::string::npos);
}

TEST_CASE("right-hand sides on large grids are written past the caches, stages are not") {
  std::mt19937_64 random(1);
  const auto kernels = discretise(random_pde(random, 2, 1), make_grid(2, {16, 9, 1}));
  const auto source = [&](std::size_t kernel, bool prefetch) {
    return emit_cpp({kernels[kernel]}, {.prefetch = prefetch, .interleave = true});
  };
  REQUIRE(kernels[0].name == "rhs");
  REQUIRE(kernels[1].name == "stage");
  for (const char* text : {"const FarOutput out0{{", "  each(nx, halo, [=](auto x) {\n", "atomic_thread_fence("}) {
    CAPTURE(text);
    CHECK(source(0, true).find(text) != std::string::npos);
    CHECK(source(0, false).find(text) == std::string::npos);
    CHECK(source(1, true).find(text) == std::string::npos);
  }
}

TEST_CASE("every kind of row has one function and one call") {
  std::mt19937_64 random(1);
  const auto kernels = discretise(random_pde(random, 3, 1), make_grid(3, {4, 4, 4}, all_boundaries(3).back()));
  const std::string source = emit_cpp(kernels);
  const auto count = [&](const std::string& word) {
    std::size_t found = 0;
    for (std::size_t at = source.find(word); at != std::string::npos; at = source.find(word, at + 1)) ++found;
    return found;
  };
  CHECK(count("\nvoid rhs_row_y_") == 9);
  CHECK(count(") rhs_row_y_") == 9);
  CHECK(count("  each(1, nx - 1, [=](auto x) { middle(x - 1, x, x + 1); });\n") == 2 * 5);  // not along edges
  CHECK(count("extern \"C\" void rdd_") == 2);
  CHECK(source == emit_cpp(kernels));
}

}  // namespace
}  // namespace rdd::test
