// Any bytes as a model file, with others beside it that it may use, through the checker and the construction of the
// network.
#include <cstdint>

#include "compiler/lower_network.hpp"
#include "fuzz/draw.hpp"
#include "fuzz/stopwatch.hpp"
#include "lang/parse.hpp"
#include "lang/print.hpp"
#include "lang/resolve.hpp"

namespace {

rdd::SourcePtr source(std::string name, std::string text) {
  return std::make_shared<const rdd::Source>(rdd::Source{std::move(name), std::move(text)});
}

const rdd::OpenTexts& files() {
  static const rdd::OpenTexts all{
      {"/m.rdd", source("m.rdd", "model m\nparam E = 1 eV\nlet a = 2 nm\nfn f(x) = x\nstates { Z at [0] weight 1 }\n")},
      {"/i.rdd", source("i.rdd", "lattice { vectors [[1 nm]] }\nstates { Z }\nrates { Z -> Z by [1] : 1 /s }\n")},
      {"/r.rdd", source("r.rdd", "use \"r.rdd\"\nlet b = a\n")},
      {"/s.csv", source("s.csv", "state,w,x\nA,1,0\nB,2,0.5\n")},
      {"/r.csv", source("r.csv", "A,B,0,1\nA,A,1,2\n")}};
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rdd;
  const fuzz::Stopwatch stopwatch;
  Diagnostics diagnostics;
  const auto file = parse(source("fuzz.rdd", std::string(reinterpret_cast<const char*>(data), size)), diagnostics);
  if (!file) return 0;
  const auto model = resolve(*file, "/", diagnostics, nullptr, &files());
  fuzz::draw_some(diagnostics);
  if (!model || diagnostics.has_errors()) return 0;
  text(*model);
  constexpr std::size_t small = 50;  // beyond it the stationary distribution takes longer than it teaches
  const auto parameters = parameter_values(*model, {}, diagnostics);
  if (parameters && model->states.size() <= small) lower_network(*model, *parameters, diagnostics);
  return 0;
}
