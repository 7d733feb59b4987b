// The transforms of waves.hpp for programs that must do without FFTW: axis by axis, in O(n log n) operations for a line
// of any n points.
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Index = Eigen::Index;

// Several lines of numbers side by side, [point][line]: what is done to one of them is done to all at once.
class Lines {
 public:
  void resize(Index points, Index lines) {
    numbers_.resize(points * lines);
    lines_ = lines;
  }
  Index lines() const { return lines_; }
  // The numbers at a point, or at this and the next ones.
  auto at(Index point, Index points = 1) { return numbers_.segment(point * lines_, points * lines_); }
  void swap(Lines& other) {
    numbers_.swap(other.numbers_);
    std::swap(lines_, other.lines_);
  }

 private:
  Eigen::ArrayXcd numbers_;
  Index lines_ = 0;
};

// The product of std::complex without its search for infinities, which takes most of the time.
Complex product(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// e^(−2πi j/n), exact at multiples of a quarter turn.
Complex root(Index j, Index n) {
  const Index quarters = 4 * (j % n) / n, rest = 4 * (j % n) % n;
  const Complex turned = std::polar(1.0, -std::numbers::pi / 2 * static_cast<double>(rest) / static_cast<double>(n));
  switch (quarters) {
    case 0:
      return turned;
    case 1:
      return {turned.imag(), -turned.real()};
    case 2:
      return -turned;
    default:
      return {-turned.imag(), turned.real()};
  }
}

// X_j = Σ_m x_m e^(−2πi jm/n).
class Fourier {
 public:
  virtual ~Fourier() = default;
  // The sums in place of the numbers.
  virtual void transform(Lines& x) = 0;
};

// With n = r·n', j = r·j' + k and m = m' + n'·l, the sums are r of n' terms each,
//   X_j = Σ_m' e^(−2πi j'm'/n') y_km',   y_km' = e^(−2πi k m'/n) Σ_l e^(−2πi kl/r) x_(m' + n'l),
// for which the same holds. After each factor r of n the sums still to do lie interleaved, and in the end the results
// in order (Stockham).
class FactorFourier : public Fourier {
 public:
  FactorFourier(Index n, std::vector<Index> factors) : factors_(std::move(factors)) {
    for (Index j = 0; j < n; ++j) roots_.push_back(root(j, n));
  }

  void transform(Lines& x) override {
    const Index n = static_cast<Index>(roots_.size());
    y_.resize(n, x.lines());
    Index interleaved = 1;
    for (const Index r : factors_) {
      const Index terms = n / interleaved / r;
      for (Index m = 0; m < terms; ++m) step(r, m, terms, interleaved, x);
      interleaved *= r;
      x.swap(y_);
    }
  }

 private:
  // y_km for all k < r, and all the sums that lie interleaved.
  void step(Index r, Index m, Index terms, Index interleaved, Lines& x) {
    const auto in = [&](Index l) { return x.at((m + terms * l) * interleaved, interleaved); };
    const auto out = [&](Index k) { return y_.at((r * m + k) * interleaved, interleaved); };
    const auto turn = [&](Index k) { return roots_[static_cast<std::size_t>(k * m * interleaved)]; };
    if (r == 4) {  // the sums are without products
      const auto a = in(0), b = in(1), c = in(2), d = in(3);
      auto A = out(0), B = out(1), C = out(2), D = out(3);
      const Complex w = turn(1), w2 = turn(2), w3 = turn(3);
      for (Index q = 0; q < a.size(); ++q) {
        const Complex even = a[q] + c[q], even_minus = a[q] - c[q], odd = b[q] + d[q], odd_minus = b[q] - d[q];
        const Complex turned(odd_minus.imag(), -odd_minus.real());
        A[q] = even + odd;
        B[q] = product(w, even_minus + turned);
        C[q] = product(w2, even - odd);
        D[q] = product(w3, even_minus - turned);
      }
      return;
    }
    const Index n = static_cast<Index>(roots_.size());
    for (Index k = 0; k < r; ++k) {
      out(k) = in(0);
      for (Index l = 1; l < r; ++l) out(k) += roots_[static_cast<std::size_t>(k * l % r * (n / r))] * in(l);
      out(k) *= turn(k);
    }
  }

  std::vector<Index> factors_;
  std::vector<Complex> roots_;  // e^(−2πi j/n)
  Lines y_;
};

// For n with a large prime factor: as jm = (j² + m² − (j − m)²)/2,
//   X_j = c_j Σ_m (c_m x_m) c̄_(j − m),   c_j = e^(−πi j²/n),
// a convolution, which Fourier sums of N ≥ 2n − 1 terms turn into products (Bluestein). N is a power of two.
class ConvolutionFourier : public Fourier {
 public:
  ConvolutionFourier(Index n, Index N, std::unique_ptr<Fourier> longer) : N_(N), longer_(std::move(longer)) {
    for (Index j = 0; j < n; ++j) chirp_.push_back(root(j * j % (2 * n), 2 * n));
    Lines spectrum;
    spectrum.resize(N, 1);
    spectrum.at(0, N).setZero();
    for (Index j = 0; j < n; ++j)
      spectrum.at(j) = spectrum.at((N - j) % N) = std::conj(chirp_[static_cast<std::size_t>(j)]);
    longer_->transform(spectrum);
    for (Index j = 0; j < N; ++j) spectrum_.push_back(spectrum.at(j)[0] / static_cast<double>(N));
  }

  void transform(Lines& x) override {
    const Index n = static_cast<Index>(chirp_.size());
    y_.resize(N_, x.lines());
    y_.at(n, N_ - n).setZero();
    for (Index m = 0; m < n; ++m) y_.at(m) = chirp_[static_cast<std::size_t>(m)] * x.at(m);
    longer_->transform(y_);
    for (Index j = 0; j < N_; ++j) y_.at(j) *= spectrum_[static_cast<std::size_t>(j)];
    longer_->transform(y_);
    // The same sums read backwards are those with e^(+2πi jm/N).
    for (Index j = 0; j < n; ++j) x.at(j) = chirp_[static_cast<std::size_t>(j)] * y_.at((N_ - j) % N_);
  }

 private:
  Index N_;
  std::unique_ptr<Fourier> longer_;
  std::vector<Complex> chirp_, spectrum_;  // c; Fourier sums of c̄, by N
  Lines y_;
};

// Fours, at most one two, and then primes, the largest last.
std::vector<Index> factors(Index n) {
  std::vector<Index> factors;
  const auto divide_by = [&](Index r) {
    for (; n % r == 0; n /= r) factors.push_back(r);
  };
  divide_by(4);
  divide_by(2);
  for (Index r = 3; r * r <= n; r += 2) divide_by(r);
  if (n > 1) factors.push_back(n);
  return factors;
}

std::unique_ptr<Fourier> fourier(Index n) {
  constexpr Index large = 50;  // of a factor: its square sums cost more than the convolution
  const std::vector<Index> r = factors(n);
  if (r.empty() || r.back() < large) return std::make_unique<FactorFourier>(n, r);
  Index N = 1;
  while (N < 2 * n - 1) N *= 2;
  return std::make_unique<ConvolutionFourier>(n, N, std::make_unique<FactorFourier>(N, factors(N)));
}

// Between reflecting walls, and with s = ½ instead of 0 between a reflecting and an absorbing one,
//   Y_j = 2 Σ_m x_m cos(π(m + ½)(j + s)/n).
// The even points in order, then the odd ones from the last to the first, are u_q = x_2q or ±x_(2n − 1 − 2q), minus for
// s = ½. Then
//   Y_j = 2 Σ_q u_q cos(π(2q + ½)(j + s)/n) = w_j F_j + w̄_j F_(−j − 2s),
//   F_j = Σ_q (u_q e^(−2πi qs/n)) e^(−2πi jq/n),   w_j = e^(−πi (j + s)/2n),
// with F periodic (Makhoul). With i w_j for the w of −j − 2s, it follows that
//   2 F_j = w̄_j (Y_j − i Y_(n − j − 2s)),   Y_n = 0.
//
// Below an absorbing wall, sin(π(m + ½)(n − j − s)/n) = (−1)^m cos(π(m + ½)(j + s)/n): the same of (−1)^m x_m, with the
// waves in the opposite order.
class Standing {
 public:
  Standing(const std::array<Boundary, 2>& walls, Index n)
      : n_(n), odd_(walls[0] == Boundary::absorbing), twice_s_(walls[0] == walls[1] ? 0 : 1), fourier_(fourier(n)) {
    for (Index q = 0; q < n; ++q) {
      const bool minus = (odd_ && point(q) % 2 == 1) != (twice_s_ == 1 && 2 * q >= n);
      before_.push_back((minus ? -1.0 : 1.0) * root(q * twice_s_, 2 * n));
      after_.push_back(root(2 * q + twice_s_, 8 * n));
    }
  }

  // x to Y.
  void analyse(Lines& x) {
    u_.resize(n_, x.lines());
    for (Index q = 0; q < n_; ++q) u_.at(q) = before_[static_cast<std::size_t>(q)] * x.at(point(q));
    fourier_->transform(u_);
    for (Index j = 0; j < n_; ++j) {
      const Complex w = after_[static_cast<std::size_t>(j)];
      x.at(wave(j)) = w * u_.at(j) + std::conj(w) * u_.at((n_ - j - twice_s_) % n_);
    }
  }

  // Y to 2n x.
  void synthesise(Lines& Y) {
    u_.resize(n_, Y.lines());
    for (Index j = 0; j < n_; ++j) {
      const Complex back = std::conj(after_[static_cast<std::size_t>(j)]);
      const Index mirrored = n_ - j - twice_s_;
      if (mirrored < n_)
        u_.at(j) = back * (Y.at(wave(j)) - Complex(0, 1) * Y.at(wave(mirrored)));
      else
        u_.at(j) = Y.at(wave(j));
    }
    fourier_->transform(u_);  // and read backwards
    for (Index q = 0; q < n_; ++q)
      Y.at(point(q)) = std::conj(before_[static_cast<std::size_t>(q)]) * u_.at((n_ - q) % n_);
  }

 private:
  Index point(Index q) const { return 2 * q < n_ ? 2 * q : 2 * n_ - 1 - 2 * q; }
  Index wave(Index j) const { return odd_ ? n_ - 1 - j : j; }

  Index n_;
  bool odd_;
  Index twice_s_;
  std::unique_ptr<Fourier> fourier_;
  std::vector<Complex> before_, after_;  // ±e^(−2πi qs/n); w
  Lines u_;
};

// One axis of an array.
struct Axis {
  Index points, stride;
  // Where a line along it begins.
  Index start(Index line) const { return line % stride + line / stride * points * stride; }
};

// Lines are transformed a few at once, so that they stay in the cache.
constexpr Index most = 16;
using Starts = std::array<Index, most>;

Starts starts(const Axis& axis, Index first, Index lines) {
  Starts starts;
  for (Index i = 0; i < most; ++i) starts[static_cast<std::size_t>(i)] = axis.start(std::min(first + i, lines - 1));
  return starts;
}

// All that is done to lines is linear, so that two of real numbers make one of complex numbers. An odd one out is its
// own partner.
Index pairs(Index first, Index lines) {
  return (std::min(most, lines - first) + 1) / 2;
}

void take_pairs(const double* values, const Axis& axis, const Starts& starts, Index pairs, Lines& x) {
  x.resize(axis.points, pairs);
  for (Index m = 0; m < axis.points; ++m)
    for (Index q = 0; q < pairs; ++q) {
      const auto i = static_cast<std::size_t>(2 * q);
      x.at(m)[q] = {values[starts[i] + m * axis.stride], values[starts[i + 1] + m * axis.stride]};
    }
}

// The number at m is that at place(m) of the lines.
template <class Place>
void put_pairs(Lines& x, const Place& place, double* values, const Axis& axis, const Starts& starts) {
  for (Index m = 0; m < axis.points; ++m)
    for (Index q = 0; q < x.lines(); ++q) {
      const auto i = static_cast<std::size_t>(2 * q);
      const Complex pair = x.at(place(m))[q];
      values[starts[i] + m * axis.stride] = pair.real();
      values[starts[i + 1] + m * axis.stride] = pair.imag();
    }
}

// An axis between walls, of one component.
using StandingTransform = void (Standing::*)(Lines&);
void transform(double* values, Index size, const Axis& axis, Standing& standing, StandingTransform transform,
               Lines& x) {
  const Index lines = size / axis.points;
  for (Index first = 0; first < lines; first += most) {
    const Starts at = starts(axis, first, lines);
    take_pairs(values, axis, at, pairs(first, lines), x);
    (standing.*transform)(x);
    put_pairs(x, std::identity(), values, axis, at);
  }
}

// The first periodic axis, of one component. From the sums Z of a pair a + ib follow those of its lines, A_j = (Z_j +
// conj Z_(n−j))/2 and B_j = (Z_j − conj Z_(n−j))/2i.
void analyse_halved(const double* values, Index size, const Axis& axis, Complex* amplitudes, const Axis& halved,
                    Fourier& fourier, Lines& x) {
  const Index n = axis.points, lines = size / n;
  for (Index first = 0; first < lines; first += most) {
    take_pairs(values, axis, starts(axis, first, lines), pairs(first, lines), x);
    fourier.transform(x);
    const Starts at = starts(halved, first, lines);
    for (Index j = 0; j < halved.points; ++j)
      for (Index q = 0; q < x.lines(); ++q) {
        const auto i = static_cast<std::size_t>(2 * q);
        const Complex Z = x.at(j)[q], mirrored = std::conj(x.at((n - j) % n)[q]);
        amplitudes[at[i] + j * halved.stride] = 0.5 * (Z + mirrored);
        amplitudes[at[i + 1] + j * halved.stride] = product({0, -0.5}, Z - mirrored);
      }
  }
}

// Back: Z_j = A_j + iB_j, Z_(n−j) = conj A_j + i conj B_j, where both are one the mean of the two.
void synthesise_halved(const Complex* amplitudes, const Axis& halved, double* values, Index size, const Axis& axis,
                       Fourier& fourier, Lines& x) {
  const Index n = axis.points, lines = size / n;
  for (Index first = 0; first < lines; first += most) {
    const Starts at = starts(halved, first, lines);
    x.resize(n, pairs(first, lines));
    for (Index j = 0; j < halved.points; ++j)
      for (Index q = 0; q < x.lines(); ++q) {
        const auto pair = static_cast<std::size_t>(2 * q);
        const Complex A = amplitudes[at[pair] + j * halved.stride], B = amplitudes[at[pair + 1] + j * halved.stride];
        const Index mirrored = (n - j) % n;
        x.at(j)[q] = {A.real() - B.imag(), A.imag() + B.real()};
        x.at(mirrored)[q] =
            mirrored == j ? Complex(A.real(), B.real()) : Complex(A.real() + B.imag(), B.real() - A.imag());
      }
    fourier.transform(x);
    const auto backwards = [n](Index m) { return (n - m) % n; };
    put_pairs(x, backwards, values, axis, starts(axis, first, lines));
  }
}

// Any other periodic axis, of one component; backwards, with e^(+2πi jm/n).
void transform(Complex* amplitudes, Index size, const Axis& axis, Fourier& fourier, bool backwards, Lines& x) {
  const Index n = axis.points, lines = size / n;
  for (Index first = 0; first < lines; first += most) {
    const Starts at = starts(axis, first, lines);
    x.resize(n, std::min(most, lines - first));
    for (Index m = 0; m < n; ++m)
      for (Index q = 0; q < x.lines(); ++q) x.at(m)[q] = amplitudes[at[static_cast<std::size_t>(q)] + m * axis.stride];
    fourier.transform(x);
    for (Index j = 0; j < n; ++j)
      for (Index q = 0; q < x.lines(); ++q)
        amplitudes[at[static_cast<std::size_t>(q)] + j * axis.stride] = x.at(backwards ? (n - j) % n : j)[q];
  }
}

struct StandingAxis {
  Axis axis;
  Standing standing;
};

struct PlaneAxis {
  Axis axis, wave_axis;  // of the field, of the amplitudes
  std::unique_ptr<Fourier> fourier;
};

}  // namespace

struct Waves::Transforms {
  std::vector<double> values;
  std::vector<Complex> amplitudes;
  std::vector<StandingAxis> standing;
  std::vector<PlaneAxis> plane;  // the halved one first
  Lines x;
};

Waves::Waves(const Grid& grid, int components)
    : grid_(grid),
      size_(grid.cells() * static_cast<std::size_t>(components)),
      counts_(grid.points),
      transforms_(std::make_unique<Transforms>()) {
  count_waves();
  Transforms& t = *transforms_;
  Index stride = 1, wave_stride = 1;
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
    const Index n = grid.points[a];
    const Axis axis{n, stride}, wave_axis{counts_[a], wave_stride};
    if (grid.periodic(static_cast<int>(a)))
      t.plane.push_back({axis, wave_axis, fourier(n)});
    else
      t.standing.push_back({axis, Standing(grid.boundary[a], n)});
    stride *= n;
    wave_stride *= counts_[a];
  }
  t.values.resize(size_);
  t.amplitudes.resize(modes_ * static_cast<std::size_t>(components));
  amplitudes_ = t.amplitudes.data();
}

Waves::~Waves() = default;

const char* Waves::transforms() {
  return "transforms of its own";
}

void Waves::analyse(const double* field) {
  Transforms& t = *transforms_;
  const auto cells = static_cast<Index>(grid_.cells()), modes = static_cast<Index>(modes_);
  std::copy(field, field + size_, t.values.begin());
  Complex* amplitudes = amplitudes_;
  for (double* values = t.values.data(); values != t.values.data() + size_; values += cells, amplitudes += modes) {
    for (StandingAxis& a : t.standing) transform(values, cells, a.axis, a.standing, &Standing::analyse, t.x);
    for (PlaneAxis& a : t.plane)
      if (&a == &t.plane.front())
        analyse_halved(values, cells, a.axis, amplitudes, a.wave_axis, *a.fourier, t.x);
      else
        transform(amplitudes, modes, a.wave_axis, *a.fourier, false, t.x);
  }
  if (t.plane.empty()) std::copy(t.values.begin(), t.values.end(), amplitudes_);
  for (Complex& amplitude : t.amplitudes) amplitude /= scale_;
}

void Waves::synthesise(double* field) {
  Transforms& t = *transforms_;
  const auto cells = static_cast<Index>(grid_.cells()), modes = static_cast<Index>(modes_);
  if (t.plane.empty())
    std::transform(amplitudes_, amplitudes_ + size_, t.values.begin(),
                   [](Complex amplitude) { return amplitude.real(); });
  Complex* amplitudes = amplitudes_;
  for (double* values = t.values.data(); values != t.values.data() + size_; values += cells, amplitudes += modes) {
    for (std::size_t a = t.plane.size(); a-- > 0;)
      if (PlaneAxis& p = t.plane[a]; a == 0)
        synthesise_halved(amplitudes, p.wave_axis, values, cells, p.axis, *p.fourier, t.x);
      else
        transform(amplitudes, modes, p.wave_axis, *p.fourier, true, t.x);
    for (StandingAxis& a : t.standing) transform(values, cells, a.axis, a.standing, &Standing::synthesise, t.x);
  }
  std::copy(t.values.begin(), t.values.end(), field);
}

}  // namespace rdd
