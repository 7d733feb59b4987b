// What `rdd verify` finds: the certificate of a reduction and, where it is asked for, a kinetic Monte Carlo walk beside
// it; as text, JSON, tables and a figure, with the judgement that decides the exit status.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "compiler/plot/figure.hpp"
#include "compiler/uncertainty.hpp"
#include "runtime/certificate/certificate.hpp"
#include "runtime/certificate/kmc.hpp"

namespace rdd {

/// A model at one point, as the certificate needs it.
struct Verified {
  const Model& model;
  const RateNetwork& network;
  const Analysis& analysis;
};

/// Metres of a wavelength given in cells: of its direction along the shortest lattice vector.
double cell_length(const RateNetwork& network);

Certificate certify(const Verified& verified, const CertificateParams& params, const Progress& progress = {},
                    const std::function<bool()>& stop = {});
/// Standard uncertainties, by differences, of the times of a certificate that belong to the network, s. The errors have
/// none: they are maxima that are made to be compared with a bound.
struct CertificateUncertainty {
  double settling = 0;
  std::vector<double> slow_time;  ///< of each wave
};
/// nullopt where no parameter is uncertain.
std::optional<CertificateUncertainty> certificate_uncertainty(const Verified& verified, const Point& point,
                                                              const Certificate& certificate);
std::string describe_certificate(const Verified& verified, const Certificate& certificate,
                                 const CertificateUncertainty* uncertainty = nullptr);
/// The keys of the certificate, after those that every answer begins with.
void add_json(nlohmann::ordered_json& json, const Verified& verified, const Certificate& certificate,
              const CertificateUncertainty* uncertainty = nullptr);
/// wavelength (cells), wavelength (m), time (s), error, error of the stationary mix: a row for each wave and time.
std::string csv(const Verified& verified, const Certificate& certificate);
/// Errors over time, a curve for each wave.
plot::Figure figure(const Verified& verified, const Certificate& certificate);
/// E0515 where no wave is right, or not all of those that the user named; W0508 where some are not; W0509 where digits
/// are lost.
void judge(const Verified& verified, const Certificate& certificate, bool named, Diagnostics& diagnostics);

/// What is asked of a walk; zeros: what is usual.
struct WalkRequest {
  std::int64_t walkers = 0;
  std::uint64_t seed = 1;
  double until = 0;  ///< s; 0: five times the slowest relaxation, or as long as the steps last
  double steps = 0;  ///< of all walkers; 0: two hundred million
  int threads = 1;
};

/// When to look and how many steps that takes, before any is taken. nullopt with E0516 where the time that is asked for
/// takes more than the steps allowed.
struct WalkPlan {
  KmcParams params;
  double expected_steps = 0;
  bool shortened = false;  ///< the usual time would have taken too many steps
};
std::optional<WalkPlan> plan_walk(const Verified& verified, const WalkRequest& request, Diagnostics& diagnostics);

/// A walk beside what theory expects of it.
struct JudgedWalk {
  KmcWalk walk;
  Eigen::VectorXd expected;
  KmcVerdict verdict;
};
JudgedWalk walk(const Verified& verified, const WalkPlan& plan, const Progress& progress = {},
                const std::function<bool()>& stop = {});
std::string describe_walk(const Verified& verified, const WalkPlan& plan, const JudgedWalk& judged);
nlohmann::ordered_json json(const Verified& verified, const JudgedWalk& judged);
/// observable, time (s), unit, mean, standard error, expected, z: a row for each.
std::string csv(const Verified& verified, const JudgedWalk& judged);
/// E0515 where walk and theory disagree, E0516 where a walker needed too many steps.
void judge(const Verified& verified, const JudgedWalk& judged, Diagnostics& diagnostics);

}  // namespace rdd
