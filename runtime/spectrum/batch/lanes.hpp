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

/// 1/√a for finite a > 1e-300.
inline Lanes inverse_sqrt(Lanes a) {
#if defined(__AVX512F__)
  // 14 bits from the table, the rest from the series of (1 − rest)^{-1/2}, |rest| < 2⁻¹³, up to its fourth power: right
  // to about one unit in the last place, in half the time of a root and a division.
  const Lanes y = _mm512_maskz_rsqrt14_pd(0xff, a);
  const Lanes rest = 1.0 - (a * y) * y;
  const Lanes low = 0.5 + 0.375 * rest, high = 0.3125 + 0.2734375 * rest;
  return y + (y * rest) * (low + (rest * rest) * high);
#else
  return 1.0 / sqrt(a);
#endif
}

inline Lanes norm(Complex a) {
  return a.re * a.re + a.im * a.im;
}

}  // namespace
}  // namespace rdd::RDD_LANES_NAMESPACE
