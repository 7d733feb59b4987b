// C −= A Bᵀ by small tiles that stay in registers.
//
// A and B are copied into strips as wide as a tile, so that the innermost loop reads both from one end to the other:
// one step of it loads a few vectors of A, spreads one number of B after another over a vector, and adds their products
// to the tile. Complex matrices are split into real and imaginary strips: a tile is then four real products.
//
// The same text serves three widths of registers. It is compiled for each of them, as functions of one file with
// different target attributes, and the widest that the processor has is taken.
#include "runtime/sparse/panel_product.hpp"

#include <algorithm>

namespace rdd {
namespace {

using Eigen::Index;
constexpr Index depth = 256;  // products of longer rows are taken in pieces, whose strips fit into the nearer caches

/// tile ← (add ? tile : 0) + sign · A Bᵀ for strips of `Lanes · Rows` and `Columns` entries a step.
template <int Lanes, int Rows, int Columns>
[[gnu::always_inline]] inline void multiply(Index k, const double* a, const double* b, double sign, bool add,
                                            double* tile) {
  typedef double Vector __attribute__((vector_size(8 * Lanes), aligned(8), may_alias));
  Vector sum[Columns][Rows] = {};
  for (Index p = 0; p < k; ++p, a += Lanes * Rows, b += Columns) {
    Vector left[Rows];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) left[r] = *reinterpret_cast<const Vector*>(a + Lanes * r);
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) {
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) sum[c][r] += left[r] * b[c];
    }
  }
#pragma GCC unroll 8
  for (int c = 0; c < Columns; ++c) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      Vector& out = *reinterpret_cast<Vector*>(tile + (c * Rows + r) * Lanes);
      out = add ? out + sign * sum[c][r] : sign * sum[c][r];
    }
  }
}

struct Kernel {
  Index rows, columns;  ///< of a tile
  void (*multiply)(Index k, const double* a, const double* b, double sign, bool add, double* tile);
};

void multiply_128(Index k, const double* a, const double* b, double sign, bool add, double* tile) {
  multiply<2, 2, 4>(k, a, b, sign, add, tile);
}
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void multiply_256(Index k, const double* a, const double* b, double sign, bool add,
                                              double* tile) {
  multiply<4, 3, 4>(k, a, b, sign, add, tile);
}
[[gnu::target("avx512f")]] void multiply_512(Index k, const double* a, const double* b, double sign, bool add,
                                             double* tile) {
  multiply<8, 3, 8>(k, a, b, sign, add, tile);
}
#endif

Kernel choose_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {24, 8, multiply_512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {12, 4, multiply_256};
#endif
  return {4, 4, multiply_128};
}

const Kernel& kernel() {
  static const Kernel chosen = choose_kernel();
  return chosen;
}

double part(double x, int) {
  return x;
}
double part(std::complex<double> x, int which) {
  return which == 0 ? x.real() : x.imag();
}

/// Strips of `width` rows; the real parts of a strip before its imaginary parts. Missing rows are zero.
template <class Scalar>
void pack(Index m, Index k, const Scalar* a, Index lda, Index width, std::vector<double>& strips) {
  constexpr int parts = std::is_same_v<Scalar, double> ? 1 : 2;
  const Index count = (m + width - 1) / width;
  strips.resize(static_cast<std::size_t>(count * width * k * parts));
  double* out = strips.data();
  for (Index s = 0; s < count; ++s) {
    const Index first = s * width;
    const Index here = std::min(width, m - first);
    for (int which = 0; which < parts; ++which) {
      for (Index p = 0; p < k; ++p) {
        const Scalar* column = a + p * lda + first;
        for (Index r = 0; r < here; ++r) *out++ = part(column[r], which);
        for (Index r = here; r < width; ++r) *out++ = 0;
      }
    }
  }
}

template <class Scalar>
void subtract_piece(Index m, Index n, Index k, const Scalar* a, Index lda, const Scalar* b, Index ldb, Scalar* c,
                    Index ldc, bool conjugate, bool lower, ProductBuffers& buffers) {
  constexpr bool real = std::is_same_v<Scalar, double>;
  constexpr Index parts = real ? 1 : 2;
  const Kernel& use = kernel();
  pack(m, k, a, lda, use.rows, buffers.left);
  pack(n, k, b, ldb, use.columns, buffers.right);
  const Index size = use.rows * use.columns;
  buffers.tile.resize(static_cast<std::size_t>(parts * size));
  double* const tile = buffers.tile.data();
  double* const imaginary = tile + (real ? 0 : size);
  const Index block = std::max<Index>(1, 20000 / (use.rows * k * parts));  // strips of A that stay in the second cache
  const Index strips = (m + use.rows - 1) / use.rows;
  for (Index start = 0; start < strips; start += block) {
    const Index end = std::min(start + block, strips);
    for (Index j = 0; j < n; j += use.columns) {
      const double* const right = buffers.right.data() + j / use.columns * use.columns * k * parts;
      const Index width = std::min(use.columns, n - j);
      for (Index s = lower ? std::max(start, j / use.rows) : start; s < end; ++s) {
        const double* const left = buffers.left.data() + s * use.rows * k * parts;
        const Index i = s * use.rows;
        const Index height = std::min(use.rows, m - i);
        use.multiply(k, left, right, 1, false, tile);
        if constexpr (!real) {
          const double* const left_imaginary = left + use.rows * k;
          const double* const right_imaginary = right + use.columns * k;
          const double sign = conjugate ? -1 : 1;  // of Im B
          use.multiply(k, left_imaginary, right_imaginary, -sign, true, tile);
          use.multiply(k, left_imaginary, right, 1, false, imaginary);
          use.multiply(k, left, right_imaginary, sign, true, imaginary);
        }
        for (Index q = 0; q < width; ++q) {
          Scalar* const column = c + (j + q) * ldc + i;
          const double* const from = tile + q * use.rows;
          if constexpr (real) {
            for (Index r = 0; r < height; ++r) column[r] -= from[r];
          } else {
            const double* const from_imaginary = imaginary + q * use.rows;
            for (Index r = 0; r < height; ++r) column[r] -= Scalar(from[r], from_imaginary[r]);
          }
        }
      }
    }
  }
}

template <class Scalar>
void subtract(Index m, Index n, Index k, const Scalar* a, Index lda, const Scalar* b, Index ldb, Scalar* c, Index ldc,
              bool conjugate, bool lower, ProductBuffers& buffers) {
  if (m == 0 || n == 0) return;
  for (Index p = 0; p < k; p += depth) {
    subtract_piece(m, n, std::min(depth, k - p), a + p * lda, lda, b + p * ldb, ldb, c, ldc, conjugate, lower, buffers);
  }
}

}  // namespace

void subtract_product(Index m, Index n, Index k, const double* a, Index lda, const double* b, Index ldb, double* c,
                      Index ldc, bool conjugate, bool lower, ProductBuffers& buffers) {
  subtract(m, n, k, a, lda, b, ldb, c, ldc, conjugate, lower, buffers);
}
void subtract_product(Index m, Index n, Index k, const std::complex<double>* a, Index lda,
                      const std::complex<double>* b, Index ldb, std::complex<double>* c, Index ldc, bool conjugate,
                      bool lower, ProductBuffers& buffers) {
  subtract(m, n, k, a, lda, b, ldb, c, ldc, conjugate, lower, buffers);
}

}  // namespace rdd
