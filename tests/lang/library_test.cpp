// The standard library: every module can be read, its groups are groups, its special points are where they should be.
#include "lang/library.hpp"

#include <spglib.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "lang/documentation.hpp"
#include "tests/lang/models.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

/// A little model around a module.
std::string around(const std::string& module) {
  const std::string last = module.substr(module.rfind('.') + 1);
  const std::string use = "model m\nuse " + module + "\ntemperature 700 K\n";
  const std::string chain = "states { A at [0] }\nrates { A -> A by [1] : 1 /s; A -> A by [-1] : 1 /s }\n";
  const std::string plane = "states { A at [0, 0] }\nrates { A <-> A by [1, 0] : 1 /s; A <-> A by [0, 1] : 1 /s }\n";
  const std::string space =
      "states { A at [0, 0, 0] }\n"
      "rates { A <-> A by [1, 0, 0] : 1 /s; A <-> A by [0, 1, 0] : 1 /s; A <-> A by [0, 0, 1] : 1 /s }\n";
  if (module.starts_with("std.defects.")) return use;
  if (module == "std.rates") return "model m\ntemperature 700 K\nlattice { vectors [[1 nm]] }\n" + chain;
  if (module == "std.groups") return use + "use std.lattices.sc\nlattice sc(a = 1 nm)\nsymmetry Oh\n" + space;
  if (module == "std.translations.nearest")
    return use + "use std.lattices.bcc\nlattice bcc(a = 1 nm)\ntranslations nearest_bcc\n" + space;
  if (module.starts_with("std.translations.") || module == "std.environments.bulk")
    return use + "use std.lattices.sc\nlattice sc(a = 1 nm)\ntranslations " + last + "\n" + space;
  if (module.starts_with("std.environments."))
    return use + "lattice " + last + "(a = 1 nm)\ntranslations " + last + "\n" +
           (last == "dislocation_line" ? chain : plane);
  static const std::map<std::string, std::pair<std::string, std::string>> lattices{
      {"chain", {"a = 1 nm", chain}},
      {"square", {"a = 1 nm", plane}},
      {"rectangular", {"a = 1 nm, b = 2 nm", plane}},
      {"hexagonal", {"a = 1 nm", plane}},
      {"sc", {"a = 1 nm", space}},
      {"bcc", {"a = 1 nm", space}},
      {"fcc", {"a = 1 nm", space}},
      {"diamond", {"a = 1 nm", space}},
      {"hcp", {"a = 1 nm, c = 1.7 nm", space}}};
  const auto& [arguments, rest] = lattices.at(last);
  return use + "lattice " + last + "(" + arguments + ")\n" + rest;
}

using Vector = std::array<double, 3>;
using Rows = std::vector<Vector>;

Rows vectors_of(const Model& model) {
  Rows rows;
  for (const auto& v : model.lattice.vectors) {
    Vector row{};
    for (std::size_t c = 0; c < v.size(); ++c) row[c] = evaluate(v[c], {}) / 1e-9;
    rows.push_back(row);
  }
  return rows;
}

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// Reciprocal vectors over 2π; missing primitive vectors are completed by z, or y and z.
Rows reciprocal(Rows a) {
  if (a.size() == 1) a.push_back({0, 1, 0});
  if (a.size() == 2) a.push_back({0, 0, 1});
  const double volume = dot(a[0], cross(a[1], a[2]));
  Rows b{cross(a[1], a[2]), cross(a[2], a[0]), cross(a[0], a[1])};
  for (Vector& v : b) {
    for (double& x : v) x /= volume;
  }
  return b;
}

Vector combined(const Rows& b, const Vector& f) {
  Vector k{};
  for (std::size_t c = 0; c < 3; ++c) k[c] = f[0] * b[0][c] + f[1] * b[1][c] + f[2] * b[2][c];
  return k;
}

/// How many reciprocal lattice vectors are as near to k as the nearest: 1 inside of the zone, 2 on a face, more on
/// edges and corners; 0 where another one than the origin is nearer, so that k lies outside.
int zones_that_meet(const Rows& b, int dimension, const Vector& k) {
  const double own = dot(k, k);
  int equal = 0;
  const int y = dimension > 1 ? 3 : 0, z = dimension > 2 ? 3 : 0;
  for (int i = -3; i <= 3; ++i) {
    for (int j = -y; j <= y; ++j) {
      for (int l = -z; l <= z; ++l) {
        const Vector g = combined(b, {double(i), double(j), double(l)});
        const Vector difference{k[0] - g[0], k[1] - g[1], k[2] - g[2]};
        const double distance = dot(difference, difference);
        if (distance < own - 1e-9) return 0;
        if (distance < own + 1e-9) ++equal;
      }
    }
  }
  return equal;
}

struct Group {
  std::string name;
  std::size_t order;
  std::string symbol;  ///< Hermann-Mauguin, as spglib writes it
  std::string lattice;
};

}  // namespace

TEST_CASE("every module of the library is a model's to use, and says what it is") {
  for (const std::string& module : library_modules()) {
    CAPTURE(module);
    good(around(module));
    const auto documented = documentation(module);
    REQUIRE(documented);
    CHECK(library_text(module)->starts_with("# "));
    CHECK(documented->summary.size() > 20);
    CHECK(documented->summary.ends_with('.'));
    CHECK_FALSE(documented->declarations.empty());
    CHECK(documented->text == *library_text(module));
  }
}

TEST_CASE("the page on the library lists every module") {
  Diagnostics diagnostics;
  const SourcePtr page = read_source("docs/stdlib.md", diagnostics);
  REQUIRE(page);
  for (const std::string& module : library_modules()) {
    CAPTURE(module);
    CHECK(page->text.find("| `" + module + "` |") != std::string::npos);
  }
}

TEST_CASE("the groups in three dimensions have the order and the point group that crystallography gives them") {
  // Orders and symbols: International Tables for Crystallography A (2016), table 3.2.1.4. spglib finds the class of a
  // group and has one symbol for each, whatever its setting: -6m2 is also -62m.
  const std::string sc = "sc(a = 1 nm)", hcp = "hcp(a = 1 nm, c = 1.7 nm)";
  const std::vector<Group> groups{
      {"C1", 1, "1", sc},      {"Ci", 2, "-1", sc},      {"C2", 2, "2", sc},        {"Cs", 2, "m", sc},
      {"C2h", 4, "2/m", sc},   {"D2", 4, "222", sc},     {"C2v", 4, "mm2", sc},     {"D2h", 8, "mmm", sc},
      {"C4", 4, "4", sc},      {"S4", 4, "-4", sc},      {"C4h", 8, "4/m", sc},     {"D4", 8, "422", sc},
      {"C4v", 8, "4mm", sc},   {"D2d", 8, "-42m", sc},   {"D4h", 16, "4/mmm", sc},  {"C3", 3, "3", hcp},
      {"S6", 6, "-3", hcp},    {"D3", 6, "32", hcp},     {"C3v", 6, "3m", hcp},     {"D3d", 12, "-3m", hcp},
      {"C6", 6, "6", hcp},     {"C3h", 6, "-6", hcp},    {"C6h", 12, "6/m", hcp},   {"D6", 12, "622", hcp},
      {"C6v", 12, "6mm", hcp}, {"D3h", 12, "-6m2", hcp}, {"D6h", 24, "6/mmm", hcp}, {"T", 12, "23", sc},
      {"Th", 24, "m-3", sc},   {"O", 24, "432", sc},     {"Td", 24, "-43m", sc},    {"Oh", 48, "m-3m", sc}};
  CHECK(groups.size() == 32);
  for (const Group& group : groups) {
    CAPTURE(group.name);
    const Model model =
        good("model m\nuse std.groups\nuse std.lattices." + group.lattice.substr(0, group.lattice.find('(')) +
             "\nlattice " + group.lattice + "\nsymmetry " + group.name +
             "\nstates { A at [0, 0, 0] }\nrates { A -> A by [1, 0, 0] : 1 /s }\n");
    REQUIRE(model.symmetry);
    const auto& operations = model.symmetry->operations;
    CHECK(operations.size() == group.order);
    std::set<std::array<std::array<int, 3>, 3>> matrices;
    for (const SpaceOperation& o : operations) matrices.insert(o.rotation);
    CHECK(matrices.size() == group.order);
    for (const auto& w : matrices) {
      const int determinant = w[0][0] * (w[1][1] * w[2][2] - w[1][2] * w[2][1]) -
                              w[0][1] * (w[1][0] * w[2][2] - w[1][2] * w[2][0]) +
                              w[0][2] * (w[1][0] * w[2][1] - w[1][1] * w[2][0]);
      CHECK(std::abs(determinant) == 1);
      for (const auto& v : matrices) {
        std::array<std::array<int, 3>, 3> product{};
        for (std::size_t i = 0; i < 3; ++i) {
          for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t k = 0; k < 3; ++k) product[i][j] += w[i][k] * v[k][j];
          }
        }
        CHECK(matrices.contains(product));
      }
    }
    int rotations[48][3][3];
    for (std::size_t o = 0; o < operations.size(); ++o) {
      for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) rotations[o][i][j] = operations[o].rotation[i][j];
      }
    }
    char symbol[6];
    int transformation[3][3];
    CHECK(spg_get_pointgroup(symbol, transformation, rotations, static_cast<int>(operations.size())) > 0);
    std::string found(symbol);
    while (found.ends_with(' ')) found.pop_back();
    CHECK(found == group.symbol);
  }
}

TEST_CASE("the groups in one and two dimensions have their order too") {
  const std::map<std::string, std::size_t> square{{"C1", 1}, {"C2", 2}, {"C4", 4}, {"Cs", 2}, {"C2v", 4}, {"C4v", 8}};
  const std::map<std::string, std::size_t> hexagonal{{"C3", 3}, {"C6", 6}, {"C3v", 6}, {"C6v", 12}};
  const auto check = [](const std::string& lattice, const std::string& origin, const std::string& step,
                        const std::map<std::string, std::size_t>& groups) {
    for (const auto& [name, order] : groups) {
      CAPTURE(name);
      const Model model = good("model m\nuse std.groups\nuse std.lattices." + lattice + "\nlattice " + lattice +
                               "(a = 1 nm)\nsymmetry " + name + "\nstates { A at " + origin + " }\nrates { A -> A by " +
                               step + " : 1 /s }\n");
      REQUIRE(model.symmetry);
      CHECK(model.symmetry->operations.size() == order);
      for (const SpaceOperation& o : model.symmetry->operations) {
        const auto& w = o.rotation;
        CHECK(std::abs(w[0][0] * w[1][1] - w[0][1] * w[1][0]) == 1);
      }
    }
  };
  check("square", "[0, 0]", "[1, 0]", square);
  check("hexagonal", "[0, 0]", "[1, 0]", hexagonal);
  check("chain", "[0]", "[1]", {{"C1", 1}, {"Ci", 2}});
}

TEST_CASE("special points lie where the zone of these primitive vectors has its faces, edges and corners") {
  // In units of 2π/a (b, c as in `around`), after Setyawan & Curtarolo (2010), figures of the zones; and the number of
  // zones that meet there, which holds for any choice of vectors: two on a face, three on an edge, four or six in a
  // corner.
  struct Point {
    std::string lattice, name;
    Vector k;
    int zones;
  };
  const double s = 1 / std::sqrt(3.0), c = 1 / 1.7;
  const std::vector<Point> points{
      {"chain", "X", {0.5, 0, 0}, 2},
      {"square", "X", {0.5, 0, 0}, 2},
      {"square", "M", {0.5, 0.5, 0}, 4},
      {"rectangular", "X", {0.5, 0, 0}, 2},
      {"rectangular", "Y", {0, 0.25, 0}, 2},
      {"rectangular", "S", {0.5, 0.25, 0}, 4},
      {"hexagonal", "M", {0.5, s / 2, 0}, 2},
      {"hexagonal", "K", {1.0 / 3, s, 0}, 3},
      {"sc", "X", {0, 0.5, 0}, 2},
      {"sc", "M", {0.5, 0.5, 0}, 4},
      {"sc", "R", {0.5, 0.5, 0.5}, 8},
      {"bcc", "H", {0, 1, 0}, 6},
      {"bcc", "N", {0.5, 0.5, 0}, 2},
      {"bcc", "P", {0.5, 0.5, 0.5}, 4},
      {"fcc", "X", {0, 1, 0}, 2},
      {"fcc", "W", {0.5, 1, 0}, 4},
      {"fcc", "K", {0.75, 0.75, 0}, 3},
      {"fcc", "L", {0.5, 0.5, 0.5}, 2},
      {"fcc", "U", {0.25, 1, 0.25}, 3},
      {"diamond", "X", {0, 1, 0}, 2},
      {"diamond", "W", {0.5, 1, 0}, 4},
      {"diamond", "K", {0.75, 0.75, 0}, 3},
      {"diamond", "L", {0.5, 0.5, 0.5}, 2},
      {"diamond", "U", {0.25, 1, 0.25}, 3},
      {"hcp", "M", {0.5, s / 2, 0}, 2},
      {"hcp", "K", {1.0 / 3, s, 0}, 3},
      {"hcp", "A", {0, 0, c / 2}, 2},
      {"hcp", "L", {0.5, s / 2, c / 2}, 4},
      {"hcp", "H", {1.0 / 3, s, c / 2}, 6},
  };
  std::map<std::string, std::size_t> counted;
  for (const Point& expected : points) {
    CAPTURE(expected.lattice);
    CAPTURE(expected.name);
    const Model model = good(around("std.lattices." + expected.lattice));
    const Rows b = reciprocal(vectors_of(model));
    const auto found = std::find_if(model.lattice.points.begin(), model.lattice.points.end(),
                                    [&](const SpecialPoint& p) { return p.name == expected.name; });
    REQUIRE(found != model.lattice.points.end());
    const Vector k = combined(b, found->fractions);
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(k[i] - expected.k[i]) < 1e-12);
    CHECK(zones_that_meet(b, model.lattice.dimension, k) == expected.zones);
    ++counted[expected.lattice];
  }
  for (const std::string& module : modules_in("std.lattices")) {
    CAPTURE(module);
    const Model model = good(around(module));
    CHECK(model.lattice.points.size() == counted[module.substr(13)] + 1);  // and Γ
    REQUIRE_FALSE(model.lattice.path.empty());
    CHECK(model.lattice.path.front().front() == "Γ");
    std::set<std::string> visited;
    for (const auto& piece : model.lattice.path) visited.insert(piece.begin(), piece.end());
    CHECK(visited.size() == model.lattice.points.size());
  }
}

TEST_CASE("environments have the numbers of translations of Table I of Swinburne and Perez") {
  const std::map<std::string, std::pair<int, std::size_t>> expected{
      {"bulk", {3, 26}}, {"surface", {2, 8}}, {"grain_boundary", {2, 8}}, {"dislocation_line", {1, 2}}};
  for (const auto& [name, shape] : expected) {
    CAPTURE(name);
    const Model model = good(around("std.environments." + name));
    CHECK(model.lattice.dimension == shape.first);
    CHECK(model.lattice.embedding == 3);
    REQUIRE(model.translations);
    CHECK(model.translations->size() == shape.second);
  }
}

TEST_CASE("a grain boundary is spanned by the coincidence vectors it is given, whose cell has Σ times the area") {
  const std::string use = "model m\nuse std.environments.grain_boundary\n";
  const std::string rest =
      "translations grain_boundary\nstates { A }\nrates { A <-> A by [1, 0] : 1 /s; A <-> A by [0, 1] : 1 /s }\n";
  const auto area = [](const Rows& v) { return std::sqrt(dot(cross(v[0], v[1]), cross(v[0], v[1]))); };
  // Twist Σ5 (001): five times the area a² of the plane's own cell.
  CHECK(area(vectors_of(good(use + "lattice grain_boundary(a = 1 nm)\n" + rest))) == rdd::test::approx(5));
  // Tilt Σ5 (210)[001]: periods a and √5 a.
  const Rows tilt = vectors_of(
      good(use + "lattice grain_boundary(a = 1 nm, u1 = 0, u2 = 0, u3 = 1, v1 = 1, v2 = -2, v3 = 0)\n" + rest));
  CHECK(dot(tilt[0], tilt[0]) == rdd::test::approx(1));
  CHECK(dot(tilt[1], tilt[1]) == rdd::test::approx(5));
  CHECK(dot(tilt[0], tilt[1]) == 0);
  CHECK(mistake(use + "lattice grain_boundary(a = 1 nm, u1 = 2 nm)\n" + rest).code == Code::WrongDimension);
  CHECK(mistake(use + "lattice grain_boundary(a = 1)\n" + rest).code == Code::WrongDimension);
}

TEST_CASE("rate laws give what their formulas say") {
  const double kB = 1.380649e-23, h = 6.62607015e-34, hbar = h / (2 * std::numbers::pi), eV = 1.602176634e-19;
  const double kT = kB * 300;
  const auto law = [](const std::string& expression) {
    const Model model =
        good("model m\ntemperature 300 K\nlattice { vectors [[1 nm]] }\nstates { A }\nrates { A -> A by [1] : " +
             expression + " }\n");
    Diagnostics diagnostics;
    const auto values = parameter_values(model, {}, diagnostics);
    REQUIRE(values);
    return evaluate(model.transitions.front().rate, *values);
  };
  const auto exact = [](double value) {  // Approx alone takes 1e-13 of one for nothing
    return rdd::test::approx(value).epsilon(1e-13).scale(0);
  };
  CHECK(law("eyring(0.4 eV)") == exact(kT / h * std::exp(-0.4 * eV / kT)));
  CHECK(law("constant(3 /s)") == 3);
  // Three modes of 2, 3 and 4 THz, two of 3 and 5 THz: ν* = 24/15 THz.
  CHECK(law("vineyard(24 THz^3, 15 THz^2, 0.3 eV)") == exact(1.6e12 * std::exp(-0.3 * eV / kT)));
  CHECK(law("bell(1 THz, 0.3 eV, 0.1 eV)") == exact(1e12 * std::exp(-0.25 * eV / kT)));
  CHECK(law("meyer_neldel(1 THz, 0.3 eV, 0.05 eV)") == exact(1e12 * std::exp(6 - 0.3 * eV / kT)));
  CHECK(law("metropolis(2 /s, 0.1 eV)") == exact(2 * std::exp(-0.1 * eV / kT)));
  CHECK(law("metropolis(2 /s, -0.1 eV)") == 2);
  const double prefactor =
      2 * std::numbers::pi / hbar * 1e-4 * eV * eV / std::sqrt(4 * std::numbers::pi * 0.3 * eV * kT);
  CHECK(law("marcus(0.01 eV, 0.3 eV)") == exact(prefactor * std::exp(-0.3 * eV / (4 * kT))));
  // Downhill by the reorganisation energy there is no barrier left: the top of Marcus's parabola.
  CHECK(law("marcus(0.01 eV, 0.3 eV, -0.3 eV)") == exact(prefactor));
  CHECK(law("load_forward(10 /s, -5 pN, 8 nm, 0.3)") == exact(10 * std::exp(-0.3 * 40e-21 / kT)));
  CHECK(law("load_backward(10 /s, -5 pN, 8 nm, 0.3)") == exact(10 * std::exp(0.7 * 40e-21 / kT)));
  // Their ratio is the work of the whole step, however it is shared.
  CHECK(law("load_forward(1 /s, 5 pN, 8 nm, 0.8) / load_backward(1 /s, 5 pN, 8 nm, 0.8) * 1 /s") ==
        exact(std::exp(40e-21 / kT)));
}

TEST_CASE("a model's own function takes the place of the library's") {
  const Model model = good(
      "model m\nlattice { vectors [[1 nm]] }\nfn marcus(k) = 2 * k\nparam metropolis = 3 /s\nstates { A }\n"
      "rates { A -> A by [1] : marcus(metropolis) }\n");
  Diagnostics diagnostics;
  const auto values = parameter_values(model, {}, diagnostics);
  REQUIRE(values);
  CHECK(evaluate(model.transitions.front().rate, *values) == 6);
}

TEST_CASE("documentation finds the comment of each declaration, above it or behind it") {
  const auto rates = documentation("std.rates");
  REQUIRE(rates);
  CHECK(rates->summary == "Rate laws, in scope in every model without `use`.");
  REQUIRE(rates->declarations.size() >= 9);
  const DocumentedDeclaration& constant = rates->declarations[1];
  CHECK(constant.kind == "fn");
  CHECK(constant.name == "constant");
  CHECK(constant.text == "fn constant(k) = k");
  CHECK(constant.comment == "k = constant: a rate that depends on nothing.");

  const auto vacancy = documentation("std.defects.vacancy_bcc");
  REQUIRE(vacancy);
  std::vector<std::string> kinds;
  for (const DocumentedDeclaration& d : vacancy->declarations) kinds.push_back(d.kind);
  CHECK(kinds == std::vector<std::string>{"param", "param", "param", "lattice", "symmetry", "states", "rates"});
  CHECK(vacancy->declarations[0].name == "a");
  CHECK(vacancy->declarations[0].comment == "edge of the cube");
  CHECK(vacancy->declarations[5].text == "states { V at [0, 0, 0] }");
  CHECK_FALSE(documentation("std.defects").has_value());
}

TEST_CASE("a misspelt module or a bare word is led to the module it means") {
  CHECK(nearest_module("std.latices.bcc") == "std.lattices.bcc");
  CHECK(nearest_module("std.latices") == "std.lattices");
  CHECK(nearest_module("bcc") == "std.lattices.bcc");
  CHECK(nearest_module("crowdion_bc") == "std.defects.crowdion_bcc");
  CHECK_FALSE(nearest_module("elephant").has_value());
}
