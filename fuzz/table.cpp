// Any bytes as the tables of a model: the first line of the input says how the columns are mapped.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "lang/parse.hpp"
#include "lang/resolve.hpp"

namespace {

/// A folder of this process, in memory where the system has that.
const std::string& folder() {
  static const std::string path = [] {
    const std::filesystem::path base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                                           : std::filesystem::temp_directory_path();
    const std::filesystem::path made = base / ("rdd_fuzz_table_" + std::to_string(getpid()));
    std::filesystem::create_directories(made);
    return made.string();
  }();
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  std::ofstream(folder() + "/table.csv", std::ios::binary) << bytes.substr(std::min(line + 1, bytes.size()));
  const std::string mapping = bytes.substr(0, line).empty() ? "name: 1" : bytes.substr(0, line);
  for (const char* head : {"states { A energy 0 eV; B energy 0.1 eV }\nrates table", "states table"}) {
    const std::string text = "model m\ntemperature 300 K\nlattice { vectors [[1 nm, 0 nm], [0 nm, 1 nm]] }\n" +
                             std::string(head) + " \"table.csv\" { " + mapping + " }\n";
    const auto source = std::make_shared<const Source>(Source{"fuzz.rdd", text});
    Diagnostics diagnostics;
    const auto file = parse(source, diagnostics);
    if (file) resolve(*file, folder(), diagnostics);
  }
  return 0;
}
