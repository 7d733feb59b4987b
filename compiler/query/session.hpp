// The query language: statements about one model, each with an answer for people and one for programs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "runtime/reduction/interpolant.hpp"

namespace rdd {

struct Answer {
  std::string json;  ///< one object on one line, SI units, every number to the last bit
  std::string text;  ///< for people: readable units; ends with a newline
};

/// Where answers are read.
struct Screen {
  int columns = 80;
  bool colour = false;  ///< takes the escape sequences of terminals
};

/// A model under questioning: what was set, and what has been found at these settings so far.
struct Subject {
  Model model;
  std::vector<Setting> settings;
  std::optional<Point> point;        ///< made when first asked for, forgotten when a setting changes
  std::optional<Analysis> analysis;  ///< the same, and when the bands or the order change
  Screen screen = {};
  std::function<void(double, long)> progress = {};  ///< told the share of a long answer that is done, and the steps
  std::optional<CoefficientTable> table = {};  ///< of the last `interpolate`

  bool ensure_point(Diagnostics& diagnostics);
  bool ensure_analysis(Diagnostics& diagnostics);
  void forget();
};

/// Settings and the number of bands stay from one statement to the next.
class Session {
 public:
  explicit Session(Model model, std::vector<Setting> settings = {}, Screen screen = {});

  /// nullopt with diagnostics. A statement that fails changes nothing.
  std::optional<Answer> run(const SourcePtr& statement, Diagnostics& diagnostics);

  /// Whom long answers tell how far they are: the share that is done, and the number of steps.
  void on_progress(std::function<void(double, long)> progress) { subject_.progress = std::move(progress); }

  const Model& model() const { return subject_.model; }
  /// Names a prompt can complete: statements, states, parameters.
  std::vector<std::string> words() const;

 private:
  Subject subject_;
};

/// The statements with a line each; `topic` names one of them for more.
std::string query_help(const std::string& topic = "");

}  // namespace rdd
