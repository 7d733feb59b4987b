// What the readers of a solve block's entries share. Each reader is a free function over it; species and the extent are
// read before the others.
#pragma once

#include "lang/resolve/densities.hpp"

namespace rdd::resolving {

struct SolveParts {
  SolveParts(Context& shared, const Item& statement, Entries& known)
      : context(shared), item(statement), entries(known), densities(shared, block.species) {}

  Context& context;
  const Item& item;
  Entries& entries;
  SolveBlock block;
  Densities densities;
  Expr volume;  ///< of the domain, m^n; null where that is wrong

  Env env() const { return env_of(item); }
  std::size_t axes() const { return static_cast<std::size_t>(context.model.lattice.dimension); }
  Span span(ast::Place place) const { return context.span(item, place); }
  Dimension density() const { return length_to(-static_cast<int>(axes())); }  ///< 1/m^n
  Dimension length_to(int exponent) const { return *power(dimension::length(), exponent, 1); }
};

void read_species(SolveParts& parts, const ast::Species& node);
/// All `boundary` entries of the block.
void read_boundaries(SolveParts& parts, const std::vector<const ast::Boundaries*>& nodes);
/// `source` and `sink`
void read_production(SolveParts& parts, const ast::Production& node);
void read_reaction(SolveParts& parts, const ast::Reaction& node);
/// `field T`, `field force`
void read_field(SolveParts& parts, const ast::Field& node);

}  // namespace rdd::resolving
