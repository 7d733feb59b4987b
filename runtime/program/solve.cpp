// The course of one solve: from output time to output time, with checkpoints in between.
//
// A checkpoint is made between two steps, of the integrator's whole state at a place it can go on from, so that the
// steps are those of a solve that was left alone. Times written since that place stay as they are when they are reached
// once more. What was written since the last checkpoint becomes a part of the results; only then the state that counts
// on it takes the place of the one before. At any instant the state on the disk and the parts it names are complete.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "runtime/program/checkpoint.hpp"
#include "runtime/program/problem.hpp"
#include "runtime/solve/local_coefficients.hpp"
#include "runtime/solve/output_times.hpp"
#include "runtime/solve/read_error.hpp"
#include "runtime/solve/result_series.hpp"

namespace rdd {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// FNV-1a of 64 bits.
class Fingerprint {
 public:
  void eat(std::string_view bytes) {
    for (const char c : bytes) {
      value_ ^= static_cast<unsigned char>(c);
      value_ *= 1099511628211ull;
    }
  }
  void eat(std::span<const double> values) {
    eat({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  std::uint64_t value_ = 14695981039346656037ull;
};

std::string exact(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void eat(Fingerprint& all, const Eigen::MatrixXd& matrix) {
  all.eat(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

const char* name_of(TimeMethod method) {
  switch (method) {
    case TimeMethod::exponential:
      return "exponential";
    case TimeMethod::runge_kutta:
      return "explicit (Runge–Kutta–Chebyshev)";
    case TimeMethod::implicit:
      return "implicit (CVODE)";
    case TimeMethod::imex:
      return "implicit–explicit (ARKODE)";
    case TimeMethod::steady:
      return "steady";
  }
  return "";
}

void add_rows(std::vector<double>& values, const Eigen::MatrixXd& matrix) {
  for (Eigen::Index i = 0; i < matrix.rows(); ++i)
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) values.push_back(matrix(i, j));
}

class Course {
 public:
  Course(const Problem& problem, const Kernels& kernels, const SolveOptions& options)
      : problem_(problem),
        kernels_(kernels),
        options_(options),
        checkpoint_(problem.output.path),
        times_(problem.method == TimeMethod::steady ? OutputTimes(1, 0)  // there is but one, and it is not on the clock
                                                    : OutputTimes(problem.params.until, problem.params.every)),
        begin_(now()),
        last_checkpoint_(begin_) {}

  Outcome run() {
    Field initial = sample(problem_);
    outcome_.initial_total = totals(problem_, initial);
    const OutputSpec spec = results(problem_, kernels_, initial);
    identity_ = identity(problem_, kernels_, initial);
    const bool going_on = checkpoint_.exists();
    if (going_on && !options_.restart) refuse();
    if (!going_on && options_.restart && complete(spec)) {
      outcome_.complete_before = true;
      outcome_.files = files_of(spec);
      return std::move(outcome_);
    }
    if (options_.restart || options_.checkpoint_every > 0) checkpoint_.hold();
    if (options_.restart) remove_orphans(problem_.output.path);
    try {
      return solve(spec, std::move(initial), going_on);
    } catch (const OutputError& error) {
      if (!checkpoint_.exists()) throw;
      throw OutputError(fmt::format("{}; the checkpoint '{}' is whole: go on from it with --restart", error.what(),
                                    checkpoint_.folder()));
    } catch (const ReadError& error) {
      throw CheckpointError(CheckpointError::Kind::does_not_fit,
                            fmt::format("the checkpoint '{0}' is damaged: {1}; begin anew without it (rm -r '{0}')",
                                        checkpoint_.folder(), error.what()));
    }
  }

 private:
  Outcome solve(const OutputSpec& spec, Field initial, bool going_on) {
    files_.emplace(spec, problem_.grid);
    if (problem_.method == TimeMethod::steady) return steady(std::move(initial));
    if (!going_on) files_->write(0, initial);
    integrator_ = integrator(problem_.method, kernels_, problem_.pde, problem_.grid, std::move(initial), 0,
                             problem_.params, [this](double fraction, long) {
                               if (options_.progress) options_.progress(progress(fraction));
                             });
    if (going_on) restore();
    steps_before_ = integrator_->statistics().steps, sweeps_before_ = integrator_->statistics().kernel_calls;
    started_at_ = integrator_->reached() / problem_.params.until;
    saved_steps_ = integrator_->kept().steps;
    integrator_->pause_when([this] { return interrupted() || due(); });

    while (integrator_->statistics().failure.empty()) {
      const long next = integrator_->arrivals() + 1;  // the output time ahead
      if (next > times_.intervals()) break;
      const double length = times_.length(next);
      const bool again = next < times_.intervals() && times_.length(next + 1) == length;
      if (!integrator_->advance({times_.at(next - 1), times_.at(next), length, again})) break;
      if (!integrator_->paused() && next == files_->times()) files_->write(times_.at(next), integrator_->field());
      if (integrator_->arrivals() == times_.intervals()) break;
      const bool stop = interrupted();  // once: it may become true at any instant
      if (stop || due()) save();
      if (stop) {
        outcome_.interrupted = true;
        break;
      }
    }
    return finish();
  }

  /// Straight to the end of time: one field, and nothing to leave off from.
  Outcome steady(Field initial) {
    Field last;
    outcome_.statistics = solve_steady(
        kernels_, problem_.pde, problem_.grid, std::move(initial), problem_.params,
        [&](double time, const Field& field) {
          files_->write(time, field);
          last = field;
          return true;
        },
        [this](double fraction, long) {
          if (options_.progress) options_.progress({.fraction = fraction});
        },
        [this] { return interrupted(); });
    outcome_.statistics.seconds = seconds();
    outcome_.interrupted = !outcome_.statistics.completed && outcome_.statistics.failure.empty();
    if (!outcome_.statistics.completed) return std::move(outcome_);
    conclude(last);
    files_->commit();
    outcome_.files = files_->paths();
    return std::move(outcome_);
  }

  /// Totals and probes of the last field.
  void conclude(const Field& field) {
    outcome_.statistics.completed = true;
    outcome_.final_total = totals(problem_, field);
    for (const ProbeSpec& probe : problem_.output.probes)
      outcome_.probes.push_back(measure(probe, problem_.grid, field, problem_.pde.components));
  }

  Outcome finish() {
    outcome_.statistics = integrator_->statistics();
    outcome_.statistics.seconds = seconds();
    outcome_.reached = integrator_->reached();
    outcome_.kept = integrator_->kept().time;
    if (checkpoint_.exists()) outcome_.checkpoint = checkpoint_.folder();
    if (outcome_.interrupted || !outcome_.statistics.failure.empty()) return std::move(outcome_);
    conclude(integrator_->field());
    if (parts_ > 0) save();  // so that a disk which fills up now costs nothing, or the way from the last such place
    files_->commit();
    outcome_.files = files_->paths();
    outcome_.checkpoint.clear();
    if (checkpoint_.exists()) checkpoint_.remove();
    return std::move(outcome_);
  }

  bool interrupted() const { return options_.interrupted && options_.interrupted(); }
  bool due() const {
    return options_.checkpoint_every > 0 && integrator_->kept().steps > saved_steps_ &&
           now() - last_checkpoint_ >= options_.checkpoint_every;
  }
  double seconds() const { return seconds_before_ + now() - begin_; }

  void exchange(Archive& archive) {
    archive.count("parts", parts_);
    double clock = seconds();
    archive.number("clock", clock);
    seconds_before_ = clock - (now() - begin_);
    integrator_->exchange(archive);
  }

  void close_part() {
    if (files_->close_part(checkpoint_.part(parts_ + 1))) ++parts_;
  }

  void save() {
    checkpoint_.hold();
    close_part();
    StateWriter state(checkpoint_.state(), identity_);
    exchange(state);
    long times = files_->times();
    state.count("times", times);
    state.commit();
    last_checkpoint_ = now();
    saved_steps_ = integrator_->kept().steps;
  }

  // Throws ReadError.
  void restore() {
    StateReader state(checkpoint_.state());
    if (const std::string other = difference(state.identity(), identity_); !other.empty())
      throw CheckpointError(CheckpointError::Kind::does_not_fit,
                            fmt::format("the checkpoint '{0}' is of another solve: {1}; begin anew without it (rm -r "
                                        "'{0}'), or go back to what it was",
                                        checkpoint_.folder(), other));
    exchange(state);
    checkpoint_.tidy(parts_);
    files_->go_on_from(checkpoint_.parts(parts_));
    long times = 0;
    state.count("times", times);
    if (files_->times() != times || integrator_->arrivals() >= times)
      throw ReadError("its parts do not hold the times they should");
    outcome_.restarted_at = integrator_->reached();
  }

  [[noreturn]] void refuse() const {
    throw CheckpointError(CheckpointError::Kind::in_the_way,
                          fmt::format("there is a checkpoint of an unfinished solve, '{0}': go on from it with "
                                      "--restart, or begin anew without it (rm -r '{0}')",
                                      checkpoint_.folder()));
  }

  std::vector<std::string> files_of(const OutputSpec& spec) const {
    std::vector<std::string> paths{results_path(spec.path), companion(spec.path, ".xdmf")};
    if (!spec.probes.empty()) paths.push_back(companion(spec.path, ".probes.csv"));
    return paths;
  }

  // Are the results of this very solve there already?
  bool complete(const OutputSpec& spec) const {
    for (const std::string& path : files_of(spec))
      if (std::error_code ignored; !std::filesystem::exists(path, ignored)) return false;
    try {
      return results_fingerprint(results_path(spec.path)) == spec.attributes.back().second;
    } catch (const ReadError&) {
      return false;
    }
  }

  SolveProgress progress(double fraction) {
    const SolveStatistics& statistics = integrator_->statistics();
    const double elapsed = now() - begin_, done = fraction - started_at_;
    const long steps = statistics.steps - steps_before_, sweeps = statistics.kernel_calls - sweeps_before_;
    SolveProgress progress{.fraction = fraction, .time = integrator_->reached(), .until = problem_.params.until};
    progress.steps = statistics.steps;
    if (statistics.steps > shown_steps_)
      step_ = (progress.time - shown_time_) / static_cast<double>(statistics.steps - shown_steps_);
    progress.step = step_;
    shown_steps_ = statistics.steps, shown_time_ = progress.time;
    progress.cells_per_second =
        static_cast<double>(problem_.grid.cells()) * static_cast<double>(sweeps > 0 ? sweeps : steps) / elapsed;
    progress.seconds_left = done > 0 ? elapsed * (1 - fraction) / done : 0;
    return progress;
  }

  const Problem& problem_;
  const Kernels& kernels_;
  const SolveOptions& options_;
  Checkpoint checkpoint_;
  OutputTimes times_;
  NamedTexts identity_;
  Outcome outcome_;
  std::optional<OutputFiles> files_;
  std::unique_ptr<Integrator> integrator_;
  long parts_ = 0;        // of the results, in the checkpoint
  long saved_steps_ = 0;  // those the last checkpoint, or the start, has behind it
  double begin_, last_checkpoint_, seconds_before_ = 0;
  long steps_before_ = 0, sweeps_before_ = 0, shown_steps_ = 0;
  double started_at_ = 0, shown_time_ = 0, step_ = 0;
};

}  // namespace

NamedTexts identity(const Problem& problem, const Kernels& kernels, const Field& initial) {
  const Grid& grid = problem.grid;
  NamedTexts all;
  for (const auto& [name, value] : problem.output.attributes)
    if (name != "model_text") all.emplace_back(name, value);
  for (const OutputArray& input : problem.output.inputs)
    for (const double value : input.values)
      all.emplace_back("parameter " + input.name, exact(value) + (input.unit.empty() ? "" : " ") + input.unit);
  std::string cells, spacing, boundary;
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimension); ++a) {
    cells += (a ? " x " : "") + std::to_string(grid.points[a]);
    spacing += (a ? " x " : "") + exact(grid.spacing[a]);
    for (const Boundary side : grid.boundary[a]) boundary += std::to_string(static_cast<int>(side));
  }
  all.emplace_back("grid", cells);
  all.emplace_back("spacing", spacing + " m");
  all.emplace_back("boundary", boundary);
  if (problem.method != TimeMethod::exponential)
    all.emplace_back("scheme", std::to_string(static_cast<int>(grid.scheme)));
  all.emplace_back("end time", exact(problem.params.until) + " s");
  all.emplace_back("time between outputs", exact(problem.params.every) + " s");
  all.emplace_back("step", exact(problem.params.step) + " s");
  all.emplace_back("tolerance", exact(problem.params.tolerance));
  all.emplace_back("method", name_of(problem.method));
  Fingerprint density, equation, outputs;
  density.eat(initial);
  const Coefficients& c = problem.pde.coefficients;
  eat(equation, c.reaction);
  for (const Eigen::MatrixXd& drift : c.drift) eat(equation, drift);
  for (const auto& row : c.diffusion)
    for (const Eigen::MatrixXd& diffusion : row) eat(equation, diffusion);
  if (kernels.local) {
    Workers workers(problem.params.threads);
    Field local(grid.cells() * static_cast<std::size_t>(kernels.local->fields().count));
    for (const double time : {0.0, problem.params.until}) {
      kernels.local->fill(time, grid, dense_layout(grid), workers, local.data());
      equation.eat(local);
      if (!kernels.local->follow_time()) break;
    }
  }
  for (const std::string& name : problem.output.components) outputs.eat(name + '\n');
  for (const ProbeSpec& probe : problem.output.probes) {
    outputs.eat(fmt::format("{} {} {}\n", probe.name, static_cast<int>(probe.kind), probe.axis));
    outputs.eat(probe.weights);
    outputs.eat(probe.place);
  }
  for (const long thin : problem.output.thin) outputs.eat(std::to_string(thin) + '\n');
  all.emplace_back("initial density (a fingerprint)", density.text());
  all.emplace_back("equation (a fingerprint)", equation.text());
  all.emplace_back("list of outputs (a fingerprint)", outputs.text());
  return all;
}

OutputSpec results(const Problem& problem, const Kernels& kernels, const Field& initial) {
  OutputSpec spec = problem.output;
  Fingerprint all;
  for (const auto& [name, value] : identity(problem, kernels, initial)) all.eat(name + '\n' + value + '\n');
  spec.attributes.emplace_back("method", name_of(problem.method));
  spec.attributes.emplace_back("fingerprint", all.text());
  const auto add = [&](const char* group, const char* name, const char* unit, std::vector<std::size_t> shape,
                       std::vector<double> values) {
    spec.inputs.push_back({group, name, unit, std::move(shape), std::move(values)});
  };
  const Coefficients& c = problem.pde.coefficients;
  const std::size_t P = static_cast<std::size_t>(problem.pde.components), n = c.drift.size();
  std::vector<double> drift, diffusion;
  for (const Eigen::MatrixXd& one : c.drift) add_rows(drift, one);
  for (const auto& row : c.diffusion)
    for (const Eigen::MatrixXd& one : row) add_rows(diffusion, one);
  std::vector<double> reaction;
  add_rows(reaction, c.reaction);
  add("equation", "reaction", "1/s", {P, P}, reaction);
  add("equation", "drift", "m/s", {n, P, P}, drift);
  add("equation", "diffusion", "m^2/s", {n, n, P, P}, diffusion);
  add("equation", "initial_total", "", {P}, totals(problem, initial));
  const SolveParams& params = problem.params;
  add("method", "until", "s", {}, {params.until});
  add("method", "every", "s", {}, {params.every});
  add("method", "step", "s", {}, {params.step});
  add("method", "tolerance", "", {}, {params.tolerance});
  return spec;
}

Outcome solve(const Problem& problem, const Kernels& kernels, const SolveOptions& options) {
  return Course(problem, kernels, options).run();
}

}  // namespace rdd
