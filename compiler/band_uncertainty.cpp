// Uncertainties of bands and gaps (uncertainty.hpp).
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/propagation.hpp"

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Eigen::MatrixXcd band_slopes(const BlochOperator& bloch, const NetworkDerivatives& by,
                             const std::vector<BandPoint>& points) {
  if (!is_large(bloch.network())) return band_derivatives(bloch, by, points);
  return sparse_band_derivatives(SparseSpectrum(bloch.network()), by, points);
}

std::optional<Eigen::VectorXcd> band_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                 const std::vector<BandPoint>& points,
                                                 const Eigen::Ref<const Eigen::VectorXcd>& lambda) {
  const VectorXd sizes_of_bands = band_sizes(bloch, lambda);
  const auto found = propagated(model, point, sizes_of_bands.replicate(2, 1), [&](const NetworkDerivatives& by) {
    const Eigen::MatrixXcd slopes = band_slopes(bloch, by, points);
    MatrixXd parts(2 * slopes.rows(), slopes.cols());
    parts << slopes.real(), slopes.imag();
    return parts;
  });
  if (!found) return std::nullopt;
  Eigen::VectorXcd result(lambda.size());
  result.real() = found->uncertainty.head(lambda.size());
  result.imag() = found->uncertainty.tail(lambda.size());
  return result;
}

VectorXd edge_sizes(const BlochOperator& bloch, const Edges& edges) {
  Eigen::VectorXcd rates(2);
  rates << edges.below, edges.fast ? edges.above : 0;
  const VectorXd size = band_sizes(bloch, rates);
  const double ratio = edges.below > 0 ? edges.above / edges.below : 0;
  VectorXd all(figures_of_edges);
  all << size, size.sum(), ratio,
      1 / std::sqrt(edges.below > 0 ? edges.below * edges.above : edges.above * edges.above);
  return all;
}

MatrixXd edge_slopes(const Edges& edges, const Eigen::RowVectorXd& below, const Eigen::RowVectorXd& above) {
  MatrixXd rows = MatrixXd::Zero(figures_of_edges, below.size());
  rows.row(0) = below;
  if (!edges.fast) return rows;
  rows.row(1) = above;
  rows.row(2) = above - below;
  if (!(edges.below > 0)) {
    rows.row(4) = -above / (edges.above * edges.above);
    return rows;
  }
  const Eigen::RowVectorXd log_below = below / edges.below, log_above = above / edges.above;
  rows.row(3) = edges.above / edges.below * (log_above - log_below);
  rows.row(4) = -0.5 * (log_above + log_below) / std::sqrt(edges.below * edges.above);
  return rows;
}

namespace {

/// Uncertainties of the five for each pair; `points`: where the edges lie, one or two for each.
std::optional<MatrixXd> edge_uncertainty(const Model& model, const Point& point, const std::vector<Edges>& all,
                                         const std::vector<BandPoint>& points) {
  const BlochOperator bloch(point.network);
  const auto count = static_cast<Index>(all.size());
  MatrixXd size(figures_of_edges, count);
  for (Index i = 0; i < count; ++i) size.col(i) = edge_sizes(bloch, all[static_cast<std::size_t>(i)]);
  const auto found = propagated(model, point, size.reshaped(), [&](const NetworkDerivatives& by) {
    const MatrixXd slopes = band_slopes(bloch, by, points).real();
    MatrixXd rows(figures_of_edges * count, slopes.cols());
    Index at = 0, row = 0;
    for (const Edges& edges : all) {
      const Eigen::RowVectorXd below = slopes.row(at++);
      Eigen::RowVectorXd above = Eigen::RowVectorXd::Zero(slopes.cols());
      if (edges.fast) above = slopes.row(at++);
      rows.middleRows(row, figures_of_edges) = edge_slopes(edges, below, above);
      row += figures_of_edges;
    }
    return rows;
  });
  if (!found) return std::nullopt;
  return found->uncertainty.reshaped(figures_of_edges, count);
}

}  // namespace

std::optional<std::vector<GapCandidate>> gap_uncertainty(const Model& model, const Point& point,
                                                         const std::vector<GapCandidate>& gaps) {
  std::vector<Edges> all;
  std::vector<BandPoint> points;
  for (const GapCandidate& gap : gaps) {
    if (gap.k_below.size() == 0) return std::nullopt;
    all.push_back({gap.below, gap.above});
    points.push_back({gap.k_below, gap.P - 1});
    points.push_back({gap.k_above, gap.P});
  }
  const auto found = edge_uncertainty(model, point, all, points);
  if (!found) return std::nullopt;
  std::vector<GapCandidate> result;
  for (Index i = 0; i < found->cols(); ++i) {
    const auto u = found->col(i);
    result.push_back({.P = 0, .L = 0, .below = u(0), .above = u(1), .ratio = u(3), .tau = u(4)});
  }
  return result;
}

std::optional<GapAtTau> gap_uncertainty(const Model& model, const Point& point, const GapAtTau& gap) {
  if (gap.k_below.size() == 0) return std::nullopt;
  const bool fast = gap.k_above.size() > 0;
  std::vector<BandPoint> points = {{gap.k_below, gap.band_below}};
  if (fast) points.push_back({gap.k_above, gap.band_above});
  const auto found = edge_uncertainty(model, point, {{gap.below, gap.above, fast}}, points);
  if (!found) return std::nullopt;
  GapAtTau result;
  result.below = (*found)(0, 0);
  result.above = (*found)(1, 0);
  result.width = (*found)(2, 0);
  result.ratio = (*found)(3, 0);
  return result;
}

}  // namespace rdd
