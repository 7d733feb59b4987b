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

/// work(part) for parts 0 … parts − 1, each by whichever thread is free, where every thread has its own
/// `work = make_worker()`. Rethrows the first exception.
template <class MakeWorker>
void share_out(Eigen::Index parts, int threads, const MakeWorker& make_worker) {
  std::atomic<Eigen::Index> next{0};
  std::mutex failing;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      const auto work = make_worker();
      for (Eigen::Index part = next++; part < parts; part = next++) work(part);
    } catch (...) {
      const std::scoped_lock lock(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    const Eigen::Index helpers = std::clamp<Eigen::Index>(std::min<Eigen::Index>(threads, parts), 1, 1024) - 1;
    std::vector<std::jthread> pool;
    for (Eigen::Index i = 0; i < helpers; ++i) pool.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace rdd
