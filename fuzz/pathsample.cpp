// Any bytes as PATHSAMPLE's min.data and ts.data, and a table of translations.
#include "compiler/import/pathsample.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const auto given = fuzz::sources(data, size, 3);
  Diagnostics diagnostics;
  importing::read_pathsample(given[0], given[1], given[2]->text.empty() ? nullptr : given[2], {}, diagnostics);
  fuzz::draw_all(diagnostics);
  return 0;
}
