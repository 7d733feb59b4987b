#include "compiler/production_rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace rdd {
namespace {

// Production and the bound on its slopes, with the densities in the place of parameters.
class Production {
 public:
  explicit Production(const Equation& equation) : rate_(free(stiffness(equation.production, equation.pde.components))) {
    for (const Expr& one : equation.production) sources_.push_back(free(one));
  }

  bool depends_on_densities() const { return rate_ != nullptr; }

  /// (P) what comes in at a place.
  std::vector<double> growth(const std::vector<double>& densities, const std::array<double, 4>& place) const {
    std::vector<double> all(sources_.size(), 0.0);
    for (std::size_t p = 0; p < sources_.size(); ++p)
      if (sources_[p]) all[p] = std::max(0.0, evaluate(sources_[p], densities, place));
    return all;
  }

  /// At one place and time, for densities that grow from these until production balances them.
  double rate(const std::vector<double>& densities, const std::vector<double>& growth,
              const std::array<double, 4>& place, double until) const {
    const auto after = [&](double time) {
      std::vector<double> grown = densities;
      for (std::size_t p = 0; p < growth.size(); ++p) grown[p] += time * growth[p];
      return evaluate(rate_, grown, place);
    };
    const double now = after(0);
    if (std::all_of(growth.begin(), growth.end(), [](double g) { return g == 0; })) return now;
    double low = 0, high = until;
    if (after(high) * high <= 1) return std::max(now, after(high));
    for (int i = 0; i < 30; ++i) {
      const double middle = (low + high) / 2;
      (after(middle) * middle <= 1 ? low : high) = middle;
    }
    return std::max(now, after(high));
  }

 private:
  static Expr free(const Expr& expression) {
    if (!expression) return nullptr;
    return substitute(expression, [](const Expr& leaf) {
      const auto* c = std::get_if<expr::Coordinate>(&leaf->value);
      return c && c->axis >= Equation::density_axis ? parameter(c->axis - Equation::density_axis) : leaf;
    });
  }

  Expr rate_;
  std::vector<Expr> sources_;
};

// Does a coarse density spread over the whole box long before the end?
std::vector<bool> spreads(const ContinuumPde& pde, const Grid& grid, double until) {
  std::vector<bool> all(static_cast<std::size_t>(pde.components), true);
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
    const double length = static_cast<double>(grid.points[a]) * grid.spacing[a];
    for (std::size_t p = 0; p < all.size(); ++p) {
      const auto i = static_cast<Eigen::Index>(p);
      all[p] = all[p] && pde.coefficients.diffusion[a][a](i, i) * until > length * length;
    }
  }
  return all;
}

// Some thousand cells of the grid, evenly.
std::vector<std::array<double, 3>> some_places(const Grid& grid) {
  const long most = grid.dimension == 1 ? 4096 : grid.dimension == 2 ? 64 : 16;  // along an axis
  std::array<long, 3> stride{};
  for (std::size_t a = 0; a < 3; ++a) stride[a] = (grid.points[a] + most - 1) / most;
  std::vector<std::array<double, 3>> all;
  for (long z = 0; z < grid.points[2]; z += stride[2])
    for (long y = 0; y < grid.points[1]; y += stride[1])
      for (long x = 0; x < grid.points[0]; x += stride[0]) all.push_back(grid.centre(x, y, z));
  return all;
}

}  // namespace

double production_rate(const Equation& equation, const Problem& problem) {
  const Production production(equation);
  if (!production.depends_on_densities()) return 0;
  const auto components = static_cast<std::size_t>(equation.pde.components);
  const double until = problem.params.until;
  const std::vector<bool> mixed = spreads(equation.pde, problem.grid, until);
  const std::vector<std::array<double, 3>> places = some_places(problem.grid);
  double largest = 0;
  for (const double time : {0.0, until}) {
    std::vector<std::vector<double>> densities, growth;
    std::vector<double> mean_density(components, 0.0), mean_growth(components, 0.0);
    for (const auto& [x, y, z] : places) {
      std::vector<double>& here = densities.emplace_back();
      for (std::size_t p = 0; p < components; ++p) here.push_back(problem.initial(static_cast<int>(p), x, y, z));
      growth.push_back(production.growth(here, {x, y, z, time}));
      for (std::size_t p = 0; p < components; ++p) {
        mean_density[p] += here[p] / static_cast<double>(places.size());
        if (p < growth.back().size()) mean_growth[p] += growth.back()[p] / static_cast<double>(places.size());
      }
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t p = 0; p < components; ++p) {
        if (!mixed[p]) continue;
        densities[i][p] = mean_density[p];
        if (p < growth[i].size()) growth[i][p] = mean_growth[p];
      }
      const auto& [x, y, z] = places[i];
      const double rate = production.rate(densities[i], growth[i], {x, y, z, time}, until);
      if (!std::isfinite(rate)) return std::numeric_limits<double>::infinity();
      largest = std::max(largest, rate);
    }
  }
  return largest;
}

}  // namespace rdd
