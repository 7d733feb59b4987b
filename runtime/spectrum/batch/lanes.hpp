// SIMD registers as bundles of independent numbers: lane l of every value belongs to matrix l of the batch. What is
// written once for a matrix is thus done for all of them, and where matrices would take different branches, a Mask
// selects.
//
// A kernel is compiled once for each instruction set (kernels_*.cpp), in a namespace of its own: nothing here may have
// external linkage, or else the linker could hand code for AVX-512 to a machine without. No header of the standard
// library with functions in it is included for the same reason.
#pragma once

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace rdd::RDD_LANES_NAMESPACE {
namespace {

#if defined(__AVX512F__)
constexpr int lane_count = 8;
#elif defined(__AVX2__)
constexpr int lane_count = 4;
#else
constexpr int lane_count = 2;
#endif

using Lanes = double __attribute__((vector_size(8 * lane_count)));

using Bits = long long __attribute__((vector_size(8 * lane_count)));

struct Complex {
  Lanes re, im;
};

inline Lanes lanes(double value) {
  return value - Lanes{};
}

#if defined(__AVX512F__)

struct Mask {
  __mmask8 bits;
};
inline Mask operator&(Mask a, Mask b) {
  return {static_cast<__mmask8>(a.bits & b.bits)};
}
inline Mask operator|(Mask a, Mask b) {
  return {static_cast<__mmask8>(a.bits | b.bits)};
}
inline Mask operator~(Mask a) {
  return {static_cast<__mmask8>(~a.bits)};
}
inline bool any(Mask a) {
  return a.bits != 0;
}
inline bool lane(Mask a, int l) {
  return (a.bits >> l & 1) != 0;
}
inline Mask less(Lanes a, Lanes b) {
  return {_mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)};
}
inline Lanes select(Mask m, Lanes yes, Lanes no) {
  return _mm512_mask_blend_pd(m.bits, no, yes);
}
// With the mask of all lanes: GCC 12 warns of an uninitialised variable in the header's plain forms (its bug 105593).
inline Lanes max(Lanes a, Lanes b) {
  return _mm512_maskz_max_pd(0xff, a, b);
}
inline Lanes sqrt(Lanes a) {
  return _mm512_maskz_sqrt_pd(0xff, a);
}

#else

struct Mask {
  Bits bits;
};
inline Mask operator&(Mask a, Mask b) {
  return {a.bits & b.bits};
}
inline Mask operator|(Mask a, Mask b) {
  return {a.bits | b.bits};
}
inline Mask operator~(Mask a) {
  return {~a.bits};
}
inline bool lane(Mask a, int l) {
  return a.bits[l] != 0;
}
inline Mask less(Lanes a, Lanes b) {
  return {a < b};
}
inline Lanes max(Lanes a, Lanes b) {
  return a > b ? a : b;
}

#if defined(__AVX2__)
inline bool any(Mask a) {
  return _mm256_movemask_pd((__m256d)a.bits) != 0;
}
inline Lanes select(Mask m, Lanes yes, Lanes no) {
  return _mm256_blendv_pd(no, yes, (__m256d)m.bits);
}
inline Lanes sqrt(Lanes a) {
  return _mm256_sqrt_pd(a);
}
#else
inline bool any(Mask a) {
  return (a.bits[0] | a.bits[1]) != 0;
}
inline Lanes select(Mask m, Lanes yes, Lanes no) {
  return m.bits ? yes : no;
}
inline Lanes sqrt(Lanes a) {
  return Lanes{__builtin_sqrt(a[0]), __builtin_sqrt(a[1])};
}
#endif

#endif

inline Lanes abs(Lanes a) {
  return (Lanes)((Bits)a & 0x7fffffffffffffff);
}

template <int... l>
struct Places {};
#if defined(__AVX512F__)
using EveryLane = Places<0, 1, 2, 3, 4, 5, 6, 7>;
#elif defined(__AVX2__)
using EveryLane = Places<0, 1, 2, 3>;
#else
using EveryLane = Places<0, 1>;
#endif

/// One step of a transposition: exchanges blocks of `step` lanes between registers `step` apart.
template <int step, int... l>
inline void transpose_blocks(Lanes* x, Places<l...>) {
  for (int i = 0; i < lane_count; ++i) {
    if ((i & step) != 0) continue;
    const Lanes first = x[i], second = x[i + step];
    x[i] = __builtin_shufflevector(first, second, ((l & step) == 0 ? l : lane_count + l - step)...);
    x[i + step] = __builtin_shufflevector(first, second, ((l & step) == 0 ? l + step : lane_count + l)...);
  }
}
/// Exchanges rows and columns of lane_count registers.
inline void transpose(Lanes* x) {
  transpose_blocks<1>(x, EveryLane{});
  if constexpr (lane_count > 2) transpose_blocks<2>(x, EveryLane{});
  if constexpr (lane_count > 4) transpose_blocks<4>(x, EveryLane{});
}

inline Mask no_lane() {
  return less(Lanes{}, Lanes{});
}

/// 1/√a for finite a > 1e-300, as it is multiplied by.
#if defined(__AVX512F__)
/// start·(1 + rest·series): 14 bits from the table, the rest from the series of (1 − rest)^{-1/2}, |rest| < 2⁻¹³, up to
/// its fourth power. Right to about one unit in the last place, in half the time of a root and a division.
struct InverseRoot {
  Lanes start, rest, series;
};
inline InverseRoot inverse_root(Lanes a) {
  const Lanes y = _mm512_maskz_rsqrt14_pd(0xff, a);
  const Lanes rest = 1.0 - (a * y) * y;
  const Lanes low = 0.5 + 0.375 * rest, high = 0.3125 + 0.2734375 * rest;
  return {y, rest, low + (rest * rest) * high};
}
/// Sooner there than x times inverse_sqrt(a).
inline Lanes operator*(Lanes x, InverseRoot root) {
  const Lanes y = x * root.start;
  return y + (y * root.rest) * root.series;
}
#else
struct InverseRoot {
  Lanes inverse;
};
inline InverseRoot inverse_root(Lanes a) {
  return {1.0 / sqrt(a)};
}
inline Lanes operator*(Lanes x, InverseRoot root) {
  return x * root.inverse;
}
#endif
inline Lanes inverse_sqrt(Lanes a) {
  return lanes(1) * inverse_root(a);
}

inline Lanes norm(Complex a) {
  return a.re * a.re + a.im * a.im;
}

/// Memory that results will be written to. Where it is not too much for the cache, it is fetched beside the work
/// before, a little at a time: a processor can wait for only so many lines at once.
struct Expected {
  const double* next = nullptr;
  const double* end = nullptr;
};
inline Expected expect(const double* out, const double* end) {
  constexpr int most = (128 << 10) / sizeof(double);
  return end - out > most ? Expected{} : Expected{out, end};
}
inline void fetch(Expected& expected, int lines) {
  for (int i = 0; i < lines && expected.next < expected.end; ++i, expected.next += 64 / sizeof(double)) {
    __builtin_prefetch(expected.next, 1, 3);
  }
}

template <int size>
struct Count {
  static constexpr int value = size;
};
template <int size, class Work>
inline void work_on_group(int first, int last, Work work) {
  if (last - first == size) {
    work(first, Count<size>{});
  } else if constexpr (size > 1) {
    work_on_group<size - 1>(first, last, work);
  }
}
/// work(first, Count<size>) for consecutive groups of 0 … n − 1 of nearly the same size, at most `most`: a loop over a
/// whole group is unrolled.
template <int most, class Work>
inline void in_groups(int n, Work work) {
  const int groups = (n + most - 1) / most;
  for (int g = 0; g < groups; ++g) work_on_group<most>(n * g / groups, n * (g + 1) / groups, work);
}

}  // namespace
}  // namespace rdd::RDD_LANES_NAMESPACE
