// The statement that holds the reduction against the full network.
#include "compiler/query/statement.hpp"
#include "compiler/verification.hpp"

namespace rdd {
namespace {

std::optional<Answer> verified(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (!subject.ensure_analysis(diagnostics)) return std::nullopt;
  const Verified what{subject.model, subject.point->network, *subject.analysis};
  const Certificate certificate = certify(
      what, {.error = subject.model.reduce.error, .wavelengths = usual_wavelengths(subject.analysis->reduction)});
  const auto u = certificate_uncertainty(what, *subject.point, certificate);
  Json json = answer_head(asked, {{"time", "s"}, {"wavelength", "m"}, {"error", "1"}, {"time_below", "s"}}, subject);
  add_json(json, what, certificate, u ? &*u : nullptr);
  return Answer{json.dump(), describe_certificate(what, certificate, u ? &*u : nullptr)};
}

}  // namespace

std::span<const Statement> verify_statements() {
  static const Statement table[] = {
      {.usage = "verify",
       .line = "error of the current reduction against the full network",
       .more =
           "Wave by wave and over time, without a grid; `rdd verify` has options, and a kinetic Monte Carlo walk.\n",
       .answer = verified,
       .alone = true,
       .dense = true},
  };
  return table;
}

}  // namespace rdd
