// The numbers of an answer as one list: what sensitivities, uncertainties and sweeps treat alike, be it a diffusivity,
// a decay rate or a coefficient.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "runtime/sensitivity/derivatives.hpp"

namespace rdd {

enum class Topic { diffusion, drift, timescales, spectrum, coefficients };

/// Which numbers are asked for.
struct Request {
  Topic topic = Topic::diffusion;
  Eigen::VectorXd phases = {};  ///< of spectrum: k·a_α, radians
  int P = 1, order = 2;         ///< of coefficients
};

/// One number: where it stands in the JSON answer, what people call it, and its dimension.
struct Reading {
  std::string path;  ///< a JSON pointer, "/D/0/1"
  std::string name;  ///< "D_xy"
  Dimension dimension;
};

/// The readings of a request, always the same for one network: D and the first-order D, row by row; v; τ_1, τ_2, …;
/// λ_0, its imaginary part, …; Q, C, D of each axis and χ, row by row. Of large networks the slowest few_bands bands.
/// What is found of those throws SparseLimit.
std::vector<Reading> readings(const Request& request, const RateNetwork& network);
/// Their values, SI.
Eigen::VectorXd values(const Request& request, const RateNetwork& network);
/// Their derivatives by the parameters (readings, J), SI. `kink`, where given, is set where the memberships have no
/// derivative (ReductionDerivatives).
Eigen::MatrixXd derivatives(const Request& request, const RateNetwork& network, const NetworkDerivatives& by,
                            bool* kink = nullptr);

/// The reduction whose coefficients are asked for, without gap and resolution. `like`, where given: the
/// groups that its own continue (ReduceParams). P must not split a
/// complex pair.
Reduction reduction_of(const Request& request, const RateNetwork& network, const Memberships* like = nullptr);
/// The same where it exists, for ReductionAt: nullopt where P would split a complex pair or there are too few states,
/// or, with a diagnostic at `place`, where a large network is beyond this machine.
std::optional<Reduction> reduction_if_any(const Request& request, const RateNetwork& network, const Memberships* like,
                                          const Span& place, Diagnostics& diagnostics);

/// ∂D, ∂v and ∂ ln π̂ of a network of any size. Throws SparseLimit.
TransportDerivatives transport_slopes(const RateNetwork& network, const NetworkDerivatives& by);
/// ∂Q, ∂C, ∂D and ∂χ of a reduction of a network of any size. Throws SparseLimit.
ReductionDerivatives reduction_slopes(const RateNetwork& network, const NetworkDerivatives& by,
                                      const Reduction& reduction);

/// Their natural sizes, SI: a derivative that is round-off beside its reading's size is none. Of an entry of a matrix
/// that is the largest one, of a decay rate itself (or the fastest rate, of which errors then are).
Eigen::VectorXd sizes(const Request& request, const RateNetwork& network);
/// The same of decay rates of an operator.
Eigen::VectorXd band_sizes(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXcd>& lambda);

/// Of D and the first-order D, or of v.
Eigen::VectorXd listed(Topic topic, const Transport& transport);
Eigen::VectorXd transport_sizes(Topic topic, const Transport& transport, const RateNetwork& network);
/// The values of the readings of coefficients.
Eigen::VectorXd listed(const Reduction& reduction);
/// Of Q, C and D in the order of the readings, without χ.
Eigen::VectorXd listed(const Coefficients& coefficients);
/// Their sizes; of a network in its own `states`, where entries are sums of rates and nothing else, themselves.
Eigen::VectorXd coefficient_sizes(const Coefficients& coefficients, const RateNetwork& network);
/// The readings of coefficients as coefficients again; `list` starts at Q.
Coefficients coefficients_of(const Eigen::Ref<const Eigen::VectorXd>& list, int components, int axes);
Eigen::MatrixXd square_of(const Eigen::Ref<const Eigen::VectorXd>& list, int size);

}  // namespace rdd
