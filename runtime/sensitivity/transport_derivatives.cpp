// Derivatives of D and v: the elimination of runtime/reduction/transport.cpp with every number followed by its
// derivatives.
//
// Differentiating the formula of D would subtract what the elimination avoids to subtract; differentiating the steps of
// the elimination does not. Probabilities are products and sums of positive numbers, and so their logarithmic
// derivatives are sums and weighted means of those of the rates. Means and covariances are mixed by weights p_1/(p_1 +
// p_2), whose derivative is p_1 p_2/(p_1 + p_2)² times a difference of logarithmic derivatives. Nothing is divided by a
// small difference.
//
// Four parameters go through one elimination together, so that the processor's registers are full and the bookkeeping
// is shared. The stationary distribution comes along: each state that is left out remembers the ways that led to it.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/reduction/tree_places.hpp"
#include "runtime/sensitivity/first_order.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr int width = 4;
using Lanes = Eigen::Array<double, 1, width>;  // of a number: one derivative for each parameter
using Vector = Eigen::Vector3d;                // in cells
using VectorLanes = Eigen::Array<double, 3, width>;
using Matrix = Eigen::Matrix3d;
using MatrixLanes = Eigen::Array<double, 9, width>;  // column-major entries

MatrixLanes outer(const Vector& a, const VectorLanes& b) {  // a ∂bᵀ
  MatrixLanes result;
  for (int column = 0; column < 3; ++column)
    for (int row = 0; row < 3; ++row) result.row(3 * column + row) = a(row) * b.row(column);
  return result;
}
/// ∂(a aᵀ)
MatrixLanes square_derivative(const Vector& a, const VectorLanes& da) {
  MatrixLanes result = outer(a, da);
  for (int column = 0; column < 3; ++column)
    for (int row = 0; row < 3; ++row) result.row(3 * column + row) += da.row(row) * a(column);
  return result;
}
/// x ∂c for a matrix x and a number c.
MatrixLanes scaled(const Matrix& x, const Lanes& dc) {
  return (x.reshaped() * dc.matrix()).array();
}

/// One way from a state to another, in units of cells, and its derivatives.
struct Way {
  double probability = 0;
  double time = 0;                     ///< mean, s
  Vector mean = Vector::Zero();        ///< of y = displacement − velocity · time
  Matrix covariance = Matrix::Zero();  ///< of y
  Lanes log_probability = Lanes::Zero();
  Lanes d_time = Lanes::Zero();
  VectorLanes d_mean = VectorLanes::Zero();
  MatrixLanes d_covariance = MatrixLanes::Zero();
};

Way in_series(const Way& a, const Way& b) {
  return {
      a.probability * b.probability,         a.time + b.time,     a.mean + b.mean,     a.covariance + b.covariance,
      a.log_probability + b.log_probability, a.d_time + b.d_time, a.d_mean + b.d_mean, a.d_covariance + b.d_covariance};
}

Way in_parallel(const Way& a, const Way& b) {
  if (a.probability == 0) return b;
  if (b.probability == 0) return a;
  const double total = a.probability + b.probability;
  const double pa = a.probability / total;
  const double pb = b.probability / total;
  const Vector difference = a.mean - b.mean;
  const Matrix square = difference * difference.transpose();
  const Lanes change = (pa * pb) * (a.log_probability - b.log_probability);  // ∂pa = −∂pb
  return {total,
          pa * a.time + pb * b.time,
          pa * a.mean + pb * b.mean,
          pa * a.covariance + pb * b.covariance + (pa * pb) * square,
          pa * a.log_probability + pb * b.log_probability,
          pa * a.d_time + pb * b.d_time + (a.time - b.time) * change,
          pa * a.d_mean + pb * b.d_mean + (difference * change.matrix()).array(),
          pa * a.d_covariance + pb * b.d_covariance + scaled(a.covariance - b.covariance + (pb - pa) * square, change) +
              (pa * pb) * square_derivative(difference, a.d_mean - b.d_mean)};
}

/// Any number of returns, each with the probability of `back` out of back + leave; counted with probability 1.
Way repeated(const Way& back, double leave, const Lanes& log_leave) {
  const double count = back.probability / leave;  // geometric: mean `count`, variance count (1 + count)
  const Lanes change = count * (back.log_probability - log_leave);
  const double variance = count * (1 + count);
  return {1,
          count * back.time,
          count * back.mean,
          count * back.covariance + variance * (back.mean * back.mean.transpose()),
          Lanes::Zero(),
          count * back.d_time + back.time * change,
          count * back.d_mean + (back.mean * change.matrix()).array(),
          count * back.d_covariance + scaled(back.covariance, change) +
              scaled((1 + 2 * count) * (back.mean * back.mean.transpose()), change) +
              variance * square_derivative(back.mean, back.d_mean)};
}

struct Velocity {
  Vector value = Vector::Zero();
  VectorLanes derivatives = VectorLanes::Zero();
};

class Walk {
 public:
  /// `log_rates` (hops, width): ∂ ln k.
  Walk(const RateNetwork& network, const std::vector<Vector>& places, const Eigen::Array<double, -1, width>& log_rates,
       const Velocity& velocity)
      : reversible_(network.reversible),
        out_(static_cast<std::size_t>(network.size())),
        into_(static_cast<std::size_t>(network.size())),
        log_escape_(static_cast<std::size_t>(network.size()), Lanes::Zero()) {
    for (std::size_t h = 0; h < network.hops.size(); ++h) {
      const Hop& hop = network.hops[h];
      if (!stays(hop))
        log_escape_[static_cast<std::size_t>(hop.from)] +=
            hop.rate / network.escape(hop.from) * log_rates.row(static_cast<Index>(h));
    }
    for (std::size_t h = 0; h < network.hops.size(); ++h) {
      const Hop& hop = network.hops[h];
      if (stays(hop)) continue;
      const auto from = static_cast<std::size_t>(hop.from);
      const auto to = static_cast<std::size_t>(hop.to);
      const double wait = 1 / network.escape(hop.from);  // exponential: mean and standard deviation
      const Lanes d_wait = -wait * log_escape_[from];
      const Vector& v = velocity.value;
      Way way;
      way.probability = hop.rate * wait;
      way.log_probability = log_rates.row(static_cast<Index>(h)) - log_escape_[from];
      way.time = wait;
      way.d_time = d_wait;
      way.mean = Vector(hop.cell[0], hop.cell[1], hop.cell[2]) + places[to] - places[from] - v * wait;
      way.d_mean = -wait * velocity.derivatives - (v * d_wait.matrix()).array();
      way.covariance = wait * wait * (v * v.transpose());
      way.d_covariance =
          scaled(v * v.transpose(), 2 * wait * d_wait) + wait * wait * square_derivative(v, velocity.derivatives);
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

  /// ∂ ln of the stationary distribution, not normalised; after the elimination.
  std::vector<Lanes> log_weights(std::size_t kept, const RateNetwork& network) const {
    std::vector<Lanes> visits(out_.size(), Lanes::Zero());
    for (auto gone = eliminated_.rbegin(); gone != eliminated_.rend(); ++gone) {
      // Visits of a state: those of the states left then, times the chance to come here, times 1/leave. Shares of the
      // visits follow from the stationary distribution itself.
      std::vector<double> log_share;
      for (const Arrival& arrival : gone->arrivals) {
        const auto from = static_cast<Index>(arrival.from);
        log_share.push_back(network.log_weights(from) + std::log(network.escape(from)) + std::log(arrival.probability));
      }
      const double largest = *std::max_element(log_share.begin(), log_share.end());
      double sum = 0;
      Lanes mean = Lanes::Zero();
      for (std::size_t i = 0; i < log_share.size(); ++i) {
        const Arrival& arrival = gone->arrivals[i];
        const double share = std::exp(log_share[i] - largest);
        sum += share;
        mean += share * (visits[arrival.from] + arrival.log_probability);
      }
      visits[gone->state] = mean / sum - gone->log_leave;
    }
    visits[kept].setZero();
    for (std::size_t state = 0; state < visits.size(); ++state) visits[state] -= log_escape_[state];  // times the wait
    return visits;
  }

 private:
  struct Arrival {
    std::size_t from;
    double probability;
    Lanes log_probability;
  };
  struct Eliminated {
    std::size_t state;
    Lanes log_leave;
    std::vector<Arrival> arrivals;
  };

  void add(std::size_t from, std::size_t to, Way way) {
    if (reversible_ && from == to) {
      // Every loop is as likely as its reverse: all together their mean is zero. Its derivative is not, where a
      // parameter breaks the balance: Σ p (∂mean + mean ∂ln p) stays.
      way.covariance += way.mean * way.mean.transpose();
      way.d_covariance += square_derivative(way.mean, way.d_mean);
      way.d_mean += (way.mean * way.log_probability.matrix()).array();
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
    Lanes log_leave = Lanes::Zero();
    for (const auto& [to, way] : out) log_leave += way.probability / leave * way.log_probability;
    Eliminated gone{state, log_leave, {}};
    const Way stay = repeated(loop, leave, log_leave);
    for (const std::size_t from : into) {
      const Way& arriving = out_[from].at(state);
      gone.arrivals.push_back({from, arriving.probability, arriving.log_probability});
      const Way arrive = in_series(arriving, stay);
      out_[from].erase(state);
      for (const auto& [to, way] : out) {
        Way through = in_series(arrive, way);
        through.probability = arrive.probability * (way.probability / leave);
        through.log_probability -= log_leave;
        add(from, to, through);
      }
    }
    for (const auto& [to, way] : out) into_[to].erase(state);
    eliminated_.push_back(std::move(gone));
  }

  bool reversible_;
  std::vector<std::map<std::size_t, Way>> out_;
  std::vector<std::set<std::size_t>> into_;
  std::vector<Lanes> log_escape_;
  std::vector<Eliminated> eliminated_;
};

}  // namespace

TransportDerivatives transport_derivatives(const BlochOperator& bloch, const NetworkDerivatives& derivatives) {
  const RateNetwork& network = bloch.network();
  const int n = bloch.dimension();
  const Eigen::MatrixXd& a = network.lattice.vectors;
  const std::vector<Vector> places = tree_places(network);
  const Index count = derivatives.parameters();
  Index kept_index = 0;
  network.log_weights.maxCoeff(&kept_index);
  const auto kept = static_cast<std::size_t>(kept_index);
  const Eigen::ArrayXd weights = network.log_weights.array().exp();

  TransportDerivatives result;
  result.transport.resize(static_cast<std::size_t>(count));
  result.log_weights.resize(network.size(), count);
  for (Index first = 0; first < count; first += width) {
    const Index lanes = std::min<Index>(width, count - first);
    Eigen::Array<double, -1, width> log_rates =
        Eigen::Array<double, -1, width>::Zero(derivatives.log_rates.rows(), width);
    log_rates.leftCols(lanes) = derivatives.log_rates.middleCols(first, lanes).array();

    // Once for the velocity, whose derivative need not vanish where the velocity does, and once around it.
    Velocity velocity;
    Walk at_rest(network, places, log_rates, velocity);
    const Way drift = at_rest.eliminate_all_but(kept);
    if (!network.reversible) velocity.value = drift.mean / drift.time;
    velocity.derivatives = (drift.d_mean - (velocity.value * drift.d_time.matrix()).array()) / drift.time;
    const Way cycle = velocity.value.isZero(0) && (velocity.derivatives == 0).all()
                          ? drift
                          : Walk(network, places, log_rates, velocity).eliminate_all_but(kept);

    const std::vector<Lanes> log_weights = at_rest.log_weights(kept, network);
    const Matrix cells = cycle.covariance / (2 * cycle.time);
    for (Index lane = 0; lane < lanes; ++lane) {
      const auto j = static_cast<std::size_t>(first + lane);
      const Eigen::MatrixXd& da = derivatives.vectors[j];
      const Matrix covariance = cycle.d_covariance.col(lane).reshaped(3, 3);
      const Matrix d_cells = covariance / (2 * cycle.time) - cells * (cycle.d_time(lane) / cycle.time);
      const Eigen::MatrixXd mixed = da * cells.topLeftCorner(n, n) * a.transpose();
      const Eigen::MatrixXd diffusion = a * d_cells.topLeftCorner(n, n) * a.transpose() + mixed + mixed.transpose();
      result.transport[j].diffusion = 0.5 * (diffusion + diffusion.transpose());
      result.transport[j].velocity = a * velocity.derivatives.col(lane).head(n).matrix() + da * velocity.value.head(n);
      for (Index state = 0; state < network.size(); ++state)
        result.log_weights(state, first + lane) = log_weights[static_cast<std::size_t>(state)](lane);
      auto column = result.log_weights.col(first + lane);
      column.array() -= (weights * column.array()).sum();  // Σ π̂ stays 1
    }
  }
  add_first_order(network, derivatives, bloch.gauge(), result);
  return result;
}

}  // namespace rdd
