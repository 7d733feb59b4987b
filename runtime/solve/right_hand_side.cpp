#include "runtime/solve/right_hand_side.hpp"

#include <algorithm>

#include "runtime/expects.hpp"
#include "runtime/solve/local_coefficients.hpp"

namespace rdd {
namespace {

// Stages in one pass over memory. More would save little more of it, and what is on the way of so many still fits the
// second-level caches where rows are not very long.
constexpr std::size_t together = 6;

}  // namespace

RightHandSide::RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads,
                             const KernelLayout& layout)
    : kernels_(kernels),
      grid_(grid),
      layout_(layout),
      size_(grid.cells() * static_cast<std::size_t>(components)),
      threads_(threads),
      workers_(threads) {
  expects(kernels.rhs && kernels.stage, "both kernels");
  expects(kernels.interleaved == (layout.halo > 0), "fields as the kernels read them");
  const int local = kernels.local ? kernels.local->fields().count : 0;
  coefficients_.resize(static_cast<std::size_t>(layout.stride_component) *
                       static_cast<std::size_t>(kernels.coefficient_fields + local));
}

RightHandSide::RightHandSide(const Kernels& kernels, const Grid& grid, int components, int threads)
    : RightHandSide(kernels, grid, components, threads, dense_layout(grid)) {}

void RightHandSide::evaluate(double time, const double* y, double* out) {
  prepare(time);
  const double* in[] = {y, coefficients_.data()};
  ++sweeps_;
  sweep(kernels_.rhs, in, out, &time);
}

// Stages a few at a time, as one pass over memory makes them: a slice of the grid (a row, in 3-D a plane) is taken one
// stage further as soon as its neighbours have come as far as it, while all of them are still in the caches. Every
// number is computed from the same numbers in the same way as stage by stage.
void RightHandSide::stages(const std::vector<Stage>& stages, const double* base, const double* base_slope) {
  const bool coefficients_change = kernels_.local && kernels_.local->follow_time();
  const long widest = slices() / (2 * reach(grid_.scheme) * static_cast<long>(together));
  const long blocks = coefficients_change ? 0 : std::min<long>(threads_, widest);
  for (std::size_t s = 0; s < stages.size(); s += together) {
    const auto group = std::span(stages).subspan(s, std::min(together, stages.size() - s));
    if (blocks > 0) {
      prepare(group.front().time);
      sweep_together(group, blocks, base, base_slope);
    } else {
      for (const Stage& stage : group) {
        prepare(stage.time);
        workers_.run(slices(), [&](long first, long last) { sweep_slices(stage, base, base_slope, first, last); });
      }
    }
  }
  sweeps_ += static_cast<long>(stages.size());
}

// Each thread has a block of slices, of which every stage does fewer than the one before, by the reach of the loads on
// both sides; what is left out around the edges between blocks follows.
//
// Three fields in turn are enough. Stage s + 1 writes over what stage s reads as `previous`, at the same place only and
// after it; stage s + 2 over the `y` of stage s, two reaches behind it. What stage s has still to read of that around
// an edge lies within s + 1 reaches, and stage s + 2 has kept s + 2 away.
void RightHandSide::sweep_together(std::span<const Stage> stages, long blocks, const double* base,
                                   const double* base_slope) {
  const auto count = static_cast<long>(stages.size());
  const long n = slices(), reach = rdd::reach(grid_.scheme);
  const auto edge = [&](long block) { return n * block / blocks; };
  const auto sweep = [&](long s, long first, long last) {
    sweep_slices(stages[static_cast<std::size_t>(s)], base, base_slope, first, last);
  };
  workers_.run(blocks, [&](long first, long last) {
    for (long block = first; block < last; ++block)
      for (long front = edge(block); front < edge(block + 1); ++front)
        for (long s = 0; s < count; ++s)
          if (const long slice = front - s * reach; slice >= edge(block) + s * reach) sweep(s, slice, slice + 1);
  });
  workers_.run(blocks, [&](long first, long last) {
    for (long block = first; block < last; ++block)
      for (long s = 1; s < count; ++s) {
        const long from = edge(block) - s * reach, to = edge(block) + s * reach;
        sweep(s, std::max(from, 0L), to);
        if (from < 0) sweep(s, n + from, n);  // the first edge is also the last
      }
  });
}

long RightHandSide::slices() const {
  return layout_.n[layout_.n[2] > 1 ? 2 : 1];
}

void RightHandSide::sweep_slices(const Stage& stage, const double* base, const double* base_slope, long first,
                                 long last) {
  const double* in[] = {stage.y, stage.previous, base, base_slope, coefficients_.data()};
  const double numbers[] = {stage.own, stage.before, stage.base, stage.base_slope, stage.slope, stage.time};
  const long rows = layout_.n[1] * layout_.n[2] / slices();
  kernels_.stage(in, stage.out, numbers, &layout_, first * rows, last * rows);
}

double RightHandSide::stiffness(double time, const double* y) {
  if (!kernels_.stiffness) return 0;
  prepare(time);
  stiffness_.resize(static_cast<std::size_t>(layout_.stride_component));  // zero around the rows
  const double* in[] = {y, coefficients_.data()};
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
    kernels_.local->fill(time, grid_, layout_, workers_,
                         coefficients_.data() + layout_.stride_component * kernels_.coefficient_fields);
  prepared_ = time;
}

void RightHandSide::sweep(KernelFunction kernel, const double* const* in, double* out, const double* scalars) {
  workers_.run(layout_.n[1] * layout_.n[2],
               [&](long first, long last) { kernel(in, out, scalars, &layout_, first, last); });
}

}  // namespace rdd
