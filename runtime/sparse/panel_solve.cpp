// A solution reads every number of the factors twice and does little with each: what counts is that a number, once it
// is there, serves all right-hand sides. They stand side by side in registers, four columns of A are taken at a time,
// and nothing is copied. As in panel_product.cpp, the same text is compiled for each width of registers.
#include "runtime/sparse/panel_solve.hpp"

namespace rdd {
namespace {

using Eigen::Index;
typedef double Row __attribute__((vector_size(8 * side_by_side), aligned(8), may_alias));
static_assert(side_by_side == 8, "a row fills one register of 512 bits");

template <class Scalar>
constexpr int parts = std::is_same_v<Scalar, double> ? 1 : 2;

/// sum += a · y or conj(a) · y, for all right-hand sides.
template <bool conjugate>
[[gnu::always_inline]] inline void add(double a, const Row* y, Row* sum) {
  sum[0] += a * y[0];
}
template <bool conjugate>
[[gnu::always_inline]] inline void add(const std::complex<double>& a, const Row* y, Row* sum) {
  const double real = a.real(), imaginary = conjugate ? -a.imag() : a.imag();
  sum[0] += real * y[0] - imaginary * y[1];
  sum[1] += real * y[1] + imaginary * y[0];
}

template <class Scalar, int Columns>
[[gnu::always_inline]] inline void update_columns(Index rows, const Scalar* a, Index lda, const double* x, double* y) {
  constexpr int n = parts<Scalar>;
  Row right[Columns * n];
  for (int c = 0; c < Columns * n; ++c) right[c] = -reinterpret_cast<const Row*>(x)[c];
  Row* out = reinterpret_cast<Row*>(y);
  for (Index i = 0; i < rows; ++i, out += n) {
    Row sum[n];
    for (int part = 0; part < n; ++part) sum[part] = out[part];
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) add<false>(a[c * lda + i], right + c * n, sum);
    for (int part = 0; part < n; ++part) out[part] = sum[part];
  }
}

template <class Scalar, int Columns, bool conjugate>
[[gnu::always_inline]] inline void gather_columns(Index rows, const Scalar* a, Index lda, const double* y, double* x) {
  constexpr int n = parts<Scalar>;
  Row sum[Columns * n] = {};
  const Row* in = reinterpret_cast<const Row*>(y);
  for (Index i = 0; i < rows; ++i, in += n) {
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) add<conjugate>(a[c * lda + i], in, sum + c * n);
  }
  for (int c = 0; c < Columns * n; ++c) reinterpret_cast<Row*>(x)[c] -= sum[c];
}

template <class Scalar>
[[gnu::always_inline]] inline void update(Index rows, Index count, const Scalar* a, Index lda, const double* x,
                                          double* y) {
  constexpr Index row = side_by_side * parts<Scalar>;
  Index c = 0;
  for (; c + 4 <= count; c += 4) update_columns<Scalar, 4>(rows, a + c * lda, lda, x + c * row, y);
  for (; c < count; ++c) update_columns<Scalar, 1>(rows, a + c * lda, lda, x + c * row, y);
}

template <class Scalar, bool conjugate>
[[gnu::always_inline]] inline void gather(Index rows, Index count, const Scalar* a, Index lda, const double* y,
                                          double* x) {
  constexpr Index row = side_by_side * parts<Scalar>;
  Index c = 0;
  for (; c + 4 <= count; c += 4) gather_columns<Scalar, 4, conjugate>(rows, a + c * lda, lda, y, x + c * row);
  for (; c < count; ++c) gather_columns<Scalar, 1, conjugate>(rows, a + c * lda, lda, y, x + c * row);
}

template <class Scalar>
struct Width128 {
  static void update(Index m, Index n, const Scalar* a, Index lda, const double* x, double* y) {
    rdd::update<Scalar>(m, n, a, lda, x, y);
  }
  template <bool conjugate>
  static void gather(Index m, Index n, const Scalar* a, Index lda, const double* y, double* x) {
    rdd::gather<Scalar, conjugate>(m, n, a, lda, y, x);
  }
};
#if defined(__x86_64__)
template <class Scalar>
struct Width256 {
  [[gnu::target("avx2,fma")]] static void update(Index m, Index n, const Scalar* a, Index lda, const double* x,
                                                 double* y) {
    rdd::update<Scalar>(m, n, a, lda, x, y);
  }
  template <bool conjugate>
  [[gnu::target("avx2,fma")]] static void gather(Index m, Index n, const Scalar* a, Index lda, const double* y,
                                                 double* x) {
    rdd::gather<Scalar, conjugate>(m, n, a, lda, y, x);
  }
};
template <class Scalar>
struct Width512 {
  [[gnu::target("avx512f")]] static void update(Index m, Index n, const Scalar* a, Index lda, const double* x,
                                                double* y) {
    rdd::update<Scalar>(m, n, a, lda, x, y);
  }
  template <bool conjugate>
  [[gnu::target("avx512f")]] static void gather(Index m, Index n, const Scalar* a, Index lda, const double* y,
                                                double* x) {
    rdd::gather<Scalar, conjugate>(m, n, a, lda, y, x);
  }
};
#endif

template <class Scalar, template <class> class Width>
constexpr PanelSolve<Scalar> of_width() {
  return {Width<Scalar>::update, Width<Scalar>::template gather<false>, Width<Scalar>::template gather<true>};
}

template <class Scalar>
PanelSolve<Scalar> choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return of_width<Scalar, Width512>();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return of_width<Scalar, Width256>();
#endif
  return of_width<Scalar, Width128>();
}

}  // namespace

template <class Scalar>
const PanelSolve<Scalar>& panel_solve() {
  static const PanelSolve<Scalar> chosen = choose<Scalar>();
  return chosen;
}

template const PanelSolve<double>& panel_solve();
template const PanelSolve<std::complex<double>>& panel_solve();

}  // namespace rdd
