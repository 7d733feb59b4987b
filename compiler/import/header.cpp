#include "compiler/import/header.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rdd::importing {

Header::Header(const resolving::Csv& table) : table_(table) {
  found = table.rows() > 0 && !number(table.cell(0, 0));
  if (!found) return;
  for (std::size_t c = 0; c < table.columns; ++c) {
    std::string_view text = table.cell(0, c);
    std::string unit;
    const std::size_t open = text.find_first_of("[(");
    if (open != std::string_view::npos && (text.ends_with(']') || text.ends_with(')'))) {
      unit = text.substr(open + 1, text.size() - open - 2);
      text = text.substr(0, open);
      while (text.ends_with(' ')) text.remove_suffix(1);
    }
    names_.emplace_back(text);
    units_.push_back(std::move(unit));
  }
}

bool Header::check(Diagnostics& diagnostics) const {
  for (std::size_t c = 0; c < names_.size(); ++c) {
    if (names_[c].empty() || std::find(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(c), names_[c]) ==
                                 names_.begin() + static_cast<std::ptrdiff_t>(c))
      continue;
    malformed(diagnostics, table_.cell_span(0, c), fmt::format("two columns are called `{}`", names_[c]));
    return false;
  }
  return true;
}

std::optional<std::size_t> Header::column(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names)
    if (const auto at = std::ranges::find(names_, name); at != names_.end())
      return static_cast<std::size_t>(at - names_.begin());
  return std::nullopt;
}

std::vector<std::size_t> Header::numbered(std::initializer_list<std::string_view> names) const {
  std::vector<std::size_t> all;
  for (const std::string_view name : names)
    if (const auto at = column({name})) all.push_back(*at);
  return all;
}

std::string Header::unit(std::size_t column) const {
  return units_[column];
}

}  // namespace rdd::importing
