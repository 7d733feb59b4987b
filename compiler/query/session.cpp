#include "compiler/query/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "compiler/report.hpp"
#include "lang/nearest.hpp"

namespace rdd {
namespace {

using Json = nlohmann::ordered_json;

Json rows(const Eigen::MatrixXd& m) {
  Json all = Json::array();
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    Json row = Json::array();
    for (Eigen::Index j = 0; j < m.cols(); ++j) row.push_back(m(i, j));
    all.push_back(std::move(row));
  }
  return all;
}

Json list_of(const Eigen::VectorXd& v) {
  return Json(std::vector<double>(v.data(), v.data() + v.size()));
}

Json pairs(const Eigen::VectorXcd& v) {
  Json all = Json::array();
  for (const std::complex<double>& z : v) all.push_back({z.real(), z.imag()});
  return all;
}

constexpr const char* axis_names = "xyz";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// Points per axis that find a gap's edges without being felt: about ten thousand in all, fewer for large networks.
std::vector<int> default_grid(int dimension, int states) {
  const bool large = states > 40;
  const int points = dimension == 1 ? (large ? 101 : 401) : dimension == 2 ? (large ? 21 : 101) : (large ? 7 : 21);
  return std::vector<int>(static_cast<std::size_t>(dimension), points);
}

struct StatementHelp {
  const char* name;
  const char* line;
  const char* more;
};
constexpr StatementHelp statements[] = {
    {"network", "dimension, states, transitions, weights",
     "The network at the current settings: is it reversible, and which share of time each state has.\n"},
    {"states", "the states with their weights",
     "One line a state: its stationary weight and the total rate out of it.\n"},
    {"rates STATE", "the rates out of a state, and where they lead", nullptr},
    {"timescales", "how fast the states of a cell relax", "1/λ at Γ, slowest first.\n"},
    {"spectrum at [φ, …]", "decay rates at one wave vector",
     "Phases k·a in radians, one for each lattice vector: spectrum at [0.1, 0.2]\n"},
    {"bands grid [n, …]", "decay rates over the Brillouin zone",
     "n points an axis from −π to π, both ends included: bands grid [101, 101]\n"},
    {"bands along Γ-X-…", "decay rates from one special point to the next",
     "Twenty steps between points; without points the lattice's own path. `Gamma` or `G` will do for Γ.\n"},
    {"gap", "where slow bands separate from fast ones",
     "`gap` looks over the whole zone (Eq. 21), `gap long` at long waves only, for every number of slow\nbands P and "
     "every cut-off L in cells (Eq. 22). ratio = slowest fast band / fastest slow band.\n"},
    {"clusters [P]", "which states belong together",
     "PCCA+ memberships of the states in P coarse ones; `memberships` shows them for the current P.\n"},
    {"memberships", "the same, for the current reduction", nullptr},
    {"reduce [P] [order O]", "reduce to P coarse states",
     "`reduce` alone chooses P by the resolution and the gap and says why; order 1 is the projection of the\npaper, "
     "order 2 (the default) is exact to second order in k.\n"},
    {"coefficients", "reaction, drift and diffusion of the reduction", nullptr},
    {"diffusion", "exact diffusivity of one defect at long times",
     "D includes all correlations; the first-order value, without them, stands beside it.\n"},
    {"drift", "exact mean velocity", nullptr},
    {"set NAME = VALUE", "change a parameter for what follows", "set T = 700 K     set E_mig = 0.06 eV\n"},
    {"help [STATEMENT]", "this list, or more about one statement", nullptr},
};

std::string first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end])) && text[end] != '[') ++end;
  return std::string(text.substr(0, end));
}

}  // namespace

std::string query_help(const std::string& topic) {
  std::string out;
  for (const StatementHelp& statement : statements) {
    if (topic.empty()) {
      out += fmt::format("  {:<22}{}\n", statement.name, statement.line);
    } else if (first_word(statement.name) == topic) {
      out += fmt::format("{}: {}\n{}", statement.name, statement.line, statement.more ? statement.more : "");
    }
  }
  return out.empty() ? fmt::format("no statement called '{}'; `help` lists them\n", topic) : out;
}

// One statement taken apart: its first word, the words after it, and the place of each.
struct Session::Asked {
  SourcePtr source;
  std::string statement;            // as typed, without the blanks around it
  std::vector<std::string> words;   // split at blanks; a bracketed list is one word
  std::vector<std::size_t> places;  // byte of each word

  explicit Asked(const SourcePtr& text) : source(text), statement(trimmed(text->text)) {
    const std::string& all = text->text;
    for (std::size_t i = 0; i < all.size();) {
      if (std::isspace(static_cast<unsigned char>(all[i]))) {
        ++i;
        continue;
      }
      const std::size_t start = i;
      if (all[i] == '[') {
        while (i < all.size() && all[i] != ']') ++i;
        i = std::min(i + 1, all.size());
      } else {
        while (i < all.size() && !std::isspace(static_cast<unsigned char>(all[i])) && all[i] != '[') ++i;
      }
      words.push_back(all.substr(start, i - start));
      places.push_back(start);
    }
  }

  const std::string& word(std::size_t i) const {
    static const std::string nothing;
    return i < words.size() ? words[i] : nothing;
  }
  Span span(std::size_t i) const {
    if (i >= words.size()) return {source, source->text.size(), source->text.size()};
    return {source, places[i], places[i] + words[i].size()};
  }
  std::optional<int> integer(std::size_t i) const {
    int value = 0;
    const std::string& text = word(i);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }
};

Session::Session(Model model, std::vector<Setting> settings)
    : model_(std::move(model)), settings_(std::move(settings)) {}

std::vector<std::string> Session::words() const {
  std::vector<std::string> all;
  for (const StatementHelp& statement : statements) all.push_back(first_word(statement.name));
  for (const char* word : {"at", "grid", "along", "long", "order", "quit"}) all.emplace_back(word);
  for (const Parameter& parameter : model_.parameters) all.push_back(parameter.name);
  return all;
}

void Session::forget() {
  point_.reset();
  analysis_.reset();
}

bool Session::ensure_point(Diagnostics& diagnostics) {
  if (!point_) point_ = lower(model_, settings_, diagnostics);
  return point_.has_value();
}

bool Session::ensure_analysis(Diagnostics& diagnostics) {
  if (!ensure_point(diagnostics)) return false;
  if (!analysis_) analysis_ = analyse(model_, point_->network, diagnostics);
  return analysis_.has_value();
}

std::optional<Answer> Session::run(const SourcePtr& statement, Diagnostics& diagnostics) {
  const Asked asked(statement);
  const std::string& verb = asked.word(0);
  if (verb.empty()) {
    diagnostics.add(Code::BadStatement, asked.span(0), "an empty statement").hint("`help` lists the statements");
    return std::nullopt;
  }
  if (verb == "help")
    return Answer{Json{{"statement", asked.statement},
                       {"unit", ""},
                       {"model_hash", model_.hash},
                       {"help", query_help(asked.word(1))}}
                      .dump(),
                  query_help(asked.word(1))};
  if (verb == "set") return set(asked, diagnostics);
  static constexpr const char* known[] = {"network",      "states",    "rates",    "timescales",  "spectrum",
                                          "bands",        "gap",       "clusters", "memberships", "reduce",
                                          "coefficients", "diffusion", "drift"};
  if (std::ranges::find(known, verb) == std::end(known)) {
    static constexpr const char* later[] = {"sweep", "verify", "plot", "emit", "save", "it"};
    if (std::ranges::find(later, verb) != std::end(later)) {
      diagnostics
          .add(Code::UnsupportedHere, asked.span(0), fmt::format("this version of rdd does not answer `{}`", verb))
          .hint("`help` lists the statements it answers");
      return std::nullopt;
    }
    auto& diagnostic =
        diagnostics.add(Code::UnknownStatement, asked.span(0), fmt::format("no statement begins with '{}'", verb));
    std::vector<std::string> candidates(std::begin(known), std::end(known));
    candidates.insert(candidates.end(), {"set", "help"});
    if (const auto near = nearest(verb, candidates))
      diagnostic.hint(fmt::format("did you mean `{}`?", *near));
    else
      diagnostic.hint("`help` lists the statements");
    return std::nullopt;
  }
  // Statements without further words refuse them: nothing that was written is ignored.
  const bool bare = verb == "network" || verb == "states" || verb == "timescales" || verb == "memberships" ||
                    verb == "coefficients" || verb == "diffusion" || verb == "drift";
  if (bare && asked.words.size() > 1) {
    diagnostics.add(Code::BadStatement, asked.span(1), fmt::format("`{}` stands alone", verb))
        .here("not expected here");
    return std::nullopt;
  }
  if (!ensure_point(diagnostics)) return std::nullopt;
  if (verb == "network") return network(asked);
  if (verb == "states") return states(asked);
  if (verb == "rates") return rates(asked, diagnostics);
  if (verb == "timescales") return timescales(asked);
  if (verb == "spectrum") return spectrum(asked, diagnostics);
  if (verb == "bands") return bands_over_grid(asked, diagnostics);
  if (verb == "gap") return gap(asked, diagnostics);
  if (verb == "diffusion" || verb == "drift") return transported(asked);
  if (verb == "clusters" || verb == "memberships") return clusters(asked, diagnostics);
  return reduced(asked, diagnostics);
}

namespace {
Json head(const std::string& statement, const Json& unit, const std::string& hash) {
  return Json{{"statement", statement}, {"unit", unit}, {"model_hash", hash}};
}
}  // namespace

std::optional<Answer> Session::network(const Asked& asked) {
  const RateNetwork& network = point_->network;
  Json json = head(asked.statement, "1", model_.hash);
  json["dimension"] = network.lattice.dimension();
  json["states"] = network.states;
  json["transitions"] = network.hops.size();
  json["reversible"] = network.reversible;
  json["weights"] = list_of(network.log_weights.array().exp());
  return Answer{json.dump(), describe_network(model_, network)};
}

std::optional<Answer> Session::states(const Asked& asked) {
  const RateNetwork& network = point_->network;
  Json json = head(asked.statement, {{"weights", "1"}, {"escape", "1/s"}}, model_.hash);
  json["states"] = network.states;
  json["weights"] = list_of(network.log_weights.array().exp());
  json["escape"] = list_of(network.escape);
  std::string text = fmt::format("{:<12} {:>12}  {}\n", "state", "weight", "rate out");
  for (int s = 0; s < network.size(); ++s)
    text += fmt::format("{:<12} {:>12.6g}  {}\n", network.states[static_cast<std::size_t>(s)],
                        std::exp(network.log_weights(s)), readable(network.escape(s), dimension::rate()));
  return Answer{json.dump(), text};
}

// The bracketed list of the statement's last word, as plain numbers.
std::optional<std::vector<double>> Session::list(const Asked& asked, Diagnostics& diagnostics) const {
  const std::size_t place = 2;
  const auto expected = static_cast<std::size_t>(model_.lattice.dimension);
  const std::string example = fmt::format("{} {} [{}]", asked.word(0), asked.word(1),
                                          expected == 1   ? "0.1"
                                          : expected == 2 ? "0.1, 0.2"
                                                          : "0.1, 0.2, 0.3");
  if (asked.words.size() != 3 || asked.word(place).front() != '[') {
    diagnostics.add(Code::BadStatement, asked.span(std::min(place, asked.words.size())), "expected a list in brackets")
        .hint("for instance: " + example);
    return std::nullopt;
  }
  const auto quantities = evaluate_list_text(asked.span(place), model_, point_->parameters, diagnostics);
  if (!quantities) return std::nullopt;
  std::vector<double> values;
  for (const Quantity& quantity : *quantities) {
    if (!quantity.dimension.dimensionless() || !std::isfinite(quantity.value)) {
      diagnostics.add(Code::BadStatement, asked.span(place), "the list must hold plain numbers");
      return std::nullopt;
    }
    values.push_back(quantity.value);
  }
  if (values.size() == expected) return values;
  diagnostics
      .add(Code::BadStatement, asked.span(place),
           fmt::format("the lattice has {} vector{}, the list {} number{}", expected, expected == 1 ? "" : "s",
                       values.size(), values.size() == 1 ? "" : "s"))
      .hint("for instance: " + example);
  return std::nullopt;
}

std::optional<Answer> Session::spectrum(const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(1) != "at") {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `at` and the phases")
        .hint("for instance: spectrum at [0.1, 0.2]");
    return std::nullopt;
  }
  const auto phases = list(asked, diagnostics);
  if (!phases) return std::nullopt;
  const Eigen::VectorXd k =
      Eigen::Map<const Eigen::VectorXd>(phases->data(), static_cast<Eigen::Index>(phases->size()));
  const BlochOperator bloch(point_->network);
  const Spectrum spectrum = bands(bloch, k);
  if (k.isZero() && bloch.size() > 1) {
    const double slowest = std::abs(spectrum.lambda(1, 0));
    warn_if_stiff(model_, point_->network, slowest, digits_left(slowest, spectrum.fastest_rate, bloch.size()),
                  diagnostics);
  }
  Json json = head(asked.statement, "1/s", model_.hash);
  json["k"] = *phases;
  json["lambda"] = pairs(spectrum.lambda.col(0));
  std::string text;
  for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m) {
    const std::complex<double> lambda = spectrum.lambda(m, 0);
    // Below this an eigenvalue is the round-off of the fastest rate.
    const bool nothing = std::abs(lambda) < 1e-13 * spectrum.fastest_rate;
    text += fmt::format("λ_{:<4} {:>14}", m, nothing ? "0" : readable(lambda.real(), dimension::rate(), 6));
    if (lambda.imag() != 0)
      text += fmt::format("  {} i {}", lambda.imag() < 0 ? "−" : "+",
                          readable(std::abs(lambda.imag()), dimension::rate(), 6));
    if (!nothing && lambda.real() > 0) text += fmt::format("   {}", readable(1 / lambda.real(), dimension::time()));
    text += "\n";
  }
  return Answer{json.dump(), text};
}

std::optional<Answer> Session::bands_over_grid(const Asked& asked, Diagnostics& diagnostics) {
  if (asked.word(1) != "grid") {
    if (asked.word(1) == "along") return bands_along(asked, diagnostics);
    diagnostics.add(Code::BadStatement, asked.span(1), "expected `grid` and the points of each axis, or `along`")
        .hint("for instance: bands grid [101, 101], or bands along Γ-X");
    return std::nullopt;
  }
  const auto values = list(asked, diagnostics);
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
  const Spectrum spectrum = bands(BlochOperator(point_->network), uniform_grid(points));
  Json json = head(asked.statement, "1/s", model_.hash);
  Json all = Json::array(), lambda = Json::array();
  for (Eigen::Index i = 0; i < spectrum.phases.cols(); ++i) {
    all.push_back(list_of(spectrum.phases.col(i)));
    lambda.push_back(pairs(spectrum.lambda.col(i)));
  }
  json["k"] = std::move(all);
  json["lambda"] = std::move(lambda);
  json["band_min"] = list_of(spectrum.band_min());
  json["band_max"] = list_of(spectrum.band_max());
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

// Names of special points between `-`, each piece of the path from one name to the next; the lattice's own path where
// none is given.
std::optional<std::vector<std::vector<std::string>>> Session::path(const Asked& asked, Diagnostics& diagnostics) const {
  if (asked.words.size() == 2 && !model_.lattice.path.empty()) return model_.lattice.path;
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
  for (const SpecialPoint& point : model_.lattice.points) known.push_back(point.name);
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

std::optional<Answer> Session::bands_along(const Asked& asked, Diagnostics& diagnostics) {
  const auto pieces = path(asked, diagnostics);
  if (!pieces) return std::nullopt;
  constexpr int steps = 20;  // wave vectors from one special point to the next
  const Eigen::Index n = model_.lattice.dimension;
  std::vector<Eigen::VectorXd> phases;
  std::vector<std::string> labels;
  for (const auto& piece : *pieces) {
    const auto at = [&](const std::string& name) {
      const auto found = std::ranges::find(model_.lattice.points, name, &SpecialPoint::name);
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
  const Spectrum spectrum = bands(BlochOperator(point_->network), line);
  Json json = head(asked.statement, "1/s", model_.hash);
  Json all = Json::array(), lambda = Json::array();
  std::string text = fmt::format("{:<4} {}\n", "k", "decay rates, ascending");
  for (Eigen::Index i = 0; i < line.cols(); ++i) {
    all.push_back(list_of(line.col(i)));
    lambda.push_back(pairs(spectrum.lambda.col(i)));
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
  json["band_min"] = list_of(spectrum.band_min());
  json["band_max"] = list_of(spectrum.band_max());
  return Answer{json.dump(), text};
}

// The slow modes of the model at Γ: how fast the states of a cell come to equilibrium.
std::optional<Answer> Session::timescales(const Asked& asked) {
  const BlochOperator bloch(point_->network);
  const Spectrum spectrum = bands(bloch, Eigen::VectorXd::Zero(bloch.dimension()));
  Json json = head(asked.statement, "s", model_.hash);
  json["timescales"] = Json::array();
  std::string text;
  for (Eigen::Index m = 1; m < spectrum.lambda.rows(); ++m) {
    const double rate = spectrum.lambda(m, 0).real();
    json["timescales"].push_back(1 / rate);
    text += fmt::format("τ_{:<4} {:>14}\n", m, readable(1 / rate, dimension::time(), 6));
  }
  return Answer{json.dump(), text.empty() ? "one state: nothing relaxes inside a cell\n" : text};
}

// Every rate out of one state, and where it leads.
std::optional<Answer> Session::rates(const Asked& asked, Diagnostics& diagnostics) {
  const RateNetwork& network = point_->network;
  const auto found = std::ranges::find(network.states, asked.word(1));
  if (asked.words.size() != 2 || found == network.states.end()) {
    auto& diagnostic =
        diagnostics.add(Code::BadStatement, asked.span(asked.words.size() > 2 ? 2 : 1), "expected the name of a state");
    if (const auto near = nearest(asked.word(1), network.states))
      diagnostic.hint(fmt::format("did you mean `rates {}`?", *near));
    else
      diagnostic.hint("`states` lists them");
    return std::nullopt;
  }
  const int state = static_cast<int>(found - network.states.begin());
  Json json = head(asked.statement, "1/s", model_.hash);
  json["rates"] = Json::array();
  std::string text;
  for (const Hop& hop : network.hops) {
    if (hop.from != state) continue;
    const std::string& to = network.states[static_cast<std::size_t>(hop.to)];
    const std::vector<int> cell(hop.cell.begin(), hop.cell.begin() + network.lattice.dimension());
    json["rates"].push_back({{"to", to}, {"by", cell}, {"rate", hop.rate}});
    text += fmt::format("{} -> {} by [{}]  {}\n", *found, to, fmt::join(cell, ", "),
                        readable(hop.rate, dimension::rate(), 6));
  }
  return Answer{json.dump(), text};
}

std::optional<Answer> Session::gap(const Asked& asked, Diagnostics& diagnostics) {
  const bool long_wave = asked.word(1) == "long";
  if (asked.words.size() > (long_wave ? 2u : 1u)) {
    diagnostics.add(Code::BadStatement, asked.span(long_wave ? 2 : 1), "expected `gap` or `gap long`")
        .here("not expected here");
    return std::nullopt;
  }
  const BlochOperator bloch(point_->network);
  const std::vector<GapCandidate> found =
      long_wave ? long_wave_gaps(bloch, default_cutoffs())
                : gaps(bands(bloch, uniform_grid(default_grid(bloch.dimension(), bloch.size()))));
  Json json = head(asked.statement, {{"L", "cell"}, {"tau", "s"}}, model_.hash);
  json["candidates"] = Json::array();
  for (const GapCandidate& candidate : found)
    json["candidates"].push_back(
        {{"P", candidate.P}, {"L", candidate.L}, {"ratio", candidate.ratio}, {"tau", candidate.tau}});
  return Answer{json.dump(), found.empty() ? "no gap: the bands overlap\n" : describe_gaps(found)};
}

std::optional<Answer> Session::clusters(const Asked& asked, Diagnostics& diagnostics) {
  const std::optional<int> before = model_.reduce.bands;
  const Span place = model_.reduce.bands_span;
  if (asked.word(0) == "clusters" && asked.words.size() > 1) {
    const auto P = asked.integer(1);
    if (!P || *P < 1 || asked.words.size() > 2) {
      diagnostics.add(Code::BadStatement, asked.span(P && *P >= 1 ? 2 : 1), "expected a number of clusters")
          .hint("for instance: clusters 2");
      return std::nullopt;
    }
    if (!analysis_ || analysis_->reduction.P != *P) analysis_.reset();
    model_.reduce.bands = *P;
    model_.reduce.bands_span = asked.span(1);
  }
  if (!ensure_analysis(diagnostics)) {
    model_.reduce.bands = before;
    model_.reduce.bands_span = place;
    return std::nullopt;
  }
  const Reduction& reduction = analysis_->reduction;
  Json json = head(asked.statement, "1", model_.hash);
  json["P"] = reduction.P;
  json["chi"] = rows(reduction.groups.chi);
  json["crispness"] = reduction.groups.crispness;
  return Answer{json.dump(), describe_memberships(reduction, point_->network)};
}

std::optional<Answer> Session::reduced(const Asked& asked, Diagnostics& diagnostics) {
  const ReduceOptions before = model_.reduce;
  if (asked.word(0) == "reduce") {
    std::size_t next = 1;
    std::optional<int> P;
    if (asked.word(next) == "auto") {
      ++next;
    } else if (next < asked.words.size() && asked.word(next) != "order") {
      P = asked.integer(next);
      if (!P || *P < 1) {
        diagnostics.add(Code::BadStatement, asked.span(next), "expected a number of coarse states, or `auto`")
            .hint("for instance: reduce 2 order 2");
        return std::nullopt;
      }
      model_.reduce.bands_span = asked.span(next++);
    }
    int order = 2;
    if (asked.word(next) == "order") {
      const auto given = asked.integer(next + 1);
      if (!given || (*given != 1 && *given != 2)) {
        diagnostics.add(Code::BadStatement, asked.span(next + 1), "the order is 1 or 2")
            .hint("for instance: reduce 2 order 2");
        model_.reduce = before;
        return std::nullopt;
      }
      order = *given;
      next += 2;
    }
    if (next < asked.words.size()) {
      diagnostics.add(Code::BadStatement, asked.span(next), "expected the end of the statement")
          .here("not expected here")
          .hint("for instance: reduce 2 order 2");
      model_.reduce = before;
      return std::nullopt;
    }
    model_.reduce.bands = P;
    model_.reduce.order = order;
    analysis_.reset();
  }
  if (!ensure_analysis(diagnostics)) {
    model_.reduce = before;
    return std::nullopt;
  }
  const Reduction& reduction = analysis_->reduction;
  const Coefficients& c = reduction.coefficients;
  Json json = head(asked.statement, {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}}, model_.hash);
  json["P"] = reduction.P;
  json["order"] = reduction.order;
  json["chi"] = rows(reduction.groups.chi);
  json["Q"] = rows(c.reaction);
  json["C"] = Json::object();
  json["D"] = Json::object();
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    json["C"][std::string(1, axis_names[a])] = rows(c.drift[a]);
    for (std::size_t b = a; b < c.drift.size(); ++b)
      json["D"][std::string{axis_names[a], axis_names[b]}] = rows(c.diffusion[a][b]);
  }
  std::string text;
  if (asked.word(0) == "reduce") {
    if (!analysis_->choice.rows.empty()) text += describe_choice(analysis_->choice) + "\n";
    text += describe_reduction(reduction, point_->network);
  }
  return Answer{json.dump(), text + describe_coefficients(c, analysis_->pde.names)};
}

std::optional<Answer> Session::transported(const Asked& asked) {
  const BlochOperator bloch(point_->network, gauge(point_->network));
  const Transport found = transport(bloch);
  const bool drift = asked.word(0) == "drift";
  Json json = head(asked.statement, drift ? "m/s" : "m^2/s", model_.hash);
  if (drift) {
    json["v"] = list_of(found.velocity);
  } else {
    json["D"] = rows(found.diffusion);
    json["D_first_order"] = rows(found.diffusion_first_order);
  }
  return Answer{json.dump(), drift ? describe_drift(found) : describe_diffusion(found)};
}

std::optional<Answer> Session::set(const Asked& asked, Diagnostics& diagnostics) {
  const std::string& all = asked.source->text;
  const std::size_t equals = all.find('=');
  if (asked.words.size() < 2 || equals == std::string::npos) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a name, `=` and a value")
        .hint("for instance: set T = 700 K");
    return std::nullopt;
  }
  const std::size_t start = asked.places[1];
  if (equals < start) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a name before the `=`")
        .hint("for instance: set T = 700 K");
    return std::nullopt;
  }
  const std::string name(trimmed(std::string_view(all).substr(start, equals - start)));
  std::vector<Setting> settings = settings_;
  std::erase_if(settings, [&](const Setting& setting) { return setting.name == name; });
  settings.push_back(
      {name, Span{asked.source, start, start + name.size()}, Span{asked.source, equals + 1, all.size()}});
  const auto values = parameter_values(model_, settings, diagnostics);
  if (!values) return std::nullopt;
  settings_ = std::move(settings);
  forget();
  const auto found = std::ranges::find(model_.parameters, name, &Parameter::name);
  const double value = (*values)[static_cast<std::size_t>(found - model_.parameters.begin())];
  Json json = head(asked.statement, si_unit(found->dimension), model_.hash);
  json["name"] = name;
  json["value"] = value;
  return Answer{json.dump(), fmt::format("{} = {}\n", name, readable(value, found->dimension, 6))};
}

}  // namespace rdd
