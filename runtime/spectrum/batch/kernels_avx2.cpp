// The batch kernels for AVX2 and fused multiply-add: four matrices at once.
#define RDD_LANES_NAMESPACE avx2
#include "runtime/spectrum/batch/kernels_of_lanes.hpp"

namespace rdd::batch {

extern const Kernels kernels_avx2;
const Kernels kernels_avx2{"AVX2",         avx2::lane_count, 128,          128, 96, 96, avx2::work,
                           avx2::assemble, avx2::hermitian,  avx2::general};

}  // namespace rdd::batch
