// Reduction is integer arithmetic: a point of the mesh is (2 p_α + s_α)/2n_α of the reciprocal vectors, and rotations
// of wave vectors have integer matrices in that basis. So it is exact, works in one to three dimensions and for
// lattices in a higher space alike, and needs no library where programs of `rdd build` run; spglib, which does the same
// for crystals in three dimensions, is what the tests compare it with.
#include "runtime/zone/mesh.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <set>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;

// Numerators of a point over 2 n_α.
using Address = std::array<long, 3>;

struct Indexing {
  std::size_t n;
  std::array<long, 3> points{1, 1, 1}, shift{};

  explicit Indexing(const Mesh& mesh) : n(mesh.points.size()) {
    expects(n >= 1 && n <= 3 && mesh.shifted.size() == n, "one to three axes");
    for (std::size_t a = 0; a < n; ++a) {
      expects(mesh.points[a] >= 1, "at least one point per axis");
      points[a] = mesh.points[a];
      shift[a] = mesh.shifted[a];
    }
  }
  long total() const { return points[0] * points[1] * points[2]; }
  Address address(long index) const {
    Address q{};
    for (std::size_t a = 3; a-- > 0; index /= points[a]) q[a] = 2 * (index % points[a]) + shift[a];
    return q;
  }
  long index(const Address& q) const {
    long result = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      const long twice = 2 * points[a];
      result = result * points[a] + ((q[a] % twice + twice) % twice - shift[a]) / 2;
    }
    return result;
  }
  double phase(std::size_t a, const Address& q) const {  // in (−π, π]
    const long centred = q[a] > points[a] ? q[a] - 2 * points[a] : q[a];
    return std::numbers::pi * static_cast<double>(centred) / static_cast<double>(points[a]);
  }
};

// The rotation as it acts on numerators over 2 n_α; nothing where it leads out of the mesh.
std::optional<std::array<std::array<long, 3>, 3>> on_mesh(const Indexing& mesh, const LatticeMatrix& rotation) {
  std::array<std::array<long, 3>, 3> result{};
  for (std::size_t a = 0; a < 3; ++a) {
    long offset = -mesh.shift[a];
    for (std::size_t b = 0; b < 3; ++b) {
      const long over = rotation[a][b] * mesh.points[a];
      if (over % mesh.points[b] != 0) return std::nullopt;
      result[a][b] = over / mesh.points[b];
      offset += result[a][b] * mesh.shift[b];
    }
    if (offset % 2 != 0) return std::nullopt;
  }
  return result;
}

}  // namespace

Eigen::MatrixXd reciprocal_vectors(const Lattice& lattice) {
  const Eigen::MatrixXd metric = lattice.vectors.transpose() * lattice.vectors;
  return 2 * std::numbers::pi * lattice.vectors * metric.inverse();
}

double zone_volume(const Lattice& lattice) {
  const Eigen::MatrixXd b = reciprocal_vectors(lattice);
  return std::sqrt((b.transpose() * b).determinant());
}

Mesh gamma_mesh(const std::vector<int>& points) {
  return Mesh{points, std::vector<bool>(points.size(), false)};
}

Mesh shifted_mesh(const std::vector<int>& points) {
  return Mesh{points, std::vector<bool>(points.size(), true)};
}

Mesh monkhorst_pack_mesh(const std::vector<int>& points) {
  std::vector<bool> shifted;
  for (const int n : points) shifted.push_back(n % 2 == 0);
  return {points, shifted};
}

ReducedMesh reduced(const Mesh& mesh, const NetworkPointGroup& group, bool time_reversal) {
  const Indexing indexing(mesh);
  using Action = std::array<std::array<long, 3>, 3>;
  std::set<LatticeMatrix> rotations{LatticeMatrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}};
  for (const NetworkOperation& operation : group.operations) rotations.insert(wave_rotation(operation.rotation));
  if (time_reversal) {
    std::set<LatticeMatrix> both = rotations;
    for (LatticeMatrix rotation : rotations) {
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t b = 0; b < 3; ++b)
          rotation[a][b] = a < indexing.n && b < indexing.n ? -rotation[a][b] : rotation[a][b];
      both.insert(rotation);
    }
    rotations = std::move(both);
  }
  std::vector<Action> actions;
  for (const LatticeMatrix& rotation : rotations)
    if (const auto action = on_mesh(indexing, rotation)) actions.push_back(*action);

  ReducedMesh result;
  result.points = mesh.points;
  result.operations = static_cast<int>(actions.size());
  result.stands_for.assign(static_cast<std::size_t>(indexing.total()), -1);
  std::vector<Address> chosen;
  for (long index = 0; index < indexing.total(); ++index) {
    if (result.stands_for[static_cast<std::size_t>(index)] >= 0) continue;
    const Address q = indexing.address(index);
    int members = 0;
    for (const Action& action : actions) {
      Address image{};
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t b = 0; b < 3; ++b) image[a] += action[a][b] * q[b];
      Index& there = result.stands_for[static_cast<std::size_t>(indexing.index(image))];
      if (there < 0) ++members;
      there = static_cast<Index>(chosen.size());
    }
    chosen.push_back(q);
    result.weights.push_back(members);
  }
  result.phases.resize(static_cast<Index>(indexing.n), static_cast<Index>(chosen.size()));
  for (std::size_t k = 0; k < chosen.size(); ++k)
    for (std::size_t a = 0; a < indexing.n; ++a)
      result.phases(static_cast<Index>(a), static_cast<Index>(k)) = indexing.phase(a, chosen[k]);
  return result;
}

ReducedMesh unreduced(const Mesh& mesh) {
  return reduced(mesh, {}, false);
}

double zone_mean(const ReducedMesh& mesh, const Eigen::Ref<const Eigen::VectorXd>& values) {
  expects(values.size() == mesh.phases.cols(), "a value for each wave vector");
  double sum = 0;
  for (Index k = 0; k < values.size(); ++k) sum += mesh.weights[static_cast<std::size_t>(k)] * values(k);
  return sum / mesh.total();
}

namespace {

// The share of a simplex on which a function that is linear on it, with these values at the corners (ascending), is
// less than e.
double share_below(const std::array<double, 4>& v, std::size_t n, double e) {
  if (e <= v[0]) return 0;
  if (e >= v[n]) return 1;
  const auto d = [&](std::size_t i, std::size_t j) { return v[i] - v[j]; };
  const auto x = [&](std::size_t i) { return e - v[i]; };
  switch (n) {
    case 1:
      return x(0) / d(1, 0);
    case 2:
      if (e < v[1]) return x(0) * x(0) / (d(1, 0) * d(2, 0));
      return 1 - x(2) * x(2) / (d(2, 0) * d(2, 1));
    default:
      if (e < v[1]) return x(0) / d(1, 0) * (x(0) / d(2, 0)) * (x(0) / d(3, 0));
      if (e >= v[2]) return 1 + x(3) / d(3, 0) * (x(3) / d(3, 1)) * (x(3) / d(3, 2));
      // Between the middle corners: the corner below cut off at v_0 has been, and that at v_1 is being.
      return (d(1, 0) * d(1, 0) + 3 * d(1, 0) * x(1) + 3 * x(1) * x(1) -
              (d(2, 0) + d(3, 1)) * x(1) / d(2, 1) * (x(1) / d(3, 1)) * x(1)) /
             (d(2, 0) * d(3, 0));
  }
}

}  // namespace

Eigen::VectorXd modes_below(const ReducedMesh& mesh, const Spectrum& spectrum,
                            const Eigen::Ref<const Eigen::VectorXd>& rates) {
  expects(spectrum.lambda.cols() == mesh.phases.cols(), "the spectrum at the wave vectors of the mesh");
  expects(std::is_sorted(rates.begin(), rates.end()), "ascending rates");
  const std::size_t n = mesh.points.size();
  const Indexing indexing({mesh.points, std::vector<bool>(n, false)});
  // Each cell of the mesh falls into n! simplices: corners are reached from its lowest one axis after the other, in
  // each order of the axes (Kuhn).
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::vector<std::size_t>> orders;
  do orders.push_back(order);
  while (std::next_permutation(order.begin(), order.end()));
  Eigen::VectorXd below = Eigen::VectorXd::Zero(rates.size());
  Eigen::VectorXd all_from = Eigen::VectorXd::Zero(rates.size() + 1);  // simplices that lie below from this rate on
  for (long cell = 0; cell < indexing.total(); ++cell) {
    for (const auto& axes : orders) {
      std::array<Index, 4> corners{};
      Address q = indexing.address(cell);
      corners[0] = mesh.stands_for[static_cast<std::size_t>(cell)];
      for (std::size_t step = 0; step < n; ++step) {
        q[axes[step]] += 2;
        corners[step + 1] = mesh.stands_for[static_cast<std::size_t>(indexing.index(q))];
      }
      for (Index m = 0; m < spectrum.lambda.rows(); ++m) {
        std::array<double, 4> values;
        values.fill(std::numeric_limits<double>::infinity());
        for (std::size_t c = 0; c <= n; ++c) values[c] = spectrum.lambda(m, corners[c]).real();
        std::sort(values.begin(), values.end());
        auto at = std::upper_bound(rates.begin(), rates.end(), values[0]) - rates.begin();
        for (; at < rates.size() && rates(at) < values[n]; ++at) below(at) += share_below(values, n, rates(at));
        all_from(at) += 1;
      }
    }
  }
  double whole = 0;
  for (Index i = 0; i < rates.size(); ++i) {
    whole += all_from(i);
    below(i) = (below(i) + whole) / static_cast<double>(indexing.total() * static_cast<long>(orders.size()));
  }
  return below;
}

}  // namespace rdd
