// The query language: statements about one model, each with an answer for people and one for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"

namespace rdd {

struct Answer {
  std::string json;  ///< one object on one line, SI units, every number to the last bit
  std::string text;  ///< for people: readable units; ends with a newline
};

/// A model under questioning. Settings and the number of bands stay from one statement to the next.
class Session {
 public:
  explicit Session(Model model, std::vector<Setting> settings = {});

  /// nullopt with diagnostics. A statement that fails changes nothing.
  std::optional<Answer> run(const SourcePtr& statement, Diagnostics& diagnostics);

  const Model& model() const { return model_; }
  /// Names a prompt can complete: statements, states, parameters.
  std::vector<std::string> words() const;

 private:
  struct Asked;  // one statement, taken apart
  bool ensure_point(Diagnostics& diagnostics);
  bool ensure_analysis(Diagnostics& diagnostics);
  void forget();

  std::optional<Answer> network(const Asked& asked);
  std::optional<Answer> states(const Asked& asked);
  std::optional<Answer> spectrum(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> bands_over_grid(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> bands_along(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> timescales(const Asked& asked);
  std::optional<Answer> rates(const Asked& asked, Diagnostics& diagnostics);
  std::optional<std::vector<std::vector<std::string>>> path(const Asked& asked, Diagnostics& diagnostics) const;
  std::optional<Answer> gap(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> clusters(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> reduced(const Asked& asked, Diagnostics& diagnostics);
  std::optional<Answer> transported(const Asked& asked);
  std::optional<Answer> set(const Asked& asked, Diagnostics& diagnostics);
  std::optional<std::vector<double>> list(const Asked& asked, Diagnostics& diagnostics) const;

  Model model_;
  std::vector<Setting> settings_;
  std::optional<Point> point_;        // made when first asked for, forgotten when a setting changes
  std::optional<Analysis> analysis_;  // the same, and when the bands or the order change
};

/// The statements with a line each; `topic` names one of them for more.
std::string query_help(const std::string& topic = "");

}  // namespace rdd
