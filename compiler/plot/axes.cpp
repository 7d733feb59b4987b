#include "compiler/plot/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/expects.hpp"

namespace rdd::plot {
namespace {

// Beyond these a difference or a quotient would not be finite.
constexpr double largest = 1e300, smallest = 1e-300;

std::string superscript(int number) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = number < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(number))) out += digits[c - '0'];
  return out;
}

// "decay rate" in "/s" by thousands of millions: "decay rate (10⁹/s)".
std::string titled(const Axis& axis, int exponent) {
  std::string unit = axis.unit;
  if (exponent != 0)
    unit = "10" + superscript(exponent) + (unit.empty() || unit.starts_with('/') ? "" : " ") + unit;
  else if (unit.starts_with('/'))
    unit = "1" + unit;
  for (const auto& [plain, written] : {std::pair{"^2", "²"}, {"^3", "³"}})
    for (std::size_t at; (at = unit.find(plain)) != std::string::npos;) unit.replace(at, 2, written);
  for (std::size_t at = 0; (at = unit.find('u', at)) != std::string::npos; ++at)
    if ((at == 0 || !std::isalpha(static_cast<unsigned char>(unit[at - 1]))) && at + 1 < unit.size() &&
        std::isalpha(static_cast<unsigned char>(unit[at + 1])))
      unit.replace(at, 1, "µ");
  if (unit.empty()) return axis.label;
  return axis.label.empty() ? unit : fmt::format("{} ({})", axis.label, unit);
}

// 1, 2 or 5 times a power of ten, so that about so many steps cover the span.
double nice_step(double span, int ticks) {
  const double rough = span / std::max(ticks, 1);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

// A number as people write it: a true minus sign, no more digits than the step needs.
std::string number(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 12);
  std::string text = fmt::format("{:.{}f}", std::abs(value) < 1e-9 * step ? 0.0 : value, decimals);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

std::vector<double> multiples(double step, double low, double high) {
  std::vector<double> all;
  const double from = std::ceil(low / step - 1e-9), to = std::floor(high / step + 1e-9);
  for (double i = from; i <= to && all.size() < 100; ++i) all.push_back(i * step);
  return all;
}

void linear_ticks(DrawnAxis& axis, const Axis& wanted, int ticks) {
  const double step = nice_step(axis.high - axis.low, ticks);
  const double size = std::max(std::abs(axis.low), std::abs(axis.high));
  // Thousands and thousandths go to the title.
  const double magnitude = std::floor(std::log10(size) + 1e-9);
  const int exponent = magnitude >= 4 || magnitude <= -3 ? 3 * static_cast<int>(std::floor(magnitude / 3)) : 0;
  const double factor = std::pow(10.0, exponent);
  for (const double value : multiples(step, axis.low, axis.high))
    axis.ticks.push_back({axis.place(value), number(value / factor, step / factor)});
  axis.title = titled(wanted, exponent);
}

void logarithmic_ticks(DrawnAxis& axis, const Axis& wanted, int ticks) {
  axis.title = titled(wanted, 0);
  const double span = axis.high - axis.low;
  const auto place = [&](double exponent) { return (exponent - axis.low) / span; };
  if (span < 1.2) {  // less than a decade or so: round numbers where they happen to fall
    const double low = std::pow(10.0, axis.low), high = std::pow(10.0, axis.high);
    DrawnAxis straight{Scale::linear, low, high, {}, {}, {}};
    linear_ticks(straight, wanted, ticks);
    axis.title = straight.title;
    for (const Tick& tick : straight.ticks) {
      const double value = low + tick.at * (high - low);
      if (value > 0) axis.ticks.push_back({axis.place(value), tick.label});
    }
    return;
  }
  if (const double low = std::pow(10.0, axis.low), high = std::pow(10.0, axis.high);
      span < 2.3 && 3 * span <= 1.5 * ticks && low > 1e-3 && high < 1e4) {  // 1, 2, 5, 10, 20, …
    for (double exponent = std::floor(axis.low); exponent <= axis.high; ++exponent)
      for (int digit = 1; digit < 10; ++digit) {
        const double value = digit * std::pow(10.0, exponent), at = axis.place(value);
        if (at < -1e-9 || at > 1 + 1e-9) continue;
        if (digit == 1 || digit == 2 || digit == 5)
          axis.ticks.push_back({at, fmt::format("{:.4g}", value)});
        else
          axis.minor.push_back(at);
      }
    return;
  }
  const double step = std::max(1.0, std::ceil(span / std::max(ticks, 1) - 0.3));
  for (const double exponent : multiples(step, axis.low, axis.high))
    axis.ticks.push_back({place(exponent), "10" + superscript(static_cast<int>(exponent))});
  if (step > 1) {
    for (const double exponent : multiples(1, axis.low, axis.high)) axis.minor.push_back(place(exponent));
    return;
  }
  for (double exponent = std::floor(axis.low); exponent <= axis.high; ++exponent)
    for (int digit = 2; digit < 10; ++digit)
      if (const double at = place(exponent + std::log10(digit)); at >= 0 && at <= 1) axis.minor.push_back(at);
}

}  // namespace

double DrawnAxis::place(double value) const {
  if (scale == Scale::linear) return std::abs(value) < largest ? (value - low) / (high - low) : NAN;
  if (value == 0) return -0.2;
  return value >= smallest && value < largest ? (std::log10(value) - low) / (high - low) : NAN;
}

DrawnAxis drawn(const Axis& wanted, const std::vector<double>& values, int ticks, double margin) {
  DrawnAxis axis;
  axis.scale = wanted.scale;
  const bool logarithmic = wanted.scale == Scale::logarithmic;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto reach = [&](double value) {
    if (!(std::abs(value) < largest) || (logarithmic && value < smallest)) return;
    low = std::min(low, logarithmic ? std::log10(value) : value);
    high = std::max(high, logarithmic ? std::log10(value) : value);
  };
  if (wanted.range) {
    for (const double end : *wanted.range) reach(end);
  } else {
    for (const double value : values) reach(value);
  }
  if (low > high) low = 0, high = 1;  // nothing to be seen
  const double least = logarithmic ? 0.1 : 1e-12 * std::max(std::abs(low), std::abs(high));
  if (high - low <= least) {  // one value: in the middle
    const double around = logarithmic ? 0.5 : low == 0 ? 1 : 0.1 * std::abs(low);
    low -= around;
    high += around;
  } else if (!wanted.range) {
    const double more = margin * (high - low);
    const bool from_zero = !logarithmic && margin > 0 && low >= 0 && low < 0.3 * high;
    low = from_zero ? 0 : low - more;
    high += more;
  }
  axis.low = low;
  axis.high = high;
  if (!wanted.ticks.empty()) {
    axis.title = titled(wanted, 0);
    for (const Tick& tick : wanted.ticks) axis.ticks.push_back({axis.place(tick.at), tick.label});
  } else if (logarithmic) {
    logarithmic_ticks(axis, wanted, ticks);
  } else {
    linear_ticks(axis, wanted, ticks);
  }
  std::erase_if(axis.ticks, [](const Tick& tick) { return !(tick.at >= -1e-9 && tick.at <= 1 + 1e-9); });
  return axis;
}

Axes axes(const Figure& figure, int ticks_x, int ticks_y) {
  std::vector<double> x, y;
  for (const Series& series : figure.series) {
    expects(series.x.size() == series.y.size(), "as many x as y");
    expects(series.error.empty() || series.error.size() == series.y.size(), "an error for each point");
    x.insert(x.end(), series.x.begin(), series.x.end());
    y.insert(y.end(), series.y.begin(), series.y.end());
    for (std::size_t i = 0; i < series.error.size(); ++i) {
      if (figure.y.scale == Scale::logarithmic && series.y[i] <= series.error[i]) continue;
      y.push_back(series.y[i] - series.error[i]);
      y.push_back(series.y[i] + series.error[i]);
    }
  }
  bool curves = !figure.series.empty();
  for (const Series& series : figure.series) curves = curves && series.mark != Mark::points;
  return {drawn(figure.x, x, ticks_x, curves || !figure.x.ticks.empty() ? 0 : 0.04), drawn(figure.y, y, ticks_y, 0.04)};
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::optional<std::array<Place, 2>> inside(Place a, Place b) {
  double from = 0, to = 1;  // Liang and Barsky: the segment's parameter between the four edges
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double move = b[axis] - a[axis];
    for (const auto& [way, room] : {std::pair{-move, a[axis]}, {move, 1 - a[axis]}}) {
      if (way == 0 && room < 0) return std::nullopt;
      if (way < 0) from = std::max(from, room / way);
      if (way > 0) to = std::min(to, room / way);
    }
  }
  if (!(from <= to)) return std::nullopt;
  const auto at = [&](double s) { return Place{a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])}; };
  return std::array{at(from), at(to)};
}

std::vector<std::size_t> colours(const Figure& figure) {
  std::vector<std::size_t> all;
  std::size_t next = 0;
  for (const Series& series : figure.series) all.push_back(series.colour ? *series.colour : next++);
  return all;
}

}  // namespace rdd::plot
