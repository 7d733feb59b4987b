// `sweep`: one statement at many points of the parameters, in parallel, as a table.
//
// The answer of every point is kept as it is; for tables its numbers become columns, whatever the statement was. Over
// temperatures, diffusivities, velocities and time scales are fitted by Arrhenius' law, and the exact activation
// energies −∂ln y/∂β at each temperature stand beside the fit.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "compiler/large_network.hpp"
#include "compiler/lower_derivatives.hpp"
#include "compiler/query/picture.hpp"
#include "compiler/query/sweep.hpp"
#include "compiler/report.hpp"
#include "runtime/sensitivity/arrhenius.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr const char* axis_names = "xyz";
constexpr double boltzmann = 1.380649e-23;

struct SweepPoint {
  std::optional<Json> answer;
  Diagnostics found;
  Eigen::VectorXd readings, by_temperature;  ///< where an Arrhenius law is fitted: values and ∂/∂T
};

/// What an Arrhenius law is fitted to, where the swept parameter is the temperature.
std::optional<Request> fitted(const Subject& subject, const SweepRequest& sweep) {
  if (sweep.parameters.size() != 1 || !subject.model.temperature ||
      static_cast<int>(sweep.parameters.front().index) != *subject.model.temperature)
    return std::nullopt;
  const Asked inner(sweep.statement);
  if (inner.words.size() != 1) return std::nullopt;
  if (inner.word(0) == "diffusion") return Request{.topic = Topic::diffusion};
  if (inner.word(0) == "drift") return Request{.topic = Topic::drift};
  if (inner.word(0) == "timescales") return Request{.topic = Topic::timescales};
  return std::nullopt;
}

void answer_point(Subject& subject, const SweepRequest& sweep, std::size_t point, const std::optional<Request>& fit,
                  SweepPoint& result) {
  for (std::size_t p = 0; p < sweep.parameters.size(); ++p) {
    const SweptParameter& swept = sweep.parameters[p];
    const std::string& name = subject.model.parameters[swept.index].name;
    std::erase_if(subject.settings, [&](const Setting& setting) { return setting.name == name; });
    subject.settings.push_back({name, swept.place, swept.place, sweep.value(point, p)});
  }
  subject.forget();
  const auto answer = run_statement(subject, sweep.statement, result.found);
  if (!answer || result.found.has_errors()) return;
  result.answer = Json::parse(answer->json);
  if (!fit) return;
  const int temperature[] = {*subject.model.temperature};
  const RateNetwork& network = subject.point->network;
  try {
    result.by_temperature =
        derivatives(*fit, network, lower_derivatives(subject.model, *subject.point, temperature)).col(0);
    result.readings = values(*fit, network);
  } catch (const SparseLimit&) {  // then there is no fit
  }
}

std::vector<SweepPoint> answer_all(const Subject& subject, const SweepRequest& sweep,
                                   const std::optional<Request>& fit) {
  std::vector<SweepPoint> points(sweep.points());
  std::atomic<std::size_t> next = 0;
  const auto work = [&](bool tells) {
    Subject own = subject;
    own.progress = {};
    for (std::size_t i = next++; i < points.size(); i = next++) {
      own.model.reduce = subject.model.reduce;  // a statement may change it, for its own point
      own.settings = subject.settings;
      answer_point(own, sweep, i, fit, points[i]);
      if (tells && subject.progress)
        subject.progress(static_cast<double>(i) / static_cast<double>(points.size()), static_cast<long>(i));
    }
  };
  const std::size_t threads = std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), points.size());
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work, false);
    work(true);
  }
  return points;
}

// --- tables ---------------------------------------------------------------------------------------------------------

/// "D_xx" of "/D/0/0", "u(v_x)" of "/uncertainty/v/0", "Q_0_1" of "/Q/0/1".
std::string column_name(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  if (parts.front() == "uncertainty") return "u(" + column_name(path.substr(std::string("/uncertainty").size())) + ")";
  const auto axis = [](const std::string& index) {
    const std::size_t i = static_cast<std::size_t>(std::stoi(index));
    return i < 3 ? std::string(1, axis_names[i]) : index;
  };
  const bool matrix = parts.size() == 3 && !parts[1].empty() && std::isdigit(static_cast<unsigned char>(parts[1][0]));
  if (matrix && parts[0] == "D") return "D_" + axis(parts[1]) + axis(parts[2]);
  if (matrix && parts[0] == "D_first_order") return "D0_" + axis(parts[1]) + axis(parts[2]);
  if (parts.size() == 2 && parts[0] == "v") return "v_" + axis(parts[1]);
  if (parts.size() == 2 && parts[0] == "timescales") return fmt::format("tau_{}", std::stoi(parts[1]) + 1);
  if (parts.size() == 3 && parts[0] == "lambda")
    return fmt::format("lambda_{}{}", parts[1], parts[2] == "1" ? "_imaginary" : "");
  return fmt::format("{}", fmt::join(parts, "_"));
}

struct Column {
  std::string path, name, unit;
  std::vector<double> values;  ///< one for each point; NaN where it has none
};

void collect(const Json& value, const std::string& path, std::vector<std::pair<std::string, double>>& found) {
  if (value.is_number()) found.emplace_back(path, value.get<double>());
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) collect(inner, path + "/" + key, found);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], fmt::format("{}/{}", path, i), found);
}

/// The unit of a key of an answer, or of the key whose uncertainty it is.
std::string unit_of(const Json& answer, const std::string& path) {
  const Json& unit = answer["unit"];
  if (unit.is_string()) return unit.get<std::string>();
  std::string rest = path.starts_with("/uncertainty/") ? path.substr(std::string("/uncertainty").size()) : path;
  const std::string key = rest.substr(1, rest.find('/', 1) - 1);
  return unit.contains(key) ? unit[key].get<std::string>() : "";
}

/// Every number of the answers, in the order in which they first appear.
std::vector<Column> columns(const std::vector<SweepPoint>& points) {
  std::vector<Column> all;
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].answer) continue;
    std::vector<std::pair<std::string, double>> numbers;
    for (const auto& [key, value] : points[i].answer->items())
      if (key != "statement" && key != "unit" && key != "model_hash") collect(value, "/" + key, numbers);
    for (const auto& [path, value] : numbers) {
      const auto [at, fresh] = place.try_emplace(path, all.size());
      if (fresh)
        all.push_back({path, column_name(path), unit_of(*points[i].answer, path),
                       std::vector<double>(points.size(), std::nan(""))});
      all[at->second].values[i] = value;
    }
  }
  return all;
}

std::string csv(const Subject& subject, const SweepRequest& sweep, const std::vector<Column>& table) {
  std::string out;
  const auto head = [&](const std::string& name, const std::string& unit) {
    out += fmt::format("{}{}{}", out.empty() ? "" : ",", name, unit.empty() || unit == "1" ? "" : " [" + unit + "]");
  };
  for (const SweptParameter& swept : sweep.parameters) {
    const Parameter& parameter = subject.model.parameters[swept.index];
    head(parameter.name, si_unit(parameter.dimension));
  }
  for (const Column& column : table) head(column.name, column.unit);
  out += "\n";
  for (std::size_t i = 0; i < sweep.points(); ++i) {
    for (std::size_t p = 0; p < sweep.parameters.size(); ++p)
      out += fmt::format("{}{}", p ? "," : "", sweep.value(i, p));
    for (const Column& column : table) out += std::isnan(column.values[i]) ? "," : fmt::format(",{}", column.values[i]);
    out += "\n";
  }
  return out;
}

std::optional<Dimension> dimension_of(const std::string& unit) {
  const Dimension length = dimension::length(), time = dimension::time();
  for (const Dimension& known : {length * length / time, length / time, dimension::rate(), time, length,
                                 dimension::energy(), dimension::temperature()})
    if (si_unit(known) == unit) return known;
  if (unit == "1" || unit.empty()) return Dimension{};
  return std::nullopt;
}

/// A table for people: without what is zero or a repetition, uncertainties behind their values.
std::string describe_table(const Subject& subject, const SweepRequest& sweep, const std::vector<Column>& all) {
  constexpr std::size_t widest = 6;
  const auto same = [](const Column& a, const Column& b) {
    for (std::size_t i = 0; i < a.values.size(); ++i) {
      const double x = a.values[i], y = b.values[i];
      if (std::isnan(x) != std::isnan(y) || std::abs(x - y) > 1e-12 * std::abs(x)) return false;
    }
    return a.unit == b.unit;
  };
  std::map<std::string, double> largest;  // of each unit
  for (const Column& column : all)
    for (const double x : column.values)
      if (std::isfinite(x)) largest[column.unit] = std::max(largest[column.unit], std::abs(x));
  struct Kept {
    const Column* column;
    const Column* uncertainty;
    std::string name;
  };
  std::vector<Kept> kept;
  for (const Column& column : all) {
    if (column.path.starts_with("/uncertainty") || column.name.starts_with("D0_")) continue;
    if (std::ranges::all_of(column.values, [&](double x) { return !(std::abs(x) > 1e-13 * largest[column.unit]); }))
      continue;
    const auto before = std::ranges::find_if(kept, [&](const Kept& k) { return same(*k.column, column); });
    if (before != kept.end()) {
      before->name += " = " + column.name;
      continue;
    }
    const auto u = std::ranges::find(all, "/uncertainty" + column.path, &Column::path);
    kept.push_back({&column, u == all.end() ? nullptr : &*u, column.name});
  }
  const std::size_t shown = std::min(kept.size(), widest);

  std::vector<std::vector<std::string>> rows(sweep.points() + 1);
  for (const SweptParameter& swept : sweep.parameters) rows[0].push_back(subject.model.parameters[swept.index].name);
  for (std::size_t c = 0; c < shown; ++c) rows[0].push_back(kept[c].name);
  for (std::size_t i = 0; i < sweep.points(); ++i) {
    for (std::size_t p = 0; p < sweep.parameters.size(); ++p)
      rows[i + 1].push_back(
          readable(sweep.value(i, p), subject.model.parameters[sweep.parameters[p].index].dimension, 6));
    for (std::size_t c = 0; c < shown; ++c) {
      const double value = kept[c].column->values[i];
      const double u = kept[c].uncertainty ? kept[c].uncertainty->values[i] : 0;
      const auto dimension = dimension_of(kept[c].column->unit);
      rows[i + 1].push_back(std::isnan(value) ? "—"
                            : dimension       ? readable_with(value, u, *dimension, 5)
                                              : fmt::format("{:.5g} {}", value, kept[c].column->unit));
    }
  }
  const auto letters = [](const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  };
  std::vector<std::size_t> width(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], letters(row[c]));
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c)
      line += (c ? "  " : "") + std::string(width[c] - letters(row[c]), ' ') + row[c];
    out += line + "\n";
  }
  if (kept.size() > shown)
    out += fmt::format("and {} more columns, with --json or to \"table.csv\"\n", kept.size() - shown);
  return out;
}

// --- Arrhenius ------------------------------------------------------------------------------------------------------

struct Law {
  std::string name;
  Dimension dimension;                        ///< of y
  bool inverse = false;                       ///< a time: 1/y is what follows the law
  std::vector<double> temperature, y, local;  ///< local: −∂ln y/∂β, J
  ArrheniusFit fit;
};

std::vector<Law> laws(const Request& request, const RateNetwork& network, const SweepRequest& sweep,
                      const std::vector<SweepPoint>& points) {
  const std::vector<Reading> list = readings(request, network);
  const int m = network.lattice.embedding(), n = network.lattice.dimension();
  struct Sum {
    std::string name;
    std::vector<Index> of;
    double share;
  };
  std::vector<Sum> wanted;
  if (request.topic == Topic::diffusion) {
    Sum average{"average", {}, 1.0 / n};
    for (int i = 0; i < m; ++i) {
      average.of.push_back(i * m + i);
      wanted.push_back({list[static_cast<std::size_t>(i * m + i)].name, {i * m + i}, 1});
    }
    if (n > 1) wanted.insert(wanted.begin(), average);
  } else {
    constexpr std::size_t most = 4;  // time scales, the slowest first
    for (std::size_t r = 0; r < std::min(list.size(), most); ++r)
      wanted.push_back({list[r].name, {static_cast<Index>(r)}, 1});
  }
  std::vector<Law> all;
  for (const Sum& sum : wanted) {
    Law law{.name = sum.name,
            .dimension = list.front().dimension,
            .inverse = request.topic == Topic::timescales,
            .temperature = {},
            .y = {},
            .local = {},
            .fit = {}};
    double largest = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!points[i].answer) continue;
      double y = 0, slope = 0;
      for (const Index r : sum.of)
        y += sum.share * points[i].readings(r), slope += sum.share * points[i].by_temperature(r);
      const double T = sweep.value(i, 0);
      const double sign = law.inverse ? -1 : 1;
      law.temperature.push_back(T);
      law.y.push_back(std::abs(y));  // a velocity may point backwards
      law.local.push_back(sign * boltzmann * T * T * slope / y);
      largest = std::max(largest, points[i].readings.cwiseAbs().maxCoeff());
    }
    if (std::ranges::any_of(law.y, [&](double y) { return !(y > 1e-200) || !std::isfinite(y); }) ||
        (request.topic != Topic::timescales &&
         std::ranges::all_of(law.y, [&](double y) { return y < 1e-13 * largest; })))
      continue;
    Eigen::VectorXd beta(static_cast<Index>(law.y.size())), y = beta;
    for (std::size_t i = 0; i < law.y.size(); ++i) {
      beta(static_cast<Index>(i)) = 1 / (boltzmann * law.temperature[i]);
      y(static_cast<Index>(i)) = law.inverse ? 1 / law.y[i] : law.y[i];
    }
    const auto fit = arrhenius_fit(beta, y);
    if (!fit) continue;
    law.fit = *fit;
    const auto equal = std::ranges::find_if(all, [&](const Law& before) {
      for (std::size_t i = 0; i < law.y.size(); ++i)
        if (std::abs(before.y[i] - law.y[i]) > 1e-10 * law.y[i]) return false;
      return true;
    });
    if (equal == all.end())
      all.push_back(std::move(law));
    else
      equal->name += " = " + law.name;
  }
  return all;
}

/// A standard error; zero where the scatter about the line is no more than round-off.
double significant(double value, double error) {
  return error > 1e-9 * std::abs(value) ? error : 0;
}

std::string describe_laws(const std::vector<Law>& all, Topic topic) {
  if (all.empty()) return "";
  const bool inverse = all.front().inverse;
  const std::string symbol = inverse ? "τ" : topic == Topic::drift ? "v" : "D";
  std::string out =
      inverse
          ? "fit          1/τ = exp(−E_a/kT)/τ_0, least squares in ln τ; local: ∂ln τ/∂β, exact\n"
          : fmt::format("fit          {0} = {0}_0 exp(−E_a/kT), least squares in ln {0}; local: −∂ln {0}/∂β, exact\n",
                        symbol);
  for (const Law& law : all) {
    const double prefactor = std::exp(inverse ? -law.fit.log_prefactor : law.fit.log_prefactor);
    const auto [low, high] = std::minmax_element(law.temperature.begin(), law.temperature.end());
    const auto local = [&](auto at) {
      return fmt::format(
          "{} at {}",
          readable(law.local[static_cast<std::size_t>(at - law.temperature.begin())], dimension::energy(), 6),
          readable(*at, dimension::temperature()));
    };
    out += fmt::format(
        "  {}\n    E_a {}   {}_0 {}   local {}, {}\n", law.name,
        readable_with(law.fit.activation_energy,
                      significant(law.fit.activation_energy, law.fit.activation_energy_error), dimension::energy(), 6),
        symbol,
        readable_with(prefactor, significant(prefactor, prefactor * law.fit.log_prefactor_error), law.dimension, 6),
        local(low), local(high));
  }
  return out;
}

Json json_laws(const std::vector<Law>& all) {
  Json list = Json::array();
  for (const Law& law : all) {
    const double prefactor = std::exp(law.inverse ? -law.fit.log_prefactor : law.fit.log_prefactor);
    list.push_back({{"of", law.name},
                    {"activation_energy", law.fit.activation_energy},
                    {"activation_energy_error", law.fit.activation_energy_error},
                    {"unit", "J"},
                    {"prefactor", prefactor},
                    {"prefactor_error", prefactor * law.fit.log_prefactor_error},
                    {"prefactor_unit", si_unit(law.dimension)},
                    {"T", law.temperature},
                    {"local_activation_energy", law.local}});
  }
  return list;
}

/// Points and fits over 1000/T, or the first columns of the table over the fastest parameter.
plot::Figure figure(const Subject& subject, const SweepRequest& sweep, const std::vector<Law>& fits,
                    const std::vector<Column>& table) {
  plot::Figure result;
  result.title = subject.model.name + ": " + sweep.statement->text;
  if (!fits.empty()) {
    const bool inverse = fits.front().inverse;
    double largest = 0;
    for (const Law& law : fits) largest = std::max(largest, *std::ranges::max_element(law.y));
    const ReadableUnit unit = readable_unit(largest, fits.front().dimension);
    result.x = {.label = "1000/T", .unit = "1/K"};
    result.y = {.label = "", .unit = unit.name, .scale = plot::Scale::logarithmic};
    for (std::size_t f = 0; f < fits.size(); ++f) {
      const Law& law = fits[f];
      plot::Series points{.name = law.name, .mark = plot::Mark::points, .colour = f};
      plot::Series line{.mark = plot::Mark::line, .colour = f};
      for (std::size_t i = 0; i < law.y.size(); ++i) {
        const double beta = 1 / (boltzmann * law.temperature[i]);
        const double log = law.fit.log_prefactor - law.fit.activation_energy * beta;
        points.x.push_back(1000 / law.temperature[i]);
        points.y.push_back(law.y[i] / unit.factor);
        line.x.push_back(1000 / law.temperature[i]);
        line.y.push_back(std::exp(inverse ? -log : log) / unit.factor);
      }
      result.series.push_back(std::move(points));
      result.series.push_back(std::move(line));
    }
    return result;
  }
  const std::size_t last = sweep.parameters.size() - 1;
  const Parameter& parameter = subject.model.parameters[sweep.parameters[last].index];
  double widest = 0;
  for (const double x : sweep.parameters[last].values) widest = std::max(widest, std::abs(x));
  const ReadableUnit along = readable_unit(widest, parameter.dimension);
  result.x = {.label = parameter.name, .unit = along.name};
  const std::size_t run = sweep.parameters[last].values.size();
  constexpr std::size_t most = 6;
  std::optional<ReadableUnit> unit;
  std::string quantity;
  for (const Column& column : table) {
    if (column.path.starts_with("/uncertainty") || column.name.starts_with("D0_")) continue;
    double largest = 0;
    for (const double y : column.values)
      if (std::isfinite(y)) largest = std::max(largest, std::abs(y));
    if (largest == 0 || (unit && column.unit != quantity)) continue;
    if (!unit) {
      const auto dimension = dimension_of(column.unit);
      unit = dimension ? readable_unit(largest, *dimension) : ReadableUnit{column.unit, 1};
      quantity = column.unit;
      result.y = {.label = "", .unit = unit->name};
    }
    for (std::size_t first = 0; first < column.values.size() && result.series.size() < most; first += run) {
      plot::Series series{.name = column.name};
      for (std::size_t i = first; i < first + run; ++i) {
        series.x.push_back(sweep.value(i, last) / along.factor);
        series.y.push_back(column.values[i] / unit->factor);
      }
      result.series.push_back(std::move(series));
    }
  }
  return result;
}

// --- the statement --------------------------------------------------------------------------------------------------

std::string place_of(const Subject& subject, const SweepRequest& sweep, std::size_t point) {
  std::string out;
  for (std::size_t p = 0; p < sweep.parameters.size(); ++p) {
    const Parameter& parameter = subject.model.parameters[sweep.parameters[p].index];
    out += fmt::format("{}{} = {}", p ? ", " : "", parameter.name,
                       readable(sweep.value(point, p), parameter.dimension, 6));
  }
  return out;
}

/// Warnings of the points once each, with where they first arose; points without an answer, and why. False where no
/// point has an answer.
bool report_points(const Subject& subject, const SweepRequest& sweep, const std::vector<SweepPoint>& points,
                   const Asked& asked, Diagnostics& diagnostics) {
  std::vector<std::pair<Diagnostic, std::size_t>> warnings;  // with the number of points that have it
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].answer) {
      failed.push_back(i);
      continue;
    }
    for (const Diagnostic& d : points[i].found.sorted()) {
      const auto before = std::ranges::find_if(warnings, [&](const auto& w) {
        return w.first.code == d.code && w.first.span.source == d.span.source && w.first.span.begin == d.span.begin;
      });
      if (before == warnings.end()) {
        warnings.emplace_back(d, 1);
        warnings.back().first.note({}, "at " + place_of(subject, sweep, i));
      } else {
        ++before->second;
      }
    }
  }
  for (auto& [warning, count] : warnings) {
    if (count > 1) warning.notes.back().text += fmt::format(" and at {} more points", count - 1);
    diagnostics.add(warning);
  }
  if (failed.empty()) return true;
  const auto why = [&](std::size_t point) {
    const std::vector<Diagnostic> all = points[point].found.sorted();
    const auto error = std::ranges::find(all, Severity::error, &Diagnostic::severity);
    return error == all.end() ? std::string("no answer") : fmt::format("{}: {}", number(error->code), error->message);
  };
  if (failed.size() == points.size()) {
    for (const Diagnostic& d : points[failed.front()].found.sorted()) diagnostics.add(d);
    diagnostics.add(Code::SweepFailed, asked.span(0), "no point of the sweep has an answer")
        .note({}, fmt::format("{}: {}", place_of(subject, sweep, failed.front()), why(failed.front())));
    return false;
  }
  auto& warning = diagnostics.add(Code::SweepPointFailed, asked.span(0),
                                  fmt::format("{} of {} points of the sweep {} no answer", failed.size(), points.size(),
                                              failed.size() == 1 ? "has" : "have"));
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < std::min(failed.size(), most); ++i)
    warning.note({}, fmt::format("{}: {}", place_of(subject, sweep, failed[i]), why(failed[i])));
  if (failed.size() > most) warning.note({}, fmt::format("and {} more", failed.size() - most));
  return true;
}

bool write(const std::string& text, const SweepRequest& sweep, Diagnostics& diagnostics) {
  try {
    TemporaryFile file(sweep.file);
    file.append(text);
    file.sync();
    file.rename();
    return true;
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, sweep.file_place, error.what());
    return false;
  }
}

std::optional<Answer> sweep(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto request = sweep_request(subject, asked, diagnostics);
  if (!request) return std::nullopt;
  const std::string verb = Asked(request->statement).word(0);
  static constexpr const char* numberless[] = {"sweep", "set", "help", "plot", "emit", "it", "show", "save", "undo"};
  if (std::ranges::find(numberless, verb) != std::end(numberless)) {
    diagnostics
        .add(Code::BadSweep,
             {asked.source, asked.source->text.find_first_not_of(" \t", asked.source->text.find(':') + 1),
              asked.source->text.size()},
             fmt::format("`{}` has no numbers to put into a table", verb))
        .hint(verb == "sweep" ? "several parameters go into one sweep: sweep T = …, E = … : diffusion"
                              : "for instance: sweep T = 300 K .. 900 K step 50 K : diffusion");
    return std::nullopt;
  }
  const auto fit = fitted(subject, *request);
  const std::vector<SweepPoint> points = answer_all(subject, *request, fit);
  if (!report_points(subject, *request, points, asked, diagnostics)) return std::nullopt;

  const std::size_t first = static_cast<std::size_t>(
      std::ranges::find_if(points, [](const SweepPoint& point) { return point.answer.has_value(); }) - points.begin());
  const std::vector<Column> table = columns(points);
  std::vector<Law> found;
  if (fit && points[first].readings.size() > 0) {
    Subject one = subject;
    SweepPoint again;
    answer_point(one, *request, first, std::nullopt, again);
    found = laws(*fit, one.point->network, *request, points);
  }

  Json json = answer_head(asked, (*points[first].answer)["unit"], subject);
  json["parameters"] = Json::array();
  for (const SweptParameter& swept : request->parameters) {
    const Parameter& parameter = subject.model.parameters[swept.index];
    json["parameters"].push_back(
        {{"name", parameter.name}, {"unit", parameter.dimension.dimensionless() ? "1" : si_unit(parameter.dimension)}});
  }
  json["points"] = Json::array();
  for (std::size_t i = 0; i < points.size(); ++i) {
    Json point = Json::object(), at = Json::object();
    for (std::size_t p = 0; p < request->parameters.size(); ++p)
      at[subject.model.parameters[request->parameters[p].index].name] = request->value(i, p);
    point["at"] = std::move(at);
    if (points[i].answer) {
      point["answer"] = *points[i].answer;
    } else {
      point["errors"] = Json::array();
      for (const Diagnostic& d : points[i].found.sorted())
        point["errors"].push_back({{"code", std::string(number(d.code))}, {"message", d.message}});
    }
    json["points"].push_back(std::move(point));
  }
  if (!found.empty()) json["fit"] = json_laws(found);

  std::string text =
      describe_table(subject, *request, table) + describe_laws(found, fit ? fit->topic : Topic::diffusion);
  if (request->file.ends_with(".csv")) {
    if (!write(csv(subject, *request, table), *request, diagnostics)) return std::nullopt;
    text += fmt::format("written to {}\n", request->file);
  } else if (!request->file.empty()) {
    const auto drawn = draw(figure(subject, *request, found, table), {request->file, request->file_place},
                            subject.screen, diagnostics);
    if (!drawn) return std::nullopt;
    text += *drawn;
  }
  return Answer{json.dump(), text};
}

}  // namespace

std::span<const Statement> sweep_statements() {
  static const Statement table[] = {
      {.usage = "sweep NAME = … : …",
       .line = "a statement over a range of parameters",
       .more = "sweep T = 300 K .. 900 K step 50 K : diffusion\n"
               "sweep E = 0.1 eV .. 1 eV log in 10 steps : timescales to \"table.csv\"\n"
               "sweep T = 300 K .. 900 K in 13 steps, stress = [0 eV/nm, 0.1 eV/nm] : drift to \"drift.svg\"\n"
               "Points are found in parallel; `in N steps` is N points with both ends. Over temperatures, diffusion,\n"
               "drift and timescales end with an Arrhenius fit.\n",
       .answer = sweep,
       .needs_point = false,
       .keywords = {"step", "steps", "log", "in", "to"}},
  };
  return table;
}

}  // namespace rdd
