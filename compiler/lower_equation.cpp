#include "compiler/lower_equation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using expr::Operation;

std::size_t index(Index i) {
  return static_cast<std::size_t>(i);
}

Expr plus(const Expr& a, const Expr& b) {
  if (!a) return b;
  return apply(Operation::add, {a, b});
}
Expr times(const Expr& a, const Expr& b) {
  return apply(Operation::multiply, {a, b});
}
Expr coarse(Index p) {
  return coordinate(Equation::density_axis + static_cast<int>(p));
}
const double* constant(const Expr& expression) {
  const auto* n = std::get_if<expr::Number>(&expression->value);
  return n ? &n->value : nullptr;
}

class EquationLowering {
 public:
  EquationLowering(const SolveBlock& block, std::span<const double> parameters, std::span<const Defect> defects,
                   Diagnostics& diagnostics)
      : block_(block), parameters_(parameters), defects_(defects), map_(defects), diagnostics_(diagnostics) {}

  std::optional<Equation> equation() {
    for (std::size_t i = 1; i < defects_.size(); ++i)
      if (!same_axes(i)) return std::nullopt;
    equation_.pde = together(defects_);
    for (const Production& source : block_.sources)
      if (exists(source.density)) produce(map_.made(source.density), lowered(source.value));
    for (const Sink& sink : block_.sinks)
      if (exists(sink.density)) lose(sink);
    for (const Reaction& reaction : block_.reactions) react(reaction);
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(equation_.pde.dimension); ++axis)
      for (std::size_t side = 0; side < 2; ++side)
        if (!block_.given[axis][side].empty()) prescribe(axis, side);
    if (failed_) return std::nullopt;
    return std::move(equation_);
  }

 private:
  // Lattices of fewer vectors than dimensions may lie askew: then x is not the same for both.
  bool same_axes(std::size_t i) {
    constexpr double askew = 1e-6;
    if ((defects_[i].pde.frame - defects_[0].pde.frame).cwiseAbs().maxCoeff() < askew) return true;
    diagnostics_
        .add(Code::SpeciesMismatch, block_.species[i - 1].span,
             fmt::format("the lattice of `{}` lies along other axes than that of this model", defects_[i].name))
        .hint("coordinates run along the vectors of a lattice where it has fewer of them than dimensions");
    return false;
  }

  bool exists(const Density& density) {
    if (coarse_state_exists(density, defects_, diagnostics_)) return true;
    failed_ = true;
    return false;
  }

  /// Parameters put in, densities written as sums over coarse ones.
  Expr lowered(const Expr& expression) {
    return substitute(bind(expression, parameters_), [&](const Expr& leaf) {
      const auto* d = std::get_if<expr::Density>(&leaf->value);
      if (d == nullptr) return leaf;
      Density density;
      density.kind = static_cast<Density::Kind>(d->kind);
      density.index = d->index;
      density.species = d->species;
      density.span = block_.span;
      if (!exists(density)) return number(0);
      return sum(map_.measured(density));
    });
  }
  static_assert(static_cast<int>(Density::Kind::coarse) == static_cast<int>(expr::Density::Kind::coarse) &&
                static_cast<int>(Density::Kind::all) == static_cast<int>(expr::Density::Kind::all));

  /// Σ_p weight_p ρ_p
  static Expr sum(const VectorXd& weights) {
    Expr all;
    for (Index p = 0; p < weights.size(); ++p)
      if (weights(p) != 0) all = plus(all, times(number(weights(p)), coarse(p)));
    return all ? all : number(0);
  }

  void produce(const VectorXd& shares, const Expr& rate) {
    if (const double* value = constant(rate); value && *value == 0) return;
    equation_.production.resize(index(map_.components()));
    for (Index p = 0; p < shares.size(); ++p)
      if (shares(p) != 0) {
        Expr& production = equation_.production[index(p)];
        production = plus(production, times(number(shares(p)), rate));
      }
  }

  void lose(const Sink& sink) {
    const Expr rate = lowered(sink.rate);
    if (const double* value = constant(rate); value && !(*value >= 0 && std::isfinite(*value))) {
      failed_ = true;
      diagnostics_.add(Code::NotPositive, sink.span, "a sink takes away: its rate must not be negative")
          .here(fmt::format("{:.6g} /s", *value))
          .hint("what adds is a `source`");
      return;
    }
    const MatrixXd loss = lost(sink.density);
    if (const double* value = constant(rate)) {
      equation_.pde.coefficients.reaction -= *value * loss;
      return;
    }
    for (Index p = 0; p < loss.rows(); ++p)
      if (const VectorXd row = loss.row(p); !row.isZero(0)) {
        equation_.production.resize(index(map_.components()));
        Expr& production = equation_.production[index(p)];
        production = plus(production, apply(Operation::negate, {times(rate, sum(row))}));
      }
  }

  /// (P, P): what a loss of a density at unit rate takes from the coarse ones, L ρ.
  MatrixXd lost(const Density& density) const {
    if (density.kind == Density::Kind::state) return map_.made(density) * map_.measured(density).transpose();
    return map_.measured(density).asDiagonal();  // each loses its own share
  }

  void react(const Reaction& reaction) {
    for (const auto* side : {&reaction.reactants, &reaction.products})
      for (const Density& density : *side)
        if (!exists(density)) return;
    const Expr rate = lowered(reaction.rate);
    if (const double* value = constant(rate); value && !(*value >= 0 && std::isfinite(*value))) {
      failed_ = true;
      diagnostics_
          .add(Code::NotPositive, reaction.rate_span ? reaction.rate_span : reaction.span,
               "the rate constant of a reaction must not be negative")
          .here(fmt::format("{:.6g} in SI units", *value));
      return;
    }
    // Each reactant loses rate · (the others' densities) of what there is of it.
    for (std::size_t i = 0; i < reaction.reactants.size(); ++i) {
      Expr others = rate;
      for (std::size_t j = 0; j < reaction.reactants.size(); ++j)
        if (j != i) others = times(others, sum(map_.measured(reaction.reactants[j])));
      const MatrixXd loss = lost(reaction.reactants[i]);
      for (Index p = 0; p < loss.rows(); ++p)
        if (const VectorXd row = loss.row(p); !row.isZero(0)) {
          VectorXd only = VectorXd::Zero(map_.components());
          only(p) = -1;
          produce(only, times(others, sum(row)));
        }
    }
    Expr turnover = rate;
    for (const Density& reactant : reaction.reactants) turnover = times(turnover, sum(map_.measured(reactant)));
    for (const Density& product : reaction.products) produce(map_.made(product), turnover);
  }

  void prescribe(std::size_t axis, std::size_t side) {
    const Wall::Kind plain =
        block_.sides[axis][side] == Side::absorbing ? Wall::Kind::absorbing : Wall::Kind::reflecting;
    std::vector<Wall>& walls = equation_.walls[axis][side];
    walls.assign(index(map_.components()), Wall{plain, nullptr});
    for (const BoundaryValue& given : block_.given[axis][side]) {
      if (!exists(given.density)) continue;
      const Expr value = lowered(given.value);
      switch (given.kind) {
        case BoundaryValue::Kind::value:
          put(walls, given, Wall::Kind::value, map_.made(given.density), value);
          break;
        case BoundaryValue::Kind::flux:
          put(walls, given, Wall::Kind::flux, map_.made(given.density), value);
          break;
        case BoundaryValue::Kind::surface:
          surface(walls, given, value);
          break;
      }
    }
  }

  void put(std::vector<Wall>& walls, const BoundaryValue& given, Wall::Kind kind, const VectorXd& shares,
           const Expr& value) {
    for (Index p = 0; p < shares.size(); ++p) {
      if (shares(p) == 0) continue;
      Wall& wall = walls[index(p)];
      const bool again = wall.given != nullptr;
      if (again && (wall.kind != kind || kind == Wall::Kind::value)) {
        failed_ = true;
        diagnostics_.add(Code::BadEntry, given.span, "a wall is told two things about one coarse state")
            .here(fmt::format("this is about {} too", equation_.pde.names[index(p)]));
        return;
      }
      const Expr share = times(number(shares(p)), value);
      wall = {kind, again ? plus(wall.given, share) : share};
    }
  }

  void surface(std::vector<Wall>& walls, const BoundaryValue& given, const Expr& value) {
    if (given.density.kind == Density::Kind::state) {
      failed_ = true;
      diagnostics_.add(Code::BadEntry, given.span, "a surface sink takes coarse states, or all")
          .here("a state of the model")
          .hint("write `absorbing(coarse[0] = …)`");
      return;
    }
    if (const double* velocity = constant(value); velocity && !(*velocity >= 0 && std::isfinite(*velocity))) {
      failed_ = true;
      diagnostics_.add(Code::NotPositive, given.span, "the velocity of a surface sink must not be negative")
          .here(fmt::format("{:.6g} m/s", *velocity));
      return;
    }
    put(walls, given, Wall::Kind::surface, map_.measured(given.density), value);
  }

  const SolveBlock& block_;
  std::span<const double> parameters_;
  std::span<const Defect> defects_;
  DensityMap map_;
  Diagnostics& diagnostics_;
  Equation equation_;
  bool failed_ = false;
};

}  // namespace

ContinuumPde together(std::span<const Defect> defects) {
  if (defects.size() == 1) return defects[0].pde;
  ContinuumPde all;
  all.dimension = defects[0].pde.dimension;
  all.frame = defects[0].pde.frame;
  all.resolution = defects[0].pde.resolution;
  for (const Defect& defect : defects) {
    all.components += defect.pde.components;
    all.resolution = std::min(all.resolution, defect.pde.resolution);
    for (const std::string& name : defect.pde.names)
      all.names.push_back(defect.name.empty() ? name : defect.name + "." + name);
  }
  const auto n = static_cast<std::size_t>(all.dimension);
  const MatrixXd zero = MatrixXd::Zero(all.components, all.components);
  Coefficients& c = all.coefficients;
  c.reaction = zero;
  c.drift.assign(n, zero);
  c.diffusion.assign(n, std::vector<MatrixXd>(n, zero));
  Index first = 0;
  for (const Defect& defect : defects) {
    const Index P = defect.pde.components;
    const Coefficients& own = defect.pde.coefficients;
    c.reaction.block(first, first, P, P) = own.reaction;
    for (std::size_t a = 0; a < n; ++a) {
      c.drift[a].block(first, first, P, P) = own.drift[a];
      for (std::size_t b = 0; b < n; ++b) c.diffusion[a][b].block(first, first, P, P) = own.diffusion[a][b];
    }
    first += P;
  }
  return all;
}

DensityMap::DensityMap(std::span<const Defect> defects) : defects_(defects) {
  for (const Defect& defect : defects) {
    first_.push_back(total_);
    total_ += defect.pde.components;
  }
}

VectorXd DensityMap::measured(const Density& density) const {
  VectorXd all = VectorXd::Zero(total_);
  const std::size_t which = index(defect(density));
  const Defect& of = defects_[which];
  auto own = all.segment(first_[which], of.pde.components);
  switch (density.kind) {
    case Density::Kind::state:
      own = of.reduction.lift.row(density.index).transpose();
      break;
    case Density::Kind::coarse:
      own(density.index) = 1;
      break;
    case Density::Kind::all:
      own.setOnes();
      break;
  }
  return all;
}

VectorXd DensityMap::made(const Density& density) const {
  VectorXd all = VectorXd::Zero(total_);
  const std::size_t which = index(defect(density));
  const Defect& of = defects_[which];
  auto own = all.segment(first_[which], of.pde.components);
  switch (density.kind) {
    case Density::Kind::state:
      own = of.reduction.projection.col(density.index);
      break;
    case Density::Kind::coarse:
      own(density.index) = 1;
      break;
    case Density::Kind::all:
      own = of.reduction.projection * VectorXd(of.network.log_weights.array().exp());
      break;
  }
  return all;
}

bool coarse_state_exists(const Density& density, std::span<const Defect> defects, Diagnostics& diagnostics) {
  if (density.kind != Density::Kind::coarse) return true;
  const Defect& of = defects[static_cast<std::size_t>(density.species + 1)];
  if (density.index < of.pde.components) return true;
  const std::string of_whom = of.name.empty() ? "" : of.name + ".";
  diagnostics
      .add(Code::CoarseStateOutOfRange, density.span, fmt::format("there is no {}coarse[{}]", of_whom, density.index))
      .here(of.pde.components == 1
                ? fmt::format("the reduction keeps one coarse state, {}coarse[0]", of_whom)
                : fmt::format("the reduction keeps {0}coarse[0] to {0}coarse[{1}]", of_whom, of.pde.components - 1))
      .hint("`rdd query FILE -e clusters` shows which states each of them holds");
  return false;
}

std::optional<Equation> lower_equation(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, Diagnostics& diagnostics) {
  return EquationLowering(block, parameters, defects, diagnostics).equation();
}

}  // namespace rdd
