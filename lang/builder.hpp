// A model written in C++, with the power of a .rdd file and the same meaning.
//
//   using namespace rdd::builder;
//   auto m = rdd::model("walk");
//   auto nu = m.param("nu", 5_THz);
//   auto E = m.param("E_mig", 0.05_eV).uncertainty(0.01_eV);
//   m.temperature(600_K).use("std.lattices.chain").lattice("chain", {{"a", 0.3_nm}});
//   m.state("X").rate("X", "X", by(1), arrhenius(nu, E));
//   rdd::Diagnostics diagnostics;
//   std::optional<rdd::Model> model = m.resolve(diagnostics);
//
// The builder writes down the text such a file would hold, and that text is read and checked like any other: nothing is
// implemented twice, and a diagnostic shows the line that was written, under a name such as
// `<model walk, built at main.cpp:2>`. What is wrong with the model is a diagnostic; what C++ could not put into a text
// at all (a name with a blank, NaN, an unknown unit) throws std::invalid_argument with the argument and its value.
//
// Declarations stand in the order of the calls; successive states form one `states` block, successive rates one `rates`
// block.
#pragma once

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "lang/builder/term.hpp"
#include "lang/builder/units.hpp"
#include "lang/model_text.hpp"
#include "lang/resolve.hpp"

namespace rdd {
namespace builder {

using namespace literals;  // `using namespace rdd::builder` brings 0.05_eV as well

// ---- parts of declarations

/// `energy 0.1 eV` of a state.
struct Property {
  std::string key;
  Term value;
};
Property energy(const Term& value);
Property entropy(const Term& value);
Property degeneracy(const Term& value);
Property weight(const Term& value);  ///< π up to a common factor, in place of an energy
/// Fractions of the primitive vectors: at(0, 0.5).
template <std::convertible_to<Term>... Fractions>
Property at(const Fractions&... fractions) {
  return {"at", list({Term(fractions)...})};
}

/// The direction of a state that has one, without head or tail: axis(1, 0), in Cartesian components.
template <std::convertible_to<Term>... Components>
Property axis(const Components&... components) {
  return {"axis", list({Term(components)...})};
}

/// The displacement of a rate, in cells: by(1, 0).
struct By {
  Term cells;
};
template <std::convertible_to<Term>... Cells>
By by(const Cells&... cells) {
  return {list({Term(cells)...})};
}

/// The members of a family: over(i, 0, 5) is `i in 0..5`, both ends included.
struct Over {
  Index index;
  Term low, high;
};
Over over(const Index& index, const Term& low, const Term& high);

/// A matrix by its rows.
using Matrix = std::vector<std::vector<Term>>;

/// An operation of a space group, W f + t in fractions of the primitive vectors: `[[-1, 0], [0, -1]] + [1/2, 0]`.
Term generator(const Matrix& rotation, const std::vector<Term>& translation = {});

/// What a lattice consists of: vectors({{a, 0_nm}, {0_nm, a}}).point("Γ", {0, 0}).point("X", {0.5, 0}).path({"Γ", "X"})
class Vectors {
 public:
  explicit Vectors(const Matrix& rows);
  /// `point NAME = [k1, k2]`, in fractions of the reciprocal vectors.
  Vectors& point(std::string_view name, const std::vector<Term>& fractions);
  /// `path Γ - X - M`; several of them make a list.
  Vectors& path(const std::vector<std::string>& points);
  std::vector<ast::LatticeEntry> block() const;

 private:
  ast::Entry vectors_;
  std::vector<ast::Point> points_;
  std::vector<Term> paths_;
};
/// Primitive vectors, by their Cartesian components.
Vectors vectors(const Matrix& rows);

/// An argument in the head of a function or a lattice: "a", {"share", 0.5}.
class Formal {
 public:
  Formal(const char* name);
  Formal(const std::string& name);
  Formal(std::string_view name, Term default_value);
  const std::string& name() const { return name_; }
  const std::optional<Term>& default_value() const { return default_value_; }

 private:
  std::string name_;
  std::optional<Term> default_value_;
};

/// The NAME of `use … as NAME`.
struct As {
  std::string name;
};
As as(std::string_view name);

/// A column of a table, by its number from 1 or by its name in the header, with the unit of its numbers.
ast::Column column(int number, std::string_view unit = {});
ast::Column column(std::string_view header, std::string_view unit = {});
/// `energy: 2 eV`, `by: [tx, ty]`
class Mapping {
 public:
  Mapping(std::string_view key, ast::Column column);
  Mapping(std::string_view key, std::vector<ast::Column> columns);
  const ast::Mapping& syntax() const { return syntax_; }

 private:
  ast::Mapping syntax_;
};

// ---- handles: what has been declared, to go on with

/// A parameter: a term of its name, which can still be told more.
class Param : public Term {
 public:
  Param(std::shared_ptr<ast::File> file, std::size_t statement, Term name);
  Param& uncertainty(const Term& standard);         ///< `+- 0.02 eV`
  Param& range(const Term& low, const Term& high);  ///< `in [0 eV, 1 eV]`

 private:
  std::shared_ptr<ast::File> file_;
  std::size_t statement_;
};

/// A function of the model: f(nu, E).
class Function {
 public:
  explicit Function(std::string name) : name_(std::move(name)) {}
  template <std::convertible_to<Argument>... Arguments>
  Term operator()(const Arguments&... arguments) const {
    return call(name_, std::vector<Argument>{Argument(arguments)...});
  }

 private:
  std::string name_;
};

/// `reduce { … }`
class Reduce {
 public:
  Reduce(std::shared_ptr<ast::File> file, std::size_t statement);
  Reduce& bands(const Term& P);  ///< a number, or automatic()
  Reduce& order(const Term& order);
  Reduce& error(const Term& epsilon);

 private:
  Reduce& entry(const char* key, const Term& value);
  std::shared_ptr<ast::File> file_;
  std::size_t statement_;
};

/// `solve NAME { … }`: docs/language.md says what the entries mean.
class Solve {
 public:
  Solve(std::shared_ptr<ast::File> file, std::size_t statement);
  Solve& domain(const std::vector<Term>& lengths);
  Solve& cells(const std::vector<Term>& numbers);
  Solve& grid(const std::vector<Term>& points);
  Solve& spacing(const Term& length);
  Solve& boundary(Side all);                           ///< on all sides
  Solve& boundary(std::string_view where, Side side);  ///< on an axis or one side: "x", "x.low"
  /// `WHERE: value(STATE = …)`, `WHERE: flux(STATE = …)`: what the walls WHERE prescribe; "" for all of them.
  Solve& value(std::string_view where, const StateName& state, const Term& density);
  Solve& flux(std::string_view where, const StateName& state, const Term& inflow);
  /// `WHERE: absorbing(STATE = …)`, and for all densities `WHERE: absorbing(…)`.
  Solve& absorbing(std::string_view where, const StateName& state, const Term& velocity);
  Solve& absorbing(std::string_view where, const Term& velocity);
  /// `species NAME = "other.rdd"`; of(NAME, state) is one of its densities.
  Solve& species(std::string_view name, std::string_view path);
  Solve& initial(const StateName& state, const Term& density);
  /// `source STATE = … [where …]`
  Solve& source(const StateName& state, const Term& production, const std::optional<Term>& where = {});
  Solve& sink(const StateName& state, const Term& rate, const std::optional<Term>& where = {});
  /// `react A + B -> C : RATE`: react({"A", "B"}, {"C"}, rate); `-> 0` is {}.
  Solve& react(const std::vector<StateName>& reactants, const std::vector<StateName>& products, const Term& rate);
  Solve& field_temperature(const Term& temperature);
  Solve& field_force(const std::vector<Term>& components);
  Solve& scheme(std::string_view name);
  Solve& arithmetic(std::string_view name);
  Solve& until(const Term& time);
  Solve& every(const Term& time);
  Solve& step(const Term& time);  ///< or automatic()
  Solve& method(std::string_view name);
  Solve& tolerance(const Term& tolerance);
  Solve& output(std::string_view path);
  Solve& thin(int cells);
  Solve& checkpoint(const Term& time);  ///< `checkpoint every 10 min`
  Solve& probe(std::string_view name, const Term& what);

 private:
  Solve& entry(const char* key, const Term& value);
  Solve& entry(ast::SolveEntry entry);
  Solve& wall(std::string_view where, ast::Boundary boundary);
  Solve& prescribe(std::string_view where, const char* kind, const StateName* state, const Term& value);
  ast::Boundaries& boundaries();
  std::shared_ptr<ast::File> file_;
  std::size_t statement_;
};

}  // namespace builder

/// The builder. Copies are models of their own; handles (Param, Solve, …) belong to the builder they came from.
class ModelBuilder {
 public:
  ModelBuilder(std::string_view name, const std::source_location& where);
  ModelBuilder(const ModelBuilder& other);
  ModelBuilder& operator=(const ModelBuilder& other);
  ModelBuilder(ModelBuilder&&) = default;
  ModelBuilder& operator=(ModelBuilder&&) = default;

  /// `use std.lattices.square`, `use MODULE(E_mig = 0.6 eV) as NAME`: use("std.x", {{"E_mig", 0.6_eV}}, as("NAME"))
  ModelBuilder& use(std::string_view module, const std::optional<builder::As>& alias = {});
  ModelBuilder& use(std::string_view module, const std::vector<builder::Argument>& arguments,
                    const std::optional<builder::As>& alias = {});
  /// The same of a file: `use "other.rdd"`.
  ModelBuilder& use_file(std::string_view path, const std::optional<builder::As>& alias = {});
  ModelBuilder& use_file(std::string_view path, const std::vector<builder::Argument>& arguments,
                         const std::optional<builder::As>& alias = {});

  builder::Param param(std::string_view name, const builder::Term& value);
  builder::Term let(std::string_view name, const builder::Term& value);
  /// `fn NAME(a, b = DEFAULT) = BODY`: m.fn("wide", {"E", {"share", 0.5}}, name("share") * name("E"))
  builder::Function fn(std::string_view name, const std::vector<builder::Formal>& formals, const builder::Term& body);
  ModelBuilder& temperature(const builder::Term& value);

  ModelBuilder& lattice(std::string_view name, const std::vector<builder::Argument>& arguments = {});
  ModelBuilder& lattice(const builder::Vectors& vectors);
  /// `lattice NAME(a) { vectors … }`: a lattice of the model's own, to be used by its name.
  ModelBuilder& define_lattice(std::string_view name, const std::vector<builder::Formal>& formals,
                               const builder::Vectors& vectors);
  ModelBuilder& translations(std::string_view name);
  ModelBuilder& translation_cells(const std::vector<std::vector<int>>& cells);
  ModelBuilder& define_translations(std::string_view name, const std::vector<std::vector<int>>& cells);

  /// `symmetry NAME`, `symmetry auto`
  ModelBuilder& symmetry(std::string_view name);
  /// `symmetry { … }`: symmetry_generators({generator({{0, -1}, {1, 0}}), generator({{-1, 0}, {0, 1}}, {0.5, 0})})
  ModelBuilder& symmetry_generators(const std::vector<builder::Term>& generators);
  /// `symmetry NAME { matrices }`: a group of the model's own, to be used by its name.
  ModelBuilder& define_symmetry(std::string_view name, const std::vector<builder::Matrix>& matrices);

  /// state("X", energy(0_eV), at(0, 0))
  template <std::convertible_to<builder::Property>... Properties>
  ModelBuilder& state(std::string_view name, const Properties&... properties) {
    return add_state(name, nullptr, {properties...});
  }
  /// A family, `site[i in 0..5] energy …`: state("site", over(i, 0, 5), energy(E0 + i * dE))
  template <std::convertible_to<builder::Property>... Properties>
  ModelBuilder& state(std::string_view name, const builder::Over& family, const Properties&... properties) {
    return add_state(name, &family, {properties...});
  }
  ModelBuilder& states_table(std::string_view path, const std::vector<builder::Mapping>& columns);

  /// `FROM -> TO [by …] : LAW [for i in …]`
  ModelBuilder& rate(const builder::StateName& from, const builder::StateName& to, const builder::Term& law,
                     const std::optional<builder::Over>& family = {});
  ModelBuilder& rate(const builder::StateName& from, const builder::StateName& to, const builder::By& by,
                     const builder::Term& law, const std::optional<builder::Over>& family = {});
  /// `FROM <-> TO …`: the same, and its reverse by detailed balance.
  ModelBuilder& reversible(const builder::StateName& from, const builder::StateName& to, const builder::Term& law,
                           const std::optional<builder::Over>& family = {});
  ModelBuilder& reversible(const builder::StateName& from, const builder::StateName& to, const builder::By& by,
                           const builder::Term& law, const std::optional<builder::Over>& family = {});
  ModelBuilder& rates_table(std::string_view path, const std::vector<builder::Mapping>& columns);

  ModelBuilder& force(const std::vector<builder::Term>& components, const std::optional<builder::Term>& split = {});
  builder::Reduce reduce();
  builder::Solve solve(std::string_view name);
  /// One statement of a `query` block. Throws std::invalid_argument for what cannot stand in a block.
  ModelBuilder& query(std::string_view statement);

  /// Where relative paths of tables and used files start; the current directory where nothing is said.
  ModelBuilder& directory(std::string path);

  /// The text of all that was declared, as a .rdd file would hold it.
  std::string text() const;
  /// The same with its name, ready to be resolved.
  ModelText source() const;
  /// The Model, or nullopt with diagnostics that show the text; warnings may be added in either case.
  std::optional<Model> resolve(Diagnostics& diagnostics) const;

 private:
  ModelBuilder& add_use(ast::Use use, const std::vector<builder::Argument>& arguments,
                        const std::optional<builder::As>& alias);
  ModelBuilder& add_state(std::string_view name, const builder::Over* family,
                          const std::vector<builder::Property>& properties);
  ModelBuilder& add_rate(const builder::StateName& from, const builder::StateName& to, const builder::By* by,
                         const builder::Term& law, const std::optional<builder::Over>& family, bool reversible);
  std::size_t add(ast::Statement statement);
  template <class Block>
  Block& block();  // the last statement, where it is one of these, else a new one

  std::shared_ptr<ast::File> file_;  // shared with the handles
  std::string name_;                 // of the source
  std::string directory_;
};

/// A model of this name, to be declared step by step; diagnostics name the place of this call.
ModelBuilder model(std::string_view name, const std::source_location& where = std::source_location::current());

/// Another value for a parameter of a resolved model: setting("T", 700_K).
Setting setting(std::string_view name, const builder::Term& value);

}  // namespace rdd
