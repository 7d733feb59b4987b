// Statements about bands and gaps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/query/zone.hpp"
#include "compiler/report.hpp"
#include "runtime/spectrum/accurate.hpp"
#include "runtime/zone/connected_bands.hpp"

namespace rdd {
namespace {

// All bands of `bloch`, or the slowest few of a large network.
std::optional<Spectrum> bands_at_any_size(const Subject& subject, const BlochOperator& bloch,
                                          const Eigen::Ref<const Eigen::MatrixXd>& phases, Diagnostics& diagnostics) {
  if (!is_large(subject.point->network)) return with_digits(bloch, bands(bloch, phases));
  return bands_of(subject.model, subject.point->network, phases, diagnostics);
}

// λ at one wave vector, by the accurate solver where the plain one leaves few digits; the slowest few of a large
// network.
std::optional<AccurateBands> bands_with_digits(const Subject& subject, const BlochOperator& bloch,
                                               const Eigen::VectorXd& phases, Diagnostics& diagnostics) {
  if (is_large(subject.point->network)) {
    const auto found = bands_of(subject.model, subject.point->network, phases, diagnostics);
    if (!found) return std::nullopt;
    return AccurateBands{found->lambda.col(0), 16};
  }
  AccurateBands found{bands_at(bloch, phases), 16};
  if (!plain_bands_suffice(found.lambda, bloch.network().escape.maxCoeff(), phases.isZero()))
    found = accurate_bands_at(bloch, phases);
  return found;
}

std::optional<Answer> spectrum(Subject& subject, const Asked& asked, const BlochOperator& bloch,
                               Diagnostics& diagnostics) {
  if (asked.word(1) != "at") {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `at` and the phases")
        .hint("for instance: spectrum at [0.1, 0.2]");
    return std::nullopt;
  }
  const auto phases = asked_list(subject, asked, diagnostics);
  if (!phases) return std::nullopt;
  const Eigen::VectorXd k =
      Eigen::Map<const Eigen::VectorXd>(phases->data(), static_cast<Eigen::Index>(phases->size()));
  const RateNetwork& network = subject.point->network;
  const auto rates = bands_with_digits(subject, bloch, k, diagnostics);
  if (!rates) return std::nullopt;
  const Eigen::VectorXcd& all = rates->lambda;
  if (const Eigen::Index first = k.isZero() ? 1 : 0; first < all.size())
    warn_if_stiff(subject.model, network, std::abs(all(first)), rates->digits, diagnostics);
  Json json = answer_head(asked, "1/s", subject);
  json["k"] = *phases;
  json["lambda"] = json_pairs(all);
  std::vector<BandPoint> points;
  for (int m = 0; m < all.size(); ++m) points.push_back({k, m});
  const auto u = band_uncertainty(subject.model, *subject.point, bloch, points, all);
  if (u) json["uncertainty"]["lambda"] = json_pairs(*u);
  std::string text = which_bands(all.size(), network);
  for (Eigen::Index m = 0; m < all.size(); ++m) {
    const std::complex<double> lambda = all(m);
    const bool nothing = lambda == 0.0 || (m == 0 && k.isZero() && bloch.conserving());
    text += fmt::format("λ_{:<4} {:>14}", m,
                        nothing ? "0" : readable_with(lambda.real(), u ? (*u)(m).real() : 0, dimension::rate(), 6));
    if (lambda.imag() != 0)
      text += fmt::format("  {} i {}", lambda.imag() < 0 ? "−" : "+",
                          readable_with(std::abs(lambda.imag()), u ? (*u)(m).imag() : 0, dimension::rate(), 6));
    if (!nothing && lambda.real() > 0) text += fmt::format("   {}", readable(1 / lambda.real(), dimension::time()));
    text += "\n";
  }
  if (!u) text += not_propagated(subject.model, *subject.point);
  return Answer{json.dump(), text};
}

// The rate beside which another is round-off: none where λ have digits of their own.
double round_off_scale(const RateNetwork& network) {
  return network.reversible ? 0 : network.escape.maxCoeff();
}

// Which bands exchange their places, a line for each stretch of the path: "between Γ and X  λ_0 crosses λ_1, λ_2".
std::string crossings(const ZonePath& path, const ConnectedBands& bands) {
  const Eigen::Index M = bands.connected.rows();
  Eigen::MatrixXi above = Eigen::MatrixXi::Zero(M, M);  // whether band c was last seen above band b (1) or below (−1)
  std::string text;
  Eigen::Index from = 0;  // the special point behind
  for (Eigen::Index i = 0, to = 0; i < path.phases.cols(); i = to + 1) {
    if (std::ranges::find(path.starts, i) != path.starts.end()) above.setZero();
    for (to = i; path.labels[static_cast<std::size_t>(to)].empty();) ++to;
    std::vector<std::string> found;
    for (Eigen::Index b = 0; b < M; ++b) {
      std::vector<std::string> others;
      for (Eigen::Index c = b + 1; c < M; ++c) {
        bool crossed = false;
        for (Eigen::Index k = i; k <= to; ++k) {
          const double difference = bands.spectrum.lambda(bands.connected(c, k), k).real() -
                                    bands.spectrum.lambda(bands.connected(b, k), k).real();
          if (std::abs(difference) <= bands.tolerance) continue;
          const int now = difference > 0 ? 1 : -1;
          crossed = crossed || above(b, c) == -now;
          above(b, c) = now;
        }
        if (crossed) others.push_back(fmt::format("λ_{}", c));
      }
      if (!others.empty()) found.push_back(fmt::format("λ_{} crosses {}", b, fmt::join(others, ", ")));
    }
    if (!found.empty())
      text += fmt::format("between {} and {}  {}\n", path.labels[static_cast<std::size_t>(from)],
                          path.labels[static_cast<std::size_t>(to)], fmt::join(found, "; "));
    from = to;
  }
  return text;
}

std::optional<Answer> bands_along(Subject& subject, const Asked& asked, const BlochOperator& bloch,
                                  Diagnostics& diagnostics) {
  std::size_t next = 2;
  const auto path = zone_path(subject, asked, next, 20, diagnostics);
  if (!path || !at_end(asked, next, diagnostics)) return std::nullopt;
  ConnectedBands found;
  if (is_large(subject.point->network)) {  // the slowest few, in ascending order: nothing is followed
    auto slowest = bands_of(subject.model, subject.point->network, path->phases, diagnostics);
    if (!slowest) return std::nullopt;
    found.spectrum = std::move(*slowest);
    found.connected =
        Eigen::VectorXi::LinSpaced(found.spectrum.lambda.rows(), 0, static_cast<int>(found.spectrum.lambda.rows()) - 1)
            .replicate(1, path->phases.cols());
  } else {
    found = connected_bands(bloch, path->phases, path->starts);
    found.spectrum = with_digits(bloch, std::move(found.spectrum));
  }
  const Spectrum& spectrum = found.spectrum;
  Json json = answer_head(asked, "1/s", subject);
  Json all = Json::array(), lambda = Json::array(), connected = Json::array();
  std::string text = which_bands(spectrum.lambda.rows(), subject.point->network);
  text += fmt::format("{:<4} {}\n", "k", "decay rates, ascending");
  for (Eigen::Index i = 0; i < path->phases.cols(); ++i) {
    all.push_back(json_list(path->phases.col(i)));
    lambda.push_back(json_pairs(spectrum.lambda.col(i)));
    connected.push_back(std::vector<int>(found.connected.col(i).begin(), found.connected.col(i).end()));
  }
  json["k"] = std::move(all);
  json["labels"] = path->labels;
  json["lambda"] = std::move(lambda);
  json["connected"] = std::move(connected);
  json["distance"] = path->distance;
  add_band_ends(json, subject, bloch, spectrum);
  const Eigen::MatrixXcd u = add_band_uncertainty(json, subject, bloch, spectrum);
  std::vector<std::vector<std::string>> rows;
  for (Eigen::Index i = 0; i < path->phases.cols(); ++i) {
    const std::string& label = path->labels[static_cast<std::size_t>(i)];
    rows.push_back({fmt::format("{:<4}", label)});
    for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m)
      rows.back().push_back(
          readable_rate(spectrum.lambda(m, i).real(), u(m, i).real(), round_off_scale(bloch.network()), 5));
  }
  std::vector<std::size_t> widths(rows.front().size(), 14);
  widths.front() = 4;
  text += describe_columns(rows, widths) + crossings(*path, found);
  if (!json.contains("uncertainty")) text += not_propagated(subject.model, *subject.point);
  return Answer{json.dump(), text};
}

std::optional<Answer> bands_over_grid(Subject& subject, const Asked& asked, const BlochOperator& bloch,
                                      Diagnostics& diagnostics) {
  if (asked.word(1) != "grid") {
    if (asked.word(1) == "along") return bands_along(subject, asked, bloch, diagnostics);
    if (asked.word(1) == "mesh" && !small_enough(subject.point->network, asked.span(1), diagnostics))
      return std::nullopt;
    if (asked.word(1) == "mesh") return bands_over_mesh(subject, asked, bloch, diagnostics);
    diagnostics
        .add(Code::BadStatement, asked.span(1), "expected `grid` or `mesh` and the points of each axis, or `along`")
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
  const auto found = bands_at_any_size(subject, bloch, uniform_grid(points), diagnostics);
  if (!found) return std::nullopt;
  const Spectrum& spectrum = *found;
  Json json = answer_head(asked, "1/s", subject);
  Json all = Json::array(), lambda = Json::array();
  for (Eigen::Index i = 0; i < spectrum.phases.cols(); ++i) {
    all.push_back(json_list(spectrum.phases.col(i)));
    lambda.push_back(json_pairs(spectrum.lambda.col(i)));
  }
  json["k"] = std::move(all);
  json["lambda"] = std::move(lambda);
  const Eigen::VectorXd u = add_band_ends(json, subject, bloch, spectrum);
  const Eigen::VectorXd low = spectrum.band_min(), high = spectrum.band_max();
  std::vector<std::vector<std::string>> rows = {
      {"from", "to", fmt::format("  over {} wave vectors", spectrum.phases.cols())}};
  for (Eigen::Index m = 0; m < low.size(); ++m)
    rows.push_back({readable_rate(low(m), u(m), round_off_scale(bloch.network()), 6),
                    readable_rate(high(m), u(low.size() + m), round_off_scale(bloch.network()), 6)});
  std::string text = which_bands(low.size(), subject.point->network) + describe_bands(rows);
  if (!json.contains("uncertainty")) text += not_propagated(subject.model, *subject.point);
  return Answer{json.dump(), text};
}

// The slow modes of the model at Γ: how fast the states of a cell come to equilibrium.
std::optional<Answer> timescales(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const BlochOperator bloch(subject.point->network);
  const auto found = bands_with_digits(subject, bloch, Eigen::VectorXd::Zero(bloch.dimension()), diagnostics);
  if (!found) return std::nullopt;
  const Eigen::VectorXcd& lambda = found->lambda;
  Json json = answer_head(asked, "s", subject);
  json["timescales"] = Json::array();
  std::string text = which_bands(lambda.size(), bloch.network());
  if (lambda.size() > 1) warn_if_stiff(subject.model, bloch.network(), std::abs(lambda(1)), found->digits, diagnostics);
  for (Eigen::Index m = 1; m < lambda.size(); ++m) {
    const double rate = lambda(m).real();
    json["timescales"].push_back(1 / rate);
  }
  const auto u = add_uncertainty(json, subject, {.topic = Topic::timescales});
  for (Eigen::Index m = 1; m < lambda.size(); ++m)
    text += fmt::format("τ_{:<4} {:>14}\n", m,
                        readable_with(1 / lambda(m).real(), u ? (*u)(m - 1) : 0, dimension::time(), 6));
  if (!u) text += not_propagated(subject.model, *subject.point);
  return Answer{json.dump(), text.empty() ? "one state: nothing relaxes inside a cell\n" : text};
}

// An answer about the endless crystal; with `reflecting` behind the statement's name, about the crystal between walls.
template <class Answering>
auto with_boundary(Answering answering) {
  return [answering](Subject& subject, const Asked& asked, Diagnostics& diagnostics) -> std::optional<Answer> {
    if (asked.word(1) != "reflecting")
      return answering(subject, asked, BlochOperator(subject.point->network), diagnostics);
    if (!small_enough(subject.point->network, asked.span(1), diagnostics)) return std::nullopt;
    const auto bloch = operator_between_walls(subject, asked.span(1), diagnostics);
    if (!bloch) return std::nullopt;
    Asked rest = asked;
    rest.words.erase(rest.words.begin() + 1);
    rest.places.erase(rest.places.begin() + 1);
    return answering(subject, rest, *bloch, diagnostics);
  };
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
       .more = "Phases k·a in radians, one for each lattice vector: spectrum at [0.1, 0.2]\n"
               "`spectrum reflecting at [..]`: of a driven crystal that ends at walls far away.\n",
       .answer = with_boundary(spectrum),
       .keywords = {"at", "reflecting"}},
      {.usage = "bands grid [n, …]",
       .line = "decay rates over the Brillouin zone",
       .more = "n points an axis from −π to π, both ends included: bands grid [101, 101]\n"
               "`bands reflecting grid [..]`: of a driven crystal that ends at walls far away.\n",
       .answer = with_boundary(bands_over_grid),
       .keywords = {"grid"}},
      {.usage = "bands mesh [n, …]",
       .line = "the same by symmetry, with averages",
       .more =
           "Wave vectors that no symmetry of the rates relates, with their weights; averages over the zone. The mesh\n"
           "contains Γ; `shifted` moves it by half a step along each axis, which for even n is the mesh of\n"
           "Monkhorst and Pack: bands mesh [8, 8, 8] shifted. Without numbers eight points an axis.\n",
       .answer = with_boundary(bands_over_grid),
       .keywords = {"mesh", "shifted", "gamma"}},
      {.usage = "bands along Γ-X-…",
       .line = "decay rates from one special point to the next",
       .more = "Twenty steps between points, or as many as one asks for: bands along Γ-X-M steps 40. A comma begins a\n"
               "new piece: Γ-X, M-R. Without points the lattice's own path. `Gamma` or `G` will do for Γ. Bands are\n"
               "followed by the overlap of their vectors: crossings are named, and --json has `connected`.\n",
       .answer = with_boundary(bands_over_grid),
       .keywords = {"along", "steps"}},
  };
  return table;
}

}  // namespace rdd
