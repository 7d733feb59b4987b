// Standard uncertainties of what a model says, from those of its parameters (`param E = 0.45 eV +- 0.02 eV`).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "compiler/readings.hpp"
#include "runtime/reduction/symbol.hpp"

namespace rdd {

/// The parameters that have an uncertainty here, as indices into Model::parameters. A value that was set is taken as
/// exact. Uncertainties of different parameters are independent of each other.
std::vector<int> uncertain_parameters(const Model& model, const Point& point);

/// Values of all parameters (SI, order of Model::parameters) where each is moved by what `move` says; others follow.
std::vector<double> moved(const Model& model, const Point& point, const std::function<double(int, double)>& move);

/// Linear propagation: u_y² = Σ_j (∂y/∂θ_j u_j)².
struct Propagated {
  Eigen::VectorXd uncertainty;    ///< (readings) SI
  Eigen::MatrixXd contributions;  ///< (readings, parameters) |∂y/∂θ_j| u_j, SI
  std::vector<int> parameters;    ///< of the columns
};
/// nullopt where no parameter is uncertain (nothing is computed then), and where a large network is beyond this
/// machine: here and below.
std::optional<Propagated> propagated(const Model& model, const Point& point, const Request& request);

/// The same for any figures whose derivatives (figures, J) follow from those of the network. A derivative that is
/// round-off beside its figure's size, in `sizes`, and the largest change of a rate is zero: what does not depend on a
/// parameter has no uncertainty from it.
using Slopes = std::function<Eigen::MatrixXd(const NetworkDerivatives&)>;
std::optional<Propagated> propagated(const Model& model, const Point& point, const Eigen::VectorXd& sizes,
                                     const Slopes& slopes);

/// Several kinds of figures at once, by name: their sizes and derivatives, as above.
struct FigureSlopes {
  Eigen::VectorXd sizes;
  Eigen::MatrixXd slopes;  ///< (figures, J)
};
using NamedSlopes = std::map<std::string, FigureSlopes>;
using NamedUncertainties = std::map<std::string, Eigen::VectorXd>;
std::optional<NamedUncertainties> propagated(const Model& model, const Point& point,
                                             const std::function<NamedSlopes(const NetworkDerivatives&)>& slopes);

/// Of any figures of a network that nothing differentiates: by differences in each parameter. What is less than 1e-10
/// of a figure's size and the largest change of a rate is zero. nullopt as above, and where there are no figures at a
/// point nearby.
using NetworkFigures = std::function<std::optional<Eigen::VectorXd>(const RateNetwork&)>;
enum class Differences {
  local,              ///< Richardson's extrapolation of central ones, over steps that change no rate by more than 0.2 %
  across_uncertainty  ///< over ± the uncertainty of the parameter: of what has kinks and singularities
};
std::optional<Eigen::VectorXd> propagated_by_differences(const Model& model, const Point& point,
                                                         const Eigen::VectorXd& sizes, const NetworkFigures& figures,
                                                         Differences differences = Differences::local);

/// ∂ ln π̂ (M, J) of the stationary distribution, for networks of any size. Throws SparseLimit.
Eigen::MatrixXd weight_derivatives(const RateNetwork& network, const NetworkDerivatives& by);

/// `weights`, `escape` (M) of the states and `rates` of the hops.
std::optional<NamedUncertainties> network_uncertainty(const Model& model, const Point& point);

/// Of D, D⁰ and v.
std::optional<Transport> transport_uncertainty(const Model& model, const Point& point);

/// Of bands at some points, λ as they were found there: real and imaginary parts.
std::optional<Eigen::VectorXcd> band_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                 const std::vector<BandPoint>& points,
                                                 const Eigen::Ref<const Eigen::VectorXcd>& lambda);
/// Of the rows of a choice: of L, and of the ratio of the gap over the range that moves with it. Of a large network L
/// is one that is good enough and no function of the parameters: it has no uncertainty, and the range stays.
struct ChoiceUncertainty {
  Eigen::VectorXd resolution, ratio;
};
std::optional<ChoiceUncertainty> choice_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                    const Choice& choice);

/// Of `below`, `above`, `ratio` and `tau` of gaps, and of `below`, `above`, `width` and `ratio` at a given τ; the rest
/// is zero. nullopt as above, and where it is not known where the edges lie.
std::optional<std::vector<GapCandidate>> gap_uncertainty(const Model& model, const Point& point,
                                                         const std::vector<GapCandidate>& gaps);
std::optional<GapAtTau> gap_uncertainty(const Model& model, const Point& point, const GapAtTau& gap);

/// Of the figures of a reduction: its coefficients, its groups, and, where it has been looked for, how far it reaches.
struct ReductionUncertainty {
  Coefficients coefficients;
  Eigen::MatrixXd chi;      ///< (M, P)
  Eigen::VectorXd weights;  ///< (P) of each group's share of the time
  double crispness = 0;
  double min_chi = 0;     ///< of the least membership before it is made feasible
  double resolution = 0;  ///< cells; zero for large networks, see ChoiceUncertainty
  GapCandidate gap;       ///< of `below`, `above`, `ratio` and `tau`
};
std::optional<ReductionUncertainty> reduction_uncertainty(const Model& model, const Point& point,
                                                          const BlochOperator& bloch, const Reduction& reduction);
/// Of the shifts that make C symmetric (see symmetric_places), (m, P).
std::optional<Eigen::MatrixXd> places_uncertainty(const Model& model, const Point& point, const BlochOperator& bloch,
                                                  const Reduction& reduction);

/// Of the exact slow operator at one wave vector, of its expansion, and of the decay rates with the first fast one
/// (zero where there is none). The groups stay what they are.
struct SymbolUncertainty {
  Eigen::MatrixXcd H, reduced;  ///< (P, P) real and imaginary parts
  Eigen::VectorXcd lambda;      ///< (P + 1)
};
std::optional<SymbolUncertainty> symbol_uncertainty(const Model& model, const Point& point, const Reduction& reduction,
                                                    const Eigen::Ref<const Eigen::VectorXd>& phases);

/// A line for answers that have no uncertainties though parameters have, since a large network is beyond this machine;
/// otherwise empty.
std::string not_propagated(const Model& model, const Point& point);

/// What the summary and the answers print behind their ±.
struct Uncertainties {
  Transport transport;
  Eigen::VectorXd rates;      ///< of the hops
  Eigen::VectorXcd lambda;    ///< as in Reduction::lambda; real and imaginary parts
  Coefficients coefficients;  ///< along the frame of the equation
  ReductionUncertainty reduction;
};
std::optional<Uncertainties> uncertainties(const Model& model, const Point& point, const Analysis& analysis);

/// Sampling: every uncertain parameter from a normal distribution about its value, cut off at the ends of its range;
/// the rest follows by the model's own expressions. Sample i uses random numbers of its own (mt19937_64, seeded by i),
/// so that the result depends neither on threads nor on other samples. Coarse states are the same in all of them: the
/// groups of the model itself, continued to each sample.
struct Sampled {
  int samples = 0;                  ///< those that gave a network
  int failed = 0;                   ///< rates that were negative or not finite, a complex pair split, and the like
  Eigen::VectorXd mean, deviation;  ///< (readings)
  Eigen::VectorXd deviation_error;  ///< standard error of the deviation, from the fourth moment
  Eigen::MatrixXd quantiles;        ///< (readings, 5): 2.5 %, 16 %, 50 %, 84 %, 97.5 %
};
/// `progress` is called on the caller's thread with the share and the number of samples that are done.
Sampled sampled(const Model& model, const Point& point, const Request& request, int samples, int threads,
                const std::function<void(double, long)>& progress = {});

/// Do linear propagation and sampling disagree? By more than three standard errors and more than a tenth of the larger.
bool disagree(double linear, double deviation, double deviation_error);

}  // namespace rdd
