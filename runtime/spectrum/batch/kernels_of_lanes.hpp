// The table of kernels.hpp for the instruction set this is compiled for: assembling, solving, and putting the results
// of each lane in order. Include it from one file for each set, with RDD_LANES_NAMESPACE and RDD_LANES_NAME defined.
#pragma once

#include "runtime/spectrum/batch/general.hpp"
#include "runtime/spectrum/batch/hermitian.hpp"
#include "runtime/spectrum/batch/kernels.hpp"

namespace rdd::RDD_LANES_NAMESPACE {
namespace {

using batch::Kernels;
using batch::Term;

// ---- assembling

/// exp(i angle). Reduction to [−π/4, π/4] by three parts of π/2 (exact products for 2^19 quarter turns), then the
/// Taylor series, whose first term left out is below 1e-17. Odd and even to the last bit, so that phases of −k are
/// conjugate.
inline Complex turn(Lanes angle) {
  constexpr double round = 0x1.8p52;
  const Lanes shifted = angle * 0x1.45f306dc9c883p-1 + round;
  const Lanes quarters = shifted - round;
  const Lanes x =
      ((angle - quarters * 0x1.921fb544p+0) - quarters * 0x1.0b4611a6p-34) - quarters * 0x1.3198a2e037073p-69;
  const Lanes y = x * x;
  Lanes sine{}, cosine{};
  for (int order = 17; order >= 3; order -= 2) sine = (1.0 + sine) * (y * (-1.0 / (order * (order - 1))));
  for (int order = 18; order >= 2; order -= 2) cosine = (1.0 + cosine) * (y * (-1.0 / (order * (order - 1))));
  sine = x + x * sine;
  cosine = 1.0 + cosine;
  const Bits quadrant = (Bits)shifted;  // its last bits count quarter turns
  const Bits odd = -(quadrant & 1);
  const Bits re = (odd & (Bits)sine) | (~odd & (Bits)cosine), im = (odd & (Bits)cosine) | (~odd & (Bits)sine);
  return {(Lanes)(re ^ (((quadrant + 1) & 2) << 62)), (Lanes)(im ^ ((quadrant & 2) << 62))};
}

inline void assemble(int n, const Term* terms, std::size_t term_count, int dimension, const double* offsets,
                     int offset_count, const double* wave_vectors, int count, double* phases, double* matrices) {
  constexpr double largest = 1e5;  // quarter turns are exact well beyond it; angles of physical models are far below
  auto* const turns = reinterpret_cast<Complex*>(phases);
  for (int o = 0; o < offset_count; ++o) {
    Lanes angle{};
    for (int l = 0; l < count; ++l) {
      double sum = 0;
      for (int axis = 0; axis < dimension; ++axis) {
        sum += offsets[o * dimension + axis] * wave_vectors[l * dimension + axis];
      }
      angle[l] = sum;
    }
    Complex result = turn(angle);
    for (int l = 0; l < lane_count; ++l) {
      if (l >= count) {
        result.re[l] = result.im[l] = 0;
      } else if (!(__builtin_fabs(angle[l]) <= largest)) {
        result.re[l] = __builtin_cos(angle[l]);
        result.im[l] = __builtin_sin(angle[l]);
      }
    }
    turns[o] = result;
  }
  auto* const a = reinterpret_cast<Complex*>(matrices);
  int place = 0;
  for (std::size_t t = 0; t < term_count;) {
    for (; place < terms[t].place; ++place) a[place] = Complex{};
    Complex sum{};
    for (; t < term_count && terms[t].place == place; ++t) {
      sum.re += terms[t].rate * turns[terms[t].offset].re;
      sum.im += terms[t].rate * turns[terms[t].offset].im;
    }
    a[place++] = sum;
  }
  for (; place < n * n; ++place) a[place] = Complex{};
}

// ---- scaling, ordering, output

/// Powers of two by which the entries become one or so, and back.
struct Scale {
  Lanes down, up;
};
template <class Size>
inline Scale scale(int n, const Complex* a, bool lower_triangle, Size size_of) {
  Lanes largest{};
  for (int j = 0; j < n; ++j) {
    for (int i = lower_triangle ? j : 0; i < n; ++i) largest = max(largest, size_of(a[j * n + i], i == j));
  }
  const Bits exponent = (Bits)largest & 0x7ff0000000000000;
  const Lanes power = max((Lanes)exponent, lanes(0x1p-1022));
  return {1.0 / power, power};
}

/// The phase that makes the largest entry of a column real and positive; the first where several are nearly as large.
inline Complex straightening(int n, const Complex* column) {
  Lanes largest{};
  for (int i = 0; i < n; ++i) largest = max(largest, norm(column[i]));
  const Lanes bound = largest * (1 - 1e-6);
  Complex first = column[n - 1];
  for (int i = n - 2; i >= 0; --i) first = select(less(bound, norm(column[i])), column[i], first);
  const Lanes square = norm(first);
  const Mask vanishes = less(square, lanes(tiny_square));
  const Lanes inverse = inverse_sqrt(select(vanishes, lanes(1), square));
  return {select(vanishes, lanes(1), first.re * inverse), select(vanishes, Lanes{}, -first.im * inverse)};
}

/// The places of n numbers (of `parts` = 1: real ones, 2: complex ones by real part, then by imaginary part) in
/// ascending order; equal ones keep theirs.
template <int parts>
inline void find_ranks(int n, const Lanes* numbers, Lanes* ranks) {
  for (int i = 0; i < n; ++i) {
    const Lanes x = numbers[i * parts];
    Lanes rank{};
    for (int j = 0; j < i; ++j) {
      const Lanes y = numbers[j * parts];
      Mask before = less(x, y);
      if constexpr (parts == 2) {
        before = before | (~less(y, x) & less(numbers[i * parts + 1], numbers[j * parts + 1]));
      }
      rank = select(before, rank, rank + 1.0);
      ranks[j] = select(before, ranks[j] + 1.0, ranks[j]);
    }
    ranks[i] = rank;
  }
}

/// Writes the numbers in the order of the ranks, for each of the first `count` lanes, and the ranks as integers, n for
/// each lane. Adding zero makes −0 to 0.
template <int parts>
inline void store_values(int n, int count, const Lanes* numbers, const Lanes* ranks, int* rank, double* values) {
  for (int l = 0; l < count; ++l) {
    for (int m = 0; m < n; ++m) {
      const auto place = static_cast<int>(ranks[m][l]);
      rank[l * n + m] = place;
      for (int part = 0; part < parts; ++part) {
        values[(l * n + place) * parts + part] = numbers[m * parts + part][l] + 0.0;
      }
    }
  }
}

/// `here` complex numbers of a column in every lane, times its phase, to where the lanes want them, from number `from`
/// on. Adding zero makes −0 to 0.
template <int rows>
inline void store_rows(const Complex* entries, int here, Complex phase, int count, double* const* to, int from) {
  Lanes block[lane_count] = {};
  for (int r = 0; r < rows; ++r) {
    if (r >= here) break;
    const Complex entry = entries[r] * phase;
    block[2 * r] = entry.re + 0.0;
    block[2 * r + 1] = entry.im + 0.0;
  }
  transpose(block);
  if (here == rows) {
    for (int l = 0; l < lane_count; ++l) {
      if (l < count) __builtin_memcpy(to[l] + from, &block[l], sizeof(Lanes));
    }
    return;
  }
  for (int l = 0; l < count; ++l) {
    for (int i = 0; i < 2 * here; ++i) to[l][from + i] = block[l][i];
  }
}

/// Writes the columns of x, each times its phase, to (n, n) complex numbers for each of the first `count` lanes; column
/// m of lane l becomes column rank[l·n + m].
inline void store_columns(int n, int count, const int* rank, const Complex* x, const Complex* phases, double* out) {
  constexpr int rows = lane_count / 2;  // complex numbers in a register
  for (int m = 0; m < n; ++m) {
    double* to[lane_count] = {};
    for (int l = 0; l < count; ++l) {
      to[l] = out + 2 * (static_cast<std::size_t>(l) * static_cast<std::size_t>(n * n) +
                         static_cast<std::size_t>(rank[l * n + m] * n));
    }
    for (int i = 0; i < n; i += rows) {
      // The last register may overlap the one before it.
      const int from = n < rows ? 0 : i < n - rows ? i : n - rows;
      store_rows<rows>(x + m * n + from, n < rows ? n : rows, phases[m], count, to, 2 * from);
    }
  }
}

inline std::size_t work(int n) {
  const auto size = static_cast<std::size_t>(n);
  return (6 * size * size + (2 * Rotations::most + 18) * size + 4) * lane_count;
}

// ---- Hermitian

/// Eigenvalues d and, where given, eigenvectors x of [a c̄; c b]: closed form without cancellation.
inline void two_by_two(const Complex* a, Lanes* d, Complex* x) {
  const Complex c = a[1];
  const Lanes mean = 0.5 * (a[0].re + a[3].re), half = 0.5 * (a[0].re - a[3].re);
  const Lanes square = half * half + norm(c), root = sqrt(square);
  d[0] = mean - root;
  d[1] = mean + root;
  if (x == nullptr) return;
  const Mask diagonal = less(square, lanes(tiny_square)), falling = less(half, Lanes{});
  const Lanes t = select(diagonal, lanes(1), abs(half) + root);
  const Lanes inverse = inverse_sqrt(t * t + select(diagonal, Lanes{}, norm(c)));
  const Lanes u = t * inverse;
  const Complex w = select(diagonal, Complex{}, inverse * c);
  const Complex flat{u, Lanes{}}, minus{-w.re, -w.im};
  x[0] = select(falling, flat, Complex{-w.re, w.im});
  x[1] = select(falling, minus, flat);
  x[2] = select(falling, conj(w), flat);
  x[3] = select(falling, flat, w);
}

inline unsigned hermitian(int n, int count, double* matrices, double* work, double* values, double* vectors) {
  auto* const a = reinterpret_cast<Complex*>(matrices);
  const auto square = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  auto* next = reinterpret_cast<Lanes*>(work);
  const auto take = [&](std::size_t size) {
    Lanes* const taken = next;
    next += size;
    return taken;
  };
  const auto size = static_cast<std::size_t>(n);
  Lanes* const z = take(square);
  auto* const x = reinterpret_cast<Complex*>(take(2 * square));
  Lanes* const d = take(size);
  Lanes* const e = take(size);
  Lanes* const tau = take(size);
  Lanes* const c = take(Rotations::most * size);
  Lanes* const s = take(Rotations::most * size);
  auto* const phase = reinterpret_cast<Complex*>(take(2 * size));
  auto* const w = reinterpret_cast<Complex*>(take(2 * size));
  auto* const p = reinterpret_cast<Complex*>(take(2 * size));
  auto* const inside = reinterpret_cast<Mask*>(take(size + 1));
  Lanes* const ranks = take(size);
  auto* const rank = reinterpret_cast<int*>(take(size));

  const Scale scaled = scale(n, a, true, [](Complex entry, bool diagonal) {
    return diagonal ? abs(entry.re) : max(abs(entry.re), abs(entry.im));
  });
  for (int j = 0; j < n; ++j) {
    for (int i = j; i < n; ++i) a[j * n + i] = scaled.down * a[j * n + i];
  }
  Mask failed = no_lane();
  if (n == 1) {
    d[0] = a[0].re;
    x[0] = {lanes(1), Lanes{}};
  } else if (n == 2) {
    two_by_two(a, d, vectors != nullptr ? x : nullptr);
  } else {
    tridiagonalise(n, a, d, e, tau, phase, w, p);
    if (vectors != nullptr) {
      for (int i = 0; i < n * n; ++i) z[i] = Lanes{};
      for (int i = 0; i < n; ++i) z[i * n + i] = lanes(1);
    }
    const Expected expected =
        vectors != nullptr ? expect(vectors, vectors + 2 * square * static_cast<std::size_t>(count)) : Expected{};
    failed = implicit_ql(n, d, e, vectors != nullptr ? z : nullptr, c, s, inside, expected);
    if (vectors != nullptr) {
      Complex turned{lanes(1), Lanes{}};  // the diagonal of phases, then the reflections
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) x[j * n + i] = z[i * n + j] * turned;
        if (i + 1 < n) turned = turned * phase[i];
      }
      products_of_pairs(n, a, p);
      in_groups<5>(n, [&](int j, auto columns) { reflect_columns<columns.value>(n, a, tau, p, x + j * n); });
    }
  }
  for (int m = 0; m < n; ++m) d[m] *= scaled.up;

  unsigned bits = 0;
  for (int l = 0; l < count; ++l) {
    if (lane(failed, l)) bits |= 1U << l;
  }
  find_ranks<1>(n, d, ranks);
  store_values<1>(n, count, d, ranks, rank, values);
  if (vectors != nullptr) {
    for (int j = 0; j < n; ++j) phase[j] = straightening(n, x + j * n);
    store_columns(n, count, rank, x, phase, vectors);
  }
  return bits;
}

// ---- general

inline unsigned general(int n, int count, double* matrices, double* work, double* values, double* right, double* left) {
  auto* const a = reinterpret_cast<Complex*>(matrices);
  const auto square = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  auto* next = reinterpret_cast<Complex*>(work);
  const auto take = [&](std::size_t size) {
    Complex* const taken = next;
    next += size;
    return taken;
  };
  const auto size_ = static_cast<std::size_t>(n);
  Complex* const q = take(square);
  Complex* const x = take(square);
  Complex* const y = take(square);
  Complex* const v = take(size_);
  Complex* const p = take(size_);
  Complex* const eigenvalues = take(size_);
  auto* const inside = reinterpret_cast<Mask*>(take(size_ / 2 + 1));
  auto* const ranks = reinterpret_cast<Lanes*>(take(size_ / 2 + 1));
  auto* const rank = reinterpret_cast<int*>(take(size_ / 2 + 1));
  Complex* const factors = take(size_);
  Complex* const reciprocals = take(size_);
  const bool vectors = right != nullptr;

  const Scale scaled = scale(n, a, false, [](Complex entry, bool) { return max(abs(entry.re), abs(entry.im)); });
  for (int i = 0; i < n * n; ++i) a[i] = scaled.down * a[i];
  Mask failed = no_lane();
  if (n == 2 && !vectors) {  // closed form
    const Complex mean = lanes(0.5) * (a[0] + a[3]), half = lanes(0.5) * (a[0] - a[3]);
    const Complex distance = root(half * half + a[1] * a[2]);
    a[0] = mean - distance;
    a[3] = mean + distance;
  } else {
    to_hessenberg(n, a, vectors ? q : nullptr, v, p);
    failed = implicit_qr(n, a, vectors ? q : nullptr, inside);
  }
  for (int m = 0; m < n; ++m) eigenvalues[m] = scaled.up * a[m * n + m];
  if (vectors) {
    triangular_vectors(n, a, x);
    if (left != nullptr) transposed_inverse(n, x, y);
    times(n, q, false, x, true, a);
    if (left != nullptr) times(n, q, true, y, false, x);
    for (int j = 0; j < n; ++j) {
      Lanes sum{};
      for (int i = 0; i < n; ++i) sum += norm(a[j * n + i]);
      sum = max(sum, lanes(tiny_square));
      factors[j] = inverse_sqrt(sum) * straightening(n, a + j * n);
      reciprocals[j] = sum * conj(factors[j]);
    }
  }

  unsigned bits = 0;
  for (int l = 0; l < count; ++l) {
    if (lane(failed, l)) bits |= 1U << l;
  }
  find_ranks<2>(n, &eigenvalues[0].re, ranks);
  store_values<2>(n, count, &eigenvalues[0].re, ranks, rank, values);
  if (vectors) store_columns(n, count, rank, a, factors, right);
  if (left != nullptr) store_columns(n, count, rank, x, reciprocals, left);
  return bits;
}

}  // namespace
}  // namespace rdd::RDD_LANES_NAMESPACE
