// What the parts of the resolver share: the files read, the names known so far, the model being built.
//
// The parts run once each, in this order: modules (which files there are), parameters, lattice and translations,
// states, rates, force and options, solve blocks. Each is a free function over the Context; what it may rely on is done
// before it.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"
#include "lang/model.hpp"
#include "lang/resolve.hpp"
#include "lang/resolve/symmetry.hpp"

namespace rdd::resolving {

/// A checked expression on its way to the model. `size` and `depth` are those of the tree once functions are expanded;
/// they are bounded, so that nobody recurses too deep or evaluates for ever later on.
struct Typed {
  Expr value;
  Dimension dimension;
  double size = 1;
  int depth = 1;
};

struct LoadedFile;

/// `use m(E_mig = 0.6 eV)`: the value a parameter of the file gets in place of its own.
struct Override {
  const ast::Expr* value;
  const LoadedFile* from;  ///< where the value is written
};

/// A parsed file under the name it is used by.
struct LoadedFile {
  const ast::File& file;  ///< the main one, one of Context::parsed, or one of the library
  std::string directory;  ///< where its relative paths start
  bool library = false;   ///< of the standard library
  std::string prefix;     ///< "iron." in a file used `as iron`: what its names are called by in the model
  std::map<std::string, Override> overrides;
};

/// One statement with the file it stands in. `use` is replaced by the statements of what it names.
struct Item {
  const ast::Statement* statement;
  const LoadedFile* file;
};

struct FunctionDefinition {
  const ast::Function* function;
  const LoadedFile* file;
};

struct Context {
  Context(Diagnostics& found, Model& built) : diagnostics(found), model(built) {}

  Diagnostics& diagnostics;
  Model& model;
  SourcePtr main;                ///< the file that is run; null where it is a species
  std::deque<ast::File> parsed;  ///< what `use "…"` names; addresses stay good, here and in `files`
  std::deque<LoadedFile> files;
  std::vector<Item> items;
  std::vector<SourcePtr> hashed;                                ///< all texts read, in order
  std::map<std::string, std::shared_ptr<const Model>> species;  ///< by path; null: reported already

  std::map<std::string, std::optional<Typed>> values;  ///< parameters so far; nullopt: reported already, stay silent
  std::map<std::string, Span> declared;                ///< every quantity of the files, wherever it stands
  std::vector<NameUse>* uses = nullptr;                ///< filled where somebody asks
  const OpenTexts* open = nullptr;                     ///< in place of files on the disk
  std::map<std::string, FunctionDefinition> functions;
  std::set<std::string> unknown;  ///< names reported as unknown: once is enough
  std::vector<double> defaults;   ///< values of Model::parameters so far
  std::size_t expansions = 0;     ///< of functions, bounded
  long members = 0;               ///< of families, bounded

  std::unordered_map<std::string, int> state_index;  // only looked up
  std::optional<SymmetryMaps> symmetry;
  bool states_failed = false;   ///< then unknown states are no news
  bool lattice_failed = false;  ///< then shapes are unknown
  bool weights_reported = false;

  /// Notes that a name stands for what is declared elsewhere.
  void use(const Span& where, const Span& declaration, const std::string& name) {
    if (uses) uses->push_back({where, declaration, name});
  }
  Span span(const SourcePtr& source, ast::Place place) const { return {source, place.begin, place.end}; }
  Span span(const Item& item, ast::Place place) const { return span(item.file->file.source, place); }
};

/// Reads the main file's `use` statements and collects all items.
void load_modules(Context& context, const ast::File& main, const std::string& directory);
/// The text of a file that the model asks for at `asked`, from Context::open or the disk; null with a diagnostic.
SourcePtr read_file(Context& context, const std::filesystem::path& path, const Span& asked);
/// The model of another file, without its solve and query blocks; what is wrong with it is reported as for the file
/// itself. Null with a diagnostic.
std::shared_ptr<const Model> species_model(Context& context, const std::filesystem::path& path, const Span& asked);
void declare_names(Context& context);
void resolve_parameters(Context& context);
void resolve_lattice(Context& context);
void resolve_translations(Context& context);
void resolve_states(Context& context);
/// Completes the states over the orbits of `symmetry`.
void resolve_symmetry(Context& context);
void resolve_rates(Context& context);
/// Completes the declared jumps over the orbits of `symmetry`.
void complete_rates(Context& context);
void resolve_force(Context& context);
void resolve_reduce(Context& context);
void resolve_solves(Context& context);
/// Warns of parameters of the main file that nothing uses.
void check_unused(Context& context, const SourcePtr& main);

/// Rows of a table statement become states or transitions of the model.
void read_states_table(Context& context, const Item& item, const ast::Table& table);
void read_rates_table(Context& context, const Item& item, const ast::Table& table);

/// Adds a state; false with a diagnostic where its name is taken.
bool add_state(Context& context, ModelState state);
/// Checks a transition against the translations and adds it. `by` is the place of the displacement.
void add_transition(Context& context, ModelTransition transition, const Span& by);
/// Index of a state by name; nullopt with a diagnostic. In rates, `representative`, the name of an orbit that symmetry
/// completed means the state that was declared.
std::optional<int> find_state(Context& context, const std::string& name, const Span& where,
                              bool representative = false);

/// A block's entries by key: reports unknown ones (with the nearest of `known`) and those given twice.
class Entries {
 public:
  Entries(Context& context, const Item& item, std::string block, std::vector<std::string> known);
  void add(const ast::Entry& entry);
  /// For entries with a syntax of their own: false where it was given already.
  bool once(const std::string& key, ast::Place place);
  const ast::Entry* find(const std::string& key) const;

 private:
  Context& context_;
  const Item& item_;
  std::string block_;
  std::vector<std::string> known_;
  std::map<std::string, Span> places_;
  std::map<std::string, const ast::Entry*> entries_;
};

/// "one", "1 component", "3 components"
std::string count(std::size_t number, const std::string& noun);
/// "`a`, `b` or `c`"
std::string choices(const std::vector<std::string>& words);

}  // namespace rdd::resolving
