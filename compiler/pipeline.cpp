#include "compiler/pipeline.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "compiler/kernels/discretise.hpp"
#include "compiler/large_network.hpp"
#include "compiler/lower_network.hpp"
#include "lang/nearest.hpp"
#include "lang/parse.hpp"
#include "runtime/driven/local_balance.hpp"

namespace rdd {
namespace {

// Below this ratio a number of bands that the user fixed gets a warning; `choose` asks for the same.
constexpr double least_gap_ratio = 3;

}  // namespace

std::optional<Model> load(const std::string& path, Diagnostics& diagnostics) {
  const SourcePtr source = read_source(path, diagnostics);
  if (!source) return std::nullopt;
  const auto file = parse(source, diagnostics);
  if (!file || diagnostics.has_errors()) return std::nullopt;
  return resolve(*file, std::filesystem::path(path).parent_path().string(), diagnostics);
}

std::optional<Point> lower(const Model& model, const std::vector<Setting>& settings, Diagnostics& diagnostics) {
  std::vector<Expr> expressions;
  auto parameters = parameter_values(model, settings, diagnostics, &expressions);
  if (!parameters) return std::nullopt;
  auto network = lower_network(model, *parameters, diagnostics);
  if (!network) return std::nullopt;
  return Point{std::move(*parameters), std::move(expressions), std::move(*network)};
}

Gauge gauge(const RateNetwork& network) {
  return network.positions ? Gauge::positions : Gauge::cells;
}

// Dense solvers are right to about M·ε of the fastest rate: slower modes lose digits (docs/theory.md, section 2).
void warn_if_stiff(const Model& model, const RateNetwork& network, double slowest, double digits,
                   Diagnostics& diagnostics) {
  constexpr double enough = 3;
  if (network.size() < 2 || digits >= enough) return;
  diagnostics
      .add(Code::StiffSpectrum, model.rates_span,
           digits < 1
               ? std::string("the rates span so many decades that the slowest decay rate is lost in round-off")
               : fmt::format("the rates span so many decades that the slowest decay rate, {:.2g} /s, has {} left",
                             slowest, digits < 2 ? "one digit" : "two digits"))
      .here(fmt::format("the fastest rate out of a state is {:.3g} /s", network.escape.maxCoeff()))
      .hint("diffusivity and drift are not affected: they are found without subtractions")
      .hint("for the rest, merge the states that the fastest transitions join");
}

// With local detailed balance λ(k) = λ(−k − iβf) (docs/theory.md, section 9): where it fails, the bands are not those
// of the rates.
static void warn_if_symmetry_fails(const Model& model, const RateNetwork& network, Diagnostics& diagnostics) {
  if (network.reversible) return;  // f = 0: nothing to compare
  const SteadyState steady = steady_state(network);
  const LocalBalance balance = local_balance(network, steady, fundamental_cycles(steady));
  if (!balance.holds) return;
  constexpr int wave_vectors = 2;
  const FluctuationSymmetry symmetry = fluctuation_symmetry(network, balance, wave_vectors);
  if (!symmetry.checked || symmetry.holds) return;
  diagnostics
      .add(Code::StiffSpectrum, model.rates_span,
           fmt::format("decay rates at k and at −k − iβf should be the same, and differ by {:.1g} of the fastest rate",
                       symmetry.error))
      .here("obey local detailed balance")
      .hint("`rdd query FILE -e driven` shows the cycles and the force that explains them")
      .hint("merge the states that the fastest transitions join");
}

static void warn_of_analysis(const Model& model, const RateNetwork& network, const Analysis& analysis,
                             Diagnostics& diagnostics) {
  const Reduction& reduction = analysis.reduction;
  if (!analysis.choice.rows.empty() && !analysis.choice.separated && reduction.P < network.size()) {
    auto& diagnostic =
        diagnostics
            .add(Code::NothingSeparates, model.rates_span,
                 "no number of coarse states separates slow bands from fast ones")
            .here("one coarse state is kept: pure drift and diffusion, right at long times and wavelengths only")
            .hint("`rdd query FILE -e reduce` says why for every number");
    if (!is_large(network)) diagnostic.hint(fmt::format("`reduce {{ bands {} }}` keeps all states", network.size()));
  }
  if (network.size() > 1) warn_if_stiff(model, network, std::abs(reduction.lambda(1)), reduction.digits, diagnostics);
  const int P = reduction.P;
  if (P < reduction.lambda.size() && splits_equal_rates(reduction.lambda, P))
    diagnostics
        .add(Code::EqualRatesSplit, model.reduce.bands_span,
             fmt::format("bands {} and {} decay at the same rate, {:.3g} /s: which of their modes is kept is arbitrary",
                         P, P + 1, reduction.lambda(P).real()))
        .here("cuts equal decay rates apart")
        .hint("`rdd query FILE -e \"gap long\"` lists the gaps there are");
  else if (P > 1 && P < network.size() && reduction.gap.ratio < least_gap_ratio)
    diagnostics
        .add(Code::NoGap, model.reduce.bands_span,
             fmt::format("no clear spectral gap above {} bands: fast/slow = {:.3g}", P, reduction.gap.ratio))
        .here("the bands left out are hardly faster than those kept")
        .hint("`rdd query FILE -e \"gap long\"` lists the gaps there are");
}

std::optional<Analysis> analyse(const Model& model, const RateNetwork& network, Diagnostics& diagnostics) {
  if (is_large(network)) {
    auto analysis = analyse_large(model, network, diagnostics);
    if (analysis) warn_of_analysis(model, network, *analysis, diagnostics);
    return analysis;
  }
  const BlochOperator bloch(network, gauge(network));
  const ReduceParams params{model.reduce.order, model.reduce.error};
  Analysis analysis;
  int P = 0;
  if (model.reduce.bands) {
    P = *model.reduce.bands;
    if (P > network.size()) {
      diagnostics
          .add(Code::BandsOutOfRange, model.reduce.bands_span,
               fmt::format("there are {} bands, one for each state", network.size()))
          .here(fmt::format("cannot keep {}", P));
      return std::nullopt;
    }
    const Spectrum at_zero = bands(bloch, Eigen::VectorXd::Zero(bloch.dimension()));
    if (splits_pair(at_zero.lambda.col(0), P)) {
      diagnostics
          .add(Code::BandsSplitPair, model.reduce.bands_span,
               fmt::format("bands {} and {} are a complex pair: they stay together or go together", P, P + 1))
          .hint(fmt::format("write `bands {}` or `bands {}`", P - 1, P + 1));
      return std::nullopt;
    }
  } else {
    analysis.choice = choose(bloch, params);
    P = analysis.choice.P;
  }
  analysis.reduction = reduce(bloch, P, params);
  warn_of_analysis(model, network, analysis, diagnostics);
  warn_if_symmetry_fails(model, network, diagnostics);
  analysis.transport = transport(bloch);
  analysis.pde = continuum(analysis.reduction, network);
  return analysis;
}

// The network of a model where fields make its temperature and its force others than at a point of its parameters.
static std::optional<RateNetwork> network_in_fields(const Model& model, const Point& point, const FieldValues& fields,
                                                    Diagnostics& diagnostics) {
  Model there = model;
  std::vector<double> values = point.parameters;
  std::map<std::size_t, double> given;
  if (fields.temperature && model.temperature)
    given[static_cast<std::size_t>(*model.temperature)] = *fields.temperature;
  for (const auto& [index, value] : fields.parameters) given[static_cast<std::size_t>(index)] = value;
  for (std::size_t i = 0; i < values.size() && !given.empty(); ++i)
    values[i] = given.contains(i) ? given[i] : evaluate(point.expressions[i], values);
  there.force.resize(static_cast<std::size_t>(model.lattice.embedding), number(0));
  for (std::size_t i = 0; i < there.force.size(); ++i)
    if (fields.force[i]) there.force[i] = number(*fields.force[i]);
  return lower_network(there, values, diagnostics);
}

std::optional<SolveTask> task(const Model& model, const SolveBlock& block, const Point& point, const Analysis& analysis,
                              const std::optional<std::string>& output, Diagnostics& diagnostics,
                              std::span<const FreeParameter> free) {
  struct Other {
    Point point;
    Analysis analysis;
  };
  std::vector<Other> others;
  others.reserve(block.species.size());  // defects point into it
  const auto defect = [](const std::string& name, const Model& of, const Point& at, const Analysis& analysed) {
    return Defect{
        name,
        at.network,
        analysed.reduction,
        analysed.pde,
        [&of, &at](const FieldValues& fields, Diagnostics& to) { return network_in_fields(of, at, fields, to); },
        of.temperature.has_value()};
  };
  std::vector<Defect> defects{defect("", model, point, analysis)};
  for (const Species& species : block.species) {
    std::vector<Setting> settings;
    if (model.temperature && species.model->temperature)
      settings.push_back(
          {"T", species.span, species.span, point.parameters[static_cast<std::size_t>(*model.temperature)]});
    auto its_point = lower(*species.model, settings, diagnostics);
    if (!its_point) return std::nullopt;
    auto its_analysis = analyse(*species.model, its_point->network, diagnostics);
    if (!its_analysis) return std::nullopt;
    const Other& other = others.emplace_back(Other{std::move(*its_point), std::move(*its_analysis)});
    defects.push_back(defect(species.name, *species.model, other.point, other.analysis));
  }
  return lower_solve(model, block, point.parameters, defects, output, diagnostics, free);
}

std::optional<std::vector<SolveTask>> tasks(const Model& model, const Point& point, const Analysis& analysis,
                                            const Span& only, const std::optional<std::string>& output,
                                            Diagnostics& diagnostics, std::span<const FreeParameter> free) {
  if (model.solves.empty()) {
    diagnostics.add(Code::NothingToSolve, model.span, "the model has no `solve` block")
        .hint(
            "for instance: solve relax { domain [200 nm, 200 nm]; initial all = gaussian(center = [100 nm, 100 nm], "
            "sigma = 8 nm); until 1 us }");
    return std::nullopt;
  }
  std::vector<SolveTask> all;
  std::vector<std::string> names;
  for (const SolveBlock& block : model.solves) {
    names.push_back(block.name);
    if (only && block.name != only.text()) continue;
    if (auto one = task(model, block, point, analysis, output, diagnostics, free)) all.push_back(std::move(*one));
  }
  if (diagnostics.has_errors()) return std::nullopt;
  if (all.empty()) {
    const auto guess = nearest(only.text(), names);
    diagnostics.add(Code::UnknownSolve, only, fmt::format("no solve block is called '{}'", only.text()))
        .hint(guess ? fmt::format("did you mean {}?", *guess)
                    : fmt::format("the model has: {}", fmt::join(names, ", ")));
    return std::nullopt;
  }
  if (output && all.size() > 1) {
    diagnostics.add(Code::UnknownSolve, {}, "--output names one file, and the model has several solve blocks")
        .hint("choose one with --solve NAME");
    return std::nullopt;
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].problem.output.path == all[j].problem.output.path)
        diagnostics
            .add(Code::BadEntry, all[i].place,
                 fmt::format("two solve blocks write the same file, '{}'", all[i].problem.output.path))
            .note(all[j].place, "the other one")
            .hint("give each an `output` of its own");
  if (diagnostics.has_errors()) return std::nullopt;
  return all;
}

JitOptions jit_options(const SolveTask& task) {
  const Problem& problem = task.problem;
  // Explicit steps keep all fields that kernels see as PaddedFields.
  return {.contract = task.fused,
          .prefetch = beyond_caches(problem.grid, problem.pde.components),
          .interleave = problem.method == TimeMethod::runge_kutta && can_interleave(problem.grid)};
}

std::optional<CompiledSolve> compile(const SolveTask& task, Diagnostics& diagnostics) {
  CompiledSolve compiled;
  if (task.problem.method == TimeMethod::exponential) return compiled;
  const JitOptions options = jit_options(task);
  try {
    const auto all = discretise(task.equation, task.problem.grid);
    compiled.code = jit_compile(all, options);
    for (const ir::KernelIr& kernel : all)
      if (kernel.name == "coefficients") compiled.kernels.coefficient_fields = kernel.outputs;
  } catch (const JitError& error) {
    diagnostics.add(Code::JitFailed, task.place, error.what());
    return std::nullopt;
  }
  Kernels& kernels = compiled.kernels;
  kernels.rhs = compiled.code->function("rhs");
  kernels.stage = compiled.code->function("stage");
  kernels.coefficients = compiled.code->function("coefficients");
  kernels.stiffness = compiled.code->function("stiffness");
  kernels.interleaved = options.interleave;
  kernels.linear = task.equation.linear_on(task.problem.grid);
  if (task.equation.local) kernels.local = task.local->coefficients;
  return compiled;
}

}  // namespace rdd
