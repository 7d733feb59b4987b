// ∂λ = −wᴴ ∂Q̃ v/(wᴴ v), in the balanced coordinates Π^{-1/2} Q̃ Π^{1/2} in which eigenvectors have entries of order 1.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sensitivity/pair_changes.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {

using Complex = std::complex<double>;
using Eigen::Index;

namespace {

/// √(π_from/π_to)
double root_ratio(const RateNetwork& network, int from, int to) {
  return std::exp((network.log_weights(from) - network.log_weights(to)) / 2);
}

/// exp(i d·k) of a hop: d = −cell.
Complex phase(const Cell& cell, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  double angle = 0;
  for (Index axis = 0; axis < phases.size(); ++axis) angle -= cell[static_cast<std::size_t>(axis)] * phases(axis);
  return std::polar(1.0, angle);
}

/// Every member of a multiplet gets the mean of its derivatives. `floor`: differences that are round-off, 1/s.
void average_multiplets(EigenvalueDerivatives& result, Index first, double floor) {
  const Index states = result.lambda.size();
  result.multiplicity.assign(static_cast<std::size_t>(states), 1);
  while (first < states) {
    Index last = first + 1;
    while (last < states &&
           std::abs(result.lambda(last) - result.lambda(last - 1)) <= 1e-9 * std::abs(result.lambda(last)) + floor)
      ++last;
    const Eigen::RowVectorXcd mean = result.derivatives.middleRows(first, last - first).colwise().mean();
    for (Index m = first; m < last; ++m) {
      result.multiplicity[static_cast<std::size_t>(m)] = static_cast<int>(last - first);
      if (last - first > 1) result.derivatives.row(m) = mean;
    }
    first = last;
  }
}

/// The derivatives of the modes of which `u` has the vectors as columns, orthonormal for the Hermitian form; `lambda`
/// is known.
void perturb(const RateNetwork& network, const NetworkDerivatives& derivatives, const std::vector<PairChange>& pairs,
             const Eigen::Ref<const Eigen::VectorXd>& phases, const Eigen::MatrixXcd& u,
             EigenvalueDerivatives& result) {
  // λ = ½ Σ_h flux_h |w_j e − w_i|² for Σ π |w|² = 1, w = u/√π. What breaks the balance has no such form.
  for (const PairChange& pair : pairs) {
    const double ratio = root_ratio(network, pair.from, pair.to);
    const Complex e = phase(pair.cell, phases);
    const bool breaks = !pair.antisymmetric.isZero(0);
    for (Index m = 0; m < u.cols(); ++m) {
      const Complex ui = u(pair.from, m), uj = u(pair.to, m);
      result.derivatives.row(m) +=
          (0.5 * pair.rate * std::norm(ratio * uj * std::conj(e) - ui) * pair.symmetric).cast<Complex>();
      if (breaks)
        result.derivatives.row(m) -=
            (pair.rate * ui * (ratio * std::conj(uj) * e - std::conj(ui))) * pair.antisymmetric.cast<Complex>();
    }
  }
  const Eigen::MatrixXd shares = u.cwiseAbs2();
  result.derivatives -=
      result.lambda.asDiagonal() * (shares.transpose() * derivatives.log_weights).cast<Complex>().eval();
}

void reversible(const BlochOperator& bloch, const NetworkDerivatives& derivatives, const std::vector<PairChange>& pairs,
                const Eigen::Ref<const Eigen::VectorXd>& phases, EigenvalueDerivatives& result) {
  const RateNetwork& network = bloch.network();
  Eigen::MatrixXcd u;
  if (phases.isZero(0)) {  // these slow modes are refined
    const SlowModes modes = modes_at_zero(bloch, 1);
    const Eigen::VectorXd roots = (network.log_weights.array() / 2).exp();
    result.lambda = modes.lambda;
    u = (roots.asDiagonal() * modes.left).cast<Complex>();
  } else {
    HermitianEigen eigen = hermitian_eigen(-bloch.hermitian(phases));
    result.lambda = eigen.values.cast<Complex>();
    u = std::move(eigen.vectors);
    if (!plain_bands_suffice(result.lambda, network.escape.maxCoeff(), false)) {
      AccurateModes accurate = accurate_modes_at(bloch, phases);
      result.lambda = accurate.lambda.cast<Complex>();
      u = std::move(accurate.vectors);
    }
  }
  perturb(network, derivatives, pairs, phases, u, result);
}

/// Hermitian, with −√(k k') off the diagonal and the escape rates on it.
void between_walls(const BlochOperator& bloch, const NetworkDerivatives& derivatives,
                   const std::vector<PairChange>& pairs, const Eigen::Ref<const Eigen::VectorXd>& phases,
                   EigenvalueDerivatives& result) {
  const RateNetwork& network = bloch.network();
  const HermitianEigen eigen = hermitian_eigen(-bloch.hermitian(phases));
  result.lambda = eigen.values.cast<Complex>();
  const Eigen::MatrixXcd& u = eigen.vectors;
  for (const PairChange& pair : pairs) {
    const Complex entry = std::sqrt(pair.rate * pair.rate_back) * phase(pair.cell, phases);
    for (Index m = 0; m < u.cols(); ++m)
      result.derivatives.row(m) -=
          (std::conj(u(pair.to, m)) * entry * u(pair.from, m)).real() * pair.symmetric.cast<Complex>();
  }
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (!stays(hop))
      result.derivatives +=
          (u.row(hop.from).cwiseAbs2().transpose() * (hop.rate * derivatives.log_rates.row(static_cast<Index>(h))))
              .cast<Complex>();
  }
}

/// The same for right vectors and left ones, as rows, that are biorthonormal in balanced coordinates.
void perturb(const RateNetwork& network, const NetworkDerivatives& derivatives,
             const Eigen::Ref<const Eigen::VectorXd>& phases, const Eigen::MatrixXcd& vectors,
             const Eigen::MatrixXcd& inverse, EigenvalueDerivatives& result) {
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (stays(hop)) continue;
    const Complex turned = root_ratio(network, hop.from, hop.to) * phase(hop.cell, phases);
    const Eigen::RowVectorXcd change = derivatives.log_rates.row(static_cast<Index>(h)).cast<Complex>();
    for (Index m = 0; m < vectors.cols(); ++m) {
      const Complex share = vectors(hop.from, m) * (inverse(m, hop.to) * turned - inverse(m, hop.from));
      result.derivatives.row(m) -= hop.rate * share * change;
    }
  }
}

void general(const BlochOperator& bloch, const NetworkDerivatives& derivatives,
             const Eigen::Ref<const Eigen::VectorXd>& phases, EigenvalueDerivatives& result) {
  const RateNetwork& network = bloch.network();
  Eigen::MatrixXcd balanced = Eigen::MatrixXcd::Zero(network.size(), network.size());
  for (const Hop& hop : network.hops)
    if (!stays(hop))
      balanced(hop.to, hop.from) -= hop.rate * root_ratio(network, hop.from, hop.to) * phase(hop.cell, phases);
  balanced.diagonal() += network.escape;
  const GeneralEigen eigen =
      phases.isZero(0) ? general_eigen(Eigen::MatrixXd(balanced.real())) : general_eigen(balanced);
  result.lambda = eigen.values;
  perturb(network, derivatives, phases, eigen.vectors, eigen.inverse, result);
}

}  // namespace

std::map<Way, WayChange> way_changes(const RateNetwork& network, const NetworkDerivatives& derivatives) {
  std::map<Way, WayChange> sums;
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (stays(hop)) continue;
    WayChange& sum = sums[{hop.from, hop.to, hop.cell}];
    if (sum.change.size() == 0) sum.change = Eigen::RowVectorXd::Zero(derivatives.parameters());
    sum.rate += hop.rate;
    sum.change += hop.rate * derivatives.log_rates.row(static_cast<Index>(h));
  }
  return sums;
}

std::vector<PairChange> pair_changes(const RateNetwork& network, const NetworkDerivatives& derivatives) {
  const std::map<Way, WayChange> sums = way_changes(network, derivatives);
  std::vector<PairChange> all;
  for (const auto& [key, sum] : sums) {
    const auto& [from, to, cell] = key;
    const auto reverse = sums.find({to, from, {-cell[0], -cell[1], -cell[2]}});
    expects(reverse != sums.end(), "a reverse of every hop");
    const WayChange& back = reverse->second;
    const Eigen::RowVectorXd there = sum.change / sum.rate, again = back.change / back.rate;
    PairChange pair{from, to, cell, sum.rate, back.rate, {}, {}};
    const Eigen::RowVectorXd here = derivatives.log_weights.row(from), far = derivatives.log_weights.row(to);
    pair.symmetric = 0.5 * ((there + here) + (again + far));
    pair.antisymmetric = 0.5 * ((there + here) - (again + far));
    const Eigen::RowVectorXd scale = there.cwiseAbs() + again.cwiseAbs() + here.cwiseAbs() + far.cwiseAbs();
    pair.antisymmetric = (pair.antisymmetric.array().abs() <= 1e-13 * scale.array()).select(0.0, pair.antisymmetric);
    all.push_back(std::move(pair));
  }
  return all;
}

namespace {

/// The derivatives at any wave vector; what they have in common is found once.
class EigenvaluePerturbation {
 public:
  EigenvaluePerturbation(const BlochOperator& bloch, const NetworkDerivatives& network)
      : bloch_(bloch), network_(network) {
    expects(bloch.gauge() == Gauge::cells, "the gauge of cells, in which phases do not depend on positions");
    if (!bloch.reversible()) return;
    NetworkDerivatives rates_alone{
        network.log_rates, Eigen::MatrixXd::Zero(bloch.size(), network.parameters()), {}, {}};
    pairs_ = pair_changes(bloch.network(), bloch.conserving() ? network : rates_alone);
  }

  EigenvalueDerivatives at(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
    expects(phases.size() == bloch_.dimension(), "one phase for each lattice vector");
    EigenvalueDerivatives result;
    result.derivatives = Eigen::MatrixXcd::Zero(bloch_.size(), network_.parameters());
    if (!bloch_.conserving())
      between_walls(bloch_, network_, pairs_, phases, result);
    else if (bloch_.reversible())
      reversible(bloch_, network_, pairs_, phases, result);
    else
      general(bloch_, network_, phases, result);
    const double round_off = 1e-14 * bloch_.network().escape.maxCoeff();
    if (phases.isZero(0) && bloch_.conserving()) {
      // λ_0 = 0 whatever the parameters: columns of Q̃(0) sum to zero.
      Index zero = 0;
      result.lambda.cwiseAbs().minCoeff(&zero);
      result.derivatives.row(zero).setZero();
      average_multiplets(result, zero + 1, bloch_.reversible() ? 0 : round_off);
    } else {
      average_multiplets(result, 0, round_off);
    }
    return result;
  }

 private:
  const BlochOperator& bloch_;
  const NetworkDerivatives& network_;
  std::vector<PairChange> pairs_;
};

}  // namespace

EigenvalueDerivatives eigenvalue_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                             const Eigen::Ref<const Eigen::VectorXd>& phases) {
  return EigenvaluePerturbation(bloch, network).at(phases);
}

EigenvalueDerivatives slow_mode_derivatives(const RateNetwork& network, const NetworkDerivatives& derivatives,
                                            const SparseModes& modes) {
  EigenvalueDerivatives result;
  result.lambda = modes.lambda;
  result.derivatives = Eigen::MatrixXcd::Zero(modes.lambda.size(), derivatives.parameters());
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(network.lattice.dimension());
  const Eigen::VectorXd roots = (network.log_weights.array() / 2).exp();
  const Eigen::MatrixXcd left = (roots.asDiagonal() * modes.left).cast<Complex>();
  if (network.reversible) {
    perturb(network, derivatives, pair_changes(network, derivatives), zero, left, result);
  } else {
    const GeneralEigen inside = general_eigen(modes.block);
    const Eigen::MatrixXcd right = (roots.cwiseInverse().asDiagonal() * modes.right).cast<Complex>();
    perturb(network, derivatives, zero, right * inside.vectors, inside.inverse * left.transpose(), result);
  }
  result.derivatives.row(0).setZero();
  average_multiplets(result, 1, network.reversible ? 0 : 1e-14 * network.escape.maxCoeff());
  return result;
}

namespace {

/// Rows of the derivatives at each wave vector, `at(phases)`, which are found once.
template <class At>
Eigen::MatrixXcd at_points(const std::vector<BandPoint>& points, Index parameters, const At& at) {
  std::map<std::vector<double>, Eigen::MatrixXcd> known;
  Eigen::MatrixXcd all(static_cast<Index>(points.size()), parameters);
  for (Index p = 0; p < all.rows(); ++p) {
    const BandPoint& point = points[static_cast<std::size_t>(p)];
    const auto [here, fresh] = known.try_emplace({point.phases.begin(), point.phases.end()});
    if (fresh) here->second = at(point.phases);
    all.row(p) = here->second.row(point.band);
  }
  return all;
}

}  // namespace

Eigen::MatrixXcd band_derivatives(const BlochOperator& bloch, const NetworkDerivatives& network,
                                  const std::vector<BandPoint>& points) {
  const EigenvaluePerturbation perturbation(bloch, network);
  return at_points(points, network.parameters(),
                   [&](const Eigen::VectorXd& phases) { return perturbation.at(phases).derivatives; });
}

Eigen::MatrixXcd sparse_band_derivatives(const SparseSpectrum& spectrum, const NetworkDerivatives& network,
                                         const std::vector<BandPoint>& points) {
  const RateNetwork& from = spectrum.network();
  std::vector<PairChange> pairs;
  if (from.reversible) pairs = pair_changes(from, network);
  int count = 0;
  for (const BandPoint& point : points) count = std::max(count, point.band + 2);  // one more: it may be a twin
  return at_points(points, network.parameters(), [&](const Eigen::VectorXd& phases) -> Eigen::MatrixXcd {
    if (phases.isZero(0)) return slow_mode_derivatives(from, network, spectrum.slow_modes(count)).derivatives;
    const SparseBandModes modes = spectrum.slow_band_modes(phases, count);
    EigenvalueDerivatives result;
    result.lambda = modes.lambda;
    result.derivatives = Eigen::MatrixXcd::Zero(count, network.parameters());
    if (from.reversible)
      perturb(from, network, pairs, phases, modes.right, result);
    else
      perturb(from, network, phases, modes.right, modes.left, result);
    average_multiplets(result, 0, from.reversible ? 0 : 1e-14 * from.escape.maxCoeff());
    return result.derivatives;
  });
}

}  // namespace rdd
