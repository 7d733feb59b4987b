#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/export/results.hpp"

namespace rdd::exporting {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* axis_names = "xyz";

// JSON has no infinity: a gap above all states has no ratio.
Json finite(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json row(const Eigen::Ref<const Eigen::RowVectorXd>& values) {
  return Json(std::vector<double>(values.data(), values.data() + values.size()));
}

Json rows(const Eigen::MatrixXd& matrix) {
  Json all = Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) all.push_back(row(matrix.row(i)));
  return all;
}

Json network_json(const NetworkResults& network, const std::string& name, const std::vector<std::string>& states) {
  Json json{{"name", name}, {"units", {{"length", "m"}, {"energy", "J"}, {"time", "s"}}}};
  json["temperature"] = network.kelvin ? Json(*network.kelvin) : Json(nullptr);
  json["reversible"] = network.reversible;
  json["lattice"] = rows(network.lattice);
  json["states"] = Json::array();
  for (std::size_t s = 0; s < states.size(); ++s) {
    const auto i = static_cast<Eigen::Index>(s);
    Json state{{"name", states[s]}, {"weight", network.weights(i)}};
    if (network.positions) state["position"] = row(network.positions->row(i));
    json["states"].push_back(std::move(state));
  }
  json["transitions"] = Json::array();
  const auto n = static_cast<std::size_t>(network.lattice.rows());
  for (const NetworkResults::Transition& t : network.transitions)
    json["transitions"].push_back({{"from", states[static_cast<std::size_t>(t.from)]},
                                   {"to", states[static_cast<std::size_t>(t.to)]},
                                   {"by", std::vector<int>(t.by.begin(), t.by.begin() + static_cast<std::ptrdiff_t>(n))},
                                   {"rate", t.rate}});
  return json;
}

Json spectrum_json(const SpectrumResults& spectrum) {
  Json json{{"units", {{"k", "rad"}, {"lambda", "1/s"}}}, {"grid", spectrum.grid}};
  json["k"] = rows(spectrum.phases.transpose());
  json["lambda"] = Json::array();
  for (Eigen::Index k = 0; k < spectrum.lambda.cols(); ++k) {
    Json bands = Json::array();
    for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m)
      bands.push_back({spectrum.lambda(m, k).real(), spectrum.lambda(m, k).imag()});
    json["lambda"].push_back(std::move(bands));
  }
  return json;
}

Json reduction_json(const ReductionResults& reduction) {
  return {{"units", {{"gap.tau", "s"}, {"gap.L", "cell"}, {"resolution", "cell"}}},
          {"P", reduction.P},
          {"order", reduction.order},
          {"coarse_states", reduction.coarse_states},
          {"chi", rows(reduction.chi)},
          {"crispness", reduction.crispness},
          {"gap", {{"ratio", finite(reduction.gap.ratio)}, {"tau", finite(reduction.gap.tau)}, {"L", reduction.gap.L}}},
          {"resolution", finite(reduction.resolution)}};
}

Json coefficients_json(const Coefficients& c) {
  Json json{{"units", {{"Q", "1/s"}, {"C", "m/s"}, {"D", "m^2/s"}}}};
  json["Q"] = rows(c.reaction);
  json["C"] = Json::object();
  json["D"] = Json::object();
  for (std::size_t a = 0; a < c.drift.size(); ++a) {
    json["C"][std::string(1, axis_names[a])] = rows(c.drift[a]);
    for (std::size_t b = a; b < c.drift.size(); ++b)
      json["D"][std::string{axis_names[a], axis_names[b]}] = rows(c.diffusion[a][b]);
  }
  return json;
}

// One entry of an object a line, and one of a list of lists or objects; what is inside stays on its line.
std::string laid_out(const Json& json, int depth) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  const bool object = json.is_object() && depth < 3;
  const bool list = json.is_array() && !json.empty() && json.front().is_structured();
  if (!object && !list) return json.dump();
  std::string text = object ? "{" : "[", separator = "\n";
  for (const auto& [key, value] : json.items()) {
    text += separator + indent + "  " + (object ? Json(key).dump() + ": " + laid_out(value, depth + 1) : value.dump());
    separator = ",\n";
  }
  return text + "\n" + indent + (object ? "}" : "]");
}

}  // namespace

std::string json_text(const Results& results) {
  Json json{{"format", "rdd export 1"}, {"model", results.model}, {"model_hash", results.hash}};
  json["parameters"] = Json::object();
  for (std::size_t p = 0; p < results.parameters.size(); ++p)
    json["parameters"][results.parameters[p][0]] = {{"value", finite(results.values[p])},
                                                    {"unit", results.parameters[p][1]}};
  if (results.network) json["network"] = network_json(*results.network, results.model, results.states);
  if (results.spectrum) json["spectrum"] = spectrum_json(*results.spectrum);
  if (results.reduction) json["reduction"] = reduction_json(*results.reduction);
  if (results.coefficients) json["coefficients"] = coefficients_json(*results.coefficients);
  return laid_out(json, 0) + "\n";
}

}  // namespace rdd::exporting
