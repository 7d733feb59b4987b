// A kinetic Monte Carlo walk of the full network [BKL75]: many walkers, each with random numbers of its
// own, and the statistics that theory predicts for them (docs/theory.md, section 6). It shares nothing with the
// spectrum and the reduction but the list of hops, which makes it the independent witness of both.
//
// A step takes one waiting time, exponential with the escape rate of the state, and one hop, chosen in proportion to
// the rates from an alias table [Walker77]: no step is rejected, and its cost does not depend on the number of hops.
// The random numbers of a step are a function of seed, walker and step. Walkers are summed in blocks of fixed size,
// blocks in their order: the bytes of a result do not depend on the number of threads.
//
// Walkers start in the stationary mix. Then the mean displacement is v t at all times and the mean occupations are π̂;
// the spread of displacements and the coarse occupations are known at any time as well (expectations), so that nothing
// has to be waited for or thrown away.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/reduction/reduction.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

/// What is watched, one after the other in a single vector: at each time the displacement x (m axes, m), the spread y
/// yᵀ of y = x − v t (upper triangle, m²) and the coarse occupations χ_p(now) χ_q(at the start) (P × P); then the share
/// of the time spent in each state (M).
struct KmcObservables {
  int times = 0, axes = 0, components = 0, states = 0;
  int displacement(int time, int axis) const { return time * at_a_time() + axis; }
  int spread(int time, int a, int b) const;  ///< a ≤ b
  int coarse(int time, int p, int q) const;
  int occupation(int state) const { return times * at_a_time() + state; }
  int size() const { return times * at_a_time() + states; }

 private:
  int at_a_time() const { return axes + axes * (axes + 1) / 2 + components * components; }
};

struct KmcParams {
  std::int64_t walkers = 0;  ///< 1 to 2³²
  std::uint64_t seed = 1;
  std::vector<double> times;                     ///< when to look, ascending, s; the last is the end
  std::uint64_t most_steps = ~std::uint64_t{0};  ///< of one walker; a walk that needs more is given up
  int threads = 1;                               ///< results do not depend on it
};

struct KmcWalk {
  KmcObservables observables;
  std::vector<double> times;  ///< s
  std::int64_t walkers = 0;
  std::uint64_t steps = 0;  ///< of all walkers
  Eigen::VectorXd mean;     ///< over the walkers
  Eigen::VectorXd error;    ///< standard error of each mean; 0 for a single walker
  bool completed = false;   ///< false: stopped from outside, or see `failure`; then there are no numbers
  std::string failure;      ///< empty, or a sentence
};

/// Walks. `velocity` (m) centres the displacements, `chi` (M, P) counts the coarse states. `stop` is asked now and
/// then.
KmcWalk walk(const RateNetwork& network, const Eigen::Ref<const Eigen::MatrixXd>& chi,
             const Eigen::Ref<const Eigen::VectorXd>& velocity, const KmcParams& params, const Progress& progress = {},
             const std::function<bool()>& stop = {});

/// Steps that one walker takes in a time unit, on average: Σ_j π̂_j R_jj, 1/s.
double mean_step_rate(const RateNetwork& network);

/// What theory says about each observable. Coarse occupations are those of the reduced equation, exp(t Q_P) χᵀΠχ;
/// everything else is exact for the full network: the mean displacement v t, the occupations π̂ and the spread, which is
/// 2 D t only after the walkers have forgotten where they started (see displacement_spread).
Eigen::VectorXd expectations(const BlochOperator& bloch, const Reduction& reduction, const Transport& transport,
                             const std::vector<double>& times);

/// How many independent events stand behind each observable, at least: walkers expected in the coarse states, hops
/// along the axes, walkers in a state. With few of them a mean is not normally distributed.
Eigen::VectorXd event_counts(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& expected,
                             const KmcWalk& walk);

/// Do the walk and the theory agree? Each observable with enough events is judged by z = (mean − expected)/error.
/// The critical z is such that a walk that follows the theory fails once in a million runs, however many observables
/// there are (Bonferroni). Means of few events are skewed; an observable is judged from 400 of them on, a spread, which
/// is a square and more skewed, from 3200.
struct KmcVerdict {
  Eigen::VectorXd z;  ///< NaN where not judged
  int judged = 0;
  double critical = 0;  ///< |z| above it is a contradiction
  int worst = -1;       ///< observable with the largest |z|; −1 if none was judged
  bool agrees = true;
};
KmcVerdict judge(const KmcWalk& walk, const Eigen::Ref<const Eigen::VectorXd>& expected,
                 const Eigen::Ref<const Eigen::VectorXd>& events);

/// Covariance (m, m), m², of the displacement of a walker that started in the stationary mix, at each time. Exact:
/// moments of exp(t Q̃(k)) at k = 0, by scaling and doubling (moments.cpp).
std::vector<Eigen::MatrixXd> displacement_spread(const BlochOperator& bloch, const std::vector<double>& times);

}  // namespace rdd
