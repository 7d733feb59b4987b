// ast::File -> Model: names bound, units gone, dimensions checked, tables and modules read. All semantic diagnostics of
// the text arise here; what depends on numbers of one parameter point (negative rates, networks in pieces) is found
// later.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"

namespace rdd {

/// A name in a text and the place that declares it: of a quantity, function, state, lattice, set of translations or
/// group, or the file that a `use` names.
struct NameUse {
  Span use;
  Span declaration;
  std::string name;  ///< as the model calls it: `iron.E_mig`
};

/// Texts that stand in for files on the disk, models and tables, by canonical path: what an editor has open and not
/// saved.
using OpenTexts = std::map<std::string, SourcePtr>;

/// nullopt when there were errors; warnings may be added in either case. `directory` is where relative paths of tables
/// start (that of the model's file). `uses`, where given, receives the names that were found, in the order they were
/// looked up; inside of functions they appear once for each call. `open`, where given, goes before the disk.
std::optional<Model> resolve(const ast::File& file, const std::string& directory, Diagnostics& diagnostics,
                             std::vector<NameUse>* uses = nullptr, const OpenTexts* open = nullptr);

/// A value given from outside: `--set E_mig=0.06 eV`, `set T = 700 K`. Both spans lie in the text it was given in, so
/// that diagnostics can point there.
struct Setting {
  std::string name;
  Span place;                                   ///< of the name
  Span value;                                   ///< of the value's expression
  std::optional<double> number = std::nullopt;  ///< SI; where it is there, `value` is only where diagnostics point
};

/// Values of all parameters (SI, order of Model::parameters) with the settings applied; derived ones follow. nullopt
/// with diagnostics for an unknown or derived name, a wrong dimension, a value outside the declared range, a non-finite
/// value. `expressions`, where given, receives what each value was found from: the setting's expression or the default.
std::optional<std::vector<double>> parameter_values(const Model& model, const std::vector<Setting>& settings,
                                                    Diagnostics& diagnostics, std::vector<Expr>* expressions = nullptr);

/// One expression typed at the prompt, over the model's parameters and units: its value and dimension.
struct Quantity {
  double value;
  Dimension dimension;
  Expr expression = nullptr;  ///< over the parameters
};
std::optional<Quantity> evaluate_text(const Span& text, const Model& model, const std::vector<double>& parameters,
                                      Diagnostics& diagnostics);
/// A bracketed list of such expressions: `[0.1, pi/2]`.
std::optional<std::vector<Quantity>> evaluate_list_text(const Span& text, const Model& model,
                                                        const std::vector<double>& parameters,
                                                        Diagnostics& diagnostics);

}  // namespace rdd
