// Statements about one defect at long times.
#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"

namespace rdd {
namespace {

std::optional<Answer> transported(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto transport = transport_of(subject.model, subject.point->network, diagnostics);
  if (!transport) return std::nullopt;
  const Transport& found = *transport;
  const bool drift = asked.word(0) == "drift";
  Json json = answer_head(asked, drift ? "m/s" : "m^2/s", subject);
  if (drift) {
    json["v"] = json_list(found.velocity);
  } else {
    json["D"] = json_rows(found.diffusion);
    json["D_first_order"] = json_rows(found.diffusion_first_order);
  }
  Transport uncertainty;
  const auto listed = add_uncertainty(json, subject, {.topic = drift ? Topic::drift : Topic::diffusion});
  const int m = subject.point->network.lattice.embedding();
  if (listed && drift) uncertainty.velocity = *listed;
  if (listed && !drift) {
    uncertainty.diffusion = square_of(listed->head(m * m), m);
    uncertainty.diffusion_first_order = square_of(listed->tail(m * m), m);
  }
  const Transport* shown = listed ? &uncertainty : nullptr;
  return Answer{json.dump(), (drift ? describe_drift(found, shown) : describe_diffusion(found, shown)) +
                                 (listed ? "" : not_propagated(subject.model, *subject.point))};
}

}  // namespace

std::span<const Statement> transport_statements() {
  static const Statement table[] = {
      {.usage = "diffusion",
       .line = "exact diffusivity of one defect at long times",
       .more = "D includes all correlations; the first-order value, without them, stands beside it.\n",
       .answer = transported,
       .alone = true},
      {.usage = "drift", .line = "exact mean velocity", .answer = transported, .alone = true},
  };
  return table;
}

}  // namespace rdd
