// The header of an imported table: which column is called what, and the unit a name may carry in brackets, as in
// `energy [meV]`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/given.hpp"
#include "lang/resolve/csv.hpp"

namespace rdd::importing {

class Header {
 public:
  /// Takes the first row for a header where its first cell is no number.
  explicit Header(const resolving::Csv& table);

  bool found = false;

  /// False with a diagnostic where two columns have the same name.
  bool check(Diagnostics& diagnostics) const;
  /// The column of the first of these names that the table has.
  std::optional<std::size_t> column(std::initializer_list<std::string_view> names) const;
  /// The columns of those of these names that the table has, in the order of the names.
  std::vector<std::size_t> numbered(std::initializer_list<std::string_view> names) const;
  /// The text in the brackets behind a column's name; empty where there is none.
  std::string unit(std::size_t column) const;

 private:
  const resolving::Csv& table_;
  std::vector<std::string> names_, units_;
};

}  // namespace rdd::importing
