#include "compiler/import/onsager.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "compiler/import/crystal.hpp"

namespace rdd::importing {
namespace {

/// Aliases let a short file stand for a long one.
constexpr std::size_t most_entries = 2'000'000;

class Reader {
 public:
  Reader(const SourcePtr& source, const Given& given, Diagnostics& diagnostics)
      : source_(source), given_(given), diagnostics_(diagnostics) {}

  std::optional<NetworkDescription> run() {
    try {
      if (!read(YAML::Load(source_->text))) return std::nullopt;
    } catch (const YAML::Exception& error) {
      malformed(diagnostics_, place(error.mark, 1), "this is not well-formed YAML").here(error.msg);
      return std::nullopt;
    }
    auto network = describe(crystal_, given_, diagnostics_);
    if (!network) return std::nullopt;
    network->name = model_name(*source_);
    const std::string what = crystal_.species.empty() ? "" : " of " + crystal_.species;
    network->origin.insert(network->origin.begin(),
                           fmt::format("From {}, a jump network of OnsagerCalc: {} site{}{} in a cell, {} jumps.",
                                       file_name(*source_), crystal_.sites.size(), crystal_.sites.size() == 1 ? "" : "s",
                                       what, crystal_.jumps.size()));
    return network;
  }

 private:
  Span place(const YAML::Mark& mark, std::size_t length) const {
    const std::size_t size = source_->text.size();
    const std::size_t begin = mark.is_null() || mark.pos < 0 ? 0 : std::min(static_cast<std::size_t>(mark.pos), size);
    return {source_, begin, std::min(begin + length, size)};
  }
  Span place(const YAML::Node& node) const {
    return place(node.Mark(), node.IsScalar() ? std::max<std::size_t>(node.Scalar().size(), 1) : 1);
  }
  bool fail(const YAML::Node& node, std::string message) {
    malformed(diagnostics_, place(node), std::move(message));
    return false;
  }

  // The value of a key; an error where it is missing.
  std::optional<YAML::Node> value(const YAML::Node& map, const char* key) {
    const YAML::Node found = map[key];
    if (found.IsDefined() && !found.IsNull()) return found;
    malformed(diagnostics_, place(map), fmt::format("`{}` is missing", key));
    return std::nullopt;
  }

  // The items of a list, counted over the whole file.
  bool items(const YAML::Node& list, std::string_view what, std::vector<YAML::Node>& result) {
    if (!list.IsSequence()) return fail(list, fmt::format("expected {}", what));
    entries_ += list.size();
    if (entries_ > most_entries) return fail(list, "the file has more entries than a crystal can have");
    for (const YAML::Node& item : list) result.push_back(item);
    return true;
  }

  bool real(const YAML::Node& node, double& result) {
    const auto read = node.IsScalar() ? number(node.Scalar()) : std::nullopt;
    if (!read || std::abs(*read) > 1e300) return fail(node, "expected a number");
    result = *read;
    return true;
  }
  bool whole(const YAML::Node& node, int& result) {
    const auto read = node.IsScalar() ? integer(node.Scalar()) : std::nullopt;
    if (!read) return fail(node, "expected a whole number");
    result = *read;
    return true;
  }
  bool reals(const YAML::Node& node, std::vector<double>& result) {
    std::vector<YAML::Node> list;
    if (!items(node, "a list of numbers", list)) return false;
    result.resize(list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!real(list[i], result[i])) return false;
    return true;
  }
  bool vector(const YAML::Node& node, std::array<double, 3>& result) {
    std::vector<double> all;
    if (!reals(node, all)) return false;
    if (static_cast<int>(all.size()) != crystal_.dimension)
      return fail(node, fmt::format("expected {} numbers", crystal_.dimension));
    std::ranges::copy(all, result.begin());
    return true;
  }

  bool read(const YAML::Node& file) {
    crystal_.where = {source_, 0, 0};
    if (!file.IsMap()) return fail(file, "expected the description of a crystal: `lattice:`, `basis:`, …");
    return lattice(file) && sites(file) && energies(file) && jumps(file);
  }

  bool lattice(const YAML::Node& file) {
    const auto node = value(file, "lattice");
    std::vector<YAML::Node> rows;
    if (!node || !items(*node, "a list of vectors", rows)) return false;
    if (rows.size() < 2 || rows.size() > 3) return fail(*node, "a crystal has two or three lattice vectors");
    crystal_.dimension = static_cast<int>(rows.size());
    double scale = 1;
    if (const YAML::Node constant = file["lattice_constant"]; constant.IsDefined() && !constant.IsNull()) {
      if (!real(constant, scale)) return false;
      if (!(scale > 0)) return fail(constant, "the lattice constant must be positive");
    }
    for (const YAML::Node& row : rows) {
      auto& vector = crystal_.vectors.emplace_back();
      if (!this->vector(row, vector)) return false;
      for (double& x : vector) x *= scale;
    }
    return true;
  }

  bool sites(const YAML::Node& file) {
    const auto basis = value(file, "basis");
    std::vector<YAML::Node> species;
    if (!basis || !items(*basis, "a list of sites for each species", species)) return false;
    int mobile = 0;
    const YAML::Node chosen = file["interstitial"].IsDefined() ? file["interstitial"] : file["vacancy"];
    if (chosen.IsDefined()) {
      if (!whole(chosen, mobile)) return false;
      if (mobile < 0 || static_cast<std::size_t>(mobile) >= species.size())
        return fail(chosen, fmt::format("`basis` has the species 0 to {}", static_cast<long>(species.size()) - 1));
    } else if (species.size() != 1) {
      return fail(file, "`interstitial` is missing: which species of `basis` moves?");
    }
    for (std::size_t s = 0; s < species.size(); ++s) {
      std::vector<YAML::Node> positions;
      if (!items(species[s], "a list of sites", positions)) return false;
      for (const YAML::Node& position : positions) {
        std::array<double, 3> site{};
        if (!vector(position, site)) return false;
        (static_cast<int>(s) == mobile ? crystal_.sites : crystal_.hosts).push_back(site);
      }
    }
    if (crystal_.sites.empty()) return fail(*basis, "the species that moves has no sites");
    if (const YAML::Node names = file["chemistry"]; names.IsDefined() && names.IsSequence() &&
                                                    static_cast<std::size_t>(mobile) < names.size() &&
                                                    names[mobile].IsScalar())
      crystal_.species = legal_name(names[mobile].Scalar(), "site", true);
    const auto classes = value(file, "sitelist");
    std::vector<YAML::Node> lists;
    if (!classes || !items(*classes, "a list of classes of sites", lists)) return false;
    for (const YAML::Node& list : lists) {
      std::vector<YAML::Node> members;
      if (!items(list, "a list of sites", members)) return false;
      auto& own = crystal_.classes.emplace_back(members.size());
      for (std::size_t i = 0; i < members.size(); ++i)
        if (!whole(members[i], own[i])) return false;
    }
    return true;
  }

  bool energies(const YAML::Node& file) {
    const std::pair<const char*, std::vector<double>*> lists[] = {{"Energy", &crystal_.energies},
                                                                  {"Prefactor", &crystal_.prefactors},
                                                                  {"EnergyT", &crystal_.jump_energies},
                                                                  {"PrefactorT", &crystal_.jump_prefactors}};
    for (const auto& [key, list] : lists) {
      const auto node = value(file, key);
      if (!node || !reals(*node, *list)) return false;
    }
    return true;
  }

  bool jumps(const YAML::Node& file) {
    const auto node = value(file, "jumpnetwork");
    std::vector<YAML::Node> classes;
    if (!node || !items(*node, "a list of classes of jumps", classes)) return false;
    for (std::size_t kind = 0; kind < classes.size(); ++kind) {
      std::vector<YAML::Node> all;
      if (!items(classes[kind], "a list of jumps", all)) return false;
      for (const YAML::Node& jump : all) {
        std::vector<YAML::Node> parts, ends;
        if (!items(jump, "a jump: [[i, j], [dx, dy, dz]]", parts)) return false;
        if (parts.size() != 2) return fail(jump, "a jump is [[i, j], [dx, dy, dz]]");
        if (!items(parts[0], "the two sites of a jump", ends)) return false;
        if (ends.size() != 2) return fail(parts[0], "expected the two sites of a jump");
        CrystalJump read{kind, 0, 0, {}, place(parts[0])};
        if (!whole(ends[0], read.from) || !whole(ends[1], read.to) || !vector(parts[1], read.displacement)) return false;
        crystal_.jumps.push_back(std::move(read));
      }
    }
    return true;
  }

  const SourcePtr& source_;
  const Given& given_;
  Diagnostics& diagnostics_;
  Crystal crystal_;
  std::size_t entries_ = 0;
};

}  // namespace

std::optional<NetworkDescription> read_onsager(const SourcePtr& source, const Given& given, Diagnostics& diagnostics) {
  return Reader(source, given, diagnostics).run();
}

}  // namespace rdd::importing
