#include "compiler/lower_solve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/production_rate.hpp"
#include "compiler/version.hpp"
#include "runtime/reduction/symbol.hpp"
#include "runtime/solve/method_choice.hpp"
#include "runtime/solve/waves.hpp"

namespace rdd {
namespace {

// Beyond this a field of one component would not fit an ordinary machine's memory.
constexpr double most_cells = 2e9;
// Difference between the initial density half-way between two cells and their mean, beyond which its shape is lost.
constexpr double visible_difference = 0.15;

// The next number at least as large whose only prime factors are 2, 3, 5 and 7: FFTW is quick there.
long smooth(long n) {
  for (;; ++n) {
    long rest = n;
    for (const long factor : {2, 3, 5, 7})
      while (rest % factor == 0) rest /= factor;
    if (rest == 1) return n;
  }
}

class SolveLowering {
 public:
  SolveLowering(const Model& model, const SolveBlock& block, std::span<const double> parameters,
                std::vector<Defect> defects, std::span<const FreeParameter> free, Diagnostics& diagnostics)
      : model_(model),
        block_(block),
        parameters_(parameters),
        free_(free),
        network_(defects.front().network),
        defects_(std::move(defects)),
        densities_(defects_),
        diagnostics_(diagnostics) {}

  std::optional<SolveTask> task(const std::optional<std::string>& output) {
    SolveTask task;
    task.place = block_.span;
    task.fused = block_.fused;
    task.output_place = block_.output_span ? block_.output_span : block_.span;
    Problem& problem = task.problem;
    problem.model = model_.name;
    problem.name = block_.name;
    std::optional<Equation> equation = lower_equation(block_, parameters_, defects_, diagnostics_);
    if (!equation) return std::nullopt;
    task.equation = *std::move(equation);
    problem.pde = pde_ = task.equation.pde;
    times(problem);
    if (failed_ || !grid(problem, task.equation) || !fields(task) || !scheme(problem) || !well_posed(problem.grid))
      return std::nullopt;
    initial(task);
    if (failed_ || !method(task)) return std::nullopt;
    outputs(problem, output);
    task.until = block_.until, task.every = block_.every, task.step = block_.step;
    for (const Probe& probe : block_.probes) {
      auto& place = task.places.emplace_back();
      std::copy(probe.place.begin(), probe.place.end(), place.begin());
    }
    if (failed_) return std::nullopt;
    if (const double lost = unresolved(problem); lost > visible_difference)
      diagnostics_
          .add(Code::GridTooCoarse, block_.grid_span ? block_.grid_span : block_.span,
               "the initial density changes too fast for the grid")
          .here(fmt::format("between cells it differs by {:.0f} % of its maximum from what they show", 100 * lost))
          .hint("take a smaller `spacing`, or a smoother initial density");
    return task;
  }

 private:
  double value(const Expr& expression) const { return evaluate(expression, parameters_); }
  Diagnostic& error(Code code, const Span& span, std::string message) {
    failed_ = true;
    return diagnostics_.add(code, span ? span : block_.span, std::move(message));
  }

  double positive(const Expr& expression, const Span& span, const char* what) {
    const double number = value(expression);
    if (!(number > 0) || !std::isfinite(number))
      error(Code::NotPositive, span, fmt::format("{} must be positive", what))
          .here(fmt::format("{:.6g} in SI units", number));
    return number;
  }

  void times(Problem& problem) {
    if (!block_.steady) problem.params.until = positive(block_.until, block_.until_span, "`until`");
    if (block_.every) problem.params.every = positive(block_.every, block_.every_span, "`every`");
    if (block_.step) problem.params.step = positive(block_.step, block_.span, "`step`");
    problem.params.tolerance = block_.tolerance;
    if (block_.checkpoint) {
      problem.checkpoint_every = positive(block_.checkpoint, block_.checkpoint_span, "`checkpoint every`");
      if (!failed_ && problem.checkpoint_every < shortest_checkpoint_time)
        error(Code::BadEntry, block_.checkpoint_span, "checkpoints follow the clock, not the time of the solve")
            .here("at least 10 ms")
            .hint("such as `checkpoint every 10 min`");
    }
    if (!failed_ && !block_.steady && problem.params.every > 0 && problem.params.until / problem.params.every > 1e6)
      error(Code::BadEntry, block_.every_span, "more than a million output times").hint("take a longer `every`");
  }

  bool grid(Problem& problem, const Equation& equation) {
    Grid& grid = problem.grid;
    grid.dimension = pde_.dimension;
    double cells = 1;
    for (int axis = 0; axis < pde_.dimension; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      for (std::size_t side = 0; side < 2; ++side)
        grid.boundary[a][side] = block_.sides[a][side] == Side::periodic    ? Boundary::periodic
                                 : block_.sides[a][side] == Side::absorbing ? Boundary::absorbing
                                                                            : Boundary::reflecting;
      const double length = block_.lengths.empty() ? value(block_.cells[a]) * network_.lattice.vectors.col(axis).norm()
                                                   : value(block_.lengths[a]);
      if (!(length > 0) || !std::isfinite(length)) {
        error(Code::NotPositive, block_.domain_span, "the domain must have positive extents")
            .here(fmt::format("{:.6g} m along axis {}", length, axis + 1));
        return false;
      }
      double points = 0;
      if (!block_.grid.empty()) {
        points = block_.grid[a];
      } else {
        const double spacing =
            block_.spacing ? positive(block_.spacing, block_.grid_span, "`spacing`") : pde_.resolution;
        if (failed_) return false;
        points = std::max(std::ceil(length / spacing * (1 - 1e-12)), static_cast<double>(least_points));
        if (!block_.spacing && points < most_cells) points = static_cast<double>(smooth(static_cast<long>(points)));
      }
      if (points < (grid.periodic(axis) ? 1 : 2)) {
        error(Code::GridTooSmall, block_.grid_span, "the grid has too few cells")
            .here("a walled axis needs at least 2");
        return false;
      }
      cells *= points;
      if (cells * pde_.components > most_cells) {
        error(
            Code::GridTooLarge, block_.grid_span ? block_.grid_span : block_.domain_span,
            fmt::format("the grid has {:.3g} cells, more than the {:.0e} a machine's memory holds", cells, most_cells))
            .hint(fmt::format("the reduction resolves {:.4g} nm; a `spacing` below that only costs",
                              pde_.resolution * 1e9));
        return false;
      }
      // What stands on a wall is known: waves vanish there.
      for (std::size_t side = 0; side < 2; ++side) {
        const std::vector<Wall>& walls = equation.walls[a][side];
        const bool known = std::all_of(walls.begin(), walls.end(), [](const Wall& wall) {
          return wall.kind == Wall::Kind::absorbing || wall.kind == Wall::Kind::value;
        });
        if (!walls.empty() && known) grid.boundary[a][side] = Boundary::absorbing;
      }
      grid.points[a] = static_cast<long>(points);
      grid.spacing[a] = length / points;
    }
    return true;
  }

  // Coefficients that follow the fields of the block, if it has any.
  bool fields(SolveTask& task) {
    if (!has_fields(block_) && free_.empty()) return true;
    Problem& problem = task.problem;
    const Eigen::MatrixXd more = task.equation.pde.coefficients.reaction - together(defects_).coefficients.reaction;
    task.local =
        lower_fields(block_, parameters_, defects_, problem.grid, problem.params.until, more, free_, diagnostics_);
    if (!task.local || !shares_are_constant()) return false;
    if (has_fields(block_)) task.equation.local = task.local->coefficients->fields();
    task.local->coefficients->describe(pde_, problem.grid, problem.params.until);
    task.equation.pde = problem.pde = pde_;
    problem.coefficient_note = fmt::format("follow {} to {:.1e}", task.local->names, task.local->coefficients->error());
    return true;
  }

  // With free parameters the shares that coarse states have in states of the model must not depend on them.
  bool shares_are_constant() {
    if (free_.empty()) return true;
    const auto look = [&](const Density& density, bool made) {
      const Defect& of = defects_[static_cast<std::size_t>(densities_.defect(density))];
      const int P = of.pde.components;
      const bool constant = density.kind == Density::Kind::coarse ||
                            (density.kind == Density::Kind::all && (!made || P == 1)) ||
                            (density.kind == Density::Kind::state && P == of.network.size());
      if (constant) return;
      error(Code::BadRange, density.span,
            fmt::format("what this is of the coarse states depends on `{}`, which is to stay free", free_.front().name))
          .note(free_.front().place, "its range is given here")
          .hint("name coarse states: `coarse[0]`");
    };
    for (const Initial& one : block_.initial) look(one.density, true);
    for (const Production& one : block_.sources) look(one.density, true);
    for (const Sink& one : block_.sinks) look(one.density, false);
    for (const Probe& one : block_.probes) look(one.density, false);
    for (const Reaction& one : block_.reactions) {
      for (const Density& density : one.reactants) look(density, false);
      for (const Density& density : one.products) look(density, true);
    }
    for (const auto& axis : block_.given)
      for (const auto& side : axis)
        for (const BoundaryValue& one : side) look(one.density, true);
    return !failed_;
  }

  // How differences are taken. Beyond a Péclet number of a cell of 2 central ones make new extrema.
  bool scheme(Problem& problem) {
    constexpr double most_peclet = 2;
    Grid& grid = problem.grid;
    const Peclet found = peclet(pde_, grid);
    const std::string number = std::isfinite(found.number) ? fmt::format("{:.2g}", found.number) : "infinite";
    bool room = true;
    for (int axis = 0; axis < grid.dimension; ++axis)
      room = room && (grid.periodic(axis) || grid.points[static_cast<std::size_t>(axis)] >= 4);
    const char* named = "central differences";
    switch (block_.scheme) {
      case Scheme::automatic:
        if (found.number > most_peclet && room) {
          grid.scheme = rdd::DifferenceScheme::limited;
          named = "drift limited";
        }
        break;
      case Scheme::central:
        break;
      case Scheme::fourth:
        grid.scheme = rdd::DifferenceScheme::fourth;
        named = "differences of fourth order";
        break;
      case Scheme::limited:
        grid.scheme = rdd::DifferenceScheme::limited;
        named = "drift limited";
        break;
    }
    if (grid.scheme != rdd::DifferenceScheme::central && !room) {
      error(Code::GridTooSmall, block_.grid_span, "the grid has too few cells for this scheme")
          .here("it needs at least 4 between walls")
          .note(block_.scheme_span, "the scheme");
      return false;
    }
    problem.scheme_note = fmt::format("{}; Péclet number of a cell {}", named, number);
    if (found.number > 0 && found.axis >= 0) problem.scheme_note += fmt::format(" along {}", "xyz"[found.axis]);
    if (found.number > most_peclet)
      problem.scheme_note +=
          grid.scheme == rdd::DifferenceScheme::limited ? ", above 2" : ", above 2: densities may overshoot";
    return true;
  }

  bool method(SolveTask& task) {
    Problem& problem = task.problem;
    bool all_periodic = true;
    for (int axis = 0; axis < pde_.dimension; ++axis) all_periodic = all_periodic && problem.grid.periodic(axis);
    const bool linear = task.equation.linear();
    if (block_.method == Method::exponential && !linear) {
      error(Code::MethodNeedsConstant, block_.method_span, "the exponential method needs constant coefficients")
          .here("sources, reactions and sinks that vary are not")
          .hint("write `method explicit`, or leave the method out");
      return false;
    }
    const bool walls_alike = mirrors(task.equation, problem.grid);
    static constexpr const char* other_walls = "walls that are neither absorbing nor reflecting for all densities";
    const std::string mixing = walls_alike ? mixes_waves(pde_.coefficients, problem.grid) : other_walls;
    if (block_.method == Method::exponential && !mixing.empty()) {
      error(Code::MethodDoesNotFit, block_.method_span, fmt::format("the exponential method cannot take {}", mixing))
          .note(block_.boundary_span, "the walls stand here")
          .hint("leave the method out: `auto` takes the quickest that fits");
      return false;
    }
    if (block_.steady) {
      problem.method = TimeMethod::steady;
    } else if (block_.method == Method::automatic) {
      Beyond beyond;
      beyond.what = !linear ? "what varies in space, in time or with the densities" : walls_alike ? "" : other_walls;
      beyond.in_transport = task.equation.local || task.local || !walls_alike;
      beyond.rate = production_rate(task.equation, problem);
      MethodChoice choice = choose_method(pde_, problem.grid, problem.params, beyond);
      problem.method = choice.method;
      problem.method_reason = std::move(choice.reason);
    } else {
      problem.method = block_.method == Method::exponential ? TimeMethod::exponential
                       : block_.method == Method::explicit_ ? TimeMethod::runge_kutta
                       : block_.method == Method::imex      ? TimeMethod::imex
                                                            : TimeMethod::implicit;
    }
    if (task.local && problem.method != TimeMethod::exponential)
      task.equation.local = task.local->coefficients->fields();
    return !block_.exact_symbol || exact_symbol(task, all_periodic);
  }

  bool exact_symbol(SolveTask& task, bool all_periodic) {
    const auto refuse = [&](const std::string& sentence, const char* hint) {
      error(Code::MethodDoesNotFit, block_.symbol_span, sentence).hint(hint);
      return false;
    };
    if (!all_periodic)
      return refuse("the exact slow symbol is one of plane waves: it needs a periodic domain", "write `symbol order`");
    if (task.problem.method != TimeMethod::exponential)
      return refuse("the exact slow symbol is for the exponential method", "leave the method out, or the symbol");
    if (defects_.size() > 1 || !block_.sinks.empty())
      return refuse("the exact slow symbol is that of one network, and nothing else", "write `symbol order`");
    if (!free_.empty())
      return refuse("the exact slow symbol is that of one network: parameters cannot stay free",
                    "write `symbol order`");
    if (is_large(network_))
      return refuse(fmt::format("{} states are too many for the exact slow symbol of every wave", network_.size()),
                    "write `symbol order`");
    ExactSymbol& symbol = task.symbol.emplace();
    symbol.parts = {network_.lattice, network_.states, network_.positions, network_.hops, std::nullopt};
    if (network_.reversible) symbol.parts.log_weights = network_.log_weights;
    symbol.memberships = defects_.front().reduction.groups.chi;
    task.problem.params.symbol = slow_symbols(make_network(symbol.parts), symbol.memberships, pde_.frame);
    return true;
  }

  bool well_posed(const Grid& grid) {
    const std::vector<double> spacing(grid.spacing.begin(), grid.spacing.begin() + grid.dimension);
    const WellPosedness found = well_posedness(pde_, spacing);
    if (found.ok) return true;
    std::string wave;
    for (Eigen::Index i = 0; i < found.k.size(); ++i) wave += fmt::format("{}{:.4g}", i ? ", " : "", found.k(i) * 1e-9);
    error(Code::IllPosed, block_.grid_span ? block_.grid_span : block_.domain_span,
          "the reduced equation is ill-posed on this grid: short waves grow")
        .here(fmt::format("k = [{}] /nm grows at {:.4g} /s", wave, found.growth))
        .hint(found.coarsest_spacing > 0
                  ? fmt::format("it is well-posed for a `spacing` of {:.4g} nm and more", found.coarsest_spacing * 1e9)
                  : "no grid mends this: choose another number of `bands`");
    return false;
  }

  // ρ(0) = B⁰ p(0) + Σ_α B¹_α ∂_α p(0)   (docs/theory.md, section 5, initial slip), as expressions over x, y, z.
  void initial(SolveTask& task) {
    project(task.problem);
    const auto components = static_cast<std::size_t>(pde_.components);
    std::vector<Expr> density(components, number(0));
    const auto add = [&](std::size_t p, double factor, const Expr& term) {
      if (factor == 0) return;
      density[p] = apply(expr::Operation::add, {density[p], apply(expr::Operation::multiply, {number(factor), term})});
    };
    std::vector<Eigen::Index> first_state;  // of each defect, among the states of all
    Eigen::Index states = 0;
    for (const Defect& defect : defects_) {
      first_state.push_back(states);
      states += defect.network.size();
    }
    for (const Initial& given : block_.initial) {
      const Expr& shape = given.value;
      if (!exists(given.density)) continue;
      const Eigen::VectorXd made = densities_.made(given.density);
      for (std::size_t p = 0; p < components; ++p) add(p, made(static_cast<Eigen::Index>(p)), shape);
      if (given.density.kind == Density::Kind::coarse) continue;
      const auto of = static_cast<std::size_t>(densities_.defect(given.density));
      const RateNetwork& network = defects_[of].network;
      Eigen::VectorXd occupation = Eigen::VectorXd::Zero(states);
      if (given.density.kind == Density::Kind::all)
        occupation.segment(first_state[of], network.size()) = network.log_weights.array().exp();
      else
        occupation(first_state[of] + given.density.index) = 1;
      for (int axis = 0; axis < static_cast<int>(task.problem.slip.size()); ++axis) {
        const Eigen::VectorXd slip = task.problem.slip[static_cast<std::size_t>(axis)] * occupation;
        // A slip of round-off beside the smallest length of the grid is none.
        if (slip.cwiseAbs().maxCoeff() < 1e-13 * task.problem.grid.spacing[static_cast<std::size_t>(axis)]) continue;
        const Expr slope = derivative(shape, axis);
        for (std::size_t p = 0; p < components; ++p) add(p, slip(static_cast<Eigen::Index>(p)), slope);
      }
    }
    task.initial = density;
    for (Expr& one : density) one = rdd::bind(one, parameters_);
    task.problem.initial = [density](int component, double x, double y, double z) {
      return evaluate(density[static_cast<std::size_t>(component)], {}, {x, y, z});
    };
    if (failed_) return;
    for (const double v : sample(task.problem))
      if (!std::isfinite(v)) {
        error(Code::BadEntry, block_.initial.empty() ? block_.span : block_.initial.front().span,
              "the initial density is not finite everywhere");
        return;
      }
  }

  // States, projection and slip of all defects: block by block.
  void project(Problem& problem) const {
    Eigen::Index states = 0;
    bool slips = false;
    for (const Defect& defect : defects_) {
      states += defect.network.size();
      slips = slips || !defect.reduction.slip.empty();
    }
    problem.projection = Eigen::MatrixXd::Zero(pde_.components, states);
    if (slips)
      problem.slip.assign(static_cast<std::size_t>(pde_.dimension), Eigen::MatrixXd::Zero(pde_.components, states));
    Eigen::Index row = 0, column = 0;
    for (const Defect& defect : defects_) {
      const Eigen::Index P = defect.pde.components, M = defect.network.size();
      for (const std::string& state : defect.network.states)
        problem.states.push_back(defect.name.empty() ? state : defect.name + "." + state);
      problem.projection.block(row, column, P, M) = defect.reduction.projection;
      for (int axis = 0; axis < pde_.dimension; ++axis)
        for (std::size_t i = 0; i < defect.reduction.slip.size(); ++i)
          problem.slip[static_cast<std::size_t>(axis)].block(row, column, P, M) +=
              defect.pde.frame(static_cast<Eigen::Index>(i), axis) * defect.reduction.slip[i];
      row += P;
      column += M;
    }
  }

  bool exists(const Density& density) {
    if (coarse_state_exists(density, defects_, diagnostics_)) return true;
    failed_ = true;
    return false;
  }

  // Weights of ρ_p in a density: a coarse state's own, all, or an original state's share on the slow manifold.
  std::vector<double> weights(const Density& density) {
    std::vector<double> all(static_cast<std::size_t>(pde_.components), 0.0);
    if (!exists(density)) return all;
    const Eigen::VectorXd measured = densities_.measured(density);
    std::copy(measured.begin(), measured.end(), all.begin());
    return all;
  }

  void outputs(Problem& problem, const std::optional<std::string>& path) {
    OutputSpec& output = problem.output;
    output.path = path ? *path : !block_.output.empty() ? block_.output : model_.name + "." + block_.name + ".h5";
    output.components = pde_.names;
    for (const Probe& probe : block_.probes) {
      ProbeSpec spec;
      spec.name = probe.name;
      spec.weights = weights(probe.density);
      spec.axis = probe.axis;
      switch (probe.kind) {
        case Probe::Kind::integral:
          spec.kind = ProbeSpec::Kind::integral;
          break;
        case Probe::Kind::mean:
          spec.kind = ProbeSpec::Kind::mean, spec.unit = "m";
          break;
        case Probe::Kind::variance:
          spec.kind = ProbeSpec::Kind::variance, spec.unit = "m^2";
          break;
        case Probe::Kind::at:
          spec.kind = ProbeSpec::Kind::at;
          spec.unit = pde_.dimension == 1 ? "1/m" : fmt::format("1/m^{}", pde_.dimension);
          break;
      }
      for (std::size_t a = 0; a < probe.place.size() && a < 3; ++a) spec.place[a] = value(probe.place[a]);
      output.probes.push_back(std::move(spec));
    }
    output.attributes = {
        {"rdd_version", version}, {"model", model_.name}, {"solve", block_.name}, {"model_hash", model_.hash}};
    if (block_.fused) output.attributes.emplace_back("arithmetic", "fused");
    if (model_.span.source) output.attributes.emplace_back("model_text", model_.span.source->text);
    for (std::size_t i = 0; i < model_.parameters.size(); ++i)
      output.inputs.push_back(
          {"parameters", model_.parameters[i].name, si_unit(model_.parameters[i].dimension), {}, {parameters_[i]}});
    thin(problem);
  }

  void thin(Problem& problem) {
    for (std::size_t axis = 0; axis < block_.thin.size(); ++axis) {
      const long points = problem.grid.points[axis], cells = block_.thin[axis];
      problem.output.thin[axis] = cells;
      if (points % cells == 0) continue;
      long below = std::min(cells, points), above = below;
      while (points % below != 0) --below;
      while (points % above != 0) ++above;
      error(Code::BadEntry, block_.thin_span,
            fmt::format("blocks of {} cells do not fill the {} of axis {}", cells, points, "xyz"[axis]))
          .hint(fmt::format("blocks of {} or of {} do; or choose another `grid`", below, above));
      return;
    }
  }

  static constexpr int least_points = 8;  // fewer show no shape at all

  const Model& model_;
  const SolveBlock& block_;
  std::span<const double> parameters_;
  std::span<const FreeParameter> free_;
  const RateNetwork& network_;
  std::vector<Defect> defects_;  // the model's own first
  DensityMap densities_;
  ContinuumPde pde_;  // of all of them, with the losses that are constant
  Diagnostics& diagnostics_;
  bool failed_ = false;
};

}  // namespace

std::optional<SolveTask> lower_solve(const Model& model, const SolveBlock& block, std::span<const double> parameters,
                                     std::vector<Defect> defects, const std::optional<std::string>& output,
                                     Diagnostics& diagnostics, std::span<const FreeParameter> free) {
  return SolveLowering(model, block, parameters, std::move(defects), free, diagnostics).task(output);
}

}  // namespace rdd
