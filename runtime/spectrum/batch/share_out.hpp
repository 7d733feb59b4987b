// Work in parts, shared out to threads. Each part writes its own results only: they do not depend on how many threads
// there are.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace rdd {

/// work(part) for parts 0 … parts − 1, by whichever thread is free, where every thread has its own
/// `work = make_worker()`. A thread takes some parts in a row, as their results lie side by side: where those of two
/// threads meet, they would wait for each other's cache lines. Rethrows the first exception.
template <class MakeWorker>
void share_out(Eigen::Index parts, int threads, const MakeWorker& make_worker) {
  const Eigen::Index runners = std::clamp<Eigen::Index>(std::min<Eigen::Index>(threads, parts), 1, 1024);
  const Eigen::Index run_length = std::max<Eigen::Index>(parts / (64 * runners), 1);
  std::atomic<Eigen::Index> next{0};
  std::mutex failing;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      const auto work = make_worker();
      for (Eigen::Index first = next.fetch_add(run_length); first < parts; first = next.fetch_add(run_length)) {
        for (Eigen::Index part = first; part < std::min(first + run_length, parts); ++part) work(part);
      }
    } catch (...) {
      const std::scoped_lock lock(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (Eigen::Index i = 1; i < runners; ++i) pool.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace rdd
