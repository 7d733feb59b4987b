#include "runtime/certificate/propagator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>

#include "runtime/certificate/double_double.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"

namespace rdd {
namespace {

using Eigen::Index;

struct ComplexDouble {
  DoubleDouble re, im;
};

ComplexDouble operator*(const ComplexDouble& a, const ComplexDouble& b) {
  return {a.re * b.re + -(a.im * b.im), a.re * b.im + a.im * b.re};
}

/// e^{iφ}. Its modulus is 1 to the last of the thirty digits, so that hops conserve the walkers; its angle is φ to the
/// sixteen digits that φ has.
ComplexDouble unit(double phase) {
  const double c = std::cos(phase), s = std::sin(phase);
  const DoubleDouble square = two_product(c, c) + two_product(s, s);
  const double excess = (square.hi - 1) + square.lo;  // 1e-16: one Newton step suffices
  return {quick_two_sum(c, -0.5 * excess * c), quick_two_sum(s, -0.5 * excess * s)};
}

/// t Q̃(k), entry by entry, in thirty digits. Phases of hops are powers of those of the lattice vectors, hence
/// consistent around every loop.
std::vector<ComplexDouble> generator(const RateNetwork& network, const Eigen::VectorXd& phases, double time) {
  const auto states = static_cast<std::size_t>(network.size());
  std::vector<ComplexDouble> result(states * states);  // row by row
  for (const Hop& hop : network.hops) {
    if (stays(hop)) continue;
    const DoubleDouble weight = two_product(hop.rate, time);
    ComplexDouble entry{weight, {}};
    for (Index axis = 0; axis < phases.size(); ++axis) {
      const int moved = hop.cell[static_cast<std::size_t>(axis)];
      const ComplexDouble factor = unit(moved > 0 ? -phases(axis) : phases(axis));  // exp(i d·k), d = −moved
      for (int i = 0; i < std::abs(moved); ++i) entry = entry * factor;
    }
    const auto from = static_cast<std::size_t>(hop.from), to = static_cast<std::size_t>(hop.to);
    ComplexDouble& place = result[to * states + from];
    place = {place.re + entry.re, place.im + entry.im};
    ComplexDouble& diagonal = result[from * states + from];
    diagonal.re = diagonal.re + -weight;
  }
  return result;
}

/// A complex matrix of thirty digits: four planes, row by row.
struct Precise {
  std::size_t size;
  std::array<std::vector<double>, 4> planes;  ///< re.hi, re.lo, im.hi, im.lo
  explicit Precise(std::size_t n) : size(n) { planes.fill(std::vector<double>(n * n)); }
};

/// c += a·b, term by term along a row: the compiler makes vectors of it.
inline void accumulate(std::size_t count, DoubleDouble a, const double* bh, const double* bl, double* ch, double* cl) {
  for (std::size_t j = 0; j < count; ++j) {
    const DoubleDouble p = two_product(a.hi, bh[j]);
    const double p_low = p.lo + (a.hi * bl[j] + a.lo * bh[j]);
    const DoubleDouble s = two_sum(ch[j], p.hi);
    const DoubleDouble sum = quick_two_sum(s.hi, s.lo + (cl[j] + p_low));
    ch[j] = sum.hi;
    cl[j] = sum.lo;
  }
}

Precise operator*(const Precise& a, const Precise& b) {
  Precise c(a.size);
  const std::size_t n = a.size;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t at = i * n + k, row = k * n, out = i * n;
      const DoubleDouble re{a.planes[0][at], a.planes[1][at]}, im{a.planes[2][at], a.planes[3][at]};
      const double *brh = &b.planes[0][row], *brl = &b.planes[1][row], *bih = &b.planes[2][row],
                   *bil = &b.planes[3][row];
      double *crh = &c.planes[0][out], *crl = &c.planes[1][out], *cih = &c.planes[2][out], *cil = &c.planes[3][out];
      accumulate(n, re, brh, brl, crh, crl);
      accumulate(n, -im, bih, bil, crh, crl);
      accumulate(n, re, bih, bil, cih, cil);
      accumulate(n, im, brh, brl, cih, cil);
    }
  }
  return c;
}

/// b ← b / divisor.
void divide(Precise& b, double divisor) {
  for (const std::size_t part : {0u, 2u})
    for (std::size_t i = 0; i < b.size * b.size; ++i) {
      const DoubleDouble q = DoubleDouble{b.planes[part][i], b.planes[part + 1][i]} / divisor;
      b.planes[part][i] = q.hi;
      b.planes[part + 1][i] = q.lo;
    }
}
void divide(Eigen::MatrixXcd& b, double divisor) {
  b /= divisor;
}

/// a ← a + b.
void add(Precise& a, const Precise& b) {
  for (const std::size_t part : {0u, 2u})
    for (std::size_t i = 0; i < a.size * a.size; ++i) {
      const DoubleDouble sum = DoubleDouble{a.planes[part][i], a.planes[part + 1][i]} +
                               DoubleDouble{b.planes[part][i], b.planes[part + 1][i]};
      a.planes[part][i] = sum.hi;
      a.planes[part + 1][i] = sum.lo;
    }
}
void add(Eigen::MatrixXcd& a, const Eigen::MatrixXcd& b) {
  a += b;
}

Precise identity_like(const Precise& a) {
  Precise one(a.size);
  for (std::size_t i = 0; i < a.size; ++i) one.planes[0][i * a.size + i] = 1;
  return one;
}
Eigen::MatrixXcd identity_like(const Eigen::MatrixXcd& a) {
  return Eigen::MatrixXcd::Identity(a.rows(), a.cols());
}

Eigen::MatrixXcd rounded(const Precise& a) {
  const auto n = static_cast<Index>(a.size);
  Eigen::MatrixXcd result(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * n + j);
      result(i, j) = {a.planes[0][at], a.planes[2][at]};
    }
  return result;
}
const Eigen::MatrixXcd& rounded(const Eigen::MatrixXcd& a) {
  return a;
}

/// exp of a matrix of norm ½ at most.
template <class Matrix>
Matrix short_exponential(const Matrix& generator) {
  Matrix sum = identity_like(generator), term = sum;
  for (int n = 1; n <= 24; ++n) {  // ½²⁵/25! = 2e-33
    term = Matrix(term * generator);
    divide(term, n);
    add(sum, term);
  }
  return sum;
}

template <class Matrix>
void climb(Matrix now, int doublings, int count, const std::function<bool(int, const Eigen::MatrixXcd&)>& at) {
  const auto squared = [](const Matrix& a) { return Matrix(a * a); };
  for (int i = 0; i < doublings; ++i) now = squared(now);
  for (int i = 0; i < count; i += 3) {
    if (!at(i, rounded(now)) || i + 1 == count) return;
    const Matrix twice = squared(now);
    if (!at(i + 1, rounded(twice)) || i + 2 == count) return;
    const Matrix five = Matrix(squared(twice) * now);
    if (!at(i + 2, rounded(five))) return;
    now = squared(five);
  }
}

}  // namespace

std::vector<double> time_ladder(double first, int count) {
  static constexpr double mantissas[] = {1, 2, 5};
  std::vector<double> times;
  double decade = first;
  for (int i = 0; i < count; ++i) {
    times.push_back(mantissas[i % 3] * decade);
    if (i % 3 == 2) decade *= 10;
  }
  return times;
}

void propagate(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& phases, double first, int count,
               Precision precision, const std::function<bool(int, const Eigen::MatrixXcd&)>& at) {
  expects(phases.size() == network.lattice.dimension(), "one phase for each lattice vector");
  expects(first > 0 && std::isfinite(first) && count > 0, "positive times");
  const double norm = 2 * first * network.escape.maxCoeff();
  const int doublings = std::max(0, static_cast<int>(std::ceil(std::log2(norm))) + 1);
  const std::vector<ComplexDouble> entries = generator(network, phases, std::ldexp(first, -doublings));
  const Index n = network.size();
  if (precision == Precision::plain) {
    Eigen::MatrixXcd matrix(n, n);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        const ComplexDouble& entry = entries[static_cast<std::size_t>(i * n + j)];
        matrix(i, j) = {entry.re.hi, entry.im.hi};
      }
    climb(short_exponential(matrix), doublings, count, at);
    return;
  }
  Precise matrix(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    matrix.planes[0][i] = entries[i].re.hi;
    matrix.planes[1][i] = entries[i].re.lo;
    matrix.planes[2][i] = entries[i].im.hi;
    matrix.planes[3][i] = entries[i].im.lo;
  }
  climb(short_exponential(matrix), doublings, count, at);
}

double propagator_error(const RateNetwork& network, double time, Precision precision) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double products = network.size() * std::max(1.0, time * network.escape.maxCoeff());
  return std::max(epsilon, products * (precision == Precision::plain ? epsilon : epsilon * epsilon));
}

}  // namespace rdd
