#include "runtime/solve/waves.hpp"

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>
#include <vector>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;

// FFTW's planner keeps global state and is not made for several threads; its execution is.
std::mutex planner;

// Is the density zero at this wall, and its continuation odd?
bool odd_at(Boundary wall) {
  return wall == Boundary::absorbing;
}

struct Kinds {
  fftw_r2r_kind forward, backward;
};
Kinds kinds(const std::array<Boundary, 2>& walls) {
  if (odd_at(walls[0])) return odd_at(walls[1]) ? Kinds{FFTW_RODFT10, FFTW_RODFT01} : Kinds{FFTW_RODFT11, FFTW_RODFT11};
  return odd_at(walls[1]) ? Kinds{FFTW_REDFT11, FFTW_REDFT11} : Kinds{FFTW_REDFT10, FFTW_REDFT01};
}

// j of the wave number πj/L of the standing wave with this index.
double half_waves(const std::array<Boundary, 2>& walls, long index) {
  const auto i = static_cast<double>(index);
  if (odd_at(walls[0]) != odd_at(walls[1])) return i + 0.5;
  return odd_at(walls[0]) ? i + 1 : i;
}

}  // namespace

Wave on_grid(const Wave& wave, const Grid& grid) {
  Wave seen;
  for (std::size_t a = 0; a < 3; ++a) {
    const double h = grid.spacing[a];
    const double half = std::sin(wave.k[a] * h / 2);
    seen.k[a] = 2 / h * half;
    seen.odd[a] = std::sin(wave.odd[a] * h) / h;
    if (grid.scheme != DifferenceScheme::fourth) continue;
    seen.k[a] *= std::sqrt(1 + half * half / 3);
    seen.odd[a] *= (4 - std::cos(wave.odd[a] * h)) / 3;
  }
  return seen;
}

Coefficients with_upwind_diffusion(Coefficients c, const Grid& grid, double share) {
  if (grid.scheme != DifferenceScheme::limited) return c;
  for (std::size_t a = 0; a < c.drift.size(); ++a)
    c.diffusion[a][a].diagonal() += share * grid.spacing[a] * c.drift[a].diagonal().cwiseAbs();
  return c;
}

Eigen::MatrixXcd symbol(const Coefficients& c, const Wave& wave, int dimension) {
  Eigen::MatrixXd even = c.reaction, odd = Eigen::MatrixXd::Zero(c.reaction.rows(), c.reaction.cols());
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimension); ++a) {
    odd += wave.odd[a] * c.drift[a];
    for (std::size_t b = 0; b < static_cast<std::size_t>(dimension); ++b)
      even -= (a == b ? wave.k[a] * wave.k[a] : wave.odd[a] * wave.odd[b]) * c.diffusion[a][b];
  }
  return even.cast<Complex>() + Complex(0, 1) * odd.cast<Complex>();
}

std::string mixes_waves(const Coefficients& c, const Grid& grid) {
  // Drift that a density does not notice on its way across the box (vL/D) is round-off of a coefficient that vanishes.
  constexpr double unnoticed = 1e-10;
  for (int axis = 0; axis < grid.dimension; ++axis) {
    if (grid.periodic(axis)) continue;
    const auto a = static_cast<std::size_t>(axis);
    const double length = static_cast<double>(grid.points[a]) * grid.spacing[a];
    const double spread = c.diffusion[a][a].cwiseAbs().maxCoeff();
    if (c.drift[a].cwiseAbs().maxCoeff() * length > unnoticed * spread)
      return std::string("drift along ") + "xyz"[axis] + ", which has walls";
    for (int other = 0; other < grid.dimension; ++other) {
      const auto b = static_cast<std::size_t>(other);
      if (a != b && c.diffusion[a][b].cwiseAbs().maxCoeff() >
                        unnoticed * std::max(spread, c.diffusion[b][b].cwiseAbs().maxCoeff()))
        return std::string("a mixed derivative along ") + "xyz"[std::min(axis, other)] + " and " +
               "xyz"[std::max(axis, other)] + ", where " + "xyz"[axis] + " has walls";
    }
  }
  return "";
}

Waves::Waves(const Grid& grid, int components)
    : grid_(grid), size_(grid.cells() * static_cast<std::size_t>(components)), counts_(grid.points) {
  std::vector<fftw_iodim64> plane, plane_many, standing, standing_many;
  std::vector<fftw_r2r_kind> forward, backward;
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a)
    if (grid.periodic(static_cast<int>(a))) {  // the first periodic axis is the one of which half is kept
      counts_[a] = grid.points[a] / 2 + 1;
      break;
    }
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
      uniform_ = uniform_ && !odd_at(grid.boundary[a][0]) && !odd_at(grid.boundary[a][1]);
    }
    scale_ *= periodic ? static_cast<double>(n) : 2 * static_cast<double>(n);
    stride *= n;
    wave_stride *= counts_[a];
  }
  modes_ = static_cast<std::size_t>(wave_stride);
  const auto P = static_cast<std::size_t>(components);
  plane_many.push_back({components, stride, wave_stride});
  standing_many.push_back({components, stride, stride});
  values_ = fftw_alloc_real(size_);
  fftw_complex* const amplitudes = fftw_alloc_complex(modes_ * P);
  amplitudes_ = reinterpret_cast<Complex*>(amplitudes);
  if (!values_ || !amplitudes_) {
    release();
    throw std::bad_alloc();
  }
  const auto rank = [](const auto& axes) { return static_cast<int>(axes.size()); };
  const auto back = [](std::vector<fftw_iodim64> axes) {
    for (fftw_iodim64& axis : axes) std::swap(axis.is, axis.os);
    return axes;
  };
  const std::lock_guard lock(planner);  // ESTIMATE: plans depend on the sizes only, so the bytes of results do
  if (!standing.empty()) {
    standing_ = fftw_plan_guru64_r2r(rank(standing), standing.data(), rank(standing_many), standing_many.data(),
                                     values_, values_, forward.data(), FFTW_ESTIMATE);
    standing_back_ = fftw_plan_guru64_r2r(rank(standing), standing.data(), rank(standing_many), standing_many.data(),
                                          values_, values_, backward.data(), FFTW_ESTIMATE);
    expects(standing_ && standing_back_, "a plan from FFTW");
  }
  if (!plane.empty()) {
    plane_ = fftw_plan_guru64_dft_r2c(rank(plane), plane.data(), rank(plane_many), plane_many.data(), values_,
                                      amplitudes, FFTW_ESTIMATE);
    const auto plane_back = back(plane), plane_many_back = back(plane_many);
    plane_back_ = fftw_plan_guru64_dft_c2r(rank(plane_back), plane_back.data(), rank(plane_many_back),
                                           plane_many_back.data(), amplitudes, values_, FFTW_ESTIMATE);
    expects(plane_ && plane_back_, "a plan from FFTW");
  }
}

Waves::~Waves() {
  release();
}

void Waves::release() {
  const std::lock_guard lock(planner);
  for (void* plan : {standing_, standing_back_, plane_, plane_back_})
    if (plan) fftw_destroy_plan(static_cast<fftw_plan>(plan));
  fftw_free(values_);
  fftw_free(amplitudes_);
}

Wave Waves::wave(std::size_t mode) const {
  Wave wave;
  auto rest = static_cast<long>(mode);
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid_.dimension); ++a) {
    const long n = grid_.points[a];
    long j = rest % counts_[a];
    rest /= counts_[a];
    const double length = static_cast<double>(n) * grid_.spacing[a];
    if (!grid_.periodic(static_cast<int>(a))) {
      wave.k[a] = std::numbers::pi * half_waves(grid_.boundary[a], j) / length;
      continue;
    }
    if (2 * j > n) j -= n;
    wave.k[a] = 2 * std::numbers::pi * static_cast<double>(j) / length;
    wave.odd[a] = 2 * j == n ? 0 : wave.k[a];
  }
  return wave;
}

void Waves::analyse(const double* field) {
  std::copy(field, field + size_, values_);
  if (standing_) fftw_execute(static_cast<fftw_plan>(standing_));
  if (plane_)
    fftw_execute(static_cast<fftw_plan>(plane_));
  else
    std::copy(values_, values_ + size_, amplitudes_);
  const std::size_t count = size_ / grid_.cells() * modes_;
  for (std::size_t i = 0; i < count; ++i) amplitudes_[i] /= scale_;
}

void Waves::synthesise(double* field) {
  if (plane_)
    fftw_execute(static_cast<fftw_plan>(plane_back_));
  else
    std::transform(amplitudes_, amplitudes_ + size_, values_, [](Complex amplitude) { return amplitude.real(); });
  if (standing_) fftw_execute(static_cast<fftw_plan>(standing_back_));
  std::copy(values_, values_ + size_, field);
}

}  // namespace rdd
