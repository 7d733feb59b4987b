// Statements about bands and gaps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "runtime/spectrum/accurate.hpp"

namespace rdd {
namespace {

// λ at one wave vector, by the accurate solver where the plain one leaves few digits.
AccurateBands bands_with_digits(const BlochOperator& bloch, const Eigen::VectorXd& phases) {
  AccurateBands found{bands_at(bloch, phases), 16};
  if (!plain_bands_suffice(found.lambda, bloch.network().escape.maxCoeff(), phases.isZero()))
    found = accurate_bands_at(bloch, phases);
  return found;
}

std::optional<Answer> spectrum(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(1) != "at") {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `at` and the phases")
        .hint("for instance: spectrum at [0.1, 0.2]");
    return std::nullopt;
  }
  const auto phases = asked_list(subject, asked, diagnostics);
  if (!phases) return std::nullopt;
  const Eigen::VectorXd k =
      Eigen::Map<const Eigen::VectorXd>(phases->data(), static_cast<Eigen::Index>(phases->size()));
  const BlochOperator bloch(subject.point->network);
  const AccurateBands found = bands_with_digits(bloch, k);
  if (const Eigen::Index first = k.isZero() ? 1 : 0; first < bloch.size())
    warn_if_stiff(subject.model, subject.point->network, std::abs(found.lambda(first)), found.digits, diagnostics);
  Json json = answer_head(asked, "1/s", subject);
  json["k"] = *phases;
  json["lambda"] = json_pairs(found.lambda);
  std::string text;
  for (Eigen::Index m = 0; m < found.lambda.size(); ++m) {
    const std::complex<double> lambda = found.lambda(m);
    const bool nothing = lambda == 0.0 || (m == 0 && k.isZero());
    text += fmt::format("λ_{:<4} {:>14}", m, nothing ? "0" : readable(lambda.real(), dimension::rate(), 6));
    if (lambda.imag() != 0)
      text += fmt::format("  {} i {}", lambda.imag() < 0 ? "−" : "+",
                          readable(std::abs(lambda.imag()), dimension::rate(), 6));
    if (!nothing && lambda.real() > 0) text += fmt::format("   {}", readable(1 / lambda.real(), dimension::time()));
    text += "\n";
  }
  return Answer{json.dump(), text};
}

// Names of special points between `-`, each piece of the path from one name to the next; the lattice's own path where
// none is given.
std::optional<std::vector<std::vector<std::string>>> path(const Subject& subject, const Asked& asked,
                                                          Diagnostics& diagnostics) {
  if (asked.words.size() == 2 && !subject.model.lattice.path.empty()) return subject.model.lattice.path;
  std::vector<std::string> names(1);
  for (std::size_t w = 2; w < asked.words.size(); ++w) {
    for (const char c : asked.word(w)) {
      if (c == '-')
        names.emplace_back();
      else
        names.back() += c;
    }
  }
  std::vector<std::string> known;
  for (const SpecialPoint& point : subject.model.lattice.points) known.push_back(point.name);
  for (std::string& name : names) {
    if (name == "Gamma" || name == "G") name = "Γ";
    if (std::ranges::find(known, name) != known.end()) continue;
    auto& diagnostic = diagnostics.add(Code::BadStatement, asked.span(2),
                                       name.empty() ? std::string("expected special points joined by `-`")
                                                    : fmt::format("the lattice has no special point '{}'", name));
    diagnostic.hint(known.empty() ? "declare points in a lattice of your own: `point X = [1/2, 0]`"
                                  : fmt::format("it has {}", fmt::join(known, ", ")));
    return std::nullopt;
  }
  if (names.size() >= 2) return std::vector<std::vector<std::string>>{names};
  diagnostics.add(Code::BadStatement, asked.span(2), "a path has two points at least")
      .hint("for instance: bands along Γ-X");
  return std::nullopt;
}

std::optional<Answer> bands_along(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto pieces = path(subject, asked, diagnostics);
  if (!pieces) return std::nullopt;
  constexpr int steps = 20;  // wave vectors from one special point to the next
  const Eigen::Index n = subject.model.lattice.dimension;
  std::vector<Eigen::VectorXd> phases;
  std::vector<std::string> labels;
  for (const auto& piece : *pieces) {
    const auto at = [&](const std::string& name) {
      const auto found = std::ranges::find(subject.model.lattice.points, name, &SpecialPoint::name);
      return Eigen::VectorXd(2 * std::numbers::pi * Eigen::Map<const Eigen::Vector3d>(found->fractions.data()).head(n));
    };
    for (std::size_t i = 0; i < piece.size(); ++i) {
      phases.push_back(at(piece[i]));
      labels.push_back(piece[i]);
      for (int s = 1; s < steps && i + 1 < piece.size(); ++s) {
        phases.push_back(at(piece[i]) + (at(piece[i + 1]) - at(piece[i])) * s / steps);
        labels.emplace_back();
      }
    }
  }
  Eigen::MatrixXd line(n, static_cast<Eigen::Index>(phases.size()));
  for (std::size_t i = 0; i < phases.size(); ++i) line.col(static_cast<Eigen::Index>(i)) = phases[i];
  const Spectrum spectrum = bands(BlochOperator(subject.point->network), line);
  Json json = answer_head(asked, "1/s", subject);
  Json all = Json::array(), lambda = Json::array();
  std::string text = fmt::format("{:<4} {}\n", "k", "decay rates, ascending");
  for (Eigen::Index i = 0; i < line.cols(); ++i) {
    all.push_back(json_list(line.col(i)));
    lambda.push_back(json_pairs(spectrum.lambda.col(i)));
    text += fmt::format("{:<4}", labels[static_cast<std::size_t>(i)]);
    for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m) {
      const double value = spectrum.lambda(m, i).real();
      const bool nothing = std::abs(value) < 1e-13 * spectrum.fastest_rate;
      text += fmt::format(" {:>14}", nothing ? "0" : readable(value, dimension::rate(), 5));
    }
    text += "\n";
  }
  json["k"] = std::move(all);
  json["labels"] = labels;
  json["lambda"] = std::move(lambda);
  json["band_min"] = json_list(spectrum.band_min());
  json["band_max"] = json_list(spectrum.band_max());
  return Answer{json.dump(), text};
}

std::optional<Answer> bands_over_grid(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(1) != "grid") {
    if (asked.word(1) == "along") return bands_along(subject, asked, diagnostics);
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `grid` and the points of each axis, or `along`")
        .hint("for instance: bands grid [101, 101], or bands along Γ-X");
    return std::nullopt;
  }
  const auto values = asked_list(subject, asked, diagnostics);
  if (!values) return std::nullopt;
  std::vector<int> points;
  double total = 1;
  for (const double value : *values) {
    total *= value;
    if (value < 1 || value != std::floor(value) || total > 1e7) {
      diagnostics.add(Code::BadStatement, asked.span(2),
                      "the grid must have whole numbers of points, ten million at most");
      return std::nullopt;
    }
    points.push_back(static_cast<int>(value));
  }
  const Spectrum spectrum = bands(BlochOperator(subject.point->network), uniform_grid(points));
  Json json = answer_head(asked, "1/s", subject);
  Json all = Json::array(), lambda = Json::array();
  for (Eigen::Index i = 0; i < spectrum.phases.cols(); ++i) {
    all.push_back(json_list(spectrum.phases.col(i)));
    lambda.push_back(json_pairs(spectrum.lambda.col(i)));
  }
  json["k"] = std::move(all);
  json["lambda"] = std::move(lambda);
  json["band_min"] = json_list(spectrum.band_min());
  json["band_max"] = json_list(spectrum.band_max());
  std::string text =
      fmt::format("{:<6} {:>16} {:>16}   over {} wave vectors\n", "band", "from", "to", spectrum.phases.cols());
  const Eigen::VectorXd low = spectrum.band_min(), high = spectrum.band_max();
  for (Eigen::Index m = 0; m < low.size(); ++m) {
    const bool nothing = std::abs(low(m)) < 1e-13 * spectrum.fastest_rate;
    text += fmt::format("{:<6} {:>16} {:>16}\n", m, nothing ? "0" : readable(low(m), dimension::rate(), 6),
                        readable(high(m), dimension::rate(), 6));
  }
  return Answer{json.dump(), text};
}

// The slow modes of the model at Γ: how fast the states of a cell come to equilibrium.
std::optional<Answer> timescales(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const BlochOperator bloch(subject.point->network);
  const AccurateBands found = bands_with_digits(bloch, Eigen::VectorXd::Zero(bloch.dimension()));
  Json json = answer_head(asked, "s", subject);
  json["timescales"] = Json::array();
  std::string text;
  if (bloch.size() > 1)
    warn_if_stiff(subject.model, subject.point->network, std::abs(found.lambda(1)), found.digits, diagnostics);
  for (Eigen::Index m = 1; m < found.lambda.size(); ++m) {
    const double rate = found.lambda(m).real();
    json["timescales"].push_back(1 / rate);
    text += fmt::format("τ_{:<4} {:>14}\n", m, readable(1 / rate, dimension::time(), 6));
  }
  return Answer{json.dump(), text.empty() ? "one state: nothing relaxes inside a cell\n" : text};
}

}  // namespace

std::span<const Statement> spectrum_statements() {
  static const Statement table[] = {
      {.usage = "timescales",
       .line = "how fast the states of a cell relax",
       .more = "1/λ at Γ, slowest first.\n",
       .answer = timescales,
       .alone = true},
      {.usage = "spectrum at [φ, …]",
       .line = "decay rates at one wave vector",
       .more = "Phases k·a in radians, one for each lattice vector: spectrum at [0.1, 0.2]\n",
       .answer = spectrum,
       .keywords = {"at"}},
      {.usage = "bands grid [n, …]",
       .line = "decay rates over the Brillouin zone",
       .more = "n points an axis from −π to π, both ends included: bands grid [101, 101]\n",
       .answer = bands_over_grid,
       .keywords = {"grid"}},
      {.usage = "bands along Γ-X-…",
       .line = "decay rates from one special point to the next",
       .more = "Twenty steps between points; without points the lattice's own path. `Gamma` or `G` will do for Γ.\n",
       .answer = bands_over_grid,
       .keywords = {"along"}},
  };
  return table;
}

}  // namespace rdd
