// Meshes of the Brillouin zone. The numbers of irreducible points come from spglib and from counting by hand
// [MP76]; averages from the closed form of one-state networks and from whole meshes.
#include <doctest/doctest.h>
#include <spglib.h>
#include <Eigen/Geometry>

#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "runtime/zone/connected_bands.hpp"
#include "runtime/zone/mesh.hpp"
#include "tests/runtime/random_network.hpp"
#include "tests/runtime/symmetric_network.hpp"
#include "tests/support/approx.hpp"

using namespace rdd;
using namespace rdd::testing;
using Eigen::Index;

namespace {

/// Of two sets of eigenvalues: those of one real part may come in any order.
double distance(const Eigen::VectorXcd& a, const Eigen::VectorXcd& b) {
  Eigen::MatrixXd apart(a.size(), b.size());
  for (Index i = 0; i < a.size(); ++i)
    for (Index j = 0; j < b.size(); ++j) apart(i, j) = std::abs(a(i) - b(j));
  const std::vector<int> partner = best_assignment(-apart);
  double largest = 0;
  for (Index j = 0; j < b.size(); ++j) largest = std::max(largest, apart(partner[static_cast<std::size_t>(j)], j));
  return largest;
}

}  // namespace

TEST_CASE("the rotations of a lattice are as many as its holohedry has, in any primitive vectors") {
  const double root = std::sqrt(3.0) / 2;
  const auto count = [](const Eigen::MatrixXd& vectors) {
    std::size_t found = lattice_rotations({vectors}).size();
    Eigen::MatrixXd sheared = vectors;  // other primitive vectors of the same lattice, far from reduced
    for (Index a = 1; a < sheared.cols(); ++a) sheared.col(a) += 7 * sheared.col(a - 1);
    CHECK(lattice_rotations({sheared}).size() == found);
    return found;
  };
  CHECK(count(chain()) == 2);
  CHECK(count(square()) == 8);
  CHECK(count(Eigen::MatrixXd(Eigen::Vector2d(1, 1e4).asDiagonal())) == 4);
  CHECK(count((Eigen::MatrixXd(2, 2) << 1, -0.5, 0, root).finished()) == 12);
  CHECK(count((Eigen::MatrixXd(2, 2) << 1, 0.3, 0, 1.2).finished()) == 2);
  CHECK(count(simple_cubic()) == 48);
  CHECK(count(face_centred()) == 48);
  CHECK(count(body_centred()) == 48);
  CHECK(count((Eigen::MatrixXd(3, 3) << 1, -0.5, 0, 0, root, 0, 0, 0, 1.6).finished()) == 24);
  CHECK(count(Eigen::MatrixXd(Eigen::Vector3d(1, 1, 3).asDiagonal())) == 16);
  CHECK(count(Eigen::MatrixXd(Eigen::Vector3d(1, 2, 1000).asDiagonal())) == 8);
  Eigen::MatrixXd embedded(3, 2);  // two vectors of one length at 60 degrees, in a plane of space
  embedded << 1, 0, 1, 1, 0, 1;
  CHECK(count(embedded) == 12);
}

TEST_CASE("reciprocal vectors are dual to the lattice and lie in its span") {
  Eigen::MatrixXd vectors(3, 2);
  vectors << 1, 0.2, 0.5, 1, -0.3, 2;
  const Eigen::MatrixXd b = reciprocal_vectors({vectors});
  CHECK((b.transpose() * vectors - 2 * std::numbers::pi * Eigen::MatrixXd::Identity(2, 2)).norm() < 1e-14);
  const Eigen::Vector3d normal = Eigen::Vector3d(vectors.col(0)).cross(Eigen::Vector3d(vectors.col(1)));
  CHECK((normal.transpose() * b).norm() < 1e-14);
}

TEST_CASE("a network has the symmetry of its rates, not that of its lattice") {
  const auto order = [](const NetworkParts& parts) {
    const NetworkPointGroup group = point_group(make_network(parts));
    CHECK(group.complete);
    return group.operations.size();
  };
  NetworkParts parts = one_state(square());
  CHECK(order(parts) == 8);
  parts.hops[0].rate = parts.hops[1].rate = 2;  // faster along one axis
  CHECK(order(parts) == 4);
  parts.hops[0].rate = 3;  // and a force
  CHECK(order(parts) == 2);
  parts.hops[0].rate *= 1 + 1e-7;
  parts.hops[2].rate *= 1 + 1e-7;
  CHECK(order(parts) == 1);
  CHECK(order(one_state(face_centred())) == 48);
  CHECK(order(one_state(body_centred())) == 48);
  // fcc, octahedral and two tetrahedral sites: the group of the crystal, inversion exchanges the tetrahedral ones
  CHECK(order(octahedral_tetrahedral()) == 48);
  // in other words: states in other cells and another order, other primitive vectors
  CHECK(order(reworded(octahedral_tetrahedral(), 3)) == 48);
  CHECK(order(sheared(octahedral_tetrahedral())) == 48);
  // a cell of 4 × 4 × 4 sites that are all alike, as jumps inside of it are: told apart by where they lead in the end
  const auto cube = [](double along_z) {
    NetworkParts cell = one_state(simple_cubic());
    for (Hop& hop : cell.hops)
      if (hop.cell[2] != 0) hop.rate = along_z;
    for (int axis = 0; axis < 3; ++axis) {
      cell = supercell(cell, 4);
      cell.lattice.vectors =
          (Eigen::MatrixXd(3, 3) << cell.lattice.vectors.rightCols(2), cell.lattice.vectors.leftCols(1)).finished();
      for (Hop& hop : cell.hops) hop.cell = {hop.cell[1], hop.cell[2], hop.cell[0]};
    }
    return cell;
  };
  CHECK(order(cube(1)) == 48);
  CHECK(order(cube(0.5)) == 16);
}

TEST_CASE("the group of a network is a group that keeps every rate, and decay rates are the same at k and its image") {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    CAPTURE(seed);
    const SymmetricSample sample = symmetric_network(seed);
    const RateNetwork network = make_network(sample.parts);
    const NetworkPointGroup group = point_group(network);
    CHECK(group.complete);
    CHECK(group.operations.size() >= sample.order);
    CHECK(group.operations.size() % sample.order == 0);  // of which the group it was made with is a part (Lagrange)
    const BlochOperator bloch(network);
    std::mt19937_64 engine(seed);
    const Eigen::VectorXd phases = random_phases(engine, network.lattice.dimension());
    const Eigen::VectorXcd expected = bands_at(bloch, phases);
    for (const NetworkOperation& operation : group.operations) {
      const LatticeMatrix rotation = wave_rotation(operation.rotation);
      Eigen::VectorXd image = Eigen::VectorXd::Zero(phases.size());
      for (Index a = 0; a < phases.size(); ++a)
        for (Index b = 0; b < phases.size(); ++b)
          image(a) += rotation[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] * phases(b);
      // round-off of the eigenvalues, and the 1e-9 within which rates count as equal
      CHECK(distance(bands_at(bloch, image), expected) < 1e-8 * network.escape.maxCoeff());
    }
  }
}

TEST_CASE("irreducible points of cubic meshes, as counted by hand") {
  for (const int n : {2, 4, 6, 8}) {
    CAPTURE(n);
    const NetworkPointGroup cubic = point_group(make_network(one_state(simple_cubic())));
    const int h = n / 2;
    const ReducedMesh shifted = reduced(monkhorst_pack_mesh({n, n, n}), cubic);
    CHECK(shifted.phases.cols() == h * (h + 1) * (h + 2) / 6);  // 20 for n = 8
    const ReducedMesh gamma = reduced(gamma_mesh({n, n, n}), cubic);
    CHECK(gamma.phases.cols() == (h + 1) * (h + 2) * (h + 3) / 6);
    CHECK(gamma.operations == 48);
    const NetworkPointGroup plane = point_group(make_network(one_state(square())));
    CHECK(reduced(shifted_mesh({n, n}), plane).phases.cols() == h * (h + 1) / 2);
    const NetworkPointGroup row = point_group(make_network(one_state(chain())));
    CHECK(reduced(gamma_mesh({n}), row).phases.cols() == h + 1);
    for (const ReducedMesh& mesh : {shifted, gamma})
      CHECK(std::accumulate(mesh.weights.begin(), mesh.weights.end(), 0) == n * n * n);
  }
  CHECK(reduced(monkhorst_pack_mesh({8, 8, 8}), point_group(make_network(one_state(simple_cubic())))).phases.cols() ==
        20);
  const Mesh odd = monkhorst_pack_mesh({3, 4});
  CHECK_FALSE(odd.shifted[0]);
  CHECK(odd.shifted[1]);
}

TEST_CASE("spglib reduces meshes of crystals to the same sets of points") {
  const double root = std::sqrt(3.0) / 2;
  const Eigen::Matrix3d hexagonal = (Eigen::Matrix3d() << 1, -0.5, 0, 0, root, 0, 0, 0, 1.6).finished();
  const std::vector<NetworkParts> networks{one_state(simple_cubic()), one_state(face_centred()),
                                           one_state(body_centred()), one_state(hexagonal), octahedral_tetrahedral()};
  for (const NetworkParts& parts : networks) {
    const RateNetwork network = make_network(parts);
    const NetworkPointGroup group = point_group(network);
    double lattice[3][3];
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) lattice[i][j] = parts.lattice.vectors(i, j);
    std::vector<std::array<double, 3>> sites{{0, 0, 0}};
    std::vector<int> kinds{1};
    if (parts.states.size() == 3) {
      sites = {{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}, {0.75, 0.75, 0.75}};
      kinds = {1, 2, 2};
    }
    for (const std::array<int, 3>& points : {std::array{4, 4, 4}, {6, 6, 6}, {5, 5, 5}, {4, 4, 3}}) {
      for (const int shift : {0, 1}) {
        CAPTURE(points[0]);
        CAPTURE(shift);
        const std::vector<int> counts(points.begin(), points.end());
        const ReducedMesh mesh = reduced(shift ? shifted_mesh(counts) : gamma_mesh(counts), group);
        const int total = points[0] * points[1] * points[2];
        std::vector<std::array<int, 3>> addresses(static_cast<std::size_t>(total));
        std::vector<int> map(static_cast<std::size_t>(total));
        const int shifts[3] = {shift, shift, shift};
        const int theirs = spg_get_ir_reciprocal_mesh(
            reinterpret_cast<int(*)[3]>(addresses.data()), map.data(), points.data(), shifts, 1, lattice,
            reinterpret_cast<double(*)[3]>(sites.data()), kinds.data(), static_cast<int>(sites.size()), 1e-5);
        // spglib takes for granted that the mesh has the crystal's symmetry; where it has not, it is not asked.
        if (mesh.operations < 48 / (parts.lattice.vectors.isApprox(hexagonal) ? 2 : 1)) continue;
        CHECK(mesh.phases.cols() == theirs);
        // The same partition: theirs runs with the first axis fastest.
        std::map<int, Index> same;
        for (int at = 0; at < total; ++at) {
          const int p = at % points[0], q = at / points[0] % points[1], r = at / points[0] / points[1];
          const Index ours = mesh.stands_for[static_cast<std::size_t>((p * points[1] + q) * points[2] + r)];
          CHECK(same.emplace(map[static_cast<std::size_t>(at)], ours).first->second == ours);
        }
      }
    }
  }
}

TEST_CASE("the mean of the decay rate of one state over the zone is its rate of escape, exactly") {
  // λ(k) = Σ_t r (1 − cos k·t): all cosines average to zero on a mesh that no t is a period of.
  for (const Eigen::MatrixXd& vectors : {chain(), square(), simple_cubic(), face_centred(), body_centred()}) {
    const RateNetwork network = make_network(one_state(vectors));
    const std::vector<int> points(static_cast<std::size_t>(vectors.cols()), 3);
    for (const Mesh& mesh : {gamma_mesh(points), shifted_mesh(points), monkhorst_pack_mesh(points)}) {
      const ReducedMesh zone = reduced(mesh, point_group(network));
      const Spectrum spectrum = bands(BlochOperator(network), zone.phases);
      CHECK(zone_mean(zone, spectrum.lambda.row(0).real().transpose()) ==
            test::approx(network.escape(0)).epsilon(1e-14));
    }
  }
}

TEST_CASE("the mean square decay rate of simple cubic hopping is 42 times the square of its rate") {
  // λ = 2 r Σ (1 − cos φ_a): ⟨λ²⟩ = 36 r² + 4 r² · 3/2
  const RateNetwork network = make_network(one_state(simple_cubic()));
  const ReducedMesh zone = reduced(shifted_mesh({4, 4, 4}), point_group(network));
  const Spectrum spectrum = bands(BlochOperator(network), zone.phases);
  CHECK(zone_mean(zone, spectrum.lambda.row(0).cwiseAbs2().transpose()) == test::approx(42.0).epsilon(1e-14));
}

TEST_CASE("averages over the wedge are those over the whole mesh") {
  for (std::uint64_t seed = 0; seed < 18; ++seed) {
    CAPTURE(seed);
    const SymmetricSample sample = symmetric_network(seed);
    const RateNetwork network = make_network(sample.parts);
    const BlochOperator bloch(network);
    const NetworkPointGroup group = point_group(network);
    const std::vector<int> points(static_cast<std::size_t>(network.lattice.dimension()), 5);
    for (const Mesh& mesh : {gamma_mesh(points), shifted_mesh(points)}) {
      const ReducedMesh wedge = reduced(mesh, group), whole = unreduced(mesh);
      CHECK(wedge.phases.cols() < whole.phases.cols());
      CHECK(whole.phases.cols() == whole.total());
      const auto mean = [&](const ReducedMesh& zone) {
        const Spectrum spectrum = bands(bloch, zone.phases);
        const double fastest = spectrum.fastest_rate;
        Eigen::VectorXd values(zone.phases.cols());
        for (Index k = 0; k < values.size(); ++k)
          values(k) = (-spectrum.lambda.col(k).array() / fastest).exp().real().sum();  // the probability to return
        return zone_mean(zone, values);
      };
      CHECK(mean(wedge) == test::approx(mean(whole)).epsilon(1e-8));
      Eigen::VectorXd rates = Eigen::VectorXd::LinSpaced(7, 0, 2 * network.escape.maxCoeff());
      const Eigen::VectorXd wedge_modes = modes_below(wedge, bands(bloch, wedge.phases), rates);
      const Eigen::VectorXd whole_modes = modes_below(whole, bands(bloch, whole.phases), rates);
      CHECK((wedge_modes - whole_modes).cwiseAbs().maxCoeff() < 1e-6 * network.size());
    }
  }
}

TEST_CASE("the number of modes below a rate: exact where bands are linear, ends at the number of states") {
  // One dimension: λ = 2 (1 − cos φ) lies below e on the share arccos(1 − e/2)/π of the zone.
  const RateNetwork row = make_network(one_state(chain()));
  const ReducedMesh fine = reduced(gamma_mesh({2000}), point_group(row));
  Eigen::VectorXd rates(4);
  rates << 0.01, 1, 2, 3.9;
  const Eigen::VectorXd below = modes_below(fine, bands(BlochOperator(row), fine.phases), rates);
  for (Index i = 0; i < rates.size(); ++i)  // the error of linear interpolation, h²/8 |λ''| / |λ'|
    CHECK(std::abs(below(i) - std::acos(1 - rates(i) / 2) / std::numbers::pi) < 1e-5);
  // Two and three dimensions: against the same share counted on a mesh sixteen times as fine.
  for (const Eigen::MatrixXd& vectors : {square(), simple_cubic()}) {
    const RateNetwork network = make_network(one_state(vectors));
    const int n = vectors.cols() == 2 ? 24 : 12;
    const std::vector<int> points(static_cast<std::size_t>(vectors.cols()), n);
    const ReducedMesh zone = reduced(gamma_mesh(points), point_group(network));
    const Spectrum spectrum = bands(BlochOperator(network), zone.phases);
    const double top = 2 * network.escape(0);
    const Eigen::VectorXd steps = Eigen::VectorXd::LinSpaced(9, 0, top);
    const Eigen::VectorXd modes = modes_below(zone, spectrum, steps);
    CHECK(modes(0) == 0);
    CHECK(modes(8) == 1);
    CHECK(modes(4) == test::approx(0.5).epsilon(0.01));  // the band is symmetric about its middle
    for (Index i = 1; i < 9; ++i) CHECK(modes(i) > modes(i - 1));
    for (Index i = 0; i < 9; ++i) CHECK(std::abs(modes(i) + modes(8 - i) - 1) < 2e-3);
    const ReducedMesh finer = reduced(shifted_mesh(std::vector<int>(points.size(), 4 * n)), point_group(network));
    const Spectrum all = bands(BlochOperator(network), finer.phases);
    const Eigen::VectorXd counted = (all.lambda.row(0).real().transpose().array() < steps(2)).cast<double>();
    CHECK(std::abs(zone_mean(finer, counted) - modes(2)) < 0.01);
  }
}
