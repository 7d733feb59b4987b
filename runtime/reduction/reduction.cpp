#include "runtime/reduction/reduction.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/reduction/resolution.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Moments of the hops, all axes.
struct Moments {
  std::vector<MatrixXd> first;                ///< A_α
  std::vector<std::vector<MatrixXd>> second;  ///< A_αβ
  explicit Moments(const BlochOperator& bloch) {
    const int axes = bloch.network().lattice.embedding();
    second.resize(static_cast<std::size_t>(axes));
    for (int alpha = 0; alpha < axes; ++alpha) {
      first.push_back(bloch.first_moment(alpha));
      for (int beta = 0; beta < axes; ++beta) {
        second[static_cast<std::size_t>(alpha)].push_back(
            beta < alpha ? second[static_cast<std::size_t>(beta)][static_cast<std::size_t>(alpha)]
                         : bloch.second_moment(alpha, beta));
      }
    }
  }
};

/// Z with Λ_F Z − Z Λ_S = A^FS.
MatrixXd follow_slow(const SlowModes& modes, bool diagonal, Index slow, const MatrixXd& coupling) {
  const Index fast = modes.block.rows() - slow;
  if (fast == 0) return coupling;
  if (!diagonal) {
    return solve_sylvester(modes.block.bottomRightCorner(fast, fast), modes.block.topLeftCorner(slow, slow), coupling);
  }
  MatrixXd z = coupling;
  for (Index s = 0; s < slow; ++s) {
    for (Index f = 0; f < fast; ++f) {
      const double lambda = modes.block(slow + f, slow + f);
      // Equal rates on both sides of the cut (P splits a multiplet) have no answer unless they do not couple; the floor
      // keeps the numbers finite, and the resolution found with them tells what they are worth.
      z(f, s) /= std::max(lambda - modes.block(s, s), 1e-9 * lambda);
    }
  }
  return z;
}

/// Y with Y Λ_F − Λ_S Y = A^SF.
MatrixXd slip_of_slow(const SlowModes& modes, bool diagonal, Index slow, const MatrixXd& coupling) {
  SlowModes transposed;
  transposed.block = modes.block.transpose();
  return follow_slow(transposed, diagonal, slow, coupling.transpose()).transpose();
}

}  // namespace

void close_columns(MatrixXd& reaction) {
  for (Index j = 0; j < reaction.cols(); ++j) {
    reaction(j, j) = 0;
    reaction(j, j) = -reaction.col(j).sum();
  }
}

Eigen::MatrixXcd symbol(const Coefficients& coefficients, const Eigen::Ref<const Eigen::VectorXd>& k) {
  const std::complex<double> i(0, 1);
  Eigen::MatrixXcd result = coefficients.reaction.cast<std::complex<double>>();
  for (std::size_t alpha = 0; alpha < coefficients.drift.size(); ++alpha) {
    const double k_alpha = k(static_cast<Index>(alpha));
    result += i * k_alpha * coefficients.drift[alpha];
    for (std::size_t beta = 0; beta < coefficients.drift.size(); ++beta) {
      result -= k_alpha * k(static_cast<Index>(beta)) * coefficients.diffusion[alpha][beta];
    }
  }
  return result;
}

Coefficients slow_coefficients(const BlochOperator& bloch, const SlowModes& modes, int P, int order) {
  const Index slow = P;
  const Index fast = bloch.size() - slow;
  const Moments moments(bloch);
  const std::size_t axes = moments.first.size();
  Coefficients result;
  if (fast == 0) {  // the continuum equation of the whole network, Eq. 9
    result.reaction = bloch.at_zero();
    result.drift = moments.first;
    result.diffusion = moments.second;
    for (auto& row : result.diffusion) {
      for (MatrixXd& entry : row) entry *= 0.5;
    }
    return result;
  }
  if (P == 1) {
    const Transport exact = transport(bloch);
    const MatrixXd& diffusion = order == 1 ? exact.diffusion_first_order : exact.diffusion;
    result.reaction = MatrixXd::Zero(1, 1);
    result.diffusion.resize(axes);
    for (std::size_t alpha = 0; alpha < axes; ++alpha) {
      const auto a = static_cast<Index>(alpha);
      result.drift.push_back(MatrixXd::Constant(1, 1, 0.0 - exact.velocity(a)));  // C = −v, and never −0
      for (std::size_t beta = 0; beta < axes; ++beta) {
        result.diffusion[alpha].push_back(MatrixXd::Constant(1, 1, diffusion(a, static_cast<Index>(beta))));
      }
    }
    return result;
  }

  const MatrixXd left = modes.left.leftCols(slow).transpose();
  const MatrixXd right = modes.right.leftCols(slow);
  result.reaction = -modes.block.topLeftCorner(slow, slow);
  std::vector<MatrixXd> slow_fast, z;
  for (const MatrixXd& moment : moments.first) {
    result.drift.push_back(left * moment * right);  // A_α^SS
    if (order == 1) continue;
    slow_fast.push_back(left * moment * modes.right.rightCols(fast));
    z.push_back(follow_slow(modes, bloch.reversible(), slow, modes.left.rightCols(fast).transpose() * moment * right));
  }
  result.diffusion.resize(axes);
  for (std::size_t alpha = 0; alpha < axes; ++alpha) {
    for (std::size_t beta = 0; beta < axes; ++beta) {
      if (beta < alpha) {
        result.diffusion[alpha].push_back(result.diffusion[beta][alpha]);
        continue;
      }
      MatrixXd entry = 0.5 * (left * moments.second[alpha][beta] * right);  // ½ A_αβ^SS
      if (order == 2) entry += 0.5 * (slow_fast[alpha] * z[beta] + slow_fast[beta] * z[alpha]);
      result.diffusion[alpha].push_back(std::move(entry));
    }
  }
  return result;
}

namespace {

/// A reduction, and its coefficients in the basis of the slow modes.
struct CoarseGrained {
  Reduction reduction;
  Coefficients basis;
};

CoarseGrained coarse_grain(const BlochOperator& bloch, int P, const ReduceParams& params) {
  expects(P >= 1 && P <= bloch.size(), "between one and M coarse states");
  expects(params.order == 1 || params.order == 2, "order 1 or 2");
  const Index slow = P;
  const Index fast = bloch.size() - slow;
  const SlowModes modes = modes_at_zero(bloch, P);
  const Coefficients basis = slow_coefficients(bloch, modes, P, params.order);

  Reduction result;
  result.P = P;
  result.order = params.order;
  result.lambda = modes.lambda;
  if (P > 1 && P < bloch.size()) result.digits = modes.digits;  // otherwise no eigenvalue enters the coefficients
  const Eigen::VectorXd weights = bloch.network().log_weights.array().exp();
  const auto left = modes.left.leftCols(slow);
  result.groups = params.like ? memberships_like(*params.like, left, weights) : memberships(left, weights);

  if (fast == 0) {  // already in the states themselves: M_P W_Sᵀ is the identity
    result.coefficients = basis;
    close_columns(result.coefficients.reaction);
    result.projection = MatrixXd::Identity(P, P);
    result.lift = MatrixXd::Identity(P, P);
  } else {
    const MatrixXd m =
        result.groups.transform.transpose();  // M_P = Aᵀ (Eqs. 28 and 36, as docs/theory.md corrects them)
    const Eigen::PartialPivLU<MatrixXd> lu(m.transpose());
    const auto transformed = [&](const MatrixXd& x) -> MatrixXd {  // M x M⁻¹
      return lu.solve((m * x).transpose()).transpose();
    };
    result.coefficients.reaction = transformed(basis.reaction);
    close_columns(result.coefficients.reaction);
    result.coefficients.diffusion.resize(basis.drift.size());
    for (std::size_t alpha = 0; alpha < basis.drift.size(); ++alpha) {
      result.coefficients.drift.push_back(transformed(basis.drift[alpha]));
      for (std::size_t beta = 0; beta < basis.drift.size(); ++beta) {
        result.coefficients.diffusion[alpha].push_back(beta < alpha ? result.coefficients.diffusion[beta][alpha]
                                                                    : transformed(basis.diffusion[alpha][beta]));
      }
    }
    result.projection = result.groups.chi.transpose();
    result.lift = lu.solve(modes.right.leftCols(slow).transpose()).transpose();  // V_S M_P⁻¹
  }

  if (params.order == 2) {
    for (int axis = 0; axis < bloch.network().lattice.embedding(); ++axis) {
      if (fast == 0) {
        result.slip.push_back(MatrixXd::Zero(P, P));
        continue;
      }
      const MatrixXd coupling =
          modes.left.leftCols(slow).transpose() * bloch.first_moment(axis) * modes.right.rightCols(fast);
      const MatrixXd y = slip_of_slow(modes, bloch.reversible(), slow, coupling);
      result.slip.push_back(result.groups.transform.transpose() * y * modes.left.rightCols(fast).transpose());
    }
  }
  return {std::move(result), basis};
}

}  // namespace

Reduction reduce_unresolved(const BlochOperator& bloch, int P, const ReduceParams& params) {
  return coarse_grain(bloch, P, params).reduction;
}

Reduction reduce(const BlochOperator& bloch, int P, const ReduceParams& params) {
  expects(params.error > 0, "a positive error");
  auto [result, basis] = coarse_grain(bloch, P, params);
  SampledBands exact(bloch);
  result.resolution = find_resolution(exact, basis, params.error);
  result.resolution_error = params.error;
  result.gap = gap_within(exact, P, std::isfinite(result.resolution) ? result.resolution : 1.0);
  return result;
}

}  // namespace rdd
