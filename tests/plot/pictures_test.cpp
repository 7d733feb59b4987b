// Whole pictures as golden texts, tests/golden/plot: look at the SVG files in a browser before accepting a change.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numbers>

#include "compiler/plot/figure.hpp"
#include "runtime/expects.hpp"
#include "tests/support/process.hpp"

using namespace rdd::plot;

namespace {

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(RDD_SOURCE_DIR) + "/tests/golden/plot/" + name;
  if (std::getenv("RDD_UPDATE_GOLDEN")) std::ofstream(path) << text;
  INFO("to accept: RDD_UPDATE_GOLDEN=1 ctest -R plot, then look at the picture");
  CAPTURE(name);
  CHECK(text == rdd::test::read_file(path));
}

// Two bands along a path with a break, a gap between them, rates over many decades.
Figure bands() {
  Figure figure{.title = "two bands",
                .x = {.label = "", .unit = "", .ticks = {{0, "Γ"}, {1, "X"}, {2, "K|U"}, {3, "X"}}},
                .y = {.label = "decay rate", .unit = "/s", .scale = Scale::logarithmic},
                .series = {{.name = "λ₀"}, {.name = "λ₁"}},
                .shades = {{2e6, 5e9, "gap"}}};
  for (int i = 0; i <= 60; ++i) {
    const double x = i / 20.0, s = std::sin(x * std::numbers::pi / 2);
    if (i == 40)  // the path goes on elsewhere
      for (Series& series : figure.series) series.x.push_back(x), series.y.push_back(NAN);
    figure.series[0].x.push_back(x);
    figure.series[0].y.push_back(i == 0 ? 0 : 1e6 * s * s + 1e5 * x);
    figure.series[1].x.push_back(x);
    figure.series[1].y.push_back(1e10 * (1.5 - s * s));
  }
  return figure;
}

// Points with their errors and a line through them.
Figure fit() {
  Figure figure{.title = "",
                .x = {.label = "1/kT", .unit = "/eV"},
                .y = {.label = "D", .unit = "m^2/s", .scale = Scale::logarithmic},
                .series = {{.name = "computed", .mark = Mark::points, .colour = 0},
                           {.name = "E = 0.55 eV & <fit>", .mark = Mark::dashes, .colour = 1}}};
  for (int i = 0; i < 8; ++i) {
    const double beta = 10 + 3 * i, D = 1e-8 * std::exp(-0.55 * beta);
    figure.series[0].x.push_back(beta);
    figure.series[0].y.push_back(D * (1 + 0.2 * std::sin(5.0 * i)));
    figure.series[0].error.push_back(i == 7 ? 2 * D : 0.3 * D);
    figure.series[1].x.push_back(beta);
    figure.series[1].y.push_back(D);
  }
  return figure;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0, now = 0;
  for (const char c : text) {
    if (c == '\n')
      now = 0;
    else if ((c & 0xc0) != 0x80)
      most = std::max(most, ++now);
  }
  return most;
}

}  // namespace

TEST_CASE("bands along a path, as SVG and in the terminal") {
  expect_golden("bands.svg", svg(bands()));
  expect_golden("bands.txt", braille(bands()));
}

TEST_CASE("points with errors and a fit, as SVG and in the terminal") {
  expect_golden("fit.svg", svg(fit(), 480, 320));
  expect_golden("fit.txt", braille(fit(), 60));
}

TEST_CASE("a picture in the terminal keeps to its width, and is plain text unless colours are asked for") {
  for (const int columns : {40, 80, 133}) CHECK(widest(braille(bands(), columns)) <= static_cast<std::size_t>(columns));
  CHECK(braille(bands(), 80).find('\x1b') == std::string::npos);
  CHECK(braille(bands(), 80, true).find('\x1b') != std::string::npos);
}

TEST_CASE("an empty figure is an empty frame; unequal lengths are a bug of ours") {
  CHECK(svg({}).find("</svg>") != std::string::npos);
  CHECK(braille({}).find("┌") != std::string::npos);
  Figure wrong;
  wrong.series.push_back({.name = "", .x = {1, 2}, .y = {1}});
  CHECK_THROWS_AS(svg(wrong), rdd::InternalError);
}
