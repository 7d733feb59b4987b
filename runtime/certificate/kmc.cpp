#include "runtime/certificate/kmc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "runtime/certificate/philox.hpp"
#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"
#include "runtime/solve/matrix_exponential.hpp"
#include "runtime/solve/progress.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {
namespace {

using Eigen::Index;

/// Draws one of `count` outcomes with given probabilities from 64 random bits. The bits times `count` is a column and a
/// place in it; below the threshold the column's own outcome is taken, above it the one that fills the column up.
struct Column {
  std::uint64_t threshold;
  std::uint32_t own, other;
};

std::vector<Column> alias_columns(const std::vector<double>& weights, std::uint32_t first) {
  const std::size_t count = weights.size();
  double total = 0;
  for (const double weight : weights) total += weight;
  std::vector<double> share(count);  // 1 is a full column
  std::vector<std::size_t> low, high;
  for (std::size_t i = 0; i < count; ++i) {
    share[i] = weights[i] / total * static_cast<double>(count);
    (share[i] < 1 ? low : high).push_back(i);
  }
  std::vector<Column> columns(count);
  const auto outcome = [&](std::size_t i) { return first + static_cast<std::uint32_t>(i); };
  while (!low.empty() && !high.empty()) {
    const std::size_t small = low.back(), large = high.back();
    low.pop_back();
    columns[small] = {static_cast<std::uint64_t>(share[small] * 0x1p64), outcome(small), outcome(large)};
    share[large] -= 1 - share[small];
    if (share[large] >= 1) continue;
    high.pop_back();
    low.push_back(large);
  }
  // What is left is full but for round-off.
  for (const std::vector<std::size_t>& rest : {low, high})
    for (const std::size_t i : rest) columns[i] = {~std::uint64_t{0}, outcome(i), outcome(i)};
  return columns;
}

/// (bits · count) / 2⁶⁴ and the rest.
inline std::pair<std::uint64_t, std::uint64_t> scaled(std::uint64_t bits, std::uint64_t count) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(bits) * count;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
}

struct Outcome {
  std::uint32_t state;
  Cell cell;
};

struct Exit {
  double waiting;  ///< mean, s
  std::uint32_t first, count;
};

/// The network as the walk reads it.
struct Tables {
  std::vector<Exit> exits;        ///< one for each state
  std::vector<Column> columns;    ///< of all states
  std::vector<Outcome> outcomes;  ///< the same
  std::vector<Column> start;      ///< of the stationary mix: outcomes are states
  Eigen::MatrixXd vectors;        ///< (m, n)
  Eigen::MatrixXd positions;      ///< (m, M), zero where the model gives none
};

Tables tables_of(const RateNetwork& network) {
  Tables tables;
  const auto states = static_cast<std::size_t>(network.size());
  for (std::size_t state = 0; state < states; ++state) {
    std::vector<double> rates;
    const auto first = static_cast<std::uint32_t>(tables.outcomes.size());
    for (const Hop& hop : network.hops) {
      if (hop.from != static_cast<int>(state) || stays(hop)) continue;
      rates.push_back(hop.rate);
      tables.outcomes.push_back({static_cast<std::uint32_t>(hop.to), hop.cell});
    }
    expects(!rates.empty(), "a way out of every state");
    double total = 0;
    for (const double rate : rates) total += rate;
    const std::vector<Column> columns = alias_columns(rates, first);
    tables.columns.insert(tables.columns.end(), columns.begin(), columns.end());
    tables.exits.push_back({1 / total, first, static_cast<std::uint32_t>(rates.size())});
  }
  std::vector<double> weights(states);
  for (std::size_t i = 0; i < states; ++i) weights[i] = std::exp(network.log_weights(static_cast<Index>(i)));
  tables.start = alias_columns(weights, 0);
  tables.vectors = network.lattice.vectors;
  tables.positions =
      network.positions ? *network.positions : Eigen::MatrixXd::Zero(tables.vectors.rows(), network.size());
  return tables;
}

constexpr std::uint64_t stretch = std::uint64_t{1} << 22;  // steps between two looks at the clock

/// What one walker does, seen at the times asked for.
class Walker {
 public:
  Walker(const Tables& tables, const Eigen::MatrixXd& chi, const Eigen::VectorXd& velocity, const KmcParams& params,
         const KmcObservables& observables)
      : tables_(tables), chi_(chi), velocity_(velocity), params_(params), observables_(observables) {}

  /// Fills `values`, one for each observable. Returns the steps taken; more than allowed: the walk was given up.
  /// `pause` is called with the number of steps every few million of them; true from it ends the walk.
  template <class Pause>
  std::uint64_t run(std::uint32_t number, Eigen::VectorXd& values, const Pause& pause) const {
    const auto high = static_cast<std::uint32_t>(params_.seed >> 32);
    const Philox random({static_cast<std::uint32_t>(params_.seed), number});
    const Philox::Counter begin = random({0, 0, high, 1});  // the last word tells the start from the steps
    const auto [column, place] = scaled(joined(begin[0], begin[1]), tables_.start.size());
    const Column& chosen = tables_.start[column];
    const std::uint32_t start = place < chosen.threshold ? chosen.own : chosen.other;

    const auto occupation = values.tail(observables_.states).data();
    std::fill_n(occupation, observables_.states, 0.0);
    std::uint32_t state = start;
    std::array<std::int64_t, 3> cell{};
    double time = 0;
    std::uint64_t step = 0;
    int seen = 0;
    while (true) {
      const Philox::Counter bits =
          random({static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32), high, 0});
      const Exit& exit = tables_.exits[state];
      const double stay = exponential(joined(bits[0], bits[1])) * exit.waiting;
      const double next = time + stay;
      if (next >= params_.times[static_cast<std::size_t>(seen)]) {
        while (seen < observables_.times && next >= params_.times[static_cast<std::size_t>(seen)])
          look(seen++, start, state, cell, values);
        if (seen == observables_.times) {
          occupation[state] += params_.times.back() - time;
          break;
        }
      }
      occupation[state] += stay;
      time = next;
      const auto [way, rest] = scaled(joined(bits[2], bits[3]), exit.count);
      const Column& column_of_way = tables_.columns[exit.first + way];
      const Outcome& outcome =
          tables_.outcomes[rest < column_of_way.threshold ? column_of_way.own : column_of_way.other];
      state = outcome.state;
      for (std::size_t axis = 0; axis < 3; ++axis) cell[axis] += outcome.cell[axis];
      ++step;
      if (step % stretch == 0 && (step > params_.most_steps || pause(stretch))) break;
    }
    for (int i = 0; i < observables_.states; ++i) occupation[i] /= params_.times.back();
    return step;
  }

 private:
  void look(int seen, std::uint32_t start, std::uint32_t state, const std::array<std::int64_t, 3>& cell,
            Eigen::VectorXd& values) const {
    Eigen::VectorXd x = tables_.positions.col(state) - tables_.positions.col(start);
    for (Index axis = 0; axis < tables_.vectors.cols(); ++axis)
      x += static_cast<double>(cell[static_cast<std::size_t>(axis)]) * tables_.vectors.col(axis);
    const Eigen::VectorXd y = x - params_.times[static_cast<std::size_t>(seen)] * velocity_;
    for (int a = 0; a < observables_.axes; ++a) {
      values(observables_.displacement(seen, a)) = y(a);  // v t is added to the mean
      for (int b = a; b < observables_.axes; ++b) values(observables_.spread(seen, a, b)) = y(a) * y(b);
    }
    for (int p = 0; p < observables_.components; ++p)
      for (int q = 0; q < observables_.components; ++q)
        values(observables_.coarse(seen, p, q)) = chi_(state, p) * chi_(start, q);
  }

  const Tables& tables_;
  const Eigen::MatrixXd& chi_;
  const Eigen::VectorXd& velocity_;
  const KmcParams& params_;
  const KmcObservables& observables_;
};

/// Sums of an observable and of its square over walkers, about a value near its mean.
struct Sums {
  Eigen::VectorXd first, second;
  std::uint64_t steps = 0;
  bool too_long = false;
};

/// Walkers that are summed together. The number of walkers alone decides, for the order of a sum fixes its bytes.
std::int64_t block_size(std::int64_t walkers) {
  constexpr std::int64_t least = 32, most_blocks = 4096;
  return std::max(least, (walkers + most_blocks - 1) / most_blocks);
}

}  // namespace

int KmcObservables::spread(int time, int a, int b) const {
  return time * at_a_time() + axes + a * axes - a * (a - 1) / 2 + (b - a);
}

int KmcObservables::coarse(int time, int p, int q) const {
  return time * at_a_time() + axes + axes * (axes + 1) / 2 + p * components + q;
}

double mean_step_rate(const RateNetwork& network) {
  return network.log_weights.array().exp().matrix().dot(network.escape);
}

KmcWalk walk(const RateNetwork& network, const Eigen::Ref<const Eigen::MatrixXd>& chi,
             const Eigen::Ref<const Eigen::VectorXd>& velocity, const KmcParams& params, const Progress& progress,
             const std::function<bool()>& stop) {
  expects(params.walkers > 0 && params.walkers <= std::int64_t{1} << 32, "between one and 2^32 walkers");
  expects(!params.times.empty() && params.times.front() > 0 && std::ranges::is_sorted(params.times),
          "ascending positive times");
  expects(chi.rows() == network.size(), "memberships of every state");
  const Tables tables = tables_of(network);
  const Eigen::MatrixXd memberships = chi;
  const Eigen::VectorXd drift = velocity;
  KmcWalk result;
  result.observables = {static_cast<int>(params.times.size()), network.lattice.embedding(),
                        static_cast<int>(chi.cols()), network.size()};
  result.times = params.times;
  result.walkers = params.walkers;
  const Walker walker(tables, memberships, drift, params, result.observables);

  const std::int64_t block = block_size(params.walkers), blocks = (params.walkers + block - 1) / block;
  std::vector<Sums> sums(static_cast<std::size_t>(blocks));
  std::atomic<std::int64_t> next{0};
  std::atomic<std::uint64_t> steps{0};
  std::atomic<bool> stopped{false};
  std::mutex speaking;
  Pace pace(progress);
  const double steps_to_come = mean_step_rate(network) * params.times.back() * static_cast<double>(params.walkers);
  const auto pause = [&](std::uint64_t taken) {
    steps += taken;
    const std::unique_lock lock(speaking, std::try_to_lock);
    if (lock.owns_lock()) {
      if (stop && stop()) stopped = true;
      pace.report(std::min(1.0, static_cast<double>(steps) / steps_to_come), static_cast<long>(steps));
    }
    return stopped.load();
  };

  Workers workers(params.threads);
  workers.run(params.threads, [&](long, long) {
    Eigen::VectorXd values(result.observables.size());
    for (std::int64_t mine = next++; mine < blocks && !stopped; mine = next++) {
      Sums local{Eigen::VectorXd::Zero(values.size()), Eigen::VectorXd::Zero(values.size())};
      for (std::int64_t number = mine * block; number < std::min(params.walkers, (mine + 1) * block); ++number) {
        const std::uint64_t taken = walker.run(static_cast<std::uint32_t>(number), values, pause);
        if (pause(taken % stretch)) return;
        local.too_long = local.too_long || taken > params.most_steps;
        local.steps += taken;
        local.first += values;
        local.second += values.cwiseAbs2();
      }
      sums[static_cast<std::size_t>(mine)] = std::move(local);
      if (sums[static_cast<std::size_t>(mine)].too_long) stopped = true;
    }
  });

  if (std::ranges::any_of(sums, &Sums::too_long)) {
    result.failure = fmt::format("a walker needed more than {} steps", params.most_steps);
    return result;
  }
  if (stopped) return result;
  Eigen::VectorXd first = Eigen::VectorXd::Zero(result.observables.size()), second = first;
  for (const Sums& local : sums) {
    first += local.first;
    second += local.second;
    result.steps += local.steps;
  }
  const auto n = static_cast<double>(params.walkers);
  result.mean = first / n;
  result.error = ((second / n - result.mean.cwiseAbs2()).cwiseMax(0) / std::max(n - 1, 1.0)).cwiseSqrt();
  for (int t = 0; t < result.observables.times; ++t)
    for (int a = 0; a < result.observables.axes; ++a)
      result.mean(result.observables.displacement(t, a)) += drift(a) * params.times[static_cast<std::size_t>(t)];
  result.completed = true;
  return result;
}

Eigen::VectorXd expectations(const BlochOperator& bloch, const Reduction& reduction, const Transport& transport,
                             const std::vector<double>& times) {
  const RateNetwork& network = bloch.network();
  const KmcObservables at{static_cast<int>(times.size()), network.lattice.embedding(), reduction.P, network.size()};
  const Eigen::VectorXd weights = network.log_weights.array().exp();
  const std::vector<Eigen::MatrixXd> spread = displacement_spread(bloch, times);
  const Eigen::MatrixXd& chi = reduction.groups.chi;
  const Eigen::MatrixXd together = chi.transpose() * weights.asDiagonal() * chi;
  Eigen::VectorXd result(at.size());
  for (int t = 0; t < at.times; ++t) {
    const double time = times[static_cast<std::size_t>(t)];
    for (int a = 0; a < at.axes; ++a) {
      result(at.displacement(t, a)) = transport.velocity(a) * time;
      for (int b = a; b < at.axes; ++b) result(at.spread(t, a, b)) = spread[static_cast<std::size_t>(t)](a, b);
    }
    const Eigen::MatrixXcd generator = (time * reduction.coefficients.reaction).cast<std::complex<double>>();
    const Eigen::MatrixXd now = matrix_exponential(generator).real() * together;
    for (int p = 0; p < at.components; ++p)
      for (int q = 0; q < at.components; ++q) result(at.coarse(t, p, q)) = now(p, q);
  }
  result.tail(at.states) = weights;
  return result;
}

Eigen::VectorXd event_counts(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& expected,
                             const KmcWalk& walk) {
  const KmcObservables& at = walk.observables;
  const auto walkers = static_cast<double>(walk.walkers);
  const Eigen::VectorXd weights = network.log_weights.array().exp();
  Eigen::VectorXd moves = Eigen::VectorXd::Zero(at.axes);  // hops along each axis, 1/s
  for (const Hop& hop : network.hops) {
    Eigen::VectorXd x = Eigen::VectorXd::Zero(at.axes);
    for (Index axis = 0; axis < network.lattice.vectors.cols(); ++axis)
      x += static_cast<double>(hop.cell[static_cast<std::size_t>(axis)]) * network.lattice.vectors.col(axis);
    if (network.positions) x += network.positions->col(hop.to) - network.positions->col(hop.from);
    for (int a = 0; a < at.axes; ++a)
      if (std::abs(x(a)) > 1e-9 * network.lattice.vectors.norm()) moves(a) += weights(hop.from) * hop.rate;
  }
  Eigen::VectorXd result(at.size());
  for (int t = 0; t < at.times; ++t) {
    // Many hops of few walkers say no more about a mean than the walkers' own number.
    const auto seen = [&](int a) {
      return walkers * std::min(1.0, moves(a) * walk.times[static_cast<std::size_t>(t)]);
    };
    for (int a = 0; a < at.axes; ++a) {
      result(at.displacement(t, a)) = seen(a);
      for (int b = a; b < at.axes; ++b) result(at.spread(t, a, b)) = std::min(seen(a), seen(b));
    }
    for (int p = 0; p < at.components; ++p)
      for (int q = 0; q < at.components; ++q)
        result(at.coarse(t, p, q)) = walkers * std::min(expected(at.coarse(t, p, q)), 1.0);
  }
  result.tail(at.states) = walkers * weights;
  return result;
}

namespace {

/// z with P(|Z| > z) = tail for a normal Z, by bisection.
double two_sided(double tail) {
  double low = 0, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) > tail ? low : high) = middle;
  }
  return low;
}

constexpr double false_alarms = 1e-6;
constexpr double enough_events = 400, enough_for_a_square = 8 * enough_events;

}  // namespace

KmcVerdict judge(const KmcWalk& walk, const Eigen::Ref<const Eigen::VectorXd>& expected,
                 const Eigen::Ref<const Eigen::VectorXd>& events) {
  expects(walk.completed, "a walk that came to its end");
  const KmcObservables& at = walk.observables;
  Eigen::VectorXd needed = Eigen::VectorXd::Constant(at.size(), enough_events);
  for (int t = 0; t < at.times; ++t)
    for (int a = 0; a < at.axes; ++a)
      for (int b = a; b < at.axes; ++b) needed(at.spread(t, a, b)) = enough_for_a_square;
  KmcVerdict verdict;
  verdict.z = Eigen::VectorXd::Constant(at.size(), std::numeric_limits<double>::quiet_NaN());
  for (int i = 0; i < at.size(); ++i) {
    if (events(i) < needed(i)) continue;
    const double difference = walk.mean(i) - expected(i);
    // Sums over the walkers are right to a few units in the last place: no error below that counts as one.
    const double round_off = 1e-12 * (std::abs(walk.mean(i)) + std::abs(expected(i)));
    if (std::abs(difference) <= round_off)
      verdict.z(i) = 0;
    else
      verdict.z(i) = difference / std::max(walk.error(i), round_off);
    ++verdict.judged;
    if (verdict.worst < 0 || std::abs(verdict.z(i)) > std::abs(verdict.z(verdict.worst))) verdict.worst = i;
  }
  if (verdict.judged == 0) return verdict;
  verdict.critical = two_sided(false_alarms / verdict.judged);
  verdict.agrees = std::abs(verdict.z(verdict.worst)) <= verdict.critical;
  return verdict;
}

}  // namespace rdd
