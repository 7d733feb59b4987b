// The batch kernels for any machine: two matrices at once. And which kernels this machine can run.
#define RDD_LANES_NAMESPACE any_machine
#include "runtime/spectrum/batch/kernels_of_lanes.hpp"

namespace rdd::batch {

extern const Kernels kernels_avx512, kernels_avx2;

const std::vector<const Kernels*>& kernels() {
  static constexpr Kernels any{"any",
                               any_machine::lane_count,
                               64,
                               32,
                               32,
                               32,
                               any_machine::work,
                               any_machine::assemble,
                               any_machine::hermitian,
                               any_machine::general};
  static const std::vector<const Kernels*> usable = [] {
    std::vector<const Kernels*> found;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      found.push_back(&kernels_avx512);
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&kernels_avx2);
#endif
    found.push_back(&any);
    return found;
  }();
  return usable;
}

}  // namespace rdd::batch
