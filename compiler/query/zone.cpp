#include "compiler/query/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compiler/query/picture.hpp"
#include "compiler/report.hpp"

namespace rdd {
namespace {

constexpr int most_steps = 100'000;
constexpr double most_points = 1e7;

}  // namespace

SpecialPoints special_points(const ModelLattice& lattice) {
  if (!lattice.points.empty()) return {lattice.points, lattice.path};
  switch (lattice.dimension) {
    case 1:
      return {{{"Γ", {}}, {"X", {0.5}}}, {{"Γ", "X"}}};
    case 2:
      return {{{"Γ", {}}, {"X", {0.5}}, {"L", {0.5, 0.5}}, {"Y", {0, 0.5}}}, {{"Γ", "X", "L", "Y", "Γ", "L"}}};
    default:
      return {{{"Γ", {}},
               {"X", {0.5, 0, 0}},
               {"Y", {0, 0.5, 0}},
               {"Z", {0, 0, 0.5}},
               {"L", {0.5, 0.5, 0}},
               {"M", {0, 0.5, 0.5}},
               {"N", {0.5, 0, 0.5}},
               {"R", {0.5, 0.5, 0.5}}},
              {{"X", "Γ", "Y"}, {"L", "Γ", "Z"}, {"N", "Γ", "M"}, {"R", "Γ"}}};
  }
}

std::optional<ZonePath> zone_path(const Subject& subject, const Asked& asked, std::size_t& next, int usual_steps,
                                  Diagnostics& diagnostics) {
  const std::size_t first = next;
  const auto [points, own_path] = special_points(subject.model.lattice);
  std::size_t end = first;
  while (end < asked.words.size() && asked.word(end) != "steps" && !names_file(asked.word(end))) ++end;
  next = end;
  int steps = usual_steps;
  if (asked.word(end) == "steps") {
    const auto given = asked.integer(end + 1);
    if (!given || *given < 1 || *given > most_steps) {
      diagnostics.add(Code::BadStatement, asked.span(end + 1), "expected a number of steps from one point to the next")
          .hint("for instance: steps 40");
      return std::nullopt;
    }
    steps = *given;
    next = end + 2;
  }

  std::vector<std::vector<std::string>> pieces = own_path;
  const Span written = first < end ? Span{asked.source, asked.places[first], asked.span(end - 1).end} : asked.span(end);
  if (first < end || pieces.empty()) {
    pieces = {{""}};
    for (std::size_t w = first; w < end; ++w) {
      for (const char c : asked.word(w)) {
        if (c == '-')
          pieces.back().emplace_back();
        else if (c == ',')
          pieces.push_back({""});
        else
          pieces.back().back() += c;
      }
    }
  }
  std::vector<std::string> known;
  for (const SpecialPoint& point : points) known.push_back(point.name);
  for (std::vector<std::string>& piece : pieces) {
    for (std::string& name : piece) {
      if (name == "Gamma" || name == "G") name = "Γ";
      if (std::ranges::find(known, name) != known.end()) continue;
      auto& diagnostic = diagnostics.add(Code::BadStatement, written,
                                         name.empty() ? std::string("expected special points joined by `-`")
                                                      : fmt::format("the lattice has no special point '{}'", name));
      diagnostic.hint(fmt::format("it has {}", fmt::join(known, ", ")));
      return std::nullopt;
    }
    if (piece.size() < 2) {
      diagnostics.add(Code::BadStatement, written, "a path has two points at least")
          .hint("for instance: bands along Γ-X");
      return std::nullopt;
    }
  }

  ZonePath path;
  const Eigen::Index n = subject.model.lattice.dimension;
  const Eigen::MatrixXd reciprocal = reciprocal_vectors(subject.point->network.lattice) / (2 * std::numbers::pi);
  std::vector<Eigen::VectorXd> phases;
  const auto add = [&](const Eigen::VectorXd& phase, const std::string& label, bool start) {
    const double before = path.distance.empty() ? 0 : path.distance.back();
    path.distance.push_back(start ? before : before + (reciprocal * (phase - phases.back())).norm());
    phases.push_back(phase);
    path.labels.push_back(label);
  };
  for (const std::vector<std::string>& piece : pieces) {
    const auto at = [&, &points = points](const std::string& name) {
      const auto found = std::ranges::find(points, name, &SpecialPoint::name);
      return Eigen::VectorXd(2 * std::numbers::pi * Eigen::Map<const Eigen::Vector3d>(found->fractions.data()).head(n));
    };
    path.starts.push_back(static_cast<Eigen::Index>(phases.size()));
    add(at(piece.front()), piece.front(), true);
    for (std::size_t i = 1; i < piece.size(); ++i) {
      const Eigen::VectorXd from = at(piece[i - 1]), to = at(piece[i]);
      for (int s = 1; s < steps; ++s) add(from + (to - from) * s / steps, "", false);
      add(to, piece[i], false);
    }
  }
  path.phases.resize(n, static_cast<Eigen::Index>(phases.size()));
  for (std::size_t i = 0; i < phases.size(); ++i) path.phases.col(static_cast<Eigen::Index>(i)) = phases[i];
  return path;
}

Mesh usual_mesh(const RateNetwork& network) {
  const int n = network.lattice.dimension();
  const bool large = network.size() > 40;
  const int points = n == 1 ? (large ? 96 : 384) : n == 2 ? (large ? 24 : 96) : (large ? 8 : 24);
  return gamma_mesh(std::vector<int>(static_cast<std::size_t>(n), points));
}

std::optional<Mesh> zone_mesh(const Subject& subject, const Asked& asked, std::size_t& first, const Mesh& usual,
                              Diagnostics& diagnostics) {
  const std::size_t begin = first;
  Mesh mesh = usual;
  if (asked.word(first).starts_with('[')) {
    const auto values = asked_list(subject, asked, diagnostics, first, false);
    if (!values) return std::nullopt;
    double total = 1;
    for (std::size_t a = 0; a < values->size(); ++a) {
      const double value = (*values)[a];
      total *= value;
      if (value < 1 || value != std::floor(value) || total > most_points) {
        diagnostics.add(Code::BadStatement, asked.span(first),
                        "the mesh must have whole numbers of points, ten million at most");
        return std::nullopt;
      }
      mesh.points[a] = static_cast<int>(value);
    }
    ++first;
  }
  if (asked.word(first) == "shifted" || asked.word(first) == "gamma") {
    mesh = asked.word(first) == "shifted" ? shifted_mesh(mesh.points) : gamma_mesh(mesh.points);
    ++first;
  }
  if (first < asked.words.size() && !names_file(asked.word(first))) {
    std::string example;
    for (std::size_t i = 0; i < begin; ++i) example += asked.word(i) + " ";
    diagnostics
        .add(Code::BadStatement, asked.span(first), "expected the points of each axis, then `shifted` or `gamma`")
        .here("not expected here")
        .hint(fmt::format("for instance: {}[{}] shifted", example,
                          fmt::join(std::vector<int>(mesh.points.size(), 8), ", ")));
    return std::nullopt;
  }
  return mesh;
}

bool at_end(const Asked& asked, std::size_t place, Diagnostics& diagnostics) {
  if (place >= asked.words.size()) return true;
  diagnostics.add(Code::BadStatement, asked.span(place), "expected the end of the statement").here("not expected here");
  return false;
}

std::string readable_rate(double rate, double uncertainty, double fastest, int digits) {
  // Below this an eigenvalue is the round-off of the fastest rate.
  return std::abs(rate) <= 1e-13 * fastest ? "0" : readable_with(rate, uncertainty, dimension::rate(), digits);
}

Eigen::VectorXd add_band_ends(Json& json, const Subject& subject, const BlochOperator& bloch,
                              const Spectrum& spectrum) {
  const Eigen::Index M = spectrum.lambda.rows();
  Eigen::VectorXcd ends(2 * M);
  std::vector<BandPoint> points(static_cast<std::size_t>(2 * M));
  for (Eigen::Index m = 0; m < M; ++m) {
    for (const auto& [row, k] : {std::pair{m, spectrum.at_min(m)}, std::pair{M + m, spectrum.at_max(m)}}) {
      ends(row) = spectrum.lambda(m, k).real();
      points[static_cast<std::size_t>(row)] = {spectrum.phases.col(k), static_cast<int>(m)};
    }
  }
  json["band_min"] = json_list(ends.head(M).real());
  json["band_max"] = json_list(ends.tail(M).real());
  const auto u = band_uncertainty(subject.model, *subject.point, bloch, points, ends);
  if (!u) return Eigen::VectorXd::Zero(2 * M);
  json["uncertainty"]["band_min"] = json_list(u->head(M).real());
  json["uncertainty"]["band_max"] = json_list(u->tail(M).real());
  return u->real();
}

Eigen::MatrixXcd add_band_uncertainty(Json& json, const Subject& subject, const BlochOperator& bloch,
                                      const Spectrum& spectrum) {
  const Eigen::Index M = spectrum.lambda.rows(), K = spectrum.lambda.cols();
  std::vector<BandPoint> points;
  for (Eigen::Index k = 0; k < K; ++k)
    for (int m = 0; m < M; ++m) points.push_back({spectrum.phases.col(k), m});
  const auto u = band_uncertainty(subject.model, *subject.point, bloch, points, spectrum.lambda.reshaped());
  if (!u) return Eigen::MatrixXcd::Zero(M, K);
  const Eigen::MatrixXcd all = u->reshaped(M, K);
  Json lambda = Json::array();
  for (Eigen::Index k = 0; k < K; ++k) lambda.push_back(json_pairs(all.col(k)));
  json["uncertainty"]["lambda"] = std::move(lambda);
  return all;
}

namespace {

/// Of the mean decay rate of each band, (M). A parameter may change at k what it leaves at the wave vectors that
/// symmetry makes alike: derivatives are taken over the whole mesh.
std::optional<Eigen::VectorXd> mean_uncertainty(const Subject& subject, const BlochOperator& bloch, const Mesh& mesh,
                                                const Eigen::VectorXd& mean) {
  const ReducedMesh zone = unreduced(mesh);
  const Eigen::Index M = mean.size(), K = zone.phases.cols();
  std::vector<BandPoint> points;
  for (int m = 0; m < M; ++m)
    for (Eigen::Index k = 0; k < K; ++k) points.push_back({zone.phases.col(k), m});
  const auto found = propagated(subject.model, *subject.point, band_sizes(bloch, mean.cast<std::complex<double>>()),
                                [&](const NetworkDerivatives& by) {
                                  const Eigen::MatrixXd slopes = band_derivatives(bloch, by, points).real();
                                  Eigen::MatrixXd means(M, slopes.cols());
                                  for (Eigen::Index j = 0; j < slopes.cols(); ++j)
                                    for (Eigen::Index m = 0; m < M; ++m)
                                      means(m, j) = zone_mean(zone, slopes.col(j).segment(m * K, K));
                                  return means;
                                });
  if (!found) return std::nullopt;
  return found->uncertainty;
}

}  // namespace

std::optional<Answer> bands_over_mesh(Subject& subject, const Asked& asked, const BlochOperator& bloch,
                                      Diagnostics& diagnostics) {
  const std::vector<int> eight(static_cast<std::size_t>(bloch.dimension()), 8);
  std::size_t next = 2;
  const auto mesh = zone_mesh(subject, asked, next, gamma_mesh(eight), diagnostics);
  if (!mesh || !at_end(asked, next, diagnostics)) return std::nullopt;
  const ReducedMesh zone = reduced(*mesh, point_group(bloch.network()));
  const Spectrum spectrum = bands(bloch, zone.phases);
  Json json = answer_head(asked, "1/s", subject);
  json["points"] = mesh->points;
  json["shifted"] = mesh->shifted.front();
  json["operations"] = zone.operations;
  Json all = Json::array(), lambda = Json::array();
  for (Eigen::Index k = 0; k < zone.phases.cols(); ++k) {
    all.push_back(json_list(zone.phases.col(k)));
    lambda.push_back(json_pairs(spectrum.lambda.col(k)));
  }
  json["k"] = std::move(all);
  json["weights"] = zone.weights;
  json["lambda"] = std::move(lambda);
  const Eigen::VectorXd low = spectrum.band_min(), high = spectrum.band_max();
  const Eigen::Index M = low.size();
  Eigen::VectorXd mean(M);
  for (Eigen::Index m = 0; m < M; ++m) mean(m) = zone_mean(zone, spectrum.lambda.row(m).real().transpose());
  const Eigen::VectorXd u_ends = add_band_ends(json, subject, bloch, spectrum);
  json["mean"] = json_list(mean);
  const auto u_mean = mean_uncertainty(subject, bloch, *mesh, mean);
  if (u_mean) json["uncertainty"]["mean"] = json_list(*u_mean);
  const Eigen::MatrixXcd u_lambda = add_band_uncertainty(json, subject, bloch, spectrum);

  std::string text =
      fmt::format("{} wave vectors ({}, {}), {} of them irreducible under {} operation{}\n", zone.total(),
                  fmt::join(mesh->points, " × "), mesh->shifted.front() ? "shifted" : "about Γ", zone.phases.cols(),
                  zone.operations, zone.operations == 1 ? "" : "s");
  constexpr Eigen::Index most_rows = 60;
  std::vector<std::vector<std::string>> places = {{fmt::format("{:<30}", "k·a/2π"), "weight", "λ_0"}};
  for (Eigen::Index k = 0; k < std::min(zone.phases.cols(), most_rows); ++k) {
    std::vector<std::string> fractions;
    for (const double phase : zone.phases.col(k))
      fractions.push_back(fmt::format("{:.4g}", phase / (2 * std::numbers::pi)));
    places.push_back({fmt::format("{:<30}", fmt::format("[{}]", fmt::join(fractions, ", "))),
                      std::to_string(zone.weights[static_cast<std::size_t>(k)]),
                      readable_rate(spectrum.lambda(0, k).real(), u_lambda(0, k).real(), spectrum.fastest_rate, 5)});
  }
  text += describe_columns(places, {30, 6, 16});
  if (zone.phases.cols() > most_rows)
    text += fmt::format("… {} more; --json has all of them\n", zone.phases.cols() - most_rows);
  std::vector<std::vector<std::string>> rows = {{"from", "to", "mean"}};
  for (Eigen::Index m = 0; m < M; ++m)
    rows.push_back({readable_rate(low(m), u_ends(m), spectrum.fastest_rate, 6),
                    readable_rate(high(m), u_ends(M + m), spectrum.fastest_rate, 6),
                    readable_rate(mean(m), u_mean ? (*u_mean)(m) : 0, spectrum.fastest_rate, 6)});
  text += "\n" + describe_bands(rows);
  return Answer{json.dump(), text};
}

}  // namespace rdd
