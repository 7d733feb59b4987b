// What the eye needs of an axis, decided once for all kinds of pictures: its ends, where its ticks stand and what they
// say. Places are fractions of the axis, 0 at its beginning, 1 at its end.
#pragma once

#include <limits>

#include "compiler/plot/figure.hpp"

namespace rdd::plot {

struct DrawnAxis {
  Scale scale = Scale::linear;
  double low = 0, high = 1;   ///< of the values, or of their decimal logarithms
  std::vector<Tick> ticks;    ///< `at` is a fraction
  std::vector<double> minor;  ///< fractions
  std::string title;          ///< "decay rate (10⁹/s)"

  /// May lie outside of [0, 1]. Of zero on a logarithmic axis: a little below the frame; NaN where there is no place.
  double place(double value) const;
};

/// `ticks`: about how many numbers there is room for. `margin`: what is left free beyond the data, a fraction.
DrawnAxis drawn(const Axis& axis, const std::vector<double>& values, int ticks, double margin);

/// Both axes of a figure.
struct Axes {
  DrawnAxis x, y;
};
Axes axes(const Figure& figure, int ticks_x, int ticks_y);

/// How many characters wide a text is.
std::size_t width(const std::string& text);

/// The part of the segment from `a` to `b` inside the unit square; nothing where they do not meet.
using Place = std::array<double, 2>;
std::optional<std::array<Place, 2>> inside(Place a, Place b);

/// The colour of each series, as an index.
std::vector<std::size_t> colours(const Figure& figure);

}  // namespace rdd::plot
