// Numbers as a person writes them.
#pragma once

#include <string>

namespace rdd::importing {

/// The shortest text that reads back to the same number.
std::string shortest(double value);
/// "1/3" for 0.3333333333333333 and its like (denominators up to 24), else the shortest text.
std::string fraction(double value, double tolerance = 1e-9);
/// The number without the round-off of a short calculation: 2.9999999999999996 becomes 3.
double rounded(double value);

}  // namespace rdd::importing
