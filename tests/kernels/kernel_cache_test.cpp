#include "compiler/kernels/kernel_cache.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "compiler/kernels/discretise.hpp"
#include "tests/kernels/support.hpp"

namespace rdd::test {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for the cache, while it lives.
class CacheFolder {
 public:
  explicit CacheFolder(const std::string& name) : path_(fs::path(RDD_BINARY_DIR) / ("kernel-cache-" + name)) {
    fs::remove_all(path_);
    setenv("RDD_CACHE", path_.c_str(), 1);
  }
  ~CacheFolder() {
    setenv("RDD_CACHE", "off", 1);
    fs::remove_all(path_);
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    if (fs::exists(path_))
      for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path());
    return all;
  }

 private:
  fs::path path_;
};

std::vector<ir::KernelIr> kernels(double diffusivity) {
  std::mt19937_64 random(1);
  ContinuumPde pde = random_pde(random, 2, 2);
  pde.coefficients.diffusion[0][0](0, 0) = diffusivity;
  return discretise(pde, make_grid(2, {9, 5, 1}));
}

}  // namespace

TEST_CASE("what was compiled once is found again, and computes the same") {
  const CacheFolder folder("again");
  const auto first = jit_compile(kernels(1)), second = jit_compile(kernels(1));
  CHECK_FALSE(first->kept);
  REQUIRE(second->kept);
  CHECK(folder.files().size() == 1);  // and nothing else is left behind
  std::mt19937_64 random(2);
  const Grid grid = make_grid(2, {9, 5, 1});
  const Field input = random_field(random, grid, 2);
  CHECK(run(first->function("rhs"), grid, 2, {input}, {0}) == run(second->function("rhs"), grid, 2, {input}, {0}));
  CHECK((second->function("unknown") == nullptr));
}

TEST_CASE("a number, an option or another compiler makes another file") {
  const CacheFolder folder("differences");
  jit_compile(kernels(1));
  CHECK_FALSE(jit_compile(kernels(1 + 0x1p-52))->kept);
  CHECK_FALSE(jit_compile(kernels(1), {.contract = true})->kept);
  CHECK_FALSE(jit_compile(kernels(1), {.prefetch = true})->kept);
  CHECK_FALSE(jit_compile(kernels(1), {.interleave = true})->kept);
  auto others = kernels(1);
  REQUIRE(others[0].streams);
  others[0].streams = false;
  CHECK_FALSE(jit_compile(others)->kept);
  CHECK(folder.files().size() == 6);
  const fs::path other = fs::path(RDD_BINARY_DIR) / "another-compiler";
  std::ofstream(other) << "not the one that compiled them";
  CHECK(KernelCache(other.string()).find(kernels(1), {}) == nullptr);
  fs::remove(other);
}

TEST_CASE("a spoilt file is compiled anew") {
  const CacheFolder folder("spoilt");
  jit_compile(kernels(1));
  std::ofstream(folder.files().front(), std::ios::trunc) << "nonsense";
  CHECK_FALSE(jit_compile(kernels(1))->kept);
  CHECK(jit_compile(kernels(1))->kept);
}

TEST_CASE("a folder that cannot be made keeps nothing, and kernels run all the same") {
  setenv("RDD_CACHE", "/dev/null/rdd", 1);
  CHECK((jit_compile(kernels(1))->function("rhs") != nullptr));
  CHECK_FALSE(jit_compile(kernels(1))->kept);
  setenv("RDD_CACHE", "off", 1);
}

TEST_CASE("several may compile the same at a time") {
  const CacheFolder folder("together");
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i) all.emplace_back([] { jit_compile(kernels(3)); });
  for (std::thread& one : all) one.join();
  CHECK(folder.files().size() == 1);
  CHECK(jit_compile(kernels(3))->kept);
}

}  // namespace rdd::test
