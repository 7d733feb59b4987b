#include "runtime/solve/workers.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rdd {
namespace {

/// Waits for what will come soon: to sleep and wake up takes longer than a sweep in the caches.
template <class Condition>
void await(const Condition& condition) {
  constexpr std::chrono::microseconds longest{50};
  const auto until = std::chrono::steady_clock::now() + longest;
  while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

}  // namespace

// Every thread has a part of its own, the same in each sweep, so that it finds it in its caches. It takes it in pieces;
// who is done takes pieces of the others.
struct Workers::Pool {
  static constexpr long pieces = 16;  // of a part

  explicit Pool(int threads) : taken(static_cast<std::size_t>(threads)) {
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
    const auto called = [&] { return closing || sweep != seen; };
    while (true) {
      await(called);
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, called);
      }
      if (closing) return;
      seen = sweep;
      work(index);
      if (--unfinished == 0) {
        const std::lock_guard lock(mutex);
        done.notify_one();
      }
    }
  }

  void work(int index) {
    const long threads = static_cast<long>(taken.size());
    for (long turn = 0; turn < threads; ++turn) {
      const long part = (index + turn) % threads;
      for (long piece = taken[static_cast<std::size_t>(part)]++; piece < pieces;
           piece = taken[static_cast<std::size_t>(part)]++)
        run_range(part * pieces + piece, threads * pieces);
    }
  }

  void run_range(long index, long ranges) {
    const long first = count * index / ranges, last = count * (index + 1) / ranges;
    if (first == last) return;
    try {
      (*body)(first, last);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error || first < error_at) error = std::current_exception(), error_at = first;
    }
  }

  std::mutex mutex;
  std::condition_variable wake, done;
  std::atomic<bool> closing = false;
  std::atomic<long> sweep = 0;           // counts the calls of run
  std::atomic<int> unfinished = 0;       // threads still at work on this sweep
  std::vector<std::atomic<long>> taken;  // pieces of the parts, in this sweep
  long count = 0;
  const std::function<void(long, long)>* body = nullptr;
  std::exception_ptr error;
  long error_at = 0;
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
    for (std::atomic<long>& pieces : pool.taken) pieces = 0;
    ++pool.sweep;
  }
  pool.wake.notify_all();
  pool.work(0);
  const auto finished = [&] { return pool.unfinished == 0; };
  await(finished);
  {
    std::unique_lock lock(pool.mutex);
    pool.done.wait(lock, finished);
  }
  if (pool.error) std::rethrow_exception(std::exchange(pool.error, nullptr));
}

}  // namespace rdd
