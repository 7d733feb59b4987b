#include "lang/dimension.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include "tests/support/approx.hpp"

using namespace rdd;
namespace dim = rdd::dimension;

TEST_CASE("units have the values of the SI") {
  const auto factor = [](const char* name) {
    const auto unit = find_unit(name);
    REQUIRE_MESSAGE(unit, name);
    return unit->factor;
  };
  CHECK(factor("eV") == 1.602176634e-19);
  CHECK(factor("meV") == rdd::test::approx(1.602176634e-22).epsilon(1e-15));
  CHECK(factor("THz") == 1e12);
  CHECK(factor("nm") == 1e-9);
  CHECK(factor("µs") == 1e-6);  // U+00B5
  CHECK(factor("μs") == 1e-6);  // U+03BC
  CHECK(factor("us") == 1e-6);
  CHECK(factor("Å") == 1e-10);
  CHECK(factor("angstrom") == 1e-10);
  CHECK(factor("kcal") == rdd::test::approx(4184));
  CHECK(factor("GPa") == 1e9);
  CHECK(factor("kg") == rdd::test::approx(1));
  CHECK(factor("h") == 3600);
  CHECK(factor("degree") == rdd::test::approx(std::acos(-1.0) / 180));
}

TEST_CASE("names of quantities are no units") {
  for (const char* name : {"kT", "T", "Tm", "nu", "E", "a", "d", "pi", "kB", "beta", "x", "", "eVV", "nnm", "Keh"}) {
    CAPTURE(name);
    CHECK_FALSE(find_unit(name));
  }
}

TEST_CASE("a misspelt unit gets its neighbour") {
  CHECK(nearest_unit("ev") == "eV");
  CHECK(nearest_unit("THZ") == "THz");
  CHECK(nearest_unit("angstroms") == "angstrom");
  CHECK_FALSE(nearest_unit("parsec"));
}

TEST_CASE("dimensions multiply, divide and take roots exactly") {
  CHECK(dim::energy() / dim::length() == dim::force());
  CHECK((dim::rate() * dim::time()).dimensionless());
  CHECK(power(dim::length() * dim::length(), 1, 2) == dim::length());
  CHECK(power(dim::length(), 1, 12));
  CHECK_FALSE(power(dim::length(), 1, 24));
  CHECK_FALSE(power(dim::length(), 1'000'000'000, 1));
}

TEST_CASE("dimensions are put into words") {
  CHECK(words(dim::energy()) == "energy");
  CHECK(words(dim::energy() * dim::length()) == "energy·length");
  CHECK(words(dim::rate()) == "1/time");
  CHECK(words({}) == "a number without dimension");
  CHECK(words(dim::force()) == "energy/length");
  CHECK(words(dim::length() * dim::length() / dim::time()) == "length^2/time");
  CHECK(words(dim::energy() / dim::temperature()) == "energy/temperature");
  CHECK(words(dim::mass()) == "mass");
  CHECK(words(*power(dim::length(), 1, 2)) == "length^(1/2)");
  CHECK(words(*power(dim::length(), -2, 1)) == "1/length^2");
  CHECK(words(dim::energy() / dim::amount()) == "energy/amount");
}

TEST_CASE("SI units are spelt out") {
  CHECK(si_unit(dim::energy()) == "J");
  CHECK(si_unit(dim::rate()) == "1/s");
  CHECK(si_unit({}).empty());
  CHECK(si_unit(dim::length() * dim::length() / dim::time()) == "m^2/s");
}

TEST_CASE("quantities are printed in the unit that reads best") {
  const double eV = 1.602176634e-19;
  CHECK(readable(0.4 * eV, dim::energy()) == "0.4 eV");
  CHECK(readable(0.0051 * eV, dim::energy()) == "5.1 meV");
  CHECK(readable(0, dim::energy()) == "0 eV");
  CHECK(readable(2.87e-10, dim::length()) == "287 pm");
  CHECK(readable(200e-9, dim::length()) == "200 nm");
  CHECK(readable(4e-8, dim::time()) == "40 ns");
  CHECK(readable(8.3e8, dim::rate()) == "8.3e+08 /s");
  CHECK(readable(1.3e-7, dim::length() * dim::length() / dim::time()) == "130 nm^2/ns");
  CHECK(readable(-2.5e-9, dim::length()) == "-2.5 nm");
  CHECK(readable(0.25, {}) == "0.25");
  CHECK(readable(600, dim::temperature()) == "600 K");
  CHECK(readable(0.999999e-9, dim::length()) == "1 nm");
}
