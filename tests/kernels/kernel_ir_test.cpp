#include "compiler/kernels/kernel_ir.hpp"

#include <doctest/doctest.h>

#include "runtime/expects.hpp"

namespace rdd::ir {
namespace {

KernelIr two_points() {
  KernelIr kernel;
  kernel.name = "difference";
  kernel.inputs = {"y"};
  kernel.scalars = {"a"};
  kernel.regions = {{{}, {{0, scalar(0) * (load(0, 0, {1, 0, 0}) - load(0, 0))}}}};
  return kernel;
}

TEST_CASE("a kernel that keeps its promises passes the check") {
  CHECK_NOTHROW(check(two_points()));
}

TEST_CASE("the check refuses what a back end could not compile") {
  const auto refused = [](auto&& spoil) {
    KernelIr kernel = two_points();
    spoil(kernel);
    CHECK_THROWS_AS(check(kernel), InternalError);
  };
  refused([](KernelIr& k) { k.inputs.clear(); });
  refused([](KernelIr& k) { k.scalars.clear(); });
  refused([](KernelIr& k) { k.outputs = 2; });
  refused([](KernelIr& k) { k.dimension = 4; });
  refused([](KernelIr& k) { k.regions.clear(); });
  refused([](KernelIr& k) { k.regions.push_back(k.regions[0]); });
  refused([](KernelIr& k) { k.periodic[0] = false; });
  refused([](KernelIr& k) { k.regions[0].zones[1] = Zone::low; });
  refused([](KernelIr& k) { k.regions[0].body[0].value = load(0, 0, {2, 0, 0}); });
  refused([](KernelIr& k) { k.regions[0].body[0].value = load(0, 0, {0, 1, 0}); });
  refused([](KernelIr& k) { k.regions[0].body[0].value = load(0, 1); });
  refused([](KernelIr& k) { k.regions[0].body[0].value = index(1); });
  refused([](KernelIr& k) { k.coefficient_fields = 1, k.components = 2, k.regions[0].body[0].value = load(0, 1); });
  refused([](KernelIr& k) { k.regions[0].body[0].value = ir::number(1) + nullptr; });
  refused([](KernelIr& k) { k.regions[0].body[0].value = ir::number(1.0 / 0.0); });
  refused([](KernelIr& k) {  // beyond the high wall
    k.periodic[0] = false;
    k.regions = {{{Zone::low, Zone::any, Zone::any}, {{0, load(0, 0)}}},
                 {{Zone::middle, Zone::any, Zone::any}, {{0, load(0, 0)}}},
                 {{Zone::high, Zone::any, Zone::any}, {{0, load(0, 0, {1, 0, 0})}}}};
  });
}

TEST_CASE("rows are of nine kinds between walls of y and z, and their bodies stand from west to east") {
  KernelIr kernel = two_points();
  kernel.dimension = 3;
  kernel.periodic = {false, false, false};
  kernel.regions.clear();
  for (const Zone x : kernel.zones(0))
    for (const Zone y : kernel.zones(1))
      for (const Zone z : kernel.zones(2)) kernel.regions.push_back({{x, y, z}, {{0, load(0, 0)}}});
  const auto kinds = row_kinds(kernel);
  REQUIRE(kinds.size() == 9);
  for (const RowKind& kind : kinds) {
    REQUIRE(kind.along_x.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(kind.along_x[i]->zones == std::array<Zone, 3>{kernel.zones(0)[i], kind.y, kind.z});
  }
  kernel.periodic = {true, true, true};
  kernel.regions = {{{}, {{0, load(0, 0)}}}};
  CHECK(row_kinds(kernel).size() == 1);
  CHECK(row_kinds(kernel)[0].along_x.size() == 1);
}

TEST_CASE("loads are listed once, in the order of memory") {
  const NodePtr shared = load(0, 0, {1, 0, 0}) + load(0, 0, {-1, 0, 0});
  const Region region{{}, {{0, shared * shared}, {1, shared - load(0, 1) * load(0, 0, {-1, 0, 0})}}};
  const auto found = loads({&region});
  REQUIRE(found.size() == 3);
  CHECK(found[0].shift[0] == -1);
  CHECK(found[1].shift[0] == 1);
  CHECK(found[2].component == 1);
}

}  // namespace
}  // namespace rdd::ir
