// Philox4x32-10, a random number generator without a state [SMDS11]: a keyed permutation of 128-bit counters. The n-th
// number of a stream is found from n alone, so a stream belongs to a walker and not to the thread that happens to move
// it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace rdd {

class Philox {
 public:
  using Counter = std::array<std::uint32_t, 4>;
  using Key = std::array<std::uint32_t, 2>;

  explicit Philox(const Key& key) {
    // The key of each round is the one before plus two Weyl constants: the golden ratio, and the square root of 3.
    for (std::size_t round = 0; round < rounds; ++round) {
      keys_[round] = {key[0] + static_cast<std::uint32_t>(round) * 0x9E3779B9u,
                      key[1] + static_cast<std::uint32_t>(round) * 0xBB67AE85u};
    }
  }

  /// 128 random bits for each counter.
  Counter operator()(Counter x) const {
    for (const Key& key : keys_) {
      const std::uint64_t a = std::uint64_t{0xD2511F53u} * x[0];
      const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * x[2];
      x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<std::uint32_t>(b),
           static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<std::uint32_t>(a)};
    }
    return x;
  }

 private:
  static constexpr std::size_t rounds = 10;
  std::array<Key, rounds> keys_{};
};

/// Two words of a block as one.
inline std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

/// Uniform in (0, 1): the middle of one of 2^53 equal intervals, so neither end occurs.
inline double uniform(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

/// −ln u of such a u: exponentially distributed, mean 1. Written out, for the library's logarithm may differ in its
/// last bit between machines. u = 2^e m with m in [√½, √2), and ln m = 2 artanh s, s = (m − 1)/(m + 1), |s| < 0.172:
/// the series in s is cut where its terms are below the round-off.
inline double exponential(std::uint64_t bits) {
  const double u = uniform(bits);
  const auto raw = std::bit_cast<std::uint64_t>(u);
  constexpr std::uint64_t root_half = 0x3FE6A09E667F3BCDu;  // √½
  const std::uint64_t shifted = raw + (0x3FF0000000000000u - root_half);
  const auto exponent = static_cast<std::int64_t>(shifted >> 52) - 1023;
  const double m = std::bit_cast<double>((shifted & 0x000FFFFFFFFFFFFFu) + root_half);
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  // Two halves of the series side by side: shorter to wait for than one long chain.
  const double w = z * z;
  const double even = 1.0 + w * (1.0 / 5 + w * (1.0 / 9 + w * (1.0 / 13 + w * (1.0 / 17 + w * (1.0 / 21)))));
  const double odd = 1.0 / 3 + w * (1.0 / 7 + w * (1.0 / 11 + w * (1.0 / 15 + w * (1.0 / 19))));
  constexpr double ln2 = 0.693147180559945309417;
  return -(static_cast<double>(exponent) * ln2 + 2 * s * (even + z * odd));
}

}  // namespace rdd
