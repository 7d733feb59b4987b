// Tables as they come out of other programs: RFC 4180 with comma, semicolon or tab, `#` comment lines allowed.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/diagnostic.hpp"

namespace rdd::resolving {

/// The cells of a table, row after row; quotes are taken off, blanks around cells too.
struct Csv {
  SourcePtr source;
  std::size_t columns = 0;
  std::vector<std::string_view> cells;  ///< rows × columns, into the source's text or into `unquoted`
  std::vector<std::size_t> row_begin;   ///< byte where each row begins
  std::deque<std::string> unquoted;     ///< cells that held doubled quotes

  std::size_t rows() const { return row_begin.size(); }
  std::string_view cell(std::size_t row, std::size_t column) const { return cells[row * columns + column]; }
  Span row_span(std::size_t row) const;
  /// Of the cell's text; of its row where the cell is empty or was unquoted.
  Span cell_span(std::size_t row, std::size_t column) const;
};

/// Cuts a text into cells. nullopt with diagnostics (each with a note at `asked`): ragged rows, no rows, an open quote.
std::optional<Csv> read_csv(const SourcePtr& source, const Span& asked, Diagnostics& diagnostics);

}  // namespace rdd::resolving
