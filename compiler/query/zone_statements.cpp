// Statements about the Brillouin zone as a whole, and pictures of bands.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "compiler/query/picture.hpp"
#include "compiler/query/zone.hpp"
#include "compiler/report.hpp"
#include "runtime/zone/connected_bands.hpp"

namespace rdd {
namespace {

using Eigen::Index;

Dimension inverse_length(int times) {
  Dimension result;
  for (int i = 0; i < times; ++i) result = result / dimension::length();
  return result;
}

/// What `zone` prints of the reciprocal lattice: b, the volume of the zone, and |k| of the special points.
Eigen::VectorXd zone_figures(const RateNetwork& network, const std::vector<SpecialPoint>& points) {
  const Eigen::MatrixXd b = reciprocal_vectors(network.lattice);
  Eigen::VectorXd all(b.size() + 1 + static_cast<Index>(points.size()));
  all << b.reshaped(), zone_volume(network.lattice), Eigen::VectorXd(static_cast<Index>(points.size()));
  for (std::size_t i = 0; i < points.size(); ++i)
    all(b.size() + 1 + static_cast<Index>(i)) =
        (b * Eigen::Map<const Eigen::Vector3d>(points[i].fractions.data()).head(b.cols())).norm();
  return all;
}

std::optional<Answer> zone(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  const int n = network.lattice.dimension();
  const Eigen::MatrixXd b = reciprocal_vectors(network.lattice);
  const double volume = zone_volume(network.lattice);
  const NetworkPointGroup group = point_group(network);
  const std::size_t of_lattice = lattice_rotations(network.lattice).size();
  Json json = answer_head(
      asked, {{"reciprocal", "1/m"}, {"volume", si_unit(inverse_length(n))}, {"points", "reciprocal vectors"}},
      subject);
  json["reciprocal"] = json_rows(b.transpose());
  json["volume"] = volume;
  json["rotations"] = Json::array();
  for (const NetworkOperation& operation : group.operations) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
      rows.push_back(std::vector<int>(operation.rotation[i].begin(), operation.rotation[i].begin() + n));
    json["rotations"].push_back(std::move(rows));
  }
  json["lattice_rotations"] = of_lattice;
  json["complete"] = group.complete;
  json["points"] = Json::object();
  const auto [points, path] = special_points(subject.model.lattice);
  const Eigen::VectorXd figures = zone_figures(network, points);
  Eigen::VectorXd sizes = figures;
  sizes.head(b.size()).setConstant(b.cwiseAbs().maxCoeff());
  const auto found = propagated_by_differences(
      subject.model, *subject.point, sizes,
      [&points = points](const RateNetwork& near) { return std::optional(zone_figures(near, points)); });
  const Eigen::VectorXd u = found.value_or(Eigen::VectorXd::Zero(figures.size()));
  const Eigen::MatrixXd u_vectors = u.head(b.size()).reshaped(b.rows(), b.cols()).transpose();
  if (found) json["uncertainty"] = {{"reciprocal", json_rows(u_vectors)}, {"volume", u(b.size())}};
  std::string text = "reciprocal vectors\n" + describe_matrix(b.transpose(), inverse_length(1), "  ", &u_vectors);
  text += fmt::format("volume    {}\n", readable_with(volume, u(b.size()), inverse_length(n), 6));
  text += fmt::format(
      "symmetry  {} of the lattice's {} rotation{} leave{} every rate as it is{}; λ(−k) = {}\n",
      group.operations.size(), of_lattice, of_lattice == 1 ? "" : "s", group.operations.size() == 1 ? "s" : "",
      group.complete ? "" : " (the search was given up for others)", network.reversible ? "λ(k)" : "λ(k)*");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const SpecialPoint& point = points[i];
    const Eigen::VectorXd fractions = Eigen::Map<const Eigen::Vector3d>(point.fractions.data()).head(n);
    json["points"][point.name] = json_list(fractions);
    std::vector<std::string> given;
    for (const double f : fractions) given.push_back(fmt::format("{:.4g}", f));
    const Index at = b.size() + 1 + static_cast<Index>(i);
    text += fmt::format("{:<9} {:<26} |k| = {}\n", point.name, fmt::format("[{}]", fmt::join(given, ", ")),
                        readable_with(figures(at), u(at), inverse_length(1)));
  }
  json["path"] = path;
  std::vector<std::string> pieces;
  for (const auto& piece : path) pieces.push_back(fmt::format("{}", fmt::join(piece, "-")));
  if (!pieces.empty()) text += fmt::format("path      {}\n", fmt::join(pieces, ", "));
  return Answer{json.dump(), text};
}

/// How many modes decay slower than each of a row of rates.
struct Density {
  Mesh mesh;
  bool logarithmic = false;
  Eigen::VectorXd rates;  ///< ascending
  Eigen::VectorXd modes;  ///< per cell, of M
};

constexpr double many_times = 20;  // the ratio of fast and slow rates from which they are counted by decades

Density density_of(const BlochOperator& bloch, const Mesh& mesh, int bins) {
  const ReducedMesh zone = reduced(mesh, point_group(bloch.network()));
  const Spectrum spectrum = bands(bloch, zone.phases);
  Density result{mesh, false, {}, {}};
  const Eigen::VectorXd low = spectrum.band_min(), high = spectrum.band_max();
  const double top = high.maxCoeff() * (1 + 1e-12);
  result.logarithmic = top > many_times * high(0);
  result.rates.resize(bins + 1);
  // Rates of long waves reach down to zero: three decades of them are enough.
  const double bottom = result.logarithmic ? 1e-3 * high(0) : 0;
  for (int i = 0; i <= bins; ++i) {
    const double share = static_cast<double>(i) / bins;
    result.rates(i) = result.logarithmic ? bottom * std::pow(top / bottom, share) : top * share;
  }
  result.modes = modes_below(zone, spectrum, result.rates);
  return result;
}

/// How many modes decay at rates from one of the row to the next; the first row begins with zero.
Eigen::VectorXd between(const Eigen::VectorXd& modes) {
  Eigen::VectorXd result = modes.tail(modes.size() - 1);
  result.tail(result.size() - 1) -= modes.segment(1, result.size() - 1);
  return result;
}

/// Of the numbers of modes below the rates, which stay what they are, and of those from one rate to the next. All
/// modes lie below the last rate, which is the top of the bands. At the edges of bands these numbers have kinks, or
/// slopes without bound.
struct ModesUncertainty {
  Eigen::VectorXd in_all, between;
};
std::optional<ModesUncertainty> modes_uncertainty(const Subject& subject, const Density& density) {
  const Index rates = density.rates.size();
  const auto found = propagated_by_differences(
      subject.model, *subject.point, Eigen::VectorXd::Ones(2 * rates - 1),
      [&](const RateNetwork& network) {
        const ReducedMesh zone = reduced(density.mesh, point_group(network));
        Eigen::VectorXd modes = modes_below(zone, bands(BlochOperator(network), zone.phases), density.rates);
        modes(rates - 1) = network.size();
        Eigen::VectorXd all(2 * rates - 1);
        all << modes, between(modes);
        return std::optional(all);
      },
      Differences::across_uncertainty);
  if (!found) return std::nullopt;
  return ModesUncertainty{found->head(rates), found->tail(rates - 1)};
}

std::optional<Answer> density(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  std::size_t next = 1;
  const auto mesh = zone_mesh(subject, asked, next, usual_mesh(subject.point->network), diagnostics);
  if (!mesh || !at_end(asked, next, diagnostics)) return std::nullopt;
  const Density found = density_of(BlochOperator(subject.point->network), *mesh, 20);
  Json json = answer_head(asked, {{"rates", "1/s"}, {"modes", "1/cell"}}, subject);
  json["points"] = mesh->points;
  json["rates"] = json_list(found.rates);
  json["modes"] = json_list(found.modes);
  const auto u = modes_uncertainty(subject, found);
  if (u) json["uncertainty"]["modes"] = json_list(u->in_all);
  std::string text =
      fmt::format("modes per cell by decay rate, from {} wave vectors\n", fmt::join(mesh->points, " × "));
  std::vector<std::vector<std::string>> rows = {{"from", "to", "modes", "in all"}};
  const auto number = [](double modes, double uncertainty) {
    return uncertainty >= 5e-5 ? plus_minus(modes, uncertainty) : fmt::format("{:.4f}", modes);
  };
  for (Index i = 0; i + 1 < found.rates.size(); ++i)
    rows.push_back(
        {i == 0 ? "0" : readable(found.rates(i), dimension::rate()), readable(found.rates(i + 1), dimension::rate()),
         number(between(found.modes)(i), u ? u->between(i) : 0), number(found.modes(i + 1), u ? u->in_all(i + 1) : 0)});
  return Answer{json.dump(), text + describe_columns(rows, {14, 14, 9, 9})};
}

std::string subscript(Index number) {
  static constexpr const char* digits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
  std::string out;
  for (const char c : std::to_string(number)) out += digits[c - '0'];
  return out;
}

constexpr Index most_names = 7;  // of curves: more are not told apart

plot::Figure bands_figure(const ZonePath& path, const ConnectedBands& bands, const std::string& title) {
  const Spectrum& spectrum = bands.spectrum;
  const Eigen::VectorXd high = spectrum.band_max();
  plot::Figure figure{.title = title, .y = {.label = "decay rate", .unit = "/s"}};
  if (spectrum.lambda.imag().cwiseAbs().maxCoeff() > 1e-9 * spectrum.fastest_rate) figure.y.label = "decay rate Re λ";
  // What is slow beside the top: where the bands above λ_0 begin, and how far λ_0 goes, which itself begins with zero.
  const double top = high.maxCoeff(), nothing = 1e-13 * spectrum.fastest_rate;
  double slow = high(0);
  const Eigen::VectorXd low = spectrum.band_min();
  for (Index m = 1; m < low.size(); ++m)
    if (low(m) > nothing) slow = std::min(slow, low(m));
  if (top > many_times * slow && slow > nothing) {
    figure.y.scale = plot::Scale::logarithmic;
    figure.y.range = {{slow * 0.03, top * 2}};
  } else {
    figure.y.range = {{0, top * 1.05}};
  }
  for (std::size_t i = 0; i < path.labels.size(); ++i) {
    if (path.labels[i].empty()) continue;
    auto& ticks = figure.x.ticks;
    const bool joins = !ticks.empty() && ticks.back().at == path.distance[i];
    if (!joins)
      ticks.push_back({path.distance[i], path.labels[i]});
    else if (ticks.back().label != path.labels[i])
      ticks.back().label += "|" + path.labels[i];
  }
  const Index M = spectrum.lambda.rows();
  for (Index b = 0; b < M; ++b) {
    plot::Series series{.name = M <= most_names ? "λ" + subscript(b) : ""};
    std::size_t piece = 0;
    for (Index i = 0; i < path.phases.cols(); ++i) {
      const double x = path.distance[static_cast<std::size_t>(i)];
      if (piece < path.starts.size() && path.starts[piece] == i && piece++ > 0) {
        series.x.push_back(x);
        series.y.push_back(NAN);
      }
      const double value = spectrum.lambda(bands.connected(b, i), i).real();
      series.x.push_back(x);
      series.y.push_back(std::abs(value) < nothing ? 0 : value);
    }
    figure.series.push_back(std::move(series));
  }
  return figure;
}

std::optional<plot::Figure> plot_bands(Subject& subject, const Asked& asked, std::size_t& next,
                                       Diagnostics& diagnostics) {
  if (asked.word(next) == "along") ++next;
  const auto path = zone_path(subject, asked, next, 60, diagnostics);
  if (!path) return std::nullopt;
  const BlochOperator bloch(subject.point->network);
  plot::Figure figure = bands_figure(*path, connected_bands(bloch, path->phases, path->starts), subject.model.name);
  const ReducedMesh zone = reduced(usual_mesh(subject.point->network), point_group(subject.point->network));
  const auto found = gaps(bands(bloch, zone.phases));
  if (!found.empty())
    figure.shades.push_back({found.front().below, found.front().above, fmt::format("gap {:.3g}", found.front().ratio)});
  return figure;
}

// The ratio of the slowest fast and the fastest slow band over the longest wavelengths, for each number of slow bands.
std::optional<plot::Figure> plot_gap(Subject& subject, const Asked&, std::size_t&, Diagnostics&) {
  const BlochOperator bloch(subject.point->network);
  plot::Figure figure{.title = subject.model.name,
                      .x = {.label = "cut-off L", .unit = "cells", .scale = plot::Scale::logarithmic},
                      .y = {.label = "ratio of decay rates across the gap", .scale = plot::Scale::logarithmic}};
  double best = 1;
  for (const GapCandidate& candidate : long_wave_gaps(bloch, default_cutoffs())) {
    const std::string name = fmt::format("P = {}", candidate.P);
    if (figure.series.empty() || figure.series.back().name != name) figure.series.push_back({.name = name});
    figure.series.back().x.push_back(candidate.L);
    figure.series.back().y.push_back(candidate.ratio);
    best = std::max(best, candidate.ratio);
  }
  // The numbers of bands with the widest gaps.
  const auto widest = [](const plot::Series& series) { return *std::ranges::max_element(series.y); };
  if (figure.series.size() > static_cast<std::size_t>(most_names)) {
    std::vector<double> ratios;
    for (const plot::Series& series : figure.series) ratios.push_back(widest(series));
    std::ranges::sort(ratios, std::greater());
    std::erase_if(figure.series, [&](const plot::Series& series) { return widest(series) < ratios[most_names - 1]; });
  }
  figure.y.range = {{1, 1.5 * best}};
  return figure;
}

std::optional<plot::Figure> plot_density(Subject& subject, const Asked& asked, std::size_t& next,
                                         Diagnostics& diagnostics) {
  const auto mesh = zone_mesh(subject, asked, next, usual_mesh(subject.point->network), diagnostics);
  if (!mesh) return std::nullopt;
  const Density found = density_of(BlochOperator(subject.point->network), *mesh, 150);
  plot::Figure figure{.title = subject.model.name,
                      .x = {.label = "decay rate", .unit = "/s"},
                      .y = {.label = found.logarithmic ? "modes per cell and decade" : "modes per cell and rate",
                            .unit = found.logarithmic ? "" : "s"}};
  if (found.logarithmic) figure.x.scale = plot::Scale::logarithmic;
  plot::Series series;
  for (Index i = 0; i + 1 < found.rates.size(); ++i) {
    const double from = found.rates(i), to = found.rates(i + 1);
    const double wide = found.logarithmic ? std::log10(to / from) : to - from;
    series.x.push_back(found.logarithmic ? std::sqrt(from * to) : (from + to) / 2);
    series.y.push_back((found.modes(i + 1) - found.modes(i)) / wide);
  }
  figure.series.push_back(std::move(series));
  return figure;
}

std::optional<Answer> plotted(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  using Maker = std::optional<plot::Figure> (*)(Subject&, const Asked&, std::size_t&, Diagnostics&);
  static constexpr std::pair<const char*, Maker> makers[] = {
      {"bands", plot_bands}, {"gap", plot_gap}, {"density", plot_density}};
  const auto maker = std::ranges::find(makers, asked.word(1), &std::pair<const char*, Maker>::first);
  if (maker == std::end(makers)) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `bands`, `gap` or `density`")
        .hint("for instance: plot bands, or plot bands \"bands.svg\"");
    return std::nullopt;
  }
  // A file's name that will not do is known before anything is computed.
  std::size_t file_at = 2;
  while (file_at < asked.words.size() && !names_file(asked.word(file_at))) ++file_at;
  const auto file = picture_file(asked, file_at, diagnostics);
  if (!file) return std::nullopt;
  std::size_t next = 2;
  const auto figure = maker->second(subject, asked, next, diagnostics);
  if (!figure || (next != file_at && !at_end(asked, next, diagnostics))) return std::nullopt;
  const Canvas canvas{*file, asked.span(file_at)};
  Json json = answer_head(asked, {{"x", figure->x.unit}, {"y", figure->y.unit}}, subject);
  add_figure(json, *figure, canvas);
  const auto text = draw(*figure, canvas, subject.screen, diagnostics);
  if (!text) return std::nullopt;
  return Answer{json.dump(), *text};
}

}  // namespace

std::span<const Statement> zone_statements() {
  static const Statement table[] = {
      {.usage = "zone",
       .line = "reciprocal lattice, symmetry, special points",
       .more =
           "The rotations are those under which the states can be renamed so that every rate stays what it is: the\n"
           "symmetry of the network at these settings, force included, not that of the lattice.\n",
       .answer = zone,
       .alone = true,
       .dense = true},
      {.usage = "density [n, …]",
       .line = "how many modes decay how fast",
       .more = "The number of modes per cell whose decay rate lies in each range, over the whole zone, linear in k\n"
               "between the points of a mesh: density [64, 64].\n",
       .answer = density,
       .dense = true},
      {.usage = "plot WHAT [\"F.svg\"]",
       .line = "a picture of bands, gap or density",
       .more = "In the terminal, or as SVG in a file: plot bands    plot bands along Γ-X-M steps 40 \"bands.svg\"\n"
               "plot gap: how wide the gap is above P bands, over the cut-off L.    plot density [64, 64]\n"
               "The widest gap over the whole zone is shaded.\n",
       .answer = plotted,
       .dense = true},
  };
  return table;
}

}  // namespace rdd
