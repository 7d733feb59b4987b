#include "compiler/cli/commands.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string_view>
#include <thread>

#include "compiler/pipeline.hpp"
#include "compiler/program/build_program.hpp"
#include "compiler/program/emit_program.hpp"
#include "compiler/program/run_parameters.hpp"
#include "compiler/query/session.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "lang/parse.hpp"
#include "lang/print.hpp"
#include "runtime/program/checkpoint.hpp"
#include "runtime/program/interruption.hpp"

namespace rdd::cli {
namespace {

int status_of(const Diagnostic& diagnostic) {
  switch (diagnostic.code) {
    case Code::CannotWrite:
      return diagnostic.span ? model_wrong : usage_wrong;
    case Code::CannotRead:
    case Code::UnknownModule:
      return diagnostic.span ? model_wrong : usage_wrong;
    case Code::UnknownStatement:
    case Code::BadStatement:
    case Code::UnknownSetting:
    case Code::BadSetting:
    case Code::SettingOutOfRange:
    case Code::UnknownSolve:
    case Code::CompilerFailed:
    case Code::WalkTooLong:
    case Code::UnknownCode:
    case Code::NoUncertainty:
    case Code::BadSweep:
    case Code::CheckpointThere:
    case Code::CheckpointUnfit:
      return usage_wrong;
    case Code::IllPosed:
    case Code::SolveFailed:
    case Code::JitFailed:
    case Code::CertificateFails:
    case Code::CertificateNarrow:
    case Code::VerifyDigits:
      return numerics_failed;
    default:
      return model_wrong;
  }
}

// The reason in the headline; what the compiler said below it, a line each.
void report_build_error(const BuildError& error, Diagnostics& diagnostics) {
  constexpr int enough = 20;
  std::istringstream lines(error.what());
  std::string line;
  std::getline(lines, line);
  Diagnostic& d = diagnostics.add(Code::CompilerFailed, {}, line);
  for (int i = 0; i < enough && std::getline(lines, line); ++i) d.note({}, line);
}
}  // namespace

std::optional<Prepared> prepare(const Common& options, Diagnostics& diagnostics) {
  const auto given = settings(options.settings, diagnostics);
  auto model = load(options.file, diagnostics);
  if (!model || !given) return std::nullopt;
  auto point = lower(*model, *given, diagnostics);
  if (!point) return std::nullopt;
  auto analysis = analyse(*model, point->network, diagnostics);
  if (!analysis) return std::nullopt;
  return Prepared{std::move(*model), std::move(*point), std::move(*analysis)};
}

bool colours(int descriptor) {
  const char* off = std::getenv("NO_COLOR");
  return isatty(descriptor) != 0 && !(off && *off);
}

Screen screen() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {known ? size.ws_col : 80, colours(STDOUT_FILENO)};
}

int report(const Diagnostics& diagnostics, bool json, bool on_standard_output) {
  int status = ok;
  std::ostream& out = on_standard_output ? std::cout : std::cerr;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    if (json)
      out << to_json(diagnostic) << '\n';
    else
      draw(out, diagnostic, colours(on_standard_output ? STDOUT_FILENO : STDERR_FILENO));
    if (diagnostic.severity == Severity::error) status = std::max(status, status_of(diagnostic));
  }
  return status;
}

std::optional<std::string> file_of(const Common& options) {
  return options.file.empty() ? std::nullopt : std::optional(options.file);
}

Span on_command_line(const char* option, const std::optional<std::string>& value) {
  if (!value) return {};
  return {std::make_shared<const Source>(Source{option, *value}), 0, value->size()};
}

std::optional<std::vector<Setting>> settings(const std::vector<std::string>& texts, Diagnostics& diagnostics) {
  std::vector<Setting> all;
  bool good = true;
  for (const std::string& text : texts) {
    const auto source = std::make_shared<const Source>(Source{"--set", text});
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      diagnostics.add(Code::BadSetting, Span{source, 0, text.size()}, "a setting has the form NAME=VALUE")
          .hint("for instance: --set \"T=700 K\"");
      good = false;
      continue;
    }
    std::size_t first = 0, last = equals;
    while (first < last && text[first] == ' ') ++first;
    while (last > first && text[last - 1] == ' ') --last;
    all.push_back({text.substr(first, last - first), Span{source, first, last}, Span{source, equals + 1, text.size()}});
  }
  if (!good) return std::nullopt;
  return all;
}

int check(const Common& options) {
  Diagnostics diagnostics(warnings(options));
  const auto given = settings(options.settings, diagnostics);
  const auto model = load(options.file, diagnostics);
  if (model && given) {
    if (const auto point = lower(*model, *given, diagnostics); point && !options.json && !diagnostics.has_errors())
      fmt::print("{}: model '{}' is fine: {} state{}, {} transitions, {} solve block{}\n", options.file, model->name,
                 point->network.size(), point->network.size() == 1 ? "" : "s", point->network.hops.size(),
                 model->solves.size(), model->solves.size() == 1 ? "" : "s");
  }
  return report(diagnostics, options.json, options.json);
}

namespace {
/// `--checkpoint-every`, s; nullopt with a diagnostic.
std::optional<double> clock_time(const std::string& text, const Prepared& prepared, Diagnostics& diagnostics) {
  const auto source = std::make_shared<const Source>(Source{"--checkpoint-every", text});
  const Span span{source, 0, text.size()};
  const auto value = evaluate_text(span, prepared.model, prepared.point.parameters, diagnostics);
  if (!value) return std::nullopt;
  if (value->dimension == dimension::time() && std::isfinite(value->value) && value->value >= shortest_checkpoint_time)
    return value->value;
  diagnostics.add(Code::BadSetting, span, "expected a time of the clock, at least 10 ms")
      .hint("for instance: --checkpoint-every \"10 min\"");
  return std::nullopt;
}
}  // namespace

int run(const RunOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto prepared = prepare(options, diagnostics);
  if (!prepared) return report(diagnostics, options.json);
  const auto& [model, point, analysis] = *prepared;
  std::optional<double> checkpoint_every;
  if (options.checkpoint_every) checkpoint_every = clock_time(*options.checkpoint_every, *prepared, diagnostics);
  auto all = tasks(model, point, analysis, on_command_line("--solve", options.solve), options.output, diagnostics);
  if (const int status = report(diagnostics, options.json); !all) return status;
  fmt::print("{}\n", summary(model, point, analysis, uncertainties(model, point, analysis)));
  std::fflush(stdout);
  const int threads =
      options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const Interruption interruption;
  for (SolveTask& task : *all) {
    Diagnostics trouble(warnings(options));
    const auto compiled = compile(task, trouble);
    if (!compiled) return report(trouble, options.json);
    task.problem.params.threads = threads;
    SolveOptions solving;
    solving.restart = options.restart;
    solving.checkpoint_every = checkpoint_every.value_or(task.problem.checkpoint_every);
    solving.interrupted = [&] { return interruption(); };
    try {
      Outcome outcome;
      {
        ProgressBar bar(task.problem.name, options.quiet);
        solving.progress = [&](const SolveProgress& progress) { bar(progress); };
        outcome = solve(task.problem, compiled->kernels, solving);
      }
      fmt::print("{}", describe(task.problem, outcome));
      if (compiled->code)
        fmt::print("  {:<12} {}\n", "kernel",
                   compiled->code->kept ? "from the cache"
                                        : fmt::format("compiled in {:.0f} ms for {}",
                                                      1e3 * compiled->code->compile_seconds, compiled->code->host));
      std::fflush(stdout);
      if (outcome.interrupted) {
        fmt::print(stderr, "rdd: {}\n", how_to_go_on(outcome, "rdd run " + options.file));
        return interruption.status();
      }
      if (!outcome.statistics.failure.empty())
        trouble.add(Code::SolveFailed, task.place, outcome.statistics.failure).hint("no file was written");
    } catch (const OutputError& error) {
      trouble.add(Code::CannotWrite, options.output ? Span{} : task.output_place, error.what())
          .hint("name another file with `output` or --output");
    } catch (const CheckpointError& error) {
      trouble.add(error.kind == CheckpointError::Kind::in_the_way ? Code::CheckpointThere : Code::CheckpointUnfit, {},
                  error.what());
    }
    std::fflush(stdout);
    if (const int status = report(trouble, options.json); status != ok) return status;
  }
  return ok;
}

int emit(const EmitOptions& options) {
  if (options.project) return emit_project_files(options);
  if (options.stage == "class") return emit_class_files(options);
  Diagnostics diagnostics(warnings(options));
  const auto finish = [&](const std::string& text) {
    if (!diagnostics.has_errors()) fmt::print("{}", text);
    return report(diagnostics, options.json);
  };
  if (options.stage == "ast") {
    const SourcePtr source = read_source(options.file, diagnostics);
    const auto file = source ? parse(source, diagnostics) : std::nullopt;
    return finish(file ? print(*file) : "");
  }
  const auto given = settings(options.settings, diagnostics);
  auto model = load(options.file, diagnostics);
  if (!model || !given) return report(diagnostics, options.json);
  Subject subject{.model = std::move(*model), .settings = *given};
  return finish(
      stage_text(subject, options.stage, on_command_line("--solve", options.solve), diagnostics).value_or(""));
}

namespace {
/// "T=300 K:900 K:50 K" -> "T = 300 K .. 900 K step 50 K"; nullopt with a diagnostic.
std::optional<std::string> sweep_range(const std::string& text, Diagnostics& diagnostics) {
  const std::size_t equals = text.find('='), first = text.find(':'), second = text.find(':', first + 1);
  if (equals == std::string::npos || first == std::string::npos || second == std::string::npos || equals > first ||
      text.find(':', second + 1) != std::string::npos) {
    const auto source = std::make_shared<const Source>(Source{"--sweep", text});
    diagnostics.add(Code::BadSetting, Span{source, 0, text.size()}, "a sweep has the form NAME=LOW:HIGH:STEP")
        .hint("for instance: --sweep \"T=300 K:900 K:50 K\"");
    return std::nullopt;
  }
  return fmt::format("{} = {} .. {} step {}", text.substr(0, equals), text.substr(equals + 1, first - equals - 1),
                     text.substr(first + 1, second - first - 1), text.substr(second + 1));
}
}  // namespace

int query(const QueryOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto given = settings(options.settings, diagnostics);
  auto session = given ? Session::begin(file_of(options), *given, screen(), diagnostics) : std::nullopt;
  if (!session) return report(diagnostics, options.json);
  std::vector<SourcePtr> statements;
  for (const std::string& statement : options.statements)
    statements.push_back(std::make_shared<const Source>(Source{"-e", statement}));
  if (options.statements.empty()) {
    for (const Span& span : session->model().query)
      statements.push_back(std::make_shared<const Source>(Source{span.source->name, std::string(span.text())}));
    if (statements.empty() && !options.file.empty() && !session->missing().empty()) {
      for (const Diagnostic& missing : session->missing()) diagnostics.add(missing);
    } else if (statements.empty()) {
      diagnostics.add(Code::BadStatement, {}, "nothing is asked")
          .hint(fmt::format("for instance: rdd query {} -e diffusion", file_of(options).value_or("FILE")));
    }
  }
  std::string ranges;
  for (const std::string& sweep : options.sweeps) {
    const auto range = sweep_range(sweep, diagnostics);
    if (range) ranges += (ranges.empty() ? "" : ", ") + *range;
  }
  if (!ranges.empty())
    for (SourcePtr& statement : statements)
      statement =
          std::make_shared<const Source>(Source{"--sweep", fmt::format("sweep {} : {}", ranges, statement->text)});
  if (const int status = report(diagnostics, options.json); diagnostics.has_errors()) return status;
  for (const SourcePtr& statement : statements) {
    Diagnostics found(warnings(options));
    std::optional<Answer> answer;
    {
      ProgressBar bar(statement->text.substr(0, statement->text.find(' ')));
      session->on_progress([&bar](double fraction, long steps) { bar(fraction, steps); });
      answer = session->run(statement, found);
      session->on_progress({});
    }
    if (answer && !found.has_errors()) {
      if (options.json)
        fmt::print("{}\n", answer->json);
      else if (statements.size() > 1 && !answer->text.empty())
        fmt::print("> {}\n{}\n", statement->text, answer->text);
      else
        fmt::print("{}", answer->text);
      std::fflush(stdout);
    }
    if (const int status = report(found, options.json); status != ok) return status;
  }
  return ok;
}

std::optional<std::vector<FreeParameter>> free_parameters(const Model& model, const std::vector<std::string>& ranges,
                                                          Diagnostics& diagnostics) {
  std::vector<FreeParameter> all;
  for (const std::string& text : ranges) {
    const auto source = std::make_shared<const Source>(Source{"--range", text});
    const std::size_t equals = text.find('='), dots = text.find("..");
    const auto refuse = [&](const std::string& sentence) {
      diagnostics.add(Code::BadRange, Span{source, 0, text.size()}, sentence)
          .hint("for instance: --range \"T=300 K..900 K\"");
    };
    if (equals == std::string::npos || dots == std::string::npos || dots < equals) {
      refuse("a range has the form NAME=LOW..HIGH");
      return std::nullopt;
    }
    FreeParameter one;
    one.name = text.substr(0, equals);
    one.place = {source, 0, text.size()};
    const std::array<Span, 2> ends{Span{source, equals + 1, dots}, Span{source, dots + 2, text.size()}};
    for (const bool high : {false, true}) {
      const auto values = parameter_values(model, {{one.name, {source, 0, equals}, ends[high]}}, diagnostics);
      if (!values) return std::nullopt;
      const auto found = std::ranges::find(model.parameters, one.name, &Parameter::name);
      one.index = static_cast<int>(found - model.parameters.begin());
      (high ? one.high : one.low) = (*values)[static_cast<std::size_t>(one.index)];
    }
    one.temperature = model.temperature && *model.temperature == one.index;
    if (!(one.low < one.high) || (one.temperature && !(one.low > 0))) {
      refuse(one.low < one.high ? "a temperature must be above zero"
                                : "the range is empty: its end must be above its start");
      return std::nullopt;
    }
    all.push_back(std::move(one));
  }
  return all;
}

bool all_stay_free(const Model& model, const Point& point, const std::vector<SolveTask>& tasks,
                   const std::vector<FreeParameter>& free, Diagnostics& diagnostics) {
  std::vector<std::string> solves;
  for (const SolveTask& task : tasks) solves.push_back(task.problem.name);
  const auto parameters = run_parameters(model, point.expressions, solves, numbers(free));
  for (const FreeParameter& one : free) {
    const std::string& why = parameters[static_cast<std::size_t>(one.index)].fixed;
    if (!why.empty())
      diagnostics.add(Code::BadRange, one.place, fmt::format("`{}` cannot stay free", one.name)).here(why);
  }
  return !diagnostics.has_errors();
}

int build(const BuildCommandOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto prepared = prepare(options, diagnostics);
  if (!prepared) return report(diagnostics, options.json);
  const auto& [model, point, analysis] = *prepared;
  const auto free = free_parameters(model, options.ranges, diagnostics);
  if (!free) return report(diagnostics, options.json);
  const auto all =
      tasks(model, point, analysis, on_command_line("--solve", options.solve), std::nullopt, diagnostics, *free);
  if (all && all_stay_free(model, point, *all, *free, diagnostics)) {
    try {
      build_program(emit_program(model, point.expressions, *all, *free), options.program,
                    {options.compiler, options.portable, options.keep_source, all_fused(*all)});
      fmt::print("{}: solves {} of {}; {} --help lists its options\n", options.program,
                 all->size() == 1 ? all->front().problem.name : "all blocks", model.name, options.program);
    } catch (const BuildError& error) {
      report_build_error(error, diagnostics);
    }
  }
  return report(diagnostics, options.json);
}

}  // namespace rdd::cli
