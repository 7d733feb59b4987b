#include "lang/print.hpp"

#include <fmt/format.h>

#include <random>

#include "tests/lang/models.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

ast::File parsed(const std::string& text) {
  Diagnostics diagnostics;
  const auto file = parse(source(text), diagnostics);
  REQUIRE_MESSAGE(file, drawn(diagnostics));
  REQUIRE_MESSAGE(!diagnostics.has_errors(), (drawn(diagnostics) + text));
  return *file;
}

std::string random_expression(std::mt19937_64& random, int depth) {
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  if (depth == 0 || pick(6) == 0) {
    switch (pick(5)) {
      case 0:
        return fmt::format("{}", static_cast<double>(pick(1000)) / 7);
      case 1:
        return fmt::format("{} eV/nm^{}", pick(9), 1 + pick(3));
      case 2:
        return "ν";
      case 3:
        return fmt::format("site[{}]", pick(9));
      default:
        return "E_mig";
    }
  }
  const auto inner = [&] { return random_expression(random, depth - 1); };
  switch (pick(8)) {
    case 0:
      return inner() + " + " + inner();
    case 1:
      return inner() + " - (" + inner() + ")";
    case 2:
      return "(" + inner() + ") * " + inner();
    case 3:
      return "(" + inner() + ") / (" + inner() + ")";
    case 4:
      return "(-" + inner() + ")";
    case 5:
      return "(" + inner() + ")^(" + inner() + ")";
    case 6:
      return "f(" + inner() + ", b = " + inner() + ")";
    default:
      return "[" + inner() + ", " + inner() + "]";
  }
}

}  // namespace

TEST_CASE("the printed text of the manual's model parses to the same file") {
  const ast::File file = parsed(crowdion);
  const std::string text = print(file);
  CHECK(parsed(text) == file);
  CHECK(print(parsed(text)) == text);
}

TEST_CASE("every form of every declaration survives printing") {
  const ast::File file = parsed(R"rdd(
use "other.rdd" as base
param a = 1 nm +- 0.1 nm in [0 nm, 2 nm]
let b = -a^2 / 3
fn f(x, y = 2) = x * y
temperature 300 K
lattice hexagonal(a, b = 2 nm)
lattice mine(a) { vectors [[a, 0 * a], [0 * a, a]] }
lattice { vectors [[1 nm]] }
translations faces
translations t { [1, 0], [-1, 0] }
states { site[i in 0..5] at [i / 6, 0] energy 0.1 eV + i * 2 meV degeneracy 2; X weight 3 }
rates { site[i] <-> site[i + 1] by [0, 1] : f(1 /s) for i in 0..4; X -> site[0] : constant(3 /s) }
states table "a.csv" { name: 1, energy: "E (eV)" eV, at: [x, y] }
rates table "b.csv" { from: from, to: to, by: [3, 4], rate: 5 1/s }
force [1 eV/nm, 0 eV/nm] split 0.3
reduce { bands 2; order 1 }
symmetry C4v
solve s {
  cells [10, 10]
  boundary x.low: absorbing, x.high: reflecting, y: periodic
  initial coarse[0] = box(low = [0 nm, 0 nm], high = [1 nm, 1 nm])
  until 1 ns
  probe m = mean(x, X)
  species i = "other.rdd"
  boundary absorbing(3 nm/s), x.low: value(coarse[0] = 1 /nm, i.all = 2 /nm * sin(t / 1 ns)), x: flux(X = 1 /s)
  source X = k * (a + b) where x < 1 nm
  sink coarse[1] = 2 /s * Y where (0 nm <= x < 2 nm or y > 1 nm) and t >= 3 ns
  react A + B -> C : k
  react A + i -> 0 : where((a < b) and c, 1 /s, f((a < b) + 1))
  field T = 300 K + x
  field force = [a, b]
  scheme fourth
  arithmetic fused
  checkpoint every 5 min
}
query { spectrum at [0.1, 0.2]; diffusion }
)rdd");
  CHECK(parsed(print(file)) == file);
}

TEST_CASE("printing any expression and parsing it gives the same expression") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const ast::File file = parsed("let a = " + random_expression(random, 5));
    const std::string text = print(file);
    CAPTURE(text);
    CHECK(parsed(text) == file);
  }
}

TEST_CASE("the listing of a model is stable and names everything") {
  const std::string listing = text(good(crowdion));
  CHECK(listing == text(good(crowdion)));
  CHECK(listing.find("param E_rot = 7.20979485") != std::string::npos);
  CHECK(listing.find("X <-> X by [1, 0] : nu * exp(-E_mig / (1.380649e-23 * T))") != std::string::npos);
  CHECK(listing.find("until 4e-08") != std::string::npos);
}

TEST_CASE("a number out of range prints as one that is out of range") {
  Diagnostics diagnostics;
  const auto file = parse(source("param E = 1e400 eV\n"), diagnostics);
  REQUIRE(file);
  CHECK(print(*file) == "param E = 1e999 eV\n");
}
