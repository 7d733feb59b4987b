// `states table` and `rates table`: the mapping says which column holds what and in which unit; each row becomes a
// state or a transition whose place is that row. One pass over the rows, names looked up by hash, numbers by
// std::from_chars.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "lang/nearest.hpp"
#include "lang/resolve/csv.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

constexpr int most_errors = 10;

/// One column as the mapping names it: where it is and what a number in it is worth in SI.
struct Bound {
  std::size_t index = 0;
  Unit unit{{}, 1};
  Span where;  ///< in the model
};

class TableReader {
 public:
  TableReader(Context& context, const Item& item, const ast::Table& node)
      : context_(context), item_(item), node_(node) {}

  /// Reads the file and finds the columns. False with diagnostics.
  bool open(const std::vector<std::string>& keys) {
    asked_ = context_.span(item_, node_.path.place);
    const std::filesystem::path path = std::filesystem::path(item_.file->directory) / node_.path.value;
    const SourcePtr source = read_file(context_, path, asked_);
    if (!source) return false;
    context_.hashed.push_back(source);
    context_.model.files.push_back(source->name);
    auto csv = read_csv(source, asked_, context_.diagnostics);
    if (!csv) return false;
    csv_ = std::move(*csv);
    return check_keys(keys) && find_header() && bind_all();
  }

  std::size_t first_row() const { return header_ ? 1 : 0; }
  const Csv& csv() const { return csv_; }
  bool has(const std::string& key) const { return bound_.contains(key); }
  const std::vector<Bound>& columns(const std::string& key) const { return bound_.at(key); }
  bool flag(const std::string& key) const {
    const ast::Mapping* mapping = find(key);
    return mapping && mapping->columns.front().name == "true";
  }
  const Span& asked() const { return asked_; }
  bool given_up() const { return errors_ >= most_errors; }

  Diagnostic& bad_cell(Code code, std::size_t row, std::size_t column, std::string message) {
    ++errors_;
    return context_.diagnostics.add(code, csv_.cell_span(row, column), std::move(message))
        .note(asked_, "the table is asked for here");
  }
  Diagnostic& bad_mapping(ast::Place place, std::string message) {
    return context_.diagnostics.add(Code::BadMapping, context_.span(item_, place), std::move(message));
  }
  ast::Place head() const { return node_.place; }

  /// The number in a cell, SI; nullopt with a diagnostic.
  std::optional<double> number(std::size_t row, const Bound& column) {
    std::string_view text = csv_.cell(row, column.index);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
      bad_cell(Code::BadCell, row, column.index,
               text.empty() ? std::string("a number is missing here") : fmt::format("`{}` is not a number", text));
      return std::nullopt;
    }
    return value * column.unit.factor;
  }

  std::optional<int> integer(std::size_t row, const Bound& column) {
    const std::optional<double> value = number(row, column);
    if (!value) return std::nullopt;
    if (*value != std::round(*value) || std::abs(*value) > 1e9) {
      bad_cell(Code::BadCell, row, column.index, fmt::format("{} is not a whole number", *value));
      return std::nullopt;
    }
    return static_cast<int>(*value);
  }

  std::optional<std::string> name(std::size_t row, const Bound& column) {
    const std::string_view text = csv_.cell(row, column.index);
    if (!text.empty()) return std::string(text);
    bad_cell(Code::BadCell, row, column.index, "a name is missing here");
    return std::nullopt;
  }

  /// Checks the dimension of a column's unit. False with a diagnostic.
  bool expect(const std::string& key, const Dimension& dimension, const std::string& example) {
    if (!has(key)) return true;
    for (const Bound& column : columns(key)) {
      if (column.unit.dimension == dimension) continue;
      const bool bare = column.unit.dimension.dimensionless();
      Diagnostic& d = context_.diagnostics.add(
          Code::WrongDimension, column.where,
          bare ? fmt::format("the column of `{}` has no unit, expected {}", key, words(dimension))
               : fmt::format("the column of `{}` has dimension {}, expected {}", key, words(column.unit.dimension),
                             words(dimension)));
      d.here(words(column.unit.dimension));
      if (bare && !example.empty())
        d.hint(fmt::format("say what its numbers mean: `{}: {} {}`", key, column.where.text(), example));
      return false;
    }
    return true;
  }

 private:
  const ast::Mapping* find(const std::string& key) const {
    for (const ast::Mapping& mapping : node_.mappings) {
      if (mapping.key.text == key) return &mapping;
    }
    return nullptr;
  }

  bool check_keys(const std::vector<std::string>& keys) {
    std::map<std::string, ast::Place> seen;
    for (const ast::Mapping& mapping : node_.mappings) {
      const std::string& key = mapping.key.text;
      const Span where = context_.span(item_, mapping.key.place);
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        Diagnostic& d = context_.diagnostics.add(
            Code::UnknownEntry, where, fmt::format("a table of {} has no `{}`", node_.rates ? "rates" : "states", key));
        if (const auto guess = nearest(key, keys))
          d.hint(fmt::format("did you mean `{}`?", *guess));
        else
          d.hint(fmt::format("it can have {}", choices(keys)));
        return false;
      }
      if (!seen.emplace(key, mapping.key.place).second) {
        context_.diagnostics.add(Code::DuplicateEntry, where, fmt::format("`{}` is given twice", key))
            .note(context_.span(item_, seen[key]), "first given here");
        return false;
      }
      const bool vector = key == "at" || key == "by";
      if (vector != mapping.list) {
        bad_mapping(mapping.place,
                    vector ? fmt::format("`{}` needs a list of columns", key) : fmt::format("`{}` is one column", key))
            .hint(vector ? fmt::format("such as `{}: [tx, ty]`", key) : fmt::format("such as `{}: 1`", key));
        return false;
      }
    }
    return true;
  }

  /// A header is there if the mapping uses names, or if the first row has no number where one is needed.
  bool find_header() {
    bool names = false;
    for (const ast::Mapping& mapping : node_.mappings) {
      if (mapping.key.text == "reversible") continue;
      for (const ast::Column& column : mapping.columns) names = names || column.number == 0;
    }
    header_ = names;
    for (const ast::Mapping& mapping : node_.mappings) {
      const std::string& key = mapping.key.text;
      if (header_ || key == "name" || key == "from" || key == "to" || key == "reversible") continue;
      const auto index = static_cast<std::size_t>(mapping.columns.front().number - 1);
      if (index >= csv_.columns) continue;
      double value = 0;
      const std::string_view text = csv_.cell(0, index);
      const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
      header_ = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{};
    }
    if (csv_.rows() > first_row()) return true;
    context_.diagnostics.add(Code::EmptyTable, asked_,
                             fmt::format("{} has no rows below its header", csv_.source->name));
    return false;
  }

  bool bind_all() {
    for (const ast::Mapping& mapping : node_.mappings) {
      if (mapping.key.text == "reversible") {
        const std::string& value = mapping.columns.front().name;
        if (value == "true" || value == "false") continue;
        bad_mapping(mapping.place, "`reversible` is `true` or `false`");
        return false;
      }
      for (const ast::Column& column : mapping.columns) {
        const auto bound = bind(column);
        if (!bound) return false;
        bound_[mapping.key.text].push_back(*bound);
      }
    }
    return true;
  }

  std::optional<Bound> bind(const ast::Column& column) {
    Bound bound;
    bound.where = context_.span(item_, column.place);
    const Env env = env_of(item_);
    const std::optional<Unit> unit = Expressions(context_).unit(column.unit, env);
    if (!unit) return std::nullopt;
    if (unit->cells != 0) {
      context_.diagnostics.add(Code::BadMapping, bound.where, "a column cannot be in units of `cell`")
          .hint("give its numbers a unit of length");
      return std::nullopt;
    }
    bound.unit = *unit;
    if (column.number > 0 && static_cast<std::size_t>(column.number) <= csv_.columns) {
      bound.index = static_cast<std::size_t>(column.number - 1);
      return bound;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; header_ && i < csv_.columns; ++i) {
      names.emplace_back(csv_.cell(0, i));
      if (column.number > 0 || column.name.empty() || names.back() != column.name) continue;
      bound.index = i;
      return bound;
    }
    const bool by_number = column.name.empty();
    Diagnostic& d =
        context_.diagnostics.add(Code::MissingColumn, bound.where,
                                 by_number ? fmt::format("{} has no column {}", csv_.source->name, column.number)
                                           : fmt::format("{} has no column `{}`", csv_.source->name, column.name));
    d.note(csv_.row_span(0), fmt::format("its first row has {}", count(csv_.columns, "cell")));
    if (by_number)
      d.hint(fmt::format("columns are counted from 1 to {}", csv_.columns));
    else if (const auto guess = nearest(column.name, names))
      d.hint(fmt::format("did you mean `{}`?", *guess));
    return std::nullopt;
  }

  Context& context_;
  const Item& item_;
  const ast::Table& node_;
  Csv csv_;
  Span asked_;
  bool header_ = false;
  std::map<std::string, std::vector<Bound>> bound_;
  int errors_ = 0;
};

}  // namespace

void read_states_table(Context& context, const Item& item, const ast::Table& node) {
  const bool failed_before = context.states_failed;
  context.states_failed = true;
  TableReader table(context, item, node);
  if (!table.open({"name", "energy", "entropy", "degeneracy", "weight", "at", "axis"})) return;
  if (!table.has("name")) {
    table.bad_mapping(table.head(), "the table does not say which column holds the names of the states")
        .hint("add `name: 1`");
    return;
  }
  if (table.has("energy") && table.has("weight")) {
    table.bad_mapping(table.head(), "the table maps an energy and a weight; one of them gives a state's probability");
    return;
  }
  if (!table.expect("energy", dimension::energy(), "eV") || !table.expect("weight", {}, "") ||
      !table.expect("entropy", dimension::energy() / dimension::temperature(), "eV/K") ||
      !table.expect("degeneracy", {}, "") || !table.expect("at", {}, "") || !table.expect("axis", {}, "")) {
    return;
  }
  struct Columns {
    const char* key;
    int number;
    const char* meaning;
    std::optional<std::vector<Expr>> ModelState::*member;
  };
  const Columns lists[] = {{"at", context.model.lattice.dimension, "lattice vector", &ModelState::position},
                           {"axis", context.model.lattice.embedding, "dimension", &ModelState::axis}};
  for (const Columns& list : lists) {
    const auto needed = static_cast<std::size_t>(list.number);
    if (!table.has(list.key) || context.lattice_failed || table.columns(list.key).size() == needed) continue;
    table.bad_mapping(table.head(),
                      fmt::format("`{}` needs {}, one for each {}", list.key, count(needed, "column"), list.meaning));
    return;
  }
  context.states_failed = failed_before;
  const std::pair<const char*, Expr ModelState::*> quantities[] = {{"energy", &ModelState::energy},
                                                                   {"entropy", &ModelState::entropy},
                                                                   {"degeneracy", &ModelState::degeneracy},
                                                                   {"weight", &ModelState::weight}};
  for (std::size_t row = table.first_row(); row < table.csv().rows() && !table.given_up(); ++row) {
    const Bound& name_column = table.columns("name").front();
    const auto name = table.name(row, name_column);
    if (!name) {
      context.states_failed = true;
      continue;
    }
    ModelState state{.name = full_name(*name, env_of(item)),
                     .position = {},
                     .axis = {},
                     .energy = {},
                     .entropy = {},
                     .degeneracy = {},
                     .weight = {},
                     .span = table.csv().cell_span(row, name_column.index)};
    for (const auto& [key, member] : quantities) {
      if (!table.has(key)) continue;
      const auto value = table.number(row, table.columns(key).front());
      if (!value) context.weights_reported = true;
      state.*member = number(value.value_or(1));
    }
    for (const Columns& list : lists) {
      if (!table.has(list.key)) continue;
      auto& components = (state.*list.member).emplace();
      for (const Bound& column : table.columns(list.key))
        components.push_back(number(table.number(row, column).value_or(0)));
    }
    add_state(context, std::move(state));
  }
}

namespace {

/// The law of each row: a rate, or a prefactor with a barrier or a saddle energy.
class Laws {
 public:
  Laws(Context& context, TableReader& table, const Env& env) : context_(context), table_(table) {
    if (!table.has("prefactor")) return;
    if (const auto kT = Expressions(context).thermal("kT", table.head(), env)) kT_ = kT->value;
  }
  bool ready() const { return !table_.has("prefactor") || kT_; }

  Expr operator()(std::size_t row, const ModelState& from) {
    if (table_.has("rate")) {
      const auto rate = table_.number(row, table_.columns("rate").front());
      return rate ? number(*rate) : nullptr;
    }
    const bool saddle = table_.has("saddle");
    const auto nu = table_.number(row, table_.columns("prefactor").front());
    const auto energy = table_.number(row, table_.columns(saddle ? "saddle" : "barrier").front());
    if (!nu || !energy) return nullptr;
    if (!prefactor_ || *nu != last_) {
      prefactor_ = number(*nu);
      last_ = *nu;
    }
    // k = ν exp(−E/kT), with E = E_s − E_i and the multiplicity of state i for a saddle (docs/theory.md, section 1)
    using expr::Operation;
    Expr barrier = number(*energy);
    Expr prefactor = prefactor_;
    if (saddle) {
      if (!from.energy) {
        if (!context_.weights_reported) {
          context_.weights_reported = true;
          context_.diagnostics
              .add(Code::MissingWeights, table_.asked(),
                   fmt::format("saddle energies need the energy of `{}`", from.name))
              .note(from.span, "no energy is given here");
        }
        return nullptr;
      }
      barrier = apply(Operation::subtract, {barrier, from.energy});
      if (from.degeneracy) prefactor = apply(Operation::divide, {prefactor, from.degeneracy});
      if (from.entropy) {
        const Expr s = apply(Operation::divide, {from.entropy, constant("kB")->value});
        prefactor = apply(Operation::divide, {prefactor, apply(Operation::exp, {s})});
      }
    }
    const Expr exponent = apply(Operation::divide, {apply(Operation::negate, {barrier}), kT_});
    return apply(Operation::multiply, {prefactor, apply(Operation::exp, {exponent})});
  }

 private:
  Context& context_;
  TableReader& table_;
  Expr kT_, prefactor_;
  double last_ = 0;
};

bool check_rate_columns(Context& context, TableReader& table) {
  for (const char* key : {"from", "to"}) {
    if (table.has(key)) continue;
    table
        .bad_mapping(table.head(),
                     fmt::format("the table does not say which column holds the state a rate leads {}", key))
        .hint(fmt::format("add `{}: {}`", key, key[0] == 'f' ? 1 : 2));
    return false;
  }
  const bool rate = table.has("rate"), prefactor = table.has("prefactor");
  const bool barrier = table.has("barrier"), saddle = table.has("saddle");
  const bool law = rate ? !prefactor && !barrier && !saddle : prefactor && barrier != saddle;
  if (!law) {
    table
        .bad_mapping(table.head(),
                     "a table of rates has either `rate`, or `prefactor` with `barrier`, or `prefactor` with `saddle`")
        .hint("such as `rate: 4 /s` or `prefactor: 4 THz, barrier: 5 eV`");
    return false;
  }
  if (!table.expect("rate", dimension::rate(), "/s") || !table.expect("prefactor", dimension::rate(), "THz") ||
      !table.expect("barrier", dimension::energy(), "eV") || !table.expect("saddle", dimension::energy(), "eV") ||
      !table.expect("by", {}, "")) {
    return false;
  }
  const auto n = static_cast<std::size_t>(context.model.lattice.dimension);
  if (table.has("by") && !context.lattice_failed && table.columns("by").size() != n) {
    table.bad_mapping(table.head(), fmt::format("`by` needs {}, one for each lattice vector", count(n, "column")));
    return false;
  }
  return true;
}

}  // namespace

void read_rates_table(Context& context, const Item& item, const ast::Table& node) {
  TableReader table(context, item, node);
  if (!table.open({"from", "to", "by", "rate", "prefactor", "barrier", "saddle", "reversible"})) return;
  if (!check_rate_columns(context, table) || context.states_failed || context.lattice_failed) return;
  const bool reversible = table.flag("reversible");
  const Env env = env_of(item);
  Laws laws(context, table, env);
  if (!laws.ready()) return;
  const Bound &from_column = table.columns("from").front(), &to_column = table.columns("to").front();
  context.model.transitions.reserve(context.model.transitions.size() + table.csv().rows());
  for (std::size_t row = table.first_row(); row < table.csv().rows() && !table.given_up(); ++row) {
    const auto state = [&](const Bound& column) -> std::optional<int> {
      const auto name = table.name(row, column);
      if (!name) return std::nullopt;
      const std::string full = full_name(*name, env);
      if (const auto found = context.state_index.find(full); found != context.state_index.end()) return found->second;
      if (context.symmetry && context.symmetry->representatives.contains(full))
        return context.symmetry->representatives.at(full);
      const bool news = !context.unknown.contains("state " + *name);
      if (news) table.bad_cell(Code::UnknownState, row, column.index, fmt::format("there is no state `{}`", *name));
      context.unknown.insert("state " + *name);
      return std::nullopt;
    };
    const auto from = state(from_column), to = state(to_column);
    ModelTransition transition;
    transition.reversible = reversible;
    transition.span = table.csv().row_span(row);
    transition.rate_span = transition.span;
    bool good = from && to;
    if (table.has("by")) {
      for (std::size_t axis = 0; axis < table.columns("by").size(); ++axis) {
        const auto component = table.integer(row, table.columns("by")[axis]);
        good = good && component;
        transition.cell[axis] = component.value_or(0);
      }
    }
    if (!good) continue;
    const ModelState& origin = context.model.states[static_cast<std::size_t>(*from)];
    transition.rate = laws(row, origin);
    if (!transition.rate) continue;
    transition.from = *from;
    transition.to = *to;
    if (*from == *to && transition.cell == std::array<int, 3>{}) {
      table.bad_cell(Code::HopWithoutMotion, row, from_column.index,
                     fmt::format("this rate leads from `{}` to itself in the same cell", origin.name));
      continue;
    }
    if (reversible && *from != *to && !origin.energy && !origin.weight && !context.weights_reported) {
      context.weights_reported = true;
      context.diagnostics
          .add(Code::MissingWeights, table.asked(),
               "the way back follows from the states' weights, which are not given")
          .note(origin.span, fmt::format("`{}` has neither an energy nor a weight", origin.name))
          .hint("map an energy or a weight of the states, or leave out `reversible: true`");
    }
    add_transition(context, std::move(transition), {});
  }
}

}  // namespace rdd::resolving
