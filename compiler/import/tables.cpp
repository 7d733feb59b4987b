#include "compiler/import/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "compiler/import/header.hpp"
#include "lang/dimension.hpp"
#include "lang/parse.hpp"
#include "lang/resolve.hpp"
#include "lang/resolve/csv.hpp"

namespace rdd::importing {
namespace {

using resolving::Csv;
using Column = std::optional<std::size_t>;

constexpr int most_errors = 10;

class Reader {
 public:
  Reader(const SourcePtr& states, const SourcePtr& rates, const Given& given, Diagnostics& diagnostics)
      : states_file_(states), rates_file_(rates), given_(given), diagnostics_(diagnostics), network_(described(given)) {}

  std::optional<NetworkDescription> run() {
    if (states_file_ && !states()) return std::nullopt;
    if (!rates()) return std::nullopt;
    network_.name = model_name(states_file_ ? *states_file_ : *rates_file_);
    network_.origin.insert(network_.origin.begin(),
                           states_file_ ? fmt::format("From the tables {} and {}.", file_name(*states_file_),
                                                      file_name(*rates_file_))
                                        : fmt::format("From the table {}.", file_name(*rates_file_)));
    tidy(network_);
    return std::move(network_);
  }

 private:
  // A column's numbers in the description's unit. The first unit a header names becomes that unit, so that numbers stay
  // as they were written.
  struct Scaled {
    Column column;
    double factor = 1;
  };

  std::optional<Scaled> scaled(const Header& header, const Csv& table, std::initializer_list<std::string_view> names,
                               FileUnit& unit, bool per_unit) {
    Scaled result{header.column(names), 1};
    const std::string written = result.column ? header.unit(*result.column) : "";
    if (written.empty()) return result;
    Diagnostics unsaid;
    const bool alone = find_unit(written).has_value();
    // `1/ps` and `/ps` are what `1 /ps` is in the language.
    const std::string text = written.starts_with("1/") ? "1 " + written.substr(1) : "1 " + written;
    const auto value = evaluate_text({std::make_shared<const Source>(Source{table.source->name, text}), 0, text.size()},
                                     Model{}, {}, unsaid);
    const Dimension expected = per_unit ? dimension::rate() : dimension::energy();
    if (!value || value->dimension != expected) {
      malformed(diagnostics_, table.cell_span(0, *result.column),
                fmt::format("`{}` is no unit of {}", written, words(expected)));
      return std::nullopt;
    }
    if (!per_unit && alone && !named_energy_) {
      unit = {written, value->value};
      named_energy_ = true;
    }
    const auto below = written.substr(written.find('/') + 1);
    if (per_unit && !named_time_ && written.find('/') <= 1 && find_unit(below)) {
      unit = {below, find_unit(below)->factor};
      named_time_ = true;
    }
    result.factor = per_unit ? value->value * unit.si : value->value / unit.si;
    if (std::abs(result.factor - 1) < 1e-14) result.factor = 1;
    return result;
  }

  std::optional<double> real(const Csv& table, std::size_t row, std::size_t column, std::string_view what) {
    return number({table.cell(row, column), table.cell_span(row, column)}, what, diagnostics_);
  }

  bool states() {
    const auto table = resolving::read_csv(states_file_, {states_file_, 0, 0}, diagnostics_);
    if (!table) return false;
    const Header header(*table);
    const Column name = header.column({"name", "state"});
    if (!header.found || !name) {
      malformed(diagnostics_, table->row_span(0), "the table of states needs a header with the column `name`");
      return false;
    }
    if (!header.check(diagnostics_)) return false;
    const auto energy = scaled(header, *table, {"energy"}, network_.units.energy, false);
    if (!energy) return false;
    const Column entropy = header.column({"entropy"}), degeneracy = header.column({"degeneracy"}),
                 weight = header.column({"weight"});
    if (energy->column && weight) {
      malformed(diagnostics_, table->cell_span(0, *weight), "the table has energies and weights; one of them is enough");
      return false;
    }
    positions_ = header.numbered({"f1", "f2", "f3"});
    if (energy->column || entropy || degeneracy) network_.balance = Balance::energies;
    if (weight) network_.balance = Balance::weights;
    int errors = 0;
    for (std::size_t row = 1; row < table->rows() && errors < most_errors; ++row) {
      State state;
      state.name = table->cell(row, *name);
      bool good = true;
      const auto take = [&](const Column& column, std::string_view what, double& value) {
        if (!column) return;
        const auto read = real(*table, row, *column, what);
        good = good && read;
        value = read.value_or(1);
      };
      take(energy->column, "an energy", state.energy);
      state.energy *= energy->factor;
      take(entropy, "an entropy in kB", state.entropy);
      take(degeneracy, "a degeneracy", state.degeneracy);
      take(weight, "a weight", state.degeneracy);
      if (!positions_.empty()) state.position.emplace();
      for (std::size_t a = 0; a < positions_.size(); ++a) {
        take(positions_[a], "a fraction", (*state.position)[a]);
        if (!good || std::abs((*state.position)[a]) <= most_cells) continue;
        malformed(diagnostics_, table->cell_span(row, positions_[a]), "this position is out of any range");
        good = false;
      }
      if (good && !(state.degeneracy > 0)) {
        malformed(diagnostics_, table->row_span(row), "weights and degeneracies must be positive");
        good = false;
      }
      if (state.name.empty() || (good && !index_.try_emplace(state.name, static_cast<int>(row) - 1).second)) {
        malformed(diagnostics_, table->row_span(row), state.name.empty() ? "a state without a name"
                                                                         : "a state of this name stands above");
        good = false;
      }
      errors += good ? 0 : 1;
      network_.states.push_back(std::move(state));
    }
    return errors == 0;
  }

  std::optional<int> state(const Csv& table, std::size_t row, std::size_t column) {
    const std::string name(table.cell(row, column));
    if (const auto known = index_.find(name); known != index_.end()) return known->second;
    if (states_file_ || name.empty()) {
      malformed(diagnostics_, table.cell_span(row, column), fmt::format("there is no state `{}`", name));
      return std::nullopt;
    }
    const auto index = static_cast<int>(network_.states.size());
    network_.states.emplace_back().name = name;
    index_[name] = index;
    return index;
  }

  bool rates() {
    const auto table = resolving::read_csv(rates_file_, {rates_file_, 0, 0}, diagnostics_);
    if (!table) return false;
    const Header header(*table);
    const Column from = header.column({"from"}), to = header.column({"to"});
    const auto rate = scaled(header, *table, {"rate"}, network_.units.time, true),
               prefactor = scaled(header, *table, {"prefactor"}, network_.units.time, true),
               barrier = scaled(header, *table, {"barrier"}, network_.units.energy, false),
               saddle = scaled(header, *table, {"saddle"}, network_.units.energy, false);
    if (!rate || !prefactor || !barrier || !saddle || !header.check(diagnostics_)) return false;
    const bool law = rate->column ? !prefactor->column && !barrier->column && !saddle->column
                                  : prefactor->column && barrier->column.has_value() != saddle->column.has_value();
    if (!header.found || !from || !to || !law) {
      malformed(diagnostics_, table->row_span(0),
                "the table of rates needs a header with `from`, `to`, and `rate`, or `prefactor` with `barrier` or `saddle`");
      return false;
    }
    const std::vector<std::size_t> by = header.numbered({"t1", "t2", "t3", "tx", "ty", "tz"});
    if (by.empty() || by.size() > 3) {
      malformed(diagnostics_, table->row_span(0), "the table of rates needs one to three columns of translations")
          .hint("call them t1, t2, t3 or tx, ty, tz; they count cells");
      return false;
    }
    if (!positions_.empty() && positions_.size() != by.size()) {
      malformed(diagnostics_, table->row_span(0),
                fmt::format("positions have {} components, translations {}", positions_.size(), by.size()));
      return false;
    }
    if (!use_given_lattice(network_, given_, static_cast<int>(by.size()), table->row_span(0), diagnostics_))
      return false;
    const Column reversible = header.column({"reversible"});
    const Law::Kind kind = rate->column     ? Law::Kind::constant
                           : saddle->column ? Law::Kind::saddle
                                            : Law::Kind::arrhenius;
    const Scaled& factor = rate->column ? *rate : *prefactor;
    const Scaled& energy = saddle->column ? *saddle : *barrier;
    int errors = 0;
    for (std::size_t row = 1; row < table->rows() && errors < most_errors; ++row) {
      const auto i = state(*table, row, *from), j = state(*table, row, *to);
      const auto k = real(*table, row, *factor.column, "a rate");
      const auto E = kind == Law::Kind::constant ? std::optional(0.0) : real(*table, row, *energy.column, "an energy");
      Cell cell{};
      const bool whole = cells(*table, row, by, cell);
      if (!i || !j || !k || !E || !whole) {
        ++errors;
        continue;
      }
      if (!(*k > 0) || (*i == *j && cell == Cell{})) {
        malformed(diagnostics_, table->row_span(row),
                  *k > 0 ? "this rate leads from a state to itself in the same cell" : "rates must be positive");
        ++errors;
        continue;
      }
      const Law read{kind, *k * factor.factor, *E * energy.factor};
      add_jump(network_, *i, *j, cell, read);
      const std::string_view flag = reversible ? table->cell(row, *reversible) : "";
      if (flag != "yes" && flag != "true" && flag != "1") continue;
      if (!add_reverse(network_, *i, *j, cell, read)) {
        malformed(diagnostics_, table->row_span(row), "a constant rate cannot have a reverse in detailed balance here")
            .hint("states have different energies: give a prefactor and a barrier, or both rates");
        ++errors;
      }
    }
    if (errors == 0 && network_.jumps.empty())
      malformed(diagnostics_, table->row_span(0), "the table of rates has no rows");
    return errors == 0 && !network_.jumps.empty();
  }

  bool cells(const Csv& table, std::size_t row, const std::vector<std::size_t>& columns, Cell& cell) {
    for (std::size_t a = 0; a < columns.size(); ++a) {
      const auto value = integer({table.cell(row, columns[a]), table.cell_span(row, columns[a])},
                                 "a whole number of cells", diagnostics_);
      if (!value) return false;
      if (std::abs(static_cast<long>(*value)) > most_cells) {
        malformed(diagnostics_, table.cell_span(row, columns[a]), "this translation is out of any range");
        return false;
      }
      cell[a] = *value;
    }
    return true;
  }

  const SourcePtr &states_file_, &rates_file_;
  const Given& given_;
  Diagnostics& diagnostics_;
  NetworkDescription network_;
  std::map<std::string, int> index_;
  std::vector<std::size_t> positions_;
  bool named_energy_ = false, named_time_ = false;
};

}  // namespace

std::optional<NetworkDescription> read_tables(const SourcePtr& states, const SourcePtr& rates, const Given& given,
                                              Diagnostics& diagnostics) {
  return Reader(states, rates, given, diagnostics).run();
}

}  // namespace rdd::importing
