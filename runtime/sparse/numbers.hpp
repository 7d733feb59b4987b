// Start vectors of iterations: the same on every machine.
#pragma once

#include <cstdint>

namespace rdd {

/// Numbers in [−1, 1) without a pattern (the generator splitmix64).
class Numbers {
 public:
  double next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1p-52 - 1;
  }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace rdd
