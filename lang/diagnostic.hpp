// A Diagnostic is a value: what is wrong, where, and the way out. Passes only collect them; `draw` and `to_json` are
// the only functions that turn them into text, and only the command line prints.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "lang/source.hpp"

namespace rdd {

/// Every code there is, from diagnostics.def: Code::UnknownName is E0201 and so on.
enum class Code {
#define RDD_DIAGNOSTIC(number, name, meaning) name,
#include "lang/diagnostics.def"
#undef RDD_DIAGNOSTIC
};
std::string_view number(Code code);   ///< "E0203", "W0301"
std::string_view meaning(Code code);  ///< one line, from diagnostics.def
std::vector<Code> codes();            ///< all, in the order of diagnostics.def
/// The code of a number, in upper or lower case; nullopt where there is none.
std::optional<Code> code(std::string_view number);

enum class Severity { error, warning };
/// E… is an error, W… a warning.
Severity severity(Code code);

/// A second place that explains the first.
struct Note {
  Span span;
  std::string text;
};

struct Diagnostic {
  Code code;
  Severity severity;
  Span span;
  std::string message;  ///< the headline
  std::string label;    ///< what stands beside the caret; may be empty
  std::vector<Note> notes;
  std::vector<std::string> hints;

  Diagnostic& here(std::string text) {
    label = std::move(text);
    return *this;
  }
  Diagnostic& note(Span where, std::string text) {
    notes.push_back({std::move(where), std::move(text)});
    return *this;
  }
  Diagnostic& hint(std::string text) {
    hints.push_back(std::move(text));
    return *this;
  }
};

/// What becomes of warnings, as `--werror` and `--no-warn` say.
struct WarningPolicy {
  bool all_are_errors = false;
  std::vector<Code> errors;    ///< these are errors
  std::vector<Code> silenced;  ///< these are not reported, whatever stands above
};

/// What one run has found so far. Severity follows from the code and the policy.
class Diagnostics {
 public:
  Diagnostics() = default;
  explicit Diagnostics(WarningPolicy policy) : policy_(std::move(policy)) {}
  /// The reference is good until the next call.
  Diagnostic& add(Code code, Span span, std::string message);
  /// One that was found elsewhere, under a policy of its own.
  void add(const Diagnostic& diagnostic);
  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  /// Sorted by source and place; equal diagnostics once.
  std::vector<Diagnostic> sorted() const;
  /// Puts every place, of the diagnostics and of their notes, where `moved` says.
  void move(const std::function<Span(const Span&)>& moved);
  void clear() { all_.clear(); }

 private:
  WarningPolicy policy_;
  std::vector<Diagnostic> all_;
};

/// Draws one diagnostic as language.md shows: headline, place, excerpt with carets, notes, hints.
void draw(std::ostream& out, const Diagnostic& diagnostic, bool colour = false);
/// One JSON object on one line: code, severity, message, label, file, line, column, end_line, end_column, notes, hints.
std::string to_json(const Diagnostic& diagnostic);

}  // namespace rdd
