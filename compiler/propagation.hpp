// What the propagation of uncertainties is made of (uncertainty.hpp).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "compiler/uncertainty.hpp"
#include "runtime/sparse/group_inverse.hpp"

namespace rdd {

/// The largest relative change that parameter j makes in the network: of a rate, a weight, a length.
double largest_change(const RateNetwork& network, const NetworkDerivatives& by, Eigen::Index j);

/// The uncertain parameters of a model at a point, with what they do to the network. Both must outlive it.
class Propagation {
 public:
  /// nullopt where no parameter is uncertain.
  static std::optional<Propagation> of(const Model& model, const Point& point);

  const std::vector<int>& parameters() const { return parameters_; }
  const NetworkDerivatives& by() const { return by_; }
  double uncertainty_of(int parameter) const;

  /// Figures of these sizes and with these derivatives (figures, J): see `propagated`.
  Propagated combined(const Eigen::VectorXd& sizes, const Eigen::MatrixXd& slopes) const;
  Eigen::VectorXd uncertainty(const Eigen::VectorXd& sizes, const Eigen::MatrixXd& slopes) const {
    return combined(sizes, slopes).uncertainty;
  }

 private:
  Propagation(const Model& model, const Point& point, std::vector<int> parameters, NetworkDerivatives by)
      : model_(model), point_(point), parameters_(std::move(parameters)), by_(std::move(by)) {}

  const Model& model_;
  const Point& point_;
  std::vector<int> parameters_;
  NetworkDerivatives by_;
};

/// What `ask` gives, an optional; nothing where a large network is beyond this machine, though the figures themselves
/// may not be.
template <class Ask>
auto unless_beyond(const Ask& ask) -> decltype(ask()) {
  try {
    return ask();
  } catch (const SparseLimit&) {
    return std::nullopt;
  }
}

/// Two edges of a gap, of which the upper one may be missing.
struct Edges {
  double below = 0, above = 0;
  bool fast = true;
};
/// Of `below`, `above`, the width between them, their ratio, and τ: sizes, and derivatives from those of the edges.
inline constexpr Eigen::Index figures_of_edges = 5;
Eigen::VectorXd edge_sizes(const BlochOperator& bloch, const Edges& edges);
Eigen::MatrixXd edge_slopes(const Edges& edges, const Eigen::RowVectorXd& below, const Eigen::RowVectorXd& above);

/// band_derivatives, of a network of any size. Throws SparseLimit.
Eigen::MatrixXcd band_slopes(const BlochOperator& bloch, const NetworkDerivatives& by,
                             const std::vector<BandPoint>& points);

}  // namespace rdd
