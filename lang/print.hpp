// The syntax and the model as text, for `--emit=ast` and `--emit=model`.
#pragma once

#include <string>

#include "lang/ast.hpp"
#include "lang/model.hpp"

namespace rdd {

/// The canonical text of a file: it parses again to an equal file. Comments are not kept.
std::string print(const ast::File& file);
std::string print(const ast::Expr& expression);

/// The model, in a fixed order: parameters, lattice, translations, states, transitions, force, options. Values in SI
/// units, expressions over the parameters as they will be evaluated.
std::string text(const Model& model);

/// `X`, `coarse[0]`, `all`, behind the name of its species: as a model file would say it.
std::string density_name(const Density& density, const Model& model, const std::vector<Species>& species);

}  // namespace rdd
