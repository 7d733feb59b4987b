#include "lang/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rdd {

namespace {

constexpr std::size_t most_errors = 50;
constexpr std::size_t deepest = 200;  // brackets within brackets; the grammar's recursion fits the stack with room left

/// Length of the UTF-8 sequence at `at` and its code point; length 0 where the bytes are no UTF-8.
struct Character {
  std::size_t length = 0;
  char32_t code = 0;
};
Character decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {1, first};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {length, code};
}

/// Blanks beyond ASCII, as they come with text pasted from papers and web pages.
bool exotic_blank(char32_t c) {
  return c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

/// Signs, arrows and punctuation beyond ASCII cannot be part of a name; everything else can.
bool symbol(char32_t c) {
  if (c < 0xC0) return c != 0xAA && c != 0xB5 && c != 0xBA && c != 0xB1;  // ª µ º are letters, ± an operator
  return c == 0xD7 || c == 0xF7 || (c >= 0x2010 && c <= 0x206F) || (c >= 0x2190 && c <= 0x2BFF) ||
         (c >= 0x3001 && c <= 0x303F) || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xFFF0 && c <= 0xFFFF);
}

std::optional<std::string> ascii_for(char32_t c) {
  switch (c) {
    case 0x2212:
    case 0x2013:
    case 0x2010:
    case 0x2011:
      return "-";
    case 0xD7:
    case 0xB7:
    case 0x22C5:
      return "*";
    case 0xF7:
    case 0x2215:
      return "/";
    case 0x2192:
      return "->";
    case 0x2194:
    case 0x21CC:
    case 0x21C4:
      return "<->";
    case 0xB2:
      return "^2";
    case 0xB3:
      return "^3";
    case 0x201C:
    case 0x201D:
      return "\"";
    case 0xB0:
      return "degree";
    default:
      return std::nullopt;
  }
}

class Cutter {
 public:
  Cutter(const Span& part, Diagnostics& diagnostics)
      : source_(part.source), text_(part.begin, ' '), diagnostics_(diagnostics), at_(part.begin) {
    text_ += part.text();
    blocks_.push_back({});
  }

  std::optional<Layout> run() {
    while (at_ < text_.size()) {
      if (!step()) return std::nullopt;
      if (errors_ > most_errors) {
        diagnostics_.add(Code::TooManyErrors, span(at_, at_), "too many errors: the rest of the text was not read");
        return std::nullopt;
      }
    }
    abandon_brackets();
    end_statement();
    while (blocks_.size() > 1) {
      const std::size_t open = open_braces_.back();
      report(Code::UnbalancedBracket, open, open + 1, "this `{` is never closed")
          .hint("close the block with `}` on a line of its own");
      blocks_[blocks_.size() - 2].back().broken = true;
      close_block(text_.size());
    }
    return Layout{std::move(text_), std::move(blocks_.front()), std::move(comments_)};
  }

 private:
  Span span(std::size_t begin, std::size_t end) const { return {source_, begin, end}; }

  Diagnostic& report(Code code, std::size_t begin, std::size_t end, std::string message) {
    ++errors_;
    return diagnostics_.add(code, span(begin, end), std::move(message));
  }

  /// Reads one character or token of layout; false where the text has to be given up.
  bool step() {
    const char c = text_[at_];
    switch (c) {
      case '#':
        skip_comment();
        return true;
      case '"':
        skip_text();
        return true;
      case '\n':
        newline();
        return true;
      case ';':
        abandon_brackets();
        end_statement();
        newline_ended_ = false;
        ++at_;
        return true;
      case '\r':
      case '\t':
      case '\v':
      case '\f':
        text_[at_] = ' ';
        ++at_;
        return true;
      case ' ':
        ++at_;
        return true;
      case '(':
      case '[':
        grow();
        brackets_.push_back(at_);
        if (brackets_.size() + blocks_.size() > deepest) return too_deep();
        ++at_;
        return true;
      case ')':
      case ']':
        close_bracket(c);
        return true;
      case '{':
        return open_block();
      case '}':
        abandon_brackets();
        end_statement();
        if (blocks_.size() == 1) {
          report(Code::UnbalancedBracket, at_, at_ + 1, "this `}` closes nothing");
        } else {
          close_block(at_);
        }
        ++at_;
        return true;
      default:
        if (static_cast<unsigned char>(c) < 0x80) {
          grow();
          ++at_;
        } else {
          beyond_ascii();
        }
        return true;
    }
  }

  /// The current statement takes in the character at `at_`.
  void grow() {
    if (!current_) {
      current_ = Chunk{};
      current_->begin = at_;
    }
    current_->end = at_ + 1;
  }

  void blank(std::size_t begin, std::size_t end) {
    std::fill(text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.begin() + static_cast<std::ptrdiff_t>(end),
              ' ');
  }

  void skip_comment() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    comments_.push_back({at_, end});
    blank(at_, end);
    at_ = end;
  }

  void skip_text() {
    const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
    if (end == std::string::npos || text_[end] == '\n') {
      const std::size_t stop = std::min(end, text_.size());
      report(Code::UnclosedText, at_, stop, "this text is not closed on its line").hint("end it with `\"`");
      grow();
      current_->broken = true;
      at_ = stop;
      return;
    }
    grow();
    current_->end = end + 1;
    at_ = end + 1;
  }

  void newline() {
    if (!brackets_.empty() && !declaration_follows()) {
      text_[at_] = ' ';
    } else {
      abandon_brackets();
      end_statement();
      newline_ended_ = true;
    }
    ++at_;
  }

  /// Whether the next line begins with a word that only a new declaration can begin with: then an open bracket was
  /// forgotten, and the statements below it are still worth reading.
  bool declaration_follows() const {
    const std::size_t begin = text_.find_first_not_of(" \t\r", at_ + 1);
    if (begin == std::string::npos || text_[begin] == '\n') return false;
    std::size_t end = begin;
    while (end < text_.size() && is_name_part(text_[end])) ++end;
    const std::string_view word = std::string_view(text_).substr(begin, end - begin);
    return std::find(declaration_words().begin(), declaration_words().end(), word) != declaration_words().end();
  }

  void abandon_brackets() {
    if (brackets_.empty()) return;
    const std::size_t open = brackets_.back();
    report(Code::UnbalancedBracket, open, open + 1, fmt::format("this `{}` is never closed", text_[open]));
    current_->broken = true;
    brackets_.clear();
  }

  void close_bracket(char c) {
    grow();
    if (brackets_.empty()) {
      report(Code::UnbalancedBracket, at_, at_ + 1, fmt::format("this `{}` closes nothing", c));
      current_->broken = true;
    } else {
      const std::size_t open = brackets_.back();
      if ((text_[open] == '(') != (c == ')')) {
        report(Code::UnbalancedBracket, at_, at_ + 1,
               fmt::format("`{}` closes a bracket that was opened by `{}`", c, text_[open]))
            .note(span(open, open + 1), "opened here");
        current_->broken = true;
      }
      brackets_.pop_back();
    }
    ++at_;
  }

  bool open_block() {
    abandon_brackets();
    std::vector<Chunk>& siblings = blocks_.back();
    if (!current_ && newline_ended_ && !siblings.empty() && !siblings.back().has_block) {
      current_ = std::move(siblings.back());  // `{` on the line after its statement's head
      siblings.pop_back();
    }
    if (!current_) {
      grow();
      current_->broken = true;
      report(Code::Syntax, at_, at_ + 1, "a block needs a word before it that says what it declares")
          .hint("such as `states {` or `solve relax {`");
    }
    current_->has_block = true;
    current_->open = at_;
    open_braces_.push_back(at_);
    siblings.push_back(std::move(*current_));
    current_.reset();
    blocks_.emplace_back();
    if (blocks_.size() > deepest) return too_deep();
    ++at_;
    return true;
  }

  void close_block(std::size_t at) {
    std::vector<Chunk> block = std::move(blocks_.back());
    blocks_.pop_back();
    open_braces_.pop_back();
    blocks_.back().back().block = std::move(block);
    blocks_.back().back().close = at;
    newline_ended_ = false;
  }

  void end_statement() {
    if (!current_) return;
    blocks_.back().push_back(std::move(*current_));
    current_.reset();
  }

  void beyond_ascii() {
    const Character c = decode(text_, at_);  // valid: the text was checked before
    if (exotic_blank(c.code)) {
      blank(at_, at_ + c.length);
    } else if (symbol(c.code)) {
      Diagnostic& d = report(Code::Syntax, at_, at_ + c.length,
                             fmt::format("`{}` means nothing here", text_.substr(at_, c.length)));
      if (const auto ascii = ascii_for(c.code)) d.hint(fmt::format("write `{}`", *ascii));
      grow();
      current_->broken = true;
      current_->end = at_ + c.length;
    } else {
      grow();
      current_->end = at_ + c.length;
    }
    at_ += c.length;
  }

  bool too_deep() {
    report(Code::TooDeep, at_, at_ + 1, fmt::format("brackets are nested more than {} deep", deepest))
        .hint("name a part of it with `let`");
    return false;
  }

  const SourcePtr& source_;
  std::string text_;
  Diagnostics& diagnostics_;
  std::size_t at_;
  std::optional<Chunk> current_;            // the statement being read
  std::vector<std::size_t> brackets_;       // places of the open ( and [ of this statement
  std::vector<std::vector<Chunk>> blocks_;  // the statements of each open block, outermost first
  std::vector<std::size_t> open_braces_;
  std::vector<Comment> comments_;
  bool newline_ended_ = false;
  std::size_t errors_ = 0;
};

}  // namespace

bool check_text(const SourcePtr& source, Diagnostics& diagnostics) {
  const std::string& text = source->text;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = text[at] == '\0' ? Character{} : decode(text, at);
    if (c.length == 0) {
      diagnostics
          .add(Code::NotText, {},
               fmt::format("{} is not text: byte {} is {}", source->name, at + 1,
                           text[at] == '\0' ? "NUL" : "not part of a UTF-8 character"))
          .hint("a model or a table is a UTF-8 text file; save it again with that encoding");
      return false;
    }
    at += c.length;
  }
  return true;
}

std::optional<Layout> lay_out(const Span& part, Diagnostics& diagnostics) {
  if (!check_text(part.source, diagnostics)) return std::nullopt;
  return Cutter(part, diagnostics).run();
}

bool continues(std::string_view text) {
  int open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '#') at = std::min(text.find('\n', at), text.size());
    if (c == '"') at = std::min(text.find_first_of("\"\n", at + 1), text.size());
    if (c == '(' || c == '[' || c == '{') ++open;
    if (c == ')' || c == ']' || c == '}') --open;
  }
  return open > 0;
}

const std::vector<std::string>& declaration_words() {
  static const std::vector<std::string> words{"model",       "use",     "param",        "let",    "fn",
                                              "temperature", "lattice", "translations", "states", "rates",
                                              "force",       "reduce",  "solve",        "query",  "symmetry"};
  return words;
}

const std::vector<std::string>& solve_words() {
  static const std::vector<std::string> words{"domain",    "cells",  "grid",   "spacing",    "boundary", "species",
                                              "initial",   "source", "sink",   "react",      "field",    "until",
                                              "every",     "step",   "method", "symbol",     "scheme",   "arithmetic",
                                              "tolerance", "output", "thin",   "checkpoint", "probe"};
  return words;
}

const std::vector<std::string>& reserved_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all = declaration_words();
    for (const char* word : {"in", "for", "by", "at", "axis", "energy", "entropy", "degeneracy", "weight", "table",
                             "split", "where", "and", "or"}) {
      all.emplace_back(word);
    }
    return all;
  }();
  return words;
}

bool reserved(std::string_view word) {
  const auto& words = reserved_words();
  return word.size() < 13 && std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace rdd
