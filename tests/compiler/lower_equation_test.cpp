// Sources, sinks, reactions and walls of a solve block, against closed forms.
#include "compiler/lower_equation.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/compiler/solved.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

namespace {

std::string chain(const std::string& entries, const std::string& tolerance = "1e-9") {
  return R"(
model chain
lattice { vectors [[1 nm]] }
states { A energy 0 eV; B energy 0 eV }
rates { A <-> B : 3 /s; A <-> A by [1] : 1 /s; B <-> B by [1] : 0.5 /s }
reduce { bands 2 }
solve s {
  domain [20 nm]
  grid [20]
  until 2 s
  tolerance )" +
         tolerance + "\n" + entries + "\n}\n";
}

}  // namespace

TEST_CASE("a constant sink is part of the reaction matrix, and the solve stays exact") {
  const Solved found = solved(chain("initial all = uniform()\n  sink all = 0.25 /s"));
  CHECK(found.method == TimeMethod::exponential);
  CHECK(found.total[0] + found.total[1] == rdd::test::approx(std::exp(-0.5)).epsilon(1e-13));
}

TEST_CASE("a sink takes of the state it names alone") {
  // dp_A/dt = −(3 + k) p_A + 3 p_B, dp_B/dt = 3 p_A − 3 p_B from (½, ½), k = 2: the 2 × 2 exponential in closed form.
  const Solved found = solved(chain("initial all = uniform()\n  sink A = 2 /s"));
  const double mean = -4, root = std::sqrt(10.0), t = 2;
  const auto part = [&](double a, double b, double diagonal, double other) {
    return std::exp(mean * t) * (a * std::cosh(root * t) + (diagonal * a + other * b) * std::sinh(root * t) / root);
  };
  CHECK(found.total[0] + found.total[1] ==
        rdd::test::approx(part(0.5, 0.5, -1, 3) + part(0.5, 0.5, 1, 3)).epsilon(1e-12));
}

TEST_CASE("a source makes as much as it says, wherever and whenever it says so") {
  // ∫∫ 3 t over half the domain: 3 · 10 nm · t²/2 per nm.
  const Solved found = solved(chain("initial all = 0 /nm\n  source B = 3 * t / 1 s * 1 /nm/s where x < 10 nm"));
  CHECK(found.method != TimeMethod::exponential);
  CHECK(found.total[0] + found.total[1] == rdd::test::approx(3 * 10 * 2).epsilon(1e-9));
}

TEST_CASE("pairs that meet follow the law of mass action") {
  // One coarse state with ρ' = −2 k ρ², the total 1/(1/ρ0 + 2 k t) in each cell.
  std::string text = chain("initial all = 0.5 /nm\n  react all + all -> 0 : 0.7 nm/s", "1e-10");
  text.replace(text.find("bands 2"), 7, "bands 1");
  const Solved found = solved(text);
  CHECK(found.total[0] == rdd::test::approx(20 / (1 / 0.5 + 2 * 0.7 * 2)).epsilon(1e-7));
}

TEST_CASE("two kinds of defects annihilate: what is left of one is what was more of it") {
  const std::filesystem::path other = std::filesystem::temp_directory_path() / "rdd-lower-equation-other.rdd";
  std::ofstream(other) << "model other\nlattice { vectors [[1 nm]] }\nstates { C }\nrates { C <-> C by [1] : 2 /s }\n";
  const Solved found = solved(chain("species o = \"" + other.string() +
                                        "\"\n  initial all = 0.5 /nm\n  initial o.C = 0.3 /nm\n"
                                        "  react all + o.C -> 0 : 0.7 nm/s",
                                    "1e-10"));
  std::filesystem::remove(other);
  REQUIRE(found.total.size() == 3);
  // a − c = d stays, and c' = −k c (c + d): c = d / ((1 + d/c0) exp(k d t) − 1).
  const double d = 0.2, c = d / ((1 + d / 0.3) * std::exp(0.7 * d * 2) - 1);
  CHECK(found.total[2] == rdd::test::approx(20 * c).epsilon(1e-7));
  CHECK(found.total[0] + found.total[1] - found.total[2] == rdd::test::approx(20 * d).epsilon(1e-10));
}

TEST_CASE("what is given at the walls is what the total gains") {
  const Solved found = solved(chain("initial all = 0 /nm\n  boundary x.low: flux(A = 2 /s), x.high: reflecting"));
  CHECK(found.total[0] + found.total[1] == rdd::test::approx(2 * 2).epsilon(1e-9));
}

TEST_CASE("what cannot be is refused where it stands") {
  Diagnostics diagnostics;
  const auto refused = [&](const std::string& entries) {
    Diagnostics found;
    const Model model = model_from(chain("initial all = uniform()\n  " + entries));
    const Point point = point_of(model);
    const auto analysis = analyse(model, point.network, found);
    REQUIRE(analysis.has_value());
    CHECK_FALSE(task(model, model.solves.at(0), point, *analysis, std::nullopt, found).has_value());
    return drawn(found);
  };
  CHECK(refused("sink all = -1 /s").find("must not be negative") != std::string::npos);
  CHECK(refused("react A + B -> 0 : -1 nm/s").find("must not be negative") != std::string::npos);
  CHECK(refused("source coarse[2] = 1 /nm/s").find("there is no coarse[2]") != std::string::npos);
  CHECK(refused("boundary x.low: absorbing(A = 1 nm/s), x.high: absorbing").find("takes coarse states") !=
        std::string::npos);
}

TEST_CASE("species on lattices that lie askew share no axes") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "rdd-askew";
  std::filesystem::create_directories(folder);
  const auto defect = [](const std::string& name, const std::string& vector, const std::string& solve) {
    return "model " + name + "\nlattice { vectors [" + vector + "] }\nstates { A energy 0 eV }\n" +
           "rates { A <-> A by [1] : 1 /s }\n" + solve;
  };
  std::ofstream(folder / "other.rdd") << defect("other", "[0 nm, 1 nm]", "");
  const std::string text =
      defect("askew", "[1 nm, 0 nm]",
             "solve s {\n  domain [20 nm]\n  initial A = uniform()\n  until 1 s\n  species i = \"" +
                 (folder / "other.rdd").string() + "\"\n  initial i = 1 /nm\n}\n");
  Diagnostics diagnostics;
  const Model model = model_from(text);
  const Point point = point_of(model);
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  CHECK(!task(model, model.solves.at(0), point, *analysis, std::nullopt, diagnostics).has_value());
  CHECK(drawn(diagnostics).find("the lattice of `i` lies along other axes") != std::string::npos);
}

TEST_CASE("a wall is told one thing about each coarse state") {
  Diagnostics diagnostics;
  const Model model =
      model_from(chain("boundary x.low: value(coarse[0] = 1 /nm), x.low: flux(coarse[1] = 1 /s), x.low: flux(A = 1 "
                       "/s), x.high: reflecting\n  initial all = uniform()"));
  const Point point = point_of(model);
  const auto analysis = analyse(model, point.network, diagnostics);
  REQUIRE(analysis.has_value());
  CHECK(!task(model, model.solves.at(0), point, *analysis, std::nullopt, diagnostics).has_value());
  CHECK(drawn(diagnostics).find("a wall is told two things about one coarse state") != std::string::npos);
}
