// Workers for programs that leave threads to OpenMP; workers.cpp has those of rdd itself.
#include <exception>
#include <utility>
#include <vector>

#include "runtime/solve/workers.hpp"

namespace rdd {

struct Workers::Pool {
  int threads;
};

Workers::Workers(int threads) {
  if (threads > 1) pool_ = std::make_unique<Pool>(threads);
}

Workers::~Workers() = default;

// A part of its own for each thread, the same in each sweep, so that it finds it in its caches.
void Workers::run(long count, const std::function<void(long first, long last)>& body) {
  if (!pool_) {
    body(0, count);
    return;
  }
  const long parts = pool_->threads;
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(parts));
#pragma omp parallel for num_threads(pool_->threads) schedule(static, 1)
  for (long part = 0; part < parts; ++part) {
    const long first = count * part / parts, last = count * (part + 1) / parts;
    try {
      if (first < last) body(first, last);
    } catch (...) {  // must not leave the region
      errors[static_cast<std::size_t>(part)] = std::current_exception();
    }
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace rdd
