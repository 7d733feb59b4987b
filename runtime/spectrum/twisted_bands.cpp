#include "runtime/spectrum/twisted_bands.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/sparse/numbers.hpp"
#include "runtime/sparse/tall_product.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXcd;
constexpr Index guard = 4;          // approximations improved beside those asked for, so that none is overlooked
constexpr double most_lost = 1e-4;  // of λ to round-off: with less than four digits it is not found
constexpr int most_steps = 40;

/// Real and imaginary parts side by side, and back.
Eigen::MatrixXd apart(const MatrixXcd& x) {
  Eigen::MatrixXd result(x.rows(), 2 * x.cols());
  result << x.real(), x.imag();
  return result;
}
MatrixXcd together(const Eigen::MatrixXd& x) {
  MatrixXcd result(x.rows(), x.cols() / 2);
  result.real() = x.leftCols(result.cols());
  result.imag() = x.rightCols(result.cols());
  return result;
}

/// An orthonormal basis under ⟨x, y⟩ = Σ π_i conj(x_i) y_i with its currents and the form on it.
class Basis {
 public:
  Basis(const Eigen::VectorXd& weights, Index most)
      : weights_(weights), vectors_(weights.size(), most), currents_(weights.size(), most), form_(most, most) {}

  Index size() const { return size_; }
  void clear() { size_ = 0; }
  bool full(Index more) const { return size_ + more > vectors_.cols(); }
  auto vectors() const { return vectors_.leftCols(size_); }
  auto currents() const { return currents_.leftCols(size_); }
  MatrixXcd form() const { return form_.topLeftCorner(size_, size_); }

  /// Takes in what is new in the columns of y, which are of unit length or corrections to such vectors; `currents_of`
  /// gives the currents of orthonormal ones. Corrections that are the round-off of a solution are left out: at unit
  /// length they would be fast, and bring the round-off of their currents into the form.
  template <class Currents>
  void add(MatrixXcd y, const Currents& currents_of) {
    constexpr double round_off = 1e-13, dependent = 1e-8;
    const Index first = size_;
    for (int twice = 0; twice < 2; ++twice) {
      if (size_ > 0)
        subtract_combination<Complex>(y, vectors(), adjoint_product<Complex>(vectors(), weights_.asDiagonal() * y));
      Index columns = 0;
      for (Index c = 0; c < y.cols(); ++c) {
        const double length = std::sqrt(weights_.dot(y.col(c).cwiseAbs2()));
        if (length > round_off) y.col(columns++) = (y.col(c) / length).eval();
      }
      y.conservativeResize(Eigen::NoChange, columns);
      if (columns == 0) return;
      // Among themselves by the eigenvectors of their overlap; what depends on the others is left out.
      const HermitianEigen overlap = hermitian_eigen(adjoint_product<Complex>(y, weights_.asDiagonal() * y));
      const Index kept = (overlap.values.array() > dependent).count();
      y = combination<Complex>(
          y, overlap.vectors.rightCols(kept) * overlap.values.tail(kept).cwiseSqrt().cwiseInverse().asDiagonal());
    }
    size_ += y.cols();
    vectors_.middleCols(first, y.cols()) = y;
    currents_.middleCols(first, y.cols()) = currents_of(y);
    const MatrixXcd products = adjoint_product<Complex>(vectors(), currents_.middleCols(first, y.cols()));
    form_.block(0, first, size_, y.cols()) = products;
    form_.block(first, 0, y.cols(), first) = products.topRows(first).adjoint();
  }

 private:
  const Eigen::VectorXd& weights_;
  MatrixXcd vectors_, currents_, form_;
  Index size_ = 0;
};

}  // namespace

TwistedBands::TwistedBands(const RateNetwork& network, const GroupInverse& inverse, Eigen::MatrixXd slow)
    : inverse_(inverse), slow_(std::move(slow)) {
  expects(network.reversible, "a reversible network");
  Eigen::MatrixXd divergence = Eigen::MatrixXd::Zero(network.size(), network.lattice.dimension());
  for (const Hop& hop : network.hops) {
    if (stays(hop) || hop.from > hop.to) continue;
    const double flux = (hop.from == hop.to ? 0.5 : 1) * std::exp(std::log(hop.rate) + network.log_weights(hop.from));
    bonds_.push_back({hop.from, hop.to, hop.cell, flux});
    for (Index axis = 0; axis < divergence.cols(); ++axis) {
      const double change = flux * hop.cell[static_cast<std::size_t>(axis)];
      divergence(hop.to, axis) -= change;
      divergence(hop.from, axis) += change;
    }
  }
  inverse_.potentials(divergence);
  harmonic_ = std::move(divergence);
  Numbers numbers;
  unlike_.resize(network.size(), guard);
  for (double& x : unlike_.reshaped()) x = numbers.next();
  for (int twice = 0; twice < 2; ++twice) {
    unlike_ = (inverse_.weights().asDiagonal() * unlike_).eval();
    inverse_.potentials(unlike_);
    for (Index c = 0; c < guard; ++c) unlike_.col(c) /= std::sqrt(inverse_.weights().dot(unlike_.col(c).cwiseAbs2()));
  }
}

Eigen::VectorXcd TwistedBands::twist(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  const Eigen::VectorXd angle = harmonic_ * phases;
  Eigen::VectorXcd result(static_cast<Index>(bonds_.size()));
  for (Index b = 0; b < result.size(); ++b) {
    const Bond& bond = bonds_[static_cast<std::size_t>(b)];
    double psi = angle(bond.to) - angle(bond.from);
    for (Index axis = 0; axis < phases.size(); ++axis) psi += bond.d[static_cast<std::size_t>(axis)] * phases(axis);
    result(b) = std::polar(1.0, psi);
  }
  return result;
}

MatrixXcd TwistedBands::currents(const Eigen::Ref<const MatrixXcd>& y, const Eigen::VectorXcd& twist) const {
  const Index columns = y.cols();
  const MatrixXcd in = y.transpose();  // one state after the other in memory
  MatrixXcd out = MatrixXcd::Zero(columns, y.rows());
  for (std::size_t b = 0; b < bonds_.size(); ++b) {
    const Bond& bond = bonds_[b];
    const double real = twist(static_cast<Index>(b)).real(), imaginary = twist(static_cast<Index>(b)).imag();
    const auto* const to = reinterpret_cast<const double*>(in.data() + bond.to * columns);
    const auto* const from = reinterpret_cast<const double*>(in.data() + bond.from * columns);
    auto* const out_to = reinterpret_cast<double*>(out.data() + bond.to * columns);
    auto* const out_from = reinterpret_cast<double*>(out.data() + bond.from * columns);
    for (Index c = 0; c < 2 * columns; c += 2) {  // complex numbers written out
      const double step_real = bond.flux * (real * to[c] - imaginary * to[c + 1] - from[c]);
      const double step_imaginary = bond.flux * (real * to[c + 1] + imaginary * to[c] - from[c + 1]);
      out_to[c] += real * step_real + imaginary * step_imaginary;
      out_to[c + 1] += real * step_imaginary - imaginary * step_real;
      out_from[c] -= step_real;
      out_from[c + 1] -= step_imaginary;
    }
  }
  return out.transpose();
}

std::optional<TwistedBands::Bands> TwistedBands::slow_bands(const Eigen::Ref<const Eigen::VectorXd>& phases, int count,
                                                            double tolerance) {
  const Eigen::VectorXcd turned = twist(phases);
  const auto currents_of = [&](const MatrixXcd& y) { return currents(y, turned); };
  const Eigen::VectorXd& weights = inverse_.weights();
  const Index block = count + guard;
  const Index most = before_.cols() + guard + 9 * block;
  Basis basis(weights, most);
  basis.add(slow_.leftCols(std::min(block, slow_.cols())).cast<Complex>(), currents_of);
  if (before_.cols() > 0) basis.add(before_, currents_of);
  basis.add(unlike_.cast<Complex>(), currents_of);

  std::vector<double> errors;
  bool nothing_new = false;
  for (int step = 0; step < most_steps; ++step) {
    const HermitianEigen ritz = hermitian_eigen(basis.form());
    const Index wide = std::min(block, basis.size());
    const MatrixXcd best = ritz.vectors.leftCols(wide);
    const MatrixXcd y = combination<Complex>(basis.vectors(), best);
    MatrixXcd residual = combination<Complex>(basis.currents(), best);
    residual -= (weights.asDiagonal() * y * ritz.values.head(wide).asDiagonal()).eval();
    Eigen::MatrixXd correction = apart(residual);
    inverse_.potentials(correction, 1e-3);
    const MatrixXcd change = together(correction);
    // r* C⁻¹ r is about what a band will still come down.
    double worst = 0;  // relative
    for (Index m = 0; m < count; ++m) {
      worst = std::max(worst, std::abs(residual.col(m).dot(change.col(m))) / std::abs(ritz.values(m)));
    }
    // At very long waves the estimate ends in the round-off of the solution, while λ is better.
    errors.push_back(worst);
    const bool stuck = nothing_new || (step >= 6 && worst > 0.5 * errors[static_cast<std::size_t>(step - 3)]);
    if (worst <= tolerance || (stuck && worst <= most_lost)) {
      before_ = y;
      // The form once more from the vectors themselves: combining currents of larger ones has left round-off.
      const MatrixXcd slowest = y.leftCols(count);
      Basis last(weights, count);
      last.add(slowest, currents_of);
      HermitianEigen found = hermitian_eigen(last.form());
      MatrixXcd left = combination<Complex>(last.vectors(), found.vectors);
      const Eigen::VectorXd angle = harmonic_ * phases;
      for (Index i = 0; i < left.rows(); ++i) left.row(i) *= std::polar(1.0, angle(i));
      return Bands{std::move(found.values), std::move(left)};
    }
    if (basis.full(wide)) {
      basis.clear();
      basis.add(y, currents_of);
    }
    const Index known = basis.size();
    basis.add(change, currents_of);
    nothing_new = basis.size() == known;
  }
  return std::nullopt;
}

}  // namespace rdd
