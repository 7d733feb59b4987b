// Nodes are the extrema of a Chebyshev polynomial: those of degree N are among those of degree 2N, so that the nodes of
// the next degree are the points at which the interpolant is tested. Interpolants of analytic functions converge like
// the decay of their Chebyshev coefficients; Arrhenius rates are entire functions of 1/T, and degree 8 or 16 usually
// reaches six digits over a range in which they change by many decades.
#include "runtime/reduction/interpolant.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Series = CoefficientTable::Series;
using Node = std::vector<int>;  // for each parameter j of the finest grid: cos(π j/most_degree)
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double round_off = 1e-12;  // of its matrix: an entry that is zero by symmetry

double parameter(const ParameterRange& range, double x) {
  const auto u = [&](double p) { return range.reciprocal ? 1 / p : p; };
  if (x == -1) return range.low;
  if (x == 1) return range.high;
  return u(0.5 * (u(range.low) * (1 - x) + u(range.high) * (1 + x)));
}

Eigen::VectorXd flat(const Coefficients& c) {
  std::vector<double> values;
  const Index P = c.components();
  for (Index q = 0; q < P; ++q) {
    for (Index p = 0; p < P; ++p) {
      if (p != q) values.push_back(c.reaction(p, q));
    }
  }
  for (const Eigen::MatrixXd& drift : c.drift) values.insert(values.end(), drift.data(), drift.data() + drift.size());
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    for (std::size_t b = a; b < c.drift.size(); ++b) {
      const Eigen::MatrixXd& d = c.diffusion[a][b];
      values.insert(values.end(), d.data(), d.data() + d.size());
    }
  }
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Index>(values.size()));
}

/// Norms of Q, C and D.
Eigen::Vector3d norms(const Eigen::VectorXd& values, const std::vector<int>& kind) {
  Eigen::Vector3d squares = Eigen::Vector3d::Zero();
  for (Index e = 0; e < values.size(); ++e) squares(kind[static_cast<std::size_t>(e)]) += values(e) * values(e);
  return squares.cwiseSqrt();
}

Eigen::MatrixXd products(const std::vector<int>& degree, const std::vector<double>& x) {
  return chebyshev_products(degree, Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Index>(x.size())));
}

/// The nodes of these degrees on the finest grid, last parameter fastest.
std::vector<Node> nodes(const std::vector<int>& degree, int most) {
  std::vector<Node> result{{}};
  for (const int n : degree) {
    std::vector<Node> longer;
    for (const Node& node : result) {
      for (int j = 0; j <= n; ++j) {
        longer.push_back(node);
        longer.back().push_back(j * (most / n));
      }
    }
    result = std::move(longer);
  }
  return result;
}

/// From values at the nodes (last parameter fastest) to Chebyshev coefficients, one parameter after the other.
Eigen::VectorXd to_coefficients(Eigen::VectorXd values, const std::vector<int>& degree) {
  Index inner = values.size(), outer = 1;
  for (const int n : degree) {
    inner /= n + 1;
    Eigen::MatrixXd transform(n + 1, n + 1);  // (2/N) Σ″ f_j cos(π j m/N), halves at both ends of both sums
    for (int m = 0; m <= n; ++m) {
      for (int j = 0; j <= n; ++j) {
        const double ends = (m == 0 || m == n ? 0.5 : 1) * (j == 0 || j == n ? 0.5 : 1);
        transform(m, j) = ends * 2.0 / n * std::cos(std::numbers::pi * ((m * j) % (2 * n)) / n);
      }
    }
    for (Index block = 0; block < outer; ++block) {
      Eigen::Map<Eigen::MatrixXd> part(values.data() + block * inner * (n + 1), inner, n + 1);
      part = (part * transform.transpose()).eval();
    }
    outer *= n + 1;
  }
  return values;
}

/// Samples reductions, each point once, and keeps what the whole range must be judged by.
class Samples {
 public:
  Samples(const ReductionAt& reduction_at, const std::vector<ParameterRange>& ranges, int most, CoefficientTable& table)
      : reduction_at_(reduction_at), ranges_(ranges), most_(most), table_(table) {}

  std::vector<double> x(const Node& node) const {
    std::vector<double> result;
    for (const int j : node) result.push_back(2 * j == most_ ? 0 : std::cos(std::numbers::pi * j / most_));
    return result;
  }

  /// nullptr where there is no reduction.
  const Eigen::VectorXd* at(const Node& node) {
    if (const auto found = values_.find(node); found != values_.end()) return &found->second;
    std::vector<double> parameters = x(node);
    for (std::size_t a = 0; a < parameters.size(); ++a) parameters[a] = parameter(ranges_[a], parameters[a]);
    const bool first = values_.empty();
    const std::optional<Reduction> reduction = reduction_at_(parameters, first ? nullptr : &table_.groups);
    if (!reduction) return nullptr;
    const Reduction& found = *reduction;
    if (first) {
      table_.P = found.P;
      table_.order = found.order;
      table_.groups = found.groups;
      table_.axes = static_cast<int>(found.coefficients.drift.size());
      table_.least_gap = infinity;
      table_.min_chi = infinity;
    }
    const double least = found.groups.chi.minCoeff();
    if (least < table_.min_chi) {
      table_.min_chi = least;
      table_.at_min_chi = parameters;
    }
    if (table_.P > 1 && table_.P < found.groups.chi.rows()) {
      const double gap = found.lambda(table_.P).real() / found.lambda(table_.P - 1).real();
      if (gap < table_.least_gap) {
        table_.least_gap = gap;
        table_.at_least_gap = parameters;
      }
    }
    return &values_.emplace(node, flat(found.coefficients)).first->second;
  }

 private:
  const ReductionAt& reduction_at_;
  const std::vector<ParameterRange>& ranges_;
  int most_;
  CoefficientTable& table_;
  std::map<Node, Eigen::VectorXd> values_;
};

/// How far a series is from having converged: its last coefficients, of the highest degree in any parameter.
double tail(const Series& series, const std::vector<int>& degree) {
  double worst = 0;
  for (Index i = 0; i < series.coefficients.size(); ++i) {
    Index rest = i;
    bool last = false;
    for (std::size_t a = degree.size(); a-- > 0; rest /= degree[a] + 1) {
      const Index n = rest % (degree[a] + 1);
      last = last || n == degree[a] || (degree[a] > 2 && n == degree[a] - 1);
    }
    if (last) worst = std::max(worst, std::abs(series.coefficients(i)));
  }
  return worst;
}

/// Makes the series of the table from the values at the nodes of its degrees.
bool fit(CoefficientTable& table, const std::vector<int>& kind, Samples& samples, int most, double tolerance) {
  const double smallest_share = round_off / tolerance;  // of its matrix: smaller entries have not the digits asked for
  const std::vector<Node> places = nodes(table.degree, most);
  const auto count = static_cast<Index>(places.size());
  Eigen::MatrixXd values(static_cast<Index>(kind.size()), count);
  for (Index i = 0; i < count; ++i) {
    const Eigen::VectorXd* const here = samples.at(places[static_cast<std::size_t>(i)]);
    if (!here || !here->allFinite()) return false;
    values.col(i) = *here;
  }
  Eigen::MatrixXd scale(3, count), floor(3, count);
  for (Index i = 0; i < count; ++i) {
    scale.col(i) = norms(values.col(i), kind);
    floor.col(i) = round_off * scale.col(i);
    floor(1, i) = std::max(floor(1, i), round_off * std::sqrt(scale(0, i) * scale(2, i)));
  }
  // The drift may pass through zero, where its norm has a kink. Beside reaction and diffusion it counts by the speed
  // that these two make; without a reaction its scale is that of the diffusion.
  if (table.P > 1) {
    scale.row(1) = (scale.row(0).array() * scale.row(2).array()).sqrt();
  } else {
    scale.row(1) = scale.row(2) * (scale.row(1).array() / scale.row(2).array()).maxCoeff();
  }
  table.scales.assign(3, {});
  for (Index g = 0; g < 3; ++g) {
    if (!(scale.row(g).minCoeff() > 0)) continue;
    table.scales[static_cast<std::size_t>(g)] = {
        Series::Kind::logarithm, 1, to_coefficients(scale.row(g).array().log().matrix().transpose(), table.degree)};
  }
  table.entries.assign(kind.size(), {});
  for (std::size_t e = 0; e < kind.size(); ++e) {
    const Eigen::RowVectorXd row = values.row(static_cast<Index>(e));
    const Index g = kind[e];
    if ((row.cwiseAbs().array() <= floor.row(g).array()).all()) continue;  // zero
    const Series share{Series::Kind::share, 1,
                       to_coefficients((row.array() / scale.row(g).array()).matrix().transpose(), table.degree)};
    table.entries[e] = share;
    const bool one_sign = (row.array() > 0).all() || (row.array() < 0).all();
    if (!one_sign || (row.cwiseAbs().array() < smallest_share * scale.row(g).array()).any()) continue;
    const Series logarithm{Series::Kind::logarithm, row(0) < 0 ? -1.0 : 1.0,
                           to_coefficients(row.array().abs().log().matrix().transpose(), table.degree)};
    // The logarithm is the better answer, but where an entry comes near zero it has a singularity nearby.
    const double rest = tail(logarithm, table.degree), rest_of_share = tail(share, table.degree);
    if (rest <= tolerance || (rest_of_share > tolerance && rest <= rest_of_share)) table.entries[e] = logarithm;
  }
  return true;
}

}  // namespace

namespace {

/// The largest error of the table at one point, as the table's description measures it.
double error_at(const CoefficientTable& table, const std::vector<int>& kind, const std::vector<double>& x,
                const Eigen::VectorXd& exact) {
  const Eigen::MatrixXd polynomials = products(table.degree, x);
  const Eigen::VectorXd found = evaluate(table, polynomials);
  double worst = 0;
  for (std::size_t e = 0; e < kind.size(); ++e) {
    const auto i = static_cast<Index>(e);
    if (table.entries[e].kind == Series::Kind::zero) continue;
    const bool relative = table.entries[e].kind == Series::Kind::logarithm;
    const double scale =
        relative ? std::abs(exact(i)) : evaluate(table.scales[static_cast<std::size_t>(kind[e])], polynomials)(0);
    const double error = std::abs(found(i) - exact(i)) / scale;
    worst = std::isfinite(error) ? std::max(worst, error) : infinity;
  }
  return worst;
}

}  // namespace

std::optional<CoefficientTable> interpolate(const OperatorAt& operator_at, const std::vector<ParameterRange>& ranges,
                                            int P, int order, const InterpolationParams& params) {
  const ReductionAt reduction_at = [&](const std::vector<double>& parameters,
                                       const Memberships* like) -> std::optional<Reduction> {
    const std::optional<BlochOperator> bloch = operator_at(parameters);
    if (!bloch || bloch->size() < P) return std::nullopt;
    if (!bloch->reversible() && splits_pair(modes_at_zero(*bloch, 1).lambda, P)) return std::nullopt;
    return reduce_unresolved(*bloch, P, {.order = order, .like = like});
  };
  return interpolate(reduction_at, ranges, params);
}

std::optional<CoefficientTable> interpolate(const ReductionAt& reduction_at, const std::vector<ParameterRange>& ranges,
                                            const InterpolationParams& params) {
  expects(!ranges.empty() && ranges.size() <= 3, "one to three parameters");
  for (const ParameterRange& range : ranges) {
    expects(range.low < range.high && (!range.reciprocal || range.low > 0), "a range that is not empty");
  }
  expects(params.most_degree >= 4 && (params.most_degree & (params.most_degree - 1)) == 0, "a power of 2");
  const std::size_t n = ranges.size();
  const int most = 2 * params.most_degree;  // the tests of the highest degree need nodes as well

  CoefficientTable table;
  table.ranges = ranges;
  table.degree.assign(n, 2);
  Samples samples(reduction_at, ranges, most, table);
  if (!samples.at(Node(n, most / 2))) return std::nullopt;  // the middle first: its groups are those of the table
  const std::vector<int> kind = entry_kinds(table.P, table.axes);
  std::optional<CoefficientTable> best;  // where round-off is reached before the tolerance
  for (;;) {
    if (!fit(table, kind, samples, most, params.tolerance)) return std::nullopt;
    // Points between the nodes: of one parameter with the others at nodes, and between those of all at once.
    std::vector<double> errors(n + 1, 0);
    table.tested = 0;
    for (std::size_t a = 0; a <= n; ++a) {
      if (a == n && n == 1) continue;
      std::vector<int> finer = table.degree;
      for (std::size_t b = 0; b < n; ++b) finer[b] *= a == n || a == b ? 2 : 1;
      for (const Node& node : nodes(finer, most)) {
        bool between = true;
        for (std::size_t b = 0; b < n; ++b) {
          if (finer[b] != table.degree[b]) between = between && (node[b] / (most / finer[b])) % 2 == 1;
        }
        if (!between) continue;
        const Eigen::VectorXd* const exact = samples.at(node);
        if (!exact) return std::nullopt;
        errors[a] = std::max(errors[a], error_at(table, kind, samples.x(node), *exact));
        ++table.tested;
      }
    }
    table.error = *std::max_element(errors.begin(), errors.end());
    table.converged = table.error <= params.tolerance;
    if (!best || table.error < best->error) best = table;
    if (table.converged) break;
    std::size_t worst = 0;
    for (std::size_t a = 1; a < n; ++a) {
      if (errors[a] > errors[worst]) worst = a;
    }
    // Errors that are large only between the nodes of all parameters at once: refine the coarsest.
    if (n > 1 && errors[n] > 10 * errors[worst]) {
      worst =
          static_cast<std::size_t>(std::min_element(table.degree.begin(), table.degree.end()) - table.degree.begin());
    }
    if (table.degree[worst] >= params.most_degree) break;
    table.degree[worst] *= 2;
  }
  // What was learnt of the range after the best table was made belongs to it as well.
  best->min_chi = table.min_chi;
  best->at_min_chi = table.at_min_chi;
  best->least_gap = table.least_gap;
  best->at_least_gap = table.at_least_gap;
  return best;
}

}  // namespace rdd
