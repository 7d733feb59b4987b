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
  virtual bool advance(const Interval& interval) = 0;
  /// So far; `seconds` and `completed` are for the caller to know.
  const SolveStatistics& statistics() const { return statistics_; }
  double time() const { return time_; }  ///< s, of the field

  /// Asked between two steps of an interval; where it says yes, `advance` comes back early and `paused()` is true. The
  /// same interval once more goes on from there, with the steps it would have taken anyway.
  void pause_when(std::function<bool()> asked) { asked_ = std::move(asked); }
  bool paused() const { return paused_; }
  /// Whether `exchange` may be called now: after a pause always, elsewhere if the method can leave off anywhere.
  virtual bool at_rest() const { return true; }
  /// Shows an archive everything that the coming steps depend on, and the statistics. An integrator made from the same
  /// arguments, after this, goes on to the bit. Not for one that broke down.
  void exchange(Archive& archive);

 protected:
  virtual void exchange_state(Archive& archive) = 0;
  /// For `advance`, between two steps.
  bool pause() { return paused_ = asked_ && asked_(); }
  /// For `advance`, when it begins and when it arrives.
  void go_on() { paused_ = false; }

  SolveStatistics statistics_;
  double time_ = 0;

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
