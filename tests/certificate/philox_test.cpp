#include "runtime/certificate/philox.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace rdd;

TEST_CASE("Philox4x32-10 gives the published answers") {
  // The known-answer vectors that the authors of [SMDS11] publish with their generator.
  const auto answer = [](const Philox::Counter& counter, const Philox::Key& key) { return Philox(key)(counter); };
  CHECK(answer({0, 0, 0, 0}, {0, 0}) == Philox::Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(answer({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Philox::Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(answer({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Philox::Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the exponential variable is the logarithm of the uniform one") {
  const Philox random({7, 0});
  double worst = 0;
  bool inside = true;
  const auto check = [&](std::uint64_t bits) {
    const double u = uniform(bits), expected = -std::log(u);
    inside = inside && u > 0 && u < 1;
    // ε of each of the two numbers that are added up, exponent times ln 2 and ln m, and of their sum.
    worst = std::max(worst, std::abs(exponential(bits) - expected) / (expected + 0x1p-53));
  };
  for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{1} << 62,
                                   (std::uint64_t{1} << 63) - 1})
    check(bits);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Philox::Counter block = random({i, 0, 0, 0});
    check(joined(block[0], block[1]));
    check(joined(block[2], block[3]) | ~std::uint64_t{0} << (1 + i % 52));  // close to 1
    check(joined(block[2], block[3]) >> (i % 52));                          // close to 0
  }
  CHECK(inside);
  CHECK(worst < 8 * 0x1p-53);
}

TEST_CASE("exponential variables are distributed exponentially: Kolmogorov and Smirnov, and their moments") {
  const std::uint32_t count = 1'000'000;
  const Philox random({2021, 5});
  constexpr int bins = 1000;
  std::vector<int> histogram(bins);
  double sum = 0, squares = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Philox::Counter block = random({i, 0, 0, 0});
    const double x = exponential(joined(block[0], block[1]));
    sum += x;
    squares += x * x;
    ++histogram[static_cast<std::size_t>(-std::expm1(-x) * bins)];
  }
  const double n = count;
  CHECK(std::abs(sum / n - 1) < 5 / std::sqrt(n));                        // variance 1
  CHECK(std::abs(squares / n - 2) < 5 * std::sqrt(20.0) / std::sqrt(n));  // ⟨x⁴⟩ − ⟨x²⟩² = 24 − 4
  // √n sup|F_n − F| exceeds 2.7 once in a million samples: 2 exp(−2·2.7²).
  double distance = 0, below = 0;
  for (int bin = 0; bin < bins; ++bin) {
    below += histogram[static_cast<std::size_t>(bin)];
    distance = std::max(distance, std::abs(below / n - (bin + 1.0) / bins));
  }
  CHECK(distance * std::sqrt(n) < 2.7);
}
