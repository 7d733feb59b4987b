// `rdd verify`: a reduction against the full network, and a walk against both.
#include <fmt/format.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <thread>

#include "compiler/cli/commands.hpp"
#include "compiler/verification.hpp"
#include "runtime/program/interruption.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {
namespace {

// "[10 nm, 50 nm]" as cells, ascending.
std::optional<std::vector<double>> wavelengths(const std::string& text, const Prepared& prepared,
                                               Diagnostics& diagnostics) {
  const auto source =
      std::make_shared<const Source>(Source{"--wavelengths", text.starts_with('[') ? text : "[" + text + "]"});
  const Span span{source, 0, source->text.size()};
  const auto values = evaluate_list_text(span, prepared.model, prepared.point.parameters, diagnostics);
  if (!values) return std::nullopt;
  std::vector<double> cells;
  for (const Quantity& value : *values)
    if (value.dimension == dimension::length() && std::isfinite(value.value) && value.value > 0)
      cells.push_back(value.value / cell_length(prepared.point.network));
  if (cells.empty() || cells.size() != values->size()) {
    diagnostics.add(Code::BadSetting, span, "expected positive lengths")
        .hint("for instance: --wavelengths \"[10 nm, 50 nm]\"");
    return std::nullopt;
  }
  std::ranges::sort(cells);
  // Half of a wave is a cell at least: shorter ones are not on the lattice.
  if (cells.front() < 2 * (1 - 1e-9)) {
    diagnostics.add(Code::BadSetting, span, "a wave on the lattice is two cells long at least")
        .here(fmt::format("a cell is {}", readable(cell_length(prepared.point.network), dimension::length())));
    return std::nullopt;
  }
  return cells;
}

std::optional<double> until(const std::string& text, const Prepared& prepared, Diagnostics& diagnostics) {
  const auto source = std::make_shared<const Source>(Source{"--until", text});
  const Span span{source, 0, text.size()};
  const auto value = evaluate_text(span, prepared.model, prepared.point.parameters, diagnostics);
  if (!value) return std::nullopt;
  if (value->dimension == dimension::time() && std::isfinite(value->value) && value->value > 0) return value->value;
  diagnostics.add(Code::BadSetting, span, "expected a positive time").hint("for instance: --until \"1 us\"");
  return std::nullopt;
}

// Tables for OUT.csv and OUT.kmc.csv, or a figure for OUT.svg; whole or not at all.
void write(const std::string& output, const Verified& verified, const Certificate& certificate,
           const std::optional<JudgedWalk>& walk) {
  std::deque<TemporaryFile> files;
  if (output.ends_with(".svg")) {
    files.emplace_back(output).append(plot::svg(figure(verified, certificate)));
  } else {
    files.emplace_back(output).append(csv(verified, certificate));
    const std::string stem = output.substr(0, output.size() - std::string_view(".csv").size());
    if (walk) files.emplace_back(stem + ".kmc.csv").append(csv(verified, *walk));
  }
  for (TemporaryFile& file : files) file.sync();
  for (TemporaryFile& file : files) file.rename();
}

}  // namespace

int verify(const VerifyOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto finish = [&] { return report(diagnostics, options.json); };
  if (options.output && !options.output->ends_with(".csv") && !options.output->ends_with(".svg"))
    diagnostics.add(Code::BadSetting, {}, fmt::format("the name '{}' does not tell what to write", *options.output))
        .hint("end it with .csv for tables, or with .svg for a figure");
  const auto prepared = prepare(options, diagnostics);
  if (!prepared || diagnostics.has_errors()) return finish();
  const auto& [model, point, analysis] = *prepared;
  const Verified verified{model, point.network, analysis};

  CertificateParams params{.error = options.error.value_or(model.reduce.error),
                           .wavelengths = usual_wavelengths(analysis.reduction)};
  params.threads =
      options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (options.wavelengths) {
    auto given = wavelengths(*options.wavelengths, *prepared, diagnostics);
    if (!given) return finish();
    params.wavelengths = std::move(*given);
  }
  WalkRequest request{
      .walkers = options.walkers, .seed = options.seed, .steps = options.steps, .threads = params.threads};
  if (options.until) {
    const auto given = until(*options.until, *prepared, diagnostics);
    if (!given) return finish();
    request.until = *given;
  }
  std::optional<WalkPlan> plan;
  if (options.walkers > 0) {
    plan = plan_walk(verified, request, diagnostics);
    if (!plan) return finish();
  }

  const Interruption interruption;
  const auto stop = [&] { return interruption(); };
  const auto stopped = [&] {
    fmt::print(stderr, "rdd: interrupted\n");
    return interruption.status();
  };
  Certificate certificate;
  {
    ProgressBar bar("certificate", options.quiet);
    certificate = certify(
        verified, params, [&](double fraction, long steps) { bar(fraction, steps); }, stop);
  }
  if (!certificate.completed) return stopped();
  std::optional<JudgedWalk> walked;
  if (plan) {
    ProgressBar bar("walk", options.quiet);
    walked = walk(
        verified, *plan, [&](double fraction, long steps) { bar(fraction, steps); }, stop);
  }
  if (walked && !walked->walk.completed && walked->walk.failure.empty()) return stopped();

  const auto u = certificate_uncertainty(verified, point, certificate);
  const bool walk_is_there = walked && walked->walk.completed;
  if (options.json) {
    nlohmann::ordered_json json{{"statement", "verify"},
                                {"unit", {{"time", "s"}, {"wavelength", "m"}, {"error", "1"}, {"time_below", "s"}}},
                                {"model_hash", model.hash}};
    add_json(json, verified, certificate, u ? &*u : nullptr);
    if (walk_is_there) {
      json["kmc"] = rdd::json(verified, *walked);
      json["kmc"]["seed"] = options.seed;
    }
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{}", describe_certificate(verified, certificate, u ? &*u : nullptr));
    if (options.plot) fmt::print("\n{}", plot::braille(figure(verified, certificate), 80, colours(1)));
    if (walk_is_there) fmt::print("\n{}", describe_walk(verified, *plan, *walked));
  }
  std::fflush(stdout);
  judge(verified, certificate, options.wavelengths.has_value(), diagnostics);
  if (walked) judge(verified, *walked, diagnostics);
  if (options.output) {
    try {
      write(*options.output, verified, certificate, walk_is_there ? walked : std::nullopt);
    } catch (const OutputError& error) {
      diagnostics.add(Code::CannotWrite, {}, error.what());
    }
  }
  return finish();
}

}  // namespace rdd::cli
