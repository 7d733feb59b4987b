// Plots as values: what is to be seen, in the numbers of the axes. svg.cpp draws a figure for paper and screen,
// braille.cpp for the terminal, and both see the axes as axes.hpp decides them: statements that answer with a picture
// fill a Figure and know nothing of pixels.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace rdd::plot {

enum class Scale { linear, logarithmic };

/// A place on an axis that has a name: "Γ".
struct Tick {
  double at = 0;
  std::string label;
};

struct Axis {
  std::string label = {};  ///< "decay rate"
  std::string unit = {};   ///< of the numbers: "/s", "nm^2/us"; empty for plain numbers
  Scale scale = Scale::linear;
  std::optional<std::array<double, 2>> range = {};  ///< nothing: that of the data
  std::vector<Tick> ticks = {};  ///< where there are any, in place of numbers; each with a line across
};

enum class Mark { line, dashes, points };

/// y over x. Values that are not finite break a line, as do those below zero on a logarithmic axis, except that a line
/// is led to the edge of the frame towards a zero.
struct Series {
  std::string name = {};  ///< for the legend; empty: none
  std::vector<double> x = {}, y = {};
  Mark mark = Mark::line;
  std::vector<double> error = {};          ///< standard errors of y, as many as there are points; or none
  std::optional<std::size_t> colour = {};  ///< number in the palette, round and round; nothing: a colour of its own
};

/// A range of y that is set off: a gap.
struct Shade {
  double low = 0, high = 0;
  std::string label = {};
};

struct Figure {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  std::vector<Shade> shades = {};
};

/// A whole SVG file of this size in pixels, readable on light and on dark: viewers that know which is wanted are told
/// both. The same bytes for the same figure. Throws InternalError where a series has unequal lengths.
std::string svg(const Figure& figure, int width = 600, int height = 400);

/// Lines of text of at most so many characters (40 at least), the curves in dots of braille. `colour`: with the escape
/// sequences of terminals; without, curves are told apart by the names at their ends alone.
std::string braille(const Figure& figure, int columns = 80, bool colour = false);

}  // namespace rdd::plot
