#include "lang/builder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "lang/print.hpp"

namespace rdd {
namespace builder {
namespace {

ast::Name plain(std::string text) {
  return {{}, std::move(text)};
}
ast::Name named(std::string_view text, std::string_view what) {
  return plain(checked_name(text, what));
}

ast::Name dotted(std::string_view text, std::string_view what) {
  return plain(checked_name(text, what, NameKind::dotted));
}

Term list_of_lists(const Matrix& matrix) {
  std::vector<Term> rows;
  for (const auto& row : matrix) rows.push_back(list(row));
  return list(rows);
}

ast::Production change(bool sink, const StateName& state, const Term& value, const std::optional<Term>& where) {
  ast::Production node;
  node.sink = sink;
  node.density = state.reference();
  node.value = value.expression();
  if (where) node.where = where->expression();
  return node;
}

ast::Entry make_entry(const char* key, const Term& value) {
  ast::Entry entry;
  entry.key = plain(key);
  entry.value = value.expression();
  return entry;
}

template <class Statement>
Statement& at_index(const std::shared_ptr<ast::File>& file, std::size_t index) {
  return std::get<Statement>(file->statements[index]);
}

}  // namespace

Property energy(const Term& value) {
  return {"energy", value};
}
Property entropy(const Term& value) {
  return {"entropy", value};
}
Property degeneracy(const Term& value) {
  return {"degeneracy", value};
}
Property weight(const Term& value) {
  return {"weight", value};
}

Over over(const Index& index, const Term& low, const Term& high) {
  return {index, low, high};
}

Term generator(const Matrix& rotation, const std::vector<Term>& translation) {
  const Term matrix = list_of_lists(rotation);
  return translation.empty() ? matrix : matrix + list(translation);
}

Vectors::Vectors(const Matrix& rows) : vectors_(make_entry("vectors", list_of_lists(rows))) {}
Vectors& Vectors::point(std::string_view name, const std::vector<Term>& fractions) {
  ast::Point point;
  point.name = named(name, "the name of a point");
  point.value = list(fractions).expression();
  points_.push_back(std::move(point));
  return *this;
}
Vectors& Vectors::path(const std::vector<std::string>& points) {
  if (points.size() < 2)
    throw std::invalid_argument(fmt::format("path: at least two points are joined, not {}", points.size()));
  Term path = name(points.front());
  for (std::size_t i = 1; i < points.size(); ++i) path = path - name(points[i]);
  paths_.push_back(std::move(path));
  return *this;
}
std::vector<ast::LatticeEntry> Vectors::block() const {
  std::vector<ast::LatticeEntry> all{vectors_};
  all.insert(all.end(), points_.begin(), points_.end());
  if (!paths_.empty()) all.push_back(make_entry("path", paths_.size() == 1 ? paths_.front() : list(paths_)));
  return all;
}
Vectors vectors(const Matrix& rows) {
  return Vectors(rows);
}

As as(std::string_view name) {
  return {checked_name(name, "the name of a module")};
}

Formal::Formal(const char* name) : Formal(std::string(name)) {}
Formal::Formal(const std::string& name) : name_(checked_name(name, "an argument of a definition")) {}
Formal::Formal(std::string_view name, Term default_value) : Formal(std::string(name)) {
  default_value_ = std::move(default_value);
}

ast::Column column(int number, std::string_view unit) {
  if (number < 1) throw std::invalid_argument(fmt::format("column: columns are counted from 1, not {}", number));
  ast::Column column;
  column.number = number;
  if (!unit.empty()) column.unit = checked_unit(unit);
  return column;
}
ast::Column column(std::string_view header, std::string_view unit) {
  ast::Column column;
  column.name = checked_text(header, "the name of a column");
  if (!unit.empty()) column.unit = checked_unit(unit);
  return column;
}

Mapping::Mapping(std::string_view key, ast::Column column) {
  syntax_.key = plain(std::string(key));
  syntax_.columns.push_back(std::move(column));
}
Mapping::Mapping(std::string_view key, std::vector<ast::Column> columns) {
  if (columns.empty()) throw std::invalid_argument(fmt::format("the mapping of '{}' names no column", key));
  syntax_.key = plain(std::string(key));
  syntax_.list = true;
  syntax_.columns = std::move(columns);
}

Param::Param(std::shared_ptr<ast::File> file, std::size_t statement, Term name)
    : Term(std::move(name)), file_(std::move(file)), statement_(statement) {}
Param& Param::uncertainty(const Term& standard) {
  at_index<ast::Param>(file_, statement_).uncertainty = standard.expression();
  return *this;
}
Param& Param::range(const Term& low, const Term& high) {
  at_index<ast::Param>(file_, statement_).range = list({low, high}).expression();
  return *this;
}

Reduce::Reduce(std::shared_ptr<ast::File> file, std::size_t statement)
    : file_(std::move(file)), statement_(statement) {}
Reduce& Reduce::entry(const char* key, const Term& value) {
  at_index<ast::Reduce>(file_, statement_).entries.push_back(make_entry(key, value));
  return *this;
}
Reduce& Reduce::bands(const Term& P) {
  return entry("bands", P);
}
Reduce& Reduce::order(const Term& order) {
  return entry("order", order);
}
Reduce& Reduce::error(const Term& epsilon) {
  return entry("error", epsilon);
}

Solve::Solve(std::shared_ptr<ast::File> file, std::size_t statement) : file_(std::move(file)), statement_(statement) {}
Solve& Solve::entry(ast::SolveEntry entry) {
  at_index<ast::Solve>(file_, statement_).entries.push_back(std::move(entry));
  return *this;
}
Solve& Solve::entry(const char* key, const Term& value) {
  return entry(make_entry(key, value));
}
Solve& Solve::domain(const std::vector<Term>& lengths) {
  return entry("domain", list(lengths));
}
Solve& Solve::cells(const std::vector<Term>& numbers) {
  return entry("cells", list(numbers));
}
Solve& Solve::grid(const std::vector<Term>& points) {
  return entry("grid", list(points));
}
Solve& Solve::spacing(const Term& length) {
  return entry("spacing", length);
}
ast::Boundaries& Solve::boundaries() {
  auto& entries = at_index<ast::Solve>(file_, statement_).entries;
  for (ast::SolveEntry& entry : entries)
    if (auto* all = std::get_if<ast::Boundaries>(&entry)) return *all;
  return std::get<ast::Boundaries>(entries.emplace_back(ast::Boundaries{}));
}
Solve& Solve::boundary(Side all) {
  return boundary("", all);
}
Solve& Solve::boundary(std::string_view where, Side side) {
  ast::Boundary one;
  one.kind = plain(side == Side::periodic ? "periodic" : side == Side::absorbing ? "absorbing" : "reflecting");
  return wall(where, std::move(one));
}
Solve& Solve::wall(std::string_view where, ast::Boundary boundary) {
  if (!where.empty()) {
    const std::string checked = checked_name(where, "the side of a boundary", NameKind::dotted);
    const std::size_t dot = checked.find('.');
    boundary.axis = plain(checked.substr(0, dot));
    if (dot != std::string::npos) boundary.side = plain(checked.substr(dot + 1));
  }
  boundaries().sides.push_back(std::move(boundary));
  return *this;
}
Solve& Solve::prescribe(std::string_view where, const char* kind, const StateName* state, const Term& value) {
  ast::Prescription one;
  if (state) one.density = state->reference();
  one.value = value.expression();
  ast::Boundary boundary;
  boundary.kind = plain(kind);
  boundary.values.push_back(std::move(one));
  return wall(where, std::move(boundary));
}
Solve& Solve::value(std::string_view where, const StateName& state, const Term& density) {
  return prescribe(where, "value", &state, density);
}
Solve& Solve::flux(std::string_view where, const StateName& state, const Term& inflow) {
  return prescribe(where, "flux", &state, inflow);
}
Solve& Solve::absorbing(std::string_view where, const StateName& state, const Term& velocity) {
  return prescribe(where, "absorbing", &state, velocity);
}
Solve& Solve::absorbing(std::string_view where, const Term& velocity) {
  return prescribe(where, "absorbing", nullptr, velocity);
}
Solve& Solve::species(std::string_view name, std::string_view path) {
  ast::Species species;
  species.name = named(name, "the name of a species");
  species.path.value = checked_text(path, "the path of a species");
  return entry(std::move(species));
}
Solve& Solve::initial(const StateName& state, const Term& density) {
  ast::Initial initial;
  initial.density = state.reference();
  initial.value = density.expression();
  return entry(std::move(initial));
}
Solve& Solve::source(const StateName& state, const Term& production, const std::optional<Term>& where) {
  return entry(change(false, state, production, where));
}
Solve& Solve::sink(const StateName& state, const Term& rate, const std::optional<Term>& where) {
  return entry(change(true, state, rate, where));
}
Solve& Solve::react(const std::vector<StateName>& reactants, const std::vector<StateName>& products, const Term& rate) {
  if (reactants.empty())
    throw std::invalid_argument("react: there is no reactant; what comes from nothing is a source");
  ast::Reaction reaction;
  for (const StateName& state : reactants) reaction.reactants.push_back(state.reference());
  for (const StateName& state : products) reaction.products.push_back(state.reference());
  reaction.rate = rate.expression();
  return entry(std::move(reaction));
}
Solve& Solve::field_temperature(const Term& temperature) {
  return entry(ast::Field{{}, plain("T"), temperature.expression()});
}
Solve& Solve::field_force(const std::vector<Term>& components) {
  return entry(ast::Field{{}, plain("force"), list(components).expression()});
}
Solve& Solve::scheme(std::string_view scheme) {
  return entry("scheme", name(scheme));
}
Solve& Solve::arithmetic(std::string_view arithmetic) {
  return entry("arithmetic", name(arithmetic));
}
Solve& Solve::until(const Term& time) {
  return entry("until", time);
}
Solve& Solve::every(const Term& time) {
  return entry("every", time);
}
Solve& Solve::step(const Term& time) {
  return entry("step", time);
}
Solve& Solve::method(std::string_view method) {
  return entry("method", name(method));
}
Solve& Solve::tolerance(const Term& tolerance) {
  return entry("tolerance", tolerance);
}
Solve& Solve::output(std::string_view path) {
  ast::Text text;
  text.value = checked_text(path, "output");
  return entry("output", Term(ast::Expr{std::move(text)}));
}
Solve& Solve::thin(int cells) {
  return entry("thin", Term(cells));
}
Solve& Solve::checkpoint(const Term& time) {
  ast::Checkpoint checkpoint;
  checkpoint.every = time.expression();
  return entry(std::move(checkpoint));
}
Solve& Solve::probe(std::string_view name, const Term& what) {
  ast::Probe probe;
  probe.name = named(name, "the name of a probe");
  probe.value = what.expression();
  return entry(std::move(probe));
}

}  // namespace builder

using namespace builder;

namespace {

std::vector<ast::Argument> syntax(const std::vector<Argument>& arguments) {
  std::vector<ast::Argument> all;
  for (const Argument& argument : arguments) {
    ast::Argument one;
    if (!argument.name().empty()) one.name = plain(argument.name());
    one.value = argument.value().expression();
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<ast::Expr> syntax(const std::vector<Matrix>& matrices) {
  std::vector<ast::Expr> all;
  for (const Matrix& matrix : matrices) all.push_back(list_of_lists(matrix).expression());
  return all;
}

std::vector<ast::Expr> syntax(const std::vector<std::vector<int>>& cells) {
  std::vector<ast::Expr> all;
  for (const auto& cell : cells) all.push_back(list({cell.begin(), cell.end()}).expression());
  return all;
}

ast::Family syntax(const Over& over) {
  ast::Family family;
  family.index = plain(over.index.name());
  family.low = over.low.expression();
  family.high = over.high.expression();
  return family;
}

ast::Table table(bool rates, std::string_view path, const std::vector<Mapping>& columns) {
  ast::Table table;
  table.rates = rates;
  table.path.value = checked_text(path, "the path of a table");
  for (const Mapping& mapping : columns) table.mappings.push_back(mapping.syntax());
  return table;
}

}  // namespace

ModelBuilder::ModelBuilder(std::string_view name, const std::source_location& where)
    : file_(std::make_shared<ast::File>()) {
  file_->source = std::make_shared<const Source>();
  ast::Model model;
  model.name = named(name, "the name of a model");
  name_ = fmt::format("<model {}, built at {}:{}>", name, std::filesystem::path(where.file_name()).filename().string(),
                      where.line());
  add(std::move(model));
}
ModelBuilder::ModelBuilder(const ModelBuilder& other)
    : file_(std::make_shared<ast::File>(*other.file_)), name_(other.name_), directory_(other.directory_) {}
ModelBuilder& ModelBuilder::operator=(const ModelBuilder& other) {
  return *this = ModelBuilder(other);
}

std::size_t ModelBuilder::add(ast::Statement statement) {
  file_->statements.push_back(std::move(statement));
  return file_->statements.size() - 1;
}

template <class Block>
Block& ModelBuilder::block() {
  if (!std::holds_alternative<Block>(file_->statements.back())) add(Block{});
  return std::get<Block>(file_->statements.back());
}

ModelBuilder& ModelBuilder::add_use(ast::Use use, const std::vector<Argument>& arguments,
                                    const std::optional<As>& alias) {
  use.arguments = syntax(arguments);
  if (alias) use.alias = plain(alias->name);
  add(std::move(use));
  return *this;
}
ModelBuilder& ModelBuilder::use(std::string_view module, const std::optional<As>& alias) {
  return use(module, std::vector<Argument>{}, alias);
}
ModelBuilder& ModelBuilder::use(std::string_view module, const std::vector<Argument>& arguments,
                                const std::optional<As>& alias) {
  ast::Use use;
  use.path = plain(checked_name(module, "a module", NameKind::module));
  return add_use(std::move(use), arguments, alias);
}
ModelBuilder& ModelBuilder::use_file(std::string_view path, const std::optional<As>& alias) {
  return use_file(path, std::vector<Argument>{}, alias);
}
ModelBuilder& ModelBuilder::use_file(std::string_view path, const std::vector<Argument>& arguments,
                                     const std::optional<As>& alias) {
  ast::Use use;
  use.path = plain(checked_text(path, "the path of a used file"));
  use.file = true;
  return add_use(std::move(use), arguments, alias);
}

Param ModelBuilder::param(std::string_view name, const Term& value) {
  ast::Param param;
  param.name = named(name, "the name of a parameter");
  param.value = value.expression();
  return {file_, add(std::move(param)), builder::name(name)};
}
Term ModelBuilder::let(std::string_view name, const Term& value) {
  ast::Let let;
  let.name = named(name, "the name of a quantity");
  let.value = value.expression();
  add(std::move(let));
  return builder::name(name);
}
Function ModelBuilder::fn(std::string_view name, const std::vector<Formal>& formals, const Term& body) {
  ast::Function function;
  function.name = named(name, "the name of a function");
  for (const Formal& formal : formals) {
    ast::FunctionParameter parameter;
    parameter.name = plain(formal.name());
    if (formal.default_value()) parameter.default_value = formal.default_value()->expression();
    function.parameters.push_back(std::move(parameter));
  }
  function.body = body.expression();
  add(std::move(function));
  return Function(std::string(name));
}
ModelBuilder& ModelBuilder::temperature(const Term& value) {
  ast::Temperature temperature;
  temperature.value = value.expression();
  add(std::move(temperature));
  return *this;
}

ModelBuilder& ModelBuilder::lattice(std::string_view name, const std::vector<Argument>& arguments) {
  ast::Lattice lattice;
  lattice.name = dotted(name, "the name of a lattice");
  lattice.arguments = syntax(arguments);
  add(std::move(lattice));
  return *this;
}
ModelBuilder& ModelBuilder::lattice(const Vectors& vectors) {
  ast::Lattice lattice;
  lattice.block = vectors.block();
  add(std::move(lattice));
  return *this;
}
ModelBuilder& ModelBuilder::define_lattice(std::string_view name, const std::vector<Formal>& formals,
                                           const Vectors& vectors) {
  ast::Lattice lattice;
  lattice.name = named(name, "the name of a lattice");
  for (const Formal& formal : formals) {
    ast::Argument argument;
    if (formal.default_value()) argument.name = plain(formal.name());
    argument.value =
        formal.default_value() ? formal.default_value()->expression() : builder::name(formal.name()).expression();
    lattice.arguments.push_back(std::move(argument));
  }
  lattice.block = vectors.block();
  add(std::move(lattice));
  return *this;
}

ModelBuilder& ModelBuilder::translations(std::string_view name) {
  ast::Translations translations;
  translations.name = dotted(name, "the name of a set of translations");
  add(std::move(translations));
  return *this;
}
ModelBuilder& ModelBuilder::translation_cells(const std::vector<std::vector<int>>& cells) {
  ast::Translations translations;
  translations.block = syntax(cells);
  add(std::move(translations));
  return *this;
}
ModelBuilder& ModelBuilder::define_translations(std::string_view name, const std::vector<std::vector<int>>& cells) {
  ast::Translations translations;
  translations.name = named(name, "the name of a set of translations");
  translations.block = syntax(cells);
  add(std::move(translations));
  return *this;
}

ModelBuilder& ModelBuilder::symmetry(std::string_view name) {
  ast::Symmetry symmetry;
  symmetry.name = dotted(name, "the name of a symmetry");
  add(std::move(symmetry));
  return *this;
}
ModelBuilder& ModelBuilder::symmetry_generators(const std::vector<Term>& generators) {
  ast::Symmetry symmetry;
  symmetry.block.emplace();
  for (const Term& generator : generators) symmetry.block->push_back(generator.expression());
  add(std::move(symmetry));
  return *this;
}
ModelBuilder& ModelBuilder::define_symmetry(std::string_view name, const std::vector<Matrix>& matrices) {
  ast::Symmetry symmetry;
  symmetry.name = named(name, "the name of a symmetry");
  symmetry.block = syntax(matrices);
  add(std::move(symmetry));
  return *this;
}

ModelBuilder& ModelBuilder::add_state(std::string_view name, const Over* family,
                                      const std::vector<Property>& properties) {
  ast::State state;
  state.name = named(name, "the name of a state");
  if (family) state.family = syntax(*family);
  for (const Property& property : properties)
    state.properties.push_back(make_entry(property.key.c_str(), property.value));
  block<ast::States>().states.push_back(std::move(state));
  return *this;
}
ModelBuilder& ModelBuilder::states_table(std::string_view path, const std::vector<Mapping>& columns) {
  add(table(false, path, columns));
  return *this;
}

ModelBuilder& ModelBuilder::add_rate(const StateName& from, const StateName& to, const By* by, const Term& law,
                                     const std::optional<Over>& family, bool reversible) {
  ast::Rate rate;
  rate.from = from.reference();
  rate.to = to.reference();
  rate.reversible = reversible;
  if (by) rate.by = by->cells.expression();
  rate.law = law.expression();
  if (family) rate.family = syntax(*family);
  block<ast::Rates>().rates.push_back(std::move(rate));
  return *this;
}
ModelBuilder& ModelBuilder::rate(const StateName& from, const StateName& to, const Term& law,
                                 const std::optional<Over>& family) {
  return add_rate(from, to, nullptr, law, family, false);
}
ModelBuilder& ModelBuilder::rate(const StateName& from, const StateName& to, const By& by, const Term& law,
                                 const std::optional<Over>& family) {
  return add_rate(from, to, &by, law, family, false);
}
ModelBuilder& ModelBuilder::reversible(const StateName& from, const StateName& to, const Term& law,
                                       const std::optional<Over>& family) {
  return add_rate(from, to, nullptr, law, family, true);
}
ModelBuilder& ModelBuilder::reversible(const StateName& from, const StateName& to, const By& by, const Term& law,
                                       const std::optional<Over>& family) {
  return add_rate(from, to, &by, law, family, true);
}
ModelBuilder& ModelBuilder::rates_table(std::string_view path, const std::vector<Mapping>& columns) {
  add(table(true, path, columns));
  return *this;
}

ModelBuilder& ModelBuilder::force(const std::vector<Term>& components, const std::optional<Term>& split) {
  ast::Force force;
  force.value = list(components).expression();
  if (split) force.split = split->expression();
  add(std::move(force));
  return *this;
}
Reduce ModelBuilder::reduce() {
  return {file_, add(ast::Reduce{})};
}
Solve ModelBuilder::solve(std::string_view name) {
  ast::Solve solve;
  solve.name = named(name, "the name of a solve block");
  return {file_, add(std::move(solve))};
}
ModelBuilder& ModelBuilder::query(std::string_view statement) {
  if (statement.empty() || statement.find_first_of("\n\r;{}#") != std::string_view::npos)
    throw std::invalid_argument(fmt::format("query: '{}' is not one statement", statement));
  block<ast::Query>().statements.push_back(plain(std::string(statement)));
  return *this;
}

ModelBuilder& ModelBuilder::directory(std::string path) {
  directory_ = std::move(path);
  return *this;
}

std::string ModelBuilder::text() const {
  return print(*file_);
}
ModelText ModelBuilder::source() const {
  return ModelText(name_, text()).directory(directory_);
}
std::optional<Model> ModelBuilder::resolve(Diagnostics& diagnostics) const {
  return source().resolve(diagnostics);
}

ModelBuilder model(std::string_view name, const std::source_location& where) {
  return {name, where};
}

Setting setting(std::string_view name, const Term& value) {
  const std::string checked = checked_name(name, "the name of a parameter", NameKind::dotted);
  const std::string text = checked + " = " + print(value.expression());
  const auto source = std::make_shared<const Source>(Source{"<setting>", text});
  return {checked, {source, 0, checked.size()}, {source, checked.size() + 3, text.size()}};
}

}  // namespace rdd
