// Two facts of numerical linear algebra are joined here. A walk can be watched on fewer and fewer states without any
// subtraction: when a state is left out, every way through it becomes a direct way between its neighbours (Grassmann,
// Taksar & Heyman 1985). In terms of matrices that is the factorisation −Q̃ = L D Lᴴ, every entry of L and D found to
// nearly full relative accuracy, as for other diagonally dominant matrices (Alfa, Xue & Ye 2002). And such a factored
// matrix with well-conditioned L, however graded its D, determines each of its eigenvalues to relative accuracy;
// one-sided Jacobi rotations of the columns of L D^{1/2} find them (Demmel et al. 1999). The fastest state goes first,
// so that |L| ≤ 1 and the columns come out sorted.
//
// For k ≠ 0 a way has a phase factor 1 + u, and ways in parallel do not quite add up: what interference takes away,
// 1 − |p (1 + u) + q (1 + v)| = p q |u − v|²/(1 + |p (1 + u) + q (1 + v)|) for p + q = 1, is a rate at which waves of
// this k die. Like the rates of leaving it is positive and never the small difference of large numbers. Factors are
// kept as their distance u from 1, and phases are measured in a frame in which the hops of a spanning tree of largest
// flux have none, so that the small differences of phases around the fast cycles keep their digits.
#include "runtime/spectrum/accurate.hpp"

#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

double digits_for(double relative_error) {
  return std::clamp(-std::log10(relative_error), 0.0, -std::log10(epsilon));
}

/// Cells (3, M) for the states such that the hops of a spanning tree of largest flux lead nowhere.
Eigen::Matrix3Xd tree_cells(const RateNetwork& network) {
  std::vector<std::size_t> order(network.hops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto log_flux = [&](std::size_t h) {
    return std::log(network.hops[h].rate) + network.log_weights(network.hops[h].from);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return log_flux(a) > log_flux(b); });
  Eigen::Matrix3Xd cells = Eigen::Matrix3Xd::Zero(3, network.size());
  std::vector<int> root(static_cast<std::size_t>(network.size()));
  std::iota(root.begin(), root.end(), 0);
  for (const std::size_t h : order) {
    const Hop& hop = network.hops[h];
    const int kept = root[static_cast<std::size_t>(hop.from)], joined = root[static_cast<std::size_t>(hop.to)];
    if (kept == joined) continue;
    // cell + place(to) − place(from) = 0
    const Eigen::Vector3d shift =
        cells.col(hop.from) - cells.col(hop.to) - Eigen::Vector3d(hop.cell[0], hop.cell[1], hop.cell[2]);
    for (Index i = 0; i < cells.cols(); ++i) {
      if (root[static_cast<std::size_t>(i)] != joined) continue;
      cells.col(i) += shift;
      root[static_cast<std::size_t>(i)] = kept;
    }
  }
  return cells;
}

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

template <class Scalar>
struct Factor {
  Matrix<Scalar> l;          ///< unit lower triangular, rows in the order of elimination
  Eigen::VectorXd d;         ///< pivots, 1/s
  std::vector<Index> order;  ///< states in the order of elimination
};

/// e^{i phase} − 1 without cancellation.
std::complex<double> turn(double phase) {
  const double half = std::sin(phase / 2);
  return {-2 * half * half, std::sin(phase)};
}

/// The walk on the states that are left: rates between them, the phase factor that goes with each pair, and the rate at
/// which waves die in each.
class WaveWalk {
 public:
  WaveWalk(const RateNetwork& network, const Eigen::Vector3d& phases, const Eigen::Matrix3Xd& cells)
      : rates_(Eigen::MatrixXd::Zero(network.size(), network.size())),
        turns_(Eigen::MatrixXcd::Zero(network.size(), network.size())),
        dying_(Eigen::VectorXd::Zero(network.size())) {
    for (const HopBlock& block : network.blocks) {
      const HopBlock* const back = find_block(network, {-block.d[0], -block.d[1], -block.d[2]});
      for (Index j = 0; j < block.rates.outerSize(); ++j) {
        for (Eigen::SparseMatrix<double>::InnerIterator it(block.rates, j); it; ++it) {
          const Index i = it.row();
          if (i < j) continue;  // each pair of hops once
          const Eigen::Vector3d d = Eigen::Vector3d(block.d[0], block.d[1], block.d[2]) + cells.col(j) - cells.col(i);
          const double phase = d.dot(phases);
          if (i == j) {
            dying_(i) += 2 * it.value() * std::pow(std::sin(phase / 2), 2);  // r (1 − cos), its reverse comes as well
          } else {
            add(i, j, it.value(), back->rates.coeff(j, i), turn(phase));
          }
        }
      }
    }
  }

  /// −Π^{-1/2} Q̃ Π^{1/2} = L D Lᴴ.
  template <class Scalar>
  Factor<Scalar> factor() {
    const Index states = rates_.rows();
    Factor<Scalar> result{Matrix<Scalar>::Zero(states, states), Eigen::VectorXd(states), {}};
    std::vector<Index> left(static_cast<std::size_t>(states));
    std::iota(left.begin(), left.end(), Index{0});
    for (Index column = 0; column < states; ++column) {
      std::size_t place = 0;
      double largest = -1;
      for (std::size_t a = 0; a < left.size(); ++a) {
        double out = dying_(left[a]);
        for (const Index to : left) out += rates_(to, left[a]);
        if (out > largest) {
          largest = out;
          place = a;
        }
      }
      const Index n = left[place];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
      result.order.push_back(n);
      result.d(column) = largest;
      result.l(n, column) = 1;
      if (largest == 0) continue;
      for (const Index i : left) {
        if (rates_(i, n) == 0) continue;
        result.l(i, column) =
            -factor_of<Scalar>(turns_(i, n)) * (std::sqrt(rates_(n, i)) * std::sqrt(rates_(i, n)) / largest);
      }
      leave_out(n, largest, left);
    }
    result.l = result.l(result.order, Eigen::all).eval();
    return result;
  }

 private:
  template <class Scalar>
  static Scalar factor_of(const std::complex<double>& turn) {
    if constexpr (std::is_same_v<Scalar, double>) {
      return 1;  // k = 0
    } else {
      return 1.0 + turn;
    }
  }

  /// One more way between i and j: rates j → i and i → j, and the factor 1 + v of the entry (i, j).
  void add(Index i, Index j, double into_i, double into_j, const std::complex<double>& v) {
    const double before = rates_(i, j);
    const std::complex<double> u = turns_(i, j);
    const double sum_i = before + into_i, sum_j = rates_(j, i) + into_j;
    const double p = before / sum_i, q = into_i / sum_i;  // the same shares the other way: detailed balance
    const double interference = before == 0 ? 0 : p * q * std::norm(u - v);
    if (interference == 0) {
      rates_(i, j) = sum_i;
      rates_(j, i) = sum_j;
      if (before == 0) set_turn(i, j, v);
      return;
    }
    const double kept = std::sqrt(std::max(0.0, 1 - interference));
    const double lost = interference / (1 + kept);
    rates_(i, j) = kept * sum_i;
    rates_(j, i) = kept * sum_j;
    dying_(j) += lost * sum_i;
    dying_(i) += lost * sum_j;
    if (kept > 0) set_turn(i, j, (p * u + q * v + lost) / kept);
  }

  void set_turn(Index i, Index j, const std::complex<double>& u) {
    turns_(i, j) = u;
    turns_(j, i) = std::conj(u);
  }

  void leave_out(Index n, double out, const std::vector<Index>& left) {
    std::vector<Index> near;
    for (const Index i : left) {
      if (rates_(i, n) > 0) near.push_back(i);
    }
    for (std::size_t a = 0; a < near.size(); ++a) {
      const Index i = near[a];
      dying_(i) += rates_(n, i) * (dying_(n) / out);
      for (std::size_t b = 0; b < a; ++b) {
        const Index j = near[b];
        const double into_i = rates_(i, n) * (rates_(n, j) / out), into_j = rates_(j, n) * (rates_(n, i) / out);
        if (into_i == 0 || into_j == 0) continue;
        const std::complex<double> u = turns_(i, n), v = turns_(n, j);
        add(i, j, into_i, into_j, u + v + u * v);
      }
    }
  }

  Eigen::MatrixXd rates_;   ///< (i, j): j → i
  Eigen::MatrixXcd turns_;  ///< (i, j): u of the entry (i, j) of Q̃; Hermitian
  Eigen::VectorXd dying_;
};

/// Cosines of the angles between columns that are round-off.
double no_angle(Index rows) {
  return epsilon * std::sqrt(static_cast<double>(rows));
}

/// One-sided Jacobi: rotates the columns of g until the cosines of their angles are at most `tolerance`. They are then
/// σ_m u_m, and σ² right to n times that. Real parts stand above the imaginary ones, if there are any: all arithmetic
/// is that of real numbers, and a column may be turned by a phase first, so that its product with the other one is
/// real.
void orthogonalise(Eigen::MatrixXd& g, bool is_complex, double tolerance) {
  const Index n = g.cols(), half = is_complex ? g.rows() / 2 : 0;
  constexpr int most_sweeps = 40;  // graded columns take five or so
  Eigen::VectorXd squares(n), lengths(n), before(g.rows());
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool rotated = false;
    squares = g.colwise().squaredNorm();
    lengths = squares.cwiseSqrt();
    for (Index p = 0; p + 1 < n; ++p) {
      for (Index q = p + 1; q < n; ++q) {
        if (squares(p) == 0 || squares(q) == 0) continue;
        auto first = g.col(p), second = g.col(q);
        const double real = first.dot(second);
        const double imaginary =
            is_complex ? first.head(half).dot(second.tail(half)) - first.tail(half).dot(second.head(half)) : 0;
        const double both = lengths(p) * lengths(q);
        const double x = real / both, y = imaginary / both, cosine_of_angle = std::sqrt(x * x + y * y);
        if (cosine_of_angle <= tolerance) continue;
        rotated = true;
        const double size = both * cosine_of_angle;
        if (is_complex) {  // second · conj(product)/|product|
          const double c = real / size, s = imaginary / size;
          before.head(half) = second.head(half);
          second.head(half) = c * before.head(half) + s * second.tail(half);
          second.tail(half) = c * second.tail(half) - s * before.head(half);
        } else if (real < 0) {
          second = -second;
        }
        const double zeta = (squares(q) - squares(p)) / (2 * size);
        const double tangent =
            std::abs(zeta) > 1e8 ? 1 / (2 * zeta) : (zeta < 0 ? -1 : 1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
        const double cosine = 1 / std::sqrt(1 + tangent * tangent), sine = cosine * tangent;
        before = first;
        first = cosine * before - sine * second;
        second = sine * before + cosine * second;
        squares(p) = first.squaredNorm();
        squares(q) = second.squaredNorm();
        lengths(p) = std::sqrt(squares(p));
        lengths(q) = std::sqrt(squares(q));
      }
    }
    if (!rotated) return;
  }
  expects(false, "Jacobi rotations to converge");
}

void orthogonalise(Matrix<double>& g, double tolerance) {
  orthogonalise(g, false, tolerance);
}
void orthogonalise(Matrix<std::complex<double>>& g, double tolerance) {
  Eigen::MatrixXd parts(2 * g.rows(), g.cols());
  parts << g.real(), g.imag();
  orthogonalise(parts, true, tolerance);
  g.real() = parts.topRows(g.rows());
  g.imag() = parts.bottomRows(g.rows());
}

template <class Scalar>
struct FactoredModes {
  Eigen::VectorXd lambda;
  Matrix<Scalar> vectors;
  double digits = 16;
};

/// Eigenvalues and vectors of −Π^{-1/2} Q̃(k) Π^{1/2} in the frame of the tree.
template <class Scalar>
FactoredModes<Scalar> factored_modes(const RateNetwork& network, const Eigen::Vector3d& phases,
                                     const Eigen::Matrix3Xd& cells) {
  const Index states = network.size();
  const double unit = network.escape.maxCoeff();  // squares of columns then stay in the range of numbers
  const Factor<Scalar> factor = WaveWalk(network, phases, cells).factor<Scalar>();
  Matrix<Scalar> g = factor.l * (factor.d / unit).cwiseSqrt().asDiagonal();
  orthogonalise(g, no_angle(states));

  FactoredModes<Scalar> result{Eigen::VectorXd(states), Matrix<Scalar>(states, states)};
  const Eigen::VectorXd sizes = g.colwise().norm();
  std::vector<Index> sorted(static_cast<std::size_t>(states));
  std::iota(sorted.begin(), sorted.end(), Index{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](Index a, Index b) { return sizes(a) < sizes(b); });
  const Matrix<Scalar> inverse =
      factor.l.template triangularView<Eigen::UnitLower>().solve(Matrix<Scalar>::Identity(states, states));
  // λ = 0 exactly, once for each piece of the network at k = 0: Lᴴ x = e_column. The first is the stationary
  // distribution.
  Index zeros = 0;
  const auto add_zero = [&](Eigen::Matrix<Scalar, Eigen::Dynamic, 1> x) {
    for (int twice = 0; twice < 2; ++twice) {
      for (Index before = 0; before < zeros; ++before) {
        x -= result.vectors.col(before) * result.vectors.col(before).dot(x);
      }
    }
    constexpr double new_direction = 1e-8;  // of unit vectors: less is round-off
    if (x.norm() > new_direction) result.vectors.col(zeros++) = x.normalized();
  };
  if (sizes.minCoeff() == 0 && phases.isZero(0)) {
    add_zero((network.log_weights.array() / 2).exp().matrix().template cast<Scalar>());
  }
  for (Index m = 0; m < states; ++m) {
    const Index column = sorted[static_cast<std::size_t>(m)];
    result.lambda(m) = unit * sizes(column) * sizes(column);
    if (sizes(column) > 0) {
      result.vectors(factor.order, m) = g.col(column) / sizes(column);
    } else {
      Eigen::Matrix<Scalar, Eigen::Dynamic, 1> x(states);
      for (Index i = 0; i < states; ++i)
        x(factor.order[static_cast<std::size_t>(i)]) = Eigen::numext::conj(inverse(column, i));
      add_zero(x.normalized());
    }
  }
  result.digits = digits_for(epsilon * factor.l.norm() * inverse.norm());  // M κ(L) ε
  return result;
}

/// The eigenvalues alone: with L D^{1/2} = Q R, those of the columns of Rᴴ, which are much nearer to orthogonal, as
/// rows and columns of R fall off together (Drmač & Veselić 2008).
template <class Scalar>
struct FactoredValues {
  Eigen::VectorXd lambda;
  Matrix<Scalar> l;  ///< of the factors
  double spare = 0;  ///< what the rotations have left of relative errors
  double digits() const {
    const Matrix<Scalar> inverse =
        l.template triangularView<Eigen::UnitLower>().solve(Matrix<Scalar>::Identity(l.rows(), l.cols()));
    return digits_for(std::max(spare, epsilon * l.norm() * inverse.norm()));  // M κ(L) ε
  }
};
template <class Scalar>
FactoredValues<Scalar> factored_values(const RateNetwork& network, const Eigen::Vector3d& phases,
                                       const Eigen::Matrix3Xd& cells, double wanted) {
  const Index states = network.size();
  const double unit = network.escape.maxCoeff();
  Factor<Scalar> factor = WaveWalk(network, phases, cells).factor<Scalar>();
  const Eigen::HouseholderQR<Matrix<Scalar>> qr(factor.l * (factor.d / unit).cwiseSqrt().asDiagonal());
  Matrix<Scalar> g = Matrix<Scalar>(qr.matrixQR().template triangularView<Eigen::Upper>()).adjoint();
  const double spare = 0.1 * std::pow(10, -wanted);
  orthogonalise(g, std::max(no_angle(states), spare / static_cast<double>(states)));
  Eigen::VectorXd lambda = unit * g.colwise().squaredNorm();
  std::sort(lambda.begin(), lambda.end());
  return {std::move(lambda), std::move(factor.l), spare};
}

/// Phases in [−π, π], three of them: whole turns would only cost digits.
Eigen::Vector3d reduced(const Eigen::Ref<const Eigen::VectorXd>& phases) {
  Eigen::Vector3d result = Eigen::Vector3d::Zero();
  for (Index axis = 0; axis < phases.size(); ++axis) {
    result(axis) = std::remainder(phases(axis), 2 * std::numbers::pi);
  }
  return result;
}

}  // namespace

bool plain_bands_suffice(const Eigen::Ref<const Eigen::VectorXcd>& lambda, double fastest_rate, bool at_zero,
                         double digits) {
  const auto states = static_cast<int>(lambda.size());
  if (states == (at_zero ? 1 : 0)) return true;
  const double least = lambda.tail(states - (at_zero ? 1 : 0)).cwiseAbs().minCoeff();
  return digits_left(least, fastest_rate, states) >= digits;
}

Eigen::VectorXcd rates_with_digits(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  Eigen::VectorXcd lambda = bands_at(bloch, phases);
  if (bloch.reversible() && !plain_bands_suffice(lambda, bloch.network().escape.maxCoeff(), phases.isZero(0)))
    lambda = accurate_rates_at(bloch, phases);
  return lambda;
}

Spectrum with_digits(const BlochOperator& bloch, Spectrum spectrum, double digits) {
  if (!bloch.network().reversible) return spectrum;
  for (Index k = 0; k < spectrum.phases.cols(); ++k) {
    if (plain_bands_suffice(spectrum.lambda.col(k), spectrum.fastest_rate, spectrum.phases.col(k).isZero(0), digits))
      continue;
    const Index mirror = spectrum.phases.cols() - 1 - k;  // in a uniform grid −k, where λ is the same
    const bool known = mirror < k && spectrum.phases.col(mirror) == -spectrum.phases.col(k);
    spectrum.lambda.col(k) =
        known ? spectrum.lambda.col(mirror).eval() : accurate_rates_at(bloch, spectrum.phases.col(k), digits);
  }
  return spectrum;
}

AccurateModes accurate_modes_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  expects(bloch.network().reversible, "a reversible network");
  expects(phases.size() == bloch.dimension(), "one phase for each lattice vector");
  const RateNetwork& network = bloch.network();
  const Eigen::Matrix3Xd cells = tree_cells(network);
  FactoredModes<std::complex<double>> found = factored_modes<std::complex<double>>(network, reduced(phases), cells);
  // From the frame of the tree, where state i sits at the cell c_i, to the gauge of the operator.
  Eigen::MatrixXd places = cells.topRows(bloch.dimension());
  if (bloch.gauge() == Gauge::positions) places -= bloch.fractions();
  for (Index i = 0; i < found.vectors.rows(); ++i) {
    found.vectors.row(i) *= std::polar(1.0, places.col(i).dot(phases));
  }
  return {std::move(found.lambda), std::move(found.vectors), found.digits};
}

AccurateRealModes accurate_modes_at_zero(const BlochOperator& bloch) {
  expects(bloch.network().reversible, "a reversible network");
  const RateNetwork& network = bloch.network();
  FactoredModes<double> found =
      factored_modes<double>(network, Eigen::Vector3d::Zero(), Eigen::Matrix3Xd::Zero(3, network.size()));
  return {std::move(found.lambda), std::move(found.vectors), found.digits};
}

namespace {

FactoredValues<std::complex<double>> values_at(const BlochOperator& bloch,
                                               const Eigen::Ref<const Eigen::VectorXd>& phases, double digits) {
  expects(phases.size() == bloch.dimension(), "one phase for each lattice vector");
  const RateNetwork& network = bloch.network();
  return factored_values<std::complex<double>>(network, reduced(phases), tree_cells(network), digits);
}

}  // namespace

Eigen::VectorXcd accurate_rates_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases,
                                   double digits) {
  if (!bloch.network().reversible || phases.isZero(0)) return accurate_bands_at(bloch, phases, digits).lambda;
  return values_at(bloch, phases, digits).lambda.cast<std::complex<double>>();
}

AccurateBands accurate_bands_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases,
                                double digits) {
  if (const RateNetwork& network = bloch.network(); network.reversible) {
    if (!phases.isZero(0)) {
      const auto found = values_at(bloch, phases, digits);
      return {found.lambda.cast<std::complex<double>>(), found.digits()};
    }
    const auto found =
        factored_values<double>(network, Eigen::Vector3d::Zero(), Eigen::Matrix3Xd::Zero(3, network.size()), digits);
    return {found.lambda.cast<std::complex<double>>(), found.digits()};
  }
  AccurateBands result{bands_at(bloch, phases), 16};
  const Index first = phases.isZero(0) && bloch.conserving() ? 1 : 0;
  if (first == 1) result.lambda(0) = 0;  // columns sum to zero
  for (Index m = first; m < result.lambda.size(); ++m) {
    const double left = digits_left(std::abs(result.lambda(m)), bloch.network().escape.maxCoeff(), bloch.size());
    result.digits = std::clamp(left, 0.0, result.digits);
  }
  return result;
}

}  // namespace rdd
