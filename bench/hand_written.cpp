#include "bench/hand_written.hpp"

#include <algorithm>
#include <tuple>

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#include <immintrin.h>
#define RDD_HAND_WRITTEN
#endif

namespace rdd::hand_written {

int operations(Stencil stencil, Arithmetic arithmetic) {
  const int points = stencil == Stencil::nine ? 5 : 7;
  const int corners = stencil == Stencil::nine ? 1 : stencil == Stencil::nineteen ? 3 : 0;
  const int products = 4 * (points + corners), differences = 2 * 3 * corners;
  // The first product of each of the four sums is added to nothing, and the two sums of a density are added at the end.
  return products + differences + 2 + (arithmetic == Arithmetic::separate ? products - 4 : 0);
}

#ifdef RDD_HAND_WRITTEN

namespace {

#if defined(__AVX512F__)
using Vector = __m512d;
Vector load(const double* at) {
  return _mm512_loadu_pd(at);
}
void store(double* at, Vector v) {
  _mm512_storeu_pd(at, v);
}
void stream(double* at, Vector v) {
  _mm512_stream_pd(at, v);
}
Vector all(double value) {
  return _mm512_set1_pd(value);
}
Vector fused(Vector a, Vector b, Vector c) {
  return _mm512_fmadd_pd(a, b, c);
}
#else
using Vector = __m256d;
Vector load(const double* at) {
  return _mm256_loadu_pd(at);
}
void store(double* at, Vector v) {
  _mm256_storeu_pd(at, v);
}
void stream(double* at, Vector v) {
  _mm256_stream_pd(at, v);
}
Vector all(double value) {
  return _mm256_set1_pd(value);
}
Vector fused(Vector a, Vector b, Vector c) {
  return _mm256_fmadd_pd(a, b, c);
}
#endif
constexpr long width = sizeof(Vector) / sizeof(double);

/// The first cells of the rows around a row, [density][3·(dz + 1) + dy + 1], and of those it writes.
struct Rows {
  const double* in[2][9];
  double* out[2];
};

/// Weights in all lanes.
struct Lanes {
  Vector at[std::tuple_size_v<Weights>][2][2];
};

/// One vector of cells, from the double `at` of interleaved rows on.
template <Stencil stencil, Arithmetic arithmetic>
[[gnu::always_inline]] inline void compute(const Rows& rows, const Lanes& weights, long at) {
  Vector sums[2][2];
  const auto density = [&](int q, int dx, int dy, int dz) {
    return load(rows.in[q][3 * (dz + 1) + dy + 1] + at + dx * ways);
  };
  const auto take = [&](std::size_t point, const auto& of) {
    for (int q = 0; q < 2; ++q) {
      const Vector value = of(q);
      for (int p = 0; p < 2; ++p) {
        const Vector weight = weights.at[point][p][q];
        if (point == 0)
          sums[p][q] = weight * value;
        else if constexpr (arithmetic == Arithmetic::fused)
          sums[p][q] = fused(weight, value, sums[p][q]);
        else
          sums[p][q] = sums[p][q] + weight * value;
      }
    }
  };
  take(0, [&](int q) { return density(q, 0, 0, 0); });
  take(1, [&](int q) { return density(q, -1, 0, 0); });
  take(2, [&](int q) { return density(q, 1, 0, 0); });
  take(3, [&](int q) { return density(q, 0, -1, 0); });
  take(4, [&](int q) { return density(q, 0, 1, 0); });
  if constexpr (stencil != Stencil::nine) {
    take(5, [&](int q) { return density(q, 0, 0, -1); });
    take(6, [&](int q) { return density(q, 0, 0, 1); });
  }
  if constexpr (stencil != Stencil::seven)
    take(7, [&](int q) {
      return (density(q, 1, 1, 0) - density(q, -1, 1, 0)) - (density(q, 1, -1, 0) - density(q, -1, -1, 0));
    });
  if constexpr (stencil == Stencil::nineteen) {
    take(8, [&](int q) {
      return (density(q, 1, 0, 1) - density(q, -1, 0, 1)) - (density(q, 1, 0, -1) - density(q, -1, 0, -1));
    });
    take(9, [&](int q) {
      return (density(q, 0, 1, 1) - density(q, 0, -1, 1)) - (density(q, 0, 1, -1) - density(q, 0, -1, -1));
    });
  }
  for (int p = 0; p < 2; ++p) store(rows.out[p] + at, sums[p][0] + sums[p][1]);
}

/// All of a row.
template <Stencil stencil, Arithmetic arithmetic, bool prefetch>
void sweep_row(const Rows& rows, const Lanes& weights, long length, long row_stride) {
  for (long at = 0; at < length; at += width) {
    for (int q = 0; q < 2; ++q) {
      const double* const last = rows.in[q][stencil == Stencil::nine ? 5 : 8] + at;
      if constexpr (prefetch) {
        _mm_prefetch(last + 2 * row_stride, _MM_HINT_T1);
        _mm_prefetch(rows.out[q] + at + 2 * row_stride, _MM_HINT_T1);
      } else {
        _mm_prefetch(last + row_stride, _MM_HINT_T0);
      }
    }
    compute<stencil, arithmetic>(rows, weights, at);
  }
  for (double* const row : rows.out) close_row(row, length / ways, 1);
}

template <Stencil stencil, Arithmetic arithmetic, bool prefetch>
void sweep_rows(const double* in, double* out, const Weights& weights, const KernelLayout& layout, long first,
                long last) {
  Lanes near;
  for (std::size_t point = 0; point < weights.size(); ++point)
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t q = 0; q < 2; ++q) near.at[point][p][q] = all(weights[point][p][q]);
  for (long row = first; row < last; ++row) {
    Rows rows;
    const long y = row % layout.n[1], z = row / layout.n[1];
    const auto around = [](long place, long n) { return place < 0 ? n - 1 : place == n ? 0 : place; };
    for (int q = 0; q < 2; ++q) {
      for (int dz = -1; dz <= 1; ++dz)
        for (int dy = -1; dy <= 1; ++dy)
          rows.in[q][3 * (dz + 1) + dy + 1] = in + layout.halo * ways + q * layout.stride_component +
                                              around(z + dz, layout.n[2]) * layout.stride_z +
                                              around(y + dy, layout.n[1]) * layout.stride_y;
      rows.out[q] = out + layout.halo * ways + q * layout.stride_component + z * layout.stride_z + y * layout.stride_y;
    }
    sweep_row<stencil, arithmetic, prefetch>(rows, near, layout.n[0], layout.stride_y);
  }
}

template <Stencil stencil>
Sweep of_stencil(Arithmetic arithmetic, bool prefetch) {
  if (arithmetic == Arithmetic::fused)
    return prefetch ? sweep_rows<stencil, Arithmetic::fused, true> : sweep_rows<stencil, Arithmetic::fused, false>;
  return prefetch ? sweep_rows<stencil, Arithmetic::separate, true> : sweep_rows<stencil, Arithmetic::separate, false>;
}

}  // namespace

int lanes() {
  return width;
}

Sweep sweep(Stencil stencil, Arithmetic arithmetic, bool prefetch) {
  switch (stencil) {
    case Stencil::nine:
      return of_stencil<Stencil::nine>(arithmetic, prefetch);
    case Stencil::seven:
      return of_stencil<Stencil::seven>(arithmetic, prefetch);
    case Stencil::nineteen:
      return of_stencil<Stencil::nineteen>(arithmetic, prefetch);
  }
  return nullptr;
}

double from_registers(Arithmetic arithmetic, long count) {
  // Chains side by side hide the latency of each.
  constexpr int chains = 16;
  Vector values[chains];
  for (int i = 0; i < chains; ++i) values[i] = all(i);
  Vector factor = all(0.999), term = all(1e-3);
  asm volatile("" : "+v"(factor), "+v"(term));
  if (arithmetic == Arithmetic::fused) {
    for (long done = 0; done < count; done += 2 * chains) {
#pragma GCC unroll 16
      for (Vector& value : values) value = fused(factor, value, term);
#pragma GCC unroll 16
      for (Vector& value : values) value = fused(factor, value, term);
    }
  } else {
    for (long done = 0; done < count; done += 2 * chains) {
#pragma GCC unroll 16
      for (Vector& value : values) value = factor * value;
#pragma GCC unroll 16
      for (Vector& value : values) value = value + term;
    }
  }
  Vector sum = values[0];
  for (int i = 1; i < chains; ++i) sum = sum + values[i];
  double lane[width];
  store(lane, sum);
  return lane[0];
}

void stream_copy(const double* from, double* to, std::size_t count) {
  for (std::size_t i = 0; i < count; i += width) stream(to + i, load(from + i));
  _mm_sfence();
}

#else

int lanes() {
  return 0;
}
Sweep sweep(Stencil, Arithmetic, bool) {
  return nullptr;
}
double from_registers(Arithmetic, long) {
  return 0;
}
void stream_copy(const double* from, double* to, std::size_t count) {
  std::copy(from, from + count, to);
}

#endif

}  // namespace rdd::hand_written
