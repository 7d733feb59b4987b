// Any bytes as a table of a model: the first line of the input says how the columns are mapped. One that maps `from` is
// a table of rates.
#include <algorithm>
#include <cstdint>
#include <string>

#include "fuzz/draw.hpp"
#include "fuzz/stopwatch.hpp"
#include "lang/parse.hpp"
#include "lang/resolve.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const fuzz::Stopwatch stopwatch;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(bytes.find('\n'), size);
  const std::string mapping = line == 0 ? "name: 1" : bytes.substr(0, line);
  const bool rates = mapping.find("from") != std::string::npos;
  const std::string head = "temperature 300 K; lattice { vectors [[1 nm, 0 nm], [0 nm, 1 nm]] }\n";
  const std::string text = head + (rates ? "states { A energy 0 eV; B energy 0.1 eV }; rates table" : "states table") +
                           " \"t.csv\" { " + mapping + " }\n";
  const OpenTexts files{
      {"/t.csv", std::make_shared<const Source>(Source{"t.csv", bytes.substr(std::min(line + 1, size))})}};
  Diagnostics diagnostics;
  const auto file = parse(std::make_shared<const Source>(Source{"fuzz.rdd", text}), diagnostics);
  if (file) resolve(*file, "/", diagnostics, nullptr, &files);
  fuzz::draw_some(diagnostics);
  return 0;
}
