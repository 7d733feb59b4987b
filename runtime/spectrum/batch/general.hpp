// General complex eigenproblems, one in each lane.
//
// Householder reflections to Hessenberg form, then the implicit QR algorithm with Wilkinson's shift, one complex shift
// a sweep (Golub & Van Loan, Matrix Computations, 7.4-7.5). As in hermitian.hpp each lane works on its own block, the
// last that is not yet triangular; rotations are the identity outside of it. A lane that makes no progress in ten
// sweeps gets an exceptional shift. Vectors come from the Schur form by substitution.
#pragma once

#include "runtime/spectrum/batch/hermitian.hpp"

namespace rdd::RDD_LANES_NAMESPACE {
namespace {

inline Complex operator+(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}
inline Complex operator-(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline Complex operator*(Lanes a, Complex b) {
  return {a * b.re, a * b.im};
}
inline Complex conj(Complex a) {
  return {a.re, -a.im};
}
inline Complex select(Mask m, Complex yes, Complex no) {
  return {select(m, yes.re, no.re), select(m, yes.im, no.im)};
}
inline Lanes size(Complex a) {  // |re| + |im|: between |a| and √2 |a|
  return abs(a.re) + abs(a.im);
}
/// a / b; zero where b vanishes.
inline Complex quotient(Complex a, Complex b) {
  const Lanes square = norm(b);
  const Mask vanishes = less(square, lanes(tiny_square));
  const Lanes inverse = select(vanishes, Lanes{}, 1.0 / select(vanishes, lanes(1), square));
  return inverse * (a * conj(b));
}
/// The root with a non-negative real part.
inline Complex root(Complex a) {
  const Lanes length = sqrt(norm(a));
  const Lanes large = sqrt(0.5 * (length + abs(a.re)));
  const Mask vanishes = less(large, lanes(tiny));
  const Lanes small = select(vanishes, Lanes{}, 0.5 * abs(a.im) / select(vanishes, lanes(1), large));
  const Mask left = less(a.re, Lanes{}), below = less(a.im, Lanes{});
  const Lanes im = select(left, large, small);
  return {select(left, small, large), select(below, -im, im)};
}

/// Rows `rows` of columns p, q of a (lengths in lanes) times [c −s; s̄ c].
inline void rotate_columns(int rows, Complex* p, Complex* q, Lanes c, Complex s) {
  for (int i = 0; i < rows; ++i) {
    const Complex x = p[i], y = q[i];
    Complex left{c * x.re, c * x.im}, right{c * y.re, c * y.im};
    left.re += s.re * y.re;
    left.im += s.re * y.im;
    left.re += s.im * y.im;
    left.im -= s.im * y.re;
    right.re -= s.re * x.re;
    right.im -= s.re * x.im;
    right.re += s.im * x.im;
    right.im -= s.im * x.re;
    p[i] = left;
    q[i] = right;
  }
}

/// Two entries of a column, one above the other, from the left by [c s; −s̄ c].
inline void rotate_pair(Complex* upper, Lanes c, Complex s) {
  const Complex x = upper[0], y = upper[1];
  Complex above{c * x.re, c * x.im}, below{c * y.re, c * y.im};
  above.re += s.re * y.re;
  above.im += s.re * y.im;
  above.re -= s.im * y.im;
  above.im += s.im * y.re;
  below.re -= s.re * x.re;
  below.im -= s.re * x.im;
  below.re -= s.im * x.im;
  below.im += s.im * x.re;
  upper[0] = above;
  upper[1] = below;
}

/// Columns first … n − 1 of a (n rows, stride n) times 1 − tau v vᴴ, where v belongs to these columns. Work p: n.
inline void reflect_from_right(int n, int first, Complex* a, const Complex* v, Lanes tau, Complex* p) {
  for (int i = 0; i < n; ++i) p[i] = Complex{};
  for (int j = first; j < n; ++j) {
    const Complex vj = v[j - first];
    const Complex* const column = a + j * n;
    for (int i = 0; i < n; ++i) {
      p[i].re += column[i].re * vj.re;
      p[i].im += column[i].re * vj.im;
      p[i].re -= column[i].im * vj.im;
      p[i].im += column[i].im * vj.re;
    }
  }
  for (int j = first; j < n; ++j) {
    const Complex vj = tau * v[j - first];
    Complex* const column = a + j * n;
    for (int i = 0; i < n; ++i) {
      column[i].re -= p[i].re * vj.re;
      column[i].im -= p[i].im * vj.re;
      column[i].re -= p[i].im * vj.im;
      column[i].im += p[i].re * vj.im;
    }
  }
}

/// QᴴAQ = H upper Hessenberg, in place; Q too, if given. Work v, p: n each.
inline void to_hessenberg(int n, Complex* a, Complex* q, Complex* v, Complex* p) {
  if (q != nullptr) {
    for (int i = 0; i < n * n; ++i) q[i] = Complex{};
    for (int i = 0; i < n; ++i) q[i * n + i].re = lanes(1);
  }
  for (int k = 0; k + 2 < n; ++k) {
    const int size = n - 1 - k;
    Complex* const x = a + k * n + k + 1;
    for (int i = 0; i < size; ++i) v[i] = x[i];
    Lanes length;
    Complex phase;
    const Lanes tau = reflector(v, size, &length, &phase);
    x[0] = length * phase;
    for (int i = 1; i < size; ++i) x[i] = Complex{};
    for (int j = k + 1; j < n; ++j) {
      Complex* const column = a + j * n + k + 1;
      Complex dot{};
      for (int i = 0; i < size; ++i) {
        dot.re += v[i].re * column[i].re;
        dot.im += v[i].re * column[i].im;
        dot.re += v[i].im * column[i].im;
        dot.im -= v[i].im * column[i].re;
      }
      dot = tau * dot;
      for (int i = 0; i < size; ++i) {
        column[i].re -= v[i].re * dot.re;
        column[i].im -= v[i].re * dot.im;
        column[i].re += v[i].im * dot.im;
        column[i].im -= v[i].im * dot.re;
      }
    }
    reflect_from_right(n, k + 1, a, v, tau, p);
    if (q != nullptr) reflect_from_right(n, k + 1, q, v, tau, p);
  }
}

/// Schur form of a Hessenberg matrix: on return its diagonal holds the eigenvalues. Where q is given, all of h becomes
/// the triangular factor and q is multiplied by the rotations; otherwise only blocks that still matter are kept up.
/// Work inside: n + 1. Returns the lanes that have not converged.
inline Mask implicit_qr(int n, Complex* h, Complex* q, Mask* inside) {
  const int most_sweeps = 30 * n;
  Lanes stalled{}, end_before = lanes(-1);
  int unsettled = n - 1;  // subdiagonal entries from here on are zero in all lanes
  for (int sweep = 0;; ++sweep) {
    // The last block of each lane: subdiagonal entries h(i + 1, i) not negligible up to its end.
    Mask started = no_lane(), ended = no_lane();
    Lanes end{};
    Complex corner{}, before{}, above{}, below{};  // the last 2 × 2 of the block: [before above; below corner]
    int first = n, last = -1;
    for (int i = unsettled - 1; i >= 0; --i) {
      Complex& entry = h[i * n + i + 1];
      const Complex upper = h[i * n + i], lower = h[(i + 1) * n + i + 1];
      const Lanes bound = max(epsilon * (size(upper) + size(lower)), lanes(tiny));
      const Mask large = less(bound, size(entry));
      entry = select(large, entry, Complex{});
      const Mask in = large & ~ended, starts = in & ~started;
      if (any(starts)) {
        corner = select(starts, lower, corner);
        before = select(starts, upper, before);
        below = select(starts, entry, below);
        above = select(starts, h[(i + 1) * n + i], above);
        end = select(starts, lanes(i + 1), end);
      }
      started = started | in;
      ended = ended | (started & ~in);
      inside[i] = in;
      if (any(in)) {
        first = i;
        if (last < 0) last = i;
      }
    }
    if (last < 0) return no_lane();
    if (sweep == most_sweeps) return started;
    unsettled = last + 1;

    const Complex product = above * below;
    const Complex half = lanes(0.5) * (before - corner);
    Complex wilkinson = root(half * half + product);
    const Mask opposite = less(half.re * wilkinson.re + half.im * wilkinson.im, Lanes{});
    wilkinson = {select(opposite, -wilkinson.re, wilkinson.re), select(opposite, -wilkinson.im, wilkinson.im)};
    Complex shift = corner - quotient(product, half + wilkinson);
    const Mask moved = less(end, end_before) | less(end_before, end);
    stalled = select(moved, lanes(1), stalled + 1.0);
    end_before = end;
    const Mask exceptional = less(lanes(9.5), stalled);
    if (any(exceptional)) {
      shift = select(exceptional, Complex{corner.re + 0.75 * size(below), corner.im}, shift);
      stalled = select(exceptional, Lanes{}, stalled);
    }

    const int left_end = q != nullptr ? n : last + 2, right_start = q != nullptr ? 0 : first;
    for (int k = first; k <= last; ++k) {
      const Mask in = inside[k], starts = k == first ? in : in & ~inside[k - 1];
      // The vector to be rotated onto its first entry: of the shifted matrix at the start, else the bulge.
      Complex x = h[k * n + k] - shift, y = h[k * n + k + 1];
      const Mask goes_on = in & ~starts;
      if (any(goes_on)) {
        x = select(starts, x, h[(k - 1) * n + k]);
        y = select(starts, y, h[(k - 1) * n + k + 1]);
      }
      const Lanes square = norm(x), total = square + norm(y);
      const Mask none = less(total, lanes(tiny_square)) | ~in;
      const Mask flat = less(square, lanes(tiny_square));
      const Lanes inverse = inverse_sqrt(select(flat, lanes(1), square));
      const Lanes inverse_total = inverse_sqrt(select(none, lanes(1), total));
      const Complex turn{select(flat, lanes(1), x.re * inverse), select(flat, Lanes{}, x.im * inverse)};
      const Lanes c = select(none, lanes(1), select(flat, Lanes{}, square * inverse * inverse_total));
      Complex s = inverse_total * (turn * conj(y));
      s = select(none, Complex{}, s);
      if (any(goes_on)) {
        const Complex r = select(none, x, (total * inverse_total) * turn);
        Complex* const column = h + (k - 1) * n;
        column[k] = select(goes_on, r, column[k]);
        column[k + 1] = select(goes_on, Complex{}, column[k + 1]);
      }
      for (int j = k; j < left_end; ++j) rotate_pair(h + j * n + k, c, s);
      const int right_end = k + 2 <= last + 1 ? k + 3 : k + 2;
      rotate_columns(right_end - right_start, h + k * n + right_start, h + (k + 1) * n + right_start, c, s);
      if (q != nullptr) rotate_columns(n, q + k * n, q + (k + 1) * n, c, s);
    }
  }
}

/// Right eigenvectors x of an upper triangular t, columns with ones on the diagonal; divisors of equal eigenvalues are
/// moved apart by round-off of the whole matrix. Columns that grow beyond 1e100 are scaled down.
inline void triangular_vectors(int n, const Complex* t, Complex* x) {
  Lanes largest{};
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i <= j; ++i) largest = max(largest, size(t[j * n + i]));
  }
  const Lanes least = max(epsilon * largest, lanes(tiny));
  for (int j = 0; j < n; ++j) {
    Complex* const column = x + j * n;
    const Complex value = t[j * n + j];
    for (int i = 0; i < n; ++i) column[i] = i < j ? t[j * n + i] : Complex{};
    column[j].re = lanes(1);
    for (int i = j - 1; i >= 0; --i) {
      Complex divisor = value - t[i * n + i];
      const Mask equal = less(size(divisor), least);
      divisor = select(equal, Complex{least, Lanes{}}, divisor);
      const Complex found = quotient(column[i], divisor);
      column[i] = found;
      for (int l = 0; l < i; ++l) column[l] = column[l] + found * t[i * n + l];
      const Mask grown = less(lanes(1e100), size(found));
      if (any(grown)) {
        const Lanes scale = select(grown, lanes(1e-100), lanes(1));
        for (int l = 0; l <= j; ++l) column[l] = scale * column[l];
      }
    }
  }
}

/// Rows of y: the inverse of an upper triangular x, transposed (y(i, j) with i ≥ j).
inline void transposed_inverse(int n, const Complex* x, Complex* y) {
  for (int j = 0; j < n; ++j) {  // row j of the inverse: z x = e_j, from the left
    Complex* const row = y + j * n;
    for (int i = 0; i < j; ++i) row[i] = Complex{};
    for (int i = j; i < n; ++i) {
      Complex sum{i == j ? lanes(1) : Lanes{}, Lanes{}};
      for (int l = j; l < i; ++l) sum = sum - row[l] * x[i * n + l];
      row[i] = quotient(sum, x[i * n + i]);
    }
  }
}

/// v = q x (conjugated: conj(q) x), x with rows `first(j)` … `last(j)` of column j not zero.
inline void times(int n, const Complex* q, bool conjugated, const Complex* x, bool upper, Complex* v) {
  for (int j = 0; j < n; ++j) {
    Complex* const column = v + j * n;
    for (int i = 0; i < n; ++i) column[i] = Complex{};
    const int first = upper ? 0 : j, last = upper ? j : n - 1;
    for (int l = first; l <= last; ++l) {
      const Complex factor = x[j * n + l];
      const Complex* const ql = q + l * n;
      if (conjugated) {
        for (int i = 0; i < n; ++i) column[i] = column[i] + conj(ql[i]) * factor;
      } else {
        for (int i = 0; i < n; ++i) column[i] = column[i] + ql[i] * factor;
      }
    }
  }
}

}  // namespace
}  // namespace rdd::RDD_LANES_NAMESPACE
