// What a physicist reads on the terminal: text with units, made from values, printed by nobody here.
#pragma once

#include <string>

#include "compiler/pipeline.hpp"
#include "compiler/uncertainty.hpp"
#include "runtime/reduction/gauge.hpp"
#include "runtime/reduction/symbol.hpp"

namespace rdd {

/// "network  10 states, 96 transitions on a 2-D lattice, reversible; rates 0.002 /s to 22 /s"
/// `rates`: standard uncertainties of the hops' rates.
std::string describe_network(const Model& model, const RateNetwork& network, const Eigen::VectorXd* rates = nullptr);
/// The slow decay rates at k = 0 and their times, with the gap marked. Here and below: `uncertainty` has the shape of
/// what is described, and holds the standard uncertainties that are printed behind the numbers.
std::string describe_spectrum(const Reduction& reduction, const Eigen::VectorXcd* uncertainty = nullptr);
/// The choice of P with its reasons, a row for each P.
std::string describe_choice(const Choice& choice, const ChoiceUncertainty* uncertainty = nullptr);
std::string describe_gaps(const std::vector<GapCandidate>& candidates,
                          const std::vector<GapCandidate>* uncertainty = nullptr);
/// Both sides of 1/τ, and whether a band crosses it.
std::string describe_gap_at(const GapAtTau& gap, int states, const GapAtTau* uncertainty = nullptr);
/// P, L and the gap in a few lines.
std::string describe_reduction(const Reduction& reduction, const RateNetwork& network,
                               const ReductionUncertainty* uncertainty = nullptr);
/// Which states each coarse state holds, with their memberships.
std::string describe_memberships(const Reduction& reduction, const RateNetwork& network,
                                 const ReductionUncertainty* uncertainty = nullptr);
/// Q, C and D with units.
std::string describe_coefficients(const Coefficients& coefficients, const std::vector<std::string>& names,
                                  const Coefficients* uncertainty = nullptr);
std::string describe_diffusion(const Transport& transport, const Transport* uncertainty = nullptr);
std::string describe_drift(const Transport& transport, const Transport* uncertainty = nullptr);
/// Where the coarse states sit: the shift that makes the antisymmetric part of C vanish.
std::string describe_places(const SymmetricPlaces& places, const std::vector<std::string>& names,
                            const Eigen::MatrixXd* uncertainty = nullptr);
/// H(k), its decay rates, and what the reduced equation makes of them.
std::string describe_symbol(const SlowSymbol& symbol, const Eigen::MatrixXcd& reduced,
                            const SymbolUncertainty* uncertainty = nullptr);

/// Everything `rdd run` says before it solves, in ten lines or so.
std::string summary(const Model& model, const Point& point, const Analysis& analysis,
                    const std::optional<Uncertainties>& uncertainties = std::nullopt);

/// A matrix in a unit of its own choice: "nm^2/us" and rows of numbers.
std::string describe_matrix(const Eigen::Ref<const Eigen::MatrixXd>& values, const Dimension& dimension,
                            const std::string& indent, const Eigen::MatrixXd* uncertainty = nullptr);

/// A table of right-aligned columns, each as wide as its longest entry, and as `widths` says at least. An entry beyond
/// those stands behind them as it is.
std::string describe_columns(const std::vector<std::vector<std::string>>& rows, std::vector<std::size_t> widths);
/// The same for bands: what the columns are called, then a row for each band.
std::string describe_bands(std::vector<std::vector<std::string>> rows);

/// The unit that a value is best read in: its name, and what it is in SI.
struct ReadableUnit {
  std::string name;
  double factor = 1;
};
ReadableUnit readable_unit(double si_value, const Dimension& dimension);
/// Both in one unit, the value to the two digits of its uncertainty that are shown: "0.1336 ± 0.0021"; the value alone,
/// to `digits` digits, where the uncertainty is zero.
std::string plus_minus(double value, double uncertainty, int digits = 5);
/// "0.1336 ± 0.0021 nm^2/s", or as `readable` where the uncertainty is zero.
std::string readable_with(double si_value, double uncertainty, const Dimension& dimension, int digits = 4);

}  // namespace rdd
