// The batch kernels for AVX-512: eight matrices at once.
#define RDD_LANES_NAMESPACE avx512
#include "runtime/spectrum/batch/kernels_of_lanes.hpp"

namespace rdd::batch {

extern const Kernels kernels_avx512;
const Kernels kernels_avx512{"AVX-512",         avx512::lane_count, 256, 256, 192, 192, avx512::work, avx512::assemble,
                             avx512::hermitian, avx512::general};

}  // namespace rdd::batch
