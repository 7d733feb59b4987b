// Exact long-time transport of one walker: its mean velocity v and diffusivity D (docs/theory.md, section 5, the case P =
// 1).
//
// The formula D = ½ 1ᵀA_αβ v₀ + sym[1ᵀA_α G A_β v₀] subtracts numbers as large as the fastest rate to find one as small
// as the slowest. Here nothing is subtracted. The walk is watched on fewer and fewer states: when a state is left out,
// every way through it becomes a direct way between its neighbours, with the sum of the two displacements. Of each way
// we keep its probability, its mean time and the mean and covariance of y = displacement − v·time. Ways in series add
// means and covariances; parallel ways mix them, Cov = Σ p_i Cov_i + p_1 p_2 (y_1 − y_2)(y_1 − y_2)ᵀ: sums of positive
// terms, like the elimination of Grassmann, Taksar and Heyman, which the probabilities follow. At the end one state is
// left, and its way back to itself is a renewal process: D = Cov(y)/(2 · mean time).
//
// Displacements are measured in a frame in which the hops of a spanning tree of largest flux have none: states joined
// by fast hops then sit at the same place, and the small differences of means that remain keep their relative accuracy.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/reduction/tree_places.hpp"

namespace rdd {
namespace {

using Vector = Eigen::Matrix<double, 3, 1>;
using Matrix = Eigen::Matrix<double, 3, 3>;

/// One way from a state to another, in units of cells.
struct Way {
  double probability = 0;
  double time = 0;                     ///< mean, s
  Vector mean = Vector::Zero();        ///< of y
  Matrix covariance = Matrix::Zero();  ///< of y
};

Way in_series(const Way& a, const Way& b) {
  return {a.probability * b.probability, a.time + b.time, a.mean + b.mean, a.covariance + b.covariance};
}

Way in_parallel(const Way& a, const Way& b) {
  if (a.probability == 0) return b;
  if (b.probability == 0) return a;
  const double total = a.probability + b.probability;
  const double pa = a.probability / total;
  const double pb = b.probability / total;
  const Vector difference = a.mean - b.mean;
  return {total, pa * a.time + pb * b.time, pa * a.mean + pb * b.mean,
          pa * a.covariance + pb * b.covariance + (pa * pb) * (difference * difference.transpose())};
}

/// Any number of returns, each with the probability of `back` out of back + leave; counted with probability 1.
Way repeated(const Way& back, double leave) {
  const double count = back.probability / leave;  // geometric: mean `count`, variance count (1 + count)
  return {1, count * back.time, count * back.mean,
          count * back.covariance + (count * (1 + count)) * (back.mean * back.mean.transpose())};
}

class Walk {
 public:
  /// y = displacement − velocity · time, both in cells.
  Walk(const RateNetwork& network, const std::vector<Vector>& places, const Vector& velocity)
      : reversible_(network.reversible),
        out_(static_cast<std::size_t>(network.size())),
        into_(static_cast<std::size_t>(network.size())) {
    for (const Hop& hop : network.hops) {
      if (stays(hop)) continue;
      const auto from = static_cast<std::size_t>(hop.from);
      const auto to = static_cast<std::size_t>(hop.to);
      const double wait = 1 / network.escape(hop.from);  // exponential: mean and standard deviation
      Way way{hop.rate * wait, wait, Vector(hop.cell[0], hop.cell[1], hop.cell[2]), Matrix::Zero()};
      way.mean += places[to] - places[from] - velocity * wait;
      way.covariance = wait * wait * (velocity * velocity.transpose());
      add(from, to, way);
    }
  }

  /// The way of the state that is kept back to itself.
  Way eliminate_all_but(std::size_t kept) {
    std::set<std::size_t> left;
    for (std::size_t state = 0; state < out_.size(); ++state) {
      if (state != kept) left.insert(state);
    }
    while (!left.empty()) {  // fewest new ways first
      const auto cost = [&](std::size_t state) { return out_[state].size() * into_[state].size(); };
      const std::size_t next =
          *std::min_element(left.begin(), left.end(), [&](std::size_t a, std::size_t b) { return cost(a) < cost(b); });
      eliminate(next);
      left.erase(next);
    }
    return out_[kept].at(kept);
  }

 private:
  void add(std::size_t from, std::size_t to, Way way) {
    if (reversible_ && from == to) {  // every loop is as likely as its reverse: all together their mean is zero
      way.covariance += way.mean * way.mean.transpose();
      way.mean.setZero();
    }
    Way& sum = out_[from][to];
    sum = in_parallel(sum, way);
    into_[to].insert(from);
  }

  void eliminate(std::size_t state) {
    std::map<std::size_t, Way> out = std::move(out_[state]);
    std::set<std::size_t> into = std::move(into_[state]);
    Way loop;
    if (const auto back = out.find(state); back != out.end()) {
      loop = back->second;
      out.erase(back);
      into.erase(state);
    }
    double leave = 0;
    for (const auto& [to, way] : out) leave += way.probability;
    expects(leave > 0, "a strongly connected network");
    const Way stay = repeated(loop, leave);
    for (const std::size_t from : into) {
      const Way arrive = in_series(out_[from].at(state), stay);
      out_[from].erase(state);
      for (const auto& [to, way] : out) {
        Way through = in_series(arrive, way);
        through.probability = arrive.probability * (way.probability / leave);
        add(from, to, through);
      }
    }
    for (const auto& [to, way] : out) into_[to].erase(state);
  }

  bool reversible_;
  std::vector<std::map<std::size_t, Way>> out_;
  std::vector<std::set<std::size_t>> into_;
};

}  // namespace

std::vector<Vector> tree_places(const RateNetwork& network) {
  std::vector<std::size_t> order(network.hops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> log_flux;
  for (const Hop& hop : network.hops) log_flux.push_back(std::log(hop.rate) + network.log_weights(hop.from));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return log_flux[a] > log_flux[b]; });

  const auto states = static_cast<std::size_t>(network.size());
  std::vector<Vector> places(states, Vector::Zero());
  std::vector<std::vector<std::size_t>> group(states);  // members, held by the group's root
  std::vector<std::size_t> root(states);
  for (std::size_t state = 0; state < states; ++state) {
    group[state] = {state};
    root[state] = state;
  }
  for (const std::size_t h : order) {
    const Hop& hop = network.hops[h];
    auto from = static_cast<std::size_t>(hop.from);
    auto to = static_cast<std::size_t>(hop.to);
    if (root[from] == root[to]) continue;
    // displacement = cell + place(to) − place(from) = 0: the smaller group moves
    Vector shift = places[from] - places[to] - Vector(hop.cell[0], hop.cell[1], hop.cell[2]);
    if (group[root[to]].size() > group[root[from]].size()) {
      std::swap(from, to);
      shift = -shift;
    }
    const std::size_t joined = root[from];
    const std::vector<std::size_t> moving = std::move(group[root[to]]);
    for (const std::size_t state : moving) {
      places[state] += shift;
      root[state] = joined;
      group[joined].push_back(state);
    }
  }
  return places;
}

Transport transport(const BlochOperator& bloch) {
  const RateNetwork& network = bloch.network();
  const int n = bloch.dimension();
  const int m = network.lattice.embedding();
  const Eigen::MatrixXd& a = network.lattice.vectors;
  const std::vector<Vector> places = tree_places(network);
  Eigen::Index kept = 0;
  network.log_weights.maxCoeff(&kept);

  Vector velocity = Vector::Zero();
  if (!network.reversible) {
    const Way cycle = Walk(network, places, velocity).eliminate_all_but(static_cast<std::size_t>(kept));
    velocity = cycle.mean / cycle.time;
  }
  const Way cycle = Walk(network, places, velocity).eliminate_all_but(static_cast<std::size_t>(kept));

  Transport result;
  result.velocity = a * velocity.head(n);
  const Eigen::MatrixXd cells = cycle.covariance.topLeftCorner(n, n) / (2 * cycle.time);
  result.diffusion = a * cells * a.transpose();
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
