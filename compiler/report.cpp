#include "compiler/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rdd {
namespace {

std::string percent(double share, double uncertainty = 0) {
  if (uncertainty > 1e-12) return fmt::format("({}) %", plus_minus(100 * share, 100 * uncertainty));
  return share >= 0.0995 ? fmt::format("{:.0f} %", 100 * share) : fmt::format("{:.2g} %", 100 * share);
}

std::string rate(double value) {
  return readable(value, dimension::rate());
}
/// L and what depends on it are found to about 1 %: an uncertainty that makes no difference beside that is not shown.
double shown(double uncertainty, double value) {
  return uncertainty >= 5e-3 * std::abs(value) ? uncertainty : 0;
}
std::string to_three_digits(double value, double uncertainty) {
  return plus_minus(value, shown(uncertainty, value), 3);
}

Dimension diffusivity() {
  return dimension::length() * dimension::length() / dimension::time();
}
Dimension velocity() {
  return dimension::length() / dimension::time();
}

constexpr const char* axes = "xyz";

std::size_t letters(const std::string& text) {  // ± is one
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string describe_columns(const std::vector<std::vector<std::string>>& rows, std::vector<std::size_t> widths) {
  for (const auto& row : rows)
    for (std::size_t c = 0; c < std::min(widths.size(), row.size()); ++c)
      widths[c] = std::max(widths[c], letters(row[c]));
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < std::min(widths.size(), row.size()); ++c)
      out += (c ? " " : "") + std::string(widths[c] - letters(row[c]), ' ') + row[c];
    for (std::size_t c = widths.size(); c < row.size(); ++c) out += "  " + row[c];
    out += "\n";
  }
  return out;
}

ReadableUnit readable_unit(double si_value, const Dimension& dimension) {
  if (si_value == 0 || !std::isfinite(si_value)) return {si_unit(dimension), 1};
  // readable() chooses the unit; the factor follows from the number it prints.
  const std::string example = readable(si_value, dimension, 17);
  const std::size_t blank = example.find(' ');
  return {blank == std::string::npos ? "" : example.substr(blank + 1), si_value / std::stod(example)};
}

std::string plus_minus(double value, double uncertainty, int digits) {
  const bool nothing = !(uncertainty > 1e-12 * std::abs(value));  // round-off beside the value
  if (nothing || !std::isfinite(uncertainty) || !std::isfinite(value)) return fmt::format("{:.{}g}", value, digits);
  const auto exponent = [](double x, int precision) {  // after rounding
    const std::string text = fmt::format("{:.{}e}", std::abs(x), precision);
    return std::stoi(text.substr(text.find('e') + 1));
  };
  int places = 1 - exponent(uncertainty, 1);  // decimals that show two digits of it
  const double largest = std::max(std::abs(value), uncertainty);
  const int order = exponent(largest, 0);
  if (order >= 6 || order < -3) {
    const double scale = std::pow(10.0, order);
    return fmt::format("({:.{}f} ± {:.{}f})e{:+03d}", value / scale, std::max(places + order, 0), uncertainty / scale,
                       std::max(places + order, 0), order);
  }
  if (places < 0) {  // "600 ± 230"
    const double step = std::pow(10.0, -places);
    return fmt::format("{:.0f} ± {:.0f}", std::round(value / step) * step, std::round(uncertainty / step) * step);
  }
  return fmt::format("{:.{}f} ± {:.{}f}", value, places, uncertainty, places);
}

std::string readable_with(double si_value, double uncertainty, const Dimension& dimension, int digits) {
  if (!(uncertainty > 1e-12 * std::abs(si_value))) return readable(si_value, dimension, digits);
  const ReadableUnit unit = readable_unit(si_value != 0 ? si_value : uncertainty, dimension);
  const std::string number = plus_minus(si_value / unit.factor, uncertainty / unit.factor, digits);
  return unit.name.empty() ? number : number + " " + unit.name;
}

// One unit for the whole matrix: that of its largest entry; an entry that is round-off beside it is printed as 0.
std::string describe_matrix(const Eigen::Ref<const Eigen::MatrixXd>& values, const Dimension& dimension,
                            const std::string& indent, const Eigen::MatrixXd* uncertainty) {
  double largest = values.size() ? values.cwiseAbs().maxCoeff() : 0;
  if (largest == 0 && uncertainty) largest = uncertainty->maxCoeff();
  const ReadableUnit unit = readable_unit(largest, dimension);
  const auto entry = [&](Eigen::Index i, Eigen::Index j) -> std::string {
    const double value = values(i, j), u = uncertainty ? (*uncertainty)(i, j) : 0;
    if (u > 1e-13 * largest)
      return plus_minus(std::abs(value) <= 1e-13 * largest ? 0 : value / unit.factor, u / unit.factor);
    return std::abs(value) <= 1e-13 * largest ? "0" : fmt::format("{:.5g}", value / unit.factor);
  };
  std::size_t width = 11;
  for (Eigen::Index i = 0; i < values.rows(); ++i)
    for (Eigen::Index j = 0; j < values.cols(); ++j) width = std::max(width, letters(entry(i, j)));
  std::string out;
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    out += indent + "[";
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
      const std::string text = entry(i, j);
      out += (j ? ", " : " ") + std::string(width - letters(text), ' ') + text;
    }
    out += " ]" + (i == 0 && !unit.name.empty() ? " " + unit.name : "") + "\n";
  }
  return out;
}

std::string describe_bands(std::vector<std::vector<std::string>> rows) {
  for (std::size_t r = 0; r < rows.size(); ++r)
    rows[r].insert(rows[r].begin(), fmt::format("{:<6}", r == 0 ? "band" : std::to_string(r - 1)));
  std::vector<std::size_t> widths(rows.front().size(), 16);
  widths.front() = 6;
  return describe_columns(rows, widths);
}

std::string describe_network(const Model& model, const RateNetwork& network, const Eigen::VectorXd* rates) {
  const auto [slowest, fastest] = std::ranges::minmax_element(network.hops, {}, &Hop::rate);
  const auto described = [&](std::vector<Hop>::const_iterator hop) {
    return readable_with(hop->rate, rates ? (*rates)(hop - network.hops.begin()) : 0, dimension::rate());
  };
  const int n = network.lattice.dimension(), m = network.lattice.embedding();
  const bool forced = !model.force.empty();
  std::string out = fmt::format(
      "network      {} state{} a cell, {} transitions, {} translation vector{} in {} dimension{}\n", network.size(),
      network.size() == 1 ? "" : "s", network.hops.size(), n, n == 1 ? "" : "s", m, m == 1 ? "" : "s");
  out += fmt::format("             rates from {} to {}; {}\n", described(slowest), described(fastest),
                     network.reversible ? "detailed balance holds"
                     : forced           ? "driven by a force, or without detailed balance"
                                        : "without detailed balance");
  return out;
}

std::string describe_spectrum(const Reduction& reduction, const Eigen::VectorXcd* uncertainty) {
  std::string out = "spectrum     ";
  const Eigen::Index shown = std::min<Eigen::Index>(reduction.lambda.size(), std::max(reduction.P + 2, 4));
  for (Eigen::Index m = 0; m < shown; ++m) {
    if (m > 0) out += m == reduction.P ? "  ┃  " : "  ";
    out += m == 0 ? "0"
                  : readable_with(reduction.lambda(m).real(), uncertainty ? (*uncertainty)(m).real() : 0,
                                  dimension::rate());
    if (reduction.lambda(m).imag() != 0) {
      const double turns = std::abs(reduction.lambda(m).imag()), u = uncertainty ? (*uncertainty)(m).imag() : 0;
      const std::string text = readable_with(turns, u, dimension::rate());
      out += " ± i " + (u > 0 ? "(" + text + ")" : text);
    }
  }
  if (shown < reduction.lambda.size()) out += "  …";
  return out + "   decay rates at k = 0\n";
}

std::string describe_gaps(const std::vector<GapCandidate>& candidates, const std::vector<GapCandidate>* uncertainty) {
  std::vector<std::vector<std::string>> rows = {{"P", "L/cells", "ratio", "slow below", "fast above", "tau"}};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const GapCandidate& c = candidates[i];
    const GapCandidate u = uncertainty ? (*uncertainty)[i] : GapCandidate{};
    rows.push_back({fmt::format("{}", c.P), fmt::format("{:.4g}", c.L), plus_minus(c.ratio, u.ratio, 4),
                    readable_with(c.below, u.below, dimension::rate()),
                    readable_with(c.above, u.above, dimension::rate()),
                    readable_with(c.tau, u.tau, dimension::time())});
  }
  return describe_columns(rows, {4, 9, 11, 13, 13, 11});
}

std::string describe_gap_at(const GapAtTau& gap, int states, const GapAtTau* uncertainty) {
  const GapAtTau u = uncertainty ? *uncertainty : GapAtTau{};
  std::string out = fmt::format("1/τ = {}: ", rate(1 / gap.tau));
  if (gap.clean())
    out += fmt::format("{} of {} bands below at every wave vector\n", gap.least_below, states);
  else
    out += fmt::format("bands cross it: between {} and {} of {} lie below\n", gap.least_below, gap.most_below, states);
  const auto place = [](const Eigen::VectorXd& k) {
    std::string list;
    for (const double phase : k) list += fmt::format("{}{:.4g}", list.empty() ? "" : ", ", phase == 0 ? 0.0 : phase);
    return "[" + list + "]";
  };
  if (gap.k_below.size() > 0)
    out += fmt::format("below  {:>13}  at {}\n",
                       gap.below > 0 ? readable_with(gap.below, u.below, dimension::rate()) : "0", place(gap.k_below));
  else
    out += "below        nothing\n";
  if (gap.k_above.size() == 0) return out + "above        nothing: all waves are slower\n";
  out +=
      fmt::format("above  {:>13}  at {}\n", readable_with(gap.above, u.above, dimension::rate()), place(gap.k_above));
  return out + fmt::format("Δ_τ    {:>13}, ratio {}{}\n", readable_with(gap.width, u.width, dimension::rate()),
                           plus_minus(gap.ratio, u.ratio, 4),
                           gap.clean() ? "" : ": no gap, only the spacing of the wave vectors looked at");
}

std::string describe_choice(const Choice& choice, const ChoiceUncertainty* uncertainty) {
  std::vector<std::vector<std::string>> rows = {{"P", "L/cells", "gap ratio", ""}};
  for (const Choice::Row& row : choice.rows) {
    const auto i = static_cast<Eigen::Index>(rows.size()) - 1;
    rows.push_back({std::to_string(row.gap.P),
                    plus_minus(row.resolution, uncertainty ? shown(uncertainty->resolution(i), row.resolution) : 0, 4),
                    plus_minus(row.gap.ratio, uncertainty ? shown(uncertainty->ratio(i), row.gap.ratio) : 0, 4),
                    row.verdict});
  }
  return describe_columns(rows, {4, 9, 11}) + choice.reason + "\n";
}

std::string describe_reduction(const Reduction& reduction, const RateNetwork& network,
                               const ReductionUncertainty* uncertainty) {
  const double cell = network.lattice.vectors.colwise().norm().minCoeff();
  const ReductionUncertainty u = uncertainty ? *uncertainty : ReductionUncertainty{};
  std::string out =
      fmt::format("reduction    P = {} of {} states, order {}", reduction.P, network.size(), reduction.order);
  if (std::isfinite(reduction.resolution))
    out += fmt::format("; right to {} down to L = {} cells ({})\n", percent(reduction.resolution_error),
                       to_three_digits(reduction.resolution, u.resolution),
                       readable(reduction.resolution * cell, dimension::length()));
  else
    out += fmt::format("; not right to {} at any wavelength\n", percent(reduction.resolution_error));
  if (reduction.P < network.size() && reduction.gap.ratio > 0)
    out += fmt::format("gap          fast/slow = {} over that range, between them τ = {}\n",
                       to_three_digits(reduction.gap.ratio, u.gap.ratio),
                       readable_with(reduction.gap.tau, shown(u.gap.tau, reduction.gap.tau), dimension::time()));
  else
    out += "gap          every band is kept\n";
  return out;
}

std::string describe_memberships(const Reduction& reduction, const RateNetwork& network,
                                 const ReductionUncertainty* uncertainty) {
  const Eigen::MatrixXd& chi = reduction.groups.chi;
  constexpr int most_named = 200;  // states of a group
  std::string out;
  for (int p = 0; p < reduction.P; ++p) {
    std::string members;
    double share = 0;
    int count = 0;
    for (int s = 0; s < network.size(); ++s) {
      share += chi(s, p) * std::exp(network.log_weights(s));
      Eigen::Index best = 0;
      chi.row(s).maxCoeff(&best);
      if (best != p || ++count > most_named) continue;
      members += (members.empty() ? "" : " ") + network.states[static_cast<std::size_t>(s)];
      if (chi(s, p) < 0.99)
        members +=
            fmt::format(" ({} %)", plus_minus(100 * chi(s, p), uncertainty ? 100 * uncertainty->chi(s, p) : 0, 2));
    }
    if (count > most_named) members += fmt::format(" and {} more", count - most_named);
    out +=
        fmt::format("  coarse[{}]  {} of the time: {}\n", p, percent(share, uncertainty ? uncertainty->weights(p) : 0),
                    members.empty() ? "no state by majority" : members);
  }
  const double u = uncertainty ? uncertainty->crispness : 0;
  const double crispness = reduction.groups.crispness;
  return "clusters     crispness " + (u > 1e-12 ? plus_minus(crispness, u) : fmt::format("{:.4f}", crispness)) + "\n" +
         out;
}

std::string describe_coefficients(const Coefficients& coefficients, const std::vector<std::string>& names,
                                  const Coefficients* uncertainty) {
  std::string order;
  for (const std::string& name : names) order += (order.empty() ? "" : ", ") + name;
  std::string out = fmt::format("equation     ∂ρ/∂t = Q ρ + Σ C_α ∂_α ρ + Σ D_αβ ∂_α∂_β ρ   for ρ = ({})\n", order);
  if (coefficients.components() > 1)
    out += "  Q\n" + describe_matrix(coefficients.reaction, dimension::rate(), "    ",
                                     uncertainty ? &uncertainty->reaction : nullptr);
  // Drifts and diffusions that are round-off beside the largest of their kind are left out.
  double fastest = 0, widest = 0;
  for (const auto& drift : coefficients.drift) fastest = std::max(fastest, drift.cwiseAbs().maxCoeff());
  for (const auto& row : coefficients.diffusion)
    for (const auto& diffusion : row) widest = std::max(widest, diffusion.cwiseAbs().maxCoeff());
  double hopping = 0;  // a length per time that the largest diffusion and reaction make: the scale of round-off in C
  hopping = std::sqrt(widest * std::max(coefficients.reaction.cwiseAbs().maxCoeff(), 0.0));
  for (std::size_t a = 0; a < coefficients.drift.size(); ++a)
    if (coefficients.drift[a].cwiseAbs().maxCoeff() > 1e-12 * std::max(fastest, hopping))
      out += fmt::format("  C_{}\n", axes[a]) +
             describe_matrix(coefficients.drift[a], velocity(), "    ", uncertainty ? &uncertainty->drift[a] : nullptr);
  for (std::size_t a = 0; a < coefficients.diffusion.size(); ++a)
    for (std::size_t b = a; b < coefficients.diffusion.size(); ++b)
      if (coefficients.diffusion[a][b].cwiseAbs().maxCoeff() > 1e-12 * widest)
        out += fmt::format("  D_{}{}\n", axes[a], axes[b]) +
               describe_matrix(coefficients.diffusion[a][b], diffusivity(), "    ",
                               uncertainty ? &uncertainty->diffusion[a][b] : nullptr);
  return out;
}

std::string describe_places(const SymmetricPlaces& places, const std::vector<std::string>& names,
                            const Eigen::MatrixXd* uncertainty) {
  if (names.size() < 2) return "places       one coarse state: nothing to shift\n";
  if (places.before == 0) return "places       C is symmetric as it stands\n";
  std::string out = "places       ";
  if (places.exists) {
    out += "C becomes symmetric where the coarse states are shifted, relative to " + names.front() + ", by\n";
  } else {
    out += fmt::format(
        "no shift of the coarse states makes C symmetric; the best leaves {:.2g} of {} /s, relative to {}:\n",
        places.after / places.before, readable(places.before, dimension::length()), names.front());
  }
  for (std::size_t p = 1; p < names.size(); ++p) {
    const Eigen::MatrixXd shift = places.shift.col(static_cast<Eigen::Index>(p)).transpose();
    Eigen::MatrixXd u;
    if (uncertainty) u = uncertainty->col(static_cast<Eigen::Index>(p)).transpose();
    out += "  " + names[p] + "\n" + describe_matrix(shift, dimension::length(), "    ", uncertainty ? &u : nullptr);
  }
  return out;
}

std::string describe_symbol(const SlowSymbol& symbol, const Eigen::MatrixXcd& reduced,
                            const SymbolUncertainty* uncertainty) {
  std::string out = "symbol       ∂ρ/∂t = H(k) ρ, exact on the slow manifold\n  Re H\n";
  const Eigen::MatrixXd real = uncertainty ? Eigen::MatrixXd(uncertainty->H.real()) : Eigen::MatrixXd();
  const Eigen::MatrixXd imaginary = uncertainty ? Eigen::MatrixXd(uncertainty->H.imag()) : Eigen::MatrixXd();
  out += describe_matrix(symbol.H.real(), dimension::rate(), "    ", uncertainty ? &real : nullptr);
  if (symbol.H.imag().cwiseAbs().maxCoeff() > 1e-13 * symbol.H.cwiseAbs().maxCoeff())
    out += "  Im H\n" + describe_matrix(symbol.H.imag(), dimension::rate(), "    ", uncertainty ? &imaginary : nullptr);
  const auto with = [&](double value, bool imaginary_part, Eigen::Index m) {
    const std::complex<double> u = uncertainty ? uncertainty->lambda(m) : 0;
    return readable_with(value, imaginary_part ? u.imag() : u.real(), dimension::rate());
  };
  out += "decay rates  ";
  for (Eigen::Index m = 0; m < symbol.lambda.size(); ++m) {
    out += m ? ", " : "";
    out += with(symbol.lambda(m).real(), false, m);
    if (symbol.lambda(m).imag() != 0)
      out += fmt::format(" {} i {}", symbol.lambda(m).imag() < 0 ? "−" : "+",
                         with(std::abs(symbol.lambda(m).imag()), true, m));
  }
  if (std::isfinite(symbol.next.real()))
    out += "; the fast ones begin at " + with(symbol.next.real(), false, symbol.lambda.size());
  return out + fmt::format("\n             the reduced equation is off by {:.2g} of the largest entry\n",
                           (reduced - symbol.H).cwiseAbs().maxCoeff() / symbol.H.cwiseAbs().maxCoeff());
}

std::string describe_diffusion(const Transport& transport, const Transport* uncertainty) {
  return "diffusion    of one defect at long times, exact\n" +
         describe_matrix(transport.diffusion, diffusivity(), "    ", uncertainty ? &uncertainty->diffusion : nullptr) +
         "             without correlations (first order)\n" +
         describe_matrix(transport.diffusion_first_order, diffusivity(), "    ",
                         uncertainty ? &uncertainty->diffusion_first_order : nullptr);
}

std::string describe_drift(const Transport& transport, const Transport* uncertainty) {
  // Beside the diffusive scale of the network a velocity of round-off is none.
  std::string out = "drift        mean velocity\n";
  const Eigen::MatrixXd row = uncertainty ? Eigen::MatrixXd(uncertainty->velocity.transpose()) : Eigen::MatrixXd();
  return out + describe_matrix(transport.velocity.transpose(), velocity(), "    ", uncertainty ? &row : nullptr);
}

std::string summary(const Model& model, const Point& point, const Analysis& analysis,
                    const std::optional<Uncertainties>& uncertainties) {
  std::string out = "model        " + model.name;
  if (model.temperature)
    out += " at " + readable(point.parameters[static_cast<std::size_t>(*model.temperature)], dimension::temperature());
  out += "\n" + describe_network(model, point.network, uncertainties ? &uncertainties->rates : nullptr) +
         describe_spectrum(analysis.reduction, uncertainties ? &uncertainties->lambda : nullptr);
  const ReductionUncertainty* reduction = uncertainties ? &uncertainties->reduction : nullptr;
  out += describe_reduction(analysis.reduction, point.network, reduction);
  if (!analysis.choice.rows.empty()) out += "choice       " + analysis.choice.reason + "\n";
  if (analysis.reduction.P > 1 && analysis.reduction.P < point.network.size())
    out += describe_memberships(analysis.reduction, point.network, reduction);
  out += describe_coefficients(analysis.pde.coefficients, analysis.pde.names,
                               uncertainties ? &uncertainties->coefficients : nullptr);
  if (analysis.reduction.P > 1 || analysis.reduction.order == 1)
    out += "diffusion    of one defect at long times, exact\n" +
           describe_matrix(analysis.transport.diffusion, diffusivity(), "    ",
                           uncertainties ? &uncertainties->transport.diffusion : nullptr);
  if (!point.network.reversible)
    out += describe_drift(analysis.transport, uncertainties ? &uncertainties->transport : nullptr);
  if (!uncertainties) out += not_propagated(model, point);
  return out;
}

}  // namespace rdd
