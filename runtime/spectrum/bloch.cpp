#include "runtime/spectrum/bloch.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <vector>

#include "runtime/expects.hpp"

namespace rdd {

using Eigen::Index;

BlochOperator::BlochOperator(const RateNetwork& network, Gauge gauge)
    : network_(network), gauge_(gauge), reversible_(network.reversible) {
  make_entries(gauge);
}

BlochOperator::BlochOperator(const RateNetwork& network, const Eigen::VectorXd& tilt)
    : network_(network), gauge_(Gauge::cells), reversible_(true) {
  expects(tilt.size() == dimension(), "one component of the tilt for each lattice vector");
  make_entries(Gauge::cells);
  for (Entry& entry : entries_) entry.rate *= std::exp(entry.offset.dot(tilt));  // exp(i d·(k − i tilt))
}

void BlochOperator::make_entries(Gauge gauge) {
  expects(gauge == Gauge::cells || network_.positions.has_value(), "positions of the states for their gauge");
  const Eigen::MatrixXd& vectors = network_.lattice.vectors;
  const Eigen::MatrixXd metric = vectors.transpose() * vectors;
  dual_ = vectors * metric.inverse();
  const int n = dimension();
  for (const HopBlock& block : network_.blocks) {
    const HopBlock* const back = find_block(network_, {-block.d[0], -block.d[1], -block.d[2]});
    for (Index j = 0; j < block.rates.outerSize(); ++j) {
      for (Eigen::SparseMatrix<double>::InnerIterator it(block.rates, j); it; ++it) {
        Entry entry{it.row(), j, Eigen::VectorXd(n), {}, it.value(), 0};
        for (int axis = 0; axis < n; ++axis) entry.offset(axis) = block.d[static_cast<std::size_t>(axis)];
        entry.displacement = vectors * entry.offset;
        if (gauge == Gauge::positions) {
          const Eigen::VectorXd shift = network_.positions->col(j) - network_.positions->col(entry.row);
          entry.displacement += shift;
          entry.offset += dual_.transpose() * shift;
        }
        if (reversible_) {
          expects(back != nullptr, "a reverse for every hop");
          entry.balanced_rate = std::sqrt(it.value()) * std::sqrt(back->rates.coeff(j, entry.row));
        } else if (entry.row == j) {
          entry.balanced_rate = it.value();
        } else {  // by logarithms: the weights alone may overflow
          entry.balanced_rate =
              std::exp(std::log(it.value()) + (network_.log_weights(j) - network_.log_weights(entry.row)) / 2);
        }
        entries_.push_back(std::move(entry));
      }
    }
  }
  constexpr int most_states = 256;
  if (size() <= most_states) balanced_terms_ = make_balanced_terms();
}

Eigen::MatrixXcd BlochOperator::matrix(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  expects(phases.size() == dimension(), "one phase for each lattice vector");
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(size(), size());
  for (const Entry& entry : entries_) {  // Q(0) + Σ_d Q(d) exp(i d·k)
    result(entry.row, entry.column) += std::polar(entry.rate, entry.offset.dot(phases));
  }
  result.diagonal() -= network_.escape;
  return result;
}

Eigen::MatrixXcd BlochOperator::matrix(const Eigen::Ref<const Eigen::VectorXcd>& phases) const {
  expects(phases.size() == dimension(), "one phase for each lattice vector");
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(size(), size());
  for (const Entry& entry : entries_) {
    const std::complex<double> angle = entry.offset.cast<std::complex<double>>().cwiseProduct(phases).sum();
    result(entry.row, entry.column) += entry.rate * std::exp(std::complex<double>(0, 1) * angle);
  }
  result.diagonal() -= network_.escape;
  return result;
}

Eigen::MatrixXcd BlochOperator::hermitian(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  expects(reversible(), "a reversible network");
  expects(phases.size() == dimension(), "one phase for each lattice vector");
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(size(), size());
  for (const Entry& entry : entries_) {
    if (entry.row < entry.column) continue;  // the lower triangle; the upper one is its mirror image, to the last bit
    if (entry.row == entry.column) {
      result(entry.row, entry.row) += entry.balanced_rate * std::cos(entry.offset.dot(phases));
    } else {
      result(entry.row, entry.column) += std::polar(entry.balanced_rate, entry.offset.dot(phases));
    }
  }
  result.diagonal() -= network_.escape;
  for (Index j = 1; j < size(); ++j) {
    for (Index i = 0; i < j; ++i) result(i, j) = std::conj(result(j, i));
  }
  return result;
}

Eigen::MatrixXcd BlochOperator::balanced(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  if (reversible()) return -hermitian(phases);
  expects(phases.size() == dimension(), "one phase for each lattice vector");
  Eigen::MatrixXcd result = Eigen::MatrixXcd::Zero(size(), size());
  for (const Entry& entry : entries_) {
    result(entry.row, entry.column) -= std::polar(entry.balanced_rate, entry.offset.dot(phases));
  }
  result.diagonal() += network_.escape;
  return result;
}

BlochTerms BlochOperator::make_balanced_terms() const {
  std::map<std::vector<double>, int> known{{std::vector<double>(static_cast<std::size_t>(dimension()), 0.0), 0}};
  std::vector<Eigen::VectorXd> offsets{Eigen::VectorXd::Zero(dimension())};
  BlochTerms result;
  const auto add = [&](Index row, Index column, int offset, double rate) {
    result.terms.push_back({static_cast<int>(column * size() + row), offset, rate});
  };
  for (Index j = 0; j < size(); ++j) add(j, j, 0, network_.escape(j));
  for (const Entry& entry : entries_) {
    if (reversible() && entry.row < entry.column) continue;
    const std::vector<double> key(entry.offset.data(), entry.offset.data() + entry.offset.size());
    const auto [at, is_new] = known.emplace(key, static_cast<int>(offsets.size()));
    if (is_new) offsets.push_back(entry.offset);
    add(entry.row, entry.column, at->second, -entry.balanced_rate);
  }
  std::stable_sort(result.terms.begin(), result.terms.end(),
                   [](const batch::Term& a, const batch::Term& b) { return a.place < b.place; });
  result.offsets.resize(dimension(), static_cast<Index>(offsets.size()));
  for (std::size_t o = 0; o < offsets.size(); ++o) result.offsets.col(static_cast<Index>(o)) = offsets[o];
  return result;
}

Eigen::MatrixXd BlochOperator::at_zero() const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(size(), size());
  for (const Entry& entry : entries_) result(entry.row, entry.column) += entry.rate;
  result.diagonal() -= network_.escape;
  return result;
}

Eigen::MatrixXd BlochOperator::first_moment(int axis) const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(size(), size());
  for (const Entry& entry : entries_) result(entry.row, entry.column) += entry.displacement(axis) * entry.rate;
  return result;
}

Eigen::MatrixXd BlochOperator::second_moment(int axis, int other) const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(size(), size());
  for (const Entry& entry : entries_) {
    result(entry.row, entry.column) += entry.displacement(axis) * entry.displacement(other) * entry.rate;
  }
  return result;
}

Eigen::VectorXd BlochOperator::wave_vector(const Eigen::Ref<const Eigen::VectorXd>& phases) const {
  return dual_ * phases;
}

Eigen::MatrixXd BlochOperator::fractions() const {
  expects(network_.positions.has_value(), "positions of the states");
  return dual_.transpose() * *network_.positions;
}

}  // namespace rdd
