// Numbers of two doubles, hi + lo with |lo| ≤ ½ ulp(hi): about 31 digits [Dekker71]. Everything rests on the two
// error-free operations, a + b = s + e and a·b = p + e, which hold as long as the compiler keeps to IEEE arithmetic.
#pragma once

namespace rdd {

struct DoubleDouble {
  double hi = 0, lo = 0;
};

/// Sum and its error, for |a| ≥ |b|.
inline DoubleDouble quick_two_sum(double a, double b) {
  const double s = a + b;
  return {s, b - (s - a)};
}

/// Sum and its error.
inline DoubleDouble two_sum(double a, double b) {
  const double s = a + b, part = s - a;
  return {s, (a - (s - part)) + (b - part)};
}

/// Product and its error, from halves of 26 bits. |a|, |b| < 1e290.
inline DoubleDouble two_product(double a, double b) {
  constexpr double splitter = 134217729;  // 2²⁷ + 1
  const double p = a * b;
  const double ta = splitter * a, tb = splitter * b;
  const double ah = ta - (ta - a), bh = tb - (tb - b);
  const double al = a - ah, bl = b - bh;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_sum(a.hi, b.hi), low = two_sum(a.lo, b.lo);
  const DoubleDouble sum = quick_two_sum(high.hi, high.lo + low.hi);
  return quick_two_sum(sum.hi, sum.lo + low.lo);
}

inline DoubleDouble operator-(DoubleDouble a) {
  return {-a.hi, -a.lo};
}

inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble p = two_product(a.hi, b.hi);
  return quick_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

inline DoubleDouble operator/(DoubleDouble a, double b) {
  const double q = a.hi / b;
  const DoubleDouble p = two_product(q, b);
  return quick_two_sum(q, ((a.hi - p.hi) - p.lo + a.lo) / b);
}

}  // namespace rdd
