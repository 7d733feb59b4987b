#include "runtime/reduction/sparse_reduction.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/reduction/fast_subspace.hpp"
#include "runtime/reduction/resolution.hpp"
#include "runtime/reduction/sparse_transport.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Sparse = Eigen::SparseMatrix<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double longest = 1e4;  // cells

/// The reduced equation in the basis of the slow modes.
Coefficients slow_coefficients(const RateNetwork& network, const GroupInverse& inverse, const SparseModes& modes,
                               const SparseMoments& moments, Gauge gauge, int order) {
  const Index P = modes.lambda.size();
  const std::size_t axes = moments.first.size();
  Coefficients result;
  result.diffusion.resize(axes);
  if (P == 1) {
    const Transport exact = sparse_transport(network, inverse, gauge).transport;
    const MatrixXd& diffusion = order == 1 ? exact.diffusion_first_order : exact.diffusion;
    result.reaction = MatrixXd::Zero(1, 1);
    for (std::size_t a = 0; a < axes; ++a) {
      result.drift.push_back(MatrixXd::Constant(1, 1, 0.0 - exact.velocity(static_cast<Index>(a))));
      for (std::size_t b = 0; b < axes; ++b) {
        result.diffusion[a].push_back(
            MatrixXd::Constant(1, 1, diffusion(static_cast<Index>(a), static_cast<Index>(b))));
      }
    }
    return result;
  }
  const MatrixXd left = modes.left.transpose();
  result.reaction = -modes.block;
  std::vector<MatrixXd> moved;
  for (const Sparse& moment : moments.first) {
    moved.push_back(moment * modes.right);
    result.drift.push_back(left * moved.back());  // A_α^SS
  }
  std::vector<MatrixXd> z;
  if (order == 2) {
    const MatrixXd all = FastSubspace(network, inverse, modes).solve(side_by_side(moved), false);
    for (std::size_t a = 0; a < axes; ++a) z.push_back(all.middleCols(static_cast<Index>(a) * P, P));  // V_F Z_α
  }
  for (std::size_t a = 0; a < axes; ++a) {
    for (std::size_t b = 0; b < axes; ++b) {
      if (b < a) {
        result.diffusion[a].push_back(result.diffusion[b][a]);
        continue;
      }
      MatrixXd entry = 0.5 * (left * (moments.second[a][b] * modes.right));  // ½ A_αβ^SS
      if (order == 2) {
        entry += 0.5 * (left * (moments.first[a] * z[b]) + left * (moments.first[b] * z[a]));
      }
      result.diffusion[a].push_back(std::move(entry));
    }
  }
  return result;
}

Eigen::VectorXd wave_vector(const Lattice& lattice, const Eigen::VectorXd& phases) {
  const MatrixXd metric = lattice.vectors.transpose() * lattice.vectors;
  return lattice.vectors * metric.householderQr().solve(phases);
}

/// The largest |λ_reduced − λ| / |λ| of the P slow bands over the directions at this radius; stops beyond `enough`.
/// `first`: the direction to begin with; then the one with the largest error.
double error_at(SparseBands& bands, const Coefficients& reduced, double radius, double enough, Index& first) {
  const int P = reduced.components();
  const RateNetwork& network = bands.spectrum().network();
  const double round_off = network.reversible ? 0 : 1e-12 * network.escape.maxCoeff();
  const MatrixXd directions = bands.directions();
  double worst = 0;
  const Index start = first;
  for (Index turn = 0; turn < directions.cols() && worst <= enough; ++turn) {
    const Index direction = (start + turn) % directions.cols();
    const Eigen::VectorXd phases = radius * directions.col(direction);
    const Eigen::VectorXcd& lambda = bands.at(phases, P + 1);
    const Eigen::MatrixXcd at_k = symbol(reduced, wave_vector(network.lattice, phases));
    if (!at_k.allFinite()) return infinity;
    const double floor = round_off + 1e-12 * at_k.norm();
    const Eigen::VectorXcd found = eigenvalues(Eigen::MatrixXcd(-at_k));
    std::vector<Index> unmatched(static_cast<std::size_t>(P));
    std::iota(unmatched.begin(), unmatched.end(), Index{0});
    for (Index m = 0; m < P; ++m) {  // each λ with the nearest not yet taken
      const auto nearest = std::min_element(unmatched.begin(), unmatched.end(), [&](Index a, Index b) {
        return std::abs(found(a) - lambda(m)) < std::abs(found(b) - lambda(m));
      });
      const double difference = std::abs(found(*nearest) - lambda(m));
      if (difference > floor && difference > worst * std::abs(lambda(m))) {
        worst = difference / std::abs(lambda(m));
        first = direction;
      }
      unmatched.erase(nearest);
    }
  }
  return worst;
}

/// An L at which the reduced bands are right to `error`, at most 2.5 times one at which they are not. Errors of order 2
/// fall like k², others at least like k: that tells how far to go.
double find_resolution(SparseBands& bands, const Coefficients& reduced, double error) {
  constexpr int most_trials = 16;
  constexpr double near = 2.5;
  double L = 1, bad = 0, good = infinity;
  Index direction = 0;
  for (int trial = 0; trial < most_trials && L <= longest; ++trial) {
    const double found = error_at(bands, reduced, std::numbers::pi / L, error, direction);
    if (found <= error) {
      good = L;
    } else {
      bad = L;
    }
    if (std::isfinite(good)) {
      if (bad == 0 || good <= near * bad) break;
      L = std::sqrt(good * bad);
    } else {
      const double factor = std::isfinite(found) ? std::sqrt(1.2 * found / error) : infinity;
      L *= std::clamp(trial < 5 ? factor : factor * factor, 1.2, 6.0);
    }
  }
  return good;
}

GapCandidate gap_within(SparseBands& bands, int P, double L) {
  return sparse_gaps(bands, {L}, P + 1)[static_cast<std::size_t>(P - 1)];
}

double usable(double resolution) {
  return std::isfinite(resolution) ? resolution : 1.0;
}

}  // namespace

Eigen::MatrixXd SparseBands::directions() const {
  const int n = spectrum_.network().lattice.dimension();
  MatrixXd result = MatrixXd::Identity(n, n > 1 ? n + 1 : n);
  if (n > 1) result.col(n).setOnes();
  return result;
}

const Eigen::VectorXcd& SparseBands::at(const Eigen::VectorXd& phases, int count) {
  Eigen::VectorXcd& lambda = known_[{phases.data(), phases.data() + phases.size()}];
  if (lambda.size() < count) lambda = spectrum_.slow_bands(phases, count);
  return lambda;
}

std::vector<GapCandidate> sparse_gaps(SparseBands& bands, const std::vector<double>& cutoffs, int count) {
  const MatrixXd directions = bands.directions();
  const Eigen::VectorXd centre = Eigen::VectorXd::Zero(directions.rows());
  const Eigen::VectorXd at_centre = bands.at(centre, count).real();
  std::vector<GapCandidate> table;
  for (int P = 1; P < count; ++P) {
    for (const double L : cutoffs) {
      GapCandidate gap{P, L, at_centre(P - 1), at_centre(P), infinity, 0, centre, centre};
      for (Index direction = 0; direction < directions.cols(); ++direction) {
        const Eigen::VectorXd phases = std::numbers::pi / L * directions.col(direction);
        const Eigen::VectorXcd& lambda = bands.at(phases, count);
        if (lambda(P - 1).real() > gap.below) {
          gap.below = lambda(P - 1).real();
          gap.k_below = phases;
        }
        if (lambda(P).real() < gap.above) {
          gap.above = lambda(P).real();
          gap.k_above = phases;
        }
      }
      if (gap.below > 0) gap.ratio = gap.above / gap.below;
      gap.tau = gap.below > 0 ? 1 / std::sqrt(gap.below * gap.above) : 1 / gap.above;
      table.push_back(gap);
    }
  }
  return table;
}

namespace {

/// What the reductions of one network have in common, with its slow modes.
struct SlowSpace {
  const RateNetwork& network;
  const GroupInverse& inverse;
  SparseModes found;  ///< a few more than P
  SparseModes modes;  ///< P
  SparseMoments moments;

  SlowSpace(const SparseSpectrum& spectrum, Gauge gauge, int P)
      : network(spectrum.network()),
        inverse(spectrum.group_inverse()),
        found(spectrum.slow_modes(P + 3)),
        modes(leading_modes(found, P, network.reversible)),
        moments(network, gauge) {}
};

/// A reduction, and its coefficients in the basis of the slow modes.
struct CoarseGrained {
  Reduction reduction;
  Coefficients basis;
};

CoarseGrained coarse_grain(const SlowSpace& slow, Gauge gauge, const ReduceParams& params) {
  const Index P = slow.modes.lambda.size();
  expects(P >= 1 && P <= most_coarse_states && 8 * (P + 3) < slow.network.size(), "a few coarse states of many");
  expects(params.order == 1 || params.order == 2, "order 1 or 2");
  const Coefficients basis =
      slow_coefficients(slow.network, slow.inverse, slow.modes, slow.moments, gauge, params.order);
  Reduction result;
  result.P = static_cast<int>(P);
  result.order = params.order;
  result.lambda = slow.found.lambda;
  if (P > 1) result.digits = slow.found.digits;
  result.groups = params.like ? memberships_like(*params.like, slow.modes.left, slow.inverse.weights())
                              : memberships(slow.modes.left, slow.inverse.weights());
  const MatrixXd m = result.groups.transform.transpose();  // M_P = Aᵀ
  const MatrixXd inverted = m.fullPivHouseholderQr().inverse();
  const auto transformed = [&](const MatrixXd& x) -> MatrixXd { return m * x * inverted; };
  result.coefficients.reaction = transformed(basis.reaction);
  close_columns(result.coefficients.reaction);
  result.coefficients.diffusion.resize(basis.drift.size());
  for (std::size_t a = 0; a < basis.drift.size(); ++a) {
    result.coefficients.drift.push_back(transformed(basis.drift[a]));
    for (std::size_t b = 0; b < basis.drift.size(); ++b) {
      result.coefficients.diffusion[a].push_back(b < a ? result.coefficients.diffusion[b][a]
                                                       : transformed(basis.diffusion[a][b]));
    }
  }
  result.projection = result.groups.chi.transpose();
  result.lift = slow.modes.right * inverted;
  return {std::move(result), basis};
}

}  // namespace

Reduction sparse_reduce_unresolved(const SparseSpectrum& spectrum, Gauge gauge, int P, const ReduceParams& params) {
  return coarse_grain(SlowSpace(spectrum, gauge, P), gauge, params).reduction;
}

Reduction sparse_reduce(SparseBands& bands, Gauge gauge, int P, const ReduceParams& params) {
  expects(params.error > 0, "a positive error");
  const SlowSpace slow(bands.spectrum(), gauge, P);
  CoarseGrained found = coarse_grain(slow, gauge, params);
  Reduction& result = found.reduction;
  if (params.order == 2) {
    std::vector<MatrixXd> coupling;
    for (const Sparse& moment : slow.moments.first) coupling.push_back(moment.transpose() * slow.modes.left);
    const MatrixXd all = FastSubspace(slow.network, slow.inverse, slow.modes).solve(side_by_side(coupling), true);
    const MatrixXd m = result.groups.transform.transpose();
    for (std::size_t a = 0; a < coupling.size(); ++a) {  // M_P Y W_Fᵀ with Y Λ_F − Λ_S Y = A^SF
      result.slip.push_back(m * all.middleCols(static_cast<Index>(a) * P, P).transpose());
    }
  }
  result.resolution = find_resolution(bands, found.basis, params.error);
  result.resolution_error = params.error;
  result.gap = gap_within(bands, P, usable(result.resolution));
  return std::move(result);
}

Choice sparse_choose(SparseBands& bands, Gauge gauge, const ReduceParams& params) {
  constexpr int last = 8;
  const RateNetwork& network = bands.spectrum().network();
  const GroupInverse& inverse = bands.spectrum().group_inverse();
  const SparseModes& found = bands.spectrum().slow_modes(last + 3);
  const SparseMoments moments(network, gauge);
  const Eigen::VectorXd centre = Eigen::VectorXd::Zero(network.lattice.dimension());
  Choice choice;
  std::vector<bool> eligible;
  for (int P = 1; P <= last; ++P) {
    const double slow = found.lambda(P - 1).real(), fast = found.lambda(P).real();
    Choice::Row row{.gap = {P, 1, slow, fast, slow > 0 ? fast / slow : infinity, 0, centre, centre},
                    .resolution = infinity,
                    .verdict = {}};
    row.gap.tau = slow > 0 ? 1 / std::sqrt(slow * fast) : 1 / fast;
    if (splits_pair(found.lambda, P)) {
      row.verdict = "would split a complex pair";
    } else if (row.gap.ratio < least_gap) {
      row.verdict =
          fmt::format("gap ratio {:.2f} at k = 0 is below {:g}; resolution not looked for", row.gap.ratio, least_gap);
    } else {
      const SparseModes modes = leading_modes(found, P, network.reversible);
      row.resolution = find_resolution(bands, slow_coefficients(network, inverse, modes, moments, gauge, params.order),
                                       params.error);
      row.gap = gap_within(bands, P, usable(row.resolution));
      row.verdict = verdict(row, params.error);
    }
    eligible.push_back(row.verdict.empty());
    choice.rows.push_back(std::move(row));
  }
  decide(choice, eligible, network.size());
  return choice;
}

}  // namespace rdd
