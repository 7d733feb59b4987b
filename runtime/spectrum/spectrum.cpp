#include "runtime/spectrum/spectrum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/spectrum/batch/share_out.hpp"

namespace rdd {

using Eigen::Index;

Eigen::VectorXd Spectrum::band_min() const {
  return lambda.real().rowwise().minCoeff();
}
Eigen::VectorXd Spectrum::band_max() const {
  return lambda.real().rowwise().maxCoeff();
}
Eigen::Index Spectrum::at_min(Eigen::Index m) const {
  Eigen::Index column = 0;
  lambda.row(m).real().minCoeff(&column);
  return column;
}
Eigen::Index Spectrum::at_max(Eigen::Index m) const {
  Eigen::Index column = 0;
  lambda.row(m).real().maxCoeff(&column);
  return column;
}

Eigen::MatrixXd uniform_grid(const std::vector<int>& points) {
  Index total = 1;
  for (const int count : points) {
    expects(count >= 1, "at least one point per axis");
    total *= count;
  }
  const Index axes = static_cast<Index>(points.size());
  Eigen::MatrixXd grid(axes, total);
  for (Index column = 0; column < total; ++column) {
    Index rest = column;
    for (Index axis = axes - 1; axis >= 0; --axis) {
      const int count = points[static_cast<std::size_t>(axis)];
      const auto place = static_cast<int>(rest % count);
      rest /= count;
      // Antisymmetric to the last bit, so that −k is in the set with k.
      grid(axis, column) = count == 1 ? 0 : std::numbers::pi * (2 * place - (count - 1)) / (count - 1);
    }
  }
  return grid;
}

namespace {

bool slower(std::complex<double> a, std::complex<double> b) {
  return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
}

/// The distinct wave vectors of a set, up to their sign.
struct HalfSpace {
  Eigen::MatrixXd phases;      ///< (n, distinct), the first non-zero phase positive
  std::vector<Index> place;    ///< of each of the set, in `phases`
  std::vector<bool> mirrored;  ///< the sign was changed
};

HalfSpace half_space(const Eigen::Ref<const Eigen::MatrixXd>& set) {
  const Index axes = set.rows(), count = set.cols();
  HalfSpace result{Eigen::MatrixXd(axes, count), std::vector<Index>(static_cast<std::size_t>(count)),
                   std::vector<bool>(static_cast<std::size_t>(count))};
  // A hash table with open addressing: half full at most, so a place is soon found, and small, for the cache.
  expects(count <= std::numeric_limits<int>::max(), "a set of wave vectors that can be counted");
  std::size_t slots = 2;
  while (slots < 2 * static_cast<std::size_t>(count)) slots *= 2;
  std::vector<int> table(slots, -1);
  int distinct = 0;
  for (Index column = 0; column < count; ++column) {
    auto k = result.phases.col(distinct);
    k = set.col(column).array() + 0.0;  // −0 becomes 0
    Index leading = 0;
    while (leading + 1 < axes && k(leading) == 0) ++leading;
    const bool mirrored = k(leading) < 0;
    if (mirrored) k = 0.0 - k.array();
    result.mirrored[static_cast<std::size_t>(column)] = mirrored;
    // In a grid, −k is as far from the other end.
    const Index opposite = count - 1 - column;
    if (opposite < column && result.phases.col(result.place[static_cast<std::size_t>(opposite)]) == k) {
      result.place[static_cast<std::size_t>(column)] = result.place[static_cast<std::size_t>(opposite)];
      continue;
    }
    std::uint64_t hash = 0;
    for (Index axis = 0; axis < axes; ++axis) {
      hash = (hash ^ std::bit_cast<std::uint64_t>(k(axis))) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 32;
    }
    std::size_t slot = hash & (slots - 1);
    while (table[slot] >= 0 && result.phases.col(table[slot]) != k) slot = (slot + 1) & (slots - 1);
    if (table[slot] < 0) table[slot] = distinct++;
    result.place[static_cast<std::size_t>(column)] = table[slot];
  }
  result.phases.conservativeResize(Eigen::NoChange, distinct);
  return result;
}

/// −Π^{-1/2} Q̃(k) Π^{1/2} at these phases, to be assembled in the lanes.
MatrixSet balanced_matrices(const BlochOperator& bloch, const Eigen::MatrixXd& phases) {
  const auto fill = [&](const batch::Kernels& kernels, Index first, int count, double* matrices) {
    const BlochTerms& terms = bloch.balanced_terms();
    expects(terms.offsets.cols() > 0, "a network small enough for a batch");
    const auto offsets = static_cast<int>(terms.offsets.cols());
    thread_local std::vector<double> turns;
    // One register more than needed, for the alignment.
    turns.resize(static_cast<std::size_t>(2 * kernels.lanes * (offsets + 1)));
    void* at = turns.data();
    std::size_t space = turns.size() * sizeof(double);
    std::align(64, static_cast<std::size_t>(2 * kernels.lanes * offsets) * sizeof(double), at, space);
    kernels.assemble(bloch.size(), terms.terms.data(), terms.terms.size(), bloch.dimension(), terms.offsets.data(),
                     offsets, phases.col(first).data(), count, static_cast<double*>(at), matrices);
  };
  const auto single = [&](Index k) { return bloch.balanced(phases.col(k)); };
  return {bloch.size(), phases.cols(), fill, single};
}

}  // namespace

Eigen::MatrixXcd BandVectors::ordered(const Eigen::MatrixXcd& stored, Index column) const {
  expects(column >= 0 && column < static_cast<Index>(places_.size()), "a wave vector of the set");
  const Place& place = places_[static_cast<std::size_t>(column)];
  Eigen::MatrixXcd result = stored.middleCols(place.first, stored.rows());
  if (place.mirrored) result = result.conjugate().eval();
  if (!orders_.empty() && !orders_[static_cast<std::size_t>(column)].empty()) {
    result = result(Eigen::all, orders_[static_cast<std::size_t>(column)]).eval();
  }
  return result;
}
Eigen::MatrixXcd BandVectors::balanced_right(Index column) const {
  return ordered(right_, column);
}
Eigen::MatrixXcd BandVectors::balanced_left(Index column) const {
  return left_.size() > 0 ? ordered(left_, column) : Eigen::MatrixXcd(ordered(right_, column).conjugate());
}
Eigen::MatrixXcd BandVectors::right(Index column) const {
  return root_weights_.asDiagonal() * balanced_right(column);
}
Eigen::MatrixXcd BandVectors::left(Index column) const {
  return root_weights_.cwiseInverse().asDiagonal() * balanced_left(column);
}

/// Solves on the half space, and tells every wave vector of the set what is its own.
struct BandSolver {
  const BlochOperator& bloch;
  const HalfSpace half;
  Eigen::MatrixXd real_values;  ///< (M, distinct), where reversible
  Eigen::MatrixXcd values;      ///< (M, distinct), where not
  BandVectors vectors;

  void solve(int threads, bool with_vectors) {
    const MatrixSet matrices = balanced_matrices(bloch, half.phases);
    if (bloch.reversible()) {
      HermitianSet set = hermitian_set(matrices, with_vectors, threads);
      real_values = std::move(set.values);
      vectors.right_ = std::move(set.vectors);
    } else {
      GeneralSet set = general_set(matrices, with_vectors ? Vectors::both : Vectors::none, threads);
      values = std::move(set.values);
      vectors.right_ = std::move(set.right);
      vectors.left_ = std::move(set.left);
      solve_real(with_vectors);
    }
    if (with_vectors) vectors.root_weights_ = (bloch.network().log_weights.array() / 2).exp();
  }

  /// At k = 0 the matrix is real: complex eigenvalues come in exact pairs.
  void solve_real(bool with_vectors) {
    for (Index k = 0; k < half.phases.cols(); ++k) {
      if (!half.phases.col(k).isZero(0)) continue;
      const Eigen::MatrixXd matrix = bloch.balanced(half.phases.col(k)).real();
      if (!with_vectors) {
        values.col(k) = eigenvalues(matrix);
        continue;
      }
      const GeneralEigen eigen = general_eigen(matrix);
      values.col(k) = eigen.values;
      vectors.right_.middleCols(k * bloch.size(), bloch.size()) = eigen.vectors;
      vectors.left_.middleCols(k * bloch.size(), bloch.size()) = eigen.inverse.transpose();
    }
  }

  Spectrum spread(const Eigen::Ref<const Eigen::MatrixXd>& phases, int threads) {
    const Index count = phases.cols(), states = bloch.size();
    Spectrum spectrum{
        phases, Eigen::MatrixXcd(states, count), bloch.reversible(), bloch.network().escape.maxCoeff(), {}};
    if (!vectors.empty()) vectors.places_.resize(static_cast<std::size_t>(count));
    if (!vectors.empty() && !bloch.reversible()) vectors.orders_.resize(static_cast<std::size_t>(count));
    constexpr Index together = 1024;
    share_out((count + together - 1) / together, threads, [&] {
      return [&](Index part) {
        const Index end = std::min(count, (part + 1) * together);
        for (Index column = part * together; column < end; ++column) spread_to(column, spectrum);
      };
    });
    spectrum.vectors = std::move(vectors);
    return spectrum;
  }

  void spread_to(Index column, Spectrum& spectrum) {
    const Index states = bloch.size();
    const auto at = static_cast<std::size_t>(column);
    const Index place = half.place[at];
    if (!vectors.empty()) vectors.places_[at] = {place * states, half.mirrored[at]};
    if (bloch.reversible()) {
      for (Index m = 0; m < states; ++m) spectrum.lambda(m, column) = real_values(m, place);
    } else if (half.mirrored[at]) {
      std::vector<Index> order = conjugate_order(place);
      for (Index m = 0; m < states; ++m) {
        spectrum.lambda(m, column) = std::conj(values(order[static_cast<std::size_t>(m)], place));
      }
      if (!vectors.empty() && !std::is_sorted(order.begin(), order.end())) vectors.orders_[at] = std::move(order);
    } else {
      spectrum.lambda.col(column) = values.col(place);
    }
    // Columns of Q̃(0) sum to zero: round-off, other on every machine, need not stand for what is known.
    if (bloch.conserving() && spectrum.phases.col(column).isZero(0)) spectrum.lambda(0, column) = 0;
  }

  std::vector<Index> conjugate_order(Index place) const {
    std::vector<Index> order(static_cast<std::size_t>(bloch.size()));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
      return slower(std::conj(values(a, place)), std::conj(values(b, place)));
    });
    return order;
  }
};

Spectrum bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases, int threads,
               bool with_vectors) {
  expects(phases.rows() == bloch.dimension(), "one phase for each lattice vector");
  expects(phases.array().isFinite().all(), "finite wave vectors");
  BandSolver solver{bloch, half_space(phases), {}, {}, {}};
  solver.solve(threads, with_vectors);
  return solver.spread(phases, threads);
}

Eigen::VectorXcd bands_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  return bands(bloch, phases).lambda.col(0);
}

double digits_left(double lambda, double fastest_rate, int states) {
  const double error = std::numeric_limits<double>::epsilon() * states * fastest_rate;
  return std::log10(std::abs(lambda) / error);
}

double digits_left(const Spectrum& spectrum) {
  double digits = 16;
  const auto states = static_cast<int>(spectrum.lambda.rows());
  for (Index column = 0; column < spectrum.lambda.cols(); ++column) {
    for (Index m = 1; m < states; ++m) {
      digits = std::min(digits, digits_left(std::abs(spectrum.lambda(m, column)), spectrum.fastest_rate, states));
    }
  }
  return digits;
}

}  // namespace rdd
