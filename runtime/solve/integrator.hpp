// An equation on its way in time: what a solve does between two of its outputs, for whoever chooses the times.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "runtime/solve/archive.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

/// A way to go, s. `length` is to − from, exact where the caller knows it better than their difference says (intervals
/// of a series are equal to the bit); `again`: another one of this length is likely to follow.
struct Interval {
  double from = 0;
  double to = 0;
  double length = 0;
  bool again = false;
};

class Integrator {
 public:
  virtual ~Integrator() = default;
  virtual const Field& field() const = 0;
  /// Takes the field from one time to the next. False where the integration broke down, now or before:
  /// `statistics().failure` says how.
  bool advance(const Interval& interval);
  /// So far; `seconds` and `completed` are for the caller to know.
  const SolveStatistics& statistics() const { return statistics_; }
  double time() const { return time_; }             ///< s, of the field
  long arrivals() const { return arrivals_; }       ///< at ends of intervals
  virtual double reached() const { return time_; }  ///< s, of the latest step, which may be ahead of the field

  /// Asked after each step within an interval; where it says yes, `advance` comes back early and `paused()` is true.
  /// The same interval once more goes on from there, with the steps it would have taken anyway.
  void pause_when(std::function<bool()> asked) { asked_ = std::move(asked); }
  bool paused() const { return paused_; }

  /// A place of the way that an integrator can go on from.
  struct Place {
    double time = 0;  ///< s
    long steps = 0;   ///< up to there
  };
  /// What `exchange` writes down: where the integrator is, or the last such place behind it.
  virtual Place kept() const { return {time_, statistics_.steps}; }
  /// Shows an archive everything that the steps after `kept()` depend on, the statistics and the arrivals. An
  /// integrator made from the same arguments, after this, goes on to the bit; the one that was written down stays as it
  /// is. Not for one that broke down.
  virtual void exchange(Archive& archive);

 protected:
  /// `resumed`: on with the interval that was paused.
  virtual bool go(const Interval& interval, bool resumed) = 0;
  virtual void exchange_state(Archive& archive) = 0;
  /// For `go`, between two steps.
  bool pause() { return paused_ = asked_ && asked_(); }

  SolveStatistics statistics_;
  double time_ = 0;
  long arrivals_ = 0;

 private:
  std::function<bool()> asked_;
  bool paused_ = false;
};

/// The methods of solve.hpp. `start` is the time of the initial field, s; `params.every` is not looked at, and
/// `params.until` is the scale of time for progress and for what counts as stable. An initial field that is not finite,
/// and a step that cannot be stable, are failures from the start.
std::unique_ptr<Integrator> exponential_integrator(const ContinuumPde& pde, const Grid& grid, Field initial,
                                                   double start, const SolveParams& params,
                                                   const Progress& progress = {});
std::unique_ptr<Integrator> explicit_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                                Field initial, double start, const SolveParams& params,
                                                const Progress& progress = {});

std::unique_ptr<Integrator> implicit_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                                Field initial, double start, const SolveParams& params,
                                                const Progress& progress = {});
std::unique_ptr<Integrator> imex_integrator(const Kernels& kernels, const ContinuumPde& pde, const Grid& grid,
                                            Field initial, double start, const SolveParams& params,
                                            const Progress& progress = {});
/// The one of that name; none for the steady state, which has no way in time.
std::unique_ptr<Integrator> integrator(TimeMethod method, const Kernels& kernels, const ContinuumPde& pde,
                                       const Grid& grid, Field initial, double start, const SolveParams& params,
                                       const Progress& progress = {});

/// A whole solve: the observer sees the field at time 0, at each output time and at the end.
SolveStatistics integrate(Integrator& integrator, const SolveParams& params, const Observer& observe);

}  // namespace rdd
