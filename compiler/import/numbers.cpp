#include "compiler/import/numbers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace rdd::importing {

std::string shortest(double value) {
  return fmt::format("{}", value + 0.0);  // no -0
}

std::string fraction(double value, double tolerance) {
  for (const int denominator : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24}) {
    const double numerator = std::round(value * denominator);
    if (std::abs(value * denominator - numerator) > tolerance * denominator || std::abs(numerator) > 1e6) continue;
    const auto whole = static_cast<long>(numerator);
    return denominator == 1 ? fmt::format("{}", whole) : fmt::format("{}/{}", whole, denominator);
  }
  return shortest(value);
}

double rounded(double value) {
  const std::string text = fmt::format("{:.12g}", value);
  double short_one = value;
  std::from_chars(text.data(), text.data() + text.size(), short_one);
  return std::abs(short_one - value) <= 1e-14 * std::abs(value) ? short_one : value;
}

}  // namespace rdd::importing
