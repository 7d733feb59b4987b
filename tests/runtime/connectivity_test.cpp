#include <doctest/doctest.h>

#include "runtime/network/rate_network.hpp"
#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;

namespace {
Hop hop(int from, int to, Cell cell = {}) {
  return {from, to, cell, 1.0, -1};
}
}  // namespace

TEST_CASE("random networks are in one piece and move everywhere") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const int dimension = 1 + static_cast<int>(seed % 3);
    const NetworkParts parts = random_parts(seed, {.dimension = dimension, .states = 8});
    const Connectivity found = connectivity(8, dimension, parts.hops);
    CHECK(found.pieces.size() == 1);
    CHECK(!found.frozen);
    CHECK(!found.transient);
    CHECK(found.ok());
  }
}

TEST_CASE("pieces follow the direction of the hops, and what leaks is transient") {
  const Connectivity found =
      connectivity(5, 1, {hop(0, 1), hop(1, 0), hop(1, 2), hop(2, 3, {1}), hop(3, 2), hop(3, 4), hop(4, 2, {-2})});
  REQUIRE(found.pieces.size() == 2);
  CHECK(found.pieces[0] == std::vector<int>{0, 1});
  CHECK(found.pieces[1] == std::vector<int>{2, 3, 4});
  REQUIRE(found.transient);
  CHECK(*found.transient == std::vector<int>{0, 1});
}

TEST_CASE("a direction without motion is named by its dual vector") {
  CHECK(*connectivity(1, 2, {hop(0, 0, {1, 0}), hop(0, 0, {-1, 0})}).frozen == std::array<std::int64_t, 3>{0, 1, 0});
  CHECK(*connectivity(1, 2, {hop(0, 0, {2, 4})}).frozen == std::array<std::int64_t, 3>{2, -1, 0});
  CHECK(*connectivity(1, 1, {}).frozen == std::array<std::int64_t, 3>{1, 0, 0});
  CHECK(*connectivity(1, 3, {hop(0, 0, {1, 0, 0}), hop(0, 0, {0, 1, 1})}).frozen == std::array<std::int64_t, 3>{0, 1, -1});
  CHECK(connectivity(1, 3, {hop(0, 0, {0, 0, 1})}).frozen);
  CHECK(connectivity(1, 3, {}).frozen);
  // Hops between cells that are undone on the way back move nothing: A -> B by [1], B -> A by [-1].
  const Connectivity dimer = connectivity(2, 1, {hop(0, 1, {1}), hop(1, 0, {-1})});
  CHECK(dimer.frozen);
  CHECK(dimer.sublattice_index == 0);
}

TEST_CASE("a proper sublattice is counted") {
  CHECK(connectivity(1, 1, {hop(0, 0, {2}), hop(0, 0, {-2})}).sublattice_index == 2);
  CHECK(connectivity(1, 2, {hop(0, 0, {100'000, 0}), hop(0, 0, {0, 100'000})}).sublattice_index == 10'000'000'000);
  CHECK(connectivity(1, 1, {hop(0, 0, {2}), hop(0, 0, {3})}).sublattice_index == 1);
  CHECK(connectivity(1, 2, {hop(0, 0, {1, 1}), hop(0, 0, {1, -1})}).sublattice_index == 2);
  CHECK(connectivity(1, 3, {hop(0, 0, {1, 1, 0}), hop(0, 0, {1, 0, 1}), hop(0, 0, {0, 1, 1})}).sublattice_index == 2);
  CHECK(connectivity(2, 1, {hop(0, 1, {1}), hop(1, 0, {1})}).sublattice_index == 2);
  CHECK(connectivity(2, 1, {hop(0, 1, {1}), hop(1, 0, {0})}).sublattice_index == 1);
}

TEST_CASE("a chain of 100000 states neither overflows the stack nor takes long") {
  std::vector<Hop> hops;
  constexpr int states = 100000;
  for (int i = 0; i < states; ++i) hops.push_back(hop(i, (i + 1) % states, {i + 1 == states ? 1 : 0}));
  const Connectivity found = connectivity(states, 1, hops);
  CHECK(found.pieces.size() == 1);
  CHECK(found.ok());
}
