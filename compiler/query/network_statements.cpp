// Statements about the network itself.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "lang/nearest.hpp"

namespace rdd {
namespace {

std::optional<Answer> network(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  Json json = answer_head(asked, "1", subject);
  json["dimension"] = network.lattice.dimension();
  json["states"] = network.states;
  json["transitions"] = network.hops.size();
  json["reversible"] = network.reversible;
  json["weights"] = json_list(network.log_weights.array().exp());
  const auto u = network_uncertainty(subject.model, *subject.point);
  if (u) json["uncertainty"]["weights"] = json_list(u->at("weights"));
  return Answer{json.dump(), describe_network(subject.model, network, u ? &u->at("rates") : nullptr)};
}

std::optional<Answer> states(Subject& subject, const Asked& asked, Diagnostics&) {
  const RateNetwork& network = subject.point->network;
  Json json = answer_head(asked, {{"weights", "1"}, {"escape", "1/s"}}, subject);
  json["states"] = network.states;
  json["weights"] = json_list(network.log_weights.array().exp());
  json["escape"] = json_list(network.escape);
  const auto u = network_uncertainty(subject.model, *subject.point);
  if (u) json["uncertainty"] = {{"weights", json_list(u->at("weights"))}, {"escape", json_list(u->at("escape"))}};
  std::vector<std::vector<std::string>> rows = {{fmt::format("{:<12}", "state"), "weight", "rate out"}};
  for (int s = 0; s < network.size(); ++s)
    rows.push_back({fmt::format("{:<12}", network.states[static_cast<std::size_t>(s)]),
                    plus_minus(std::exp(network.log_weights(s)), u ? u->at("weights")(s) : 0, 6),
                    readable_with(network.escape(s), u ? u->at("escape")(s) : 0, dimension::rate())});
  return Answer{json.dump(),
                describe_columns(rows, {12, 12}) + (u ? "" : not_propagated(subject.model, *subject.point))};
}

// Every rate out of one state, and where it leads.
std::optional<Answer> rates(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const RateNetwork& network = subject.point->network;
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
  Json json = answer_head(asked, "1/s", subject);
  json["rates"] = Json::array();
  const auto u = network_uncertainty(subject.model, *subject.point);
  if (u) json["uncertainty"]["rates"] = Json::array();
  std::string text;
  for (std::size_t h = 0; h < network.hops.size(); ++h) {
    const Hop& hop = network.hops[h];
    if (hop.from != state) continue;
    const double u_rate = u ? u->at("rates")(static_cast<Eigen::Index>(h)) : 0;
    if (u) json["uncertainty"]["rates"].push_back({{"rate", u_rate}});
    const std::string& to = network.states[static_cast<std::size_t>(hop.to)];
    const std::vector<int> cell(hop.cell.begin(), hop.cell.begin() + network.lattice.dimension());
    json["rates"].push_back({{"to", to}, {"by", cell}, {"rate", hop.rate}});
    text += fmt::format("{} -> {} by [{}]  {}\n", *found, to, fmt::join(cell, ", "),
                        readable_with(hop.rate, u_rate, dimension::rate(), 6));
  }
  return Answer{json.dump(), text};
}

}  // namespace

std::span<const Statement> network_statements() {
  static const Statement table[] = {
      {.usage = "network",
       .line = "dimension, states, transitions, weights",
       .more = "The network at the current settings: is it reversible, and which share of time each state has.\n",
       .answer = network,
       .alone = true},
      {.usage = "states",
       .line = "the states with their weights",
       .more = "One line a state: its stationary weight and the total rate out of it.\n",
       .answer = states,
       .alone = true},
      {.usage = "rates STATE", .line = "the rates out of a state, and where they lead", .answer = rates},
  };
  return table;
}

}  // namespace rdd
