// Drawing: the headline, the place, the lines concerned with carets under what is wrong and dashes under what explains
// it, then the hints. Columns are counted in characters, so carets stay aligned below multi-byte text.
#include "lang/diagnostic.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

namespace rdd {

namespace {

constexpr std::size_t widest = 100;  // longer lines are shown as a window around the mark

struct Entry {
  std::string_view number;
  std::string_view meaning;
};
constexpr Entry entries[] = {
#define RDD_DIAGNOSTIC(number, name, meaning) {#number, meaning},
#include "lang/diagnostics.def"
#undef RDD_DIAGNOSTIC
};
const Entry& entry(Code code) {
  return entries[static_cast<std::size_t>(code)];
}

/// One underlined stretch of one line.
struct Mark {
  std::size_t line;
  std::size_t column;  // from 1
  std::size_t width;
  std::string text;
  bool primary;
};

/// The first characters of a line, each as its bytes; control characters are shown as blanks. A line can be megabytes
/// long: `most` keeps what is looked at to what is shown.
std::vector<std::string> characters(std::string_view line, std::size_t most) {
  std::vector<std::string> result;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (result.size() > most) break;
    if ((byte & 0xC0) == 0x80 && !result.empty()) {
      result.back() += c;
    } else {
      result.emplace_back(1, byte < 0x20 || byte == 0x7F ? ' ' : c);
    }
  }
  return result;
}

/// Bytes [begin, end) of the line that holds `byte`.
std::pair<std::size_t, std::size_t> line_around(const std::string& text, std::size_t byte) {
  byte = std::min(byte, text.size());
  const std::size_t before = byte == 0 ? std::string::npos : text.rfind('\n', byte - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find('\n', byte), text.size());
  return {begin, end};
}

Mark mark(const Span& span, std::string text, bool primary) {
  const Position at = position(*span.source, span.begin);
  const auto [begin, end] = line_around(span.source->text, span.begin);
  const std::size_t last = std::clamp(span.end, std::min(span.begin, end), end);
  const std::string_view marked = std::string_view(span.source->text).substr(std::min(span.begin, end));
  const std::size_t width = characters(marked.substr(0, last - std::min(span.begin, end)), 2 * widest).size();
  return {at.line, at.column, std::max<std::size_t>(width, 1), std::move(text), primary};
}

bool contains(const std::vector<Code>& codes, Code code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string one_line(std::string_view text) {
  std::string result;
  for (const std::string& character : characters(text, text.size())) result += character;
  return result;
}

struct Colours {
  std::string_view strong, error, warning, second, off;
};
constexpr Colours plain{"", "", "", "", ""};
constexpr Colours ansi{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[0m"};

class Drawing {
 public:
  Drawing(std::ostream& out, const Diagnostic& diagnostic, const Colours& colours)
      : out_(out), diagnostic_(diagnostic), colours_(colours) {}

  void draw() {
    collect();
    const bool error = diagnostic_.severity == Severity::error;
    out_ << (error ? colours_.error : colours_.warning) << (error ? "error" : "warning") << '['
         << number(diagnostic_.code) << ']' << colours_.off << colours_.strong << ": " << one_line(diagnostic_.message)
         << colours_.off << '\n';
    if (diagnostic_.span) excerpt(diagnostic_.span, "-->");
    for (const Note& note : diagnostic_.notes) {
      if (note.span && !same_source(note.span)) excerpt(note.span, ":::");
    }
    if (!diagnostic_.span && !diagnostic_.label.empty()) remark("note", diagnostic_.label);
    for (const Note& note : diagnostic_.notes) {
      if (!note.span) remark("note", note.text);
    }
    for (const std::string& hint : diagnostic_.hints) remark("hint", hint);
  }

 private:
  bool same_source(const Span& span) const { return span.source == diagnostic_.span.source; }

  /// Marks by source: those of the first place together, those of each other source by themselves.
  void collect() {
    const auto add = [this](const Span& span, const std::string& text, bool primary) {
      if (!span) return;
      Mark m = mark(span, one_line(text), primary);
      gutter_ = std::max(gutter_, std::to_string(m.line).size());
      std::vector<Mark>& marks = marks_[span.source.get()];
      const auto later = [](const Mark& a, const Mark& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
      };
      marks.insert(std::upper_bound(marks.begin(), marks.end(), m, later), std::move(m));
    };
    add(diagnostic_.span, diagnostic_.label, true);
    for (const Note& note : diagnostic_.notes) add(note.span, note.text, false);
  }

  void excerpt(const Span& span, std::string_view arrow) {
    const auto found = marks_.find(span.source.get());
    if (found == marks_.end()) return;  // this source is drawn already
    const std::vector<Mark> marks = std::move(found->second);
    marks_.erase(found);
    const Position at = position(*span.source, span.begin);
    out_ << std::string(gutter_, ' ') << colours_.second << arrow << colours_.off << ' ' << span.source->name << ':'
         << at.line << ':' << at.column << '\n';
    bar() << '\n';
    std::size_t shown = 0;
    for (const Mark& m : marks) {
      const std::size_t from = m.column > widest ? m.column - widest / 2 : 0;
      const std::vector<std::string> letters = characters(line_text(*span.source, m.line), from + 2 * widest);
      if (m.line != shown || from != 0) source_line(m.line, letters, from);
      shown = m.line;
      underline(m, from);
    }
  }

  static std::string_view line_text(const Source& source, std::size_t line) {
    std::size_t begin = 0;
    for (std::size_t i = 1; i < line; ++i) begin = source.text.find('\n', begin) + 1;
    const auto [first, last] = line_around(source.text, begin);
    return std::string_view(source.text).substr(first, last - first);
  }

  void source_line(std::size_t line, const std::vector<std::string>& letters, std::size_t from) {
    const std::string label = std::to_string(line);
    std::string text;
    const std::size_t end = std::min(letters.size(), from + 2 * widest);
    for (std::size_t i = from; i < end; ++i) text += letters[i];
    if (end < letters.size()) text += " …";
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out_ << colours_.second << std::string(gutter_ - label.size(), ' ') << label << " |" << colours_.off
         << (text.empty() ? "" : " ") << text << '\n';
  }

  void underline(const Mark& m, std::size_t from) {
    const std::size_t width = std::min(m.width, 2 * widest - std::min(2 * widest - 1, m.column - 1 - from));
    const bool error = diagnostic_.severity == Severity::error;
    bar() << ' ' << std::string(m.column - 1 - from, ' ')
          << (m.primary ? (error ? colours_.error : colours_.warning) : colours_.second)
          << std::string(width, m.primary ? '^' : '-') << (m.text.empty() ? "" : " ") << m.text << colours_.off << '\n';
  }

  void remark(std::string_view kind, std::string_view text) {
    out_ << std::string(gutter_ + 1, ' ') << colours_.second << "= " << colours_.off << colours_.strong << kind
         << colours_.off << ": " << one_line(text) << '\n';
  }

  std::ostream& bar() { return out_ << colours_.second << std::string(gutter_ + 1, ' ') << '|' << colours_.off; }

  std::ostream& out_;
  const Diagnostic& diagnostic_;
  const Colours& colours_;
  std::size_t gutter_ = 1;
  std::map<const Source*, std::vector<Mark>> marks_;  // looked up, never walked
};

nlohmann::ordered_json place(const Span& span) {
  nlohmann::ordered_json result;
  if (!span) return result;
  const Position begin = position(*span.source, span.begin), end = position(*span.source, span.end);
  result["file"] = span.source->name;
  result["line"] = begin.line;
  result["column"] = begin.column;
  result["end_line"] = end.line;
  result["end_column"] = end.column;
  return result;
}

}  // namespace

std::string_view number(Code code) {
  return entry(code).number;
}
std::string_view meaning(Code code) {
  return entry(code).meaning;
}

std::vector<Code> codes() {
  std::vector<Code> all;
  for (std::size_t i = 0; i < std::size(entries); ++i) all.push_back(static_cast<Code>(i));
  return all;
}

std::optional<Code> code(std::string_view number) {
  std::string upper(number);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const Code candidate : codes())
    if (rdd::number(candidate) == upper) return candidate;
  return std::nullopt;
}

Severity severity(Code code) {
  return number(code).front() == 'W' ? Severity::warning : Severity::error;
}

Diagnostic& Diagnostics::add(Code code, Span span, std::string message) {
  constexpr std::size_t most = 500;  // a table of a million bad rows is one mistake; nobody reads on
  static thread_local Diagnostic dropped;
  const bool warning = severity(code) == Severity::warning;
  if (warning && contains(policy_.silenced, code)) return dropped = {};
  if (all_.size() == most && all_.back().code != Code::TooManyErrors) {
    all_.back() = {};
    all_.back().code = Code::TooManyErrors;
    all_.back().severity = Severity::error;
    all_.back().message = "too many errors: those after the first ones are not shown";
  }
  if (all_.size() == most) return dropped = {};
  all_.push_back({.code = code,
                  .severity = warning ? Severity::warning : Severity::error,
                  .span = std::move(span),
                  .message = std::move(message),
                  .label = {},
                  .notes = {},
                  .hints = {}});
  if (warning && (policy_.all_are_errors || contains(policy_.errors, code))) {
    all_.back().severity = Severity::error;
    all_.back().note({}, "a warning, taken for an error because of --werror");
  }
  return all_.back();
}

void Diagnostics::add(const Diagnostic& diagnostic) {
  Diagnostic& added = add(diagnostic.code, diagnostic.span, diagnostic.message);
  added.label = diagnostic.label;
  added.notes.insert(added.notes.begin(), diagnostic.notes.begin(), diagnostic.notes.end());
  added.hints = diagnostic.hints;
}

void Diagnostics::move(const std::function<Span(const Span&)>& moved) {
  for (Diagnostic& diagnostic : all_) {
    diagnostic.span = moved(diagnostic.span);
    for (Note& note : diagnostic.notes) note.span = moved(note.span);
  }
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  // The order of sources is that of their first appearance, so that the model's own findings come before its modules'.
  std::map<const Source*, std::size_t> order;
  for (const Diagnostic& d : all_) order.emplace(d.span.source.get(), order.size());
  std::vector<std::size_t> sequence(all_.size());
  std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    const Span& span = all_[i].span;
    return std::tuple(order.at(span.source.get()), span.begin, span.end, i);
  };
  std::sort(sequence.begin(), sequence.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<Diagnostic> result;
  for (const std::size_t i : sequence) result.push_back(all_[i]);
  const auto equal = [](const Diagnostic& a, const Diagnostic& b) {
    return a.code == b.code && a.span.source == b.span.source && a.span.begin == b.span.begin &&
           a.span.end == b.span.end && a.message == b.message;
  };
  result.erase(std::unique(result.begin(), result.end(), equal), result.end());
  return result;
}

void draw(std::ostream& out, const Diagnostic& diagnostic, bool colour) {
  Drawing(out, diagnostic, colour ? ansi : plain).draw();
}

std::string to_json(const Diagnostic& diagnostic) {
  nlohmann::ordered_json json;
  json["code"] = number(diagnostic.code);
  json["severity"] = diagnostic.severity == Severity::error ? "error" : "warning";
  json["message"] = diagnostic.message;
  json["label"] = diagnostic.label;
  if (diagnostic.span) json.update(place(diagnostic.span));
  json["notes"] = nlohmann::ordered_json::array();
  for (const Note& note : diagnostic.notes) {
    nlohmann::ordered_json entry{{"text", note.text}};
    if (note.span) entry.update(place(note.span));
    json["notes"].push_back(std::move(entry));
  }
  json["hints"] = diagnostic.hints;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace rdd
