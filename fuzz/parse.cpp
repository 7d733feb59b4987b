// Any bytes as a model file: the lexer and the parser either read them or say what is wrong, and what they read prints
// to a text that reads the same.
#include <cstdint>
#include <cstdlib>

#include "fuzz/draw.hpp"
#include "fuzz/stopwatch.hpp"
#include "lang/parse.hpp"
#include "lang/print.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const fuzz::Stopwatch stopwatch;
  const auto source =
      std::make_shared<const Source>(Source{"fuzz.rdd", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const auto file = parse(source, diagnostics);
  fuzz::draw_some(diagnostics);
  if (!file || diagnostics.has_errors()) return 0;
  Diagnostics again;
  const auto printed = parse(std::make_shared<const Source>(Source{"printed.rdd", print(*file)}), again);
  if (!printed || again.has_errors() || !(*printed == *file)) std::abort();
  return 0;
}
