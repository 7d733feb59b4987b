#include "runtime/solve/right_hand_side.hpp"

#include "runtime/expects.hpp"
#include "runtime/solve/local_coefficients.hpp"

namespace rdd {
RightHandSide::RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads)
    : kernels_(kernels),
      grid_(grid),
      layout_{{grid.points[0], grid.points[1], grid.points[2]},
              grid.points[0],
              grid.points[0] * grid.points[1],
              grid.points[0] * grid.points[1] * grid.points[2]},
      size_(grid.cells() * static_cast<std::size_t>(components)),
      workers_(threads) {
  expects(kernels.rhs && kernels.stage, "both kernels");
  const int local = kernels.local ? kernels.local->fields().count : 0;
  coefficients_.resize(grid.cells() * static_cast<std::size_t>(kernels.coefficient_fields + local));
}

void RightHandSide::evaluate(double time, const double* y, double* out) {
  prepare(time);
  const double* in[] = {y, coefficients_.data()};
  ++sweeps_;
  sweep(kernels_.rhs, in, out, &time);
}

void RightHandSide::evaluate(double time, const Field& y, Field& out) {
  evaluate(time, y.data(), out.data());
}

void RightHandSide::stage(double time, const StageWeights& weights, const Field& y, const Field& previous,
                          const Field& base, const Field& base_slope, Field& out) {
  prepare(time);
  const double* in[] = {y.data(), previous.data(), base.data(), base_slope.data(), coefficients_.data()};
  const double numbers[] = {weights.own, weights.before, weights.base, weights.base_slope, weights.slope, time};
  ++sweeps_;
  sweep(kernels_.stage, in, out.data(), numbers);
}

double RightHandSide::stiffness(double time, const Field& y) {
  if (!kernels_.stiffness) return 0;
  prepare(time);
  stiffness_.resize(static_cast<std::size_t>(layout_.stride_component));
  const double* in[] = {y.data(), coefficients_.data()};
  ++sweeps_;
  sweep(kernels_.stiffness, in, stiffness_.data(), &time);
  double largest = 0;
  for (const double value : stiffness_)
    if (!(value <= largest)) largest = value;  // not a number wins
  return largest;
}

// Coefficients that do not change are computed once.
void RightHandSide::prepare(double time) {
  if (coefficients_.empty()) return;
  const bool first = !prepared_;
  if (first && kernels_.coefficients) sweep(kernels_.coefficients, nullptr, coefficients_.data(), &time);
  if (kernels_.local && (first || (kernels_.local->follow_time() && time != prepared_)))
    kernels_.local->fill(time, grid_, workers_,
                         coefficients_.data() + layout_.stride_component * kernels_.coefficient_fields);
  prepared_ = time;
}

void RightHandSide::sweep(KernelFunction kernel, const double* const* in, double* out, const double* scalars) {
  workers_.run(layout_.n[1] * layout_.n[2],
               [&](long first, long last) { kernel(in, out, scalars, &layout_, first, last); });
}

}  // namespace rdd
