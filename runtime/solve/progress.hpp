// Progress reports at a pace for people: at most ten a second. The clock decides only whether the callback is called.
#pragma once

#include <chrono>

#include "runtime/solve/solve.hpp"

namespace rdd {

class Pace {
 public:
  explicit Pace(const Progress& progress) : progress_(progress) {}
  void report(double fraction, long steps) {
    if (!progress_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    progress_(fraction, steps);
  }

 private:
  const Progress& progress_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace rdd
