// Any bytes as PATHSAMPLE's min.data and ts.data, and a table of translations.
#include "compiler/import/pathsample.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  return fuzz::import(data, size, 3, [](const std::vector<SourcePtr>& files, Diagnostics& diagnostics) {
    return importing::read_pathsample(files[0], files[1], files[2]->text.empty() ? nullptr : files[2], {}, diagnostics);
  });
}
