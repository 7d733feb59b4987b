// Any bytes as TAMMBER's MarkovModel.xml.
#include "compiler/import/tammber.hpp"

#include "fuzz/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  return fuzz::import(data, size, 1, [](const std::vector<SourcePtr>& files, Diagnostics& diagnostics) {
    return importing::read_tammber(files[0], {}, diagnostics);
  });
}
