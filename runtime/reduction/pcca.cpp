// PCCA+: memberships χ = X A that are as crisp as possible (Röblitz & Weber 2013).
//
// The P slow left vectors are nearly constant on each group of states, so the rows of X (M, P) crowd near the corners
// of a simplex. The rows nearest to its corners (the inner simplex) give a first χ = X X_I⁻¹, which may be slightly
// negative elsewhere; lifting each column to zero and scaling makes it feasible.
//
// The feasible χ (χ ≥ 0, rows summing to 1, columns in the span of X) form a polytope, and the crispness
// Σ_j (χ_jᵀ η χ_j)/(ηᵀ χ_j)/P is convex on it, a sum of squares over linear functions. Its maxima are therefore corners
// of the polytope. Instead of a general optimiser we walk from corner to corner as the simplex method does, each time
// along the edge with the greatest gain, until no edge leads higher: the result is a local maximum to the last digits,
// in finitely many steps, and the same on every machine.
//
// Where the slow modes have no such groups (those of plain diffusion, say), the walk may end with a group that is
// empty, or a mixture of others: A is singular, and there is no equation for these groups. Then the first, feasible χ
// stays.
//
// Of many states most lie inside the simplex and never bound anything. The walk then knows the outermost of them only;
// states of which it ends outside are taken in, and it is walked again. The corner at which nothing is left out is one
// of the whole polytope, whose edges there are parts of those looked at: by convexity none leads higher.
#include "runtime/reduction/pcca.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "runtime/expects.hpp"
#include "runtime/sparse/numbers.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr double tiny = 1e-11;  // memberships are of order 1 and found to about 1e-14

/// Rows that span the inner simplex: the longest, then always the one farthest from the plane through those chosen.
std::vector<Index> inner_simplex(const Eigen::MatrixXd& x) {
  const Index P = x.cols();
  // Columns on one scale, so that no mode outweighs another by its normalisation.
  Eigen::MatrixXd rest = x;
  for (Index m = 1; m < P; ++m) rest.col(m) /= rest.col(m).cwiseAbs().maxCoeff();
  std::vector<Index> corners;
  Index corner = 0;
  rest.rowwise().squaredNorm().maxCoeff(&corner);
  corners.push_back(corner);
  const Eigen::RowVectorXd origin = rest.row(corner);
  rest.rowwise() -= origin;
  while (static_cast<Index>(corners.size()) < P) {
    const double distance = rest.rowwise().squaredNorm().maxCoeff(&corner);
    expects(distance > 0, "independent slow modes");
    corners.push_back(corner);
    const Eigen::RowVectorXd direction = rest.row(corner).normalized();
    rest -= (rest * direction.transpose() * direction).eval();
  }
  return corners;
}

/// Are the groups independent of each other, from their memberships C (P, P) of the corners of the inner simplex?
bool independent(const Eigen::MatrixXd& c) {
  constexpr double least = 1e-4;
  return c.partialPivLu().rcond() >= least;
}

/// χ X_I⁻¹ of the inner simplex.
Eigen::MatrixXd simplex_of(const Eigen::MatrixXd& left, const Eigen::MatrixXd& corner_rows) {
  return corner_rows.transpose().partialPivLu().solve(left.transpose()).transpose();
}

/// The memberships C of the corners when each column of the simplex, of these least entries, is lifted to zero.
Eigen::MatrixXd lifted(const Eigen::RowVectorXd& lowest) {
  const Index P = lowest.size();
  return (Eigen::MatrixXd::Identity(P, P).rowwise() - lowest) / (1 - lowest.sum());
}

double crispness(const Eigen::MatrixXd& chi, const Eigen::VectorXd& weights) {
  double sum = 0;
  for (Index j = 0; j < chi.cols(); ++j) {
    const double mass = weights.dot(chi.col(j));
    if (mass > 0) sum += weights.dot(chi.col(j).cwiseAbs2()) / mass;
  }
  return sum / static_cast<double>(chi.cols());
}

/// Crispness as a function of C (P, P), the memberships χ_I of the corners of the inner simplex: χ = B C with B = X
/// X_I⁻¹.
class Objective {
 public:
  Objective(const Eigen::MatrixXd& simplex, const Eigen::VectorXd& weights)
      : simplex_(simplex),
        weights_(weights),
        square_(simplex.transpose() * (weights.asDiagonal() * simplex)),
        mass_(simplex.transpose() * weights) {}

  /// From the memberships of all states.
  double exact(const Eigen::MatrixXd& c) const { return crispness(simplex_ * c, weights_); }

  /// From (P, P) sums alone, which for groups of little weight are differences of larger ones.
  struct Estimate {
    double value = 0, doubt = 0;
  };
  Estimate estimate(const Eigen::MatrixXd& c) const {
    Estimate result;
    for (Index j = 0; j < c.cols(); ++j) {
      const double mass = mass_.dot(c.col(j));
      constexpr double round_off = 1e-14;
      if (mass <= round_off) return {0, std::numeric_limits<double>::infinity()};
      result.value += c.col(j).dot(square_ * c.col(j)) / mass;
      result.doubt += round_off / mass;
    }
    const double groups = static_cast<double>(c.cols());
    return {result.value / groups, result.doubt / groups};
  }

  /// P times the derivative by each entry of C.
  Eigen::MatrixXd slope(const Eigen::MatrixXd& c) const {
    Eigen::MatrixXd by_state = simplex_ * c;
    for (Index j = 0; j < c.cols(); ++j) {
      auto column = by_state.col(j).array();
      const double mass = (weights_.array() * column).sum();
      const double square = (weights_.array() * column.square()).sum();
      column = mass > 0 ? Eigen::ArrayXd(weights_.array() * (2 * column - square / mass) / mass)
                        : Eigen::ArrayXd::Zero(column.size());
    }
    return simplex_.transpose() * by_state;
  }

 private:
  const Eigen::MatrixXd& simplex_;
  const Eigen::VectorXd& weights_;
  Eigen::MatrixXd square_;
  Eigen::VectorXd mass_;
};

/// The polytope as a tableau: memberships z of some states as affine functions of P(P − 1) free ones, z = z_now + T (x
/// − x_now).
class Polytope {
 public:
  /// `simplex` (…, P): χ of the inner simplex for the states that bound the polytope, the identity on its corners;
  /// `lowest` (P): least entries among all states.
  Polytope(const Eigen::MatrixXd& simplex, const std::vector<Index>& corners, const Eigen::RowVectorXd& lowest,
           const Objective& objective)
      : states_(simplex.rows()), groups_(simplex.cols()), corners_(corners), objective_(objective) {
    // Free at first: memberships of the corners in all groups but the last, C. Then χ = B C, and the last group is the
    // rest.
    const Index free = groups_ * (groups_ - 1);
    tableau_ = Eigen::MatrixXd::Zero(states_ * groups_, free);
    for (Index j = 0; j + 1 < groups_; ++j) {
      tableau_.block(j * states_, j * groups_, states_, groups_) = simplex;
      tableau_.block((groups_ - 1) * states_, j * groups_, states_, groups_) = -simplex;
      for (Index corner = 0; corner < groups_; ++corner) {
        free_.push_back(j * states_ + corners[static_cast<std::size_t>(corner)]);
      }
    }
    z_.resize(states_ * groups_);
    for (Index j = 0; j < groups_; ++j) {
      z_.segment(j * states_, states_) = (simplex.col(j).array() - lowest(j)) / (1 - lowest.sum());
    }
    z_ = (z_.array().abs() < tiny).select(0.0, z_);
  }

  void climb() {
    climb_to_corner();
    for (Index step = 0; step < 50 * (1 + tableau_.cols()); ++step) {
      if (!take_best_edge() && !turn_degenerate_corner()) return;
    }
  }

  /// Memberships of the corners of the inner simplex.
  Eigen::MatrixXd at_corners() const { return at_corners(z_); }

  /// {row, group} of the free memberships, all zero at a corner.
  std::vector<std::array<int, 2>> zeros() const {
    std::vector<std::array<int, 2>> result;
    for (const Index row : free_) result.push_back({static_cast<int>(row % states_), static_cast<int>(row / states_)});
    return result;
  }

 private:
  template <class Vector>
  Eigen::MatrixXd at_corners(const Vector& z) const {
    Eigen::MatrixXd result(groups_, groups_);
    for (Index j = 0; j < groups_; ++j) {
      for (Index corner = 0; corner < groups_; ++corner)
        result(corner, j) = z(j * states_ + corners_[static_cast<std::size_t>(corner)]);
    }
    return result;
  }

  Eigen::VectorXd gradient() const {
    const Eigen::MatrixXd slope = objective_.slope(at_corners());
    Eigen::VectorXd result = Eigen::VectorXd::Zero(tableau_.cols());
    for (Index j = 0; j < groups_; ++j) {
      for (Index corner = 0; corner < groups_; ++corner)
        result += slope(corner, j) * tableau_.row(j * states_ + corners_[static_cast<std::size_t>(corner)]).transpose();
    }
    return result;
  }

  struct Stop {
    double length = std::numeric_limits<double>::infinity();
    Index row = -1;
  };
  /// How far z may move along `change` before a membership reaches zero; among equals the one that changes most.
  Stop ratio_test(const Eigen::VectorXd& change) const {
    const double scale = change.cwiseAbs().maxCoeff();
    Stop stop;
    for (Index row = 0; row < z_.size(); ++row) {
      if (change(row) >= -tiny * scale) continue;
      const double length = z_(row) / -change(row);
      if (length < stop.length - tiny ||
          (length < stop.length + tiny && stop.row >= 0 && change(row) < change(stop.row))) {
        stop = {std::min(length, stop.length), row};
      }
    }
    return stop;
  }

  void move(const Eigen::VectorXd& change, const Stop& stop) {
    z_ += stop.length * change;
    z_(stop.row) = 0;
    z_ = (z_.array().abs() < tiny).select(0.0, z_);
  }

  /// z(row) becomes free in place of column `column`.
  void pivot(Index row, Index column) {
    const double entry = tableau_(row, column);
    const Eigen::RowVectorXd old_row = tableau_.row(row);
    const Eigen::VectorXd scaled = tableau_.col(column) / entry;
    tableau_.noalias() -= scaled * old_row;
    tableau_.col(column) = scaled;
    tableau_.row(row).setZero();
    tableau_(row, column) = 1;
    free_[static_cast<std::size_t>(column)] = row;
  }

  /// From the inside to a corner, uphill all the way: f is convex, so a step along its gradient never loses.
  void climb_to_corner() {
    std::vector<Index> loose;  // columns whose membership is not at zero
    for (Index column = 0; column < tableau_.cols(); ++column) {
      if (z_(free_[static_cast<std::size_t>(column)]) > 0) loose.push_back(column);
    }
    while (!loose.empty()) {
      const Eigen::VectorXd slope = gradient();
      Eigen::VectorXd direction = Eigen::VectorXd::Zero(tableau_.cols());
      for (const Index column : loose) direction(column) = slope(column);
      if (direction.cwiseAbs().maxCoeff() < tiny) {
        direction.setZero();
        direction(loose.front()) = 1;
      }
      direction /= direction.cwiseAbs().maxCoeff();
      const Eigen::VectorXd change = tableau_ * direction;
      const Stop stop = ratio_test(change);
      expects(stop.row >= 0, "a bounded set of memberships");
      move(change, stop);
      auto leaving = std::find_if(loose.begin(), loose.end(),
                                  [&](Index column) { return free_[static_cast<std::size_t>(column)] == stop.row; });
      if (leaving == loose.end()) {
        leaving = std::max_element(loose.begin(), loose.end(), [&](Index a, Index b) {
          return std::abs(tableau_(stop.row, a)) < std::abs(tableau_(stop.row, b));
        });
        pivot(stop.row, *leaving);
      }
      loose.erase(leaving);
    }
  }

  /// Looks at the far end of every edge of this corner; takes the highest if it is higher than here.
  bool take_best_edge() {
    constexpr double no_gain = 1e-13;  // round-off
    struct Edge {
      Index column;
      Stop stop;
      double gain;
    };
    const Eigen::MatrixXd here = at_corners();
    const Objective::Estimate low = objective_.estimate(here);
    std::vector<Edge> edges;
    for (Index column = 0; column < tableau_.cols(); ++column) {
      const Stop stop = ratio_test(tableau_.col(column));
      if (stop.row < 0 || stop.length < tiny) continue;
      const Objective::Estimate high = objective_.estimate(here + stop.length * at_corners(tableau_.col(column)));
      const double gain = high.value - low.value;
      if (!(gain + high.doubt + low.doubt <= no_gain)) edges.push_back({column, stop, gain});
    }
    if (edges.empty()) return false;
    std::stable_sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.gain > b.gain; });
    const double exact = objective_.exact(here);
    for (const Edge& edge : edges) {
      const Eigen::VectorXd change = tableau_.col(edge.column);
      const Eigen::MatrixXd there = here + edge.stop.length * at_corners(change);
      if (!independent(there) || objective_.exact(there) <= exact + no_gain) continue;
      move(change, edge.stop);
      pivot(edge.stop.row, edge.column);
      return true;
    }
    return false;
  }

  /// More memberships than needed may be zero here (symmetric networks). Edges then hide behind others of length zero:
  /// exchange which of the zeros count as free, by Bland's rule, which cannot go round in circles.
  bool turn_degenerate_corner() {
    const Eigen::VectorXd slope = gradient();
    Index entering = -1;
    for (Index column = 0; column < tableau_.cols(); ++column) {
      if (slope(column) <= tiny || ratio_test(tableau_.col(column)).length >= tiny) continue;
      if (entering < 0 || free_[static_cast<std::size_t>(column)] < free_[static_cast<std::size_t>(entering)]) {
        entering = column;
      }
    }
    if (entering < 0) return false;
    for (Index row = 0; row < z_.size(); ++row) {
      if (z_(row) == 0 && tableau_(row, entering) < -1e-9) {
        pivot(row, entering);
        return true;
      }
    }
    return false;
  }

  Index states_;
  Index groups_;
  const std::vector<Index>& corners_;
  const Objective& objective_;
  Eigen::MatrixXd tableau_;  ///< (S P, P (P − 1)); row j·S + i is membership of state i of S in group j
  std::vector<Index> free_;  ///< for each column its row
  Eigen::VectorXd z_;
};

/// States that may bound the polytope: all of a few, of many the outermost in some directions. Ascending.
std::vector<Index> outermost(const Eigen::MatrixXd& simplex, const std::vector<Index>& corners) {
  constexpr Index few = 1000, directions = 64;
  const Index states = simplex.rows();
  if (states <= few) {
    std::vector<Index> all(static_cast<std::size_t>(states));
    std::iota(all.begin(), all.end(), Index{0});
    return all;
  }
  std::set<Index> rows(corners.begin(), corners.end());
  Numbers numbers;
  for (Index turn = 0; turn < directions; ++turn) {
    Eigen::VectorXd direction(simplex.cols());
    for (double& x : direction) x = numbers.next();
    const Eigen::VectorXd along = simplex * direction;
    Index state = 0;
    along.minCoeff(&state);
    rows.insert(state);
    along.maxCoeff(&state);
    rows.insert(state);
  }
  return {rows.begin(), rows.end()};
}

/// Of each column of χ the states that are most below zero; empty where none is.
std::vector<Index> outside(const Eigen::MatrixXd& chi) {
  constexpr std::size_t most = 16;
  std::vector<Index> result;
  for (Index j = 0; j < chi.cols(); ++j) {
    std::vector<Index> below;
    for (Index state = 0; state < chi.rows(); ++state) {
      if (chi(state, j) < -tiny) below.push_back(state);
    }
    const auto middle = below.begin() + static_cast<std::ptrdiff_t>(std::min(most, below.size()));
    std::partial_sort(below.begin(), middle, below.end(),
                      [&](Index a, Index b) { return chi(a, j) < chi(b, j) || (chi(a, j) == chi(b, j) && a < b); });
    result.insert(result.end(), below.begin(), middle);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// The order of the groups: by the lowest state whose largest membership is theirs; groups without one come last.
std::vector<Index> group_order(const Eigen::MatrixXd& chi) {
  std::vector<Index> first(static_cast<std::size_t>(chi.cols()), chi.rows());
  for (Index state = chi.rows() - 1; state >= 0; --state) {
    Index largest = 0;
    chi.row(state).maxCoeff(&largest);
    first[static_cast<std::size_t>(largest)] = state;
  }
  std::vector<Index> order(first.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return first[static_cast<std::size_t>(a)] < first[static_cast<std::size_t>(b)];
  });
  return order;
}

}  // namespace

Memberships memberships(const Eigen::Ref<const Eigen::MatrixXd>& left,
                        const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const Index states = left.rows();
  const Index P = left.cols();
  expects(P >= 1 && P <= states && weights.size() == states,
          "between one and M slow modes, and a weight for each state");
  expects((left.col(0).array() == 1).all(), "a first left vector of ones");
  Memberships result;
  if (P == 1 || P == states) {
    if (P == 1) {
      result.chi = Eigen::MatrixXd::Ones(states, 1);
      result.transform = Eigen::MatrixXd::Ones(1, 1);
    } else {
      result.chi = Eigen::MatrixXd::Identity(states, states);
      result.transform = left.partialPivLu().inverse();
    }
    result.crispness = 1;
    return result;
  }

  const std::vector<Index> corners = inner_simplex(left);
  const Eigen::MatrixXd corner_rows = left(corners, Eigen::all);
  const Eigen::PartialPivLU<Eigen::MatrixXd> to_corners(corner_rows);
  const Eigen::MatrixXd simplex = simplex_of(left, corner_rows);
  result.min_chi = simplex.minCoeff();
  result.corners.resize(corners.size());

  const Eigen::VectorXd shares = weights / weights.sum();
  const Objective objective(simplex, shares);
  const Eigen::RowVectorXd lowest = simplex.colwise().minCoeff().cwiseMin(0.0);
  std::vector<Index> rows = outermost(simplex, corners);
  Eigen::MatrixXd at_corners, chi;
  for (;;) {
    std::vector<Index> places;  // of the corners among the rows
    for (const Index corner : corners)
      places.push_back(std::lower_bound(rows.begin(), rows.end(), corner) - rows.begin());
    Polytope polytope(simplex(rows, Eigen::all), places, lowest, objective);
    polytope.climb();
    at_corners = polytope.at_corners();
    if (!independent(at_corners)) {
      at_corners = lifted(lowest);
      chi = simplex * at_corners;
      break;
    }
    chi = simplex * at_corners;
    const std::vector<Index> below = outside(chi);
    std::vector<Index> more;
    std::set_union(rows.begin(), rows.end(), below.begin(), below.end(), std::back_inserter(more));
    if (more.size() == rows.size()) {
      for (const auto& [row, group] : polytope.zeros())
        result.zeros.push_back({static_cast<int>(rows[static_cast<std::size_t>(row)]), group});
      break;
    }
    rows = std::move(more);
  }
  chi = (chi.array().abs() < tiny).select(0.0, chi);
  const Eigen::MatrixXd transform = to_corners.solve(at_corners);

  const std::vector<Index> order = group_order(chi);
  for (std::size_t p = 0; p < order.size(); ++p)
    result.corners[p] = static_cast<int>(corners[static_cast<std::size_t>(order[p])]);
  result.transform = transform(Eigen::all, order);
  result.chi = chi(Eigen::all, order);
  result.crispness = crispness(result.chi, weights);
  std::vector<int> place(order.size());
  for (std::size_t p = 0; p < order.size(); ++p) place[static_cast<std::size_t>(order[p])] = static_cast<int>(p);
  for (auto& [state, group] : result.zeros) group = place[static_cast<std::size_t>(group)];
  std::sort(result.zeros.begin(), result.zeros.end());
  return result;
}

namespace {

/// The same corners, lifted.
Memberships lifted_like(const Memberships& like, const Eigen::MatrixXd& left, const Eigen::VectorXd& weights) {
  expects(static_cast<Index>(like.corners.size()) == left.cols(), "groups found by `memberships`");
  const Eigen::MatrixXd corner_rows = left(like.corners, Eigen::all);
  const Eigen::MatrixXd simplex = simplex_of(left, corner_rows);
  const Eigen::MatrixXd at_corners = lifted(simplex.colwise().minCoeff().cwiseMin(0.0));
  Memberships result;
  result.chi = simplex * at_corners;
  result.transform = corner_rows.partialPivLu().solve(at_corners);
  result.crispness = crispness(result.chi, weights);
  result.min_chi = simplex.minCoeff();
  result.corners = like.corners;
  return result;
}

}  // namespace

Memberships memberships_like(const Memberships& like, const Eigen::Ref<const Eigen::MatrixXd>& left,
                             const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const Index states = left.rows();
  const Index P = left.cols();
  expects(like.chi.rows() == states && like.chi.cols() == P, "groups of the same states");
  if (P == 1 || P == states) return memberships(left, weights);
  if (like.zeros.empty()) return lifted_like(like, left, weights);
  expects(static_cast<Index>(like.zeros.size()) == P * (P - 1), "groups found by `memberships`");
  // P² equations for A, its columns one after the other: (W A)_ij = 0 for the zeros, and A 1 = e_0, since W e_0 = 1.
  const Eigen::RowVectorXd scale = left.cwiseAbs().colwise().maxCoeff();
  Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(P * P, P * P);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(P * P);
  Index row = 0;
  for (const auto& [state, group] : like.zeros) {
    equations.row(row++).segment(group * P, P) = left.row(state).cwiseQuotient(scale);
  }
  for (Index m = 0; m < P; ++m) {
    for (Index j = 0; j < P; ++j) equations(row, j * P + m) = 1;
    right(row++) = m == 0 ? 1 : 0;
  }
  Memberships result;
  const Eigen::VectorXd found = equations.partialPivLu().solve(right);
  result.transform = scale.cwiseInverse().asDiagonal() * found.reshaped(P, P);
  result.chi = left * result.transform;
  for (const auto& [state, group] : like.zeros) result.chi(state, group) = 0;
  result.crispness = crispness(result.chi, weights);
  result.min_chi = result.chi.minCoeff();
  result.zeros = like.zeros;
  return result;
}

}  // namespace rdd
