// When a solve shows its fields: at the multiples of `every`, and at the end.
#pragma once

namespace rdd {

/// Times 0 = at(0) < at(1) < … < at(intervals()) = until. Multiples of `every` are products, never sums, so that output
/// j of two solves falls on the same number; the end is `until` itself, even where it is a multiple up to round-off.
class OutputTimes {
 public:
  /// until > 0; every = 0, or every ≥ until: only the first and the last time. Seconds.
  OutputTimes(double until, double every);
  long intervals() const { return intervals_; }
  double at(long index) const;
  /// Length of the interval that ends at at(index). All but the last are equal to the bit.
  double length(long index) const;

 private:
  double until_;
  double every_;
  long intervals_;
  bool whole_;  ///< the last interval is as long as the others
};

}  // namespace rdd
