// Any bytes as a table of states, which may be left out, and a table of transitions.
#include "compiler/import/tables.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  return fuzz::import(data, size, 2, [](const std::vector<SourcePtr>& files, Diagnostics& diagnostics) {
    return importing::read_tables(files[0]->text.empty() ? nullptr : files[0], files[1], {}, diagnostics);
  });
}
