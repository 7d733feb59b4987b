// Importing texts in tests, and what becomes of them.
#pragma once

#include <functional>
#include <string>

#include "compiler/import/given.hpp"
#include "compiler/import/write_model.hpp"
#include "compiler/pipeline.hpp"
#include "tests/support/model.hpp"

namespace rdd::test {

using importing::Given;
using importing::NetworkDescription;

inline SourcePtr file_text(const std::string& name, const std::string& text) {
  return std::make_shared<const Source>(Source{name, text});
}

/// A file of tests/data.
SourcePtr data_file(const std::string& path);

/// Options with a temperature as the command line takes it.
Given at_temperature(const std::string& text);

/// The description that a reader makes; fails the test with its diagnostics where there is none.
NetworkDescription accepted(const std::function<std::optional<NetworkDescription>(Diagnostics&)>& read);
/// The drawn diagnostics of a reader that must refuse.
std::string refused(const std::function<std::optional<NetworkDescription>(Diagnostics&)>& read);

/// The network of the written text: parsed, resolved and lowered again.
RateNetwork network_of(const NetworkDescription& description, const std::vector<std::string>& settings = {});
Eigen::MatrixXd diffusivity(const RateNetwork& network);

}  // namespace rdd::test
