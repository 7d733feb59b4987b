// What can be seen of the LLVM IR and the assembly from outside the plug-in.
#include <doctest/doctest.h>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/jit.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

std::vector<ir::KernelIr> kernels(const Boundaries& boundary) {
  std::mt19937_64 random(1);
  return discretise(random_pde(random, 2, 2), make_grid(2, {16, 16, 1}, boundary));
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST_CASE("the IR holds one exported function a kernel, explicit vectors, and no licence to change results") {
  const std::string text = jit_llvm(kernels({}));
  CHECK(count(text, "define void @rdd_rhs(") == 1);
  CHECK(count(text, "define void @rdd_stage(") == 1);
  CHECK(count(text, " x double>") > 100);
  for (const char* flag : {"fadd fast", "fadd contract", "fmul contract", "fsub contract", "reassoc", "nnan", "nsz"})
    CHECK(count(text, flag) == 0);
  const std::string contracted = jit_llvm(kernels({}), {.contract = true});
  CHECK(count(contracted, "fadd contract") > 10);
  CHECK(count(contracted, "reassoc") == 0);
}

TEST_CASE("a vector loop stands once for each kind of row that is not an edge of the box") {
  const std::string periodic = jit_llvm(kernels({}));
  CHECK(count(periodic, "\nvector:") == 2);  // of both kernels
  CHECK(count(jit_llvm(kernels(all_boundaries(2).back())), "\nvector:") == 6);
  std::mt19937_64 random(1);
  const auto box = discretise(random_pde(random, 3, 1), make_grid(3, {8, 8, 8}, all_boundaries(3).back()));
  CHECK(count(jit_llvm(box), "\nvector:") == 2 * 5);
}

TEST_CASE("the same kernels give the same text") {
  CHECK(jit_llvm(kernels({})) == jit_llvm(kernels({})));
  const std::string assembly = jit_assembly(kernels({}));
  CHECK(assembly == jit_assembly(kernels({})));
  CHECK(count(assembly, "rdd_rhs:") == 1);
}

}  // namespace
}  // namespace rdd::test
