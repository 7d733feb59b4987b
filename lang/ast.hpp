// The syntax, one to one: what was written and where, nothing about what it means.
//
// A file is cut into statements (lang/layout.hpp); each statement becomes one of the structs below. Places are byte
// offsets into File::source and never take part in comparisons: two files are equal when they say the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lang/source.hpp"

namespace rdd::ast {

struct Place {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const Place&, const Place&) { return true; }
};

struct Node {
  Place place;
  friend bool operator==(const Node&, const Node&) = default;
};

struct Name : Node {
  std::string text;
  friend bool operator==(const Name&, const Name&) = default;
};

// ---- expressions

struct Expr;

/// One factor of a unit: `nm^-2`, or what follows `/` with the sign of its exponent turned.
struct UnitFactor : Node {
  std::string name;
  int exponent = 1;
  friend bool operator==(const UnitFactor&, const UnitFactor&) = default;
};

struct Unit : Node {
  std::vector<UnitFactor> factors;  ///< empty where no unit was written
  friend bool operator==(const Unit&, const Unit&) = default;
};

/// `0.45 eV`
struct Number : Node {
  double value = 0;
  Unit unit;
  friend bool operator==(const Number&, const Number&) = default;
};

/// `"relax.h5"`
struct Text : Node {
  std::string value;
  friend bool operator==(const Text&, const Text&) = default;
};

/// `E_mig`, `site[3]`
struct Reference : Node {
  Name name;
  std::vector<Expr> index;  ///< none or one
  friend bool operator==(const Reference&, const Reference&);
};

/// One argument of a call or one parameter of a definition: `a`, `sigma = 8 nm`.
struct Argument;

/// `arrhenius(nu, E_mig)`
struct Call : Node {
  Name function;
  std::vector<Argument> arguments;
  friend bool operator==(const Call&, const Call&);
};

/// `[1, 0]`
struct List : Node {
  std::vector<Expr> items;
  friend bool operator==(const List&, const List&);
};

/// `-x`
struct Negate : Node {
  std::vector<Expr> operand;  ///< one
  friend bool operator==(const Negate&, const Negate&);
};

/// `base ^ exponent`
struct Power : Node {
  std::vector<Expr> operands;  ///< two
  friend bool operator==(const Power&, const Power&);
};

/// `a + b - c` or `a * b / c`: operands[i + 1] is joined by operators[i].
struct Chain : Node {
  std::vector<Expr> operands;
  std::string operators;
  friend bool operator==(const Chain&, const Chain&);
};

/// `0 nm <= x < 9 nm`: operators[i] stands between operands[i] and operands[i + 1].
struct Comparison : Node {
  enum class Operator { less, less_equal, greater, greater_equal };
  std::vector<Expr> operands;
  std::vector<Operator> operators;
  friend bool operator==(const Comparison&, const Comparison&);
};

/// `a and b and c`, `a or b`
struct Junction : Node {
  bool any = false;  ///< `or`
  std::vector<Expr> operands;
  friend bool operator==(const Junction&, const Junction&);
};

struct Expr {
  std::variant<Number, Text, Reference, Call, List, Negate, Power, Chain, Comparison, Junction> node;
  friend bool operator==(const Expr&, const Expr&) = default;
};

struct Argument : Node {
  std::optional<Name> name;
  Expr value;
  friend bool operator==(const Argument&, const Argument&) = default;
};

inline Place place(const Expr& expression) {
  return std::visit([](const Node& node) { return node.place; }, expression.node);
}

// ---- declarations

/// `model NAME`
struct Model : Node {
  Name name;
  friend bool operator==(const Model&, const Model&) = default;
};

/// `use std.lattices.square`, `use "other.rdd"(E_mig = 0.6 eV) as other`
struct Use : Node {
  Name path;
  bool file = false;  ///< a path in quotes
  std::vector<Argument> arguments;
  std::optional<Name> alias;
  friend bool operator==(const Use&, const Use&) = default;
};

/// `param NAME = EXPR [+- EXPR] [in [LO, HI]]`
struct Param : Node {
  Name name;
  Expr value;
  std::optional<Expr> uncertainty;
  std::optional<Expr> range;
  friend bool operator==(const Param&, const Param&) = default;
};

/// `let NAME = EXPR`
struct Let : Node {
  Name name;
  Expr value;
  friend bool operator==(const Let&, const Let&) = default;
};

struct FunctionParameter : Node {
  Name name;
  std::optional<Expr> default_value;
  friend bool operator==(const FunctionParameter&, const FunctionParameter&) = default;
};

/// `fn NAME(a, b = DEFAULT) = EXPR`
struct Function : Node {
  Name name;
  std::vector<FunctionParameter> parameters;
  Expr body;
  friend bool operator==(const Function&, const Function&) = default;
};

/// `temperature EXPR`
struct Temperature : Node {
  Expr value;
  friend bool operator==(const Temperature&, const Temperature&) = default;
};

/// `KEY VALUE` in a block: `order 2`, `vectors [[1 nm, 0 nm], [0 nm, 1 nm]]`
struct Entry : Node {
  Name key;
  Expr value;
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// `point X = [1/2, 0]` of a lattice: a wave vector with a name
struct Point : Node {
  Name name;
  Expr value;
  friend bool operator==(const Point&, const Point&) = default;
};

using LatticeEntry = std::variant<Entry, Point>;

/// `lattice NAME(args)` uses one, `lattice NAME(parameters) { … }` defines one, `lattice { … }` writes one down.
struct Lattice : Node {
  std::optional<Name> name;
  std::vector<Argument> arguments;
  std::optional<std::vector<LatticeEntry>> block;
  friend bool operator==(const Lattice&, const Lattice&) = default;
};

/// `translations NAME`, `translations NAME { … }`, `translations { … }`
struct Translations : Node {
  std::optional<Name> name;
  std::optional<std::vector<Expr>> block;
  friend bool operator==(const Translations&, const Translations&) = default;
};

/// `symmetry NAME`, `symmetry auto`, `symmetry { matrices }`; `symmetry NAME { matrices }` defines a group.
struct Symmetry : Node {
  std::optional<Name> name;
  std::optional<std::vector<Expr>> block;
  friend bool operator==(const Symmetry&, const Symmetry&) = default;
};

/// `i in 0..5`
struct Family : Node {
  Name index;
  Expr low, high;
  friend bool operator==(const Family&, const Family&) = default;
};

/// `X at [0, 0] energy 0 eV`
struct State : Node {
  Name name;
  std::optional<Family> family;
  std::vector<Entry> properties;
  friend bool operator==(const State&, const State&) = default;
};

struct States : Node {
  std::vector<State> states;
  friend bool operator==(const States&, const States&) = default;
};

/// `A <-> B by [1, 0] : LAW [for i in 0..4]`
struct Rate : Node {
  Reference from, to;
  bool reversible = false;
  std::optional<Expr> by;
  Expr law;
  std::optional<Family> family;
  friend bool operator==(const Rate&, const Rate&) = default;
};

struct Rates : Node {
  std::vector<Rate> rates;
  friend bool operator==(const Rates&, const Rates&) = default;
};

/// A column of a table, by number or by header name, with the unit of its numbers.
struct Column : Node {
  int number = 0;  ///< from 1; 0 where a name is given
  std::string name;
  Unit unit;
  friend bool operator==(const Column&, const Column&) = default;
};

/// `KEY: COLUMN` or `KEY: [COLUMN, …]`
struct Mapping : Node {
  Name key;
  bool list = false;
  std::vector<Column> columns;
  friend bool operator==(const Mapping&, const Mapping&) = default;
};

/// `states table "states.csv" { … }`, `rates table "rates.csv" { … }`
struct Table : Node {
  bool rates = false;
  Text path;
  std::vector<Mapping> mappings;
  friend bool operator==(const Table&, const Table&) = default;
};

/// `force [fx, fy] [split θ]`
struct Force : Node {
  Expr value;
  std::optional<Expr> split;
  friend bool operator==(const Force&, const Force&) = default;
};

struct Reduce : Node {
  std::vector<Entry> entries;
  friend bool operator==(const Reduce&, const Reduce&) = default;
};

/// `X = gaussian(…)` of an `initial` entry
struct Initial : Node {
  Reference density;
  Expr value;
  friend bool operator==(const Initial&, const Initial&) = default;
};

/// `X = EXPR` within `value(…)`, or `EXPR` alone, which is for all densities
struct Prescription : Node {
  std::optional<Reference> density;
  Expr value;
  friend bool operator==(const Prescription&, const Prescription&) = default;
};

/// `periodic`, `x: absorbing`, `x.low: value(coarse[0] = EXPR, …)`
struct Boundary : Node {
  std::optional<Name> axis;
  std::optional<Name> side;
  Name kind;
  std::vector<Prescription> values;
  friend bool operator==(const Boundary&, const Boundary&) = default;
};
struct Boundaries : Node {
  std::vector<Boundary> sides;
  friend bool operator==(const Boundaries&, const Boundaries&) = default;
};

/// `probe NAME = integral(X)`
struct Probe : Node {
  Name name;
  Expr value;
  friend bool operator==(const Probe&, const Probe&) = default;
};

/// `source STATE = EXPR [where CONDITION]`, `sink STATE = EXPR [where CONDITION]`
struct Production : Node {
  bool sink = false;
  Reference density;
  Expr value;
  std::optional<Expr> where;
  friend bool operator==(const Production&, const Production&) = default;
};

/// `react A + B -> C : k`
struct Reaction : Node {
  std::vector<Reference> reactants;
  std::vector<Reference> products;  ///< none for `0`
  Expr rate;
  friend bool operator==(const Reaction&, const Reaction&) = default;
};

/// `field T = EXPR`, `field force = [EXPR, …]`
struct Field : Node {
  Name name;
  Expr value;
  friend bool operator==(const Field&, const Field&) = default;
};

/// `species i = "interstitial.rdd"`
struct Species : Node {
  Name name;
  Text path;
  friend bool operator==(const Species&, const Species&) = default;
};

/// `checkpoint every 10 min`
struct Checkpoint : Node {
  Expr every;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

using SolveEntry = std::variant<Entry, Initial, Boundaries, Production, Reaction, Field, Species, Probe, Checkpoint>;

struct Solve : Node {
  Name name;
  std::vector<SolveEntry> entries;
  friend bool operator==(const Solve&, const Solve&) = default;
};

/// `query { … }`: the statements are kept as text for the query language.
struct Query : Node {
  std::vector<Name> statements;
  friend bool operator==(const Query&, const Query&) = default;
};

using Statement = std::variant<Model, Use, Param, Let, Function, Temperature, Lattice, Translations, Symmetry, States,
                               Rates, Table, Force, Reduce, Solve, Query>;

struct File {
  SourcePtr source;
  std::vector<Statement> statements;
  friend bool operator==(const File& a, const File& b) { return a.statements == b.statements; }
};

inline Place place(const Statement& statement) {
  return std::visit([](const Node& node) { return node.place; }, statement);
}

inline bool operator==(const Reference& a, const Reference& b) {
  return a.name == b.name && a.index == b.index;
}
inline bool operator==(const Call& a, const Call& b) {
  return a.function == b.function && a.arguments == b.arguments;
}
inline bool operator==(const List& a, const List& b) {
  return a.items == b.items;
}
inline bool operator==(const Negate& a, const Negate& b) {
  return a.operand == b.operand;
}
inline bool operator==(const Power& a, const Power& b) {
  return a.operands == b.operands;
}
inline bool operator==(const Chain& a, const Chain& b) {
  return a.operators == b.operators && a.operands == b.operands;
}
inline bool operator==(const Comparison& a, const Comparison& b) {
  return a.operators == b.operators && a.operands == b.operands;
}
inline bool operator==(const Junction& a, const Junction& b) {
  return a.any == b.any && a.operands == b.operands;
}

}  // namespace rdd::ast
