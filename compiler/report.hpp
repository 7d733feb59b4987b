// What a physicist reads on the terminal: text with units, made from values, printed by nobody here.
#pragma once

#include <string>

#include "compiler/pipeline.hpp"
#include "runtime/reduction/gauge.hpp"
#include "runtime/reduction/symbol.hpp"

namespace rdd {

/// "network  10 states, 96 transitions on a 2-D lattice, reversible; rates 0.002 /s to 22 /s"
std::string describe_network(const Model& model, const RateNetwork& network);
/// The slow decay rates at k = 0 and their times, with the gap marked.
std::string describe_spectrum(const Reduction& reduction);
/// The choice of P with its reasons, a row for each P.
std::string describe_choice(const Choice& choice);
std::string describe_gaps(const std::vector<GapCandidate>& candidates);
/// Both sides of 1/τ, and whether a band crosses it.
std::string describe_gap_at(const GapAtTau& gap, int states);
/// P, L and the gap in a few lines.
std::string describe_reduction(const Reduction& reduction, const RateNetwork& network);
/// Which states each coarse state holds, with their memberships.
std::string describe_memberships(const Reduction& reduction, const RateNetwork& network);
/// Q, C and D with units.
std::string describe_coefficients(const Coefficients& coefficients, const std::vector<std::string>& names);
/// Where the coarse states sit: the shift that makes the antisymmetric part of C vanish.
std::string describe_places(const SymmetricPlaces& places, const std::vector<std::string>& names);
/// H(k), its decay rates, and what the reduced equation makes of them.
std::string describe_symbol(const SlowSymbol& symbol, const Eigen::MatrixXcd& reduced);
std::string describe_diffusion(const Transport& transport);
std::string describe_drift(const Transport& transport);

/// Everything `rdd run` says before it solves, in ten lines or so.
std::string summary(const Model& model, const Point& point, const Analysis& analysis);

/// A matrix in a unit of its own choice: "nm^2/us" and rows of numbers.
std::string describe_matrix(const Eigen::Ref<const Eigen::MatrixXd>& values, const Dimension& dimension,
                            const std::string& indent);

}  // namespace rdd
