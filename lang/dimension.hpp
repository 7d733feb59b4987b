// Physical dimensions and the units of the field. A quantity is held in coherent SI units (J, m, s, K, A, mol, kg).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdd {

/// Exponents of kg, m, s, K, A, mol in twelfths, so that square and cube roots stay exact.
struct Dimension {
  std::array<int, 6> twelfths{};
  friend bool operator==(const Dimension&, const Dimension&) = default;
  bool dimensionless() const { return *this == Dimension{}; }
};
Dimension operator*(const Dimension& a, const Dimension& b);
Dimension operator/(const Dimension& a, const Dimension& b);
/// a^(numerator/denominator); nullopt where the exponents would no longer be twelfths.
std::optional<Dimension> power(const Dimension& a, int numerator, int denominator);

namespace dimension {
Dimension mass();
Dimension length();
Dimension time();
Dimension temperature();
Dimension current();
Dimension amount();
Dimension energy();
Dimension force();
Dimension rate();  // 1/time
}  // namespace dimension

/// In words, as diagnostics say it: "energy", "energy·length", "1/time", "a number without dimension".
std::string words(const Dimension& dimension);

/// A unit: value in SI = factor × number.
struct Unit {
  Dimension dimension;
  double factor;
  int cells = 0;  ///< power of `cell`, the length of a primitive vector, which only the model knows
};
/// One unit name with its prefix: "eV", "meV", "THz", "us", "angstrom"; nullopt where unknown.
std::optional<Unit> find_unit(std::string_view name);
/// Every unit name there is, with its prefixes in ASCII.
const std::vector<std::string>& unit_names();
/// The known unit name nearest to a misspelt one, if any is near.
std::optional<std::string> nearest_unit(std::string_view name);

/// A value in SI units as a person reads it: 6.4e-20 J -> "0.4 eV", 1.3e-7 m^2/s -> "130 nm^2/ns"; `digits`
/// significant.
std::string readable(double si_value, const Dimension& dimension, int digits = 4);
/// SI unit of a dimension for --json: "m^2/s", "1/s", "" without dimension.
std::string si_unit(const Dimension& dimension);

}  // namespace rdd
