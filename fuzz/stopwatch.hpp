// How long the slowest input took, said when the run ends. libFuzzer counts whole seconds of the clock on the wall.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace rdd::fuzz {

/// Times one input by the processor's time of this thread.
class Stopwatch {
 public:
  Stopwatch() : begin_(now()) {}
  ~Stopwatch() {
    static Slowest slowest;
    slowest.seconds = std::max(slowest.seconds, now() - begin_);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  struct Slowest {
    double seconds = 0;
    ~Slowest() { std::fprintf(stderr, "stat::slowest_input_cpu_ms:     %.1f\n", 1e3 * seconds); }
  };
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
  double begin_;
};

}  // namespace rdd::fuzz
