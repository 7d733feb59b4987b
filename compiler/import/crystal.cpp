#include "compiler/import/crystal.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace rdd::importing {
namespace {

constexpr double same_place = 1e-3;  // of a primitive vector

class Describing {
 public:
  Describing(const Crystal& crystal, const Given& given, Diagnostics& diagnostics)
      : crystal_(crystal), diagnostics_(diagnostics), network_(described(given)) {}

  std::optional<NetworkDescription> run() {
    if (!lattice() || !classes() || !numbers()) return std::nullopt;
    states();
    for (const CrystalJump& jump : crystal_.jumps)
      if (!add(jump)) return std::nullopt;
    if (network_.jumps.empty()) {
      malformed(diagnostics_, crystal_.where, "the jump network is empty: nothing moves");
      return std::nullopt;
    }
    tidy(network_);
    return std::move(network_);
  }

 private:
  bool fail(std::string message) {
    malformed(diagnostics_, crystal_.where, std::move(message));
    return false;
  }

  bool lattice() {
    const int n = crystal_.dimension;
    vectors_ = Eigen::MatrixXd::Zero(n, n);
    double lengths = 1;
    for (int a = 0; a < n; ++a) {
      for (int c = 0; c < n; ++c)
        vectors_(c, a) = crystal_.vectors[static_cast<std::size_t>(a)][static_cast<std::size_t>(c)];
      lengths *= vectors_.col(a).norm();
    }
    if (!(std::abs(vectors_.determinant()) > 1e-9 * lengths))
      return fail("the lattice vectors do not span their space");
    inverse_ = vectors_.inverse();
    network_.dimension = network_.embedding = n;
    network_.vectors = crystal_.vectors;
    return true;
  }

  bool classes() {
    class_of_.assign(crystal_.sites.size(), -1);
    for (std::size_t c = 0; c < crystal_.classes.size(); ++c)
      for (const int site : crystal_.classes[c]) {
        if (site < 0 || static_cast<std::size_t>(site) >= class_of_.size())
          return fail(fmt::format("the list of sites names site {}, but there are {}", site, class_of_.size()));
        int& own = class_of_[static_cast<std::size_t>(site)];
        if (own >= 0) return fail(fmt::format("site {} stands in the list of sites twice", site));
        own = static_cast<int>(c);
      }
    const auto missing = std::ranges::find(class_of_, -1);
    if (missing != class_of_.end())
      return fail(fmt::format("site {} stands in no class of sites", missing - class_of_.begin()));
    return true;
  }

  bool numbers() {
    const std::size_t sites = crystal_.classes.size();
    if (crystal_.prefactors.size() != sites || crystal_.energies.size() != sites)
      return fail(fmt::format("there are {} classes of sites, but {} prefactors and {} energies for them", sites,
                              crystal_.prefactors.size(), crystal_.energies.size()));
    std::size_t jumps = 0;
    for (const CrystalJump& jump : crystal_.jumps) jumps = std::max(jumps, jump.kind + 1);
    if (crystal_.jump_prefactors.size() < jumps || crystal_.jump_energies.size() < jumps)
      return fail(fmt::format("there are {} classes of jumps, but {} prefactors and {} energies for them", jumps,
                              crystal_.jump_prefactors.size(), crystal_.jump_energies.size()));
    const auto positive = [](double x) { return x > 0; };
    for (const std::array<double, 3>& site : crystal_.sites)
      for (const double fraction : site)
        if (!(std::abs(fraction) <= most_cells)) return fail("the position of a site is out of any range");
    if (!std::ranges::all_of(crystal_.prefactors, positive) || !std::ranges::all_of(crystal_.jump_prefactors, positive))
      return fail("prefactors must be positive");
    return true;
  }

  void states() {
    network_.balance = Balance::energies;
    const std::vector<std::string> names = class_names();
    std::vector<int> counted(names.size(), 0);
    for (std::size_t s = 0; s < crystal_.sites.size(); ++s) {
      const auto c = static_cast<std::size_t>(class_of_[s]);
      State state;
      state.name = crystal_.classes[c].size() == 1 ? names[c] : fmt::format("{}[{}]", names[c], counted[c]++);
      state.position = crystal_.sites[s];
      state.energy = crystal_.energies[c];
      state.degeneracy = crystal_.prefactors[c];
      network_.states.push_back(std::move(state));
    }
  }

  // What sites are called: by the atoms around them where these tell them apart, else by letters.
  std::vector<std::string> class_names() const {
    std::vector<std::string> names;
    for (const std::vector<int>& sites : crystal_.classes) {
      const int around = sites.empty() ? 0 : neighbours(crystal_.sites[static_cast<std::size_t>(sites.front())]);
      names.push_back(around == 4 && crystal_.dimension == 3   ? "tet"
                      : around == 6 && crystal_.dimension == 3 ? "oct"
                                                               : "");
    }
    std::vector<std::string> sorted = names;
    std::ranges::sort(sorted);
    const bool told_apart =
        std::ranges::adjacent_find(sorted) == sorted.end() && !std::ranges::binary_search(sorted, "");
    if (told_apart) return names;
    for (std::size_t c = 0; c < names.size(); ++c)
      names[c] = names.size() == 1   ? (crystal_.species.empty() ? "site" : crystal_.species)
                 : names.size() <= 26 ? std::string(1, static_cast<char>('A' + c))
                                      : fmt::format("site_{}", c + 1);
    return names;
  }

  // Atoms around a site, up to half as far again as the nearest one: the ends of the short axis of a squeezed
  // octahedron and its four others.
  int neighbours(const std::array<double, 3>& site) const {
    if (crystal_.hosts.size() > 1000) return 0;
    std::vector<double> distances;
    const int n = crystal_.dimension, reach = 2;
    for (const auto& host : crystal_.hosts)
      for (int i = -reach; i <= reach; ++i)
        for (int j = n > 1 ? -reach : 0; j <= (n > 1 ? reach : 0); ++j)
          for (int k = n > 2 ? -reach : 0; k <= (n > 2 ? reach : 0); ++k) {
            const int cell[] = {i, j, k};
            Eigen::VectorXd apart(n);
            for (int a = 0; a < n; ++a) {
              const auto at = static_cast<std::size_t>(a);
              apart(a) = host[at] + cell[a] - site[at];
            }
            distances.push_back((vectors_ * apart).norm());
          }
    if (distances.empty()) return 0;
    const double nearest = *std::ranges::min_element(distances);
    return static_cast<int>(std::ranges::count_if(distances, [&](double d) { return d < 1.5 * nearest; }));
  }

  bool add(const CrystalJump& jump) {
    const auto sites = static_cast<int>(crystal_.sites.size());
    if (jump.from < 0 || jump.from >= sites || jump.to < 0 || jump.to >= sites) {
      malformed(diagnostics_, jump.where,
                fmt::format("this jump leads from site {} to site {}, but there are {}", jump.from, jump.to, sites));
      return false;
    }
    const int n = crystal_.dimension;
    Eigen::VectorXd displacement(n);
    for (int c = 0; c < n; ++c) displacement(c) = jump.displacement[static_cast<std::size_t>(c)];
    const Eigen::VectorXd fractions = inverse_ * displacement;
    const auto &from = crystal_.sites[static_cast<std::size_t>(jump.from)],
               &to = crystal_.sites[static_cast<std::size_t>(jump.to)];
    Cell cell{};
    for (int a = 0; a < n; ++a) {
      const auto at = static_cast<std::size_t>(a);
      const double cells = fractions(a) - (to[at] - from[at]);
      if (!(std::abs(cells - std::round(cells)) < same_place) || std::abs(cells) > most_cells) {
        malformed(diagnostics_, jump.where,
                  fmt::format("this jump from site {} does not end on site {} of any cell", jump.from, jump.to))
            .hint("displacements are Cartesian and in the same unit as the lattice");
        return false;
      }
      cell[at] = static_cast<int>(std::lround(cells));
    }
    if (jump.from == jump.to && cell == Cell{}) {
      malformed(diagnostics_, jump.where, "this jump leads nowhere");
      return false;
    }
    add_jump(network_, jump.from, jump.to, cell,
             {Law::Kind::saddle, crystal_.jump_prefactors[jump.kind], crystal_.jump_energies[jump.kind]});
    return true;
  }

  const Crystal& crystal_;
  Diagnostics& diagnostics_;
  NetworkDescription network_;
  Eigen::MatrixXd vectors_, inverse_;  // columns
  std::vector<int> class_of_;
};

}  // namespace

std::optional<NetworkDescription> describe(const Crystal& crystal, const Given& given, Diagnostics& diagnostics) {
  return Describing(crystal, given, diagnostics).run();
}

}  // namespace rdd::importing
