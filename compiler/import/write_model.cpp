#include "compiler/import/write_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "compiler/import/compare.hpp"
#include "compiler/import/given.hpp"
#include "compiler/import/numbers.hpp"
#include "compiler/import/outline.hpp"
#include "lang/format.hpp"
#include "lang/layout.hpp"
#include "lang/parse.hpp"
#include "lang/resolve.hpp"
#include "runtime/expects.hpp"

namespace rdd::importing {
namespace {

/// More parameters than these say less than the numbers themselves.
constexpr std::size_t most_parameters = 8;

// "tet" of "tet[3]".
std::string base_of(const std::string& name) {
  const std::size_t bracket = name.find('[');
  return bracket == std::string::npos ? name : name.substr(0, bracket);
}

// The 3 of "tet[3]".
std::optional<int> index_of(const std::string& name) {
  const std::size_t bracket = name.find('[');
  if (bracket == std::string::npos || !name.ends_with(']')) return std::nullopt;
  return integer(std::string_view(name).substr(bracket + 1, name.size() - bracket - 2));
}

// A name for one state: tet[3] as tet_3.
std::string flat_name(const std::string& name) {
  std::string text = name;
  if (text.ends_with(']')) text.pop_back();
  return legal_name(text, "state", true);
}

std::string unique(const std::string& name, std::set<std::string>& taken) {
  for (int i = 2;; ++i) {
    const std::string candidate = i == 2 ? name : fmt::format("{}_{}", name, i - 1);
    if (taken.insert(candidate).second) return candidate;
  }
}

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",;\"\t\n\r# ") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

// A few states in a row that are alike and carry consecutive indices.
struct Family {
  std::size_t first = 0, last = 0;
};

class Writer {
 public:
  Writer(const NetworkDescription& network, const Outline& outline, const std::string& stem)
      : network_(network),
        outline_(outline),
        stem_(stem),
        tables_(outline.states.size() > most_listed_states || outline.jumps.size() > most_listed_jumps) {
    for (const State& state : network.states) {
      trivial_ = trivial_ && state.energy == 0 && state.entropy == 0 && state.degeneracy == 1;
      entropies_ = entropies_ || state.entropy != 0;
      degeneracies_ = degeneracies_ || state.degeneracy != 1;
      placed_ = placed_ || state.position;
    }
    // A place says nothing where all states share it and no symmetry asks.
    if (outline.symmetry.empty() && network.states.size() == 1) placed_ = false;
    name_states();
    if (!tables_) name_parameters();
  }

  // nullopt where the text does not say what it should.
  std::optional<WrittenModel> run(std::string& reason) {
    if (!outline_.complete) {
      // What the language calls the images of a declared state is for the language to say.
      const auto model = resolved(text(false), {}, reason);
      if (model) names_ = names_by_place(network_, *model);
      if (!model || names_.empty()) {
        if (reason.empty()) reason = "symmetry does not make the states it should";
        return std::nullopt;
      }
    }
    WrittenModel written;
    written.text = text(true);
    if (tables_) written.tables = table_texts();
    const auto model = resolved(written.text, written.tables, reason);
    if (!model) return std::nullopt;
    reason = difference(network_, names_, *model);
    if (!reason.empty()) return std::nullopt;
    return written;
  }

 private:
  static std::string first_message(const Diagnostics& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics.sorted())
      if (diagnostic.severity == Severity::error)
        return fmt::format("{}: {}", diagnostic.message, diagnostic.span.text().substr(0, 80));
    return "no reason given";
  }

  // Parses and resolves a text beside its tables, none of which is on the disk yet.
  std::optional<Model> resolved(const std::string& text, const std::vector<std::pair<std::string, std::string>>& tables,
                                std::string& reason) const {
    const std::string folder = "/rdd-import/";
    OpenTexts files;
    for (const auto& [name, contents] : tables)
      files[folder + name] = std::make_shared<const Source>(Source{name, contents});
    Diagnostics diagnostics;
    const auto source = std::make_shared<const Source>(Source{stem_ + ".rdd", text});
    const auto file = parse(source, diagnostics);
    std::optional<Model> model;
    if (file && !diagnostics.has_errors()) model = resolve(*file, folder, diagnostics, nullptr, &files);
    if (!model) reason = first_message(diagnostics);
    return model;
  }

  // ---- names

  void name_states() {
    names_.assign(network_.states.size(), "");
    std::set<std::string> taken;
    if (tables_) {
      // Any text will do that stands on one line.
      for (std::size_t s = 0; s < names_.size(); ++s) {
        const std::string& own = network_.states[s].name;
        const bool plain = std::ranges::none_of(own, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        names_[s] = unique(plain ? own : flat_name(own), taken);
      }
      return;
    }
    if (outline_.complete) find_families();
    for (const Family& family : families_)
      for (std::size_t s = family.first; s <= family.last; ++s) {
        names_[s] = network_.states[s].name;
        taken.insert(base_of(names_[s]));
      }
    for (const int state : outline_.states) {
      const auto s = static_cast<std::size_t>(state);
      if (!names_[s].empty()) continue;
      const std::string& own = network_.states[s].name;
      // The first state of an orbit gives it its name.
      names_[s] = unique(outline_.complete ? flat_name(own) : legal_name(base_of(own), "state", true), taken);
    }
  }

  static bool alike(const State& a, const State& b) {
    return a.energy == b.energy && a.entropy == b.entropy && a.degeneracy == b.degeneracy;
  }

  // States called NAME[0], NAME[1], … that differ in nothing are declared in one line. All states of such a name are,
  // or none: a family and single states cannot share a name.
  void find_families() {
    if (placed_) return;
    std::map<std::string, std::pair<std::size_t, std::size_t>> counts;  // of each base: states, lines
    std::vector<Family> runs;
    for (std::size_t s = 0; s < network_.states.size(); ++s) {
      const State& state = network_.states[s];
      const auto index = index_of(state.name);
      const std::string base = base_of(state.name);
      if (!index || legal_name(base, "state", true) != base || state.axis) {
        counts[base].second += network_.states.size();  // it stays alone
        continue;
      }
      const State* before = s > 0 ? &network_.states[s - 1] : nullptr;
      const bool goes_on = before && !runs.empty() && runs.back().last == s - 1 && base_of(before->name) == base &&
                           index_of(before->name) == *index - 1 && alike(*before, state);
      auto& [states, lines] = counts[base];
      ++states;
      if (goes_on) {
        runs.back().last = s;
      } else {
        runs.push_back({s, s});
        ++lines;
      }
    }
    for (const Family& run : runs) {
      const auto& [states, lines] = counts[base_of(network_.states[run.first].name)];
      if (2 * lines <= states) families_.push_back(run);
    }
  }

  // ---- parameters

  struct Named {
    double value;
    std::string name, comment;
  };

  std::string kind_of(int state) const {
    return legal_name(base_of(network_.states[static_cast<std::size_t>(state)].name), "state", true);
  }

  void name_parameters() {
    std::set<std::string> taken;
    for (const std::string& name : names_) taken.insert(base_of(name));
    taken.insert({"T", "kT", "beta", "kB", "a", "b", "c", "pi"});
    collect(false, taken, prefactors_);
    collect(true, taken, energies_);
  }

  Law::Kind written_kind(const Law& law) const {
    return law.kind == Law::Kind::saddle && trivial_ ? Law::Kind::arrhenius : law.kind;
  }

  // One parameter for each number, called after the first jump that needs it.
  void collect(bool energies, std::set<std::string>& taken, std::vector<Named>& result) {
    std::vector<std::pair<double, std::pair<const Jump*, const Law*>>> values;
    for (const int j : outline_.jumps) {
      const Jump& jump = network_.jumps[static_cast<std::size_t>(j)];
      for (const Law& law : jump.laws) {
        if (energies && law.kind == Law::Kind::constant) continue;
        const double value = energies ? law.energy : law.prefactor;
        if (std::ranges::none_of(values, [&](const auto& known) { return known.first == value; }))
          values.push_back({value, {&jump, &law}});
        if (values.size() > most_parameters) return;
      }
    }
    for (const auto& [value, use] : values) {
      const auto& [jump, law] = use;
      const Law::Kind kind = written_kind(*law);
      const std::string symbol = energies ? "E" : kind == Law::Kind::constant ? "k" : "nu";
      const std::string from = kind_of(jump->from), to = kind_of(jump->to);
      std::string name = energies ? (kind == Law::Kind::saddle ? "E_s" : "E_m") : symbol;
      if (values.size() > 1) name = fmt::format("{}_{}_{}", symbol, from, to);
      const std::string between =
          values.size() > 1 ? fmt::format(" {} {} {}", from, jump->reversible ? "<->" : "->", to) : "";
      const std::string what = !energies                   ? (kind == Law::Kind::constant ? "rate" : "prefactor")
                               : kind == Law::Kind::saddle ? "saddle"
                                                           : "barrier";
      result.push_back({value, unique(legal_name(name, symbol), taken), what + between});
    }
  }

  static std::string named(const std::vector<Named>& parameters, double value, const std::string& number) {
    const auto found = std::ranges::find(parameters, value, &Named::value);
    return found == parameters.end() ? number : found->name;
  }

  // ---- quantities

  std::string energy(double value) const { return shortest(value) + " " + network_.units.energy.name; }
  // Nobody writes the lengths of a crystal in metres.
  std::string length(double value) const {
    if (network_.units.length.name == "m") return shortest(rounded(1e9 * value)) + " nm";
    return shortest(value) + " " + network_.units.length.name;
  }
  std::string per_time(double value) const { return shortest(value) + " " + time_below(); }
  // 1/(2 fs) has no unit of its own; a plain unit goes below the line.
  std::string time_below() const { return "/" + network_.units.time.name; }

  std::string law_text(const Law& law) const {
    const std::string prefactor = named(prefactors_, law.prefactor, per_time(law.prefactor));
    const std::string E = named(energies_, law.energy, energy(law.energy));
    switch (written_kind(law)) {
      case Law::Kind::constant:
        return prefactor;
      case Law::Kind::arrhenius:
        return fmt::format("arrhenius({}, {})", prefactor, E);
      case Law::Kind::saddle:
        return fmt::format("saddle({}, {})", prefactor, E);
    }
    return prefactor;
  }

  // ---- the text

  std::string text(bool with_rates) const {
    std::string uses, lattice, parameters;
    write_lattice(uses, lattice, parameters);
    if (outline_.groups) uses += "use std.groups\n";
    for (const std::vector<Named>* list : {&prefactors_, &energies_})
      for (const Named& p : *list)
        parameters += fmt::format("param {} = {}  # {}\n", p.name,
                                  list == &prefactors_ ? per_time(p.value) : energy(p.value), p.comment);
    std::string out = head();
    out += fmt::format("model {}\n\n", network_.name);
    if (!uses.empty()) out += uses + "\n";
    if (needs_temperature()) out += fmt::format("temperature {}\n\n", network_.temperature);
    if (!parameters.empty()) out += parameters + "\n";
    out += lattice;
    if (!outline_.symmetry.empty()) out += outline_.symmetry + "\n";
    if (tables_) return out + "\n" + table_statements();
    out += "\nstates {\n" + states_text() + "}\n";
    if (with_rates) out += "\nrates {\n" + rates_text() + "}\n";
    return out;
  }

  std::string head() const {
    std::string out;
    for (const std::string& line : network_.origin) out += "# " + comment_line(line) + "\n";
    out += fmt::format("# Units of the file: {}, {}, {}.\n", network_.units.length.name, network_.units.energy.name,
                       network_.units.time.name);
    out += "#\n#   rdd query " + stem_ + ".rdd -e network -e diffusion\n";
    return out;
  }

  // Names from foreign files may hold anything, but a comment ends at the line's end.
  static std::string comment_line(const std::string& text) {
    std::string out;
    for (const char c : text) out += c >= 0x20 && c < 0x7f ? c : '?';
    return out;
  }

  bool needs_temperature() const {
    const auto hot = [](const State& state) { return state.energy != 0; };
    return std::ranges::any_of(network_.states, hot) || std::ranges::any_of(network_.jumps, [](const Jump& jump) {
             return std::ranges::any_of(jump.laws, [](const Law& law) { return law.kind != Law::Kind::constant; });
           });
  }

  // One of the standard library where it is, else its vectors by their lengths a, b, c where that gives simple factors,
  // else plain numbers.
  void write_lattice(std::string& uses, std::string& lattice, std::string& parameters) const {
    const auto n = network_.vectors.size(), m = static_cast<std::size_t>(network_.embedding);
    const auto& v = network_.vectors;
    const auto is = [&](const std::vector<std::array<double, 3>>& shape, double scale) {
      for (std::size_t a = 0; a < n; ++a)
        for (std::size_t c = 0; c < m; ++c)
          if (!(std::abs(v[a][c] - scale * shape[a][c]) <= 1e-12 * scale)) return false;
      return scale > 0;
    };
    const auto library = [&](const char* name, const std::string& arguments) {
      uses += fmt::format("use std.lattices.{}\n", name);
      lattice = fmt::format("lattice {}({})\n", name, arguments);
    };
    const double root = std::sqrt(3.0) / 2;
    const auto a_is = [&](double a) { return "a = " + length(rounded(a)); };
    if (n == m && n == 1 && v[0][0] > 0) return library("chain", a_is(v[0][0]));
    if (n == m && n == 2) {
      if (is({{1, 0, 0}, {0, 1, 0}}, v[0][0])) return library("square", a_is(v[0][0]));
      if (is({{1, 0, 0}, {-0.5, root, 0}}, v[0][0])) return library("hexagonal", a_is(v[0][0]));
      if (v[0][0] > 0 && v[1][1] > 0 && v[0][1] == 0 && v[1][0] == 0)
        return library("rectangular", fmt::format("a = {}, b = {}", length(v[0][0]), length(v[1][1])));
    }
    if (n == m && n == 3) {
      if (is({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, v[0][0])) return library("sc", a_is(v[0][0]));
      if (is({{-0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0.5, 0.5, -0.5}}, 2 * v[0][1]))
        return library("bcc", a_is(2 * v[0][1]));
      if (is({{0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}, 2 * v[0][1])) return library("fcc", a_is(2 * v[0][1]));
    }
    if (by_lengths(lattice, parameters)) return;
    parameters_free_vectors(lattice);
  }

  void parameters_free_vectors(std::string& lattice) const {
    std::string rows;
    for (const auto& vector : network_.vectors) {
      std::string row;
      for (int c = 0; c < network_.embedding; ++c) row += (c ? ", " : "") + length(vector[static_cast<std::size_t>(c)]);
      rows += (rows.empty() ? "" : ",\n           ") + ("[" + row + "]");
    }
    lattice = "lattice {\n  vectors [" + rows + "]\n}\n";
  }

  bool by_lengths(std::string& lattice, std::string& parameters) const {
    struct Factor {
      double value;
      const char* text;  // after the length's name
    };
    static const Factor factors[] = {{1, ""},
                                     {0.5, " / 2"},
                                     {std::sqrt(3.0) / 2, " * sqrt(3) / 2"},
                                     {1 / std::sqrt(2.0), " / sqrt(2)"},
                                     {1 / std::sqrt(3.0), " / sqrt(3)"},
                                     {std::sqrt(2.0 / 3.0), " * sqrt(2/3)"}};
    std::vector<Named> lengths;
    std::string rows;
    bool round = false;  // whether lengths say more than the components themselves
    for (std::size_t a = 0; a < network_.vectors.size(); ++a) {
      const auto& vector = network_.vectors[a];
      const double size = rounded(std::hypot(vector[0], vector[1], vector[2]));
      auto known =
          std::ranges::find_if(lengths, [&](const Named& l) { return std::abs(l.value - size) <= 1e-12 * size; });
      if (known == lengths.end()) {
        lengths.push_back({size, std::string(1, static_cast<char>('a' + a)), "edge"});
        known = lengths.end() - 1;
      }
      std::string row;
      for (int c = 0; c < network_.embedding; ++c) {
        const double component = vector[static_cast<std::size_t>(c)];
        std::string text;
        if (std::abs(component) <= 1e-12 * size) {
          text = length(0);
        } else {
          for (const Factor& factor : factors)
            if (std::abs(std::abs(component) - factor.value * known->value) <= 1e-12 * size)
              text = (component < 0 ? "-" : "") + known->name + factor.text;
          if (text.empty()) return false;
          round = true;
        }
        row += (c ? ", " : "") + text;
      }
      rows += (rows.empty() ? "" : ",\n           ") + ("[" + row + "]");
    }
    if (!round) return false;
    for (const Named& l : lengths) parameters += fmt::format("param {} = {}  # lattice\n", l.name, length(l.value));
    lattice = "lattice {\n  vectors [" + rows + "]\n}\n";
    return true;
  }

  bool needs_energies() const {
    if (network_.balance != Balance::energies) return false;
    return !trivial_ || network_.states.size() > 1;
  }

  std::string state_line(const std::string& name, const State& state) const {
    std::string line = "  " + name;
    if (placed_ && state.position) line += " at " + list(*state.position, network_.dimension);
    if (state.axis) line += " axis " + list(*state.axis, network_.embedding);
    if (network_.balance == Balance::weights) return line + " weight " + shortest(state.degeneracy) + "\n";
    if (needs_energies()) line += " energy " + energy(state.energy);
    if (state.entropy != 0) line += " entropy " + shortest(state.entropy) + " * kB";
    if (state.degeneracy != 1) line += " degeneracy " + fraction(state.degeneracy);
    return line + "\n";
  }

  static std::string list(const std::array<double, 3>& values, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i ? ", " : "") + fraction(values[static_cast<std::size_t>(i)]);
    return "[" + text + "]";
  }

  std::string states_text() const {
    std::string out;
    for (std::size_t i = 0; i < outline_.states.size(); ++i) {
      const auto s = static_cast<std::size_t>(outline_.states[i]);
      const auto family = std::ranges::find_if(families_, [&](const Family& f) { return f.first <= s && s <= f.last; });
      const State& state = network_.states[s];
      if (family == families_.end()) {
        out += state_line(declared_name(s), state);
      } else if (family->first == s) {
        out += state_line(fmt::format("{}[i in {}..{}]", base_of(state.name), *index_of(state.name),
                                      *index_of(network_.states[family->last].name)),
                          state);
      }
    }
    return out;
  }

  // NAME, where the language will call it NAME[0].
  std::string declared_name(std::size_t s) const {
    return names_[s].ends_with("[0]") && !outline_.complete ? base_of(names_[s]) : names_[s];
  }

  std::string rates_text() const {
    std::string out;
    for (const int j : outline_.jumps) {
      const Jump& jump = network_.jumps[static_cast<std::size_t>(j)];
      std::string law;
      for (const Law& one : jump.laws) law += (law.empty() ? "" : " + ") + law_text(one);
      out += fmt::format("  {} {} {}{} : {}\n", declared_name(static_cast<std::size_t>(jump.from)),
                         jump.reversible ? "<->" : "->", declared_name(static_cast<std::size_t>(jump.to)),
                         by(jump.cell), law);
    }
    return out;
  }

  std::string by(const Cell& cell) const {
    if (cell == Cell{}) return "";
    return fmt::format(" by [{}]", fmt::join(cell.begin(), cell.begin() + network_.dimension, ", "));
  }

  // ---- tables

  struct TableKind {
    const char* suffix;
    Law::Kind kind;
    bool reversible;
  };
  static constexpr TableKind table_kinds[] = {
      {"rates", Law::Kind::constant, true},     {"rates", Law::Kind::arrhenius, true},
      {"rates", Law::Kind::saddle, true},       {"one_way", Law::Kind::constant, false},
      {"one_way", Law::Kind::arrhenius, false}, {"one_way", Law::Kind::saddle, false},
  };

  std::string rows_of(const TableKind& table) const {
    std::string rows;
    for (const Jump& jump : network_.jumps) {
      if (jump.reversible != table.reversible) continue;
      for (const Law& law : jump.laws) {
        if (written_kind(law) != table.kind) continue;
        rows += quoted(names_[static_cast<std::size_t>(jump.from)]) + "," +
                quoted(names_[static_cast<std::size_t>(jump.to)]);
        for (int a = 0; a < network_.dimension; ++a) rows += fmt::format(",{}", jump.cell[static_cast<std::size_t>(a)]);
        rows += "," + shortest(law.prefactor);
        if (table.kind != Law::Kind::constant) rows += "," + shortest(law.energy);
        rows += "\n";
      }
    }
    return rows;
  }

  static std::string energy_column(Law::Kind kind) { return kind == Law::Kind::saddle ? "saddle" : "barrier"; }

  // The kinds of rates there are, each with the name of its table; where several are alike but for the law, it tells.
  std::vector<std::pair<TableKind, std::string>> tables_needed() const {
    std::vector<TableKind> needed;
    for (const TableKind& table : table_kinds) {
      const bool any = std::ranges::any_of(network_.jumps, [&](const Jump& jump) {
        return jump.reversible == table.reversible &&
               std::ranges::any_of(jump.laws, [&](const Law& law) { return written_kind(law) == table.kind; });
      });
      if (any) needed.push_back(table);
    }
    std::vector<std::pair<TableKind, std::string>> result;
    for (const TableKind& table : needed) {
      std::string suffix = needed.size() == 1 ? "rates" : table.suffix;
      const auto like =
          std::ranges::count_if(needed, [&](const TableKind& other) { return other.reversible == table.reversible; });
      if (like > 1) suffix += table.kind == Law::Kind::constant ? ".constant" : "." + energy_column(table.kind);
      result.emplace_back(table, fmt::format("{}.{}.csv", stem_, suffix));
    }
    return result;
  }

  std::string components(char letter) const {
    std::string text;
    for (int a = 1; a <= network_.dimension; ++a) text += fmt::format("{}{}{}", a > 1 ? ", " : "", letter, a);
    return text;
  }

  std::string table_statements() const {
    std::string out = fmt::format("states table \"{}.states.csv\" {{ name: name", stem_);
    if (placed_) out += fmt::format(", at: [{}]", components('f'));
    if (network_.balance == Balance::weights) out += ", weight: weight";
    if (needs_energies()) out += ", energy: energy " + network_.units.energy.name;
    if (entropies_ && network_.balance != Balance::weights) out += ", entropy: entropy J/K";
    if (degeneracies_ && network_.balance != Balance::weights) out += ", degeneracy: degeneracy";
    out += " }\n";
    for (const auto& [table, name] : tables_needed()) {
      out += fmt::format("rates table \"{}\" {{ from: from, to: to, by: [{}], ", name, components('t'));
      if (table.kind == Law::Kind::constant)
        out += "rate: rate " + time_below();
      else
        out += fmt::format("prefactor: prefactor {}, {}: {} {}", time_below(), energy_column(table.kind),
                           energy_column(table.kind), network_.units.energy.name);
      out += table.reversible ? ", reversible: true }\n" : " }\n";
    }
    return out;
  }

  std::vector<std::pair<std::string, std::string>> table_texts() const {
    constexpr double boltzmann = 1.380649e-23;  // J/K
    std::vector<std::pair<std::string, std::string>> tables;
    const bool weights = network_.balance == Balance::weights;
    std::string states = "name";
    for (int a = 1; placed_ && a <= network_.dimension; ++a) states += fmt::format(",f{}", a);
    if (weights) states += ",weight";
    if (needs_energies()) states += ",energy";
    if (entropies_ && !weights) states += ",entropy";
    if (degeneracies_ && !weights) states += ",degeneracy";
    states += "\n";
    for (std::size_t s = 0; s < names_.size(); ++s) {
      const State& state = network_.states[s];
      states += quoted(names_[s]);
      for (int a = 0; placed_ && a < network_.dimension; ++a)
        states += "," + shortest(state.position.value_or(std::array<double, 3>{})[static_cast<std::size_t>(a)]);
      if (weights) states += "," + shortest(state.degeneracy);
      if (needs_energies()) states += "," + shortest(state.energy);
      if (entropies_ && !weights) states += "," + shortest(state.entropy * boltzmann);
      if (degeneracies_ && !weights) states += "," + shortest(state.degeneracy);
      states += "\n";
    }
    tables.emplace_back(stem_ + ".states.csv", std::move(states));
    for (const auto& [table, name] : tables_needed()) {
      std::string header = "from,to";
      for (int a = 1; a <= network_.dimension; ++a) header += fmt::format(",t{}", a);
      header += table.kind == Law::Kind::constant ? ",rate" : ",prefactor," + energy_column(table.kind);
      tables.emplace_back(name, header + "\n" + rows_of(table));
    }
    return tables;
  }

  const NetworkDescription& network_;
  const Outline& outline_;
  std::string stem_;
  bool tables_;
  bool trivial_ = true;  // all states have the same weight
  bool entropies_ = false, degeneracies_ = false, placed_ = false;
  std::vector<std::string> names_;  // of all states, as the model has them
  std::vector<Family> families_;
  std::vector<Named> prefactors_, energies_;
};

}  // namespace

WrittenModel write_model(const NetworkDescription& network, const std::string& stem) {
  std::string reason;
  for (const Outline& outline : outlines(network)) {
    reason.clear();
    auto written = Writer(network, outline, stem).run(reason);
    if (!written) continue;
    Diagnostics none;
    const auto laid_out = format(std::make_shared<const Source>(Source{stem + ".rdd", written->text}), none);
    expects(laid_out.has_value(), "the text of an imported model can be laid out");
    written->text = *laid_out;
    return std::move(*written);
  }
  throw InternalError("the imported network could not be written: " + reason);
}

}  // namespace rdd::importing
