#include "tests/reference/table_model.hpp"

#include <fmt/format.h>

namespace rdd::test {

std::string write_model(const Scratch& scratch, const std::string& name, const TableModel& model) {
  static constexpr const char* letters[] = {"x", "y", "z"};
  const std::size_t n = model.vectors.size();
  std::string states = "state,weight", rates = "from,to", at, by, vectors;
  for (std::size_t a = 0; a < n; ++a) {
    if (!model.at.empty()) states += fmt::format(",u{}", letters[a]);
    rates += fmt::format(",t{}", letters[a]);
    at += fmt::format("{}u{}", a ? ", " : "", letters[a]);
    by += fmt::format("{}t{}", a ? ", " : "", letters[a]);
    vectors += a ? ", [" : "[";
    for (std::size_t i = 0; i < model.vectors[a].size(); ++i)
      vectors += fmt::format("{}{} m", i ? ", " : "", model.vectors[a][i]);
    vectors += "]";
  }
  states += "\n";
  rates += ",rate\n";
  for (std::size_t s = 0; s < model.weights.size(); ++s) {
    states += fmt::format("s{},{}", s, model.weights[s]);
    if (!model.at.empty())
      for (const double u : model.at[s]) states += fmt::format(",{}", u);
    states += "\n";
  }
  for (const auto& jump : model.jumps) {
    rates += fmt::format("s{},s{}", jump.from, jump.to);
    for (std::size_t a = 0; a < n; ++a) rates += fmt::format(",{}", jump.by[a]);
    rates += fmt::format(",{}\n", jump.rate);
  }
  scratch.write(name + ".states.csv", states);
  scratch.write(name + ".rates.csv", rates);
  return scratch.write(name + ".rdd",
                       fmt::format("model {0}\nlattice {{ vectors [{1}] }}\n"
                                   "states table \"{0}.states.csv\" {{ name: state, weight: weight{2} }}\n"
                                   "rates table \"{0}.rates.csv\" {{ from: from, to: to, by: [{3}], rate: rate /s }}\n",
                                   name, vectors, model.at.empty() ? "" : ", at: [" + at + "]", by));
}

}  // namespace rdd::test
