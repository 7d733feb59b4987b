// The ready defects of the standard library against closed forms and against networks that a script builds from the
// geometry of the crystals (tests/data/stdlib/defects.py).
#include <Eigen/Eigenvalues>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lang/documentation.hpp"
#include "tests/support/approx.hpp"
#include "tests/support/model.hpp"

using namespace rdd;
using namespace rdd::test;

// Approx compares with a number of order one unless its scale is set to nothing; lengths and diffusivities are far
// smaller.

namespace {

constexpr double kB = 1.380649e-23, eV = 1.602176634e-19;

Model ready(const std::string& defect, const std::string& arguments = "", const std::string& rest = "") {
  return model_from("model m\nuse std.defects." + defect + (arguments.empty() ? "" : "(" + arguments + ")") +
                    "\ntemperature 700 K\n" + rest);
}

RateNetwork network_of(const std::string& defect, const std::string& arguments = "", const std::string& rest = "") {
  return point_of(ready(defect, arguments, rest)).network;
}

Eigen::MatrixXd diffusivity(const RateNetwork& network) {
  return transport(BlochOperator(network)).diffusion;
}

/// ν exp(−E/kT) at 700 K with ν = 1 THz.
double rate(double barrier) {
  return 1e12 * std::exp(-barrier * eV / (kB * 700));
}
double boltzmann(double energy) {
  return std::exp(-energy * eV / (kB * 700));
}

void check_isotropic(const Eigen::MatrixXd& D, double expected) {
  for (Eigen::Index i = 0; i < D.rows(); ++i) {
    for (Eigen::Index j = 0; j < D.cols(); ++j) CHECK(std::abs(D(i, j) - (i == j ? expected : 0)) < 1e-12 * expected);
  }
}

const std::string plain = "a = 1 nm, nu = 1 THz, ";

}  // namespace

TEST_CASE("each ready defect has the jumps, the diffusivity and the decay rates of its geometry") {
  std::ifstream in(std::string(RDD_SOURCE_DIR) + "/tests/data/stdlib/defects.json");
  const auto cases = nlohmann::json::parse(in);
  CHECK(cases.size() == modules_in("std.defects").size());
  for (const auto& expected : cases) {
    CAPTURE(expected["module"].get<std::string>());
    const RateNetwork network = network_of(expected["module"], expected["arguments"]);
    CHECK(network.reversible);
    CHECK(network.size() == expected["states"].get<int>());
    CHECK(network.hops.size() == expected["jumps"].get<std::size_t>());

    const Eigen::MatrixXd D = diffusivity(network);
    const double scale = D.diagonal().maxCoeff();
    for (Eigen::Index i = 0; i < D.rows(); ++i) {
      for (Eigen::Index j = 0; j < D.cols(); ++j) {
        const auto row = static_cast<std::size_t>(i), column = static_cast<std::size_t>(j);
        CHECK(std::abs(D(i, j) - expected["D"][row][column].get<double>()) < 1e-11 * scale);
      }
    }

    // λ at a wave vector of no symmetry: every jump takes part. Round-off is that of the fastest rate.
    const auto k = expected["k"].get<std::vector<double>>();
    const Eigen::VectorXd phases =
        network.lattice.vectors.transpose() * Eigen::Map<const Eigen::VectorXd>(k.data(), network.lattice.embedding());
    const Spectrum spectrum = bands(BlochOperator(network), phases);
    const auto decay = expected["decay"].get<std::vector<double>>();
    for (std::size_t i = 0; i < decay.size(); ++i) {
      const double found = spectrum.lambda(static_cast<Eigen::Index>(i), 0).real();
      CHECK(std::abs(found - decay[i]) < 1e-13 * spectrum.fastest_rate + 1e-11 * decay[i]);
    }
  }
}

TEST_CASE("vacancies: D = z k r²/6 for z jumps of length r, which is a² k in sc, bcc and fcc and a² k/8 in diamond") {
  // J. Philibert, Atom Movements (1991), chapter I; a single vacancy walks without correlation.
  for (const char* name : {"vacancy_sc", "vacancy_bcc", "vacancy_fcc"}) {
    CAPTURE(name);
    check_isotropic(diffusivity(network_of(name, plain + "E_mig = 0.5 eV")), 1e-18 * rate(0.5));
  }
  check_isotropic(diffusivity(network_of("vacancy_diamond", plain + "E_mig = 0.5 eV")), 1e-18 * rate(0.5) / 8);
}

TEST_CASE("vacancy in hcp: D_⊥ = a² (3 k_b + k_n)/2 and D_∥ = 3 c² k_n/4") {
  // As for tracers but without their correlation factors: P. B. Ghate, Physical Review 133 (1964) A1167.
  const Eigen::MatrixXd D =
      diffusivity(network_of("vacancy_hcp", plain + "c = 1.6 nm, E_basal = 0.5 eV, E_nonbasal = 0.6 eV"));
  const double basal = rate(0.5), nonbasal = rate(0.6);
  CHECK(D(0, 0) == rdd::test::approx(1e-18 * (3 * basal + nonbasal) / 2).epsilon(1e-12).scale(0));
  CHECK(D(1, 1) == rdd::test::approx(1e-18 * (3 * basal + nonbasal) / 2).epsilon(1e-12).scale(0));
  CHECK(D(2, 2) == rdd::test::approx(0.75 * 1.6e-9 * 1.6e-9 * nonbasal).epsilon(1e-12).scale(0));
}

TEST_CASE("interstitials in bcc: D = a² k/6 on octahedral, a² k/12 on tetrahedral sites") {
  // With the rate 4 k of leaving a site these are the a² Γ/24 and a² Γ/48 of H. Wipf (ed.), Hydrogen in Metals III
  // (1997).
  check_isotropic(diffusivity(network_of("interstitial_octahedral_bcc", plain + "E_mig = 0.5 eV")),
                  1e-18 * rate(0.5) / 6);
  check_isotropic(diffusivity(network_of("interstitial_tetrahedral_bcc", plain + "E_mig = 0.5 eV")),
                  1e-18 * rate(0.5) / 12);
}

TEST_CASE("interstitial in fcc: D = p a² k/2 between octahedral and tetrahedral sites") {
  // Jumps of √3/4 a in all eight directions: D = (8 p_O k_OT + 4 p_T k_TO) (3 a²/16)/6, and both flows are equal.
  // Without tetrahedral sites worth a stay it is a walk of twelve jumps of a/√2 at the rate k_OT/2 each.
  for (const double dE : {0.1, 0.6}) {
    const Eigen::MatrixXd D =
        diffusivity(network_of("interstitial_fcc", plain + "E_OT = 0.7 eV, dE = " + std::to_string(dE) + " eV"));
    check_isotropic(D, 1e-18 * rate(0.7) / 2 / (1 + 2 * boltzmann(dE)));
  }
}

TEST_CASE("dumbbells: D = 2 a² k/3 in fcc and a² k in bcc, however fast they turn") {
  // Eight jumps of a/√2, or of √3/2 a, whose mean vanishes for every orientation: no correlation.
  for (const char* turn : {"E_rot = 0.3 eV", "E_rot = 0.9 eV"}) {
    CAPTURE(turn);
    check_isotropic(diffusivity(network_of("dumbbell_fcc", plain + "E_mig = 0.5 eV, " + turn)), 2e-18 * rate(0.5) / 3);
    check_isotropic(diffusivity(network_of("dumbbell_bcc", plain + "E_mig = 0.5 eV, " + turn)), 1e-18 * rate(0.5));
  }
}

TEST_CASE("crowdion: D = a² k/4 in three dimensions, and the direction decays at four times the rate of a turn") {
  Diagnostics diagnostics;
  const Model model = ready("crowdion_bcc", plain + "E_glide = 0.1 eV, E_rot = 0.5 eV");
  const RateNetwork network = point_of(model).network;
  check_isotropic(diffusivity(network), 1e-18 * rate(0.1) / 4);
  const Spectrum spectrum = bands(BlochOperator(network), Eigen::VectorXd::Zero(3));
  for (Eigen::Index i = 1; i < 4; ++i)
    CHECK(spectrum.lambda(i, 0).real() == rdd::test::approx(4 * rate(0.5)).epsilon(1e-6).scale(0));
  // One direction without turns: D along it is k b², b² = 3/4 a², and each of the four keeps its own equation.
  const Model slow = ready("crowdion_bcc", plain + "E_glide = 0.1 eV, E_rot = 1.5 eV", "reduce { bands 4 }\n");
  const auto analysis = analyse(slow, point_of(slow).network, diagnostics);
  REQUIRE(analysis.has_value());
  CHECK(analysis->reduction.P == 4);
  for (Eigen::Index s = 0; s < 4; ++s) {
    Eigen::Matrix3d D;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j)
        D(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
            analysis->pde.coefficients.diffusion[i][j](s, s);
    }
    const Eigen::Vector3d expected(0, 0, 0.75e-18 * rate(0.1));
    const Eigen::Vector3d found = Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(D).eigenvalues();
    CHECK((found - expected).norm() < 1e-5 * expected.norm());
  }
}

TEST_CASE("adatoms: D = d² (k_hop + 2 k_exchange) on (100), p d² k/2 on (111)") {
  const double d2 = 0.5e-18;
  check_isotropic(diffusivity(network_of("adatom_100", plain + "E_hop = 0.6 eV, E_exchange = 0.5 eV")),
                  d2 * (rate(0.6) + 2 * rate(0.5)));
  // G. Boisvert and L. J. Lewis, Physical Review B 54 (1996) 2880: with equal sites, D = (1/4) 3 k (d²/3).
  check_isotropic(diffusivity(network_of("adatom_111", plain + "E_mig = 0.5 eV, dE = 0 eV")), d2 * rate(0.5) / 4);
  check_isotropic(diffusivity(network_of("adatom_111", plain + "E_mig = 0.5 eV, dE = 0.1 eV")),
                  d2 * rate(0.5) / 2 / (1 + boltzmann(0.1)));
}

TEST_CASE("dimers: D = p d² k on (100), and 3 p d² k on (111) where the intracell motion is fast") {
  const double d2 = 0.5e-18;
  check_isotropic(diffusivity(network_of("dimer_100", plain + "E_shear = 0.5 eV, dE = 0.1 eV")),
                  d2 * rate(0.5) / (2 + 2 * boltzmann(0.1)));
  // Slides 1e-8 as fast as hops: six moves of d at the rate 2 p k, right to that ratio.
  const Eigen::MatrixXd D = diffusivity(
      network_of("dimer_111", plain + "E_intra = 0.1 eV, E_inter = 1.3 eV, dE_FH = 0.05 eV, dE_HH = 0.03 eV"));
  const double share = 1 / (3 * (1 + boltzmann(0.05) + boltzmann(0.03)));
  for (Eigen::Index i = 0; i < 2; ++i)
    CHECK(D(i, i) == rdd::test::approx(3 * share * d2 * rate(1.3)).epsilon(1e-7).scale(0));
}

TEST_CASE("a model's own lattice, symmetry and force decide over those of a ready defect") {
  const RateNetwork tetragonal = network_of("vacancy_sc", "nu = 1 THz, E_mig = 0.5 eV",
                                            "lattice { vectors [[1 nm, 0 nm, 0 nm], [0 nm, 1 nm, 0 nm], [0 nm, 0 nm, 2 "
                                            "nm]] }\nsymmetry D4h\nrates { V <-> V by [0, 0, 1] : 1 /s }\n");
  const Eigen::MatrixXd D = diffusivity(tetragonal);
  CHECK(D(0, 0) == rdd::test::approx(1e-18 * rate(0.5)).epsilon(1e-12).scale(0));
  CHECK(D(2, 2) == rdd::test::approx(4e-18).epsilon(1e-12).scale(0));

  const Model pushed = ready("vacancy_bcc", plain + "E_mig = 0.5 eV", "force [1e-3 eV/nm, 0 eV/nm, 0 eV/nm]\n");
  const Transport moved = transport(BlochOperator(point_of(pushed).network));
  // v = β D f up to (f a/kT)² or 1e-4.
  CHECK(moved.velocity(0) == rdd::test::approx(1e-18 * rate(0.5) * 1e6 * eV / (kB * 700)).epsilon(1e-3).scale(0));
}

TEST_CASE("a ready defect used under a name has its states and parameters behind a dot") {
  const Model model = model_from(
      "model m\nuse std.defects.crowdion_bcc(nu = 1 THz) as glider\ntemperature 700 K\n"
      "rates { glider.XYZ <-> glider.xYZ by [1, 1, 1] : arrhenius(glider.nu, 2 * glider.E_rot) }\n");
  CHECK(model.states.front().name == "glider.XYZ");
  CHECK(model.transitions.size() > 20 / 2);
}
