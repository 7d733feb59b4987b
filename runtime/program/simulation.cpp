#include "runtime/program/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/solve/integrator.hpp"
#include "runtime/solve/output_times.hpp"

namespace rdd {
namespace {

// The initial density of every coarse state from densities given as functions:
//   ρ(0) = B⁰ p(0) + Σ_α B¹_α ∂_α p(0)   (docs/theory.md, section 5, initial slip)
// Slopes are central differences over a tenth of a thousandth of a cell: right to about nine digits.
struct GivenDensities {
  std::vector<DensityFunction> states, coarse;
  Eigen::MatrixXd projection;
  std::vector<Eigen::MatrixXd> slip;
  std::array<double, 3> spacing;

  double operator()(int component, double x, double y, double z) const {
    const auto p = static_cast<std::size_t>(component);
    double sum = p < coarse.size() && coarse[p] ? coarse[p](x, y, z) : 0;
    for (std::size_t s = 0; s < states.size(); ++s) {
      if (!states[s]) continue;
      const auto state = static_cast<Eigen::Index>(s);
      sum += projection(component, state) * states[s](x, y, z);
      for (std::size_t axis = 0; axis < slip.size(); ++axis) {
        const double B = slip[axis](component, state), h = 1e-4 * spacing[axis];
        if (B == 0) continue;
        std::array<double, 3> low{x, y, z}, high{x, y, z};
        low[axis] -= h;
        high[axis] += h;
        sum += B * (states[s](high[0], high[1], high[2]) - states[s](low[0], low[1], low[2])) / (2 * h);
      }
    }
    return sum;
  }
};

void check_size(const std::vector<DensityFunction>& densities, std::size_t wanted, const char* what) {
  if (densities.empty() || densities.size() == wanted) return;
  throw std::invalid_argument(
      fmt::format("initial densities of {} {}, but there are {}", densities.size(), what, wanted));
}

bool any(const std::vector<DensityFunction>& densities) {
  return std::any_of(densities.begin(), densities.end(), [](const DensityFunction& d) { return static_cast<bool>(d); });
}

Problem with_options(Problem problem, const SimulationOptions& options) {
  if (problem.method == TimeMethod::steady && (options.until > 0 || options.every > 0))
    throw std::invalid_argument(
        fmt::format("the solve {} goes to its steady state, whatever `until` and `every`", problem.name));
  check_size(options.states, problem.states.size(), "states");
  check_size(options.coarse, static_cast<std::size_t>(problem.pde.components), "coarse states");
  for (const double time : {options.until, options.every})
    if (!(time >= 0) || !std::isfinite(time))
      throw std::invalid_argument(fmt::format("a time must be finite and not negative, not {} s", time));
  if (options.threads < 1) throw std::invalid_argument(fmt::format("threads: at least 1, not {}", options.threads));
  if (any(options.states) || any(options.coarse))
    problem.initial =
        GivenDensities{options.states, options.coarse, problem.projection, problem.slip, problem.grid.spacing};
  if (options.until > 0) problem.params.until = options.until;
  if (options.every > 0) problem.params.every = options.every;
  problem.params.threads = options.threads;
  problem.output.path = options.output;
  return problem;
}

}  // namespace

struct Simulation::Impl {
  Impl(Problem given, const Kernels& compiled, const SimulationOptions& options, std::shared_ptr<const void> owner)
      : problem(with_options(std::move(given), options)),
        kernels(compiled),
        code(std::move(owner)),
        times(steady() ? OutputTimes(1, 0) : OutputTimes(problem.params.until, problem.params.every)),
        initial(sample(problem)) {
    if (problem.output.path.empty()) return;
    files = std::make_unique<OutputFiles>(results(problem, kernels, initial), problem.grid);
    if (!steady()) files->write(0, initial);
  }

  bool steady() const { return problem.method == TimeMethod::steady; }

  // To the end of time, in one go.
  void settle() {
    if (time > 0) return;
    statistics = solve_steady(kernels, problem.pde, problem.grid, initial, problem.params,
                              [this](double end, const Field& field) {
                                time = end;
                                initial = field;
                                return true;
                              });
    if (!statistics.failure.empty()) throw SolveError(statistics.failure);
  }

  const Field& fields() const { return integrator ? integrator->field() : initial; }

  // From the present time over one interval.
  void go(double to, double length, bool again) {
    if (!integrator)
      integrator =
          rdd::integrator(problem.method, kernels, problem.pde, problem.grid, std::move(initial), time, problem.params);
    if (!integrator->advance({time, to, length, again})) throw SolveError(integrator->statistics().failure);
    time = to;
  }

  // `length` is the way from here to `to`, where no output time lies between.
  void advance(double to, double length) {
    if (steady() && to > 0) return settle();
    if (!(length > 0) || !std::isfinite(to))
      throw std::invalid_argument(fmt::format("a time later than the present {} s is needed, not {} s", time, to));
    while (next <= times.intervals()) {
      const double output = times.at(next), interval = times.length(next);
      if (to < output - 1e-9 * interval) break;
      const bool whole = time == times.at(next - 1);
      const bool again = whole && next < times.intervals() && times.length(next + 1) == interval;
      go(output, whole ? interval : output - time, again);
      length = to - time;
      ++next;
      if (files) files->write(time, fields());
      if (to <= output + 1e-9 * interval) return;
    }
    if (to > time) go(to, length, true);
  }

  Problem problem;
  Kernels kernels;
  std::shared_ptr<const void> code;
  OutputTimes times;
  long next = 1;  // the output time ahead
  double time = 0;
  Field initial;  // until there is an integrator, which takes it; of a steady solve the fields as they are
  std::unique_ptr<Integrator> integrator;  // made when first needed
  std::unique_ptr<OutputFiles> files;
  std::vector<std::string> written;
  SolveStatistics statistics;  // while there is no integrator
};

Simulation::Simulation(Problem problem, const Kernels& kernels, const SimulationOptions& options,
                       std::shared_ptr<const void> code)
    : impl_(std::make_unique<Impl>(std::move(problem), kernels, options, std::move(code))) {}
Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

const Problem& Simulation::problem() const {
  return impl_->problem;
}
const Grid& Simulation::grid() const {
  return impl_->problem.grid;
}
const Coefficients& Simulation::coefficients() const {
  return impl_->problem.pde.coefficients;
}
int Simulation::components() const {
  return impl_->problem.pde.components;
}
double Simulation::time() const {
  return impl_->time;
}
double Simulation::until() const {
  return impl_->steady() ? std::numeric_limits<double>::infinity() : impl_->problem.params.until;
}

std::span<const double> Simulation::field(int component) const {
  if (component < 0 || component >= components())
    throw std::invalid_argument(fmt::format("there is no coarse state {}: there are {}", component, components()));
  const std::size_t cells = grid().cells();
  return std::span(impl_->fields()).subspan(static_cast<std::size_t>(component) * cells, cells);
}

std::array<std::size_t, 3> Simulation::shape() const {
  const auto& points = grid().points;
  return {static_cast<std::size_t>(points[2]), static_cast<std::size_t>(points[1]),
          static_cast<std::size_t>(points[0])};
}

double Simulation::total(int component) const {
  field(component);  // is there one?
  ProbeSpec one;
  one.weights.assign(static_cast<std::size_t>(components()), 0.0);
  one.weights[static_cast<std::size_t>(component)] = 1;
  return measure(one, grid(), impl_->fields(), components());
}

double Simulation::probe(std::size_t index) const {
  const auto& probes = impl_->problem.output.probes;
  if (index >= probes.size())
    throw std::invalid_argument(fmt::format("there is no probe {}: there are {}", index, probes.size()));
  return measure(probes[index], grid(), impl_->fields(), components());
}

double Simulation::probe(std::string_view name) const {
  const auto& probes = impl_->problem.output.probes;
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (probes[i].name == name) return probe(i);
  throw std::invalid_argument(fmt::format("the model has no probe '{}'", name));
}

void Simulation::replace(int component, std::span<const double> values) {
  const std::size_t cells = field(component).size();
  if (values.size() != cells)
    throw std::invalid_argument(fmt::format("a field has {} cells, not {}", cells, values.size()));
  Field fields = impl_->fields();
  std::copy(values.begin(), values.end(),
            fields.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(component) * cells));
  impl_->integrator.reset();
  impl_->initial = std::move(fields);
  if (impl_->steady()) impl_->time = 0;
}

void Simulation::step(double interval) {
  impl_->advance(impl_->time + interval, interval);
}
void Simulation::advance(double time) {
  impl_->advance(time, time - impl_->time);
}
void Simulation::run() {
  if (impl_->time < until()) advance(until());
  finish();
}

void Simulation::finish() {
  if (!impl_->files) return;
  if (impl_->steady()) {
    if (impl_->time == 0) return;
    impl_->files->write(impl_->time, impl_->initial);
  }
  impl_->files->commit();
  impl_->written = impl_->files->paths();
  impl_->files.reset();
}
const std::vector<std::string>& Simulation::files() const {
  return impl_->written;
}
const SolveStatistics& Simulation::statistics() const {
  return impl_->integrator ? impl_->integrator->statistics() : impl_->statistics;
}

}  // namespace rdd
