// Any bytes as TAMMBER's MarkovModel.xml.
#include "compiler/import/tammber.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const auto given = fuzz::sources(data, size, 1);
  Diagnostics diagnostics;
  importing::read_tammber(given[0], {}, diagnostics);
  fuzz::draw_all(diagnostics);
  return 0;
}
