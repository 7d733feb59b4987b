#include "runtime/solve/right_hand_side.hpp"

#include <algorithm>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

// Numbers of a sweep before the constants: the time, and the weights of a stage.
constexpr std::size_t stage_numbers = 5;

std::vector<double> with_room(std::size_t room, const std::vector<double>& constants) {
  std::vector<double> scalars(room, 0.0);
  scalars.insert(scalars.end(), constants.begin(), constants.end());
  return scalars;
}

}  // namespace

RightHandSide::RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads)
    : kernels_(kernels),
      layout_{{grid.points[0], grid.points[1], grid.points[2]},
              grid.points[0],
              grid.points[0] * grid.points[1],
              grid.points[0] * grid.points[1] * grid.points[2]},
      size_(grid.cells() * static_cast<std::size_t>(components)),
      workers_(threads),
      coefficients_(kernels.coefficients ? grid.cells() * static_cast<std::size_t>(kernels.coefficient_fields) : 0),
      rhs_scalars_(with_room(1, kernels.constants)),
      stage_scalars_(with_room(stage_numbers + 1, kernels.constants)),
      coefficients_scalars_(with_room(1, kernels.constants)) {
  expects(kernels.rhs && kernels.stage, "both kernels");
}

void RightHandSide::evaluate(double time, const double* y, double* out) {
  prepare(time);
  const double* in[] = {y, coefficients_.data()};
  rhs_scalars_[0] = time;
  ++sweeps_;
  sweep(kernels_.rhs, in, out, rhs_scalars_);
}

void RightHandSide::evaluate(double time, const Field& y, Field& out) {
  evaluate(time, y.data(), out.data());
}

void RightHandSide::stage(double time, const StageWeights& weights, const Field& y, const Field& previous,
                          const Field& base, const Field& base_slope, Field& out) {
  prepare(time);
  const double* in[] = {y.data(), previous.data(), base.data(), base_slope.data(), coefficients_.data()};
  const double numbers[] = {weights.own, weights.before, weights.base, weights.base_slope, weights.slope, time};
  std::copy(std::begin(numbers), std::end(numbers), stage_scalars_.begin());
  ++sweeps_;
  sweep(kernels_.stage, in, out.data(), stage_scalars_);
}

double RightHandSide::stiffness(double time, const Field& y) {
  if (!kernels_.stiffness) return 0;
  prepare(time);
  stiffness_.resize(static_cast<std::size_t>(layout_.stride_component));
  const double* in[] = {y.data(), coefficients_.data()};
  rhs_scalars_[0] = time;
  ++sweeps_;
  sweep(kernels_.stiffness, in, stiffness_.data(), rhs_scalars_);
  double largest = 0;
  for (const double value : stiffness_)
    if (!(value <= largest)) largest = value;  // not a number wins
  return largest;
}

// Coefficients that do not change are computed once.
void RightHandSide::prepare(double time) {
  if (!kernels_.coefficients) return;
  if (prepared_ && (!kernels_.coefficients_follow_time || time == coefficients_time_)) return;
  coefficients_scalars_[0] = time;
  sweep(kernels_.coefficients, nullptr, coefficients_.data(), coefficients_scalars_);
  coefficients_time_ = time;
  prepared_ = true;
}

void RightHandSide::sweep(KernelFunction kernel, const double* const* in, double* out,
                          const std::vector<double>& scalars) {
  workers_.run(layout_.n[1] * layout_.n[2],
               [&](long first, long last) { kernel(in, out, scalars.data(), &layout_, first, last); });
}

}  // namespace rdd
