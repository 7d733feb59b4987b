#include "lang/resolve/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rdd::resolving {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return text.substr(0, 0);
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The separator that the first row holds most often.
char separator(std::string_view text, std::size_t begin) {
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view known = ",;\t";
  bool quoted = false;
  for (std::size_t at = begin; at < text.size() && (quoted || text[at] != '\n'); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (const std::size_t i = known.find(text[at]); !quoted && i != std::string_view::npos) ++counts[i];
  }
  return known[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

class Reader {
 public:
  Reader(const SourcePtr& source, const Span& asked, Diagnostics& diagnostics)
      : text_(source->text), asked_(asked), diagnostics_(diagnostics) {
    table_.source = source;
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // byte order mark
  }

  std::optional<Csv> run() {
    while (next_row()) {
      if (table_.row_begin.size() == 1) separator_ = separator(text_, at_);
      if (!read_row()) return std::nullopt;
    }
    if (errors_ > 0) return std::nullopt;
    if (table_.row_begin.empty()) {
      diagnostics_.add(Code::EmptyTable, asked_, fmt::format("{} has no rows", table_.source->name));
      return std::nullopt;
    }
    return std::move(table_);
  }

 private:
  /// Moves to the next line that is neither empty nor a comment.
  bool next_row() {
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = trimmed(text_.substr(at_, end - at_));
      if (!line.empty() && line.front() != '#') {
        table_.row_begin.push_back(at_);
        return true;
      }
      at_ = end + 1;
    }
    return false;
  }

  bool read_row() {
    const std::size_t begin = at_, before = table_.cells.size();
    bool more = true;
    while (more) {
      if (!read_cell()) {
        diagnostics_
            .add(Code::BadCell, {table_.source, begin, std::min(text_.find('\n', begin), text_.size())},
                 "a quoted cell is not closed")
            .note(asked_, "the table is asked for here");
        return false;
      }
      more = at_ < text_.size() && text_[at_] == separator_;
      if (at_ < text_.size()) ++at_;
    }
    const std::size_t cells = table_.cells.size() - before;
    if (table_.row_begin.size() == 1) table_.columns = cells;
    if (cells == table_.columns) return true;
    table_.cells.resize(before);
    const std::size_t first = table_.row_begin.front();
    table_.row_begin.pop_back();
    const auto line_end = [this](std::size_t from) { return std::min(text_.find('\n', from), text_.size()); };
    diagnostics_
        .add(Code::RaggedRow, {table_.source, begin, line_end(begin)},
             fmt::format("this row has {} cell{}, the first one has {}", cells, cells == 1 ? "" : "s", table_.columns))
        .note({table_.source, first, line_end(first)}, "the first row")
        .note(asked_, "the table is asked for here");
    return ++errors_ < 10;
  }

  /// Reads up to the separator, the newline or the end. False where a quote stays open.
  bool read_cell() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] == '\t' && separator_ != '\t'))) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != separator_ && text_[end] != '\n') ++end;
    table_.cells.push_back(trimmed(text_.substr(at_, end - at_)));
    at_ = end;
    return true;
  }

  bool read_quoted() {
    const std::size_t begin = ++at_;
    bool doubled = false;
    for (;;) {
      at_ = text_.find('"', at_);
      if (at_ == std::string_view::npos) {
        at_ = text_.size();
        return false;
      }
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      doubled = true;
      at_ += 2;
    }
    std::string_view cell = text_.substr(begin, at_ - begin);
    if (doubled) {
      std::string& plain = table_.unquoted.emplace_back();
      for (std::size_t i = 0; i < cell.size(); ++i) {
        plain += cell[i];
        if (cell[i] == '"') ++i;
      }
      cell = plain;
    }
    table_.cells.push_back(cell);
    ++at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
    return true;
  }

  std::string_view text_;
  const Span& asked_;
  Diagnostics& diagnostics_;
  Csv table_;
  std::size_t at_ = 0;
  char separator_ = ',';
  int errors_ = 0;
};

}  // namespace

Span Csv::row_span(std::size_t row) const {
  const std::size_t begin = row_begin[row];
  std::size_t end = std::min(source->text.find('\n', begin), source->text.size());
  while (end > begin && blanks.find(source->text[end - 1]) != std::string_view::npos) --end;
  return {source, begin, end};
}

Span Csv::cell_span(std::size_t row, std::size_t column) const {
  const std::string_view text = cell(row, column);
  const std::less<const char*> before;
  const char* const begin = source->text.data();
  if (text.empty() || before(text.data(), begin) || !before(text.data(), begin + source->text.size()))
    return row_span(row);
  const auto at = static_cast<std::size_t>(text.data() - begin);
  return {source, at, at + text.size()};
}

std::optional<Csv> read_csv(const SourcePtr& source, const Span& asked, Diagnostics& diagnostics) {
  return Reader(source, asked, diagnostics).run();
}

}  // namespace rdd::resolving
