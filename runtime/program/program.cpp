// What surrounds the numbers of a solve: progress, the summary, and the command line of a built program.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <thread>

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

  --output FILE    the HDF5 file; its .xdmf and .probes.csv stand beside it
  --until TIME     end time, in seconds (the model's: {1})
  --every TIME     time between outputs, in seconds
  --threads N      threads; the results do not depend on it
  --quiet          no progress
  --version        model, hash and version
  --help           this text
)";

struct Options {
  std::optional<std::string> output;
  std::optional<double> until, every;
  std::optional<int> threads;
  bool quiet = false;
};

std::optional<double> positive(std::string_view text) {
  char* end = nullptr;
  const std::string copy(text);
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0' || !(value > 0) || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

ProgressBar::ProgressBar(std::string label, bool quiet)
    : label_(std::move(label)), shown_(!quiet && isatty(STDERR_FILENO) != 0), start_(now()) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::operator()(double fraction, long steps) {
  if (!shown_) return;
  constexpr int width = 30;
  const int full = std::clamp(static_cast<int>(fraction * width), 0, width);
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < full ? "━" : "─";
  const double left = fraction > 0 ? (now() - start_) * (1 - fraction) / fraction : 0;
  const std::string line =
      fmt::format("\r\033[K{} {} {:3.0f} %  step {}  {} left", label_, bar, 100 * fraction, steps, readable_time(left));
  std::fputs(line.c_str(), stderr);
}

std::string describe(const Problem& problem, const Outcome& outcome) {
  const Grid& grid = problem.grid;
  const SolveStatistics& statistics = outcome.statistics;
  std::string points, spacing;
  for (int a = 0; a < grid.dimension; ++a) {
    const auto axis = static_cast<std::size_t>(a);
    points += (a ? " × " : "") + std::to_string(grid.points[axis]);
    spacing += (a ? " × " : "") + readable_length(grid.spacing[axis]);
  }
  std::string text = fmt::format("solve {}\n", problem.name);
  text += fmt::format("  grid         {} cells of {}\n", points, spacing);
  text += fmt::format("  method       {}, to {}\n", statistics.method,
                      problem.method == TimeMethod::steady ? "the steady state" : readable_time(problem.params.until));
  if (!problem.method_reason.empty()) text += fmt::format("               {}\n", problem.method_reason);
  text += fmt::format("  work         {} steps", statistics.steps);
  if (statistics.rejected > 0) text += fmt::format(" ({} rejected)", statistics.rejected);
  if (statistics.kernel_calls > 0) text += fmt::format(", {} sweeps", statistics.kernel_calls);
  if (statistics.iterations > 0) text += fmt::format(", {} iterations", statistics.iterations);
  if (problem.method == TimeMethod::runge_kutta && statistics.kernel_calls > 0 && statistics.seconds > 0) {
    const double cells = static_cast<double>(grid.cells()) * static_cast<double>(statistics.kernel_calls);
    text += fmt::format(" at {:.3g} million cells/s", cells / statistics.seconds * 1e-6);
  }
  text += fmt::format(", {}\n", readable_time(statistics.seconds));
  if (!statistics.failure.empty()) return text;
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

int run_program(int argc, char** argv, Program program) {
  Options options;
  const auto refuse = [&](const std::string& sentence) {
    fmt::print(stderr, "{}: {}; see --help\n", argv[0], sentence);
    return 2;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      fmt::print(help_text, argv[0],
                 program.problems.empty() ? "" : readable_time(program.problems.front().params.until));
      return 0;
    }
    if (argument == "--version") {
      fmt::print("{}\n", program.about);
      return 0;
    }
    if (argument == "--quiet") {
      options.quiet = true;
      continue;
    }
    const bool known =
        argument == "--output" || argument == "--until" || argument == "--every" || argument == "--threads";
    if (!known) return refuse(fmt::format("no option called '{}'", argument));
    if (i + 1 >= argc) return refuse(fmt::format("{} needs a value", argument));
    const std::string_view value = argv[++i];
    if (argument == "--output") {
      if (program.problems.size() > 1) return refuse("--output names one file, and the model has several solves");
      options.output = std::string(value);
      continue;
    }
    const auto given = positive(value);
    if (!given) return refuse(fmt::format("{} needs a positive number, not '{}'", argument, value));
    if (argument == "--until") options.until = given;
    if (argument == "--every") options.every = given;
    if (argument == "--threads") options.threads = static_cast<int>(std::clamp(*given, 1.0, 1024.0));
  }
  for (std::size_t i = 0; i < program.problems.size(); ++i) {
    Problem& problem = program.problems[i];
    if (problem.method == TimeMethod::steady && (options.until || options.every))
      return refuse(fmt::format("the solve {} goes to its steady state, whatever --until and --every", problem.name));
    if (options.output) problem.output.path = *options.output;
    if (options.until) problem.params.until = *options.until;
    if (options.every) problem.params.every = *options.every;
    problem.params.threads =
        options.threads.value_or(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    try {
      Outcome outcome;
      {
        ProgressBar bar(problem.name, options.quiet);
        outcome = solve(problem, program.kernels[i], [&](double fraction, long steps) { bar(fraction, steps); });
      }
      fmt::print("{}", describe(problem, outcome));
      if (!outcome.statistics.failure.empty()) {
        fmt::print(stderr, "{}: {}\n", argv[0], outcome.statistics.failure);
        return 3;
      }
    } catch (const OutputError& error) {
      fmt::print(stderr, "{}: {}\n", argv[0], error.what());
      return 2;
    }
  }
  return 0;
}

}  // namespace rdd
