#include "runtime/reduction/coefficient_table.hpp"

#include <array>
#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {

using Eigen::Index;

Coefficients along(const Coefficients& cartesian, const Eigen::MatrixXd& frame) {
  const auto n = static_cast<std::size_t>(frame.cols()), m = static_cast<std::size_t>(frame.rows());
  const Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(cartesian.components(), cartesian.components());
  const auto share = [&](std::size_t alpha, std::size_t i) {
    return frame(static_cast<Index>(alpha), static_cast<Index>(i));
  };
  Coefficients result;
  result.reaction = cartesian.reaction;
  result.drift.assign(n, zero);
  result.diffusion.assign(n, std::vector<Eigen::MatrixXd>(n, zero));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t alpha = 0; alpha < m; ++alpha) result.drift[i] += share(alpha, i) * cartesian.drift[alpha];
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t alpha = 0; alpha < m; ++alpha) {
        for (std::size_t beta = 0; beta < m; ++beta)
          result.diffusion[i][j] += share(alpha, i) * share(beta, j) * cartesian.diffusion[alpha][beta];
      }
    }
    for (std::size_t j = 0; j < i; ++j) result.diffusion[i][j] = result.diffusion[j][i];
  }
  return result;
}

double coordinate(const ParameterRange& range, double parameter) {  // in [−1, 1]
  const auto u = [&](double p) { return range.reciprocal ? 1 / p : p; };
  const double low = u(range.low), high = u(range.high);
  return (2 * u(parameter) - low - high) / (high - low);
}

std::vector<int> entry_kinds(int P, int axes) {
  std::vector<int> result;
  result.insert(result.end(), static_cast<std::size_t>(P * (P - 1)), 0);
  result.insert(result.end(), static_cast<std::size_t>(P * P * axes), 1);
  result.insert(result.end(), static_cast<std::size_t>(P * P * axes * (axes + 1) / 2), 2);
  return result;
}

Eigen::MatrixXd chebyshev_products(const std::vector<int>& degree, const Eigen::MatrixXd& x) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Ones(1, x.cols());
  for (std::size_t a = 0; a < degree.size(); ++a) {
    const Index count = degree[a] + 1;
    const auto own = x.row(static_cast<Index>(a)).cwiseMax(-1.0).cwiseMin(1.0).eval();
    Eigen::MatrixXd t(count, x.cols());
    t.row(0).setOnes();
    t.row(1) = own;
    for (Index n = 2; n < count; ++n) t.row(n) = 2 * own.cwiseProduct(t.row(n - 1)) - t.row(n - 2);
    const Eigen::MatrixXd before = result;
    result.resize(before.rows() * count, x.cols());
    for (Index i = 0; i < before.rows(); ++i) result.middleRows(i * count, count) = t * before.row(i).asDiagonal();
  }
  return result;
}

Eigen::RowVectorXd evaluate(const CoefficientTable::Series& series, const Eigen::MatrixXd& polynomials) {
  if (series.kind == CoefficientTable::Series::Kind::zero) return Eigen::RowVectorXd::Zero(polynomials.cols());
  Eigen::RowVectorXd values = series.coefficients.transpose() * polynomials;
  if (series.kind == CoefficientTable::Series::Kind::logarithm) values = series.sign * values.array().exp();
  return values;
}

Eigen::MatrixXd evaluate(const CoefficientTable& table, const Eigen::MatrixXd& polynomials) {
  const std::vector<int> kind = entry_kinds(table.P, table.axes);
  std::array<Eigen::RowVectorXd, 3> scale;
  for (std::size_t g = 0; g < 3; ++g) scale[g] = evaluate(table.scales[g], polynomials);
  Eigen::MatrixXd values(static_cast<Index>(table.entries.size()), polynomials.cols());
  for (std::size_t e = 0; e < table.entries.size(); ++e) {
    auto row = values.row(static_cast<Index>(e));
    row = evaluate(table.entries[e], polynomials);
    if (table.entries[e].kind == CoefficientTable::Series::Kind::share)
      row.array() *= scale[static_cast<std::size_t>(kind[e])].array();
  }
  return values;
}

bool CoefficientTable::inside(const std::vector<double>& parameters) const {
  if (parameters.size() != ranges.size()) return false;
  for (std::size_t a = 0; a < ranges.size(); ++a) {
    if (!(std::abs(coordinate(ranges[a], parameters[a])) <= 1 + 1e-9)) return false;
  }
  return true;
}

Coefficients CoefficientTable::at(const std::vector<double>& parameters) const {
  return matrices(
      entries_at(Eigen::Map<const Eigen::VectorXd>(parameters.data(), static_cast<Index>(parameters.size()))));
}

Eigen::MatrixXd CoefficientTable::entries_at(const Eigen::MatrixXd& points) const {
  Eigen::MatrixXd x(points.rows(), points.cols());
  for (Index i = 0; i < points.cols(); ++i) {
    expects(inside({points.col(i).data(), points.col(i).data() + points.rows()}), "parameters within their ranges");
    for (Index a = 0; a < points.rows(); ++a) x(a, i) = coordinate(ranges[static_cast<std::size_t>(a)], points(a, i));
  }
  return evaluate(*this, chebyshev_products(degree, x));
}

Coefficients CoefficientTable::matrices(const Eigen::VectorXd& values) const {
  Coefficients c;
  Index next = 0;
  c.reaction = Eigen::MatrixXd::Zero(P, P);
  for (int q = 0; q < P; ++q) {
    for (int p = 0; p < P; ++p) {
      if (p != q) c.reaction(p, q) = values(next++);
    }
    c.reaction(q, q) = -c.reaction.col(q).sum();
  }
  const auto matrix = [&] {
    const Eigen::MatrixXd m = values.segment(next, P * P).reshaped(P, P);
    next += P * P;
    return m;
  };
  for (int a = 0; a < axes; ++a) c.drift.push_back(matrix());
  const auto n = static_cast<std::size_t>(axes);
  c.diffusion.assign(n, std::vector<Eigen::MatrixXd>(n));
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a; b < n; ++b) c.diffusion[a][b] = c.diffusion[b][a] = matrix();
  }
  return c;
}

}  // namespace rdd
