#include "compiler/plot/axes.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace rdd::plot;

namespace {

std::string labels(const DrawnAxis& axis) {
  std::string all;
  for (const Tick& tick : axis.ticks) all += (all.empty() ? "" : " ") + tick.label;
  return all;
}

}  // namespace

TEST_CASE("ticks are round numbers inside the axis, as many as there is room for or so") {
  CHECK(labels(drawn({}, {0, 10}, 5, 0)) == "0 2 4 6 8 10");
  CHECK(labels(drawn({}, {-0.31, 0.28}, 6, 0)) == "−0.3 −0.2 −0.1 0.0 0.1 0.2");
  CHECK(labels(drawn({}, {300, 900}, 3, 0)) == "400 600 800");
  for (const double size : {1e-250, 3e-9, 0.7, 123.0, 4e17, 1e250})
    for (const double from : {-1.0, 0.0, 0.9}) {
      CAPTURE(size);
      const DrawnAxis axis = drawn({}, {from * size, size}, 5, 0.04);
      CHECK(axis.ticks.size() >= 2);
      CHECK(axis.ticks.size() <= 9);
      for (const Tick& tick : axis.ticks) CHECK((tick.at >= -1e-9 && tick.at <= 1 + 1e-9));
    }
}

TEST_CASE("powers of a thousand go to the title") {
  const DrawnAxis axis = drawn({"decay rate", "/s"}, {0, 4e12}, 4, 0);
  CHECK(axis.title == "decay rate (10¹²/s)");
  CHECK(labels(axis) == "0 1 2 3 4");
  CHECK(drawn({"decay rate", "/s"}, {0, 40}, 4, 0).title == "decay rate (1/s)");
  CHECK(drawn({"diffusivity", "nm^2/us"}, {0, 4e-5}, 4, 0).title == "diffusivity (10⁻⁶ nm²/µs)");
  CHECK(drawn({"phase", ""}, {0, 1}, 4, 0).title == "phase");
}

TEST_CASE("a logarithmic axis counts decades, and round numbers where there are too few") {
  const Axis axis{"rate", "/s", Scale::logarithmic};
  CHECK(labels(drawn(axis, {1e3, 1e6}, 5, 0)) == "10³ 10⁴ 10⁵ 10⁶");
  CHECK(labels(drawn(axis, {1e-20, 1e10}, 6, 0)) == "10⁻²⁰ 10⁻¹⁵ 10⁻¹⁰ 10⁻⁵ 10⁰ 10⁵ 10¹⁰");
  CHECK(labels(drawn(axis, {1, 64}, 6, 0)) == "1 2 5 10 20 50");
  CHECK(labels(drawn(axis, {2, 9}, 4, 0)) == "2 4 6 8");
  CHECK(drawn(axis, {1e3, 1e6}, 5, 0).place(1e3) == 0);
  CHECK(drawn(axis, {1e3, 1e6}, 5, 0).place(0) < 0);
  CHECK(std::isnan(drawn(axis, {1e3, 1e6}, 5, 0).place(-1)));
}

TEST_CASE("an axis has two ends whatever the data") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Scale scale : {Scale::linear, Scale::logarithmic})
    for (const std::vector<double>& values :
         {std::vector<double>{}, {5}, {0, 0}, {NAN, infinity, -infinity}, {-3, -3}, {1, 1 + 1e-15}, {1e308, -1e308}}) {
      const DrawnAxis axis = drawn({"", "", scale}, values, 4, 0.04);
      CHECK(axis.low < axis.high);
      CHECK(std::isfinite(axis.high - axis.low));
    }
}

TEST_CASE("a segment is cut at the frame") {
  const auto whole = inside({0.2, 0.3}, {0.8, 0.1});
  REQUIRE(whole);
  CHECK((*whole)[1][0] == 0.8);
  const auto cut = inside({0.5, 0.5}, {0.5, -1.5});
  REQUIRE(cut);
  CHECK((*cut)[1][1] == 0);
  CHECK_FALSE(inside({-1, 0.5}, {0.5, 3}));
  CHECK_FALSE(inside({-0.1, 0}, {-0.1, 1}));
}
