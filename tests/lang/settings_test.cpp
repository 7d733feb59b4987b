#include <cmath>

#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

constexpr double eV = 1.602176634e-19;

/// `NAME=VALUE` as the command line hands it on.
Setting setting(const std::string& text) {
  const SourcePtr whole = source(text, "--set");
  const std::size_t equals = text.find('=');
  return {text.substr(0, equals), {whole, 0, equals}, {whole, equals + 1, text.size()}};
}

const std::string declared =
    "model m\ntemperature 300 K\nparam E = 0.5 eV in [0 eV, 1 eV]\nparam F = 2 * E\nlet G = F + E\n"
    "lattice { vectors [[1 nm]] }\nstates { A }\nrates { A -> A by [1] : arrhenius(1 THz, G) }\n";

Code refused(const std::string& what) {
  Diagnostics diagnostics;
  CHECK_FALSE(parameter_values(good(declared), {setting(what)}, diagnostics));
  INFO(drawn(diagnostics));
  REQUIRE(diagnostics.sorted().size() == 1);
  return diagnostics.sorted().front().code;
}

}  // namespace

TEST_CASE("settings change parameters, and what is derived follows") {
  const Model m = good(declared);
  Diagnostics diagnostics;
  const auto values = parameter_values(m, {setting("E=0.6 eV"), setting("T=700 K")}, diagnostics);
  REQUIRE(values);
  CHECK((*values)[0] == 700);
  CHECK((*values)[1] == rdd::test::approx(0.6 * eV));
  CHECK((*values)[2] == rdd::test::approx(1.2 * eV));
  CHECK((*values)[3] == rdd::test::approx(1.8 * eV));
  const auto fixed = parameter_values(m, {setting("F=0.1 eV + E")}, diagnostics);
  REQUIRE(fixed);
  CHECK((*fixed)[3] == rdd::test::approx(1.1 * eV));
}

TEST_CASE("settings that cannot be are refused, each for its reason") {
  CHECK(refused("EE=1 eV") == Code::UnknownSetting);
  CHECK(refused("G=1 eV") == Code::BadSetting);
  CHECK(refused("E=1 nm") == Code::WrongDimension);
  CHECK(refused("E=1") == Code::WrongDimension);
  CHECK(refused("E=2 eV") == Code::SettingOutOfRange);
  CHECK(refused("E=0.1 eV /") == Code::Syntax);
  CHECK(refused("E=") == Code::Syntax);
  CHECK(refused("F=1 eV / 0") == Code::BadSetting);
}

TEST_CASE("values typed at the prompt may use the parameters, alone or in lists") {
  const Model m = good(declared);
  Diagnostics diagnostics;
  const auto values = parameter_values(m, {}, diagnostics).value();
  const auto span = [](const std::string& t) { return Span{source("at " + t, "<prompt>"), 3, 3 + t.size()}; };
  const auto one = evaluate_text(span("G / kT"), m, values, diagnostics);
  REQUIRE(one);
  CHECK(one->dimension.dimensionless());
  CHECK(one->value == rdd::test::approx(1.5 * eV / (1.380649e-23 * 300)));
  const auto list = evaluate_list_text(span("[0.1, pi / 2]"), m, values, diagnostics);
  REQUIRE(list);
  CHECK((*list)[1].value == rdd::test::approx(std::acos(0.0)));
  CHECK_FALSE(evaluate_list_text(span("0.1"), m, values, diagnostics));
  CHECK_FALSE(evaluate_text(span("G +"), m, values, diagnostics));
  CHECK(diagnostics.sorted().size() == 2);
}
