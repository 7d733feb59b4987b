#include "runtime/solve/waves.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rdd {
namespace {

using Complex = std::complex<double>;

// Is the density zero at this wall, and its continuation odd?
bool odd_at(Boundary wall) {
  return wall == Boundary::absorbing;
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

void Waves::count_waves() {
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid_.dimension); ++a)
    if (grid_.periodic(static_cast<int>(a))) {  // the first periodic axis is the one of which half is kept
      counts_[a] = grid_.points[a] / 2 + 1;
      break;
    }
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid_.dimension); ++a) {
    const auto n = static_cast<double>(grid_.points[a]);
    scale_ *= grid_.periodic(static_cast<int>(a)) ? n : 2 * n;
    uniform_ = uniform_ && !odd_at(grid_.boundary[a][0]) && !odd_at(grid_.boundary[a][1]);
    modes_ *= static_cast<std::size_t>(counts_[a]);
  }
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

}  // namespace rdd
