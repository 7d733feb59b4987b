// What names of densities mean in a solve block: a state, `coarse[0]`, `all`; `NAME.X`, `NAME.coarse[0]`, `NAME.all` or
// `NAME` of a species.
#pragma once

#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

class Densities {
 public:
  /// `species` may still grow.
  Densities(Context& context, const std::vector<Species>& species) : context_(context), species_(species) {}

  /// Whether a reference in an expression stands for a density, unless it is a quantity as well.
  bool named(const ast::Reference& node) const;
  /// The density, of Kind::all where the sum is meant; nullopt with a diagnostic.
  std::optional<Density> find(const ast::Reference& node, const Env& env) const;
  /// The same as part of an expression.
  Expr leaf(const Density& density) const;
  std::string name(const Density& density) const;

 private:
  const Species* of(const std::string& name) const;
  std::nullopt_t no_species(const std::string& name, const Span& where) const;
  std::optional<int> state(const std::string& name, const Species* species, const Span& where) const;

  Context& context_;
  const std::vector<Species>& species_;
};

}  // namespace rdd::resolving
