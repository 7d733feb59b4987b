#include "compiler/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "compiler/report.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* axes = "xyz";

std::string time(double value, int digits = 3) {
  return readable(value, dimension::time(), digits);
}
std::string time_with(double value, double uncertainty) {
  return readable_with(value, uncertainty, dimension::time(), 3);
}
std::string length(double value) {
  return readable(value, dimension::length(), 3);
}
std::string percent(double share) {
  return fmt::format("{:.2g} %", 100 * share);
}
std::string count(double value) {
  return value < 1e6 ? fmt::format("{:.0f}", value) : fmt::format("{:.2g}", value);
}
Dimension velocity() {
  return dimension::length() / dimension::time();
}
Dimension diffusivity() {
  return dimension::length() * dimension::length() / dimension::time();
}

/// An error as two digits; "?" where they are not known, and 0 below all that can be seen.
std::string error_text(double error, const Certificate& certificate, const CertifiedWave& wave) {
  constexpr double unseen = 1e-10;
  if (!certificate.known(wave)) return "?";
  return error <= std::max(unseen, wave.round_off) ? "0" : fmt::format("{:.1e}", error);
}

std::vector<double> lengths(const Verified& verified, const Certificate& certificate) {
  std::vector<double> result;
  for (const CertifiedWave& wave : certificate.waves) result.push_back(wave.wavelength * cell_length(verified.network));
  return result;
}

/// JSON knows no infinity.
Json or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json numbers(const std::vector<double>& values) {
  Json all = Json::array();
  for (const double value : values) all.push_back(or_null(value));
  return all;
}

/// An observable of a walk in words: its name, the time it is looked at (0: over all of it) and its SI unit.
struct Named {
  std::string name;
  double time = 0;
  const char* unit = "";
};
std::vector<Named> named(const Verified& verified, const KmcWalk& walk) {
  const KmcObservables& at = walk.observables;
  const std::vector<std::string>& coarse = verified.analysis.pde.names;
  std::vector<Named> all(static_cast<std::size_t>(at.size()));
  const auto place = [&](int i) -> Named& { return all[static_cast<std::size_t>(i)]; };
  for (int t = 0; t < at.times; ++t) {
    const double now = walk.times[static_cast<std::size_t>(t)];
    for (int a = 0; a < at.axes; ++a) {
      place(at.displacement(t, a)) = {fmt::format("displacement {}", axes[a]), now, "m"};
      for (int b = a; b < at.axes; ++b)
        place(at.spread(t, a, b)) = {fmt::format("spread {}{}", axes[a], axes[b]), now, "m^2"};
    }
    for (int p = 0; p < at.components; ++p)
      for (int q = 0; q < at.components; ++q)
        place(at.coarse(t, p, q)) = {
            fmt::format("{} from {}", coarse[static_cast<std::size_t>(p)], coarse[static_cast<std::size_t>(q)]), now,
            "1"};
  }
  for (int i = 0; i < at.states; ++i)
    place(at.occupation(i)) = {fmt::format("occupation {}", verified.network.states[static_cast<std::size_t>(i)]), 0,
                               "1"};
  return all;
}

std::string z_text(double z) {
  return std::isnan(z) ? "too rare to judge" : fmt::format("{:+.1f}", z);
}

}  // namespace

double cell_length(const RateNetwork& network) {
  return network.lattice.vectors.colwise().norm().minCoeff();
}

Certificate certify(const Verified& verified, const CertificateParams& params, const Progress& progress,
                    const std::function<bool()>& stop) {
  const Gauge where = gauge(verified.network);
  return certify(BlochOperator(verified.network, where), where, verified.analysis.reduction, params, progress, stop);
}

std::optional<CertificateUncertainty> certificate_uncertainty(const Verified& verified, const Point& point,
                                                              const Certificate& certificate) {
  std::vector<double> wavelengths;
  for (const CertifiedWave& wave : certificate.waves) wavelengths.push_back(wave.wavelength);
  const Reduction& reduction = verified.analysis.reduction;
  const auto figures = [&](const RateNetwork& network) -> std::optional<Eigen::VectorXd> {
    const std::vector<double> slow = slow_times(BlochOperator(network, gauge(network)), wavelengths);
    Eigen::VectorXd all(static_cast<Eigen::Index>(slow.size()) + 1);
    all << Eigen::Map<const Eigen::VectorXd>(slow.data(), all.size() - 1), 0;
    if (certificate.settling > 0 && reduction.gap.k_above.size() > 0) {
      const Eigen::VectorXcd bands = rates_with_digits(BlochOperator(network), reduction.gap.k_above);
      all(all.size() - 1) = settling_time(network, bands(reduction.P).real(), certificate.error);
    }
    return all;
  };
  const auto u = propagated_by_differences(verified.model, point, *figures(verified.network), figures);
  if (!u) return std::nullopt;
  return CertificateUncertainty{(*u)(u->size() - 1), {u->begin(), u->end() - 1}};
}

std::string describe_certificate(const Verified& verified, const Certificate& certificate,
                                 const CertificateUncertainty* uncertainty) {
  const Reduction& reduction = verified.analysis.reduction;
  const std::string epsilon = percent(certificate.error);
  std::string out = fmt::format(
      "certificate  P = {} of {} states, order {}: errors of the coarse densities, for a walker that starts in any "
      "state\n",
      reduction.P, verified.network.size(), reduction.order);
  if (certificate.settling > 0)
    out += fmt::format("             late: after {}, when the modes left out have decayed to {}\n",
                       time_with(certificate.settling, uncertainty ? uncertainty->settling : 0), epsilon);
  const bool compared =
      std::ranges::any_of(certificate.waves, [](const CertifiedWave& w) { return !std::isnan(w.late_first_order); });
  const bool uncertain = uncertainty && std::ranges::any_of(uncertainty->slow_time, [](double u) { return u > 0; });
  const int wide = uncertain ? 17 : 11;
  out += fmt::format("\n  {:>10} {:>9} {:>{}} {:>10} {:>10} {:>10}{}  {}\n", "wavelength", "in cells", "slow time",
                     wide, "late error", "stationary", "evolution", compared ? fmt::format(" {:>10}", "order 1") : "",
                     "right to " + epsilon);
  const std::vector<double> in_metres = lengths(verified, certificate);
  for (std::size_t w = 0; w < certificate.waves.size(); ++w) {
    const CertifiedWave& wave = certificate.waves[w];
    out += fmt::format("  {:>10} {:>9.3g} {:>{}} {:>10} {:>10} {:>10}{}  {}\n", length(in_metres[w]), wave.wavelength,
                       time_with(wave.slow_time, uncertainty ? uncertainty->slow_time[w] : 0), wide,
                       error_text(wave.late, certificate, wave), error_text(wave.late_stationary, certificate, wave),
                       error_text(wave.evolution, certificate, wave),
                       compared ? fmt::format(" {:>10}", error_text(wave.late_first_order, certificate, wave)) : "",
                       !certificate.known(wave)         ? "?"
                       : wave.time_below == 0           ? "always"
                       : std::isfinite(wave.time_below) ? "after " + time(wave.time_below)
                                                        : "never");
  }

  out += fmt::format("\n  {:>10}", "time");
  for (const double metres : in_metres) out += fmt::format(" {:>9}", length(metres));
  out += "   error at this wavelength\n";
  constexpr std::size_t most_rows = 16, a_decade = 3;  // of the ladder
  const std::size_t stride = a_decade * (1 + certificate.times.size() / (a_decade * most_rows));
  for (std::size_t t = 0; t < certificate.times.size(); t += stride) {
    out += fmt::format("  {:>10}", time(certificate.times[t]));
    for (const CertifiedWave& wave : certificate.waves)
      out += fmt::format(" {:>9}", error_text(wave.error[t], certificate, wave));
    out += "\n";
  }

  const std::size_t from = certificate.certified_from();
  const bool known =
      std::ranges::all_of(certificate.waves, [&](const CertifiedWave& wave) { return certificate.known(wave); });
  if (from == certificate.waves.size() && !known)
    out += "\nverdict      none: the digits of some errors are lost\n";
  else if (from == certificate.waves.size())
    out += fmt::format("\nverdict      not right to {} at any of these wavelengths\n", epsilon);
  else
    out +=
        fmt::format("\nverdict      right to {} from {} on{}\n", epsilon, length(in_metres[from]),
                    certificate.settling > 0 ? ", at all times after " + time(certificate.settling) : ", at all times");
  return out;
}

void add_json(Json& json, const Verified& verified, const Certificate& certificate,
              const CertificateUncertainty* uncertainty) {
  const std::vector<double> in_metres = lengths(verified, certificate);
  const std::size_t from = certificate.certified_from();
  json["P"] = verified.analysis.reduction.P;
  json["order"] = verified.analysis.reduction.order;
  json["epsilon"] = certificate.error;
  json["settling"] = certificate.settling;
  json["time"] = certificate.times;
  json["wavelength"] = in_metres;
  for (const char* key : {"cells", "error", "error_stationary", "late", "late_stationary", "evolution",
                          "late_first_order", "time_below", "worst_state", "slow_time", "round_off"})
    json[key] = Json::array();
  for (const CertifiedWave& wave : certificate.waves) {
    json["cells"].push_back(wave.wavelength);
    json["error"].push_back(numbers(wave.error));
    json["error_stationary"].push_back(numbers(wave.stationary));
    json["late"].push_back(or_null(wave.late));
    json["late_stationary"].push_back(or_null(wave.late_stationary));
    json["evolution"].push_back(or_null(wave.evolution));
    json["late_first_order"].push_back(or_null(wave.late_first_order));
    json["time_below"].push_back(or_null(wave.time_below));
    json["worst_state"].push_back(verified.network.states[static_cast<std::size_t>(wave.worst_state)]);
    json["slow_time"].push_back(or_null(wave.slow_time));
    json["round_off"].push_back(or_null(wave.round_off));
  }
  json["certified_from"] = from < in_metres.size() ? Json(in_metres[from]) : Json(nullptr);
  if (uncertainty)
    json["uncertainty"] = {{"settling", uncertainty->settling}, {"slow_time", numbers(uncertainty->slow_time)}};
}

std::string csv(const Verified& verified, const Certificate& certificate) {
  std::string out = "wavelength_cells,wavelength_m,time_s,error,error_stationary\n";
  const std::vector<double> in_metres = lengths(verified, certificate);
  for (std::size_t w = 0; w < certificate.waves.size(); ++w)
    for (std::size_t t = 0; t < certificate.times.size(); ++t)
      out += fmt::format("{},{},{},{},{}\n", certificate.waves[w].wavelength, in_metres[w], certificate.times[t],
                         certificate.waves[w].error[t], certificate.waves[w].stationary[t]);
  return out;
}

plot::Figure figure(const Verified& verified, const Certificate& certificate) {
  plot::Figure result;
  result.title = verified.model.name + ": error of the reduced densities";
  // One unit for all times: that of the slowest.
  const std::string largest = time(certificate.times.back(), 17);
  const std::size_t blank = largest.find(' ');
  const double scale = certificate.times.back() / std::stod(largest);
  result.x = {.label = "time", .unit = largest.substr(blank + 1), .scale = plot::Scale::logarithmic};
  result.y = {.label = "error", .scale = plot::Scale::logarithmic};
  const std::vector<double> in_metres = lengths(verified, certificate);
  std::vector<double> x;
  for (const double t : certificate.times) x.push_back(t / scale);
  for (std::size_t w = 0; w < certificate.waves.size(); ++w)
    result.series.push_back({.name = length(in_metres[w]), .x = x, .y = certificate.waves[w].error});
  // Below a ten-thousandth of ε there is nothing to see but the decay of the wave itself.
  double highest = certificate.error;
  for (const CertifiedWave& wave : certificate.waves)
    for (const double error : wave.error)
      if (std::isfinite(error)) highest = std::max(highest, error);
  result.y.range = {1e-4 * certificate.error, 2 * highest};
  result.series.push_back({.name = "ε",
                           .x = {x.front(), x.back()},
                           .y = {certificate.error, certificate.error},
                           .mark = plot::Mark::dashes});
  return result;
}

void judge(const Verified& verified, const Certificate& certificate, bool named, Diagnostics& diagnostics) {
  const Reduction& reduction = verified.analysis.reduction;
  const std::vector<double> in_metres = lengths(verified, certificate);
  const std::size_t from = certificate.certified_from();
  const std::size_t waves = certificate.waves.size();
  const Span& place = reduction.P > 0 && verified.model.reduce.bands_span ? verified.model.reduce.bands_span
                                                                          : verified.model.reduce.span;
  double round_off = 0;
  for (const CertifiedWave& wave : certificate.waves) round_off = std::max(round_off, wave.round_off);
  if (round_off > certificate.error / 10)
    diagnostics
        .add(Code::VerifyDigits, verified.model.rates_span,
             round_off >= 1
                 ? "the rates span so many decades that the errors at long waves are lost in round-off"
                 : fmt::format("the rates span so many decades that the errors found are uncertain by up to {:.1g}",
                               round_off))
        .here(fmt::format("the fastest rate out of a state is {:.3g} /s", verified.network.escape.maxCoeff()))
        .hint("merge the states that the fastest transitions join, or ask for shorter wavelengths");
  // The worst of the waves that are known to fail.
  std::size_t worst = waves;
  for (std::size_t w = 0; w < waves; ++w) {
    const CertifiedWave& wave = certificate.waves[w];
    if (!certificate.known(wave) || wave.late <= certificate.error) continue;
    if (worst == waves || wave.late > certificate.waves[worst].late) worst = w;
  }
  if (worst == waves) return;
  const CertifiedWave& wave = certificate.waves[worst];
  const bool failed = named || from == waves;
  const std::string epsilon = percent(certificate.error);
  Diagnostic& d =
      failed ? diagnostics.add(Code::CertificateFails, place,
                               fmt::format("at a wavelength of {} the reduced equation is off by {}, more than {}",
                                           length(in_metres[worst]), percent(wave.late), epsilon))
             : diagnostics.add(
                   Code::CertificateNarrow, place,
                   fmt::format("densities are right to {} from wavelengths of {} on; at {} they are off by {}", epsilon,
                               length(in_metres[from]), length(in_metres[worst]), percent(wave.late)));
  if (failed && from < waves) d.hint(fmt::format("from wavelengths of {} on it is right", length(in_metres[from])));
  if (reduction.order == 1)
    d.hint("write `order 2`: it is exact to second order in the wave vector");
  else if (wave.evolution <= certificate.error)
    d.hint(fmt::format("the equation itself is off by {} there; the rest is the start in a single state ('{}')",
                       percent(wave.evolution), verified.network.states[static_cast<std::size_t>(wave.worst_state)]));
  else if (reduction.P < verified.network.size())
    d.hint("`rdd query FILE -e reduce` lists what other numbers of bands would resolve");
}

std::optional<WalkPlan> plan_walk(const Verified& verified, const WalkRequest& request, Diagnostics& diagnostics) {
  constexpr double usual_steps = 2e8;
  constexpr double relaxations = 5, hops = 100;
  const double allowed = request.steps > 0 ? request.steps : usual_steps;
  const double per_time = mean_step_rate(verified.network) * static_cast<double>(request.walkers);
  const double affordable = allowed / per_time;
  const Eigen::VectorXcd& lambda = verified.analysis.reduction.lambda;
  WalkPlan plan;
  double until = request.until;
  if (until > affordable * (1 + 1e-9)) {
    diagnostics
        .add(Code::WalkTooLong, {},
             fmt::format("{} walkers need {} steps for {}, more than the {} allowed", request.walkers,
                         count(per_time * until), time(until), count(allowed)))
        .hint(fmt::format("the longest time they allow is {}: --until \"{}\"", time(affordable),
                          time(0.999 * affordable)))
        .hint(fmt::format("or allow more: --steps {:.2g}", 1.06 * per_time * until));  // never rounded below
    return std::nullopt;
  }
  if (until == 0) {
    until = hops / mean_step_rate(verified.network);
    if (lambda.size() > 1 && lambda(1).real() > 0) until = std::max(until, relaxations / lambda(1).real());
    plan.shortened = until > affordable;
    until = std::min(until, affordable);
  }
  plan.params.walkers = request.walkers;
  plan.params.seed = request.seed;
  plan.params.threads = request.threads;
  for (const double share : {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0}) plan.params.times.push_back(share * until);
  plan.expected_steps = per_time * until;
  // The number of steps is random. A walker caught among fast states may take many times the average, but none takes as
  // many as all of them are allowed, tenfold, save by a rare chance (Markov's inequality).
  plan.params.most_steps = static_cast<std::uint64_t>(10 * allowed);
  return plan;
}

JudgedWalk walk(const Verified& verified, const WalkPlan& plan, const Progress& progress,
                const std::function<bool()>& stop) {
  JudgedWalk result;
  const Analysis& analysis = verified.analysis;
  result.walk =
      walk(verified.network, analysis.reduction.groups.chi, analysis.transport.velocity, plan.params, progress, stop);
  if (!result.walk.completed) return result;
  result.expected = expectations(BlochOperator(verified.network, gauge(verified.network)), analysis.reduction,
                                 analysis.transport, plan.params.times);
  result.verdict =
      rdd::judge(result.walk, result.expected, event_counts(verified.network, result.expected, result.walk));
  return result;
}

std::string describe_walk(const Verified& verified, const WalkPlan& plan, const JudgedWalk& judged) {
  const KmcWalk& walk = judged.walk;
  const KmcObservables& at = walk.observables;
  const int last = at.times - 1;
  const double until = walk.times.back();
  std::string out = fmt::format(
      "walk         {} walkers for {} (seed {}), {} steps: mean and standard error, theory, difference in standard "
      "errors\n",
      walk.walkers, time(until), plan.params.seed, count(static_cast<double>(walk.steps)));
  if (plan.shortened)
    out += fmt::format("             cut short: relaxation takes {}; --steps allows more\n",
                       time(1 / verified.analysis.reduction.lambda(1).real()));
  const auto line = [&](const std::string& name, int i, double scale, const Dimension& dimension) {
    // One unit for all three: the one that reads best for the expected value, or for the error where that is zero.
    const double mean = walk.mean(i) * scale, error = walk.error(i) * scale, expected = judged.expected(i) * scale;
    const double example = std::abs(expected) > error ? expected : error;
    double unit = 1;
    std::string unit_name;
    if (const std::string text = readable(example, dimension, 17);
        example != 0 && text.find(' ') != std::string::npos) {
      unit = example / std::stod(text);
      unit_name = text.substr(text.find(' '));
    }
    out += fmt::format("  {:<22} {:>10.4g} ± {:<8.2g} {:>10.4g} {:<9} {}\n", name, mean / unit, error / unit,
                       expected / unit, unit_name, z_text(judged.verdict.z(i)));
  };
  for (int a = 0; a < at.axes; ++a)
    line(fmt::format("velocity {}", axes[a]), at.displacement(last, a), 1 / until, velocity());
  for (int a = 0; a < at.axes; ++a)
    for (int b = a; b < at.axes; ++b)
      line(fmt::format("diffusivity {}{}", axes[a], axes[b]), at.spread(last, a, b), 1 / (2 * until), diffusivity());
  if (at.axes > 0) {
    double difference = 0;
    for (int a = 0; a < at.axes; ++a)
      for (int b = a; b < at.axes; ++b)
        difference = std::max(difference, std::abs(judged.expected(at.spread(last, a, b)) / (2 * until) -
                                                   verified.analysis.transport.diffusion(a, b)));
    const double largest = verified.analysis.transport.diffusion.cwiseAbs().maxCoeff();
    out +=
        fmt::format("             the diffusivity is spread/2t up to {}, theory too: {} from its value at long times\n",
                    time(until), difference < 1e-4 * largest ? "less than 0.01 %" : percent(difference / largest));
  }
  // The states that differ most.
  std::vector<int> states(static_cast<std::size_t>(at.states));
  std::iota(states.begin(), states.end(), 0);
  constexpr std::size_t shown = 12;
  if (states.size() > shown) {
    const auto size = [&](int i) {
      const double z = judged.verdict.z(at.occupation(i));
      return std::isnan(z) ? -1 : std::abs(z);
    };
    std::ranges::stable_sort(states, [&](int i, int j) { return size(i) > size(j); });
    states.resize(shown);
    out += fmt::format("  the {} of {} states that differ most:\n", shown, at.states);
  }
  for (const int i : states)
    line("share of " + verified.network.states[static_cast<std::size_t>(i)], at.occupation(i), 1, {});
  if (at.components > 1) {
    out += "  coarse states over time, found in one having started in it:\n";
    for (int t = 0; t < at.times; ++t)
      for (int p = 0; p < at.components; ++p)
        line(fmt::format("{} at {}", verified.analysis.pde.names[static_cast<std::size_t>(p)],
                         time(walk.times[static_cast<std::size_t>(t)])),
             at.coarse(t, p, p), 1, {});
  }
  const std::vector<Named> names = named(verified, walk);
  if (judged.verdict.judged == 0) return out + "\nverdict      too few walkers to judge; take thousands\n";
  const auto& worst = names[static_cast<std::size_t>(judged.verdict.worst)];
  return out + fmt::format(
                   "\nverdict      walk and theory {}: of {} numbers {} differs most, by {:.1f} standard errors; "
                   "{:.1f} are allowed\n",
                   judged.verdict.agrees ? "agree" : "disagree", judged.verdict.judged,
                   worst.time > 0 ? fmt::format("{} at {}", worst.name, time(worst.time)) : worst.name,
                   std::abs(judged.verdict.z(judged.verdict.worst)), judged.verdict.critical);
}

Json json(const Verified& verified, const JudgedWalk& judged) {
  const KmcWalk& walk = judged.walk;
  Json result{{"walkers", walk.walkers}, {"steps", walk.steps}, {"until", walk.times.back()}, {"time", walk.times}};
  result["observables"] = Json::array();
  const std::vector<Named> names = named(verified, walk);
  for (int i = 0; i < walk.observables.size(); ++i) {
    const Named& name = names[static_cast<std::size_t>(i)];
    result["observables"].push_back(Json{{"name", name.name},
                                         {"time", name.time > 0 ? Json(name.time) : Json(nullptr)},
                                         {"unit", name.unit},
                                         {"mean", walk.mean(i)},
                                         {"error", walk.error(i)},
                                         {"expected", judged.expected(i)},
                                         {"z", or_null(judged.verdict.z(i))}});
  }
  result["judged"] = judged.verdict.judged;
  result["critical"] = judged.verdict.critical;
  result["agrees"] = judged.verdict.agrees;
  return result;
}

std::string csv(const Verified& verified, const JudgedWalk& judged) {
  std::string out = "observable,time_s,unit,mean,standard_error,expected,z\n";
  const std::vector<Named> names = named(verified, judged.walk);
  for (int i = 0; i < judged.walk.observables.size(); ++i) {
    const Named& name = names[static_cast<std::size_t>(i)];
    const double z = judged.verdict.z(i);
    out += fmt::format("{},{},{},{},{},{},{}\n", name.name, name.time > 0 ? fmt::format("{}", name.time) : "",
                       name.unit, judged.walk.mean(i), judged.walk.error(i), judged.expected(i),
                       std::isnan(z) ? "" : fmt::format("{}", z));
  }
  return out;
}

void judge(const Verified& verified, const JudgedWalk& judged, Diagnostics& diagnostics) {
  if (!judged.walk.failure.empty()) {
    diagnostics.add(Code::WalkTooLong, {}, judged.walk.failure)
        .hint("it was caught among fast states: take another --seed, more --steps, or a shorter --until");
    return;
  }
  if (judged.verdict.agrees) return;
  const Named& worst = named(verified, judged.walk)[static_cast<std::size_t>(judged.verdict.worst)];
  diagnostics
      .add(Code::CertificateFails, verified.model.rates_span,
           fmt::format("a walk of the network contradicts the theory: {} is {:.6g}{} ± {:.2g}, expected {:.6g}",
                       worst.name, judged.walk.mean(judged.verdict.worst),
                       worst.unit == std::string_view("1") ? "" : fmt::format(" {}", worst.unit),
                       judged.walk.error(judged.verdict.worst), judged.expected(judged.verdict.worst)))
      .hint("once in a million runs that is chance: another --seed tells")
      .hint("otherwise the spectrum or the reduction of this network is wrong: please report it with the model");
}

}  // namespace rdd
