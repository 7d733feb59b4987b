// Any bytes as a model file, through the checker and the construction of the network.
#include <cstdint>
#include <sstream>

#include "compiler/lower_network.hpp"
#include "lang/parse.hpp"
#include "lang/print.hpp"
#include "lang/resolve.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const auto source =
      std::make_shared<const Source>(Source{"fuzz.rdd", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const auto file = parse(source, diagnostics);
  if (!file) return 0;
  const auto model = resolve(*file, "/nonexistent", diagnostics);
  std::ostringstream drawn;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) draw(drawn, diagnostic);
  if (!model || diagnostics.has_errors()) return 0;
  text(*model);
  constexpr std::size_t small = 50;  // beyond it the stationary distribution takes longer than it teaches
  const auto parameters = parameter_values(*model, {}, diagnostics);
  if (parameters && model->states.size() <= small) lower_network(*model, *parameters, diagnostics);
  return 0;
}
