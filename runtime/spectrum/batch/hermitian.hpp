// Hermitian eigenproblems, one in each lane.
//
// Householder reflections make the matrix tridiagonal, a diagonal of phases makes that real, implicit QL with
// Wilkinson's shift diagonalises it, and the reflections turn its eigenvectors back (Golub & Van Loan, Matrix
// Computations, 8.3). What differs from one matrix at a time:
//
// - A step of the reduction updates the rest of the matrix for the step before and multiplies it by its own vector in
//   one pass, so that entries are read and written once.
// - Lanes converge on their own: in every sweep each lane works on its first block that is not yet diagonal, under a
//   mask, and the rotations are the identity outside of it. What a lane computes is what it would compute alone.
// - Rotations act on the real eigenvectors of the tridiagonal matrix, a whole sweep on a few rows after the other; for
//   larger matrices two sweeps in one pass, and reflections in pairs.
#pragma once

#include "runtime/spectrum/batch/lanes.hpp"

namespace rdd::RDD_LANES_NAMESPACE {
namespace {

/// Squares below are rounded off by underflow. Matrices are scaled to entries of about one; what is smaller than its
/// root, 1e-140, is zero beside them.
constexpr double tiny_square = 1e-280;
constexpr double tiny = 1e-140;
constexpr double epsilon = 0x1p-52;

/// Reflection 1 − tau v vᴴ (tau real) that maps x onto (beta, 0, …, 0), |beta| = ‖x‖; v takes the place of x. Where x
/// vanishes beside one, tau = 0. Returns tau.
inline Lanes reflector(Complex* x, int size, Lanes* length, Complex* phase) {
  Lanes rest{};
  for (int i = 1; i < size; ++i) rest += norm(x[i]);
  const Lanes head = norm(x[0]);
  const Lanes total = rest + head;
  const Mask vanishes = less(total, lanes(tiny_square));
  const Lanes root = select(vanishes, Lanes{}, sqrt(total));
  // beta = −(phase of x_0) ‖x‖: no cancellation in x_0 − beta.
  const Mask flat = less(head, lanes(tiny_square));
  const Lanes inverse = inverse_sqrt(select(flat, lanes(1), head));
  const Complex turn{select(flat, lanes(1), x[0].re * inverse), select(flat, Lanes{}, x[0].im * inverse)};
  x[0].re += turn.re * root;
  x[0].im += turn.im * root;
  *length = root;
  *phase = {-turn.re, -turn.im};
  const Lanes square = rest + norm(x[0]);
  return select(vanishes, Lanes{}, 2.0 / select(vanishes, lanes(1), square));
}

/// One pass over the lower triangle of the trailing matrix a (stride n, `size` rows): A −= v wᴴ + w vᴴ where `update`,
/// and p = A u. p starts as zero.
template <bool update>
inline void update_and_multiply(int n, int size, Complex* a, const Complex* v, const Complex* w, const Complex* u,
                                Complex* p) {
  for (int j = 0; j < size; ++j) {
    Complex* const column = a + j * n;
    const Complex uj = u[j];
    Lanes diagonal = column[j].re;
    Complex vj{}, wj{};
    if constexpr (update) {
      vj = v[j];
      wj = w[j];
      diagonal -= 2.0 * (vj.re * wj.re + vj.im * wj.im);
      column[j].re = diagonal;
    }
    Complex sum{};
    for (int i = j + 1; i < size; ++i) {
      Complex x = column[i];
      if constexpr (update) {
        const Complex vi = v[i], wi = w[i];
        x.re -= vi.re * wj.re;
        x.im -= vi.im * wj.re;
        x.re -= vi.im * wj.im;
        x.im += vi.re * wj.im;
        x.re -= wi.re * vj.re;
        x.im -= wi.im * vj.re;
        x.re -= wi.im * vj.im;
        x.im += wi.re * vj.im;
        column[i] = x;
      }
      const Complex ui = u[i];
      Complex pi = p[i];
      pi.re += x.re * uj.re;
      pi.im += x.re * uj.im;
      pi.re -= x.im * uj.im;
      pi.im += x.im * uj.re;
      p[i] = pi;
      sum.re += x.re * ui.re;
      sum.im += x.re * ui.im;
      sum.re += x.im * ui.im;
      sum.im -= x.im * ui.re;
    }
    p[j].re += sum.re + diagonal * uj.re;
    p[j].im += sum.im + diagonal * uj.im;
  }
}

/// The tridiagonal form: diagonal d (n), off-diagonal e ≥ 0 (n − 1) after the phases are taken out. Column k of a keeps
/// the vector of reflection k in rows k + 1, …; tau (n), phases (n). Work w, p: n each.
inline void tridiagonalise(int n, Complex* a, Lanes* d, Lanes* e, Lanes* tau, Complex* phase, Complex* w, Complex* p) {
  for (int k = 0; k + 1 < n; ++k) {
    Complex* const column = a + k * n;
    if (k > 0) {  // the update of step k − 1, so far only for this column
      const Complex* const v = a + (k - 1) * n;
      const Complex vk = v[k], wk = w[k];
      column[k].re -= 2.0 * (vk.re * wk.re + vk.im * wk.im);
      for (int i = k + 1; i < n; ++i) {
        column[i].re -= v[i].re * wk.re + v[i].im * wk.im + w[i].re * vk.re + w[i].im * vk.im;
        column[i].im -= v[i].im * wk.re - v[i].re * wk.im + w[i].im * vk.re - w[i].re * vk.im;
      }
    }
    d[k] = column[k].re;
    const int size = n - 1 - k;
    if (size == 1) {
      // Nothing is left to reflect; the update of step k − 1 still has to reach the last entry of the diagonal.
      const Lanes square = norm(column[k + 1]);
      const Mask flat = less(square, lanes(tiny_square));
      const Lanes inverse = inverse_sqrt(select(flat, lanes(1), square));
      e[k] = select(flat, Lanes{}, sqrt(square));
      phase[k] = {select(flat, lanes(1), column[k + 1].re * inverse),
                  select(flat, Lanes{}, column[k + 1].im * inverse)};
      Lanes last = a[n * n - 1].re;
      if (k > 0) {
        const Complex v = a[(k - 1) * n + n - 1];
        last -= 2.0 * (v.re * w[n - 1].re + v.im * w[n - 1].im);
      }
      d[n - 1] = last;
      return;
    }
    tau[k] = reflector(column + k + 1, size, &e[k], &phase[k]);
    for (int i = k + 1; i < n; ++i) p[i] = Complex{};
    const Complex* const u = column + k + 1;
    Complex* const trailing = a + (k + 1) * n + k + 1;
    if (k > 0) {
      update_and_multiply<true>(n, size, trailing, a + (k - 1) * n + k + 1, w + k + 1, u, p + k + 1);
    } else {
      update_and_multiply<false>(n, size, trailing, nullptr, nullptr, u, p + k + 1);
    }
    // w = tau p − ½ tau² (pᴴ v) v; the product is real. Where v is short, tau² would overflow.
    Lanes product{};
    for (int i = 0; i < size; ++i) product += p[k + 1 + i].re * u[i].re + p[k + 1 + i].im * u[i].im;
    const Lanes half = 0.5 * tau[k] * (tau[k] * product);
    for (int i = 0; i < size; ++i) {
      w[k + 1 + i].re = tau[k] * p[k + 1 + i].re - half * u[i].re;
      w[k + 1 + i].im = tau[k] * p[k + 1 + i].im - half * u[i].im;
    }
  }
}

/// The rotations of some sweeps of the QL algorithm, which wait to be applied to the vectors: sweep q turns columns i
/// and i + 1 by c[q n + i], s[q n + i], for i = last[q], …, first[q].
struct Rotations {
  static constexpr int most = 8;
  Lanes* c;
  Lanes* s;
  int count = 0;
  int first[most] = {}, last[most] = {};
};

/// Makes sweep q the identity on columns from … to.
inline void leave(int n, int q, int from, int to, Rotations& rotations) {
  for (int i = from; i <= to; ++i) {
    rotations.c[q * n + i] = lanes(1);
    rotations.s[q * n + i] = Lanes{};
  }
}

/// Rows of z (stride n) times the rotations of one sweep.
template <int rows>
inline void rotate_rows(int n, Lanes* z, const Lanes* c, const Lanes* s, int first, int last) {
  Lanes carried[rows];
  for (int r = 0; r < rows; ++r) carried[r] = z[r * n + last + 1];
  for (int i = last; i >= first; --i) {
    const Lanes ci = c[i], si = s[i];
    for (int r = 0; r < rows; ++r) {
      const Lanes x = z[r * n + i];
      z[r * n + i + 1] = si * x + ci * carried[r];
      carried[r] = ci * x - si * carried[r];
    }
  }
  for (int r = 0; r < rows; ++r) z[r * n + first] = carried[r];
}

/// The same for two sweeps: the second follows the first one column behind, so that entries are read and written once.
template <int rows>
inline void rotate_rows_twice(int n, Lanes* z, const Lanes* c, const Lanes* s, int first, int last) {
  Lanes carried[rows], behind[rows];  // what the first sweep and the second one have in column i + 1 and i + 2
  const Lanes c_last = c[last], s_last = s[last];
  for (int r = 0; r < rows; ++r) {
    const Lanes x = z[r * n + last], y = z[r * n + last + 1];
    behind[r] = s_last * x + c_last * y;
    carried[r] = c_last * x - s_last * y;
  }
  for (int i = last - 1; i >= first; --i) {
    const Lanes c_one = c[i], s_one = s[i], c_two = c[n + i + 1], s_two = s[n + i + 1];
    for (int r = 0; r < rows; ++r) {
      const Lanes x = z[r * n + i];
      const Lanes passed = s_one * x + c_one * carried[r];
      carried[r] = c_one * x - s_one * carried[r];
      z[r * n + i + 2] = s_two * passed + c_two * behind[r];
      behind[r] = c_two * passed - s_two * behind[r];
    }
  }
  const Lanes c_first = c[n + first], s_first = s[n + first];
  for (int r = 0; r < rows; ++r) {
    z[r * n + first + 1] = s_first * carried[r] + c_first * behind[r];
    z[r * n + first] = c_first * carried[r] - s_first * behind[r];
  }
}

/// z (n, n, by rows) times the rotations that wait: a few rows at a time, which stay in the cache. `sweeps` others have
/// been applied before to what was the identity: row r is zero beyond column r + sweeps.
inline void rotate(int n, Lanes* z, Rotations& waiting, int sweeps) {
  for (int q = 0; q < waiting.count; q += 2) {  // pairs get the same columns
    int& first = waiting.first[q];
    int& last = waiting.last[q];
    const bool alone = q + 1 == waiting.count;
    const int next_first = alone ? last + 1 : waiting.first[q + 1], next_last = alone ? last : waiting.last[q + 1];
    leave(n, q, next_first, first - 1, waiting);
    leave(n, q, last + 1, next_last, waiting);
    leave(n, q + 1, first, next_first - 1, waiting);
    leave(n, q + 1, next_last + 1, last, waiting);
    first = first < next_first ? first : next_first;
    last = last > next_last ? last : next_last;
  }
  in_groups<8>(n, [&](int row, auto rows) {
    for (int q = 0; q < waiting.count; q += 2) {
      const int first = waiting.first[q], reach = row + rows.value + sweeps + q;
      const int last = reach < waiting.last[q] ? reach : waiting.last[q];
      if (last < first) continue;
      rotate_rows_twice<rows.value>(n, z + row * n, waiting.c + q * n, waiting.s + q * n, first, last);
    }
  });
  waiting.count = 0;
}

/// Implicit QL on d (n), e (n, the last one free): on return d holds the eigenvalues. Where z is given (n, n), it is
/// the identity on entry and its columns are eigenvectors on return. Work c, s: n for each of Rotations::most; inside:
/// n + 1. Meanwhile what is expected is fetched. Returns the lanes that have not converged.
inline Mask implicit_ql(int n, Lanes* d, Lanes* e, Lanes* z, Lanes* c, Lanes* s, Mask* inside, Expected expected) {
  const int most_sweeps = 30 * n;
  inside[n - 1] = no_lane();
  int settled = 0;  // e is zero before it, in all lanes
  Rotations waiting{c, s};
  for (int sweep = 0;; ++sweep) {
    // The first block of each lane: columns i with e_i not negligible from its start on.
    Mask started = no_lane(), ended = no_lane();
    Lanes first_d = lanes(0), next_d = lanes(0), first_e = lanes(1), last_d = lanes(0);
    int first = n, last = -1;
    for (int i = settled; i + 1 < n; ++i) {
      const Lanes bound = max(epsilon * (abs(d[i]) + abs(d[i + 1])), lanes(tiny));
      const Mask large = less(bound, abs(e[i]));
      e[i] = select(large, e[i], Lanes{});
      const Mask in = large & ~ended;
      const Mask starts = in & ~started;
      if (any(starts)) {
        first_d = select(starts, d[i], first_d);
        next_d = select(starts, d[i + 1], next_d);
        first_e = select(starts, e[i], first_e);
      }
      last_d = select(in, d[i + 1], last_d);
      started = started | in;
      ended = ended | (started & ~in);
      inside[i] = in;
      if (any(in)) {
        last = i;
        if (first == n) first = i;
      }
    }
    if (last < 0 || sweep == most_sweeps) {
      if (waiting.count > 0) rotate(n, z, waiting, sweep - waiting.count);
      return last < 0 ? no_lane() : started;
    }
    settled = first;

    // Wilkinson's shift: the eigenvalue of the leading 2 × 2 matrix of the block that is closer to its first entry.
    // 1/x as the square of 1/√x, for speed: a shift need not be exact.
    const Lanes half = 0.5 * (next_d - first_d), product = first_e * first_e;
    const Lanes squares = half * half + product;
    const Lanes inverse_sum = inverse_sqrt(abs(half) + squares * inverse_sqrt(squares));
    const Lanes step = product * inverse_sum * inverse_sum;
    const Lanes shifted = last_d - first_d + select(less(half, Lanes{}), -step, step);

    // The chain from one rotation to the next decides the speed: what does not wait for the root is done beside it.
    Lanes g{}, p{}, f{}, b{};  // f = sine·e_i and b = cosine·e_i of the rotation before
    for (int i = last; i >= first; --i) {
      const Mask in = inside[i], starts = in & ~inside[i + 1];
      if (any(starts)) {
        g = select(starts, shifted, g);
        p = select(starts, Lanes{}, p);
        f = select(starts, e[i], f);
        b = select(starts, e[i], b);
      }
      const Lanes next_e = i > 0 ? e[i - 1] : Lanes{};
      const Lanes centre = d[i + 1] - p;
      const Lanes unscaled = (d[i] - centre) * f + 2.0 * g * b;
      const Lanes next_f = f * next_e, next_b = g * next_e;
      const Lanes square = g * g + f * f;  // in this order: g comes last
      const InverseRoot root = inverse_root(square);
      Lanes sine = f * root, cosine = g * root, length = square * root, r = unscaled * root;
      f = next_f * root;
      const Lanes b_before = b;
      b = next_b * root;
      if (const Mask vanishes = in & less(square, lanes(tiny_square)); any(vanishes)) {
        sine = select(vanishes, Lanes{}, sine);
        cosine = select(vanishes, lanes(1), cosine);
        length = select(vanishes, Lanes{}, length);
        r = select(vanishes, 2.0 * b_before, r);
        f = select(vanishes, Lanes{}, f);
        b = select(vanishes, next_e, b);
      }
      e[i + 1] = select(in & ~starts, length, e[i + 1]);
      p = sine * r;
      d[i + 1] = select(in, centre + p, d[i + 1]);
      g = cosine * r - b_before;
      c[i] = select(in, cosine, lanes(1));
      s[i] = select(in, sine, Lanes{});
      const Mask ends = i == 0 ? in : in & ~inside[i - 1];
      if (any(ends)) {
        d[i] = select(ends, d[i] - p, d[i]);
        e[i] = select(ends, g, e[i]);
      }
    }
    if (z == nullptr) continue;
    fetch(expected, n);
    if (n < 24) {
      // Done beside the next sweep, which waits for its roots. For larger matrices what counts is how often memory is
      // touched.
      in_groups<5>(n, [&](int row, auto rows) {
        const int reach = row + rows.value - 1 + sweep, from = reach < last ? reach : last;
        if (from >= first) rotate_rows<rows.value>(n, z + row * n, c, s, first, from);
      });
      continue;
    }
    waiting.first[waiting.count] = first;
    waiting.last[waiting.count] = last;
    ++waiting.count;
    if (waiting.count == Rotations::most) rotate(n, z, waiting, sweep + 1 - waiting.count);
    c = waiting.c + waiting.count * n;
    s = waiting.s + waiting.count * n;
  }
}

/// sum += conj(v) x
inline void add_product(Complex v, Complex x, Complex& sum) {
  sum.re += v.re * x.re;
  sum.im += v.re * x.im;
  sum.re += v.im * x.im;
  sum.im -= v.im * x.re;
}
/// x −= v factor
inline void subtract_product(Complex v, Complex factor, Complex& x) {
  x.re -= v.re * factor.re;
  x.im -= v.re * factor.im;
  x.re += v.im * factor.im;
  x.im -= v.im * factor.re;
}

/// Products conj(v_{k−1})·v_k of the vectors of reflections that reflect_columns applies together.
inline void products_of_pairs(int n, const Complex* a, Complex* product) {
  for (int k = n - 3; k > 0; k -= 2) {
    Complex sum{};
    for (int i = k + 1; i < n; ++i) add_product(a[(k - 1) * n + i], a[k * n + i], sum);
    product[k] = sum;
  }
}

/// Columns of x (stride n): x −= tau v (vᴴ x) for the reflections k = n − 3, …, 0 that column k of a holds. Two at
/// once: for the second, the first changes only the product vᴴ x.
template <int columns>
inline void reflect_columns(int n, const Complex* a, const Lanes* tau, const Complex* product, Complex* x) {
  int k = n - 3;
  for (; k > 0; k -= 2) {
    const Complex *const v = a + k * n, *const u = v - n;
    Complex by_v[columns], by_u[columns];
    for (int j = 0; j < columns; ++j) {
      by_v[j] = by_u[j] = Complex{};
      add_product(u[k], x[j * n + k], by_u[j]);
    }
    for (int i = k + 1; i < n; ++i) {
      const Complex vi = v[i], ui = u[i];
      for (int j = 0; j < columns; ++j) {
        const Complex xi = x[j * n + i];
        add_product(vi, xi, by_v[j]);
        add_product(ui, xi, by_u[j]);
      }
    }
    for (int j = 0; j < columns; ++j) {
      by_v[j] = {tau[k] * by_v[j].re, tau[k] * by_v[j].im};
      subtract_product(product[k], by_v[j], by_u[j]);
      by_u[j] = {tau[k - 1] * by_u[j].re, tau[k - 1] * by_u[j].im};
      subtract_product(u[k], by_u[j], x[j * n + k]);
    }
    for (int i = k + 1; i < n; ++i) {
      const Complex vi = v[i], ui = u[i];
      for (int j = 0; j < columns; ++j) {
        Complex xi = x[j * n + i];
        subtract_product(vi, by_v[j], xi);
        subtract_product(ui, by_u[j], xi);
        x[j * n + i] = xi;
      }
    }
  }
  if (k < 0) return;
  for (int j = 0; j < columns; ++j) {
    Complex by{};
    for (int i = 1; i < n; ++i) add_product(a[i], x[j * n + i], by);
    by = {tau[0] * by.re, tau[0] * by.im};
    for (int i = 1; i < n; ++i) subtract_product(a[i], by, x[j * n + i]);
  }
}

}  // namespace
}  // namespace rdd::RDD_LANES_NAMESPACE
