#include "runtime/solve/workers.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

TEST_CASE("every part of the work is done once, for any number of threads") {
  for (const int threads : {1, 2, 3, 7})
    for (const long count : {0L, 1L, 5L, 1000L}) {
      CAPTURE(threads);
      CAPTURE(count);
      rdd::Workers workers(threads);
      std::vector<int> done(static_cast<std::size_t>(count), 0);
      for (int sweep = 0; sweep < 20; ++sweep)
        workers.run(count, [&](long first, long last) {
          for (long i = first; i < last; ++i) ++done[static_cast<std::size_t>(i)];
        });
      CHECK(done == std::vector<int>(static_cast<std::size_t>(count), 20));
    }
}

TEST_CASE("an exception in one thread reaches the caller, and the threads serve on") {
  rdd::Workers workers(3);
  CHECK_THROWS_AS(workers.run(9,
                              [](long first, long) {
                                if (first == 6) throw std::runtime_error("in the last part");
                              }),
                  std::runtime_error);
  long sum = 0;
  rdd::Workers(1).run(4, [&](long first, long last) { sum = last - first; });
  CHECK(sum == 4);
  CHECK_NOTHROW(workers.run(9, [](long, long) {}));
}
