#include "compiler/import/json_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "compiler/import/crystal.hpp"
#include "lang/nearest.hpp"

namespace rdd::importing {
namespace {

using Json = nlohmann::json;

class Reader {
 public:
  Reader(const SourcePtr& source, const Given& given, Diagnostics& diagnostics)
      : source_(source), given_(given), diagnostics_(diagnostics) {}

  std::optional<NetworkDescription> run() {
    Json file;
    try {
      file = Json::parse(source_->text);
    } catch (const Json::parse_error& error) {
      const std::size_t at = std::min(error.byte > 0 ? error.byte - 1 : 0, source_->text.size());
      malformed(diagnostics_, {source_, at, std::min(at + 1, source_->text.size())}, "this is not well-formed JSON");
      return std::nullopt;
    } catch (const Json::exception&) {  // a number out of range
      malformed(diagnostics_, {source_, 0, 0}, "the file holds a number out of range");
      return std::nullopt;
    }
    const Json* chosen = choose(file);
    if (!chosen) return std::nullopt;
    auto network = chosen->contains("sites_fractional") ? crystal(*chosen) : plain(*chosen);
    if (network) network->name = name(*chosen);
    return network;
  }

 private:
  bool fail(std::string message) {
    malformed(diagnostics_, {source_, 0, 0}, std::move(message));
    return false;
  }

  std::string name(const Json& node) const {
    const auto given = node.find("name");
    return given != node.end() && given->is_string() ? legal_name(given->get_ref<const std::string&>(), "network")
                                                     : model_name(*source_);
  }

  // The file's one network, or the one that --select names.
  const Json* choose(const Json& file) {
    const Json* candidates = &file;
    if (file.is_object() && file.contains("network") && file["network"].is_object()) candidates = &file["network"];
    if (candidates->is_object()) return candidates;
    std::vector<std::string> names;
    if (file.is_array())
      for (const Json& entry : file) {
        if (!entry.is_object()) continue;
        const auto own = entry.find("name");
        names.push_back(own != entry.end() && own->is_string() ? own->get<std::string>() : "");
        if (file.size() == 1 || (!given_.select.empty() && names.back() == given_.select)) return &entry;
      }
    if (names.empty()) {
      fail("the file holds no network: expected an object with `lattice`, `states` and `transitions`");
      return nullptr;
    }
    auto& diagnostic = malformed(diagnostics_, {source_, 0, 0},
                                 given_.select.empty()
                                     ? fmt::format("the file holds {} networks", names.size())
                                     : fmt::format("the file holds no network called '{}'", given_.select));
    names.resize(std::min<std::size_t>(names.size(), 10));
    diagnostic.hint(fmt::format("choose one with --select: {}", fmt::join(names, ", ")));
    return nullptr;
  }

  // ---- values, with their paths for diagnostics

  bool real(const Json& node, const std::string& path, double& result) {
    if (!node.is_number() || !std::isfinite(node.get<double>())) return fail(fmt::format("{} is no number", path));
    result = node.get<double>();
    return true;
  }
  bool whole(const Json& node, const std::string& path, int& result) {
    if (!node.is_number_integer() || std::abs(node.get<double>()) > 1e9)
      return fail(fmt::format("{} is no whole number", path));
    result = node.get<int>();
    return true;
  }
  bool list(const Json& node, const std::string& path, std::size_t least, std::size_t most) {
    if (node.is_array() && node.size() >= least && node.size() <= most) return true;
    return fail(least == most ? fmt::format("{} is no list of {}", path, least) : fmt::format("{} is no list", path));
  }
  bool reals(const Json& node, const std::string& path, std::vector<double>& result) {
    if (!list(node, path, 0, std::size_t(-1))) return false;
    result.resize(node.size());
    for (std::size_t i = 0; i < node.size(); ++i)
      if (!real(node[i], fmt::format("{}[{}]", path, i), result[i])) return false;
    return true;
  }
  bool vector(const Json& node, const std::string& path, std::size_t size, std::array<double, 3>& result) {
    if (!list(node, path, size, size)) return false;
    for (std::size_t i = 0; i < size; ++i)
      if (!real(node[i], fmt::format("{}[{}]", path, i), result[i])) return false;
    return true;
  }
  const Json* member(const Json& node, const std::string& path, const char* key) {
    const auto found = node.is_object() ? node.find(key) : node.end();
    if (node.is_object() && found != node.end()) return &*found;
    fail(path.empty() ? fmt::format("`{}` is missing", key) : fmt::format("{} has no `{}`", path, key));
    return nullptr;
  }

  // ---- crystals with jump networks

  std::optional<NetworkDescription> crystal(const Json& node) {
    Crystal crystal;
    crystal.where = {source_, 0, 0};
    if (!crystal_lattice(node, crystal) || !crystal_sites(node, crystal) || !crystal_jumps(node, crystal))
      return std::nullopt;
    auto network = describe(crystal, given_, diagnostics_);
    if (!network) return std::nullopt;
    network->origin.insert(network->origin.begin(),
                           fmt::format("From {}, a crystal of {} site{} and {} jumps in a cell.", file_name(*source_),
                                       crystal.sites.size(), crystal.sites.size() == 1 ? "" : "s",
                                       crystal.jumps.size()));
    return network;
  }

  bool crystal_lattice(const Json& node, Crystal& crystal) {
    const Json* columns = member(node, "", "lattice_columns");
    if (!columns || !list(*columns, "lattice_columns", 1, 3)) return false;
    const std::size_t n = columns->size();
    crystal.dimension = static_cast<int>(n);
    crystal.vectors.assign(n, {});
    for (std::size_t c = 0; c < n; ++c) {
      std::array<double, 3> row{};
      if (!vector((*columns)[c], fmt::format("lattice_columns[{}]", c), n, row)) return false;
      for (std::size_t a = 0; a < n; ++a) crystal.vectors[a][c] = row[a];
    }
    return true;
  }

  bool crystal_sites(const Json& node, Crystal& crystal) {
    const Json *sites = member(node, "", "sites_fractional"), *classes = member(node, "", "sitelist");
    if (!sites || !classes || !list(*sites, "sites_fractional", 1, 1'000'000) ||
        !list(*classes, "sitelist", 1, 1'000'000))
      return false;
    crystal.sites.resize(sites->size());
    for (std::size_t s = 0; s < sites->size(); ++s)
      if (!vector((*sites)[s], fmt::format("sites_fractional[{}]", s), static_cast<std::size_t>(crystal.dimension),
                  crystal.sites[s]))
        return false;
    for (std::size_t c = 0; c < classes->size(); ++c) {
      const std::string path = fmt::format("sitelist[{}]", c);
      if (!list((*classes)[c], path, 1, 1'000'000)) return false;
      auto& members = crystal.classes.emplace_back((*classes)[c].size());
      for (std::size_t i = 0; i < members.size(); ++i)
        if (!whole((*classes)[c][i], path, members[i])) return false;
    }
    return true;
  }

  bool crystal_jumps(const Json& node, Crystal& crystal) {
    const std::pair<const char*, std::vector<double>*> lists[] = {{"ene", &crystal.energies},
                                                                  {"pre", &crystal.prefactors},
                                                                  {"eneT", &crystal.jump_energies},
                                                                  {"preT", &crystal.jump_prefactors}};
    for (const auto& [key, values] : lists) {
      const Json* found = member(node, "", key);
      if (!found || !reals(*found, key, *values)) return false;
    }
    const Json* jumps = member(node, "", "jumps");
    if (!jumps || !list(*jumps, "jumps", 1, 10'000'000)) return false;
    for (std::size_t j = 0; j < jumps->size(); ++j) {
      const std::string path = fmt::format("jumps[{}]", j);
      const Json &jump = (*jumps)[j], *kind = member(jump, path, "type"), *from = member(jump, path, "i"),
                 *to = member(jump, path, "j"), *dx = member(jump, path, "dx");
      CrystalJump read;
      read.where = {source_, 0, 0};
      int type = 0;
      if (!kind || !from || !to || !dx || !whole(*kind, path + ".type", type) || !whole(*from, path + ".i", read.from) ||
          !whole(*to, path + ".j", read.to) ||
          !vector(*dx, path + ".dx", static_cast<std::size_t>(crystal.dimension), read.displacement))
        return false;
      if (type < 0) return fail(path + ".type is negative");
      read.kind = static_cast<std::size_t>(type);
      crystal.jumps.push_back(std::move(read));
    }
    return true;
  }

  // ---- states and transitions

  std::optional<NetworkDescription> plain(const Json& node) {
    Given units = given_;
    if (!read_units(node, units)) return std::nullopt;
    NetworkDescription network = described(units);
    if (!temperature(node, network) || !lattice(node, network) || !states(node, network) ||
        !transitions(node, network))
      return std::nullopt;
    network.origin.insert(network.origin.begin(), fmt::format("From {}.", file_name(*source_)));
    tidy(network);
    return network;
  }

  bool read_units(const Json& node, Given& given) {
    const auto units = node.find("units");
    if (units == node.end()) return true;
    if (!units->is_object()) return fail("`units` is no object");
    const std::pair<const char*, UnitOf> known[] = {
        {"length", UnitOf::length}, {"energy", UnitOf::energy}, {"time", UnitOf::time}};
    for (const auto& [key, what] : known) {
      const auto unit = units->find(key);
      if (unit == units->end()) continue;
      if (!unit->is_string()) return fail(fmt::format("units.{} is no text", key));
      if (!read_unit(what, unit->get<std::string>(), given, diagnostics_)) return false;
    }
    return true;
  }

  bool temperature(const Json& node, NetworkDescription& network) {
    const auto kelvin = node.find("temperature");
    if (given_.temperature || kelvin == node.end() || kelvin->is_null()) return true;
    if (!real(*kelvin, "temperature", network.kelvin)) return false;
    if (!(network.kelvin > 0)) return fail("`temperature` must be above 0 K");
    network.temperature = fmt::format("{} K", network.kelvin);
    return true;
  }

  bool lattice(const Json& node, NetworkDescription& network) {
    if (!given_.vectors.empty() || !node.contains("lattice")) {
      const int dimension = given_.vectors.empty() ? 0 : static_cast<int>(given_.vectors.size());
      if (dimension == 0) return fail("`lattice` is missing: the primitive vectors, one list each");
      return use_given_lattice(network, given_, dimension, {source_, 0, 0}, diagnostics_);
    }
    const Json& rows = node["lattice"];
    if (!list(rows, "lattice", 1, 3) || !list(rows[0], "lattice[0]", rows.size(), 3)) return false;
    network.dimension = static_cast<int>(rows.size());
    network.embedding = static_cast<int>(rows[0].size());
    network.vectors.resize(rows.size());
    for (std::size_t a = 0; a < rows.size(); ++a)
      if (!vector(rows[a], fmt::format("lattice[{}]", a), rows[0].size(), network.vectors[a])) return false;
    return true;
  }

  bool states(const Json& node, NetworkDescription& network) {
    const Json* all = member(node, "", "states");
    if (!all || !list(*all, "states", 1, 10'000'000)) return false;
    bool energies = false, weights = false;
    for (std::size_t s = 0; s < all->size(); ++s) {
      const std::string path = fmt::format("states[{}]", s);
      const Json& own = (*all)[s];
      const Json* name = own.is_string() ? &own : member(own, path, "name");
      if (!name) return false;
      if (!name->is_string() || name->get_ref<const std::string&>().empty())
        return fail(path + " has a name that is no text");
      State state;
      state.name = name->get<std::string>();
      if (!index_.try_emplace(state.name, static_cast<int>(s)).second)
        return fail(fmt::format("{}: the state '{}' stands above, too", path, state.name));
      if (own.is_object() && !properties(own, path, network, state, energies, weights)) return false;
      network.states.push_back(std::move(state));
    }
    if (energies && weights) return fail("states have energies and weights; one of them is enough");
    network.balance = energies ? Balance::energies : weights ? Balance::weights : Balance::none;
    return true;
  }

  bool properties(const Json& own, const std::string& path, const NetworkDescription& network, State& state,
                  bool& energies, bool& weights) {
    const auto n = static_cast<std::size_t>(network.dimension), m = static_cast<std::size_t>(network.embedding);
    if (own.contains("position") && !own["position"].is_null() &&
        !vector(own["position"], path + ".position", n, state.position.emplace()))
      return false;
    const auto far = [](double fraction) { return std::abs(fraction) > most_cells; };
    if (state.position && std::ranges::any_of(*state.position, far)) return fail(path + ".position is out of any range");
    if (own.contains("axis") && !vector(own["axis"], path + ".axis", m, state.axis.emplace())) return false;
    const std::pair<const char*, double*> numbers[] = {
        {"energy", &state.energy}, {"entropy", &state.entropy}, {"degeneracy", &state.degeneracy}};
    for (const auto& [key, value] : numbers) {
      if (!own.contains(key)) continue;
      if (!real(own[key], path + "." + key, *value)) return false;
      energies = true;
    }
    if (own.contains("weight")) {
      if (!real(own["weight"], path + ".weight", state.degeneracy)) return false;
      weights = true;
    }
    return state.degeneracy > 0 || fail(path + ": weights and degeneracies must be positive");
  }

  bool transitions(const Json& node, NetworkDescription& network) {
    const Json* all = member(node, "", "transitions");
    if (!all || !list(*all, "transitions", 1, 100'000'000)) return false;
    for (std::size_t t = 0; t < all->size(); ++t)
      if (!transition((*all)[t], fmt::format("transitions[{}]", t), network)) return false;
    return true;
  }

  bool state(const Json& node, const std::string& path, int& index) {
    if (!node.is_string()) return fail(path + " is no name of a state");
    const auto& name = node.get_ref<const std::string&>();
    const auto found = index_.find(name);
    if (found == index_.end()) return fail(fmt::format("{}: there is no state '{}'", path, name.substr(0, 60)));
    index = found->second;
    return true;
  }

  bool transition(const Json& own, const std::string& path, NetworkDescription& network) {
    const Json *from = member(own, path, "from"), *to = member(own, path, "to");
    int i = 0, j = 0;
    if (!from || !to || !state(*from, path + ".from", i) || !state(*to, path + ".to", j)) return false;
    Cell cell{};
    if (own.contains("by")) {
      if (!list(own["by"], path + ".by", network.vectors.size(), network.vectors.size())) return false;
      for (std::size_t a = 0; a < network.vectors.size(); ++a) {
        if (!whole(own["by"][a], path + ".by", cell[a])) return false;
        if (std::abs(cell[a]) > most_cells) return fail(path + ".by is out of any range");
      }
    }
    Law law;
    const bool rate = own.contains("rate"), prefactor = own.contains("prefactor"), barrier = own.contains("barrier"),
               saddle = own.contains("saddle");
    if (rate ? prefactor || barrier || saddle : !prefactor || barrier == saddle)
      return fail(path + " needs a `rate`, or a `prefactor` with a `barrier` or a `saddle`");
    if (!real(own[rate ? "rate" : "prefactor"], path, law.prefactor)) return false;
    if (!rate && !real(own[barrier ? "barrier" : "saddle"], path, law.energy)) return false;
    law.kind = rate ? Law::Kind::constant : barrier ? Law::Kind::arrhenius : Law::Kind::saddle;
    if (!(law.prefactor > 0)) return fail(path + ": rates must be positive");
    if (i == j && cell == Cell{}) return fail(path + " leads from a state to itself in the same cell");
    add_jump(network, i, j, cell, law);
    const auto reversible = own.find("reversible");
    if (reversible == own.end() || !reversible->is_boolean() || !reversible->get<bool>()) return true;
    return add_reverse(network, i, j, cell, law) ||
           fail(path + ": a constant rate between states of different energies has no reverse at every temperature");
  }

  const SourcePtr& source_;
  const Given& given_;
  Diagnostics& diagnostics_;
  std::map<std::string, int> index_;
};

}  // namespace

std::optional<NetworkDescription> read_json(const SourcePtr& source, const Given& given, Diagnostics& diagnostics) {
  return Reader(source, given, diagnostics).run();
}

}  // namespace rdd::importing
