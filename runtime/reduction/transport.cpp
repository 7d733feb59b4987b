// Exact long-time transport of one walker: its mean velocity v and diffusivity D (docs/theory.md, section 5, the case P
// = 1).
//
// The formula D = ½ 1ᵀA_αβ v₀ + sym[1ᵀA_α G A_β v₀] subtracts numbers as large as the fastest rate to find one as small
// as the slowest. Here nothing is subtracted. The walk is watched on fewer and fewer states: when a state is left out,
// every way through it becomes a direct way between its neighbours, with the sum of the two displacements. Of each way
// we keep its probability and the mean and covariance of y = displacement − v·time. Ways in series add
// means and covariances; parallel ways mix them, Cov = Σ p_i Cov_i + p_1 p_2 (y_1 − y_2)(y_1 − y_2)ᵀ: sums of positive
// terms, like the elimination of Grassmann, Taksar and Heyman, which the probabilities follow. At the end one state is
// left, and its way back to itself is a renewal process: D = Cov(y)/(2 · mean time).
//
// Displacements are measured in a frame in which the hops of a spanning tree of largest flux have none: states joined
// by fast hops then sit at the same place, and the small differences of means that remain keep their relative accuracy.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/reduction/tree_places.hpp"

namespace rdd {
namespace {

using Vector = Eigen::Matrix<double, 3, 1>;

/// Mean and covariance of y over one way, in units of cells; n dimensions.
template <int n>
struct Moments {
  std::array<double, n> mean{};
  std::array<double, n*(n + 1) / 2> covariance{};  ///< lower triangle, row by row

  void add_in_series(const Moments& other) {
    for (int a = 0; a < n; ++a) mean[static_cast<std::size_t>(a)] += other.mean[static_cast<std::size_t>(a)];
    for (std::size_t ab = 0; ab < covariance.size(); ++ab) covariance[ab] += other.covariance[ab];
  }
  void add_square(const std::array<double, n>& y, double factor) {
    std::size_t ab = 0;
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b <= a; ++b) covariance[ab++] += factor * y[a] * y[b];
    }
  }
  /// Mixed with another way: `share` of all go there, `rest` here. Both are given, for 1 − share may have no digits
  /// left.
  void mix(const Moments& other, double share, double rest) {
    std::array<double, n> difference;
    for (std::size_t a = 0; a < n; ++a) {
      difference[a] = mean[a] - other.mean[a];
      mean[a] = rest * mean[a] + share * other.mean[a];
    }
    for (std::size_t ab = 0; ab < covariance.size(); ++ab) {
      covariance[ab] = rest * covariance[ab] + share * other.covariance[ab];
    }
    add_square(difference, rest * share);
  }
  Moments reversed() const {
    Moments result = *this;
    for (double& component : result.mean) component = -component;
    return result;
  }
};

/// The walk on fewer and fewer states. Where the network is reversible, so is the walk on any of its states: a way and
/// its reverse have opposite means and the same covariance, and only one of the two is kept.
template <int n>
class Walk {
 public:
  /// y = displacement − velocity · time, both in cells.
  Walk(const RateNetwork& network, const std::vector<Vector>& places, const Vector& velocity)
      : reversible_(network.reversible),
        states_(static_cast<std::size_t>(network.size())),
        probability_(states_ * states_, 0.0),
        moments_(states_ * states_),
        out_(states_),
        into_(states_) {
    for (const Hop& hop : network.hops) {
      if (stays(hop)) continue;
      const auto from = static_cast<std::size_t>(hop.from);
      const auto to = static_cast<std::size_t>(hop.to);
      const double wait = 1 / network.escape(hop.from);  // exponential: mean and standard deviation
      const Vector y = Vector(hop.cell[0], hop.cell[1], hop.cell[2]) + places[to] - places[from] - velocity * wait;
      const Vector spread = velocity * wait;
      Moments<n> way;
      std::array<double, n> deviation;
      for (std::size_t a = 0; a < n; ++a) {
        way.mean[a] = y(static_cast<Eigen::Index>(a));
        deviation[a] = spread(static_cast<Eigen::Index>(a));
      }
      way.add_square(deviation, 1);
      add(from, to, hop.rate * wait, way);
    }
  }

  /// Mean and covariance of y on the way of the state that is kept back to itself.
  Moments<n> eliminate_all_but(std::size_t kept) {
    std::vector<std::size_t> left;
    for (std::size_t state = 0; state < states_; ++state) {
      if (state != kept) left.push_back(state);
    }
    while (!left.empty()) {  // fewest new ways first, the lowest state among equals
      const auto cost = [&](std::size_t state) { return out_[state].size() * into_[state].size(); };
      const auto next =
          std::min_element(left.begin(), left.end(), [&](std::size_t a, std::size_t b) { return cost(a) < cost(b); });
      eliminate(*next);
      left.erase(next);
    }
    expects(probability_[at(kept, kept)] > 0, "a strongly connected network");
    return moments_[at(kept, kept)];
  }

 private:
  std::size_t at(std::size_t from, std::size_t to) const { return from * states_ + to; }

  Moments<n> way(std::size_t from, std::size_t to) const {
    return reversible_ && from > to ? moments_[at(to, from)].reversed() : moments_[at(from, to)];
  }

  void add(std::size_t from, std::size_t to, double probability, Moments<n> way) {
    double& sum = probability_[at(from, to)];
    const double before = sum;
    const bool is_new = before == 0;
    const double total = sum + probability;
    if (is_new && from != to) {
      out_[from].push_back(to);
      into_[to].push_back(from);
    }
    sum = total;
    if (reversible_) {
      if (from > to) return;  // its reverse brings the moments
      if (from == to) {       // every loop is as likely as its reverse: all together their mean is zero
        way.add_square(way.mean, 1);
        way.mean.fill(0);
      }
    }
    Moments<n>& known = moments_[at(from, to)];
    if (is_new) {
      known = way;
    } else {
      known.mix(way, probability / total, before / total);
    }
  }

  void eliminate(std::size_t state) {
    const std::vector<std::size_t> out = std::move(out_[state]);
    const std::vector<std::size_t> into = std::move(into_[state]);
    double leave = 0;
    for (const std::size_t to : out) leave += probability_[at(state, to)];
    expects(leave > 0, "a strongly connected network");
    for (const std::size_t to : out) std::erase(into_[to], state);
    for (const std::size_t from : into) std::erase(out_[from], state);

    // Any number of returns first: geometric, with this mean; its variance is count (1 + count).
    Moments<n> stay;
    if (const double back = probability_[at(state, state)]; back > 0) {
      const double count = back / leave;
      const Moments<n>& loop = moments_[at(state, state)];
      for (std::size_t a = 0; a < n; ++a) stay.mean[a] = count * loop.mean[a];
      for (std::size_t ab = 0; ab < stay.covariance.size(); ++ab) stay.covariance[ab] = count * loop.covariance[ab];
      stay.add_square(loop.mean, count * (1 + count));
    }
    leaving_.clear();
    shares_.clear();
    for (const std::size_t to : out) {
      leaving_.push_back(way(state, to));
      shares_.push_back(probability_[at(state, to)] / leave);
    }
    for (const std::size_t from : into) {
      const double arriving = probability_[at(from, state)];
      Moments<n> arrive = way(from, state);
      arrive.add_in_series(stay);
      for (std::size_t o = 0; o < out.size(); ++o) {
        Moments<n> through = arrive;
        through.add_in_series(leaving_[o]);
        add(from, out[o], arriving * shares_[o], through);
      }
    }
  }

  bool reversible_;
  std::size_t states_;
  std::vector<double> probability_;                   ///< (from, to)
  std::vector<Moments<n>> moments_;                   ///< (from, to); reversible: from ≤ to only
  std::vector<std::vector<std::size_t>> out_, into_;  ///< without the state itself
  std::vector<Moments<n>> leaving_;
  std::vector<double> shares_;
};

/// Velocity, in cells a second, and ½ d Cov / dt, in cells² a second; 3 × 3 with zeros beyond n.
struct Cycle {
  Vector velocity = Vector::Zero();
  Eigen::Matrix3d diffusion = Eigen::Matrix3d::Zero();
};

template <int n>
Cycle cycle_of(const RateNetwork& network) {
  const std::vector<Vector> places = tree_places(network);
  Eigen::Index most_probable = 0;
  network.log_weights.maxCoeff(&most_probable);
  const auto kept = static_cast<std::size_t>(most_probable);
  // Visits of a state follow each other after 1/(π R) on the average.
  const double time = 1 / (std::exp(network.log_weights(most_probable)) * network.escape(most_probable));
  Cycle result;
  if (!network.reversible) {
    const Moments<n> cycle = Walk<n>(network, places, result.velocity).eliminate_all_but(kept);
    for (int a = 0; a < n; ++a) result.velocity(a) = cycle.mean[static_cast<std::size_t>(a)] / time;
  }
  const Moments<n> cycle = Walk<n>(network, places, result.velocity).eliminate_all_but(kept);
  std::size_t ab = 0;
  for (int a = 0; a < n; ++a) {
    for (int b = 0; b <= a; ++b) {
      result.diffusion(a, b) = result.diffusion(b, a) = cycle.covariance[ab++] / (2 * time);
    }
  }
  return result;
}

}  // namespace

Transport transport(const BlochOperator& bloch) {
  const RateNetwork& network = bloch.network();
  const int n = bloch.dimension();
  const int m = network.lattice.embedding();
  const Eigen::MatrixXd& a = network.lattice.vectors;
  const Cycle cycle = n == 1 ? cycle_of<1>(network) : n == 2 ? cycle_of<2>(network) : cycle_of<3>(network);

  Transport result;
  result.velocity = a * cycle.velocity.head(n);
  result.diffusion = a * cycle.diffusion.topLeftCorner(n, n) * a.transpose();
  result.diffusion = (0.5 * (result.diffusion + result.diffusion.transpose())).eval();
  result.diffusion_first_order.resize(m, m);
  const Eigen::VectorXd weights = network.log_weights.array().exp();
  for (int alpha = 0; alpha < m; ++alpha) {
    for (int beta = alpha; beta < m; ++beta) {
      const double value = 0.5 * (bloch.second_moment(alpha, beta) * weights).sum();
      result.diffusion_first_order(alpha, beta) = result.diffusion_first_order(beta, alpha) = value;
    }
  }
  return result;
}

}  // namespace rdd
