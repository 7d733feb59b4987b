// What surrounds the numbers of a solve: progress, the summary, and the command line of a built program.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>

#include "runtime/program/checkpoint.hpp"
#include "runtime/program/interruption.hpp"
#include "runtime/program/problem.hpp"

namespace rdd {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// 1.3e-9 s -> "1.3 ns"
std::string readable_time(double seconds) {
  static constexpr struct {
    double factor;
    const char* unit;
  } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}, {1e-12, "ps"}};
  for (const auto& [factor, unit] : units)
    if (std::abs(seconds) >= factor) return fmt::format("{:.4g} {}", seconds / factor, unit);
  return fmt::format("{:.4g} s", seconds);
}

// Of the clock: 4000 s -> "1 h 6 min"
std::string readable_clock(double seconds) {
  const auto whole = static_cast<long>(std::min(seconds, 1e9));
  if (whole >= 3600) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  if (whole >= 100) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return readable_time(seconds);
}

// 2.6e-9 m -> "2.6 nm"
std::string readable_length(double metres) {
  static constexpr struct {
    double factor;
    const char* unit;
  } units[] = {{1, "m"}, {1e-3, "mm"}, {1e-6, "um"}, {1e-9, "nm"}};
  for (const auto& [factor, unit] : units)
    if (std::abs(metres) >= factor) return fmt::format("{:.4g} {}", metres / factor, unit);
  return fmt::format("{:.4g} nm", metres / 1e-9);
}

constexpr const char* help_text =
    R"(usage: {0} [OPTION…]

Solves the reduced equation this program was built for and writes its files.

  --set NAME=VALUE          another value for a parameter, in its SI unit; may be repeated
  --output FILE             the results; their .xdmf and .probes.csv stand beside them
  --until TIME              end time, in seconds (the model's: {1})
  --every TIME              time between outputs, in seconds
  --threads N               threads; the results do not depend on it
  --checkpoint-every TIME   seconds of the clock between checkpoints (the model's: {2})
  --restart                 go on from the checkpoint of an earlier run, where there is one
  --quiet                   no progress
  --version                 model, hash and version
  --help                    this text

{3}Ctrl-C and SIGTERM write a checkpoint; --restart goes on from it, to the same bytes. Exit status: 0 fine,
2 the command line or the disk, 3 a numerical failure, 130 or 143 interrupted.
)";

struct Options {
  std::vector<std::string> settings;
  std::optional<std::string> output;
  std::optional<double> until, every, checkpoint_every;
  std::optional<int> threads;
  bool restart = false;
  bool quiet = false;
};

std::optional<double> number(std::string_view text) {
  char* end = nullptr;
  const std::string copy(text);
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string with_unit(double value, const std::string& unit) {
  return fmt::format("{:.6g}{}{}", value, unit.empty() ? "" : " ", unit);
}

// What --help says of the parameters.
std::string table(const std::vector<ProgramParameter>& parameters) {
  std::string free, fixed;
  for (const ProgramParameter& p : parameters) {
    const std::string value = with_unit(p.value, p.unit);
    if (p.fixed.empty())
      free += fmt::format("  {:<12} {}\n", p.name, value);
    else
      fixed += fmt::format("  {:<12} {:<16} {}\n", p.name, value, p.fixed);
  }
  std::string all;
  if (!free.empty()) all += "Parameters that can be set, with their values:\n" + free + "\n";
  if (!fixed.empty()) all += "Built in; `rdd build --set` makes a program with others:\n" + fixed + "\n";
  return all;
}

// Values of all parameters with the settings applied. What is wrong with a setting is a sentence.
struct Values {
  std::vector<double> values;
  std::string trouble;
};
Values values_of(const Program& program, const std::vector<std::string>& settings) {
  Values all;
  std::vector<bool> set(program.parameters.size(), false);
  for (const ProgramParameter& p : program.parameters) all.values.push_back(p.value);
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      all.trouble = fmt::format("--set has the form NAME=VALUE, not '{}'", setting);
      return all;
    }
    const std::string name = setting.substr(0, equals), text = setting.substr(equals + 1);
    const auto found = std::find_if(program.parameters.begin(), program.parameters.end(),
                                    [&](const ProgramParameter& p) { return p.name == name; });
    if (found == program.parameters.end()) {
      all.trouble = fmt::format("the model has no parameter '{}'", name);
      return all;
    }
    if (!found->fixed.empty()) {
      all.trouble = fmt::format("'{}' cannot be set in this program: {}", name, found->fixed);
      return all;
    }
    const auto value = number(text);
    if (!value) {
      all.trouble =
          fmt::format("'{}' needs a number{}{}, not '{}'", name, found->unit.empty() ? "" : " in ", found->unit, text);
      return all;
    }
    if (*value < found->low || *value > found->high) {
      all.trouble = fmt::format("'{}' lies between {} and {}, not at {}", name, with_unit(found->low, found->unit),
                                with_unit(found->high, found->unit), with_unit(*value, found->unit));
      return all;
    }
    const auto index = static_cast<std::size_t>(found - program.parameters.begin());
    all.values[index] = *value;
    set[index] = true;
  }
  if (program.follow) program.follow(all.values, set);
  return all;
}

// Times that a parameter may have spoilt; empty where they are fine.
std::string trouble_with_times(const Problem& problem) {
  if (problem.method == TimeMethod::steady) return "";  // there are none
  const SolveParams& params = problem.params;
  if (!(params.until > 0) || !std::isfinite(params.until)) return fmt::format("the end time is {} s", params.until);
  if (!(params.every >= 0) || !std::isfinite(params.every))
    return fmt::format("the time between outputs is {} s", params.every);
  if (!(params.step >= 0) || !std::isfinite(params.step)) return fmt::format("the step is {} s", params.step);
  if (params.every > 0 && params.until / params.every > 1e6) return "there are more than a million output times";
  return "";
}

std::optional<double> positive(std::string_view text) {
  const auto value = number(text);
  return value && *value > 0 ? value : std::nullopt;
}

}  // namespace

ProgressBar::ProgressBar(std::string label, bool quiet)
    : label_(std::move(label)), shown_(!quiet && isatty(STDERR_FILENO) != 0), start_(now()) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::draw(double fraction, const std::string& text) const {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const int columns = known ? size.ws_col : 80;
  // The bar takes what the text leaves, within reason.
  const int taken = static_cast<int>(label_.size() + text.size()) + 8;
  const int width = std::clamp(columns - taken, 0, 30), full = std::clamp(static_cast<int>(fraction * width), 0, width);
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < full ? "━" : "─";
  std::fputs(fmt::format("\r\033[K{} {} {:3.0f} %{}", label_, bar, 100 * fraction, text).c_str(), stderr);
}

void ProgressBar::operator()(double fraction, long steps) {
  if (!shown_) return;
  const double left = fraction > 0 ? (now() - start_) * (1 - fraction) / fraction : 0;
  draw(fraction, fmt::format("  step {}  {} left", steps, readable_clock(left)));
}

void ProgressBar::operator()(const SolveProgress& progress) {
  if (!shown_) return;
  draw(progress.fraction, fmt::format("  t = {}  step {} of {}  {:.3g} M cells/s  {} left",
                                      readable_time(progress.time), progress.steps, readable_time(progress.step),
                                      progress.cells_per_second * 1e-6, readable_clock(progress.seconds_left)));
}

std::string describe(const Problem& problem, const Outcome& outcome) {
  const Grid& grid = problem.grid;
  const SolveStatistics& statistics = outcome.statistics;
  if (outcome.complete_before)
    return fmt::format("solve {}\n  files        {}: complete already, nothing was left to do\n", problem.name,
                       outcome.files.front());
  std::string points, spacing;
  for (int a = 0; a < grid.dimension; ++a) {
    const auto axis = static_cast<std::size_t>(a);
    points += (a ? " × " : "") + std::to_string(grid.points[axis]);
    spacing += (a ? " × " : "") + readable_length(grid.spacing[axis]);
  }
  std::string text = fmt::format("solve {}\n", problem.name);
  text += fmt::format("  grid         {} cells of {}\n", points, spacing);
  text += fmt::format("  method       {}, to {}", statistics.method,
                      problem.method == TimeMethod::steady ? "the steady state" : readable_time(problem.params.until));
  if (outcome.restarted_at) text += fmt::format(", gone on with from {}", readable_time(*outcome.restarted_at));
  text += '\n';
  if (!problem.method_reason.empty()) text += fmt::format("               {}\n", problem.method_reason);
  if (problem.method != TimeMethod::exponential && !problem.scheme_note.empty())
    text += fmt::format("  scheme       {}\n", problem.scheme_note);
  if (!problem.coefficient_note.empty()) text += fmt::format("  coefficients {}\n", problem.coefficient_note);
  text += fmt::format("  work         {} steps", statistics.steps);
  if (statistics.rejected > 0) text += fmt::format(" ({} rejected)", statistics.rejected);
  if (statistics.kernel_calls > 0) text += fmt::format(", {} sweeps", statistics.kernel_calls);
  if (statistics.iterations > 0) text += fmt::format(", {} iterations", statistics.iterations);
  if (problem.method == TimeMethod::runge_kutta && statistics.kernel_calls > 0 && statistics.seconds > 0) {
    const double cells = static_cast<double>(grid.cells()) * static_cast<double>(statistics.kernel_calls);
    text += fmt::format(" at {:.3g} million cells/s", cells / statistics.seconds * 1e-6);
  }
  text += fmt::format(", {}\n", readable_clock(statistics.seconds));
  if (outcome.interrupted && problem.method != TimeMethod::steady)
    text += fmt::format("  interrupted  at {}\n", readable_time(outcome.reached));
  if (!statistics.failure.empty() || outcome.interrupted) return text;
  for (std::size_t p = 0; p < outcome.final_total.size(); ++p)
    text += fmt::format("  {:<12} total {:.6g} at the start, {:.6g} at the end\n", problem.pde.names[p],
                        outcome.initial_total[p], outcome.final_total[p]);
  for (std::size_t i = 0; i < outcome.probes.size(); ++i) {
    const ProbeSpec& probe = problem.output.probes[i];
    text += fmt::format("  {:<12} {:.6g}{}{} at the end\n", probe.name, outcome.probes[i],
                        probe.unit.empty() ? "" : " ", probe.unit);
  }
  for (std::size_t i = 0; i < outcome.files.size(); ++i)
    text += fmt::format("  {:<12} {}{}\n", i == 0 ? "files" : "", outcome.files[i],
                        i == 1 ? "   (open this one in ParaView)" : "");
  return text;
}

std::string how_to_go_on(const Outcome& outcome, const std::string& command) {
  if (outcome.checkpoint.empty()) return "interrupted; a steady state is found in one go, so nothing is kept";
  const std::string kept = outcome.kept < outcome.reached ? " up to t = " + readable_time(outcome.kept) : "";
  return fmt::format("interrupted at t = {}; the checkpoint '{}' holds it{}: go on with {} --restart",
                     readable_time(outcome.reached), outcome.checkpoint, kept, command);
}

namespace {

// Solves one problem of a program. Returns the exit status.
int run_problem(const std::string& command, const Problem& problem, const Kernels& kernels, SolveOptions options,
                bool quiet, const Interruption& interruption) {
  const auto complain = [&](const std::string& sentence) { fmt::print(stderr, "{}: {}\n", command, sentence); };
  try {
    Outcome outcome;
    {
      ProgressBar bar(problem.name, quiet);
      options.interrupted = [&] { return interruption(); };
      options.progress = [&](const SolveProgress& progress) { bar(progress); };
      outcome = solve(problem, kernels, options);
    }
    fmt::print("{}", describe(problem, outcome));
    if (outcome.interrupted) {
      complain(how_to_go_on(outcome, command));
      return interruption.status();
    }
    if (outcome.statistics.failure.empty()) return 0;
    complain(outcome.statistics.failure);
    return 3;
  } catch (const OutputError& error) {
    complain(error.what());
  } catch (const CheckpointError& error) {
    complain(error.what());
  }
  return 2;
}

}  // namespace

int run_program(int argc, char** argv, Program program) {
  Options options;
  bool help = false;
  const auto refuse = [&](const std::string& sentence) {
    fmt::print(stderr, "{}: {}; see --help\n", argv[0], sentence);
    return 2;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--version") {
      fmt::print("{}\n", program.about);
      return 0;
    }
    if (argument == "--help" || argument == "-h") {
      help = true;
      continue;
    }
    if (argument == "--quiet") {
      options.quiet = true;
      continue;
    }
    if (argument == "--restart") {
      options.restart = true;
      continue;
    }
    const bool known = argument == "--set" || argument == "--output" || argument == "--until" ||
                       argument == "--every" || argument == "--threads" || argument == "--checkpoint-every";
    if (!known) return refuse(fmt::format("no option called '{}'", argument));
    if (i + 1 >= argc) return refuse(fmt::format("{} needs a value", argument));
    const std::string_view value = argv[++i];
    if (argument == "--set") {
      options.settings.emplace_back(value);
      continue;
    }
    if (argument == "--output") {
      if (program.problems.size() > 1) return refuse("--output names one file, and the model has several solves");
      options.output = std::string(value);
      continue;
    }
    const auto given = positive(value);
    if (!given) return refuse(fmt::format("{} needs a positive number, not '{}'", argument, value));
    if (argument == "--until") options.until = given;
    if (argument == "--every") options.every = given;
    if (argument == "--checkpoint-every") options.checkpoint_every = given;
    if (argument == "--threads") options.threads = static_cast<int>(std::clamp(*given, 1.0, 1024.0));
  }
  const Values values = values_of(program, options.settings);
  if (!values.trouble.empty()) return refuse(values.trouble);
  std::vector<Problem> problems;
  for (const auto& make : program.problems) {
    Problem problem = make(values.values);
    if (problem.method == TimeMethod::steady && (options.until || options.every))
      return refuse(fmt::format("the solve {} goes to its steady state, whatever --until and --every", problem.name));
    if (options.output) problem.output.path = *options.output;
    if (options.until) problem.params.until = *options.until;
    if (options.every) problem.params.every = *options.every;
    if (const std::string trouble = trouble_with_times(problem); !trouble.empty())
      return refuse(fmt::format("solve {}: {}", problem.name, trouble));
    problem.params.threads =
        options.threads.value_or(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    problems.push_back(std::move(problem));
  }
  if (help) {
    const Problem& first = problems.front();
    fmt::print(help_text, argv[0], readable_time(first.params.until),
               first.checkpoint_every > 0 ? readable_clock(first.checkpoint_every) : "none but when interrupted",
               table(program.parameters));
    return 0;
  }
  const Interruption interruption;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    SolveOptions solving;
    solving.restart = options.restart;
    solving.checkpoint_every = options.checkpoint_every.value_or(problems[i].checkpoint_every);
    const int status =
        run_problem(argv[0], problems[i], program.kernels[i](values.values), solving, options.quiet, interruption);
    if (status != 0) return status;
  }
  return 0;
}

}  // namespace rdd
