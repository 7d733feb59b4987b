#include <fmt/format.h>

#include <cmath>

#include "compiler/export/results.hpp"

namespace rdd::exporting {
namespace {

constexpr const char* axis_names = "xyz";

// A cell of RFC 4180; names of states may come from foreign tables.
std::string cell(const std::string& text) {
  if (text.find_first_of(",;\"\t\n\r# ") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string numbered(char letter, Eigen::Index count, int first = 1) {
  std::string header;
  for (Eigen::Index i = 0; i < count; ++i) header += fmt::format("{}{}{}", i ? "," : "", letter, first + i);
  return header;
}

using Tables = std::vector<std::array<std::string, 2>>;

void network_tables(const NetworkResults& network, const std::vector<std::string>& names, Tables& tables) {
  const Eigen::Index n = network.lattice.rows();
  std::string lattice = "x [m]";
  for (Eigen::Index c = 1; c < network.lattice.cols(); ++c) lattice += fmt::format(",{} [m]", axis_names[c]);
  lattice += "\n";
  for (Eigen::Index a = 0; a < n; ++a)
    for (Eigen::Index c = 0; c < network.lattice.cols(); ++c)
      lattice += fmt::format("{}{}", network.lattice(a, c), c + 1 < network.lattice.cols() ? "," : "\n");
  tables.push_back({"network.lattice", std::move(lattice)});

  std::string states = "name,weight" + (network.positions ? "," + numbered('f', n) : "") + "\n";
  for (std::size_t s = 0; s < names.size(); ++s) {
    const auto i = static_cast<Eigen::Index>(s);
    states += fmt::format("{},{}", cell(names[s]), network.weights(i));
    for (Eigen::Index a = 0; network.positions && a < n; ++a) states += fmt::format(",{}", (*network.positions)(i, a));
    states += "\n";
  }
  tables.push_back({"network.states", std::move(states)});

  std::string rates = "from,to," + numbered('t', n) + ",rate [1/s]\n";
  for (const NetworkResults::Transition& t : network.transitions)
    rates += fmt::format("{},{},{},{}\n", cell(names[static_cast<std::size_t>(t.from)]),
                         cell(names[static_cast<std::size_t>(t.to)]),
                         fmt::join(t.by.begin(), t.by.begin() + n, ","), t.rate);
  tables.push_back({"network.rates", std::move(rates)});
}

std::string spectrum_table(const SpectrumResults& spectrum) {
  std::string text = numbered('k', spectrum.phases.rows()) + ",band,lambda [1/s],imaginary [1/s]\n";
  for (Eigen::Index k = 0; k < spectrum.lambda.cols(); ++k)
    for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m) {
      for (Eigen::Index a = 0; a < spectrum.phases.rows(); ++a) text += fmt::format("{},", spectrum.phases(a, k));
      text += fmt::format("{},{},{}\n", m, spectrum.lambda(m, k).real(), spectrum.lambda(m, k).imag());
    }
  return text;
}

std::string reduction_table(const ReductionResults& reduction, const std::vector<std::string>& states) {
  std::string text = "state";
  for (const std::string& name : reduction.coarse_states) text += "," + cell(name);
  text += "\n";
  for (Eigen::Index s = 0; s < reduction.chi.rows(); ++s) {
    text += cell(states[static_cast<std::size_t>(s)]);
    for (Eigen::Index p = 0; p < reduction.chi.cols(); ++p) text += fmt::format(",{}", reduction.chi(s, p));
    text += "\n";
  }
  return text;
}

std::string coefficients_table(const Coefficients& c) {
  std::string text = "coefficient,row,column,value,unit\n";
  const auto add = [&](const std::string& name, const Eigen::MatrixXd& matrix, const char* unit) {
    for (Eigen::Index i = 0; i < matrix.rows(); ++i)
      for (Eigen::Index j = 0; j < matrix.cols(); ++j)
        text += fmt::format("{},{},{},{},{}\n", name, i, j, matrix(i, j), unit);
  };
  add("Q", c.reaction, "1/s");
  for (std::size_t a = 0; a < c.drift.size(); ++a) add(fmt::format("C_{}", axis_names[a]), c.drift[a], "m/s");
  for (std::size_t a = 0; a < c.drift.size(); ++a)
    for (std::size_t b = a; b < c.drift.size(); ++b)
      add(fmt::format("D_{}{}", axis_names[a], axis_names[b]), c.diffusion[a][b], "m^2/s");
  return text;
}

}  // namespace

std::vector<std::array<std::string, 2>> csv_texts(const Results& results) {
  Tables tables;
  if (results.network) network_tables(*results.network, results.states, tables);
  if (results.spectrum) tables.push_back({"spectrum", spectrum_table(*results.spectrum)});
  if (results.reduction) tables.push_back({"reduction", reduction_table(*results.reduction, results.states)});
  if (results.coefficients) tables.push_back({"coefficients", coefficients_table(*results.coefficients)});
  return tables;
}

}  // namespace rdd::exporting
