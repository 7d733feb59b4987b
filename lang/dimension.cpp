// Units are one table: a name, the value of one unit in SI, its dimension, and the SI prefixes it may carry. Prefixes
// are listed unit by unit, so that `Tm` or `kT` stay free for the names of quantities.
#include "lang/dimension.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "lang/nearest.hpp"

namespace rdd {

Dimension operator*(const Dimension& a, const Dimension& b) {
  Dimension result;
  for (std::size_t i = 0; i < result.twelfths.size(); ++i) result.twelfths[i] = a.twelfths[i] + b.twelfths[i];
  return result;
}

Dimension operator/(const Dimension& a, const Dimension& b) {
  Dimension result;
  for (std::size_t i = 0; i < result.twelfths.size(); ++i) result.twelfths[i] = a.twelfths[i] - b.twelfths[i];
  return result;
}

std::optional<Dimension> power(const Dimension& a, int numerator, int denominator) {
  constexpr long long largest = 12 * 1000;  // beyond any formula; keeps products of dimensions far from overflow
  if (denominator == 0) return std::nullopt;
  Dimension result;
  for (std::size_t i = 0; i < result.twelfths.size(); ++i) {
    const long long scaled = static_cast<long long>(a.twelfths[i]) * numerator;
    if (scaled % denominator != 0 || std::llabs(scaled / denominator) > largest) return std::nullopt;
    result.twelfths[i] = static_cast<int>(scaled / denominator);
  }
  return result;
}

namespace dimension {

namespace {
constexpr Dimension si(int kg, int m, int s, int kelvin = 0, int ampere = 0, int mol = 0) {
  return {{12 * kg, 12 * m, 12 * s, 12 * kelvin, 12 * ampere, 12 * mol}};
}
}  // namespace

Dimension mass() {
  return si(1, 0, 0);
}
Dimension length() {
  return si(0, 1, 0);
}
Dimension time() {
  return si(0, 0, 1);
}
Dimension temperature() {
  return si(0, 0, 0, 1);
}
Dimension current() {
  return si(0, 0, 0, 0, 1);
}
Dimension amount() {
  return si(0, 0, 0, 0, 0, 1);
}
Dimension energy() {
  return si(1, 2, -2);
}
Dimension force() {
  return si(1, 1, -2);
}
Dimension rate() {
  return si(0, 0, -1);
}

}  // namespace dimension

namespace {

using dimension::si;

struct NamedUnit {
  std::string_view name;
  double factor;
  Dimension dimension;
  std::string_view prefixes;  // one letter each; u stands for µ and μ as well
};

// Exact values of the SI of 2019; amu by CODATA 2018.
constexpr double electron_volt = 1.602176634e-19;
constexpr NamedUnit units[] = {
    {"m", 1, si(0, 1, 0), "fpnumck"},
    {"s", 1, si(0, 0, 1), "fpnum"},
    {"g", 1e-3, si(1, 0, 0), "numk"},
    {"K", 1, si(0, 0, 0, 1), "um"},
    {"A", 1, si(0, 0, 0, 0, 1), "pnumk"},
    {"mol", 1, si(0, 0, 0, 0, 0, 1), "num"},
    {"J", 1, si(1, 2, -2), "afpnumkM"},
    {"eV", electron_volt, si(1, 2, -2), "umkM"},
    {"cal", 4.184, si(1, 2, -2), "k"},
    {"N", 1, si(1, 1, -2), "fpnumk"},
    {"Pa", 1, si(1, -1, -2), "mkMGT"},
    {"bar", 1e5, si(1, -1, -2), "mk"},
    {"W", 1, si(1, 2, -3), "pnumkM"},
    {"V", 1, si(1, 2, -3, 0, -1), "numkM"},
    {"C", 1, si(0, 0, 1, 0, 1), "pnum"},
    {"e", electron_volt, si(0, 0, 1, 0, 1), ""},
    {"Hz", 1, si(0, 0, -1), "mkMGT"},
    {"min", 60, si(0, 0, 1), ""},
    {"h", 3600, si(0, 0, 1), ""},
    {"angstrom", 1e-10, si(0, 1, 0), ""},
    {"Å", 1e-10, si(0, 1, 0), ""},       // U+00C5
    {"\u212B", 1e-10, si(0, 1, 0), ""},  // U+212B, the compatibility character
    {"amu", 1.66053906660e-27, si(1, 0, 0), ""},
    {"degree", std::numbers::pi / 180, si(0, 0, 0), ""},
};

struct Prefix {
  char letter;
  std::string_view spelling;
  double factor;
};
constexpr Prefix prefixes[] = {
    {'a', "a", 1e-18}, {'f', "f", 1e-15}, {'p', "p", 1e-12}, {'n', "n", 1e-9}, {'u', "u", 1e-6},
    {'u', "µ", 1e-6},  {'u', "μ", 1e-6},  {'m', "m", 1e-3},  {'c', "c", 1e-2}, {'k', "k", 1e3},
    {'M', "M", 1e6},   {'G', "G", 1e9},   {'T', "T", 1e12},
};

/// A power of one base quantity, in twelfths.
struct Factor {
  std::string_view name;
  int twelfths;
};

std::string joined(std::span<const Factor> factors, std::string_view dot, std::string_view one) {
  std::string above, below;
  int count_below = 0;
  for (const Factor& factor : factors) {
    if (factor.twelfths == 0) continue;
    const int size = std::abs(factor.twelfths);
    std::string text(factor.name);
    if (size % 12 == 0 && size != 12) text += fmt::format("^{}", size / 12);
    if (size % 12 != 0) {
      const int common = std::gcd(size, 12);
      text += fmt::format("^({}/{})", size / common, 12 / common);
    }
    std::string& side = factor.twelfths > 0 ? above : below;
    if (factor.twelfths < 0) ++count_below;
    if (!side.empty()) side += dot;
    side += text;
  }
  if (below.empty()) return above;
  if (above.empty()) above = one;
  return count_below > 1 ? fmt::format("{}/({})", above, below) : fmt::format("{}/{}", above, below);
}

/// A dimension as powers of energy (or mass), length, time, …: whichever of the two needs the smaller exponents.
std::vector<Factor> factors(const Dimension& dimension, std::span<const std::string_view, 7> names) {
  const auto size = [](const std::vector<Factor>& list) {
    int total = 0;
    for (const Factor& factor : list) total += std::abs(factor.twelfths);
    return total;
  };
  const auto& d = dimension.twelfths;
  const std::vector<Factor> with_mass{{names[1], d[0]}, {names[2], d[1]}, {names[3], d[2]},
                                      {names[4], d[3]}, {names[5], d[4]}, {names[6], d[5]}};
  const std::vector<Factor> with_energy{
      {names[0], d[0]}, {names[2], d[1] - 2 * d[0]}, {names[3], d[2] + 2 * d[0]}, {names[4], d[3]}, {names[5], d[4]},
      {names[6], d[5]}};
  return size(with_energy) < size(with_mass) ? with_energy : with_mass;
}

/// A unit to print in: its text and its value in SI.
struct Printed {
  std::string_view text;
  double factor;
};
struct Scale {
  Dimension dimension;
  std::vector<Printed> units;  // ascending
  std::size_t zero;            // index of the unit in which zero is printed
  double from = 1;             // the smallest number to print: people write 0.05 eV, but 50 pm
};

const std::vector<Scale>& scales() {
  constexpr double eV = electron_volt;
  static const std::vector<Scale> all{
      {si(1, 2, -2), {{"ueV", 1e-6 * eV}, {"meV", 1e-3 * eV}, {"eV", eV}}, 2, 0.01},
      {si(0, 1, 0), {{"pm", 1e-12}, {"nm", 1e-9}, {"um", 1e-6}, {"mm", 1e-3}, {"m", 1}}, 1},
      {si(0, 0, 1), {{"fs", 1e-15}, {"ps", 1e-12}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}}, 2},
      {si(0, 0, -1), {{"/s", 1}}, 0},
      {si(0, 2, -1),
       {{"nm^2/s", 1e-18}, {"nm^2/ms", 1e-15}, {"nm^2/us", 1e-12}, {"nm^2/ns", 1e-9}, {"nm^2/ps", 1e-6}},
       2},
      {si(0, 1, -1), {{"nm/s", 1e-9}, {"um/s", 1e-6}, {"mm/s", 1e-3}, {"m/s", 1}, {"km/s", 1e3}}, 3},
      {si(1, 1, -2), {{"ueV/nm", 1e-6 * eV / 1e-9}, {"meV/nm", 1e-3 * eV / 1e-9}, {"eV/nm", eV / 1e-9}}, 2, 0.01},
      {si(1, -1, -2), {{"Pa", 1}, {"kPa", 1e3}, {"MPa", 1e6}, {"GPa", 1e9}}, 2},
      {si(1, 2, -2, -1), {{"ueV/K", 1e-6 * eV}, {"meV/K", 1e-3 * eV}, {"eV/K", eV}}, 1},
      {si(0, 0, 1, 0, 1), {{"e", eV}}, 0},
      {si(0, -1, 0), {{"/m", 1}, {"/um", 1e6}, {"/nm", 1e9}}, 2},
      {si(0, -2, 0), {{"/m^2", 1}, {"/um^2", 1e12}, {"/nm^2", 1e18}}, 2},
      {si(0, -3, 0), {{"/m^3", 1}, {"/um^3", 1e18}, {"/nm^3", 1e27}}, 2},
  };
  return all;
}

}  // namespace

std::string words(const Dimension& dimension) {
  static constexpr std::string_view names[] = {"energy",           "mass",  "length", "time", "temperature",
                                               "electric current", "amount"};
  static const std::pair<Dimension, std::string_view> known[] = {
      {Dimension{}, "a number without dimension"},
      {si(1, 2, -3), "power"},
      {si(1, 2, -3, 0, -1), "voltage"},
      {si(0, 0, 1, 0, 1), "electric charge"},
  };
  for (const auto& [known_dimension, name] : known) {
    if (dimension == known_dimension) return std::string(name);
  }
  return joined(factors(dimension, names), "·", "1");
}

std::string si_unit(const Dimension& dimension) {
  static constexpr std::string_view names[] = {"J", "kg", "m", "s", "K", "A", "mol"};
  return joined(factors(dimension, names), "*", "1");
}

std::optional<Unit> find_unit(std::string_view name) {
  if (name == "cell") return Unit{dimension::length(), 1, 1};
  for (const NamedUnit& unit : units) {
    if (name == unit.name) return Unit{unit.dimension, unit.factor};
  }
  for (const NamedUnit& unit : units) {
    if (!name.ends_with(unit.name)) continue;
    const std::string_view spelling = name.substr(0, name.size() - unit.name.size());
    for (const Prefix& prefix : prefixes) {
      if (spelling == prefix.spelling && unit.prefixes.find(prefix.letter) != std::string_view::npos) {
        return Unit{unit.dimension, prefix.factor * unit.factor};
      }
    }
  }
  return std::nullopt;
}

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> list;
    for (const NamedUnit& unit : units) {
      list.emplace_back(unit.name);
      for (const Prefix& prefix : prefixes) {
        if (unit.prefixes.find(prefix.letter) != std::string_view::npos && prefix.spelling.size() == 1) {
          list.push_back(std::string(prefix.spelling) + std::string(unit.name));
        }
      }
    }
    return list;
  }();
  return all;
}

std::optional<std::string> nearest_unit(std::string_view name) {
  return nearest(name, unit_names());
}

std::string readable(double si_value, const Dimension& dimension, int digits) {
  const auto print = [digits](double value, std::string_view unit) {
    return unit.empty() ? fmt::format("{:.{}g}", value, digits) : fmt::format("{:.{}g} {}", value, digits, unit);
  };
  for (const Scale& scale : scales()) {
    if (dimension != scale.dimension) continue;
    if (si_value == 0 || !std::isfinite(si_value)) return print(si_value, scale.units[scale.zero].text);
    const Printed* chosen = &scale.units.front();
    for (const Printed& unit : scale.units) {
      // Half a digit short of one still rounds to one: 0.99999 eV is printed as 1 eV, not 1000 meV.
      if (std::abs(si_value) >= scale.from * unit.factor * (1 - 0.5 * std::pow(10.0, -digits))) chosen = &unit;
    }
    return print(si_value / chosen->factor, chosen->text);
  }
  return print(si_value, si_unit(dimension));
}

}  // namespace rdd
