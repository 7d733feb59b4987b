// Threads that share the work of a sweep. A sweep is a few hundred microseconds, so they are started once and wait
// between sweeps. Each part of the work writes its own numbers only: results do not depend on how many threads there
// are.
#pragma once

#include <functional>
#include <memory>

namespace rdd {

class Workers {
 public:
  /// `threads` in all, the caller's own among them; at least one.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls body(first, last) on disjoint ranges that cover [0, count), in several threads; returns when all are done.
  /// An exception from `body` is thrown again here (that of the lowest range, should there be several).
  void run(long count, const std::function<void(long first, long last)>& body);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;  ///< null for one thread
};

}  // namespace rdd
