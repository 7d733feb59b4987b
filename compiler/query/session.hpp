// The query language: statements about one model, each with an answer for people and one for programs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/pipeline.hpp"
#include "lang/diagnostic.hpp"
#include "lang/draft.hpp"
#include "lang/model.hpp"
#include "runtime/reduction/interpolant.hpp"

namespace rdd {

struct Answer {
  std::string json;  ///< one object on one line, SI units, every number to the last bit
  std::string text;  ///< for people: readable units; ends with a newline, or is empty where there is nothing to say
};

/// Where answers are read.
struct Screen {
  int columns = 80;
  bool colour = false;  ///< takes the escape sequences of terminals
};

/// A text of a model, and the settings that hold beside it.
struct Version {
  Draft draft;
  std::vector<Setting> settings;
};

/// What the model under questioning is read from.
struct Written {
  Draft draft;
  std::string file;                 ///< that the session began with, or was last saved to; empty where there is none
  std::string directory;            ///< where relative paths in the text start
  std::vector<Diagnostic> missing;  ///< what keeps the text from being a model
  std::vector<Version> earlier;     ///< before each declaration
  std::map<std::string, std::string> on_disk;  ///< what this session read or wrote, by absolute path

  /// Goes on with this file, which holds this text.
  void keep(const std::string& path, const std::string& text);
};

/// What a text says: a model, or what is missing to make it one.
struct DraftModel {
  std::optional<Model> model;
  std::vector<Diagnostic> missing;
  std::vector<Diagnostic> unused;  ///< warnings that declarations still to come may settle
};
/// nullopt with diagnostics where the text is wrong. Places are those it was typed in.
std::optional<DraftModel> read_draft(const Draft& draft, const std::string& directory, Diagnostics& diagnostics);

/// A model under questioning: what was set, and what has been found at these settings so far.
struct Subject {
  Model model = {};  ///< empty while the text lacks something
  std::vector<Setting> settings = {};
  std::optional<Point> point = {};        ///< made when first asked for, forgotten when a setting changes
  std::optional<Analysis> analysis = {};  ///< the same, and when the bands or the order change
  Screen screen = {};
  std::function<void(double, long)> progress = {};  ///< told the share of a long answer that is done, and the steps
  std::optional<CoefficientTable> table = {};       ///< of the last `interpolate`
  Written written = {};
  std::optional<Answer> last = {};  ///< to the last question

  bool ensure_point(Diagnostics& diagnostics);
  bool ensure_analysis(Diagnostics& diagnostics);
  void forget();
  /// Goes on with another text. What was wrong with it or with a setting is in the diagnostics; then nothing has
  /// changed and there is no reading.
  std::optional<DraftModel> take(const Version& version, Diagnostics& diagnostics);
};

/// Settings and the number of bands stay from one statement to the next; declarations change the model.
class Session {
 public:
  explicit Session(Model model, std::vector<Setting> settings = {}, Screen screen = {});

  /// Begins with the text of a file, or with nothing, which need not be a whole model yet. nullopt with diagnostics
  /// where the text or a setting is wrong.
  static std::optional<Session> begin(const std::optional<std::string>& file, std::vector<Setting> settings,
                                      Screen screen, Diagnostics& diagnostics);

  /// A statement, or a text of declarations. nullopt with diagnostics. One that fails changes nothing.
  std::optional<Answer> run(const SourcePtr& statement, Diagnostics& diagnostics);

  /// Whom long answers tell how far they are: the share that is done, and the number of steps.
  void on_progress(std::function<void(double, long)> progress) { subject_.progress = std::move(progress); }

  /// Without a name, states or anything else while the text is not a whole model.
  const Model& model() const { return subject_.model; }
  /// Names a prompt can complete: statements, declarations, parameters.
  std::vector<std::string> words() const;
  /// What the text lacks to be a model.
  const std::vector<Diagnostic>& missing() const { return subject_.written.missing; }

 private:
  Session() = default;
  std::optional<Answer> declare(const SourcePtr& text, Diagnostics& diagnostics);

  Subject subject_;
};

/// Whether a text holds declarations, and not a statement of the query language. Words that begin both (`states`,
/// `rates`, `reduce`) declare where a block or a table follows.
bool declares(std::string_view text);

/// The statements with a line each; `topic` names one of them for more.
std::string query_help(const std::string& topic = "");

}  // namespace rdd
