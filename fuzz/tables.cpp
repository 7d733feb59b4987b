// Any bytes as a table of states and a table of transitions.
#include "compiler/import/tables.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const auto given = fuzz::sources(data, size, 2);
  Diagnostics diagnostics;
  importing::read_tables(given[0], given[1], {}, diagnostics);
  fuzz::draw_all(diagnostics);
  return 0;
}
