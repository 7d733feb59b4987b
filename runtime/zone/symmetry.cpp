// A rotation W of the lattice is one of the network if its states can be renamed so that every jump i -> j by t becomes
// a jump of the same rate, image(i) -> image(j) by W t + shift(j) − shift(i). The network is connected, so the image of
// one state fixes its neighbours' but for jumps that are alike: a search along the jumps, state by state, that goes
// back where an image contradicts a rate (docs/theory.md, section 2).
//
// Two things keep the search short. States are told apart beforehand by what surrounds them: their rates, their
// neighbours' rates and so on (the refinement of Weisfeiler and Leman), and only like states are tried. And jumps are
// told apart by their directions, whether the model places its states or not: placed each in the middle of its
// neighbours (a barycentric drawing of the periodic graph, one linear system), states are where the jumps alone put
// them, and a rotation of the network turns that picture into itself.
#include "runtime/zone/symmetry.hpp"

#include <Eigen/LU>
#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

constexpr double same_metric = 1e-6;       // relative: lattice constants are often written with seven digits
constexpr double same_rate = 1e-9;         // relative, as for detailed balance
constexpr double same_reach = 1e-6;        // of a primitive vector: far above the round-off of a linear system
constexpr std::size_t patience = 200'000;  // images tried for one rotation
constexpr int most_states = 5000;          // beyond, only the identity: the search goes as deep as there are states
constexpr int most_rounds = 50;            // of telling states apart

Cell rotated(const LatticeMatrix& W, const Cell& t) {
  Cell result{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) result[i] += W[i][j] * t[j];
  return result;
}
Cell operator+(const Cell& a, const Cell& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
Cell operator-(const Cell& a, const Cell& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

using Reach = std::array<double, 3>;

/// All jumps from one state to another by one cell as one; rates by number, equal ones with equal numbers.
struct Jump {
  int to;
  Cell cell;
  int rate;
  Reach reach{};  ///< how far it leads in the barycentric drawing, in units of the primitive vectors
};

class Search {
 public:
  explicit Search(const RateNetwork& network) : M_(network.size()), out_(static_cast<std::size_t>(M_)) {
    std::vector<double> rates;
    for (const HopBlock& block : network.blocks)
      for (Eigen::Index j = 0; j < block.rates.outerSize(); ++j)
        for (Eigen::SparseMatrix<double>::InnerIterator it(block.rates, j); it; ++it) rates.push_back(it.value());
    std::ranges::sort(rates);
    // A rate opens a new class where it is farther from the one before than round-off would put it.
    std::vector<double> firsts;
    for (std::size_t i = 0; i < rates.size(); ++i)
      if (i == 0 || rates[i] > rates[i - 1] * (1 + same_rate)) firsts.push_back(rates[i]);
    for (const HopBlock& block : network.blocks) {
      const Cell moved{-block.d[0], -block.d[1], -block.d[2]};
      for (Eigen::Index j = 0; j < block.rates.outerSize(); ++j)
        for (Eigen::SparseMatrix<double>::InnerIterator it(block.rates, j); it; ++it) {
          const int from = static_cast<int>(j), to = static_cast<int>(it.row());
          const int rate = static_cast<int>(std::ranges::upper_bound(firsts, it.value()) - firsts.begin());
          out_[static_cast<std::size_t>(from)].push_back({to, moved, rate});
        }
    }
    for (std::vector<Jump>& jumps : out_) std::ranges::sort(jumps, {}, place_of);
    draw(network.lattice.dimension());
    tell_apart();
    order_states();
  }

  std::optional<NetworkOperation> find(const LatticeMatrix& W) {
    W_ = W;
    tried_ = 0;
    image_.assign(static_cast<std::size_t>(M_), -1);
    taken_.assign(static_cast<std::size_t>(M_), false);
    shift_.assign(static_cast<std::size_t>(M_), Cell{});
    if (!place(0)) return std::nullopt;
    return NetworkOperation{W, image_, shift_};
  }
  bool gave_up() const { return tried_ > patience; }

 private:
  static std::pair<int, Cell> place_of(const Jump& jump) { return {jump.to, jump.cell}; }

  // Σ (x_j + t − x_i) = 0 for each state i, over the jumps from it and those to it turned round; x_0 = 0.
  void draw(int dimension) {
    std::vector<Eigen::Triplet<double>> entries;
    Eigen::MatrixXd pull = Eigen::MatrixXd::Zero(M_, dimension);
    for (int i = 0; i < M_; ++i)
      for (const Jump& jump : out_[static_cast<std::size_t>(i)]) {
        const int j = jump.to;
        for (const auto& [row, column, value] : {std::tuple{i, i, 1.0}, {j, j, 1.0}, {i, j, -1.0}, {j, i, -1.0}})
          if (row > 0 && column > 0) entries.emplace_back(row - 1, column - 1, value);
        for (int a = 0; a < dimension; ++a) {
          pull(i, a) += jump.cell[static_cast<std::size_t>(a)];
          pull(j, a) -= jump.cell[static_cast<std::size_t>(a)];
        }
      }
    Eigen::MatrixXd x = Eigen::MatrixXd::Zero(M_, dimension);
    if (M_ > 1) {
      Eigen::SparseMatrix<double> springs(M_ - 1, M_ - 1);
      springs.setFromTriplets(entries.begin(), entries.end());
      const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor(springs);
      expects(factor.info() == Eigen::Success, "a connected network");
      x.bottomRows(M_ - 1) = factor.solve(pull.bottomRows(M_ - 1));
    }
    for (int i = 0; i < M_; ++i)
      for (Jump& jump : out_[static_cast<std::size_t>(i)])
        for (int a = 0; a < dimension; ++a)
          jump.reach[static_cast<std::size_t>(a)] = x(jump.to, a) + jump.cell[static_cast<std::size_t>(a)] - x(i, a);
  }

  bool turned(const Reach& from, const Reach& to) const {
    for (std::size_t i = 0; i < 3; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < 3; ++j) sum += W_[i][j] * from[j];
      if (std::abs(sum - to[i]) > same_reach) return false;
    }
    return true;
  }

  // kind_[s]: equal for states that no chain of rates tells apart.
  void tell_apart() {
    kind_.assign(static_cast<std::size_t>(M_), 0);
    std::size_t count = 1;
    for (int round = 0; round < most_rounds; ++round) {
      using Seen = std::vector<std::tuple<int, int, int>>;
      std::vector<std::pair<int, Seen>> seen(static_cast<std::size_t>(M_));
      for (std::size_t s = 0; s < seen.size(); ++s) {
        seen[s].first = kind_[s];
        for (const Jump& jump : out_[s]) {
          const auto to = static_cast<std::size_t>(jump.to);
          seen[s].second.emplace_back(0, jump.rate, kind_[to]);
          seen[to].second.emplace_back(1, jump.rate, kind_[s]);
        }
      }
      for (auto& [kind, list] : seen) std::ranges::sort(list);
      std::map<std::pair<int, Seen>, int> kinds;
      for (const auto& key : seen) kinds.emplace(key, 0);
      int next = 0;
      for (auto& [key, number] : kinds) number = next++;
      for (std::size_t s = 0; s < seen.size(); ++s) kind_[s] = kinds.at(seen[s]);
      if (kinds.size() == count) return;
      count = kinds.size();
    }
  }

  // Each state after the first is reached by a jump from or to one that came before it. The first is of the rarest
  // kind.
  void order_states() {
    std::vector<int> members(static_cast<std::size_t>(M_), 0);
    for (const int kind : kind_) ++members[static_cast<std::size_t>(kind)];
    int first = 0;
    const auto rarity = [&](int s) { return members[static_cast<std::size_t>(kind_[static_cast<std::size_t>(s)])]; };
    for (int s = 1; s < M_; ++s)
      if (rarity(s) < rarity(first)) first = s;
    std::vector<std::vector<std::pair<int, Jump>>> in(static_cast<std::size_t>(M_));
    for (int s = 0; s < M_; ++s)
      for (const Jump& jump : out_[static_cast<std::size_t>(s)])
        in[static_cast<std::size_t>(jump.to)].emplace_back(s, jump);
    in_ = std::move(in);
    order_.push_back({first, -1, {}});
    std::vector<bool> reached(static_cast<std::size_t>(M_), false);
    reached[static_cast<std::size_t>(first)] = true;
    for (std::size_t at = 0; at < order_.size(); ++at) {
      const int from = order_[at].state;
      for (const Jump& jump : out_[static_cast<std::size_t>(from)]) {
        if (reached[static_cast<std::size_t>(jump.to)]) continue;
        reached[static_cast<std::size_t>(jump.to)] = true;
        order_.push_back({jump.to, from, jump});
      }
    }
    expects(order_.size() == static_cast<std::size_t>(M_), "a connected network");
  }

  bool place(std::size_t at) {
    if (at == order_.size()) return true;
    const Step& step = order_[at];
    const auto try_image = [&](int image, const Cell& shift) {
      const auto s = static_cast<std::size_t>(step.state), i = static_cast<std::size_t>(image);
      if (taken_[i] || kind_[i] != kind_[s] || ++tried_ > patience) return false;
      image_[s] = image;
      shift_[s] = shift;
      taken_[i] = true;
      if (agrees(step.state) && place(at + 1)) return true;
      image_[s] = -1;
      taken_[i] = false;
      return false;
    };
    if (step.before < 0) {
      for (int image = 0; image < M_; ++image)
        if (try_image(image, Cell{})) return true;
      return false;
    }
    const auto before = static_cast<std::size_t>(step.before);
    const Cell reached = rotated(W_, step.jump.cell) - shift_[before];
    for (const Jump& jump : out_[static_cast<std::size_t>(image_[before])])
      if (jump.rate == step.jump.rate && turned(step.jump.reach, jump.reach) && try_image(jump.to, jump.cell - reached))
        return true;
    return false;
  }

  // Every jump between this state and those that have an image has its own image. (None is left over in the end: there
  // are as many as before.)
  bool agrees(int state) const {
    const auto has_image = [&](int from, const Jump& jump) {
      const auto f = static_cast<std::size_t>(from), t = static_cast<std::size_t>(jump.to);
      const std::pair there{image_[t], rotated(W_, jump.cell) + shift_[t] - shift_[f]};
      const std::vector<Jump>& images = out_[static_cast<std::size_t>(image_[f])];
      const auto found = std::ranges::lower_bound(images, there, {}, place_of);
      return found != images.end() && place_of(*found) == there && found->rate == jump.rate;
    };
    const auto s = static_cast<std::size_t>(state);
    return std::ranges::all_of(out_[s],
                               [&](const Jump& jump) {
                                 return image_[static_cast<std::size_t>(jump.to)] < 0 || has_image(state, jump);
                               }) &&
           std::ranges::all_of(in_[s], [&](const auto& jump) {
             return image_[static_cast<std::size_t>(jump.first)] < 0 || has_image(jump.first, jump.second);
           });
  }

  struct Step {
    int state, before;
    Jump jump;  // from `before` to `state`
  };

  int M_;
  std::vector<std::vector<Jump>> out_;
  std::vector<std::vector<std::pair<int, Jump>>> in_;
  std::vector<int> kind_;
  std::vector<Step> order_;
  LatticeMatrix W_{};
  std::vector<int> image_;
  std::vector<Cell> shift_;
  std::vector<bool> taken_;
  std::size_t tried_ = 0;
};

}  // namespace

namespace {

// First b, then a.
NetworkOperation product(const NetworkOperation& a, const NetworkOperation& b) {
  NetworkOperation result = b;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      result.rotation[i][j] = 0;
      for (std::size_t k = 0; k < 3; ++k) result.rotation[i][j] += a.rotation[i][k] * b.rotation[k][j];
    }
  for (std::size_t s = 0; s < b.image.size(); ++s) {
    const auto between = static_cast<std::size_t>(b.image[s]);
    result.image[s] = a.image[between];
    result.shift[s] = rotated(a.rotation, b.shift[s]) + a.shift[between];
  }
  return result;
}

}  // namespace

std::vector<LatticeMatrix> lattice_rotations(const Lattice& lattice) {
  const int n = lattice.dimension();
  // A basis A U of vectors as short as can be (reduced in the sense of Minkowski): their images have coordinates
  // between −1 and 1 in three dimensions and fewer; 2 is searched, to be safe from round-off at the borders.
  Eigen::MatrixXd basis = lattice.vectors;
  Eigen::MatrixXd U = Eigen::MatrixXd::Identity(n, n);
  const auto shorten = [&](int a, const Eigen::VectorXd& by) {
    const Eigen::VectorXd candidate = basis.col(a) - basis * by;
    if (candidate.squaredNorm() >= (1 - 1e-9) * basis.col(a).squaredNorm()) return false;
    basis.col(a) = candidate;
    U.col(a) -= (U * by).eval();
    return true;
  };
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (int a = 0; a < n; ++a) {
      for (int b = 0; b < n; ++b) {
        if (a == b) continue;
        const double times = std::round(basis.col(a).dot(basis.col(b)) / basis.col(b).squaredNorm());
        shorter |= shorten(a, times * Eigen::VectorXd::Unit(n, b));
      }
      const int b = (a + 1) % n, c = (a + 2) % n;
      for (int signs = 0; signs < 4 && n == 3; ++signs)
        shorter |= shorten(
            a, (signs & 1 ? 1 : -1) * Eigen::VectorXd::Unit(n, b) + (signs & 2 ? 1 : -1) * Eigen::VectorXd::Unit(n, c));
    }
  }
  constexpr int reach = 2;
  const Eigen::MatrixXd metric = basis.transpose() * basis, back = U.inverse();
  // Candidates for the image of each basis vector: all of its length.
  std::vector<std::vector<Eigen::VectorXd>> images(static_cast<std::size_t>(n));
  const int side = 2 * reach + 1;
  for (int code = 0; code < side * side * side; ++code) {
    Eigen::VectorXd w(n);
    for (int axis = 0, rest = code; axis < 3; ++axis, rest /= side) {
      if (axis < n)
        w(axis) = rest % side - reach;
      else if (rest % side != 0)
        w.setZero();  // the same again
    }
    for (int a = 0; a < n; ++a)
      if (std::abs(w.dot(metric * w) - metric(a, a)) <= same_metric * metric(a, a))
        images[static_cast<std::size_t>(a)].push_back(w);
  }
  std::vector<LatticeMatrix> found;
  std::vector<std::size_t> at(static_cast<std::size_t>(n), 0);
  const auto add = [&](const Eigen::MatrixXd& W) {
    const Eigen::MatrixXd given = U * W * back;  // in the basis of the lattice as it was given
    LatticeMatrix rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        rotation[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = static_cast<int>(std::lround(given(i, j)));
    found.push_back(rotation);
  };
  Eigen::MatrixXd W(n, n);
  const auto extend = [&](const auto& self, int column) -> void {
    if (column == n) return add(W);
    for (const Eigen::VectorXd& w : images[static_cast<std::size_t>(column)]) {
      bool fits = true;
      for (int before = 0; before < column && fits; ++before)
        fits = std::abs(W.col(before).dot(metric * w) - metric(before, column)) <=
               same_metric * std::sqrt(metric(before, before) * metric(column, column));
      if (!fits) continue;
      W.col(column) = w;
      self(self, column + 1);
    }
  };
  extend(extend, 0);
  const LatticeMatrix identity{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::ranges::sort(found);
  std::ranges::stable_partition(found, [&](const LatticeMatrix& rotation) { return rotation == identity; });
  expects(!found.empty() && found.front() == identity && found.size() <= 48, "a point group of a lattice");
  return found;
}

NetworkPointGroup point_group(const RateNetwork& network) {
  NetworkPointGroup group;
  const std::vector<LatticeMatrix> rotations = lattice_rotations(network.lattice);
  if (network.size() > most_states) {
    NetworkOperation identity{rotations.front(), {}, std::vector<Cell>(static_cast<std::size_t>(network.size()))};
    identity.image.resize(static_cast<std::size_t>(network.size()));
    std::iota(identity.image.begin(), identity.image.end(), 0);
    group.operations.push_back(std::move(identity));
    group.complete = rotations.size() == 1;
    return group;
  }
  Search search(network);
  for (const LatticeMatrix& rotation : rotations) {
    if (auto operation = search.find(rotation))
      group.operations.push_back(std::move(*operation));
    else if (search.gave_up())
      group.complete = false;
  }
  // Where a rotation was given up others may bring it back: products of operations are operations.
  for (std::size_t a = 0; a < group.operations.size() && !group.complete; ++a)
    for (std::size_t b = 0; b < group.operations.size(); ++b) {
      NetworkOperation both = product(group.operations[a], group.operations[b]);
      if (std::ranges::find(group.operations, both.rotation, &NetworkOperation::rotation) == group.operations.end())
        group.operations.push_back(std::move(both));
    }
  return group;
}

LatticeMatrix wave_rotation(const LatticeMatrix& rotation) {
  Eigen::Matrix3d W;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) W(i, j) = rotation[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  const Eigen::Matrix3d inverse = W.inverse();
  LatticeMatrix result{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      result[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = static_cast<int>(std::lround(inverse(j, i)));
  return result;
}

}  // namespace rdd
