#include "runtime/solve/output_times.hpp"

#include <cmath>

#include "runtime/expects.hpp"

namespace rdd {

OutputTimes::OutputTimes(double until, double every) : until_(until), every_(every) {
  expects(std::isfinite(until) && until > 0, "an end time above zero");
  expects(std::isfinite(every) && every >= 0, "a time between outputs that is not negative");
  if (every_ == 0 || every_ > until_) every_ = until_;
  const double ratio = until_ / every_;
  expects(ratio < 1e15, "fewer than 1e15 outputs");
  whole_ = std::abs(ratio - std::round(ratio)) < 1e-9;  // a last interval of less than 1e-9 of the others is round-off
  intervals_ = whole_ ? std::lround(ratio) : static_cast<long>(ratio) + 1;
}

double OutputTimes::at(long index) const {
  return index == intervals_ ? until_ : static_cast<double>(index) * every_;
}

double OutputTimes::length(long index) const {
  return index < intervals_ || whole_ ? every_ : until_ - static_cast<double>(index - 1) * every_;
}

}  // namespace rdd
