#include "runtime/solve/workers.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rdd {

struct Workers::Pool {
  explicit Pool(int threads) : errors(static_cast<std::size_t>(threads)) {
    for (int index = 1; index < threads; ++index) others.emplace_back([this, index] { serve(index); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
    }
    wake.notify_all();
    for (std::thread& thread : others) thread.join();
  }

  void serve(int index) {
    long seen = 0;
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return closing || sweep != seen; });
      if (closing) return;
      seen = sweep;
      lock.unlock();
      part(index);
      lock.lock();
      if (--unfinished == 0) done.notify_one();
    }
  }

  void part(int index) {
    const long threads = static_cast<long>(errors.size());
    try {
      const long first = count * index / threads, last = count * (index + 1) / threads;
      if (first < last) (*body)(first, last);
    } catch (...) {
      errors[static_cast<std::size_t>(index)] = std::current_exception();
    }
  }

  std::mutex mutex;
  std::condition_variable wake, done;
  bool closing = false;
  long sweep = 0;      // counts the calls of run
  int unfinished = 0;  // threads still at work on this sweep
  long count = 0;
  const std::function<void(long, long)>* body = nullptr;
  std::vector<std::exception_ptr> errors;
  std::vector<std::thread> others;
};

Workers::Workers(int threads) {
  if (threads > 1) pool_ = std::make_unique<Pool>(threads);
}

Workers::~Workers() = default;

void Workers::run(long count, const std::function<void(long first, long last)>& body) {
  if (!pool_) {
    body(0, count);
    return;
  }
  Pool& pool = *pool_;
  {
    const std::lock_guard lock(pool.mutex);
    pool.count = count;
    pool.body = &body;
    pool.unfinished = static_cast<int>(pool.others.size());
    ++pool.sweep;
  }
  pool.wake.notify_all();
  pool.part(0);
  {
    std::unique_lock lock(pool.mutex);
    pool.done.wait(lock, [&] { return pool.unfinished == 0; });
  }
  for (std::exception_ptr& error : pool.errors)
    if (error) {
      const std::exception_ptr first = std::exchange(error, nullptr);
      std::fill(pool.errors.begin(), pool.errors.end(), nullptr);
      std::rethrow_exception(first);
    }
}

}  // namespace rdd
