// Models from texts, for tests of what comes after the language.
#pragma once

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "compiler/pipeline.hpp"
#include "lang/parse.hpp"

namespace rdd::test {

inline std::string drawn(const Diagnostics& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) draw(out, diagnostic);
  return out.str();
}

inline Model model_from(const std::string& text) {
  Diagnostics diagnostics;
  const auto source = std::make_shared<const Source>(Source{"test.rdd", text});
  const auto file = parse(source, diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(file.has_value());
  auto model = resolve(*file, std::string(RDD_SOURCE_DIR) + "/examples/paper", diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(model.has_value());
  return *model;
}

inline Model example(const std::string& name) {
  Diagnostics diagnostics;
  auto model = load(std::string(RDD_SOURCE_DIR) + "/examples/" + name, diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(model.has_value());
  return *model;
}

inline Point point_of(const Model& model, const std::vector<Setting>& settings = {}) {
  Diagnostics diagnostics;
  auto point = lower(model, settings, diagnostics);
  INFO(drawn(diagnostics));
  REQUIRE(point.has_value());
  return *point;
}

inline Setting setting(const std::string& name, const std::string& value) {
  const auto source = std::make_shared<const Source>(Source{"test", name + "=" + value});
  return {name, Span{source, 0, name.size()}, Span{source, name.size() + 1, source->text.size()}};
}

}  // namespace rdd::test
