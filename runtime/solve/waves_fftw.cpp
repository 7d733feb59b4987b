#include <fftw3.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "runtime/expects.hpp"
#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// FFTW's planner keeps global state and is not made for several threads; its execution is.
std::mutex planner;

struct Kinds {
  fftw_r2r_kind forward, backward;
};
Kinds kinds(const std::array<Boundary, 2>& walls) {
  const bool odd_below = walls[0] == Boundary::absorbing, odd_above = walls[1] == Boundary::absorbing;
  if (odd_below) return odd_above ? Kinds{FFTW_RODFT10, FFTW_RODFT01} : Kinds{FFTW_RODFT11, FFTW_RODFT11};
  return odd_above ? Kinds{FFTW_REDFT11, FFTW_REDFT11} : Kinds{FFTW_REDFT10, FFTW_REDFT01};
}

}  // namespace

struct Waves::Transforms {
  Transforms() = default;
  ~Transforms() {
    const std::lock_guard lock(planner);
    for (fftw_plan plan : {standing, standing_back, plane, plane_back})
      if (plan) fftw_destroy_plan(plan);
    fftw_free(values);
    fftw_free(amplitudes);
  }
  Transforms(const Transforms&) = delete;
  Transforms& operator=(const Transforms&) = delete;

  double* values = nullptr;
  fftw_complex* amplitudes = nullptr;
  // Walled axes, in place, then periodic ones.
  fftw_plan standing = nullptr, standing_back = nullptr, plane = nullptr, plane_back = nullptr;
};

Waves::Waves(const Grid& grid, int components)
    : grid_(grid),
      size_(grid.cells() * static_cast<std::size_t>(components)),
      counts_(grid.points),
      transforms_(std::make_unique<Transforms>()) {
  count_waves();
  std::vector<fftw_iodim64> plane, plane_many, standing, standing_many;
  std::vector<fftw_r2r_kind> forward, backward;
  ptrdiff_t stride = 1, wave_stride = 1;
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
    const auto n = static_cast<ptrdiff_t>(grid.points[a]);
    const bool periodic = grid.periodic(static_cast<int>(a));
    // FFTW halves the last of its axes; ours come with the first first.
    if (periodic)
      plane.insert(plane.begin(), {n, stride, wave_stride});
    else
      plane_many.push_back({n, stride, wave_stride});
    (periodic ? standing_many : standing).push_back({n, stride, stride});
    if (!periodic) {
      forward.push_back(kinds(grid.boundary[a]).forward);
      backward.push_back(kinds(grid.boundary[a]).backward);
    }
    stride *= n;
    wave_stride *= counts_[a];
  }
  plane_many.push_back({components, stride, wave_stride});
  standing_many.push_back({components, stride, stride});
  Transforms& t = *transforms_;
  t.values = fftw_alloc_real(size_);
  t.amplitudes = fftw_alloc_complex(modes_ * static_cast<std::size_t>(components));
  if (!t.values || !t.amplitudes) throw std::bad_alloc();
  amplitudes_ = reinterpret_cast<Complex*>(t.amplitudes);
  const auto rank = [](const auto& axes) { return static_cast<int>(axes.size()); };
  const auto back = [](std::vector<fftw_iodim64> axes) {
    for (fftw_iodim64& axis : axes) std::swap(axis.is, axis.os);
    return axes;
  };
  const std::lock_guard lock(planner);  // ESTIMATE: plans depend on the sizes only, so the bytes of results do
  if (!standing.empty()) {
    t.standing = fftw_plan_guru64_r2r(rank(standing), standing.data(), rank(standing_many), standing_many.data(),
                                      t.values, t.values, forward.data(), FFTW_ESTIMATE);
    t.standing_back = fftw_plan_guru64_r2r(rank(standing), standing.data(), rank(standing_many), standing_many.data(),
                                           t.values, t.values, backward.data(), FFTW_ESTIMATE);
    expects(t.standing && t.standing_back, "a plan from FFTW");
  }
  if (!plane.empty()) {
    t.plane = fftw_plan_guru64_dft_r2c(rank(plane), plane.data(), rank(plane_many), plane_many.data(), t.values,
                                       t.amplitudes, FFTW_ESTIMATE);
    const auto plane_back = back(plane), plane_many_back = back(plane_many);
    t.plane_back = fftw_plan_guru64_dft_c2r(rank(plane_back), plane_back.data(), rank(plane_many_back),
                                            plane_many_back.data(), t.amplitudes, t.values, FFTW_ESTIMATE);
    expects(t.plane && t.plane_back, "a plan from FFTW");
  }
}

Waves::~Waves() = default;

const char* Waves::transforms() {
  return "FFTW";
}

void Waves::analyse(const double* field) {
  const Transforms& t = *transforms_;
  std::copy(field, field + size_, t.values);
  if (t.standing) fftw_execute(t.standing);
  if (t.plane)
    fftw_execute(t.plane);
  else
    std::copy(t.values, t.values + size_, amplitudes_);
  const std::size_t count = size_ / grid_.cells() * modes_;
  for (std::size_t i = 0; i < count; ++i) amplitudes_[i] /= scale_;
}

void Waves::synthesise(double* field) {
  const Transforms& t = *transforms_;
  if (t.plane)
    fftw_execute(t.plane_back);
  else
    std::transform(amplitudes_, amplitudes_ + size_, t.values, [](Complex amplitude) { return amplitude.real(); });
  if (t.standing) fftw_execute(t.standing_back);
  std::copy(t.values, t.values + size_, field);
}

}  // namespace rdd
