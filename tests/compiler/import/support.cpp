#include "tests/compiler/import/support.hpp"

#include <doctest/doctest.h>

#include "lang/parse.hpp"
#include "tests/support/process.hpp"

namespace rdd::test {

SourcePtr data_file(const std::string& path) {
  const std::string whole = std::string(RDD_SOURCE_DIR) + "/tests/data/" + path;
  const std::string text = read_file(whole);
  REQUIRE_FALSE(text.empty());
  return file_text(whole, text);
}

Given at_temperature(const std::string& text) {
  Given given;
  Diagnostics diagnostics;
  REQUIRE(importing::read_temperature(text, given, diagnostics));
  return given;
}

NetworkDescription accepted(const std::function<std::optional<NetworkDescription>(Diagnostics&)>& read) {
  Diagnostics diagnostics;
  auto network = read(diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(network.has_value());
  CHECK_FALSE(diagnostics.has_errors());
  return std::move(*network);
}

std::string refused(const std::function<std::optional<NetworkDescription>(Diagnostics&)>& read) {
  Diagnostics diagnostics;
  CHECK_FALSE(read(diagnostics).has_value());
  CHECK(diagnostics.has_errors());
  return drawn(diagnostics);
}

RateNetwork network_of(const NetworkDescription& description, const std::vector<std::string>& settings) {
  const Scratch folder;
  const importing::WrittenModel written = write_model(description, "imported");
  for (const auto& [name, text] : written.tables) folder.write(name, text);
  Diagnostics diagnostics;
  std::vector<Setting> given;
  for (const std::string& text : settings) {
    const auto source = file_text("--set", text);
    const std::size_t equals = text.find('=');
    given.push_back({text.substr(0, equals), Span{source, 0, equals}, Span{source, equals + 1, text.size()}});
  }
  const auto model = load(folder.write("imported.rdd", written.text), diagnostics);
  INFO(written.text);
  INFO(drawn(diagnostics));
  REQUIRE(model.has_value());
  auto point = lower(*model, given, diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(point.has_value());
  return std::move(point->network);
}

Eigen::MatrixXd diffusivity(const RateNetwork& network) {
  return transport(BlochOperator(network, gauge(network))).diffusion;
}

}  // namespace rdd::test
