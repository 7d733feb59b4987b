// The inverse of the generator of a large network, where it has one.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "runtime/network/rate_network.hpp"
#include "runtime/sparse/multifrontal.hpp"

namespace rdd {

/// Networks of more states are treated by sparse methods, which find the slowest modes only; smaller ones by dense
/// ones, which find all of them.
inline constexpr int most_dense_states = 600;

/// What a sparse method cannot do with a network: the outside world's limits, for the pipeline to explain.
class SparseLimit : public std::runtime_error {
 public:
  enum class Reason {
    memory,     ///< the factors do not fit into this machine's memory
    range,      ///< fluxes or weights span more than the range of double precision
    precision,  ///< an iteration did not converge, or a pivot drowned in round-off
    engine,     ///< the engine asked for is not installed
  };
  SparseLimit(Reason reason, const std::string& what) : std::runtime_error(what), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

/// Throws SparseLimit where factors with so many bytes would not fit into the memory of this machine.
void expect_memory(double bytes);

class Aggregation;

/// G with T G = G T = 1 − π̂ 1ᵀ for T = −Q̃(0) (docs/theory.md, section 5), as an operator.
///
/// One factorisation without subtractions (multifrontal.hpp), with the most probable state pinned. Reversible networks
/// are factorised as the symmetric matrix of their fluxes; those whose factors would hold more than `most_fill` numbers
/// a transition are solved by conjugate gradients instead, with aggregates of states as a hierarchy of coarser networks
/// (aggregation.hpp), so that memory grows like the number of transitions.
class GroupInverse {
 public:
  static constexpr double most_fill = 60;
  enum class Engine { automatic, factors, iteration };

  explicit GroupInverse(const RateNetwork& network, Engine engine = Engine::automatic);
  ~GroupInverse();
  GroupInverse(GroupInverse&&) noexcept;

  int size() const { return static_cast<int>(weights_.size()); }
  bool iterative() const { return aggregation_ != nullptr; }
  const std::shared_ptr<const EliminationPlan>& plan() const { return plan_; }
  const Eigen::VectorXd& weights() const { return weights_; }  ///< π̂
  std::size_t bytes() const;                                   ///< of factors or hierarchy

  /// X ← G X: densities; the columns of the result sum to zero.
  void apply(Eigen::MatrixXd& x) const;
  /// X ← Gᵀ X: left vectors; the columns of the result are orthogonal to π̂.
  void apply_transposed(Eigen::MatrixXd& x) const;
  /// X ← Π^{-1/2} G Π^{1/2} X, symmetric where the network is reversible, or its transpose.
  void apply_balanced(Eigen::MatrixXd& x, bool transposed = false) const;
  /// Gᵀ Π^{-1/2} X = Π^{-1} G Π^{1/2} X for reversible networks, with full accuracy at the rarest states too.
  Eigen::MatrixXd left_from_balanced(const Eigen::MatrixXd& x) const;

  /// Currents X (M, …) into the states of the network of fluxes, of which each column sums to zero or is made to in
  /// proportion to π̂ -> the potentials w with Σ_j π_j q_ij (w_i − w_j) = x_i and π̂ᵀ w = 0. Reversible networks. Where
  /// the solution is iterated, residuals are below `tolerance` (relative).
  void potentials(Eigen::MatrixXd& x, double tolerance = 1e-13) const;

  /// Mean time to reach the pinned state from where that takes longest, s: errors of G are about 1e-16 of it.
  double longest_time() const { return longest_time_; }

 private:
  /// Reversible: C w = b, any constant in w.
  void solve_fluxes(Eigen::MatrixXd& x, double tolerance = 1e-13) const;

  bool reversible_;
  Eigen::VectorXd weights_;
  Eigen::VectorXd root_weights_;
  double scale_ = 1;  ///< fluxes are kept divided by it
  std::shared_ptr<const EliminationPlan> plan_;
  std::optional<SparseFactor<double>> factor_;
  std::unique_ptr<Aggregation> aggregation_;
  double longest_time_ = 0;
};

/// Stationary distribution of a large network as logarithms, by the same elimination. Throws SparseLimit where weights
/// span more than the range of double precision.
Eigen::VectorXd log_stationary_sparse(const RateNetwork& network);

}  // namespace rdd
