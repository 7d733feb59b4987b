// At k = 0 the group inverse is the shifted and inverted operator with its zero mode taken out. Away from there −Q̃(k)
// is factorised itself, Hermitian or not; the shift is 0, next to which the slow eigenvalues lie.
#include "runtime/spectrum/sparse_modes.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sparse/krylov.hpp"
#include "runtime/sparse/slepc_engine.hpp"
#include "runtime/spectrum/spectrum.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXd;
using Sparse = Eigen::SparseMatrix<Complex>;

/// The largest entry becomes positive; among entries of nearly the same size the first decides.
void fix_sign(MatrixXd& columns) {
  for (Index m = 0; m < columns.cols(); ++m) {
    const double largest = columns.col(m).cwiseAbs().maxCoeff();
    Index i = 0;
    while (std::abs(columns(i, m)) < largest * (1 - 1e-6)) ++i;
    if (columns(i, m) < 0) columns.col(m) = -columns.col(m);
  }
}

/// ½ Σ_ij π_j q_ij (w_i − w_j)(w_i − w_j)ᵀ over the columns of w, a sum of positive terms.
MatrixXd dirichlet_form(const RateNetwork& network, const MatrixXd& w) {
  const MatrixXd rows = w.transpose();  // one state after the other in memory
  MatrixXd sum = MatrixXd::Zero(w.cols(), w.cols());
  Eigen::VectorXd difference(w.cols());
  for (const Hop& hop : network.hops) {
    if (hop.from == hop.to) continue;
    const double flux = std::exp(std::log(hop.rate) + network.log_weights(hop.from));
    difference = rows.col(hop.to) - rows.col(hop.from);
    sum.noalias() += (0.5 * flux * difference) * difference.transpose();
  }
  return sum;
}

SparseModes with_stationary_mode(const RateNetwork& network, Index others) {
  const Index states = network.size();
  SparseModes modes;
  modes.lambda = Eigen::VectorXcd::Zero(others + 1);
  modes.right.resize(states, others + 1);
  modes.left.resize(states, others + 1);
  modes.left.col(0).setOnes();
  modes.right.col(0) = network.log_weights.array().exp();
  modes.block = MatrixXd::Zero(others + 1, others + 1);
  modes.residual = Eigen::VectorXd::Zero(others + 1);
  return modes;
}

/// Decimal digits left of numbers with this relative error.
double digits_of(double error) {
  return std::clamp(-std::log10(error), 0.0, 16.0);
}

SparseModes reversible_modes(const RateNetwork& network, const GroupInverse& inverse, Index others) {
  const BlockOperator<double> apply = [&](MatrixXd& x) { inverse.apply_balanced(x); };
  KrylovParams params;
  params.tolerance = 1e-9;  // errors of λ are its square
  const KrylovModes<double> found = largest_modes<double>(apply, network.size(), others, true, params);

  // One more application in the coordinates of left vectors, which leaves them right at rare states too.
  MatrixXd w = inverse.left_from_balanced(found.basis);
  for (Index m = 0; m < others; ++m) w.col(m) /= found.theta(m).real();
  const Eigen::VectorXd& weights = inverse.weights();
  const MatrixXd mass = w.transpose() * (weights.asDiagonal() * w);
  const SymmetricEigen metric = symmetric_eigen(mass);
  const MatrixXd orthonormal = metric.vectors * metric.values.cwiseSqrt().cwiseInverse().asDiagonal();
  w = (w * orthonormal).eval();
  const SymmetricEigen eigen = symmetric_eigen(dirichlet_form(network, w));
  w = (w * eigen.vectors).eval();
  fix_sign(w);

  SparseModes modes = with_stationary_mode(network, others);
  modes.lambda.tail(others) = eigen.values.cast<Complex>();
  modes.left.rightCols(others) = w;
  modes.right.rightCols(others) = weights.asDiagonal() * w;
  modes.residual.tail(others) = found.residual;
  modes.converged = found.converged;
  modes.solves = found.applications + static_cast<int>(others);
  // Errors of the Dirichlet form: vectors are right to ε, fast hops weigh the square of that. Of the inverse: ε of the
  // longest time. For very slow modes the inverse is the better one, for the others the form.
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double few = epsilon * std::sqrt(static_cast<double>(network.size()));
  const double form = epsilon * few * network.escape.maxCoeff();  // 1/s
  double worst = 0;
  for (Index m = 0; m < others; ++m) {
    const double square = found.residual(m) * found.residual(m);
    const double rate = eigen.values(m);
    const double slow = 1 / found.theta(m).real();
    const double by_form = form / slow + few;
    const double by_inverse =
        inverse.iterative() ? std::numeric_limits<double>::infinity() : epsilon * slow * inverse.longest_time() + few;
    modes.lambda(m + 1) = by_inverse < by_form ? slow : rate;
    worst = std::max(worst, square + std::min(by_form, by_inverse));
  }
  modes.block = modes.lambda.real().asDiagonal();
  modes.digits = digits_of(4 * worst);
  return modes;
}

SparseModes general_modes(const RateNetwork& network, const GroupInverse& inverse, Index wanted) {
  const BlockOperator<double> apply = [&](MatrixXd& x) { inverse.apply_balanced(x); };
  const BlockOperator<double> apply_transposed = [&](MatrixXd& x) { inverse.apply_balanced(x, true); };
  const KrylovModes<double> v = largest_modes<double>(apply, network.size(), wanted, false);
  const Index others = v.theta.size();
  const KrylovModes<double> w = largest_modes<double>(apply_transposed, network.size(), others, false);
  expects(w.theta.size() == others, "as many left as right modes");
  const Eigen::VectorXd root = (network.log_weights.array() / 2).exp();

  SparseModes modes = with_stationary_mode(network, others);
  const MatrixXd operator_block = v.block.partialPivLu().inverse();  // of −Q̃ on the span of V
  Eigen::VectorXcd values = eigenvalues(operator_block);
  modes.lambda.tail(others) = values;
  modes.block.bottomRightCorner(others, others) = operator_block;
  modes.right.rightCols(others) = root.asDiagonal() * v.basis;
  const MatrixXd overlap = w.basis.transpose() * v.basis;
  modes.left.rightCols(others) =
      root.cwiseInverse().asDiagonal() * (w.basis * overlap.transpose().partialPivLu().inverse());
  modes.residual.tail(others) = v.residual.cwiseMax(w.residual);
  modes.converged = v.converged && w.converged;
  modes.solves = v.applications + w.applications;
  // Of eigenvalues that are not normal the condition enters too: |w||v| / |wᵀv|, here of the whole span.
  const double condition = overlap.partialPivLu().inverse().norm();
  const double error =
      (std::numeric_limits<double>::epsilon() * std::max(std::sqrt(static_cast<double>(network.size())),
                                                         std::abs(values(others - 1)) * inverse.longest_time()) +
       modes.residual.maxCoeff()) *
      condition;
  modes.digits = digits_of(error);
  return modes;
}

Complex phase(const Cell& d, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  double angle = 0;
  for (Index axis = 0; axis < phases.size(); ++axis) angle += d[static_cast<std::size_t>(axis)] * phases(axis);
  return std::polar(1.0, angle);
}

/// −Q̃(k), or −Π^{-1/2} Q̃(k) Π^{1/2} with entries √(Q(d)_ij Q(−d)_ji) e^{i d·k} if hermitian.
Sparse bloch_matrix(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& phases, bool hermitian) {
  std::vector<Eigen::Triplet<Complex>> entries;
  entries.reserve(network.hops.size() + static_cast<std::size_t>(network.size()));
  for (const HopBlock& block : network.blocks) {
    const HopBlock* const back = hermitian ? find_block(network, {-block.d[0], -block.d[1], -block.d[2]}) : nullptr;
    const Complex factor = -phase(block.d, phases);
    for (int j = 0; j < block.rates.outerSize(); ++j) {
      for (Eigen::SparseMatrix<double>::InnerIterator entry(block.rates, j); entry; ++entry) {
        const auto i = static_cast<int>(entry.row());
        const double rate = hermitian ? std::sqrt(entry.value()) * std::sqrt(back->rates.coeff(j, i)) : entry.value();
        entries.emplace_back(i, j, rate * factor);
      }
    }
  }
  for (int j = 0; j < network.size(); ++j) entries.emplace_back(j, j, network.escape(j));
  Sparse result(network.size(), network.size());
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

bool before(Complex a, Complex b) {
  return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
}
void sort_bands(Eigen::VectorXcd& lambda) {
  std::ranges::sort(lambda, before);
}

/// The largest eigenvalues 1/λ of the inverse of −Q̃(k), a few more than `count`: sorted by |λ|, a slow mode that turns
/// may stand behind faster ones.
KrylovModes<Complex> slow_turning(const BlockOperator<Complex>& inverse, Index states, int count) {
  KrylovModes<Complex> found = largest_modes<Complex>(inverse, states, count + 4, false, {.tolerance = 1e-10});
  if (!found.converged) throw SparseLimit(SparseLimit::Reason::precision, "the Krylov iteration did not converge");
  return found;
}

constexpr const char* lost_in_round_off =
    "at so long a wave the slowest decay rate is lost in the round-off of the fastest";

}  // namespace

SparseModes leading_modes(const SparseModes& modes, int slow, bool reversible) {
  const Index count = modes.lambda.size();
  expects(slow >= 1 && slow <= count, "between one and all of the modes found");
  if (slow == count) return modes;
  SparseModes result = modes;
  result.lambda = modes.lambda.head(slow);
  result.residual = modes.residual.head(slow);
  if (reversible || slow == 1) {
    result.left = modes.left.leftCols(slow);
    result.right = modes.right.leftCols(slow);
    result.block = modes.block.topLeftCorner(slow, slow);
    return result;
  }
  expects(!splits_pair(modes.lambda, slow), "a number of slow modes that splits no complex pair");
  // Bases of the right and the left slow subspaces within the spans found, made dual to each other.
  const Index others = count - 1, few = slow - 1;
  const MatrixXd inner = modes.block.bottomRightCorner(others, others);
  const MatrixXd r = invariant_subspace(inner, few);
  MatrixXd l = invariant_subspace(inner.transpose(), few);
  l = (l * (l.transpose() * r).transpose().partialPivLu().inverse()).eval();
  result.left.resize(modes.left.rows(), slow);
  result.right.resize(modes.right.rows(), slow);
  result.left << modes.left.col(0), modes.left.rightCols(others) * l;
  result.right << modes.right.col(0), modes.right.rightCols(others) * r;
  result.block = MatrixXd::Zero(slow, slow);
  result.block.bottomRightCorner(few, few) = l.transpose() * inner * r;
  return result;
}

SparseSpectrum::SparseSpectrum(const RateNetwork& network) : network_(network) {}

const GroupInverse& SparseSpectrum::group_inverse() const {
  if (!inverse_) inverse_ = std::make_unique<GroupInverse>(network_);
  return *inverse_;
}

const SparseModes& SparseSpectrum::slow_modes(int count) const {
  expects(count >= 1 && 8 * count < network_.size(), "a few modes of many");
  if (modes_.lambda.size() >= count) return modes_;
  if (count == 1) {
    modes_ = with_stationary_mode(network_, 0);
  } else {
    modes_ = network_.reversible ? reversible_modes(network_, group_inverse(), count - 1)
                                 : general_modes(network_, group_inverse(), count - 1);
  }
  return modes_;
}

TwistedBands::Bands SparseSpectrum::twisted_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count,
                                                  double tolerance) const {
  if (!twisted_) twisted_ = std::make_unique<TwistedBands>(network_, group_inverse(), slow_modes(count).left);
  auto found = twisted_->slow_bands(phases, count, tolerance);
  if (!found) throw SparseLimit(SparseLimit::Reason::precision, lost_in_round_off);
  return std::move(*found);
}

SparseFactor<Complex> SparseSpectrum::factor_at(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  if (!plan_) {
    plan_ = inverse_ ? inverse_->plan() : nullptr;
    if (!plan_)
      plan_ = std::make_shared<const EliminationPlan>(plan_elimination(state_graph(network_.size(), network_.hops), 0));
  }
  expect_memory(2 * sizeof(Complex) * static_cast<double>(plan_->peak_entries));
  SparseFactor<Complex> factor(plan_, bloch_matrix(network_, phases, false), Structure::general);
  if (!factor.ok()) throw SparseLimit(SparseLimit::Reason::precision, lost_in_round_off);
  return factor;
}

Eigen::VectorXcd SparseSpectrum::slow_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count) const {
  expects(phases.size() == network_.lattice.dimension(), "one phase for each lattice vector");
  expects(count >= 1 && 8 * count < network_.size(), "a few bands of many");
  const bool hermitian = network_.reversible;
  const bool at_zero = phases.isZero(0);
  if (slepc_requested()) {
    // The matrix at k = 0 is singular: a shift a little below zero, not so little that the zero mode drowns the others.
    const double shift = at_zero ? -1e-6 * network_.escape.maxCoeff() : 0;
    Eigen::VectorXcd lambda = slepc_smallest(bloch_matrix(network_, phases, hermitian), hermitian, count, shift);
    sort_bands(lambda);
    if (at_zero) lambda(0) = 0;
    return lambda;
  }
  if (at_zero) return slow_modes(count).lambda.head(count);
  if (network_.reversible) return twisted_bands(phases, count, 1e-9).lambda.cast<Complex>();
  const SparseFactor<Complex> factor = factor_at(phases);
  const BlockOperator<Complex> apply = [&](Eigen::MatrixXcd& x) { factor.solve(x); };
  Eigen::VectorXcd lambda = slow_turning(apply, network_.size(), count).theta.cwiseInverse();
  sort_bands(lambda);
  return lambda.head(count);
}

SparseBandModes SparseSpectrum::slow_band_modes(const Eigen::Ref<const Eigen::VectorXd>& phases, int count) const {
  expects(!phases.isZero(0), "k ≠ 0: slow_modes are those at 0");
  const Eigen::VectorXd root = (network_.log_weights.array() / 2).exp();
  SparseBandModes result;
  if (network_.reversible) {
    const TwistedBands::Bands found = twisted_bands(phases, count, 1e-12);
    result.lambda = found.lambda.cast<Complex>();
    result.right = root.asDiagonal() * found.left;
    result.left = result.right.adjoint();
    return result;
  }
  const SparseFactor<Complex> factor = factor_at(phases);
  const BlockOperator<Complex> apply = [&](Eigen::MatrixXcd& x) { factor.solve(x); };
  const BlockOperator<Complex> apply_transposed = [&](Eigen::MatrixXcd& x) { factor.solve_transposed(x); };
  const KrylovModes<Complex> v = slow_turning(apply, network_.size(), count);
  const KrylovModes<Complex> w = slow_turning(apply_transposed, network_.size(), count);
  const Eigen::MatrixXcd overlap = w.basis.transpose() * v.basis;
  const GeneralEigen inside = general_eigen(v.block);  // of the inverse
  const Eigen::MatrixXcd right = root.cwiseInverse().asDiagonal() * (v.basis * inside.vectors);
  const Eigen::MatrixXcd left = inside.inverse * overlap.partialPivLu().solve(w.basis.transpose()) * root.asDiagonal();
  std::vector<Index> order(static_cast<std::size_t>(inside.values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, before, [&](Index m) { return 1.0 / inside.values(m); });
  order.resize(static_cast<std::size_t>(count));
  result.lambda = inside.values(order).cwiseInverse();
  result.right = right(Eigen::all, order);
  result.left = left(order, Eigen::all);
  return result;
}

}  // namespace rdd
