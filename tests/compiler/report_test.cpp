#include "compiler/report.hpp"

#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {
bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}
}  // namespace

TEST_CASE("a matrix has one unit, that of its largest entry, and shows round-off as 0") {
  const Dimension diffusivity = dimension::length() * dimension::length() / dimension::time();
  const Eigen::MatrixXd values = (Eigen::MatrixXd(1, 2) << 2.5e-12, 1e-28).finished();
  CHECK(describe_matrix(values, diffusivity, "") == "[         2.5,           0 ] nm^2/us\n");
}

TEST_CASE("the summary of the paper's third example tells P, L, the gap, who is in which cluster, and D") {
  const Model model = example("paper/fig1c.rdd");
  const Point point = point_of(model);
  Diagnostics diagnostics;
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  const std::string text = summary(model, point, *analysis);
  CHECK(says(text, "10 states a cell"));
  CHECK(says(text, "P = 2 of 10 states"));
  CHECK(says(text, "detailed balance holds"));
  CHECK(says(text, "s0 s1 s2 s3 s4\n"));
  CHECK(says(text, "s5 s6 s7 s8 s9\n"));
  CHECK(says(text, "0.13356"));  // exact D_xx of the reference, 0.13355847
  CHECK(says(text, "nm^2/s"));
}
