// Terms: the expressions of a model, written in C++. `2 * nu + exp(-E / kT)` builds the syntax a .rdd file would hold;
// nothing is computed here, and dimensions are checked where those of a file are: when the model is resolved.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/ast.hpp"

namespace rdd::builder {

/// What C++ counts as a number and a model as well; characters and truth values are none.
template <class T>
concept Numeric = (std::integral<T> || std::floating_point<T>)&&!std::same_as<T, bool> && !std::same_as<T, char>;

/// An expression. Numbers become terms by themselves, so that `2 * nu` and `pow(a, 2)` read as in a file.
class Term {
 public:
  /// A number without a unit. Throws std::invalid_argument for NaN and infinities, which no text can say.
  template <Numeric Number>
  Term(Number value) : Term(plain(static_cast<double>(value))) {}
  explicit Term(ast::Expr expression) : expression_(std::move(expression)) {}

  const ast::Expr& expression() const { return expression_; }

 private:
  static ast::Expr plain(double value);
  ast::Expr expression_;
};

/// The index of a family, `i` of `site[i in 0..5]`; a term wherever it stands in an expression.
class Index : public Term {
 public:
  explicit Index(std::string_view name);
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// An argument of a call, a lattice or a module, by position or by name: `nu`, `{"a", 0.287_nm}`.
class Argument {
 public:
  template <std::convertible_to<Term> T>
  Argument(const T& value) : value_(value) {}
  Argument(std::string_view name, Term value);
  const std::string& name() const { return name_; }  ///< empty for an argument by position
  const Term& value() const { return value_; }

 private:
  std::string name_;
  Term value_;
};

/// A state, a member of a family, a coarse state or `all`: "X", name `member("site", i + 1)`, `coarse(0)`, `all()`.
class StateName {
 public:
  StateName(const char* name) : StateName(std::string_view(name)) {}
  StateName(const std::string& name) : StateName(std::string_view(name)) {}
  StateName(std::string_view name);
  StateName(std::string_view family, const Term& index);
  const ast::Reference& reference() const { return reference_; }

 private:
  ast::Reference reference_;
};
StateName member(std::string_view family, const Term& index);
StateName coarse(const Term& index);
StateName all();
/// A density of another species of a solve block: of("i", "X"), of("i", coarse(0)), of("i", all()).
StateName of(std::string_view species, const StateName& state);

/// A number with any unit of the language: quantity(3.1, "eV/nm^2"), quantity(2e12, "/s"). Throws std::invalid_argument
/// for a unit the language does not have (naming the nearest it has), NaN and infinities.
Term quantity(double value, std::string_view unit);
/// The same from decimal digits, which keep every digit: what the literals 0.05_eV, 600_K, … call. Throws
/// std::invalid_argument for digits that are not decimal.
Term literal(std::string_view digits, std::string_view unit);

/// A name of the model, or of the language: name("nu"), name("kT"), name("x"). Throws std::invalid_argument for what is
/// no name.
Term name(std::string_view text);
/// Any expression as text: expression("nu * exp(-E_mig / kT)"). Throws std::invalid_argument with the reader's own
/// diagnostic for what is none.
Term expression(std::string_view text);
/// `[a, b]`
Term list(const std::vector<Term>& items);
/// Any function of the model or of the standard library: call("bell", nu, E, w, Argument("share", 0.3)).
Term call(std::string_view function, const std::vector<Argument>& arguments);

Term operator+(const Term& a, const Term& b);
Term operator-(const Term& a, const Term& b);
Term operator*(const Term& a, const Term& b);
Term operator/(const Term& a, const Term& b);
Term operator-(const Term& a);
Term pow(const Term& base, const Term& exponent);

// Conditions. A chain of the language, `0 nm <= x < 9 nm`, is two comparisons in C++: 0_nm <= x && x < 9_nm.
Term operator<(const Term& a, const Term& b);
Term operator<=(const Term& a, const Term& b);
Term operator>(const Term& a, const Term& b);
Term operator>=(const Term& a, const Term& b);
Term operator&&(const Term& a, const Term& b);
Term operator||(const Term& a, const Term& b);
/// a where the condition holds, b elsewhere.
Term where(const Term& condition, const Term& a, const Term& b);

Term exp(const Term& a);
Term log(const Term& a);
Term sqrt(const Term& a);
Term sin(const Term& a);
Term cos(const Term& a);
Term tan(const Term& a);
Term sinh(const Term& a);
Term cosh(const Term& a);
Term tanh(const Term& a);
Term abs(const Term& a);
Term sign(const Term& a);
Term min(const Term& a, const Term& b);
Term max(const Term& a, const Term& b);

// Rate laws (docs/language.md, "Rate laws").
Term arrhenius(const Term& prefactor, const Term& barrier);
Term saddle(const Term& prefactor, const Term& energy);
Term eyring(const Term& free_energy);
Term constant(const Term& rate);

/// A density as part of an expression, in `source` and `sink`: density("X"), density(coarse(0)).
Term density(const StateName& state);

// Densities over space that integrate to one, for `initial` and `source`.
Term gaussian(const std::vector<Term>& center, const Term& sigma);
Term box(const std::vector<Term>& low, const std::vector<Term>& high);
Term uniform();

// What a probe watches; without a state the sum of all.
Term integral();
Term integral(const StateName& state);
Term mean(std::string_view axis);
Term mean(std::string_view axis, const StateName& state);
Term variance(std::string_view axis);
Term variance(std::string_view axis, const StateName& state);
Term at(const std::vector<Term>& place);
Term at(const std::vector<Term>& place, const StateName& state);

/// The word in an entry's place that leaves a choice to rdd: `bands auto`.
Term automatic();

/// How a name may look: one word; several joined by dots, `crystal.E_mig`; a module, in which the language's own words
/// may stand as well, `std.translations.faces`.
enum class NameKind { plain, dotted, module };
/// The text, where it is such a name: letters, digits and `_`. Throws std::invalid_argument that names `what`.
std::string checked_name(std::string_view text, std::string_view what, NameKind kind = NameKind::plain);
/// A text between quotes: on one line and without quotes in it. Throws std::invalid_argument that names `what`.
std::string checked_text(std::string_view text, std::string_view what);
/// The factors of a unit: "eV/nm^2". Throws std::invalid_argument.
ast::Unit checked_unit(std::string_view text);

}  // namespace rdd::builder
